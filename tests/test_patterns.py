"""Every rule in patterns/ describes itself, is found by its examples in many notations, and is cheap and safe to look for."""

from __future__ import annotations

import os
import sysconfig
from functools import cache
from pathlib import Path

import pytest

from leakstop.detect.tokens.checksums import CHECKSUMS
from leakstop.detect.trial import TOOLS
from leakstop.rules import check, load
from leakstop.rules.rule import RuleSet
from leakstop.rules.templates import expand

ENTRIES = load.read(load.folder())
RULES = RuleSet(tuple(entry.rule for entry in ENTRIES), load.digest(entry.rule for entry in ENTRIES))
EXAMPLES = [
    pytest.param(entry, kind, number, id=f"{entry.rule.id}-{kind}-{number}")
    for entry in ENTRIES
    for kind in ("match", "ignore")
    for number in range(1, len(getattr(entry.tests, kind)) + 1)
]
DISTINCT = {(entry.rule.pattern, entry.rule.pair): entry for entry in reversed(ENTRIES)}
each_rule = pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.rule.id) for entry in ENTRIES])


@pytest.fixture(scope="module")
def scan():
    return TOOLS.scanner(RULES)


@pytest.fixture(scope="module")
def problems(scan):
    """What is wrong with each of a rule's cases, by name; a rule is scanned once for all of its examples."""

    @cache
    def problems(entry):
        return dict(check.examples(entry, TOOLS, scan))

    return problems


def ordinary_texts():
    """The text files of Python's own library, in the order of names, until there are 64 MB."""
    texts = []
    for folder, folders, names in os.walk(sysconfig.get_path("stdlib")):
        folders[:] = sorted(set(folders) - {"__pycache__", "site-packages"})
        files = filter(Path.is_file, (Path(folder, name) for name in sorted(names)))
        texts += [text for text in map(Path.read_bytes, files) if b"\0" not in text]
        if sum(map(len, texts)) > 64_000_000:
            break
    return texts


@pytest.mark.parametrize("entry, kind, number", EXAMPLES)
def test_example(entry, kind, number, problems):
    """A match example is found by its rule alone, in every notation; an ignore example is not found by it."""
    name = f"tests.{kind} {number}"
    assert {
        case: message for case, message in problems(entry).items() if case in (name, "tests") or case.startswith(f"{name},")
    } == {}


@each_rule
def test_description(entry):
    """A rule says what it opens and where to read on, and its expressions are bounded and anchored."""
    assert list(check.described(entry)) == []


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.rule.id) for entry in DISTINCT.values()])
def test_hostile_texts(entry):
    """No text makes an expression run wild. Of rules with the same expressions one is tried."""
    assert list(check.harmless(entry, TOOLS)) == []


@each_rule
def test_pair(entry):
    """What a rule pairs with exists."""
    pair = entry.rule.pair
    ids = {rule.id for rule in RULES.rules}
    assert set((pair.rule, *pair.also) if pair else ()) <= ids


def test_anchors_are_selective():
    """Ordinary source code holds few places that the engine has to look at, for each rule and for all together."""
    texts = ordinary_texts()
    assert sum(map(len, texts)) > 1_000_000
    assert [failure.message for failure in check.selectivity(ENTRIES, RULES, TOOLS, texts)] == []
    assert sum(TOOLS.hits(RULES, texts)) < 300 * sum(map(len, texts)) / 1e6


def test_ids_are_unique():
    ids = [entry.rule.id for entry in ENTRIES]
    assert sorted(set(ids)) == sorted(ids)


def test_no_live_looking_token_stands_in_a_rule_file(scan):
    """Templates are expanded when tests run; no scanner, ours included, cries over the files."""
    texts = []
    for file in load.files(load.folder()):
        with open(file, "rb") as stream:
            texts.append(stream.read())
    sure = {entry.rule.id for entry in ENTRIES if entry.rule.confidence == "high"}
    found = [
        (os.path.basename(file), id_) for file, ids in zip(load.files(load.folder()), scan(texts), strict=True) for id_, _ in ids
    ]
    assert [pair for pair in found if pair[1] in sure] == []


def test_examples_are_the_same_in_every_run():
    for entry in ENTRIES[:40]:
        seal = CHECKSUMS[entry.rule.checksum].seal if entry.rule.checksum else None
        first = [expand(template, entry.rule.id, seal) for template in entry.tests.match]
        assert first == [expand(template, entry.rule.id, seal) for template in entry.tests.match]


def test_at_least_two_hundred_rules():
    assert len(ENTRIES) >= 200
