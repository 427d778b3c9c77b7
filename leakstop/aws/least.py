"""What a user's policies could do without, by what was used (Access Advisor).

By service only: single actions are tracked for few services, and there without reads of data, so what was not seen may well be
in use. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.aws.bind import IDENTITY, bind
from leakstop.aws.credentials import unused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leakstop.aws.account import User
    from leakstop.aws.policy import Statement


def suggestion(user: User, now: datetime | None = None) -> dict[str, Any] | None:
    """One policy in place of all that allow: the same resources and conditions, less the services that were not used.

    None without usage data, when nothing could be left out, and when a policy was not read or is malformed.
    """
    if not user.usage:
        return None
    used = sorted({each.service for each in user.usage} - set(unused(user, now)))
    placed = [each for each in bind(user).identity if each.kind == IDENTITY]
    if any(each.statement.problem for each in placed):
        return None
    allows = [each.statement for each in placed if each.statement.effect == "Allow"]
    rows = [(statement, _kept(statement, used)) for statement in allows]
    if all(kept == list(statement.actions) for statement, kept in rows):
        return None
    return {"Version": "2012-10-17", "Statement": [_written(statement, kept) for statement, kept in rows if kept]}


def _kept(statement: Statement, used: Sequence[str]) -> list[str]:
    """The actions that belong to used services; `*` becomes those services. NotAction stays: what it leaves is hard to tell."""
    if statement.except_actions:
        return list(statement.actions)
    kept: list[str] = []
    for action in statement.actions:
        service = action.lower().partition(":")[0]
        if "*" in service or "?" in service:
            kept += [f"{each}:*" for each in used] if action in ("*", "*:*") else [action]
        elif service in used:
            kept.append(action)
    return list(dict.fromkeys(kept))


def _written(statement: Statement, actions: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"Sid": statement.sid} if statement.sid else {}
    row["Effect"] = statement.effect
    row["NotAction" if statement.except_actions else "Action"] = list(actions)
    row["NotResource" if statement.except_resources else "Resource"] = list(statement.resources)
    condition: dict[str, Any] = {}
    for each in statement.conditions:
        operator, _, key = each.shown.partition(" ")
        condition.setdefault(operator, {})[key] = list(each.values)
    return {**row, "Condition": condition} if condition else row
