"""How random a value is: Shannon entropy, and the floor that random values of the same alphabet and length keep.

The floors are the 0.1 % points measured on random strings: one real key in a thousand falls below.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from math import log2

from leakstop.expressions import expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# alphabet -> (length, floor in bits per character), ascending
_FLOORS: dict[str, tuple[tuple[int, float], ...]] = {
    "digits": ((16, 2.06), (20, 2.33)),
    "hex": ((16, 2.48), (20, 2.75), (24, 2.87), (32, 3.12), (40, 3.30), (64, 3.56)),
    "base32": ((16, 2.85), (26, 3.49), (32, 3.69), (52, 4.11)),
    "base36": ((16, 2.95), (20, 3.24), (24, 3.41), (32, 3.73), (40, 4.01), (64, 4.39)),
    "base62": (
        (12, 2.75),
        (16, 3.20),
        (20, 3.48),
        (22, 3.61),
        (24, 3.72),
        (32, 4.11),
        (36, 4.24),
        (40, 4.35),
        (48, 4.53),
        (64, 4.83),
    ),
    "base64": ((24, 3.69), (32, 4.12), (40, 4.38), (44, 4.46), (64, 4.85), (88, 5.09)),
}
# From the smallest alphabet up; the first that holds every character is taken for the value's own.
_ALPHABETS = (
    ("digits", expression(rb"[0-9]*")),
    ("hex", expression(rb"[0-9a-f]*|[0-9A-F]*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
    ("base32", expression(rb"[a-z2-7]*|[A-Z2-7]*")),
    ("base36", expression(rb"[a-z0-9]*|[A-Z0-9]*")),
    ("base62", expression(rb"[A-Za-z0-9]*")),
)
_run = expression(rb"(?s)(.)\1{3,}")
_group = expression(rb"[0-9A-Za-z]{4,}")
_TOGETHER = 24  # characters that groups have to have together


def shannon(value: bytes) -> float:
    """Shannon entropy in bits per character (byte); 0.0 for an empty value."""
    size = len(value)
    counts = [value.count(byte) for byte in dict.fromkeys(value)]
    return -sum([count / size * log2(count / size) for count in counts]) if size else 0.0


def alphabet(value: bytes) -> str:
    """The smallest of the known alphabets that holds every character of value; `base64` when none does."""
    return next((name for name, expression in _ALPHABETS if expression.fullmatch(value)), "base64")


def floor(value: bytes) -> float:
    """The entropy that 999 of 1,000 random values of value's alphabet and length reach, in bits per character.

    Between the measured lengths it is interpolated over the logarithm of the length; below the first it shrinks with that
    logarithm, above the last it stays.
    """
    bare = alphabet(value.translate(None, b"-_."))  # separators in a value of a smaller alphabet
    table = _FLOORS[alphabet(value) if bare == "base64" else bare]
    return along(table, len(value)) if len(value) > 1 else 0.0


def along(table: Sequence[tuple[int, float]], size: int) -> float:
    """A value of a table (length, value) at any length, interpolated over the logarithm; above the last it stays."""
    at = bisect_left(table, (size, 0.0))
    if at == len(table):
        return table[-1][1]
    high_size, high = table[at]
    if at == 0:
        return high * log2(size) / log2(high_size)
    low_size, low = table[at - 1]
    return low + (high - low) * log2(size / low_size) / log2(high_size / low_size)


def in_groups(value: bytes) -> bool:
    """Whether the groups between signs are random once they are taken together: a UUID and hex, hex cut up, with a mark before
    it (`PRD-4f79-6bec…`). Groups without figures are marks; where some are not hex, those that are may do alone.
    """
    groups = [group for group in _group.findall(value) if any(48 <= byte <= 57 for byte in group)]
    hexadecimal = [group for group in groups if alphabet(group) in ("digits", "hex")]
    return any(_together(b"".join(some), len(value)) for some in (groups, hexadecimal))


def _together(joined: bytes, size: int) -> bool:
    return _TOGETHER <= len(joined) < size <= 2 * len(joined) and not joined.isdigit() and shannon(joined) >= floor(joined)


def changes(value: bytes) -> float:
    """The share of neighbours of two kinds (small letter, capital, figure): 0.62 in random base62, under 0.5 in identifiers."""
    kinds = [byte >> 5 for byte in value]  # 1, 2 and 3 for figures, capitals and small letters
    return sum(one != other for one, other in pairwise(kinds)) / max(1, len(kinds) - 1)


def repeated(value: bytes) -> bool:
    """Whether value repeats one unit, or holds a run of equal characters that is long for its alphabet."""
    size = len(value)
    if any(size % unit == 0 and value == value[:unit] * (size // unit) for unit in range(1, size // 2 + 1)):
        return True
    limit = 6 if alphabet(value) in ("digits", "hex") else 4
    return any(len(found[0]) >= max(limit, size // 12) for found in _run.finditer(value))


def counting(value: bytes) -> bool:
    """Whether most neighbours differ by exactly one in the same direction (`abcdef123456`, `0123456789abcdef`, `987654`)."""
    if len(value) < 4:
        return False
    text = value.lower()
    if _counts(text):
        return True
    letters, figures = (bytes(byte for byte in text if low <= byte <= high) for low, high in ((97, 122), (48, 57)))
    both = len(letters) >= 4 <= len(figures) and len(letters) + len(figures) == len(text)  # a1b2c3d4
    return both and _counts(letters) and _counts(figures)


def _counts(text: bytes) -> bool:
    steps = [after - before for before, after in pairwise(text)]
    return max(steps.count(1), steps.count(-1)) >= 0.6 * len(steps)


def random_looking(value: bytes) -> bool:
    """Whether value could have come from a random generator: entropy, no repetition, no counting, and from 32 characters up a
    digit, which four in a thousand random base62 values of that length lack and nearly every identifier and path does.

    Words are not looked for here (see `wordlike`).
    """
    if len(value) >= 32 and not any(48 <= byte <= 57 for byte in value):
        return False
    return shannon(value) >= floor(value) and not repeated(value) and not counting(value)
