"""JSON Lines: a header, one line per finding and problem, and a summary, without which the report is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from leakstop.report import values
from leakstop.report.as_json import encode
from leakstop.report.scrub import Scrubber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.model import Report


def write(
    report: Report,
    stream: TextIO,
    *,
    show_secrets: bool = False,
    color: bool = False,  # noqa: ARG001 - the writers' common signature
    verbose: bool = False,  # noqa: ARG001
    width: int = 100,  # noqa: ARG001
) -> None:
    """Write the lines; each goes out at once, for whoever reads along."""
    for line in _lines(report, Scrubber(report, off=show_secrets)):
        stream.write(encode(line) + "\n")
        stream.flush()


def _lines(report: Report, scrub: Scrubber) -> Iterator[dict[str, object]]:
    yield {"type": "header", **values.head(report)}
    for result in report.results:
        yield {"type": "finding", **values.finding(result, scrub)}
    for problem in report.problems:
        yield {"type": "problem", **values.problem(problem, scrub)}
    yield {
        "type": "summary",
        "complete": report.complete,
        "counts": values.counts(report),
        "coverage": values.coverage(report.coverage, scrub),
        **values.judged(report, scrub),
    }
