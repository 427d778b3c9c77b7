"""Pairs whose halves stand in different windows of one very large object.

Windows are searched one by one and then let go. What could be half of a pair is held back, as a finding with a few kilobytes
around it, until the object's last window was seen.

Secrets that nothing names are looked for from the window before the first id on, since each kind of them costs another pass:
sixty for every window came to two minutes for a file of 300 MB. Those of AWS are looked for from the beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.describe import Lines, describe, finding_of
from leakstop.detect.pairs.within import Half, assign, distinct, unnamed
from leakstop.model import Chunk, Finding, Pair
from leakstop.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leakstop.detect.matcher import Match
    from leakstop.rules.compiled import Compiled

_AROUND = 4096  # bytes kept on either side of a finding, for what triage reads there
_MOST = 20_000  # values without a name that are remembered of one object


class _Sighted(NamedTuple):
    chunk: Chunk
    finding: Finding
    at: int  # byte offset in the object


class Apart:
    """Takes the windows of large objects, one object after the other."""

    def __init__(self, compiled: Compiled, on_drop: Callable[[int, str, bytes], None]) -> None:
        self._compiled = compiled
        self._on_drop = on_drop
        self._specs = {rule.id: rule.pair for rule in compiled.with_pair() if rule.pair}
        self._others = {spec.rule for spec in self._specs.values()}
        self._far = {number for number in compiled.leads if compiled.rules.rules[number].id.startswith("aws-")}
        self._start()

    def _start(self) -> None:
        """Before an object's first window."""
        self._halves: list[_Sighted] = []
        self._unnamed: list[_Sighted] = []
        self._met = set(self._far)  # numbers of the rules whose other half is looked for
        self._before: tuple[Chunk, list[Match]] | None = None  # the window before

    def add(self, chunk: Chunk, matches: list[Match]) -> Iterator[tuple[Chunk, Finding]]:
        """The findings of a window, and at an object's last one those that were held back."""
        for finding in describe(self._compiled, chunk, matches, self._on_drop):
            if not finding.pair and (finding.rule.id in self._specs or finding.rule.id in self._others):
                self._halves.append(_cut(chunk, finding))
            else:
                yield chunk, finding
        new = {match.rule for match in matches}.intersection(self._compiled.leads) - self._met
        if new and self._before:
            self._remember(*self._before, new)
        self._met |= new
        self._remember(chunk, matches, self._met)
        self._before = chunk, matches
        if chunk.last:
            yield from self._settle()
            self._start()

    def _remember(self, chunk: Chunk, matches: list[Match], leads: set[int]) -> None:
        """Keep what could be the other half of what some rules find."""
        rules = self._compiled.rules.rules
        taken = [match for match in matches if not rules[match.rule].generic]
        lines = Lines(chunk)
        # Several rules may look for the same: ids of AWS are of five kinds.
        wanted = {spec[:3]: number for number in sorted(leads) if (spec := rules[number].pair)}
        for number in wanted.values():
            for match in unnamed(self._compiled, chunk.data, number, taken):
                if len(self._unnamed) < _MOST and lines.reportable(match):
                    finding = finding_of(self._compiled, chunk, lines, match, [match])
                    self._unnamed.append(_cut(chunk, finding))

    def _settle(self) -> Iterator[tuple[Chunk, Finding]]:
        paired: set[int] = set()
        for lead_rule, spec in self._specs.items():
            leads = {entry.at: entry for entry in self._halves if entry.finding.rule.id == lead_rule}
            if not leads:
                continue
            labelled = [entry for entry in self._halves if entry.finding.rule.id == spec.rule]
            bare = [entry for entry in self._unnamed if entry.finding.rule.id == spec.rule]
            couples = assign(*(distinct(map(_half, entries)) for entries in (leads.values(), labelled, bare)))
            places = {
                entry.at: entry for entry in (*bare, *labelled)
            }  # windows overlap, and a labelled value has the bare shape too
            for _, entry in sorted(places.items()):
                lead = couples.get(entry.finding.secret.reveal())
                if lead:
                    found = leads[lead.at].finding
                    pair = Pair(found.rule.id, found.location.start_line, found.origin.path, found.secret)
                    reason = f"stands with its other half, {pair.what} on line {pair.line}"
                    yield (
                        entry.chunk,
                        entry.finding._replace(pair=pair, confidence="high", reasons=(*entry.finding.reasons, reason)),
                    )
                    paired |= {entry.at, *(other.at for other in leads.values() if other.finding.secret == found.secret)}
        for entry in self._halves:
            if entry.at not in paired:
                yield entry.chunk, entry.finding


def _half(entry: _Sighted) -> Half:
    return Half(entry.finding.secret.reveal(), entry.at)


def _cut(chunk: Chunk, finding: Finding) -> _Sighted:
    """A finding with its surroundings alone, so that the window can be let go."""
    at = finding.location
    low = max(0, at.start - _AROUND)
    small = chunk._replace(data=chunk.data[low : at.end + _AROUND], offset=chunk.offset + low)
    moved = finding._replace(location=at._replace(start=at.start - low, end=at.end - low))
    return _Sighted(small, moved, chunk.offset + at.start)
