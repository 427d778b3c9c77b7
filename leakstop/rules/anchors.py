"""Anchors: for each rule an expression that is cheap to look for and that every match of the rule contains.

A rule's pattern is parsed, look-arounds are dropped, and its most distinctive run of literal bytes is taken together with enough
of the shape around it to be selective. What remains accepts a superset: a place without an anchor cannot hold a match, a place
with one is confirmed by the rule's own expression. `derive` also tells where a match can start relative to an anchor and how many
bytes the expression can look at, so that confirming needs a few hundred bytes around the hit, never the whole text.

A rule with keywords hangs on those words instead: its pattern must start within `near` bytes after one of them.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from leakstop.record import NamedTuple
from leakstop.rules.common import COMMON
from leakstop.rules.shape import Anchor, Literal, Shape
from leakstop.rules.tree import (
    ALL,
    Alt,
    Chars,
    Node,
    Reader,
    Repeat,
    Seq,
    Unanchored,
    flat,
    fold,
    has_newline,
    opening,
    parse,
    render,
    render_set,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leakstop.rules.rule import Rule

ENOUGH_BITS = 44.0  # an anchor this selective is not extended further
EXTENSION = 16  # positions taken beside the literal at most
WIDEST_GAP = 256  # an anchor does not reach over more uncertainty than this
MAX_WIDTH = 16_384  # of one match, bytes
LONG = 5  # letters from which a word that is not in COMMON is rare enough to be looked for by itself
HEAD = 48  # positions of a common word's value that are looked for at most
HEAD_BITS = 20.0  # how selective they must be, if they are few; a literal that is less selective is a common word
CHOICES = 16  # spellings of one literal, such as the five of gh[pousr]_
SHORTEST = 3  # bytes of a literal


def derive(rule: Rule) -> Shape:
    """The anchors of a rule. Raises `Unanchored` for a pattern that is unbounded, too wide or has nothing distinctive."""
    node, behind, ahead, line = parse(rule.pattern)
    low, width = node.widths()
    if low == 0:
        raise Unanchored("can match the empty string")
    if width > MAX_WIDTH:
        raise Unanchored(f"can match {width:,} bytes; {MAX_WIDTH:,} are allowed")
    if rule.keywords:
        anchors = tuple(_keyword(word.lower(), rule.near, node) for word in rule.keywords)
    else:
        anchors = tuple(anchor for items in _alternatives(node) for anchor in _choose(items))
    return Shape(anchors, width, behind, ahead, line and not has_newline(node))


def _keyword(word: str, near: int, value: Node) -> Anchor:
    """A word alone, or, when it is a common one, the word and what a value begins with behind it.

    A hit of the first kind is the word's end, after which a value may start within `near` bytes; of the second, a value's start.
    """
    text = word.encode("ascii")
    expression = "".join(render_set(fold(1 << byte)) for byte in text)
    literals = (Literal(text, -len(text) - near, -len(text)),)
    head = opening(value, HEAD) if word in COMMON or len(word) < LONG else []
    if len(head) < EXTENSION and sum(Chars(mask, 1, 1).bits() for mask in head) < HEAD_BITS:
        return Anchor(expression, -near, 0, literals)
    beginning = "".join(render(Chars(mask, len(run), len(run))) for mask, group in groupby(head) for run in [list(group)])
    return Anchor(f"{expression}{render_set(ALL)}{{0,{near}}}{beginning}", len(head), len(head), literals)


def _alternatives(node: Node) -> Iterator[Sequence[Node]]:
    """The pattern's top-level branches, each as a list of items; a common part before or behind them goes into each."""
    items = flat(node)
    while len(items) == 1 and isinstance(items[0], Seq):
        items = items[0].items
    branching = [index for index, item in enumerate(items) if isinstance(item, Alt)]
    if len(branching) == 1 and _best(items) is None:
        index = branching[0]
        alt = items[index]
        assert isinstance(alt, Alt)
        for branch in alt.branches:
            yield from _alternatives(Seq((*items[:index], *flat(branch), *items[index + 1 :])))
    else:
        yield items


def _spellings(item: Node) -> list[bytes]:
    """The lower-case byte strings that an item of fixed width and few choices stands for; empty when there are too many."""
    if not isinstance(item, Chars) or item.low != item.high or item.low == 0 or item.mask.bit_count() > 2 * CHOICES:
        return []
    letters = {_lower(byte) for byte in range(256) if item.mask >> byte & 1}
    if len(letters) == 1:
        return [bytes(letters) * item.low]
    return [bytes([byte]) for byte in sorted(letters)] if item.low == 1 and len(letters) <= CHOICES else []


def _lower(byte: int) -> int:
    return byte + 32 if 65 <= byte <= 90 else byte


class _Run(NamedTuple):
    """Neighbouring items [start, end) that spell a few literals."""

    start: int
    end: int
    literals: tuple[Literal, ...]  # relative to the first item of all
    bits: float


