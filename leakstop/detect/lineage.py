"""Searching the versions of a file without reading the same bytes twice.

A pack keeps most objects as changes against another object: copies from it, and inserted bytes. Whatever was found in the base
and lies in a copy is in the new version too; anything new touches a seam: inserted bytes, or a place where copies meet. So of
each version only the seams and what a match could reach from there are searched, and the base's matches are carried over. The
result is the same as that of searching every version whole.

Rules whose matches stay in one line see no further than the line of the seam. Of rules that reach further (private keys) the hits
are carried along as well: one that a seam comes near is judged anew.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple, Protocol

from leakstop.detect.decode.wide import is_wide, narrow
from leakstop.detect.describe import LONG, believed, is_ordinary
from leakstop.detect.detector import TINY
from leakstop.detect.line import line_around, line_begin
from leakstop.detect.matcher import AROUND, Match
from leakstop.detect.pairs.within import link
from leakstop.model import Chunk, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakstop.detect.detector import Detector
    from leakstop.detect.prefilter import Hit
    from leakstop.model import Finding

_ALONG = 2048  # bytes along the line of a seam that are searched; rules that reach further are wide
_ACROSS = 512  # bytes around a seam that are searched whatever lines they are in; likewise
_LINE = 200  # bytes along the line that the judgement of a generic match may depend on
_BATCH_TEXT = 4 * 1024 * 1024
_BATCH_DATA = 24 * 1024 * 1024
_MEMORY = 50_000  # lines remembered


class Edit(Protocol):
    """How a version was made from its base (`git.seams.Edit` is one)."""

    @property
    def seams(self) -> list[tuple[int, int]]:
        """(first byte, byte behind the last) of what the base cannot answer for, ascending."""

    def copies(self) -> list[tuple[int, int, int]]:
        """(offset in the base, offset in the version, size), in the order of the version."""


class Version(Protocol):
    """One object on the way through a delta tree in preorder (`git.walk.Entry` is one)."""

    @property
    def number(self) -> int:
        """The caller's name for it."""

    @property
    def depth(self) -> int:
        """How many bases it stands on; its base is the last version before it of depth - 1."""

    @property
    def data(self) -> bytes:
        """Its content."""

    @property
    def edit(self) -> Edit | None:
        """None: search it whole."""


class Held(NamedTuple):
    """Which values an object holds: numbers into `Lineage.values`."""

    number: int
    values: tuple[int, ...]


class _Whole(NamedTuple):
    """A version that is searched whole."""

    number: int
    depth: int
    data: bytes
    edit: Edit | None = None


class _Sight(NamedTuple):
    """A match, and the bytes that it depends on: it is the same wherever these are.

    `first` is negative, and `last` beyond the data, when it depends on being near the beginning or the end.
    """

    match: Match
    first: int
    last: int


class _Wide(NamedTuple):
    """A hit of a rule that reaches far, whether it led to a match or not; `at` may be a byte of what was hit."""

    at: int
    hit: Hit


class _State(NamedTuple):
    """What the versions below need to know of their base."""

    sights: tuple[_Sight, ...]
    wide: tuple[_Wide, ...]  # ascending
    size: int
    encoded: bool = False  # something was found in it by decoding


_NOTHING = _State((), (), 0)


