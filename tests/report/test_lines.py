"""Small pieces of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakstop.report.lines import cells, count, cut, join, wrap
from leakstop.report.summary import duration, size


@pytest.mark.parametrize(
    "number, text",
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_949, "99.9 kB"), (99_950, "100 kB"), (999_949, "1.0 MB"),
     (12_345_678, "12.3 MB"), (8_100_000_000, "8.1 GB"), (5 * 10**15, "5000 TB")],
)  # fmt: skip
def test_size(number, text):
    assert size(number) == text


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0.004, "0.00 s"),
        (0.04, "0.04 s"),
        (0.1, "0.1 s"),
        (9.94, "9.9 s"),
        (12.3, "12 s"),
        (59.7, "1 min 0 s"),
        (3725, "62 min 5 s"),
    ],
)
def test_duration(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    "parts, most, text",
    [
        ([], 3, ""),
        (["a"], 3, "a"),
        (["a", "b"], 3, "a and b"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a", "b", "c"], 2, "a, b and 1 more"),
    ],
)
def test_join(parts, most, text):
    assert join(parts, most) == text


@pytest.mark.parametrize(
    "number, noun, text",
    [
        (1, "file", "1 file"),
        (0, "file", "0 files"),
        (2000, "branch", "2,000 branches"),
        (2, "key", "2 keys"),
        (3, "reflog entry", "3 reflog entries"),
        (2, "setting of a rule file", "2 settings of a rule file"),
        (2, "commit before the shallow clone's end", "2 commits before the shallow clone's end"),
    ],
)
def test_count(number, noun, text):
    assert count(number, noun) == text


@given(st.text(st.sampled_from("ab 日"), max_size=200), st.integers(5, 50))
def test_wrap_loses_nothing(text, width):
    lines = wrap(text, width)
    assert " ".join(lines) == text
    assert all(cells(line) <= width or " " not in line.strip() for line in lines)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 30), st.integers(40, 120))
def test_cut_keeps_the_secret_where_it_says(before, after, length, width):
    text = "x" * before + "S" * length + "y" * after
    line, moved = cut(text, before, before + length, width)
    assert len(line) <= width
    assert line[before - moved :].startswith("S" * length)
    assert line.count("S") == length
