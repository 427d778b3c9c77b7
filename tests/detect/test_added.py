"""Of a change only what it adds is reported, and skipping the rest early changes nothing."""

from __future__ import annotations

import pytest
from helpers import fake
from hypothesis import given
from hypothesis import strategies as st

from leakstop.detect.detector import Detector
from leakstop.model import Chunk, Origin
from leakstop.rules.compiled import compile_rules
from leakstop.rules.load import load

PAT, OTHER = fake("github-pat"), fake("github-pat", seed=3)
LINES = ["plain text", f"token = {PAT}", f'x = "{OTHER}" # {PAT}', "", "password: hunter", "\u00e9 caf\u00e9", "a\x00b", "end\r"]


@pytest.fixture(scope="module")
def detector():
    return Detector(compile_rules(load()))


@given(lines=st.lists(st.sampled_from(LINES), max_size=12), data=st.data(), first=st.integers(1, 50))
def test_added_lines_report_what_the_whole_text_reports_there(detector, lines, data, first):
    """For any text and any added lines: the findings are those of the whole text that stand on added lines."""
    text = "\n".join(lines).encode()
    numbers = range(first, first + len(lines))
    added = data.draw(st.lists(st.sampled_from(numbers), unique=True).map(sorted) if lines else st.just([]))
    chunk = Chunk(text, Origin("index", b"a.py"), first)
    whole = [finding for _, finding in detector.scan([chunk])]
    part = [finding for _, finding in detector.scan([chunk._replace(added=tuple((line, line) for line in added))])]
    assert part == [finding for finding in whole if finding.location.start_line in added]
