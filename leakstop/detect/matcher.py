"""From a hit to a match: the rule's own expression runs on the few bytes around it.

The bytes that a match can depend on are known (`Shape`): its longest width and the reach of its look-arounds. So the expression
runs on that window alone, with the same result as on the whole text, and a window that was judged before (the same line in the
next version of a file) costs one look-up in a dictionary.
"""

from __future__ import annotations

from leakstop.expressions import over_bytes
from leakstop.memo import partial
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from leakstop.detect.prefilter import Hit
    from leakstop.rules.compiled import Compiled
    from leakstop.rules.rule import Rule
    from leakstop.rules.shape import Literal

_User = tuple[int, bytes]  # number of a rule, and the word (small letters) that its anchor is, if it hangs on one

TIMEOUT = 2.0  # seconds for one search in one window; a user's rule that needs longer is reported, not believed
_MEMORY, _HELD = 200_000, 32 << 20  # windows remembered, and bytes of them: in lines without an end they are long
_FEW = 16  # places that are tried one by one
_LITERALS = 16  # words that are looked for, at most, to tell the places where a match may start
_SHORT = 4  # letters of a keyword with which too many other words begin
AROUND = 40  # characters on either side of a keyword that are looked at
_DATA, _DIGITS = 24, 2  # so many of them in one run may be data, if so many are digits
_LARGE, _SMALL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz"
_BASE64 = _LARGE + _SMALL + b"0123456789+"


class Match(NamedTuple):
    """A rule's number and byte spans in a text: of the whole match, and of the secret in it."""

    rule: int
    start: int
    end: int
    first: int
    last: int


class Span(NamedTuple):
    """A match relative to its window."""

    start: int
    end: int
    first: int
    last: int
    dropped: str  # the filter that rejects the value, or ""


class Matcher:
    """Confirms hits. `on_timeout(rule id)` is told of every search that was given up; `on_drop(rule, filter, value)` of every
    value that a filter rejected, once for each window.
    """

    def __init__(
        self, compiled: Compiled, on_timeout: Callable[[str], None], on_drop: Callable[[int, str, bytes], None] | None = None
    ) -> None:
        self.compiled = compiled
        self._on_timeout = on_timeout
        self._on_drop = on_drop
        self._searches: list[_Search | None] = [None] * len(compiled.rules.rules)
        self._seen: dict[tuple[int, int, int, bytes], tuple[Span, ...]] = {}
        self._held = 0  # bytes of its windows
        # For each anchor that was hit its rules, with what a hit of theirs needs; for each rule how far around a hit it sees.
        self._users: list[tuple[_User, ...] | None] = [None] * len(compiled.anchors)
        self._words: dict[int, _Words] = {}
        self._starts: dict[int, _Starts | None] = {}
        self._views: list[tuple[int, int, bool]] = [(0, 0, False)] * len(compiled.rules.rules)

    def matches(self, text: bytes, hits: Sequence[Hit]) -> list[Match]:
        """The confirmed matches of one text whose values pass the filters, none overlapping within a rule."""
        users, seen = self._users, self._seen
        places: list[Hit] = []
        for anchor, low, high in hits:
            for number, word in users[anchor] or self._meet(anchor):
                # A hit of a keyword is either the place where the word ends (values may start from there on) or that of a value.
                if not word or (self._word_before(text, low, number) if low == high else _word_ends(text, low, word)):
                    places.append((number, low, high))
        places.sort()
        found: list[Match] = []
        rule, done = -1, 0
        behind = reach = 0
        line = False
        for number, low, high in places:
            if number != rule:
                rule, done = number, 0
                behind, reach, line = self._views[number]
            if low < done:
                low = done
                if low > high:
                    continue
            begin, end = low - behind if low > behind else 0, high + reach
            if line:  # the line's two ends are in the window: nothing beyond them matters
                start = text.rfind(b"\n", begin, low)
                if start >= 0:
                    begin = start
                end = (text.find(b"\n", high, end) + 1) or end
            window = text[begin:end]
            key = (number, low - begin, high - begin, window)
            spans = seen.get(key)
            if spans is None:
                if len(seen) >= _MEMORY or self._held >= _HELD:
                    seen.clear()
                    self._held = 0
                self._held += len(window)
                spans = seen[key] = tuple(self._search(*key))
            for span in spans:
                done = begin + max(span.end, span.start + 1)
                if not span.dropped:
                    found.append(Match(number, begin + span.start, begin + span.end, begin + span.first, begin + span.last))
        return found

    def _meet(self, anchor: int) -> tuple[_User, ...]:
        """What is needed of an anchor's rules."""
        rules, shapes = self.compiled.rules.rules, self.compiled.shapes
        numbers = self.compiled.users[anchor]
        for number in numbers:
            shape = shapes[number]
            self._views[number] = shape.behind, shape.width + shape.ahead, shape.line
        literals = self.compiled.anchors[anchor].literals
        users = self._users[anchor] = tuple([(number, literals[0].text if rules[number].keywords else b"") for number in numbers])
        return users

    def _word_before(self, text: bytes, start: int, number: int) -> bool:
        """Whether one of a rule's keywords ends at most `near` bytes before `start`."""
        known = self._words.get(number)
        if known is None:
            rule = self.compiled.rules.rules[number]
            words = [word.lower().encode("ascii") for word in rule.keywords]
            known = self._words[number] = _Words(words, rule.near, max(map(len, words)))
        words, near, longest = known
        lowest = max(0, start - near)
        first = max(0, lowest - longest)
        around = text[first:start].lower()
        for word in words:
            end = start
            while (at := around.rfind(word, 0, end - first)) >= 0 and (end := first + at + len(word)) >= lowest:
                if _word_ends(text, end, word):
                    return True
                end -= 1
        return False

    def _search(self, number: int, low: int, high: int, window: bytes) -> list[Span]:
        search, group, rule = self._searches[number] or self._prepare(number)
        spans: list[Span] = []
        at = low
        while at <= high:
            try:
                match = search(window, at, high)
            except TimeoutError:
                self._on_timeout(rule.id)
                break
            if match is None:
                break
            from leakstop.detect.judging.filters import reject  # most commits have hits, few have matches

            start, end = match.span()
            first, last = match.span(group if group is not None else _first_group(match))
            if first >= last:  # the group took no part: the whole match
                first, last = start, end
            value = window[first:last]
            dropped = reject(rule, value)
            if dropped and self._on_drop:
                self._on_drop(number, dropped, value)
            spans.append(Span(start, end, first, last, dropped))
            at = max(end, start + 1)
        return spans

    def _prepare(self, number: int) -> _Search:
        rule = self.compiled.rules.rules[number]
        pattern = over_bytes(rule.pattern, limited=rule.foreign)
        search = partial(_limited, pattern) if rule.foreign else partial(self._first, number, pattern)
        first = rule.foreign_format is not None and rule.foreign_format.first_group
        found = self._searches[number] = _Search(
            search, None if first else "secret" if "secret" in pattern.groupindex else 0, rule
        )
        return found

    def _first(self, number: int, pattern: Any, text: bytes, low: int, high: int) -> Any:
        """A search that is over at `high`: that of the library would go on to the end of the text."""
        if high - low <= _FEW:
            places: Iterable[int] = range(low, high + 1)
        elif starts := self._starts_of(number):
            places = starts.places(text, low, high)
        else:
            match = pattern.search(text, low)
            return match if match and match.start() <= high else None
        match = pattern.match
        for at in places:
            if found := match(text, at):
                return found
        return None

    def _starts_of(self, number: int) -> _Starts | None:
        """Where a rule's matches may start, from the literals of its anchors (see `Anchor`), if these say it exactly."""
        if number not in self._starts:
            own = self.compiled.hung[number]
            words = {literal for at in own for literal in self.compiled.anchors[at].literals} if len(own) <= _LITERALS else set()
            exact = 0 < len(words) <= _LITERALS and all(word.low == word.high for word in words)
            self._starts[number] = _Starts(tuple(words)) if exact else None
        return self._starts[number]


