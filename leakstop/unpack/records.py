"""Files of records that are compressed block by block: Avro and HDF5. In what comes out texts stand as they are."""

from __future__ import annotations

import re
import zlib
from io import BytesIO
from typing import IO, TYPE_CHECKING

from leakstop.unpack.limits import Damaged
from leakstop.unpack.members import PIECE, Member, inflated, reader

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYNC = 16  # bytes behind the header and behind each block
_TEN = 10  # bytes of the longest number
_KNOWN = frozenset((b"bzip2", b"xz", b"zstandard"))  # blocks of these begin as files of their kind do
_ZLIB = re.compile(rb"x[\x01\x5e\x9c\xda]")
_MANY = 100_000  # places of an HDF5 file that are tried
_MOST = 1 << 28  # bytes of one text or block
_LEAST = 16  # bytes that come out of a chunk, or it is none


def avro(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The blocks of an object container file (Apache Avro 1.12, "Object Container Files")."""
    file.seek(4)
    codec = b"null"
    while count := _number(file):
        if count < 0:
            _number(file)  # how many bytes they are
        for _ in range(abs(count)):
            key, value = _bytes(file), _bytes(file)
            if key == b"avro.codec":
                codec = value
    file.seek(_SYNC, 1)
    if codec == b"null":
        return  # the file says it all
    number = 0
    while (lead := file.read(1)) and (number := number + 1):
        file.seek(-len(lead), 1)
        _number(file)  # of records
        block = _bytes(file)
        file.seek(_SYNC, 1)
        name = f"block {number}"
        if codec == b"deflate":
            yield Member(name, inflated(reader(block), -15))
        elif codec in _KNOWN:
            yield Member(name, reader(block))
        else:
            yield Member(name, reader(b""), f"a format that cannot be read: {codec.decode('ascii', 'replace')} in Avro")
            return


def hdf5(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The chunks that the deflate filter packed (HDF5 File Format Specification, IV.A.2.l): each is a zlib stream of its own."""
    data = file.read()
    at = 0
    for number, match in enumerate(_ZLIB.finditer(data)):
        if number == _MANY:
            return
        if match.start() < at:
            continue
        stream = zlib.decompressobj()
        try:
            head = stream.decompress(data[match.start() : match.start() + PIECE], PIECE)
        except zlib.error:
            continue
        if len(head) >= _LEAST:
            packed = BytesIO(data)  # shares the bytes
            packed.seek(match.start())
            yield Member(f"chunk at {match.start()}", inflated(packed.read))
            at = match.start() + (PIECE - len(stream.unused_data) if stream.eof else 2)


def _number(file: IO[bytes]) -> int:
    """A number of Avro's: seven bits a byte, the lowest first, the sign in the lowest bit."""
    value = 0
    for place in range(_TEN):
        byte = file.read(1)
        if not byte:
            raise Damaged("it ends amid a number")
        value |= (byte[0] & 0x7F) << 7 * place
        if byte[0] < 0x80:
            return (value >> 1) ^ -(value & 1)
    raise Damaged("a number without an end")


def _bytes(file: IO[bytes]) -> bytes:
    size = _number(file)
    data = file.read(size) if 0 <= size <= _MOST else b""
    if len(data) != size:
        raise Damaged("a text is shorter than it says")
    return data
