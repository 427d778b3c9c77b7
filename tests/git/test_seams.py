"""Seams: what an object does not have from its base, for many deltas at once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from leakstop.git.delta import copies
from leakstop.git.seams import edits


def number(value: int) -> bytes:
    """A size as deltas write it."""
    parts = []
    while True:
        value, low = value >> 7, value & 127
        parts.append(low | (128 if value else 0))
        if not value:
            return bytes(parts)


def copy(source: int, size: int) -> bytes:
    """A copy instruction with all its bytes."""
    return bytes([0xFF]) + source.to_bytes(4, "little") + size.to_bytes(3, "little")


@st.composite
def deltas(draw):
    """A delta and its seams, one by one."""
    base = draw(st.integers(1, 400))
    stream, seams, at, expected = b"", [], 0, 0
    for _ in range(draw(st.integers(0, 8))):
        if draw(st.booleans()):
            source = draw(st.integers(0, base - 1))
            size = draw(st.integers(1, base - source))
            if source != expected and not (seams and seams[-1][1] == at):
                seams.append((at, at))
            stream += copy(source, size)
            at, expected = at + size, source + size
        else:
            text = draw(st.binary(min_size=1, max_size=60))
            if seams and seams[-1][1] == at:
                seams[-1] = (seams[-1][0], at + len(text))
            else:
                seams.append((at, at + len(text)))
            stream += bytes([len(text)]) + text
            at += len(text)
    if expected != base and not (seams and seams[-1][1] == at):
        seams.append((at, at))
    return number(base) + number(at) + stream, seams


@given(st.lists(deltas(), max_size=70), st.sampled_from([-1, 0, 100]))
def test_seams_and_copies_of_many_are_those_of_each(some, gap):
    """Decoding many deltas at once gives for each what decoding it alone gives; near seams are joined."""
    found = edits([delta for delta, _ in some], gap)
    for row, (delta, seams) in enumerate(some):
        covered = set()
        for first, last in seams:
            covered |= set(range(first, last + 1))
        mine = found.seams[found.seam_of[row] : found.seam_of[row + 1]]
        assert all(one[1] + gap < other[0] or gap < 0 for one, other in pairwise(mine))
        told = {place for first, last in mine for place in range(first, last + 1)}
        assert covered <= told if gap > 0 else covered == told
        rows = found.copied[found.copy_of[row] : found.copy_of[row + 1]]
        assert [tuple(values) for values in rows.tolist()] == copies(delta)
