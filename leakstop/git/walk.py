"""Rebuilding the objects of a pack: every base once, a few microseconds an object, bounded memory.

Delta trees are walked depth first, in an order that needs few bases at a time (see `preorder`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.ascending import distinct
from leakstop.git.built import Built
from leakstop.git.delta import sizes
from leakstop.git.inflate import (
    ERRORS,
    Damaged,
    TooLarge,
    apply_delta,
    explain,
    inflate,
    inflate_exactly,
    inflate_windows,
    wrong_size,
)
from leakstop.git.preorder import preorder
from leakstop.git.seams import Edit, edits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from leakstop.git.pack import Pack

LARGE = 16 << 20  # objects above this many bytes are not built in memory
HELD = 256 << 20  # bytes of bases held at a time; what does not fit goes to `Aside.oversized`
LONGEST = 3072  # bytes of a delta that is decoded in any case
SHARE = 8  # a longer one is decoded if it makes that many times its own length
GAP = 768  # bytes between two seams that are taken as one
_BLOCK = 8192  # entries whose numbers are taken out of the arrays at a time
_BLOCK_BYTES = 24 << 20  # what may be inflated for a block
_PAYLOADS = 2 << 20  # the same, where it is not taken one by one: decoding takes thirty times as much memory meanwhile
_WINDOW = 1 << 18  # bytes read at a time where objects follow each other
_SMALL = LARGE // 1040  # deflated bytes that cannot become a large object


class Entry(NamedTuple):
    """An object in the order of the walk; its base is the last entry of depth - 1."""

    number: int  # the object's index
    depth: int  # 0: no delta
    data: bytes
    edit: Edit | None  # None: no delta, or one of so many instructions that knowing them does not pay


class Aside(NamedTuple):
    """What a walk does not give as an entry: the caller makes one and looks into it when the walk is over."""

    damaged: list[tuple[str, str]]  # (id in hex, what is wrong)
    large: list[int]  # indices of objects to be had with `stream`
    oversized: list[int]  # indices of deltas whose object or base is large: to be had from `git cat-file`

    @classmethod
    def empty(cls) -> Aside:
        """Three empty lists."""
        return cls([], [], [])


class _NoBase(Damaged):
    """Of an object that is a change of a damaged one."""

    def __str__(self) -> str:
        return "the object that it is a change of cannot be read"


def walk(pack: Pack, roots: NDArray[Any], aside: Aside, *, edited: bool = True) -> Iterator[Entry]:
    """The objects of the delta trees with these roots (indices of objects that are no deltas), depth first, bases before deltas.

    An object that cannot be rebuilt is told to `aside`, as is everything below it; that never raises.
    """
    chosen = np.zeros(len(pack.kinds), np.bool_)
    chosen[roots] = True
    members = np.flatnonzero(chosen[pack.roots] & (pack.kinds > 0))
    return _rebuild(pack, members, aside, edited=edited)


def read_indices(pack: Pack, indices: NDArray[Any], aside: Aside) -> Iterator[tuple[int, bytes]]:
    """(index, data) of single objects, in the order that rebuilds each of their bases once."""
    wanted = np.zeros(len(pack.kinds), np.bool_)
    wanted[indices] = True
    wanted &= pack.kinds > 0
    needed = wanted.copy()
    level = np.flatnonzero(wanted)
    while level.size:
        above = pack.bases[level]
        above = above[above >= 0]
        level = distinct(above[~needed[above]])
        needed[level] = True
    found = Aside.empty()
    for entry in _rebuild(pack, np.flatnonzero(needed), found, edited=False):
        if wanted[entry.number]:
            yield entry.number, entry.data
    aside.large.extend(index for index in found.large if wanted[index])
    aside.oversized.extend(index for index in found.oversized if wanted[index])
    asked = {oid.hex() for oid in pack.oids(np.flatnonzero(wanted))} if found.damaged else set()
    aside.damaged.extend(problem for problem in found.damaged if problem[0] in asked)


def _rebuild(pack: Pack, members: NDArray[np.int64], aside: Aside, *, edited: bool) -> Iterator[Entry]:
    """The entries of `members` (ascending indices; the base of each is one of them too), in preorder.

    The loop is the hottest of the program: all that can be worked out for many entries at once is, and an entry costs two calls
    into compiled code.
    """
    local = np.full(len(pack.kinds) + 1, -1, np.int32)
    local[members] = np.arange(len(members), dtype=np.int32)
    order = preorder(local[pack.bases[members]])  # a root's base, -1, finds the spare place at the end
    read = pack.file.read
    slots: list[Any] = [b""] * (int(order.depth.max(initial=0)) + 2)  # by depth: the base, or the exception that stands for it
    held = 0
    join = b"".join
    for first, behind in _blocks(pack.sizes[members[order.node]], _BLOCK_BYTES):
        node, depths, kepts, lasts = (array[first:behind] for array in order)
        index = members[node]
        columns = (index, depths, kepts, lasts)
        inflated = [
            _inflated(read, *entry)
            for entry in zip(pack.starts[index].tolist(), pack.ends(index).tolist(), pack.sizes[index].tolist(), strict=True)
        ]
        found = _edits(inflated, depths) if edited else {}
        for place, (number, depth, kept, last) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
            base = slots[depth]
            gap: type[Damaged] | None = None
            data = inflated[place]
            inflated[place] = b""
            try:
                if base.__class__ is not bytes:
                    raise base
                if data.__class__ is not bytes:
                    raise data
                if depth:
                    delta = data
                    at = 0
                    while delta[at] > 127:
                        at += 1
                    at += 1
                    byte = delta[at]
                    target, shift = byte & 127, 7
                    while byte > 127:
                        at += 1
                        byte = delta[at]
                        target |= (byte & 127) << shift
                        shift += 7
                    if target > LARGE:
                        raise TooLarge(target)
                    data = join(apply_delta(base, delta))
            except TooLarge:
                (aside.oversized if depth else aside.large).append(number)
                gap = TooLarge
            except ERRORS as error:
                aside.damaged.append((pack.oid(number).hex(), explain(error)))
                gap = _NoBase
            if last:
                slots[depth] = b""
                if base.__class__ is bytes:
                    held -= len(base)
            if kept:
                if gap is None and held + len(data) <= HELD:
                    slots[depth + 1] = data
                    held += len(data)
                else:
                    slots[depth + 1] = gap or TooLarge
            if gap is None:
                yield Entry(number, depth, data, found.get(place))


def _blocks(sizes: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Ranges of entries that are inflated together: by number, and to at most so many bytes."""
    bytes_before = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.minimum(sizes, LARGE))))
    first = 0
    while first < len(sizes):
        behind = int(np.searchsorted(bytes_before, bytes_before[first] + most, side="right")) - 1
        behind = max(first + 1, min(behind, first + _BLOCK, len(sizes)))
        yield first, behind
        first = behind


