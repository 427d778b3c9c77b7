"""Where a place stands: its line and column, also in a line of megabytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from helpers import fake
from hypothesis import example, given
from hypothesis import strategies as st

from leakstop.detect.describe import Lines
from leakstop.detect.line import LONGEST, line_around, line_begin
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
