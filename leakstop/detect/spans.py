"""Spans of a text, sorted once and asked many times: with thousands of values in a text nobody compares each with each."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Spans:
    """Spans (first byte, byte behind the last), which may overlap."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        lasts = [last for _, last in ordered]
        self._firsts = [first for first, _ in ordered]
        self._farthest = list(accumulate(lasts, max))  # end of all up to one
        self._nearest = list(accumulate(reversed(lasts), min))[::-1]  # of all from one on

    def touch(self, first: int, last: int) -> bool:
        """Whether one has a byte in common with a span."""
        place = bisect_left(self._firsts, last)
        return place > 0 and self._farthest[place - 1] > first

    def lie_in(self, first: int, last: int) -> bool:
        """Whether one lies in a span."""
        place = bisect_left(self._firsts, first)
        return place < len(self._firsts) and self._nearest[place] <= last
