"""From matches in a text to findings: what the place says, which rule wins, pairs, line and column, the redacted source line."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from leakstop.detect.judging.confidence import grade, in_tests, inner
from leakstop.detect.judging.surroundings import EXAMPLES, doubt, shown
from leakstop.detect.language.entropy import shannon
from leakstop.detect.line import line_around
from leakstop.detect.pairs.within import Link, link
from leakstop.model import CONFIDENCES, Finding, Location, Pair, Secret, redact, show_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakstop.detect.matcher import Match
    from leakstop.model import Chunk
    from leakstop.rules.compiled import Compiled
    from leakstop.rules.rule import Rule

LONG = 2001  # bytes of a line on either side of a value that filters see: on a longer line they drop it for that alone
_NAMES = 100  # words from which a rule knows none of the services well that they name
AROUND = 100  # bytes of a long line shown on either side of a secret


def describe(
    compiled: Compiled,
    chunk: Chunk,
    matches: Sequence[Match],
    on_drop: Callable[[int, str, bytes], None] | None = None,
    lines: Lines | None = None,
) -> list[Finding]:
    """The findings of a chunk by position: one for each secret, the most specific rule's. `lines`: how places are told."""
    if not matches:
        return []
    text, rules = chunk.data, compiled.rules.rules
    if any(rules[match.rule].foreign_format for match in matches):
        from leakstop.detect.foreign import judged

        matches = judged(rules, chunk, matches, on_drop)
    kept = [match for match in matches if not is_ordinary(rules[match.rule], chunk, match, on_drop)]
    if any(rules[match.rule].generic for match in kept):
        kept = _wellformed(compiled, text, kept, on_drop)
    links = link(compiled, text, kept)
    secrets = {(entry.secret.first, entry.secret.last): entry for entry in links}
    absorbed = {text[part.first : part.last] for entry in links for part in (entry.lead, *entry.also)}
    chosen = _resolve(rules, [entry.secret for entry in links], kept)
    chosen = [match for match in chosen if (match.first, match.last) in secrets or text[match.first : match.last] not in absorbed]
    lines = lines or Lines(chunk)
    named = set(kept)
    findings = []
    for match in chosen:
        entry = secrets.get((match.first, match.last))
        if entry and entry.secret.rule == match.rule:
            findings += _of_pair(compiled, chunk, lines, entry, chosen, named=entry.secret in named)
        elif lines.reportable(match):
            findings.append(finding_of(compiled, chunk, lines, match, chosen))
    return findings


def is_ordinary(rule: Rule, chunk: Chunk, match: Match, on_drop: Callable[[int, str, bytes], None] | None) -> bool:
    """Whether a filter for ordinary text drops a generic match, or what stands around it the match of a rule with keywords."""
    text = chunk.data
    value = text[match.first : match.last]
    if rule.foreign_format is not None and not rule.foreign_format.ours:
        return False
    if not rule.generic:
        name = _shaped(rule, chunk, match)
        if name and on_drop:
            on_drop(match.rule, name, value)
        return bool(name)
    from leakstop.detect.embedded import in_text
    from leakstop.detect.judging.ordinary import CODE, ORDINARY

    origin = chunk.origin
    path = origin.members[-1].encode("utf-8", "replace") if origin.members else origin.path
    key = text[_name_start(text, match.start) : match.first]
    begin, end = line_around(text, match.first, LONG, match.last - match.first + LONG)
    line = text[begin:end]
    for name, drops in ORDINARY:
        if drops(value, key, line, path):
            if name == CODE and in_text(text, match.first, path):
                continue
            if on_drop:
                on_drop(match.rule, name, value)
            return True
    return False


def believed(
    compiled: Compiled, chunk: Chunk, matches: Sequence[Match], on_drop: Callable[[int, str, bytes], None] | None
) -> list[Match]:
    """Without those matches of providers' own rules that what stands around them speaks against."""
    rules = compiled.rules.rules
    return [match for match in matches if rules[match.rule].generic or not is_ordinary(rules[match.rule], chunk, match, on_drop)]


def _shaped(rule: Rule, chunk: Chunk, match: Match) -> str:
    """Why what a provider's rule matches is no secret of its, as the name of a filter; else empty."""
    from leakstop.detect.judging.around import armoured, told

    if not rule.keywords:
        by_chance = chunk.data[match.first : match.last].isalnum() and armoured(chunk.data, match.first, match.last)
        return "part of base64" if by_chance else ""
    from leakstop.detect.judging.ordinary import LOCK_FILE, is_lock_file

    if is_lock_file(chunk.origin.path):  # digests by the hundred, a provider's name before each
        return LOCK_FILE
    return told(chunk.data, match.first, match.last, rule.keywords, chunk.origin.path)


