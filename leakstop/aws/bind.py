"""All that binds a user, as placed statements: identity policies of the user and its groups, the boundary, SCP levels.

What could not be read stands among them as a statement of unknown effect, so that it makes unknown exactly what it could decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import managed
from leakstop.aws.account import BOUNDARY, GROUPS, POLICIES, SCPS, TAGS, Unread
from leakstop.aws.policy import Statement, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.aws.account import Organization, Policy, User

DECISIVE = (POLICIES, GROUPS, BOUNDARY, TAGS, SCPS)
IDENTITY, BOUND, SCP = "identity", "boundary", "scp"
UNREAD = "could not be read"


class Placed(NamedTuple):
    """A statement and where it stands."""

    statement: Statement
    where: str  # "group ops, inline policy net"
    kind: str  # IDENTITY, BOUND or SCP
    level: int = 0  # of an SCP, 1 is the root

    @property
    def name(self) -> str:
        """For evidence."""
        trouble = f" - {self.statement.problem}" if self.statement.problem else ""
        return f"{self.where}{'' if self.statement.problem == UNREAD else f', {self.statement.name}'}{trouble}"


class Binding(NamedTuple):
    """The policies that decide what a user may do. All must allow; one deny anywhere is enough."""

    identity: tuple[Placed, ...]
    boundary: tuple[Placed, ...] | None  # None: there is none
    levels: tuple[tuple[Placed, ...], ...]  # of SCPs

    def sets(self) -> tuple[tuple[Placed, ...], ...]:
        """Each set has to allow."""
        return (self.identity, *(() if self.boundary is None else (self.boundary,)), *self.levels)

    def everything(self) -> tuple[Placed, ...]:
        """All statements, wherever they stand."""
        return tuple(placed for group in self.sets() for placed in group)


class Parser:
    """Parses each document once: thousands of users share their managed policies."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[object, tuple[Statement, ...]]] = {}

    def statements(self, policy: Policy) -> tuple[Statement, ...]:
        """The statements of a policy; for one of AWS's own, of its known document when the file lacks it."""
        document = policy.document
        if document is None:
            return managed.statements(policy.arn) or (Statement("", problem=UNREAD),)
        seen = self._seen.get(id(document))
        if seen is None:
            seen = self._seen[id(document)] = (document, statements(document))  # held, so that its id stays its own
        return seen[1]


def bind(user: User, organization: Organization | None = None, parser: Parser | None = None) -> Binding:
    """What binds a user. SCPs do not bind users of the management account."""
    parser = parser or Parser()
    identity = [
        Placed(statement, where, IDENTITY) for where, policy in identity_policies(user) for statement in parser.statements(policy)
    ]
    identity += [_unknown(each, IDENTITY) for each in user.unread if each.part in (POLICIES, GROUPS)]
    boundary: tuple[Placed, ...] | None = tuple(_unknown(each, BOUND) for each in user.unread if each.part == BOUNDARY) or None
    if user.boundary is not None:
        where = f"permissions boundary {user.boundary.name}"
        boundary = tuple(Placed(statement, where, BOUND) for statement in parser.statements(user.boundary))
    return Binding(tuple(identity), boundary, _levels(organization, parser))


def identity_policies(user: User) -> Iterator[tuple[str, Policy]]:
    """Every policy of the user and its groups, with the way it is attached."""
    owners = [(user.owner, user.inline, user.attached)]
    owners += [(f"group {group.name}", group.inline, group.attached) for group in user.groups]
    for owner, inline, attached in owners:
        for policy in inline:
            yield f"{owner}, inline policy {policy.name}", policy
        for policy in attached:
            yield f"{owner}, managed policy {policy.name}", policy


def unread(user: User, organization: Organization | None = None) -> tuple[Unread, ...]:
    """Everything that could decide and was not read, each once."""
    found = [each for each in user.unread if each.part in DECISIVE]
    policies = list(identity_policies(user))
    if user.boundary is not None:
        policies.append((f"permissions boundary {user.boundary.name}", user.boundary))
    for where, policy in policies:
        if policy.document is None and not managed.known(policy.arn):
            permission = "iam:GetPolicyVersion" if policy.arn else f"iam:Get{where.partition(' ')[0].title()}Policy"
            if not any(policy.name in each.what for each in found):
                found.append(Unread(POLICIES, where, permission))
    if organization and not organization.management:
        found += organization.unread
        levels = enumerate(organization.levels or (), 1)
        found += [
            Unread(SCPS, f"service control policy {policy.name} (level {number})", "organizations:DescribePolicy")
            for number, level in levels
            for policy in level
            if policy.document is None
        ]
    return tuple(dict.fromkeys(found))


def _levels(organization: Organization | None, parser: Parser) -> tuple[tuple[Placed, ...], ...]:
    if organization is None or organization.management or organization.none:
        return ()
    levels = [
        tuple(
            Placed(statement, f"service control policy {policy.name} (level {number})", SCP, number)
            for policy in level
            for statement in parser.statements(policy)
        )
        for number, level in enumerate(organization.levels or (), 1)
    ]
    hidden = tuple(_unknown(each, SCP) for each in organization.unread if each.part == SCPS)
    return (*levels, hidden) if hidden else tuple(levels)


def _unknown(unread: Unread, kind: str) -> Placed:
    return Placed(Statement("", problem=UNREAD), unread.what, kind)
