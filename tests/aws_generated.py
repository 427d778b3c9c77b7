"""Made-up policy sets for hypothesis, from the pieces that real restrictions are made of and from the mistakes in them."""

from __future__ import annotations

from hypothesis import strategies as st

CIDRS = st.lists(
    st.sampled_from(
        [
            *("203.0.113.0/24", "203.0.113.0/24", "203.0.113.9", "198.51.100.0/25", "52.0.0.0/12", "3.0.0.0/8", "10.0.0.0/8"),
            *("0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/0", "2001:db8:1::/48", "::/0", "2001:db8:2::1", "${aws:PrincipalTag/net}"),
        ]
    ),
    min_size=1,
    max_size=3,
    unique=True,
)
PRIVATE = st.lists(st.sampled_from(["10.20.0.0/16", "10.0.0.0/8", "172.16.0.0/12"]), min_size=1, max_size=2, unique=True)
VPCES = st.sampled_from(["vpce-0aaaabbbbccccdddd", "vpce-*", "vpce-0a*", "vpce-0aaaabbbb*", "vpce-0ffffffffffffffff"])
VPCS = st.sampled_from(["vpc-0ours0000000001", "vpc-*"])
TRUTH = st.sampled_from(["true", "false", True, False, [False], ["false"]])
EXISTS = st.sampled_from(["", "", "IfExists"])


def single(operators, key, values):
    return st.tuples(st.tuples(st.sampled_from(operators), EXISTS).map("".join), st.just(key), values)


STRINGS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"]
CONDITION = st.one_of(
    single(["NotIpAddress"], "aws:SourceIp", CIDRS),
    single(["NotIpAddress", "NotIpAddress", "IpAddress"], "aws:SourceIp", CIDRS),
    single(["Bool"], "aws:ViaAWSService", TRUTH),
    single(["NotIpAddress", "IpAddress"], "aws:VpcSourceIp", PRIVATE),
    single(STRINGS, "aws:SourceVpce", VPCES),
    single(STRINGS, "aws:SourceVpc", VPCS),
    single(STRINGS, "aws:UserAgent", st.sampled_from(["corp-cli/1.0", "corp-*", "*"])),
    single(STRINGS[:2], "aws:RequestedRegion", st.sampled_from(["us-east-1", ["eu-west-1", "us-east-1"], ["eu-west-1"]])),
    single(STRINGS[:2], "aws:PrincipalTag/net", st.sampled_from(["office", "home"])),
    single(STRINGS[:2], "aws:ResourceTag/secret", st.just("yes")),
    single(STRINGS[:2], "aws:SourceIp", st.just("203.0.113.9")),
    single(["Bool"], "aws:MultiFactorAuthPresent", TRUTH),
    single(["Bool"], "aws:SecureTransport", TRUTH),
    single(
        ["ArnLike", "ArnNotLike"],
        "aws:PrincipalArn",
        st.sampled_from(["arn:aws:iam::*:user/*", "arn:aws:iam::123456789012:role/*", "arn:aws:iam::*:user/leak?"]),
    ),
    single(["DateLessThan"], "aws:CurrentTime", st.sampled_from(["2024-01-01", "2030-01-01"])),
    st.tuples(
        st.just("Null"),
        st.sampled_from(["aws:SourceIp", "aws:SourceVpce", "aws:CalledVia", "aws:PrincipalTag/net", "aws:UserAgent"]),
        st.sampled_from(["true", "false"]),
    ),
    st.tuples(
        st.tuples(st.sampled_from(["ForAllValues:", "ForAnyValue:"]), st.sampled_from(STRINGS[:2])).map("".join),
        st.just("aws:CalledVia"),
        st.sampled_from(["athena.amazonaws.com", ["cloudformation.amazonaws.com", "athena.amazonaws.com"]]),
    ),
)


@st.composite
def conditions(draw, fewest=0):
    block = {}
    for operator, key, value in draw(st.lists(CONDITION, min_size=fewest, max_size=3)):
        block.setdefault(operator, {})[key] = value
    return block


ACTIONS = st.sampled_from(
    ["*", "*", "*", "s3:*", "iam:*", "s3:Get*", "S3:getobject", "iam:Create*", ["s3:*", "kms:*"], ["iam:*", "sts:*"], "*:List*"]
)
RESOURCES = st.sampled_from(
    [
        *("*", "*", "*", "*", ["arn:aws:s3:::prod-data", "arn:aws:s3:::prod-data/*"], "arn:aws:s3:::*"),
        *("arn:aws:iam::123456789012:user/leaky", "arn:aws:iam::*:user/*"),
    ]
)


@st.composite
def statements(draw, effect=None, condition=None):
    effect = effect or draw(st.sampled_from(["Allow", "Deny", "Deny"]))
    row = {"Effect": effect}
    row[draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))] = draw(ACTIONS)
    row[draw(st.sampled_from(["Resource", "Resource", "Resource", "Resource", "NotResource"]))] = draw(RESOURCES)
    block = draw(condition if condition is not None else conditions(1 if effect == "Deny" else 0))
    if block:
        row["Condition"] = block
    return row


def document(rows):
    return {"Version": "2012-10-17", "Statement": rows}


ALLOW_ALL = document([{"Effect": "Allow", "Action": "*", "Resource": "*"}])


@st.composite
def cases(draw):
    """identity, boundary, scps and the user's tag `net`: absent, a value, or unread."""
    identity = [document(draw(st.lists(statements(), min_size=1, max_size=2))) for _ in range(draw(st.integers(0, 2)))]
    if draw(st.integers(0, 4)):
        identity.insert(0, ALLOW_ALL)
    boundary = None
    if not draw(st.integers(0, 4)):
        boundary = document([{"Effect": "Allow", "Action": draw(ACTIONS), "Resource": "*"}, draw(statements())])
    scps = None
    if not draw(st.integers(0, 3)):
        scps = [[ALLOW_ALL, document([draw(statements())])] for _ in range(draw(st.integers(1, 2)))]
    return {
        "identity": identity or [ALLOW_ALL],
        "boundary": boundary,
        "scps": scps,
        "tag": draw(st.sampled_from([[], [], ["office"], None])),
    }
