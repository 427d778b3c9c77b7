"""Condition operators: whether one value of a request matches one value of a policy. Three answers: true, false, None = not
known.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import globs
from leakstop.aws.addresses import contains

if TYPE_CHECKING:
    from collections.abc import Callable

Truth = bool | None


class Operator(NamedTuple):
    """How an operator compares. The negated ones share the row of what they negate."""

    compare: Callable[[str, str], Truth]  # the request's value, the policy's value (prepared)
    variables: bool = False  # ${…} is replaced in the policy's value
    wildcards: bool = False


def _equal(actual: str, wanted: str) -> Truth:
    return actual == wanted


def _equal_ignoring_case(actual: str, wanted: str) -> Truth:
    return actual.lower() == wanted.lower()


def _like(actual: str, wanted: str) -> Truth:
    return globs.matches(wanted, actual)


def _arn(actual: str, wanted: str) -> Truth:
    """Each of the six parts on its own: a wildcard does not cross the first five colons. A pattern that is no ARN is unknown."""
    pattern, parts = wanted.split(":", 5), actual.split(":", 5)
    if len(pattern) < 6 or not globs.matches(pattern[0], "arn"):
        return None
    return len(parts) == 6 and all(map(globs.matches, pattern, parts))


def _bool(actual: str, wanted: str) -> Truth:
    values = {"true": True, "false": False}
    given, asked = values.get(actual.lower()), values.get(wanted.lower())
    return None if given is None or asked is None else given == asked


def _ip(actual: str, wanted: str) -> Truth:
    return contains((wanted,), actual)


def _binary(actual: str, wanted: str) -> Truth:
    try:
        return base64.b64decode(actual, validate=True) == base64.b64decode(wanted, validate=True)
    except (binascii.Error, ValueError):
        return None


@lru_cache(maxsize=1024)
def number(text: str) -> Decimal | None:
    """A number, None when the text is none."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


@lru_cache(maxsize=1024)
def moment(text: str) -> Decimal | None:
    """Seconds since 1970 of an ISO 8601 date or of an epoch time; None for anything else. Without offset it is UTC."""
    seconds = number(text)
    if seconds is not None and not (len(text) == 4 and text.isdecimal()):
        return seconds
    try:
        when = datetime.fromisoformat(f"{text}-01-01" if len(text) == 4 else f"{text}-01" if len(text) == 7 else text)
    except ValueError:
        return None
    return Decimal(str((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()))


def _ordered(read: Callable[[str], Decimal | None], holds: Callable[[Decimal, Decimal], bool]) -> Callable[[str, str], Truth]:
    def compare(actual: str, wanted: str) -> Truth:
        given, asked = read(actual), read(wanted)
        return None if given is None or asked is None else holds(given, asked)

    return compare


_ORDERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "equals": lambda given, asked: given == asked,
    "lessthan": lambda given, asked: given < asked,
    "lessthanequals": lambda given, asked: given <= asked,
    "greaterthan": lambda given, asked: given > asked,
    "greaterthanequals": lambda given, asked: given >= asked,
}

# By the lower-case name without "not"; Null has its own rule (conditions.py).
OPERATORS: dict[str, Operator] = {
    "stringequals": Operator(_equal, variables=True),
    "stringequalsignorecase": Operator(_equal_ignoring_case, variables=True),
    "stringlike": Operator(_like, variables=True, wildcards=True),
    "arnequals": Operator(_arn, variables=True, wildcards=True),
    "arnlike": Operator(_arn, variables=True, wildcards=True),
    "bool": Operator(_bool),
    "ipaddress": Operator(_ip),
    "binaryequals": Operator(_binary),
    **{f"numeric{name}": Operator(_ordered(number, holds)) for name, holds in _ORDERS.items()},
    **{f"date{name}": Operator(_ordered(moment, holds)) for name, holds in _ORDERS.items()},
}
NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}
