"""What the engine knows of a rule's expression before it runs it: where to look, and how far it can see.

Made by `rules.anchors.derive`, kept as plain rows in the wheel's rule index and in the cache.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Literal(NamedTuple):
    """A lower-case byte string that stands in every match (or in every match of one branch), and where: the match starts between
    `low` and `high` bytes before it.
    """

    text: bytes
    low: int
    high: int


class Anchor(NamedTuple):
    """One expression for the prefilter. A hit that ends at e means: a match may start between e - high and e - low."""

    expression: str  # Hyperscan syntax, no look-arounds, ASCII only
    low: int
    high: int
    literals: tuple[Literal, ...]  # for the prefilter without Hyperscan: one of them is in every match


class Shape(NamedTuple):
    """All that the engine needs to confirm a rule around a hit. Widths in bytes."""

    anchors: tuple[Anchor, ...]
    width: int  # longest match
    behind: int  # how far look-behinds reach before a match's start
    ahead: int  # how far look-aheads reach behind a match's end
    line: bool  # a match stays in one line, and so does what its look-arounds depend on


def to_row(shape: Shape) -> list[Any]:
    """A shape as lists of numbers and ASCII text, for JSON."""
    anchors = [
        [anchor.expression, anchor.low, anchor.high, [[lit.text.decode("latin-1"), lit.low, lit.high] for lit in anchor.literals]]
        for anchor in shape.anchors
    ]
    return [anchors, shape.width, shape.behind, shape.ahead, shape.line]


def from_row(row: list[Any]) -> Shape:
    """The inverse of `to_row`."""
    anchors, width, behind, ahead, line = row
    return Shape(
        tuple(
            Anchor(expression, low, high, tuple(Literal(text.encode("latin-1"), start, end) for text, start, end in literals))
            for expression, low, high, literals in anchors
        ),
        width,
        behind,
        ahead,
        line,
    )
