"""What spans have in common, told from sorted lists, is what comparing each with each tells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leakstop.detect.spans import Spans

SPANS = st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda span: (span[0], span[0] + span[1]))


@given(spans=st.lists(SPANS, max_size=12), asked=st.lists(SPANS, min_size=1, max_size=6))
def test_each_with_each(spans: list[tuple[int, int]], asked: list[tuple[int, int]]):
    known = Spans(spans)
    for first, last in asked:
        assert known.touch(first, last) == any(low < last and high > first for low, high in spans)
        assert known.lie_in(first, last) == any(first <= low and high <= last for low, high in spans)