class Lineage:
    """Searches delta trees. `values` numbers each distinct (rule, value) in the order of discovery."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        shapes, rules = detector.compiled.shapes, detector.compiled.rules.rules
        self._before = [
            shape.behind + (rule.near + max(map(len, rule.keywords)) + AROUND if rule.keywords else 0)
            for shape, rule in zip(shapes, rules, strict=True)
        ]
        wide: dict[int, int] = {}  # by rule: how far it sees behind the place where a match may start
        for number, (shape, rule) in enumerate(zip(shapes, rules, strict=True)):
            along = shape.line and not rule.keywords
            after = max(shape.width + shape.ahead + (_LINE if along and rule.generic else 0), AROUND if rule.keywords else 0)
            if self._before[number] + after > (_ALONG if along else _ACROSS):
                wide[number] = after
        self._leads = frozenset(number for number, rule in enumerate(rules) if rule.pair)
        # For each anchor of a rule that reaches far: how many bytes before and after a hit matter.
        self._wide = {
            anchor: (max(self._before[number] for number in far), max(wide[number] for number in far))
            for anchor, users in enumerate(detector.compiled.users)
            if (far := [number for number in users if number in wide])
        }
        self._rules = detector.compiled.numbers
        self._stack: list[_State] = []
        self._lines: dict[tuple[int, int, int, int, bytes], bool] = {}
        self.values: dict[tuple[int, bytes], int] = {}
        self.crowded: list[int] = []  # numbers of versions that were not searched to their ends, see `prefilter.CROWDED`

    def search(self, versions: Iterable[Version]) -> Iterator[Held]:
        """The objects that hold something, in the order of the versions, which come in preorder."""
        batch: list[Version] = []
        pieces: list[list[tuple[int, bytes]]] = []
        text = data = 0
        for version in self._narrowed(versions):
            content, edit = version.data, version.edit
            parts = [(0, content)] if edit is None else _pieces(content, edit.seams)
            batch.append(version)
            pieces.append(parts)
            for _, part in parts:
                text += len(part)
            data += len(content)
            if text >= _BATCH_TEXT or data >= _BATCH_DATA:
                yield from self._batch(batch, pieces)
                batch, pieces, text, data = [], [], 0, 0
        if batch:
            yield from self._batch(batch, pieces)

    def _narrowed(self, versions: Iterable[Version]) -> Iterator[Version]:
        """The versions, those in UTF-16 or UTF-32 as UTF-8, each on its own: how it was made says nothing then."""
        bases: set[int] = set()  # depths at which a wide one stands
        for version in versions:
            if is_wide(version.data):
                found = narrow(version.data)
                assert found
                bases.add(version.depth)
                yield _Whole(version.number, version.depth, found[0])
            elif bases:
                alone = version.depth - 1 in bases
                bases = {depth for depth in bases if depth < version.depth}
                yield _Whole(version.number, version.depth, version.data) if alone else version
            else:
                yield version

    def _batch(self, batch: list[Version], pieces: list[list[tuple[int, bytes]]]) -> Iterator[Held]:
        texts = [part for parts in pieces for _, part in parts]
        prefilter = self._detector.prefilter()
        found = iter(prefilter.search(texts))
        if prefilter.crowded:
            owners = [version.number for version, parts in zip(batch, pieces, strict=True) for _ in parts]
            self.crowded += [owners[number] for number in prefilter.crowded]
        promising = self._detector.promising(texts)
        stack = self._stack
        place = 0
        for version, parts in zip(batch, pieces, strict=True):
            hits: list[Hit] = []
            for offset, _ in parts:
                part_hits = next(found)
                if part_hits:
                    hits += [(anchor, offset + low, offset + high) for anchor, low, high in part_hits] if offset else part_hits
            depth = version.depth
            del stack[depth:]
            base = stack[depth - 1] if depth else _NOTHING
            encoded = bool(promising) and not promising.isdisjoint(range(place, place + len(parts)))
            place += len(parts)
            tiny = len(version.data) <= TINY
            if not hits and base is _NOTHING and not encoded and not tiny:
                stack.append(_NOTHING)
                continue
            state, decoded = self._judge(version, hits, base, encoded=encoded)
            stack.append(state)
            if state.sights or decoded:
                yield Held(version.number, (*self._numbers(version.data, state.sights), *decoded))
            elif tiny and (alone := self._named(self._detector.alone(Chunk(version.data, Origin("blob"))))):
                yield Held(version.number, alone)

    def _judge(self, version: Version, hits: list[Hit], base: _State, *, encoded: bool) -> tuple[_State, tuple[int, ...]]:
        """What a version holds plain, and the numbers of the values that only decoding shows."""
        data, edit = version.data, version.edit
        chunk = Chunk(data, Origin("blob"))
        carried: list[_Sight] = []
        wide = {place for hit in hits if hit[0] in self._wide for place in self._places(hit)} if hits else set()
        if edit is not None and (base.sights or base.wide):
            copies = edit.copies()
            carried = _carried(base, copies, len(data))
            if base.wide:
                hits = [*hits, *self._carried_hits(base, copies, len(data), wide)]
        known = {sight.match for sight in carried}
        fresh = [match for match in self._detector.matcher.matches(data, hits) if match not in known] if hits else []
        if fresh:
            fresh = self._not_ordinary(chunk, fresh)
        sights = tuple(carried)
        if fresh:
            sights = _leftmost([*carried, *(self._sight(data, match) for match in fresh)])
        if any(sight.match.rule in self._leads for sight in sights):
            matches = [sight.match for sight in sights]
            # A value in which another rule sees its own is linked all the same, where that rule will not be believed.
            own = believed(self._detector.compiled, chunk, matches, self._detector.on_drop)
            views = dict.fromkeys((tuple(matches), tuple(own)))
            linked = dict.fromkeys(entry.secret for view in views for entry in link(self._detector.compiled, data, view))
            sights = (*sights, *(self._sight(data, match) for match in linked if match not in matches))
        again = encoded or base.encoded or self._detector.asks(chunk, hits, [sight.match for sight in sights])
        decoded = self._decoded(chunk) if again else ()
        state = _State(sights, tuple(sorted(wide)), len(data), bool(decoded)) if sights or wide or decoded else _NOTHING
        return state, decoded

    def _places(self, hit: Hit) -> set[_Wide]:
        """A hit by bytes of which one at least is in what was hit, whichever prefilter told of it."""
        number, low, _ = hit
        anchor = self._detector.compiled.anchors[number]
        return {_Wide(low + back, hit) for back in (anchor.high - 1, *(literal.high for literal in anchor.literals))}

    def _carried_hits(self, base: _State, copies: list[tuple[int, int, int]], size: int, wide: set[_Wide]) -> list[Hit]:
        """Add to `wide` the base's hits that copies took along; of these the ones that a seam comes near are returned."""
        near = []
        for start, target, length in copies:
            end, shift = start + length, target - start
            for at, (anchor, low, high) in base.wide[bisect_left(base.wide, (start,)) : bisect_left(base.wide, (end,))]:
                moved = anchor, low + shift, high + shift
                wide.add(_Wide(at + shift, moved))
                before, after = self._wide[anchor]
                if not _intact(low - before, high + after, (start, target, length), base.size, size):
                    near.append(moved)
        return near

    def _decoded(self, chunk: Chunk) -> tuple[int, ...]:
        return self._named(self._detector.decoder.findings(chunk, self._detector.prefilter()))

    def _named(self, found: list[Finding]) -> tuple[int, ...]:
        """The numbers of the values of findings."""
        values = self.values
        names = ((self._rules[finding.rule.id], finding.secret.reveal()) for finding in found)
        return tuple({values.setdefault(name, len(values)) for name in names})

    def _not_ordinary(self, chunk: Chunk, matches: list[Match]) -> list[Match]:
        """Without the generic matches that their line speaks against; the path is asked later, when it is known."""
        rules = self._detector.compiled.rules.rules
        return [match for match in matches if not (rules[match.rule].generic and self._is_ordinary(chunk, match))]

    def _is_ordinary(self, chunk: Chunk, match: Match) -> bool:
        """The same place on the same line gets the same answer in every version."""
        begin, end = line_around(chunk.data, match.first, LONG, match.last - match.first + LONG)
        key = (match.rule, match.start - begin, match.first - begin, match.last - begin, chunk.data[begin:end])
        known = self._lines.get(key)
        if known is None:
            if len(self._lines) >= _MEMORY:
                self._lines.clear()
            rule = self._detector.compiled.rules.rules[match.rule]
            known = self._lines[key] = is_ordinary(rule, chunk, match, self._detector.on_drop)
        return known

    def _sight(self, data: bytes, match: Match) -> _Sight:
        rule, shape = self._detector.compiled.rules.rules[match.rule], self._detector.compiled.shapes[match.rule]
        first, last = match.start - self._before[match.rule], match.end + shape.ahead
        if rule.keywords:
            last = max(last, match.start + AROUND)
        if rule.generic and shape.line:
            first = min(first, line_begin(data, match.start, _LINE))
            end = data.find(b"\n", match.end, match.end + _LINE)
            last = max(last, end if end >= 0 else match.end + _LINE)
        return _Sight(match, first, last)

    def _numbers(self, data: bytes, sights: tuple[_Sight, ...]) -> tuple[int, ...]:
        values = self.values
        return tuple({values.setdefault((match.rule, data[match.first : match.last]), len(values)) for match, _, _ in sights})


