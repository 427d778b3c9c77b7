"""What an organization imposes on an account: the service control policies from its root down, as far as they can be read.

Every principal of a member account may ask whether there is an organization; its policies are readable from the management
account or a delegated administrator only. https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.aws import details
from leakstop.aws.account import SCPS, Organization, Policy
from leakstop.aws.reader import Pieces, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leakstop.aws.reader import Reader

SCP = "SERVICE_CONTROL_POLICY"
ALL = "the service control policies of the organization"


def organization(reader: Reader, account: str) -> Organization:
    """What binds the users of an account beside its own policies. What was refused is named in `unread`."""
    pieces = Pieces(reader)
    found = pieces.take(SCPS, ALL, "organizations:DescribeOrganization", lambda: _described(reader))
    if found is None:
        return Organization(unread=tuple(pieces.unread))
    if not found:
        return Organization((), none=True)
    name = str(found.get("Id", ""))
    if found.get("MasterAccountId") == account:
        return Organization((), name, management=True)
    if found.get("FeatureSet") == "CONSOLIDATED_BILLING":
        return Organization((), name)  # such an organization has no policies
    enabled = pieces.take(SCPS, ALL, "organizations:ListRoots", lambda: _enabled(reader))
    if enabled is False:
        return Organization((), name)
    way = pieces.take(SCPS, ALL, "organizations:ListParents", lambda: _way(reader, account)) if enabled else None
    levels = [_level(pieces, target) for target in way or ()]
    known = tuple(level for level in levels if level is not None)  # a level that was not listed could forbid anything
    return Organization(known if way and len(known) == len(levels) else None, name, unread=tuple(pieces.unread))


def _described(reader: Reader) -> dict[str, Any]:
    """The organization; empty when the account is in none."""
    try:
        found: dict[str, Any] = reader.call("organizations", "describe_organization")["Organization"]
    except Refused as refused:
        if refused.code == "AWSOrganizationsNotInUseException":
            return {}
        raise
    return found


def _enabled(reader: Reader) -> bool:
    """Whether the organization uses service control policies at all."""
    roots = reader.pages("organizations", "list_roots", "Roots")
    kinds = [kind for root in roots for kind in root.get("PolicyTypes", ())]
    return any(kind.get("Type") == SCP and kind.get("Status") == "ENABLED" for kind in kinds)


def _way(reader: Reader, account: str) -> list[str]:
    """The ids from the root through the organizational units to the account."""
    way = [account]
    while not way[0].startswith("r-"):
        parents = reader.pages("organizations", "list_parents", "Parents", ChildId=way[0])
        if not parents or len(way) > 12:  # five levels of units is the most there can be
            raise Refused("unknown", "the account's place in the organization is not known", "")
        way.insert(0, parents[0]["Id"])
    return way


def _level(pieces: Pieces, target: str) -> tuple[Policy, ...] | None:
    """The policies attached to one root, unit or account; None if they could not be listed."""
    rows = pieces.take(
        SCPS,
        f"the service control policies of {target}",
        "organizations:ListPoliciesForTarget",
        lambda: pieces.reader.pages("organizations", "list_policies_for_target", "Policies", TargetId=target, Filter=SCP),
    )
    return None if rows is None else tuple(_policy(pieces.reader, row) for row in rows)


def _policy(reader: Reader, row: Mapping[str, Any]) -> Policy:
    """A listed policy; one that is not readable has no document, which says enough."""
    try:
        content = reader.call("organizations", "describe_policy", PolicyId=row["Id"])["Policy"]["Content"]
    except Refused:
        content = None
    return Policy(row["Name"], None if content is None else details.document(content), row.get("Arn", ""))
