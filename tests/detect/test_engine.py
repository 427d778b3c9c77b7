"""The prefilter loses nothing: what the engine finds is what every rule's expression finds over the whole text."""

from __future__ import annotations

import random
from typing import NamedTuple
from unittest.mock import patch

import pytest
import reference
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leakstop.detect import matcher
from leakstop.detect.detector import Detector
from leakstop.detect.lineage import Lineage
from leakstop.detect.prefilter import Hyperscan, Literals, available
from leakstop.rules.compiled import compile_rules
from leakstop.rules.rule import Rule, RuleSet

SHAPES = {  # patterns of every kind that anchors have to cope with
    "plain prefix": r"(?<![A-Za-z0-9_])xyz_[A-Za-z0-9]{8}(?![A-Za-z0-9])",
    "choice of prefixes": r"x[abc]y_[0-9]{4,6}",
    "literal at the end": r"[0-9a-f]{6}-us[0-9]{1,2}",
    "literal in the middle": r"[a-z]{2,9}\.token\.[A-Z]{3}",
    "optional parts": r"(?i:bearer)\s{0,3}:?\s{0,3}(?P<secret>[a-z0-9]{5,9})",
    "alternatives of words": r"(?:pass|secret|token)[a-z_]{0,6}\s?=\s?(?P<secret>[a-z0-9]{4,8})",
    "alternatives of shapes": r"aaa[0-9]{3}|[a-z]{1,3}-bbb",
    "common prefix taken out": r"(?:AKIA|ASIA)[A-Z2-7]{4}",
    "several lines": r"-----BEGIN [A-Z ]{0,9}KEY-----[\s\S]{4,60}?-----END",
    "back-reference": r"key=(?P<q>[\"'])(?P<secret>[a-z]{3,9})(?P=q)",
    "repeated group": r"(?:ab[0-9]){2,4}end",
    "case does not matter": r"(?i)SeCrEt[0-9]{2}",
    "word borders": r"\bfoo[0-9]{2}\b",
    "line borders": r"(?m)^tok[0-9]{2,3}$",
    "wider than a margin": r"<WIDE>[\s\S]{4,3000}?</WIDE>",
    "negated set": r"url://[^:@\s]{1,8}:(?P<secret>[^@\s]{3,9})@",
}
CONTEXT = {
    "keyword": (r"(?<![0-9a-f])[0-9a-f]{6}(?![0-9a-f])", ("datadog", "dd_"), 12),
    "keyword far": (r"[A-Z]{4}[0-9]{2}", ("key",), 40),
}
PIECES = [
    "xyz_", "xby_", "xcy_1234", "-us7", "0a1b2c", ".token.", "ABC", "BEARER", ": ",
    "pass", "secret", "token_", "=", " = ", "abcd12", "aaa123", "q-bbb", "AKIA",
    "ASIA", "A2B3", "-----BEGIN ", "RSA KEY-----", "\nMIIE\nabc\n", "-----END", "key=", "'", '"',
    "ab1", "ab2ab3", "end", "SECRET12", "foo77", "foo", "\n", "tok12", "tok123\n",
    "url://", "me:", "pa55word", "@", "datadog", "dd_", "myDatadog", "mydatadog", "fe09ab",
    "<WIDE>", "</WIDE>", "KEY", "monkey ", "myKey", "WXYZ12", " ", "x", "\r\n", "\x00", "é",
    "wsBcBAABCAAQBQJhTIyuCRBK7hj4Ov3rI9", "Key", "7Aq+",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text("abxyz_01=:'-@. \n", max_size=6), max_size=40).map(
    lambda parts: "".join(parts).encode()
)


def rule(name: str, pattern: str, keywords: tuple[str, ...] = (), near: int = 40) -> Rule:
    return Rule(name.replace(" ", "-"), "Test", "", "low", "low", pattern, keywords, near)


RULES = [rule(name, pattern) for name, pattern in SHAPES.items()]
RULES += [rule(name, *rest) for name, rest in CONTEXT.items()]


def compiled(rules):
    return compile_rules(RuleSet(tuple(rules), f"test-{random.Random(repr(rules)).getrandbits(64):x}"))


def found(rules, text: bytes, kind) -> set:
    ready = compiled(rules)
    prefilter = Literals(enumerate(ready.anchors)) if kind is Literals else Hyperscan(ready)
    matches = Detector(ready, prefilter).search([text])[0]
    assert len(matches) == len(set(matches))
    with patch.object(matcher, "_LITERALS", 0):  # as if it were not known of any rule where its matches may start
        assert Detector(ready, prefilter).search([text])[0] == matches
    return set(matches)


