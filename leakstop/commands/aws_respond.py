"""`leakstop aws respond`: what to do about a leaked key, in order, each step with its commands; --apply deactivates the key."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from leakstop.commands import aws_live
from leakstop.commands.aws_apply import APPLYING
from leakstop.commands.aws_files import FILES, KEY_ID, PARTITION, ROLE_NAME, chosen, key_id, read
from leakstop.commands.options import Command, Option
from leakstop.errors import UsageError
from leakstop.model import Step

if TYPE_CHECKING:
    from leakstop.aws.account import User
    from leakstop.aws.assessment import Assessment
    from leakstop.aws.least import Suggestion

WIDTH = 110


def run(values: Any) -> int:
    """Show the plan, or deactivate the key."""
    from datetime import UTC, datetime

    from leakstop.aws import respond
    from leakstop.aws.keyid import TEMPORARY
    from leakstop.commands.output import say

    key, now = key_id(values), datetime.now(UTC)
    named = sum(map(bool, (values.user, values.role_name, values.root)))
    if named > 1 or not (named or key):
        raise UsageError("aws respond: --user NAME, --key-id ID, --role-name NAME or --root is needed")
    if values.apply:
        return _deactivate(values)
    found, least = None, None
    if values.root:
        steps = respond.root_plan()
    else:
        temporary = key.startswith(TEMPORARY)
        who, found = _whom(values, temporary=temporary)
        partition = who.partition if who else values.partition
        if values.role_name or temporary:
            steps = respond.session_plan(key, values.role_name or "", values.user or "", now, partition)
        else:
            steps = respond.plan(who, key, now, found) if who else respond.plan_by_id(key, now, partition)
            least = _suggestion(who) if who else None
    say(_shown(values.format, [*steps, *LAST], found, least))
    return 0


def _whom(values: Any, *, temporary: bool) -> tuple[User | None, Assessment | None]:
    """The user or role, with the assessment where its policies are known; None: only the key is, `temporary` if a session's."""
    from leakstop.aws.account import SESSION, User

    live = not values.authorization_details and aws_live.asked(values)
    named = values.user or values.role_name
    if (live or values.authorization_details) and (named or not temporary):  # nobody tells whose a temporary key is
        from leakstop.aws.assessment import assess

        account, organization = aws_live.gather(values) if live else read(values)
        who = chosen(account, values)
        who = who._replace(kind=SESSION) if temporary and values.user else who
        return who, assess(who, organization)
    return (User(values.user, f"arn:{values.partition}:iam:::user/{values.user}") if values.user else None), None


def _suggestion(user: User) -> Suggestion | None:
    from leakstop.aws.least import suggestion

    return suggestion(user) if user.usage else None


def _shown(form: str, steps: list[Step], found: Assessment | None, least: Suggestion | None) -> str:
    if form == "json":
        rows = [{"step": step.what, "title": step.title, "why": step.why, "commands": list(step.commands)} for step in steps]
        told = least._asdict() if least else None
        severity = {"level": found.severity.level, "reason": found.severity.reason} if found else None
        return json.dumps({"severity": severity, "steps": rows, "least_privilege": told}, indent=2) + "\n"
    from leakstop.model import show_text

    lines = [f"severity {found.severity.level}: {found.severity.reason}", ""] if found else []
    for number, step in enumerate(steps, 1):
        lines += [f"{number}. {step.title}", *textwrap.wrap(step.why, WIDTH, initial_indent="   ", subsequent_indent="   ")]
        lines += [f"     {command}" for command in step.commands]
    if least:
        lines += ["", "what the user could do without, the riskiest first", *(f"  {each}" for each in least.removed)]
        if least.blind:
            lines += ["", f"AWS tells of no single action of: {', '.join(least.blind)}. Their other rights stay."]
        if least.untracked:
            lines += ["", f"not tracked by AWS, and kept: {', '.join(least.untracked)}"]
        lines += ["", "a policy in place of all that the user has:", *json.dumps(least.policy, indent=2).splitlines()]
    return "".join(f"{show_text(line)}\n" for line in lines)


def _deactivate(values: Any) -> int:
    from leakstop.aws import changes
    from leakstop.commands.aws_apply import make

    if values.root or not values.key_id:
        raise UsageError("aws respond: --apply deactivates a user's key: --user NAME and --key-id ID are needed")
    return make(values, values.user, lambda caller: [changes.deactivate(values.user, values.key_id).within(caller.partition)])


LAST = (
    Step(
        "remove",
        "Remove it from the history, last",
        "It only spares you the next alarm: whoever has a clone has the key. Everyone has to clone again afterwards."
        " `leakstop history --format json` tells for each finding in which commit it stands.",
        ("git filter-repo --replace-text FILE-WITH-THE-VALUE",),
    ),
    Step("prevent", "Prevent the next one", "As a hook before each commit, and in CI.", ("leakstop staged", "leakstop history")),
)

COMMAND = Command(
    run,
    "Tells what to do about a leaked key, in order: deactivate, deny sessions that were minted before, look at what was done,"
    " rotate, replace, remove from the history. Each step has its commands, none of which holds the secret. Nothing is changed"
    " unless --apply is given, which deactivates the key after a confirmation and prints the command that takes it back.",
    (
        ("leakstop aws respond --user ci", "the plan"),
        ("leakstop aws respond --key-id AKIAIOSFODNN7EXAMPLE", "the plan for a key whose owner is not known yet"),
        ("leakstop aws respond --user ci --authorization-details details.json", "with the severity of this user's key"),
        ("leakstop aws respond --root", "a key of the root user"),
    ),
    (
        (
            "whose key",
            (
                Option(("--user",), "name of the user", "NAME"),
                KEY_ID,
                ROLE_NAME,
                Option(("--root",), "the root user's key"),
                PARTITION,
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
