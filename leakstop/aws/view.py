"""Assessments as JSON, as text for people, and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.aws.account import ROLE, USER
from leakstop.aws.evidence import PLACES
from leakstop.aws.notes import NOTES
from leakstop.columns import aligned
from leakstop.model import show_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leakstop.aws.account import Account, Unread
    from leakstop.aws.assessment import Assessment
    from leakstop.aws.exposure import Open
    from leakstop.model import Fix

SHOWN = 8  # lines of a section in text
MEANINGS = {
    "restricted": "Nothing that this {who} may do works from outside.",
    "partial": "Some of what this {who} may do works from outside, some does not.",
    "unrestricted": "Whoever has the key can use it from anywhere on the internet.",
    "unknown": "It depends on what could not be read, or on what AWS does not document.",
}
WAYS = {
    "inside": "calls from inside",
    "inside-fas": "AWS services, after a call from inside",
    "our-vpce": "calls through an endpoint of the owner's",
    "fas-after-vpce": "AWS services, after a call through an endpoint",
}


def as_json(found: Assessment, fix: Fix | None = None) -> dict[str, Any]:
    """For programs; docs/aws.md describes it."""
    told = {} if fix is None else {"fix": as_plain(fix)}
    each = found.exposure
    return {
        "user": each.user,
        "verdict": each.verdict,
        "kind": each.kind,
        "open": [{"action": one.action, "resource": one.resource, "from": one.source} for one in each.open],
        "notes": list(each.notes),
        "legitimate": dict(each.legitimate),
        "evidence": list(each.evidence),
        "unread": [
            {"what": one.what, "permission": one.permission, "reason": one.reason} for one in (*each.unread, *found.unread)
        ],
        "undo": list(each.undo),
        "severity": found.severity.level,
        "severity_reason": found.severity.reason,
        "privileges": {
            "level": found.privileges.level,
            "administrator": found.privileges.administrator,
            "reasons": list(found.privileges.reasons),
            "paths": [{"id": path.id, "actions": list(path.actions), "effect": path.effect} for path in found.privileges.paths],
            "rights": found.privileges.rights,
            "uncertain": found.privileges.uncertain,
        },
        "credentials": list(found.credentials),
        "unused_services": list(found.unused),
        **told,
    }


def as_plain(fix: Fix) -> dict[str, Any]:
    """A fix as it stands in reports."""
    steps = [{"step": each.what, "title": each.title, "why": each.why, "commands": list(each.commands)} for each in fix.steps]
    return {"steps": steps, "more": fix.more or None, "policy": fix.policy}


def as_text(found: Assessment, fix: Fix | None = None) -> str:
    """For people: the verdict first, then what it rests on, and what to do."""
    return "".join(f"{show_text(line)}\n" for line in _lines(found, fix))


def _lines(found: Assessment, fix: Fix | None) -> Iterator[str]:
    each = found.exposure
    yield f"{each.user}: {each.verdict.upper()}, severity {found.severity.level}"
    yield f"  {MEANINGS[each.verdict].format(who=ROLE if found.user.kind == ROLE else USER)}"
    yield f"  {found.severity.reason}"
    yield from _section("open from outside", _opened(each.open))
    yield from _section("evidence", each.evidence)
    yield from _section("legitimate use", [f"{WAYS[way]:<48} {state}" for way, state in each.legitimate.items()])
    yield from _section("privileges", found.privileges.reasons, 4)
    yield from _section("credentials", found.credentials)
    yield from _section("notes", [f"{note}: {NOTES[note]}" for note in each.notes], len(NOTES))
    yield from _section("not read", list(map(missing, (*each.unread, *found.unread))))
    if fix is not None:
        restrict = [command for step in fix.steps if step.what == "restrict" for command in step.commands[:1]]
        yield from _section("what to do", [*(f"restrict it: {command}" for command in restrict), f"all steps: {fix.more}"])


def missing(one: Unread) -> str:
    """A piece that could not be read: what it is, and the permission that it needs or else why."""
    reason = f"needs {one.permission}" if one.permission else one.reason
    return one.what + (f": {reason}" if reason else "")


def _section(title: str, lines: Sequence[str], most: int = SHOWN) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  {line}" for line in lines[:most])
        if len(lines) > most:
            yield f"  and {len(lines) - most} more (--format json lists them)"


def _opened(found: Iterable[Open]) -> list[str]:
    """One line an action, with all places that it is open from."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in found:
        places.setdefault((one.action, one.resource), []).append(PLACES[one.source])
    return [f"{action} on {resource}, from {', '.join(sources)}" for (action, resource), sources in places.items()]


def table(found: Sequence[Assessment], account: Account) -> str:
    """One line a user, in the given order; the root user first when it has keys."""
    rows = [("user", "severity", "verdict", "privileges", "keys", "notes")]
    if account.root_keys:
        rows.append(("<root>", "critical", "unrestricted", "critical", "?", "no policy of the account binds the root user"))
    for each in found:
        active = "?" if each.user.keys is None else str(sum(key.status == "Active" for key in each.user.keys))
        notes = " ".join(each.exposure.notes)
        rows.append((show_text(each.user.name), each.severity.level, each.exposure.verdict, each.privileges.level, active, notes))
    return aligned(rows)
