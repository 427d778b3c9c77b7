"""Which statements make the verdict: for each one that looks at who calls from where, what it does to outsiders and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.aws.account import ROLE, USER
from leakstop.aws.conditions import holds
from leakstop.aws.vantages import ATTACKS, IPV4, IPV6, VPCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leakstop.aws.bind import Placed
    from leakstop.aws.outcomes import Survey

PLACES = {IPV4: "the IPv4 internet", IPV6: "the IPv6 internet", VPCE: "a stranger's VPC endpoint"}


def of(survey: Survey, undo: Sequence[str]) -> Iterator[str]:
    """Sentences, one a statement."""
    for number, placed in enumerate(survey.binding.everything()):
        statement = placed.statement
        if not statement.effect or statement.problem:
            yield f"{placed.where}, {statement.name}: {statement.problem}: what it does is unknown"
        elif statement.conditions or statement.effect == "Deny":
            yield _conditional(survey, number, placed)
        else:
            yield f"{placed.name}: allows {_scope(placed)} from anywhere"
    for number, level in enumerate(survey.binding.levels, 1):
        if not level:
            yield f"service control policies, level {number}: there is none, so nothing is allowed"
    if undo:
        yield f"the {ROLE if survey.user.kind == ROLE else USER} itself may undo this from inside: {', '.join(undo)}"


def _conditional(survey: Survey, number: int, placed: Placed) -> str:
    verb = "denies" if placed.statement.effect == "Deny" else "allows"
    if not placed.statement.conditions:
        return f"{placed.name}: {verb} {_scope(placed)} from anywhere"
    applies = {name: survey.holding(number, name) for name in ATTACKS}
    full = [PLACES[name] for name in ATTACKS if applies[name] == {True}]
    parts = []
    if full:
        parts.append(f"{verb} {_scope(placed)} from {_listed(full)}")
    for name in ATTACKS:
        if applies[name] and applies[name] != {True}:
            word = (
                "unknown from"
                if None in applies[name]
                else "does not apply to all of"
                if True in applies[name]
                else "does not apply to"
            )
            parts.append(f"{word} {PLACES[name]} ({_reason(survey, number, placed, name)})")
    return f"{placed.name}: " + "; ".join(parts or ["applies nowhere"])


def _reason(survey: Survey, number: int, placed: Placed, name: str) -> str:
    """The conditions that do not hold there."""
    for vantage, _ in survey.places(number).found:
        for context in vantage.contexts if vantage.name == name else ():
            lookup = survey.ground.lookup(context)
            variables = placed.statement.variables
            results = [(each, holds(each, lookup, variables=variables)) for each in placed.statement.conditions]
            failing = [f"{each.shown} is not met" for each, truth in results if truth is False]
            unclear = [f"{each.shown} cannot be told" for each, truth in results if truth is None]
            if failing or unclear:
                shown = "; ".join(failing or unclear)
                return f"{vantage.sample}: {shown}" if vantage.name != VPCE else shown
    return "unclear"


def _scope(placed: Placed) -> str:
    statement = placed.statement
    actions, resources = _some(statement.actions), _some(statement.resources)
    return (f"all but {actions}" if statement.except_actions else actions) + (
        f" on all but {resources}" if statement.except_resources else "" if resources == "*" else f" on {resources}"
    )


def _some(texts: Sequence[str]) -> str:
    return ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "") if texts else "nothing"


def _listed(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
