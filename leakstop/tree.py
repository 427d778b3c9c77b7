"""Files and folders: small trees are searched here and now, large ones by several processes.

listed files --batches--> dealt out to processes, each reads and searches its own --> findings in the order of the files

Whatever the number of processes, each file is searched in the same way, and the report is the same. Files in which nothing was
found are remembered (`unchanged`), but for those that were not read whole.
"""

from __future__ import annotations

import gc
import os
from itertools import chain
from typing import TYPE_CHECKING

from leakstop import dealing, expressions, workers
from leakstop.clock import Clock
from leakstop.detect.detector import Detector
from leakstop.model import Chunk, Problem, Tally, show_path
from leakstop.pipeline import reported, until
from leakstop.record import NamedTuple
from leakstop.rules.compiled import compile_rules
from leakstop.sources.files import File, Stream, read
from leakstop.unpack.expand import expanded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakstop.model import Finding, Report
    from leakstop.pipeline import Settings
    from leakstop.progress import Progress
    from leakstop.sources.files import Item
    from leakstop.unchanged import Unchanged
    from leakstop.unpack.limits import Limits

_LARGE = 4 << 20  # bytes from which on further processes save more than they cost
_MANY = 5000  # files from which on it is not worth to ask how large they are
_BATCH = 64  # files that a process gets at once, or fewer, of
_BYTES = 512 << 10  # bytes in all, if the others are as large as the first ones


class Batch(NamedTuple):
    """Files for one process, and what the walk had trouble with before it came to them."""

    items: tuple[Item, ...]
    problems: tuple[Problem, ...]


class Done(NamedTuple):
    """What a batch gave. Counters are those of this batch alone."""

    found: list[tuple[Chunk, Finding]]
    tally: Tally
    drops: set[tuple[str, int, bytes]]
    timeouts: set[str]
    crowded: set[str]
    clean: list[bytes]  # stamps of the files in which nothing was found


def tree(
    items: Iterator[Item], tally: Tally, settings: Settings, max_size: int, progress: Progress, memory: Unchanged | None = None
) -> Report:
    """Scan what `sources.files.listed` lists; it counts with the same `tally`. max_size: bytes, 0 for no limit."""
    gc.freeze()  # the modules and rules stay; nobody need look at them again
    if memory is not None:
        items = memory.left(items, tally, progress)
    clock = Clock(settings.time_limit)
    try:
        ahead, batch = _first(items)
    except KeyboardInterrupt:  # it looks through all that is remembered
        clock.stop(tally)
        ahead, batch, items = [], 0, iter(())
    items = chain(ahead, items)
    detector = Detector(compile_rules(settings.rules))
    processes = workers.count(settings.jobs) if batch and dealing.AVAILABLE else 1
    clean: list[bytes] = []
    if processes == 1:
        found = _here(items, detector, tally, settings, max_size, clock, progress, clean)
    else:
        detector.ready()
        batches = _batches(items, batch, tally, clock)
        done = dealing.deal(_Work(detector, settings, max_size), batches, processes, expressions.keep)
        found = _found(done, detector, tally, progress, clean)
    report = reported("scan", found, detector, tally, settings, clock)
    if memory is not None and not clock.stopped:
        memory.keep(clean)
    return report


