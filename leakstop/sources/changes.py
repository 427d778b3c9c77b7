"""Chunks of what one change adds: content with its new lines, and new file names. The index and commits both come here."""

from __future__ import annotations

from leakstop.git.patch import COMPARE, SUBMODULE, compare, intersect, new_lines
from leakstop.git.plumbing import GitError, stream
from leakstop.model import Chunk, show_path
from leakstop.windows import SIZE, windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.git.blobs import Blob, Blobs
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
    """The lines that no parent has, of a merged file, or one that git takes for binary, or that is large."""
    olds = [old for old in dict.fromkeys(change.olds) if old.strip("0")]
    if not olds:
        return None
    contents, total = [], 0
    for oid in (change.oid, *olds):
        blob = blobs.open(oid)
        if blob is None or not blob.size:
            return None  # all lines, then; what is missing is told when it is to be read
        total += blob.size
        contents.append(_whole(blob) if blob.size <= SIZE else b"")
    if all(contents):
        return new_lines(contents[0], contents[1:])
    if total > COMPARED:
        return None
    lines: Lines | None = None
    for old in olds:
        lines = intersect(lines, compare(stream(repo, [*COMPARE, old, change.oid])))
    return lines


def _whole(blob: Blob) -> bytes:
    return b"".join(iter(lambda: blob.read(SIZE), b""))
