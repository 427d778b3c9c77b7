"""Whose key is it, and is it live? sts:GetCallerIdentity, which every working key may ask and no policy of IAM can deny.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html. That a key answers says nothing of what it may do.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from leakstop.aws.client import caller
from leakstop.aws.failures import failure, not_aws
from leakstop.aws.partitions import PARTITIONS, of_region
from leakstop.model import Verdict, show_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakstop.aws.client import Credentials, Route
    from leakstop.aws.partitions import Partition

_ARN = re.compile(r"arn:(?P<partition>[a-z-]+):(?:iam|sts)::(?P<account>\d{12}):(?P<rest>[!-~]{1,600})")


class Principal(NamedTuple):
    """Whom an ARN names. kind: user, root, role session, federated user, or "" when it is none of these."""

    kind: str
    account: str
    name: str  # of the user, the role or the federated user; "" for root
    session: str = ""  # of a role


def principal(arn: str) -> Principal:
    """The principal of an ARN as GetCallerIdentity gives it. A user's name is its last part; what stands before is a path."""
    found = _ARN.fullmatch(arn)
    if not found:
        return Principal("", "", "")
    kind, *parts = found["rest"].split("/")
    account = found["account"]
    match kind, parts:
        case "root", []:
            return Principal("root", account, "")
        case "user", [*_, name]:
            return Principal("user", account, name)
        case "assumed-role", [role, session]:
            return Principal("role session", account, role, session)
        case "federated-user", [name]:
            return Principal("federated user", account, name)
    return Principal("", account, "")


def ask(credentials: Credentials, hints: Sequence[str], route: Route) -> Verdict:
    """Whether a key is live. Asked is the partition that the route's region is in, else those hinted, else the standard one.

    A second partition is asked only if the text named it and the first does not know the key.
    """
    verdict = Verdict("unknown", "there is no partition to ask")
    for partition in _partitions(hints, route):
        verdict = _ask(credentials, partition, route)
        if verdict.state != "dead":
            break
    return verdict


def _partitions(hints: Sequence[str], route: Route) -> list[Partition]:
    if route.region:
        return [of_region(route.region)]
    return [PARTITIONS[name] for name in hints if name in PARTITIONS] or [PARTITIONS["aws"]]


def _ask(credentials: Credentials, partition: Partition, route: Route) -> Verdict:
    region = route.region or partition.region
    sts = caller("sts", credentials, region, route)
    host = urlsplit(sts.endpoint).netloc
    where = (("endpoint", host), ("time", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"))
    try:
        answer = sts.call("get_caller_identity")
    except Exception as error:  # noqa: BLE001 - whatever a library raises is an answer that says nothing
        why = failure(error, sts.seen)
        kind = "blocked" if why.kind == "denied" else why.kind
        return Verdict(kind, why.reason, where)
    arn, account = str(answer.get("Arn", "")), str(answer.get("Account", ""))
    who = principal(arn)
    if not who.account or who.account != account:
        why = not_aws(sts.seen)
        return Verdict(why.kind, why.reason, where)
    evidence = (
        ("account", account),
        ("arn", show_text(arn)),
        ("user id", show_text(str(answer.get("UserId", ""))[:300])),
        *((("kind", who.kind),) if who.kind else ()),
        *where,
    )
    if who.name.startswith("canarytokens.com@@"):
        return Verdict("canary", "a trap, which its name says: whoever laid it has now been alarmed", evidence)
    return Verdict("live", f"AWS takes it as {show_text(arn)}", evidence)
