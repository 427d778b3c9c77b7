"""The commits of a change, each on its own: what it adds to its parents, its message, its people, its new file names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.git.blobs import Blobs
from leakstop.git.patch import COMBINED, DIFF, MERGES, RECORDS, SUBMODULE, read_commits
from leakstop.git.people import Note, decode, read_note
from leakstop.git.plumbing import GitError, stream
from leakstop.git.revisions import Revisions, resolve
from leakstop.model import Origin
from leakstop.sources.changes import LARGE, added, missing
from leakstop.sources.notes import signed, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakstop.git.patch import Change
    from leakstop.git.plumbing import Repository
    from leakstop.model import Chunk, Tally

__all__ = ["Revisions", "commits", "resolve"]

AHEAD = 256  # objects asked for at once
TREES = ("-c", LARGE, "diff-tree", "--stdin", "--always", "-r", "--root")


def commits(repo: Repository, revisions: Revisions, tally: Tally) -> Iterator[Chunk]:
    """All that the commits add, oldest first: content with its new lines, new file names, messages, people (each once), tags.

    Three git processes for all of it. What is missing or damaged becomes a problem, and the rest is read.
    """
    people: set[bytes] = set()
    with Blobs(repo) as ahead, Blobs(repo) as others:
        for name, oid in revisions.tags:
            yield from _tag(repo, others, name, oid, people, tally)
        for commit, changes in _ask_ahead(ahead, _changes(repo, revisions, tally)):
            note = _note(repo, ahead, commit, commit[:12], tally)
            origin = Origin("commit", commit=commit)
            if note is not None:
                tally.commits += 1
                origin = signed(origin, note, b"author")
                yield from texts(note, origin, people)
            for change in changes:
                yield from added(repo, change, ahead if _is_asked(change) else others, origin, f"{commit[:12]}:", tally)


def _is_asked(change: Change) -> bool:
    """Whether the content is read, and needs no old version for it."""
    return change.lines != () and change.compared and change.mode != SUBMODULE


def _ask_ahead(blobs: Blobs, groups: Iterable[tuple[str, list[Change]]]) -> Iterator[tuple[str, list[Change]]]:
    """The groups unchanged, some at a time: their objects are asked for together."""
    held: list[tuple[str, list[Change]]] = []
    names: list[str] = []
    for commit, changes in groups:
        held.append((commit, changes))
        names += [commit, *(change.oid for change in changes if _is_asked(change))]
        if len(names) >= AHEAD:
            blobs.objects.ask(names)
            yield from held
            held, names = [], []
    blobs.objects.ask(names)
    yield from held


def _changes(repo: Repository, revisions: Revisions, tally: Tally) -> Iterator[tuple[str, list[Change]]]:
    """What each commit changes, in the order of the commits."""
    merges = revisions.merges
    ordinary = _groups(repo, [oid for oid in revisions.commits if oid not in merges], DIFF, RECORDS, tally)
    merging = _groups(repo, [oid for oid in revisions.commits if oid in merges], MERGES, COMBINED, tally)
    for oid in revisions.commits:
        yield next(merging if oid in merges else ordinary)


def _groups(
    repo: Repository, ids: list[str], options: tuple[str, ...], frugal: tuple[str, ...], tally: Tally
) -> Iterator[tuple[str, list[Change]]]:
    """What `git diff-tree` says of each commit.

    When it stops at a missing or damaged object, the rest is asked for with the `frugal` options, which need the trees only; new
    lines are then found by comparing contents. A commit whose tree cannot be read is a problem. Git passes over
    one that is missing itself (a commit-graph alone knows of it): it changes nothing here, and reading its message tells.
    """
    done = 0
    while done < len(ids):
        feed = "".join(oid + "\n" for oid in ids[done:]).encode("ascii")
        try:
            for commit, changes in read_commits(stream(repo, [*TREES, *options], stdin=feed)):
                while ids[done] != commit:
                    yield ids[done], []
                    done += 1
                yield commit, changes
                done += 1
            yield from ((oid, []) for oid in ids[done:])
            done = len(ids)
        except GitError:
            if options == frugal and done < len(ids):
                yield ids[done], _alone(repo, ids[done], frugal, tally)
                done += 1
            options = frugal


def _alone(repo: Repository, oid: str, options: tuple[str, ...], tally: Tally) -> list[Change]:
    """What one commit changes; a problem if git cannot tell."""
    try:
        groups = list(read_commits(stream(repo, [*TREES, *options], stdin=oid.encode("ascii") + b"\n")))
    except GitError as error:
        tally.problem(oid[:12], error.message, error.remedy)
        return []
    return groups[0][1] if groups else []


def _note(repo: Repository, blobs: Blobs, oid: str, where: str, tally: Tally) -> Note | None:
    """A commit or tag object; a problem if it cannot be read."""
    try:
        found = blobs.objects.read(oid)
    except GitError as error:
        tally.problem(where, error.message, error.remedy)
        return None
    if found is None:
        tally.problem(where, *missing(repo, oid))
        return None
    return read_note(found[1])


def _tag(repo: Repository, blobs: Blobs, name: str, oid: str, people: set[bytes], tally: Tally) -> Iterator[Chunk]:
    """The message and the tagger of a tag, and of the tags that it is a tag of."""
    target, kind = oid, b"tag"
    while kind == b"tag":
        note = _note(repo, blobs, target, name, tally)
        if note is None:
            return
        origin = signed(Origin("tag", ref=name), note, b"tagger")
        yield from texts(note, origin, people)
        target = decode(note.headers.get(b"object", [b""])[0])
        kind = note.headers.get(b"type", [b""])[0]
