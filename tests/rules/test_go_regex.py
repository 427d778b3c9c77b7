"""Go's expressions in Python: what they match, where the two languages differ."""

from __future__ import annotations

import re

import pytest
import regex

from leakstop.rules.go_regex import GoError, translate
from leakstop.rules.tree import parse


def found(pattern: str, text: str) -> list[str]:
    """All matches, by either of our engines."""
    expression = translate(pattern, most=300).pattern.encode("ascii")
    matches = [match[0].decode() for match in re.finditer(expression, text.encode())]
    assert matches == [match[0].decode() for match in regex.finditer(expression, text.encode())]
    parse(expression.decode())  # anchors can read it, too
    return matches


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"a$", "a\n", []),  # the very end, not before a last line end
        (r"a$", "ba", ["a"]),
        (r"(?m)a$", "a\na", ["a", "a"]),
        (r"a\z", "a\n", []),
        (r"^a", "b\na", []),
        (r"(?m)^a", "b\na", ["a"]),
        (r"\Aa", "aa", ["a"]),
        (r".", "\n", []),
        (r"(?s).", "\n", ["\n"]),
        (r"(?s:.)a.", "\na\n", []),
        (r"[[:alnum:]]+", "ab:1", ["ab", "1"]),
        (r"[[:^digit:]x1]+", "1ab2", ["1ab"]),
        (r"[\d\-x]+", "1-x_", ["1-x"]),
        (r"[]a]+", "]a", ["]a"]),
        (r"[^]a]+", "]ab", ["b"]),
        (r"[a-]+", "a-b", ["a-"]),
        (r"[[a]+", "[a]", ["[a"]),
        (r"[a&&b]+", "a&b", ["a&b"]),
        (r"\s", "\v", []),  # Go has no vertical tab there
        (r"[\S]+", "\va b", ["\va", "b"]),
        (r"a(?i)b|c", "aB C ab", ["aB", "C", "ab"]),  # to the end of the group, through its alternatives
        (r"(a(?i)b)c", "aBc aBC", ["aBc"]),
        (r"(?i)a(?-i)b", "Ab AB", ["Ab"]),
        (r"(?i:[a-c]+)d", "AbCd AbCD", ["AbCd"]),
        (r"(?i)[^a]", "Ab", ["b"]),
        (r"(?U)a+", "aaa", ["a", "a", "a"]),
        (r"(?U)a+?", "aaa", ["aaa"]),
        (r"a+?", "aa", ["a", "a"]),
        (r"a{2}", "aaa", ["aa"]),
        (r"a{2,}", "aaa", ["aaa"]),
        (r"a{1,2}", "aaa", ["aa", "a"]),
        (r"a{,2}", "a{,2}", ["a{,2}"]),  # no repeat in Go
        (r"x{", "x{", ["x{"]),
        (r"\Qa.b*\E+", "a.b** a.b", ["a.b**"]),
        (r"\Qa+", "a+", ["a+"]),
        (r"\x41\x{42}\103\t", "ABC\t", ["ABC\t"]),
        (r"\a\f\v", "\a\f\v", ["\a\f\v"]),
        (r"é+", "éé", ["éé"]),
        (r"[à-ü]+", "a é", ["é"]),
        (r"\pL+", "ab1é", ["ab", "é"]),
        (r"\p{^L}", "a1", ["1"]),
        (r"\PL", "a1", ["1"]),
        (r"\bkey\b", "key keys", ["key"]),
        (r"\w+", "aé", ["a"]),  # ASCII only
        (r"(?P<name>a)(?<other>b)(?:c)", "abc", ["abc"]),
        (r"a|ab", "ab", ["a"]),  # the first, not the longest
        (r"(?i)k", "\u212a", []),  # we are ASCII there
        (r"a\.b\-\/\_\#", "a.b-/_#", ["a.b-/_#"]),
    ],
)
def test_matches(pattern: str, text: str, matches: list[str]) -> None:
    assert found(pattern, text) == matches


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("(?=a)", "a group at position 0 that Go does not know"),
        ("(?<!a)b", "a group at position 0"),
        ("(?>a)", "a group at position 0"),
        (r"(a)\1", "an escape at position 3"),
        (r"a\Z", "an escape"),
        ("a**", "one repeat after the other"),
        ("a++", "one repeat after the other"),
        ("*a", "nothing to repeat at position 0"),
        ("(?i)*", "nothing to repeat"),
        ("(a", "the group at position 0 is not closed"),
        ("a)", "unexpected )"),
        ("[a", "the class at position 0 is not closed"),
        ("[[:foo:]]", "there is no class"),
        ("[z-a]", "a range"),
        (r"\p{", "an unknown class"),
        (r"\x{110000}", "no character"),
        ("a\\", "ends with a backslash"),
    ],
)
def test_what_go_does_not_take(pattern: str, complaint: str) -> None:
    with pytest.raises(GoError, match=re.escape(complaint)):
        translate(pattern)


def test_secret_and_groups() -> None:
    assert translate("(a)(?:b)(c)", secret=2).pattern == "(?:a)(?:b)(?P<secret>c)"
    assert translate("(a)(c)", capture=True).pattern == "(a)(c)"
    assert translate("(a)((c))").groups == 3


def test_bounds() -> None:
    """Long ones where a key's body may stand, short ones elsewhere, none without being asked."""
    assert translate("a+").pattern == "a+"
    assert translate(r"[\s\S]*?x\s*", most=8000).pattern == r"[\x00-\xff]{0,8000}?x[\x09\x0a\x0c\x0d ]{0,256}"
    assert translate("(?:ab){3,}", most=100).pattern == "(?:ab){3,100}"
    assert translate("a*", most=100).open
    assert not translate("a?", most=100).open
    assert translate("[é]").inexact
