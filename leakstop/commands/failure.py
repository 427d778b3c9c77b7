"""What a person reads when something went wrong. Values stay out: an exception's text may quote what was being scanned."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from leakstop import __version__
from leakstop.model import show_text

if TYPE_CHECKING:
    from leakstop.errors import LeakstopError

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIBRARIES = ("hyperscan", "regex", "isal", "numpy", "git", "rich")


def tell(error: LeakstopError) -> None:
    """An expected failure: the line and the remedy, printable whatever they name."""
    lines = [f"leakstop: {show_text(error.message)}"]
    if error.remedy:
        lines.append(f"  {show_text(error.remedy)}")
    _write(lines)


def tell_bug(error: Exception) -> None:
    """An unexpected failure: its type, the way to it and the versions, ready to be pasted into a bug report.

    Neither the exception's text nor any variable is shown, nor the file names of the scanned project.
    """
    if isinstance(error, MemoryError):
        _write(["leakstop: out of memory", "  Fewer processes need less: --jobs 1"])
        return
    if isinstance(error, FileNotFoundError) and not _here():
        _write(["leakstop: the current folder does not exist any more", "  Change to one that does."])
        return
    loaded = [name for name in LIBRARIES if name in sys.modules]
    versions = [f"{name} {getattr(sys.modules[name], '__version__', '?')}" for name in loaded]
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [
        "leakstop: internal error; the scan failed. Please report it with these lines (they hold nothing of what was scanned):",
        f"  leakstop {__version__}, Python {python} on {sys.platform}" + "".join(f", {version}" for version in versions),
    ]
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines.append(f"  {type(cause).__name__} at {' > '.join(_way(cause)) or '?'}")
        cause = cause.__cause__ or cause.__context__
    _write(lines)


def _way(error: BaseException) -> list[str]:
    """`module.py:line function` of each frame of ours, and of the last one, whoever owns it; at most the last twelve."""
    steps = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        inside = code.co_filename.startswith(PACKAGE + os.sep)
        if inside or trace.tb_next is None:
            name = os.path.relpath(code.co_filename, os.path.dirname(PACKAGE)) if inside else os.path.basename(code.co_filename)
            steps.append(f"{name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return steps[-12:]


def _here() -> bool:
    """Whether there is a current folder."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True


def _write(lines: list[str]) -> None:
    try:
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()
    except OSError:
        pass  # nobody listens; the exit code still tells
