"""Records of an account over real HTTP: moto with authorization on, behind the fake that adds what moto lacks."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from fake_aws import ACCOUNT, BEHAVIOURS, Fake, Moto, error, policy

from leakstop.aws import gather
from leakstop.aws.account import BOUNDARY, GROUPS, KEYS, MFA, OTHER_CREDENTIALS, PASSWORD, POLICIES, SCPS, TAGS, USAGE
from leakstop.aws.client import Credentials, Route
from leakstop.aws.organization import organization
from leakstop.aws.reader import Pieces, Reader, Refused
from leakstop.errors import LeakstopError
from leakstop.model import Secret

pytest.importorskip("moto")

NET = policy(effect="Deny", Condition={"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})
LAST_USED = (
    "<JobStatus>COMPLETED</JobStatus><JobType>ACTION_LEVEL</JobType><JobCreationDate>2026-01-01T00:00:00Z</JobCreationDate>"
    "<JobCompletionDate>2026-01-01T00:00:01Z</JobCompletionDate><IsTruncated>false</IsTruncated><ServicesLastAccessed>"
    "<member><ServiceName>Amazon S3</ServiceName><ServiceNamespace>s3</ServiceNamespace><LastAuthenticated>2026-01-02T03:04:05Z"
    "</LastAuthenticated><LastAuthenticatedRegion>eu-west-1</LastAuthenticatedRegion><TotalAuthenticatedEntities>1"
    "</TotalAuthenticatedEntities><TrackedActionsLastAccessed><member><ActionName>ListBuckets</ActionName><LastAccessedTime>"
    "2026-01-02T03:04:05Z</LastAccessedTime></member></TrackedActionsLastAccessed></member>"
    "<member><ServiceName>AWS Lambda</ServiceName><ServiceNamespace>lambda</ServiceNamespace></member></ServicesLastAccessed>"
)
SPECIFIC = (
    "<ServiceSpecificCredentials><member><UserName>leaky</UserName><Status>Active</Status><ServiceUserName>leaky-at-1</ServiceUserName>"
    "<CreateDate>2026-01-01T00:00:00Z</CreateDate><ServiceSpecificCredentialId>ACCAEXAMPLE1234567890</ServiceSpecificCredentialId>"
    "<ServiceName>bedrock.amazonaws.com</ServiceName></member></ServiceSpecificCredentials>"
)


class World(NamedTuple):
    """A seeded account."""

    moto: Moto
    fake: Fake
    auditor: tuple[str, str]
    leaked: tuple[str, str]
    account: str  # a member account of the organization

    def reader(self, which: str = "auditor", **options: Any) -> Reader:
        key, secret = getattr(self, which)
        return Reader(Credentials(key, Secret(secret.encode())), Route(self.fake.url, **options), "us-east-1")


@pytest.fixture(scope="module")
def world():
    moto = Moto()
    try:
        made = _seed(moto)
        yield made
        made.fake.close()
    finally:
        moto.close()


def _seed(moto: Moto) -> World:
    iam, organizations = moto.client("iam"), moto.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    unit = organizations.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    member = organizations.create_account(Email="a@example.com", AccountName="member")["CreateAccountStatus"]["AccountId"]
    organizations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    fence = organizations.create_policy(Content=NET, Description="x", Name="fence", Type="SERVICE_CONTROL_POLICY")["Policy"]
    organizations.attach_policy(PolicyId=fence["PolicySummary"]["Id"], TargetId=unit)

    iam.create_user(UserName="auditor")
    iam.put_user_policy(UserName="auditor", PolicyName="read", PolicyDocument=policy(["iam:*", "organizations:*", "sts:*"]))
    iam.create_user(UserName="leaky", Path="/ci/", Tags=[{"Key": "team", "Value": "data"}])
    for number in range(3):
        iam.put_user_policy(UserName="leaky", PolicyName=f"inline-{number}", PolicyDocument=policy(f"s3:Get{number}*"))
    own = iam.create_policy(PolicyName="own", PolicyDocument=policy("ec2:*"))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=own, PolicyDocument=policy("sqs:*"), SetAsDefault=True)
    iam.attach_user_policy(UserName="leaky", PolicyArn=own)
    spare = iam.create_policy(PolicyName="spare", PolicyDocument=policy("sns:*"))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="leaky", PolicyArn=spare)
    iam.create_policy(PolicyName="edge", PolicyDocument=NET)
    iam.create_group(GroupName="ops")
    iam.put_group_policy(GroupName="ops", PolicyName="net", PolicyDocument=NET)
    iam.attach_group_policy(GroupName="ops", PolicyArn=own)
    iam.add_user_to_group(GroupName="ops", UserName="leaky")
    iam.create_login_profile(UserName="leaky", Password="Made-up-1234")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName="leaky", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321")
    keys = {name: iam.create_access_key(UserName=name)["AccessKey"] for name in ("auditor", "leaky")}
    auditor, leaked = ((key["AccessKeyId"], key["SecretAccessKey"]) for key in keys.values())
    moto.post("/moto-api/reset-auth", "0")
    return World(moto, Fake(moto.port), auditor, leaked, member)


@pytest.fixture
def aws(world: World) -> World:
    fake = world.fake
    fake.reset()
    fake.boundaries["leaky"] = f"arn:aws:iam::{ACCOUNT}:policy/edge"
    fake.canned["GenerateServiceLastAccessedDetails"] = "<JobId>12345678-1234-1234-1234-123456789012</JobId>"
    fake.canned["GetServiceLastAccessedDetails"] = LAST_USED
    fake.canned["ListServiceSpecificCredentials"] = SPECIFIC
    fake.canned["ListSSHPublicKeys"] = "<SSHPublicKeys></SSHPublicKeys><IsTruncated>false</IsTruncated>"
    return world


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
    reader = aws.reader("leaked")
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
    assert set(account.users) == {"auditor", "leaky"}
    leaky = account.users["leaky"]
    assert [group.name for group in leaky.groups] == ["ops"]
    assert [key.id for key in leaky.keys or ()] == [aws.leaked[0]]
    assert aws.fake.actions().count("iam:GetAccountAuthorizationDetails") >= 1
    assert account.root_keys is not None


def test_account_user_by_user(aws: World):
    """Where the one call is denied, users are read one by one, boundaries included."""
    aws.fake.denied["iam:GetAccountAuthorizationDetails"] = error("AccessDenied")
    account = gather.account(aws.reader())
    assert set(account.users) == {"auditor", "leaky"}
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
        World(aws.moto, aws.fake, ("AKIA" + "RZPUZDIKACNDYXL6", "x" * 40), aws.leaked, "").reader()
    assert raised.value.kind == "dead"


def test_pieces_note_each_refusal_once():
    def refuse() -> None:
        raise Refused("denied", "no")

    pieces = Pieces(None)  # type: ignore[arg-type]
    assert pieces.take("x", "y", "z", refuse) is None
    assert pieces.take("x", "y", "z", refuse) is None
    assert len(pieces.unread) == 1
