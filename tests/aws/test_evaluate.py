"""Single requests, decided as AWS decides them: statements, boundaries, SCP levels, groups, and what is malformed or unread."""

from __future__ import annotations

import pytest
from aws_helpers import ACCOUNT, ALLOW_ALL, ARN, allow, deny, document, group, organization, user

from leakstop.aws.account import BOUNDARY, POLICIES, SCPS, Policy, Unread
from leakstop.aws.bind import bind, unread
from leakstop.aws.evaluate import decide, lookup_in, principal

BUCKET, OBJECT = "arn:aws:s3:::prod-data", "arn:aws:s3:::prod-data/a/b"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def ask(who, action="s3:GetObject", resource=OBJECT, org=None, **context):
    given = {key.replace("__", ":").replace("_", "-"): (value,) for key, value in context.items()}
    return decide(bind(who, org), action, resource, lookup_in({**principal(who), **given}, who))


def one(*statements, **more):
    return user(document(*statements), **more)


@pytest.mark.parametrize(
    "statement, decision",
    [
        (allow(), "allowed"),
        (allow("s3:GetObject"), "allowed"),
        (allow("S3:getobject"), "allowed"),
        (allow("s3:Get*"), "allowed"),
        (allow("s3:Get?bject"), "allowed"),
        (allow("*:GetObject"), "allowed"),
        (allow("s*:Get*"), "allowed"),
        (allow(["s3:PutObject", "s3:GetObject"]), "allowed"),
        (allow("s3:GetObjectAcl"), "implicit-deny"),
        (allow("s3:Get"), "implicit-deny"),
        (allow("ec2:*"), "implicit-deny"),
        (allow([]), "implicit-deny"),
        (allow(None, NotAction="iam:*"), "allowed"),
        (allow(None, NotAction=["iam:*", "s3:*"]), "implicit-deny"),
        (allow(None, NotAction=[]), "allowed"),
        (allow("s3:*", BUCKET), "implicit-deny"),
        (allow("s3:*", f"{BUCKET}/*"), "allowed"),
        (allow("s3:*", "arn:aws:s3:::PROD-DATA/*"), "implicit-deny"),
        (allow("s3:*", "arn:aws:s3:::*"), "allowed"),
        (allow("s3:*", "arn:*"), "allowed"),
        (allow("s3:*", "arn:aws:s3:::prod-data/?/b"), "allowed"),
        (allow("s3:*", [BUCKET, f"{BUCKET}/*"]), "allowed"),
        (allow("s3:*", []), "implicit-deny"),
        (allow("s3:*", None, NotResource=f"{BUCKET}/*"), "implicit-deny"),
        (allow("s3:*", None, NotResource="arn:aws:s3:::other/*"), "allowed"),
        (allow(condition={}), "allowed"),
        (allow(condition={"StringEquals": {}}), "allowed"),
        (allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/bucket}/*"), "implicit-deny"),
        (allow("s3:*", "arn:aws:s3:::${aws:PrincipalTag/bucket, 'prod-data'}/*"), "allowed"),
    ],
)
def test_statement_forms(statement, decision):
    assert ask(one(statement)).decision == decision


def test_nothing_allows():
    assert ask(user()) == ("implicit-deny", ("no policy of the user or its groups allows it",))


@pytest.mark.parametrize("action", ["sts:GetCallerIdentity", "STS:getsessiontoken"])
def test_what_no_policy_can_deny(action):
    assert ask(user(document(deny())), action, "*").decision == "allowed"


def test_a_statement_alone_needs_no_list():
    assert ask(user({"Version": "2012-10-17", "Statement": allow()})).decision == "allowed"


def test_a_deny_wins_and_is_named():
    decision = ask(one(allow(), deny("s3:*", Sid="NoStorage")))
    assert decision == ("explicit-deny", ("user leaky, inline policy p1, statement 2 (NoStorage)",))


def test_a_deny_of_a_group_wins():
    member = user(ALLOW_ALL, groups=(group("ops", document(deny("s3:*"))),))
    assert ask(member).by == ("group ops, inline policy g1, statement 1",)


def test_a_group_allows():
    assert ask(user(groups=(group("ops", ALLOW_ALL),))).decision == "allowed"


def test_a_managed_policy_without_its_document_is_known_by_name():
    assert ask(user(attached=(Policy("AdministratorAccess", None, ADMIN),))).decision == "allowed"
    denied = ask(user(ALLOW_ALL, attached=(Policy("AWSDenyAll", None, "arn:aws:iam::aws:policy/AWSDenyAll"),)))
    assert denied.decision == "explicit-deny"
    job = Policy("ViewOnlyAccess", None, "arn:aws-cn:iam::aws:policy/job-function/ViewOnlyAccess")
    assert ask(user(attached=(job,)), "s3:ListAllMyBuckets", "*").decision == "allowed"


def test_an_unread_policy_makes_unknown_what_it_could_decide():
    hidden = (Policy("net", None, f"arn:aws:iam::{ACCOUNT}:policy/net"),)
    assert ask(user(ALLOW_ALL, attached=hidden)) == ("unknown", ("user leaky, managed policy net - could not be read",))
    assert ask(user(attached=hidden)).decision == "unknown"
    assert ask(user(document(deny()), attached=hidden)).decision == "explicit-deny"
    assert [each.permission for each in unread(user(attached=hidden))] == ["iam:GetPolicyVersion"]


@pytest.mark.parametrize(
    "part, decision", [(POLICIES, "unknown"), (BOUNDARY, "unknown"), ("tags", "allowed"), ("keys", "allowed")]
)
def test_an_unread_list(part, decision):
    who = user(ALLOW_ALL, unread=(Unread(part, f"{part} of user leaky", "iam:X"),))
    assert ask(who).decision == decision


def test_an_unread_policy_cannot_open_what_a_boundary_shuts():
    hidden = (Policy("net", None, f"arn:aws:iam::{ACCOUNT}:policy/net"),)
    assert ask(user(attached=hidden, boundary=Policy("limit", document(allow("ec2:*"))))).decision == "implicit-deny"


@pytest.mark.parametrize(
    "boundary, decision",
    [
        (document(allow()), "allowed"),
        (document(allow("s3:*")), "allowed"),
        (document(allow("ec2:*")), "implicit-deny"),
        (document(allow(), deny("s3:*")), "explicit-deny"),
        (document(), "implicit-deny"),
        (None, "unknown"),
    ],
)
def test_boundary(boundary, decision):
    assert ask(user(ALLOW_ALL, boundary=Policy("limit", boundary))).decision == decision


def test_a_boundary_grants_nothing():
    assert ask(user(boundary=Policy("limit", ALLOW_ALL))).by == ("no policy of the user or its groups allows it",)


@pytest.mark.parametrize(
    "levels, decision",
    [
        ([[ALLOW_ALL]], "allowed"),
        ([[ALLOW_ALL], [ALLOW_ALL], [ALLOW_ALL]], "allowed"),
        ([[ALLOW_ALL], [document(allow("ec2:*"))]], "implicit-deny"),
        ([[ALLOW_ALL], [document(allow("ec2:*")), document(allow("s3:*"))]], "allowed"),
        ([[ALLOW_ALL], []], "implicit-deny"),
        ([[ALLOW_ALL, document(deny("s3:*"))], [ALLOW_ALL]], "explicit-deny"),
        ([[ALLOW_ALL], [ALLOW_ALL, None]], "unknown"),
        ([[None]], "unknown"),
        ([[ALLOW_ALL, document(deny(None, NotAction="ec2:*"))]], "explicit-deny"),
        ([[ALLOW_ALL, document(deny(None, NotAction="s3:*"))]], "allowed"),
    ],
)
def test_levels_of_service_control_policies(levels, decision):
    assert ask(user(ALLOW_ALL), org=organization(*levels)).decision == decision
    assert ask(user(ALLOW_ALL), org=organization(*levels, management=True)).decision == "allowed"


def test_which_level_is_missing_an_allow():
    decision = ask(user(ALLOW_ALL), org=organization([ALLOW_ALL], [document(allow("ec2:*"))]))
    assert decision.by == ("no service control policy of level 2 allows it",)


def test_unreadable_service_control_policies():
    org = organization(unread=(Unread(SCPS, "the service control policies", "organizations:ListPoliciesForTarget"),))
    assert ask(user(ALLOW_ALL), org=org).decision == "unknown"
    assert ask(user(), org=org).decision == "implicit-deny"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param([], id="a list"),
        pytest.param("text", id="text"),
        pytest.param({}, id="no Statement"),
        pytest.param({"Version": "2012-10-17", "Statement": "x"}, id="Statement is text"),
        pytest.param({"Version": "2020-01-01", "Statement": [allow()]}, id="Version of the future"),
        pytest.param({"Version": ["2012-10-17"], "Statement": [allow()]}, id="Version is a list"),
        pytest.param({"Statements": [allow()]}, id="Statements"),
        pytest.param(document(7), id="a statement is a number"),
        pytest.param(document(allow(Effect="allow")), id="effect in lower case"),
        pytest.param(document(allow(Effect="DENY")), id="effect in upper case"),
        pytest.param(document({"Action": "*", "Resource": "*"}), id="no effect"),
        pytest.param(document(allow(NotAction="s3:*")), id="Action and NotAction"),
        pytest.param(document(allow(None)), id="no action"),
        pytest.param(document({"Effect": "Allow", "Action": "*"}), id="no resource"),
        pytest.param(document(allow(NotResource="*")), id="Resource and NotResource"),
        pytest.param(document(allow("GetObject")), id="action without service"),
        pytest.param(document(allow(["s3:GetObject", 5])), id="action is a number"),
        pytest.param(document(allow("s3:*", "prod-data")), id="resource is no ARN"),
        pytest.param(document(allow(condition=[])), id="condition is a list"),
        pytest.param(document(allow(condition={"Bool": "x"})), id="condition without keys"),
        pytest.param(document(allow(condition={"Bool": {"aws:x": {"y": 1}}})), id="condition value is an object"),
        pytest.param(document(allow(condition={"StrungEquals": {"aws:username": "leaky"}})), id="unknown operator"),
        pytest.param(document(allow(Principal="*")), id="a principal"),
        pytest.param(document(allow(Actoin="*")), id="an element that does not exist"),
    ],
)
def test_what_aws_would_refuse_is_unknown(content):
    assert ask(user(content)).decision == "unknown"
    assert ask(user(document(deny()), content)).decision == "explicit-deny"


def test_a_malformed_policy_says_what_is_wrong():
    assert ask(user(document(allow(Effect="allow")))).by == ("user leaky, inline policy p1, statement 1 - its Effect is 'allow'",)


def test_keys_that_follow_from_the_user():
    for key, value in {
        "aws:PrincipalArn": ARN,
        "aws:username": "leaky",
        "aws:userid": "AIDACKCEVSQ6C2EXAMPLE",
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalType": "User",
        "aws:PrincipalTag/team": "red",
    }.items():
        assert ask(one(allow(condition={"StringEquals": {key: value}}), tags={"team": "red"})).decision == "allowed", key


def test_no_other_key_is_filled_in():
    for key in ("aws:SourceIp", "aws:ViaAWSService", "aws:CurrentTime", "aws:SecureTransport", "aws:PrincipalTag/other"):
        assert ask(one(allow(condition={"Null": {key: "true"}}))).decision == "allowed", key


def test_unread_tags_are_unknown():
    who = one(allow(condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}), tags=None)
    assert ask(who).decision == "unknown"
    assert ask(who, **{"aws:principaltag/team": "red"}).decision == "allowed"


def test_ones_own_user_by_variable():
    who = one(allow("iam:*AccessKey*", f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"))
    assert ask(who, "iam:CreateAccessKey", ARN).decision == "allowed"
    assert ask(who, "iam:CreateAccessKey", ARN + "2").decision == "implicit-deny"


def test_the_classic_restriction():
    net = deny(condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:ViaAWSService": "false"}})
    who = user(ALLOW_ALL, document(net))
    outside = {"aws:sourceip": "8.8.8.8", "aws:viaawsservice": "false"}
    assert ask(who, **outside).decision == "explicit-deny"
    assert ask(who, **{**outside, "aws:viaawsservice": "true"}).decision == "allowed"
    assert ask(who, **{**outside, "aws:sourceip": "203.0.113.200"}).decision == "allowed"
    assert ask(who, **{"aws:viaawsservice": "false"}).decision == "explicit-deny"
    assert ask(who).decision == "allowed"  # Bool on an absent key is never met
