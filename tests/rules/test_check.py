"""The checks of rules: each kind of bad rule is caught, by name; a good one passes, beside the built-in ones."""

from __future__ import annotations

import random
import time

import helpers
import pytest

from leakstop.detect.trial import TOOLS
from leakstop.rules import check, load

GOOD = r"""
provider = "Acme"
docs = "https://acme.example/tokens"
[[rule]]
id = "acme-api-token"
description = "Opens the door."
severity = "high"
confidence = "high"
pattern = '''(?<![A-Za-z0-9])acmekey_[A-Za-z0-9]{32}(?![A-Za-z0-9])'''
entropy = 3.5
[rule.tests]
match = ["acmekey_{A-Za-z0-9:32}", 'token: "acmekey_{A-Za-z0-9:32}"']
ignore = ["acmekey_{A-Za-z0-9:31}", "acmekey_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"]
"""


@pytest.fixture
def failures(tmp_path):
    def failures(text, texts=()):
        path = tmp_path / "acme.toml"
        path.write_text(text)
        rules = load.load(extra=[str(path)])
        return [(found.rule, found.check, found.message) for found in check.check(load.read(str(path)), rules, TOOLS, texts)]

    return failures


def test_a_good_rule(failures):
    assert failures(GOOD, [b"def acmekey_(self): pass\n" * 10, b"x" * 1_000_000]) == []


@pytest.mark.parametrize(
    "old, new, name, says",
    [
        ('docs = "https://acme.example/tokens"', "", "docs", "is missing"),
        ("https://acme", "http://acme", "docs", "is not an https address"),
        ("the door.", "the door", "description", "is not a sentence"),
        (', "acmekey_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"', "", "tests.ignore", "fewer than 2"),
        ("{A-Za-z0-9:31}", "{A-Za-z0-9:32}", "tests.ignore 1", "is found"),
        ('"acmekey_{A-Za-z0-9:32}"', '"acmekey_{A-Za-z0-9:30}"', "tests.match 1", "is not found"),
        ('"acmekey_{A-Za-z0-9:32}"', '"acmekey_{A-Za-z0-9:30}{checksum}"', "tests", "checksum"),
        ("(?<![A-Za-z0-9])acmekey_", '(?<=")acmekey_', "tests.match 2, an environment file", "is not found"),
        ("acmekey_[A-Za-z0-9]{32}(?![A-Za-z0-9])", 'acmekey_[A-Za-z0-9]{32}(?=")', "tests.match 1", "is not found"),
        ('"acmekey_{A-Za-z0-9:32}",', '"acmekey_{A-Za-z0-9:32} ghp_{A-Za-z0-9:30}{checksum}",', "tests", "checksum"),
        (
            '"acmekey_{A-Za-z0-9:32}",',
            '"acmekey_{A-Za-z0-9:32} {aws-id}",',
            "tests.match 1",
            "is also found by aws-access-key-id",
        ),
    ],
)
def test_a_bad_rule(failures, old, new, name, says):
    found = failures(GOOD.replace(old, new))
    assert any(check == name and says in message for _, check, message in found), found


def test_a_rule_that_wants_what_a_built_in_one_knows_better(failures):
    """Of two rules of equal confidence the first one keeps the place: the examples show it."""
    text = GOOD.replace("acmekey_[A-Za-z0-9]{32}", "glpat-[A-Za-z0-9]{20}").replace(
        "acmekey_{A-Za-z0-9:32}", "glpat-{A-Za-z0-9:20}"
    )
    assert ("acme-api-token", "tests.match 1", "is not found, but by gitlab-personal-access-token") in failures(text)


@pytest.mark.parametrize("pattern", ["acmekey(?:[a-z]{1,30}){1,30}[0-9]", "acmekey(?:[a-z0-9]{1,20}-?){1,20}!"])
def test_an_expression_that_explodes(failures, pattern):
    text = GOOD.replace("(?<![A-Za-z0-9])acmekey_[A-Za-z0-9]{32}(?![A-Za-z0-9])", pattern)
    start = time.monotonic()
    found = failures(text.replace("acmekey_", "acmekey"))
    assert any(check == "pattern" and "takes more than" in message for _, check, message in found), found
    assert time.monotonic() - start < 60


def test_an_expression_that_explodes_is_not_asked_of_what_others_find(tmp_path):
    """A generic rule asks whether a value misses a provider's form, but not of expressions that may not come to an end."""
    (tmp_path / "acme.toml").write_text(
        GOOD.replace("(?<![A-Za-z0-9])acmekey_[A-Za-z0-9]{32}(?![A-Za-z0-9])", "acmekey_(?:[a-z0-9]{1,30}){1,30}!")
    )
    value = "".join(random.Random(3).choices("abcdefghijkmnpqrstuvwxyz23456789", k=40))
    (tmp_path / "a.py").write_text(f'acme_token = "acmekey_{value}"\n')
    assert helpers.run_cli("scan", "a.py", "--rules", "acme.toml", cwd=tmp_path, timeout=60).code in (1, 3)


def test_anchors_that_hit_everywhere(failures):
    text = GOOD.replace("acmekey_[A-Za-z0-9]{32}", "self[A-Za-z0-9_. =]{1,32}")
    found = failures(text, [b"        self.value = self.other\n" * 40_000])
    assert any(check == "pattern" and "times in a megabyte" in message for _, check, message in found), found


def test_messages_hold_no_example(failures):
    for _, _, message in failures(GOOD.replace("{32}", "{33}")):
        assert "acmekey_" not in message


def test_the_notations_carry_the_keyword():
    [entry] = [entry for entry in load.read(load.folder()) if entry.rule.id == "algolia-api-key"]
    names = {case.name.partition(", ")[2] for case in check.cases(entry, TOOLS)}
    assert {
        "an environment file",
        "YAML",
        "JSON",
        "a call",
        "a URL",
        "a header",
        "lines ending in CR LF",
        "an escaped line end",
    } <= names
    texts = [case.text for case in check.cases(entry, TOOLS) if case.name.endswith("an environment file")]
    assert all(text.startswith(b"export ALGOLIA_KEY=") for text in texts)
