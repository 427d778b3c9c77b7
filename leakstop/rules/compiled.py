"""A rule set ready to search with: from the wheel's index, else from the cache, else derived now and kept."""

from __future__ import annotations

from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leakstop.rules.index import Ready
    from leakstop.rules.rule import Rule, RuleSet
    from leakstop.rules.shape import Anchor, Shape


FORMAT = 10  # of what is derived from a pattern


class Compiled(NamedTuple):
    """Rules, by number, with their shapes, and the anchors that they hang on (see `index.Ready`)."""

    rules: RuleSet
    shapes: Sequence[Shape]
    anchors: Sequence[Anchor]
    users: Sequence[tuple[int, ...]]
    hung: Sequence[Sequence[int]]
    key: str
    halves: frozenset[int]
    leads: tuple[int, ...]
    numbers: Mapping[str, int]
    owners: Mapping[str, Mapping[str, Sequence[int]]]

    def named(self, id_: str) -> Rule | None:
        """The rule with this id; None where it is disabled."""
        number = self.numbers.get(id_)
        return None if number is None else self.rules.rules[number]

    def with_pair(self) -> list[Rule]:
        """The rules that name another one as their other half."""
        return [self.rules.rules[number] for number in self.leads]


def compile_rules(rules: RuleSet) -> Compiled:
    """Raises RuleError, naming the rule, when a pattern cannot be anchored."""
    return Compiled(rules, *(rules.ready or _kept(rules)))


def _kept(rules: RuleSet) -> Ready:
    """What a user's rules and ours come to, from the cache if they were here before."""
    from leakstop import __version__
    from leakstop.rules import index

    name = f"index-{__version__}-{index.FORMAT}-{FORMAT}-{rules.digest}"
    found = index.kept(name, lambda: index.dump(rules.rules, rules.digest, _shapes(rules.rules))).ready
    assert found is not None
    return found


def _shapes(rules: Sequence[Rule]) -> list[Shape]:
    """The shapes of the built-in rules, which are known, and of the others."""
    from leakstop.rules.index import derived, whole
    from leakstop.rules.load import load

    own = load()
    known = dict(zip(own.rules, whole(own.ready), strict=True)) if own.ready else {}
    return [known.get(rule._replace(foreign_format=None)) or derived([rule])[0] for rule in rules]
