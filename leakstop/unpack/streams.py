"""One stream that is compressed: gzip, bzip2, xz, zstd. It has one member, whose name is the container's without its ending."""

from __future__ import annotations

import sys
import zlib
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

from leakstop.unpack.limits import Damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


PIECE = 1 << 18  # bytes asked for at once: what comes before damage is not lost with it


class Member(NamedTuple):
    """Something in a container: its name, and how to read it. It has to be read before the next member is asked for."""

    name: str
    read: Callable[[int], bytes]  # up to N bytes, none at the end; raises Damaged
    why: str = ""  # not empty: cannot be read, for this reason ("encrypted"); without a name it is the container that cannot


_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".lzma")
_TAR_ENDINGS = (".tgz", ".tbz2", ".tbz", ".txz", ".tzst")


def inner_name(name: str) -> str:
    """`log.txt` for `log.txt.gz`, `a.tar` for `a.tgz`."""
    for ending in _TAR_ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending) + ".tar"
    for ending in _ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name


class _Stream(Protocol):
    def read1(self, size: int, /) -> bytes: ...


def _one(name: str, stream: _Stream, errors: tuple[type[BaseException], ...]) -> Iterator[Member]:
    def read(size: int) -> bytes:
        try:
            return stream.read1(min(size, PIECE))
        except errors as error:
            raise Damaged(str(error) or type(error).__name__) from None

    yield Member(inner_name(name), read)


def gzip(file: IO[bytes], name: str) -> Iterator[Member]:
    """RFC 1952; several members in a row are one stream."""
    from gzip import GzipFile

    return _one(name, GzipFile(fileobj=file), (OSError, EOFError, zlib.error))


def bzip2(file: IO[bytes], name: str) -> Iterator[Member]:
    """The format of bzip2; several streams in a row are one."""
    from bz2 import BZ2File

    return _one(name, BZ2File(file), (OSError, EOFError, ValueError))


def xz(file: IO[bytes], name: str) -> Iterator[Member]:
    """The format of xz; `.lzma` as well."""
    from lzma import LZMAError, LZMAFile

    return _one(name, LZMAFile(file), (LZMAError, EOFError))


def zstd(file: IO[bytes], name: str) -> Iterator[Member]:
    """Zstandard (RFC 8878): of Python itself from 3.14 on."""
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdError, ZstdFile
    else:
        from backports.zstd import ZstdError, ZstdFile

    return _one(name, ZstdFile(file), (ZstdError, EOFError))
