"""Anchors: for each rule an expression that is cheap to look for and that every match of the rule contains.

A rule's pattern is parsed, look-arounds are dropped, and its most distinctive run of literal bytes is taken together with enough
of the shape around it to be selective. What remains accepts a superset: a place without an anchor cannot hold a match, a place
with one is confirmed by the rule's own expression. `derive` also tells where a match can start relative to an anchor and how many
bytes the expression can look at, so that confirming needs a few hundred bytes around the hit, never the whole text.

A rule with keywords hangs on those words instead: its pattern must start within `near` bytes after one of them.
"""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop.rules.shape import Anchor, Literal, Shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leakstop.rules.rule import Rule

ENOUGH_BITS = 44.0  # an anchor this selective is not extended further
EXTENSION = 16  # positions taken beside the literal at most
WIDEST_GAP = 64  # an anchor does not reach over more uncertainty than this
MAX_WIDTH = 16_384  # of one match, bytes
LONG = 5  # letters from which a word that is not in COMMON is rare enough to be looked for by itself
HEAD_BITS = 20.0  # what a common word's value must begin with, to be worth looking for
# Words that stand everywhere in code and prose: where a rule hangs on one, its value is looked for at once.
COMMON = frozenset(
    "access account action admin agent application assistant author authorization backend bearer block board bridge broker build "
    "cache campaign central channel chart circle class clear client cloud cluster color command commerce connect console content "
    "control credential credentials crypto dashboard database default deploy design desktop device digest direct discord docker "
    "domain drone email engine event exchange export factor field flash fleet forge frame front global graph group handle hash "
    "header heap helper host image index insight instance intercom ledger library light linear linked local logger login "
    "magnet mail manager master matrix media member message metric mobile model monitor native network node number object "
    "office order pages panel partner passwd password path payment phone place plain planet platform player point portal post "
    "price print private process product project provider proxy public queue quick range react record redis relay release remote "
    "render report request resource response root route schema script search secret section secure segment sender server service "
    "session shadow share shell shift shop shortcut signature simple single site skill smart snap social source space spark "
    "splash square stack stage standard state storage store stream stripe studio style subscription support switch system table "
    "target teams template ticket timer token track trade transfer travel trigger update upload user username value vault vector "
    "verify version video view virtual visual wallet watch weather webhook website widget window wire work worker world write".split()
)
CHOICES = 16  # spellings of one literal, such as the five of gh[pousr]_
SHORTEST = 3  # bytes of a literal
ALL = (1 << 256) - 1


class Unanchored(ValueError):
    """The pattern cannot be looked for cheaply, or is not bounded; the text says why."""


# --- the pattern as a small tree ---------------------------------------------------------------------------------------------


class _Chars(NamedTuple):
    """Between `low` and `high` bytes out of a set (a mask of 256 bits)."""

    mask: int
    low: int
    high: int

    def widths(self) -> tuple[int, int]:
        return self.low, self.high

    def bits(self) -> float:
        return self.low * _bits(self.mask)


class _Seq(NamedTuple):
    items: tuple[_Node, ...]

    def widths(self) -> tuple[int, int]:
        pairs = [item.widths() for item in self.items]
        return sum(low for low, _ in pairs), sum(high for _, high in pairs)

    def bits(self) -> float:
        return sum(item.bits() for item in self.items)


class _Alt(NamedTuple):
    branches: tuple[_Node, ...]

    def widths(self) -> tuple[int, int]:
        pairs = [branch.widths() for branch in self.branches]
        return min(low for low, _ in pairs), max(high for _, high in pairs)

    def bits(self) -> float:
        return max(0.0, min(branch.bits() for branch in self.branches) - log2(len(self.branches)))


class _Repeat(NamedTuple):
    body: _Node
    low: int
    high: int

    def widths(self) -> tuple[int, int]:
        low, high = self.body.widths()
        return low * self.low, high * self.high

    def bits(self) -> float:
        return self.low * self.body.bits()


_Node = _Chars | _Seq | _Alt | _Repeat

