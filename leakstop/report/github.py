"""GitHub's workflow commands: annotations at the lines of a change, the worst first.

A runner takes every line of a step's output that begins with `::` for a command, and `##[` anywhere in a line. So what comes from
the repository is escaped (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from leakstop.report import DEFAULTS, alerts, places
from leakstop.report.lines import count, harmless
from leakstop.report.scrub import IDENTIFIERS, Scrubber
from leakstop.report.summary import summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.model import Report, Secret
    from leakstop.report import Options

EACH = 10  # annotations of each kind that GitHub shows for a step
KINDS = {"critical": "error", "high": "error", "medium": "warning", "low": "notice"}
SHORTEST = 4  # a mask shorter than this would blacken half of the log


def write(report: Report, stream: TextIO, _options: Options = DEFAULTS) -> None:
    """Write the commands and the summary. Masks go out only where a runner takes them in: they hold the secrets themselves."""
    if stream is sys.stdout and os.environ.get("GITHUB_ACTIONS") == "true":
        stream.writelines(f"{line}\n" for line in masks(report))
    stream.writelines(f"{line}\n" for line in _annotations(report, Scrubber(report)))
    stream.write(f"{summary(report)}\n")


def masks(report: Report) -> Iterator[str]:
    """`add-mask` for every secret of a report, so that the runner blackens it wherever a later step prints it.

    The lines hold raw secrets: they are for the runner's eyes only.
    """
    for value in sorted({secret.reveal() for secret in _secrets(report)}):
        text = value.decode("utf-8", "replace").strip()
        if len(text) >= SHORTEST:
            yield command("add-mask", text)


def command(name: str, text: str, **properties: object) -> str:
    """One workflow command, on one line. Properties that are empty are left out."""
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    return f"::{name}{' ' if given else ''}{given}::{_data(text)}"


def _annotations(report: Report, scrub: Scrubber) -> Iterator[str]:
    left = dict.fromkeys(("error", "warning", "notice"), EACH)
    if not report.complete:
        problems = report.problems[:EACH]
        unread = [": ".join(filter(None, (where, message))) for where, message, _ in problems]
        remedies = dict.fromkeys(problem.remedy for problem in problems if problem.remedy)
        text = "\n".join(places.text(line, scrub) for line in (*unread, *remedies))
        left["error"] -= 1
        yield command("error", text or "stopped before the end", title="leakstop: INCOMPLETE, not everything was read")
    if report.coverage.unread:
        closed = [f"{where}: {message}" for where, message, _ in report.coverage.unread[:EACH]]
        left["notice"] -= 1
        text = "\n".join(places.text(line, scrub) for line in closed)
        yield command("notice", text, title="leakstop: archives and documents that could not be opened")
    rest = 0
    for result in alerts.worst_first(report.new()):
        found = result.finding
        kind = KINDS[result.severity]
        if not left[kind]:
            rest += 1
            continue
        left[kind] -= 1
        at, has_lines = found.location, bool(places.position(found))
        yield command(
            kind,
            "\n".join(alerts.sentences(result, scrub)),
            file=alerts.file(found, scrub) if alerts.in_file(found) else "",
            line=at.start_line if has_lines else "",
            endLine=at.end_line if has_lines else "",
            col=at.start_column if has_lines and at.end_line == at.start_line else "",
            endColumn=max(at.start_column, at.end_column) if has_lines and at.end_line == at.start_line else "",
            title=f"{alerts.title(found, scrub)}, {result.severity}",
        )
    if rest:
        yield f"{count(rest, 'more finding')} than GitHub shows as annotations: the job summary and the other reports have them."


def _secrets(report: Report) -> Iterator[Secret]:
    """All secrets but the ids that only name a credential, which the reports show."""
    for result in report.results:
        yield result.finding.secret
        yield from (part.value for part in result.finding.partners if part.what not in IDENTIFIERS)


def _data(text: str) -> str:
    return harmless(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