KINDS = [Literals, pytest.param(Hyperscan, marks=pytest.mark.skipif(not available(), reason="no Hyperscan here"))]


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS)
@settings(max_examples=300, deadline=None)
def test_each_shape_of_pattern_is_found_as_by_its_whole_expression(kind, text):
    """All pattern shapes at once, over text made of their fragments."""
    assert found(RULES, text, kind) == reference.matches(RULES, text)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_random_subsets_of_the_shipped_rules_find_what_their_expressions_find(kind, data):
    """Shipped rules, over text made of strings that their expressions generate, cut and glued at random."""
    load = pytest.importorskip("leakstop.rules.load").load
    shipped = load().rules
    chosen = data.draw(st.lists(st.sampled_from(shipped), min_size=1, max_size=6, unique_by=lambda rule: rule.id))
    fragments = [
        st.from_regex(rule.pattern.encode(), fullmatch=True).filter(lambda text: len(text) < 3000)
        for rule in chosen
        if "(?=" not in rule.pattern
    ]
    words = st.sampled_from([word.encode() for rule in chosen for word in rule.keywords] or [b" "])
    glue = st.sampled_from([b"", b" ", b"\n", b'"', b"=", b": ", b"'", b"x", b"_"])
    parts = data.draw(st.lists(st.one_of(*fragments, words, glue, st.binary(max_size=4)), max_size=12))
    text = b"".join(parts)
    assert found(chosen, text, kind) == reference.matches(chosen, text)


def test_a_text_of_many_is_searched_as_if_it_stood_alone():
    """Hits over the border of two joined texts are nobody's; hits at a text's very ends are kept."""
    ready = compiled(RULES)
    texts = [b"xyz_", b"abcdefgh", b"xyz_abcdefgh", b"", b"x", b"yz_abcdefgh", b"foo77", b"tok12"] * 3
    for prefilter in (
        (Literals(enumerate(ready.anchors)), Hyperscan(ready)) if available() else (Literals(enumerate(ready.anchors)),)
    ):
        together = Detector(ready, prefilter).search(texts)
        assert [set(matches) for matches in together] == [reference.matches(RULES, text) for text in texts]


@pytest.mark.parametrize(
    ("text", "is_near"),
    [
        (b"wiz_secret = {}", True),
        (b"https://api.example/v1/wiz/{}", True),
        (b"Wiz: cZEmnwDkpqDvuksNShT9", True),
        (b"getWizClientSecretFromEnvV2({})", True),
        (b"wizClientSecretForProductionEnvironment2024: {}", True),
        (b"rTNjkH80TSRgEmdnFy2nEUmDR4MvWiz5ePe7PZ1DiK4\n {}", False),  # a signature's lines
        (b"rTNjkH80TSRgEmdnFy2nEUmDR4M/vQWiz\n {}", False),
        (b"Wiz5ePe7PZ1DiK4rTNjkH80TSRgEmdnFy2nEU+mDR4M\n {}", False),
    ],
)
def test_words_amid_binary_data_are_no_words(text, is_near):
    some = [rule("wiz-secret", r"(?<![A-Za-z0-9])(?P<secret>[A-Za-z0-9]{20})(?![A-Za-z0-9])", ("wiz",), 60)]
    whole = text.replace(b"{}", b"cZEmnwDkpqDvuksNShT9")
    for kind in (Literals, Hyperscan) if available() else (Literals,):
        assert bool(found(some, whole, kind)) == is_near
    assert bool(reference.matches(some, whole)) == is_near


class Edit(NamedTuple):
    copied: list[tuple[int, int, int]]
    seams: list[tuple[int, int]]

    def copies(self):
        return self.copied


class Version(NamedTuple):
    number: int
    depth: int
    data: bytes
    edit: Edit | None


# --- versions ----------------------------------------------------------------------------------------------------------------


@st.composite
def families(draw):
    """A tree of versions in preorder: each is made of copies of its base and of inserted pieces."""
    filler = b"# plain words between\n" * draw(st.sampled_from([0, 40]))  # longer than the margin, or nothing
    versions = [Version(0, 0, filler.join(draw(st.lists(TEXTS, max_size=3))), None)]
    path = [versions[0]]
    for index in range(1, draw(st.integers(1, 7))):
        depth = draw(st.integers(1, len(path)))
        base = path[depth - 1].data
        copies, parts, at = [], [], 0
        for _ in range(draw(st.integers(0, 4))):
            if draw(st.booleans()) and base:
                start = draw(st.integers(0, len(base) - 1))
                size = draw(st.integers(1, len(base) - start))
                copies.append((start, at, size))
                parts.append(base[start : start + size])
            else:
                parts.append(draw(TEXTS)[:30])
            at += len(parts[-1])
        data = b"".join(parts)
        version = Version(index, depth, data, Edit(copies, seams(copies, len(base), len(data))))
        versions.append(version)
        path = [*path[:depth], version]
    return versions


