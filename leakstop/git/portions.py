"""A portion of the trees of a repository, decoded: what each copies from its base, and which objects it names anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.edits import decode
from leakstop.git.inflate import ERRORS
from leakstop.git.mentions import Ids, find_mentions
from leakstop.git.walk import Aside, payloads, read_indices, read_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from leakstop.git.built import Built
    from leakstop.git.edits import Edits
    from leakstop.git.mentions import Mentioned, NameKeys
    from leakstop.git.pack import Pack
    from leakstop.git.trees import Bringing

    ReadMany = Callable[[Sequence[bytes]], Iterable[tuple[bytes, bytes]]]
    Columns = tuple[NDArray[Any], ...]

TINY = 5  # bytes: copies of fewer could cut an id into pieces that nobody recognizes
_BLOCK, _BYTES = 1 << 13, 2 << 20  # trees decoded at a time, as in `walk.payloads`
_ALONE = 5000  # objects of a pack that cost as much, for the order of reading, as to read one without an order


class Sources(NamedTuple):
    """Where trees come from. They are numbered pack after pack, then those that are in none."""

    ids: NDArray[np.uint8]  # by number, (n, bytes of an id); those of other objects follow
    packs: tuple[tuple[Pack, NDArray[np.int64], int], ...]  # pack, indices of its trees, number of the first of them
    built: tuple[Built, ...]  # of each pack
    read_many: ReadMany  # for what does not stand in those

    def read(self, numbers: NDArray[Any]) -> Iterator[tuple[int, bytes]]:
        """(number, content) of trees, in an order that is quick; those that are damaged are left out."""
        left = set(numbers.tolist())
        for (pack, indices, start), built in zip(self.packs, self.built, strict=True):
            here = numbers[(numbers >= start) & (numbers < start + len(indices))] - start
            if here.size:
                number_of = dict(zip(indices[here].tolist(), (here + start).tolist(), strict=True))
                for index, data in _read(pack, indices[here], built):
                    left.remove(number_of[index])
                    yield number_of[index], data
        if left:
            wanted = {self.ids[number].tobytes(): number for number in left}
            for oid, data in self.read_many(list(wanted)):
                yield wanted[oid], data


def _read(pack: Pack, indices: NDArray[np.int64], built: Built) -> Iterator[tuple[int, bytes]]:
    """(index, data) of objects of a pack: all together, or one by one if that is quicker."""
    if len(indices) * _ALONE > len(pack.kinds):
        yield from read_indices(pack, indices, Aside.empty())
        return
    for index in indices.tolist():
        try:
            yield index, read_one(pack, index, built)
        except ERRORS:
            continue


class Known(NamedTuple):
    """Ids of objects, and the number of each in a table of trees."""

    ids: Ids
    numbers: NDArray[np.int64] | None  # -1: it is not in the table; None: there is to be no table

    @classmethod
    def of(cls, table: NDArray[np.uint8], ids: Ids | None = None) -> Known:
        """Those of a table, or more. Where an id stands twice, its lowest number counts."""
        if ids is None:
            return cls(Ids(table), np.arange(len(table)))
        numbers = np.full(len(ids), -1, np.int64)
        row = ids.find(table)
        here = np.flatnonzero(row >= 0)[::-1]
        numbers[row[here]] = here
        return cls(ids, numbers)


class Portion(NamedTuple):
    """The trees from number `start` on. Copies and mentions are columns, ascending by tree and place, see `TreeTable`."""

    start: int
    base: NDArray[np.int32]  # by tree
    copies: Columns  # tree, source, target, length
    mentions: Columns  # tree, place, child, name, length of the name, length of the mode, key of the name
    names: bytes


class Reader:
    """Reads one portion."""

    def __init__(
        self, sources: Sources, known: Known, keys: NameKeys, bringing: Sequence[Bringing], start: int, end: int
    ) -> None:
        """The trees with numbers from `start` up to `end`; `bringing`, of each pack, is told of all of them."""
        self._sources = sources
        self._known = known
        self._keys = keys
        self._bringing = bringing
        self.damaged: list[tuple[str, str]] = []  # (id in hex, what is wrong)
        self._start = start
        self._base = np.full(end - start, -1, np.int32)
        self._read = np.zeros(end - start, np.bool_)
        self._copies: list[Columns] = []
        self._mentions: list[Columns] = []
        self._names: list[bytes] = []
        self._named = 0

    def portion(self) -> Portion:
        """Read everything: as it stands in the packs, then whole what does not do as a delta, or is in no pack."""
        end = self._start + len(self._base)
        for place, (pack, indices, first) in enumerate(self._sources.packs):
            here = indices[max(self._start - first, 0) : max(end - first, 0)]
            if len(here):
                number_of = np.full(len(pack.kinds) + 1, -1, np.int32)
                number_of[indices] = np.arange(first, first + len(indices))
                pieces = ((number_of[block.indices], block.data) for block in payloads(pack, here, self.damaged))
                for numbers, data in _blocks(pieces):
                    which = indices[numbers - first]
                    edits, found = self._add(numbers, data, number_of[pack.bases[which]])
                    if self._bringing:
                        self._bringing[place].add(which, edits, found)
        return self._with_whole(np.flatnonzero(~self._read) + self._start)

    def mended(self, portion: Portion, numbers: NDArray[np.int64]) -> Portion:
        """A portion, some trees in it read whole."""
        again = np.zeros(len(portion.base), np.bool_)
        again[numbers - self._start] = True
        self._base[~again] = portion.base[~again]
        for columns, parts in ((portion.copies, self._copies), (portion.mentions, self._mentions)):
            kept = ~again[columns[0] - self._start]
            parts.append(tuple(column[kept] for column in columns))
        self._names, self._named = [portion.names], len(portion.names)
        return self._with_whole(numbers)

    def _with_whole(self, numbers: NDArray[np.int64]) -> Portion:
        """What was added so far, and some trees that are read whole."""
        rest = self._sources.read(numbers)
        for some, data in _blocks((np.array([number], np.int32), [content]) for number, content in rest):
            self._add(some, data, np.full(len(some), -1, np.int32))
        return Portion(self._start, self._base, _ordered(self._copies, 4), _ordered(self._mentions, 7), b"".join(self._names))

    def _add(self, numbers: NDArray[np.int32], data: list[bytes], bases: NDArray[np.int32]) -> tuple[Edits, Mentioned]:
        """Add trees, as deltas where they have bases, unless their instructions are damaged or make up ids of tiny pieces.

        What they are made of is returned, and the known ids in it.
        """
        edits = decode(data, bases >= 0)
        usable = edits.good.copy()
        usable[edits.copies.of[edits.copies.size < TINY]] = False
        places = numbers[usable] - self._start
        self._read[places] = True
        self._base[places] = bases[usable]
        copies = edits.copies
        kept = usable[copies.of]
        self._copies.append(_narrow(kept, numbers[copies.of], copies.source, copies.target, copies.size))
        mentioned = find_mentions(edits.runs, self._known.ids)
        if self._known.numbers is None:
            return edits, mentioned
        found = mentioned.chosen(self._known.numbers, self._keys)
        kept = usable[found.of]
        name = found.name + self._named
        columns = _narrow(kept, numbers[found.of], found.place, found.child, name, found.length, found.mode)
        self._mentions.append((*columns, found.key[kept]))
        self._names.append(found.names.tobytes())
        self._named += len(found.names)
        return edits, mentioned


def _blocks(pieces: Iterable[tuple[NDArray[np.int32], list[bytes]]]) -> Iterator[tuple[NDArray[np.int32], list[bytes]]]:
    """Pieces joined to blocks that are worth decoding at once."""
    numbers: list[NDArray[np.int32]] = []
    data: list[bytes] = []
    size = 0
    for more_numbers, more_data in pieces:
        numbers.append(more_numbers)
        data += more_data
        size += sum(map(len, more_data))
        if len(data) >= _BLOCK or size >= _BYTES:
            yield np.concatenate(numbers), data
            numbers, data, size = [], [], 0
    if data:
        yield np.concatenate(numbers), data


def _narrow(kept: NDArray[np.bool_], *columns: NDArray[Any]) -> Columns:
    return tuple(column[kept].astype(np.int32) for column in columns)


def _ordered(parts: Sequence[Columns], columns: int) -> Columns:
    """Columns put together and sorted by the first two."""
    if not parts:
        return (np.zeros(0, np.int32),) * columns
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(joined[0].astype(np.int64) << 32 | joined[1], kind="stable")
    return tuple(column[order] for column in joined)
