"""Packages: `ar` (.deb, static libraries), RPM, scripts that unpack themselves; and formats that nothing here can open."""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING

from leakstop.unpack.limits import Damaged
from leakstop.unpack.members import Member, Part, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_AR_HEAD = 60  # bytes before each member
_RPM_LEAD, _RPM_HEAD, _RPM_ENTRY = 96, 16, 16


def ar(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The members of an archive of `ar`, in whose headers numbers are written in digits."""
    file.seek(8)
    while head := file.read(_AR_HEAD):
        try:
            size = int(head[48:58])
        except ValueError:
            raise Damaged("a member's size is not a number") from None
        if size < 0:
            raise Damaged("a member's size is negative")
        start = file.tell()
        yield Member(head[:16].decode("utf-8", "replace").strip().rstrip("/") or "(index)", Part(file.read, size).read)
        file.seek(start + size + size % 2)


def rpm(file: IO[bytes], _name: str) -> Iterator[Member]:
    """What an RPM installs, as one compressed archive: it stands behind two headers that tell their own sizes."""
    file.seek(_RPM_LEAD)
    for aligned in (8, 1):
        head = file.read(_RPM_HEAD)
        if len(head) < _RPM_HEAD or head[:3] != b"\x8e\xad\xe8":
            raise Damaged("no header where one should be")
        entries, size = struct.unpack(">II", head[8:])
        size += _RPM_ENTRY * entries
        file.seek(size + -size % aligned, 1)
    yield Member("(payload)", file.read)


def script(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The archive at the end of a shell script that unpacks itself."""
    data = file.read()
    yield Member("(payload)", reader(data[data.find(b"\n\x1f\x8b\x08") + 1 :]))


def unread(why: str) -> Callable[[IO[bytes], str], Iterator[Member]]:
    """An opener for what nothing here can open, and why: said, so that nobody takes it for searched."""

    def opener(_file: IO[bytes], _name: str) -> Iterator[Member]:
        yield Member("", reader(b""), why)

    return opener


rar, cab, lz4, brotli, compress = (
    unread(f"a format that cannot be read: {kind}") for kind in ("rar", "cab", "lz4", "brotli", "compress (.Z)")
)
keepass = unread("encrypted: the passwords of KeePass")
