"""A pack, opened: for every object its id, kind, size, place and base, read from the headers of all entries at once.

An object's number (`index`) is its rank by place in the file. Nothing is inflated here; `walk` does that.

The headers are read through a mapping of the file, whose pages are given back as soon as they are done with; all else with
`pread`: touching a mapping here and there brings in up to 350 KB a time (Linux 6.18), which counts as memory of the process.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.ascending import distinct, lacking
from leakstop.git.headers import BLOB, COMMIT, HEADER, TAG, TREE, Headers, chains, decode, resolve
from leakstop.git.packindex import REMEDY, Index, PackError, find, find_one, map_file, read_index
from leakstop.git.plain import opener
from leakstop.model import show_path

if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["BLOB", "COMMIT", "KINDS", "TAG", "TREE", "Pack", "PackFile", "open_pack"]

KINDS = ("", "commit", "tree", "blob", "tag")
_SLACK = 1 << 16
_DENSEST = 1040  # deflate cannot turn a byte into more than 1,032


class PackFile:
    """An open file, read at any place; processes that fork may share it. PackError: it cannot be opened."""

    __slots__ = ("_fd", "read")

    def __init__(self, path: bytes) -> None:
        try:
            self._fd = opener(os.fsdecode(path), os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:  # too many open files by now
            raise PackError(f"{show_path(path)} cannot be read: {error.strerror}", "Run `git gc` there.") from None
        # (bytes, offset) -> bytes, fewer at the end of the file
        self.read: Callable[[int, int], bytes] = partial(os.pread, self._fd) if hasattr(os, "pread") else self._seek_and_read

    def _seek_and_read(self, size: int, offset: int) -> bytes:
        os.lseek(self._fd, offset, os.SEEK_SET)
        return os.read(self._fd, size)

    def __del__(self) -> None:
        if hasattr(self, "_fd"):
            os.close(self._fd)


class Pack(NamedTuple):
    """An opened pack of n objects. Arrays are by index; workers made by fork share them, pickling opens the pack again."""

    path: bytes
    width: int  # bytes of an id
    file: PackFile
    names: NDArray[np.uint8]  # (n, width): the ids, ascending
    rows: NDArray[np.uint32]  # the place of each object's id in `names`
    ranks: NDArray[np.int32]  # the reverse: the index of each id in `names`
    offsets: NDArray[np.int64]  # n + 1: where each entry begins, and where the last one ends
    starts: NDArray[np.int64]  # where its deflated data begins
    sizes: NDArray[np.int64]  # of its data inflated: the object itself, or its delta instructions
    kinds: NDArray[np.uint8]  # COMMIT, TREE, BLOB, TAG; 0: cannot be read
    bases: NDArray[np.int32]  # the object that a delta changes; -1: no delta
    roots: NDArray[np.int32]  # the end of the chain of bases; itself if it is no delta
    problems: tuple[str, ...]  # what is wrong with the file as a whole
    unnamed: NDArray[np.int64]  # objects that only stand here as bases, their ids unknown (after a multi-pack index)

    def __reduce__(self) -> tuple[Any, ...]:
        if os.path.exists(self.path.removesuffix(b".pack") + b".idx"):
            return (open_pack, (self.path, self.width))
        named = slice(0, len(self.names) - bool(self.unnamed.size))  # it was found through a multi-pack index
        return (open_pack, (self.path, self.width, Index(self.names[named], self.offsets[self.ranks[named]], b"", whole=False)))

    def oid(self, index: int) -> bytes:
        """The id of an object."""
        oid: bytes = self.names[self.rows[index]].tobytes()
        return oid

    def oids(self, indices: NDArray[Any]) -> list[bytes]:
        """The ids of many objects."""
        width = self.width
        joined = self.names[self.rows[indices]].tobytes()
        return [joined[start : start + width] for start in range(0, len(joined), width)]

    def ends(self, indices: NDArray[Any]) -> NDArray[np.int64]:
        """Where the deflated data of objects ends at the latest: where the next one begins.

        An index that leaves objects out must not make us read all of them with one: deflating never doubles.
        """
        found: NDArray[np.int64] = np.minimum(self.offsets[indices + 1], self.starts[indices] + 2 * self.sizes[indices] + _SLACK)
        return found

    def of_kind(self, kind: int) -> NDArray[np.int64]:
        """The objects of a kind, deltas too."""
        return np.flatnonzero(self.kinds == kind)

    def roots_of(self, kind: int) -> NDArray[np.int64]:
        """The objects of a kind that are no deltas: from them `walk` reaches all of the kind."""
        return np.flatnonzero((self.kinds == kind) & (self.bases < 0))

    def locate(self, oids: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The index of each id of an array (m, width), -1 where it is not in the pack."""
        rows = find(self.names, oids)
        found: NDArray[np.int64] = np.where(rows >= 0, self.ranks[rows], -1) if self.ranks.size else rows
        return found

    def locate_one(self, oid: bytes) -> int:
        """The index of one id, -1 if it is not in the pack."""
        row = find_one(self.names, oid)
        return row if row < 0 else int(self.ranks[row])


