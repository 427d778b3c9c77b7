"""What a user may do, rated: administrator, ways to more rights, sensitive reads, listing, destructive and costly rights.

Rated are the effective rights: identity policies within boundary and SCPs, less unconditional denies. Conditions on the network
are left aside, since they are judged by the exposure; all other conditions are met where the caller can meet them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import actions as table
from leakstop.aws.account import ROLE, USER
from leakstop.aws.bind import Binding, Placed, bind
from leakstop.aws.conditions import every, hold
from leakstop.aws.escalation import PATHS, Path
from leakstop.aws.evaluate import ALLOWED, UNKNOWN, combine, decide, names
from leakstop.aws.notes import NETWORK_KEYS
from leakstop.aws.probes import classes
from leakstop.aws.vantages import Ground, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakstop.aws.account import Organization, User
    from leakstop.aws.bind import Parser

LEVELS = ("none", "low", "medium", "high", "critical")
WIDE, SCOPED = "all resources", "some resources"
_LEFT_ASIDE = {*NETWORK_KEYS, "aws:viaawsservice", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast"}
# The action that lists the names which a read needs.
LISTS = {
    "s3:GetObject": "s3:ListBucket",
    "secretsmanager:GetSecretValue": "secretsmanager:ListSecrets",
    "ssm:GetParameter": "ssm:DescribeParameters",
    "dynamodb:GetItem": "dynamodb:ListTables",
    "lambda:GetFunction": "lambda:ListFunctions",
    "sqs:ReceiveMessage": "sqs:ListQueues",
    "kms:Decrypt": "kms:ListKeys",
}


class Privileges(NamedTuple):
    """The rating of what a user may do."""

    level: str  # one of LEVELS
    administrator: bool
    reasons: tuple[str, ...]  # why the level, the weightiest first
    paths: tuple[Path, ...]  # ways to more rights that are open
    rights: dict[str, dict[str, str]]  # group of the action table -> action -> WIDE or SCOPED
    uncertain: bool  # something unread could add rights or take them


def rate(user: User, organization: Organization | None = None, parser: Parser | None = None) -> Privileges:
    """The rating of a user; of root: see severity."""
    whole = bind(user, organization, parser)
    binding = _without_network(_read(whole))
    ground = Ground(binding.everything(), user, organization, Trust())
    found, unclear = _allowed(binding, ground)
    uncertain = unclear or len(binding.everything()) < len(_without_network(whole).everything())
    rights: dict[str, dict[str, str]] = {}
    for each in table.known().values():
        if each.name in found:
            rights.setdefault(each.group, {})[each.name] = _scope(each, found[each.name], user)
    administrator = _is_administrator(binding, ground)
    paths = tuple(path for path in PATHS if _is_open(path, found, binding, ground))
    reasons = sorted(_reasons(administrator, paths, rights, found, user), key=lambda row: -LEVELS.index(row[0]))
    level = reasons[0][0] if reasons else "none"
    return Privileges(level, administrator, tuple(reason for _, reason in reasons), paths, rights, uncertain)


def _read(binding: Binding) -> Binding:
    """The binding less what could not be read or is malformed: that could give rights and take them, and is told apart."""

    def kept(group: Iterable[Placed]) -> tuple[Placed, ...]:
        return tuple(placed for placed in group if placed.statement.effect and not placed.statement.problem)

    boundary = None if binding.boundary is None else kept(binding.boundary)
    if binding.boundary and not boundary:
        boundary = None  # it is not known what it leaves
    return Binding(kept(binding.identity), boundary, tuple(kept(level) for level in binding.levels if kept(level) or not level))


def _without_network(binding: Binding) -> Binding:
    """The binding less denies about the network, and allows less their conditions about it."""

    def kept(group: Iterable[Placed]) -> tuple[Placed, ...]:
        rows = []
        for placed in group:
            statement = placed.statement
            about = {condition.key for condition in statement.conditions} & _LEFT_ASIDE
            if about and statement.effect == "Deny":
                continue
            left = tuple(condition for condition in statement.conditions if condition.key not in _LEFT_ASIDE)
            rows.append(placed._replace(statement=statement._replace(conditions=left)) if about else placed)
        return tuple(rows)

    boundary = None if binding.boundary is None else kept(binding.boundary)
    return Binding(kept(binding.identity), boundary, tuple(map(kept, binding.levels)))


def _allowed(binding: Binding, ground: Ground) -> tuple[dict[str, set[str]], bool]:
    """Action of the table -> resources that it works on; and whether something unread could change them."""
    placed = binding.everything()
    found: dict[str, set[str]] = {}
    uncertain = False
    for probes in classes(binding, ground.user, ground.lookup(ground.base)):
        numbers = [number for number, match in enumerate(probes.matches) if match is not False]
        decisions = set()
        for context in ground.about([placed[number] for number in numbers]).chosen():
            truths = list(probes.matches)
            for number in numbers:
                statement = placed[number].statement
                met = hold(statement.conditions, ground.lookup(context), variables=statement.variables)
                truths[number] = every((truths[number], met))
            decisions.add(combine(binding, truths).decision)
        uncertain = uncertain or UNKNOWN in decisions
        if ALLOWED in decisions:
            for actions, resource in probes.parts:
                if actions[0].lower() in table.known():  # of others nobody here knows what they are good for
                    for action in actions:
                        found.setdefault(action, set()).add(resource)
    return found, uncertain


def _scope(known: table.Known, resources: set[str], user: User) -> str:
    return WIDE if not known.kind or _example(known, user) in resources else SCOPED


def _example(known: table.Known, user: User) -> str:
    return table.KINDS[known.kind].format(p=user.partition, a=user.account) if known.kind else "*"


def _is_administrator(binding: Binding, ground: Ground) -> bool:
    """Whether everything is allowed, in IAM and in a service that nobody has written into a policy."""
    actions = ("iam:Anything", "leakstop:Anything")
    about = [
        each
        for each in binding.everything()
        if not each.statement.problem and any(names(each.statement, action.lower()) for action in actions)
    ]
    return any(
        all(decide(binding, action, "*", ground.lookup(context)).decision == ALLOWED for action in actions)
        for context in ground.about(about).chosen()
    )


def _is_open(path: Path, found: dict[str, set[str]], binding: Binding, ground: Ground) -> bool:
    role = ground.user.kind == ROLE
    if (path.role and not role) or not all(action in found for action in path.actions):
        return False
    first = table.known()[path.actions[0].lower()]
    if first.kind == "user" and not path.own and found[first.name] <= {ground.user.arn}:
        return False  # on oneself it is no way to more rights
    if path.own and first.kind in (USER, ROLE) and not found[first.name] & {ground.user.arn, _example(first, ground.user)}:
        return False
    if "boundary" in path.needs and ground.user.boundary is None:
        return False
    return not path.passes or _passes(path.passes, found.get("iam:PassRole", set()), binding, ground)


def _passes(service: str, roles: set[str], binding: Binding, ground: Ground) -> bool:
    """Whether some role may be passed to a service."""
    context = {**ground.base, "iam:passedtoservice": (service,)}
    return any(decide(binding, "iam:PassRole", role, ground.lookup(context)).decision == ALLOWED for role in sorted(roles))


def _reasons(
    administrator: bool,
    paths: Iterable[Path],
    rights: dict[str, dict[str, str]],
    found: dict[str, set[str]],
    user: User,
) -> Iterable[tuple[str, str]]:
    """Each with the level that it asks for."""
    if administrator:
        yield "critical", "administrator: every action on every resource"
    for path in paths:
        named = " + ".join((*(("iam:PassRole",) if path.passes else ()), *path.actions))
        wide = all(_scope(table.known()[action.lower()], found[action], user) == WIDE for action in path.actions)
        sure = (wide or path.own) and not path.needs
        yield ("critical" if sure else "high"), f"{named}: {path.effect}" + (f" (needs {path.needs})" if path.needs else "")
    for action, scope in rights.get(table.DATA, {}).items():
        lists = LISTS.get(action)
        listed = lists is not None and lists in found
        if scope == WIDE:
            yield "high", f"{action} on all resources"
        elif listed:
            yield "high", f"{action} on some resources, and {lists} gives their names"
        else:
            yield "medium", f"{action} on some resources"
    for group in (table.CREDENTIALS, table.PERSISTENCE, table.DESTRUCTIVE, table.COSTLY, table.EXPOSING, table.EVADING):
        for action, scope in rights.get(group, {}).items():
            yield ("high" if scope == WIDE or group == table.PERSISTENCE else "medium"), f"{group}: {action} on {scope}"
    for group in (table.CONTROL, table.LISTING):
        for action in rights.get(group, {}):
            yield "low", f"{group}: {action}"
