"""The spine: source -> detect -> triage -> report. It wires the parts together and has no logic of its own.

chunks --Detector--> (chunk, finding) --triage--> results --order--> Report
"""

from __future__ import annotations

from leakstop.clock import Clock
from leakstop.detect.detector import Detector
from leakstop.detect.prefilter import CROWDED, CROWDED_REMEDY
from leakstop.model import CONFIDENCES, Report, Secret
from leakstop.record import NamedTuple
from leakstop.rules.compiled import Compiled, compile_rules
from leakstop.triage.doubles import file_of, without_doubles
from leakstop.triage.order import order
from leakstop.unpack.limits import Limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Protocol

    from leakstop.model import Chunk, Finding, Problem, Result, Tally
    from leakstop.rules.rule import RuleSet
    from leakstop.triage.silence import Silence

    class Follow(Protocol):
        """Whoever reads along. Told are the findings of a file at a time, as far as they are known then."""

        def __call__(self, command: str, results: Sequence[Result], suspects: Sequence[Secret]) -> None:
            """Some results, and secrets that may stand in their names."""


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
    problems: tuple[Problem, ...] = ()  # what is known to be wrong before anything is read
    excluded: Callable[[bytes], bool] | None = None  # paths whose findings are left out, where the source cannot do it
    strict: bool = False  # whether a container that cannot be opened makes the scan incomplete
    follow: Follow | None = None  # is told of findings while the scan goes on


def scan(command: str, chunks: Iterable[Chunk], tally: Tally, settings: Settings) -> Report:
    """Scan what a source yields. Interrupted (Ctrl-C) or out of time it reports what it has, marked incomplete."""
    clock = Clock(settings.time_limit)
    detector = Detector(compile_rules(settings.rules))
    if settings.archives:
        from leakstop.unpack.expand import expanded

        chunks = expanded(chunks, tally, settings.archives)
    return reported(command, detector.scan(until(clock, chunks, tally)), detector, tally, settings, clock)


def reported(
    command: str, found: Iterable[tuple[Chunk, Finding]], detector: Detector, tally: Tally, settings: Settings, clock: Clock
) -> Report:
    """The report of what is found, as it comes."""
    sight = Sight(command, settings, detector)
    windows: set[tuple[object, ...]] = set()
    try:
        with clock:
            for chunk, finding in found:
                if not (chunk.offset or not chunk.last) or _first_sight(windows, chunk, finding):
                    sight.add(chunk, finding)
    except KeyboardInterrupt:
        clock.stop(tally)
    return finish(sight, detector, tally, clock)


class Sight:
    """Findings on their way to a report: those of enough confidence, with fingerprint and triage."""

    def __init__(self, command: str, settings: Settings, detector: Detector) -> None:
        self.command = command
        self.excluded = 0  # findings left out because of their path
        self.suspects: list[Secret] = []  # secrets that are known before their findings are
        self._settings = settings
        self._detector = detector
        self._names: Detector | None = None  # apart from the other, so that what stands in names is not counted
        self._told = 0  # results that whoever reads along knows of
        self._least = CONFIDENCES.index(settings.confidence)
        self._silence: Silence | None = None
        self.unheeded = settings.unheeded
        self.problems = settings.problems
        self.strict = settings.strict
        self.results: list[Result] = []
        self._weak: list[Finding] = []  # that are not reported, though what others share with them counts

    def add(self, chunk: Chunk, finding: Finding) -> None:
        """Triage one finding of a chunk."""
        if not self._sure(finding) and not self._waits(finding):
            self._weak.append(finding)
            return
        if self._settings.excluded is not None and self._settings.excluded(finding.origin.path):
            self.excluded += 1
            return
        if finding.rule.foreign_format is not None:
            from leakstop.detect.foreign import commit_allowed

            if commit_allowed(finding, chunk):
                return
        if self._silence is None:
            from leakstop.triage.silence import silence

            self._silence = (self._settings.silence or silence)()
        result = self._silence.first_look(finding, chunk.data)
        if finding.rule.id.startswith("aws-"):
            from leakstop.aws.facts import facts

            result = result._replace(facts=facts(finding, chunk.data, self._settings.canaries))
        if self._settings.follow is not None and self.results and file_of(finding) != file_of(self.results[-1].finding):
            self._tell(self._settings.follow)
        self.results.append(result)

    def _sure(self, finding: Finding) -> bool:
        """Whether a finding is of enough confidence."""
        return CONFIDENCES.index(finding.confidence) >= self._least

    def _waits(self, finding: Finding) -> bool:
        """Whether a finding may yet become more, when its other half turns up in another file, or tells better what its
        container holds.
        """
        from leakstop.detect.pairs.across import is_half

        return bool(finding.origin.members) or is_half(finding, self._detector.compiled)

    def settled(self, results: list[Result]) -> tuple[Result, ...]:
        """Results in their order, each told once, graded and triaged together, those that belong together naming each other."""
        results = [result for result in without_doubles(_graded(self._paired(results), self._weak)) if self._sure(result.finding)]
        if self._silence is not None:
            results = self._silence.settle(results)
        if any(result.facts for result in results):
            from leakstop.aws.facts import link

            results = link(results)
        return order(results)

    def _paired(self, results: list[Result]) -> list[Result]:
        """The results with halves from different files or versions put together."""
        if not results:
            return results
        from leakstop.detect.pairs.across import joined

        paired = []
        for result, finding in zip(results, joined([result.finding for result in results], self._detector.compiled), strict=True):
            if finding is None:
                continue
            if finding is not result.finding:
                result = result._replace(finding=finding)
                if finding.rule.id.startswith("aws-"):
                    from leakstop.aws.facts import facts

                    result = result._replace(facts=facts(finding, b"", self._settings.canaries))
            paired.append(result)
        return paired

    def _tell(self, follow: Follow) -> None:
        """Hand the findings of a file to whoever reads along."""
        results = self.results[self._told :]
        self._told = len(self.results)
        suspects = [*self.suspects, *self._in_names(results)]
        self.suspects = []
        follow(self.command, self.settled(results), suspects)

    def _in_names(self, results: list[Result]) -> Iterator[Secret]:
        """What looks like a secret in the names of findings. At the end it is cut out if it was found; here nobody knows yet."""
        names = list(dict.fromkeys(name for result in results for name in _names(result.finding)))
        self._names = self._names or Detector(self._detector.compiled, self._detector.prefilter())
        for name, matches in zip(names, self._names.search(names), strict=True):
            yield from (Secret(name[match.first : match.last]) for match in matches)


