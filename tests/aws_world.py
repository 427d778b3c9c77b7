"""A seeded AWS account over real HTTP: moto with authorization on, behind the fake that adds what moto lacks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from fake_aws import ACCOUNT, Fake, Moto, policy

from leakstop.aws.client import Credentials, Route
from leakstop.aws.reader import Reader
from leakstop.model import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

NET = policy(effect="Deny", Condition={"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
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
    keys: dict[str, tuple[str, str]]  # id and secret by user
    account: str  # a member account of the organization

    @property
    def leaked(self) -> tuple[str, str]:
        """The key of the user leaky."""
        return self.keys["leaky"]

    def reader(self, user: str = "auditor") -> Reader:
        """Somebody who reads the account."""
        key, secret = self.keys[user]
        return Reader(Credentials(key, Secret(secret.encode())), Route(self.fake.url), "us-east-1")

    def reset(self) -> Fake:
        """The fake as new, with what moto lacks."""
        self.fake.reset()
        self.fake.boundaries["leaky"] = f"arn:aws:iam::{ACCOUNT}:policy/edge"
        self.fake.canned["GenerateServiceLastAccessedDetails"] = "<JobId>12345678-1234-1234-1234-123456789012</JobId>"
        self.fake.canned["GetServiceLastAccessedDetails"] = LAST_USED
        self.fake.canned["ListServiceSpecificCredentials"] = SPECIFIC
        self.fake.canned["ListSSHPublicKeys"] = "<SSHPublicKeys></SSHPublicKeys><IsTruncated>false</IsTruncated>"
        return self.fake


def running() -> Iterator[World]:
    """For a fixture: the servers, while they run."""
    moto = Moto()
    try:
        made = seed(moto)
        yield made
        made.fake.close()
    finally:
        moto.close()


def seed(moto: Moto) -> World:
    """Four users: an auditor, one with one of everything, one that is fenced in, and one that is not."""
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
    for name in ("fenced", "open"):
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy())
    iam.create_group(GroupName="inside")
    iam.put_group_policy(GroupName="inside", PolicyName="net", PolicyDocument=NET)
    iam.add_user_to_group(GroupName="inside", UserName="fenced")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{**TRUST, "Action": "sts:AssumeRole"}]})
    iam.create_role(RoleName="builder", AssumeRolePolicyDocument=trust, Path="/ci/", MaxSessionDuration=7200)
    iam.put_role_policy(RoleName="builder", PolicyName="net", PolicyDocument=NET)
    iam.attach_role_policy(RoleName="builder", PolicyArn=own)
    open_trust = json.dumps({"Version": "2012-10-17", "Statement": [{**TRUST, "Action": ["sts:AssumeRole", "sts:TagSession"]}]})
    iam.create_role(RoleName="roamer", AssumeRolePolicyDocument=open_trust)
    iam.put_role_policy(RoleName="roamer", PolicyName="all", PolicyDocument=policy())
    moto.post("/moto-api/seed?a=7")  # the same keys in every run, so that none of them looks less random than real ones
    keys = {name: iam.create_access_key(UserName=name)["AccessKey"] for name in ("auditor", "leaky", "fenced", "open")}
    pairs = {name: (key["AccessKeyId"], key["SecretAccessKey"]) for name, key in keys.items()}
    moto.post("/moto-api/reset-auth", "0")
    return World(moto, Fake(moto.port), pairs, member)
