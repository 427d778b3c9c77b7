"""What a push brings: commits and tags, names of new refs, and files that a tag names without any commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.git.blobs import Blobs
from leakstop.git.patch import Change
from leakstop.git.plumbing import GitError, run
from leakstop.model import Chunk, Origin, show_path
from leakstop.sources.changes import added
from leakstop.sources.commits import commits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.git.plumbing import Repository
    from leakstop.git.updates import Arrivals
    from leakstop.model import Tally

FILE = b"100644"


def updates(repo: Repository, new: Arrivals, tally: Tally) -> Iterator[Chunk]:
    """All of it; what cannot be read becomes a problem, and the rest is read."""
    for ref in new.refs:
        yield Chunk(ref, Origin("ref", ref=ref.decode("utf-8", "backslashreplace")))
    yield from commits(repo, new.revisions, tally)
    with Blobs(repo) as blobs:
        for ref, kind, oid in new.objects:
            shown = show_path(ref)
            try:
                files = _files(repo, oid) if kind == "tree" else [Change(b"M", FILE, oid, b"", ())]
            except GitError as error:
                tally.problem(shown, error.message, error.remedy)
                continue
            for file in files:
                yield from added(repo, file, blobs, Origin("blob", ref=shown), f"{shown}:", tally)


def _files(repo: Repository, tree: str) -> list[Change]:
    """The files of a tree as changes against nothing."""
    listed = []
    for record in run(repo, ["ls-tree", "-r", "-z", "--full-tree", tree]).split(b"\0")[:-1]:
        words, _, path = record.partition(b"\t")
        mode, _, oid = words.split(b" ")
        listed.append(Change(b"A", mode, oid.decode("ascii"), path, ()))
    return listed
