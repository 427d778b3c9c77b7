"""SARIF 2.1.0, for GitHub code scanning and whatever else reads it.

Rules of GitHub's that go beyond the standard: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from leakstop import __version__
from leakstop.model import show_text
from leakstop.report import DEFAULTS, alerts, places, values
from leakstop.report.as_json import encode, rows
from leakstop.report.lines import count
from leakstop.report.scrub import Scrubber, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.model import Finding, Pair, Report, Result
    from leakstop.report import Options
    from leakstop.rules.rule import Rule

SCHEMA = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json"
HOME = "https://github.com/leakstop/leakstop"
MOST = 25_000  # results that GitHub takes in one run
PLACES = 100  # locations of a result that GitHub shows
ROOT = "%SRCROOT%"
# GitHub's bands: above 9.0 critical, from 7.0 high, from 4.0 medium, else low.
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}


def write(report: Report, stream: TextIO, _options: Options = DEFAULTS) -> None:
    """Write one log with one run, result by result."""
    scrub = Scrubber(report)
    results = report.results
    if len(results) > MOST:
        results = tuple([*alerts.worst_first(report.new()), *report.aside()][:MOST])
    rules = list({result.finding.rule.id: result.finding.rule for result in results}.values())
    head = {
        "tool": {"driver": _driver(rules, report, scrub)},
        "automationDetails": {"id": f"leakstop/{report.command}/"},
        "invocations": [_invocation(report, len(report.results) - len(results), scrub)],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder in which leakstop ran, the top of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "redactionTokens": ["…"],
    }
    stream.write(f'{{\n"$schema": {encode(SCHEMA)},\n"version": "2.1.0",\n"runs": [{{\n')
    stream.writelines(f'"{key}": {encode(value)},\n' for key, value in head.items())
    stream.write('"results": [')
    stream.writelines(rows(map(encode, _results(report.command, results, rules, scrub))))
    stream.write("\n]}]}\n")


def _driver(rules: list[Rule], report: Report, scrub: Scrubber) -> dict[str, Any]:
    return {
        "name": "leakstop",
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": [_rule(rule, scrub) for rule in rules],
        "properties": {"rules": report.rules, "rulesDigest": report.rules_digest},
    }


def _rule(rule: Rule, scrub: Scrubber) -> dict[str, Any]:
    """A rule's own words, and what to do when it strikes."""
    description = places.text(rule.description, scrub)
    steps = [
        description,
        "Revoke it at its provider first, if it was ever pushed, shared or deployed: whoever fetched it has it.",
        "Keep the value outside of the repository: in the environment or a secret store.",
        f"If it is not a secret, say so on its line: # leakstop: allow[{rule.id}] -- why",
    ]
    link = {"helpUri": rule.docs} if rule.docs.startswith("https://") else {}
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": f"A secret: {rule.id} ({places.text(rule.provider, scrub)})."},
        "fullDescription": {"text": description[:1024]},
        "help": {
            "text": " ".join(steps),
            "markdown": "\n".join(f"{number}. {_markdown(step)}" for number, step in enumerate(steps, 1)),
        },
        **link,
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", "secret", f"external/cwe/cwe-{alerts.WEAKNESS}"],
            "precision": rule.confidence,
            "security-severity": SCORES[rule.severity],
        },
    }