def _pieces(data: bytes, seams: list[tuple[int, int]]) -> list[tuple[int, bytes]]:
    """The parts of a version to search: (offset, bytes). Around each seam what a match can reach from there; they may overlap."""
    parts: list[tuple[int, bytes]] = []
    rfind, find = data.rfind, data.find
    for first, last in seams:
        low, high = first - _ACROSS, last + _ACROSS
        if low < 0:
            low = 0
        elif rfind(b"\n", low, first) < 0:
            low = max(0, rfind(b"\n", max(0, first - _ALONG), first), first - _ALONG)
        if find(b"\n", last, high) < 0:
            end = find(b"\n", last, last + _ALONG)
            high = end + 1 if end >= 0 else last + _ALONG
        parts.append((low, data[low:high]))
    return parts


def _leftmost(sights: list[_Sight]) -> tuple[_Sight, ...]:
    """Without those that overlap one of the same rule before them: a new match may begin before one that was carried along."""
    kept: list[_Sight] = []
    for sight in sorted(sights, key=lambda sight: (sight.match.rule, sight.match.start)):
        if not kept or kept[-1].match.rule != sight.match.rule or kept[-1].match.end <= sight.match.start:
            kept.append(sight)
    return tuple(kept)


def _carried(base: _State, copies: list[tuple[int, int, int]], size: int) -> list[_Sight]:
    """The base's matches that a copy took along with all that they depend on, at their new places."""
    carried = []
    for match, first, last in base.sights:
        for copy in copies:
            start, target, length = copy
            if start <= match.start and match.end <= start + length and _intact(first, last, copy, base.size, size):
                shift = target - start
                moved = Match(match.rule, match.start + shift, match.end + shift, match.first + shift, match.last + shift)
                carried.append(_Sight(moved, first + shift, last + shift))
    return carried


def _intact(first: int, last: int, copy: tuple[int, int, int], before: int, after: int) -> bool:
    """Whether a copy took along the bytes from `first` to `last`; `before` and `after` are the sizes of base and version.

    What depends on the beginning or the end of the base is carried only to the beginning or the end.
    """
    start, target, length = copy
    end = start + length
    begins = start <= first or (first < 0 and start == target == 0)
    return begins and (last <= end or (last > before == end and target + length == after))
