"""The paths that a history has had, whichever of its commits: to tell a glob that narrows a scan from one that is mistyped."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from leakstop.git.failures import GitError
from leakstop.git.plumbing import stream
from leakstop.model import show_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from leakstop.git.graph import Graph
    from leakstop.git.plumbing import Repository
    from leakstop.model import Tally


REMEDY = "Paths begin at the top of the repository: `git log --all --name-only` lists them."


def unmatched(
    repo: Repository, graph: Graph, globs: Mapping[str, Callable[[bytes], object] | None], seen: Iterable[bytes], tally: Tally
) -> None:
    """Tell the globs that no path has ever matched: what was meant was not looked at. `seen` are some of the paths."""
    left = {glob: fits for glob, fits in globs.items() if fits}
    reason, remedy = "no path matches it", REMEDY
    known = set()
    try:
        for path in chain(seen, paths(repo, graph)) if left else ():
            if path not in known:
                known.add(path)
                left = {glob: fits for glob, fits in left.items() if not fits(path)}
                if not left:
                    return
    except GitError as error:
        reason, remedy = f"whether a path matches it cannot be told: {error.message}", error.remedy
    for glob in left:
        tally.problem(f"--paths {show_text(glob)}", reason, remedy)


def paths(repo: Repository, graph: Graph) -> Iterator[bytes]:
    """Each path that commits changed at least once, newest first. GitError: there may be more."""
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
