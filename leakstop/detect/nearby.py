"""Hits that can lead to a finding in the added lines of a change; the rest of a small file need not be searched for most rules.

What can be half of a pair is looked for everywhere, and so is what reaches far (private keys).
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from leakstop.detect.prefilter import Literals

if TYPE_CHECKING:
    from leakstop.detect.prefilter import Hit
    from leakstop.model import Chunk
    from leakstop.rules.compiled import Compiled

_NEAR = 1024  # bytes around added lines that are searched for rules that reach no further


class Nearby:
    """Looks for literals, as `Literals` does, near added lines."""

    def __init__(self, compiled: Compiled) -> None:
        rules, shapes = compiled.rules.rules, compiled.shapes
        halves = {rule.pair.rule for rule in rules if rule.pair}
        self._reach = [
            max(
                shapes[number].width + shapes[number].ahead + (rules[number].near if rules[number].keywords else 0)
                for number in users
            )
            for users in compiled.users
        ]
        far = [
            reach > _NEAR or any(rules[number].pair or rules[number].id in halves for number in users)
            for reach, users in zip(self._reach, compiled.users, strict=True)
        ]
        self._far = frozenset(number for number, is_far in enumerate(far) if is_far)
        anchors = list(enumerate(compiled.anchors))
        self._everywhere = Literals([entry for entry, is_far in zip(anchors, far, strict=True) if is_far])
        self._around = Literals([entry for entry, is_far in zip(anchors, far, strict=True) if not is_far])

    def search(self, chunk: Chunk) -> list[Hit]:
        """The hits of a chunk with added lines."""
        if not chunk.added:
            return []
        text = chunk.data
        hits = self._everywhere.search([text])[0]
        low, high = 0, -1
        for first, last in [*_bytes_of(text, chunk.line, chunk.added), (len(text) + 4 * _NEAR, 0)]:
            if first - _NEAR > high:
                if high >= 0:
                    found = self._around.search([text[low:high]])[0]
                    hits += [(anchor, low + start, low + end) for anchor, start, end in found]
                low = max(0, first - _NEAR)
            high = last + _NEAR
        return hits

    def keep(self, chunk: Chunk, hits: list[Hit]) -> list[Hit]:
        """Those of the hits of a whole text that `search` would give, or more."""
        if not hits or not chunk.added:
            return []
        ranges = _bytes_of(chunk.data, chunk.line, chunk.added)
        return [
            hit
            for hit in hits
            if hit[0] in self._far or any(hit[1] < last and first < hit[2] + self._reach[hit[0]] for first, last in ranges)
        ]


def _bytes_of(text: bytes, line: int, ranges: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
    """Byte spans of ranges of lines (first, last) in a text whose first line has the number `line`."""
    starts = [0, *accumulate(len(part) for part in text.split(b"\n")), len(text)]
    starts = [start + number for number, start in enumerate(starts)]  # the line ends that split took
    count = len(starts) - 1
    return [(starts[min(max(first - line, 0), count)], starts[min(max(last - line + 1, 0), count)]) for first, last in ranges]
