"""The whole history: every object once, then for what was found who brought it in, when, and whether it is still there.

survey (all processors): blobs, then trees, then commits --Found: what holds values--> account (paths, commits, refs) --> findings
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop import heap, nameless, workers
from leakstop.account import Account, Narrow
from leakstop.clock import Clock
from leakstop.detect.detector import Detector
from leakstop.detect.prefilter import choose
from leakstop.found import Found
from leakstop.git.links import Promised
from leakstop.git.objects import ObjectStore
from leakstop.git.pack import BLOB, COMMIT, TAG, TREE
from leakstop.git.walk import LARGE
from leakstop.git.where import reading
from leakstop.model import Secret
from leakstop.pipeline import Sight, finish
from leakstop.remembered import LEAST, Remembered
from leakstop.rules.compiled import compile_rules
from leakstop.survey import NoteSurvey, Step, Survey, TreeSurvey, notes, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.git.plumbing import Repository
    from leakstop.model import Report, Tally
    from leakstop.pipeline import Settings
    from leakstop.progress import Progress
    from leakstop.remembered import Skipped
    from leakstop.unpack.limits import Limits

_SMALL = 4000  # objects up to which one process is faster than several,
_LIGHT = 32 << 20  # unless their bytes, in packs and inflated, are more
_MANY_TREES = 20_000  # trees up to which one process reads them faster than several
_UNTOLD = {  # what is missing when a history was not read to its end, by whether only some commits were wanted
    False: "Findings are listed without their commits and refs, and without their paths where HEAD has no such file.",
    True: "Which commits hold what was found in files is not known: it is listed only without --refs and --since.",
}


def history(
    repo: Repository,
    settings: Settings,
    tally: Tally,
    narrow: Narrow,
    progress: Progress | None = None,
    *,
    fresh: bool = False,
) -> Report:
    """Scan all that a repository holds. Interrupted or out of time it reports what was found, marked incomplete.

    `fresh`: read again, too, what a scan before found nothing in.
    """
    clock = Clock(settings.time_limit, 0)
    compiled = compile_rules(settings.rules)
    detector = Detector(compiled, choose(compiled, None))
    sight = Sight("history", settings, detector)
    store = ObjectStore.open(repo)
    heap.trim()  # now: each process would have what lies free, too
    promised = Promised(repo, store)
    found = Found()
    processes = workers.count(settings.jobs)
    found.large.update(header.oid for header in store.loose(BLOB) if header.size > LARGE)
    objects = sum(map(store.count, (COMMIT, TREE, BLOB, TAG)))
    memory = Remembered.of(repo, settings.rules, settings.archives, store.width, fresh=fresh or objects < LEAST)
    skipped = memory.skip(store, tally)
    if progress:
        progress.restart(objects - len(skipped.rows), "objects", "reading")

    account = Account(repo, store, detector, found, tally, narrow, settings.archives, processes)

    def take(message: Any) -> None:
        found.take(message, tally, detector)
        if progress and isinstance(message, Step):
            progress.advance(message.objects)
        if clock.over():
            raise KeyboardInterrupt

    try:
        with clock:
            for message in _survey(store, detector, settings.archives, processes, skipped, found, tally):
                take(message)
            if objects >= LEAST and not found.lost and not detector.timeouts:
                memory.keep(skipped.rows, found.clean)
                found.clean.clear()
            sight.suspects = [Secret(value) for _, value in found.values]
            commits = NoteSurvey(detector.compiled, detector.prefilter(), store)
            shares = notes(store, 1 if objects <= _SMALL else processes)
            for message in account.look_into_trees(lambda: workers.run(commits, shares)):
                take(message)
            for chunk, finding in account.findings():
                sight.add(chunk, finding)
            promised.tell(tally)
    except KeyboardInterrupt:
        clock.stop(tally)
        unread = f"{objects - tally.objects:,} of {objects:,} objects were not read"
        tally.problem(
            "history", unread if objects > tally.objects else "not all commits and refs were looked up", _UNTOLD[narrow.commits]
        )
        sight.suspects = [Secret(value) for _, value in found.values]
        for chunk, finding in account.unfinished():
            sight.add(chunk, finding)
    tally.problems += store.problems
    return finish(sight, detector, tally, clock)


def _survey(
    store: ObjectStore,
    detector: Detector,
    archives: Limits | None,
    processes: int,
    skipped: Skipped,
    found: Found,
    tally: Tally,
) -> Iterator[Any]:
    """What all processes send of blobs and trees, as it comes: of trees when `found` knows which blobs hold something."""
    light = sum(int(pack.sizes.sum()) for pack in store.packs) <= _LIGHT
    if light and sum(map(store.count, (COMMIT, TREE, BLOB, TAG))) <= _SMALL:
        processes = 1
    work = units(store, 1 if processes == 1 else 8 * processes, skipped)
    some = max(1, min(processes, len(work)))
    survey = Survey(detector.compiled, detector.prefilter(), store, work, workers.counter(some), archives)
    yield from workers.run(survey, range(some))
    found.trees = reading(store, {*found.holders, *found.large, *nameless.blobs(tally.problems)}, brings=True)
    heap.trim()
    trees = TreeSurvey(detector.compiled, detector.prefilter(), store, found.trees)
    yield from workers.run(trees, found.trees.portions(processes if store.count(TREE) >= _MANY_TREES else 1))
