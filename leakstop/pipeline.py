"""The spine: source -> detect -> triage -> report. It wires the parts together and has no logic of its own.

chunks --Detector--> (chunk, finding) --triage--> results --order--> Report
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from leakstop.detect.detector import Detector
from leakstop.model import CONFIDENCES, Report
from leakstop.rules.compiled import Compiled, compile_rules
from leakstop.triage.doubles import without_doubles
from leakstop.triage.order import order
from leakstop.unpack.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from leakstop.model import Chunk, Finding, Result, Tally
    from leakstop.rules.rule import RuleSet
    from leakstop.triage.silence import Silence


class Settings(NamedTuple):
    """What the user chose, from options and configuration."""

    rules: RuleSet
    confidence: str = "medium"  # findings below it are not reported
    jobs: int = 0  # processes; 0: one for each processor
    time_limit: float = 0.0  # seconds; 0: none
    archives: Limits | None = Limits()  # what may be unpacked; None: containers stay closed
    silence: Callable[[], Silence] | None = None  # what takes findings out of the count; asked for when there is one
    canaries: tuple[str, ...] = ()  # AWS accounts that hold traps, beside the known ones
    unheeded: tuple[str, ...] = ()  # what the change brings itself, and does not count


class Clock:
    """The time since a scan began, whether its limit is reached, and whether somebody stopped it."""

    def __init__(self, limit: float) -> None:
        self.interrupted = False
        self._start = time.monotonic()
        self._limit = limit

    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._start

    def over(self) -> bool:
        """Whether the limit is reached; never when there is none."""
        return bool(self._limit) and self.seconds() >= self._limit


def scan(command: str, chunks: Iterable[Chunk], tally: Tally, settings: Settings) -> Report:
    """Scan what a source yields. Interrupted (Ctrl-C) or out of time it reports what it has, marked incomplete."""
    clock = Clock(settings.time_limit)
    detector = Detector(compile_rules(settings.rules))
    sight = Sight(settings)
    windows: set[tuple[object, ...]] = set()
    if settings.archives:
        from leakstop.unpack.expand import expanded

        chunks = expanded(chunks, tally, settings.archives)
    try:
        for chunk, finding in detector.scan(_until(clock, chunks, tally)):
            if not (chunk.offset or not chunk.last) or _first_sight(windows, chunk, finding):
                sight.add(chunk, finding)
    except KeyboardInterrupt:
        clock.interrupted = True
    return finish(command, sight, detector, tally, clock)


class Sight:
    """Findings on their way to a report: those of enough confidence, with fingerprint and triage."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._least = CONFIDENCES.index(settings.confidence)
        self._silence: Silence | None = None
        self.unheeded = settings.unheeded
        self.results: list[Result] = []

    def add(self, chunk: Chunk, finding: Finding) -> None:
        """Triage one finding of a chunk."""
        if CONFIDENCES.index(finding.confidence) < self._least:
            return
        if self._silence is None:
            from leakstop.triage.silence import silence

            self._silence = (self._settings.silence or silence)()
        result = self._silence.first_look(finding, chunk.data)
        if finding.rule.id.startswith("aws-"):
            from leakstop.aws.facts import facts

            result = result._replace(facts=facts(finding, chunk.data, self._settings.canaries))
        self.results.append(result)

    def settled(self) -> list[Result]:
        """All results, triaged together, those that belong together naming each other."""
        results = self._silence.settle(self.results) if self._silence is not None else self.results
        if not any(result.facts for result in results):
            return results
        from leakstop.aws.facts import link

        return link(results)


def finish(command: str, sight: Sight, detector: Detector, tally: Tally, clock: Clock) -> Report:
    """The report of a scan that has ended, one way or another."""
    compiled: Compiled = detector.compiled
    for rule in sorted(detector.timeouts):
        tally.problem(f"rule {rule}", "took too long on some text, which was not judged by it", "report it, or simplify the rule")
    if clock.interrupted:
        tally.problem("scan", "interrupted before it was through", "run it again")
    dropped = Counter(name for name, _, _ in detector.drops)
    return Report(
        command,
        order(without_doubles(sight.settled())),
        tuple(tally.problems),
        tally.coverage(clock.seconds()),
        not tally.problems,
        len(compiled.rules.rules),
        compiled.rules.digest,
        tuple(sorted(dropped.items())),
        clock.interrupted,
        sight.unheeded,
    )


def _until(clock: Clock, chunks: Iterable[Chunk], tally: Tally) -> Iterator[Chunk]:
    """The chunks until the time is over or somebody stops it: what was read by then is still searched."""
    source = iter(chunks)
    while True:
        try:
            chunk = next(source, None)
        except KeyboardInterrupt:
            clock.interrupted = True
            return
        if chunk is None:
            return
        yield chunk
        if clock.over():
            out_of_time(tally)
            return


def out_of_time(tally: Tally) -> None:
    """The limit that the user set is reached."""
    tally.problem("scan", "stopped at the time limit before it was through", "give it more with --time-limit")


def _first_sight(seen: set[tuple[object, ...]], chunk: Chunk, finding: Finding) -> bool:
    """Windows of one large object overlap; a finding in the overlap counts once."""
    origin, at = finding.origin, finding.location
    place = (finding.rule.id, origin.path, origin.commit, origin.blob, origin.members, chunk.offset + at.start)
    if place in seen:
        return False
    seen.add(place)
    return True
