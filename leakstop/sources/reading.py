"""One file as chunks: any size, any depth of folders, and a `Problem` for whatever keeps it from being read whole."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from leakstop.model import Chunk, Origin, show_path
from leakstop.windows import SIZE, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leakstop.model import Tally

SMALL = 64 << 10  # one read for nearly every file
GROWTH = 16 << 20  # how much a file may grow while it is read before reading stops: a log may grow faster than it is read
# Without O_NONBLOCK a pipe that takes the place of a file between listing and opening would hang the scan.
FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
DIRECTORY: int = getattr(os, "O_DIRECTORY", 0)
LONGEST = 4000  # bytes of path that every system takes in one call (Linux: 4096 with the final zero)

TOO_LARGE = "larger than --max-size"
REASONS = {
    errno.ENOENT: ("vanished before it was read", "Scan again when nothing else changes the folder."),
    errno.EACCES: ("permission denied", "Run as a user who may read it, or leave it out with --exclude."),
    errno.EPERM: ("permission denied", "Run as a user who may read it, or leave it out with --exclude."),
    errno.ELOOP: ("became a symbolic link while the folder was read", "Scan again when nothing else changes the folder."),
    errno.EIO: ("read error (input/output error)", "The disk or the network share may be damaged."),
    errno.EMFILE: ("too many open files", "Raise the limit (`ulimit -n`)."),
    errno.ENAMETOOLONG: ("the path is too long for this system", "Scan from a folder further in."),
}


def problem(tally: Tally, path: bytes, error: OSError) -> None:
    """Count an error of the system against `path`, in plain words."""
    message, remedy = REASONS.get(error.errno or 0, ("", ""))
    tally.problem(show_path(path), message or (error.strerror or "cannot be read").lower(), remedy)


def read_file(path: bytes, tally: Tally, *, kind: str, follow: bool = False, max_size: int = 0) -> Iterator[Chunk]:
    """The chunks of one regular file: one, or windows if it is large; none if it is empty.

    max_size: bytes, 0 for no limit; larger files are counted as skipped. A symbolic link is only followed on request.
    """
    try:
        fd = open_path(path, FLAGS if follow else FLAGS | NOFOLLOW)
    except OSError as error:
        problem(tally, path, error)
        return
    try:
        data = os.read(fd, SMALL)
        more = os.read(fd, SMALL) if data else b""  # only an empty read means the end
        if more:
            yield from _large(fd, data + more, path, tally, kind, max_size)
        elif max_size and len(data) > max_size:
            tally.skip("file", TOO_LARGE)
        else:
            tally.files += 1
            if data:
                tally.bytes += len(data)
                yield Chunk(data, Origin(kind, path))
    except OSError as error:
        problem(tally, path, error)
    finally:
        os.close(fd)


def read_stream(read: Callable[[int], bytes], origin: Origin, tally: Tally) -> Iterator[Chunk]:
    """The chunks of content whose size nobody knows: standard input, a pipe."""
    tally.files += 1
    end = 0
    for window in windows(read):
        if window.data:
            tally.bytes += window.offset + len(window.data) - end
            end = window.offset + len(window.data)
            yield Chunk(window.data, origin, window.line, window.offset, last=window.last)


def _large(fd: int, head: bytes, path: bytes, tally: Tally, kind: str, max_size: int) -> Iterator[Chunk]:
    """The rest of a file of which more than one read's worth is there, beginning with `head`."""
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        tally.problem(show_path(path), "became a device or a pipe while the folder was read")
        return
    size = status.st_size  # 0 for the made-up files of /proc
    if max_size and max(size, len(head)) > max_size:
        tally.skip("file", TOO_LARGE)
        return
    left = size + GROWTH - len(head) if size else 1 << 60

    def read(wanted: int) -> bytes:
        nonlocal head, left
        if head:
            part, head = head[:wanted], head[wanted:]
            return part
        part = os.read(fd, min(wanted, left, SIZE + 1 if size > SIZE else SMALL + size))
        left -= len(part)
        return part

    before = tally.bytes
    yield from read_stream(read, Origin(kind, path), tally)
    got = tally.bytes - before
    if got < size:
        tally.problem(show_path(path), f"shrank while it was read ({got} of {size} bytes)", REASONS[errno.ENOENT][1])
    elif not left:
        tally.problem(show_path(path), f"grew faster than it could be read (stopped after {got} bytes)", REASONS[errno.ENOENT][1])


class _Foothold:
    """The folder, deeper than a path may be long, from which the last such path was opened: the next one mostly is there too."""

    def __init__(self) -> None:
        self.prefix = b""
        self.fd = -1

    def move(self, prefix: bytes, fd: int) -> None:
        if self.fd >= 0:
            os.close(self.fd)
        self.prefix, self.fd = prefix, fd


_foothold = _Foothold()


def forget_places() -> None:
    """Before another walk: the current folder may be another one since the last."""
    _foothold.move(b"", -1)


def open_path(path: bytes, flags: int) -> int:
    """Open a path, however long it is: one that the system refuses is walked in pieces. The file descriptor, or OSError."""
    try:
        return os.open(path, flags)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG or os.open not in os.supports_dir_fd:
            raise
    if _foothold.fd < 0 or not path.startswith(_foothold.prefix):
        start = b"/" if path.startswith(b"/") else b""
        _foothold.move(start, os.open(start or b".", os.O_RDONLY | DIRECTORY))
    while len(path) - len(_foothold.prefix) > LONGEST:
        begin = len(_foothold.prefix)
        end = path.rfind(b"/", begin, begin + LONGEST) + 1
        if not end:
            break  # one name of that length: the system will say so
        _foothold.move(path[:end], os.open(path[begin:end], os.O_RDONLY | DIRECTORY | NOFOLLOW, dir_fd=_foothold.fd))
    return os.open(path[len(_foothold.prefix) :], flags, dir_fd=_foothold.fd)


def list_folder(path: bytes) -> dict[bytes, os.DirEntry[bytes] | os.DirEntry[str]]:
    """The entries of a folder by name; OSError. Works at any depth."""
    try:
        with os.scandir(path or b".") as entries:
            return {entry.name: entry for entry in entries}
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG or os.scandir not in os.supports_fd:
            raise
    fd = open_path(path, os.O_RDONLY | DIRECTORY | NOFOLLOW)
    try:
        with os.scandir(fd) as entries:
            return {os.fsencode(entry.name): entry for entry in entries}
    finally:
        os.close(fd)


def read_link(path: bytes) -> bytes:
    """The target of a symbolic link, at any depth; OSError."""
    try:
        return os.readlink(path)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG or os.readlink not in os.supports_dir_fd:
            raise
    folder, _, name = path.rpartition(b"/")
    fd = open_path(folder, os.O_RDONLY | DIRECTORY | NOFOLLOW)
    try:
        return os.readlink(name, dir_fd=fd)
    finally:
        os.close(fd)
