"""Findings in a decoded text, told as what they are in the text as it was."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from leakstop.detect.describe import AROUND, Lines, describe
from leakstop.detect.judging.surroundings import packed
from leakstop.detect.matcher import Match
from leakstop.detect.spans import Spans
from leakstop.model import CONFIDENCES
from leakstop.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leakstop.detect.decode.view import View
    from leakstop.model import Chunk, Finding, Location, Secret
    from leakstop.rules.compiled import Compiled


class Told(NamedTuple):
    """A finding, and where in the text the runs stand that its values were decoded from: (first, last)."""

    finding: Finding
    runs: tuple[tuple[int, int], ...]


def described(
    compiled: Compiled, chunk: Chunk, view: View, matches: Sequence[Match], on_drop: Callable[[int, str, bytes], None] | None
) -> list[Told]:
    """The findings of a view that have something decoded in them: themselves, what names them, or their other half."""
    lines = _Lines(chunk, view)
    steps: dict[bytes, tuple[str, ...]] = {}
    runs: dict[bytes, set[tuple[int, int]]] = {}

    def look(matches: Iterable[Match]) -> None:
        for match in matches:
            value = view.text[match.first : match.last]
            # What stands beside it counts if it was another character: `\nAKIA…` is no id, a line that begins with one is.
            steps[value] = steps.get(value) or view.steps(match.start, match.end) or view.steps(match.start - 1, match.end + 1)
            if steps[value]:
                runs.setdefault(value, set()).add((view.begin(match.first), view.end(match.last)))

    look(matches)
    matches = _beside(compiled, matches, [match for match in matches if steps[view.text[match.first : match.last]]])
    found = describe(compiled, chunk._replace(data=view.text), matches, on_drop, lines)
    look(lines.located)
    told = []
    for finding in found:
        parts = (finding.pair.value, *(part.value for part in finding.pair.also)) if finding.pair else ()
        undone: tuple[str, ...] = ()
        for secret in (finding.secret, *parts):
            undone += tuple(step for step in steps.get(secret.reveal(), ()) if step not in undone)
        if undone:
            places = {place for secret in (finding.secret, *parts) for place in runs.get(secret.reveal(), ())}
            finding = finding._replace(origin=finding.origin._replace(decoded=(*finding.origin.decoded, *undone)))
            if finding.pair is None and (why := packed(finding.rule, finding.origin)):
                finding = finding._replace(confidence="low", reasons=(*finding.reasons, why))
            told.append(Told(finding, tuple(sorted(places))))
    return told


def _beside(compiled: Compiled, matches: Sequence[Match], decoded: Sequence[Match]) -> Sequence[Match]:
    """The matches that have a say in the findings of some of them: those over which rules contend with these, and those that
    the same excerpt may show. The others were described as they stand, and judging a value takes long. All where there are halves
    of pairs, since all of these tell which belong together.
    """
    rules = compiled.rules.rules
    if any(rules[number].pair or rules[number].twins or rules[number].foreign_format for number in {m.rule for m in matches}):
        return matches
    near = Spans((match.first - AROUND, match.last + AROUND) for match in decoded)
    kept: set[Match] = set()
    group: list[Match] = []  # one value over the other
    last, counts = 0, False
    for match in sorted(matches, key=lambda match: match.first):
        if match.first >= last:
            group, counts = [], False
        last = max(last, match.last)
        group.append(match)
        counts = counts or near.touch(match.first, match.last)
        if counts:
            kept.update(group)
            group.clear()
    return [match for match in matches if match in kept]


class _Lines(Lines):
    """Lines and columns of the original, asked for with matches of the view."""

    def __init__(self, chunk: Chunk, view: View) -> None:
        super().__init__(chunk)
        self._view = view
        self._original = Lines(chunk)
        self.located: list[Match] = []

    def number(self, offset: int) -> int:
        return super().number(self._view.begin(offset))

    def location(self, match: Match) -> Location:
        self.located.append(match)
        return self._original.location(self._there(match))

    def reportable(self, match: Match) -> bool:
        return self._original.reportable(self._there(match)) if self._chunk.added is not None else True

    def _there(self, match: Match) -> Match:
        first = self._view.begin(match.first)
        return Match(match.rule, first, first, first, max(first, self._view.end(match.last)))


def merged(plain: Sequence[Finding], decoded: Iterable[Told]) -> list[Finding]:
    """Both, each secret once: plain rather than decoded, a pair rather than a half, what is in a run rather than the run.

    What a provider's own token holds inside, such as the id and key in base64 of Elastic's, is no finding beside the token.
    """
    known = {finding.secret: finding for finding in plain}
    tokens = [finding for finding in plain if not finding.rule.generic]  # apart from each other, ascending
    new: list[Told] = []
    for told in decoded:
        if any(_inside(told.finding, token) for token in _touched(tokens, told.finding.location)):
            continue
        same = known.get(told.finding.secret)
        if same is None or (same.pair is None and told.finding.pair is not None):
            new.append(told)
    halves = {told.finding.secret for told in new} | {told.finding.pair.value for told in new if told.finding.pair}
    is_run = _runs(new)
    kept = [finding for finding in plain if (finding.pair or finding.secret not in halves) and not is_run(finding)]
    return sorted([*kept, *(told.finding for told in new)], key=lambda finding: (finding.location.start, finding.location.end))


def _touched(findings: Sequence[Finding], at: Location) -> Iterator[Finding]:
    """Those of findings, which are apart from each other and ascend, that have a byte in common with a place."""
    place = bisect_left(findings, at.end, key=lambda finding: finding.location.start)
    while place > 0 and findings[place - 1].location.end > at.start:
        place -= 1
        yield findings[place]


def _runs(new: Sequence[Told]) -> Callable[[Finding], bool]:
    """Tells whether a plain finding is only the run from which something was decoded: what a generic rule took it for; a header
    or a file's entry with a whole pair in it; a secret that its id has otherwise once it is decoded.
    """
    pairs = [told for told in new if told.finding.pair]
    by_id: dict[Secret, list[Told]] = {}
    for told in pairs:
        assert told.finding.pair is not None
        by_id.setdefault(told.finding.pair.value, []).append(told)
    decoded = Spans(span for told in new for span in (_span(told), *told.runs))
    pairs_runs = Spans((min(told.runs)[0], max(last for _, last in told.runs)) for told in pairs if told.runs)

    def is_run(plain: Finding) -> bool:
        at = plain.location
        if plain.pair:
            return any(_within(at, _span(told)) for told in by_id.get(plain.pair.value, ()))
        if plain.rule.generic and decoded.touch(at.start, at.end):
            return True
        return plain.confidence != "high" and pairs_runs.lie_in(at.start, at.end)

    return is_run


def _span(told: Told) -> tuple[int, int]:
    return told.finding.location.start, told.finding.location.end


def _inside(finding: Finding, token: Finding) -> bool:
    """Whether a decoded finding is only a part of a plain one, and tells nothing that is surer."""
    if finding.pair is not None or not _within(finding.location, (token.location.start, token.location.end)):
        return False
    return finding.rule.generic or CONFIDENCES.index(finding.confidence) <= CONFIDENCES.index(token.confidence)


def _within(at: Location, span: tuple[int, int]) -> bool:
    return span[0] < at.end and at.start < span[1]
