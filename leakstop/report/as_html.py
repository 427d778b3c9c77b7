"""HTML: one file that needs no network, for people who are handed the report.

The page is plain HTML, style and script in `page/`, put together here. Everything from the repository travels as JSON and becomes
text in the browser; the page's policy lets no other script or style run and nothing be loaded.
"""

from __future__ import annotations

import os
import re
import time
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any, TextIO

from leakstop import __version__
from leakstop.armor import identity
from leakstop.model import show_text
from leakstop.report import DEFAULTS, alerts, places, values
from leakstop.report.advice import REWRITING, advice
from leakstop.report.as_json import encode, rows
from leakstop.report.block import look_alikes, marked
from leakstop.report.scrub import Scrubber, shown
from leakstop.report.summary import coverage, silenced, summary
from leakstop.report.summary import places as count_places
from leakstop.report.view import PLAIN, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leakstop.model import Report
    from leakstop.report import Options

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page")
SCRIPTS = ("model.js", "search.js", "detail.js", "list.js", "timeline.js", "page.js")
WITHOUT_SCRIPT = 1000  # findings in the plain table for browsers that run no scripts


def write(report: Report, stream: TextIO, options: Options = DEFAULTS) -> None:
    """Write the page, finding by finding."""
    view = View(report, Scrubber(report, off=options.show_secrets), PLAIN, False, 100)
    style = _read("page.css")
    script = '"use strict";\n' + "\n".join(map(_read, SCRIPTS))
    parts: dict[str, Callable[[], Iterator[str]]] = {
        "policy": lambda: iter([_policy(style, script)]),
        "title": lambda: iter([escape(f"leakstop: {summary(report)}")]),
        "style": lambda: iter([style]),
        "script": lambda: iter([script]),
        "fallback": lambda: _table(view),
        "data": lambda: _data(view),
    }
    for number, piece in enumerate(re.split(r"\{\{(\w+)\}\}", _read("page.html"))):
        stream.writelines(parts[piece]() if number % 2 else [piece])


def _read(name: str) -> str:
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def _policy(style: str, script: str) -> str:
    """Nothing but this style and this script, whatever else finds its way into the page."""
    allowed = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in (style, script)]
    return (
        f"default-src 'none'; style-src {allowed[0]}; script-src {allowed[1]}; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _data(view: View) -> Iterator[str]:
    """The report as JSON in which no tag can begin."""
    report, scrub = view.report, view.scrub
    told = values.coverage(report.coverage, scrub)
    unread = [entry.values() for entry in told["unread"]]
    rules = {result.finding.rule.id: result.finding.rule for result in report.results}
    steps: dict[tuple[str, ...], int] = {}
    fixes: dict[str, int] = {}
    head = {
        "command": report.command,
        "complete": report.complete,
        "version": __version__,
        "number": report.rules,
        "digest": report.rules_digest,
        "made": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "now": int(time.time() * 1000),
        "shown": scrub.off,
        "places": count_places([result.finding for result in report.new()]),
        "read": f"Read: {coverage(report.coverage, whole=report.complete)}",
        "rules": {
            name: {"provider": rule.provider, "description": rule.description, "docs": rule.docs} for name, rule in rules.items()
        },
        "problems": [values.problem(problem, scrub) for problem in report.problems],
        "skipped": [
            *told["skipped"],
            *({"what": "container not opened", "why": f"{where}: {why}", "count": 1} for where, why, _ in unread),
        ],
        "silenced": [[status, scrub.name(by), number] for status, by, number in silenced(report)],
        "unheeded": [scrub.name(text) for text in report.unheeded],
        "link": REWRITING,
    }
    yield "{"
    for key, value in head.items():
        yield f'"{key}": {_json(value)},\n'
    yield '"findings": ['
    yield from rows(map(_json, _findings(view, steps, fixes)))
    yield f'],\n"fixes": [{",".join(fixes)}],\n"steps": {_json(list(steps))}}}'


def _findings(view: View, steps: dict[tuple[str, ...], int], fixes: dict[str, int]) -> Iterator[dict[str, Any]]:
    """The findings of the JSON report with what the page shows of them; advice and steps that many share are told once."""
    report, scrub = view.report, view.scrub
    looks = look_alikes(report.results)
    numbers: dict[bytes, int] = {}
    for result in report.results:
        found = result.finding
        excerpt, start = marked(view, found, looks)
        told = values.finding(result, scrub)
        del told["provider"], told["description"]  # the rule's
        if told["fix"]:
            told["fix"]["steps"] = [fixes.setdefault(_json(step), len(fixes)) for step in told["fix"]["steps"]]
        advised = tuple(advice(report.command, [found], scrub))
        yield {
            **told,
            "same": numbers.setdefault(identity(found.secret.reveal()), len(numbers)),  # as for all findings of this secret
            "place": places.title(found, scrub),
            "position": places.position(found),
            "excerpt": excerpt,
            "mark": [start, len(show_text(str(found.secret)))],
            "steps": steps.setdefault(advised, len(steps)),
        }


def _json(value: Any) -> str:
    return encode(_printable(value)).replace("<", "\\u003c")


def _printable(value: Any) -> Any:
    """The value with every text as people may see it: no control characters, none that turn the direction of writing."""
    if isinstance(value, str):
        return show_text(value)
    if isinstance(value, dict):
        return {show_text(key): _printable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(part) for part in value]
    return value


def _table(view: View) -> Iterator[str]:
    """What a browser shows that runs no scripts."""
    new, scrub = view.report.new(), view.scrub
    yield f"<p>{escape(summary(view.report))}</p>\n<p>Search, filters and details need JavaScript, which is off here.</p>\n"
    yield "<table>\n"
    for result in alerts.worst_first(new)[:WITHOUT_SCRIPT]:
        found = result.finding
        secret = show_text(shown(found.secret, reveal=scrub.off))
        cells = (result.severity, alerts.title(found, scrub), secret, alerts.where(found, scrub), places.change(found, scrub))
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"
    yield "</table>\n"
    if len(new) > WITHOUT_SCRIPT:
        yield f"<p>… and {len(new) - WITHOUT_SCRIPT:,} more</p>\n"
