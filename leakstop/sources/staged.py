"""What a commit would add: the index against HEAD, never the working tree.

One git process in the common case; the new content itself lies loose in the object store.
"""

from __future__ import annotations

import os

from leakstop.errors import SourceError
from leakstop.git.blobs import Blobs
from leakstop.git.patch import DIFF, RECORDS, Change, read_changes
from leakstop.git.plumbing import GitError, run, stream
from leakstop.model import Origin
from leakstop.sources.changes import LARGE, added

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.git.plumbing import Repository
    from leakstop.model import Chunk, Tally

_COMMAND = ("-c", LARGE, "diff-index", "--cached", "--ita-invisible-in-index")


def staged(repo: Repository, tally: Tally, *, else_all: bool = False) -> Iterator[Chunk]:
    """Each file that the index adds or alters, whole, with the lines that are new; and each new file name.

    During a merge only what none of its parents has counts. With `else_all` and nothing of that: all files of the index, as
    chunks of kind file. SourceError: no index to read, or a damaged one.

    Git is at work from now on, while the caller prepares what is to be done with the chunks.
    """
    if repo.work_tree is None and not os.environ.get("GIT_INDEX_FILE"):
        raise SourceError(
            "nothing is staged here: this is a bare repository, or a folder inside .git",
            "Run it in a work tree; `leakstop history` reads a bare repository.",
        )
    return _chunks(repo, tally, stream(repo, _comparison("HEAD")), else_all=else_all)


def _chunks(repo: Repository, tally: Tally, compared: Iterator[bytes], *, else_all: bool) -> Iterator[Chunk]:
    changes = _changes(repo, "HEAD", compared)
    if any(not change.oid.strip("0") and b"U" not in change.status for change in changes):
        raise SourceError("the index is damaged", "Move .git/index away; `git reset` rebuilds it from HEAD.")
    for parent in _merging(repo):
        changes = _narrow(changes, _changes(repo, parent, stream(repo, _comparison(parent))))
    origin = Origin("index")
    if else_all and not changes:
        origin = Origin("file")
        changes = read_changes(stream(repo, [*_COMMAND, *RECORDS, repo.empty_tree, "--"]))
    with Blobs(repo) as blobs:
        if any(b"U" in change.status for change in changes):
            tally.problem("index", "there are unmerged files, so nothing can be committed yet", "Resolve and `git add` them.")
            changes = [change for change in changes if b"U" not in change.status] + _unmerged(repo, changes)
        for change in changes:
            yield from added(repo, change, blobs, origin, "", tally)


def _comparison(parent: str) -> list[str]:
    """The index against a commit, as arguments of git."""
    return [*_COMMAND, *DIFF, parent, "--"]


def _changes(repo: Repository, parent: str, compared: Iterator[bytes]) -> list[Change]:
    """What the comparison with a commit says; of that with nothing if the first commit is still to come."""
    try:
        return read_changes(compared)
    except GitError as error:
        if parent == "HEAD" and b"revision" in error.stderr:
            return _changes(repo, repo.empty_tree, stream(repo, _comparison(repo.empty_tree)))
    # Perhaps a version of a file is missing or damaged. The records need none; contents are compared later, file by file.
    return read_changes(stream(repo, [*_COMMAND, *RECORDS, parent, "--"]))


def _merging(repo: Repository) -> list[str]:
    """The other parents of the merge in progress."""
    try:
        with open(os.path.join(repo.git_dir, b"MERGE_HEAD"), encoding="ascii") as file:
            return file.read().split()
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        raise SourceError("MERGE_HEAD cannot be read", "`git merge --abort` and merge again.") from None


def _narrow(changes: list[Change], others: list[Change]) -> list[Change]:
    """What of the changes against one parent is new against another as well."""
    by_path = {other.path: other for other in others}
    narrowed = []
    for change in changes:
        other = by_path.get(change.path)
        if other is not None:  # else that parent has the very same file
            olds = change.olds + other.olds
            nothing = () in (change.lines, other.lines)
            narrowed.append(
                change._replace(
                    status=change.status + other.status,
                    olds=olds,
                    lines=() if nothing else None,
                    compared=not any(old.strip("0") for old in olds),
                )
            )
    return narrowed


def _unmerged(repo: Repository, changes: list[Change]) -> list[Change]:
    """The versions of unmerged files that no parent has."""
    known = {old for change in changes for old in change.olds}
    versions = []
    listing = run(repo, ["ls-files", "-u", "-z", "--full-name", "--", ":/"], env={"GIT_LITERAL_PATHSPECS": "0"})
    for record in listing.split(b"\0")[:-1]:
        words, _, path = record.partition(b"\t")
        mode, oid, stage = words.split(b" ")
        if stage != b"1" and oid.decode() not in known:
            versions.append(Change(b"M", mode, oid.decode(), path, ()))
    return versions
