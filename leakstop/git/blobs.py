"""Reads blobs one by one: what was just staged or committed lies loose and needs no git process; the rest comes from one."""

from __future__ import annotations

import os
import zlib

from leakstop.git.plumbing import Batch, GitError
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from leakstop.git.plumbing import Repository

READ = 1 << 18
REMEDY = "`git fsck --full` lists the damage; fetch or copy the objects from another clone."


class Blob(NamedTuple):
    """An opened blob. `read(n)` gives its next bytes, at most n, nothing at the end; it is good until the next blob is opened."""

    size: int
    read: Callable[[int], bytes]


class Blobs:
    """Opens blobs of a repository; a context manager. `objects` reads whole objects of other kinds."""

    def __init__(self, repo: Repository) -> None:
        named = os.environ.get("GIT_OBJECT_DIRECTORY") if repo.ambient else None
        self._folder = os.fsencode(named) if named else os.path.join(repo.common_dir, b"objects")
        self.objects = Batch(repo)
        self._loose: _Loose | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.objects.close()
        if self._loose is not None:
            self._loose.close()

    def open(self, oid: str) -> Blob | None:
        """The blob; None if it is missing. GitError, here or while reading: damaged, or no blob."""
        if self._loose is not None:
            self._loose.close()
        try:
            if not self.objects.expects(oid):
                self._loose = _Loose(os.path.join(self._folder, oid[:2].encode(), oid[2:].encode()))
                return Blob(self._loose.left, self._loose.read)
        except (OSError, ValueError, zlib.error):
            self._loose = None  # packed, missing or damaged: git knows
        found = self.objects.open(oid)
        if found is None:
            return None
        kind, size = found
        if kind != "blob":
            raise GitError(f"object {oid} is a {kind}, not a blob", REMEDY)
        return Blob(size, self.objects.take)


class _Loose:
    """A loose blob, inflated while it is read: `blob <size>NUL` and the content."""

    def __init__(self, path: bytes) -> None:
        """OSError, ValueError, zlib.error: no readable loose blob."""
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by `close`
        self._inflate = zlib.decompressobj()
        try:
            self._begin = self._inflate.decompress(self._file.read(READ), READ)
            kind, _, size = self._begin[: self._begin.index(b"\0")].partition(b" ")
            self.left = int(size)
            if kind != b"blob":
                raise ValueError(kind)
        except BaseException:
            self._file.close()
            raise
        self._begin = self._begin[self._begin.index(b"\0") + 1 :]

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`."""
        try:
            data, self._begin = self._begin[:size], self._begin[size:]
            while not data and not self._inflate.eof:
                part = self._inflate.unconsumed_tail or self._file.read(READ)
                if not part:
                    break
                data = self._inflate.decompress(part, size)
        except zlib.error:
            data = b""
        self.left -= len(data)
        if self.left < 0 or (self.left and not data):
            raise GitError("the repository is damaged: a loose object is cut off or garbled", REMEDY)
        return data

    def close(self) -> None:
        """Release the file."""
        self._file.close()
