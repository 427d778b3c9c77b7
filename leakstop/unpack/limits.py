"""How much may be unpacked: depth, bytes, members, bytes out for each byte in. Whoever made a container decides what is in it."""

from __future__ import annotations

from leakstop.config import Config
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_USUAL = Config()
FREE = 32 << 20  # bytes that may come out of anything: small things of zeros are packed a thousandfold


class Limits(NamedTuple):
    """Of one outermost container, with all that is nested in it."""

    depth: int = _USUAL.archive_depth  # containers within containers
    size: int = _USUAL.archive_size  # bytes unpacked
    members: int = _USUAL.archive_count  # in all
    ratio: int = _USUAL.archive_ratio  # bytes unpacked for each byte packed, when more than FREE come out; see `Budget.out`


class OverLimit(Exception):
    """A limit was reached; the text says which one."""


class Damaged(Exception):
    """What says by its first bytes that it is a container and cannot be read as one; the text says why."""


class Unsupported(Exception):
    """A container that somebody else could read; the text says what is missing here."""


def empty(data: bytes) -> bool:
    """Whether it is one byte over and over, as where nothing was ever written on a disk."""
    return data == data[:1] * len(data)


class Budget:
    """What one outermost container may still use up."""

    def __init__(self, limits: Limits, packed: int) -> None:
        """`packed`: the bytes of the container."""
        self._limits = limits
        self._most = max(FREE, limits.ratio * packed)
        self._size = self._told = self._count = 0

    def out(self, data: bytes) -> None:
        """More came out. Raises OverLimit.

        The empty parts of a disk image count a quarter to the ratio: deflate makes one byte of 1,032 of theirs.
        """
        self._size += len(data)
        self._told += len(data) // 4 if empty(data) else len(data)
        if self._size > self._limits.size:
            raise OverLimit(f"more than {self._limits.size >> 20} MB come out of it (archive-size)")
        if self._told > self._most:
            raise OverLimit(f"more than {self._limits.ratio} times its own size comes out of it (archive-ratio)")

    def member(self) -> None:
        """One more member. Raises OverLimit."""
        self._count += 1
        if self._count > self._limits.members:
            raise OverLimit(f"it holds more than {self._limits.members} members (archive-count)")

    def counted(self, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """The same reader, its bytes counted."""

        def counting(size: int) -> bytes:
            data = read(size)
            self.out(data)
            return data

        return counting
