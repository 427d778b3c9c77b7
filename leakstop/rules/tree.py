"""A pattern as a small tree: what it consumes, byte for byte, without its look-arounds.

`rules.anchors` chooses from it what is cheap to look for.
"""

from __future__ import annotations

from functools import cache, reduce
from math import log2
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ALL = (1 << 256) - 1


class Unanchored(ValueError):
    """The pattern cannot be looked for cheaply, or is not bounded; the text says why."""


class Chars(NamedTuple):
    """Between `low` and `high` bytes out of a set (a mask of 256 bits)."""

    mask: int
    low: int
    high: int

    def widths(self) -> tuple[int, int]:
        """Fewest and most bytes."""
        return self.low, self.high

    def bits(self) -> float:
        """How selective it is: the negative logarithm of its share of ordinary text."""
        return self.low * _bits(self.mask)


class Seq(NamedTuple):
    """One after the other."""

    items: tuple[Node, ...]

    def widths(self) -> tuple[int, int]:
        """Fewest and most bytes."""
        pairs = [item.widths() for item in self.items]
        return sum(low for low, _ in pairs), sum(high for _, high in pairs)

    def bits(self) -> float:
        """How selective it is: the negative logarithm of its share of ordinary text."""
        return sum(item.bits() for item in self.items)


class Alt(NamedTuple):
    """One of several."""

    branches: tuple[Node, ...]

    def widths(self) -> tuple[int, int]:
        """Fewest and most bytes."""
        pairs = [branch.widths() for branch in self.branches]
        return min(low for low, _ in pairs), max(high for _, high in pairs)

    def bits(self) -> float:
        """How selective it is: the negative logarithm of its share of ordinary text."""
        return max(0.0, min(branch.bits() for branch in self.branches) - log2(len(self.branches)))


class Repeat(NamedTuple):
    """The same again and again, `low` to `high` times."""

    body: Node
    low: int
    high: int

    def widths(self) -> tuple[int, int]:
        """Fewest and most bytes."""
        low, high = self.body.widths()
        return low * self.low, high * self.high

    def bits(self) -> float:
        """How selective it is: the negative logarithm of its share of ordinary text."""
        return self.low * self.body.bits()


Node = Chars | Seq | Alt | Repeat

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


@cache
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


def fold(mask: int) -> int:
    """A set with the other case of each of its letters."""
    upper = (mask >> 65) & ((1 << 26) - 1)
    lower = (mask >> 97) & ((1 << 26) - 1)
    both = upper | lower
    return mask | both << 65 | both << 97


class Parsed(NamedTuple):
    """A pattern's tree without its look-arounds, and what these depend on."""

    node: Node
    behind: int  # bytes before a match that look-behinds reach
    ahead: int  # bytes behind a match that look-aheads reach
    line: bool  # no look-around sees anything beyond the line that the match stands in, but the line's end


def parse(pattern: str) -> Parsed:
    """The tree of a pattern over bytes. Raises `Unanchored` for what anchors do not know."""
    import re
    import re._parser as sre  # type: ignore[import-not-found]

    parsed = sre.parse(pattern.encode("ascii"))
    reader = Reader(sre, re)
    node = reader.seq(parsed, parsed.state.flags)
    return Parsed(node, reader.behind, reader.ahead, reader.line)


class Reader:
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

    def seq(self, parsed: Any, flags: int) -> Node:
        """The tree of a parsed expression or a part of one."""
        items: list[Node] = []
        for op, value in parsed:
            node = self._node(str(op), value, flags)
            if isinstance(node, Seq):
                items.extend(node.items)
            elif node is not None:
                items.append(node)
        return Seq(tuple(items))

    def _node(self, op: str, value: Any, flags: int) -> Node | None:
        if op == "LITERAL":
            return Chars(self._case(1 << value, flags), 1, 1)
        if op == "NOT_LITERAL":
            return Chars(ALL & ~self._case(1 << value, flags), 1, 1)
        if op == "ANY":
            return Chars(ALL if flags & self.dotall else ALL & ~(1 << 10), 1, 1)
        if op == "IN":
            return Chars(self._class(value, flags), 1, 1)
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
            return Chars(ALL, 0, self.groups[value])
        raise Unanchored(f"uses {op.lower().replace('_', ' ')}, which anchors do not know")

    def _case(self, mask: int, flags: int) -> int:
        return fold(mask) if flags & self.ignorecase else mask

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

    def _repeat(self, value: Any, flags: int) -> Node:
        low, high, body = value
        if high == self.sre.MAXREPEAT:
            raise Unanchored("repeats without an upper bound: write {0,200} instead of * and {1,200} instead of +")
        node = self.seq(body, flags)
        if isinstance(node, Seq) and len(node.items) == 1:
            node = node.items[0]
        if isinstance(node, Chars) and node.low == node.high == 1:
            return Chars(node.mask, int(low), int(high))
        return node if low == high == 1 else Repeat(node, int(low), int(high))

    def _look(self, value: Any, flags: int) -> None:
        direction, body = value
        inner = Reader(self.sre, _Flags(self.ignorecase, self.dotall, self.multiline))
        node = inner.seq(body, flags)
        high = node.widths()[1]
        inside = high <= 1 or not has_newline(node) or (direction > 0 and _newline_last(node))
        self.line = self.line and inner.line and inside
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
    raise Unanchored(f"uses {name.lower()}, which anchors do not know")


