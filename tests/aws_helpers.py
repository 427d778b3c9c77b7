"""Policies, users and exported files for the tests about AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leakstop.aws.account import Group, Organization, Policy, User
from leakstop.aws.vantages import Trust

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}:user/leaky"
ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}],
}
OFFICE = ["203.0.113.0/24"]
DIRECT = {"Bool": {"aws:ViaAWSService": "false"}}
OUTSIDE = {"NotIpAddress": {"aws:SourceIp": OFFICE}}
OURS = Trust(("203.0.113.9",), ("vpce-0aaaabbbbccccdddd",), ("vpc-0ours0000000001",), ("10.20.0.9",), ("o-ours000001",))


def statement(effect: str, action: Any = "*", resource: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    """A statement; `more` adds or replaces elements (NotAction="iam:*" goes with action=None)."""
    row = {"Effect": effect, "Action": action, "Resource": resource, "Condition": condition, **more}
    return {key: value for key, value in row.items() if value is not None}


def allow(action: Any = "*", resource: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return statement("Allow", action, resource, condition, **more)


def deny(action: Any = "*", resource: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    """A Deny statement."""
    return statement("Deny", action, resource, condition, **more)


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    """A policy document."""
    return {"Version": version, "Statement": list(statements)}


def user(*documents: Any, name: str = "leaky", **more: Any) -> User:
    """A user with inline policies p1, p2, …; tags are read and empty unless `tags` says otherwise."""
    inline = tuple(Policy(f"p{number}", each) for number, each in enumerate(documents, 1))
    fields = {"tags": {}, "id": "AIDACKCEVSQ6C2EXAMPLE", **more}
    return User(name, f"arn:aws:iam::{ACCOUNT}:user/{name}", inline=inline, **fields)


def group(name: str, *documents: Any) -> Group:
    """A group with inline policies."""
    return Group(name, tuple(Policy(f"g{number}", each) for number, each in enumerate(documents, 1)))


def organization(*levels: list[Any], **more: Any) -> Organization:
    """An organization with SCP levels from the root down."""
    placed = tuple(tuple(Policy(f"s{number}", each) for number, each in enumerate(level, 1)) for level in levels)
    return Organization(placed, **more)


def exported(*users: dict[str, Any], groups: Any = (), roles: Any = (), policies: Any = ()) -> dict[str, Any]:
    """The JSON of get-account-authorization-details."""
    rows = {"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies}
    return {name: list(each) for name, each in rows.items()}


def exported_user(name: str, *documents: Any, **more: Any) -> dict[str, Any]:
    """A row of UserDetailList."""
    return {
        "Path": "/",
        "UserName": name,
        "UserId": "AIDACKCEVSQ6C2EXAMPLE",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "CreateDate": "2024-02-01T10:00:00+00:00",
        "UserPolicyList": [{"PolicyName": f"p{number}", "PolicyDocument": each} for number, each in enumerate(documents, 1)],
        "GroupList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
        **more,
    }


def exported_role(name: str, *documents: Any, trust: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    """A row of RoleDetailList; `trust` is what anybody of the account may do with it."""
    return {
        "Path": "/",
        "RoleName": name,
        "RoleId": "AROADBQP57FF2AEXAMPLE",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "CreateDate": "2024-02-01T10:00:00+00:00",
        "AssumeRolePolicyDocument": document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": trust}),
        "RolePolicyList": [{"PolicyName": f"p{number}", "PolicyDocument": each} for number, each in enumerate(documents, 1)],
        "AttachedManagedPolicies": [],
        "Tags": [],
        **more,
    }


def write_example(folder: Path) -> None:
    """The files that the examples of help and README read."""
    guarded = {"NotIpAddress": {"aws:SourceIp": OFFICE}, **DIRECT, "Null": {"aws:SourceIp": "false"}}
    details = exported(
        exported_user("ci", document(allow(["s3:*", "lambda:*"])), document(deny(condition=guarded))),
        exported_user("deploy", document(allow("s3:*")), GroupList=["builders"]),
        roles=[exported_role("build", document(allow("s3:*")))],
        groups=[{"GroupName": "builders", "GroupPolicyList": [], "AttachedManagedPolicies": []}],
    )
    (folder / "details.json").write_text(json.dumps(details))
    for level in ("root.json", "account.json"):
        (folder / level).write_text(json.dumps([ALLOW_ALL]))
    request = {"user": "ci", "action": "s3:GetObject", "resource": "arn:aws:s3:::data/x", "context": {}}
    event = {"eventTime": "2026-11-20T09:00:00Z", "sourceIPAddress": "203.0.113.9", "userIdentity": {"userName": "ci"}}
    (folder / "events.json").write_text(json.dumps({"Records": [event]}))
    (folder / "requests.jsonl").write_text(json.dumps(request) + "\n")
