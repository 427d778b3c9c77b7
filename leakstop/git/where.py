"""Where in a history values are: for each value and path the first and the last commit, the refs, whether it is still in HEAD.

Nothing is asked of git. `contents` tells what each root tree holds; a value and a path make a *pair*, a commit holds a set of
pairs (an int, one bit for each), and a commit that holds a pair which none of its parents holds brings it in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from leakstop import heap
from leakstop.git.ascending import distinct
from leakstop.git.contents import find_contents
from leakstop.git.pack import TREE
from leakstop.git.reach import Reach, peel
from leakstop.git.treetable import Reading
from leakstop.git.wave import named_before, parse_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from leakstop.git.contents import Contents
    from leakstop.git.graph import Graph
    from leakstop.git.mentions import Ids
    from leakstop.git.objects import ObjectStore
    from leakstop.git.refs import Ref
    from leakstop.git.treetable import TreeTable


class Place(NamedTuple):
    """A value at a path, over the whole history.

    A value that no commit holds has no commits; its path is empty, or that in the tree that no commit has.
    """

    value: int
    path: bytes
    blob: bytes  # that of the first commit
    first: bytes  # the oldest commit that brought it in; empty: no commit holds it
    last: bytes  # the newest commit that holds it
    in_head: bool | None  # None: HEAD names no commit that is here
    refs: tuple[bytes, ...]  # see `reach.Names`
    total: int
    pushed: bool | None


_PLACES, _COPIES = 20_000, 20  # of contents in one tree, and on average of each, beyond which not all are told


class _Pairs:
    """Numbers for pairs, and the sets of them that contents stand for."""

    def __init__(self, contents: Contents, allowed: Callable[[bytes], bool] | None) -> None:
        self.keys: list[tuple[int, bytes]] = []  # by number: value, path
        self._contents = contents
        self._allowed = allowed
        self._numbers: dict[tuple[int, bytes], int] = {}
        self._sets: dict[tuple[bytes, int], int] = {}  # of a content at a path

    def of(self, content: int, path: bytes = b"") -> int:
        """The set of pairs of a content that stands at this path."""
        known = self._sets
        stack = [(path, content)]
        most = len(known) + max(_PLACES, _COPIES * len(self._contents.values))
        while stack:
            if len(known) > most:
                first = stack[0]
                known[first] = self._each_once(*first)
                return known[first]
            key = path, content = stack[-1]
            if key in known:
                stack.pop()
                continue
            prefix = path + b"/" if path else b""
            below = [(prefix + name, inner) for name, inner in self._contents.entries(content)]
            missing = [inner for inner in below if inner not in known]
            if missing:
                stack += missing
                continue
            union = self._of_blob(path, content)
            for inner in below:
                union |= known[inner]
            known[key] = union
            stack.pop()
        return known[path, content]

    def _each_once(self, path: bytes, content: int) -> int:
        """The same with each content at one of its paths: ten folders in each of ten make ten thousand million of a blob's."""
        union = 0
        seen: set[int] = set()
        stack = [(path, content)]
        while stack:
            path, content = stack.pop()
            if content not in seen:
                seen.add(content)
                union |= self._of_blob(path, content)
                prefix = path + b"/" if path else b""
                stack += [(prefix + name, inner) for name, inner in reversed(self._contents.entries(content))]
        return union

    def _of_blob(self, path: bytes, content: int) -> int:
        values = self._contents.values[content]
        union = 0
        if values and (self._allowed is None or self._allowed(path)):
            for value in values:
                number = self._numbers.setdefault((value, path), len(self.keys))
                if number == len(self.keys):
                    self.keys.append((value, path))
                union |= 1 << number
        return union


class Holdings(NamedTuple):
    """What the trees of a store hold of some blobs. These and the trees are its children, by number."""

    ids: Ids  # of all children
    oids: NDArray[np.uint8]  # the same as an array
    inside: NDArray[np.bool_]  # by child: whether it stands in a tree
    holds: NDArray[np.int64]  # by child: its content
    contents: Contents


