"""Searching the versions of a file without reading the same bytes twice.

A pack keeps most objects as changes against another object: copies from it, and inserted bytes. Whatever was found in the base
and lies in a copy is in the new version too; anything new touches an inserted byte or a seam between copies. So of each version
only the inserted bytes and a margin around them are searched, and the base's matches are carried over. The margin is as wide as
the widest match, so the result is the same as that of searching every version whole.

Rules whose matches may be wider than the margin (private keys) make an exception: a version whose base holds one of their anchors
is searched whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from leakstop.detect.describe import is_ordinary, line_around
from leakstop.detect.matcher import Match
from leakstop.detect.pairs import link
from leakstop.model import Chunk, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakstop.detect.detector import Detector
    from leakstop.detect.prefilter import Hit

Copies = list[tuple[int, int, int]]  # (offset in the base, offset in the version, size), by offset in the version

_WIDE = 512  # a rule whose matches may be wider has its anchors remembered instead of a wider margin
_EDGE = 128  # bytes around a match that must be copied with it: then its look-arounds and its line still see the same
_BATCH_TEXT = 4 * 1024 * 1024
_BATCH_DATA = 24 * 1024 * 1024
_MEMORY = 50_000  # lines remembered
_NOTHING: tuple[Match, ...] = ()


class Version(Protocol):
    """One object on the way through a delta tree in preorder (`git.walk.Entry` is one)."""

    @property
    def number(self) -> int:
        """The caller's name for it."""

    @property
    def depth(self) -> int:
        """How many bases it stands on."""

    @property
    def data(self) -> bytes:
        """Its content."""

    @property
    def copies(self) -> Copies | None:
        """What it copies from its base, in the order of its content; None: search it whole."""


class Held(NamedTuple):
    """Which values an object holds: numbers into `Lineage.values`."""

    number: int  # the caller's name for it
    values: tuple[int, ...]


class _State(NamedTuple):
    """What the versions below need to know of their base."""

    matches: tuple[Match, ...]
    wide: bool
    size: int


