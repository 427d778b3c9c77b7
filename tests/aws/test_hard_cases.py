"""Hard cases: forms of policies that look alike and mean different things, each worked out by AWS's documentation.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and the pages beside it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aws_helpers import ACCOUNT, ALLOW_ALL, OFFICE, OURS, allow, deny, document, group, organization, user

from leakstop.aws.account import ROLE, SESSION, Organization, Policy, User
from leakstop.aws.bind import bind
from leakstop.aws.evaluate import ALLOWED, EXPLICIT, IMPLICIT, UNKNOWN, decide, lookup_in, principal
from leakstop.aws.exposure import PARTIAL, RESTRICTED, UNRESTRICTED, examine

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NET = {"NotIpAddress": {"aws:SourceIp": OFFICE}}
VPCE, VPC = "vpce-0aaaabbbbccccdddd", "vpc-0ours0000000001"
OBJECT = "arn:aws:s3:::prod-data/a/b"
TAGGED: dict[str, Any] = {"tags": {"Team": "red", "dept": "x*y"}}


def under(condition: Any, **more: Any) -> User:
    """A user who may do everything, under a deny with a condition."""
    return user(ALLOW_ALL, document(deny(condition=condition, **more)))


def allowing(condition: Any, **more: Any) -> User:
    """A user whose only allow has a condition."""
    return user(document(allow(condition=condition, **more)))


def one(*statements: Any, **more: Any) -> User:
    return user(document(*statements), **more)


def role(*documents: Any, **more: Any) -> User:
    """A session of a role with inline policies."""
    made = user(*documents, kind=ROLE, id="AROADBQP57FF2AEXAMPLE:i-1", **more)
    return made._replace(arn=f"arn:aws:iam::{ACCOUNT}:role/ci/leaky")


if_ = allowing

RESTRICTIONS: list[tuple[str, User, str]] = [
    ("PrincipalIsAWSService false", under({**NET, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}), RESTRICTED),
    ("PrincipalIsAWSService true", under({**NET, "Bool": {"aws:PrincipalIsAWSService": "true"}}), UNRESTRICTED),
    ("Via both", under({**NET, "BoolIfExists": {"aws:ViaAWSService": ["true", "false"]}}), RESTRICTED),
    (
        "breakglass exempt",
        under({**NET, "ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/breakglass"}}),
        RESTRICTED,
    ),
    ("leaky exempt", under({**NET, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/leaky"}}), UNRESTRICTED),
    ("exempt by userid", under({**NET, "StringNotLike": {"aws:userid": "AIDACKCEVSQ6C2EXAMPLE"}}), UNRESTRICTED),
    ("roles exempt by userid", under({**NET, "StringNotLike": {"aws:userid": "AROA*"}}), RESTRICTED),
    ("type", under({**NET, "StringNotEquals": {"aws:PrincipalType": "User"}}), UNRESTRICTED),
    ("type2", under({**NET, "StringEquals": {"aws:PrincipalType": ["User", "Account"]}}), RESTRICTED),
    ("own account", under({**NET, "StringEquals": {"aws:PrincipalAccount": ACCOUNT}}), RESTRICTED),
    ("other account", under({**NET, "StringEquals": {"aws:PrincipalAccount": "999999999999"}}), UNRESTRICTED),
    ("org named by the owner", under({**NET, "StringEquals": {"aws:PrincipalOrgID": "o-ours000001"}}), RESTRICTED),
    ("other organization", under({**NET, "StringNotEquals": {"aws:PrincipalOrgID": "o-ours000001"}}), UNRESTRICTED),
    ("blocklist", under({"IpAddress": {"aws:SourceIp": ["1.2.3.0/24"]}}), UNRESTRICTED),
    ("deny all v4", under({"IpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}}), PARTIAL),
    ("deny all v4 v6", under({"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}}), PARTIAL),
    (
        "two statements guard",
        user(
            ALLOW_ALL,
            document(
                deny(condition={**NET, "Null": {"aws:SourceIp": "false"}}),
                deny(condition={"Null": {"aws:SourceIp": "true"}, "Bool": {"aws:ViaAWSService": "false"}}),
            ),
        ),
        RESTRICTED,
    ),
    ("ForAllValues NotIp", under({"ForAllValues:NotIpAddress": {"aws:SourceIp": OFFICE}}), RESTRICTED),
    ("ForAnyValue NotIp", under({"ForAnyValue:NotIpAddress": {"aws:SourceIp": OFFICE}}), PARTIAL),
    ("allow blocklist", allowing({"NotIpAddress": {"aws:SourceIp": ["1.2.3.0/24"]}}), UNRESTRICTED),
    ("allow own vpce", allowing({"StringEquals": {"aws:SourceVpce": VPCE}}), RESTRICTED),
    ("allow any vpce", allowing({"StringLike": {"aws:SourceVpce": "*"}}), PARTIAL),
    ("allow vpcsourceip", allowing({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}), PARTIAL),
    (
        "allow vpcsourceip+vpc",
        allowing({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}, "StringEquals": {"aws:SourceVpc": VPC}}),
        RESTRICTED,
    ),
    ("sourcevpcarn", under({"StringNotEquals": {"aws:SourceVpcArn": f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/{VPC}"}}), RESTRICTED),
    ("arnnotequals vpcarn", under({"ArnNotLike": {"aws:SourceVpcArn": f"arn:aws:ec2:*:{ACCOUNT}:vpc/*"}}), RESTRICTED),
    ("arnnotlike any vpc", under({"ArnNotLike": {"aws:SourceVpcArn": "arn:aws:ec2:*:*:vpc/*"}, **NET}), PARTIAL),
    (
        "vpceaccount",
        under({"NotIpAddressIfExists": {"aws:SourceIp": OFFICE}, "StringNotEqualsIfExists": {"aws:VpceAccount": ACCOUNT}}),
        RESTRICTED,
    ),
    ("ua deny", under({"StringNotLike": {"aws:UserAgent": "corp*"}}), UNRESTRICTED),
    ("referer deny", under({"StringNotEquals": {"aws:Referer": "x"}}), UNRESTRICTED),
    ("allow by ua", allowing({"StringEquals": {"aws:UserAgent": "corp"}}), UNRESTRICTED),
    ("ua + ip", under({**NET, "StringNotLike": {"aws:UserAgent": "*cloudformation*"}}), UNRESTRICTED),
    ("externalid", allowing({"StringEquals": {"sts:ExternalId": "x"}}, action="sts:AssumeRole"), UNRESTRICTED),
    ("s3 prefix", allowing({"StringLike": {"s3:prefix": "home/*"}}, action="s3:ListBucket"), UNRESTRICTED),
    ("resource tag", allowing({"StringEquals": {"aws:ResourceTag/env": "dev"}}), UNRESTRICTED),
    ("ec2 resource tag", allowing({"StringEquals": {"ec2:ResourceTag/env": "dev"}}, action="ec2:*"), UNRESTRICTED),
    ("resource account deny", under({"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}}), UNRESTRICTED),
    ("resource account foreign deny", under({"StringEquals": {"aws:ResourceAccount": ACCOUNT}, **NET}), RESTRICTED),
    ("mfa ifexists", under({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}), RESTRICTED),
    ("mfa plain", under({"Bool": {"aws:MultiFactorAuthPresent": "false"}}), UNRESTRICTED),
    ("mfa null", under({"Null": {"aws:MultiFactorAuthAge": "true"}}), RESTRICTED),
    ("mfa age", under({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}), UNRESTRICTED),
    ("mfa age ifexists", under({"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}), RESTRICTED),
    ("time after", under({"DateGreaterThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}}), RESTRICTED),
    ("epoch numeric", under({**NET, "NumericGreaterThan": {"aws:EpochTime": "1700000000"}}), RESTRICTED),
    ("epoch date", under({**NET, "DateLessThan": {"aws:EpochTime": "1700000000"}}), UNRESTRICTED),
    ("token issue", under({"DateLessThan": {"aws:TokenIssueTime": "2030-01-01T00:00:00Z"}}), UNRESTRICTED),
    ("null token: long-term keys denied", under({"Null": {"aws:TokenIssueTime": "true"}}), RESTRICTED),
    (
        "vpce by tag",
        user(
            ALLOW_ALL,
            document(
                deny(
                    condition={
                        "StringNotEquals": {"aws:SourceVpce": "${aws:PrincipalTag/vpce}"},
                        "Bool": {"aws:ViaAWSService": "false"},
                    }
                )
            ),
            tags={"vpce": VPCE},
        ),
        RESTRICTED,
    ),
    (
        "vpce by missing tag",
        user(ALLOW_ALL, document(deny(condition={"StringNotEquals": {"aws:SourceVpce": "${aws:PrincipalTag/vpce}"}}))),
        RESTRICTED,
    ),
    (
        "vpce by missing tag positive",
        user(ALLOW_ALL, document(deny(condition={"StringEquals": {"aws:SourceVpce": "${aws:PrincipalTag/vpce}"}}))),
        UNRESTRICTED,
    ),
    (
        "vpce default",
        user(
            ALLOW_ALL,
            document(deny(condition={"StringNotEquals": {"aws:SourceVpce": "${aws:PrincipalTag/vpce, '" + VPCE + "'}"}})),
        ),
        RESTRICTED,
    ),
    ("arn resource deny", under(NET, resource="arn:aws:*"), PARTIAL),
    ("*:* action", under(NET, action="*:*"), RESTRICTED),
    ("some services", under(NET, action=["s3:*", "iam:*", "ec2:*"]), PARTIAL),
    ("s3 only allowed", user(document(allow("s3:Get*")), document(deny("s3:*", condition=NET))), RESTRICTED),
    ("s3 List left", user(document(allow(["s3:Get*", "s3:List*"])), document(deny("s3:Get*", condition=NET))), PARTIAL),
    (
        "NotAction list left",
        user(document(allow("s3:*")), document(deny(None, NotAction=["s3:ListAllMyBuckets"], condition=NET))),
        PARTIAL,
    ),
    ("NotAction outside", user(document(allow("s3:*")), document(deny(None, NotAction=["ec2:*"], condition=NET))), RESTRICTED),
    ("NotResource deny", under(NET, resource=None, NotResource="arn:aws:s3:::public/*"), PARTIAL),
    (
        "NotResource deny other svc",
        user(document(allow("ec2:*")), document(deny(resource=None, NotResource="arn:aws:s3:::public/*", condition=NET))),
        RESTRICTED,
    ),
    (
        "boundary scoped",
        user(ALLOW_ALL, document(deny("s3:*", condition=NET)), boundary=Policy("b", document(allow("s3:*")))),
        RESTRICTED,
    ),
    (
        "boundary cond allow",
        user(ALLOW_ALL, boundary=Policy("b", document(allow(condition={"IpAddress": {"aws:SourceIp": OFFICE}})))),
        RESTRICTED,
    ),
    ("boundary deny only", user(ALLOW_ALL, boundary=Policy("b", document(deny("ec2:*")))), RESTRICTED),
    ("boundary not covering", user(ALLOW_ALL, boundary=Policy("b", document(allow(), deny("s3:*", condition=NET)))), PARTIAL),
    (
        "boundary NotAction",
        user(document(allow("s3:*")), boundary=Policy("b", document(allow(None, NotAction="iam:*"), deny(condition=NET)))),
        RESTRICTED,
    ),
    ("same key twice", under({"NotIpAddress": {"aws:SourceIp": OFFICE, "AWS:SOURCEIP": ["198.51.100.0/24"]}}), RESTRICTED),
    ("username twice", under({**NET, "StringEquals": {"aws:username": "leaky", "AWS:UserName": "other"}}), UNRESTRICTED),
    ("space in cidr", under({"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24 "]}}), UNKNOWN),
    ("mapped v6", under({"NotIpAddress": {"aws:SourceIp": ["::ffff:203.0.113.0/120"]}}), RESTRICTED),
    ("all of IPv4 as mapped v6", under({"NotIpAddress": {"aws:SourceIp": ["::ffff:0:0/96"]}}), UNKNOWN),
    ("bare zero", under({"NotIpAddress": {"aws:SourceIp": ["0.0.0.0"]}}), RESTRICTED),
    ("empty list", under({"NotIpAddress": {"aws:SourceIp": []}}), UNKNOWN),
    ("empty condition", under({}), RESTRICTED),
    ("empty operator", under({"NotIpAddress": {}}), RESTRICTED),
    ("stringnotlike ip", under({"StringNotLike": {"aws:SourceIp": "203.0.113.*"}}), UNKNOWN),
    ("unknown operator but false elsewhere", under({"Foo": {"x": "y"}, "StringEquals": {"aws:username": "other"}}), UNRESTRICTED),
    ("unknown operator", under({"Foo": {"x": "y"}, **NET}), UNKNOWN),
    ("unknown op allow", allowing({"Foo": {"x": "y"}}), UNKNOWN),
]


@pytest.mark.parametrize(("name", "who", "verdict"), RESTRICTIONS, ids=[row[0] for row in RESTRICTIONS])
def test_restriction(name, who, verdict):
    assert examine(who, None, OURS, now=NOW).verdict == verdict


ORGANIZATIONS: list[tuple[str, User, Organization, str]] = [
    (
        "scp root only",
        user(ALLOW_ALL),
        organization([ALLOW_ALL, document(deny(condition={**NET, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}))]),
        UNRESTRICTED,
    ),
    (
        "scp second level",
        user(ALLOW_ALL),
        organization([ALLOW_ALL], [ALLOW_ALL, document(deny(condition=NET))], [ALLOW_ALL]),
        RESTRICTED,
    ),
    (
        "scp malformed",
        user(ALLOW_ALL),
        organization([ALLOW_ALL, {"Statement": [{"Effect": "deny", "Action": "*", "Resource": "*"}]}]),
        UNKNOWN,
    ),
    (
        "scp malformed but denied",
        user(ALLOW_ALL, document(deny(condition=NET))),
        organization([ALLOW_ALL, {"Statement": [{"Effect": "deny", "Action": "*", "Resource": "*"}]}]),
        RESTRICTED,
    ),
    (
        "scp cond allow",
        user(ALLOW_ALL),
        organization([document(allow(condition={"IpAddress": {"aws:SourceIp": OFFICE}}))]),
        RESTRICTED,
    ),
    (
        "scp allow-list of a service",
        user(document(allow("s3:*")), document(deny("s3:*", condition=NET))),
        organization([document(allow("s3:*"))]),
        RESTRICTED,
    ),
    ("scp allow-list other", user(document(allow("s3:*"))), organization([document(allow("ec2:*"))]), RESTRICTED),
    ("scp empty level", user(ALLOW_ALL), organization([]), RESTRICTED),
    (
        "scp NotAction",
        user(ALLOW_ALL),
        organization([ALLOW_ALL, document(deny(None, NotAction=["iam:*", "sts:*"], condition=NET))]),
        PARTIAL,
    ),
    (
        "scp deny region only",
        user(ALLOW_ALL),
        organization(
            [
                ALLOW_ALL,
                document(deny(None, NotAction=["iam:*"], condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})),
            ]
        ),
        UNRESTRICTED,
    ),
    (
        "scp org id",
        user(ALLOW_ALL),
        organization(
            [ALLOW_ALL, document(deny(condition={**NET, "StringEquals": {"aws:PrincipalOrgID": "o-ours000001"}}))],
            id="o-ours000001",
        ),
        RESTRICTED,
    ),
    ("scp null + restricted", user(ALLOW_ALL, document(deny(condition=NET))), organization([None]), RESTRICTED),
]


@pytest.mark.parametrize(("name", "who", "imposed", "verdict"), ORGANIZATIONS, ids=[row[0] for row in ORGANIZATIONS])
def test_restriction_by_an_organization(name, who, imposed, verdict):
    assert examine(who, imposed, OURS, now=NOW).verdict == verdict


# Sessions: when they were issued, and with MFA or not, nobody knows who only found them.
SESSIONS: list[tuple[str, User, str]] = [
    ("open", role(ALLOW_ALL), UNRESTRICTED),
    ("classic", role(ALLOW_ALL, document(deny(condition=NET))), RESTRICTED),
    (
        "revoked older",
        role(ALLOW_ALL, document(deny(condition={"DateLessThan": {"aws:TokenIssueTime": "2026-11-01T00:00:00Z"}}))),
        UNKNOWN,
    ),
    ("mfa", role(document(allow(condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))), UNKNOWN),
    ("mfa null", role(ALLOW_ALL, document(deny(condition={"Null": {"aws:MultiFactorAuthPresent": "true"}}))), UNRESTRICTED),
    ("token null", role(ALLOW_ALL, document(deny(condition={"Null": {"aws:TokenIssueTime": "true"}}))), UNRESTRICTED),
    ("only sessions", role(ALLOW_ALL, document(deny(condition={"Null": {"aws:TokenIssueTime": "false"}, **NET}))), RESTRICTED),
    (
        "by user arn",
        role(ALLOW_ALL, document(deny(condition={**NET, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}))),
        UNRESTRICTED,
    ),
    (
        "by role arn",
        role(ALLOW_ALL, document(deny(condition={**NET, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci/*"}}))),
        RESTRICTED,
    ),
    (
        "by type",
        role(ALLOW_ALL, document(deny(condition={**NET, "StringEquals": {"aws:PrincipalType": "AssumedRole"}}))),
        RESTRICTED,
    ),
    (
        "by userid",
        role(ALLOW_ALL, document(deny(condition={**NET, "StringLike": {"aws:userid": "AROADBQP57FF2AEXAMPLE:*"}}))),
        RESTRICTED,
    ),
    ("username null", role(ALLOW_ALL, document(deny(condition={**NET, "Null": {"aws:username": "true"}}))), RESTRICTED),
    (
        "tags unknown",
        role(ALLOW_ALL, document(deny(condition={**NET, "StringEquals": {"aws:PrincipalTag/net": "x"}})), tags=None),
        UNKNOWN,
    ),
    (
        "tag known",
        role(ALLOW_ALL, document(deny(condition={**NET, "StringEquals": {"aws:PrincipalTag/net": "x"}})), tags={"net": "x"}),
        RESTRICTED,
    ),
    ("ec2 key", role(ALLOW_ALL, document(deny(condition={"StringNotEquals": {"aws:EC2InstanceSourceVPC": VPC}}))), UNKNOWN),
    (
        "ec2 perimeter",
        role(
            ALLOW_ALL,
            document(
                deny(
                    condition={
                        "StringNotEquals": {"aws:ec2InstanceSourceVPC": "${aws:SourceVpc}"},
                        "Null": {"ec2:SourceInstanceARN": "false"},
                        "BoolIfExists": {"aws:ViaAWSService": "false"},
                    }
                )
            ),
        ),
        UNKNOWN,
    ),
    ("home by username", role(document(allow("s3:*", "arn:aws:s3:::${aws:username}/*"))), RESTRICTED),
    ("source identity", role(document(allow(condition={"StringEquals": {"aws:SourceIdentity": "ada"}}))), UNKNOWN),
    ("session user open", user(ALLOW_ALL, kind=SESSION), UNRESTRICTED),
    (
        "session user mfa deny",
        user(ALLOW_ALL, document(deny(condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})), kind=SESSION),
        UNKNOWN,
    ),
    (
        "session long-term denied",
        user(ALLOW_ALL, document(deny(condition={"Null": {"aws:TokenIssueTime": "true"}})), kind=SESSION),
        UNRESTRICTED,
    ),
]


@pytest.mark.parametrize(("name", "who", "verdict"), SESSIONS, ids=[row[0] for row in SESSIONS])
def test_session(name, who, verdict):
    assert examine(who, None, OURS, now=NOW).verdict == verdict


REQUESTS: list[tuple[str, User, dict[str, Any], str]] = [
    (
        "version 2008 literal variable",
        user({"Version": "2008-10-17", "Statement": [allow("s3:*", "arn:aws:s3:::${aws:username}/*")]}),
        {"resource": "arn:aws:s3:::leaky/a"},
        IMPLICIT,
    ),
    (
        "version 2008 literal matches literal",
        user({"Version": "2008-10-17", "Statement": [allow("s3:*", "arn:aws:s3:::${aws:username}/*")]}),
        {"resource": "arn:aws:s3:::${aws:username}/a"},
        ALLOWED,
    ),
    (
        "version absent",
        user({"Statement": [allow("s3:*", "arn:aws:s3:::${aws:username}/*")]}),
        {"resource": "arn:aws:s3:::leaky/a"},
        IMPLICIT,
    ),
    ("variable", one(allow("s3:*", "arn:aws:s3:::${aws:username}/*")), {"resource": "arn:aws:s3:::leaky/a"}, ALLOWED),
    ("variable other case", one(allow("s3:*", "arn:aws:s3:::${AWS:USERNAME}/*")), {"resource": "arn:aws:s3:::leaky/a"}, ALLOWED),
    (
        "tag key other case",
        one(allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/team}/*"), **TAGGED),
        {"resource": "arn:aws:s3:::red/a"},
        ALLOWED,
    ),
    ("tag condition other case", one(allow(condition={"StringEquals": {"aws:PrincipalTag/TEAM": "red"}}), **TAGGED), {}, ALLOWED),
    ("tag value case", one(allow(condition={"StringEquals": {"aws:PrincipalTag/Team": "Red"}}), **TAGGED), {}, IMPLICIT),
    (
        "tag with star in resource",
        one(allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/dept}/*"), **TAGGED),
        {"resource": "arn:aws:s3:::xzy/a"},
        UNKNOWN,
    ),
    (
        "default used",
        one(allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/none, 'common'}/*"), **TAGGED),
        {"resource": "arn:aws:s3:::common/a"},
        ALLOWED,
    ),
    (
        "default not used",
        one(allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/team, 'common'}/*"), **TAGGED),
        {"resource": "arn:aws:s3:::common/a"},
        IMPLICIT,
    ),
    ("literal star in resource", one(allow("s3:*", "arn:aws:s3:::b/${*}")), {"resource": "arn:aws:s3:::b/x"}, IMPLICIT),
    ("literal star hit", one(allow("s3:*", "arn:aws:s3:::b/${*}")), {"resource": "arn:aws:s3:::b/*"}, ALLOWED),
    ("literal ? hit", one(allow("s3:*", "arn:aws:s3:::b/${?}")), {"resource": "arn:aws:s3:::b/?"}, ALLOWED),
    ("literal $", one(allow("s3:*", "arn:aws:s3:::b/${$}x")), {"resource": "arn:aws:s3:::b/$x"}, ALLOWED),
    ("star crosses slash", one(allow("s3:*", "arn:aws:s3:::prod-data/*b")), {}, ALLOWED),
    ("question one char", one(allow("s3:*", "arn:aws:s3:::prod-data/?/?")), {}, ALLOWED),
    ("question not none", one(allow("s3:*", "arn:aws:s3:::prod-data/a/b?")), {}, IMPLICIT),
    ("resource * colon", one(allow("s3:*", "arn:aws:s3:*:*:prod-data/*")), {}, ALLOWED),
    (
        "resource region given",
        one(allow("dynamodb:*", "arn:aws:dynamodb:us-east-1:*:table/t")),
        {"action": "dynamodb:GetItem", "resource": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t"},
        IMPLICIT,
    ),
    ("partition differs", one(allow("s3:*", "arn:aws:s3:::*")), {"resource": "arn:aws-cn:s3:::prod-data/a"}, IMPLICIT),
    ("action service wildcard", one(allow("*:Get*")), {}, ALLOWED),
    ("action tail", one(allow("s3:*Object")), {}, ALLOWED),
    ("action question", one(allow("s3:???Object")), {}, ALLOWED),
    ("deny NotAction", one(allow(), deny(None, NotAction="s3:Get*")), {}, ALLOWED),
    ("deny NotAction hits", one(allow(), deny(None, NotAction="s3:Put*")), {}, EXPLICIT),
    ("deny NotResource spares", one(allow(), deny("s3:*", None, NotResource="arn:aws:s3:::prod-data/*")), {}, ALLOWED),
    ("deny NotResource hits", one(allow(), deny("s3:*", None, NotResource="arn:aws:s3:::other/*")), {}, EXPLICIT),
    (
        "allow NotResource list",
        one(allow("s3:*", None, NotResource=["arn:aws:s3:::other/*", "arn:aws:s3:::prod-data/*"])),
        {},
        IMPLICIT,
    ),
    ("resource scalar star", one(allow("s3:*", "*")), {"resource": "*"}, ALLOWED),
    (
        "arn does not match star resource",
        one(allow("s3:*", "arn:aws:s3:::*")),
        {"action": "s3:ListAllMyBuckets", "resource": "*"},
        IMPLICIT,
    ),
    (
        "two operators",
        if_({"StringEquals": {"aws:username": "leaky"}, "Bool": {"aws:SecureTransport": "true"}}),
        {"aws:SecureTransport": "true"},
        ALLOWED,
    ),
    (
        "two operators one fails",
        if_({"StringEquals": {"aws:username": "leaky"}, "Bool": {"aws:SecureTransport": "true"}}),
        {"aws:SecureTransport": "false"},
        IMPLICIT,
    ),
    (
        "two keys",
        if_({"StringEquals": {"aws:username": "leaky", "aws:RequestedRegion": "eu-west-1"}}),
        {"aws:RequestedRegion": "eu-west-2"},
        IMPLICIT,
    ),
    (
        "or of values",
        if_({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-2"]}}),
        {"aws:RequestedRegion": "eu-west-2"},
        ALLOWED,
    ),
    (
        "nor of values",
        if_({"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-2"]}}),
        {"aws:RequestedRegion": "eu-west-2"},
        IMPLICIT,
    ),
    ("forall tagkeys", if_({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}), {"aws:TagKeys": ["a"]}, ALLOWED),
    (
        "forall tagkeys more",
        if_({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
        {"aws:TagKeys": ["a", "c"]},
        IMPLICIT,
    ),
    ("forall absent", if_({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}), {}, ALLOWED),
    (
        "forall absent with null",
        if_({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}, "Null": {"aws:TagKeys": "false"}}),
        {},
        IMPLICIT,
    ),
    ("forany", if_({"ForAnyValue:StringLike": {"aws:TagKeys": ["a*"]}}), {"aws:TagKeys": ["b", "ab"]}, ALLOWED),
    ("forany absent", if_({"ForAnyValue:StringLike": {"aws:TagKeys": ["a*"]}}), {}, IMPLICIT),
    (
        "forany negated absent deny",
        one(allow(), deny(condition={"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}})),
        {},
        ALLOWED,
    ),
    (
        "forany negated some",
        one(allow(), deny(condition={"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}})),
        {"aws:TagKeys": ["a", "b"]},
        EXPLICIT,
    ),
    (
        "forall negated",
        one(allow(), deny(condition={"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a"]}})),
        {"aws:TagKeys": ["a", "b"]},
        ALLOWED,
    ),
    (
        "orgpaths",
        if_({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a/r-b/ou-c/*"]}}),
        {"aws:PrincipalOrgPaths": ["o-a/r-b/ou-c/ou-d/"]},
        ALLOWED,
    ),
    ("ifexists absent", if_({"StringEqualsIfExists": {"ec2:InstanceType": ["t3.micro"]}}), {}, ALLOWED),
    (
        "ifexists present",
        if_({"StringEqualsIfExists": {"ec2:InstanceType": ["t3.micro"]}}),
        {"ec2:InstanceType": "m5.large"},
        IMPLICIT,
    ),
    ("null true", if_({"Null": {"s3:x-amz-server-side-encryption": "true"}}), {}, ALLOWED),
    ("null false", if_({"Null": {"s3:x-amz-server-side-encryption": "false"}}), {}, IMPLICIT),
    (
        "null bool json",
        if_({"Null": {"s3:x-amz-server-side-encryption": False}}),
        {"s3:x-amz-server-side-encryption": "AES256"},
        ALLOWED,
    ),
    ("numeric", if_({"NumericLessThanEquals": {"s3:max-keys": 10}}), {"s3:max-keys": "10"}, ALLOWED),
    ("numeric text", if_({"NumericLessThanEquals": {"s3:max-keys": "10"}}), {"s3:max-keys": "ten"}, UNKNOWN),
    (
        "date window in",
        if_(
            {
                "DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
                "DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"},
            }
        ),
        {"aws:CurrentTime": "2026-11-21T00:00:00Z"},
        ALLOWED,
    ),
    (
        "date window out",
        if_(
            {
                "DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"},
                "DateLessThan": {"aws:CurrentTime": "2026-02-01T00:00:00Z"},
            }
        ),
        {"aws:CurrentTime": "2026-11-21T00:00:00Z"},
        IMPLICIT,
    ),
    ("date absent negated", if_({"DateNotEquals": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}), {}, ALLOWED),
    (
        "arnlike with tag variable",
        one(allow(condition={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:${aws:PrincipalTag/Team}-*"}}), **TAGGED),
        {"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:red-topic"},
        ALLOWED,
    ),
    (
        "arnlike star not crossing colon",
        if_({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:red"}}),
        {"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:red"},
        UNKNOWN,
    ),
    (
        "stringlike on arn crosses",
        if_({"StringLike": {"aws:SourceArn": "arn:aws:sns:*:red"}}),
        {"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:red"},
        ALLOWED,
    ),
    (
        "ip v6 compressed forms",
        if_({"IpAddress": {"aws:SourceIp": "2001:0db8:0000::/48"}}),
        {"aws:SourceIp": "2001:db8:0:0:1::5"},
        ALLOWED,
    ),
    ("ip v6 upper", if_({"IpAddress": {"aws:SourceIp": "2001:DB8::/32"}}), {"aws:SourceIp": "2001:db8::5"}, ALLOWED),
    ("bare v4 is 32", if_({"IpAddress": {"aws:SourceIp": "203.0.113.9"}}), {"aws:SourceIp": "203.0.113.10"}, IMPLICIT),
    (
        "several values of a single key agree",
        if_({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        {"aws:SourceIp": ["203.0.113.9", "203.0.113.10"]},
        ALLOWED,
    ),
    (
        "group deny beats boundary allow",
        user(ALLOW_ALL, boundary=Policy("b", ALLOW_ALL), groups=(group("g", document(deny("s3:*"))),)),
        {},
        EXPLICIT,
    ),
    ("empty group", user(ALLOW_ALL, groups=(group("g"),)), {}, ALLOWED),
    ("boundary without allow", user(ALLOW_ALL, boundary=Policy("b", document(deny("ec2:*")))), {}, IMPLICIT),
    ("boundary empty statement", user(ALLOW_ALL, boundary=Policy("b", document())), {}, IMPLICIT),
    ("boundary malformed", user(ALLOW_ALL, boundary=Policy("b", "text")), {}, UNKNOWN),
    (
        "boundary malformed and identity denies",
        user(ALLOW_ALL, document(deny("s3:*")), boundary=Policy("b", "text")),
        {},
        EXPLICIT,
    ),
    ("identity nothing, boundary malformed", user(boundary=Policy("b", "text")), {}, IMPLICIT),
    (
        "scp three levels one lacks",
        user(ALLOW_ALL),
        {"org": organization([ALLOW_ALL], [document(allow(None, NotAction="s3:*"))], [ALLOW_ALL])},
        IMPLICIT,
    ),
    (
        "scp resource scoped allow",
        user(ALLOW_ALL),
        {"org": organization([document(allow("s3:*", "arn:aws:s3:::prod-data/*"))])},
        ALLOWED,
    ),
    ("scp unread level and other lacks", user(ALLOW_ALL), {"org": organization([None], [document(allow("ec2:*"))])}, IMPLICIT),
    (
        "document as JSON text",
        user('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'),
        {},
        UNKNOWN,
    ),
    ("duplicate sids", one(allow(Sid="a"), allow(Sid="a")), {}, ALLOWED),
    ("sid number", one(allow(Sid=7)), {}, UNKNOWN),
    ("condition null value", one(allow(condition={"StringEquals": {"aws:username": None}})), {}, UNKNOWN),
    ("effect list", one(allow(Effect=["Allow"])), {}, UNKNOWN),
    ("resource empty text", one(allow("s3:*", "")), {}, UNKNOWN),
    ("action with two colons", one(allow("s3:Get:Object")), {}, IMPLICIT),
    ("action trailing colon", one(allow("s3:")), {}, UNKNOWN),
    (
        "GetCallerIdentity with scp deny",
        user(document(deny())),
        {"action": "sts:GetCallerIdentity", "resource": "*", "org": organization([document(deny())])},
        ALLOWED,
    ),
]


@pytest.mark.parametrize(("name", "who", "asked", "decision"), REQUESTS, ids=[row[0] for row in REQUESTS])
def test_request(name, who, asked, decision):
    """Keys of `asked` with a colon are context, the others replace action, resource and organization."""
    context = {key.lower(): tuple(value) if isinstance(value, list) else (value,) for key, value in asked.items() if ":" in key}
    binding = bind(who, asked.get("org"))
    action, resource = asked.get("action", "s3:GetObject"), asked.get("resource", OBJECT)
    assert decide(binding, action, resource, lookup_in({**principal(who), **context}, who)).decision == decision