def seams(copies, base_size, size):
    """Where a version differs from its base, one by one."""
    found, at, source = [], 0, 0
    for start, target, length in copies:
        if target > at or start != source:
            found.append((at, target))
        at, source = target + length, start + length
    if at < size or source != base_size:
        found.append((at, size))
    return found


CHAIN = [  # a new match begins before one that is carried along, and overlaps it
    Version(0, 0, b"xyz_", None),
    Version(1, 1, b"x00q-bbbq-bbb", Edit([(0, 0, 1)], [(1, 13)])),
    Version(2, 2, b"-bbbq-bbb", Edit([(4, 0, 9)], [(0, 0)])),
]


EDGE = [  # a line at the beginning of the text is none in its middle
    Version(0, 0, b"tok123\n# plain words between\n", None),
    Version(1, 1, b"ttok123\n#", Edit([(0, 0, 1), (0, 1, 8)], [(1, 1), (9, 9)])),
]


FAR = [  # what a rule reaches to changes, far from what was hit: a match comes, moves, and goes again
    Version(0, 0, b"<WIDE>" + b"x" * 2000 + b"</wide>", None),
    Version(1, 1, b"<WIDE>" + b"x" * 2000 + b"</WIDE>", Edit([(0, 0, 2006)], [(2006, 2013)])),
    Version(2, 2, b"foo77 <WIDE>" + b"x" * 2000 + b"</WIDE>", Edit([(0, 6, 2013)], [(0, 6)])),
    Version(3, 3, b"foo77 <WIDE>" + b"x" * 2000 + b"</WID>", Edit([(0, 0, 2016), (2017, 2016, 1)], [(2016, 2016)])),
    Version(4, 1, b"<WIDE>xx</wide>", Edit([(0, 0, 8), (2006, 8, 7)], [(8, 8)])),
]


@pytest.mark.parametrize("kind", KINDS)
@example(family=CHAIN)
@example(family=EDGE)
@example(family=FAR)
@given(family=families())
@settings(max_examples=300, deadline=None)
def test_versions_hold_what_a_search_of_each_whole_version_finds(kind, family):
    """Carrying matches along copies and searching the seams gives what searching everything gives."""
    ready = compiled(RULES)
    lineage = Lineage(Detector(ready, Literals(enumerate(ready.anchors)) if kind is Literals else Hyperscan(ready)))
    held = {entry.number: set(entry.values) for entry in lineage.search(family)}
    for version in family:
        truth = {(match.rule, version.data[match.first : match.last]) for match in reference.matches(RULES, version.data)}
        assert {value for value, number in lineage.values.items() if number in held.get(version.number, ())} == truth


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_with_too_many_hits(monkeypatch, kind):
    """The end of such a text is not searched, which is told; the texts around it are searched as always."""
    monkeypatch.setattr("leakstop.detect.prefilter.MOST", 100)
    ready = compiled(RULES)
    engine = Literals(enumerate(ready.anchors)) if kind is Literals else Hyperscan(ready)
    literal = ready.anchors[0].literals[0].text.decode()
    text = f"{literal}0123456789abcdef0123456789abcdef\n".encode()
    texts = [text, text * 500, b"", text * 3]
    assert [bool(hits) for hits in engine.search(texts)] == [bool(engine.search([each])[0]) for each in texts]
    found = engine.search(texts)
    assert engine.crowded == [1]
    assert len(found[1]) < 500
    assert found[3] == engine.search(texts[3:])[0]
    assert engine.crowded == []


def test_few_bytes_of_windows_are_held(monkeypatch):
    """In a line without an end windows are long and never the same: few are remembered, and what is found stays the same."""
    ready = compiled(RULES)
    source = random.Random("windows")
    text = b" ".join(b"xyz_%08d %d" % (number, source.getrandbits(900)) for number in range(300))
    found = Detector(ready).search([text])
    assert len(found[0]) > 280  # a few count
    monkeypatch.setattr(matcher, "_HELD", 4096)
    detector = Detector(ready)
    assert detector.search([text]) == found
    held = sum(len(window) for *_, window in detector.matcher._seen)
    assert 0 < held <= 4096 + max(map(len, (window for *_, window in detector.matcher._seen)))
