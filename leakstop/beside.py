"""What a history says beside its files: names of refs and files, reflogs, messages and people of commits and tags.

Here is also how a finding is told whose place is known: who brought it in, when, and what reaches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.git.bearers import bearers
from leakstop.git.pack import COMMIT, TAG
from leakstop.git.people import iso, read_note, read_person
from leakstop.git.reach import peel, reached
from leakstop.git.refs import tips
from leakstop.model import Chunk, Finding, History, Origin
from leakstop.sources.globs import names_of
from leakstop.sources.notes import people, signed, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leakstop.detect.detector import Detector
    from leakstop.found import Found
    from leakstop.git.graph import Graph
    from leakstop.git.objects import ObjectStore
    from leakstop.git.people import Note
    from leakstop.git.refs import Ref, Reflog
    from leakstop.git.where import Place
    from leakstop.versions import Seen

_ID = 40  # digits of an id, or more


class Names(NamedTuple):
    """The refs and reflogs of a repository."""

    every: list[Ref]
    wanted: list[Ref]  # those of a narrowed scan; what reaches a finding is told of all
    logs: list[Reflog]

    @property
    def head(self) -> Ref | None:
        """HEAD; None if it names no commit."""
        return next((ref for ref in self.every if ref.name == b"HEAD"), None)


class Beside:
    """The findings beside files. `path` tells the wanted paths (None: all), `narrow` whether only some commits are wanted."""

    def __init__(
        self,
        store: ObjectStore,
        detector: Detector,
        found: Found,
        names: Names,
        path: Callable[[bytes], object] | None,
        *,
        narrow: bool,
    ) -> None:
        self._store = store
        self._detector = detector
        self._found = found
        self._names = names
        self._path = path
        self._narrow = narrow
        self._told = False  # whether those in names were

    def in_names(self, graph: Graph) -> Iterator[Seen]:
        """Findings in names of refs and files and in reflogs, with the commits that have such a file or that a ref stands at."""
        seen = list(self._detector.scan(self._chunks()))
        kinds = {finding.origin.kind for _, finding in seen}
        tops = tips(self._names.every, self._names.logs) if kinds & {"path", "ref"} else []
        files = {finding.origin.path for _, finding in seen if finding.origin.kind == "path"}
        places = bearers(self._store, graph, tops, files)
        for chunk, finding in seen:
            if finding.origin.kind == "path" and finding.origin.path in places:
                finding = placed(self._store, graph, finding, places[finding.origin.path])
                finding = finding._replace(origin=finding.origin._replace(kind="path", blob="", ref=""))
            elif finding.origin.kind == "ref":
                finding = self._at_ref(graph, finding)
            yield chunk, finding
        self._told = True

    def _at_ref(self, graph: Graph, finding: Finding) -> Finding:
        """A finding in a ref's name: whose commit or tag it stands at. Since when it has that name, nothing tells."""
        ref = next(ref for ref in self._names.wanted if text_of(ref.name) == finding.origin.ref)
        found = self._store.read(ref.oid)
        origin = finding.origin
        if found and found[0] in (COMMIT, TAG):
            origin = signed(origin, read_note(found[1]), b"tagger" if found[0] == TAG else b"author")
        commit = peel(self._store, {ref.oid}).get(ref.oid, ref.oid)
        last = commit if commit in graph.numbers else b""
        head = self._names.head
        remotes = [one for one in self._names.every if one.remote]
        short = b"/" + list(names_of(ref.name))[-1]
        pushed = any(one is ref or one.name.endswith(short) for one in remotes) if remotes else None
        in_head = None if head is None else head.target == ref.name
        past = History("", last.hex(), in_head, (finding.origin.ref,), pushed, _date(graph, last))
        return finding._replace(origin=origin._replace(commit=last.hex()), history=past)

    def _chunks(self) -> Iterator[Chunk]:
        """Names and entries of reflogs, each with where it stands."""
        for ref in self._names.wanted:
            yield from _name(ref.name, Origin("ref", ref=ref.name.decode("utf-8", "backslashreplace")))
        known: set[bytes] = set()
        for entry in self._names.logs:
            who = read_person(entry.person)
            origin = Origin("reflog", ref=text_of(entry.name), commit=(entry.new or b"").hex())
            origin = origin._replace(author=who.name, email=who.email, date=who.date)
            for text in (entry.message, entry.person.rpartition(b">")[0]):
                if text not in known:
                    known.add(text)
                    yield Chunk(text, origin)
        for name in sorted(self._found.names):
            if not self._narrow and (self._path is None or self._path(name)):
                yield from _name(name, Origin("path", path=name))

    def messages(self, graph: Graph, tops: Sequence[Ref], commits: set[int] | None) -> Iterator[Seen]:
        """Findings in commits and tags: in messages, unusual headers and people."""
        notes = [
            (kind, oid, read_note(content))
            for kind, oid, content in sorted(
                self._found.texts, key=lambda text: (graph.numbers.get(text[1], len(graph)), text[1])
            )
            if self._path is None and (commits is None or graph.numbers.get(oid) in commits)
        ]
        signers: dict[bytes, list[bytes]] = {}  # by person: the commits, oldest first, and tags
        for _, oid, note in notes:
            for person in people(note):
                signers.setdefault(person, []).append(oid)
        seen = [
            (tuple(signers[chunk.data]) if chunk.origin.kind == "person" else (oid,), chunk, finding)
            for oid, chunk, finding in self._in_notes(notes)
        ]
        reaches = reached(self._store, graph, tops, {graph.oldest(oids) for oids, _, _ in seen})
        of_head = self._current(graph) if seen else None
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

    def _current(self, graph: Graph) -> set[int] | None:
        """The numbers of HEAD's commit and all behind it; None: HEAD names no commit that is here."""
        head = self._names.head
        return graph.reachable([head.oid]) if head and head.oid in graph.numbers else None

    def unfinished(self) -> Iterator[Seen]:
        """Those in names that were not told when the scan was stopped."""
        if not self._told:
            yield from self._detector.scan(self._chunks())

    def unfinished_messages(self) -> Iterator[Seen]:
        """Those in messages, of which nobody knows yet what reaches them."""
        notes = sorted(self._found.texts, key=lambda text: text[1]) if self._path is None else ()
        for _, chunk, finding in self._in_notes((kind, oid, read_note(content)) for kind, oid, content in notes):
            yield chunk, finding


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


def placed(store: ObjectStore, graph: Graph, finding: Finding, place: Place) -> Finding:
    """A finding whose place is known: the commit that brought it in, whose that is, and what reaches it."""
    origin = _origin(store, place)._replace(members=finding.origin.members, decoded=finding.origin.decoded)
    refs, last = tuple(map(text_of, place.refs)), _date(graph, place.last)
    history = History(place.first.hex(), place.last.hex(), place.in_head, refs, place.pushed, last)
    return finding._replace(origin=origin, history=history)


def _date(graph: Graph, commit: bytes) -> str:
    """When its committer made a commit; empty for one that is not here."""
    number = graph.numbers.get(commit) if commit else None
    return "" if number is None else iso(int(graph.times[number]))


def _origin(store: ObjectStore, place: Place) -> Origin:
    """The first commit that holds it: whose it is."""
    origin = Origin("blob", path=place.path, blob=place.blob.hex(), ref=text_of(place.refs[0]) if place.refs else "")
    if _is_note(origin):
        origin = origin._replace(kind="note")
    if not place.first:
        return origin
    commit = store.read(place.first)
    origin = origin._replace(commit=place.first.hex())
    return signed(origin, read_note(commit[1]), b"author") if commit else origin
