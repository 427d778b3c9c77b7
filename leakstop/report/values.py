"""Findings, problems and coverage as plain values: the one meaning of `leakstop/report/1`, shared by json and jsonl.

docs/report.schema.json describes it and docs/report.md explains it; a test holds the three together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop import __version__
from leakstop.report.scrub import Scrubber, shown
from leakstop.report.summary import silenced

if TYPE_CHECKING:
    from leakstop.model import Coverage, Finding, Pair, Problem, Report, Result

SCHEMA = "leakstop/report/1"
OF_ORIGIN = ("commit", "author", "email", "date", "subject", "blob", "ref")  # fields of an origin that are texts


def head(command: str, rules: int, digest: str) -> dict[str, Any]:
    """What says which format this is, and what made it: the command, the number of rules, their digest."""
    tool = {"name": "leakstop", "version": __version__, "rules": rules, "rules_digest": digest}
    return {"schema": SCHEMA, "tool": tool, "command": command}


def finding(result: Result, scrub: Scrubber) -> dict[str, Any]:
    """One finding. Null stands where something does not apply to it; lists are empty then."""
    found = result.finding
    rule, at = found.rule, found.location
    return {
        "rule": rule.id,
        "provider": rule.provider,
        "description": rule.description,
        "severity": result.severity,
        "confidence": found.confidence,
        "fingerprint": result.fingerprint,
        "secret": shown(found.secret, reveal=scrub.off),
        "file": _path(found.origin.path, scrub, found),
        "start_line": at.start_line,
        "end_line": at.end_line,
        "start_column": at.start_column,
        "end_column": at.end_column,
        "origin": _origin(found, scrub),
        "history": _history(found, scrub),
        "pair": _pair(found, scrub),
        "entropy": round(found.entropy, 2),
        "reasons": [_text(reason, scrub, found) for reason in found.reasons],
        "triage": {
            "status": result.triage.status,
            "reason": _text(result.triage.reason, scrub, found),
            "by": _text(result.triage.by, scrub, found) or None,
        },
        "facts": {name: _step(text, scrub, found) for name, text in result.facts},  # a key may be named by its id
        "verification": _verification(result, scrub),
        "fix": _fix(result, scrub),
    }


def _fix(result: Result, scrub: Scrubber) -> dict[str, Any] | None:
    fix, found = result.fix, result.finding
    if fix is None:
        return None
    steps = [
        {
            "step": step.what,
            "title": _step(step.title, scrub, found),
            "why": _step(step.why, scrub, found),
            "commands": [_step(command, scrub, found) for command in step.commands],
        }
        for step in fix.steps
    ]
    return {"steps": steps, "more": _step(fix.more, scrub, found) or None, "policy": fix.policy}


def _verification(result: Result, scrub: Scrubber) -> dict[str, Any] | None:
    verdict, found = result.verification, result.finding
    if verdict is None:
        return None
    return {
        "state": verdict.state,
        "reason": _text(verdict.reason, scrub, found),
        "containment": verdict.containment or None,
        "evidence": {name: _text(text, scrub, found) for name, text in verdict.evidence},
    }


def problem(value: Problem, scrub: Scrubber) -> dict[str, Any]:
    """Something that could not be read."""
    return {name: _text(text, scrub) for name, text in value._asdict().items()}


def coverage(value: Coverage, scrub: Scrubber) -> dict[str, Any]:
    """What was read, and what was left out on purpose."""
    skipped = [{"what": _text(what, scrub), "why": _text(why, scrub), "count": count} for what, why, count in value.skipped]
    unread = [problem(entry, scrub) for entry in value.unread]
    return {**value._asdict(), "skipped": skipped, "unread": unread, "seconds": round(value.seconds, 3)}


def counts(report: Report) -> dict[str, int]:
    """How many findings there are of each triage status, and how many problems."""
    statuses = [result.triage.status for result in report.results]
    return {**{name: statuses.count(name) for name in ("new", "known", "ignored")}, "problems": len(report.problems)}


def judged(report: Report, scrub: Scrubber) -> dict[str, Any]:
    """What decided about values and findings: filters, files and pragmas, and what a change brings without effect."""
    return {
        "filters": dict(report.dropped),
        "silenced": [{"status": status, "by": _text(by, scrub), "count": number} for status, by, number in silenced(report)],
        "unheeded": [_text(line, scrub) for line in report.unheeded],
    }


def _origin(found: Finding, scrub: Scrubber) -> dict[str, Any]:
    origin = found.origin
    values: dict[str, Any] = {"kind": origin.kind}
    values.update((name, _text(getattr(origin, name), scrub, found) or None) for name in OF_ORIGIN)
    values.update((name, [_text(part, scrub, found) for part in getattr(origin, name)]) for name in ("members", "decoded"))
    return values


def _history(found: Finding, scrub: Scrubber) -> dict[str, Any] | None:
    history = found.history
    if history is None:
        return None
    return {
        "first_commit": _text(history.first_commit, scrub, found) or None,
        "last_commit": _text(history.last_commit, scrub, found) or None,
        "last_date": _text(history.last_date, scrub, found) or None,
        "in_head": history.in_head,
        "refs": [_text(ref, scrub, found) for ref in history.refs],
        "pushed": history.pushed,
    }


def _pair(found: Finding, scrub: Scrubber) -> dict[str, Any] | None:
    if found.pair is None:
        return None
    return {**_part(found.pair, scrub, found), "also": [_part(part, scrub, found) for part in found.pair.also]}


def _part(part: Pair, scrub: Scrubber, found: Finding) -> dict[str, Any]:
    value = shown(part.value, part.what, reveal=scrub.off)
    return {"rule": part.what, "file": _path(part.path, scrub, found), "line": part.line, "value": value}


def _path(path: bytes, scrub: Scrubber, found: Finding) -> str:
    return _text(path.decode("utf-8", "backslashreplace"), scrub, found)


def _step(text: str, scrub: Scrubber, found: Finding) -> str:
    return scrub.step(text.encode("utf-8", "backslashreplace").decode("utf-8"), found)


def _text(text: str, scrub: Scrubber, found: Finding | None = None) -> str:
    """Without secrets, and without the lone surrogates that undecodable names leave behind (they are not JSON)."""
    return scrub.name(text.encode("utf-8", "backslashreplace").decode("utf-8"), found)
