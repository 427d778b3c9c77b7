"""What the engine knows of a rule's expression before it runs it: where to look, and how far it can see.

Made by `rules.anchors.derive`, kept in the wheel's rule index and in the cache (`rules.index`).
"""

from __future__ import annotations

from leakstop.record import NamedTuple


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
    literals: tuple[Literal, ...]  # for the prefilter without Hyperscan: every match holds one of them, or of another anchor


class Shape(NamedTuple):
    """All that the engine needs to confirm a rule around a hit. Widths in bytes."""

    anchors: tuple[Anchor, ...]
    width: int  # longest match
    behind: int  # how far look-behinds reach before a match's start
    ahead: int  # how far look-aheads reach behind a match's end
    line: bool  # a match stays in one line, and so does what its look-arounds depend on
