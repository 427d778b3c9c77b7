"""`leakstop aws policy`: the restriction of a user to trusted networks, evaluated first; with --apply it is attached."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leakstop.commands import aws_live
from leakstop.commands.aws_apply import APPLYING
from leakstop.commands.aws_files import EXPOSED_AT, KEY_ID, PARTITION, POLICIES, key_id, read, user_of
from leakstop.commands.aws_trust import TRUST, trusted
from leakstop.commands.options import Command, Option, account
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from leakstop.aws.account import Organization, User
    from leakstop.aws.changes import Change
    from leakstop.aws.reader import Reader
    from leakstop.aws.restriction import Check, Plan
    from leakstop.aws.trail import Proposal

FORMS = ("text", "json", "full", "cli", "terraform", "cloudformation")  # json: the document itself; full: all about it


def run(values: Any) -> int:
    """Show the policy, or attach it."""
    from leakstop.aws import restriction
    from leakstop.commands.output import say

    if not values.user:
        raise UsageError("aws policy: --user NAME is needed")
    trust = trusted(values)
    proposal = _proposal(values)
    if proposal:
        trust = trust._replace(inside=(*trust.inside, *proposal.cidrs))
    if values.apply and not (trust.inside or trust.vpces or trust.vpcs):
        raise UsageError("aws policy: it would not be attached as it is: no network is named")
    user, organization = _user(values)
    plan = restriction.plan(user, trust, "" if values.on == "user" else values.group)
    checked = restriction.check(plan, user, organization, trust)
    if values.apply:
        return _apply(values, plan, checked)
    say(_shown(values.format, plan, checked, proposal))
    return 0


def _user(values: Any) -> tuple[User, Organization | None]:
    """The user with its policies, the real ones before anything is changed; else one who may do everything, the hardest case."""
    live = not values.authorization_details and (values.apply or aws_live.asked(values))
    if live or values.authorization_details:
        account, organization = aws_live.gather(values) if live else read(values)
        return user_of(account, values.user), organization
    from leakstop.aws.account import Policy, User

    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Assumed", "Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    arn = f"arn:{values.partition}:iam::{values.account or ''}:user/{values.user}"
    return User(values.user, arn, inline=(Policy("assumed", everything),), tags={}), None


def _proposal(values: Any) -> Proposal | None:
    """The networks that CloudTrail events tell, up to the moment of the leak."""
    if not values.cloudtrail:
        return None
    from leakstop.aws import trail

    if not values.exposed_at:
        raise UsageError(
            "--cloudtrail needs --exposed-at TIME: addresses that came after the leak may be the thief's",
            "The time of the commit that brought the key in, such as 2026-11-21T09:30:00Z.",
        )
    return trail.propose(trail.read(values.cloudtrail, key_id(values), values.user), values.exposed_at)


def _shown(form: str, plan: Plan, checked: Check, proposal: Proposal | None) -> str:
    from leakstop.aws import changes, templates
    from leakstop.aws.restriction import CAVEATS
    from leakstop.model import show_text

    warnings = [*plan.warnings, *checked.warnings]
    document = json.dumps(plan.document, indent=2) + "\n"
    commands = [change.command for change in changes.restrict(plan)]
    if form == "json":
        return document
    if form == "full":
        return json.dumps(_as_json(plan, checked, proposal, commands, warnings), indent=2) + "\n"
    marked = {
        "cli": lambda: "\n".join(commands) + "\n",
        "terraform": lambda: templates.terraform(plan),
        "cloudformation": lambda: templates.cloudformation(plan),
    }
    if form in marked:
        if warnings and form != "cloudformation":  # JSON has no comments
            return "".join(f"# {show_text(warning)}\n" for warning in warnings) + marked[form]()
        return marked[form]()
    lines = [f"{plan.user}: {checked.before.verdict} now, {checked.after.verdict} with this policy", "", document.rstrip()]
    lines += ["", "as commands", *(f"  {command}" for command in commands)]
    lines += ["", "legitimate use with it", *(f"  {way:<16} {state}" for way, state in checked.after.legitimate.items())]
    if proposal:
        lines += ["", "addresses before the leak", *map(_address, proposal.seen)]
    if warnings:
        lines += ["", "warnings", *(f"  {warning}" for warning in warnings)]
    lines += ["", "before you attach it", *(f"  {caveat}" for caveat in CAVEATS)]
    return "".join(f"{show_text(part)}\n" for line in lines for part in line.split("\n"))


def _address(seen: Any) -> str:
    fate = f"left out: {seen.verdict}" if seen.verdict else "trusted"
    return f"  {seen.address}: {seen.events} events, {seen.first[:10]} to {seen.last[:10]}; {fate}"


def _as_json(plan: Plan, checked: Check, proposal: Proposal | None, commands: list[str], warnings: list[str]) -> dict[str, Any]:
    return {
        "user": plan.user,
        "group": plan.group or None,
        "policy": plan.document,
        "commands": commands,
        "before": checked.before.verdict,
        "after": checked.after.verdict,
        "legitimate": dict(checked.after.legitimate),
        "warnings": warnings,
        "addresses": [each._asdict() for each in proposal.seen] if proposal else [],
        "endpoints": list(proposal.endpoints) if proposal else [],
    }


def _apply(values: Any, plan: Plan, checked: Check) -> int:
    """Attach it, after a confirmation; never when it would lock everybody out or leaves the key open."""
    from leakstop.aws import changes
    from leakstop.commands.aws_apply import make

    if checked.after.verdict != "restricted" or "lockout" in checked.after.notes:
        raise UsageError(f"aws policy: it would not be attached as it is: {'; '.join(checked.warnings)}")

    def made(caller: Reader) -> list[Change]:
        return changes.restrict(plan._replace(account=caller.account, partition=caller.partition))

    return make(values, plan.user, made)


COMMAND = Command(
    run,
    "Makes the policy that ties a user to trusted networks: a deny from everywhere else, for public addresses, VPC endpoints or"
    " both, on a group (preferred) or on the user. It is evaluated first: does it cover, and does legitimate use still work? With"
    " --authorization-details, or --profile, the user's real policies are evaluated with it; else a user who may do everything.",
    (
        ("leakstop aws policy --user ci --inside 203.0.113.0/24", "for one network"),
        ("leakstop aws policy --user ci --inside 203.0.113.0/24 --vpce vpce-0a1b2c3d4e5f67890 --format terraform", "as code"),
        ("leakstop aws policy --user ci --cloudtrail events.json --exposed-at 2026-11-21T09:30:00Z", "networks from CloudTrail"),
    ),
    (
        (
            "whom",
            (
                Option(("--user",), "name of the user", "NAME"),
                Option(("--on",), "where it goes: group (default) or user", "WHERE", "group", choices=("group", "user")),
                Option(("--group",), "name of the group (default: network-restricted)", "NAME", "network-restricted"),
                Option(("--account",), "number of the account, for the commands", "NUMBER", parse=account),
                PARTITION,
            ),
        ),
        TRUST,
        (
            "networks from CloudTrail",
            (
                Option(
                    ("--cloudtrail",),
                    "CloudTrail events: the answer of `lookup-events`, or a trail's log file (repeatable)",
                    "FILE",
                    (),
                    many=True,
                    completes="file",
                ),
                KEY_ID,
                EXPOSED_AT,
            ),
        ),
        ("exported files", POLICIES),
        (
            "output",
            (Option(("-f", "--format"), "form of the output (default: text)", "FORMAT", "text", choices=FORMS),),
        ),
        APPLYING,
    ),
    (0, 2, 3),
)
