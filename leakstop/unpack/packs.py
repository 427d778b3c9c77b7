"""A pack of git's without its index: its objects one behind the other (gitformat-pack), in bounded memory.

Whoever made it decides what is in it: sizes are believed only as limits, what is large is not built, and the bytes that are built
in all, those of bases built again among them, are counted.
"""

from __future__ import annotations

import zlib
from hashlib import sha1
from typing import TYPE_CHECKING, NamedTuple

from leakstop.git.built import Built
from leakstop.git.delta import inserted, sizes
from leakstop.git.inflate import ERRORS, apply_delta
from leakstop.unpack.limits import Damaged, OverLimit
from leakstop.unpack.members import PIECE, Member, reader

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = 12  # bytes: the word, the version, how many objects
_CHECKSUM = 20  # bytes at the end
_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_BY_OFFSET, _BY_ID = 6, 7  # the two kinds of deltas
_LARGE = 16 << 20  # bytes from which an object is given in pieces
_MOST = 128 << 20  # bytes of what is built in memory, since deltas stand on it or are it
_WORK = 4 << 30  # bytes built in all
_STEP = 64 << 10  # bytes inflated at a time: as many may be looked at in vain


class _Entry(NamedTuple):
    """What stands at one place of the pack, before its deflated data."""

    kind: int
    size: int  # of the object or delta
    base: int | bytes | None  # where the base stands, or its id; None: no delta
    start: int  # of the data


class Pack:
    """The objects in the bytes of a pack."""

    def __init__(self, data: bytes) -> None:
        """Raises Damaged: it is none, or of no known version."""
        if len(data) < _HEAD + _CHECKSUM or data[:4] != b"PACK" or data[4:8] not in (b"\0\0\0\2", b"\0\0\0\3"):
            raise Damaged("no pack of a known version")
        self._data = data
        self._count = int.from_bytes(data[8:_HEAD], "big")
        self._built = Built()
        self._kinds: dict[int, str] = {}  # by offset
        self._places: dict[bytes, int] = {}  # by id
        self._work = 0

    def objects(self) -> Iterator[Member]:
        """Each object, or why there is none. Raises Damaged where no next one can be found, OverLimit when it gets too much."""
        later: list[tuple[int, _Entry]] = []
        at = _HEAD
        for _ in range(self._count):
            entry, offset = self._entry(at), at
            if entry.base is None and entry.size > _LARGE:
                stream = _Stream(self._data, entry.start)
                yield Member(f"{self._kind(offset, entry)} at {offset}", stream.read)
                while stream.read(PIECE):
                    pass
                at = stream.end
                continue
            data, at = self._inflated(entry)
            if isinstance(entry.base, bytes) and entry.base not in self._places:
                later.append((offset, entry))
            else:
                yield self._member(offset, entry, data)
        before = 0
        while len(later) != before:  # bases that come behind their deltas
            before, waiting, later = len(later), later, []
            for offset, entry in waiting:
                if entry.base in self._places:
                    yield self._member(offset, entry, self._inflated(entry)[0])
                else:
                    later.append((offset, entry))
        for offset, entry in later:  # of a bundle that is only a part, for example: what is new stands in the change itself
            yield Member(f"change at {offset}", reader(b"\n".join(inserted(self._inflated(entry)[0]))))
            yield Member(f"object at {offset}", reader(b""), "it is a change of an object that stands elsewhere")

    def _member(self, offset: int, entry: _Entry, data: bytes) -> Member:
        if entry.base is not None:
            data = self._applied(self._content(self._base(entry)), data)
        kind = self._kind(offset, entry)
        oid = sha1(b"%b %d\0" % (kind.encode(), len(data)), usedforsecurity=False)
        oid.update(data)
        self._places[oid.digest()] = offset
        self._built.add(offset, data)
        return Member(f"{kind} {oid.hexdigest()}", reader(data))

    def _kind(self, offset: int, entry: _Entry) -> str:
        kind = self._kinds[self._base(entry)] if entry.base is not None else _KINDS[entry.kind]
        self._kinds[offset] = kind
        return kind

    def _content(self, offset: int) -> bytes:
        """What stands at a place that was passed already."""
        deltas: list[tuple[int, _Entry]] = []
        while offset not in self._built:
            entry = self._entry(offset)
            if entry.base is None:
                self._built.add(offset, self._inflated(entry)[0])
                break
            deltas.append((offset, entry))
            offset = self._base(entry)
        content = self._built[offset]
        for place, entry in reversed(deltas):
            content = self._applied(content, self._inflated(entry)[0])
            self._built.add(place, content)
        return content

    def _base(self, entry: _Entry) -> int:
        """Where the base of a delta stands; it was passed already."""
        offset = self._places.get(entry.base, 0) if isinstance(entry.base, bytes) else entry.base
        if not offset or offset not in self._kinds:
            raise Damaged("a delta without a base")
        return offset

    def _entry(self, at: int) -> _Entry:
        data, own = self._data, at
        try:
            byte = data[at]
            kind, size, shift = byte >> 4 & 7, byte & 15, 4
            while byte > 127:
                at += 1
                byte = data[at]
                size |= (byte & 127) << shift
                shift += 7
            start = at + 1
            if kind in _KINDS:
                return _Entry(kind, size, None, start)
            if kind == _BY_ID:
                return _Entry(kind, size, data[start : start + 20], start + 20)
            if kind != _BY_OFFSET:
                raise Damaged("an object of an unknown kind")
            byte = data[start]
            back = byte & 127
            while byte > 127:
                start += 1
                byte = data[start]
                back = (back + 1) << 7 | byte & 127
        except IndexError:
            raise Damaged("it ends in the middle") from None
        return _Entry(kind, size, own - back, start + 1)

    def _inflated(self, entry: _Entry) -> tuple[bytes, int]:
        """The data of an entry, and where it ends."""
        self._count_work(entry.size)
        stream = _Stream(self._data, entry.start)
        parts: list[bytes] = []
        left = entry.size
        while part := stream.read(left + 1):
            left -= len(part)
            if left < 0:
                raise Damaged("an object is larger than it says")
            parts.append(part)
        if left:
            raise Damaged("an object is smaller than it says")
        return b"".join(parts), stream.end

    def _applied(self, base: bytes, delta: bytes) -> bytes:
        try:
            self._count_work(sizes(delta)[1])
            return b"".join(apply_delta(base, delta))
        except ERRORS as error:
            raise Damaged(type(error).__name__) from None

    def _count_work(self, size: int) -> None:
        self._work += size
        if size > _MOST:
            raise OverLimit(f"an object of more than {_MOST >> 20} MB on which others stand is in it (archive-size)")
        if self._work > _WORK:
            raise OverLimit(f"more than {_WORK >> 20} MB have to be built for it (archive-size)")


class _Stream:
    """One zlib stream that begins somewhere in some bytes."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._at = start
        self._stream = zlib.decompressobj()
        self._held = b""

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end. Raises Damaged."""
        stream = self._stream
        try:
            while not stream.eof:
                if not self._held:
                    self._held = self._data[self._at : self._at + _STEP]
                    self._at += len(self._held)
                    if not self._held:
                        raise Damaged("it ends in the middle")
                found = stream.decompress(self._held, min(size, PIECE))
                self._held = stream.unconsumed_tail
                if found:
                    return found
        except zlib.error as error:
            raise Damaged(str(error)) from None
        return b""

    @property
    def end(self) -> int:
        """Where it ended."""
        return self._at - len(self._stream.unused_data)
