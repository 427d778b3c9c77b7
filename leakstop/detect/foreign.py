"""What rules of gitleaks' form ask of a match beyond their expression: keywords, path, allowlists, other rules nearby."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leakstop.detect.matcher import Match
    from leakstop.model import Chunk, Finding
    from leakstop.rules.rule import Allowlist, Foreign, Needed, Rule

    Drop = Callable[[int, str, bytes], None]

ALLOWED = "allowlist of the rule"
HISTORY = "blob"  # the kind of origin whose commit is not known while it is searched
TIMEOUT = 2.0  # seconds for one expression of an allowlist


def judged(rules: Sequence[Rule], chunk: Chunk, matches: Sequence[Match], on_drop: Drop | None) -> Sequence[Match]:
    """The matches without those that their rules do not want here."""
    if not any(rules[match.rule].foreign_format for match in matches):
        return matches
    low = chunk.data.lower()
    kept = []
    allowed = []
    for match in matches:
        rule = rules[match.rule]
        name = _dropped(rule.foreign_format, rules, chunk, low, match, matches) if rule.foreign_format else ""
        if not name:
            kept.append(match)
            continue
        if name == ALLOWED and not rule.generic:
            allowed.append(match)
        if on_drop:
            on_drop(match.rule, name, chunk.data[match.first : match.last])
    # What a rule for this very kind of value allows, no generic one brings back.
    return [
        match
        for match in kept
        if not rules[match.rule].generic or all(match.last <= one.first or match.first >= one.last for one in allowed)
    ]


def _dropped(foreign: Foreign, rules: Sequence[Rule], chunk: Chunk, low: bytes, match: Match, matches: Sequence[Match]) -> str:
    """What drops a match, or an empty string. `low`: the chunk's text in small letters."""
    if foreign.silent:
        return "rule that only helps others"
    if foreign.words and not any(word.encode() in low for word in foreign.words):
        return "no keyword"
    if foreign.path and not _search(foreign.path, _path(chunk)):
        return "path of the rule"
    for allowlist in foreign.lists:
        if not (allowlist.commits and chunk.origin.kind == HISTORY) and allows(allowlist, chunk, match):
            return ALLOWED
    if not all(_near(needed, rules, chunk, match, matches) for needed in foreign.needs):
        return "without the values that must stand nearby"
    return ""


def allows(allowlist: Allowlist, chunk: Chunk, match: Match) -> bool:
    """Whether an allowlist covers a match: one of its kinds of criteria does, or all that it has must."""
    answers = _answers(allowlist, chunk, match)
    return all(answers) if allowlist.every else any(answers)


def commit_allowed(finding: Finding, chunk: Chunk) -> bool:
    """Whether an allowlist with commits covers a finding of a history, whose commit is told last."""
    foreign, at = finding.rule.foreign_format, finding.location
    if foreign is None or finding.origin.kind != HISTORY:
        return False
    from leakstop.detect.matcher import Match

    match = Match(0, at.start, at.end, at.start, at.end)
    return any(
        allowlist.commits and allows(allowlist, chunk._replace(origin=finding.origin), match) for allowlist in foreign.lists
    )


def _answers(allowlist: Allowlist, chunk: Chunk, match: Match) -> Iterator[bool]:
    text = chunk.data
    secret = text[match.first : match.last]
    if allowlist.commits:
        yield chunk.origin.commit.lower() in allowlist.commits
    if allowlist.paths:
        yield any(_search(pattern, _path(chunk)) for pattern in allowlist.paths)
    if allowlist.regexes:
        seen = {"secret": secret, "match": text[match.start : match.end], "line": _lines(text, match)}[allowlist.target]
        yield any(_search(pattern, seen) for pattern in allowlist.regexes)
    if allowlist.stopwords:
        small = secret.lower()
        yield any(word.encode() in small for word in allowlist.stopwords)


def _near(needed: Needed, rules: Sequence[Rule], chunk: Chunk, match: Match, matches: Sequence[Match]) -> bool:
    """Whether another rule matches near enough."""
    text = chunk.data
    line, column = _position(text, match.start)
    for other in matches:
        if rules[other.rule].id == needed.rule:
            there, place = _position(text, other.start)
            if (needed.lines < 0 or abs(there - line) <= needed.lines) and (
                needed.columns < 0 or abs(place - column) <= needed.columns
            ):
                return True
    return False


def _position(text: bytes, at: int) -> tuple[int, int]:
    return text.count(b"\n", 0, at), at - text.rfind(b"\n", 0, at)


def _lines(text: bytes, match: Match) -> bytes:
    end = text.find(b"\n", match.end)
    return text[text.rfind(b"\n", 0, match.start) + 1 : end if end >= 0 else len(text)]


def _path(chunk: Chunk) -> bytes:
    members = "".join(f"!{member}" for member in chunk.origin.members)
    return chunk.origin.path + members.encode("utf-8", "replace")


def _search(pattern: str, text: bytes) -> bool:
    try:
        return _compiled(pattern).search(text, timeout=TIMEOUT) is not None
    except TimeoutError:
        return False  # it allows nothing then


@cache
def _compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern.encode("ascii"))
