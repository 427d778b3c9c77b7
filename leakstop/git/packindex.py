"""Which object stands where in a pack: .idx files of version 1 and 2, and the multi-pack index (gitformat-pack).

All readers check what they use before using it; a file that contradicts itself raises a PackError.
"""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.errors import SourceError
from leakstop.git.plain import opener
from leakstop.model import show_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IDX_MAGIC = b"\xfftOc\x00\x00\x00\x02"
_FANOUT = 4 * 256
_FAR = 0x80000000  # the offset stands in the table of 64-bit offsets
_FEW = 100  # ids that are looked for one by one: the other way reads the whole index
REMEDY = "Run `git fsck --full` there; fetch or copy the pack anew, or restore it from a backup."


class PackError(SourceError):
    """A pack or its index cannot be read at all."""


class Index(NamedTuple):
    """What an index says of one pack: one row for each object, in the order of the ids."""

    ids: NDArray[np.uint8]  # (objects, bytes of an id), ascending
    offsets: NDArray[np.int64]  # of each object's entry in the pack
    checksum: bytes  # that the pack ends with; empty when the index does not say
    whole: bool = True  # False: out of a multi-pack index, which names each object in one pack only


class MultiIndex(NamedTuple):
    """What a multi-pack index says: each object in one of several packs."""

    packs: tuple[bytes, ...]  # names of their .idx files
    ids: NDArray[np.uint8]  # (objects, bytes of an id), ascending
    number: NDArray[np.uint32]  # of the pack, for each object
    offsets: NDArray[np.int64]

    def part(self, pack: int) -> Index:
        """The objects that it finds in one pack."""
        rows = np.flatnonzero(self.number == pack)
        return Index(self.ids[rows], self.offsets[rows], b"", whole=False)


def read_index(path: bytes, width: int) -> Index:
    """An .idx file; `width` is the length of an id in bytes. PackError: damaged or unreadable."""
    data = map_file(path)
    table = np.frombuffer(data, np.uint8)
    if bytes(data[:4]) == _IDX_MAGIC[:4]:
        if bytes(data[:8]) != _IDX_MAGIC:
            raise _damaged(path, "its version is not known")
        count = _fanout(table[8 : 8 + _FANOUT], path)
        start = 8 + _FANOUT
        ids = table[start : start + count * width].reshape(-1, width) if len(table) >= start + count * width else table[:0]
        at = start + count * (width + 4)  # behind the checksums of the entries
        far = (len(table) - at - 4 * count - 2 * width) // 8
        if far < 0:
            raise _damaged(path, "it is too short")
        near = table[at : at + 4 * count].view(">u4")
        offsets = _far_offsets(near, table[at + 4 * count :][: 8 * far].view(">u8"))
    else:
        count = _fanout(table[:_FANOUT], path)
        if len(table) < _FANOUT + count * (width + 4) + 2 * width:
            raise _damaged(path, "it is too short")
        rows = table[_FANOUT : _FANOUT + count * (width + 4)].reshape(count, width + 4)
        offsets = np.ascontiguousarray(rows[:, :4]).view(">u4").reshape(-1).astype(np.int64)
        ids = np.ascontiguousarray(rows[:, 4:])
    return _ascending(Index(ids, offsets, bytes(data[len(data) - 2 * width : len(data) - width])))


