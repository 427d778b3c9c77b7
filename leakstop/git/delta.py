"""Delta instruction streams: how a pack writes one object as a change of another (gitformat-pack, "Deltified representation").

A delta is the size of its base and of its target (7 bits a byte, least significant first), then instructions: a byte with the
high bit set copies from the base, its low bits telling which bytes of offset (4) and size (3) follow; any other byte but zero
inserts that many bytes that follow it.
"""

from __future__ import annotations

from typing import NamedTuple

DEFAULT_COPY = 0x10000  # what a copy without any size byte means


Copies = list[tuple[int, int, int]]  # (offset in the base, offset in the target, size)


class DeltaError(ValueError):
    """A delta that does not fit its base or contradicts itself."""


class _Copy(NamedTuple):
    """How to read the argument bytes of one copy instruction."""

    length: int  # of the instruction, its own byte included
    mask: int  # takes the offset out of the little-endian argument; -1: bytes are left out in between
    shift: int  # brings the size down


def _copy_table() -> tuple[_Copy, ...]:
    table = []
    for op in range(256):
        offset_bits, size_bits = op & 15, op >> 4 & 7
        lengths = offset_bits.bit_count(), size_bits.bit_count()
        dense = not offset_bits & (offset_bits + 1) and not size_bits & (size_bits + 1)
        mask = (1 << 8 * lengths[0]) - 1 if dense else -1
        table.append(_Copy(1 + sum(lengths), mask, 8 * lengths[0]))
    return tuple(table)


_COPIES = _copy_table()
_LENGTH = tuple(copy.length for copy in _COPIES)
_MASK = tuple(copy.mask for copy in _COPIES)
_SHIFT = tuple(copy.shift for copy in _COPIES)


def _sparse(delta: bytes, at: int) -> tuple[int, int]:
    """Offset and size of the copy instruction at `at` whose zero bytes are left out in between."""
    op = delta[at]
    values = [0] * 7
    for bit in range(7):
        if op >> bit & 1:
            at += 1
            values[bit] = delta[at]
    return int.from_bytes(values[:4], "little"), int.from_bytes(values[4:], "little")


def sizes(delta: bytes) -> tuple[int, int, int]:
    """Size of the base, size of the target, and where the instructions start. IndexError if the delta ends before."""
    found = []
    at = 0
    for _ in range(2):
        size = shift = 0
        byte = 128
        while byte > 127:
            byte = delta[at]
            size |= (byte & 127) << shift
            shift += 7
            at += 1
        found.append(size)
    return found[0], found[1], at


def copies(delta: bytes) -> Copies:
    """The copy instructions as (offset in the base, offset in the target, size), in the order of the target.

    What lies between them is inserted. The delta must have been applied before: nothing is checked here.
    """
    found: Copies = []
    add, number = found.append, int.from_bytes
    length, mask, shift = _LENGTH, _MASK, _SHIFT
    at = 0
    while delta[at] > 127:
        at += 1
    at += 1
    while delta[at] > 127:
        at += 1
    at += 1
    target, end = 0, len(delta)
    while at < end:
        op = delta[at]
        if op < 128:
            target += op
            at += op + 1
            continue
        stop = at + length[op]
        low = mask[op]
        if low >= 0:
            value = number(delta[at + 1 : stop], "little")
            source, size = value & low, value >> shift[op]
        else:
            source, size = _sparse(delta, at)
        if not size:
            size = DEFAULT_COPY
        add((source, target, size))
        target += size
        at = stop
    return found


def inserted(delta: bytes) -> list[bytes]:
    """The bytes that a delta brings along, inserts that follow each other joined. A malformed delta gives what it has."""
    found: list[bytes] = []
    length = _LENGTH
    at = 0
    end = len(delta)
    try:
        while delta[at] > 127:
            at += 1
        at += 1
        while delta[at] > 127:
            at += 1
        at += 1
    except IndexError:
        return found
    joins = False
    while at < end:
        op = delta[at]
        if op > 127:
            at += length[op]
            joins = False
            continue
        at += 1
        piece = delta[at : at + op]
        if joins:
            found[-1] += piece
        else:
            found.append(piece)
            joins = True
        at += op
    return found


def apply_slowly(base: bytes, delta: bytes) -> list[bytes]:
    """The target of a delta, in pieces: what `dulwich._pack.apply_delta` does, where it has no compiled wheel.

    Raises DeltaError when base and delta do not fit.
    """
    try:
        base_size, target_size, at = sizes(delta)
        if base_size != len(base):
            raise DeltaError(f"a delta for a base of {base_size} bytes stands on one of {len(base)}")
        pieces = []
        left = target_size
        end = len(delta)
        while at < end:
            op = delta[at]
            if op > 127:
                source, size = _sparse(delta, at)
                size = size or DEFAULT_COPY
                at += _LENGTH[op]
                piece = base[source : source + size]
            else:
                size = op
                piece = delta[at + 1 : at + 1 + op]
                at += 1 + op
            left -= size
            if not size or len(piece) != size or left < 0 or at > end:
                raise DeltaError("a delta instruction reaches outside its object")
            pieces.append(piece)
    except IndexError:
        raise DeltaError("a delta ends in the middle of an instruction") from None
    if left:
        raise DeltaError(f"a delta leaves {left} bytes of its target unwritten")
    return pieces
