"""Templates: what expands, what stays, and that what is made looks random and is the same in every run."""

from __future__ import annotations

import base64
import json
import re

import pytest

from leakstop.detect.language.entropy import floor, shannon
from leakstop.detect.tokens import structure
from leakstop.rules.templates import alphabet, expand


@pytest.mark.parametrize(
    "template, pattern",
    [
        ("ghp_{A-Za-z0-9:30}", rb"ghp_[A-Za-z0-9]{30}"),
        ("{0-9a-f:40}", rb"[0-9a-f]{40}"),
        ("{A-Z2-7:16}!", rb"[A-Z2-7]{16}!"),
        ("{A-Za-z0-9_-:43}", rb"[A-Za-z0-9_-]{43}"),
        ("{A-Za-z0-9+/:40}", rb"[A-Za-z0-9+/]{40}"),
        ("{uuid}", rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("{aws-id}", rb"AKIA[Q-Z2-7][A-Z2-7]{15}"),
        ("{aws-id:ASIA}", rb"ASIA[A-Z2-7]{16}"),
        ("{jwt}", rb"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{43}"),
        ("{pem:RSA PRIVATE KEY}", rb"-----BEGIN RSA PRIVATE KEY-----\n(?:[\w+/=]{1,64}\n)+-----END RSA PRIVATE KEY-----"),
        ("{pem-line:PRIVATE KEY}", rb"-----BEGIN PRIVATE KEY-----\\n(?:[\w+/=]{1,64}\\n)+-----END PRIVATE KEY-----"),
        ('{"a": {"b": "{a-z:5}"}}', rb'\{"a": \{"b": "[a-z]{5}"\}\}'),
        ("{a:1} {port:5432} {} {x} ${HOME} {{ x }}", rb"\{a:1\} \{port:5432\} \{\} \{x\} \$\{HOME\} \{\{ x \}\}"),
        ("zwölf {0-9:4}", "zwölf ".encode() + rb"[0-9]{4}"),
    ],
)
def test_expands(template, pattern):
    assert re.fullmatch(pattern, expand(template, "seed"))


def test_an_argument_is_a_template_itself():
    user, _, password = base64.b64decode(expand("{b64:user:{a-z:12}}", "seed")).partition(b":")
    assert user == b"user"
    assert re.fullmatch(rb"[a-z]{12}", password)
    token = expand('{jwt:{"iss":"{a-z:6}","n":{"m":1}}}', "seed")
    assert json.loads(structure.decode64(token.split(b".")[1]))["n"] == {"m": 1}


def test_the_checksum_gets_what_stands_before_it():
    assert expand('token: "{0-9:4}{checksum}";', "seed", lambda text: b"<%d>" % len(text)).endswith(b'<12>";')


def test_a_checksum_that_cannot_be_made():
    with pytest.raises(ValueError, match="checksum"):
        expand("x{checksum}", "seed")


def test_an_argument_that_is_not_closed():
    with pytest.raises(ValueError, match="is not closed"):
        expand("{b64:abc", "seed")


def test_the_same_seed_gives_the_same_text():
    """In every version of Python: the text is written down here."""
    assert expand("{a-z:6}-{0-9:6}", "a seed") == expand("{a-z:6}-{0-9:6}", "a seed")
    assert expand("{a-z:20}", "a seed") != expand("{a-z:20}", "another seed")


@pytest.mark.parametrize(
    "group, size", [("0-9a-f", 32), ("A-Za-z0-9", 20), ("A-Za-z0-9", 36), ("A-Z2-7", 16), ("A-Za-z0-9+/", 40), ("0-9", 16)]
)
def test_what_is_made_looks_random(group, size):
    words = re.compile(rb"(?i)example|test|secret|password")
    for seed in range(200):
        text = expand(f"{{{group}:{size}}}", str(seed))
        assert shannon(text) >= floor(text)
        assert not re.search(rb"(.)\1{3}", text)
        assert not words.search(text)


def test_a_class_is_written_as_in_expressions():
    assert alphabet("a-c0-2_-") == b"-012_abc"
