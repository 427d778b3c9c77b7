"""Reading every object of a repository and telling which of them hold something: the part that many processes share.

A `Survey` is called with the number of a process and yields what that finds while it goes on. It does not ask who put it there,
nor when; that is worked out once, for what was found (`account`). The work is cut into units; a process that is done with one
takes the next.
"""

from __future__ import annotations

from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.detect.detector import Detector
from leakstop.detect.lineage import Held, Lineage
from leakstop.detect.prefilter import CROWDED
from leakstop.git.graph import Heads
from leakstop.git.pack import BLOB, COMMIT, KINDS, TAG, TREE
from leakstop.git.portions import Portion
from leakstop.git.shares import plan
from leakstop.git.trees import absent, entries
from leakstop.git.walk import LARGE, Aside, Entry, walk
from leakstop.inside import Inside
from leakstop.model import Tally
from leakstop.remembered import Clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from leakstop.detect.prefilter import Prefilter
    from leakstop.git.objects import ObjectStore
    from leakstop.git.shares import Share
    from leakstop.git.treetable import Reading
    from leakstop.model import Problem
    from leakstop.remembered import Skipped
    from leakstop.rules.compiled import Compiled
    from leakstop.unpack.limits import Limits

_TURN = 0.3  # seconds after which a process says what it has: it may be stopped at any time
_TEXTS = 2000  # commits searched at a time
_LOOSE = 500  # loose objects in a unit
_LOOSE_COST = 40_000.0  # of a loose object, in the measure of `shares`


class Unit(NamedTuple):
    """A piece of work."""

    what: str  # blobs, loose; large: loose ones that are no blobs, and of which only the beginning is read
    pack: int  # number of the pack
    items: Any  # roots of delta trees (an array of indices), or ids of loose objects


class Holders(NamedTuple):
    """Blobs that hold values. Each process numbers the values that it meets in the order of their first message."""

    process: int
    values: list[tuple[int, bytes]]  # (rule, value), those that are new
    blobs: list[tuple[bytes, tuple[int, ...]]]  # id, numbers of values


class Notes(NamedTuple):
    """Commits and tags."""

    heads: list[Heads]  # commits as the graph needs them
    texts: list[tuple[str, bytes, bytes]]  # those in which something may stand: kind, id, the object

    def add(self, other: Notes) -> None:
        """Take in more of them."""
        self.heads.extend(other.heads)
        self.texts.extend(other.texts)


class Trees(NamedTuple):
    """What trees hold: file names in which something may stand, and the ids that they name and no object has."""

    names: list[bytes]
    absent: set[bytes]
    odd: list[int]  # trees in packs that name those, by number in the table of trees, and maybe others


class Aways(NamedTuple):
    """Blobs too large to be looked at here: ids."""

    oids: list[bytes]


class Step(NamedTuple):
    """What was read since the last message."""

    objects: int
    bytes: int


class Faults(NamedTuple):
    """What could not be read: (object id, what is wrong)."""

    faults: list[tuple[str, str]]


class Judged(NamedTuple):
    """The counters of detector and unpacking, at the end."""

    drops: set[tuple[str, int, bytes]]
    timeouts: set[str]
    problems: list[Problem]  # with containers, as are those skipped
    skipped: dict[tuple[str, str], int]


Message = Holders | Clean | Notes | Trees | Portion | Aways | Step | Faults | Judged


