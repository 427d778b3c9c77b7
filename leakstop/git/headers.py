"""The headers of a pack's entries, decoded for all of them at once: type, size, and what a delta is a change of.

They are read through a mapping of the file, whose pages are given back as soon as they are done with.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from leakstop.git.packindex import find

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMMIT, TREE, BLOB, TAG = 1, 2, 3, 4
_RESERVED, _OFS_DELTA, _REF_DELTA = 5, 6, 7
HEADER = 12  # bytes of a pack before its entries: "PACK", version, number of objects
_BLOCK = 1 << 14  # entries whose headers are read before the pages they stand on are given back


class Headers(NamedTuple):
    """What the entries' headers say; `bases` holds the offset of the base for OFS_DELTA and -1 else."""

    types: NDArray[np.uint8]  # 0: malformed
    sizes: NDArray[np.int64]
    starts: NDArray[np.int64]
    base_offsets: NDArray[np.int64]
    base_ids: NDArray[np.int64]  # where the id of the base stands in the pack, for REF_DELTA


def decode(data: mmap.mmap | bytes, offsets: NDArray[np.int64], limit: int) -> Headers:
    """Decode the headers of the entries at ascending offsets; what lies outside the pack gets type 0."""
    count = len(offsets)
    types = np.zeros(count, np.uint8)
    sizes, starts, base_offsets, base_ids = (np.full(count, value, np.int64) for value in (0, 0, -1, -1))
    raw = np.frombuffer(data, np.uint8)
    headers = Headers(types, sizes, starts, base_offsets, base_ids)
    for first in range(0, count, _BLOCK):
        part = slice(first, first + _BLOCK)
        block = Headers(types[part], sizes[part], starts[part], base_offsets[part], base_ids[part])
        _decode_block(raw, offsets[part], block, limit)
        if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            data.madvise(mmap.MADV_DONTNEED)
    return headers


def _decode_block(raw: NDArray[np.uint8], offsets: NDArray[np.int64], out: Headers, limit: int) -> None:
    last = limit - 1
    inside = (offsets >= HEADER) & (offsets < limit)
    at = np.where(inside, offsets, HEADER)
    byte = raw[at]
    out.types[:] = byte >> 4 & 7
    out.sizes[:] = byte & 15
    at += 1
    more = np.flatnonzero(byte > 127)
    shift = 4
    while more.size:
        byte = raw[np.minimum(at[more], last)]
        out.sizes[more] |= (byte & 127).astype(np.int64) << shift
        at[more] += 1
        shift += 7
        more = more[byte > 127]
        if shift > 53:  # beyond 2 ** 60
            out.types[more] = 0
            break
    near = np.flatnonzero(out.types == _OFS_DELTA)
    byte = raw[np.minimum(at[near], last)]
    back = (byte & 127).astype(np.int64)
    at[near] += 1
    more = np.flatnonzero(byte > 127)
    for _ in range(8):
        byte = raw[np.minimum(at[near[more]], last)]
        back[more] = (back[more] + 1 << 7) | (byte & 127)
        at[near[more]] += 1
        more = more[byte > 127]
        if not more.size:
            break
    out.base_offsets[near] = offsets[near] - back
    out.types[near[more]] = 0
    far = np.flatnonzero(out.types == _REF_DELTA)
    out.base_ids[far] = at[far]
    out.starts[:] = at
    out.types[~inside | (at >= limit)] = 0


def resolve(
    data: mmap.mmap | bytes,
    headers: Headers,
    offsets: NDArray[np.int64],
    names: NDArray[np.uint8],
    ranks: NDArray[np.int32],
) -> NDArray[np.int32]:
    """The index of each delta's base. A delta whose base is not in the pack gets type 0; REF_DELTA starts move behind the id."""
    bases = np.full(len(offsets), -1, np.int32)
    near = np.flatnonzero(headers.types == _OFS_DELTA)
    wanted = headers.base_offsets[near]
    found = np.searchsorted(offsets, wanted)
    found[found == len(offsets)] = 0
    bases[near] = np.where(offsets[found] == wanted, found, -1)
    far = np.flatnonzero(headers.types == _REF_DELTA)
    if far.size:
        width = names.shape[1]
        headers.starts[far] += width
        far = far[headers.starts[far] < len(data) - width]
        at = headers.base_ids[far]
        ids = np.frombuffer(data, np.uint8)[at[:, None] + np.arange(width)]
        found = find(names, ids)
        bases[far] = np.where(found >= 0, ranks[found], -1)
    deltas = headers.types >= _OFS_DELTA
    headers.types[deltas & (bases < 0)] = 0
    return bases


def chains(types: NDArray[np.uint8], bases: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """The root of each object's chain of bases, and its kind, which is the root's.

    A cycle, or a chain that ends at something unreadable, has no kind: 0. What is unreadable ends the chain: its base becomes -1.
    """
    readable = (types > 0) & (types != _RESERVED)
    bases[~readable] = -1
    roots = np.where(bases >= 0, bases, np.arange(len(bases), dtype=np.int32))
    left = np.flatnonzero(bases >= 0)
    for _ in range(40):  # each round doubles the way: a chain is shorter than 2 ** 31
        above = roots[roots[left]]
        moved = above != roots[left]
        roots[left] = above
        left = left[moved]
        if not left.size:
            break
    kinds = np.where(readable, types, 0).astype(np.uint8)[roots]
    kinds[left] = 0
    kinds[kinds > TAG] = 0
    return roots, kinds
