"""Condition operators, one by one, against a context. None: AWS does not say, so nobody knows."""

from __future__ import annotations

import pytest

from leakstop.aws.conditions import holds
from leakstop.aws.policy import statements

YES, NO, UNCLEAR = True, False, None
PRESENT = {
    "aws:sourceip": ("203.0.113.9",),
    "aws:username": ("leaky",),
    "aws:principalarn": ("arn:aws:iam::123456789012:user/leaky",),
    "aws:viaawsservice": ("false",),
    "aws:calledvia": ("athena.amazonaws.com", "cloudformation.amazonaws.com"),
    "aws:currenttime": ("2026-11-21T12:00:00Z",),
    "aws:epochtime": ("1795262400",),
    "s3:max-keys": ("10",),
    "x:binary": ("QmluYXJ5",),
    "x:v6": ("2001:db8::9",),
    "x:empty": ("",),
    "x:star": ("*",),
    "x:hidden": None,
}
CASES = [
    # strings
    ("StringEquals", "aws:username", "leaky", YES),
    ("StringEquals", "aws:username", "Leaky", NO),
    ("StringEquals", "AWS:UserName", "leaky", YES),
    ("StringEquals", "aws:username", ["other", "leaky"], YES),
    ("StringEquals", "aws:username", "leak*", NO),
    ("StringEquals", "x:empty", "", YES),
    ("StringEquals", "x:absent", "leaky", NO),
    ("StringEqualsIfExists", "x:absent", "leaky", YES),
    ("StringEqualsIfExists", "aws:username", "other", NO),
    ("StringNotEquals", "aws:username", ["other", "leaky"], NO),
    ("StringNotEquals", "aws:username", ["other", "more"], YES),
    ("StringNotEquals", "x:absent", "leaky", YES),
    ("StringNotEqualsIfExists", "x:absent", "leaky", YES),
    ("StringEqualsIgnoreCase", "aws:username", "LEAKY", YES),
    ("StringNotEqualsIgnoreCase", "aws:username", "LEAKY", NO),
    ("StringLike", "aws:username", "l?a*", YES),
    ("StringLike", "aws:username", "*x*", NO),
    ("StringLike", "aws:username", "L*", NO),
    ("StringLike", "aws:username", "*", YES),
    ("StringLike", "x:absent", "*", NO),
    ("StringNotLike", "aws:username", ["x*", "l*"], NO),
    ("StringNotLike", "x:absent", "*", YES),
    # variables
    ("StringEquals", "aws:username", "${aws:username}", YES),
    ("StringEquals", "aws:username", "${AWS:UserName}", YES),
    ("StringLike", "aws:principalarn", "*:user/${aws:username}", YES),
    ("StringEquals", "aws:username", "${x:absent}", NO),
    ("StringNotEquals", "aws:username", "${x:absent}", YES),
    ("StringEquals", "aws:username", "${x:absent, 'leaky'}", YES),
    ("StringEquals", "aws:username", "${x:hidden}", UNCLEAR),
    ("StringEquals", "x:star", "${*}", YES),
    ("StringLike", "aws:username", "${*}", NO),
    ("StringLike", "aws:username", "${x:star}", UNCLEAR),
    ("StringEquals", "x:hidden", "leaky", UNCLEAR),
    ("StringEqualsIfExists", "x:hidden", "leaky", UNCLEAR),
    # addresses
    ("IpAddress", "aws:SourceIp", "203.0.113.0/24", YES),
    ("IpAddress", "aws:SourceIp", "203.0.113.9", YES),
    ("IpAddress", "aws:SourceIp", "203.0.113.77/24", YES),
    ("IpAddress", "aws:SourceIp", "203.0.113.8/32", NO),
    ("IpAddress", "aws:SourceIp", "2001:db8::/32", NO),
    ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.9/32"], YES),
    ("IpAddress", "aws:SourceIp", "0.0.0.0/0", YES),
    ("IpAddress", "aws:SourceIp", "::/0", NO),
    ("IpAddress", "x:v6", "2001:db8::/64", YES),
    ("IpAddress", "x:v6", "0.0.0.0/0", NO),
    ("IpAddress", "x:v6", "2001:db8::9", YES),
    ("IpAddress", "x:v6", "2001:db8::8", UNCLEAR),
    ("IpAddress", "x:v6", "2001:db9::8", NO),
    ("IpAddress", "x:absent", "0.0.0.0/0", NO),
    ("IpAddressIfExists", "x:absent", "203.0.113.0/24", YES),
    ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", NO),
    ("NotIpAddress", "aws:SourceIp", ["198.51.100.0/24", "10.0.0.0/8"], YES),
    ("NotIpAddress", "x:absent", "203.0.113.0/24", YES),
    ("NotIpAddress", "aws:SourceIp", "${aws:username}", UNCLEAR),
    ("NotIpAddress", "aws:SourceIp", ["${aws:username}", "203.0.113.0/24"], NO),
    ("NotIpAddress", "aws:SourceIp", "203.0.113.0/255.255.255.0", UNCLEAR),
    ("NotIpAddress", "aws:SourceIp", "203.0.113", UNCLEAR),
    ("StringEquals", "aws:SourceIp", "203.0.113.9", UNCLEAR),
    ("StringNotLike", "aws:SourceIp", "203.*", UNCLEAR),
    ("IpAddress", "aws:username", "203.0.113.0/24", UNCLEAR),
    # truth
    ("Bool", "aws:ViaAWSService", "false", YES),
    ("Bool", "aws:ViaAWSService", False, YES),
    ("Bool", "aws:ViaAWSService", ["FALSE"], YES),
    ("Bool", "aws:ViaAWSService", "true", NO),
    ("Bool", "aws:ViaAWSService", "no", UNCLEAR),
    ("Bool", "x:absent", "false", NO),
    ("BoolIfExists", "x:absent", "true", YES),
    ("Bool", "aws:username", "true", UNCLEAR),
    # presence
    ("Null", "x:absent", "true", YES),
    ("Null", "x:absent", "false", NO),
    ("Null", "aws:SourceIp", "true", NO),
    ("Null", "aws:SourceIp", False, YES),
    ("Null", "x:hidden", "true", UNCLEAR),
    ("Null", "aws:SourceIp", ["true", "false"], YES),
    ("Null", "aws:SourceIp", "maybe", UNCLEAR),
    ("NullIfExists", "aws:SourceIp", "true", UNCLEAR),
    # numbers and times
    ("NumericEquals", "s3:max-keys", "10.0", YES),
    ("NumericEquals", "s3:max-keys", 10, YES),
    ("NumericNotEquals", "s3:max-keys", "10", NO),
    ("NumericNotEquals", "x:absent", "10", YES),
    ("NumericLessThan", "s3:max-keys", "10", NO),
    ("NumericLessThanEquals", "s3:max-keys", "10", YES),
    ("NumericGreaterThan", "s3:max-keys", "9.5", YES),
    ("NumericGreaterThanEquals", "s3:max-keys", "11", NO),
    ("NumericLessThan", "s3:max-keys", "many", UNCLEAR),
    ("NumericLessThan", "x:absent", "10", NO),
    ("NumericLessThanIfExists", "x:absent", "10", YES),
    ("DateLessThan", "aws:CurrentTime", "2024-01-01T00:00:00Z", NO),
    ("DateGreaterThan", "aws:CurrentTime", "2024-01-01", YES),
    ("DateGreaterThan", "aws:CurrentTime", "2026-11-21T13:00:00+02:00", YES),
    ("DateLessThan", "aws:EpochTime", "1795262401", YES),
    ("DateEquals", "aws:EpochTime", "2026-11-21T12:00:00Z", YES),
    ("DateNotEquals", "x:absent", "2026-11-21", YES),
    ("DateGreaterThanEquals", "aws:CurrentTime", "2026", YES),
    ("DateLessThanEquals", "aws:CurrentTime", "soon", UNCLEAR),
    # ARNs
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", YES),
    ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:user/*", YES),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/*", NO),
    ("ArnLike", "aws:PrincipalArn", "arn:*:user/leaky", UNCLEAR),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:*:user/leaky", UNCLEAR),
    ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", NO),
    ("ArnNotEquals", "x:absent", "arn:aws:iam::*:user/*", YES),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:user/${aws:username}", YES),
    ("ArnLike", "aws:username", "arn:aws:iam::*:user/*", NO),
    # bytes
    ("BinaryEquals", "x:binary", "QmluYXJ5", YES),
    ("BinaryEquals", "x:binary", "QmluYXI=", NO),
    ("BinaryEquals", "x:binary", "???", UNCLEAR),
    # sets
    ("ForAllValues:StringEquals", "aws:CalledVia", ["athena.amazonaws.com"], NO),
    ("ForAllValues:StringLike", "aws:CalledVia", "*.amazonaws.com", YES),
    ("ForAllValues:StringEquals", "x:absent", "a", YES),
    ("ForAllValues:StringNotEquals", "aws:CalledVia", "ec2.amazonaws.com", YES),
    ("ForAllValues:StringNotEquals", "aws:CalledVia", "athena.amazonaws.com", NO),
    ("ForAnyValue:StringEquals", "aws:CalledVia", "athena.amazonaws.com", YES),
    ("ForAnyValue:StringEquals", "x:absent", "a", NO),
    ("ForAnyValue:StringNotEquals", "aws:CalledVia", "athena.amazonaws.com", YES),
    ("ForAnyValue:StringNotEquals", "x:absent", "a", NO),
    ("ForAnyValue:StringEqualsIfExists", "x:absent", "a", UNCLEAR),
    ("ForAllValues:StringEqualsIfExists", "x:absent", "a", YES),
    ("forallvalues:stringequals", "x:absent", "a", YES),
    ("StringEquals", "aws:CalledVia", "athena.amazonaws.com", UNCLEAR),
    ("StringNotEquals", "aws:CalledVia", "ec2.amazonaws.com", YES),
    # no such thing
    ("StringMatches", "aws:username", "leaky", UNCLEAR),
    ("ForSomeValues:StringEquals", "aws:username", "leaky", UNCLEAR),
    ("StringEquals", "aws:username", [], UNCLEAR),
]


@pytest.mark.parametrize("operator, key, value, expected", CASES)
def test_operator(operator, key, value, expected):
    document = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {operator: {key: value}}},
    }
    (statement,) = statements(document)
    (condition,) = statement.conditions
    assert holds(condition, lambda name: PRESENT.get(name, ()), variables=statement.variables) is expected


def test_variables_need_the_new_version():
    document = {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"x:y": "${x:z}"}}}}
    (statement,) = statements(document)
    assert holds(statement.conditions[0], lambda name: ("${x:z}",), variables=statement.variables) is True