def _markdown(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|~" else char for char in text)


def _invocation(report: Report, left_out: int, scrub: Scrubber) -> dict[str, Any]:
    """Whether everything was read, and what was not."""
    notes = [
        {"level": "error", "message": {"text": ": ".join(filter(None, (where, message))) + (f" ({remedy})" if remedy else "")}}
        for where, message, remedy in (values.problem(problem, scrub).values() for problem in report.problems)
    ]
    notes += [
        {"level": "warning", "message": {"text": f"{where}: {message}"}}
        for where, message, _ in (values.problem(problem, scrub).values() for problem in report.coverage.unread[:MOST])
    ]
    notes += [{"level": "note", "message": {"text": f"does not count: {scrub.name(text)}"}} for text in report.unheeded]
    if left_out:
        text = f"{count(left_out, 'finding')} left out: GitHub takes {MOST:,}. The worst are here; --format json has all."
        notes.append({"level": "warning", "message": {"text": text}})
    return {"executionSuccessful": report.complete, "toolExecutionNotifications": notes}


def _results(command: str, results: tuple[Result, ...], rules: list[Rule], scrub: Scrubber) -> Iterator[dict[str, Any]]:
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    names = alerts.Names()
    for result in results:
        yield _result(command, result, numbers[result.finding.rule.id], names, scrub)


def _result(command: str, result: Result, number: int, names: alerts.Names, scrub: Scrubber) -> dict[str, Any]:
    found = result.finding
    halves = found.partners[:PLACES]
    told = values.finding(result, scrub)
    properties = {
        "severity": result.severity,
        "confidence": found.confidence,
        "reasons": told["reasons"],
        "kind": found.origin.kind,
        **{key: told["origin"][key] for key in ("commit", "author", "date", "ref") if told["origin"][key]},
        **{key: told[key] for key in ("history", "facts", "verification", "fix") if told[key]},
        "whatToDo": alerts.steps(command, result, scrub),
    }
    return {
        "ruleId": found.rule.id,
        "ruleIndex": number,
        "level": LEVELS[result.severity],
        "message": {"text": alerts.prose(result, scrub)},
        "locations": [_location(found, scrub)],
        **({"relatedLocations": [_half(place, part, found, scrub) for place, part in enumerate(halves, 1)]} if halves else {}),
        "partialFingerprints": {"primaryLocationLineHash": names.name(found, scrub), "leakstop/v1": result.fingerprint},
        **_suppressions(result, told["triage"]),
        "properties": properties,
    }


def _location(found: Finding, scrub: Scrubber) -> dict[str, Any]:
    at = found.location
    physical: dict[str, Any] = {"artifactLocation": _artifact(alerts.file(found, scrub))}
    if places.position(found):
        physical["region"] = {
            "startLine": at.start_line,
            "startColumn": at.start_column,
            "endLine": max(at.start_line, at.end_line),
            "endColumn": max(at.end_column + 1, at.start_column if at.end_line <= at.start_line else 1),  # exclusive
        }
        excerpt = show_text(scrub.excerpt(found.excerpt, found))
        if excerpt:
            context = {"startLine": at.start_line, "endLine": max(at.start_line, at.end_line), "snippet": {"text": excerpt}}
            physical["contextRegion"] = context
    logical = {"fullyQualifiedName": places.title(found, scrub), "kind": "resource"}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _half(number: int, part: Pair, found: Finding, scrub: Scrubber) -> dict[str, Any]:
    text = f"{places.text(part.what, scrub)} {show_text(shown(part.value, part.what))}"
    place = {"artifactLocation": _artifact(places.path(part.path, scrub, found)), "region": {"startLine": max(1, part.line)}}
    return {"id": number, "message": {"text": text}, "physicalLocation": place}


def _artifact(path: str) -> dict[str, str]:
    """A URI below the source root, percent-encoded; absolute ones only for what lies outside of it."""
    if os.path.isabs(path):
        inside = os.path.relpath(path)
        if inside.startswith(os.pardir):
            return {"uri": "file://" + quote(path.replace(os.sep, "/"))}
        path = inside
    return {"uri": quote(path.replace(os.sep, "/"), safe="/-_.~"), "uriBaseId": ROOT}


def _suppressions(result: Result, triage: dict[str, Any]) -> dict[str, Any]:
    """What does not count, and why; an empty list says that a result does."""
    if result.new:
        return {"suppressions": []}
    by = result.triage.by
    comment = ":" in by and result.triage.reason.startswith(by)  # a comment is its own reason; a file has another
    kind = "inSource" if comment else "external"
    return {"suppressions": [{"kind": kind, "status": "accepted", "justification": triage["reason"] or result.triage.status}]}
