"""Exported authorization details become records; what is missing is marked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from leakstop.aws.account import GROUPS, TAGS, Policy
from leakstop.aws.details import account, document, read_account, read_level
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ARN = "arn:aws:iam::111122223333:policy/net"
DETAILS = {
    "UserDetailList": [
        {
            "UserName": "ada",
            "Arn": "arn:aws:iam::111122223333:user/team/ada",
            "UserId": "AIDACKCEVSQ6C2EXAMPLE",
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": quote(json.dumps(DOCUMENT))}],
            "GroupList": ["ops", "gone"],
            "AttachedManagedPolicies": [
                {"PolicyName": "net", "PolicyArn": ARN},
                {"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
            ],
            "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": ARN},
            "Tags": [{"Key": "team", "Value": "red"}],
        },
        {"UserName": "bob", "Arn": "arn:aws-cn:iam::111122223333:user/bob"},
    ],
    "GroupDetailList": [{"GroupName": "ops", "GroupPolicyList": [{"PolicyName": "g", "PolicyDocument": DOCUMENT}]}],
    "Policies": [
        {
            "Arn": ARN,
            "DefaultVersionId": "v2",
            "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Statement": []}},
                {"VersionId": "v2", "IsDefaultVersion": True, "Document": DOCUMENT},
            ],
        }
    ],
}


def test_a_user_with_everything():
    ada = account(DETAILS, "f").users["ada"]
    assert ada.inline == (Policy("own", DOCUMENT),)
    assert [(policy.name, policy.document) for policy in ada.attached] == [("net", DOCUMENT), ("AdministratorAccess", None)]
    assert [group.name for group in ada.groups] == ["ops"]
    assert ada.groups[0].inline == (Policy("g", DOCUMENT),)
    assert ada.boundary == Policy("net", DOCUMENT, ARN)
    assert ada.tags == {"team": "red"}
    assert (ada.account, ada.partition) == ("111122223333", "aws")
    assert [(each.part, "gone" in each.what) for each in ada.unread] == [(GROUPS, True)]


def test_what_is_not_in_the_file_is_unread():
    bob = account(DETAILS, "f").users["bob"]
    assert bob.tags is None
    assert [(each.part, each.permission) for each in bob.unread] == [(TAGS, "iam:ListUserTags")]
    assert bob.partition == "aws-cn"


def test_pages_belong_together():
    assert set(account([DETAILS, {"UserDetailList": [{"UserName": "cyd"}]}], "f").users) == {"ada", "bob", "cyd"}


def test_one_page_of_several_is_told():
    assert account({**DETAILS, "IsTruncated": True}, "f").unread


@pytest.mark.parametrize(
    "form", [DOCUMENT, json.dumps(DOCUMENT), quote(json.dumps(DOCUMENT))], ids=["JSON", "text", "URL-encoded"]
)
def test_forms_of_a_document(form):
    assert document(form) == DOCUMENT


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "x.json:1:2: this is not JSON"),
        ("{}", "UserDetailList is missing"),
        ("[]", "UserDetailList is missing"),
        ('{"UserDetailList": [1]}', "UserDetailList is not a list of objects"),
        ('{"UserDetailList": [{}]}', "UserDetailList has a row without UserName"),
        ("\ud800", "UTF-8"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_no_authorization_details(tmp_path: Path, content: str, message: str):
    file = tmp_path / "x.json"
    file.write_text(content, errors="surrogatepass")
    with pytest.raises(UsageError, match=message):
        read_account(str(file))


ROW = DETAILS["UserDetailList"][0]


@pytest.mark.parametrize(
    "strange, message",
    [
        (
            {"UserPolicyList": {"PolicyName": "x", "PolicyDocument": DOCUMENT}},
            f"UserPolicyList of {ROW['Arn']} is not a list of objects",
        ),
        ({"UserPolicyList": ["x"]}, "UserPolicyList .* is not a list of objects"),
        ({"AttachedManagedPolicies": [ARN]}, "AttachedManagedPolicies .* is not a list of objects"),
        ({"GroupList": "ops"}, "GroupList .* is not a list of names"),
        ({"GroupList": [{"GroupName": "ops"}]}, "GroupList .* is not a list of names"),
        ({"PermissionsBoundary": ARN}, "PermissionsBoundary is not an object"),
        ({"Tags": {"team": "red"}}, "Tags .* is not a list of objects"),
    ],
)
def test_what_is_not_as_aws_writes_it_is_not_taken_for_empty(strange, message):
    with pytest.raises(UsageError, match=message):
        account({**DETAILS, "UserDetailList": [{**ROW, **strange}]}, "f")


def test_a_user_who_stands_there_twice():
    """Pages may overlap; two that differ are no export of one moment."""
    assert set(account([DETAILS, DETAILS], "f").users) == {"ada", "bob"}
    with pytest.raises(UsageError, match="UserDetailList has two different rows for ada"):
        account([DETAILS, {"UserDetailList": [{**ROW, "UserPolicyList": []}]}], "f")


def test_levels_of_service_control_policies(tmp_path: Path):
    file = tmp_path / "root.json"
    file.write_text(json.dumps([DOCUMENT, None]))
    assert [policy.document for policy in read_level(str(file))] == [DOCUMENT, None]
    file.write_text("null")
    assert [policy.document for policy in read_level(str(file))] == [None]
    file.write_text('"x"')
    with pytest.raises(UsageError, match="list of policy documents"):
        read_level(str(file))
