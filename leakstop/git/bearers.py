"""Which commits have files or folders of a given name: for secrets that stand in names. All trees are read for it, once more."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from leakstop.git.pack import TREE
from leakstop.git.reach import MOST
from leakstop.git.trees import FOLDER, entries
from leakstop.git.where import locate

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leakstop.git.graph import Graph
    from leakstop.git.objects import ObjectStore
    from leakstop.git.refs import Ref
    from leakstop.git.where import Place


def bearers(store: ObjectStore, graph: Graph, tips: Sequence[Ref], names: Collection[bytes]) -> dict[bytes, Place]:
    """For each name (of a file or folder, without those above it) that a commit has: the first commit, the last one, and so on.

    The path is that in the first commit, as far as the name. A folder is where the files in it are.
    """
    wanted = sorted(names)
    holders = _holders(store, wanted) if wanted else {}
    places: dict[bytes, list[Place]] = {}
    for place in locate(store, graph, tips, holders):
        name, parts = wanted[place.value], place.path.split(b"/")
        if place.first and name in parts:
            path = b"/".join(parts[: parts.index(name) + 1])
            places.setdefault(name, []).append(place._replace(path=path))
    return {name: _joined(graph, some) for name, some in places.items()}


def _holders(store: ObjectStore, names: Sequence[bytes]) -> dict[bytes, tuple[int, ...]]:
    """What has one of these names, or stands in a folder that has: id -> numbers of the names."""
    found: dict[bytes, set[int]] = {}
    folders: dict[bytes, set[int]] = {}
    for _, tree in store.read_many(store.oids(TREE)):
        for number, name in enumerate(names):
            if b" %b\0" % name in tree:
                for mode, entry, oid in entries(tree, store.width):
                    if entry == name:
                        (folders if mode == FOLDER else found).setdefault(oid, set()).add(number)
    while folders:
        below: dict[bytes, set[int]] = {}
        for folder, tree in store.read_many(folders):
            for mode, _, oid in entries(tree, store.width):
                (below if mode == FOLDER else found).setdefault(oid, set()).update(folders[folder])
        folders = below
    return {oid: tuple(sorted(numbers)) for oid, numbers in found.items()}


def _joined(graph: Graph, places: Sequence[Place]) -> Place:
    """One place of several that have the same name."""
    first = min(places, key=lambda place: graph.numbers[place.first])
    last = max(places, key=lambda place: graph.numbers[place.last])
    refs = tuple(islice(dict.fromkeys(ref for place in places for ref in place.refs), MOST))
    return first._replace(
        last=last.last,
        in_head=None if first.in_head is None else any(place.in_head for place in places),
        refs=refs,
        pushed=None if first.pushed is None else any(place.pushed for place in places),
    )
