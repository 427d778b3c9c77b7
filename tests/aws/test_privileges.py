"""What a user may do, rated; what else there is to know of its credentials; and one severity of it all."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from aws_helpers import ACCOUNT, ALLOW_ALL, ARN, DIRECT, OURS, OUTSIDE, allow, deny, document, exported, exported_user, user
from helpers import run_cli

from leakstop.aws import severity
from leakstop.aws.account import ROLE, USER, AccessKey, Credential, Policy, ServiceUse
from leakstop.aws.actions import known
from leakstop.aws.assessment import assess
from leakstop.aws.credentials import sentences, unused, usage, with_report
from leakstop.aws.details import account
from leakstop.aws.escalation import PATHS
from leakstop.aws.least import suggestion
from leakstop.aws.privileges import rate
from leakstop.errors import UsageError

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NET = document(deny(condition={**OUTSIDE, **DIRECT}))
USERS = f"arn:aws:iam::{ACCOUNT}:user/*"
OBJECTS = "arn:aws:s3:::prod-data/*"


def managed(name):
    return user(attached=(Policy(name, None, f"arn:aws:iam::aws:policy/{name}"),))


@pytest.mark.parametrize(
    "statements, level",
    [
        ([], "none"),
        ([allow("sqs:GetQueueUrl")], "none"),
        ([allow("s3:ListAllMyBuckets")], "low"),
        ([allow("s3:GetObject", OBJECTS)], "medium"),
        ([allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::prod-data", OBJECTS])], "high"),
        ([allow("s3:GetObject")], "high"),
        ([allow("ec2:RunInstances")], "high"),
        ([allow("s3:DeleteObject", OBJECTS)], "medium"),
        ([allow("iam:CreateUser", USERS)], "high"),
        ([allow("iam:PutUserPolicy", ARN)], "critical"),
        ([allow("iam:CreateAccessKey")], "critical"),
        ([allow("iam:CreateAccessKey", ARN)], "medium"),
        ([allow("sts:AssumeRole")], "high"),
        ([allow("iam:PassRole"), allow("ec2:RunInstances")], "critical"),
        ([allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/web"), allow("ec2:RunInstances")], "critical"),
        (
            [
                allow("iam:PassRole", condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
                allow("ec2:RunInstances"),
            ],
            "high",
        ),
        ([allow("*")], "critical"),
        ([allow(None, NotAction=["iam:*", "organizations:*"])], "critical"),
        ([allow("*"), deny("*")], "none"),
        ([allow("*"), deny(None, NotAction="s3:ListAllMyBuckets")], "low"),
    ],
)
def test_level(statements, level):
    assert rate(user(document(*statements))).level == level


def test_conditions_on_the_network_are_left_aside():
    assert rate(user(ALLOW_ALL, NET)).administrator
    assert rate(user(document(allow(condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})))).administrator


def test_a_condition_that_this_user_never_meets_gives_nothing():
    assert rate(user(document(allow(condition={"StringEquals": {"aws:PrincipalTag/admin": "yes"}})))).level == "none"


def test_a_boundary_limits():
    assert rate(user(ALLOW_ALL, boundary=Policy("b", document(allow("s3:ListAllMyBuckets"))))).level == "low"


def test_an_unread_policy_makes_the_rating_uncertain():
    hidden = (Policy("x", None, "arn:aws:iam::1:policy/x"),)
    assert rate(user(attached=hidden))[:2] == ("none", False)
    assert rate(user(ALLOW_ALL, attached=hidden)).administrator
    assert rate(user(ALLOW_ALL, boundary=hidden[0])).administrator
    assert all(rate(who).uncertain for who in (user(attached=hidden), user(ALLOW_ALL, attached=hidden)))
    assert assess(user(attached=hidden), now=NOW).severity.level == "high"
    assert not rate(user(ALLOW_ALL)).uncertain


@pytest.mark.parametrize(
    "name, level, paths",
    [
        ("AdministratorAccess", "critical", True),
        ("PowerUserAccess", "critical", True),
        ("IAMFullAccess", "critical", True),
        ("AmazonEC2FullAccess", "critical", True),
        ("AWSLambda_FullAccess", "critical", True),
        ("SecretsManagerReadWrite", "critical", True),
        ("ReadOnlyAccess", "high", False),
        ("AmazonS3ReadOnlyAccess", "high", False),
        ("SecurityAudit", "low", False),
        ("IAMReadOnlyAccess", "low", False),
        ("AWSSupportAccess", "none", False),
    ],
)
def test_policies_of_aws_by_name(name, level, paths):
    found = rate(managed(name))
    assert (found.level, bool(found.paths), found.uncertain) == (level, paths, False)


def test_every_path_consists_of_known_actions():
    for path in PATHS:
        assert all(action.lower() in known() for action in path.actions), path


def test_each_path_opens_by_its_own_actions():
    boundary = Policy("b", ALLOW_ALL)
    for path in PATHS:
        actions = [*path.actions, *(["iam:PassRole"] if path.passes else [])]
        kind = ROLE if path.role else USER
        found = rate(user(document(allow(actions)), boundary=boundary if "boundary" in path.needs else None, kind=kind))
        assert path in found.paths, path
        for missing in actions:
            others = [action for action in actions if action != missing]
            less = rate(user(document(allow(others)), boundary=boundary))
            assert path not in less.paths, (path, missing)


KEY = AccessKey("AKIAIOSFODNN7EXAMPLE", "Active", "2026-01-01T00:00:00Z", "2026-11-20T00:00:00Z", "s3", "eu-west-1")


def test_what_is_told_of_credentials():
    who = user(
        keys=(KEY, KEY._replace(id="AKIAI44QH8DHBEXAMPLE", status="Inactive", last_used="", created="2026-11-01T00:00:00Z")),
        password=True,
        password_last_used="2026-11-01T00:00:00+00:00",
        mfa=(),
        other_credentials=(Credential("service-specific", "ACCAEXAMPLE", "Active", "bedrock.amazonaws.com"),),
        usage=(ServiceUse("s3", "2026-11-20T00:00:00Z"), ServiceUse("iam"), ServiceUse("ec2", "2025-01-01T00:00:00Z")),
    )
    assert list(sentences(who, NOW)) == [
        "key AKIAIOSFODNN7EXAMPLE: active, 324 days old, overdue for rotation, last used 1 days ago (s3 eu-west-1)",
        "key AKIAI44QH8DHBEXAMPLE: inactive, 20 days old, never used",
        "there are two keys, the most that a user can have: a new one needs the deletion of one of these",
        "a console password WITHOUT MFA, last used 20 days ago",
        "another credential, which outlives the key: service-specific of bedrock.amazonaws.com ACCAEXAMPLE Active",
        "2 of 3 allowed services were not used for 90 days",
    ]
    assert unused(who, NOW) == ["ec2", "iam"]
    assert list(sentences(user(), NOW)) == []


HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,"
    "access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service\n"
)
ROWS = (
    "<root_account>,arn,2020-01-01T00:00:00+00:00,not_supported,N/A,false,true,2020-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A\n"
    "ci,arn,2020-01-01T00:00:00+00:00,true,no_information,true,true,2026-01-01T00:00:00+00:00,2026-11-20T00:00:00+00:00,eu-west-1,s3,"
    "false,N/A,N/A,N/A,N/A\n"
    "idle,arn,2020-01-01T00:00:00+00:00,false,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A\n"
)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_credential_report(tmp_path, form):
    text = HEADER + ROWS
    if form == "json":
        text = json.dumps({"Content": base64.b64encode(text.encode()).decode(), "ReportFormat": "text/csv"})
    (tmp_path / "report").write_text(text)
    found = with_report(
        account(exported(exported_user("ci"), exported_user("idle"), exported_user("new")), "f"), str(tmp_path / "report")
    )
    assert found.root_keys is True
    ci = found.users["ci"]
    assert [(key.status, key.last_used, key.last_service) for key in ci.keys] == [("Active", "2026-11-20T00:00:00+00:00", "s3")]
    assert (ci.password, ci.mfa, ci.password_last_used) == (True, ("",), "")
    assert found.users["idle"].keys == ()
    assert found.users["new"].keys is None


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "{}", '{"Content": "%"}', HEADER])
def test_no_credential_report(tmp_path, text):
    (tmp_path / "report").write_text(text)
    with pytest.raises(UsageError, match="not a credential report"):
        with_report(account(exported(exported_user("ci")), "f"), str(tmp_path / "report"))


def test_all_users_with_keys(tmp_path):
    (tmp_path / "details.json").write_text(json.dumps(exported(exported_user("ci", ALLOW_ALL), exported_user("idle", ALLOW_ALL))))
    (tmp_path / "report.csv").write_text(HEADER + ROWS)
    result = run_cli(
        *("aws", "exposure", "--authorization-details", "details.json", "--credential-report", "report.csv", "--all"),
        cwd=tmp_path,
    )
    assert [line.split()[:3] for line in result.out.splitlines()] == [
        ["user", "severity", "verdict"],
        ["<root>", "critical", "unrestricted"],
        ["ci", "critical", "unrestricted"],
    ]


@pytest.mark.parametrize(
    "who, state, level",
    [
        (user(ALLOW_ALL), severity.LIVE, "critical"),
        (user(ALLOW_ALL), severity.INACTIVE, "medium"),
        (user(ALLOW_ALL), severity.DEAD, "low"),
        (user(ALLOW_ALL, NET), severity.LIVE, "high"),
        (user(document(allow("s3:*")), NET), severity.LIVE, "low"),
        (
            user(document(allow("s3:GetObject", condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))),
            severity.LIVE,
            "medium",
        ),
        (user(document(allow("s3:GetObject"))), severity.UNKNOWN, "high"),
        (user(document(allow("s3:GetObject")), keys=(KEY._replace(status="Inactive"),)), severity.UNKNOWN, "low"),
        (user(document(allow("s3:ListAllMyBuckets"))), severity.LIVE, "low"),
        (managed("AWSCompromisedKeyQuarantineV2"), severity.LIVE, "low"),
        (user(ALLOW_ALL, attached=managed("AWSCompromisedKeyQuarantineV2").attached), severity.LIVE, "high"),
    ],
)
def test_severity(who, state, level):
    found = assess(who, None, OURS, state=state, now=NOW)
    assert found.severity.level == level, found.severity
    assert found.severity.reason


def test_root_is_critical_at_once():
    assert severity.of_root().level == "critical"
    assert severity.of_root(severity.DEAD).level == "low"


USED = (ServiceUse("s3", "2026-11-20T00:00:00Z"), ServiceUse("iam"), ServiceUse("sqs", "2026-11-20T00:00:00Z"))


@pytest.mark.parametrize(
    "statement, expected",
    [
        (allow("*"), {"Action": ["s3:*", "sqs:*"], "Resource": ["*"]}),
        (allow(["s3:Get*", "iam:*"], OBJECTS), {"Action": ["s3:Get*"], "Resource": [OBJECTS]}),
        (
            allow(["S3:Get*", "iam:*"], condition={"Bool": {"aws:SecureTransport": True}}, Sid="Mine"),
            {"Sid": "Mine", "Action": ["s3:Get*"], "Resource": ["*"], "Condition": {"Bool": {"aws:SecureTransport": ["true"]}}},
        ),
        (allow("s3:GetObject"), None),
        (allow(None, NotAction="iam:*"), {"Action": ["s3:*", "sqs:*"], "Resource": ["*"]}),
    ],
)
def test_what_could_be_left_out(statement, expected):
    found = suggestion(user(document(statement), usage=USED), NOW)
    assert (found and found.policy["Statement"][0]) == (expected and {"Effect": "Allow", **expected})


def test_no_suggestion_without_usage_or_with_something_unread():
    assert suggestion(user(ALLOW_ALL), NOW) is None
    assert suggestion(user(ALLOW_ALL, {"Statement": "x"}, usage=USED), NOW) is None


def test_usage_files():
    row = {"ServiceNamespace": "s3", "LastAuthenticated": "2026-11-20T00:00:00Z", "LastAuthenticatedRegion": "eu-west-1"}
    assert usage({"ServicesLastAccessed": [row, {"ServiceNamespace": "iam"}]}, "f") == (
        ServiceUse("s3", "2026-11-20T00:00:00Z", "eu-west-1"),
        ServiceUse("iam"),
    )
    with pytest.raises(UsageError, match="not last-accessed details"):
        usage([], "f")


@pytest.mark.parametrize(
    "details, message",
    [
        ({"ServicesLastAccessed": [], "JobStatus": "IN_PROGRESS"}, "not complete"),
        ({"ServicesLastAccessed": [], "IsTruncated": True, "Marker": "x"}, "not complete"),
        ({"ServicesLastAccessed": [7]}, "damaged"),
        ({"ServicesLastAccessed": [{"ServiceNamespace": ["s3"]}]}, "damaged"),
        ({"ServicesLastAccessed": [{"ServiceNamespace": "s3", "TrackedActionsLastAccessed": [None]}]}, "damaged"),
    ],
)
def test_usage_that_tells_too_little_is_refused(details, message):
    """Half of the rows would look as if the rest was never used."""
    with pytest.raises(UsageError, match=message):
        usage(details, "f")
