"""What is looked for of a rule: where it ends, and what of a value stands behind a common word."""

import re

import pytest

from leakstop.rules import load
from leakstop.rules.anchors import derive
from leakstop.rules.compiled import compile_rules
from leakstop.rules.rule import Rule
from leakstop.rules.tree import Alt, Chars, Seq, opening, parse

RULE = load.load().rules[0]


def rule(pattern: str, keywords: tuple[str, ...] = ()) -> Rule:
    return RULE._replace(id="it", pattern=pattern, keywords=keywords, near=40, foreign_format=None)


def ends_open(node) -> bool:
    """Whether the last thing that an expression takes is of no fixed length: each length would be reported."""
    if isinstance(node, Seq):
        return bool(node.items) and ends_open(node.items[-1])
    if isinstance(node, Alt):
        return any(map(ends_open, node.branches))
    return node.low != node.high or (not isinstance(node, Chars) and ends_open(node.body))


@pytest.mark.parametrize(
    ("pattern", "hits"),
    [
        ("acme_[a-z]{4,100}", 1),
        ("acme_(?:[a-z]{4,100}|[0-9a-z]{8,100})", 2),
        ("acme_(?:key[a-z]{4,100}|old[a-z]{4,100}x?)", 1),
        ('acme_(?:(?<=")[a-z"]{4,100}(?=")|[a-z]{4,100}?)x?', 1),
    ],
)
def test_a_long_value_is_hit_once(pattern: str, hits: int):
    (anchor,) = derive(rule(pattern)).anchors
    text = b"acme_key" + b"a" * 60
    expression = re.compile(anchor.expression.encode())
    ends = {end for end in range(len(text) + 1) if any(expression.fullmatch(text, start, end) for start in range(end))}
    assert len(ends) == hits


def test_anchors_end_at_a_fixed_place():
    found = compile_rules(load.load())
    open_ones = [anchor.expression for anchor in found.anchors if ends_open(parse(anchor.expression).node)]
    assert open_ones == []


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("[a-c]{3,9}", ["abc"] * 3),
        ("a(?:bc|d)e", ["a", "bd", "ce"]),
        ("a?bc", ["ab", "bc"]),
        ("(?:ab){2,3}", ["a", "b", "a", "b"]),
        ("a{0,2}b", ["ab"]),
        ("(?=[0-9])[a-z0-9]", ["0123456789abcdefghijklmnopqrstuvwxyz"]),
        ("(?:)|a", []),
    ],
)
def test_opening(pattern: str, first: list[str]):
    """One set for each place that every match has."""
    masks = opening(parse(pattern).node, 48)
    assert ["".join(chr(byte) for byte in range(256) if mask >> byte & 1) for mask in masks] == first


@pytest.mark.parametrize(
    ("word", "places"),
    [("acmecorp", 0), ("server", 40), ("acme", 40)],
)
def test_a_common_word_is_looked_for_with_its_value(word: str, places: int):
    (anchor,) = derive(rule("[a-f0-9]{40}", (word,))).anchors
    assert anchor.low == (places or -40)
    assert [literal.text for literal in anchor.literals] == [word.encode()]


def test_branches_behind_a_common_word_are_looked_for_by_themselves():
    """Each literal is told once, for the prefilter that asks for nothing else."""
    anchors = derive(rule("(?i:key)[a-z]{0,8}(?:<string>|: >)[a-z]{8,20}")).anchors
    assert [bool(anchor.literals) for anchor in anchors] == [True, False]
    assert len(derive(rule("acmecorp_key[a-z]{0,8}(?:<string>|: >)[a-z]{8,20}")).anchors) == 1
