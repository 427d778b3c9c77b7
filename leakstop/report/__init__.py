"""Writers: each turns a `Report` into one format. A writer is a leaf; it decides nothing.

    write(report, stream, options) -> None

All take the same options and use those that mean something to them; `alerts` tells which use none.
"""

from __future__ import annotations

from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TextIO

    from leakstop.model import Report

    class Writer(Protocol):
        """What every entry of WRITERS is."""

        def __call__(self, report: Report, stream: TextIO, options: Options = ...) -> None:
            """Write the whole report."""


class Options(NamedTuple):
    """How a report is to look."""

    show_secrets: bool = False  # else they are redacted
    color: bool = False
    verbose: bool = False  # also what was left out, one by one
    width: int = 100  # of the terminal, in columns


DEFAULTS = Options()


# Format name -> "module:function", imported when chosen.
WRITERS: dict[str, str] = {
    "text": "leakstop.report.text:write",
    "json": "leakstop.report.as_json:write",
    "jsonl": "leakstop.report.jsonl:write",
    "html": "leakstop.report.as_html:write",
    "sarif": "leakstop.report.sarif:write",
    "junit": "leakstop.report.junit:write",
    "csv": "leakstop.report.as_csv:write",
    "markdown": "leakstop.report.markdown:write",
    "github": "leakstop.report.github:write",
    "gitlab": "leakstop.report.gitlab:write",
    "gitlab-codequality": "leakstop.report.gitlab:write_quality",
}


def writer(name: str) -> Writer:
    """The writer of a format; UsageError for one that does not exist."""
    from importlib import import_module

    if name not in WRITERS:
        from leakstop.errors import UsageError

        raise UsageError(f"no such format: {name}", f"formats: {', '.join(WRITERS)}")
    module, _, function = WRITERS[name].partition(":")
    found: Writer = getattr(import_module(module), function)
    return found
