"""Marvin32: the keyed 32-bit hash that closes Microsoft's identifiable keys. Published by Microsoft with test vectors (.NET)."""

from __future__ import annotations

_MASK = 0xFFFFFFFF


def marvin32(data: bytes, seed: int) -> int:
    """The hash of `data` under a 64-bit seed."""
    low, high = state(data, seed)
    return low ^ high


def state(data: bytes, seed: int) -> tuple[int, int]:
    """The two 32-bit halves after all of `data`, which the published vectors give as one 64-bit number."""
    low, high = seed & _MASK, seed >> 32
    padded = data + b"\x80" + bytes(-(len(data) + 1) % 4)
    for start in range(0, len(padded), 4):
        low = (low + int.from_bytes(padded[start : start + 4], "little")) & _MASK
        low, high = _mix(low, high)
    return _mix(low, high)


def _mix(low: int, high: int) -> tuple[int, int]:
    high ^= low
    low = (_rotate(low, 20) + high) & _MASK
    high = _rotate(high, 9) ^ low
    low = (_rotate(low, 27) + high) & _MASK
    return low, _rotate(high, 19)


def _rotate(number: int, by: int) -> int:
    return (number << by | number >> (32 - by)) & _MASK
