"""The on-disk cache: compiled rules, in the user's cache folder. Nothing secret goes in, and losing it only costs time.

Every entry carries a digest of itself, is written to a temporary name and renamed; one that is damaged reads as absent. A full
disk or a read-only home is no failure: the work is done again next time.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap
    from typing import BinaryIO

KINDS = (b"expressions-", b"hyperscan-", b"index-", b"searched-", b"unchanged-")  # what names of entries begin with

BODY = 4  # bytes of the digest, behind which the body stands
_LARGEST = 256 << 20  # bytes of an entry that is known as one
_KEPT = 24  # entries of a kind, of up to 3 MB each


def folder() -> str:
    """Where entries live: LEAKSTOP_CACHE, else the platform's place for caches."""
    chosen = os.environ.get("LEAKSTOP_CACHE")
    if chosen:
        return chosen
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "leakstop")


def read(name: str) -> bytes | None:
    """An entry, or None when it is absent, unreadable or damaged."""
    try:
        with open(os.path.join(folder(), name), "rb") as file:
            data = file.read()
    except OSError:
        return None
    body = data[BODY:]
    return body if data[:BODY] == _digest(body) else None


def opened(name: str) -> BinaryIO | None:
    """An entry as a file that stands at its body, for whoever tells damage himself; None when it is absent or unreadable."""
    try:
        file = open(os.path.join(folder(), name), "rb")  # noqa: SIM115 - closed by the caller
    except OSError:
        return None
    file.seek(BODY)
    return file


def mapped(name: str) -> mmap | bytes:
    """An entry, from its digest on, of which only what is looked at comes from the disk; for whoever tells damage himself.

    Empty when it is absent or unreadable.
    """
    try:
        return mapped_file(os.path.join(folder(), name))
    except (OSError, ValueError):  # ValueError: it is empty
        return b""


def mapped_file(path: str) -> mmap:
    """The same of any file; it may be replaced meanwhile, but not cut short. OSError, and ValueError when it is empty."""
    from mmap import ACCESS_READ, mmap

    with open(path, "rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)


def is_entry(path: bytes) -> bool:
    """Whether a file is an entry of this cache, or of one that another user or home has: by its place, its name and its digest.

    What lies there and is none, be it called like one, is a file like any other.
    """
    place, name = os.path.split(os.path.abspath(path))
    if not name.startswith(KINDS) or (os.path.basename(place) != b"leakstop" and place != os.path.abspath(os.fsencode(folder()))):
        return False
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST)
    except OSError:
        return False
    return data[:BODY] == _digest(data[BODY:])


def has(name: str) -> bool:
    """Whether there is such an entry, be it damaged or not."""
    return os.path.exists(os.path.join(folder(), name))


def writable() -> bool:
    """Whether entries can be kept, as far as that can be told without doing it. Makes their folder."""
    place = folder()
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
    except OSError:
        return False
    return os.access(place, os.W_OK)


def write(name: str, body: bytes) -> bool:
    """Keep an entry; False when it could not be kept."""
    place = folder()
    path = os.path.join(place, name)
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(_digest(body) + body)
        os.replace(temporary, path)
    except BaseException as error:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        if isinstance(error, OSError):
            return False
        raise  # somebody stops it
    return True


def claim(name: str, pause: float) -> bool:
    """Take an entry as a sign that work has begun; False when one was taken in the last `pause` seconds, or none can be kept."""
    import time

    path = os.path.join(folder(), name)
    try:
        if abs(time.time() - os.stat(path).st_mtime) < pause:
            return False
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    try:
        os.makedirs(folder(), mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        return False
    return True


def release(name: str) -> None:
    """Remove an entry, if it is there."""
    try:
        os.unlink(os.path.join(folder(), name))
    except OSError:
        pass


def prune(kind: str) -> None:
    """Remove the entries whose names begin so, but for the newest: what is left of other versions and rules would add up."""
    place = folder()
    try:
        entries = [(entry.stat().st_mtime, entry.name) for entry in os.scandir(place) if entry.name.startswith(kind)]
    except OSError:
        return  # another process is at it
    for _, name in sorted(entries)[:-_KEPT]:
        release(name)


def program(folder: str = os.path.dirname(__file__)) -> Iterator[tuple[str, int, int]]:
    """Name, size and time of each file of the program: a changed one may find what the one before did not."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir():
                yield from program(entry.path) if entry.name != "__pycache__" else ()
            else:
                status = entry.stat()
                yield entry.name, status.st_size, status.st_mtime_ns


def _digest(body: bytes) -> bytes:
    """Tells damage, not forgery: who can write here runs as the user."""
    from zlib import crc32

    return crc32(body).to_bytes(BODY, "big")
