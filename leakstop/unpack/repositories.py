"""Git's own files, copied to somewhere else: loose objects, packs, bundles. Every object is a member."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from leakstop.unpack.limits import Damaged
from leakstop.unpack.members import Member, inflated
from leakstop.unpack.packs import Pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.unpack.members import Read

_OBJECT = re.compile(rb"(?:blob|commit|tree|tag) [0-9]{1,12}\0")


def deflated(file: IO[bytes], name: str) -> Iterator[Member]:
    """One zlib stream (RFC 1950), which may be a loose object of git's: its header is left out."""
    yield Member(name, _headless(inflated(file.read)))


def _headless(read: Read) -> Read:
    """The same without the header of an object, if it begins with one."""
    first = True

    def reading(size: int) -> bytes:
        nonlocal first
        data = read(size)
        head = _OBJECT.match(data) if first else None
        first = False
        return data[head.end() :] or read(size) if head else data

    return reading


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
