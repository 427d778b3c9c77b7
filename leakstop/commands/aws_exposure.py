"""`leakstop aws exposure`: can an outsider use this user's key? The verdict, with its reasons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leakstop.commands import aws_live
from leakstop.commands.aws_files import FILES, KEY_ID, ROLE_NAME, chosen, key_id, read
from leakstop.commands.aws_live import FROM_AWS
from leakstop.commands.aws_trust import TRUST, trusted
from leakstop.commands.options import Command, Option
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakstop.aws.account import Unread


def run(values: Any) -> int:
    """The verdict on one user, or on all who have keys."""
    from leakstop.aws.assessment import assess, worst_first
    from leakstop.aws.bind import Parser
    from leakstop.aws.remedy import of_assessment
    from leakstop.aws.view import as_json, as_text, table
    from leakstop.commands.output import say

    key_id(values)
    live = not values.authorization_details and aws_live.asked(values)
    own = live and (values.leaked_key or values.from_env)
    if values.all and (values.user or values.role_name or values.key_id or own):
        raise UsageError("aws exposure: either one user or --all")
    if values.role_name and (values.user or own):
        raise UsageError(f"aws exposure: either --role-name or {'--user' if values.user else 'the leaked key'}")
    if not (values.user or values.role_name or values.all or own or values.key_id):
        raise UsageError("aws exposure: --user NAME, --role-name NAME or --all is needed")
    trust = trusted(values)
    account, organization = aws_live.gather(values) if live else read(values)
    if values.user or values.role_name:
        found = assess(chosen(account, values), organization, trust)
        fix = of_assessment(found, values.key_id or "", trust)
        say(json.dumps(as_json(found, fix), indent=2) + "\n" if values.format == "json" else as_text(found, fix))
        return 0
    parser = Parser()
    having = [user for user in account.users.values() if user.keys is None or user.keys]
    everybody = sorted((assess(user, organization, trust, parser=parser) for user in having), key=worst_first)
    say(json.dumps(list(map(as_json, everybody)), indent=2) + "\n" if values.format == "json" else table(everybody, account))
    return _told(account.unread)


def _told(unread: Sequence[Unread]) -> int:
    """Tells what of the account could not be read, so that nobody takes the table for everybody; the exit code."""
    from leakstop.aws.view import missing
    from leakstop.errors import LeakstopError

    if unread:
        raise LeakstopError(f"not everything was read: {'; '.join(map(missing, unread))}")
    return 0


COMMAND = Command(
    run,
    "Tells whether an outsider who has the key of a user, or of a role's session, can use it: restricted, partial, unrestricted"
    " or unknown, with the statements that make it so, what is open and from where (IPv4, IPv6, a stranger's VPC endpoint),"
    " whether legitimate use still works. It evaluates policies and does not look for templates. Without --inside and the like,"
    " what the policies list counts as legitimate.",
    (
        ("leakstop aws exposure --authorization-details details.json --user ci --inside 203.0.113.0/24", "one user, offline"),
        ("leakstop aws exposure --authorization-details details.json --role-name build", "sessions of a role"),
        ("leakstop aws exposure --authorization-details details.json --all --scp root.json", "all users"),
    ),
    (
        FILES,
        FROM_AWS,
        (
            "whom",
            (
                Option(("--user",), "name of the user", "NAME"),
                ROLE_NAME,
                KEY_ID,
                Option(("--all",), "a table of all users, worst first"),
            ),
        ),
        TRUST,
        (
            "output",
            (Option(("-f", "--format"), "form of the output (default: text)", "FORMAT", "text", choices=("text", "json")),),
        ),
    ),
    (0, 2, 3),
)
