"""All trees of a repository in one table: what each copies from the tree it is a change of, and which objects it names anew.

No tree is rebuilt for it, so that a million of them take seconds. Nothing is missed all the same: where an instruction cuts an
id, the middle of the id still stands in one run (see `mentions`), or a piece of the id is copied from where the base has it;
`contents` follows what is copied. Only copies of less than TINY bytes could cut an id into more pieces, and trees with such
copies are read whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.edits import decode
from leakstop.git.mentions import Ids, find_mentions
from leakstop.git.pack import TREE
from leakstop.git.walk import Aside, payloads, read_indices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from leakstop.git.pack import Pack

    ReadMany = Callable[[Sequence[bytes]], Iterable[tuple[bytes, bytes]]]

TINY = 5
_BLOCK, _BYTES = 1 << 15, 16 << 20  # trees decoded at a time


class Sources(NamedTuple):
    """Where the trees of a table come from."""

    ids: NDArray[np.uint8]  # by child: its id
    packs: tuple[tuple[Pack, NDArray[np.int64], int], ...]  # pack, indices of its trees, number of the first of them
    read_many: ReadMany  # for what does not stand in those

    def read(self, numbers: NDArray[Any]) -> Iterator[tuple[int, bytes]]:
        """(number, content) of trees, in an order that is quick; those that are damaged are left out."""
        left = set(numbers.tolist())
        for pack, indices, start in self.packs:
            here = numbers[(numbers >= start) & (numbers < start + len(indices))] - start
            if here.size:
                number_of = dict(zip(indices[here].tolist(), (here + start).tolist(), strict=True))
                for index, data in read_indices(pack, indices[here], Aside.empty()):
                    left.remove(number_of[index])
                    yield number_of[index], data
        if left:
            wanted = {self.ids[number].tobytes(): number for number in left}
            for oid, data in self.read_many(list(wanted)):
                yield wanted[oid], data


class TreeTable(NamedTuple):
    """t trees by number, and what they name.

    A child is a tree, by its number, or one of the wanted other objects, whose numbers follow those of the trees. A mention is
    an id that a tree does not copy from its base.
    """

    ids: Ids  # of all children
    sources: Sources
    base: NDArray[np.int32]  # by tree: the tree that it is a change of, -1: none
    depth: NDArray[np.int32]  # by tree: how many bases down
    family: NDArray[np.int32]  # by tree: the one at the end of the chain of bases, itself if it has no base
    fixed: NDArray[np.bool_]  # by tree: whether all that it copies stays where it was
    first_copy: NDArray[np.int64]  # by tree, and one more: where its copies begin
    source: NDArray[np.int32]  # by copy, ascending for each tree: offset in the base
    target: NDArray[np.int32]  # by copy: offset in the tree
    length: NDArray[np.int32]  # by copy
    first_mention: NDArray[np.int64]  # by tree, and one more: where its mentions begin
    place: NDArray[np.int32]  # by mention, ascending for each tree: offset of the id
    child: NDArray[np.int32]  # by mention
    name: NDArray[np.int32]  # by mention: where the name of the entry begins in `names`
    name_length: NDArray[np.int32]  # by mention; 0: the tree has to be read to know the name
    mode_length: NDArray[np.int32]  # by mention, where the name is known
    names: bytes

    @property
    def trees(self) -> int:
        """How many trees there are."""
        return len(self.base)


def build(packs: Iterable[Pack], loose: Sequence[bytes], read_many: ReadMany, others: Sequence[bytes], width: int) -> TreeTable:
    """The table of all trees in some packs, and of the `loose` ones (ids).

    `others` are the blobs that are looked for, `read_many` gives (id, content) of objects wherever they are. Trees that are
    damaged have no children.
    """
    parts: list[tuple[Pack, NDArray[np.int64], int]] = []
    count = 0
    for pack in packs:
        parts.append((pack, pack.of_kind(TREE), count))
        count += len(parts[-1][1])
    known = [pack.names[pack.rows[indices]] for pack, indices, _ in parts]
    known.append(np.frombuffer(b"".join((*loose, *others)), np.uint8).reshape(-1, width))
    sources = Sources(np.concatenate(known), tuple(parts), read_many)
    builder = _Builder(sources, count + len(loose))
    for pack, indices, start in parts:
        builder.add_pack(pack, indices, start)
    builder.add_rest()
    return builder.finish()


class _Builder:
    def __init__(self, sources: Sources, count: int) -> None:
        self._sources = sources
        self._ids = Ids(sources.ids)
        self._base = np.full(count, -1, np.int32)
        self._read = np.zeros(count, np.bool_)
        self._copies: list[tuple[NDArray[np.int32], ...]] = []
        self._mentions: list[tuple[NDArray[np.int32], ...]] = []
        self._names: list[bytes] = []
        self._named = 0

    def add_pack(self, pack: Pack, indices: NDArray[np.int64], start: int) -> None:
        """Add the trees of a pack as they stand there."""
        local = np.full(len(pack.kinds) + 1, -1, np.int32)
        local[indices] = np.arange(start, start + len(indices))
        for numbers, data in _blocks((local[block.indices], block.data) for block in payloads(pack, indices, [])):
            self._add(numbers, data, local[pack.bases[indices[numbers - start]]])

    def add_rest(self) -> None:
        """Add the trees that are in no pack, and those of the packs that have to be read whole."""
        rest = self._sources.read(np.flatnonzero(~self._read))
        for numbers, data in _blocks((np.array([number], np.int32), [content]) for number, content in rest):
            self._add(numbers, data, np.full(len(numbers), -1, np.int32))

    def _add(self, numbers: NDArray[np.int32], data: list[bytes], bases: NDArray[np.int32]) -> None:
        """Add trees, as deltas where they have bases. What does not do as a delta is left for `add_rest`."""
        edits = decode(data, bases >= 0)
        usable = edits.good.copy()
        usable[edits.copies.of[edits.copies.size < TINY]] = False
        numbers_used = numbers[usable]
        self._read[numbers_used] = True
        self._base[numbers_used] = bases[usable]
        copies = edits.copies
        kept = usable[copies.of]
        self._copies.append(_narrow(kept, numbers[copies.of], copies.source, copies.target, copies.size))
        found = find_mentions(edits.runs, self._ids)
        kept = usable[found.of]
        name = found.name + self._named
        self._mentions.append(_narrow(kept, numbers[found.of], found.place, found.child, name, found.length, found.mode))
        self._names.append(found.names.tobytes())
        self._named += len(found.names)

    def finish(self) -> TreeTable:
        """Bring everything into the order of the trees."""
        count = len(self._base)
        of, source, target, length = _ordered(self._copies, 4)
        fixed = np.ones(count, np.bool_)
        fixed[of[source != target]] = False
        first_copy = np.searchsorted(of, np.arange(count + 1))
        of, place, child, name, name_length, mode_length = _ordered(self._mentions, 6)
        first_mention = np.searchsorted(of, np.arange(count + 1))
        depth, family = _chains(self._base)
        return TreeTable(
            self._ids,
            self._sources,
            self._base,
            depth,
            family,
            fixed,
            first_copy,
            source,
            target,
            length,
            first_mention,
            place,
            child,
            name,
            name_length,
            mode_length,
            b"".join(self._names),
        )


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


def _narrow(kept: NDArray[np.bool_], *columns: NDArray[Any]) -> tuple[NDArray[np.int32], ...]:
    return tuple(column[kept].astype(np.int32) for column in columns)


def _ordered(parts: Sequence[tuple[NDArray[np.int32], ...]], columns: int) -> list[NDArray[np.int32]]:
    """Columns put together and sorted by the first two."""
    if not parts:
        return [np.zeros(0, np.int32)] * columns
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(joined[0].astype(np.int64) << 32 | joined[1], kind="stable")
    return [column[order] for column in joined]


def _chains(base: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """For each tree the number of bases below it, and the last of them."""
    depth = (base >= 0).astype(np.int32)
    above = np.where(base >= 0, base, np.arange(len(base), dtype=np.int32))
    left = np.flatnonzero(base >= 0)
    while left.size:  # the way to the end, doubled in each round
        step = above[left]
        depth[left] += depth[step]
        above[left] = above[step]
        left = left[above[left] != above[above[left]]]
    return depth, above
