"""The detector's second look: at texts in which something may be encoded.

    spots or signals -> window decoded, a rule matches in it? -> whole text decoded -> the same rules, filters and pairs
    -> findings whose place is told in the text as it was

Decoding is for few texts; deciding which is for all of them, so that is cheap, and what was decided is remembered.
"""

from __future__ import annotations

from _blake2 import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from leakstop.detect.decode.seen import Told
    from leakstop.detect.decode.spots import Spot
    from leakstop.detect.decode.view import View
    from leakstop.detect.matcher import Match, Matcher
    from leakstop.detect.prefilter import Hyperscan, Prefilter
    from leakstop.model import Chunk, Finding
    from leakstop.rules.compiled import Compiled

_BEFORE = 80  # bytes before a run: what names it
_LONGEST = 64 << 10  # bytes of a run, on either side, likewise
_GROUP = 16  # characters of a run: whole bytes, whole characters of UTF-16 and whole groups of base64, in any encoding
_GROUPS = 8  # of them, where one at least begins with a character of UTF-8
_MEMORY = 20_000  # windows remembered
_SHORT = 64  # bytes of a window that is remembered as it is, the others by a digest: 20,000 of 4 kB were 80 MB in each process
_MANY = 2000  # windows of one text that are judged
_RUN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-="


class Decoder:
    """Finds what is encoded, with the matcher and the rules of a detector."""

    def __init__(self, compiled: Compiled, matcher: Matcher, on_drop: Callable[[int, str, bytes], None]) -> None:
        self._compiled = compiled
        self._matcher = matcher
        self._on_drop = on_drop
        self._known: dict[bytes, bool] = {}
        self.rarely = True  # whether encodings that are seldom met may be among the texts

    def promising(self, texts: Sequence[bytes], prefilter: Hyperscan) -> set[int]:
        """The numbers of the texts in which something that a rule matches may be encoded; many texts at once."""
        found = prefilter.spots(texts)
        self.rarely = any(spot.rare for spots in found.values() for spot in spots)
        return {number for number, spots in found.items() if self._promises(texts[number], spots, prefilter)}

    def pairing(self, matches: Sequence[Match]) -> bool:
        """Whether half of a pair is among the matches: the other half may be encoded, in any way."""
        compiled = self._compiled
        return any(match.rule in compiled.halves or compiled.rules.rules[match.rule].pair is not None for match in matches)

    def view(self, text: bytes) -> View | None:
        """The text decoded; None if there is nothing to decode."""
        from leakstop.detect.decode.unveil import unveil

        return unveil(text, rarely=self.rarely)

    def matches(self, view: View, prefilter: Prefilter) -> list[Match]:
        """The matches in a view, whether they touch something decoded or not."""
        hits = prefilter.search([view.text])[0]
        return self._matcher.matches(view.text, hits) if hits else []

    def findings(self, chunk: Chunk, prefilter: Prefilter) -> list[Finding]:
        """The findings of a chunk that only decoding shows, at their places in the chunk."""
        return [told.finding for told in self.told(chunk, prefilter)]

    def told(self, chunk: Chunk, prefilter: Prefilter) -> list[Told]:
        """The same, with the runs that were decoded."""
        view = self.view(chunk.data)
        found = self.matches(view, prefilter) if view else []
        if not view or not found:
            return []
        from leakstop.detect.decode.seen import described

        return described(self._compiled, chunk, view, found, self._on_drop)

    def judged(self, text: bytes, places: Sequence[int], prefilter: Prefilter) -> bool:
        """Whether a rule matches in what the surroundings of one of some places are decoded to."""
        from leakstop.detect.decode.spots import Spot

        return self._promises(text, [Spot(place, said=False) for place in sorted(places)], prefilter)

    def _promises(self, text: bytes, spots: Iterable[Spot], prefilter: Prefilter) -> bool:
        """Whether a rule matches in what the surroundings of one of some spots, which ascend, are decoded to."""
        from leakstop.detect.decode.encoded import may_be_text
        from leakstop.detect.decode.escapes import is_printable

        judged = windows = 0  # where the last window ends that was judged in vain, and how many were
        for spot in spots:
            if spot.said:
                if not spot.printable or is_printable(text):
                    return True
                continue
            if spot.end + spot.reach <= judged or (spot.dressed and not may_be_text(text, spot.end)):
                continue
            first, judged = _window(text, spot.end, spot.reach)
            if self._holds(text[first:judged], prefilter):
                return True
            windows += 1
            if windows == _MANY:
                break
        return False

    def _holds(self, window: bytes, prefilter: Prefilter) -> bool:
        """Whether a rule matches in what a window is decoded to."""
        key = window if len(window) <= _SHORT else blake2b(window, digest_size=16).digest()
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            view = self.view(window)
            known = view is not None and any(
                view.steps(match.start - 1, match.end + 1) for match in self.matches(view, prefilter)
            )
            self._known[key] = known
        return known


def _window(text: bytes, at: int, reach: int) -> tuple[int, int]:
    """What is decoded to judge a spot: its surroundings, and the run that it is in or at the end of, over lines.

    Where it begins, and how far it goes.
    """
    lowest, highest = max(0, at - _LONGEST), at + _LONGEST
    low = lowest + len(text[lowest : at - 1].rstrip(_RUN))
    rest = text[at:highest]
    high = at + len(rest) - len(rest.lstrip(_RUN + b" \t\r\n"))
    first, last = max(0, min(low - _BEFORE, at - reach)), max(high, at + reach)
    if low == lowest > 0:  # the run begins before it
        first = _between(text, _start(text, low), low)
    if high == highest < len(text):  # it goes on behind it
        line = text.rfind(b"\n", at, high) + 1
        last = line or _between(text, _start(text, low), high)
    return first, min(last, len(text))


def _start(text: bytes, at: int) -> int:
    """Where the run begins that `at` stands in."""
    size = _LONGEST
    while True:
        lowest = max(0, at - size)
        start = lowest + len(text[lowest:at].rstrip(_RUN))
        if start > lowest or not lowest:
            return start
        size *= 2


def _between(text: bytes, start: int, at: int) -> int:
    """The next place between two groups, of the run that begins at `start`; between two characters, if it is base64."""
    from leakstop.detect.decode.encoded import begins_text

    first = at + (start - at) % _GROUP
    return next((place for place in range(first, first + _GROUPS * _GROUP, _GROUP) if begins_text(text, place)), first)
