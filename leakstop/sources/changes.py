"""Chunks of what one change adds: content with its new lines, and new file names. The index and commits both come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.git.patch import COMPARE, SUBMODULE, compare, intersect, new_lines
from leakstop.git.plumbing import GitError, stream
from leakstop.model import Chunk, show_path
from leakstop.sources.windows import SIZE, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.git.blobs import Blobs
    from leakstop.git.patch import Change, Lines
    from leakstop.git.plumbing import Repository
    from leakstop.model import Origin, Tally

LARGE = f"core.bigFileThreshold={SIZE}"  # beyond it git compares nothing by itself; otherwise it would hold both versions whole
COMPARED = 256 << 20  # bytes, both versions together, up to which a large file is compared; beyond, all of its lines count as new


def added(repo: Repository, change: Change, blobs: Blobs, origin: Origin, where: str, tally: Tally) -> Iterator[Chunk]:
    """The chunks of one change. `origin` is the content's, without path and blob; `where` goes before the path in problems."""
    if change.is_new_name:
        yield Chunk(change.path, origin._replace(kind="path", path=change.path))
    if change.mode == SUBMODULE:
        tally.skip("submodule", "its content is a repository of its own")
        return
    if change.lines == ():
        return
    origin = origin._replace(path=change.path, blob=change.oid)
    try:
        lines = change.lines if change.compared else _compare(repo, change, blobs)
        blob = blobs.open(change.oid) if lines != () else None
        if blob is not None and blob.size:
            tally.files += 1
            tally.bytes += blob.size
            for window in windows(blob.read):
                yield Chunk(window.data, origin, window.line, window.offset, lines, window.last)
        elif blob is None and lines != ():
            tally.problem(where + show_path(change.path), *missing(repo, change.oid))
    except GitError as error:
        tally.problem(where + show_path(change.path), error.message, error.remedy)


def missing(repo: Repository, oid: str) -> tuple[str, str]:
    """What to say of an object that is not there: message and remedy."""
    if repo.partial:
        return f"object {oid} is not in this partial clone", "Fetch it (`git fetch --refetch`), or clone without --filter."
    return f"object {oid} is missing", "`git fsck --full` lists what is missing; fetch or copy it from another clone."


def _compare(repo: Repository, change: Change, blobs: Blobs) -> Lines | None:
    """The new lines of a file that git takes for binary, or that is large."""
    olds = [old for old in dict.fromkeys(change.olds) if old.strip("0")]
    sizes = [blob.size if blob else 0 for blob in map(blobs.open, (change.oid, *olds))]
    if not olds or not all(sizes):
        return None
    if max(sizes) <= SIZE:
        old_contents = [_whole(blobs, old) for old in olds]
        return new_lines(_whole(blobs, change.oid), old_contents)
    if sum(sizes) > COMPARED:
        return None
    lines: Lines | None = None
    for old in olds:
        lines = intersect(lines, compare(stream(repo, [*COMPARE, old, change.oid])))
    return lines


def _whole(blobs: Blobs, oid: str) -> bytes:
    blob = blobs.open(oid)
    return b"".join(iter(lambda: blob.read(SIZE), b"")) if blob else b""
