"""Context values that a caller is free to choose: request headers and parameters, and what an attacker's own VPC endpoint sends.

The candidates are what the policies tell apart: each listed value, one that matches each listed pattern, a value that nobody
lists, and absence. Ids that AWS gives out are chosen only as far as luck and patience reach.
"""

from __future__ import annotations

from itertools import islice, product
from math import prod
from typing import TYPE_CHECKING

from leakstop.aws import globs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leakstop.aws.account import User
    from leakstop.aws.evaluate import Context
    from leakstop.aws.policy import Condition

# Global keys whose value the caller decides. Keys of a service (s3:prefix, sts:ExternalId, …) are parameters of the request or
# properties of a resource that the caller picks.
_CALLERS = {"aws:useragent", "aws:referer", "aws:sourceidentity", "aws:requestedregion", "aws:tagkeys"}
_CALLERS_PREFIXES = ("aws:requesttag/",)
# What a resource is tagged with: the caller picks among the resources that there are.
_RESOURCES = ("resourcetag/", "existingobjecttag/")
# Keys of services whose value follows from the caller instead.
_GIVEN = ("ec2:sourceinstancearn", "ec2:roledelivery", "lambda:sourcefunctionarn", "ecs:sourcetask", "ssm:sourceinstancearn")

ENDPOINT_KEYS = (
    "aws:sourcevpce",
    "aws:sourcevpc",
    "aws:vpceaccount",
    "aws:sourcevpcarn",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
)
_HEX = "0123456789abcdef"
LUCK = 4  # characters of an id that an attacker gets by making endpoints, VPCs or accounts until one fits
BOUND = 512  # combinations of chosen values; of more, those that change one value at a time come first


def controlled(conditions: Sequence[Condition], used: Iterable[str]) -> tuple[list[Context], bool]:
    """Every combination of values that a caller may choose for the keys that the policies ask for; whether some were left out."""
    return _combinations(conditions, sorted(key for key in used if is_callers(key)))


def tagged(conditions: Sequence[Condition], used: Iterable[str]) -> tuple[list[Context], bool]:
    """The resources that the policies tell apart by tags, and whether some were left out."""
    return _combinations(conditions, sorted(key for key in used if is_resources(key)))


def _combinations(conditions: Sequence[Condition], keys: Sequence[str]) -> tuple[list[Context], bool]:
    options = [_values(key, conditions) for key in keys]
    if prod(map(len, options)) <= BOUND:
        return [dict(zip(keys, values, strict=True)) for values in product(*options)], False
    first = [values[0] for values in options]
    single = [
        tuple(value if place == other else first[other] for other in range(len(keys)))
        for place, values in enumerate(options)
        for value in values
    ]
    tried = dict.fromkeys([*single, *islice(product(*options), BOUND)])
    return [dict(zip(keys, values, strict=True)) for values in list(tried)[:BOUND]], True


def is_callers(key: str) -> bool:
    """Whether a caller decides the value of a key (lower case)."""
    if key in _CALLERS or key.startswith(_CALLERS_PREFIXES):
        return True
    return ":" in key and not key.startswith("aws:") and key not in _GIVEN and not is_resources(key)


def is_resources(key: str) -> bool:
    """Whether a key is a tag of the resource."""
    return key.partition(":")[2].startswith(_RESOURCES)


def _values(key: str, conditions: Iterable[Condition]) -> list[tuple[str, ...]]:
    """Absence, a value that nobody lists, and what the conditions of the key list."""
    listed = [value for condition in conditions if condition.key == key for value in condition.values if "${" not in value]
    if key == "aws:requestedregion":
        regions = [instance(value, "us-east-1") for value in listed]
        return [(value,) for value in dict.fromkeys(["us-east-1", *regions, "sa-east-1"])]
    values: list[tuple[str, ...]] = [(instance(value, "x"),) for value in listed]
    if any(condition.key == key and condition.qualifier for condition in conditions) and len(listed) > 1:
        values.append(tuple(instance(value, "x") for value in listed))  # a set of all
    return list(dict.fromkeys([(), ("leakstop-stranger",), *values]))


def instance(pattern: str, filler: str) -> str:
    """A text that a pattern with wildcards matches."""
    if globs.matches(globs.plain(pattern), filler):
        return filler
    return pattern.replace("*", "").replace("?", "x")


def endpoint_choices(conditions: Sequence[Condition], used: Iterable[str], user: User) -> list[list[tuple[str, ...]]]:
    """What an attacker's own VPC endpoint may send, for each of ENDPOINT_KEYS in order."""
    used = set(used)
    account = "1" * 11 + "2" if user.account != "1" * 11 + "2" else "2" * 12
    stranger = {
        "aws:sourcevpce": "vpce-0e0e0e0e0e0e0e0e0",
        "aws:sourcevpc": "vpc-0e0e0e0e0e0e0e0e0",
        "aws:vpceaccount": account,
        "aws:sourcevpcarn": f"arn:{user.partition}:ec2:us-east-1:{account}:vpc/vpc-0e0e0e0e0e0e0e0e0",
        "aws:vpceorgid": "o-e0e0e0e0e0",
        "aws:vpceorgpaths": "o-e0e0e0e0e0/r-e0e0/ou-e0e0-e0e0e0e0/",
    }
    choices = []
    for key in ENDPOINT_KEYS:
        values: list[tuple[str, ...]] = [(stranger[key],)]
        if key in used:
            if key not in ("aws:sourcevpce", "aws:sourcevpc"):
                values.append(())  # services that do not send it, and accounts in no organization
            for condition in conditions:
                if condition.key == key:
                    values += [(value,) for pattern in condition.values for value in _lucky(pattern, stranger[key])]
        choices.append(list(dict.fromkeys(values)))
    return choices


def _lucky(pattern: str, example: str) -> list[str]:
    """What an attacker's id can be to match a pattern with wildcards; nothing when that asks for the id of somebody else."""
    if "${" in pattern or not set(pattern) & set("*?"):
        return []
    prepared = globs.plain(pattern)
    if globs.matches(prepared, example):
        return [example]
    fixed = pattern.replace("*", "").replace("?", "")
    start = _common(fixed, example)
    if len(fixed) - start > LUCK:
        return []
    made = pattern.replace("?", "0")
    first, star, last = made.partition("*")
    if not star:
        return [made]
    room = len(example) - len(first) - len(last.replace("*", ""))
    return [first + example[len(first) : len(first) + max(room, 0)] + last.replace("*", "")]


def _common(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
