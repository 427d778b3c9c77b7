"""Bare shapes are found at the same places whichever engine looks for them."""

from __future__ import annotations

import random

import pytest
import regex

from leakstop.detect.pairs import bare
from leakstop.detect.prefilter import available

PATTERN = r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"


@pytest.mark.skipif(not available(), reason="no Hyperscan here")
@pytest.mark.parametrize("seed", range(20))
def test_both_ways_find_the_same_places(seed, monkeypatch):
    """Words of 38 to 42 characters with all kinds of neighbours, also at the very ends of the text."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("abXY01/+", k=chance.randint(38, 42))) for _ in range(30)]
    text = "".join(word + chance.choice(["", " ", "=", "\n", '"', "-"]) for word in words).encode()
    expected = [match.span() for match in regex.finditer(PATTERN.encode(), text)]
    assert list(bare.places(PATTERN, text)) == expected
    monkeypatch.setattr(bare, "_SMALL", 0)
    assert list(bare.places(PATTERN, text)) == expected
