"""Git's own files, copied to somewhere else: loose objects, packs, bundles. Every object is a member."""

from __future__ import annotations

import re
import zlib
from typing import IO, TYPE_CHECKING

from leakstop.unpack.archives import reader
from leakstop.unpack.limits import Damaged
from leakstop.unpack.streams import PIECE, Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SMALLEST = 32  # bytes of a pack: head and checksum
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
    yield from _objects(file.read())


def bundle(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The objects of a bundle: a few lines, an empty one, and a pack."""
    data = file.read()
    end = data.find(b"\n\n")
    if end < 0 or data[end + 2 : end + 6] != b"PACK":
        raise Damaged("no pack in it")
    yield from _objects(data[end + 2 :])


def _objects(data: bytes) -> Iterator[Member]:
    from io import BytesIO

    from dulwich.errors import ApplyDeltaError, ChecksumMismatch, ObjectFormatException
    from dulwich.object_format import SHA1
    from dulwich.pack import PackData, PackInflater, UnresolvedDeltas

    errors = (ApplyDeltaError, ChecksumMismatch, ObjectFormatException, UnresolvedDeltas, AssertionError, KeyError, ValueError)
    if len(data) < _SMALLEST or data[4:8] not in (b"\0\0\0\2", b"\0\0\0\3"):
        raise Damaged("no pack of a known version")
    packed = PackData.from_file(BytesIO(data), SHA1, len(data))
    try:
        for each in PackInflater.for_pack_data(packed):
            content = each.as_raw_string()
            if content:
                yield Member(f"{each.type_name.decode()} {each.id.decode()}", reader(content))
    except (*errors, zlib.error, EOFError, OSError, TypeError, IndexError) as error:
        raise Damaged(type(error).__name__) from None
    finally:
        packed.close()
