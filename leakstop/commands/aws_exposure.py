"""`leakstop aws exposure`: can an outsider use this user's key? The verdict, with its reasons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leakstop.commands.aws_files import FILES, read, user_of
from leakstop.commands.options import Command, Option
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from leakstop.aws.exposure import Exposure
    from leakstop.aws.vantages import Trust

SHOWN = 8  # open actions, and lines of evidence, in text


def run(values: Any) -> int:
    """The verdict on one user, or on all."""
    from leakstop.aws.bind import Parser
    from leakstop.aws.exposure import VERDICTS, examine
    from leakstop.commands.output import say

    if bool(values.user) == bool(values.all):
        raise UsageError("aws exposure: --user NAME or --all is needed" if not values.user else "aws exposure: --user or --all")
    account, organization = read(values)
    trust = trusted(values)
    users = list(account.users.values()) if values.all else [user_of(account, values.user)]
    parser = Parser()
    found = [examine(user, organization, trust, parser=parser) for user in users]
    if values.all:
        found.sort(key=lambda each: (VERDICTS.index(each.verdict), each.user))
        say(json.dumps([as_json(each) for each in found], indent=2) + "\n" if values.format == "json" else _table(found))
    else:
        say(json.dumps(as_json(found[0]), indent=2) + "\n" if values.format == "json" else _text(found[0]))
    return 0


def trusted(values: Any) -> Trust:
    """What the options call legitimate. UsageError for what is no address."""
    from leakstop.aws import addresses
    from leakstop.aws.vantages import Trust

    for text in values.inside:
        if addresses.parse(text) is None:
            raise UsageError(f"--inside {text}: a CIDR or an address is expected, such as 203.0.113.0/24")
    for text in values.vpc_source:
        if (addresses.parse(text) or addresses.everything(4)).size != 1:
            raise UsageError(f"--vpc-source {text}: an address is expected, such as 10.0.0.9")

    return Trust(values.inside, values.vpce, values.vpc, values.vpc_source, values.org)


def as_json(each: Exposure) -> dict[str, Any]:
    """The exposure for programs; docs/aws.md describes it."""
    return {
        "user": each.user,
        "verdict": each.verdict,
        "kind": each.kind,
        "open": [{"action": one.action, "resource": one.resource, "from": one.source} for one in each.open],
        "notes": list(each.notes),
        "legitimate": dict(each.legitimate),
        "evidence": list(each.evidence),
        "unread": [{"what": one.what, "permission": one.permission, "reason": one.reason} for one in each.unread],
        "undo": list(each.undo),
    }


def _text(each: Exposure) -> str:
    from leakstop.model import show_text

    return "\n".join(map(show_text, _lines(each))) + "\n"


def _lines(each: Exposure) -> list[str]:
    from leakstop.aws.evidence import PLACES
    from leakstop.aws.notes import NOTES

    lines = [f"{each.user}: {each.verdict.upper()}", f"  {MEANINGS[each.verdict]}"]
    if each.open:
        lines += ["", "open from outside"]
        by_action: dict[tuple[str, str], list[str]] = {}
        for one in each.open:
            by_action.setdefault((one.action, one.resource), []).append(PLACES[one.source])
        for (action, resource), places in list(by_action.items())[:SHOWN]:
            lines.append(f"  {action} on {resource}, from {', '.join(places)}")
        if len(by_action) > SHOWN:
            lines.append(f"  and {len(by_action) - SHOWN} more (--format json lists them)")
    lines += ["", "legitimate use", *(f"  {WAYS[way]:<44} {state}" for way, state in each.legitimate.items())]
    lines += ["", "evidence", *(f"  {line}" for line in each.evidence[:SHOWN])]
    if len(each.evidence) > SHOWN:
        lines.append(f"  and {len(each.evidence) - SHOWN} more (--format json lists them)")
    if each.notes:
        lines += ["", "notes", *(f"  {note}: {NOTES[note]}" for note in each.notes)]
    if each.unread:
        lines += [
            "",
            "not read",
            *(f"  {one.what}" + (f": needs {one.permission}" if one.permission else "") for one in each.unread),
        ]
    return lines


def _table(found: list[Exposure]) -> str:
    from leakstop.model import show_text

    rows = [("user", "verdict", "open", "notes")]
    rows += [(show_text(each.user), each.verdict, str(len(each.open)), " ".join(each.notes)) for each in found]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip() + "\n"
        for row in rows
    )


MEANINGS = {
    "restricted": "Nothing that this user may do works from outside.",
    "partial": "Some of what this user may do works from outside, some does not.",
    "unrestricted": "Whoever has the key can use it from anywhere on the internet.",
    "unknown": "It depends on what could not be read, or on what AWS does not document.",
}
WAYS = {
    "inside": "calls from inside",
    "inside-fas": "calls of AWS services after one from inside",
    "our-vpce": "calls through an endpoint of the owner's",
    "fas-after-vpce": "calls of AWS services after one of these",
}
TRUST = (
    "what is legitimate",
    (
        Option(("--inside",), "addresses that the owner calls from, such as 203.0.113.0/24 (repeatable)", "CIDR", (), many=True),
        Option(("--vpce",), "a VPC endpoint of the owner's (repeatable)", "ID", (), many=True),
        Option(("--vpc",), "a VPC of the owner's (repeatable)", "ID", (), many=True),
        Option(
            ("--vpc-source",), "a private address that the owner calls from, inside the VPC (repeatable)", "IP", (), many=True
        ),
        Option(("--org",), "the owner's organization (repeatable)", "ID", (), many=True),
    ),
)
COMMAND = Command(
    run,
    "Tells whether an outsider who has a user's key can use it: restricted, partial, unrestricted or unknown, with the statements"
    " that make it so, what is open and from where (IPv4, IPv6, a stranger's VPC endpoint), whether legitimate use still works."
    " It evaluates the policies; it does not look for templates. Without --inside and its like, what the policies list counts as"
    " legitimate.",
    (
        ("leakstop aws exposure --authorization-details details.json --user ci --inside 203.0.113.0/24", "one user, offline"),
        ("leakstop aws exposure --authorization-details details.json --all --scp root.json", "all users"),
    ),
    (
        FILES,
        (
            "whom",
            (
                Option(("--user",), "name of the user", "NAME"),
                Option(("--all",), "a table of all users, worst first"),
            ),
        ),
        TRUST,
        (
            "output",
            (Option(("-f", "--format"), "form of the output (default: text)", "FORMAT", "text", choices=("text", "json")),),
        ),
    ),
    (0, 2),
)
