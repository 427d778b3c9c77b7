"""What a history says of what was found in it: who brought it in, when, is it still there, was it pushed."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop import heap, nameless
from leakstop.beside import Beside, Names, placed
from leakstop.detect.named import STEP
from leakstop.detect.pairs.across import without_halves
from leakstop.git import current, indexes
from leakstop.git.graph import Graph
from leakstop.git.links import lost_commits, lost_objects
from leakstop.git.paths import unmatched
from leakstop.git.reach import lost, peel
from leakstop.git.refs import reflogs, refs, tips
from leakstop.git.where import Place, holdings, locate
from leakstop.sources.globs import matcher, matching
from leakstop.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from leakstop.detect.detector import Detector
    from leakstop.found import Found
    from leakstop.git.objects import ObjectStore
    from leakstop.git.plumbing import Repository
    from leakstop.git.refs import Ref
    from leakstop.model import Tally
    from leakstop.unpack.limits import Limits
    from leakstop.versions import Seen, Version


class Narrow(NamedTuple):
    """What part of a history is wanted; empty: all of it."""

    refs: tuple[str, ...] = ()  # globs over names of refs, full or short: only what these reach
    since: int = 0  # only commits whose committer's date is this moment (seconds since 1970) or later
    paths: tuple[str, ...] = ()  # globs over paths, as in `sources.globs`

    @property
    def commits(self) -> bool:
        """Whether only some commits are wanted."""
        return bool(self.refs or self.since)


class Account:
    """The findings of one history, or of the part of it that is wanted."""

    def __init__(
        self,
        repo: Repository,
        store: ObjectStore,
        detector: Detector,
        found: Found,
        tally: Tally,
        narrow: Narrow,
        archives: Limits | None = None,
        processes: int = 1,
    ) -> None:
        self._repo = repo
        self._store = store
        self._detector = detector
        self._found = found
        self._tally = tally
        self._versions = Versions(repo, store, detector, tally, found.large, archives, processes)
        every = refs(repo, tally)  # what is narrowed is what is told, not what is told of it
        logs = [] if narrow.commits else list(reflogs(repo, tally))
        self._names = Names(every, matching(every, narrow.refs, tally), logs)
        self._narrow = narrow
        self._path = matcher(narrow.paths)
        self._beside = Beside(store, detector, found, self._names, self._path, narrow=narrow.commits)
        self._rules = detector.compiled.numbers
        self._gone: dict[bytes, tuple[int, ...]] = {}  # ids that no object has, each as if it held a value of its own
        self._troubled: dict[bytes, int] = {}  # blobs of which something could not be read, likewise
        self._told: set[int] = set()  # values whose findings were told

    @cached_property
    def graph(self) -> Graph:
        """That of all commits that were found by then."""
        graph = Graph(self._found.heads)
        self._found.heads.clear()
        return graph

    def look_into_trees(self, commits: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """What the reading of all commits gives; then work out what trees hold: alone, since that takes most memory."""
        found = self._found
        yield from commits()
        heap.trim()
        self._search_large()
        troubled = sorted(nameless.blobs(self._tally.problems))
        self._troubled = {oid: number for number, oid in enumerate(troubled, len(found.values))}
        if not self._store.promisor:
            self._expect(found.absent)
        holders = self._sought()
        trees = found.trees if found.trees and found.trees.wanted else None
        portions = (found.portions.pop() for _ in range(len(found.portions)))
        table = trees.table(portions, tuple(self._gone), found.odd) if trees else None
        heap.trim()
        self._trees = holdings(self._store, holders, table) if holders else None

    def findings(self) -> Iterator[Seen]:
        """All of them: in names of refs and files, in reflogs, in files, in messages and people."""
        yield from self._beside.in_names(self.graph)
        narrowed = tips(self._names.wanted, self._names.logs)
        lost(self._store, self.graph, narrowed, self._tally)
        lost_commits(self._repo, self._store, self.graph, narrowed, self._tally)
        roots = self.graph.trees
        if len(roots) and not self._store.promisor:
            self._expect(root.tobytes() for root in roots[(self._store.ids.find(roots) < 0) & roots.any(axis=1)])
        holders = self._sought()
        seen: set[bytes] = set()
        if holders or self._found.texts:
            commits = self._commits(self.graph, narrowed)
            names = tips(self._names.every, self._names.logs)
            path = self._path and (lambda path: bool(self._path and self._path(path)))
            places = self._here(locate(self._store, self.graph, names, holders, commits=commits, path=path, trees=self._trees))
            for chunk, finding in without_halves(self._detector.compiled, self._contents(self._staged(places))):
                seen.add(finding.origin.path)
                yield chunk, finding
            yield from self._beside.messages(self.graph, names, commits)
        if not self._narrow.commits:
            gone = indexes.lost(self._indexed, self._store)
            lost_objects({oid: names for oid, names in gone.items() if oid not in self._gone}, self._tally)
        if globs := {glob: matcher((glob,)) for glob in self._narrow.paths}:
            known = chain(seen, (path for files in self._indexed.values() for path, _ in files))
            unmatched(self._repo, self.graph, globs, known, self._tally)

    def unfinished(self) -> Iterator[Seen]:
        """Those that were not told when the scan was stopped, with what is known of them without reading all commits: the path of
        what HEAD has. Nothing of files and messages when only some commits are wanted.
        """
        yield from self._beside.unfinished()
        if self._narrow.commits:
            return
        places = self._contents(self._current_places())
        for chunk, finding in without_halves(self._detector.compiled, places):
            if finding.origin.path:
                yield chunk, finding
            elif STEP not in finding.origin.decoded:  # what would be a secret in a file of the right name
                unsure = finding.rule.generic  # what is code, a test or an example, its file tells
                yield chunk, finding._replace(history=None, confidence="low" if unsure else finding.confidence)
        yield from self._beside.unfinished_messages()

    def _current_places(self) -> Iterator[Place]:
        """Where HEAD has those values that were not told; a blob that holds it for each of the others."""
        holders = self._found.holders
        placed = set(self._told)
        head = self._names.head
        names = (head.target or head.name,) if head else ()
        for path, blob in current.files(self._store, head.oid, holders) if head else ():
            if self._path is None or self._path(path):
                for value in holders[blob]:
                    if value not in self._told:
                        placed.add(value)
                        yield Place(value, path, blob, b"", b"", True, names, 1, None)
        for blob, values in holders.items() if self._path is None else ():
            for value in values:
                if value not in placed:
                    placed.add(value)
                    yield Place(value, b"", blob, b"", b"", None, (), 0, None)

    @cached_property
    def _indexed(self) -> indexes.Files:
        """What the indexes hold."""
        return indexes.staged(self._repo)

    def _sought(self) -> dict[bytes, tuple[int, ...]]:
        """What is looked for in trees, each with its values."""
        found = self._found.holders
        return found | self._gone | {oid: (*found.get(oid, ()), number) for oid, number in self._troubled.items()}

    def _expect(self, oids: Iterable[bytes]) -> None:
        """These are ids that trees or commits name, and that no object has."""
        first = len(self._found.values) + len(self._troubled) + len(self._gone)
        self._gone |= {oid: (number,) for number, oid in enumerate(sorted(set(oids) - self._gone.keys()), first)}

    def _here(self, places: Iterable[Place]) -> Iterator[Place]:
        """The places of values; those of absent objects become a problem where a ref reaches them, troubles get their paths."""
        absent: dict[bytes, set[bytes]] = {}
        troubled: dict[bytes, set[bytes]] = {}
        for place in places:
            if place.value < len(self._found.values):
                yield place
            elif place.blob in self._troubled:
                troubled.setdefault(place.blob, set()).add(place.path)
            elif place.total:
                absent.setdefault(place.blob, set()).add(place.path)
        lost_objects(absent, self._tally)
        self._tally.problems = [nameless.named(problem, troubled) for problem in self._tally.problems]

    def _staged(self, places: Iterable[Place]) -> Iterator[Place]:
        """The places, those in no commit and under no ref with the file that an index has them in.

        Their path may be known: git writes trees before there is a commit.
        """
        rows: dict[int, list[tuple[bytes, bytes, bytes]]] | None = None  # by value: paths, indexes, blobs
        for place in places:
            if place.first or place.total:
                yield place
                continue
            if rows is None:
                rows = {}
                for blob, files in self._indexed.items():
                    for value in self._found.holders.get(blob, ()):
                        rows.setdefault(value, []).extend((path, name, blob) for path, name in files)
            some = sorted(row for row in rows.get(place.value, ()) if place.path in (b"", row[0]))
            for path, name, blob in some:
                yield place._replace(path=path, blob=blob, refs=(name,), total=1)
            if not some:
                yield place

    def _commits(self, graph: Graph, names: list[Ref]) -> set[int] | None:
        """The numbers of the wanted commits; None: all."""
        if not self._narrow.commits:
            return None
        targets = peel(self._store, {ref.oid for ref in names})
        commits = graph.reachable(targets.get(ref.oid, ref.oid) for ref in names) if self._narrow.refs else set(range(len(graph)))
        return {number for number in commits if graph.times[number] >= self._narrow.since}

    def _search_large(self) -> None:
        """Blobs too large for the survey, window by window."""
        found = self._found
        for oid in sorted(found.large):
            numbers = set()
            for _, finding in self._detector.scan(self._versions.opened(oid, b"", self._tally)):
                value = (self._rules[finding.rule.id], finding.secret.reveal())
                numbers.add(found.values.setdefault(value, len(found.values)))
            if numbers:
                found.holders[oid] = tuple(sorted(numbers))

    def _contents(self, places: Iterable[Place]) -> Iterator[Seen]:
        """For each value and path the finding in the first version that holds it."""
        values = list(self._found.values)
        versions: dict[Version, dict[tuple[int, bytes], Place]] = {}
        for place in places:
            blob = place.blob or self._holder(place.value)  # a damaged index may name a tree that is then not found by its name
            versions.setdefault((blob, place.path), {})[values[place.value]] = place
        for (blob, path), seen in self._versions.findings(list(versions)):
            wanted = versions[blob, path]
            for chunk, finding in seen:
                found = wanted.get((self._rules[finding.rule.id], finding.secret.reveal()))
                if found is None and STEP in finding.origin.decoded:  # kept as a whole, under no rule of its own
                    found = next((place for (_, value), place in wanted.items() if finding.secret.reveal() in value), None)
                if found:
                    yield chunk, placed(self._store, self.graph, finding, found)
                    self._told.add(found.value)

    def _holder(self, value: int) -> bytes:
        """A blob that holds a value."""
        return next((blob for blob, values in self._found.holders.items() if value in values), b"")
