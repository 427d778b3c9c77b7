"""The verdict: does what binds a user keep outsiders out? Proved by evaluating every class of request from every class of place.

`restricted`: nothing that the user may do works from outside. `unrestricted`: nothing is kept from the IPv4 internet. `partial`:
between the two, with what is open and from where. `unknown`: what could not be read, or what AWS does not document, decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import bind, evidence, notes, tamper
from leakstop.aws.actions import known
from leakstop.aws.outcomes import OPEN, SHUT, SHUT_EXPLICIT, SHUT_IMPLICIT, UNCLEAR, take
from leakstop.aws.vantages import ATTACKS, IPV4, LEGITIMATE, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from leakstop.aws.account import Organization, Unread, User
    from leakstop.aws.bind import Parser
    from leakstop.aws.outcomes import Outcome, Survey

RESTRICTED, PARTIAL, UNRESTRICTED, UNKNOWN = "restricted", "partial", "unrestricted", "unknown"
VERDICTS = (UNRESTRICTED, UNKNOWN, PARTIAL, RESTRICTED)  # worst first
NO_TRUST = Trust()


class Open(NamedTuple):
    """Something that works from outside, and from where: ipv4, ipv6, vpce (a stranger's VPC endpoint)."""

    action: str
    resource: str
    source: str


class Exposure(NamedTuple):
    """The verdict on one user, with its reasons."""

    user: str
    verdict: str
    kind: str  # of the restriction: explicit (denies), implicit-only (conditional allows), mixed, none
    open: tuple[Open, ...]
    notes: tuple[str, ...]
    legitimate: Mapping[str, str]  # way in -> ok, mixed, blocked, unknown
    evidence: tuple[str, ...]
    unread: tuple[Unread, ...]
    undo: tuple[str, ...] = ()  # actions by which the user itself can undo the restriction, from inside


def examine(
    user: User,
    organization: Organization | None = None,
    trust: Trust = NO_TRUST,
    *,
    now: datetime | None = None,
    parser: Parser | None = None,
) -> Exposure:
    """The verdict on a user. `organization` None or without levels: service control policies were not seen."""
    survey = take(user, organization, trust, now=now, parser=parser)
    undo = tamper.undoing(survey)
    verdict = _verdict(survey)
    kind = _kind(survey.of(*ATTACKS))
    return Exposure(
        user.name,
        verdict,
        kind,
        _open(survey),
        tuple(notes.of(survey, organization, kind=kind, verdict=verdict, undo=undo)),
        {name: _usable(survey.of(name)) for name in LEGITIMATE},
        tuple(evidence.of(survey, undo)),
        bind.unread(user, organization),
        undo,
    )


def _verdict(survey: Survey) -> str:
    """What holds whether the unclear outcomes are open or shut; else unknown."""
    outcomes = survey.of(*ATTACKS)
    possible = set()
    for unclear_is_open in (True, False):
        shut = SHUT if unclear_is_open else {*SHUT, UNCLEAR}
        denied = any(each.decision in shut for each in outcomes if each.vantage.name == IPV4)
        opened = any(each.decision not in shut for each in outcomes)
        possible.add(RESTRICTED if not opened else PARTIAL if denied else UNRESTRICTED)
    return possible.pop() if len(possible) == 1 else UNKNOWN


def _kind(outcomes: Iterable[Outcome]) -> str:
    shut = {each.decision for each in outcomes} & SHUT
    if len(shut) == 2:
        return "mixed"
    return {SHUT_EXPLICIT: "explicit", SHUT_IMPLICIT: "implicit-only"}[shut.pop()] if shut else "none"


def _usable(outcomes: Iterable[Outcome]) -> str:
    decisions = {each.decision for each in outcomes}
    works, fails = OPEN in decisions, bool(decisions & SHUT)
    if works and fails:
        return "mixed"
    if UNCLEAR in decisions:
        return "unknown"
    return "ok" if works else "blocked"


def _open(survey: Survey) -> tuple[Open, ...]:
    """One resource of each open action, for each kind of place, in the order of the table: the most sensitive first."""
    found: dict[tuple[str, str], Open] = {}
    for each in survey.of(*ATTACKS):
        if each.decision == OPEN:
            for probe in each.probes.members:
                found.setdefault((probe.action, each.vantage.name), Open(probe.action, probe.resource, each.vantage.name))
    ranks = {low: rank for rank, low in enumerate(known())}
    return tuple(
        sorted(
            found.values(),
            key=lambda each: (ranks.get(each.action.lower(), len(ranks)), each.action, ATTACKS.index(each.source)),
        )
    )
