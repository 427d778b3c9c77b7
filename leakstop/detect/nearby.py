"""Hits that can lead to a finding in the added lines of a change; the rest of a small file need not be searched for most rules.

What can be half of a pair is looked for everywhere, and so is what reaches far (private keys).
"""

from __future__ import annotations

from itertools import accumulate

from leakstop.detect.prefilter import Literals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leakstop.detect.prefilter import Hit
    from leakstop.model import Chunk
    from leakstop.rules.compiled import Compiled
    from leakstop.rules.rule import Rule
    from leakstop.rules.shape import Shape

_FAR = 1 << 40
_NEAR = 1024  # bytes around added lines that are searched for rules that reach no further


class Nearby:
    """Looks for literals, as `Literals` does, near added lines."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._reaches: dict[int, int] = {}
        self._literals: tuple[Literals, Literals] | None = None

    def search(self, chunk: Chunk) -> list[Hit]:
        """The hits of a chunk with added lines."""
        if not chunk.added:
            return []
        text = chunk.data
        everywhere, around = self._literals = self._literals or self._split()
        hits = everywhere.search([text])[0]
        low, high = 0, -1
        for first, last in [*_bytes_of(text, chunk.line, chunk.added), (len(text) + 4 * _NEAR, 0)]:
            if first - _NEAR > high:
                if high >= 0:
                    found = around.search([text[low:high]])[0]
                    hits += [(anchor, low + start, low + end) for anchor, start, end in found]
                low = max(0, first - _NEAR)
            high = last + _NEAR
        return hits

    def keep(self, chunk: Chunk, hits: list[Hit]) -> list[Hit]:
        """Those of the hits of a whole text that `search` would give, or more."""
        if not hits or not chunk.added:
            return []
        ranges = _bytes_of(chunk.data, chunk.line, chunk.added)
        kept = []
        for hit in hits:
            reach = self._reach(hit[0])
            if reach > _NEAR or any(hit[1] < last and first < hit[2] + reach for first, last in ranges):
                kept.append(hit)
        return kept

    def _reach(self, anchor: int) -> int:
        """How many bytes from a hit on matter; beyond measure for what is wanted wherever it stands."""
        if anchor not in self._reaches:
            compiled = self._compiled
            self._reaches[anchor] = max(
                _FAR
                if compiled.rules.rules[number].pair or number in compiled.halves
                else _width(compiled.rules.rules[number], compiled.shapes[number])
                for number in compiled.users[anchor]
            )
        return self._reaches[anchor]

    def _split(self) -> tuple[Literals, Literals]:
        """The literals that are looked for everywhere, and those near added lines."""
        anchors = list(enumerate(self._compiled.anchors))
        far = [self._reach(number) > _NEAR for number, _ in anchors]
        return (
            Literals([entry for entry, is_far in zip(anchors, far, strict=True) if is_far]),
            Literals([entry for entry, is_far in zip(anchors, far, strict=True) if not is_far]),
        )


def _width(rule: Rule, shape: Shape) -> int:
    return shape.width + shape.ahead + (rule.near if rule.keywords else 0)


def around(chunk: Chunk) -> bytes:
    """The part of a chunk that holds its added lines, with what stands before and behind."""
    spans = _bytes_of(chunk.data, chunk.line, chunk.added or ())
    return chunk.data[max(0, spans[0][0] - _NEAR) : spans[-1][1] + _NEAR] if spans else b""


def _bytes_of(text: bytes, line: int, ranges: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Byte spans of ranges of lines (first, last) in a text whose first line has the number `line`."""
    starts = [0, *accumulate(len(part) for part in text.split(b"\n")), len(text)]
    starts = [start + number for number, start in enumerate(starts)]  # the line ends that split took
    count = len(starts) - 1
    return [(starts[min(max(first - line, 0), count)], starts[min(max(last - line + 1, 0), count)]) for first, last in ranges]
