"""Can the user undo its own restriction? Asked from inside, where the restriction lets it work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.aws.account import ROLE
from leakstop.aws.bind import identity_policies
from leakstop.aws.evaluate import ALLOWED, decide, names
from leakstop.aws.vantages import INSIDE, OUR_VPCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.aws.account import Policy, User
    from leakstop.aws.outcomes import Survey

_OF_MANAGED = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")


def undoing(survey: Survey) -> tuple[str, ...]:
    """The actions that would lift a condition or a deny from the user, and that its own policies allow from inside."""
    restricting = {each.where for each in survey.binding.everything() if each.statement.conditions and each.statement.effect}
    ways = [way for where, way in _ways(survey.user) if where in restricting]
    if any(key.startswith("aws:principaltag/") for key in survey.ground.used):
        own = "Role" if survey.user.kind == ROLE else "User"
        ways += [(f"iam:Tag{own}", survey.user.arn), (f"iam:Untag{own}", survey.user.arn)]
    return tuple(dict.fromkeys(action for action, resource in ways if _works(survey, action, resource)))


def _works(survey: Survey, action: str, resource: str) -> bool:
    """Whether an action is allowed from inside or through an endpoint of the owner's."""
    numbers = [
        number
        for number, placed in enumerate(survey.placed)
        if placed.statement.conditions and not placed.statement.problem and names(placed.statement, action.lower())
    ]
    return any(
        decide(survey.binding, action, resource, survey.ground.lookup(context)).decision == ALLOWED
        for vantage, _ in survey.places(*numbers).found
        if vantage.name in (INSIDE, OUR_VPCE)
        for context in vantage.contexts
    )


def _ways(user: User) -> Iterator[tuple[str, tuple[str, str]]]:
    """For every policy of the user: where it stands, and an action with its resource that changes or removes it."""
    own = "Role" if user.kind == ROLE else "User"
    groups = {f"group {group.name}": f"arn:{user.partition}:iam::{user.account}:group/{group.name}" for group in user.groups}
    for where, policy in identity_policies(user):
        owner = where.partition(",")[0]
        target, what = (groups[owner], "Group") if owner in groups else (user.arn, own)
        if policy.arn:
            yield where, (f"iam:Detach{what}Policy", target)
            yield from ((where, way) for way in _versions(policy))
        else:
            yield where, (f"iam:Delete{what}Policy", target)
            yield where, (f"iam:Put{what}Policy", target)
        if owner in groups:
            yield where, ("iam:RemoveUserFromGroup", target)
    if user.boundary is not None:
        where = f"permissions boundary {user.boundary.name}"
        yield where, (f"iam:Delete{own}PermissionsBoundary", user.arn)
        yield where, (f"iam:Put{own}PermissionsBoundary", user.arn)
        yield from ((where, way) for way in _versions(user.boundary))


def _versions(policy: Policy) -> Iterator[tuple[str, str]]:
    if ":iam::aws:" not in policy.arn:  # nobody changes AWS's own
        yield from ((action, policy.arn) for action in _OF_MANAGED)