class Survey:
    """The work of all processes; `take()` gives the number of the next unit."""

    def __init__(
        self,
        compiled: Compiled,
        prefilter: Prefilter,
        store: ObjectStore,
        units: list[Unit],
        take: Callable[[], int],
        archives: Limits | None = None,
    ) -> None:
        self._compiled = compiled
        self._prefilter = prefilter
        self._store = store
        self._units = units
        self._take = take
        self._archives = archives

    def __call__(self, process: int) -> Iterator[Message]:
        """What the units hold that this process takes."""
        detector = Detector(self._compiled, self._prefilter)
        tally = Tally()
        lineage = _Numbered(process, Lineage(detector), Inside(detector, self._archives, tally))
        while (number := self._take()) < len(self._units):
            unit = self._units[number]
            if unit.what == "blobs":
                yield from self._blobs(unit, lineage)
            elif unit.what == "large":
                notes, faults = self._store.beginnings(unit.items)
                yield _searched(notes, detector)
                yield Faults(faults)
                yield Step(len(unit.items), sum(len(content) for _, _, content in notes))
            else:
                yield from self._loose(unit, detector, lineage)
        yield Judged(detector.drops, detector.timeouts, tally.problems, tally.skipped)

    def _blobs(self, unit: Unit, lineage: _Numbered) -> Iterator[Message]:
        pack = self._store.packs[unit.pack]
        aside = Aside.empty()
        read = _Read(self._store.hidden[unit.pack])
        holding: list[int] = []
        for turn in read.turns(walk(pack, unit.items, aside)):
            held = list(lineage.search(turn, pack.oid))
            holding += [entry.number for entry in held]
            yield lineage.message([(pack.oid(entry.number), entry.values) for entry in held])
            yield read.step()
        crowded = lineage.crowded()
        numbers, sizes = read.clean([*holding, *crowded, *lineage.containers()])
        yield Clean(b"".join(pack.oids(numbers)), sizes)
        yield Aways([pack.oid(index) for index in (*aside.large, *aside.oversized)])
        yield Faults([*aside.damaged, *((pack.oid(number).hex(), CROWDED) for number in crowded)])
        yield read.step()

    def _loose(self, unit: Unit, detector: Detector, lineage: _Numbered) -> Iterator[Message]:
        """Loose objects have no base: each is searched whole."""
        store = self._store
        blobs: list[tuple[bytes, bytes]] = []
        notes: list[tuple[str, bytes, bytes]] = []
        named: set[tuple[bytes, bytes, bytes]] = set()
        size = 0
        known = len(store.problems)  # those with packs, which are told anyway
        for oid in unit.items:
            found = store.read(oid)
            if found is None:
                continue  # a problem of the store's
            kind, data = found
            size += len(data)
            if kind == BLOB:
                blobs.append((oid, data))
            elif kind == TREE:
                named.update(entries(data, store.width))
            else:
                notes.append((KINDS[kind], oid, data))
        versions = (Entry(number, 0, data, None) for number, (_, data) in enumerate(blobs))
        read = _Read()
        searched = list(lineage.search(read.through(versions), lambda number: blobs[number][0]))
        yield lineage.message([(blobs[entry.number][0], entry.values) for entry in searched])
        crowded = lineage.crowded()
        numbers, sizes = read.clean([*(entry.number for entry in searched), *crowded, *lineage.containers()])
        yield Clean(b"".join(blobs[number][0] for number in numbers), sizes)
        yield _searched(notes, detector)
        names = sorted({name for _, name, _ in named})
        yield Trees(_with_something(names, detector), set() if store.promisor else absent(named, store.ids), [])
        yield Faults([(problem.where, problem.message) for problem in store.problems[known:]])
        yield Faults([(blobs[number][0].hex(), CROWDED) for number in crowded])
        del store.problems[known:]
        yield Step(len(unit.items), size)


class NoteSurvey:
    """The work on commits and tags in packs: called with shares of them. All is told at the end, for nobody may listen before."""

    def __init__(self, compiled: Compiled, prefilter: Prefilter, store: ObjectStore) -> None:
        self._compiled = compiled
        self._prefilter = prefilter
        self._store = store

    def __call__(self, shares: Sequence[Share]) -> Iterator[Message]:
        """What these commits and tags hold."""
        detector = Detector(self._compiled, self._prefilter)
        told = Notes([], [])
        rest: list[Message] = []
        for share in shares:
            pack = self._store.packs[share.pack]
            aside = Aside.empty()
            read = _Read(self._store.hidden[share.pack])
            walked = read.through(walk(pack, share.roots, aside, edited=False))
            entries = ((KINDS[pack.kinds[entry.number]], pack.oid(entry.number), entry.data) for entry in walked)
            while batch := list(islice(entries, _TEXTS)):
                told.add(_searched(batch, detector))
            begun, faults = self._store.beginnings([pack.oid(index) for index in (*aside.large, *aside.oversized)])
            told.add(_searched(begun, detector))
            rest += [Faults([*aside.damaged, *faults]), read.step()]
        yield told
        yield from rest
        yield Judged(detector.drops, detector.timeouts, [], {})


class TreeSurvey:
    """The work on the trees in packs, when it is known which blobs hold something: called with the spans of a reading."""

    def __init__(self, compiled: Compiled, prefilter: Prefilter, store: ObjectStore, reading: Reading) -> None:
        self._compiled = compiled
        self._prefilter = prefilter
        self._store = store
        self._reading = reading

    def __call__(self, span: tuple[int, int]) -> Iterator[Message]:
        """What a span of trees holds."""
        detector = Detector(self._compiled, self._prefilter)
        for part in self._reading(span):
            if isinstance(part, Portion):
                yield part
                yield Step(self._reading.shown(part, self._store.hidden), 0)
            else:
                yield Trees(_with_something(sorted(part.names), detector), part.absent, part.odd)
                yield Faults(part.damaged)
        yield Judged(detector.drops, detector.timeouts, [], {})