def open_pack(path: bytes, width: int = 20, index: Index | None = None) -> Pack:
    """Open a .pack file; `index` replaces the .idx file beside it. `width` is the length of an id in bytes.

    PackError: the file or its index cannot be used at all. Single objects that cannot be read have kind 0.
    """
    index = index or read_index(path.removesuffix(b".pack") + b".idx", width)
    data = map_file(path)
    if len(data) < HEADER + width or bytes(data[:4]) != b"PACK" or int.from_bytes(data[4:8], "big") not in (2, 3):
        raise PackError(f"{show_path(path)} cannot be read: it is not a pack, or its beginning is lost", REMEDY)
    problems = []
    if index.checksum and bytes(data[len(data) - width :]) != index.checksum:
        problems.append(f"{show_path(path)} is cut off, or does not belong to its index")
    if index.whole and int.from_bytes(data[8:12], "big") != len(index.ids):
        problems.append(f"{show_path(path)} holds another number of objects than its index names")
    limit = len(data) - width
    rows = _by_offset(index.offsets, path)
    offsets = index.offsets[rows]
    headers = decode(data, offsets, limit)
    unnamed = np.zeros(0, np.int64)
    names = index.ids
    if not index.whole:
        names, rows, offsets, headers, unnamed = _with_bases(data, index, rows, offsets, headers, limit)
    ends = np.minimum(np.append(offsets[1:], limit), limit)
    ranks = np.zeros(len(names), np.int32)
    ranks[rows[::-1]] = np.arange(len(rows), dtype=np.int32)[::-1]  # where an id stands twice, its first entry counts
    types, bases = headers.types, resolve(data, headers, offsets, names, ranks)
    too_dense = headers.sizes > (ends - headers.starts) * _DENSEST + 64
    types[too_dense] = 0
    roots, kinds = chains(types, bases)
    return Pack(
        path=path,
        width=width,
        file=PackFile(path),
        names=names,
        rows=rows,
        ranks=ranks,
        offsets=np.append(offsets, limit),
        starts=headers.starts,
        sizes=headers.sizes,
        kinds=kinds,
        bases=bases,
        roots=roots,
        problems=tuple(problems),
        unnamed=unnamed,
    )


def _by_offset(offsets: NDArray[np.int64], path: bytes) -> NDArray[np.uint32]:
    """The rows of an index in the order of the pack. A .rev file has it ready, and is believed only if it is right."""
    try:
        with open(path.removesuffix(b".pack") + b".rev", "rb", opener=opener) as file:
            reverse = np.frombuffer(file.read(), ">u4")[3 : 3 + len(offsets)].astype(np.uint32)
        if len(reverse) == len(offsets) and int(reverse.max(initial=0)) < len(offsets):
            found = offsets[reverse]
            if (found[1:] > found[:-1]).all():
                return reverse
    except (OSError, ValueError):
        pass
    bits = len(offsets).bit_length()
    if int(offsets.min(initial=0)) < 0 or int(offsets.max(initial=0)) >> 62 - bits:
        return np.argsort(offsets, kind="stable").astype(np.uint32)
    keys = offsets << bits | np.arange(len(offsets))  # sorting values is ten times as fast as sorting an index of them
    keys.sort()
    return (keys & (1 << bits) - 1).astype(np.uint32)


def _with_bases(
    data: mmap.mmap | bytes,
    index: Index,
    rows: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    headers: Headers,
    limit: int,
) -> tuple[NDArray[np.uint8], NDArray[np.uint32], NDArray[np.int64], Headers, NDArray[np.int64]]:
    """Add the entries that deltas stand on and the index does not name, because another pack holds those objects too."""
    named = offsets
    new = headers.base_offsets
    while (new := distinct(lacking(new[new >= HEADER], offsets))).size:
        offsets = np.sort(np.concatenate((offsets, new)))
        new = decode(data, new, limit).base_offsets
    if len(offsets) == len(named):
        return index.ids, rows, offsets, headers, np.zeros(0, np.int64)
    at = np.searchsorted(offsets, named)
    all_rows = np.full(len(offsets), len(index.ids), np.uint32)
    all_rows[at] = rows
    names = np.concatenate((index.ids, np.full((1, index.ids.shape[1]), 255, np.uint8)))
    unnamed = lacking(np.arange(len(offsets)), at)
    return names, all_rows, offsets, decode(data, offsets, limit), unnamed
