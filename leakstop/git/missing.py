"""What a repository says it has not got: the history behind a shallow clone's end, the objects that a partial clone left out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakstop.git.plumbing import stream

if TYPE_CHECKING:
    from leakstop.git.graph import Graph
    from leakstop.git.plumbing import Repository
    from leakstop.model import Tally

_SHOWN = 3  # ids that are told


def missing(repo: Repository, graph: Graph, tally: Tally) -> None:
    """Put what is not here, and how to get it, into the problems of the tally."""
    ends = _shallow(repo) if repo.shallow else set()
    if ends:
        tally.problem(
            "history",
            f"this is a shallow clone: what was before {_counted(len(ends), 'commit')} is not here",
            "Run `git fetch --unshallow`; in a CI job clone with full depth (fetch-depth: 0, GIT_DEPTH: 0).",
        )
    gone = [parent for parent, children in graph.missing.items() if not all(graph.oids[child] in ends for child in children)]
    if gone:
        tally.problem(
            "history",
            f"{_counted(len(gone), 'commit')} that others name as their parents cannot be read: {_some(gone)}",
            "`git fsck --full` tells more; fetch them again, or restore them from a backup.",
        )
    if repo.partial:
        _partial(repo, tally)


def _shallow(repo: Repository) -> set[bytes]:
    """The commits whose parents are not here."""
    path = os.fsencode(os.environ.get("GIT_SHALLOW_FILE", "")) if repo.ambient else b""
    try:
        with open(path or os.path.join(repo.common_dir, b"shallow"), "rb") as file:
            return {bytes.fromhex(line.decode("ascii")) for line in file.read().split()}
    except (OSError, ValueError):
        return set()


def _partial(repo: Repository, tally: Tally) -> None:
    """Ask git what of that which refs reach is left with the remote. Only git knows what was promised."""
    count = 0
    rest = b""
    # --quiet leaves out what is here; refs whose objects are gone are told elsewhere.
    args = ["rev-list", "--objects", "--all", "--missing=print", "--quiet", "--ignore-missing"]
    for piece in stream(repo, args):
        *lines, rest = (rest + piece).split(b"\n")
        count += sum(line.startswith(b"?") for line in lines)
    if count:
        tally.problem(
            "history",
            f"this is a partial clone: {_counted(count, 'object')} stayed with the remote and could not be looked at",
            "Run `git fetch --refetch --no-filter` (git 2.36 or newer), or clone again without --filter.",
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _some(oids: list[bytes]) -> str:
    shown = ", ".join(oid.hex() for oid in sorted(oids)[:_SHOWN])
    return shown + (", …" if len(oids) > _SHOWN else "")
