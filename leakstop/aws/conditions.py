"""Whether the conditions of a statement hold in a context. Three-valued: what decides and is not known gives None.

The context is a function from a key (lower case) to its values: () when the key is absent, None when nobody knows.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.aws import globs
from leakstop.aws.addresses import contains
from leakstop.aws.operators import NEGATED, OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakstop.aws.globs import Lookup
    from leakstop.aws.operators import Truth
    from leakstop.aws.policy import Condition

UNTOLD = "\ue002"  # a value that a request has, and nobody here knows
# Under any operator but those for addresses AWS documents nothing for these (Access Analyzer: TYPE_MISMATCH).
ADDRESS_KEYS = {"aws:sourceip", "aws:vpcsourceip", "aws:ec2instancesourceprivateipv4"}


def every(truths: Iterable[Truth]) -> Truth:
    """And: one false decides, whatever is unknown."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def some(truths: Iterable[Truth]) -> Truth:
    """Or: one true decides, whatever is unknown."""
    result: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            result = None
    return result


def negation(truth: Truth) -> Truth:
    """Not."""
    return None if truth is None else not truth


def hold(conditions: Iterable[Condition], lookup: Lookup, *, variables: bool) -> Truth:
    """All conditions of a statement. `variables`: its policy's version knows them."""
    return every(holds(condition, lookup, variables=variables) for condition in conditions)


def holds(condition: Condition, lookup: Lookup, *, variables: bool) -> Truth:
    """One key under one operator."""
    values = lookup(condition.key)
    if condition.operator == "null":
        return _null(condition, values)
    if NEGATED.get(condition.operator, condition.operator) not in OPERATORS:
        return None
    if values is None:
        return None
    if not values:
        return _absent(condition)
    results = [_matches(condition, value, lookup, variables=variables) for value in values]
    if condition.qualifier == "forallvalues":
        return every(results)
    if condition.qualifier == "foranyvalue":
        return some(results)
    # Several values without ForAllValues or ForAnyValue: AWS warns against it and does not say what happens.
    return results[0] if all(result is results[0] for result in results) else None


def _absent(condition: Condition) -> Truth:
    if condition.qualifier == "forallvalues":
        return True
    if condition.qualifier == "foranyvalue":
        return None if condition.if_exists else False  # with IfExists the documentation contradicts itself
    return condition.if_exists or condition.negated


def _null(condition: Condition, values: tuple[str, ...] | None) -> Truth:
    """Null: "true" asks for absence, "false" for presence."""
    if values is None or condition.if_exists or condition.qualifier:
        return None
    asked = {value.lower() for value in condition.values}
    if not asked <= {"true", "false"} or not asked:
        return None
    return ("true" if not values else "false") in asked


def _matches(condition: Condition, actual: str, lookup: Lookup, *, variables: bool) -> Truth:
    """One value of the request against all of the condition's: or, under a negated operator nor."""
    name = NEGATED.get(condition.operator, condition.operator)
    operator = OPERATORS[name]
    if actual == UNTOLD or (condition.key in ADDRESS_KEYS and name != "ipaddress"):
        return None
    if not condition.values:
        return None
    if name == "ipaddress":  # of a thousand ranges not each is looked at
        inside = contains(condition.values, actual)
        return negation(inside) if condition.negated else inside
    results: list[Truth] = []
    for value in condition.values:
        if operator.variables and variables and globs.has_variables(value):
            try:
                wanted = globs.prepare(value, lookup, wildcards=operator.wildcards)
            except globs.Unknown:
                results.append(None)
                continue
            results.append(False if wanted is None else operator.compare(actual, wanted))
        else:
            results.append(operator.compare(actual, globs.plain(value) if operator.wildcards else value))
    found = some(results)
    return negation(found) if condition.negated else found
