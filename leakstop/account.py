"""What a history says of what was found in it: who brought it in, when, is it still there, was it pushed."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop import heap, nameless
from leakstop.detect.named import STEP
from leakstop.detect.pairs.across import without_halves
from leakstop.git import current, indexes
from leakstop.git.bearers import bearers
from leakstop.git.graph import Graph
from leakstop.git.links import lost_commits, lost_objects
from leakstop.git.pack import COMMIT, TAG
from leakstop.git.paths import unmatched
from leakstop.git.people import iso, read_note, read_person
from leakstop.git.reach import lost, peel, reached
from leakstop.git.refs import reflogs, refs, tips
from leakstop.git.where import Place, holdings, locate
from leakstop.model import Chunk, Finding, History, Origin
from leakstop.sources.globs import matcher, matching, names_of
from leakstop.sources.notes import people, signed, texts
from leakstop.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leakstop.detect.detector import Detector
    from leakstop.found import Found
    from leakstop.git.objects import ObjectStore
    from leakstop.git.people import Note
    from leakstop.git.plumbing import Repository
    from leakstop.git.refs import Ref
    from leakstop.model import Tally
    from leakstop.unpack.limits import Limits
    from leakstop.versions import Seen, Version


_ID = 40  # digits of an id, or more


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
        self._all = refs(repo, tally)  # what is narrowed is what is told, not what is told of it
        self._refs = matching(self._all, narrow.refs, tally)
        self._logs = [] if narrow.commits else list(reflogs(repo, tally))
        self._narrow = narrow
        self._path = matcher(narrow.paths)
        self._rules = detector.compiled.numbers
        self._gone: dict[bytes, tuple[int, ...]] = {}  # ids that no object has, each as if it held a value of its own
        self._troubled: dict[bytes, int] = {}  # blobs of which something could not be read, likewise
        self._told: set[int] = set()  # values whose findings were told
        self._names_told = False

    @cached_property
    def graph(self) -> Graph:
        """That of all commits that were found by then."""
        graph = Graph(self._found.heads)
        self._found.heads.clear()
        return graph

    def look_into_trees(self, begin: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """Work out what trees hold, which needs no commits; other processes `begin` to read them meanwhile. What that gives."""
        found = self._found
        self._search_large()
        troubled = sorted(nameless.blobs(self._tally.problems) & {*found.troubled, *found.large})
        self._troubled = {oid: number for number, oid in enumerate(troubled, len(found.values))}
        if not self._store.promisor:
            self._expect(found.absent)
        holders = self._sought()
        trees = found.trees if found.trees and found.trees.wanted else None
        portions = (found.portions.pop() for _ in range(len(found.portions)))
        table = trees.table(portions, tuple(self._gone), found.odd) if trees else None
        heap.trim()
        messages = begin()  # now: what is let go here is not let go by processes that have it, too
        self._trees = holdings(self._store, holders, table) if holders else None
        return messages

    def findings(self) -> Iterator[Seen]:
        """All of them: in names of refs and files, in reflogs, in files, in messages and people."""
        yield from self._in_names()
        narrowed = tips(self._refs, self._logs)
        lost(self._store, self.graph, narrowed, self._tally)
        lost_commits(self._repo, self._store, self.graph, narrowed, self._tally)
        roots = self.graph.trees
        if len(roots) and not self._store.promisor:
            self._expect(root.tobytes() for root in roots[(self._store.ids.find(roots) < 0) & roots.any(axis=1)])
        holders = self._sought()
        seen: set[bytes] = set()
        if holders or self._found.texts:
            commits = self._commits(self.graph, narrowed)
            names = tips(self._all, self._logs)
            path = self._path and (lambda path: bool(self._path and self._path(path)))
            places = self._here(locate(self._store, self.graph, names, holders, commits=commits, path=path, trees=self._trees))
            for chunk, finding in without_halves(self._detector.compiled, self._contents(self._staged(places))):
                seen.add(finding.origin.path)
                yield chunk, finding
            yield from self._messages(self.graph, names, commits)
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
        if not self._names_told:
            yield from self._detector.scan(self._names())
        if self._narrow.commits:
            return
        places = self._contents(self._current_places())
        for chunk, finding in without_halves(self._detector.compiled, places):
            if finding.origin.path:
                yield chunk, finding
            elif STEP not in finding.origin.decoded:  # what would be a secret in a file of the right name
                unsure = finding.rule.generic  # what is code, a test or an example, its file tells
                yield chunk, finding._replace(history=None, confidence="low" if unsure else finding.confidence)
        notes = sorted(self._found.texts, key=lambda text: text[1]) if self._path is None else ()
        for _, chunk, finding in self._in_notes((kind, oid, read_note(content)) for kind, oid, content in notes):
            yield chunk, finding

    def _current_places(self) -> Iterator[Place]:
        """Where HEAD has those values that were not told; a blob that holds it for each of the others."""
        holders = self._found.holders
        placed = set(self._told)
        head = next((ref for ref in self._all if ref.name == b"HEAD"), None)
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

    def _in_names(self) -> Iterator[Seen]:
        """Findings in names of refs and files and in reflogs, with the commits that have such a file or that a ref stands at."""
        seen = list(self._detector.scan(self._names()))
        kinds = {finding.origin.kind for _, finding in seen}
        tops = tips(self._all, self._logs) if kinds & {"path", "ref"} else []
        files = {finding.origin.path for _, finding in seen if finding.origin.kind == "path"}
        places = bearers(self._store, self.graph, tops, files)
        for chunk, finding in seen:
            if finding.origin.kind == "path" and finding.origin.path in places:
                place = places[finding.origin.path]
                origin = self._origin(place)._replace(kind="path", blob="", ref="")
                finding = _with_history(finding, origin, place, self._date(place.last))
            elif finding.origin.kind == "ref":
                finding = self._at_ref(finding, tops)
            yield chunk, finding
        self._names_told = True

    def _at_ref(self, finding: Finding, tops: Sequence[Ref]) -> Finding:
        """A finding in a ref's name: whose commit or tag it stands at. Since when it has that name, nothing tells."""
        ref = next(ref for ref in self._refs if text_of(ref.name) == finding.origin.ref)
        found = self._store.read(ref.oid)
        origin = finding.origin
        if found and found[0] in (COMMIT, TAG):
            origin = signed(origin, read_note(found[1]), b"tagger" if found[0] == TAG else b"author")
        commit = peel(self._store, {ref.oid}).get(ref.oid, ref.oid)
        last = commit if commit in self.graph.numbers else b""
        head = next((one.target for one in tops if one.name == b"HEAD"), None)
        remotes = [one for one in self._all if one.remote]
        short = b"/" + list(names_of(ref.name))[-1]
        pushed = any(one is ref or one.name.endswith(short) for one in remotes) if remotes else None
        past = History(
            "", last.hex(), None if head is None else head == ref.name, (finding.origin.ref,), pushed, self._date(last)
        )
        return finding._replace(origin=origin._replace(commit=last.hex()), history=past)

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

    def _names(self) -> Iterator[Chunk]:
        for ref in self._refs:
            yield from _name(ref.name, Origin("ref", ref=ref.name.decode("utf-8", "backslashreplace")))
        known: set[bytes] = set()
        for entry in self._logs:
            who = read_person(entry.person)
            origin = Origin("reflog", ref=text_of(entry.name), commit=(entry.new or b"").hex())
            origin = origin._replace(author=who.name, email=who.email, date=who.date)
            for text in (entry.message, entry.person.rpartition(b">")[0]):
                if text not in known:
                    known.add(text)
                    yield Chunk(text, origin)
        for name in sorted(self._found.names):
            if not self._narrow.commits and (self._path is None or self._path(name)):
                yield from _name(name, Origin("path", path=name))

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
                    yield chunk, _with_history(finding, self._origin(found), found, self._date(found.last))
                    self._told.add(found.value)

    def _holder(self, value: int) -> bytes:
        """A blob that holds a value."""
        return next((blob for blob, values in self._found.holders.items() if value in values), b"")

    def _messages(self, graph: Graph, names: list[Ref], commits: set[int] | None) -> Iterator[Seen]:
        """Findings in commits and tags: in messages, unusual headers and people."""
        notes = [
            (kind, oid, read_note(content))
            for kind, oid, content in sorted(
                self._found.texts, key=lambda text: (graph.numbers.get(text[1], len(graph)), text[1])
            )
            if not self._narrow.paths and (commits is None or graph.numbers.get(oid) in commits)
        ]
        signers: dict[bytes, list[bytes]] = {}  # by person: the commits, oldest first, and tags
        for _, oid, note in notes:
            for person in people(note):
                signers.setdefault(person, []).append(oid)
        seen = [
            (tuple(signers[chunk.data]) if chunk.origin.kind == "person" else (oid,), chunk, finding)
            for oid, chunk, finding in self._in_notes(notes)
        ]
        reaches = reached(self._store, graph, names, {graph.oldest(oids) for oids, _, _ in seen})
        of_head = self._current(names) if seen else None
        for oids, chunk, finding in seen:
            told = reaches[graph.oldest(oids)]
            last = next((oid.hex() for oid in reversed(oids) if oid in graph.numbers), "")
            in_head = None if of_head is None else any(graph.numbers.get(oid) in of_head for oid in oids)
            past = History(chunk.origin.commit, last, in_head, tuple(map(text_of, told.refs)), told.pushed)
            yield chunk, finding._replace(history=past)

    def _in_notes(self, notes: Iterable[tuple[str, bytes, Note]]) -> Iterator[tuple[bytes, Chunk, Finding]]:
        """The same one by one, each with the id of its commit or tag."""
        known: set[bytes] = set()
        for kind, oid, note in notes:
            origin = Origin("tag" if kind == "tag" else "message", commit="" if kind == "tag" else oid.hex())
            if kind == "tag":
                origin = origin._replace(ref=text_of(note.headers.get(b"tag", [b""])[0]))
            origin = signed(origin, note, b"tagger" if kind == "tag" else b"author")
            yield from ((oid, chunk, finding) for chunk, finding in self._detector.scan(texts(note, origin, known)))

    def _current(self, names: Iterable[Ref]) -> set[int] | None:
        """The numbers of HEAD's commit and all behind it; None: HEAD names no commit that is here."""
        head = next((ref.oid for ref in names if ref.name == b"HEAD"), b"")
        return self.graph.reachable([head]) if head in self.graph.numbers else None

    def _date(self, commit: bytes) -> str:
        """When its committer made a commit; empty for one that is not here."""
        number = self.graph.numbers.get(commit) if commit else None
        return "" if number is None else iso(int(self.graph.times[number]))

    def _origin(self, place: Place) -> Origin:
        """The first commit that holds it: whose it is."""
        origin = Origin("blob", path=place.path, blob=place.blob.hex(), ref=text_of(place.refs[0]) if place.refs else "")
        if _is_note(origin):
            origin = origin._replace(kind="note")
        if not place.first:
            return origin
        commit = self._store.read(place.first)
        origin = origin._replace(commit=place.first.hex())
        return signed(origin, read_note(commit[1]), b"author") if commit else origin


def _name(name: bytes, origin: Origin) -> Iterator[Chunk]:
    """The name of a ref or file, whole and in its parts: a slash before a secret could be one of its letters."""
    yield Chunk(name, origin)
    if b"/" in name:
        yield Chunk(name.replace(b"/", b"\n"), origin._replace(decoded=("parts of a name",)))


def _is_note(origin: Origin) -> bool:
    """Whether it is a note of git's: the file has the name of what it is about, and all that reaches it are refs of notes."""
    name = origin.path.replace(b"/", b"")
    return origin.ref.startswith("refs/notes/") and len(name) >= _ID and not name.strip(b"0123456789abcdef")


def text_of(name: bytes) -> str:
    """A name of git's as text."""
    return name.decode("utf-8", "backslashreplace")


def _with_history(finding: Finding, origin: Origin, place: Place, last_date: str) -> Finding:
    origin = origin._replace(members=finding.origin.members, decoded=finding.origin.decoded)
    refs = tuple(map(text_of, place.refs))
    history = History(place.first.hex(), place.last.hex(), place.in_head, refs, place.pushed, last_date)
    return finding._replace(origin=origin, history=history)
