"""Delta instructions of thousands of objects decoded at once: what each copies from its base, and what it brings along.

Where each instruction begins is known only from the one before it, and is found out one by one; what they mean, at once for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.delta import DEFAULT_COPY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MARGIN = 32  # zero bytes behind a buffer, so that what is read at its end needs no check


class Copies(NamedTuple):
    """Copy instructions, columns of equal length, in the order of the objects and there of the target."""

    of: NDArray[np.int64]  # the object that copies, by its place
    source: NDArray[np.int64]  # offset in its base
    target: NDArray[np.int64]  # offset in itself
    size: NDArray[np.int64]


class Runs(NamedTuple):
    """Inserted bytes, columns of equal length but for the last, by place in `text`.

    A run is what stands between two copies, however many instructions that took; an object that is no delta is one run.
    """

    of: NDArray[np.int64]  # the object that holds them, by its place
    target: NDArray[np.int64]  # offset in it
    start: NDArray[np.int64]  # offset in `text`, ascending
    size: NDArray[np.int64]
    text: NDArray[np.uint8]  # all runs, other bytes between them, and MARGIN zero bytes at the end


class Edits(NamedTuple):
    """What some objects are made of."""

    size: NDArray[np.int64]  # of each object
    good: NDArray[np.bool_]  # whether its instructions make up what they promise
    copies: Copies
    runs: Runs


class Instructions(NamedTuple):
    """Instructions in the order of the objects and there of the target, columns of equal length."""

    of: NDArray[np.int64]
    at: NDArray[np.int64]  # where it stands
    source: NDArray[np.int64]  # -1: it inserts
    target: NDArray[np.int64]
    size: NDArray[np.int64]


def spans(starts: NDArray[Any], counts: NDArray[Any]) -> NDArray[np.int64]:
    """start, start + 1, …, as many as counted, for each pair, all in one array."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - counts), counts) + np.arange(total)


def decode(data: Sequence[bytes], is_delta: NDArray[np.bool_]) -> Edits:
    """Decode objects as they stand in a pack: delta instructions, or whole."""
    joined = b"".join((*data, b"\0" * MARGIN))
    raw = np.frombuffer(joined, np.uint8)
    sizes = np.fromiter(map(len, data), np.int64, len(data))
    ends = np.cumsum(sizes)
    starts = ends - sizes
    deltas = np.flatnonzero(is_delta)
    _, at = numbers(raw, starts[deltas])
    size = sizes.copy()
    size[deltas], at = numbers(raw, at)
    of, place, source, target, length = instructions(joined, at, ends[deltas])
    counts = np.bincount(of, minlength=len(deltas))
    filled, last = np.flatnonzero(counts > 0), (np.cumsum(counts) - 1)[counts > 0]
    reached = np.zeros(len(deltas), np.int64)
    reached[filled] = (target + length)[last]
    at[filled] = (place + _LENGTH[raw[place]])[last]
    good = np.ones(len(data), np.bool_)
    good[deltas] = (reached == size[deltas]) & (at == ends[deltas])
    of = deltas[of]
    here = good[of]
    copies, inserts = np.flatnonzero(here & (source >= 0)), np.flatnonzero(here & (source < 0))
    whole = np.flatnonzero(~is_delta)
    runs = _runs(
        joined,
        np.concatenate((of[inserts], whole)),
        np.concatenate((target[inserts], np.zeros(len(whole), np.int64))),
        np.concatenate((place[inserts] + 1, starts[whole])),
        np.concatenate((length[inserts], sizes[whole])),
    )
    return Edits(size, good, Copies(of[copies], source[copies], target[copies], length[copies]), runs)


def instructions(data: bytes, at: NDArray[np.int64], end: NDArray[np.int64]) -> Instructions:
    """The instructions of deltas that stand from `at` to `end` in `data`, behind which there are MARGIN bytes."""
    places: list[int] = []
    counts: list[int] = []
    lengths, add = _LENGTHS, places.append
    before = 0
    for place, stop in zip(at.tolist(), end.tolist(), strict=True):
        while place < stop:
            add(place)
            place += lengths[data[place]]
        counts.append(len(places) - before)
        before = len(places)
    number = np.array(counts, np.int64)
    at = np.array(places, np.int64)
    window: NDArray[np.uint64] = np.ndarray((len(data) - 8,), "<u8", data, 0, (1,))  # an instruction has at most 8 bytes
    source, size = _meant(window[at])
    total = np.concatenate((np.zeros(1, np.int64), np.cumsum(size)))
    target = total[:-1] - np.repeat(total[np.cumsum(number) - number], number)
    return Instructions(np.repeat(np.arange(len(number)), number), at, source, target, size)


