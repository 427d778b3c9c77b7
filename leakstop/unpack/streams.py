"""One stream that is compressed: gzip, bzip2, xz, zstd. It has one member, whose name is the container's without its ending."""

from __future__ import annotations

import sys
import zlib
from typing import IO, TYPE_CHECKING

from leakstop.unpack.members import Member, guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def gzip(file: IO[bytes], name: str) -> Iterator[Member]:
    """RFC 1952; several members in a row are one stream."""
    from gzip import GzipFile

    yield Member(inner_name(name), guarded(GzipFile(fileobj=file).read1, (OSError, EOFError, zlib.error)))


def bzip2(file: IO[bytes], name: str) -> Iterator[Member]:
    """The format of bzip2; several streams in a row are one."""
    from bz2 import BZ2File

    yield Member(inner_name(name), guarded(BZ2File(file).read1, (OSError, EOFError, ValueError)))


def xz(file: IO[bytes], name: str) -> Iterator[Member]:
    """The format of xz; `.lzma` as well."""
    from lzma import LZMAError, LZMAFile

    stream = LZMAFile(file)  # noqa: SIM115 - its member is read later
    yield Member(inner_name(name), guarded(stream.read1, (LZMAError, EOFError)))


def zstd(file: IO[bytes], name: str) -> Iterator[Member]:
    """Zstandard (RFC 8878): of Python itself from 3.14 on."""
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdError, ZstdFile
    else:
        from backports.zstd import ZstdError, ZstdFile

    yield Member(inner_name(name), guarded(ZstdFile(file).read1, (ZstdError, EOFError)))
