"""A rule set ready to search with: from the wheel's index, else from the cache, else derived now and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leakstop.rules.rule import Rule, RuleSet
    from leakstop.rules.shape import Anchor, Shape


FORMAT = 8  # of the kept shapes


class Compiled(NamedTuple):
    """Rules, by number, with their shapes, and the anchors that they hang on (see `index.Ready`)."""

    rules: RuleSet
    shapes: Sequence[Shape]
    anchors: Sequence[Anchor]
    users: Sequence[tuple[int, ...]]
    key: str
    halves: frozenset[int]
    leads: tuple[int, ...]
    numbers: Mapping[str, int]

    def named(self, id_: str) -> Rule | None:
        """The rule with this id; None where it is disabled."""
        number = self.numbers.get(id_)
        return None if number is None else self.rules.rules[number]

    def with_pair(self) -> list[Rule]:
        """The rules that name another one as their other half."""
        return [self.rules.rules[number] for number in self.leads]


def compile_rules(rules: RuleSet) -> Compiled:
    """Raises RuleError, naming the rule, when a pattern cannot be anchored."""
    if rules.ready is not None:
        return Compiled(rules, *rules.ready)
    from leakstop.rules.index import ready

    return Compiled(rules, *ready(rules.rules, _cached(rules)))


def _cached(rules: RuleSet) -> tuple[Shape, ...]:
    import json

    from leakstop import __version__, store
    from leakstop.rules.index import derived, from_row, to_row

    name = f"shapes-{__version__}-{FORMAT}-{rules.digest}"
    data = store.read(name)
    if data is not None:
        return tuple(from_row(row) for row in json.loads(data))
    known = _of_built_in(rules)
    shapes = tuple(known.get(rule.id) or derived([rule])[0] for rule in rules.rules)
    store.write(name, json.dumps([to_row(shape) for shape in shapes], separators=(",", ":")).encode())
    return shapes


def _of_built_in(rules: RuleSet) -> dict[str, Shape]:
    """The shapes of the built-in rules among others, by id: these are derived once, however often the others change."""
    from leakstop.rules.load import digest
    from leakstop.rules.rule import RuleSet

    own = tuple(rule._replace(foreign_format=None) for rule in rules.rules if not rule.foreign)
    if own == rules.rules:
        return {}
    return dict(zip((rule.id for rule in own), _cached(RuleSet(own, digest(own))), strict=True))
