"""Which refs reach a commit, and whether one of them says that a remote has it."""

from __future__ import annotations

from heapq import merge, nsmallest
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from leakstop.git.pack import TAG
from leakstop.model import show_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from leakstop.git.graph import Graph
    from leakstop.git.objects import ObjectStore
    from leakstop.git.refs import Ref
    from leakstop.model import Tally

MOST = 50  # names of refs that are told
_MARKS = 4096  # commits that are looked for in one pass over the graph
_ORDER = (b"refs/heads/", b"refs/tags/", b"refs/remotes/", b"refs/")


class Names(NamedTuple):
    """The refs that reach something: HEAD's branch (or a detached HEAD) first, then branches, tags, remote-tracking refs, others.

    Names that go away by themselves, those of reflog entries above all, are only given where there are no others.
    """

    refs: tuple[bytes, ...]  # at most MOST
    total: int  # how many there are
    pushed: bool | None  # a remote-tracking ref reaches it, or did once; None: the repository has none


class _Group(NamedTuple):
    """Refs that reach the same: their places in the order of display."""

    lasting: list[int]
    passing: list[int]
    remote: bool


class Reach:
    """Answers for some refs of one graph."""

    def __init__(self, graph: Graph, tips: Sequence[Ref], targets: Mapping[bytes, bytes]) -> None:
        """`targets` are the objects behind tags (see `peel`); refs that name no commit reach none."""
        self._graph = graph
        branch = next((ref.target for ref in tips if ref.name == b"HEAD"), b"")
        # A HEAD on a branch says nothing that the branch does not say.
        shown = [ref for ref in tips if not ref.target or ref.name.startswith(b"refs/")]
        self._tips = sorted(shown, key=lambda ref: (_rank(ref.name, branch), ref.name))
        self._objects = [targets.get(ref.oid, ref.oid) for ref in self._tips]
        self._has_remotes = any(ref.remote for ref in tips)

    def of(self, sets: Iterable[tuple[int | bytes, ...]]) -> dict[tuple[int | bytes, ...], Names]:
        """For each set of commits, by their numbers, and of other objects, by their ids, the refs that reach one of them."""
        wanted = set(sets)
        members = dict.fromkeys(member for some in wanted for member in some)
        bits = {member: 1 << place for place, member in enumerate(members)}
        groups = self._groups(bits)
        found = {}
        for some in wanted:
            mask = 0
            for member in some:
                mask |= bits[member]
            found[some] = self._named([group for reached, group in groups if reached & mask])
        return found

    def _groups(self, bits: Mapping[int | bytes, int]) -> list[tuple[int, _Group]]:
        """The refs, by what they reach of the commits and objects that have bits."""
        numbers = self._graph.numbers
        commits = {oid: numbers[oid] for oid in self._objects if oid in numbers}
        reached = {oid: bits.get(oid, 0) for oid in self._objects}
        marked = [(member, bit) for member, bit in bits.items() if isinstance(member, int)]
        for start in range(0, len(marked), _MARKS):
            part = dict(marked[start : start + _MARKS])
            shift = min(part.values()).bit_length() - 1  # small numbers are quicker
            masks = self._graph.reach({number: bit >> shift for number, bit in part.items()})
            for oid, number in commits.items():
                if masks[number]:
                    reached[oid] |= masks[number] << shift
        places: dict[int, list[int]] = {}
        for place, oid in enumerate(self._objects):
            if mask := reached[oid] | bits.get(self._tips[place].oid, 0):
                places.setdefault(mask, []).append(place)
        return [(mask, self._group(some)) for mask, some in places.items()]

    def _group(self, places: list[int]) -> _Group:
        tips = self._tips
        lasting = [place for place in places if not tips[place].passing]
        passing = [place for place in places if tips[place].passing]
        return _Group(lasting, passing, any(tips[place].remote for place in places))

    def _named(self, groups: Sequence[_Group]) -> Names:
        lists = [group.lasting for group in groups if group.lasting] or [group.passing for group in groups]
        # They ascend, so that the lowest MOST places stand in the MOST lists that begin lowest; there may be thousands of lists.
        some = nsmallest(MOST, lists)
        names = tuple(self._tips[place].name for place in islice(merge(*some), MOST))
        pushed = any(group.remote for group in groups) if self._has_remotes else None
        return Names(names, sum(map(len, lists)), pushed)


def peel(store: ObjectStore, oids: Collection[bytes]) -> dict[bytes, bytes]:
    """For each of these objects that is a tag: the object that it, or the tag it names, stands for."""
    targets = _targets(store, oids)
    return {oid: _end(targets, target) for oid, target in targets.items()}


def _targets(store: ObjectStore, oids: Iterable[bytes]) -> dict[bytes, bytes]:
    """What each tag among these objects names; what is named may be a tag, too, and then is among the keys."""
    found: dict[bytes, bytes] = {}
    left = {oid for oid in oids if store.kind(oid) == TAG}
    while left:
        targets = {oid: _target(data) for oid, data in store.read_many(left)}
        found.update(targets)
        left = {oid for oid in targets.values() if oid not in found and store.kind(oid) == TAG}
    return found


def _end(targets: Mapping[bytes, bytes], oid: bytes) -> bytes:
    """Where the targets lead from here. They cannot lead in a circle: an id is made of what it names."""
    while oid in targets:
        oid = targets[oid]
    return oid


def lost(store: ObjectStore, graph: Graph, tips: Iterable[Ref], tally: Tally) -> None:
    """Refs that name objects which are not here become problems of the tally; passing names that do are counted as skipped."""
    gone = 0
    names = [ref for ref in tips if ref.oid not in graph.numbers]
    targets = peel(store, {ref.oid for ref in names})
    for ref in names:
        if targets.get(ref.oid, ref.oid) not in store:
            if ref.passing:
                gone += 1
            elif ref.name.startswith(b"refs/") or not ref.target:
                tally.problem(show_path(ref.name), "names an object that is not here", "Fetch it again, or delete the ref.")
    if gone:
        tally.skip("reflog entry", "what it names is gone", gone)


def reached(
    store: ObjectStore, graph: Graph, tips: Sequence[Ref], sets: Iterable[tuple[bytes, ...]]
) -> dict[tuple[bytes, ...], Names]:
    """For each set of objects the refs that reach one of them: a commit through history, a tag through tags, others by naming."""
    targets = _targets(store, {ref.oid for ref in tips if ref.oid not in graph.numbers})
    outer: dict[bytes, set[bytes]] = {}  # by tag: the tags that name it, or a tag that does
    for tag, target in targets.items():
        while target in targets:
            outer.setdefault(target, set()).add(tag)
            target = targets[target]
    reach = Reach(graph, tips, {oid: _end(targets, target) for oid, target in targets.items()})
    numbers = graph.numbers
    marks = {oids: tuple(numbers.get(one, one) for oid in oids for one in (oid, *sorted(outer.get(oid, ())))) for oids in sets}
    names = reach.of(marks.values())
    return {oids: names[mark] for oids, mark in marks.items()}


def _rank(name: bytes, branch: bytes) -> int:
    if name in (branch, b"HEAD"):
        return 0
    return next((place for place, prefix in enumerate(_ORDER, 1) if name.startswith(prefix)), len(_ORDER) + 1)


def _target(tag: bytes) -> bytes:
    """The id that a tag object names."""
    line = tag.partition(b"\n")[0].removeprefix(b"object ")
    try:
        return bytes.fromhex(line.decode("ascii"))
    except ValueError:
        return b""
