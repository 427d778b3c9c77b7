"""Tokens that were mangled are none, whatever the name beside them promises."""

from __future__ import annotations

import random
import string

import pytest

from leakstop.detect.detector import Detector
from leakstop.detect.judging.misfits import PREFIXES, mangled
from leakstop.model import Chunk, Origin
from leakstop.rules import load
from leakstop.rules.compiled import compile_rules

RNG = random.Random("misfits")
HEX = "".join(RNG.choices("0123456789abcdef", k=40))
LETTERS = "".join(RNG.choices(string.ascii_letters + string.digits, k=60))
UUID = f"{HEX[:8]}-{HEX[8:12]}-4{HEX[12:15]}-8{HEX[15:18]}-{HEX[18:30]}"


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("github_token", "ghp_" + LETTERS[:20], True),
        ("npm_token", "npm_" + LETTERS[:36], True),
        ("token", LETTERS[:32], False),
        ("token", UUID, False),
        ("token", UUID.upper(), False),
        ("token", UUID[:-1], True),
        ("token", UUID + "0", True),
        ("token", HEX[:32], False),
        ("token", HEX[:31], True),
        ("token", HEX[:36], False),
        ("password", HEX[:31], False),
        ("token", LETTERS[:14] + "?" + LETTERS[14:30], True),
        ("token", LETTERS[:14] + "+/" + LETTERS[14:30] + "==", False),
        ("token", "a!b?c#" + LETTERS[:20], False),
        ("password", LETTERS[:8] + "?" + LETTERS[8:16], False),
        ("password", UUID[:-1], False),
    ],
)
def test_mangled(name, value, expected):
    """A known prefix with another rest, a UUID that lacks a digit, a stray sign; a password may be anything."""
    key = f'{name} = "'.encode()
    assert mangled(value.encode(), key, key + value.encode() + b'"', b"settings.py") is expected


def test_prefixes_have_rules():
    """Whatever is left to the rule of a provider has one, whose pattern holds the prefix."""
    literals = {
        literal.text
        for shape, rule in zip(compile_rules(load.load()).shapes, load.load().rules, strict=True)
        if not rule.generic
        for anchor in shape.anchors
        for literal in anchor.literals
    }
    patterns = [rule.pattern.replace("\\", "").lower().encode() for rule in load.load().rules]
    missing = [
        prefix
        for prefix in PREFIXES
        if not any(literal.startswith(prefix.lower()) or prefix.lower().startswith(literal) for literal in literals)
        and not any(prefix.lower() in pattern for pattern in patterns)
    ]
    assert missing == []


def test_failed_checksum_is_no_generic_secret():
    """A token whose check characters are wrong is dropped for good, though its name says token."""
    text = f"github_token = 'ghp_{LETTERS[:36]}'\n".encode()
    found = Detector(compile_rules(load.load())).scan([Chunk(text, Origin("file", b"app.py"))])
    assert [finding.rule.id for _, finding in found] == []
