"""The policy that keeps what was used: never wider than what there was, never without what was used."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from aws_helpers import ALLOW_ALL, allow, deny, document, user
from hypothesis import given, settings
from hypothesis import strategies as st

from leakstop.aws import evaluate
from leakstop.aws.account import ServiceUse
from leakstop.aws.bind import bind
from leakstop.aws.least import DATA, RISKY, SID, suggestion

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAY, LONG_AGO = "2026-11-20T00:00:00Z", "2026-05-01T00:00:00Z"
USED = (
    ServiceUse(
        "s3", DAY, "", (("ListAllMyBuckets", DAY), ("CreateBucket", ""), ("PutBucketPolicy", LONG_AGO), ("GetBucketAcl", DAY))
    ),
    ServiceUse("lambda", DAY),  # AWS tells of no action
    ServiceUse("iam", DAY, "", (("CreateUser", ""), ("GetUser", DAY))),
    ServiceUse("ec2"),
    ServiceUse("sqs", LONG_AGO),
)
KEPT_OF_S3 = ["s3:GetBucketAcl", "s3:ListAllMyBuckets", *(each for each in DATA if each.startswith("s3:"))]
CASES = {
    "everything": (allow(), [*KEPT_OF_S3, "lambda:*", "iam:GetUser"]),
    "whole services": (allow(["s3:*", "iam:*", "ec2:*", "sqs:Send*"]), [*KEPT_OF_S3, "iam:GetUser"]),
    "single actions": (
        allow(["s3:GetObject", "s3:ListAllMyBuckets", "s3:PutBucketPolicy", "iam:PassRole", "ec2:RunInstances"]),
        ["s3:GetObject", "s3:ListAllMyBuckets"],
    ),
    "what goes first of a service of which nothing is known": (
        allow(["lambda:UpdateFunctionCode", "lambda:ListFunctions", "lambda:TagResource"]),
        ["lambda:TagResource"],
    ),
    "patterns": (allow(["s3:Get*", "iam:Get*"]), ["s3:GetBucketAcl", "s3:GetObject", "s3:GetObjectTagging", "iam:GetUser"]),
    "all but one service": (allow(None, NotAction="iam:*"), [*KEPT_OF_S3, "lambda:*"]),
    "all but some of a service whose actions are known": (
        allow(None, NotAction=["s3:List*", "lambda:*"]),
        [*(each for each in KEPT_OF_S3 if "List" not in each), "iam:GetUser"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_stays(name):
    statement, expected = CASES[name]
    found = suggestion(user(document(statement), usage=USED), NOW)
    assert found is not None
    assert found.policy["Statement"][0] == {"Effect": "Allow", "Action": expected, "Resource": ["*"]}


def test_what_it_says():
    found = suggestion(user(ALLOW_ALL, document(deny("s3:DeleteBucket")), usage=USED), NOW)
    assert found is not None
    first = found.policy["Statement"][-1]
    assert (first["Sid"], first["Effect"]) == (SID, "Deny")
    assert {"lambda:UpdateFunctionCode", "lambda:ListFunctions"} <= set(first["Action"])
    assert "lambda:InvokeFunction" not in first["Action"]  # that is use of data
    assert {"Effect": "Deny", "Action": ["s3:DeleteBucket"], "Resource": ["*"]} in found.policy["Statement"]
    assert found.blind == ("lambda",)
    assert "s3:GetObject" in found.untracked
    assert found.removed[0].startswith("lambda:CreateFunction: ")
    assert any(each.startswith("s3:*: only what was used") for each in found.removed)


def test_an_exception_that_cannot_be_written_otherwise_stays():
    """Only with NotAction can one say "all of Lambda but invoking", where nobody knows what of it was used."""
    found = suggestion(user(document(allow(None, NotAction="lambda:Invoke*"), allow("ec2:*")), usage=USED), NOW)
    assert found is not None
    assert found.policy["Statement"][0]["NotAction"] == ["lambda:Invoke*"]


ACTIONS = st.sampled_from([
    *("*", "s3:*", "s3:Get*", "s3:GetObject", "S3:ListAllMyBuckets", "iam:*", "iam:*User", "iam:PassRole", "lambda:*"),
    *("lambda:Get?*", "lambda:UpdateFunctionCode", "ec2:*", "*:Get*", "l*:*", "sqs:SendMessage"),
])  # fmt: skip
ROWS = st.builds(
    lambda effect, negated, actions, resource: {
        "Effect": effect, ("NotAction" if negated else "Action"): actions, "Resource": resource,
    },
    st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
    st.booleans(),
    st.lists(ACTIONS, min_size=1, max_size=3),
    st.sampled_from(["*", "arn:aws:s3:::a/*"]),
)  # fmt: skip
ASKED = [*DATA, *RISKY[:60], "s3:CreateBucket", "s3:PutBucketPolicy", "iam:GetUser", "lambda:TagResource", "ec2:RunInstances"]
SEEN = ("s3:ListAllMyBuckets", "s3:GetBucketAcl", "iam:GetUser")


@given(rows=st.lists(ROWS, min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_it_is_never_wider_and_keeps_what_was_used(rows):
    before = user(document(*rows), usage=USED)
    found = suggestion(before, NOW)
    if found is None:
        return
    after = user(found.policy)
    for action in (*ASKED, *SEEN):
        for resource in ("*", "arn:aws:s3:::a/b"):
            old, new = (
                evaluate.decide(bind(who), action, resource, evaluate.lookup_in({}, who)).decision for who in (before, after)
            )
            assert new != "allowed" or old == "allowed", action
            assert action not in SEEN or new == old or old != "allowed", action