def _runs(items: Sequence[Node]) -> Iterator[_Run]:
    """Every maximal run of at least three literal bytes; alternatives of words are runs of their own."""
    start, low, high = 0, 0, 0
    before: _Run | None = None
    while start < len(items):
        item = items[start]
        texts, end, bits = [b""], start, 0.0
        while end < len(items) and (spellings := _spellings(items[end])) and len(texts) * len(spellings) <= CHOICES:
            texts = [text + spelling for text in texts for spelling in spellings]
            bits += items[end].bits()
            end += 1
        if end > start:
            before = _Run(start, end, tuple(Literal(text, low, high) for text in texts), bits)
            if len(texts[0]) >= SHORTEST:
                yield before
            taken = len(texts[0])
            start, low, high = end, low + taken, high + taken
            continue
        if isinstance(item, Alt):
            best = [_best(flat(branch)) for branch in item.branches]
            if all(best):
                literals = tuple(Literal(lit.text, low + lit.low, high + lit.high) for run in best if run for lit in run.literals)
                # The parser takes a common prefix out of alternatives: A(?:KIA|SIA). Put it back.
                if before and before.end == start and all(lit.low == low and lit.high == high for lit in literals):
                    joined = tuple(
                        Literal(lead.text + lit.text, lead.low, lead.high) for lead in before.literals for lit in literals
                    )
                    if len(joined) <= CHOICES:
                        yield _Run(before.start, start + 1, joined, before.bits + item.bits() * 0.8)
                yield _Run(start, start + 1, literals, item.bits() * 0.8)
        elif isinstance(item, Repeat) and item.low and (run := _best(flat(item.body))):
            literals = tuple(Literal(lit.text, low + lit.low, high + lit.high) for lit in run.literals)
            yield _Run(start, start + 1, literals, run.bits * 0.8)
        least, most = item.widths()
        start, low, high = start + 1, low + least, high + most


def _best(items: Sequence[Node]) -> _Run | None:
    """The most selective run; an earlier one is kept unless a later one is clearly better."""
    best: _Run | None = None
    for run in _runs(items):
        if best is None or run.bits > best.bits + 6:
            best = run
    return best


def _choose(items: Sequence[Node]) -> Iterator[Anchor]:
    run = _best(items)
    if run is None:
        raise Unanchored("has no literal of three characters that every match holds; give the rule keywords")
    literals = run.literals
    for part in _parts(items, run):
        yield _around(part, run, literals)
        literals = ()  # each is looked for once


def _parts(items: Sequence[Node], run: _Run) -> list[Sequence[Node]]:
    """The items; where the run is of common words, and each branch of an alternation behind it has a literal of its own, once for
    each branch, so that Hyperscan may look for the rarer of the two.
    """
    for index, item in enumerate(items[run.end :], run.end):
        if run.bits < HEAD_BITS and isinstance(item, Alt) and all(_best(flat(branch)) for branch in item.branches):
            return [(*items[:index], *flat(branch), *items[index + 1 :]) for branch in item.branches]
    return [items]


def _around(items: Sequence[Node], run: _Run, literals: tuple[Literal, ...]) -> Anchor:
    right = _right_of(items, run)
    bits = sum(item.bits() for item in right)
    left: list[Node] = []
    before, room = run.start, EXTENSION
    while before > 0 and bits < ENOUGH_BITS and room > 0:
        before -= 1
        item = items[before]
        low, high = item.widths()
        if not isinstance(item, Chars) or low == 0:
            break
        left.insert(0, Chars(item.mask, min(low, room), min(low, room)))
        bits += left[0].bits()
        room -= low
        if low != high:
            break
    lead_low, lead_high = Seq(tuple(items[: run.start])).widths()
    low, high = Seq(tuple(right)).widths()
    expression = "".join(render(item) for item in (*left, *right))
    return Anchor(expression, lead_low + low, lead_high + high, literals)


def _right_of(items: Sequence[Node], run: _Run) -> list[Node]:
    """The run and what follows it, as far as that makes the anchor more selective, ending at a fixed place."""
    chosen = list(items[run.start : run.end])
    room, gap = EXTENSION, sum(item.widths()[1] - item.widths()[0] for item in chosen)
    for item in items[run.end :]:
        low, high = item.widths()
        if room <= 0 or (gap > WIDEST_GAP and low == 0):
            break
        if isinstance(item, Chars) and low >= room:
            chosen.append(Chars(item.mask, room, room))
            break
        chosen.append(item)
        room -= low
        gap += high - low
        if gap > WIDEST_GAP:
            break
    return _trim(chosen, run.end - run.start)


def _trim(chosen: list[Node], least: int) -> list[Node]:
    """An anchor ends at the shortest length that counts, in each branch: an open end would be reported again and again."""
    while chosen:
        last = chosen[-1]
        low, high = last.widths()
        if low == high:
            break
        if low and isinstance(last, Alt):
            chosen[-1] = Alt(tuple(Seq(tuple(_trim(list(flat(branch)), 0))) for branch in last.branches))
            break
        if len(chosen) == least:
            break
        chosen.pop()
        if low and isinstance(last, Chars):
            chosen.append(Chars(last.mask, low, low))
        elif low and isinstance(last, Repeat) and last.body.widths()[0] == last.body.widths()[1]:
            chosen.append(Repeat(last.body, last.low, last.low))
    return chosen


def bordered(pattern: str) -> str | None:
    """A pattern of the form (?<![x]) value (?![y]) as one expression with its neighbours spelled out, [^x] value [^y], for values
    that have no literal to look for. None when the pattern is of another form.
    """
    import re
    import re._parser as sre  # type: ignore[import-not-found]

    parsed = list(sre.parse(pattern.encode("ascii")))
    reader = Reader(sre, re)
    if len(parsed) < 3 or str(parsed[0][0]) != "ASSERT_NOT" or str(parsed[-1][0]) != "ASSERT_NOT":
        return None
    borders = []
    for (_, (direction, body)), expected in ((parsed[0], -1), (parsed[-1], 1)):
        node = reader.seq(body, 0)
        if direction != expected or not isinstance(node, Seq) or len(node.items) != 1:
            return None
        item = node.items[0]
        if not isinstance(item, Chars) or (item.low, item.high) != (1, 1):
            return None
        borders.append(render_set(ALL & ~item.mask))
    value = reader.seq(parsed[1:-1], 0)
    low, high = value.widths()
    return borders[0] + render(value) + borders[1] if low == high else None
