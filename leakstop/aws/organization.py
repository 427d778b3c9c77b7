"""What an organization imposes on an account: the service control policies from its root down, as far as they can be read.

Every principal of a member account may ask whether there is an organization; its policies are readable from the management account
or a delegated administrator only. https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.aws import details
from leakstop.aws.account import SCPS, Organization, Policy
from leakstop.aws.reader import Refused

if TYPE_CHECKING:
    from leakstop.aws.reader import Reader

SCP = "SERVICE_CONTROL_POLICY"
ALL = "the service control policies of the organization"


def organization(reader: Reader, account: str) -> Organization:
    """What binds the users of an account beside its own policies. Refusals leave `levels` None, with what is missing."""
    try:
        found: dict[str, Any] = reader.call("organizations", "describe_organization")["Organization"]
    except Refused as refused:
        if refused.code == "AWSOrganizationsNotInUseException":
            return Organization((), none=True)
        reader.take(SCPS, ALL, "organizations:DescribeOrganization", lambda: _again(refused))
        return Organization(unread=reader.taken())
    name = str(found.get("Id", ""))
    if found.get("MasterAccountId") == account:
        return Organization((), name, management=True)
    if found.get("FeatureSet") == "CONSOLIDATED_BILLING":
        return Organization((), name)  # such an organization has no policies
    enabled = reader.take(SCPS, ALL, "organizations:ListRoots", lambda: _enabled(reader))
    if enabled is False:
        return Organization((), name)
    way = reader.take(SCPS, ALL, "organizations:ListParents", lambda: _way(reader, account)) if enabled else None
    if way is None:
        return Organization(None, name, unread=reader.taken())
    levels = tuple(_level(reader, target) for target in way)
    return Organization(levels, name, unread=reader.taken())


def _again(refused: Refused) -> None:
    raise refused


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


def _level(reader: Reader, target: str) -> tuple[Policy, ...]:
    """The policies attached to one root, unit or account."""
    rows = reader.take(
        SCPS,
        f"the service control policies of {target}",
        "organizations:ListPoliciesForTarget",
        lambda: reader.pages("organizations", "list_policies_for_target", "Policies", TargetId=target, Filter=SCP),
    )
    made = []
    for row in rows or ():
        answer = reader.take(
            SCPS,
            f"service control policy {row['Name']}",
            "organizations:DescribePolicy",
            lambda row=row: reader.call("organizations", "describe_policy", PolicyId=row["Id"])["Policy"],  # type: ignore[misc]
        )
        made.append(Policy(row["Name"], details.document(answer["Content"]) if answer else None, row.get("Arn", "")))
    return tuple(made)
