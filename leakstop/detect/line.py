"""The line that a place stands in, looked for so far and no farther.

With a line of megabytes that has a value at every step, whoever went back to its beginning for each of them would never end.
"""

from __future__ import annotations

LONGEST = 16 << 10  # bytes


def line_begin(text: bytes, at: int, most: int = LONGEST) -> int:
    """Where the line of a byte begins; of one that begins farther away, the place that is `most` bytes before the byte."""
    lowest = max(0, at - most)
    return text.rfind(b"\n", lowest, at) + 1 or lowest


def line_around(text: bytes, at: int, before: int, after: int) -> tuple[int, int]:
    """Where the line of a byte begins and ends, its line end left out; at most so many bytes before and after."""
    highest = min(len(text), at + after)
    end = text.find(b"\n", at, highest)
    return line_begin(text, at, before), highest if end < 0 else end
