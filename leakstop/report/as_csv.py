"""CSV for spreadsheets: a row for each finding, and one for each problem, so that half a scan does not look like a whole one."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, TextIO

from leakstop.model import show_text
from leakstop.report import DEFAULTS, values
from leakstop.report.scrub import Scrubber

if TYPE_CHECKING:
    from leakstop.model import Report
    from leakstop.report import Options

# Cells that begin like this are formulas for one spreadsheet or another (the wide forms for some Asian ones):
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULAS = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")

# Column -> the way to its value in a finding of the JSON report.
COLUMNS: dict[str, tuple[str, ...]] = {
    "status": ("triage", "status"),
    "severity": ("severity",),
    "confidence": ("confidence",),
    "rule": ("rule",),
    "provider": ("provider",),
    "secret": ("secret",),
    "file": ("file",),
    "line": ("start_line",),
    "column": ("start_column",),
    "kind": ("origin", "kind"),
    "members": ("origin", "members"),
    "decoded": ("origin", "decoded"),
    "commit": ("origin", "commit"),
    "author": ("origin", "author"),
    "email": ("origin", "email"),
    "date": ("origin", "date"),
    "subject": ("origin", "subject"),
    "last_commit": ("history", "last_commit"),
    "last_date": ("history", "last_date"),
    "in_head": ("history", "in_head"),
    "pushed": ("history", "pushed"),
    "refs": ("history", "refs"),
    "pair_rule": ("pair", "rule"),
    "pair_file": ("pair", "file"),
    "pair_line": ("pair", "line"),
    "pair_value": ("pair", "value"),
    "facts": ("facts",),
    "verification": ("verification", "state"),
    "containment": ("verification", "containment"),
    "reason": ("triage", "reason"),
    "fingerprint": ("fingerprint",),
    "description": ("description",),
}


def write(report: Report, stream: TextIO, options: Options = DEFAULTS) -> None:
    """Write a header and the rows (RFC 4180 but for the line ends, which are those of text files)."""
    scrub = Scrubber(report, off=options.show_secrets)
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(COLUMNS)
    for result in report.results:
        told = values.finding(result, scrub)
        rows.writerow([_cell(_look_up(told, way)) for way in COLUMNS.values()])
    for problem in (*report.problems, *report.coverage.unread):
        told = values.problem(problem, scrub)
        unread = {"status": "not read", "file": told["where"], "reason": told["message"], "description": told["remedy"]}
        rows.writerow([_cell(unread.get(column)) for column in COLUMNS])


def _look_up(value: Any, way: tuple[str, ...]) -> Any:
    for key in way:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _cell(value: object) -> str:
    """One cell: printable, and text for every spreadsheet."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        value = [f"{name}: {text}" for name, text in value.items()]
    if isinstance(value, list):
        value = " · ".join(map(str, value))
    text = "" if value is None else show_text(str(value))
    return f"'{text}" if text.lstrip().startswith(FORMULAS) else text
