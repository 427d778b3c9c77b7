"""Pairs whose halves stand in different files or versions: the id in `.env`, its secret in `.env.local` or in an older version.

Inside one text `pairs` finds them, also secrets that nothing names. Here only halves that rules found by themselves are put
together: first those of one path, then those of one folder, and there only where nothing is left to choose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.pairs import Half, assign, distinct
from leakstop.model import Pair, show_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leakstop.model import Finding
    from leakstop.rules.rule import Rule

    Place = tuple[object, ...]


def is_half(finding: Finding, rules: Iterable[Rule]) -> bool:
    """Whether a finding waits for its other half, which one of the rules knows."""
    if finding.pair is not None:
        return False
    return finding.rule.pair is not None or any(rule.pair and rule.pair.rule == finding.rule.id for rule in rules)


def joined(findings: Sequence[Finding]) -> list[Finding | None]:
    """The findings, secrets with the ids that belong to them, in their order; None stands for an id that went into a pair."""
    result: list[Finding | None] = list(findings)
    specs = {entry.rule.id: entry.rule.pair.rule for entry in findings if entry.rule.pair and entry.pair is None}
    for lead_rule, other_rule in specs.items():
        for place in (_file, _folder):
            for leads, secrets in _groups(result, lead_rule, other_rule, place):
                _join(result, leads, secrets, sure=place is _file)
    return result


def _file(finding: Finding) -> Place:
    return (finding.origin.path, finding.origin.members)


def _folder(finding: Finding) -> Place:
    return (finding.origin.path.rpartition(b"/")[0], finding.origin.members[:-1])


def _groups(
    findings: Sequence[Finding | None], lead_rule: str, other_rule: str, place: Callable[[Finding], Place]
) -> Iterator[tuple[list[int], list[int]]]:
    """Numbers of ids and of secrets that have no partner yet, by place; only places that have both."""
    groups: dict[Place, tuple[list[int], list[int]]] = {}
    for number, finding in enumerate(findings):
        if finding and finding.pair is None and finding.origin.path and finding.rule.id in (lead_rule, other_rule):
            groups.setdefault(place(finding), ([], []))[finding.rule.id == other_rule].append(number)
    return ((leads, secrets) for leads, secrets in groups.values() if leads and secrets)


def _join(findings: list[Finding | None], leads: list[int], secrets: list[int], *, sure: bool) -> None:
    """Put the ids and secrets of one place together; when not `sure`, only as many of the one as of the other."""
    ids, values = _halves(findings, leads), _halves(findings, secrets)
    if not sure and len(ids) != len(values):
        return
    couples = assign(ids, values, ())
    used: set[bytes] = set()
    for number in secrets:
        finding = findings[number]
        lead = couples.get(finding.secret.reveal()) if finding else None
        if finding is None or lead is None:
            continue
        other = next(entry for entry in map(findings.__getitem__, leads) if entry and entry.secret.reveal() == lead.value)
        at = other.location.start_line
        reason = f"its other half, {other.rule.id}, stands in {show_path(other.origin.path)} on line {at}"
        findings[number] = finding._replace(
            pair=Pair(other.rule.id, at, other.origin.path, other.secret), confidence="high", reasons=(*finding.reasons, reason)
        )
        used.add(lead.value)
    for number in leads:
        finding = findings[number]
        if finding and finding.secret.reveal() in used:
            findings[number] = None


def _halves(findings: Sequence[Finding | None], numbers: Sequence[int]) -> list[Half]:
    """Distinct values in the order of paths and lines."""
    entries = [entry for entry in map(findings.__getitem__, numbers) if entry]
    entries.sort(key=lambda entry: (entry.origin.path, entry.location.start_line, entry.location.start))
    return distinct(Half(entry.secret.reveal(), at) for at, entry in enumerate(entries))
