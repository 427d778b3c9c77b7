"""Where could a rule match? Two ways to the same answer.

Both turn a text into hits (anchor number, low, high): a match of the anchor's rules may start at a byte between low and high. The
one asks Hyperscan for all anchors in one pass; the other looks for each anchor's literals with `bytes.find` and needs no compiled
library, no database and no import, which makes it the faster one for the few kilobytes of a commit. It accepts more places than
the first, so the same matches are confirmed in the end.
"""

from __future__ import annotations

import sys
from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Protocol

    from leakstop.detect.decode.spots import Spot
    from leakstop.rules.compiled import Compiled
    from leakstop.rules.shape import Anchor

    class Prefilter(Protocol):
        """Searches several texts at once; the answer holds a list of hits for each text."""

        crowded: list[int]  # the texts of the last search of which the end was not searched: numbers

        def search(self, texts: Sequence[bytes]) -> list[list[Hit]]:
            """Hits of each text."""


Hit = tuple[int, int, int]
_Encoded = tuple[int, int, int]  # number of a text, where a hit in it ends, number of what was hit

SMALL = 256 * 1024  # bytes in all that are looked at without Hyperscan's help where there is a choice
_COLD = 2 * 1024 * 1024  # bytes in all up to which looking for literals takes less than making Hyperscan's database
_WORD = 4  # bytes
_BATCH = 4 * 1024 * 1024  # bytes that are joined for one call into Hyperscan
MOST = 400_000  # hits in one text: beyond them it is searched no further. Ordinary text of 8 MB has some thousands
CROWDED = f"holds so many words like those of secrets that what follows the first {MOST:,} was not searched"
CROWDED_REMEDY = "Look at it, and exclude it if it is made up; or cut it into smaller files."


class Literals:
    """The prefilter without Hyperscan.

    Most literals are not there at all, which the set of all four-byte words of the text tells in one look-up each.
    """

    def __init__(self, anchors: Iterable[tuple[int, Anchor]]) -> None:
        """`anchors` with their numbers."""
        table: dict[bytes, list[tuple[int, int, int]]] = {}
        for number, anchor in anchors:
            for literal in anchor.literals:
                table.setdefault(literal.text, []).append((number, literal.low, literal.high))
        order = sys.byteorder
        self._table = [
            (literal, int.from_bytes(literal[:_WORD], order) if len(literal) >= _WORD else -1, users)
            for literal, users in table.items()
        ]
        self.crowded: list[int] = []

    def search(self, texts: Sequence[bytes]) -> list[list[Hit]]:
        """Hits of each text."""
        found = [self._one(text) for text in texts]
        self.crowded = [number for number, hits in enumerate(found) if len(hits) >= MOST]
        return found

    def _one(self, text: bytes) -> list[Hit]:
        low_case = text.lower()
        words = _words(low_case)
        hits: list[Hit] = []
        for literal, word, users in self._table:
            if word >= 0 and word not in words:
                continue
            at = low_case.find(literal)
            while at >= 0 and len(hits) < MOST:
                hits.extend((number, at - high, at - low) for number, low, high in users)
                at = low_case.find(literal, at + 1)
        return hits


def _words(text: bytes) -> set[int]:
    """All runs of four bytes of a text, as numbers in the machine's byte order."""
    view = memoryview(text)
    words: set[int] = set()
    for start in range(_WORD):
        whole = (len(text) - start) // _WORD * _WORD
        if whole > 0:
            words.update(view[start : start + whole].cast("I"))
    return words


class Hyperscan:
    """All anchors, and what may be encoded, in two databases, which are searched together."""

    def __init__(self, compiled: Compiled, ready: list[Any] | None = None) -> None:
        """`ready`: the databases, if they are loaded already."""
        from leakstop.detect import databases

        self._anchors = compiled.anchors
        self._reach: dict[int, tuple[int, int]] = {}  # of the anchors that were hit
        self._databases = ready or databases.of(compiled)
        self._ended: type[Exception] = databases.library().ScanTerminated
        self._last: tuple[Sequence[bytes], list[_Encoded]] = ((), [])  # texts, and where something in them may be encoded
        self.crowded: list[int] = []

    def search(self, texts: Sequence[bytes]) -> list[list[Hit]]:
        """Hits of each text. Texts are joined, so that Python is entered for each hit and not for each text; a hit over the
        border of two is one that the rule's own expression will not confirm, since it is run on the text alone.
        """
        hits: list[list[Hit]] = [[] for _ in texts]
        encoded: list[_Encoded] = []
        self.crowded = []
        first, size = 0, 0
        for number, text in enumerate(texts, 1):
            size += len(text)
            if size >= _BATCH or number == len(texts):
                self._batch(texts[first:number], first, hits, encoded)
                first, size = number, 0
        self._last = texts, encoded
        return hits

    def spots(self, texts: Sequence[bytes]) -> dict[int, list[Spot]]:
        """The spots of those texts that have any, by the number of the text. Texts that were just searched are not read again."""
        from leakstop.detect.decode.spots import spot

        if self._last[0] != texts:
            self.search(texts)
        found: dict[int, list[Spot]] = {}
        for place, end, number in sorted(self._last[1]):
            found.setdefault(place, []).append(spot(end, number - len(self._anchors)))
        self._last = (), []
        return found

    def _batch(self, texts: Sequence[bytes], first: int, hits: list[list[Hit]], encoded: list[_Encoded]) -> None:
        """Add what is found in some of the texts, of which the one with the number `first` is the first."""
        ends: list[tuple[int, int]] = []
        append = ends.append

        def on_match(number: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            append((end, number))
            return len(ends) >= most  # ends the search

        data = b"\n".join((b"", *texts))  # a line end before each
        for database in self._databases:
            most = len(ends) + MOST // len(self._databases)
            try:
                database.scan(data, match_event_handler=on_match)
            except self._ended:
                if len(texts) > 1:  # each on its own, so that no other one is left out
                    for number in range(len(texts)):
                        self._batch(texts[number : number + 1], first + number, hits, encoded)
                    return
                self.crowded.append(first)
        if not ends:
            return
        starts = [1]
        for text in texts:
            starts.append(starts[-1] + len(text) + 1)
        reach, anchors = self._reach, self._anchors
        for end, number in ends:
            index = bisect_right(starts, end - 1) - 1
            end -= starts[index]
            if number >= len(anchors):
                encoded.append((first + index, min(end, len(texts[index])), number))
                continue
            if number not in reach:
                reach[number] = anchors[number].low, anchors[number].high
            low, high = reach[number]
            if end >= low:
                hits[first + index].append((number, end - high, end - low))


def available() -> bool:
    """Whether Hyperscan can be imported here."""
    from leakstop.detect.databases import library

    try:
        library()
    except ImportError:
        return False
    return True


def choose(compiled: Compiled, total: int | None) -> Prefilter:
    """The faster prefilter for `total` bytes (None: many).

    For a small change that is Hyperscan only if its databases lie ready: making them takes seconds, which no commit on a fresh
    machine waits for where it can be done in the background. Elsewhere the second one does, since more will follow.
    """
    from leakstop.detect import databases

    if total is not None and total <= _COLD:
        ready = databases.at_hand(compiled)
        return Hyperscan(compiled, ready) if ready else Literals(enumerate(compiled.anchors))
    return Hyperscan(compiled) if available() else Literals(enumerate(compiled.anchors))
