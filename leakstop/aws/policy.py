"""Policy documents become statements. What AWS would have refused to store is kept as a statement of unknown effect, with the
reason.

The grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html; empty arrays are allowed and have
no effect (Access Analyzer's policy checks: EMPTY_ARRAY_ACTION, EMPTY_ARRAY_RESOURCE, EMPTY_OBJECT_CONDITION).
"""

from __future__ import annotations

from typing import Any, NamedTuple

VERSIONS = ("2008-10-17", "2012-10-17")
_DOCUMENT = {"Version", "Id", "Statement"}
_STATEMENT = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_QUALIFIERS = ("forallvalues", "foranyvalue")


class Condition(NamedTuple):
    """One key under one operator. All values are text, as AWS compares them."""

    operator: str  # lower case, without qualifier and IfExists
    qualifier: str  # "", "forallvalues" or "foranyvalue"
    if_exists: bool
    key: str  # lower case
    values: tuple[str, ...]
    shown: str  # as written: NotIpAddress aws:SourceIp

    @property
    def negated(self) -> bool:
        """StringNotEquals and its like: true when no value matches, and when the key is absent."""
        return "not" in self.operator


class Statement(NamedTuple):
    """A statement. `problem` is why AWS would have refused it: then it may match anything, and with effect "" do anything."""

    effect: str  # Allow, Deny, or "" where it cannot be told
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    except_actions: bool = False  # NotAction
    except_resources: bool = False  # NotResource
    variables: bool = True  # version 2012-10-17: ${…} in resources and conditions
    sid: str = ""
    number: int = 1  # its place in the document, from 1
    problem: str = ""

    @property
    def name(self) -> str:
        """How evidence calls it."""
        return f"statement {self.number}" + (f" ({self.sid})" if self.sid else "")


def statements(document: Any) -> tuple[Statement, ...]:
    """The statements of a decoded policy document. Never fails: what is malformed becomes a statement with a problem."""
    if not isinstance(document, dict):
        return (Statement("", problem="the policy is not a JSON object"),)
    for name in document:
        if name not in _DOCUMENT:
            return (Statement("", problem=f"the policy has an element {name!r}, which does not exist"),)
    version = document.get("Version", VERSIONS[0])
    if version not in VERSIONS:
        return (Statement("", problem=f"the policy's Version is {version!r}"),)
    rows = document.get("Statement")
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list):
        return (Statement("", problem="the policy has no Statement"),)
    return tuple(_statement(row, number, version == VERSIONS[1]) for number, row in enumerate(rows, 1))


def _statement(row: Any, number: int, variables: bool) -> Statement:
    if not isinstance(row, dict):
        return Statement("", number=number, problem="it is not a JSON object")
    sid = row.get("Sid", "")
    problem = "" if isinstance(sid, str) else "its Sid is not a text"
    sid = sid if isinstance(sid, str) else ""
    effect = row.get("Effect")
    if effect not in ("Allow", "Deny"):
        return Statement(
            "", sid=sid, number=number, problem=f"its Effect is {effect!r}" if "Effect" in row else "it has no Effect"
        )
    actions, except_actions, trouble = _either(row, "Action")
    problem = problem or trouble or _odd_action(actions)
    resources, except_resources, trouble = _either(row, "Resource")
    problem = problem or trouble or _odd_resource(resources)
    conditions, trouble = _conditions(row.get("Condition", {}))
    problem = problem or trouble
    strange = [name for name in row if name not in _STATEMENT]
    if strange:
        problem = problem or f"it has an element {strange[0]!r}, which an identity policy cannot have"
    return Statement(effect, actions, resources, conditions, except_actions, except_resources, variables, sid, number, problem)


def _either(row: dict[str, Any], name: str) -> tuple[tuple[str, ...], bool, str]:
    """Action or NotAction, Resource or NotResource: the texts, whether it is the exception, and what is wrong."""
    given = [key for key in (name, f"Not{name}") if key in row]
    if len(given) != 1:
        return (), False, f"it has both {name} and Not{name}" if given else f"it has neither {name} nor Not{name}"
    value = row[given[0]]
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        return (), False, f"its {given[0]} is not a text"
    return tuple(texts), given[0] != name, ""


def _odd_action(actions: tuple[str, ...]) -> str:
    odd = [action for action in actions if ":" not in action.strip(":") and (action.strip("*") or not action)]
    return f"its action {odd[0]!r} names no service" if odd else ""


def _odd_resource(resources: tuple[str, ...]) -> str:
    def odd(text: str) -> bool:
        return bool(text.strip("*") or not text) and not (text.startswith(("arn:", "*", "${")) and ":" in text)

    found = [text for text in resources if odd(text)]
    return f"its resource {found[0]!r} is no ARN" if found else ""


def _conditions(block: Any) -> tuple[tuple[Condition, ...], str]:
    if not isinstance(block, dict):
        return (), "its Condition is not a JSON object"
    found = []
    for operator, keys in block.items():
        if not isinstance(keys, dict):
            return (), f"its condition {operator} is not a JSON object"
        for key, value in keys.items():
            values = [_text(each) for each in (value if isinstance(value, list) else [value])]
            if None in values:
                return (), f"its condition {operator} {key} has a value that is not a text"
            found.append(_condition(operator, key, tuple(text for text in values if text is not None)))
    return tuple(found), ""


def _condition(operator: str, key: str, values: tuple[str, ...]) -> Condition:
    base = operator.lower()
    qualifier, colon, rest = base.partition(":")
    if colon:
        base = rest
    else:
        qualifier = ""
    if_exists = base.endswith("ifexists")
    if qualifier and qualifier not in _QUALIFIERS:
        base = f"{qualifier}:{base}"  # no such operator: unknown
    return Condition(base.removesuffix("ifexists"), qualifier, if_exists, key.lower(), values, f"{operator} {key}")


def _text(value: Any) -> str | None:
    """A condition's value as text: AWS takes booleans and numbers without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    return None