# How common bytes are in source text, in rough shares; what is not listed is rare.
_COMMON = {
    b" ": 0.17, b"e": 0.065, b"t": 0.055, b"a": 0.04, b"r": 0.04, b"s": 0.04, b"i": 0.04, b"n": 0.04, b"o": 0.04,
    b"l": 0.025, b"c": 0.022, b"d": 0.022, b"u": 0.018, b"p": 0.018, b"m": 0.016, b"f": 0.014, b"h": 0.016, b"g": 0.011,
    b"\n": 0.03, b"_": 0.015, b".": 0.014, b"(": 0.01, b")": 0.01, b",": 0.011, b"=": 0.009, b"-": 0.012, b"/": 0.009,
    b'"': 0.01, b"'": 0.01, b":": 0.009, b"0": 0.012, b"1": 0.01, b"2": 0.007, b"b": 0.009, b"y": 0.009, b"v": 0.007,
    b"w": 0.006, b"k": 0.005, b"x": 0.004,
}  # fmt: skip
_SHARE = [0.0016] * 128 + [0.0002] * 128
for _byte, _share in _COMMON.items():
    _SHARE[_byte[0]] = _share


def _bits(mask: int) -> float:
    share = sum(_SHARE[byte] for byte in range(256) if mask >> byte & 1)
    return -log2(min(1.0, share)) if share else 60.0


def _set(values: Iterable[int]) -> int:
    mask = 0
    for value in values:
        mask |= 1 << value
    return mask


