"""Where a place stands: its line and column, also in a line of megabytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from helpers import fake
from hypothesis import example, given
from hypothesis import strategies as st

from leakstop.detect.describe import Lines, excerpt
from leakstop.detect.line import LONGEST, line_around, line_begin
from leakstop.detect.matcher import Match
from leakstop.model import Chunk, Origin

if TYPE_CHECKING:
    from leakstop.detect.detector import Detector


@pytest.mark.parametrize(
    "text, at, begin",
    [
        (b"", 0, 0),
        (b"one", 2, 0),
        (b"one\ntwo", 3, 0),
        (b"one\ntwo", 4, 4),
        (b"one\ntwo", 7, 4),
        (b"\n\n", 1, 1),
        (b"a\n" + b"b" * LONGEST, LONGEST + 1, 2),
        (b"a\n" + b"b" * LONGEST, LONGEST + 2, 2),
        (b"a\n" + b"b" * (LONGEST + 9), LONGEST + 11, 11),
    ],
)
def test_where_a_line_begins(text: bytes, at: int, begin: int):
    assert line_begin(text, at) == begin


@pytest.mark.parametrize(
    "before, after, line",
    [(100, 100, b"two words"), (2, 100, b"wo words"), (100, 2, b"two w"), (0, 0, b"")],
)
def test_the_line_around_a_place(before: int, after: int, line: bytes):
    text = b"one\ntwo words\nthree"
    begin, end = line_around(text, 7, before, after)
    assert text[begin:end] == line


PIECES = st.sampled_from([b"a", b" ", b"\n", b"\r\n", "ä".encode(), "文".encode(), "😀".encode(), b"\x80", b"\xe2\x82", b"\xff"])


@given(pieces=st.lists(PIECES, min_size=1, max_size=40), data=st.data())
@example(pieces=[b"a", b"\xe2\x82", b"a"], data=None)
def test_columns_are_those_that_are_counted_from_the_beginning_of_the_line(pieces: list[bytes], data):
    """Whatever was asked before: columns go on from there."""
    text = b"".join(pieces)
    places = list(range(len(text)))
    asked = data.draw(st.lists(st.sampled_from(places), max_size=12)) if data else places
    lines = Lines(Chunk(text, Origin("file", b"it")))
    for at in asked:
        begin = text.rfind(b"\n", 0, at) + 1
        assert lines.column(at) == len(text[begin:at].decode("utf-8", "replace")) + 1


def test_a_line_with_many_secrets_tells_what_as_many_lines_do(detector: Detector):
    """Each is found at its own column, and with its own name and value in what is shown."""
    entries = [f'"{number:03} ß": "{fake("github-pat", seed=number)}"' for number in range(300)]
    one = ", ".join(entries).encode()
    many = "\n".join(entries).encode()
    (apart, together) = (list(detector.scan([Chunk(text, Origin("file", b"it.json"))])) for text in (many, one))

    assert len(apart) == len(entries)
    assert [finding.secret for _, finding in together] == [finding.secret for _, finding in apart]
    column = 0
    for (_, here), entry in zip(together, entries, strict=True):
        assert (here.location.start_line, here.location.start_column) == (1, column + 11)
        column += len(entry) + 2


class Watched(bytes):
    """A text that knows how many bytes of it were looked through for line ends."""

    read = 0

    def count(self, what: bytes, begin: int = 0, end: int | None = None) -> int:
        stop = len(self) if end is None else min(end, len(self))
        self.read += max(0, stop - begin)
        return super().count(what, begin, stop)


def test_line_numbers_of_places_far_apart_cost_what_is_between_them_once():
    """Where each of thousands of pairs stands with one half at the top and the other at the end of its file."""
    text = Watched(b"a line\n" * 50_000)
    lines = Lines(Chunk(text, Origin("file", b"it"), line=7))
    middle = len(text) // 2
    for step in range(0, middle, 700):
        for at in (step, middle + step):
            assert lines.number(at) == 7 + at // 7
    assert lines.number(len(text)) == 50_007
    assert text.read < 10 * len(text)


class Counted(list):
    """A list that knows how many of its entries were looked at."""

    looked = 0

    def __getitem__(self, place):
        self.looked += 1
        return super().__getitem__(place)

    def __iter__(self):
        self.looked += len(self)
        return super().__iter__()


def test_the_excerpt_of_one_of_thousands_of_secrets_looks_at_its_neighbours():
    text = b"key=0123456789\n" * 10_000
    chosen = Counted(Match(0, at, at + 14, at + 4, at + 14) for at in range(0, len(text), 15))
    assert excerpt(text, Match(0, 149_985, 149_999, 149_989, 149_999), chosen) == "key=01…"
    assert chosen.looked < 50
