"""What an opener gives: the members of a container, each with a way to read it."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from leakstop.unpack.limits import Damaged

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[int], bytes]  # up to N bytes, none at the end; raises Damaged

ENCRYPTED = "encrypted"
PIECE = 1 << 18  # bytes asked for at once: what comes before damage is not lost with it


class Member(NamedTuple):
    """Something in a container: its name, and how to read it. It has to be read before the next member is asked for."""

    name: str
    read: Read
    why: str = ""  # not empty: cannot be read, for this reason ("encrypted"); without a name it is the container that cannot
    decoded: str = ""  # not empty: it is the container itself once more, read in this way


def reader(data: bytes) -> Read:
    """Reads bytes that are there already."""
    from io import BytesIO

    return BytesIO(data).read


def guarded(read: Read, errors: tuple[type[BaseException], ...]) -> Read:
    """The same, where a library's own errors mean damage."""

    def reading(size: int) -> bytes:
        try:
            return read(min(size, PIECE))
        except errors as error:
            raise Damaged(str(error) or type(error).__name__) from None

    return reading


def inflated(packed: Read, bits: int = zlib.MAX_WBITS) -> Read:
    """What one deflated stream comes to, whatever lies behind it; `bits` as zlib's `wbits`."""
    stream = zlib.decompressobj(bits)

    def reading(size: int) -> bytes:
        data = b""
        while not data and not stream.eof and (piece := stream.unconsumed_tail or packed(PIECE)):
            data = stream.decompress(piece, min(size, PIECE))
        return data

    return guarded(reading, (zlib.error,))


class Part:
    """The next `left` bytes of a stream."""

    def __init__(self, read: Read, left: int) -> None:
        self._read = read
        self.left = left

    def read(self, size: int) -> bytes:
        """Up to `size` of them."""
        data = self._read(min(size, self.left))
        self.left -= len(data)
        return data