def read_multi_index(path: bytes, width: int) -> MultiIndex:
    """A multi-pack index (version 1, SHA-1 or SHA-256). PackError: damaged or unreadable."""
    data = map_file(path)
    table = np.frombuffer(data, np.uint8)
    if len(data) < 12 + 2 * width or bytes(data[:5]) != b"MIDX\x01" or data[5] != (1 if width == 20 else 2):
        raise _damaged(path, "its version is not known")
    entries = [bytes(data[at : at + 12]) for at in range(12, 12 + 12 * (data[6] + 1), 12)]
    starts = [(entry[:4], int.from_bytes(entry[4:], "big")) for entry in entries]
    ends = [start for _, start in starts[1:]]
    chunks = {name: table[start:end] for (name, start), end in zip(starts, ends, strict=False)}
    try:
        count = _fanout(chunks[b"OIDF"], path)
        ids = chunks[b"OIDL"][: count * width].reshape(count, width)
        where = chunks[b"OOFF"][: count * 8].view(">u4").reshape(count, 2)
        far = chunks.get(b"LOFF", table[:0])  # without it all 32 bits are offset
        names = tuple(chunks[b"PNAM"].tobytes().split(b"\0")[: int.from_bytes(data[8:12], "big")])
    except (KeyError, ValueError):
        raise _damaged(path, "a part of it is missing") from None
    near: NDArray[np.int64] = where[:, 1].astype(np.int64)
    offsets = _far_offsets(near, far[: len(far) // 8 * 8].view(">u8")) if b"LOFF" in chunks else near
    return MultiIndex(names, ids, where[:, 0].astype(np.uint32), offsets)


def find(ids: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The row of each wanted id in the ascending `ids`, -1 where it is not. Both are arrays of (objects, bytes of an id)."""
    if len(wanted) < _FEW:
        return np.array([find_one(ids, oid.tobytes()) for oid in wanted], np.int64)
    keys = np.ascontiguousarray(ids[:, :8]).view(">u8").reshape(-1).astype(np.uint64)
    want = np.ascontiguousarray(wanted[:, :8]).view(">u8").reshape(-1).astype(np.uint64)
    rows = np.searchsorted(keys, want)
    found = np.full(len(wanted), -1, np.int64)
    left = np.flatnonzero(rows < len(ids))
    while left.size:  # more than once only where two ids share their first 8 bytes
        same = (ids[rows[left]] == wanted[left]).all(axis=1)
        found[left[same]] = rows[left[same]]
        left = left[~same]
        rows[left] += 1
        left = left[rows[left] < len(ids)]
        left = left[keys[rows[left]] == want[left]]
    return found


def find_one(ids: NDArray[np.uint8], oid: bytes) -> int:
    """The row of one id in the ascending `ids`, -1 where it is not."""
    low, high = 0, len(ids)
    while low < high:
        middle = (low + high) // 2
        if ids[middle].tobytes() < oid:
            low = middle + 1
        else:
            high = middle
    return low if low < len(ids) and ids[low].tobytes() == oid else -1


def map_file(path: bytes) -> mmap.mmap | bytes:
    """A file as a buffer that is read when it is looked at. PackError: missing, no permission."""
    try:
        with open(path, "rb", opener=opener) as file:
            if not os.fstat(file.fileno()).st_size:
                return b""
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise _damaged(path, str(getattr(error, "strerror", None) or error)) from None


def _fanout(table: NDArray[np.uint8], path: bytes) -> int:
    """How many objects an index has: the last of 256 counts, which never fall."""
    counts = table[:_FANOUT].view(">u4").astype(np.int64) if len(table) >= _FANOUT else np.zeros(0, np.int64)
    if not counts.size or (np.diff(counts) < 0).any():
        raise _damaged(path, "its table of counts is wrong")
    return int(counts[255])


def _far_offsets(near: NDArray[Any], far: NDArray[Any]) -> NDArray[np.int64]:
    """32-bit offsets, those marked looked up in the table of 64-bit ones; -1 where that has none."""
    offsets: NDArray[np.int64] = near.astype(np.int64)
    marked = np.flatnonzero(offsets & _FAR)
    if marked.size:
        slots = offsets[marked] & (_FAR - 1)
        inside = slots < len(far)
        offsets[marked[~inside]] = -1
        offsets[marked[inside]] = far[slots[inside]].astype(np.int64)
    return offsets


def _ascending(index: Index) -> Index:
    """The index with its ids in order, as they stand in every one that is not damaged."""
    keys = np.ascontiguousarray(index.ids[:, :8]).view(">u8").reshape(-1)
    if (keys[1:] >= keys[:-1]).all():
        return index
    order = np.lexsort(index.ids.T[::-1])
    return index._replace(ids=index.ids[order], offsets=index.offsets[order])


def _damaged(path: bytes, why: str) -> PackError:
    return PackError(f"{show_path(path)} cannot be read: {why}", REMEDY)
