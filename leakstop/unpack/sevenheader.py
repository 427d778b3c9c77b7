"""The directory of a 7z archive: what stands where, and how it was packed.

The format: 7zFormat.txt of the LZMA SDK (public domain, https://www.7-zip.org/sdk.html).
"""

from __future__ import annotations

from typing import NamedTuple

from leakstop.unpack.limits import Damaged, Unsupported

HEADER, ENCODED = 1, 23
_STREAMS, _FILES, _PACKED, _UNPACKED, _SUBSTREAMS = 4, 5, 6, 7, 8
_SIZES, _DIGESTS, _FOLDER, _FOLDER_SIZES, _COUNTS, _EMPTY, _NAMES = 9, 10, 11, 12, 13, 14, 17
_MOST = 1_000_000  # folders, files and streams of one archive


class Coder(NamedTuple):
    """One step of unpacking."""

    method: str
    properties: bytes


class Folder(NamedTuple):
    """Files packed together."""

    coders: tuple[Coder, ...]  # from the packed bytes to the files, if they are a chain
    chain: bool  # each has one stream in and one out
    packed: int  # packed streams that it takes
    outputs: int
    last: int  # the number of the output that gives the files
    sizes: tuple[int, ...] = ()  # bytes of each output
    proved: bool = False  # a checksum of the whole stands in the archive

    @property
    def size(self) -> int:
        """Bytes of the files together."""
        return self.sizes[self.last] if self.sizes else 0


class Cursor:
    """Reads a header from front to back. IndexError where it ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def byte(self) -> int:
        """The next byte."""
        self._at += 1
        return self._data[self._at - 1]

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if count > len(self._data) - self._at:
            raise IndexError
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self) -> int:
        """The leading one bits of the first byte say how many bytes follow; little endian."""
        first, mask, value = self.byte(), 0x80, 0
        for place in range(8):
            if not first & mask:
                return value + ((first & (mask - 1)) << 8 * place)
            value |= self.byte() << 8 * place
            mask >>= 1
        return value

    def count(self) -> int:
        """A number of things."""
        value = self.number()
        if value > _MOST:
            raise Damaged(f"its directory claims {value} entries")
        return value

    def bits(self, count: int) -> list[bool]:
        """The next bits, in whole bytes."""
        packed = self.take((count + 7) // 8)
        return [bool(packed[place // 8] & (0x80 >> place % 8)) for place in range(count)]

    def digests(self, count: int) -> list[bool]:
        """Which of `count` things have a checksum. The checksums are passed over: what is found is found."""
        defined = [True] * count if self.byte() else self.bits(count)
        self.take(4 * sum(defined))
        return defined

    def rest(self) -> bytes:
        """What is left."""
        return self._data[self._at :]


class Streams(NamedTuple):
    """What stands where."""

    start: int
    packed: tuple[int, ...]  # sizes of the packed streams
    folders: tuple[Folder, ...]
    files: tuple[tuple[int, ...], ...]  # for each folder the sizes of its files


def directory(cursor: Cursor) -> tuple[Streams, list[str]]:
    """The streams, and the names of those files that have content."""
    streams, names, empty = Streams(0, (), (), ()), [], []
    while kind := cursor.byte():
        if kind == _STREAMS:
            streams = parse_streams(cursor)
        elif kind == _FILES:
            count = cursor.count()
            while kind := cursor.number():
                part = Cursor(cursor.take(cursor.number()))
                if kind == _EMPTY:
                    empty = part.bits(count)
                elif kind == _NAMES and not part.byte():
                    names = part.rest().decode("utf-16-le", "replace").split("\0")
        else:
            raise Unsupported("a header with unknown parts")
    return streams, [name for number, name in enumerate(names) if not (number < len(empty) and empty[number])]


def parse_streams(cursor: Cursor) -> Streams:
    """Where packed streams, folders and files are. IndexError, ValueError, Damaged, Unsupported."""
    start = 0
    packed: tuple[int, ...] = ()
    folders: tuple[Folder, ...] = ()
    files: tuple[tuple[int, ...], ...] | None = None
    while kind := cursor.byte():
        if kind == _PACKED:
            start, count = 32 + cursor.number(), cursor.count()
            while kind := cursor.byte():
                if kind == _SIZES:
                    packed = tuple(cursor.number() for _ in range(count))
                else:
                    cursor.digests(count)
        elif kind == _UNPACKED:
            folders = _folders(cursor)
        elif kind == _SUBSTREAMS:
            files = _files(cursor, folders)
        else:
            raise Damaged("its header has unknown parts")
    return Streams(start, packed, folders, files or tuple((folder.size,) for folder in folders))


def _folders(cursor: Cursor) -> tuple[Folder, ...]:
    found: list[Folder] = []
    while kind := cursor.byte():
        if kind == _FOLDER:
            count = cursor.count()
            if cursor.byte():
                raise Unsupported("a header in several parts")
            found = [_coders(cursor) for _ in range(count)]
        elif kind == _FOLDER_SIZES:
            found = [one._replace(sizes=tuple(cursor.number() for _ in range(one.outputs))) for one in found]
        else:
            found = [one._replace(proved=proved) for one, proved in zip(found, cursor.digests(len(found)), strict=True)]
    return tuple(found)


def _coders(cursor: Cursor) -> Folder:
    listed: list[Coder] = []
    inputs = outputs = 0
    chain = True
    for _ in range(min(cursor.number(), 32)):
        flags = cursor.byte()
        method = cursor.take(flags & 15).hex()
        taking, giving = (cursor.number(), cursor.number()) if flags & 0x10 else (1, 1)
        chain = chain and taking == giving == 1
        inputs, outputs = inputs + taking, outputs + giving
        listed.append(Coder(method, cursor.take(cursor.number()) if flags & 0x20 else b""))
    if not listed or max(inputs, outputs) > 64:
        raise Damaged("its header lists no way to unpack it")
    feeds: dict[int, int] = {}  # an output, and the input that it feeds
    for _ in range(outputs - 1):
        target = cursor.number()
        feeds[cursor.number()] = target
    packed = inputs - len(feeds)
    first = [cursor.number() for _ in range(packed)] if packed > 1 else sorted({*range(inputs)} - {*feeds.values()})
    order = first[:1]
    while chain and order[-1] in feeds and len(order) < len(listed):
        order.append(feeds[order[-1]])
    last = min({*range(outputs)} - {*feeds})
    return Folder(tuple(listed[number] for number in order) if chain else tuple(listed), chain, packed, outputs, last)


def _files(cursor: Cursor, folders: tuple[Folder, ...]) -> tuple[tuple[int, ...], ...]:
    """The sizes of the files of each folder."""
    counts = [1] * len(folders)
    sizes: list[tuple[int, ...]] | None = None
    while kind := cursor.byte():
        if kind == _COUNTS:
            counts = [cursor.count() for _ in folders]
        elif kind == _SIZES:
            sizes = []
            for folder, count in zip(folders, counts, strict=True):
                known = tuple(cursor.number() for _ in range(count - 1))
                sizes.append((*known, folder.size - sum(known)) if count else ())
        else:
            both = zip(folders, counts, strict=True)
            cursor.digests(sum(count for folder, count in both if count != 1 or not folder.proved))
    return (
        tuple(sizes)
        if sizes is not None
        else tuple((folder.size,) * count for folder, count in zip(folders, counts, strict=True))
    )