def _first(items: Iterator[Item]) -> tuple[list[Item], int]:
    """The first files, as far as it takes to know whether there is much to read, and if so how many make a batch (else 0)."""
    ahead: list[Item] = []
    size = 0
    for item in items:
        ahead.append(item)
        if isinstance(item, File):
            try:
                size += os.stat(item.path, follow_symlinks=item.follow).st_size
            except OSError:
                pass  # whoever reads it will tell
        elif isinstance(item, Stream):
            break  # one that reads it is enough
        if len(ahead) > 1 and (size >= _LARGE or len(ahead) >= _MANY):
            return ahead, max(1, min(_BATCH, len(ahead) * _BYTES // max(size, 1)))
    return ahead, 0


def _batches(items: Iterator[Item], most: int, tally: Tally, clock: Clock) -> Iterator[Batch]:
    """The files, up to `most` at a time, until the time is over. Problems of the walk leave `tally` for the batch that comes
    after them.
    """
    batch: list[Item] = []
    problems: tuple[Problem, ...] = ()
    for item in items:
        if clock.over():
            clock.stop(tally)
            break
        if tally.problems or len(batch) == most:
            if batch:
                yield Batch(tuple(batch), problems)
            batch, problems = [], tuple(tally.problems)
            tally.problems.clear()
        batch.append(item)
    if batch:
        yield Batch(tuple(batch), problems)


def _here(
    items: Iterator[Item],
    detector: Detector,
    tally: Tally,
    settings: Settings,
    max_size: int,
    clock: Clock,
    progress: Progress,
    clean: list[bytes],
) -> Iterator[tuple[Chunk, Finding]]:
    """What one process finds, as it reads; `clean` is known at the end."""
    whole: list[File] = []
    holding: set[bytes] = set()
    chunks = progress.track(_read(items, tally, max_size, settings.archives, whole), lambda chunk: len(chunk.data))
    for chunk, finding in detector.scan(until(clock, chunks, tally)):
        holding.add(chunk.origin.path)
        yield chunk, finding
    clean += _clean(whole, holding, detector)


def _read(items: Iterable[Item], tally: Tally, max_size: int, archives: Limits | None, whole: list[File]) -> Iterator[Chunk]:
    """The chunks of what was listed, and of what is in it; files with a stamp that were read `whole` are noted."""
    for item in items:
        troubles = tally.troubles()
        chunks = read((item,), tally, max_size)
        yield from expanded(chunks, tally, archives) if archives else chunks
        if isinstance(item, File) and item.stamp and tally.troubles() == troubles:
            whole.append(item)


def _clean(whole: list[File], holding: set[bytes], detector: Detector) -> Iterator[bytes]:
    """The stamps of the files that were read whole and hold nothing."""
    if detector.timeouts or detector.crowded:  # something was not judged, and nobody knows where
        return
    yield from (file.stamp for file in whole if file.path not in holding)


class _Work:
    """What a process does with a batch."""

    def __init__(self, detector: Detector, settings: Settings, max_size: int) -> None:
        self._detector = detector
        self._archives = settings.archives
        self._max_size = max_size

    def __call__(self, batch: Batch) -> Done:
        detector, tally = self._detector, Tally()
        whole: list[File] = []
        found = list(detector.scan(_read(batch.items, tally, self._max_size, self._archives, whole), many=True))
        clean = list(_clean(whole, {chunk.origin.path for chunk, _ in found}, detector))
        done = Done(found, tally, set(detector.drops), set(detector.timeouts), set(detector.crowded), clean)
        detector.drops.clear()
        detector.timeouts.clear()
        detector.crowded.clear()
        return done


def _found(
    batches: Iterator[tuple[Batch, Done | workers.Lost]],
    detector: Detector,
    tally: Tally,
    progress: Progress,
    clean: list[bytes],
) -> Iterator[tuple[Chunk, Finding]]:
    """The findings of the batches in their order; what else they tell is added up."""
    problems: list[Problem] = []
    try:
        for batch, done in batches:
            problems += batch.problems
            if isinstance(done, workers.Lost):
                names = [item.origin.path if isinstance(item, Chunk) else item.path for item in batch.items]
                problems += [Problem(show_path(name), f"not searched: {done.reason}", "Try it with --jobs 1.") for name in names]
                continue
            yield from done.found
            clean += done.clean
            problems += done.tally.problems
            tally.add(done.tally)
            detector.drops |= done.drops
            detector.timeouts |= done.timeouts
            detector.crowded |= done.crowded
            progress.advance(done.tally.bytes)
    finally:
        tally.problems[:0] = problems