def holdings(store: ObjectStore, holders: Mapping[bytes, tuple[int, ...]], table: TreeTable | None = None) -> Holdings:
    """Work it out for all blobs that hold values, given with the numbers of these.

    `table` is that of the store's trees, if it is known already; blobs that hold something must be among its children.
    """
    if table is None:
        table = reading(store, holders).table(())
    oids = table.sources.ids
    contents, holds = find_contents(table, [holders.get(oid.tobytes(), ()) for oid in oids[table.trees :]])
    inside = np.zeros(len(holds), np.bool_)
    inside[table.child] = True
    return Holdings(table.ids, oids, inside, holds, contents)


def locate(
    store: ObjectStore,
    graph: Graph,
    tips: Sequence[Ref],
    holders: Mapping[bytes, tuple[int, ...]],
    *,
    commits: Collection[int] | None = None,
    path: Callable[[bytes], bool] | None = None,
    trees: Holdings | None = None,
) -> Iterator[Place]:
    """The places of all values, by value and path.

    `holders` are all blobs that hold values, with the numbers of these. `commits` narrows it to what these commits (numbers of
    the graph) brought in; `path` to the paths for which it is true (the path of what is in no tree is empty). `trees` is what
    these hold, if it is known already, but for those that are no object.
    """
    if not holders:
        return
    trees = trees or holdings(store, holders)
    heap.trim()
    pairs = _Pairs(trees.contents, path)
    roots = trees.ids.find(graph.trees)
    held = np.where(roots >= 0, trees.holds[roots], 0).tolist()  # by commit: a content
    for number in np.flatnonzero(roots < 0).tolist():
        held[number] = trees.contents.of_blob(holders.get(graph.trees[number].tobytes(), ()))
    sets = {content: pairs.of(content) for content in set(held)}
    brought = _introductions(graph, held, sets, commits)
    last = _last(held, sets, brought, commits)
    targets = peel(store, {ref.oid for ref in tips if ref.oid not in graph.numbers})
    loose: dict[int, list[bytes]] = {}  # by pair: trees and blobs outside of commits, or named by refs, that hold it
    if commits is None:
        named = {targets.get(ref.oid, ref.oid) for ref in tips} - graph.numbers.keys()
        for child in _outside(trees, roots, named):
            for pair in _bits(pairs.of(int(trees.holds[child]))):
                loose.setdefault(pair, []).append(trees.oids[child].tobytes())
    head = next((graph.numbers.get(targets.get(ref.oid, ref.oid)) for ref in tips if ref.name == b"HEAD"), None)
    in_head = sets[held[head]] if head is not None else 0
    found = sorted({*brought, *loose}, key=pairs.keys.__getitem__)
    marks = [(*brought.get(pair, ()), *loose.get(pair, ())) for pair in found]
    names = Reach(graph, tips, targets).of(marks)
    tops = [graph.trees[brought[pair][0]].tobytes() if pair in brought else loose[pair][0] for pair in found]
    blobs = _first_blobs(store, tops, [pairs.keys[pair] for pair in found], holders)
    for pair, mark, blob in zip(found, marks, blobs, strict=True):
        value, where = pairs.keys[pair]
        yield Place(
            value,
            where,
            blob,
            graph.oids[brought[pair][0]] if pair in brought else b"",
            graph.oids[last[pair]] if pair in brought else b"",
            None if head is None else bool(in_head >> pair & 1),
            *names[mark],
        )
    if commits is None and path is None:  # nowhere: below more folders than `contents` follows
        placed = {pairs.keys[pair][0] for pair in found}
        for blob, values in holders.items():
            yield from (Place(value, b"", blob, b"", b"", None, (), 0, None) for value in values if value not in placed)
            placed.update(values)


def reading(store: ObjectStore, blobs: Collection[bytes], *, brings: bool = False) -> Reading:
    """The reading of all trees of a store, for a table in which these blobs are looked for.

    `brings`: it also tells what the trees in packs bring in, see `trees.Brought`.
    """
    loose = [header.oid for header in store.loose(TREE)]
    ids = store.ids if brings else None
    return Reading(store.packs, loose, store.read_many, sorted(blobs), store.width, ids, whole=not store.promisor)