def _merge(branches: tuple[Node, ...]) -> Node:
    """Alternatives of single characters are a set."""
    singles = [branch.items[0] if isinstance(branch, Seq) and len(branch.items) == 1 else branch for branch in branches]
    mask = 0
    for single in singles:
        if not (isinstance(single, Chars) and single.low == single.high == 1):
            return Alt(branches)
        mask |= single.mask
    return Chars(mask, 1, 1)


def flat(node: Node) -> tuple[Node, ...]:
    """A node as a list of items."""
    return node.items if isinstance(node, Seq) else (node,)


def opening(node: Node, size: int, rest: Sequence[int] = ()) -> list[int]:
    """The first bytes of whatever the node, with `rest` behind it, can match, as one set for each place: at most `size` places,
    and no more than the shortest match has.
    """
    if isinstance(node, Alt):
        return _either([opening(branch, size, rest) for branch in node.branches])
    if isinstance(node, Seq):
        for item in reversed(node.items):
            rest = opening(item, size, rest)
        return list(rest)
    after = list(rest)
    for _ in range(min(node.high - node.low, size)):
        after = _either([list(rest), _once(node, size, after)])
    for _ in range(min(node.low, size)):
        after = _once(node, size, after)
    return after


def _once(node: Chars | Repeat, size: int, rest: list[int]) -> list[int]:
    return [node.mask, *rest][:size] if isinstance(node, Chars) else opening(node.body, size, rest)


def _either(openings: Sequence[list[int]]) -> list[int]:
    return [reduce(or_, masks) for masks in zip(*openings, strict=False)]


def has_newline(node: Node) -> bool:
    """Whether it can consume a line end."""
    if isinstance(node, Chars):
        return bool(node.mask >> 10 & 1)
    if isinstance(node, Repeat):
        return has_newline(node.body)
    return any(has_newline(part) for part in (node.items if isinstance(node, Seq) else node.branches))


def _newline_last(node: Node) -> bool:
    """Whether a line end can only be the last byte of what the node matches."""
    if isinstance(node, Alt):
        return all(_newline_last(branch) for branch in node.branches)
    if isinstance(node, Seq):
        return not any(has_newline(item) for item in node.items[:-1]) and (not node.items or _newline_last(node.items[-1]))
    return not has_newline(node) or node.widths()[1] <= 1


def render(node: Node) -> str:
    """A node in Hyperscan's syntax."""
    if isinstance(node, Chars):
        return render_set(node.mask) + _count(node.low, node.high)
    if isinstance(node, Seq):
        return "".join(render(item) for item in node.items)
    if isinstance(node, Alt):
        return "(?:" + "|".join(render(branch) for branch in node.branches) + ")"
    return "(?:" + render(node.body) + ")" + _count(node.low, node.high)


def _count(low: int, high: int) -> str:
    if low == high:
        return "" if low == 1 else f"{{{low}}}"
    return "?" if (low, high) == (0, 1) else f"{{{low},{high}}}"


def render_set(mask: int) -> str:
    """A set of bytes in Hyperscan's syntax."""
    if mask.bit_count() == 1:
        return f"\\x{mask.bit_length() - 1:02x}"
    if mask == ALL:
        return "[\\x00-\\xff]"
    return "[" + "".join(f"\\x{low:02x}" if low == high else f"\\x{low:02x}-\\x{high:02x}" for low, high in spans(mask)) + "]"


def spans(mask: int) -> Iterator[tuple[int, int]]:
    """The runs of neighbours in a set of bytes, first and last, in order."""
    byte = 0
    while byte < 256:
        if mask >> byte & 1:
            first = byte
            while byte < 255 and mask >> (byte + 1) & 1:
                byte += 1
            yield first, byte
        byte += 1
