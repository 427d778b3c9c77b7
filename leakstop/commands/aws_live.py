"""Policies from AWS itself: with an auditor's credentials, or with the leaked key, which is used only when it is asked for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from leakstop.commands.options import Option, url
from leakstop.errors import LeakstopError, UsageError

if TYPE_CHECKING:
    from leakstop.aws.account import Account, Organization, User
    from leakstop.aws.pasted import Given
    from leakstop.aws.reader import Reader

PROFILE = Option(("--profile",), "profile whose credentials are used", "NAME")
ROLE = Option(("--role",), "role to assume, with the credentials of the profile or the default ones", "ARN")
ENDPOINT = Option(("--aws-endpoint-url",), "send everything to this URL, not to AWS", "URL", parse=url)
FROM_AWS = (
    "or AWS itself",
    (
        PROFILE,
        ROLE,
        Option(("--leaked-key",), "use the leaked key itself, from standard input (its owner's alarms may go off)"),
        Option(("--from-env",), "use the leaked key itself, from the environment"),
        Option(("--aws-region",), "ask the endpoints of this region", "REGION"),
        ENDPOINT,
    ),
)
ROOT = "root"  # the kind of principal


def asked(values: Any) -> bool:
    """Whether the options name credentials."""
    return any(getattr(values, key, None) for key in ("profile", "role", "leaked_key", "from_env"))


def gather(values: Any) -> tuple[Account, Organization]:
    """The account with the user in question, or with all; what could not be read is marked.

    Sets `values.user` where it is the key that tells it.
    """
    from leakstop.aws import gather as gathering
    from leakstop.aws.account import Account

    reader = _reader(values)
    if _own(values):
        who = _owner(reader, values)
        values.user = who.name
        return Account(reader.account, {who.name: who}), _imposed(reader, values)
    if getattr(values, "key_id", None) and not (values.user or getattr(values, "role_name", None)):
        values.user = gathering.owner(reader, values.key_id)
        if not values.user:
            raise LeakstopError("nobody could tell whose key it is", "That needs iam:GetAccessKeyLastUsed in the key's account.")
    if getattr(values, "role_name", None):
        _there(reader, "role", values.role_name)
        role = gathering.role(reader, values.role_name)
        account = Account(reader.account, {}, roles={role.name: role})
    elif values.user:
        _there(reader, "user", values.user)
        user = gathering.user(reader, values.user)
        account = Account(reader.account, {user.name: user})
    else:
        account = gathering.account(reader)
    return account, _imposed(reader, values)


def _there(reader: Reader, kind: str, name: str) -> None:
    """LeakstopError if AWS says that there is no such user or role; one who may not ask goes on."""
    from leakstop.aws.reader import Refused

    try:
        reader.call("iam", f"get_{kind}", **{f"{kind.title()}Name": name})
    except Refused as refused:
        if refused.code == "NoSuchEntity":
            raise LeakstopError(f"there is no {kind} {name!r} in account {reader.account}") from None


def _imposed(reader: Reader, values: Any) -> Organization:
    """The organization; what of it could not be read is told, and decides only if somebody asked about it."""
    from leakstop.aws.organization import organization

    found = organization(reader, reader.account)
    return found._replace(unread=()) if found.unread and not getattr(values, "org", None) else found


def _own(values: Any) -> bool:
    """Whether the leaked key itself is to be used."""
    return bool(getattr(values, "leaked_key", None) or getattr(values, "from_env", None))


def _owner(reader: Reader, values: Any) -> User:
    """The user, or the role, that the leaked key belongs to."""
    from leakstop.aws.gather import whoever

    if reader.who.kind == ROOT:
        raise LeakstopError(
            "this is a key of the root user: no policy of the account binds it, severity critical",
            "Try: leakstop aws respond --root",
        )
    if reader.who.kind not in ("user", "role session"):
        raise LeakstopError(f"{reader.arn}: only keys of users and sessions of roles can be examined")
    if values.user and values.user != reader.who.name:
        raise UsageError(f"--user {values.user}: the key belongs to {reader.who.name}")
    return whoever(reader, reader.who, temporary=reader.temporary)


def _reader(values: Any) -> Reader:
    from leakstop.aws.client import Credentials, Route
    from leakstop.aws.reader import Reader, Refused, auditor
    from leakstop.model import Secret

    route = Route(values.aws_endpoint_url or "", getattr(values, "aws_region", None) or "")
    if not _own(values):
        return auditor(values.profile or "", values.role or "", route)
    if values.profile or values.role:
        raise UsageError("either an auditor (--profile, --role) or the leaked key, not both")
    given = _given(values)
    _no_trap(given.key_id)
    token = Secret(given.token.encode()) if given.token else None
    try:
        return Reader(Credentials(given.key_id, Secret(given.secret.encode()), token), route, route.region or "us-east-1")
    except Refused as refused:
        raise LeakstopError(f"AWS does not take the key: {refused.reason}") from None


def _given(values: Any) -> Given:
    """The key, never from the command line."""
    from leakstop.aws.pasted import find, of_environment

    found = [of_environment(os.environ)] if values.from_env else find(sys.stdin.read(1 << 20) if sys.stdin else "")
    if len(found) != 1:
        _no_key("one access key, id and secret, is expected on standard input")
    if found[0].missing():
        _no_key(f"{found[0].missing()} is missing")
    return found[0]


def _no_key(message: str) -> NoReturn:
    raise UsageError(f"the leaked key: {message}", "Give it on standard input, or in the environment with --from-env.")


def _no_trap(key_id: str) -> None:
    from leakstop.aws import keyid

    owner = keyid.canary(keyid.account_of(key_id))
    if owner:
        raise LeakstopError(f"the key is a trap ({owner}): it is not used, since that would alarm whoever laid it")
