"""What the commands about AWS policies share: the options that name exported files, and reading them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from leakstop.commands.options import Option
from leakstop.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leakstop.aws.account import Account, Organization, User


def key_id(values: Any) -> str:
    """The id of an access key, "" when none is given. UsageError for what is none, without repeating it: it could be a secret."""
    if values.key_id and not re.fullmatch(r"[A-Z0-9]{16,32}", values.key_id):
        raise UsageError("--key-id: an access key id is expected, such as AKIA and 16 more characters")
    return values.key_id or ""


def moment(text: str) -> datetime:
    """A time; without offset it is UTC. ValueError: it is none."""
    from leakstop.aws.account import read_moment

    found = read_moment(text)
    if found is None:
        raise ValueError("a time is expected, such as 2026-11-21T09:30:00Z")
    return found


DETAILS = Option(
    ("--authorization-details",),
    "the JSON of `aws iam get-account-authorization-details`",
    "FILE",
    completes="file",
)
SCP = Option(
    ("--scp",),
    "one level of service control policies, from the root down: a JSON list of documents (repeatable)",
    "FILE",
    (),
    many=True,
    completes="file",
)
MANAGEMENT = Option(("--management-account",), "the account manages its organization: service control policies do not bind it")
REPORT = Option(
    ("--credential-report",),
    "the answer of `aws iam get-credential-report`: which keys there are, their age and use",
    "FILE",
    completes="file",
)
USED = Option(
    ("--last-accessed",),
    "the answer of `aws iam get-service-last-accessed-details` for the user",
    "FILE",
    completes="file",
)
KEY_ID = Option(("--key-id",), "id of the leaked access key (never its secret)", "ID")
ROLE_NAME = Option(("--role-name",), "the role whose temporary key leaked", "NAME")
PARTITION = Option(
    ("--partition",),
    "where the account is (default: aws)",
    "NAME",
    "aws",
    choices=("aws", "aws-cn", "aws-us-gov", "aws-eusc"),
)
EXPOSED_AT = Option(("--exposed-at",), "when the key leaked, such as 2026-11-21T09:30:00Z", "TIME", parse=moment)
POLICIES = (DETAILS, SCP, MANAGEMENT)
FILES = ("exported files", (*POLICIES, REPORT, USED))


def read(values: Any) -> tuple[Account, Organization]:
    """The account and what its organization imposes, from the files that the options name."""
    from leakstop.aws.account import Organization
    from leakstop.aws.details import read_account, read_level

    if not values.authorization_details:
        raise UsageError(
            "--authorization-details FILE is missing", "Make it with: aws iam get-account-authorization-details > details.json"
        )
    if getattr(values, "key_id", None) and not (values.user or getattr(values, "role_name", None)):
        raise UsageError("--key-id: the files do not tell whose key it is: --user NAME is needed")
    levels = tuple(read_level(file) for file in values.scp) if values.scp else None
    account = read_account(values.authorization_details)
    if getattr(values, "credential_report", None):
        from leakstop.aws.credentials import with_report

        account = with_report(account, values.credential_report)
    if getattr(values, "last_accessed", None):
        account = _with_usage(account, values.user, values.last_accessed)
    return account, Organization(levels, management=bool(values.management_account))


def _with_usage(account: Account, name: str | None, file: str) -> Account:
    from leakstop.aws.credentials import usage
    from leakstop.aws.details import load_json

    if not name:
        raise UsageError("--last-accessed belongs to one user: --user NAME is needed")
    user = user_of(account, name)._replace(usage=usage(load_json(file), file))
    return account._replace(users={**account.users, name: user})


def user_of(account: Account, name: str) -> User:
    """A user by name; UsageError with the nearest one when there is none."""
    return _named("user", account.users, name)


def chosen(account: Account, values: Any) -> User:
    """The user or the role that the options name."""
    return _named("role", account.roles, values.role_name) if values.role_name else user_of(account, values.user)


def _named(kind: str, known: Mapping[str, User], name: str) -> User:
    if name not in known:
        raise UsageError(f"there is no {kind} {name!r} in the account", nearest(name, known, ""))
    return known[name]
