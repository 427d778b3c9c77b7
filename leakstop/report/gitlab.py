"""GitLab: a security report of type secret_detection, and a code quality report.

Schema: https://gitlab.com/gitlab-org/security-products/security-report-schemas (15.0: what every GitLab since 15 takes).
Code quality: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import os
import time
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TextIO

from leakstop import __version__
from leakstop.report import DEFAULTS, alerts, places
from leakstop.report.as_json import encode, rows
from leakstop.report.lines import count
from leakstop.report.scrub import Scrubber

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakstop.model import Report, Result
    from leakstop.report import Options

VERSION = "15.0.7"
SCHEMA = (
    "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v{}/dist/secret-detection-report-format.json"
)
NO_COMMIT = "0000000"  # what GitLab's own analyzer writes where there is none
QUALITY = {"critical": "blocker", "high": "critical", "medium": "major", "low": "minor"}
NAME, SOLUTION, PROBLEMS = 255, 7000, 100  # the most characters and messages of the schema


def write(report: Report, stream: TextIO, _options: Options = DEFAULTS) -> None:
    """Write the security report (`artifacts:reports:secret_detection`). It holds the findings that count."""
    scrub = Scrubber(report)
    now = time.time()
    tool = {
        "id": "leakstop",
        "name": "leakstop",
        "url": "https://github.com/leakstop/leakstop",
        "version": __version__,
        "vendor": {"name": "leakstop"},
    }
    scan = {
        "type": "secret_detection",
        "status": "success" if report.complete else "failure",
        "start_time": _moment(now - report.coverage.seconds),
        "end_time": _moment(now),
        "analyzer": tool,
        "scanner": tool,
        "messages": _messages(report, scrub),
    }
    stream.write(f'{{\n"version": "{VERSION}",\n"schema": "{SCHEMA.format(VERSION)}",\n"scan": {encode(scan)},\n')
    stream.write('"vulnerabilities": ')
    names = alerts.Names()
    _list(stream, (_vulnerability(report.command, result, names, scrub) for result in report.new()))
    stream.write("\n}\n")


def write_quality(report: Report, stream: TextIO, _options: Options = DEFAULTS) -> None:
    """Write the code quality report (`artifacts:reports:codequality`), which every edition of GitLab shows in merge requests."""
    scrub = Scrubber(report)
    names = alerts.Names()
    _list(stream, (_issue(result, names, scrub) for result in report.new()))
    stream.write("\n")


def _list(stream: TextIO, entries: Iterable[dict[str, Any]]) -> None:
    """A list of JSON, one entry a line, none of them held."""
    stream.write("[")
    stream.writelines(rows(map(encode, entries)))
    stream.write("\n]")


def _vulnerability(command: str, result: Result, names: alerts.Names, scrub: Scrubber) -> dict[str, Any]:
    found = result.finding
    rule, origin, at = found.rule, found.origin, found.location
    url = {"url": rule.docs} if rule.docs.startswith("https://") else {}
    commit = {
        "sha": places.text(origin.commit, scrub) or os.environ.get("CI_COMMIT_SHA") or NO_COMMIT,
        **({"author": places.text(origin.author, scrub, found)} if origin.author else {}),
        **({"date": places.text(origin.date, scrub, found)} if origin.date else {}),
        **({"message": places.text(origin.subject, scrub, found)} if origin.subject else {}),
    }
    return {
        "id": _uuid(names.name(found, scrub), alerts.file(found, scrub)),
        "name": alerts.title(found, scrub)[:NAME],
        "description": alerts.prose(result, scrub),
        "severity": result.severity.capitalize(),
        "solution": " ".join(alerts.steps(command, result, scrub))[:SOLUTION],
        "identifiers": [
            {"type": "leakstop_rule_id", "name": f"leakstop rule {rule.id}"[:NAME], "value": rule.id, **url},
            {
                "type": "cwe",
                "name": f"CWE-{alerts.WEAKNESS}",
                "value": str(alerts.WEAKNESS),
                "url": f"https://cwe.mitre.org/data/definitions/{alerts.WEAKNESS}.html",
            },
        ],
        **({"links": [url]} if url else {}),
        "location": {
            "file": alerts.file(found, scrub),
            "start_line": at.start_line,
            "end_line": max(at.start_line, at.end_line),
            "commit": commit,
        },
    }


def _issue(result: Result, names: alerts.Names, scrub: Scrubber) -> dict[str, Any]:
    found = result.finding
    return {
        "description": alerts.prose(result, scrub),
        "check_name": found.rule.id,
        "fingerprint": _uuid(names.name(found, scrub), alerts.file(found, scrub)).replace("-", ""),
        "severity": QUALITY[result.severity],
        "location": {"path": alerts.file(found, scrub), "lines": {"begin": found.location.start_line}},
    }


def _messages(report: Report, scrub: Scrubber) -> list[dict[str, str]]:
    """What was not read, and how much is left out."""
    messages = [
        {"level": "fatal", "value": places.text(": ".join(filter(None, (where, message))), scrub)}
        for where, message, _ in report.problems[:PROBLEMS]
    ]
    messages += [
        {"level": "warn", "value": places.text(f"{where}: {message}", scrub)}
        for where, message, _ in report.coverage.unread[:PROBLEMS]
    ]
    aside = len(report.aside())
    if aside:
        messages.append({"level": "info", "value": f"{count(aside, 'finding')} ignored or known before"})
    return messages


def _uuid(name: str, file: str) -> str:
    """The id of an alert in the form of a UUID: the same finding has the same one tomorrow."""
    digits = blake2b(f"{name}\0{file}".encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _moment(seconds: float) -> str:
    """UTC without an offset, as the schema wants it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