class _Numbered:
    """A lineage whose values are told once."""

    def __init__(self, process: int, lineage: Lineage, inside: Inside) -> None:
        self._process = process
        self._lineage = lineage
        self._inside = inside
        self._told = 0

    def search(self, versions: Iterable[Entry], oid: Callable[[int], bytes]) -> Iterator[Held]:
        """The objects that hold something, in themselves or, told apart, in what they contain."""
        if not self._inside.wanted:
            yield from self._lineage.search(versions)
            return
        contained: list[Held] = []
        numbers = self._lineage.values

        def looked_into() -> Iterator[Entry]:
            for version in versions:
                values = self._inside.search(version.data, oid, version.number)
                if values:
                    contained.append(Held(version.number, tuple(numbers.setdefault(value, len(numbers)) for value in values)))
                yield version

        for held in self._lineage.search(looked_into()):
            yield held
            yield from contained
            contained.clear()
        yield from contained

    def containers(self) -> list[int]:
        """The numbers of the containers since the last call."""
        found = self._inside.containers[:]
        self._inside.containers.clear()
        return found

    def crowded(self) -> list[int]:
        """The numbers of the versions since the last call that were not searched to their ends."""
        found = self._lineage.crowded[:]
        self._lineage.crowded.clear()
        return found

    def message(self, blobs: list[tuple[bytes, tuple[int, ...]]]) -> Holders:
        """The blobs, and the values that were not told before."""
        new = list(islice(self._lineage.values, self._told, None))
        self._told += len(new)
        return Holders(self._process, new, blobs)


class _Read:
    """Counts what comes by, each object once, however many packs hold it."""

    def __init__(self, hidden: Any = None) -> None:
        self._hidden = hidden if hidden is not None and hidden.any() else None
        self._objects = self._bytes = 0
        self._numbers: list[int] = []
        self._sizes: list[int] = []

    def through(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries of a walk, unchanged."""
        hidden = self._hidden
        numbers, sizes = self._numbers, self._sizes
        for entry in entries:
            number, size = entry.number, len(entry.data)
            if hidden is None or not hidden[number]:
                self._objects += 1
                self._bytes += size
                numbers.append(number)
                sizes.append(size)
            yield entry

    def turns(self, entries: Iterable[Entry]) -> Iterator[Iterator[Entry]]:
        """The same in parts, each to be read to its end: whole delta trees, as many as take the time of a turn."""
        rest = self.through(entries)
        waiting = list(islice(rest, 1))  # the root with which the next part begins
        while waiting:
            yield self._turn(waiting, rest)

    def _turn(self, waiting: list[Entry], rest: Iterator[Entry]) -> Iterator[Entry]:
        end = monotonic() + _TURN
        yield waiting.pop()
        for entry in rest:
            if not entry.depth and monotonic() >= end:
                waiting.append(entry)
                return
            yield entry

    def step(self) -> Step:
        """What was counted since the last one."""
        step = Step(self._objects, self._bytes)
        self._objects = self._bytes = 0
        return step

    def clean(self, others: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Number and size of all that came by but for the others."""
        numbers, sizes = np.array(self._numbers, np.int64), np.array(self._sizes, np.uint32)
        clean = ~np.isin(numbers, np.array(others, np.int64))
        return numbers[clean], sizes[clean]


def _searched(objects: list[tuple[str, bytes, bytes]], detector: Detector) -> Notes:
    """Commits and tags: their graph, and those to look at closely."""
    contents = [data for _, _, data in objects]
    found, encoded = detector.search(contents), detector.promising(contents)
    texts = [note for number, (note, matches) in enumerate(zip(objects, found, strict=True)) if matches or number in encoded]
    return Notes([Heads.of((oid, data) for kind, oid, data in objects if kind == "commit")], texts)


def _with_something(names: list[bytes], detector: Detector) -> list[bytes]:
    """Those names in which a rule matches."""
    return [name for name, matches in zip(names, detector.search(names), strict=True) if matches]


def units(store: ObjectStore, parts: int, skipped: Skipped) -> list[Unit]:
    """The work on blobs, but for those that are skipped, and on all that is loose; blobs in about `parts` units of the same size,
    the largest units first.
    """
    shares = [share for part in plan(store.packs, BLOB, parts, skipped.packs) for share in part]
    found = [(share.cost, Unit("blobs", share.pack, share.roots)) for share in shares]
    headers = [header for kind in (BLOB, TREE, COMMIT, TAG) for header in store.loose(kind)]
    large = [header.oid for header in headers if header.size > LARGE and header.kind != BLOB]
    found += [(_LOOSE_COST * _LOOSE, Unit("large", -1, large))] if large else []
    loose = [header.oid for header in headers if header.size <= LARGE and header.oid not in skipped.loose]
    found += [(_LOOSE_COST * _LOOSE, Unit("loose", -1, loose[at : at + _LOOSE])) for at in range(0, len(loose), _LOOSE)]
    return [unit for _, unit in sorted(found, key=lambda pair: -pair[0])]


def notes(store: ObjectStore, parts: int) -> list[list[Share]]:
    """All commits and tags in packs in at most `parts` shares of the same size."""
    kinds = (plan(store.packs, kind, parts, store.hidden) for kind in (COMMIT, TAG))
    found = [commits + tags for commits, tags in zip(*kinds, strict=True)]
    return [share for share in found if share] or found[:1]
