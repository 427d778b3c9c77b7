"""The shapes of a rule set: from the wheel's index, else from the cache, else derived now and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop import store
from leakstop.rules.shape import from_row, to_row

if TYPE_CHECKING:
    from leakstop.rules.rule import RuleSet
    from leakstop.rules.shape import Anchor, Shape


FORMAT = 5  # of the kept shapes


class Compiled(NamedTuple):
    """A rule set ready to search with: distinct anchors, and for each the numbers of the rules that hang on it."""

    rules: RuleSet
    shapes: tuple[Shape, ...]
    anchors: tuple[Anchor, ...]
    users: tuple[tuple[int, ...], ...]


def compile_rules(rules: RuleSet) -> Compiled:
    """Raises RuleError, naming the rule, when a pattern cannot be anchored."""
    shapes = tuple(rules.shapes) or _cached(rules)
    users: dict[Anchor, list[int]] = {}
    for number, shape in enumerate(shapes):
        for anchor in shape.anchors:
            users.setdefault(anchor, []).append(number)
    return Compiled(rules, shapes, tuple(users), tuple(tuple(dict.fromkeys(numbers)) for numbers in users.values()))


def _cached(rules: RuleSet) -> tuple[Shape, ...]:
    import json

    from leakstop import __version__

    name = f"shapes-{__version__}-{FORMAT}-{rules.digest}"
    data = store.read(name)
    if data is not None:
        return tuple(from_row(row) for row in json.loads(data))
    shapes = tuple(_derive(rules, number) for number in range(len(rules.rules)))
    store.write(name, json.dumps([to_row(shape) for shape in shapes], separators=(",", ":")).encode())
    return shapes


def _derive(rules: RuleSet, number: int) -> Shape:
    from leakstop.errors import RuleError
    from leakstop.rules.anchors import derive
    from leakstop.rules.tree import Unanchored

    rule = rules.rules[number]
    try:
        return derive(rule)
    except Unanchored as error:
        raise RuleError("", rule.id, "pattern", str(error)) from None
