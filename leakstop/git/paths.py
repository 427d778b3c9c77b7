"""The paths that a history has had, whichever of its commits: to tell a glob that narrows a scan from one that is mistyped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.git.indexes import staged
from leakstop.git.plumbing import stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.git.graph import Graph
    from leakstop.git.plumbing import Repository


def paths(repo: Repository, graph: Graph) -> Iterator[bytes]:
    """Each path at least once: those of the indexes, then what commits changed, newest first. GitError: there may be more."""
    for files in staged(repo).values():
        yield from (path for path, _ in files)
    inner = {parent for number in range(len(graph)) for parent in graph.parents(number)}
    ends = [oid.hex() for number, oid in enumerate(graph.oids) if number not in inner]
    if not ends:
        return
    # Of a merge (-c) what it took from no parent; all else is some other commit's.
    args = ["-c", "log.showRoot=true", "log", "--stdin", "--format=", "--name-only", "-c", "--no-renames", "-z"]
    rest = b""
    for piece in stream(repo, args, stdin="".join(f"{oid}\n" for oid in ends).encode()):
        *whole, rest = (rest + piece).split(b"\0")
        yield from filter(None, whole)
