"""The whole history: every object once, then for what was found who brought it in, when, and whether it is still there.

    survey (many processes) --blobs that hold values--> where (which paths, which commits) --> findings of the first version that
    holds each value at each path
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop import workers
from leakstop.detect.detector import Detector
from leakstop.detect.prefilter import choose
from leakstop.model import Chunk, Finding, History, Origin
from leakstop.pipeline import Clock, Sight, finish
from leakstop.rules.compiled import compile_rules
from leakstop.survey import Aways, Faults, Holders, Judged, Names, Notes, Step, Survey, units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakstop.git.objects import ObjectStore
    from leakstop.git.plumbing import Repository
    from leakstop.model import Report, Tally
    from leakstop.pipeline import Settings
    from leakstop.progress import Progress

_SMALL = 4000  # objects up to which one process is faster than several


class Narrow(NamedTuple):
    """What part of a history is wanted; empty: all of it."""

    refs: tuple[str, ...] = ()  # globs over full names of refs
    since: str = ""  # only commits after this date
    paths: tuple[str, ...] = ()  # globs over paths


class _Found:
    """What the processes have sent so far."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, bytes], int] = {}
        self.holders: dict[bytes, tuple[int, ...]] = {}
        self.heads: list[tuple[bytes, bytes]] = []
        self.texts: list[tuple[str, bytes, bytes]] = []
        self.names: set[bytes] = set()
        self.aways: list[bytes] = []
        self._numbers: dict[int, list[int]] = {}

    def take(self, message: Any, tally: Tally, detector: Detector) -> None:
        """Put a message where it belongs."""
        if isinstance(message, Holders):
            numbers = self._numbers.setdefault(message.process, [])
            numbers += [self.values.setdefault(value, len(self.values)) for value in message.values]
            self.holders.update((oid, tuple(numbers[number] for number in own)) for oid, own in message.blobs)
        elif isinstance(message, Notes):
            self.heads += message.heads
            self.texts += message.texts
        elif isinstance(message, Names):
            self.names.update(message.names)
        elif isinstance(message, Aways):
            self.aways += message.oids
        elif isinstance(message, Step):
            tally.objects += message.objects
            tally.bytes += message.bytes
        elif isinstance(message, Faults):
            for where, text in message.faults:
                tally.problem(f"object {where}", text, "`git fsck --full` tells more; fetch it again, or restore it from a backup")
        elif isinstance(message, Judged):
            detector.drops |= message.drops
            detector.timeouts |= message.timeouts
        elif isinstance(message, workers.Lost):
            tally.problem("scan", f"a worker process failed: {message.reason}", "Run it again with --jobs 1, and report this.")


def history(repo: Repository, settings: Settings, tally: Tally, narrow: Narrow, progress: Progress | None = None) -> Report:
    """Scan all that a repository holds. Interrupted or out of time it reports what was found, marked incomplete."""
    from leakstop.git.objects import ObjectStore

    clock = Clock(settings.time_limit)
    compiled = compile_rules(settings.rules)
    detector = Detector(compiled, choose(compiled, None))
    sight = Sight(settings)
    store = ObjectStore.open(repo)
    found = _Found()
    interrupted = False
    try:
        for message in _survey(store, detector, workers.count(settings.jobs)):
            found.take(message, tally, detector)
            if progress and isinstance(message, Step):
                progress.advance(message.objects)
            if clock.over():
                tally.problem("scan", "stopped at the time limit before it was through", "give it more with --time-limit")
                break
    except KeyboardInterrupt:
        interrupted = True
    for chunk, finding in Account(repo, store, detector, found, tally, narrow).findings():
        sight.add(chunk, finding)
    tally.problems += store.problems
    return finish("history", sight, detector, tally, clock, interrupted=interrupted)


def _survey(store: ObjectStore, detector: Detector, processes: int) -> Iterator[Any]:
    """What all processes send, as it comes."""
    if sum(map(store.count, (COMMIT, TREE, BLOB, TAG))) <= _SMALL:
        processes = 1
    work = units(store, 1 if processes == 1 else 8 * processes)
    processes = max(1, min(processes, len(work)))
    survey = Survey(detector.compiled, detector.prefilter(), store, work, workers.counter(processes))
    return workers.run(survey, range(processes))
