"""JSON: one document, one key a line, in the order of the report (schema in docs/report.schema.json)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from leakstop.report import DEFAULTS, values
from leakstop.report.scrub import Scrubber

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakstop.model import Report
    from leakstop.report import Options


def write(report: Report, stream: TextIO, options: Options = DEFAULTS) -> None:
    """Write the document. Findings go out one by one, so that a large report is never held twice."""
    scrub = Scrubber(report, off=options.show_secrets)
    document = {**values.head(report.command, report.rules, report.rules_digest), "complete": report.complete}
    stream.write("{\n" + "".join(f'  "{key}": {encode(value)},\n' for key, value in document.items()))
    stream.write('  "findings": [')
    stream.writelines(rows((encode(values.finding(result, scrub), depth=2) for result in report.results), "    "))
    stream.write("\n  ],\n" if report.results else "],\n")
    tail = {
        "problems": [values.problem(problem, scrub) for problem in report.problems],
        "coverage": values.coverage(report.coverage, scrub),
        **values.judged(report, scrub),
    }
    stream.write(",\n".join(f'  "{key}": {encode(value, depth=1)}' for key, value in tail.items()) + "\n}\n")


def encode(value: object, *, depth: int | None = None) -> str:
    r"""JSON in which unprintable characters are `\u` escapes, so that it can be looked at in any terminal.

    With a depth it takes several lines and is indented that far; without, one line.
    """
    text = json.dumps(value, ensure_ascii=False, indent=None if depth is None else 2)
    lines = text.split("\n")  # only between values: inside of strings json escapes it
    return ("\n" + "  " * (depth or 0)).join(line if line.isprintable() else _escaped(line) for line in lines)


def rows(entries: Iterable[str], indent: str = "") -> Iterator[str]:
    """The entries of a list or object, each on a line of its own, with what stands before it."""
    for number, entry in enumerate(entries):
        yield f"{',' if number else ''}\n{indent}{entry}"


def _escaped(line: str) -> str:
    # Outside of strings there is nothing unprintable. ASCII escapes are pairs of \u beyond the basic plane.
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)
