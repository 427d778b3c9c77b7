"""`leakstop aws respond`: what to do about a leaked key, in order, each step with its commands; --apply deactivates the key."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from leakstop.commands.aws_apply import APPLYING
from leakstop.commands.aws_files import FILES, KEY_ID, key_id, read, user_of
from leakstop.commands.options import Command, Option
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from leakstop.aws.account import User
    from leakstop.aws.assessment import Assessment
    from leakstop.aws.respond import Step

WIDTH = 110


def run(values: Any) -> int:
    """Show the plan, or deactivate the key."""
    from datetime import UTC, datetime

    from leakstop.aws import respond
    from leakstop.commands.output import say

    if bool(values.user) == bool(values.root):
        raise UsageError("aws respond: --user NAME or --root is needed")
    key = key_id(values)
    if values.apply:
        return _deactivate(values)
    if values.root:
        say(_shown(values.format, respond.root_plan(), None, None))
        return 0
    user, found = _user(values)
    steps = respond.plan(user, key, datetime.now(UTC), found)
    say(_shown(values.format, steps, found, _suggestion(user)))
    return 0


def _user(values: Any) -> tuple[User, Assessment | None]:
    """The user, with the assessment where its policies are known."""
    if values.authorization_details:
        from leakstop.aws.assessment import assess

        account, organization = read(values)
        user = user_of(account, values.user)
        return user, assess(user, organization)
    from leakstop.aws.account import User

    return User(values.user, f"arn:aws:iam:::user/{values.user}"), None


def _suggestion(user: User) -> dict[str, Any] | None:
    from leakstop.aws.least import suggestion

    return suggestion(user) if user.usage else None


def _shown(form: str, steps: list[Step], found: Assessment | None, least: dict[str, Any] | None) -> str:
    if form == "json":
        rows = [{"title": step.title, "why": step.why, "commands": list(step.commands)} for step in steps]
        severity = {"level": found.severity.level, "reason": found.severity.reason} if found else None
        return json.dumps({"severity": severity, "steps": rows, "least_privilege": least}, indent=2) + "\n"
    from leakstop.model import show_text

    lines = [f"severity {found.severity.level}: {found.severity.reason}", ""] if found else []
    for number, step in enumerate(steps, 1):
        lines += [f"{number}. {step.title}", *textwrap.wrap(step.why, WIDTH, initial_indent="   ", subsequent_indent="   ")]
        lines += [f"     {command}" for command in step.commands]
    if least:
        lines += ["", "a policy without the unused services:", *json.dumps(least, indent=2).splitlines()]
    return "".join(f"{show_text(line)}\n" for line in lines)


def _deactivate(values: Any) -> int:
    from leakstop.aws import changes
    from leakstop.commands.aws_apply import make

    if values.root or not values.key_id:
        raise UsageError("aws respond: --apply deactivates a user's key: --user NAME and --key-id ID are needed")
    return make(values, values.user, lambda _: [changes.deactivate(values.user, values.key_id)])


COMMAND = Command(
    run,
    "Tells what to do about a leaked key, in order: deactivate, deny sessions that were minted before, look at what was done,"
    " rotate, replace, remove from the history. Each step has its commands, none of which holds the secret. Nothing is changed"
    " unless --apply is given, which deactivates the key after a confirmation and prints the command that takes it back.",
    (
        ("leakstop aws respond --user ci", "the plan"),
        ("leakstop aws respond --user ci --authorization-details details.json", "with the severity of this user's key"),
        ("leakstop aws respond --root", "a key of the root user"),
    ),
    (
        (
            "whose key",
            (
                Option(("--user",), "name of the user", "NAME"),
                KEY_ID,
                Option(("--root",), "the root user's key"),
            ),
        ),
        FILES,
        (
            "output",
            (Option(("-f", "--format"), "form of the output (default: text)", "FORMAT", "text", choices=("text", "json")),),
        ),
        APPLYING,
    ),
    (0, 2, 3),
)
