"""What the commands about AWS policies share: the options that name exported files, and reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.commands.options import Option
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from leakstop.aws.account import Account, Organization, User

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
FILES = ("exported files", (DETAILS, SCP, MANAGEMENT))


def read(values: Any) -> tuple[Account, Organization]:
    """The account and what its organization imposes, from the files that the options name."""
    from leakstop.aws.account import Organization
    from leakstop.aws.details import read_account, read_level

    if not values.authorization_details:
        raise UsageError(
            "--authorization-details FILE is missing", "Make it with: aws iam get-account-authorization-details > details.json"
        )
    levels = tuple(read_level(file) for file in values.scp) if values.scp else None
    return read_account(values.authorization_details), Organization(levels, management=bool(values.management_account))


def user_of(account: Account, name: str) -> User:
    """A user by name; UsageError with the nearest one when there is none."""
    from leakstop.config import nearest

    if name not in account.users:
        raise UsageError(f"there is no user {name!r} in the account", nearest(name, account.users, ""))
    return account.users[name]
