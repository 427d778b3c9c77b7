"""What becomes of every class of request from every class of place: one user's policies, evaluated for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import evaluate
from leakstop.aws.bind import bind
from leakstop.aws.conditions import every, hold
from leakstop.aws.probes import Probes, classes
from leakstop.aws.vantages import Ground

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leakstop.aws.account import Organization, User
    from leakstop.aws.bind import Binding, Parser, Placed
    from leakstop.aws.operators import Truth
    from leakstop.aws.vantages import Trust, Vantage

    Row = tuple[Truth, ...]  # what the conditions of some statements say in a context

OPEN, SHUT_EXPLICIT, SHUT_IMPLICIT, UNCLEAR = evaluate.ALLOWED, evaluate.EXPLICIT, evaluate.IMPLICIT, evaluate.UNKNOWN
SHUT = {SHUT_EXPLICIT, SHUT_IMPLICIT}
_MINTED: evaluate.Context = {"aws:multifactorauthpresent": ("false",)}  # what a session of GetSessionToken's carries


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
    binding = bind(user, organization, parser)
    ground = Ground(binding.everything(), user, organization, trust, now)
    if session:
        ground.base.update(_MINTED, **{"aws:tokenissuetime": ground.base["aws:currenttime"]})
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