def _graded(results: list[Result], weak: list[Finding]) -> list[Result]:
    """The results after a look at all of them: that several tests share a value, or one holds very many, is known only now."""
    if not results or len(results) + len(weak) < 2:
        return results
    from leakstop.detect.judging.confidence import CROWDED, SHARED, crowd, crowded, shared

    found = [*(result.finding for result in results), *weak]
    constants, crowds = shared(found), crowded(found)
    graded = []
    for result in results:
        finding = result.finding
        constant = finding.secret.reveal() in constants
        if constant or crowd(finding) in crowds:
            finding = finding._replace(confidence="low", reasons=(*finding.reasons, SHARED if constant else CROWDED))
            result = result._replace(finding=finding)
        graded.append(result)
    return graded


def finish(sight: Sight, detector: Detector, tally: Tally, clock: Clock) -> Report:
    """The report of a scan that has ended, one way or another."""
    compiled: Compiled = detector.compiled
    tally.problems += sight.problems
    for rule in sorted(detector.timeouts):
        tally.problem(f"rule {rule}", "took too long on some text, which was not judged by it", "report it, or simplify the rule")
    for where in sorted(detector.crowded):
        tally.problem(where, CROWDED, CROWDED_REMEDY)
    if sight.excluded:
        tally.skip("finding", "excluded", sight.excluded)
    for note in compiled.rules.notes:
        tally.skip("setting of a rule file", note)
    dropped: dict[str, int] = {}
    for name, _, _ in detector.drops:
        dropped[name] = dropped.get(name, 0) + 1
    problems, unread = tally.settled(strict=sight.strict)
    return Report(
        sight.command,
        sight.settled(sight.results),
        problems,
        tally.coverage(clock.seconds(), unread),
        not problems,
        len(compiled.rules.rules),
        compiled.rules.digest,
        tuple(sorted(dropped.items())),
        clock.interrupted,
        sight.unheeded,
    )


def _names(finding: Finding) -> list[bytes]:
    """Path, ref, people, subject and so on of a finding."""
    origin = finding.origin
    texts = (origin.author, origin.email, origin.subject, origin.ref, *origin.members)
    return [name for name in (origin.path, *(text.encode("utf-8", "backslashreplace") for text in texts)) if name]


def until(clock: Clock, chunks: Iterable[Chunk], tally: Tally) -> Iterator[Chunk]:
    """The chunks until the time is over or somebody stops it: what was read by then is still searched."""
    source = iter(chunks)
    while True:
        try:
            chunk = next(source, None)
        except KeyboardInterrupt:
            clock.stop(tally)
            return
        if chunk is None:
            return
        yield chunk
        if clock.over():
            clock.stop(tally)
            return


def _first_sight(seen: set[tuple[object, ...]], chunk: Chunk, finding: Finding) -> bool:
    """Windows of one large object overlap; a finding in the overlap counts once. Where bytes are not the object's own (UTF-16)
    lines and columns tell.
    """
    origin, at = finding.origin, finding.location
    where = (at.start_line, at.start_column) if chunk.origin.decoded else chunk.offset + at.start
    place = (finding.rule.id, origin.path, origin.commit, origin.blob, origin.members, where)
    if place in seen:
        return False
    seen.add(place)
    return True
