"""The slow truth that the engine is held against: every rule's expression over the whole text, no anchors, no windows."""

from __future__ import annotations

import re

import regex

from leakstop.detect.judging.filters import reject
from leakstop.detect.matcher import Match


def matches(rules, text: bytes) -> set[Match]:
    """All matches, leftmost first and not overlapping within a rule, whose values pass the filters."""
    found = set()
    for number, rule in enumerate(rules):
        pattern = regex.compile(rule.pattern.encode())
        group = "secret" if "secret" in pattern.groupindex else 0
        at = 0
        while match := pattern.search(text, at):
            if not near_keyword(rule, text, match.start()):
                at = match.start() + 1
                continue
            at = max(match.end(), match.start() + 1)
            first, last = match.span(group)
            if not reject(rule, text[first:last]):
                found.add(Match(number, match.start(), match.end(), first, last))
    return found


def near_keyword(rule, text: bytes, start: int) -> bool:
    """Whether a keyword ends at most `near` bytes before `start`, beginning a word or a part of one; a short one is all of it."""
    if not rule.keywords:
        return True
    lowest = max(0, start - rule.near)
    for word in rule.keywords:
        for hit in regex.finditer(regex.escape(word.encode()), text, flags=regex.IGNORECASE, overlapped=True):
            if lowest <= hit.end() <= start:
                goes_on = text[hit.end() - 1 : hit.end() + 1].decode("latin-1")
                if len(word) <= 4 and re.fullmatch(r"[a-z]{2}|[A-Z]{2}", goes_on):
                    continue
                if word.isalnum() and amid_data(text, hit.start(), hit.end()):
                    continue
                before, first = text[max(0, hit.start() - 1) : hit.start()], text[hit.start() : hit.start() + 1]
                if not before.isalpha() or not before.isascii() or (first.isupper() and before.islower()):
                    return True
    return False


def amid_data(text: bytes, start: int, end: int) -> bool:
    """Whether a word stands in a run of 24 and more letters and digits with a fifth of either case: base64, and no name."""
    around = text[max(0, start - 40) : start], text[end : end + 40]
    run = re.search(rb"[A-Za-z0-9+/]*\Z", around[0])[0] + re.match(rb"[A-Za-z0-9+]*", around[1])[0]
    large, small = len(re.findall(rb"[A-Z]", run)), len(re.findall(rb"[a-z]", run))
    return len(run) >= 24 and min(large, small) * 5 >= len(run) and len(run) - large - small >= 2