_DIGIT = _set(b"0123456789")
_SPACE = _set(b" \t\n\r\f\v")
_WORD = _set(b"0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def _fold(mask: int) -> int:
    upper = (mask >> 65) & ((1 << 26) - 1)
    lower = (mask >> 97) & ((1 << 26) - 1)
    both = upper | lower
    return mask | both << 65 | both << 97


class Parsed(NamedTuple):
    """A pattern's tree without its look-arounds, and what these depend on."""

    node: _Node
    behind: int  # bytes before a match that look-behinds reach
    ahead: int  # bytes behind a match that look-aheads reach
    line: bool  # no look-around sees anything beyond the line that the match stands in, but the line's end


def parse(pattern: str) -> Parsed:
    """The tree of a pattern over bytes. Raises `Unanchored` for what anchors do not know."""
    import re
    import re._parser as sre  # type: ignore[import-not-found]

    parsed = sre.parse(pattern.encode("ascii"))
    reader = _Reader(sre, re)
    node = reader.seq(parsed, parsed.state.flags)
    return Parsed(node, reader.behind, reader.ahead, reader.line)


class _Reader:
    """Turns the parser's output into the tree above."""

    def __init__(self, sre: Any, re: Any) -> None:
        self.sre = sre
        self.ignorecase = int(re.IGNORECASE)
        self.dotall = int(re.DOTALL)
        self.multiline = int(re.MULTILINE)
        self.behind = 0
        self.ahead = 0
        self.line = True
        self.groups: dict[int | None, int] = {}  # number -> most bytes that it captures

    def seq(self, parsed: Any, flags: int) -> _Node:
        """The tree of a parsed expression or a part of one."""
        items: list[_Node] = []
        for op, value in parsed:
            node = self._node(str(op), value, flags)
            if isinstance(node, _Seq):
                items.extend(node.items)
            elif node is not None:
                items.append(node)
        return _Seq(tuple(items))

    def _node(self, op: str, value: Any, flags: int) -> _Node | None:
        if op == "LITERAL":
            return _Chars(self._case(1 << value, flags), 1, 1)
        if op == "NOT_LITERAL":
            return _Chars(ALL & ~self._case(1 << value, flags), 1, 1)
        if op == "ANY":
            return _Chars(ALL if flags & self.dotall else ALL & ~(1 << 10), 1, 1)
        if op == "IN":
            return _Chars(self._class(value, flags), 1, 1)
        if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self._repeat(value, flags)
        if op == "SUBPATTERN":
            group, add, drop, body = value
            node = self.seq(body, (flags | add) & ~drop)
            self.groups[group] = node.widths()[1]
            return node
        if op == "ATOMIC_GROUP":
            return self.seq(value, flags)
        if op == "BRANCH":
            return _merge(tuple(self.seq(branch, flags) for branch in value[1]))
        if op in ("ASSERT", "ASSERT_NOT"):
            self._look(value, flags)
            return None
        if op == "AT":
            self.behind, self.ahead = max(self.behind, 1), max(self.ahead, 2)
            if str(value) == "AT_END" and not flags & self.multiline:
                self.line = False  # holds before a line end only if nothing follows it
            return None
        if op == "GROUPREF":
            return _Chars(ALL, 0, self.groups[value])
        msg = f"uses {op.lower().replace('_', ' ')}, which anchors do not know"
        raise Unanchored(msg)

    def _case(self, mask: int, flags: int) -> int:
        return _fold(mask) if flags & self.ignorecase else mask

    def _class(self, items: Any, flags: int) -> int:
        mask, negate = 0, False
        for kind, value in items:
            name = str(kind)
            if name == "NEGATE":
                negate = True
            elif name == "LITERAL":
                mask |= 1 << value
            elif name == "RANGE":
                mask |= _set(range(value[0], value[1] + 1))
            else:
                mask |= _category(str(value))
        mask = self._case(mask, flags)
        return ALL & ~mask if negate else mask

    def _repeat(self, value: Any, flags: int) -> _Node:
        low, high, body = value
        if high == self.sre.MAXREPEAT:
            msg = "repeats without an upper bound: write {0,200} instead of * and {1,200} instead of +"
            raise Unanchored(msg)
        node = self.seq(body, flags)
        if isinstance(node, _Seq) and len(node.items) == 1:
            node = node.items[0]
        if isinstance(node, _Chars) and node.low == node.high == 1:
            return _Chars(node.mask, int(low), int(high))
        return node if low == high == 1 else _Repeat(node, int(low), int(high))

    def _look(self, value: Any, flags: int) -> None:
        direction, body = value
        inner = _Reader(self.sre, _Flags(self.ignorecase, self.dotall, self.multiline))
        node = inner.seq(body, flags)
        high = node.widths()[1]
        self.line = self.line and inner.line and (high <= 1 or (direction > 0 and _newline_last(node)))
        if direction < 0:
            self.behind = max(self.behind, high + inner.behind)
        else:
            self.ahead = max(self.ahead, high + inner.ahead)


class _Flags(NamedTuple):
    IGNORECASE: int
    DOTALL: int
    MULTILINE: int


def _category(name: str) -> int:
    for ending, mask in (("DIGIT", _DIGIT), ("SPACE", _SPACE), ("WORD", _WORD)):
        if name.endswith(ending):
            return ALL & ~mask if "NOT_" in name else mask
    msg = f"uses {name.lower()}, which anchors do not know"
    raise Unanchored(msg)


def _merge(branches: tuple[_Node, ...]) -> _Node:
    """Alternatives of single characters are a set."""
    singles = [branch.items[0] if isinstance(branch, _Seq) and len(branch.items) == 1 else branch for branch in branches]
    mask = 0
    for single in singles:
        if not (isinstance(single, _Chars) and single.low == single.high == 1):
            return _Alt(branches)
        mask |= single.mask
    return _Chars(mask, 1, 1)


def bordered(pattern: str) -> str | None:
    """A pattern of the form (?<![x]) value (?![y]) as one expression with its neighbours spelled out, [^x] value [^y], for values
    that have no literal to look for. None when the pattern is of another form.
    """
    import re
    import re._parser as sre

    parsed = list(sre.parse(pattern.encode("ascii")))
    reader = _Reader(sre, re)
    if len(parsed) < 3 or str(parsed[0][0]) != "ASSERT_NOT" or str(parsed[-1][0]) != "ASSERT_NOT":
        return None
    borders = []
    for (_, (direction, body)), expected in ((parsed[0], -1), (parsed[-1], 1)):
        node = reader.seq(body, 0)
        if direction != expected or not isinstance(node, _Seq) or len(node.items) != 1:
            return None
        item = node.items[0]
        if not isinstance(item, _Chars) or (item.low, item.high) != (1, 1):
            return None
        borders.append(_render(ALL & ~item.mask))
    value = reader.seq(parsed[1:-1], 0)
    low, high = value.widths()
    return borders[0] + _render_node(value) + borders[1] if low == high else None


# --- choosing an anchor ------------------------------------------------------------------------------------------------------


def derive(rule: Rule) -> Shape:
    """The anchors of a rule. Raises `Unanchored` for a pattern that is unbounded, too wide or has nothing distinctive."""
    node, behind, ahead, line = parse(rule.pattern)
    low, width = node.widths()
    if low == 0:
        msg = "can match the empty string"
        raise Unanchored(msg)
    if width > MAX_WIDTH:
        msg = f"can match {width:,} bytes; {MAX_WIDTH:,} are allowed"
        raise Unanchored(msg)
    if rule.keywords:
        anchors = tuple(_keyword(word.lower(), rule.near, node) for word in rule.keywords)
    else:
        anchors = tuple(_choose(items) for items in _alternatives(node))
    return Shape(anchors, width, behind, ahead, line and not _has_newline(node))


def _has_newline(node: _Node) -> bool:
    if isinstance(node, _Chars):
        return bool(node.mask >> 10 & 1)
    if isinstance(node, _Repeat):
        return _has_newline(node.body)
    return any(_has_newline(part) for part in (node.items if isinstance(node, _Seq) else node.branches))


def _newline_last(node: _Node) -> bool:
    """Whether a line end can only be the last byte of what the node matches."""
    if isinstance(node, _Alt):
        return all(_newline_last(branch) for branch in node.branches)
    if isinstance(node, _Seq):
        return not any(_has_newline(item) for item in node.items[:-1]) and (not node.items or _newline_last(node.items[-1]))
    return not _has_newline(node) or node.widths()[1] <= 1


def _keyword(word: str, near: int, value: _Node) -> Anchor:
    """A word alone, or, when it is a common one, the word and what a value begins with behind it.

    A hit of the first kind is the word's end, after which a value may start within `near` bytes; of the second, a value's start.
    """
    text = word.encode("ascii")
    expression = "".join(_render(_fold(1 << byte)) for byte in text)
    literals = (Literal(text, -len(text) - near, -len(text)),)
    head = _head(_flat(value)) if word in COMMON or len(word) < LONG else []
    if sum(item.bits() for item in head) < HEAD_BITS:
        return Anchor(expression, -near, 0, literals)
    width = _Seq(tuple(head)).widths()[0]
    beginning = "".join(_render_node(item) for item in head)
    return Anchor(f"{expression}{_render(ALL)}{{0,{near}}}{beginning}", width, width, literals)


def _head(items: Sequence[_Node]) -> list[_Node]:
    """What every match begins with, of one width."""
    head: list[_Node] = []
    room = EXTENSION
    for item in items:
        low, high = item.widths()
        if isinstance(item, _Chars) and low:
            head.append(_Chars(item.mask, min(low, room), min(low, room)))
        elif low == high:
            head.append(item)
        room -= low
        if low != high or room <= 0:
            break
    return head


def _alternatives(node: _Node) -> Iterator[Sequence[_Node]]:
    """The pattern's top-level branches, each as a list of items; a common part before or behind them goes into each."""
    items = _flat(node)
    while len(items) == 1 and isinstance(items[0], _Seq):
        items = items[0].items
    branching = [index for index, item in enumerate(items) if isinstance(item, _Alt)]
    if len(branching) == 1 and _best(items) is None:
        index = branching[0]
        alt = items[index]
        assert isinstance(alt, _Alt)
        for branch in alt.branches:
            yield from _alternatives(_Seq((*items[:index], *_flat(branch), *items[index + 1 :])))
    else:
        yield items


def _flat(node: _Node) -> tuple[_Node, ...]:
    return node.items if isinstance(node, _Seq) else (node,)


def _spellings(item: _Node) -> list[bytes]:
    """The lower-case byte strings that an item of fixed width and few choices stands for; empty when there are too many."""
    if not isinstance(item, _Chars) or item.low != item.high or item.low == 0 or item.mask.bit_count() > 2 * CHOICES:
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


def _runs(items: Sequence[_Node]) -> Iterator[_Run]:
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
        if isinstance(item, _Alt):
            best = [_best(_flat(branch)) for branch in item.branches]
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
        elif isinstance(item, _Repeat) and item.low and (run := _best(_flat(item.body))):
            literals = tuple(Literal(lit.text, low + lit.low, high + lit.high) for lit in run.literals)
            yield _Run(start, start + 1, literals, run.bits * 0.8)
        least, most = item.widths()
        start, low, high = start + 1, low + least, high + most


def _best(items: Sequence[_Node]) -> _Run | None:
    """The most selective run; an earlier one is kept unless a later one is clearly better."""
    best: _Run | None = None
    for run in _runs(items):
        if best is None or run.bits > best.bits + 6:
            best = run
    return best


def _choose(items: Sequence[_Node]) -> Anchor:
    run = _best(items)
    if run is None:
        msg = "has no literal of three characters that every match holds; give the rule keywords"
        raise Unanchored(msg)
    right = _right_of(items, run)
    bits = sum(item.bits() for item in right)
    left: list[_Node] = []
    before, room = run.start, EXTENSION
    while before > 0 and bits < ENOUGH_BITS and room > 0:
        before -= 1
        item = items[before]
        low, high = item.widths()
        if not isinstance(item, _Chars) or low == 0:
            break
        left.insert(0, _Chars(item.mask, min(low, room), min(low, room)))
        bits += left[0].bits()
        room -= low
        if low != high:
            break
    lead_low, lead_high = _Seq(tuple(items[: run.start])).widths()
    low, high = _Seq(tuple(right)).widths()
    expression = "".join(_render_node(item) for item in (*left, *right))
    return Anchor(expression, lead_low + low, lead_high + high, run.literals)


def _right_of(items: Sequence[_Node], run: _Run) -> list[_Node]:
    """The run and what follows it, as far as that makes the anchor more selective, ending at a fixed place."""
    chosen = list(items[run.start : run.end])
    room, gap = EXTENSION, sum(item.widths()[1] - item.widths()[0] for item in chosen)
    for item in items[run.end :]:
        low, high = item.widths()
        if room <= 0 or (gap > WIDEST_GAP and low == 0):
            break
        if isinstance(item, _Chars) and low >= room:
            chosen.append(_Chars(item.mask, room, room))
            break
        chosen.append(item)
        room -= low
        gap += high - low
        if gap > WIDEST_GAP:
            break
    return _trim(chosen, run.end - run.start)


def _trim(chosen: list[_Node], least: int) -> list[_Node]:
    """An anchor ends at the shortest length that counts: an open end would be reported again and again."""
    while len(chosen) > least:
        last = chosen[-1]
        low, high = last.widths()
        if low == high or (low and isinstance(last, _Alt)):
            break
        chosen.pop()
        if low and isinstance(last, _Chars):
            chosen.append(_Chars(last.mask, low, low))
        elif low and isinstance(last, _Repeat) and last.body.widths()[0] == last.body.widths()[1]:
            chosen.append(_Repeat(last.body, last.low, last.low))
    return chosen


# --- Hyperscan syntax --------------------------------------------------------------------------------------------------------


def _render_node(node: _Node) -> str:
    if isinstance(node, _Chars):
        return _render(node.mask) + _count(node.low, node.high)
    if isinstance(node, _Seq):
        return "".join(_render_node(item) for item in node.items)
    if isinstance(node, _Alt):
        return "(?:" + "|".join(_render_node(branch) for branch in node.branches) + ")"
    return "(?:" + _render_node(node.body) + ")" + _count(node.low, node.high)


def _count(low: int, high: int) -> str:
    if low == high:
        return "" if low == 1 else f"{{{low}}}"
    return "?" if (low, high) == (0, 1) else f"{{{low},{high}}}"


def _render(mask: int) -> str:
    if mask.bit_count() == 1:
        return f"\\x{mask.bit_length() - 1:02x}"
    if mask == ALL:
        return "[\\x00-\\xff]"
    parts, byte = [], 0
    while byte < 256:
        if mask >> byte & 1:
            first = byte
            while byte < 255 and mask >> (byte + 1) & 1:
                byte += 1
            parts.append(f"\\x{first:02x}" if first == byte else f"\\x{first:02x}-\\x{byte:02x}")
        byte += 1
    return "[" + "".join(parts) + "]"
