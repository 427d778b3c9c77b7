"""Markdown with tables, for a job summary on GitHub or a comment on a change.

Tables and lists are written in HTML: there everything from the repository can be escaped with certainty, and no mention, link or
picture comes of it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, TextIO

from leakstop.report import DEFAULTS, alerts, places
from leakstop.report.advice import advice
from leakstop.report.lines import count
from leakstop.report.scrub import Scrubber, shown
from leakstop.report.summary import silenced, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakstop.model import Report, Result, Step
    from leakstop.report import Options

MOST = 900_000  # bytes; GitHub refuses a job summary above 1 MiB as a whole
MARKS = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "⚪"}
PROBLEMS = 100
IN_FULL = 100  # findings with what to do about each; the list of thousands has to fit as well


def write(report: Report, stream: TextIO, _options: Options = DEFAULTS) -> None:
    """Write a heading, the findings that count (worst first), what to do, what was not read, and what does not count."""
    scrub = Scrubber(report)
    new = alerts.worst_first(report.new())
    mark = "✅" if report.complete and not new and not report.coverage.unread else "❌" if new else "⚠️"
    stream.write(f"## {mark} leakstop: {escape(summary(report))}\n\n")
    stream.writelines(_findings(new, scrub))
    told = all(map(places.tells_all, new))
    steps = advice(report.command, [result.finding for result in new], scrub, told=told) if new else []
    if steps:
        stream.write(f"### {'What else' if told else 'What to do'}\n\n")
        stream.write("<ol>\n" + "".join(f"<li>{_plain(step)}</li>\n" for step in steps) + "</ol>\n\n")
    stream.writelines(_problems(report, scrub))
    stream.writelines(_aside(report, scrub))


def _findings(new: list[Result], scrub: Scrubber) -> Iterator[str]:
    if not new:
        return
    yield "<table>\n<tr><th>Severity</th><th>What</th><th>Where</th><th>Details</th></tr>\n"
    size = 0
    for number, result in enumerate(new):
        row = _row(result, scrub, steps=number < IN_FULL)
        size += len(row.encode())
        if size > MOST:
            yield f"<tr><td colspan=4>… and {count(len(new) - number, 'more finding')}</td></tr>\n"
            break
        yield row
    yield "</table>\n\n"


def _row(result: Result, scrub: Scrubber, *, steps: bool) -> str:
    found = result.finding
    known = [*map(_plain, alerts.sentences(result, scrub)[1:]), *(_fix(result, scrub) if steps else ())]
    cells = (
        f"{MARKS[result.severity]} {result.severity}",
        f"{_code(found.rule.id, scrub)}<br>{_code(shown(found.secret), scrub)}",
        _code(alerts.where(found, scrub), scrub),
        "<br>".join(known),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"


def _fix(result: Result, scrub: Scrubber) -> Iterator[str]:
    """What to do about it, to be opened; of AWS's the next command at once."""
    fix, found = result.fix, result.finding
    if fix is None:
        return
    order = places.order_of_response(result, scrub)
    if order:
        yield f"<b>{_plain(order)}</b>"
        yield from (f"<code>{escape(command)}</code>" for command in places.next_commands(result, scrub))

    def item(step: Step) -> str:
        title, why, *commands = (places.step(told, scrub, found) for told in (step.title, step.why, *step.commands))
        return f"<b>{_plain(title)}</b> {_plain(why)}" + "".join(f"<br><code>{escape(each)}</code>" for each in commands)

    steps = "".join(f"<li>{item(step)}</li>" for step in fix.steps)
    yield f"<details><summary>{count(len(fix.steps), 'step')}</summary><ol>{steps}</ol></details>"


def _problems(report: Report, scrub: Scrubber) -> Iterator[str]:
    if report.complete:
        return
    yield "### Not read\n\n"
    yield "<ul>\n"
    for where, message, remedy in report.problems[:PROBLEMS]:
        yield f"<li>{_code(where, scrub)}: {_code(message, scrub)}{f'<br>{_code(remedy, scrub)}' if remedy else ''}</li>\n"
    if len(report.problems) > PROBLEMS:
        yield f"<li>… and {len(report.problems) - PROBLEMS:,} more</li>\n"
    yield "</ul>\n\n"


def _aside(report: Report, scrub: Scrubber) -> Iterator[str]:
    if report.coverage.unread:
        yield "### Archives and documents that could not be opened\n\n<ul>\n"
        lines = (f"<li>{_code(where, scrub)}: {_code(why, scrub)}</li>\n" for where, why, _ in report.coverage.unread)
        yield from _capped(lines)
        yield "</ul>\n\n"
    if report.unheeded:
        yield "### What the change brings itself does not count\n\n<ul>\n"
        yield from _capped(f"<li>{_code(text, scrub)}</li>\n" for text in report.unheeded)
        yield "</ul>\n\n"
    aside = report.aside()
    if not aside:
        return
    yield f"<details><summary>{count(len(aside), 'finding')} not counted</summary>\n<ul>\n"
    yield from _capped(f"<li>{number:,} {status} by {_code(by, scrub)}</li>\n" for status, by, number in silenced(report))
    yield "</ul></details>\n"


def _capped(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == PROBLEMS:
            yield "<li>…</li>\n"
            return
        yield line


def _plain(text: str) -> str:
    """Text of ours in which words of the repository may stand: no mention and no reference to an issue comes of it."""
    return escape(text, quote=False).replace("@", "@<!-- -->").replace("#", "#<!-- -->")


def _code(text: str, scrub: Scrubber) -> str:
    return f"<code>{escape(places.text(text, scrub))}</code>"
