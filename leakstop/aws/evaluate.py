"""Decides requests as AWS would: an explicit deny anywhere wins, then every kind of policy has to allow.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
Not seen: resource policies, session policies, resource control policies, policies of VPC endpoints.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import globs
from leakstop.aws.account import ROLE, USER
from leakstop.aws.actions import ALWAYS_ALLOWED
from leakstop.aws.bind import SCP
from leakstop.aws.conditions import UNTOLD, every, hold, some

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leakstop.aws.account import User
    from leakstop.aws.bind import Binding, Placed
    from leakstop.aws.globs import Lookup
    from leakstop.aws.operators import Truth
    from leakstop.aws.policy import Statement

ALLOWED, EXPLICIT, IMPLICIT, UNKNOWN = "allowed", "explicit-deny", "implicit-deny", "unknown"
Context = dict[str, tuple[str, ...] | None]  # lower-case key -> its values; None: not known


class Decision(NamedTuple):
    """The answer and the statements, or the missing ones, that gave it."""

    decision: str
    by: tuple[str, ...]


def decide(binding: Binding, action: str, resource: str, lookup: Lookup) -> Decision:
    """One request. `action` in any letter case, `resource` an ARN or "*"."""
    name = action.lower()
    if name in ALWAYS_ALLOWED:
        return Decision(ALLOWED, ("it needs no permission, and no policy can deny it",))

    return combine(binding, [applies(placed.statement, name, resource, lookup) for placed in binding.everything()])


def combine(binding: Binding, truths: Sequence[Truth]) -> Decision:
    """The decision from what each statement says of the request: whether it applies, or None where nobody knows.

    `truths` are in the order of `binding.everything()`.
    """
    results = iter(truths)
    denying: list[Placed] = []
    unclear: list[Placed] = []
    missing = ""
    allows: Truth = True
    allowing: list[Placed] = []
    for number, group in enumerate(binding.sets()):
        permits: Truth = False
        for placed in group:
            result = next(results)
            if result is False:
                continue
            if result is None or not placed.statement.effect:
                unclear.append(placed)
            if placed.statement.effect == "Deny":
                if result:
                    denying.append(placed)
            elif result is True and placed.statement.effect == "Allow":
                permits = True
                allowing.append(placed)
            else:
                permits = some((permits, None))
        if permits is False and not missing:
            missing = _absence(group[0] if group else None, is_identity=not number)
        allows = every((allows, permits))
    if denying:
        return Decision(EXPLICIT, tuple(placed.name for placed in denying))
    if allows is False:
        return Decision(IMPLICIT, (missing,))
    if unclear and (allows is None or any(placed.statement.effect != "Allow" for placed in unclear)):
        return Decision(UNKNOWN, tuple(dict.fromkeys(placed.name for placed in unclear)))
    return Decision(ALLOWED, tuple(dict.fromkeys(placed.name for placed in allowing)))


def _absence(first: Placed | None, *, is_identity: bool) -> str:
    if is_identity:
        return "no policy of the user or its groups allows it"
    if first is None:
        return "a level of service control policies is empty, and allows nothing"
    if first.kind == SCP:
        return f"no service control policy of level {first.level} allows it"
    return f"{first.where} does not allow it"


def applies(statement: Statement, action: str, resource: str, lookup: Lookup) -> Truth:
    """Whether a statement speaks of a request (action in lower case): its actions, resources and conditions."""
    if statement.problem:
        return None
    if not names(statement, action):
        return False
    return every((covers(statement, resource, lookup), hold(statement.conditions, lookup, variables=statement.variables)))


def names(statement: Statement, action: str) -> bool:
    """Whether the statement's Action or NotAction takes in an action (lower case)."""
    return listed(statement.actions).name(action) is not statement.except_actions


class Actions(NamedTuple):
    """Actions without wildcards, and patterns by the service that they begin with ("": a wildcard stands in it)."""

    literals: frozenset[str]
    patterns: Mapping[str, tuple[str, ...]]

    def name(self, action: str) -> bool:
        """Whether an action (lower case) is among them."""
        if action in self.literals:
            return True
        service = action.partition(":")[0]
        patterns = (*self.patterns.get(service, ()), *self.patterns.get("", ()))
        return any(globs.matches(pattern, action) for pattern in patterns)


@lru_cache(maxsize=4096)
def listed(actions: tuple[str, ...]) -> Actions:
    """The actions of a statement, prepared for many questions."""
    lowered = [action.lower() for action in actions]
    patterns: dict[str, tuple[str, ...]] = {}
    for action in lowered:
        if "*" in action or "?" in action:
            service = action.partition(":")[0]
            key = "" if "*" in service or "?" in service else service
            patterns[key] = (*patterns.get(key, ()), globs.plain(action))
    return Actions(frozenset(action for action in lowered if "*" not in action and "?" not in action), patterns)


def covers(statement: Statement, resource: str, lookup: Lookup) -> Truth:
    """Whether the statement's Resource or NotResource takes in a resource."""
    found = some(_resource(statement, pattern, resource, lookup) for pattern in statement.resources)
    if not statement.except_resources:
        return found
    return None if found is None else not found


def _resource(statement: Statement, pattern: str, resource: str, lookup: Lookup) -> Truth:
    if pattern == "*":
        return True
    if not (statement.variables and globs.has_variables(pattern)):
        return globs.matches(globs.plain(pattern), resource)
    try:
        prepared = globs.prepare(pattern, lookup)
    except globs.Unknown:
        return None
    return False if prepared is None else globs.matches(prepared, resource)


def principal(user: User) -> Context:
    """The context keys that follow from who calls: nothing else is filled in for single requests."""
    role = user.kind == ROLE
    context: Context = {
        "aws:principalarn": (user.arn,),
        "aws:principalaccount": (user.account,) if user.account else None,
        "aws:principaltype": ("AssumedRole" if role else "User",),
        "aws:username": () if role else (user.name,),
        "aws:userid": (user.id,) if user.id else None,
    }
    if user.kind != USER:
        context.update({"aws:tokenissuetime": (UNTOLD,), "aws:multifactorauthpresent": (UNTOLD,), "aws:multifactorauthage": None})
    if role:
        context.update(dict.fromkeys(_OF_ROLES))
    for key, value in (user.tags or {}).items():
        context[f"aws:principaltag/{key.lower()}"] = (value,)
    return context


# What a role's credentials may carry, and nobody but their maker knows.
_OF_ROLES = (
    *("aws:sourceidentity", "aws:federatedprovider", "aws:ec2instancesourcevpc", "aws:ec2instancesourceprivateipv4"),
    *("ec2:sourceinstancearn", "ec2:roledelivery", "lambda:sourcefunctionarn", "aws:rolesessionname"),
)


def lookup_in(context: Context, user: User) -> Lookup:
    """Looks keys up: absent ones give (), and so do tags unless they could not be read."""

    def lookup(key: str) -> tuple[str, ...] | None:
        if key in context:
            return context[key]
        return None if user.tags is None and key.startswith("aws:principaltag/") else ()

    return lookup
