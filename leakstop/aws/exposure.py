"""The verdict: does what binds a user keep outsiders out? Proved by evaluating every class of request from every class of place.

`restricted`: nothing that the user may do works from outside. `unrestricted`: nothing is kept from the IPv4 internet. `partial`:
between the two, with what is open and from where. `unknown`: what could not be read, or what AWS does not document, decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import bind as binding_of
from leakstop.aws import evaluate
from leakstop.aws.actions import known
from leakstop.aws.conditions import every, hold
from leakstop.aws.probes import Probe, Probes, classes
from leakstop.aws.vantages import ATTACKS, IPV4, LEGITIMATE, Ground, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from leakstop.aws.account import Organization, Unread, User
    from leakstop.aws.bind import Binding, Parser, Placed
    from leakstop.aws.operators import Truth
    from leakstop.aws.vantages import Vantage

    Row = tuple[Truth, ...]  # what the conditions of some statements say in a context

RESTRICTED, PARTIAL, UNRESTRICTED, UNKNOWN = "restricted", "partial", "unrestricted", "unknown"
VERDICTS = (UNRESTRICTED, UNKNOWN, PARTIAL, RESTRICTED)  # worst first
NO_TRUST = Trust()
OPEN, SHUT_EXPLICIT, SHUT_IMPLICIT, UNCLEAR = evaluate.ALLOWED, evaluate.EXPLICIT, evaluate.IMPLICIT, evaluate.UNKNOWN


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


class Outcome(NamedTuple):
    """What becomes of one class of requests from one place."""

    probes: Probes
    vantage: Vantage
    decision: str  # as in evaluate


class Places:
    """From where some statements are looked at: classes of places, each with the contexts that the statements tell apart."""

    def __init__(self, ground: Ground, placed: Sequence[Placed], numbers: Sequence[int]) -> None:
        mine = [placed[number] for number in numbers]
        view = ground.about(mine)
        found: dict[object, tuple[Vantage, tuple[Row, ...]]] = {}
        for vantage in (*view.attacks(), *view.legitimate()):
            rows = {
                tuple(hold(each.statement.conditions, ground.lookup(one), variables=each.statement.variables) for each in mine)
                for one in vantage.contexts
            }
            found.setdefault((vantage.name, vantage.variant, frozenset(rows)), (vantage, tuple(rows)))
        self.found = list(found.values())
        self.bounded = view.bounded


class Survey:
    """All outcomes for one user: what the verdict, the notes and the evidence are made of."""

    def __init__(self, user: User, binding: Binding, ground: Ground) -> None:
        self.user, self.binding, self.ground = user, binding, ground
        self.placed = binding.everything()
        self.outcomes: tuple[Outcome, ...] = ()
        self._places: dict[tuple[int, ...], Places] = {}

    def places(self, *numbers: int) -> Places:
        """The places that some statements, by number, tell apart."""
        if numbers not in self._places:
            self._places[numbers] = Places(self.ground, self.placed, numbers)
        return self._places[numbers]

    @property
    def bounded(self) -> bool:
        """Whether there were more cases than were tried."""
        return any(each.bounded for each in self._places.values())

    def of(self, *names: str) -> list[Outcome]:
        """The outcomes from places of these names."""
        return [outcome for outcome in self.outcomes if outcome.vantage.name in names]

    def holding(self, number: int, name: str) -> set[Truth]:
        """What the conditions of a statement say in the contexts of a place."""
        return {row[0] for vantage, rows in self.places(number).found if vantage.name == name for row in rows}


def examine(
    user: User,
    organization: Organization | None = None,
    trust: Trust = NO_TRUST,
    *,
    now: datetime | None = None,
    parser: Parser | None = None,
) -> Exposure:
    """The verdict on a user. `organization` None or without levels: service control policies were not seen."""
    from leakstop.aws import evidence, notes, tamper

    survey = take(user, organization, trust, now=now, parser=parser)
    unread = binding_of.unread(user, organization)
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
        unread,
        undo,
    )


def take(
    user: User,
    organization: Organization | None,
    trust: Trust,
    *,
    now: datetime | None = None,
    parser: Parser | None = None,
    session: bool = False,
) -> Survey:
    """Evaluate every class of request from every class of place; `session`: by a session that GetSessionToken mints."""
    binding = binding_of.bind(user, organization, parser)
    ground = Ground(binding.everything(), user, organization, trust, now)
    if session:
        ground.base.update(SESSION, **{"aws:tokenissuetime": ground.base["aws:currenttime"]})
    survey = Survey(user, binding, ground)
    outcomes = []
    for each in classes(binding, user, ground.lookup(ground.base)):
        numbers = [
            number
            for number, match in enumerate(each.matches)
            if match is not False and survey.placed[number].statement.conditions
        ]
        places = survey.places(*numbers)
        for vantage, rows in places.found:
            decision = _best(binding, each, numbers, rows)
            if places.bounded and decision != OPEN:
                decision = UNCLEAR  # what was not tried could open it
            outcomes.append(Outcome(each, vantage, decision))
    survey.outcomes = tuple(_real(outcomes))
    return survey


SESSION: evaluate.Context = {"aws:multifactorauthpresent": ("false",)}


def _best(binding: Binding, probes: Probes, numbers: Sequence[int], rows: Iterable[Row]) -> str:
    """The decision for a caller who chooses the best of several contexts; a row holds the truths of the numbered statements."""
    found = set()
    for row in rows:
        truths = list(probes.matches)
        for number, truth in zip(numbers, row, strict=True):
            truths[number] = every((truths[number], truth))
        found.add(evaluate.combine(binding, truths).decision)
    return next(decision for decision in (OPEN, UNCLEAR, SHUT_EXPLICIT, SHUT_IMPLICIT) if decision in found)


def _real(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Without the tagged resources on which a request works from nowhere while it works on others: there no place decides."""
    outcomes = list(outcomes)
    working = {(id(each.probes), each.vantage.variant) for each in outcomes if each.decision in (OPEN, UNCLEAR)}
    elsewhere = {probes for probes, _ in working}
    return [each for each in outcomes if (id(each.probes), each.vantage.variant) in working or id(each.probes) not in elsewhere]


def _verdict(survey: Survey) -> str:
    """What holds whether the unclear outcomes are open or shut; else unknown."""
    outcomes = survey.of(*ATTACKS)
    possible = set()
    for unclear_is_open in (True, False):
        shut = {SHUT_EXPLICIT, SHUT_IMPLICIT} | (set() if unclear_is_open else {UNCLEAR})
        denied = any(each.decision in shut for each in outcomes if each.vantage.name == IPV4)
        opened = any(each.decision not in shut for each in outcomes)
        possible.add(RESTRICTED if not opened else PARTIAL if denied else UNRESTRICTED)
    return possible.pop() if len(possible) == 1 else UNKNOWN


def _kind(outcomes: Iterable[Outcome]) -> str:
    shut = {each.decision for each in outcomes} & {SHUT_EXPLICIT, SHUT_IMPLICIT}
    if len(shut) == 2:
        return "mixed"
    return {SHUT_EXPLICIT: "explicit", SHUT_IMPLICIT: "implicit-only"}[shut.pop()] if shut else "none"


def _usable(outcomes: Iterable[Outcome]) -> str:
    decisions = {each.decision for each in outcomes}
    works, fails = OPEN in decisions, bool(decisions & {SHUT_EXPLICIT, SHUT_IMPLICIT})
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


def members(outcomes: Iterable[Outcome]) -> list[Probe]:
    """The single requests of some outcomes, each once."""
    return list(dict.fromkeys(probe for each in outcomes for probe in each.probes.members))
