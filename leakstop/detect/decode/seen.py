"""Findings in a decoded text, told as what they are in the text as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.describe import Lines, describe
from leakstop.detect.matcher import Match
from leakstop.model import CONFIDENCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from leakstop.detect.decode.view import View
    from leakstop.model import Chunk, Finding, Location
    from leakstop.rules.compiled import Compiled


def described(
    compiled: Compiled, chunk: Chunk, view: View, matches: Sequence[Match], on_drop: Callable[[int, str, bytes], None] | None
) -> list[Finding]:
    """The findings of a view that have something decoded in them: themselves, what names them, or their other half."""
    lines = _Lines(chunk, view)
    found = describe(compiled, chunk._replace(data=view.text), matches, on_drop, lines)
    steps: dict[bytes, tuple[str, ...]] = {}
    for match in (*matches, *lines.located):
        value = view.text[match.first : match.last]
        # What stands beside it counts if it was another character: `\nAKIA…` is no id, a line that begins with one is.
        steps[value] = steps.get(value) or view.steps(match.start, match.end) or view.steps(match.start - 1, match.end + 1)
    told = []
    for finding in found:
        parts = (finding.pair.value, *(part.value for part in finding.pair.also)) if finding.pair else ()
        undone: tuple[str, ...] = ()
        for secret in (finding.secret, *parts):
            undone += tuple(step for step in steps.get(secret.reveal(), ()) if step not in undone)
        if undone:
            told.append(finding._replace(origin=finding.origin._replace(decoded=(*finding.origin.decoded, *undone))))
    return told


class _Lines(Lines):
    """Lines and columns of the original, asked for with matches of the view."""

    def __init__(self, chunk: Chunk, view: View) -> None:
        super().__init__(chunk)
        self._view = view
        self.located: list[Match] = []

    def number(self, offset: int) -> int:
        return super().number(self._view.begin(offset))

    def location(self, match: Match) -> Location:
        self.located.append(match)
        return Lines(self._chunk).location(self._there(match))

    def reportable(self, match: Match) -> bool:
        return Lines(self._chunk).reportable(self._there(match)) if self._chunk.added is not None else True

    def _there(self, match: Match) -> Match:
        first = self._view.begin(match.first)
        return Match(match.rule, first, first, first, max(first, self._view.end(match.last)))


def merged(plain: Sequence[Finding], decoded: Iterable[Finding]) -> list[Finding]:
    """Both, each secret once: plain rather than decoded, a pair rather than a half, what is in a run rather than the run.

    What a provider's own token holds inside, such as the id and key in base64 of Elastic's, is no finding beside the token.
    """
    known = {finding.secret: finding for finding in plain}
    tokens = [finding for finding in plain if not finding.rule.generic]
    new = []
    for finding in decoded:
        if any(_inside(finding, token) for token in tokens):
            continue
        same = known.get(finding.secret)
        if same is None or (same.pair is None and finding.pair is not None):
            new.append(finding)
    covered = [(finding.location.start, finding.location.end) for finding in new]
    halves = {finding.secret for finding in new} | {finding.pair.value for finding in new if finding.pair}
    kept = [
        finding
        for finding in plain
        if (finding.pair or finding.secret not in halves)
        and not (finding.rule.generic and any(_within(finding.location, span) for span in covered))
    ]
    return sorted([*kept, *new], key=lambda finding: (finding.location.start, finding.location.end))


def _inside(finding: Finding, token: Finding) -> bool:
    """Whether a decoded finding is only a part of a plain one, and tells nothing that is surer."""
    if finding.pair is not None or not _within(finding.location, (token.location.start, token.location.end)):
        return False
    return finding.rule.generic or CONFIDENCES.index(finding.confidence) <= CONFIDENCES.index(token.confidence)


def _within(at: Location, span: tuple[int, int]) -> bool:
    return span[0] < at.end and at.start < span[1]
