"""Records of an account over real HTTP: moto with authorization on, behind the fake that adds what moto lacks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_ids import make
from aws_world import NET, World
from fake_aws import ACCOUNT, BEHAVIOURS, error

from leakstop.aws import gather
from leakstop.aws.account import BOUNDARY, GROUPS, KEYS, MFA, OTHER_CREDENTIALS, PASSWORD, POLICIES, SCPS, TAGS, USAGE
from leakstop.aws.organization import organization
from leakstop.aws.reader import Pieces, Refused
from leakstop.errors import LeakstopError


@pytest.fixture
def aws(aws_world: World) -> World:
    aws_world.reset()
    return aws_world


def statement(document: Any) -> Any:
    return document["Statement"][0]["Action"]


@pytest.mark.parametrize("pages", [0, 2, 1])
def test_user(aws: World, pages: int):
    """Everything about a user, whatever the size of the pages that lists come in."""
    aws.fake.pages = pages
    user = gather.user(aws.reader(), "leaky")
    assert user.unread == ()
    assert (user.name, user.arn, user.account) == ("leaky", f"arn:aws:iam::{ACCOUNT}:user/ci/leaky", ACCOUNT)
    assert [(each.name, statement(each.document)) for each in user.inline] == [(f"inline-{n}", f"s3:Get{n}*") for n in range(3)]
    attached = {each.name: each for each in user.attached}
    assert set(attached) == {"own", "spare"}
    assert statement(attached["own"].document) == "sqs:*"  # the default version
    (group,) = user.groups
    assert (group.name, [each.name for each in group.inline], [each.name for each in group.attached]) == ("ops", ["net"], ["own"])
    assert user.boundary is not None
    assert user.boundary.name == "edge"
    assert statement(user.boundary.document) == "*"
    assert user.tags == {"team": "data"}
    assert user.password is True
    assert user.mfa is not None
    assert len(user.mfa) == 1
    (key,) = user.keys or ()
    assert (key.id, key.status, bool(key.created)) == (aws.leaked[0], "Active", True)
    assert [(each.kind, each.service) for each in user.other_credentials or ()] == [("service-specific", "bedrock.amazonaws.com")]
    assert [(each.service, each.last_used[:10], each.region) for each in user.usage or ()] == [
        ("s3", "2026-01-02", "eu-west-1"),
        ("lambda", "", ""),
    ]
    assert (user.usage or ())[0].actions[0][0] == "ListBuckets"


def test_policies_of_aws_are_known_by_name(aws: World):
    """moto has none of them, so their documents are not readable; one that nobody knows is unread."""
    known, strange = ("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/OfTomorrow")
    rows = "".join(f"<member><PolicyName>x</PolicyName><PolicyArn>{arn}</PolicyArn></member>" for arn in (known, strange))
    aws.fake.canned["ListAttachedUserPolicies"] = f"<AttachedPolicies>{rows}</AttachedPolicies><IsTruncated>false</IsTruncated>"
    user = gather.user(aws.reader(), "leaky")
    assert [(each.name, each.document) for each in user.attached] == [("ReadOnlyAccess", None), ("OfTomorrow", None)]
    assert [each.what for each in user.unread] == ["user leaky, managed policy OfTomorrow"]


def test_user_without_anything(aws: World):
    user = gather.user(aws.reader(), "auditor")
    assert (user.password, user.mfa, user.groups, user.boundary, user.tags) == (False, (), (), None, {})
    assert user.unread == ()


# Each single read, denied: the part that stays unread, and what it names. Reading goes on.
DENIED = {
    "iam:GetUser": BOUNDARY,
    "iam:ListUserPolicies": POLICIES,
    "iam:GetUserPolicy": POLICIES,
    "iam:ListAttachedUserPolicies": POLICIES,
    "iam:GetPolicy": POLICIES,
    "iam:GetPolicyVersion": POLICIES,
    "iam:ListGroupsForUser": GROUPS,
    "iam:ListGroupPolicies": POLICIES,
    "iam:GetGroupPolicy": POLICIES,
    "iam:ListAttachedGroupPolicies": POLICIES,
    "iam:ListAccessKeys": KEYS,
    "iam:GetAccessKeyLastUsed": KEYS,
    "iam:GetLoginProfile": PASSWORD,
    "iam:ListMFADevices": MFA,
    "iam:ListServiceSpecificCredentials": OTHER_CREDENTIALS,
    "iam:ListSSHPublicKeys": OTHER_CREDENTIALS,
    "iam:ListSigningCertificates": OTHER_CREDENTIALS,
    "iam:GenerateServiceLastAccessedDetails": USAGE,
    "iam:GetServiceLastAccessedDetails": USAGE,
}


@pytest.mark.parametrize("action", DENIED)
def test_each_denied_read_leaves_its_part_unread(aws: World, action: str):
    aws.fake.denied[action] = error("AccessDenied", "is not authorized to perform")
    user = gather.user(aws.reader(), "leaky")
    parts = {BOUNDARY, POLICIES} if action.startswith("iam:GetPolicy") else {DENIED[action]}
    assert {each.part for each in user.unread} == parts
    assert {each.permission for each in user.unread} == {action}
    assert all("leaky" in each.what or "ops" in each.what or aws.leaked[0] in each.what for each in user.unread)
    assert user.tags == {"team": "data"}  # ListUserTags takes the place of GetUser


@pytest.mark.parametrize(
    ("answer", "reason"),
    {
        "html-502": "the other side failed (HTTP 502)",
        "html-403": "something on the way refused (HTTP 403, not from AWS)",
        "throttled": "AWS had too many requests, and still had after several tries",
        "closed": "the connection was closed before there was an answer",
    }.items(),
)
def test_a_read_that_fails_otherwise_is_no_missing_permission(aws: World, answer: str, reason: str):
    aws.fake.denied["iam:ListGroupsForUser"] = BEHAVIOURS[answer][0]
    user = gather.user(aws.reader(), "leaky")
    assert [(each.part, each.permission, each.reason) for each in user.unread] == [(GROUPS, "", reason)]


def test_the_leaked_key_reads_what_it_may(aws: World):
    """It has no right to read IAM: everything is unread, each with its permission, and nothing is taken for empty."""
    reader = aws.reader("leaky")
    assert (reader.who.kind, reader.who.name, reader.account) == ("user", "leaky", ACCOUNT)
    user = gather.user(reader, reader.who.name)
    assert user.arn == f"arn:aws:iam::{ACCOUNT}:user/ci/leaky"
    assert {each.part for each in user.unread} >= {BOUNDARY, GROUPS, POLICIES, TAGS, KEYS, PASSWORD, MFA}
    assert (user.tags, user.keys, user.password, user.mfa) == (None, None, None, None)


def test_whose_key_it_is_without_using_it(aws: World):
    assert gather.owner(aws.reader(), aws.leaked[0]) == "leaky"
    assert aws.leaked[0] not in {call.key_id for call in aws.fake.calls}
    aws.fake.denied["iam:GetAccessKeyLastUsed"] = error("AccessDenied")
    assert gather.owner(aws.reader(), aws.leaked[0]) == ""


def test_account_at_once(aws: World):
    account = gather.account(aws.reader())
    assert account.id == ACCOUNT
    assert set(account.users) == {"auditor", "leaky", "fenced", "open"}
    leaky = account.users["leaky"]
    assert [group.name for group in leaky.groups] == ["ops"]
    assert [key.id for key in leaky.keys or ()] == [aws.leaked[0]]
    assert aws.fake.actions().count("iam:GetAccountAuthorizationDetails") >= 1
    assert account.root_keys is not None


def test_account_user_by_user(aws: World):
    """Where the one call is denied, users are read one by one, boundaries included."""
    aws.fake.denied["iam:GetAccountAuthorizationDetails"] = error("AccessDenied")
    account = gather.account(aws.reader())
    assert set(account.users) == {"auditor", "leaky", "fenced", "open"}
    assert account.users["leaky"].boundary is not None
    assert account.unread == ()
    aws.fake.denied["iam:ListUsers"] = error("AccessDenied")
    account = gather.account(aws.reader())
    assert ([each.permission for each in account.unread], dict(account.users)) == (["iam:ListUsers"], {})


def test_service_control_policies(aws: World):
    """From the root through the unit to the account."""
    found = organization(aws.reader(), aws.account)
    assert found.unread == ()
    assert [sorted(each.name for each in level) for level in found.levels or ()] == [
        ["FullAWSAccess"],
        ["FullAWSAccess", "fence"],
        ["FullAWSAccess"],
    ]
    fence = next(each for each in (found.levels or ())[1] if each.name == "fence")
    assert fence.document == json.loads(NET)
    assert not found.management


def test_management_account(aws: World):
    found = organization(aws.reader(), ACCOUNT)
    assert (found.management, found.levels, found.unread) == (True, (), ())


@pytest.mark.parametrize("operation", ["DescribeOrganization", "ListRoots", "ListParents", "ListPoliciesForTarget"])
def test_service_control_policies_that_are_not_readable(aws: World, operation: str):
    action = f"organizations:{operation}"
    aws.fake.denied[action] = error("AccessDeniedException", status=400)._replace(
        body=b'{"__type":"AccessDeniedException","Message":"no"}', kind="application/x-amz-json-1.1"
    )
    found = organization(aws.reader(), aws.account)
    assert found.levels is None
    assert {(each.part, each.permission) for each in found.unread} == {(SCPS, action)}


def test_no_organization(aws: World):
    aws.fake.denied["organizations:DescribeOrganization"] = error("x")._replace(
        status=400, body=b'{"__type":"AWSOrganizationsNotInUseException","Message":"no"}', kind="application/x-amz-json-1.1"
    )
    assert organization(aws.reader(), aws.account).none


def test_roles_are_assumed(aws: World):
    """moto gives a role's session; its calls carry the session token."""
    reader = aws.reader().assume(f"arn:aws:iam::{ACCOUNT}:role/missing-is-fine-for-moto")
    assert reader.who.kind == "role session"
    assert aws.fake.calls[-1].token
    aws.fake.denied["sts:AssumeRole"] = error("AccessDenied")
    with pytest.raises(LeakstopError, match="cannot assume"):
        aws.reader().assume(f"arn:aws:iam::{ACCOUNT}:role/x")


def test_an_auditor_that_nobody_knows(aws: World):
    with pytest.raises(Refused) as raised:
        aws._replace(keys={"auditor": (make(123456789012), "x" * 40)}).reader()
    assert raised.value.kind == "dead"


def test_pieces_note_each_refusal_once():
    def refuse() -> None:
        raise Refused("denied", "no")

    pieces = Pieces(None)  # type: ignore[arg-type]
    assert pieces.take("x", "y", "z", refuse) is None
    assert pieces.take("x", "y", "z", refuse) is None
    assert len(pieces.unread) == 1