def _meant(found: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Source (-1: inserts) and size of the instructions that begin with these eight bytes each."""
    op = (found & np.uint64(255)).astype(np.intp)
    argument = found >> np.uint64(8)
    source = (argument & _OFFSET[op]).astype(np.int64)
    size = (argument >> _SHIFT[op] & _SIZE[op]).astype(np.int64)
    sparse = np.flatnonzero(_SPARSE[op])
    if sparse.size:
        source[sparse], size[sparse] = _spread(op[sparse], argument[sparse])
    size[size == 0] = DEFAULT_COPY
    inserts = np.flatnonzero(op < 128)
    source[inserts], size[inserts] = -1, op[inserts]
    return source, size


def _spread(op: NDArray[np.intp], argument: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offset and size of copies, whichever bytes of their arguments are left out."""
    value = np.zeros(len(op), np.int64)
    left = argument.astype(np.int64)
    for bit in range(7):
        there = op >> bit & 1
        value |= (left & 255 * there) << 8 * bit
        left >>= 8 * there
    return value & 0xFFFFFFFF, value >> 32


def _runs(joined: bytes, *columns: NDArray[np.int64]) -> Runs:
    """The runs that the inserts make whose columns are: object, offset in it, offset in `joined`, size."""
    order = np.argsort(columns[2], kind="stable")
    of, target, start, size = (column[order] for column in columns)
    opens = np.ones(len(of), np.bool_)
    opens[1:] = (of[1:] != of[:-1]) | (target[1:] != target[:-1] + size[:-1])
    first = np.flatnonzero(opens)
    counts = np.diff(np.append(first, len(of)))
    total = np.add.reduceat(size, first) if len(first) else size
    # Most runs are one instruction and stay where they are; the pieces of the others are put together behind everything else.
    alone, several = np.flatnonzero(counts == 1), np.flatnonzero(counts > 1)
    parts = spans(first[several], counts[several])
    cuts = zip(start[parts].tolist(), (start[parts] + size[parts]).tolist(), strict=True)
    text = b"".join((joined, *[joined[low:high] for low, high in cuts], b"\0" * MARGIN))
    moved = len(joined) + np.cumsum(total[several]) - total[several]
    chosen = np.concatenate((alone, several))
    place = np.concatenate((start[first[alone]], moved))
    return Runs(of[first[chosen]], target[first[chosen]], place, total[chosen], np.frombuffer(text, np.uint8))


def numbers(raw: NDArray[np.uint8], at: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sizes that stand at these places, and the places behind them."""
    value = np.zeros(len(at), np.int64)
    at = at.copy()
    left = np.arange(len(at))
    for shift in range(0, 63, 7):
        byte = raw[np.minimum(at[left], len(raw) - 1)]
        value[left] |= (byte & 127).astype(np.int64) << shift
        at[left] += 1
        left = left[byte > 127]
        if not left.size:
            break
    return value, at


def _tables() -> tuple[NDArray[Any], ...]:
    """By the first byte of an instruction: its length; in the argument mask of the offset, shift and mask of the size; whether
    bytes are left out of the argument, so that these do not fit.
    """
    rows = []
    for op in range(256):
        low, high = op & 15, op >> 4 & 7
        below, above = low.bit_count(), high.bit_count()
        gaps = op > 127 and bool(low & (low + 1) or high & (high + 1))
        rows.append((1 + below + above if op > 127 else 1 + op, (1 << 8 * below) - 1, 8 * below, (1 << 8 * above) - 1, gaps))
    kinds = (np.int64, np.uint64, np.uint64, np.uint64, np.bool_)
    return tuple(np.array(column, kind) for column, kind in zip(zip(*rows, strict=True), kinds, strict=True))


_LENGTH, _OFFSET, _SHIFT, _SIZE, _SPARSE = _tables()
_LENGTHS: list[int] = _LENGTH.tolist()
