"""A second opinion on exposures, written without any code of leakstop: it tries addresses, endpoints and requests one by one.

Slow and plain on purpose. Truth is a set of possible answers: {True}, {False}, or both where nobody knows. It knows the elements,
operators and keys that `aws_generated.py` makes, and fails on any other.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import itertools
import re

YES, NO, BOTH = frozenset({True}), frozenset({False}), frozenset({True, False})
NOT_PUBLIC = [
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
        *("224.0.0.0/3", "::/8", "fc00::/7", "fe80::/10", "ff00::/8"),
    )
]
REQUESTS = [
    ("s3:ListAllMyBuckets", "*"),
    ("s3:GetObject", "arn:aws:s3:::prod-data/a"),
    ("s3:GetObject", "arn:aws:s3:::other/b"),
    ("s3:GetObjectVersion", "arn:aws:s3:::prod-data/a"),
    ("s3:GetObjectVersion", "arn:aws:s3:::other/b"),
    ("s3:ListBucket", "arn:aws:s3:::prod-data"),
    ("s3:ListBucket", "arn:aws:s3:::other"),
    ("s3:DeleteObject", "arn:aws:s3:::prod-data/a"),
    ("s3:DeleteObject", "arn:aws:s3:::other/b"),
    ("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/leaky"),
    ("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/other"),
    ("iam:ListUsers", "*"),
    ("iam:ListAttachedUserPolicies", "arn:aws:iam::123456789012:user/leaky"),
    ("iam:ListAttachedUserPolicies", "arn:aws:iam::123456789012:user/other"),
    ("ec2:DescribeInstances", "*"),
    ("iam:CreateRole", "arn:aws:iam::123456789012:role/other"),
    ("iam:CreatePolicy", "arn:aws:iam::123456789012:policy/other"),
    ("sts:GetFederationToken", "arn:aws:iam::123456789012:user/leaky"),
    ("sts:GetFederationToken", "arn:aws:iam::123456789012:user/other"),
    ("sts:AssumeRole", "arn:aws:iam::123456789012:role/other"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/1"),
]
NOW = "2026-11-21"


# ---- what a statement says


def opposite(truth):
    return frozenset(not each for each in truth)


def conjunction(truths):
    return frozenset(map(all, itertools.product(*truths)))


def disjunction(truths):
    return frozenset(map(any, itertools.product(*truths)))


def wild(pattern, text):
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), text, re.DOTALL) is not None


def listed(value):
    return value if isinstance(value, list) else [value]


def address_in(actual, wanted):
    if "$" in wanted:
        return BOTH
    address, network = ipaddress.ip_address(actual), ipaddress.ip_network(wanted)
    if address in network:
        return YES
    if "/" not in wanted and network.version == 6 and address in ipaddress.ip_network(f"{wanted}/32", strict=False):
        return BOTH
    return NO


def arn_like(actual, wanted):
    return all(wild(*pair) for pair in zip(wanted.split(":", 5), actual.split(":", 5), strict=True))


def one_value(operator, key, actual, wanted):
    """Whether one value of the request equals, resembles, … one of the policy (no negation here)."""
    if operator == "IpAddress":
        return address_in(actual, wanted)
    if key in ("aws:SourceIp", "aws:VpcSourceIp"):
        return BOTH
    result = {
        "StringEquals": lambda: actual == wanted,
        "StringLike": lambda: wild(wanted, actual),
        "ArnLike": lambda: arn_like(actual, wanted),
        "Bool": lambda: actual.lower() == wanted.lower(),
        "DateLessThan": lambda: actual < wanted,
    }[operator]()
    return YES if result else NO


def condition_holds(name, key, wanted, context):
    wanted = [str(each).lower() if isinstance(each, bool) else each for each in listed(wanted)]
    actual = context.get(key, [])
    if name == "Null":
        return BOTH if actual is None else YES if (not actual) == (wanted == ["true"]) else NO
    if actual is None:
        return BOTH
    quantifier, _, operator = name.rpartition(":")
    optional = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    negated = "Not" in operator
    operator = operator.replace("Not", "")
    if not actual:
        if quantifier == "ForAllValues":
            return YES
        if quantifier == "ForAnyValue":
            return NO
        return YES if negated or optional else NO
    results = []
    for value in actual:
        hit = disjunction([one_value(operator, key, value, each) for each in wanted])
        results.append(opposite(hit) if negated else hit)
    return disjunction(results) if quantifier == "ForAnyValue" else conjunction(results)


def conditions_hold(statement, context):
    return conjunction(
        [
            condition_holds(operator, key, wanted, context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        ]
    )


def is_about(statement, action, resource):
    if "Action" in statement:
        named = any(wild(each.lower(), action.lower()) for each in listed(statement["Action"]))
    else:
        named = not any(wild(each.lower(), action.lower()) for each in listed(statement["NotAction"]))
    if "Resource" in statement:
        return named and any(wild(each, resource) for each in listed(statement["Resource"]))
    return named and not any(wild(each, resource) for each in listed(statement["NotResource"]))


# ---- what all policies say


def policy_sets(case):
    sets = [case["identity"]]
    if case["boundary"]:
        sets.append([case["boundary"]])
    sets += case["scps"] or []
    return [[statement for each in documents for statement in each["Statement"]] for documents in sets]


def about(sets, action, resource):
    """Of each set of policies the statements that speak of a request."""
    return [[each for each in statements if is_about(each, action, resource)] for statements in sets]


def allowed(speaking, truths):
    """The possible answers, from the statements that speak of a request and what their conditions say."""
    denied = [NO]
    granted = []
    for statements in speaking:
        mine = [(each["Effect"], truths[id(each)]) for each in statements]
        denied += [truth for effect, truth in mine if effect == "Deny"]
        granted.append(disjunction([truth for effect, truth in mine if effect == "Allow"] or [NO]))
    return conjunction([opposite(disjunction(denied)), *granted])


def could(speaking):
    """Whether anything may allow it, conditions aside, and nothing denies it always."""
    for mine in speaking:
        if not any(each["Effect"] == "Allow" for each in mine):
            return False
        if any(each["Effect"] == "Deny" and not each.get("Condition") for each in mine):
            return False
    return True


# ---- from where


def values_of(case, key):
    found = []
    for statements in policy_sets(case):
        for statement in statements:
            for keys in statement.get("Condition", {}).values():
                found += [each for each in listed(keys.get(key, [])) if isinstance(each, str)]
    return found


def networks(texts):
    return [ipaddress.ip_network(text) for text in texts if text[0] in "0123456789:"]


def around(network):
    """Addresses at and beside the borders of a network, and around what a bare IPv6 address may mean."""
    first, last = int(network[0]), int(network[-1])
    size = 32 if network.version == 4 else 128
    numbers = {first - 1, first, (first + last) // 2, last, last + 1}
    if network.version == 6 and network.prefixlen == 128:
        wide = network.supernet(new_prefix=32)
        numbers |= {int(wide[0]) - 1, int(wide[0]), int(wide[-1]), int(wide[-1]) + 1}
    kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    return [kind(number) for number in sorted(numbers) if 0 <= number < 1 << size]


def outside(case, version):
    trusted = [each for each in networks(values_of(case, "aws:SourceIp")) if each.version == version]
    small = [each for each in ipaddress.collapse_addresses(trusted) if each.prefixlen >= (9 if version == 4 else 24)]
    fixed = ["198.51.100.200", "8.8.8.8", "200.1.2.3"] if version == 4 else ["2600::1", "2a00::1", "2001:db8:ffff::1"]
    samples = {ipaddress.ip_address(text) for text in fixed} | {address for each in trusted for address in around(each)}
    here = ipaddress.ip_address("203.0.113.9")
    return [
        str(each)
        for each in sorted(samples)
        if each != here and not any(each in network for network in NOT_PUBLIC) and not any(each in network for network in small)
    ]


AGENTS = ([], ["anything"], ["corp-cli/1.0"], ["corp-other"])
REGIONS = (["us-east-1"], ["eu-west-1"], ["ap-south-1"])
SECRETS = ([], ["yes"], ["no"])
STRANGERS = ("vpce-0123456789abcdef0", "vpce-0a23456789abcdef0")


def places(case):
    """(name, context) for attackers and for the owner."""
    base = {
        "aws:ViaAWSService": ["false"],
        "aws:PrincipalArn": ["arn:aws:iam::123456789012:user/leaky"],
        "aws:username": ["leaky"],
        "aws:CurrentTime": [NOW],
        "aws:SecureTransport": ["true"],
        "aws:PrincipalTag/net": case["tag"],
    }
    for address in outside(case, 4):
        yield "ipv4", {**base, "aws:SourceIp": [address]}
    for address in outside(case, 6):
        yield "ipv6", {**base, "aws:SourceIp": [address]}
    private = {ipaddress.ip_address("192.168.1.1"), ipaddress.ip_address("fd00::1")}
    private |= {address for each in networks(values_of(case, "aws:VpcSourceIp")) for address in around(each)}
    for vpce in STRANGERS if values_of(case, "aws:SourceVpce") else STRANGERS[:1]:
        for address in sorted(map(str, private)):
            endpoint = {"aws:VpcSourceIp": [address], "aws:SourceVpce": [vpce], "aws:SourceVpc": ["vpc-0123456789abcdef0"]}
            yield "vpce", {**base, **endpoint}
    forwarded = {**base, "aws:ViaAWSService": ["true"]}
    yield "inside", {**base, "aws:SourceIp": ["203.0.113.9"]}
    yield "inside-fas", {**forwarded, "aws:SourceIp": ["203.0.113.9"], "aws:CalledVia": ["cloudformation.amazonaws.com"]}
    endpoint = {"aws:SourceVpce": ["vpce-0aaaabbbbccccdddd"], "aws:SourceVpc": ["vpc-0ours0000000001"]}
    yield "our-vpce", {**base, **endpoint, "aws:VpcSourceIp": ["10.20.0.9"]}
    yield "fas-after-vpce", forwarded


def examine(case):
    """The verdict, what the legitimate ways are worth, and from where anything is open."""
    sets = policy_sets(case)
    used = {key for statements in sets for each in statements for keys in each.get("Condition", {}).values() for key in keys}
    agents = AGENTS if "aws:UserAgent" in used else AGENTS[:1]
    regions = REGIONS if "aws:RequestedRegion" in used else REGIONS[:1]
    secrets = SECRETS if "aws:ResourceTag/secret" in used else SECRETS[:1]
    speaking = {request: about(sets, *request) for request in REQUESTS}
    asked = [request for request in REQUESTS if could(speaking[request])]
    seen = []
    for name, context in places(case):
        for secret in range(len(secrets)):
            best = dict.fromkeys(asked, NO)
            for agent, region in itertools.product(agents, regions):
                chosen = {"aws:UserAgent": agent, "aws:RequestedRegion": region, "aws:ResourceTag/secret": secrets[secret]}
                truths = {id(each): conditions_hold(each, {**context, **chosen}) for statements in sets for each in statements}
                for request in asked:
                    answer = allowed(speaking[request], truths)
                    best[request] = max(best[request], answer, key=lambda each: (each == YES, each == BOTH))
            seen += [(name, request, secret, answer) for request, answer in best.items()]
    seen = [row for row in seen if works_somewhere(row, seen)] if len(secrets) > 1 else seen
    verdicts = set()
    for doubt in (True, False):
        rows = [(name, best == YES or (doubt and best == BOTH)) for name, _, _, best in seen if name in ("ipv4", "ipv6", "vpce")]
        if not any(is_open for _, is_open in rows):
            verdicts.add("restricted")
        elif all(is_open for name, is_open in rows if name == "ipv4"):
            verdicts.add("unrestricted")
        else:
            verdicts.add("partial")
    legitimate = {}
    for way in ("inside", "inside-fas", "our-vpce", "fas-after-vpce"):
        answers = {best for name, _, _, best in seen if name == way}
        if {YES, NO} <= answers:
            legitimate[way] = "mixed"
        elif BOTH in answers:
            legitimate[way] = "unknown"
        else:
            legitimate[way] = "ok" if YES in answers else "blocked"
    opened = {name for name, _, _, best in seen if best == YES and name in ("ipv4", "ipv6", "vpce")}
    return verdicts.pop() if len(verdicts) == 1 else "unknown", legitimate, opened


def works_somewhere(row, rows):
    """A tagged resource on which a request works from nowhere says nothing of places, if it works on others."""
    _, request, secret, _ = row
    working = {(each[1], each[2]) for each in rows if each[3] != NO}
    return (request, secret) in working or not any(each[0] == request for each in working)
