"""Writing a report to a file: whole or not at all, and readable by others only when it holds no secrets."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from leakstop.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    Fill = Callable[[TextIO], None]


def write_file(path: str, fill: Fill, *, private: bool) -> None:
    """Write a file: beside it first, then under its name. Raises OSError.

    What is no regular file (a pipe, /dev/null) is written to directly, and so is a file in a folder that takes no new ones.
    """
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        _replace(os.path.realpath(path), fill, private=private)
        return
    if regular:
        os.close(os.open(path, os.O_WRONLY))  # a file that is write-protected stays as it is
        try:
            _replace(os.path.realpath(path), fill, private=private)
        except PermissionError:
            pass
        else:
            return
    handle = os.open(path, os.O_WRONLY | (os.O_TRUNC if regular else 0))
    if regular and private:
        os.chmod(path, 0o600)
    _fill(handle, fill)


def write_text(path: str, text: str) -> None:
    """Write a file that leakstop keeps for the user. SourceError: it cannot be written."""

    def fill(stream: TextIO) -> None:
        stream.write(text)

    try:
        write_file(path, fill, private=False)
    except OSError as error:
        raise SourceError(f"{path}: cannot be written: {error.strerror}") from None


def rescue(fill: Fill, extension: str) -> str:
    """Put a report into a new file that only the user can read; its path, or "" when that fails too."""
    import tempfile

    try:
        handle, path = tempfile.mkstemp(prefix="leakstop-", suffix=extension)
        _fill(handle, fill)
    except OSError:
        return ""
    return path


def _replace(path: str, fill: Fill, *, private: bool) -> None:
    draft = f"{path}.{os.getpid()}.tmp"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
    try:
        _fill(handle, fill)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def _fill(handle: int, fill: Fill) -> None:
    """Hand an open file to a writer, and close it."""
    with open(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
        fill(stream)