def _inflated(read: Callable[[int, int], bytes], start: int, end: int, size: int) -> Any:
    """The data of an entry, or the exception that says why there is none."""
    try:
        if end - start < _SMALL:
            data = inflate(read(end - start, start), 15, size or 1)
        elif size > LARGE:
            return TooLarge(size)
        else:
            data = inflate_exactly(read(end - start, start), size)
    except ERRORS as error:
        return error
    return data if len(data) == size else Damaged(wrong_size(len(data), size))


def _edits(inflated: list[Any], depths: NDArray[Any]) -> dict[int, Edit]:
    """The edits of those deltas of a block that are worth it, by place."""
    deltas = ((place, inflated[place]) for place in np.flatnonzero(depths).tolist())
    chosen = [place for place, delta in deltas if delta.__class__ is bytes and (len(delta) <= LONGEST or _pays(delta))]
    found = edits([inflated[place] for place in chosen], GAP) if chosen else None
    return {place: Edit(found, row) for row, place in enumerate(chosen)} if found else {}


def _pays(delta: bytes) -> bool:
    """Whether decoding a long delta takes less time than searching all that it makes."""
    try:
        return len(delta) * SHARE <= sizes(delta)[1]
    except ERRORS:  # told where it is applied
        return False


def read_one(pack: Pack, index: int, built: Built | None = None) -> bytes:
    """The content of one object; `built` helps, and is helped, where many are read. Raises `inflate.ERRORS`."""
    built = built or Built()
    chain = [index]
    while chain[-1] not in built and (base := int(pack.bases[chain[-1]])) >= 0 and pack.kinds[index]:
        chain.append(base)
    data = b""
    for place, entry in enumerate(reversed(chain)):
        if entry in built:
            data = built[entry]
            continue
        start, end, size = int(pack.starts[entry]), int(pack.ends(np.array(entry))), int(pack.sizes[entry])
        if not pack.kinds[entry]:
            raise Damaged("its place in the pack, or that of an object that it is a change of, is not known")
        if size > LARGE:
            raise TooLarge(size)
        found = inflate_exactly(pack.file.read(end - start, start), size)
        if place and (target := sizes(found)[1]) > LARGE:
            raise TooLarge(target)
        data = b"".join(apply_delta(data, found)) if place else found
        built.add(entry, data)
    return data


