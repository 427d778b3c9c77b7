"""Verdicts on restrictions, good and bad ones: the forms that people paste, their mistakes, and what cannot be decided."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from aws_helpers import ACCOUNT, ALLOW_ALL, ARN, DIRECT, OFFICE, OURS, OUTSIDE, allow, deny, document, group, organization, user

from leakstop.aws.account import Policy
from leakstop.aws.exposure import examine
from leakstop.aws.notes import NOTES
from leakstop.aws.vantages import Trust

NOW = datetime(2026, 11, 21, tzinfo=UTC)
OK = "ok ok ok ok"  # inside, inside-fas, our-vpce, fas-after-vpce
NO_VPCE = "ok ok blocked ok"
VPC, VPCE = "vpc-0ours0000000001", "vpce-0aaaabbbbccccdddd"
MAYBE_DIRECT = {"BoolIfExists": {"aws:ViaAWSService": "false"}}


class Case(NamedTuple):
    name: str
    restriction: Any  # the condition of a Deny * for a user who may do everything; or a list of documents; or keywords of user()
    verdict: str
    notes: str = ""  # that have to be there
    legit: str = ""  # as in OK; "" for anything
    absent: str = ""  # notes that must not be there
    scps: Any = None


def net(*cidrs, **more):
    return {"NotIpAddress": {"aws:SourceIp": list(cidrs)}, **DIRECT, **more}


def whole(condition, **more):
    """A user who may do everything, under a deny."""
    return [ALLOW_ALL, document(deny(condition=condition, **more))]


RESTRICTED = [
    Case("classic", net(*OFFICE), "restricted", "ipv6-clients-blocked", NO_VPCE, "vpce-bypass ipv6-open lockout inverted"),
    Case("BoolIfExists", {**OUTSIDE, **MAYBE_DIRECT}, "restricted", "", NO_VPCE),
    Case("no exemption of services", OUTSIDE, "restricted", "breaks-fas-after-vpce", "ok ok blocked blocked"),
    Case("IfExists on the addresses", {"NotIpAddressIfExists": {"aws:SourceIp": OFFICE}, **DIRECT}, "restricted", "", NO_VPCE),
    Case("scalar address", net("203.0.113.9"), "restricted", "", NO_VPCE),
    Case("IPv4 and IPv6", net(*OFFICE, "2001:db8:1::/48"), "restricted", "", NO_VPCE, "ipv6-clients-blocked ipv6-open"),
    Case("/9 is only broad", net(*OFFICE, "52.0.0.0/9"), "restricted", "broad-cidr", NO_VPCE),
    Case("/16 is broad", net(*OFFICE, "52.1.0.0/16"), "restricted", "broad-cidr", NO_VPCE),
    Case("/17 is not broad", net(*OFFICE, "52.1.0.0/17"), "restricted", "", NO_VPCE, "broad-cidr"),
    Case("IPv6 /24 is only broad", net(*OFFICE, "2600::/24"), "restricted", "broad-cidr", NO_VPCE),
    Case("JSON false", {**OUTSIDE, "Bool": {"aws:ViaAWSService": False}}, "restricted", "", NO_VPCE),
    Case("key in odd case", {"NotIpAddress": {"AWS:sourceIP": OFFICE}, **DIRECT}, "restricted", "", NO_VPCE),
    Case(
        "addresses and endpoint in one statement",
        {"NotIpAddress": {"aws:SourceIp": OFFICE}, "StringNotEquals": {"aws:SourceVpce": VPCE}, **DIRECT},
        "restricted",
        "",
        OK,
    ),
    Case(
        "the perimeter form with a VPC",
        {"NotIpAddressIfExists": {"aws:SourceIp": OFFICE}, "StringNotEqualsIfExists": {"aws:SourceVpc": [VPC]}, **MAYBE_DIRECT},
        "restricted",
        "",
        OK,
    ),
    Case(
        "the whole organization's endpoints",
        {
            "NotIpAddressIfExists": {"aws:SourceIp": OFFICE},
            "StringNotEqualsIfExists": {"aws:VpceOrgID": "o-ours000001"},
            **DIRECT,
        },
        "restricted",
        "",
        OK,
    ),
    Case(
        "endpoints of the account",
        {"NotIpAddress": {"aws:SourceIp": OFFICE}, "StringNotEquals": {"aws:VpceAccount": ACCOUNT}, **DIRECT},
        "restricted",
        "",
        OK,
    ),
    Case("endpoint only", {"StringNotEquals": {"aws:SourceVpce": VPCE}, **DIRECT}, "restricted", "", "blocked ok ok ok"),
    Case(
        "endpoint only, no exemption",
        {"StringNotEquals": {"aws:SourceVpce": VPCE}},
        "restricted",
        "breaks-fas-after-vpce",
        "blocked blocked ok blocked",
    ),
    Case(
        "long prefix of an endpoint",
        {"StringNotLike": {"aws:SourceVpce": "vpce-0aaaabbbb*"}, **DIRECT},
        "restricted",
        "",
        "blocked ok ok ok",
    ),
    Case("private range", net("10.0.0.0/8"), "restricted", "lockout private-cidr", "blocked ok blocked ok"),
    Case(
        "addresses and endpoint in two statements",
        [
            ALLOW_ALL,
            document(deny(condition=net(*OFFICE)), deny(condition={"StringNotEquals": {"aws:SourceVpce": VPCE}, **DIRECT})),
        ],
        "restricted",
        "lockout",
        "blocked ok blocked ok",
    ),
    Case(
        "only allow, conditioned",
        [document(allow(condition={"IpAddress": {"aws:SourceIp": OFFICE}}))],
        "restricted",
        "implicit-only",
        "ok ok blocked blocked",
    ),
    Case(
        "deny of what is allowed",
        [document(allow("s3:*")), document(deny("s3:*", condition=net(*OFFICE)))],
        "restricted",
        "",
        NO_VPCE,
    ),
    Case(
        "deny of more than what is allowed",
        [
            document(allow("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs")),
            document(deny("sqs:*", condition=net(*OFFICE))),
        ],
        "restricted",
        "",
        NO_VPCE,
    ),
    Case(
        "deny on the bucket that is allowed",
        [
            document(allow("s3:GetObject", "arn:aws:s3:::prod-data/*")),
            document(deny("*", "arn:aws:s3:::prod-*", condition=net(*OFFICE))),
        ],
        "restricted",
        "",
        NO_VPCE,
    ),
    Case("no permissions", [document()], "restricted", "no-permissions lockout", "blocked blocked blocked blocked"),
    Case("everything denied", [ALLOW_ALL, document(deny())], "restricted", "no-permissions lockout"),
    Case(
        "VPC-native exemptions",
        [
            ALLOW_ALL,
            document(deny(None, NotAction=["es:ES*", "dax:GetItem", "rds-db:connect", "neptune-db:*"], condition=net(*OFFICE))),
        ],
        "restricted",
        "vpc-native-exemptions",
        NO_VPCE,
    ),
    Case(
        "NotAction of what cannot be denied",
        [ALLOW_ALL, document(deny(None, NotAction=["sts:GetCallerIdentity", "sts:GetSessionToken"], condition=net(*OFFICE)))],
        "restricted",
        "",
        NO_VPCE,
        "vpc-native-exemptions",
    ),
    Case(
        "MFA exemption that a key never has",
        {**OUTSIDE, "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        "restricted",
        "",
        "ok ok blocked blocked",
        "session-bypass",
    ),
    Case(
        "only long-term keys",
        {**OUTSIDE, **DIRECT, "Null": {"aws:TokenIssueTime": "true"}},
        "restricted",
        "session-bypass",
        NO_VPCE,
    ),
    Case(
        "a forwarding service exempted",
        {**OUTSIDE, "ForAllValues:StringNotEquals": {"aws:CalledVia": "athena.amazonaws.com"}},
        "restricted",
    ),
    Case(
        "users only", {**OUTSIDE, **DIRECT, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}, "restricted", "", NO_VPCE
    ),
    Case("not for another user", {**OUTSIDE, **DIRECT, "StringNotEquals": {"aws:username": "boss"}}, "restricted", "", NO_VPCE),
    Case("until 2030", {**OUTSIDE, **DIRECT, "DateLessThan": {"aws:CurrentTime": "2030-01-01"}}, "restricted", "", NO_VPCE),
    Case(
        "tag that the user has",
        {"identity": whole({**OUTSIDE, **DIRECT, "StringEquals": {"aws:PrincipalTag/net": "office"}}), "tags": {"net": "office"}},
        "restricted",
        "",
        NO_VPCE,
    ),
    Case(
        "through a group",
        {"identity": [ALLOW_ALL], "groups": (group("net", document(deny(condition=net(*OFFICE)))),)},
        "restricted",
        "tamper",
        NO_VPCE,
    ),
    Case(
        "through a boundary",
        {"identity": [ALLOW_ALL], "boundary": Policy("b", document(allow(), deny(condition=net(*OFFICE))))},
        "restricted",
        "tamper",
        NO_VPCE,
    ),
    Case(
        "boundary that allows from inside",
        {"identity": [ALLOW_ALL], "boundary": Policy("b", document(allow(condition={"IpAddress": {"aws:SourceIp": OFFICE}})))},
        "restricted",
        "implicit-only",
    ),
    Case(
        "through an SCP",
        [ALLOW_ALL],
        "restricted",
        "",
        NO_VPCE,
        "scp-unseen tamper",
        [[ALLOW_ALL, document(deny(condition=net(*OFFICE)))]],
    ),
    Case(
        "SCP that allows from inside only",
        [ALLOW_ALL],
        "restricted",
        "implicit-only",
        "",
        "",
        [[ALLOW_ALL], [document(allow(condition={"IpAddress": {"aws:SourceIp": OFFICE}}))]],
    ),
    Case(
        "an unread policy beside a deny",
        {"identity": whole(net(*OFFICE)), "attached": (Policy("x", None, f"arn:aws:iam::{ACCOUNT}:policy/x"),)},
        "restricted",
    ),
]
PARTIAL = [
    Case(
        "private addresses beside a VPC: one of them is enough",
        {
            "NotIpAddressIfExists": {"aws:SourceIp": OFFICE, "aws:VpcSourceIp": ["10.20.0.0/16"]},
            "StringNotEqualsIfExists": {"aws:SourceVpc": VPC},
            **DIRECT,
        },
        "partial",
        "vpce-bypass",
        OK,
    ),
    Case(
        "NotAction",
        [ALLOW_ALL, document(deny(None, NotAction=["iam:*", "sts:*"], condition=net(*OFFICE)))],
        "partial",
        "",
        "ok ok mixed ok",
    ),
    Case(
        "NotAction that exempts more than VPC-native ones",
        [ALLOW_ALL, document(deny(None, NotAction=["es:*"], condition=net(*OFFICE)))],
        "partial",
    ),
    Case(
        "NotAction of one unknown action",
        [ALLOW_ALL, document(deny(None, NotAction="braket:SearchJobs", condition=net(*OFFICE)))],
        "partial",
    ),
    Case(
        "one bucket",
        [ALLOW_ALL, document(deny("*", ["arn:aws:s3:::prod-data", "arn:aws:s3:::prod-data/*"], condition=net(*OFFICE)))],
        "partial",
        "",
        "ok ok mixed ok",
    ),
    Case(
        "all but one bucket",
        [ALLOW_ALL, document(deny("*", None, NotResource="arn:aws:s3:::public/*", condition=net(*OFFICE)))],
        "partial",
    ),
    Case(
        "overlapping names",
        [
            document(allow("s3:GetObject", "arn:aws:s3:::prod-*/*")),
            document(deny("s3:*", "arn:aws:s3:::*-logs/*", condition=net(*OFFICE))),
        ],
        "partial",
    ),
    Case("one service", [ALLOW_ALL, document(deny("s3:*", condition=net(*OFFICE)))], "partial"),
    Case("guard against an absent address", net(*OFFICE, Null={"aws:SourceIp": "false"}), "partial", "vpce-bypass", OK),
    Case(
        "private range alone",
        {"NotIpAddress": {"aws:VpcSourceIp": ["10.20.0.0/16"]}, **DIRECT},
        "partial",
        "vpce-bypass",
        "blocked ok ok ok",
    ),
    Case("any endpoint", {**net(*OFFICE), "StringNotLike": {"aws:SourceVpce": "vpce-*"}}, "partial", "vpce-bypass", OK),
    Case(
        "short prefix of an endpoint",
        {**net(*OFFICE), "StringNotLike": {"aws:SourceVpce": "vpce-0a*"}},
        "partial",
        "vpce-bypass",
        OK,
    ),
    Case("any organization", {**net(*OFFICE), "StringNotLike": {"aws:VpceOrgID": "o-*"}}, "partial", "vpce-bypass", OK),
    Case("an endpoint, whichever", {**net(*OFFICE), "Null": {"aws:SourceVpce": "true"}}, "partial", "vpce-bypass", OK),
    Case("all of IPv6", net(*OFFICE, "::/0"), "partial", "ipv6-open", NO_VPCE),
    Case("half of IPv6", net(*OFFICE, "2000::/3"), "partial", "ipv6-open", NO_VPCE),
    Case("/8 of a cloud", net(*OFFICE, "3.0.0.0/8"), "partial", "broad-cidr", NO_VPCE),
    Case("two /9 halves of a /8", net(*OFFICE, "3.0.0.0/9", "3.128.0.0/9"), "partial", "broad-cidr", NO_VPCE),
    Case(
        "allow with IfExists",
        [document(allow(condition={"IpAddressIfExists": {"aws:SourceIp": OFFICE}}))],
        "partial",
        "vpce-bypass implicit-only",
        OK,
    ),
    Case(
        "another allow beside",
        [document(allow(condition={"IpAddress": {"aws:SourceIp": OFFICE}}), allow("s3:GetObject"))],
        "partial",
        "implicit-only",
    ),
    Case(
        "listed services of an SCP",
        [ALLOW_ALL],
        "partial",
        "",
        "",
        "",
        [[ALLOW_ALL, document(deny(["s3:*", "kms:*"], condition=net(*OFFICE)))]],
    ),
    Case("blocklist of half the internet", {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, "partial"),
    Case("tagged resources only", {**OUTSIDE, **DIRECT, "StringEquals": {"aws:ResourceTag/secret": "yes"}}, "partial"),
]
UNRESTRICTED = [
    Case("nothing", [ALLOW_ALL], "unrestricted", "scp-unseen", OK, "inverted"),
    Case("all of IPv4", net("0.0.0.0/0"), "unrestricted", "broad-cidr"),
    Case("two halves", net("0.0.0.0/1", "128.0.0.0/1"), "unrestricted", "broad-cidr"),
    Case("the same as many /2", net("0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"), "unrestricted", "broad-cidr"),
    Case("true for false", {**OUTSIDE, "Bool": {"aws:ViaAWSService": "true"}}, "unrestricted", "inverted", "ok ok ok blocked"),
    Case(
        "IpAddress for NotIpAddress", {"IpAddress": {"aws:SourceIp": OFFICE}}, "unrestricted", "inverted", "blocked blocked ok ok"
    ),
    Case("own endpoint denied", {"StringEquals": {"aws:SourceVpce": VPCE}}, "unrestricted", "inverted", "ok ok blocked ok"),
    Case(
        "an open allow beside a conditioned one",
        [ALLOW_ALL, document(allow(condition={"IpAddress": {"aws:SourceIp": OFFICE}}))],
        "unrestricted",
    ),
    Case(
        "ForAnyValue on an absent key",
        {**OUTSIDE, "ForAnyValue:StringNotEquals": {"aws:CalledVia": "x.amazonaws.com"}},
        "unrestricted",
    ),
    Case("expired", {**OUTSIDE, "DateLessThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}}, "unrestricted"),
    Case("tag that the user lacks", {**OUTSIDE, "StringEquals": {"aws:PrincipalTag/net": "office"}}, "unrestricted"),
    Case("TLS", {"Bool": {"aws:SecureTransport": "false"}}, "unrestricted", "", OK),
    Case("regions", {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}, "unrestricted", "", OK),
    Case("user agent", {**OUTSIDE, "StringNotLike": {"aws:UserAgent": "corp-*"}}, "unrestricted"),
    Case("referer", {**OUTSIDE, "StringNotEquals": {"aws:Referer": "https://intranet"}}, "unrestricted"),
    Case("request tag", {**OUTSIDE, "Null": {"aws:RequestTag/team": "true"}}, "unrestricted"),
    Case(
        "impossible together",
        {**OUTSIDE, "StringEquals": {"aws:SourceVpc": VPC}},
        "unrestricted",
        "",
        "ok ok blocked ok",
        "inverted",
    ),
    Case("another user", {**OUTSIDE, "StringEquals": {"aws:username": "boss"}}, "unrestricted"),
    Case("roles only", {**OUTSIDE, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, "unrestricted"),
    Case("MFA that an absent key never meets", {**OUTSIDE, "Bool": {"aws:MultiFactorAuthPresent": "false"}}, "unrestricted"),
    Case("services only", {**OUTSIDE, "Bool": {"aws:PrincipalIsAWSService": "true"}}, "unrestricted"),
    Case(
        "deny of nothing that is allowed",
        [document(allow("s3:*")), document(deny("ec2:*", condition=net(*OFFICE)))],
        "unrestricted",
    ),
    Case(
        "deny on another bucket",
        [document(allow("s3:GetObject", "arn:aws:s3:::a/*")), document(deny("s3:*", "arn:aws:s3:::b/*", condition=net(*OFFICE)))],
        "unrestricted",
    ),
    Case(
        "old version of variables",
        [
            {"Version": "2008-10-17", "Statement": [allow()]},
            document(deny(condition={**OUTSIDE, "StringEquals": {"aws:username": "${aws:userid}"}})),
        ],
        "unrestricted",
    ),
    Case(
        "allow on tagged resources",
        [document(allow("ec2:*", condition={"StringEquals": {"aws:ResourceTag/env": "dev"}}))],
        "unrestricted",
    ),
    Case(
        "allow by the request's parameters",
        [document(allow("s3:ListBucket", condition={"StringLike": {"s3:prefix": "home/*"}}))],
        "unrestricted",
    ),
    Case(
        "quarantined",
        {
            "identity": [ALLOW_ALL],
            "attached": (Policy("AWSCompromisedKeyQuarantineV2", None, "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV2"),),
        },
        "unrestricted",
        "quarantined",
    ),
]
UNDECIDED = [
    Case(
        "variable among the addresses",
        {
            "identity": whole({"NotIpAddress": {"aws:SourceIp": "${aws:PrincipalTag/cidr}"}, **DIRECT}),
            "tags": {"cidr": "203.0.113.0/24"},
        },
        "unknown",
    ),
    Case("string operator on addresses", {"StringNotEquals": {"aws:SourceIp": "203.0.113.0/24"}, **DIRECT}, "unknown"),
    Case("glob on addresses", {"StringNotLike": {"aws:SourceIp": "203.0.113.*"}, **DIRECT}, "unknown"),
    Case(
        "unread tags",
        {"identity": whole({**OUTSIDE, "StringEquals": {"aws:PrincipalTag/net": "office"}}), "tags": None},
        "unknown",
    ),
    Case("unknown operator", {"NotIPRange": {"aws:SourceIp": OFFICE}}, "unknown"),
    Case("effect in lower case", [ALLOW_ALL, document(deny(condition=net(*OFFICE), Effect="deny"))], "unknown"),
    Case("malformed document", [ALLOW_ALL, {"Statement": "none"}], "unknown"),
    Case("bare IPv6 address", net(*OFFICE, "2001:db8:1::9"), "unknown", "bare-ipv6"),
    Case(
        "unread policy",
        {"identity": [ALLOW_ALL], "attached": (Policy("x", None, f"arn:aws:iam::{ACCOUNT}:policy/x"),)},
        "unknown",
    ),
    Case("unread boundary", {"identity": [ALLOW_ALL], "boundary": Policy("x", None, "arn:x")}, "unknown"),
    Case("unread SCP", [ALLOW_ALL], "unknown", "scp-unseen", "", "", [[ALLOW_ALL, None]]),
    Case("organization not known", {**OUTSIDE, **DIRECT, "StringEquals": {"aws:PrincipalOrgPaths": "o-x/*"}}, "unknown"),
]


def expose(case: Case, trust: Trust = OURS):
    if isinstance(case.restriction, list):
        who = user(*case.restriction)
    elif "identity" in case.restriction:
        who = user(*case.restriction["identity"], **{key: value for key, value in case.restriction.items() if key != "identity"})
    else:
        who = user(*whole(case.restriction))
    return examine(who, organization(*case.scps) if case.scps else None, trust, now=NOW)


@pytest.mark.parametrize(
    "case", [*RESTRICTED, *PARTIAL, *UNRESTRICTED, *UNDECIDED], ids=lambda case: f"{case.verdict}: {case.name}"
)
def test_verdict(case: Case):
    found = expose(case)
    assert found.verdict == case.verdict, found
    assert set(case.notes.split()) <= set(found.notes)
    assert not set(case.absent.split()) & set(found.notes)
    assert set(found.notes) <= set(NOTES)
    if case.legit:
        assert " ".join(found.legitimate.values()) == case.legit
    assert bool(found.open) == (case.verdict in ("partial", "unrestricted"))
    assert found.evidence or case.name == "no permissions"


@pytest.mark.parametrize("case", [*RESTRICTED, *PARTIAL, *UNRESTRICTED], ids=lambda case: f"{case.verdict}: {case.name}")
def test_the_verdict_does_not_depend_on_what_is_called_legitimate(case: Case):
    assert expose(case, Trust()).verdict == case.verdict


def test_what_is_open_and_from_where():
    found = expose(
        Case("", [document(allow(["s3:GetObject", "iam:ListUsers"]), deny("iam:*", condition=net(*OFFICE, "::/0")))], "")
    )
    assert {(each.action, each.source) for each in found.open} == {
        ("s3:GetObject", "ipv4"),
        ("s3:GetObject", "ipv6"),
        ("s3:GetObject", "vpce"),
        ("iam:ListUsers", "ipv6"),
    }


def test_evidence_names_statement_policy_and_reason():
    found = expose(Case("", net(*OFFICE, Null={"aws:SourceIp": "false"}), ""))
    assert found.evidence[0] == "user leaky, inline policy p1, statement 1 (All): allows * from anywhere"
    assert found.evidence[1] == (
        "user leaky, inline policy p2, statement 1: denies * from the IPv4 internet and the IPv6 internet;"
        " does not apply to a stranger's VPC endpoint (Null aws:SourceIp is not met)"
    )


@pytest.mark.parametrize(
    "who, undo",
    [
        (user(*whole(net(*OFFICE))), ["iam:DeleteUserPolicy", "iam:PutUserPolicy"]),
        (user(document(allow("s3:*")), document(deny(condition=net(*OFFICE)))), []),
        (
            user(
                document(allow("iam:Detach*", ARN)),
                attached=(Policy("net", document(deny(condition=net(*OFFICE))), f"arn:aws:iam::{ACCOUNT}:policy/net"),),
            ),
            ["iam:DetachUserPolicy"],
        ),
        (
            user(ALLOW_ALL, groups=(group("net", document(deny(condition=net(*OFFICE)))),)),
            ["iam:DeleteGroupPolicy", "iam:PutGroupPolicy", "iam:RemoveUserFromGroup"],
        ),
        (
            user(*whole({**OUTSIDE, **DIRECT, "StringEquals": {"aws:PrincipalTag/net": "office"}}), tags={"net": "office"}),
            ["iam:DeleteUserPolicy", "iam:PutUserPolicy", "iam:TagUser", "iam:UntagUser"],
        ),
        (
            user(
                ALLOW_ALL,
                boundary=Policy("b", document(allow(), deny(condition=net(*OFFICE))), f"arn:aws:iam::{ACCOUNT}:policy/b"),
            ),
            [
                "iam:DeleteUserPermissionsBoundary",
                "iam:PutUserPermissionsBoundary",
                "iam:CreatePolicyVersion",
                "iam:SetDefaultPolicyVersion",
            ],
        ),
    ],
)
def test_whether_the_user_can_undo_it(who, undo):
    found = examine(who, None, OURS, now=NOW)
    assert list(found.undo) == undo
    assert ("tamper" in found.notes) is bool(undo)


def test_a_placeholder_is_told_unless_the_owner_names_it():
    case = Case("", net("203.0.113.0/24", "192.0.2.7"), "")
    assert "placeholder-cidr" in expose(case, Trust()).notes
    assert "placeholder-cidr" not in expose(case, OURS).notes
    assert "placeholder-cidr" not in expose(Case("", net("203.0.113.0/24", "8.8.8.8"), ""), Trust()).notes


def test_a_range_that_is_inside_only_in_part():
    found = expose(Case("", net("203.0.113.0/25"), ""), Trust(("203.0.113.0/24",)))
    assert found.legitimate["inside"] == "mixed"


def test_the_owner_may_own_a_large_range():
    assert expose(Case("", net("3.0.0.0/8"), ""), Trust(("3.0.0.0/8",))).verdict == "restricted"


def test_an_account_outside_of_any_organization():
    case = {**OUTSIDE, **DIRECT, "StringEquals": {"aws:PrincipalOrgID": "o-ours000001"}}
    who = user(*whole(case))
    assert examine(who, organization(none=True), Trust(), now=NOW).verdict == "unrestricted"
    assert examine(who, organization([ALLOW_ALL], id="o-ours000001"), Trust(), now=NOW).verdict == "restricted"
    assert examine(who, None, Trust(), now=NOW).verdict == "unknown"
