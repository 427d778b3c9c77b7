"""What a user's policies could do without, by what was used (Access Advisor): one policy that keeps what was, and no more.

AWS tells when a service was last used, and for most services when each tracked action was. Reads and writes of data are not
tracked, nor is iam:PassRole; for some services no action is. Where nothing is known a right is kept, but for rights that lead to
more rights and such that list names: those go first.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop.aws import globs
from leakstop.aws.actions import LISTING, known, of_group
from leakstop.aws.bind import IDENTITY, bind
from leakstop.aws.credentials import OLD, days, unused
from leakstop.aws.escalation import PATHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from leakstop.aws.account import User
    from leakstop.aws.policy import Statement

# Actions on data, which are not tracked: what a wildcard of a used service keeps beside the tracked actions that were used.
DATA = (
    *("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging", "s3:PutObjectTagging"),
    *("s3:AbortMultipartUpload", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"),
    *("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "sqs:SendMessage"),
    *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sns:Publish", "kinesis:GetRecords", "kinesis:PutRecord"),
    *("kinesis:PutRecords", "lambda:InvokeFunction", "logs:PutLogEvents", "kms:Decrypt", "kms:Encrypt"),
    *("kms:GenerateDataKey", "execute-api:Invoke", "bedrock:InvokeModel", "rds-data:ExecuteStatement"),
)
SID = "GoesFirst"


class Suggestion(NamedTuple):
    """A policy in place of all that the user has, and what to know of it."""

    policy: dict[str, Any]
    removed: tuple[str, ...]  # what goes, with the reason; the riskiest first
    blind: tuple[str, ...]  # used services of which AWS tells no action: their rights stay as they are
    untracked: tuple[str, ...]  # actions that stay since AWS does not track them


class _Use(NamedTuple):
    """A service that was used: its tracked actions (lower case), and those of them that were used."""

    tracked: frozenset[str]
    used: frozenset[str]


def suggestion(user: User, now: datetime | None = None) -> Suggestion | None:
    """The policy that keeps the same resources and conditions, less what was not used within OLD days. Denies stay.

    None without usage data, when nothing could be left out, and when a policy was not read or is malformed.
    """
    if not user.usage:
        return None
    placed = [each.statement for each in bind(user).identity if each.kind == IDENTITY]
    if any(each.problem for each in placed):
        return None
    work = _Work(user, now)
    allows = [(each, work.kept(each)) for each in placed if each.effect == "Allow"]
    if not work.removed:
        return None
    rows = [_written(each, kept) for each, kept in allows if kept]
    rows += [_written(each, list(each.actions)) for each in placed if each.effect == "Deny"]
    if work.denied:
        rows.append({"Sid": SID, "Effect": "Deny", "Action": list(work.denied), "Resource": "*"})
    return Suggestion(
        {"Version": "2012-10-17", "Statement": rows},
        tuple(f"{name}: {why}" for name, why in sorted(work.removed.items(), key=lambda row: _rank(row[0]))),
        tuple(sorted(work.blind)),
        tuple(sorted(work.untracked)),
    )


class _Work:
    """Goes through the statements and notes what it leaves out and what it could not judge."""

    def __init__(self, user: User, now: datetime | None) -> None:
        idle = set(unused(user, now))
        rows = [each for each in user.usage or () if each.service not in idle]
        self._uses = {each.service: _use(each.service, each.actions, now) for each in rows}
        self.removed: dict[str, str] = {}
        self.denied: dict[str, None] = {}
        self.blind: set[str] = set()
        self.untracked: set[str] = set()

    def kept(self, statement: Statement) -> list[str]:
        """The actions of an allow that were used, or may have been."""
        excepted = [globs.plain(action.lower()) for action in statement.actions] if statement.except_actions else []
        if any(self._cuts(each) for each in excepted):
            return list(statement.actions)  # what is left cannot be written without NotAction
        patterns = ["*:*"] if statement.except_actions else statement.actions
        found = dict.fromkeys(action for pattern in patterns for action in self._of_pattern(pattern))
        return [action for action in found if not any(globs.matches(each, action.lower()) for each in excepted)]

    def _cuts(self, excepted: str) -> bool:
        """Whether an exception takes a part, not all, of a service of which AWS tells no action."""
        service, _, name = excepted.partition(":")
        return name.strip(globs.STAR) != "" and any(
            use is None and globs.matches(service, each) for each, use in self._uses.items()
        )

    def _of_pattern(self, pattern: str) -> Iterator[str]:
        service, _, name = (pattern if pattern.strip("*") else "*:*").partition(":")
        prepared = globs.plain(service.lower())
        mine = [each for each in self._uses if globs.matches(prepared, each)]
        if not mine or "*" in service or "?" in service:
            self.removed[pattern] = f"not used for {OLD} days" if not mine else "only what was used of it stays"
        for each in mine:
            yield from self._of_service(each, name)

    def _of_service(self, service: str, name: str) -> Iterator[str]:
        """What stays of a pattern of names within one used service."""
        action, use = f"{service}:{name}", self._uses[service]
        prepared = globs.plain(action.lower())
        wild = "*" in name or "?" in name
        if use is None:
            self.blind.add(service)
            risky = [each for each in RISKY if globs.matches(prepared, each.lower())]
            for each in risky:
                self.removed[each] = "AWS does not tell whether it was used, and it goes first"
                if wild:
                    self.denied[each] = None
            if wild or not risky:
                yield action
        elif wild:
            yield from (f"{service}:{_name(each)}" for each in sorted(use.used) if globs.matches(prepared, each.lower()))
            data = [each for each in DATA if globs.matches(prepared, each.lower()) and each.lower() not in use.tracked]
            self.untracked.update(data)
            yield from data
            self.removed.setdefault(action, "only what was used of it stays")
        elif action.lower() in {each.lower() for each in use.used}:
            yield action
        elif action.lower() in use.tracked:
            self.removed[action] = f"not used for {OLD} days"
        elif action in RISKY:
            self.removed[action] = "AWS does not track it, and it goes first"
        else:
            self.untracked.add(action)
            yield action


def _use(service: str, actions: Iterable[tuple[str, str]], now: datetime | None) -> _Use | None:
    """None: AWS tells of no action of the service."""
    rows = [(f"{service}:{name}", last) for name, last in actions]
    if not rows:
        return None
    recent = frozenset(name for name, last in rows if (age := days(last, now)) is not None and age <= OLD)
    return _Use(frozenset(name.lower() for name, _ in rows), recent)


def _name(action: str) -> str:
    return action.partition(":")[2]


# Ways to more rights, then what lists names: the first to go, in this order.
_ROUTES = ("iam:PassRole", *(action for path in PATHS for action in path.actions))
RISKY = tuple(each for each in dict.fromkeys((*_ROUTES, *(each.name for each in of_group(LISTING)))) if each not in DATA)


def _rank(name: str) -> tuple[int, str]:
    return (RISKY.index(name) if name in RISKY else len(known()) + len(RISKY), name)


def _written(statement: Statement, actions: Sequence[str]) -> dict[str, Any]:
    negated = statement.except_actions and list(actions) == list(statement.actions)
    row: dict[str, Any] = {"Sid": statement.sid} if statement.sid else {}
    row["Effect"] = statement.effect
    row["NotAction" if negated else "Action"] = list(actions)
    row["NotResource" if statement.except_resources else "Resource"] = list(statement.resources)
    condition: dict[str, Any] = {}
    for each in statement.conditions:
        operator, _, key = each.shown.partition(" ")
        condition.setdefault(operator, {})[key] = list(each.values)
    return {**row, "Condition": condition} if condition else row
