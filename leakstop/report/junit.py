"""JUnit XML: each finding a failed test, each problem an error, what does not count a skipped test."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TextIO
from xml.sax.saxutils import escape, quoteattr

from leakstop.report import DEFAULTS, alerts, places
from leakstop.report.scrub import Scrubber
from leakstop.report.summary import summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.model import Problem, Report, Result
    from leakstop.report import Options


def write(report: Report, stream: TextIO, _options: Options = DEFAULTS) -> None:
    """Write one suite. Without findings it holds one test that passes, since many systems take an empty suite for a mistake."""
    scrub = Scrubber(report)
    clean = 0 if report.results or report.problems else 1
    numbers = {
        "tests": len(report.results) + len(report.problems) + clean,
        "failures": len(report.new()),
        "errors": len(report.problems),
        "skipped": len(report.aside()),
        "time": f"{report.coverage.seconds:.3f}",
    }
    counted = "".join(f' {name}="{number}"' for name, number in numbers.items())
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(f'<testsuites name="leakstop"{counted}>\n<testsuite name="leakstop {report.command}"{counted}>\n')
    if clean:
        stream.write('<testcase classname="leakstop" name="no secrets" time="0"/>\n')
    stream.writelines(f"{line}\n" for line in _cases(report, scrub))
    stream.write(f"<system-out>{escape(_told(report, scrub))}</system-out>\n</testsuite>\n</testsuites>\n")


def _told(report: Report, scrub: Scrubber) -> str:
    """The summary, and what could not be opened."""
    unread = (places.text(f"not opened: {where}: {message}", scrub) for where, message, _ in report.coverage.unread)
    return "\n".join((summary(report), *unread))


def _cases(report: Report, scrub: Scrubber) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for result in report.results:
        yield _case(report.command, result, seen, scrub)
    for problem in report.problems:
        yield _unread(problem, scrub)


def _case(command: str, result: Result, seen: Counter[str], scrub: Scrubber) -> str:
    found = result.finding
    place = places.title(found, scrub)
    name = f"{places.text(found.rule.id, scrub)} {places.position(found)}".strip()
    seen[f"{place} {name}"] += 1
    if (number := seen[f"{place} {name}"]) > 1:  # the same line of other commits: names must not repeat
        name += f" ({number})"
    # `file` and `line` are what GitLab, CircleCI and Azure make links of.
    where = f"file={quoteattr(alerts.file(found, scrub))} line={quoteattr(str(found.location.start_line))}"
    told = alerts.sentences(result, scrub)
    if result.new:
        text = "\n".join([*told, *(f"- {step}" for step in alerts.steps(command, result, scrub))])
        inside = f"<failure type={quoteattr(result.severity)} message={quoteattr(told[0])}>{escape(text)}</failure>"
    else:
        reason = places.text(result.triage.reason, scrub, found) or result.triage.status
        inside = f"<skipped message={quoteattr(reason)}/>"
    return f'<testcase classname={quoteattr(place)} name={quoteattr(name)} {where} time="0">{inside}</testcase>'


def _unread(problem: Problem, scrub: Scrubber) -> str:
    where, message, remedy = (places.text(text, scrub) for text in problem)
    error = f'<error type="not read" message={quoteattr(message)}>{escape(remedy)}</error>'
    return f'<testcase classname="not read" name={quoteattr(where)} time="0">{error}</testcase>'