def _wellformed(
    compiled: Compiled, text: bytes, matches: Sequence[Match], on_drop: Callable[[int, str, bytes], None] | None
) -> list[Match]:
    """The matches, without those of generic rules that a provider's own rule has refused for one character or more."""
    from leakstop.detect.judging import names
    from leakstop.detect.judging.nearly import misses
    from leakstop.detect.judging.place import in_url, promised, promising

    kept = []
    for match in matches:
        if compiled.rules.rules[match.rule].generic:
            key = text[_name_start(text, match.start) : match.first]
            chosen = in_url(key) or not promising(key) or names.kind(promised(key)) == "password"
            if misses(compiled, text, match.first, match.last, chosen=chosen):
                if on_drop:
                    on_drop(match.rule, "mangled", text[match.first : match.last])
                continue
        kept.append(match)
    return kept


_NAME = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


def _name_start(text: bytes, at: int) -> int:
    """Where the name begins in which a match starts: a rule looks for `key`, the filters judge `public_key`."""
    lowest = max(0, at - 40)
    while at > lowest and text[at - 1] in _NAME:
        at -= 1
    return at


def _resolve(rules: Sequence[Rule], pairs: Sequence[Match], matches: Sequence[Match]) -> list[Match]:
    """One match for each place: pairs first, then the rule that knows most, then the longer secret."""

    def rank(match: Match) -> tuple[bool, int, bool, int, bool, int]:
        # A key that is meant to be public is known as that, though its rule is less sure that it matters than a generic one is.
        rule = rules[match.rule]
        # Of two sure ones that with a word is the closer: sk_test_ is Stripe's, and near `knock` Knock's. Of two less sure ones
        # that whose shape needs no word.
        sure = rule.confidence == "high"
        return (
            rule.generic,
            -CONFIDENCES.index(rule.confidence),
            bool(rule.keywords) is not sure,
            match.first - match.last,
            len(rule.keywords) > _NAMES,
            match.rule,
        )

    chosen: list[Match] = []  # apart from each other, ascending
    for match in (*pairs, *sorted(matches, key=rank)):
        place = bisect_right(chosen, match.first, key=lambda other: other.first)
        before = chosen[place - 1] if place else None
        behind = chosen[place] if place < len(chosen) else None
        if (before is None or before.last <= match.first) and (behind is None or match.last <= behind.first):
            chosen.insert(place, match)
    return chosen


_BLOCK = 4096  # bytes between places whose line numbers are noted, once somebody asks for places far apart
_CONTINUES = [0x80 <= byte < 0xC0 for byte in range(256)]  # a byte of UTF-8 that is no character's first one


def _characters(text: bytes) -> int:
    return len(text.decode("utf-8", "replace"))


class Lines:
    """Line numbers and columns of one chunk, counted once and onwards."""

    def __init__(self, chunk: Chunk) -> None:
        self._chunk = chunk
        self._at, self._line = 0, chunk.line
        self._place, self._column = 0, 1  # of the byte that was asked for last
        self._noted: list[int] = []  # line numbers of the bytes at which blocks begin, see `number`
        self._far = 0  # bytes that were counted for places far from the one before

    def number(self, offset: int) -> int:
        """The line number of a byte. The halves of pairs may stand far apart: then all are noted once, not counted for each."""
        text = self._chunk.data
        far = abs(offset - self._at)
        if far > _BLOCK and (self._noted or self._far > len(text)):
            self._noted = self._noted or self._notes()
            block = offset // _BLOCK
            self._line = self._noted[block] + text.count(b"\n", block * _BLOCK, offset)
        elif offset < self._at:
            self._line -= text.count(b"\n", offset, self._at)
        else:
            self._line += text.count(b"\n", self._at, offset)
        self._far += far if far > _BLOCK else 0
        self._at = offset
        return self._line

    def _notes(self) -> list[int]:
        text = self._chunk.data
        counts = (text.count(b"\n", begin, begin + _BLOCK) for begin in range(0, len(text), _BLOCK))
        return list(accumulate(counts, initial=self._chunk.line))

    def column(self, offset: int) -> int:
        """The column of a byte, in characters from 1 on; counted from the last one, where that stands on the same line."""
        text = self._chunk.data
        if self._place <= offset and text.find(b"\n", self._place, offset) < 0 and not _CONTINUES[text[self._place]]:
            self._column += _characters(text[self._place : offset])
        else:
            self._column = _characters(text[text.rfind(b"\n", 0, offset) + 1 : offset]) + 1
        self._place = offset
        return self._column

    def location(self, match: Match) -> Location:
        """Lines and columns of a match's secret."""
        first, last = match.first, max(match.first, match.last - 1)
        start, end = self.number(first), self.number(last)
        return Location(start, end, self.column(first), self.column(last), match.first, match.last)

    def reportable(self, match: Match) -> bool:
        """Whether the change that is scanned adds one of the secret's lines."""
        added = self._chunk.added
        if added is None:
            return True
        start, end = self.number(match.first), self.number(max(match.first, match.last - 1))
        return any(first <= end and start <= last for first, last in added)


