"""The index of the built-in rules, which the wheel holds: what TOML files say, and what the engine would else derive from them.

One JSON value a line, so that only the lines that are needed are ever parsed: a head, the ids, what says whose a value is, the
rules, the anchors, and for each rule the numbers of its anchors.
"""

from __future__ import annotations

from leakstop.record import NamedTuple
from leakstop.rules.lazy import Lazy, Lines, Numbers, Table
from leakstop.rules.rows import loads
from leakstop.rules.rule import PairSpec, Rule, RuleSet
from leakstop.rules.shape import Anchor, Literal, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from mmap import mmap
    from typing import Any

FORMAT = 7
NAME = "index.jsonl"  # of the file in the folder of the rules
_OPENING = 3  # lines before those of the rules
_NAMES = 64  # keywords; a rule with more of them is for services whose keys have no form
_PREFIX = 4  # letters of a literal that tells whose a token is
_REACH = len(Shape._fields) - 1  # what a rule's line ends with: its shape without the anchors
_KEYWORDS, _PAIR, _ALLOW = map(Rule._fields.index, ("keywords", "pair", "allow"))


class Ready(NamedTuple):
    """What is ready to search with, without deriving it from the rules."""

    shapes: Sequence[Shape]  # by rule, without their anchors
    anchors: Sequence[Anchor]  # distinct ones
    users: Sequence[tuple[int, ...]]  # by anchor: the numbers of the rules that hang on it
    hung: Sequence[Sequence[int]]  # by rule: the numbers of the anchors that it hangs on
    key: str  # names the set of anchors
    halves: frozenset[int]  # numbers of the rules that another one names as its other half
    leads: tuple[int, ...]  # numbers of the rules that name one
    numbers: Mapping[str, int]  # of all rules, by id
    # Numbers of rules by what says whose a value is, in small letters: "words", their keywords, or without any their providers'
    # names; "prefixes", what each match of those without keywords begins with.
    owners: Mapping[str, Mapping[str, Sequence[int]]]


def ready(rules: Sequence[Rule], shapes: Sequence[Shape]) -> Ready:
    """What rules and their shapes come to."""
    from _blake2 import blake2b

    users: dict[Anchor, dict[int, None]] = {}
    for number, shape in enumerate(shapes):
        for anchor in shape.anchors:
            users.setdefault(anchor, {})[number] = None
    hung: list[list[int]] = [[] for _ in shapes]
    for at, own in enumerate(users.values()):
        for number in own:
            hung[number].append(at)
    digest = blake2b("\n".join(anchor.expression for anchor in users).encode("ascii"), digest_size=12)
    halves = {rule.pair.rule for rule in rules if rule.pair}
    halves |= {needed.rule for rule in rules if rule.foreign_format for needed in rule.foreign_format.needs}
    return Ready(
        tuple(shape._replace(anchors=()) for shape in shapes),
        tuple(users),
        tuple(map(tuple, users.values())),
        tuple(hung),
        digest.hexdigest(),
        frozenset(number for number, rule in enumerate(rules) if rule.id in halves),
        tuple(number for number, rule in enumerate(rules) if rule.pair),
        {rule.id: number for number, rule in enumerate(rules)},
        {"words": _words(rules), "prefixes": _prefixes(rules, shapes)},
    )