class Payloads(NamedTuple):
    """Some objects as they stand in the pack: whole, or as delta instructions."""

    indices: NDArray[np.int64]
    data: list[bytes]


def payloads(pack: Pack, indices: NDArray[Any], damaged: list[tuple[str, str]]) -> Iterator[Payloads]:
    """What stands in the pack for these objects (ascending), inflated and not rebuilt, some megabytes at a time.

    What is damaged, or has more than LARGE bytes, is left out and told to `damaged`; so are, silently, objects of kind 0.
    """
    indices = indices[pack.kinds[indices] > 0]
    large = pack.sizes[indices] > LARGE
    damaged.extend((pack.oid(index).hex(), str(TooLarge(int(pack.sizes[index])))) for index in indices[large].tolist())
    indices = indices[~large]
    window, low, high = memoryview(b""), 0, 0
    for first, behind in _blocks(pack.sizes[indices], _PAYLOADS):
        block = indices[first:behind]
        columns = (block, pack.starts[block], pack.ends(block), pack.sizes[block])
        data: list[bytes] = []
        add = data.append
        lost = []
        for number, start, end, size in zip(*(column.tolist() for column in columns), strict=True):
            try:
                if end > high:
                    window = memoryview(pack.file.read(max(end - start, _WINDOW), start))
                    low, high = start, start + len(window)
                deflated = window[start - low : end - low]
                found = inflate(deflated, 15, size or 1) if end - start < _SMALL else inflate_exactly(deflated, size)
                if len(found) != size:
                    raise Damaged(wrong_size(len(found), size))
                add(found)
            except ERRORS as error:
                damaged.append((pack.oid(number).hex(), explain(error)))
                lost.append(number)
        yield Payloads(block[~np.isin(block, lost)] if lost else block, data)


def stream(pack: Pack, index: int, window: int, damaged: list[tuple[str, str]]) -> Iterator[bytes]:
    """The content of an object that is no delta, in windows of `window` bytes, the last one shorter.

    When it turns out to be damaged, that is told to `damaged` after the windows that could be had.
    """
    if pack.bases[index] >= 0:
        raise ValueError("a delta cannot be streamed")
    start, end = int(pack.starts[index]), int(pack.offsets[index + 1])
    pieces = (pack.file.read(min(_WINDOW, end - at), at) for at in range(start, end, _WINDOW))
    try:
        yield from inflate_windows(pieces, int(pack.sizes[index]), window)
    except ERRORS as error:
        damaged.append((pack.oid(index).hex(), explain(error)))