def _of_pair(
    compiled: Compiled, chunk: Chunk, lines: Lines, entry: Link, chosen: Sequence[Match], *, named: bool
) -> list[Finding]:
    """A pair is reported at its secret; where a change adds only the id, at the id. A secret that nothing names, beside an id
    that only a word nearby makes one, is less than sure, and so is what a test holds of such a pair.
    """
    text, rules = chunk.data, compiled.rules.rules
    secret, lead = entry.secret, entry.lead
    also = tuple(
        Pair(rules[part.rule].id, lines.number(part.first), chunk.origin.path, Secret(text[part.first : part.last]))
        for part in entry.also
    )
    here, there = (secret, lead) if lines.reportable(secret) else (lead, secret)
    if not lines.reportable(here):
        parts = [part for part in entry.also if lines.reportable(part)]
        if not parts:
            return []
        here, there = parts[0], secret
    other = Pair(rules[there.rule].id, lines.number(there.first), chunk.origin.path, Secret(text[there.first : there.last]), also)
    finding = finding_of(compiled, chunk, lines, here, chosen, other)
    sure = not rules[lead.rule].keywords or (named and not in_tests(inner(chunk.origin)))
    return [finding if sure or finding.confidence == "low" else finding._replace(confidence="medium")]


def finding_of(
    compiled: Compiled, chunk: Chunk, lines: Lines, match: Match, chosen: Sequence[Match], pair: Pair | None = None
) -> Finding:
    """One match as a finding; `chosen` are all secrets to redact in its excerpt, ascending and apart."""
    rule = compiled.rules.rules[match.rule]
    value = chunk.data[match.first : match.last]
    text = chunk.data
    key = text[_name_start(text, match.start) : match.first]
    doubted = doubt(rule, text, match.first, match.last, chunk.origin)
    confidence, why = grade(rule, value, key, inner(chunk.origin), doubted)
    reasons = list(why)
    if rule.generic and confidence == "high" and shown(text, match.first):
        confidence, reasons = "medium", ["random, in a comment or at a prompt"]
    if not rule.generic:
        from leakstop.detect.tokens.decoded import decoded

        reasons += decoded(rule.id, rule.checksum, text[match.start : match.end], value, text)
    if pair:
        reasons.append(f"stands with its other half, {pair.what} on line {pair.line}")
        confidence = "low" if doubted == EXAMPLES else "high"
    near = _word_near(rule, text, match.start) if rule.keywords else ""
    if near:
        reasons.append(f"near {near}")
    return Finding(
        rule,
        Secret(value),
        lines.location(match),
        chunk.origin,
        rule.severity,
        confidence,
        round(shannon(value), 2),
        tuple(reasons),
        excerpt(chunk.data, match, chosen),
        pair,
        near=near,
    )


def _word_near(rule: Rule, text: bytes, start: int) -> str:
    """The keyword that stands nearest before a match, the longer one of two that end there."""
    around = text[max(0, start - rule.near - max(map(len, rule.keywords))) : start].lower().decode("latin-1")
    return max(rule.keywords, key=lambda word: (around.rfind(word) + len(word) if word in around else -1, len(word)))


def excerpt(text: bytes, match: Match, chosen: Sequence[Match]) -> str:
    """The line on which a secret starts, printable, with every secret on it redacted; of a long line what stands around it."""
    begin, end = line_around(text, match.first, AROUND, max(match.last - match.first, 0) + AROUND)
    parts, at = [], begin
    place = bisect_right(chosen, begin, key=lambda other: other.last)
    near = {match}
    while place < len(chosen) and chosen[place].first < end:
        near.add(chosen[place])
        place += 1
    for other in sorted(near, key=lambda other: other.first):
        first, last = max(other.first, at), min(other.last, end)
        if first < last:
            parts.append(_shown(text[at:first]))
            parts.append(redact(text[other.first : other.last]))
            at = last
    parts.append(_shown(text[at:end]))
    return "".join(parts).strip()


def _shown(piece: bytes) -> str:
    return show_text(piece.decode("utf-8", "replace").replace("\t", "    ").rstrip("\r\n"))