class Lineage:
    """Searches delta trees. `values` numbers each distinct (rule, value) in the order of discovery."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        shapes, rules = detector.compiled.shapes, detector.compiled.rules.rules
        reach = [
            shape.width + shape.behind + shape.ahead + (rule.near + 64 if rule.keywords else 0)
            for shape, rule in zip(shapes, rules, strict=True)
        ]
        self._wide = frozenset(number for number, width in enumerate(reach) if width > _WIDE)
        self._margin = _EDGE + max([width for width in reach if width <= _WIDE], default=0)
        self._leads = frozenset(number for number, rule in enumerate(rules) if rule.pair)
        self._wide_anchors = frozenset(
            anchor for anchor, users in enumerate(detector.compiled.users) if not self._wide.isdisjoint(users)
        )
        self._stack: list[_State] = []
        self._lines: dict[tuple[int, int, int, int, bytes], bool] = {}
        self.values: dict[tuple[int, bytes], int] = {}

    def search(self, versions: Iterable[Version]) -> Iterator[Held]:
        """The objects that hold something. Versions come in preorder: a version of depth d follows its base of depth d - 1."""
        batch: list[Version] = []
        pieces: list[list[tuple[int, bytes]]] = []
        sizes: list[int] = []  # of the bases above, by depth
        text = data = 0
        for version in versions:
            del sizes[version.depth :]
            sizes.append(len(version.data))
            if version.copies is None:
                parts = [(0, version.data)]
            else:
                parts = _pieces(version.data, version.copies, sizes[-2], self._margin)
            batch.append(version)
            pieces.append(parts)
            for _, part in parts:
                text += len(part)
            data += len(version.data)
            if text >= _BATCH_TEXT or data >= _BATCH_DATA:
                yield from self._batch(batch, pieces)
                batch, pieces, text, data = [], [], 0, 0
        if batch:
            yield from self._batch(batch, pieces)

    def _batch(self, batch: list[Version], pieces: list[list[tuple[int, bytes]]]) -> Iterator[Held]:
        search = self._detector.prefilter().search
        found = iter(search([part for parts in pieces for _, part in parts]))
        stack = self._stack
        empty = _State(_NOTHING, False, 0)
        for version, parts in zip(batch, pieces, strict=True):
            hits: list[Hit] = []
            for offset, _ in parts:
                part_hits = next(found)
                if part_hits:
                    hits += [(anchor, offset + low, offset + high) for anchor, low, high in part_hits] if offset else part_hits
            depth = version.depth
            del stack[depth:]
            base = stack[depth - 1] if depth else empty
            if not hits and not base.matches and not base.wide:
                stack.append(empty)
                continue
            state = self._judge(version, hits, base)
            stack.append(state)
            if state.matches:
                yield Held(version.number, self._numbers(version.data, state.matches))

    def _judge(self, version: Version, hits: list[Hit], base: _State) -> _State:
        data = version.data
        carried: list[Match] = []
        if base.wide:
            hits = self._detector.prefilter().search([data])[0]
        elif base.matches and version.copies is not None:
            carried = _carried(base, version.copies)
        known = set(carried)
        fresh = [match for match in self._detector.matcher.matches(data, hits) if match not in known]
        fresh = self._ordinary(data, fresh)
        matches = (*carried, *fresh)
        if any(match.rule in self._leads for match in matches):
            linked = [entry.secret for entry in link(self._detector.compiled, data, matches)]
            matches = (*matches, *(match for match in dict.fromkeys(linked) if match not in matches))
        wide = any(anchor in self._wide_anchors for anchor, _, _ in hits) or base.wide
        return _State(matches, wide, len(data))

    def _ordinary(self, data: bytes, matches: list[Match]) -> list[Match]:
        """Without the generic matches that their line speaks against; the path is asked later, when it is known."""
        rules = self._detector.compiled.rules.rules
        if not any(rules[match.rule].generic for match in matches):
            return matches
        chunk = Chunk(data, Origin("blob"))
        return [match for match in matches if not (rules[match.rule].generic and self._is_ordinary(chunk, match))]

    def _is_ordinary(self, chunk: Chunk, match: Match) -> bool:
        """The same place on the same line gets the same answer in every version."""
        begin, end = line_around(chunk.data, match.first)
        key = (match.rule, match.start - begin, match.first - begin, match.last - begin, chunk.data[begin:end])
        known = self._lines.get(key)
        if known is None:
            if len(self._lines) >= _MEMORY:
                self._lines.clear()
            rule = self._detector.compiled.rules.rules[match.rule]
            known = self._lines[key] = is_ordinary(rule, chunk, match, self._detector.on_drop)
        return known

    def _numbers(self, data: bytes, matches: tuple[Match, ...]) -> tuple[int, ...]:
        values = self.values
        return tuple({values.setdefault((match.rule, data[match.first : match.last]), len(values)) for match in matches})


def _pieces(data: bytes, copies: Copies, base_size: int, margin: int) -> list[tuple[int, bytes]]:
    """The parts of a version that its base cannot answer for: (offset, bytes). Around every seam: inserted bytes, two copies that
    were no neighbours in the base, a beginning or an end that was none there.
    """
    seams: list[tuple[int, int]] = []
    at = source = 0
    for start, target, length in copies:
        if target > at or start != source:
            seams.append((at, target))
        at, source = target + length, start + length
    if at < len(data) or source != base_size:
        seams.append((at, len(data)))
    parts: list[tuple[int, bytes]] = []
    low = high = -1
    for first, last in seams:
        if low < 0:
            low = max(0, first - margin)
        elif first - margin > high:
            parts.append((low, data[low:high]))
            low = first - margin
        high = last + margin
    if low >= 0:
        parts.append((low, data[low:high]))
    return parts


def _carried(base: _State, copies: Copies) -> list[Match]:
    """The base's matches that a copy took along with their surroundings, at their new places."""
    carried = []
    for match in base.matches:
        first, last = max(0, match.start - _EDGE), min(base.size, match.end + _EDGE)
        for start, target, length in copies:
            if start <= first and last <= start + length:
                shift = target - start
                carried.append(Match(match.rule, match.start + shift, match.end + shift, match.first + shift, match.last + shift))
    return carried
