"""The policy that ties a user to trusted networks: one deny, for public addresses, VPC endpoints, or both.

One statement, its conditions joined by "and": two statements for addresses and endpoints would shut everybody out, since no call
has both. It denies and grants nothing. It is evaluated before it is shown.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-ip.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop.aws import addresses
from leakstop.aws.account import Group, Policy, User
from leakstop.aws.exposure import RESTRICTED, examine
from leakstop.aws.vantages import BROAD, TOO_BROAD, Trust
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leakstop.aws.account import Organization
    from leakstop.aws.exposure import Exposure

NAME, GROUP = "DenyOutsideTrustedNetworks", "network-restricted"
PLACEHOLDER = "PUT-YOUR-CIDR-HERE"  # no address: AWS refuses the policy, so that it cannot be applied by mistake
# Characters without white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MANAGED_LIMIT, USER_LIMIT = 6144, 2048
_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)


class Plan(NamedTuple):
    """A restriction and where it goes: on a group that the user joins, or on the user itself."""

    user: str
    document: dict[str, Any]
    group: str  # "": on the user itself
    account: str
    partition: str
    warnings: tuple[str, ...] = ()

    @property
    def inline(self) -> bool:
        """On the user itself, where it fits; else it is a managed policy."""
        return not self.group and size(self.document) <= USER_LIMIT

    @property
    def arn(self) -> str:
        """The ARN of the managed policy."""
        return f"arn:{self.partition}:iam::{self.account or 'ACCOUNT'}:policy/{NAME}"


class Check(NamedTuple):
    """What the evaluator says of a user before and after the restriction."""

    before: Exposure
    after: Exposure
    warnings: tuple[str, ...]


def plan(user: User, trust: Trust, group: str = GROUP) -> Plan:
    """The restriction of a user to what is trusted. UsageError for addresses that cannot be meant and for too long policies."""
    for what, name in (("user", user.name), ("group", group)):
        if name and not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} cannot be the name of a {what}", "IAM names have letters, digits and + = , . @ _ -")
    cidrs, warnings = _cidrs(trust.inside)
    document = _document(cidrs, trust)
    if size(document) > MANAGED_LIMIT:
        raise UsageError(
            f"the policy has {size(document)} characters and IAM takes {MANAGED_LIMIT}", "Name fewer, wider networks (--inside)."
        )
    return Plan(user.name, document, group, user.account, user.partition, tuple(warnings))


def proposed(user: User) -> Trust:
    """The networks, endpoints and VPCs that the user's policies name already, as far as a restriction may trust them."""
    from leakstop.aws.bind import bind

    conditions = [condition for each in bind(user).everything() for condition in each.statement.conditions]
    written = {key: dict.fromkeys(value for each in conditions if each.key == key for value in each.values) for key in _KEYS}
    inside = []
    for text in written["aws:sourceip"]:
        each = addresses.parse(text)
        if each and not addresses.is_documentation([each]) and 0 < addresses.public_size(each) < BROAD[each.version]:
            inside.append(text)
    vpces, vpcs = (
        tuple(value for value in written[key] if re.fullmatch(start + r"-[0-9a-f]{8,17}", value))
        for key, start in (("aws:sourcevpce", "vpce"), ("aws:sourcevpc", "vpc"))
    )
    return Trust(tuple(inside), vpces, vpcs)


_KEYS = ("aws:sourceip", "aws:sourcevpce", "aws:sourcevpc")


def size(document: Any) -> int:
    """A document's length as IAM counts it: without white space."""
    return len(json.dumps(document, separators=(",", ":")))


def _cidrs(inside: Iterable[str]) -> tuple[list[str], list[str]]:
    """The addresses as the fewest CIDRs, and what to think about."""
    ranges, warnings = [], []
    for text in inside:
        each = addresses.parse(text)
        if each is None:
            raise UsageError(f"--inside {text}: a CIDR or an address is expected, such as 203.0.113.0/24")
        public = addresses.public_size(each)
        if not public:
            raise UsageError(
                f"--inside {text}: aws:SourceIp is never a private address",
                "Private networks reach AWS through NAT (name its public address) or a VPC endpoint (--vpce).",
            )
        if public >= TOO_BROAD[each.version]:
            raise UsageError(f"--inside {text}: so large a range holds strangers; the key would not be restricted")
        if public >= BROAD[each.version]:
            warnings.append(f"{text} is large: are all of its {public} addresses yours?")
        ranges.append(each)
    return addresses.cidrs(ranges), warnings


def _document(cidrs: Sequence[str], trust: Trust) -> dict[str, Any]:
    endpoints = {key: list(values) for key, values in (("aws:SourceVpce", trust.vpces), ("aws:SourceVpc", trust.vpcs)) if values}
    condition: dict[str, Any] = {}
    if cidrs or not endpoints:
        operator = "NotIpAddressIfExists" if endpoints else "NotIpAddress"
        condition[operator] = {"aws:SourceIp": list(cidrs) or [PLACEHOLDER]}
    if endpoints:
        condition["StringNotEqualsIfExists"] = endpoints
    condition["BoolIfExists"] = {"aws:ViaAWSService": "false"}
    statement = {"Sid": NAME, "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def check(made: Plan, user: User, organization: Organization | None, trust: Trust) -> Check:
    """Evaluate the user before and after."""
    old, new = examine(user, organization, trust), examine(attached(made, user), organization, trust)
    return Check(old, new, tuple(_warnings(made, old, new, trust)))


def attached(made: Plan, user: User) -> User:
    """The user with the restriction."""
    placed = Policy(NAME, made.document)
    if made.group:
        return user._replace(groups=(*user.groups, Group(made.group, (placed,))))
    return user._replace(inline=(*(each for each in user.inline if each.name != NAME), placed))


def _warnings(made: Plan, old: Exposure, new: Exposure, trust: Trust) -> Iterable[str]:
    if PLACEHOLDER in json.dumps(made.document):
        yield "no network is named: put yours in place of the placeholder; AWS refuses the policy as it is"
        return
    if new.verdict != RESTRICTED:
        yield f"with it the user is {new.verdict}, not restricted: {', '.join(new.notes) or 'see leakstop aws exposure'}"
    if "lockout" in new.notes:
        yield "LOCK-OUT: nothing would work from inside any more"
    for way, asked in (("inside", trust.inside), ("our-vpce", trust.vpces or trust.vpcs)):
        worked, works = old.legitimate[way], new.legitimate[way]
        if asked and worked != works:
            yield f"{way}: {worked} before, {works} after"
    if new.undo:
        yield f"the user itself can undo it: {', '.join(new.undo)}"
    if not any(":" in each for each in trust.inside) and trust.inside:
        yield "clients that come over IPv6 are denied: name their networks too, if there are any"


CAVEATS = (
    "Leave one role or user with MFA outside of it, to get back in; never attach it first to the identity that attaches it.",
    "It takes seconds to a minute until all of AWS knows it.",
    "Denied as well: the console from home or a phone, CI runners and services with changing addresses, CloudShell and Cloud9.",
)