def _bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set."""
    while mask:
        bit = mask & -mask
        yield bit.bit_length() - 1
        mask ^= bit


def _last(
    held: Sequence[int], sets: Mapping[int, int], wanted: Collection[int], commits: Collection[int] | None
) -> dict[int, int]:
    """For each pair the newest of the commits that holds it."""
    if commits is None:
        newest = {content: number for number, content in enumerate(held)}
    else:
        newest = {held[number]: number for number in sorted(commits)}
    found: dict[int, int] = {}
    left = sum(1 << pair for pair in wanted)
    for content, number in sorted(newest.items(), key=lambda item: -item[1]):
        if now := left & sets[content]:
            left ^= now
            found.update(dict.fromkeys(_bits(now), number))
    return found


def _outside(trees: Holdings, roots: NDArray[np.int64], named: Collection[bytes]) -> list[int]:
    """The children that hold something and stand in no tree, nor are that of a commit; and those with these ids."""
    holds = trees.holds > 0
    inside = trees.inside.copy()
    inside[roots[roots >= 0]] = True
    outside = np.flatnonzero(~inside & holds)
    outside = outside[trees.ids.find(trees.oids[outside]) == outside]  # and not a further copy of what is inside
    width = trees.oids.shape[1]
    ids = np.frombuffer(b"".join(sorted(oid for oid in named if len(oid) == width)), np.uint8).reshape(-1, width)
    numbers = trees.ids.find(ids)
    found: list[int] = distinct(np.append(outside, numbers[(numbers >= 0) & holds[numbers]])).tolist()
    return found


def _first_blobs(
    store: ObjectStore,
    tops: Sequence[bytes],
    keys: Sequence[tuple[int, bytes]],
    holders: Mapping[bytes, tuple[int, ...]],
) -> list[bytes]:
    """For each (value, path) the blob in the tree given for it that holds it there; with an empty path, it is that itself."""
    found = [top if not path else b"" for top, (_, path) in zip(tops, keys, strict=True)]
    todo: dict[bytes, list[tuple[int, bytes]]] = {}  # by tree: number of the key, rest of its path
    for number, (top, (_, path)) in enumerate(zip(tops, keys, strict=True)):
        if path:
            todo.setdefault(top, []).append((number, path))
    while todo:
        below: dict[bytes, list[tuple[int, bytes]]] = {}
        for tree, data in store.read_many(todo):
            for number, path in todo[tree]:
                for oid, rest in _led_to(data, path, store.width):
                    if rest:
                        below.setdefault(oid, []).append((number, rest))
                    elif keys[number][0] in holders.get(oid, ()):
                        found[number] = oid
        todo = below
    return found


def _introductions(
    graph: Graph, holds: list[int], sets: Mapping[int, int], commits: Collection[int] | None
) -> dict[int, list[int]]:
    """For each pair the commits that hold it while none of their parents does, oldest first."""
    found: dict[int, list[int]] = {}
    for number, (content, parent) in enumerate(zip(holds, graph.first, strict=True)):
        if not content or (parent >= 0 and holds[parent] == content) or (commits is not None and number not in commits):
            continue
        new = sets[content]
        for parent in graph.parents(number):
            new &= ~sets[holds[parent]]
        for pair in _bits(new):
            found.setdefault(pair, []).append(number)
    return found


def _led_to(tree: bytes, path: bytes, width: int) -> list[tuple[bytes, bytes]]:
    """(id, rest of the path) of the entries of a tree on the way to `path`."""
    name = path.partition(b"/")[0]
    sought = b" %b\0" % name
    found = []
    at = tree.find(sought)
    while at >= 0:
        place = at + len(sought)
        if any(entry == name for _, entry in named_before(tree, place, width)):
            found.append((tree[place : place + width], path[len(name) + 1 :]))
        at = tree.find(sought, at + 1)
    if not found:  # a name with a slash: git refuses to make one, other programs did
        for _, place, entry in parse_tree(tree, width):
            if path == entry or path.startswith(entry + b"/"):
                found.append((tree[place : place + width], path[len(entry) + 1 :]))
    return found