class _Starts(NamedTuple):
    """Words of which each match of a rule has one, and how far behind its start."""

    words: tuple[Literal, ...]

    def places(self, text: bytes, low: int, high: int) -> list[int]:
        """Where between two places a match may start."""
        small = text.lower()
        places = set()
        for word, before, _ in self.words:
            end = high + before + len(word)
            at = small.find(word, low + before, end)
            while at >= 0:
                places.add(at - before)
                at = small.find(word, at + 1, end)
        return sorted(places)


class _Search(NamedTuple):
    """A rule's expression, ready: how to search, and which group is the secret."""

    search: Callable[[bytes, int, int], Any]  # the first match in a text that starts between two places
    group: str | int | None  # None: the first that is not empty
    rule: Rule


class _Words(NamedTuple):
    """A rule's keywords."""

    words: list[bytes]  # in small letters
    near: int  # bytes between the end of one and the value, at most
    longest: int  # letters of the longest


def _limited(pattern: Any, text: bytes, low: int, high: int) -> Any:
    """The same with a time limit. Raises TimeoutError."""
    match = pattern.search(text, low, timeout=TIMEOUT)
    return match if match and match.start() <= high else None


def _first_group(match: Any) -> int:
    return next((number for number, text in enumerate(match.groups(b""), 1) if text), 0)


def _word_ends(text: bytes, end: int, word: bytes) -> bool:
    """Whether a word in small letters ends at `end` and starts as one: `monkey` is no `key`, `myKey` and `API_KEY` are.

    A short one must be the whole word: `wise` is not in `wisely`, though `algolia` is in `algoliasearch`.
    """
    start = end - len(word)
    if start > 0:
        before, first = text[start - 1], text[start]
        if (97 <= before <= 122 and 97 <= first <= 122) or (65 <= before <= 90 and (97 <= first <= 122 or 65 <= first <= 90)):
            return False
    if len(word) <= _SHORT and end < len(text):
        last, after = text[end - 1], text[end]
        if (97 <= last <= 122 and 97 <= after <= 122) or (65 <= last <= 90 and 65 <= after <= 90):
            return False
    return start >= 0 and text[start:end].lower() == word and not (word.isalnum() and _is_data(text, start, end))


def _is_data(text: bytes, start: int, end: int) -> bool:
    """Whether a word stands amid binary data in base64, such as a commit's signature. Names are shorter, or have fewer capitals.

    A slash behind it is no part of them: that may be a path with a token at its end.
    """
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    run = before[len(before.rstrip(_BASE64 + b"/")) :] + after[: len(after) - len(after.lstrip(_BASE64))]
    if len(run) < _DATA:
        return False
    large, small = len(run.translate(None, _LARGE)), len(run.translate(None, _SMALL))  # what is left without them
    return max(large, small) * 5 <= len(run) * 4 and large + small >= len(run) + _DIGITS
