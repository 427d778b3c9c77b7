"""Git's own files, copied to somewhere else: loose objects, packs, bundles. Every object is a member."""

from __future__ import annotations

import re
import zlib
from typing import IO, TYPE_CHECKING

from leakstop.unpack.limits import Damaged
from leakstop.unpack.packs import Pack
from leakstop.unpack.streams import PIECE, Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OBJECT = re.compile(rb"(?:blob|commit|tree|tag) [0-9]{1,12}\0")


def deflated(file: IO[bytes], name: str) -> Iterator[Member]:
    """One zlib stream (RFC 1950), which may be a loose object of git's: its header is left out."""
    yield Member(name, _inflating(file))


def _inflating(file: IO[bytes]) -> Callable[[int], bytes]:
    stream = zlib.decompressobj()
    held = file.read(PIECE)
    first = True

    def read(size: int) -> bytes:
        nonlocal held, first
        data = b""
        try:
            while not data and held and not stream.eof:
                data = stream.decompress(held, min(size, PIECE))
                held = stream.unconsumed_tail or file.read(PIECE)
        except zlib.error as error:
            raise Damaged(str(error)) from None
        if first:
            first = False
            head = _OBJECT.match(data)
            if head:
                data = data[head.end() :] or read(size)
        return data

    return read


def pack(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The objects of a pack."""
    yield from Pack(file.read()).objects()


def bundle(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The objects of a bundle: a few lines, an empty one, and a pack."""
    data = file.read()
    end = data.find(b"\n\n")
    if end < 0:
        raise Damaged("no pack in it")
    yield from Pack(data[end + 2 :]).objects()