def _words(rules: Sequence[Rule]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, rule in enumerate(rules):
        if len(rule.keywords) > _NAMES:
            continue
        for keyword in rule.keywords or (() if rule.generic else _spellings(rule.provider)):
            found.setdefault(keyword.lower(), []).append(number)
    return found


def _spellings(provider: str) -> Iterable[str]:
    """How names in code spell a provider: `hugging_face`, `hugging-face`, `huggingface`."""
    parts = "".join(sign if sign.isalnum() else " " for sign in provider.lower()).split()
    return dict.fromkeys(joint.join(parts) for joint in ("", "_", "-"))


def _prefixes(rules: Sequence[Rule], shapes: Sequence[Shape]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, (rule, shape) in enumerate(zip(rules, shapes, strict=True)):
        literals = [] if rule.keywords or rule.generic else [literal for anchor in shape.anchors for literal in anchor.literals]
        for text in {literal.text.lower() for literal in literals if literal.high == 0 and len(literal.text) >= _PREFIX}:
            found.setdefault(text.decode("latin-1"), []).append(number)
    return found


def derived(rules: Sequence[Rule]) -> tuple[Shape, ...]:
    """The shapes of rules, worked out from their patterns. RuleError, naming the rule, when one cannot be anchored."""
    from leakstop.errors import RuleError
    from leakstop.rules.anchors import derive
    from leakstop.rules.tree import Unanchored

    shapes = []
    for rule in rules:
        try:
            shapes.append(derive(rule))
        except Unanchored as error:
            raise RuleError("", rule.id, "pattern", str(error)) from None
    return tuple(shapes)


def dump(rules: Sequence[Rule], digest: str, shapes: Sequence[Shape] | None = None) -> bytes:
    """The index of these rules; `shapes`, if they are known."""
    import json

    found = ready(rules, shapes or derived(rules))
    head = {"format": FORMAT, "digest": digest, "key": found.key, "halves": sorted(found.halves), "leads": found.leads}
    counts = {"rules": len(rules), "anchors": len(found.anchors)}
    lines: list[Any] = [{**head, **counts}, [rule.id for rule in rules], found.owners]
    lines += [[*rule, *shape[1:]] for rule, shape in zip(rules, found.shapes, strict=True)]
    lines += [[*_row(anchor), users] for anchor, users in zip(found.anchors, found.users, strict=True)]
    lines += found.hung
    return Lines.join([json.dumps(line, separators=(",", ":")).encode("ascii") for line in lines])


def parse(data: mmap | bytes) -> RuleSet:
    """The inverse of `dump`."""
    head = loads(data[: data.find(b"\n")])
    rules, anchors, opening = head["rules"], head["anchors"], Lines(data, 0, _OPENING)
    of_rules, of_anchors = Lines(data, _OPENING, rules), Lines(data, _OPENING + rules, anchors)
    found = Ready(
        Lazy(of_rules, _shape),
        Lazy(of_anchors, _anchor),
        Lazy(of_anchors, _users),
        Lazy(Lines(data, _OPENING + rules + anchors, rules), _plain),
        head["key"],
        frozenset(head["halves"]),
        tuple(head["leads"]),
        Numbers(opening[1]),
        Table(opening[2]),
    )
    return RuleSet(Lazy(of_rules, _rule), head["digest"], found)


def kept(name: str, make: Callable[[], bytes]) -> RuleSet:
    """The index that the cache holds under a name; made now, if there is none."""
    from leakstop import store

    data = store.read(name)
    if data is None:
        data = make()
        store.write(name, data)
        store.prune("index-")
    return parse(data)


def without(found: Ready, rules: Sequence[Rule], numbers: Sequence[int]) -> Ready:
    """What the rules with these numbers come to, when the others go."""
    shapes = whole(found)
    return ready([rules[number] for number in numbers], [shapes[number] for number in numbers])


def whole(found: Ready) -> list[Shape]:
    """The shapes with their anchors."""
    anchors = tuple(found.anchors)
    own = [tuple([anchors[at] for at in numbers]) for numbers in found.hung]
    return [shape._replace(anchors=of_rule) for shape, of_rule in zip(found.shapes, own, strict=True)]


def _row(anchor: Anchor) -> list[Any]:
    literals = [[literal.text.decode("latin-1"), literal.low, literal.high] for literal in anchor.literals]
    return [anchor.expression, anchor.low, anchor.high, literals]


def _anchor(row: list[Any]) -> Anchor:
    literals = tuple([Literal(text.encode("latin-1"), low, high) for text, low, high in row[3]])
    return Anchor(row[0], row[1], row[2], literals)


def _users(row: list[Any]) -> tuple[int, ...]:
    return tuple(row[-1])


def _plain(row: list[int]) -> list[int]:
    return row


def _shape(row: list[Any]) -> Shape:
    return Shape((), *row[-_REACH:])


def _rule(row: list[Any]) -> Rule:
    del row[-_REACH:]
    row[_KEYWORDS] = tuple(row[_KEYWORDS])
    row[_ALLOW] = tuple(row[_ALLOW])
    if row[_PAIR]:
        rule, pattern, entropy, also = row[_PAIR]
        row[_PAIR] = PairSpec(rule, pattern, entropy, tuple(also))
    return Rule._make(row)
