"""What people and cameras write into pictures and music: comments, titles, descriptions. The pictures themselves are not read."""

from __future__ import annotations

import zlib
from typing import IO, TYPE_CHECKING

from leakstop.unpack.limits import Damaged, OverLimit
from leakstop.unpack.members import Member, reader

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST = 4 << 20  # bytes that a compressed text may come to
_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"eXIf")
_JPEG_TEXTS = (0xFE, *range(0xE1, 0xF0))  # comments and application segments but JFIF's: Exif, XMP, Photoshop's
_STARTS_SCAN = 0xDA
_LENGTHLESS = frozenset((0x01, *range(0xD0, 0xD9)))


def png(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The texts of a PNG (W3C PNG, 11.3.3), decompressed where they are."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind not in _TEXTS:
            file.seek(size + 4, 1)
            continue
        data = file.read(size)
        file.seek(4, 1)
        key, _, rest = data.partition(b"\0")
        if kind == b"zTXt" or (kind == b"iTXt" and rest[:1] == b"\1"):
            packed = rest[1:] if kind == b"zTXt" else rest[2:].split(b"\0", 2)[-1]
            unpacking = zlib.decompressobj()
            try:
                data = key + b"\n" + unpacking.decompress(packed, _MOST)
            except zlib.error as error:
                raise Damaged(str(error)) from None
            if unpacking.unconsumed_tail:
                raise OverLimit(f"a text in it is longer than {_MOST >> 20} MB")
        yield Member(f"({kind.decode()})", reader(_apart(data)))


def jpeg(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The comments of a JPEG, and its application segments (ITU T.81, B.1.1)."""
    file.seek(2)
    while len(head := file.read(4)) == 4 and head[0] == 0xFF and head[1] != _STARTS_SCAN:
        if head[1] in _LENGTHLESS:
            file.seek(-2, 1)
            continue
        data = file.read(int.from_bytes(head[2:], "big") - 2)
        if head[1] in _JPEG_TEXTS:
            yield Member("(comment)" if head[1] == _JPEG_TEXTS[0] else "(properties)", reader(_apart(data)))


def _apart(data: bytes) -> bytes:
    """Texts of a record on lines of their own: what stands beside them is no letter of theirs."""
    return data.replace(b"\0", b"\n") if data[1:8:2] != b"\0\0\0\0" else data
