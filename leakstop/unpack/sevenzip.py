"""7z archives, by what the standard library decompresses: LZMA, LZMA2, Delta, BZip2, Deflate, Zstandard, and stored files.

The format: 7zFormat.txt and Methods.txt of the LZMA SDK (public domain, https://www.7-zip.org/sdk.html). Filters for machine code
(BCJ and its like) are not undone: they alter the targets of jumps and leave text as it is. PPMd and BCJ2 are not supported.
"""

from __future__ import annotations

import lzma
import sys
from itertools import accumulate
from typing import IO, TYPE_CHECKING, Any

from leakstop.unpack.limits import Damaged, Unsupported
from leakstop.unpack.members import ENCRYPTED, PIECE, Member, Part, reader
from leakstop.unpack.sevenheader import ENCODED, HEADER, Coder, Cursor, Streams, directory, parse_streams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.unpack.members import Read

# Method ids in hex: those whose output is as good as their input for a search of text.
_CODE_FILTERS = {"03030103", "03030205", "03030401", "03030501", "03030701", "03030805", "04", "05", "06", "07", "08", "09", "0a"}
_AES = "06f10701"
_NAMES_OF = {"030401": "PPMd", "0303011b": "BCJ2", "21": "LZMA2", "030101": "LZMA", "04f71102": "Brotli", "04f71104": "LZ4"}


def sevenzip(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The files of a 7z archive."""
    try:
        head = file.read(32)
        offset, size = int.from_bytes(head[12:20], "little"), int.from_bytes(head[20:28], "little")
        if len(head) < 32 or not size:
            return
        file.seek(32 + offset)
        cursor = Cursor(file.read(min(size, 1 << 28)))
        kind = cursor.byte()
        while kind == ENCODED:
            streams = parse_streams(cursor)
            read = _folder(file, streams, 0)
            if read is None:
                yield Member("(names)", reader(b""), ENCRYPTED)
                return
            cursor = Cursor(_exactly(read, sum(streams.files[0])))
            kind = cursor.byte()
        if kind != HEADER:
            raise Damaged("its header is not where it should be")
        streams, names = directory(cursor)
        yield from _members(file, streams, names)
    except (IndexError, ValueError, OverflowError, lzma.LZMAError):
        raise Damaged("its header is cut off or damaged") from None


def _members(file: IO[bytes], streams: Streams, names: list[str]) -> Iterator[Member]:
    left = iter(names)
    for number, sizes in enumerate(streams.files):
        read = _folder(file, streams, number)
        for size in sizes:
            name = next(left, "?")
            if read is None:
                yield Member(name, reader(b""), ENCRYPTED)
                continue
            part = Part(read, size)
            yield Member(name, part.read)
            while part.left and part.read(PIECE):
                pass  # what the caller did not want


def _folder(file: IO[bytes], streams: Streams, number: int) -> Read | None:
    """Reads the unpacked bytes of a folder; None if it is encrypted."""
    folder = streams.folders[number]
    methods = [coder.method for coder in folder.coders]
    if _AES in methods:
        return None
    first = sum(other.packed for other in streams.folders[:number])
    start = streams.start + ([0, *accumulate(streams.packed)][first])
    if not folder.chain:
        raise Unsupported(f"method {_NAMES_OF.get(methods[0], methods[0])}")
    at, left = start, streams.packed[first]

    def read(size: int) -> bytes:
        nonlocal at, left
        file.seek(at)
        data = file.read(min(size, left))
        at, left = at + len(data), left - len(data)
        return data

    filters: list[dict[str, Any]] = []  # of liblzma, which takes them together
    found: Read = read
    size = max(folder.sizes)
    for coder in folder.coders:
        if coder.method in _CODE_FILTERS or coder.method in {"00", ""}:
            continue
        if coder.method == "03" and filters:
            filters.insert(0, {"id": lzma.FILTER_DELTA, "dist": coder.properties[0] + 1})
        elif coder.method in {"21", "030101"} and not filters:
            filters.append(_lzma_filter(coder, size))
        else:
            found = _decoded(found, _decoder(coder.method))
    return _decoded(found, lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)) if filters else found


def _lzma_filter(coder: Coder, size: int) -> dict[str, Any]:
    """A dictionary larger than what comes out is never used, so that a header cannot ask for gigabytes."""
    properties = coder.properties
    most = max(size, 4096)
    if coder.method == "21":
        bits = properties[0]
        return {"id": lzma.FILTER_LZMA2, "dict_size": max(4096, min(most, (2 | bits & 1) << (bits // 2 + 11)))}
    state, dictionary = properties[0], int.from_bytes(properties[1:5], "little")
    return {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(4096, min(most, dictionary)),
        "lc": state % 9,
        "lp": state // 9 % 5,
        "pb": state // 45,
    }


def _decoder(method: str) -> Any:
    if method == "040202":
        from bz2 import BZ2Decompressor

        return BZ2Decompressor()
    if method == "040108":
        return _Deflate()
    if method == "04f71101":
        if sys.version_info >= (3, 14):
            from compression.zstd import ZstdDecompressor
        else:
            from backports.zstd import ZstdDecompressor

        return ZstdDecompressor()
    raise Unsupported(f"method {_NAMES_OF.get(method, method)}")


class _Deflate:
    """zlib's decompressor with the interface of the others."""

    def __init__(self) -> None:
        import zlib

        self._inner = zlib.decompressobj(-15)
        self.error = zlib.error

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    def decompress(self, data: bytes, size: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, size)


def _decoded(read: Read, decoder: Any) -> Read:
    """Reads what a decompressor makes of a stream."""

    def decoded(size: int) -> bytes:
        while size and not decoder.eof:
            packed = read(PIECE) if decoder.needs_input else b""
            try:
                data: bytes = decoder.decompress(packed, size)
            except Exception as error:  # noqa: BLE001 - each library raises its own
                raise Damaged(str(error) or type(error).__name__) from None
            if data:
                return data
            if not packed and decoder.needs_input:
                break
        return b""

    return decoded


def _exactly(read: Read, size: int) -> bytes:
    parts = []
    while size > 0 and (part := read(min(size, PIECE))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
