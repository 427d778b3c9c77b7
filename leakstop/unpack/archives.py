"""Archives of files: zip and tar; jar, whl, apk and office documents are zip files too."""

from __future__ import annotations

import zlib
from typing import IO, TYPE_CHECKING

from leakstop.unpack.limits import Damaged, Unsupported
from leakstop.unpack.members import ENCRYPTED, Member, guarded, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def zipped(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The files of a zip archive, as its directory lists them, and the archive's comment."""
    from lzma import LZMAError
    from zipfile import BadZipFile, ZipFile

    errors = (BadZipFile, zlib.error, LZMAError, EOFError, OSError, ValueError, UnicodeError, OverflowError)
    try:
        archive = ZipFile(file)
    except NotImplementedError as error:
        raise Unsupported(str(error)) from None
    except errors as error:
        raise Damaged(str(error)) from None
    if archive.comment:
        yield Member("(comment)", reader(archive.comment))
    for info in archive.infolist():
        if info.is_dir() or not info.file_size:
            continue
        if info.flag_bits & 1:
            yield Member(info.filename, reader(b""), ENCRYPTED)
            continue
        try:
            stream = archive.open(info)
        except NotImplementedError:
            raise Unsupported(f"{info.filename}: compression method {info.compress_type}") from None
        except errors as error:
            yield Member(info.filename, _broken(str(error)))
            continue
        with stream:
            yield Member(info.filename, guarded(stream.read, errors))


def tarred(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The files of a tar archive, and what its links point to."""
    import tarfile

    errors = (tarfile.TarError, EOFError, OSError, ValueError, OverflowError)
    try:
        with tarfile.open(fileobj=file, mode="r:", errors="surrogateescape") as archive:
            for info in archive:
                archive.members = []  # type: ignore[attr-defined]  # it would keep all of them
                if info.issym() or info.islnk():
                    yield Member(info.name, reader(info.linkname.encode("utf-8", "surrogateescape")))
                elif info.isfile() and info.size:
                    stream = archive.extractfile(info)
                    if stream:
                        yield Member(info.name, guarded(stream.read, errors))
    except errors as error:
        raise Damaged(str(error)) from None


def _broken(why: str) -> Callable[[int], bytes]:
    def read(_size: int) -> bytes:
        raise Damaged(why)

    return read
