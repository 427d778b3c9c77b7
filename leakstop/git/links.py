"""Is everything here that the repository names? What is missing was not scanned, and no scan is clean without it.

What a repository leaves out on purpose is told apart from what it lost: the history behind a shallow clone's end or a graft is
counted as skipped; objects that a partial clone left with its remote are a problem of their own.
"""

from __future__ import annotations

import os
from threading import Thread
from typing import TYPE_CHECKING

from leakstop.git.packindex import REMEDY
from leakstop.git.plain import opener
from leakstop.git.plumbing import GitError, stream
from leakstop.git.reach import peel
from leakstop.model import show_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from leakstop.git.graph import Graph
    from leakstop.git.objects import ObjectStore
    from leakstop.git.plumbing import Repository
    from leakstop.git.refs import Ref
    from leakstop.model import Tally

_SHOWN = 3  # ids told of


class Promised:
    """Asks git which objects of a partial clone stayed with the remote, while others read the objects that are here."""

    def __init__(self, repo: Repository, store: ObjectStore) -> None:
        self._repo = repo
        self._missing: list[str] = []
        self._error: GitError | None = None
        self._thread = Thread(target=self._ask, daemon=True)
        if store.promisor:
            self._thread.start()

    def _ask(self) -> None:
        rest = b""
        # --quiet leaves out what is here; refs whose objects are gone are told elsewhere.
        args = ["rev-list", "--objects", "--all", "--missing=print", "--quiet", "--ignore-missing"]
        try:
            for piece in stream(self._repo, args):
                *lines, rest = (rest + piece).split(b"\n")
                self._missing += [line[1:].decode("ascii", "replace") for line in lines if line.startswith(b"?")]
        except GitError as error:
            self._error = error

    def tell(self, tally: Tally) -> None:
        """Wait for the answer: what is missing becomes a problem."""
        if self._thread.ident is None:
            return
        self._thread.join()
        if self._missing:
            remedy = "Fetch them (`git fetch --refetch`), or clone without --filter."
            _tell(self._missing, "object{} of this partial clone", remedy, tally)
        elif self._error is not None:
            tally.problem("repository", self._error.message, self._error.remedy)


def lost_objects(paths: Mapping[bytes, Collection[bytes]], tally: Tally) -> None:
    """Objects that what refs reach names, and that are not here, become a problem: id -> the paths at which it should stand."""
    shown = []
    for oid in sorted(paths):
        name = next((show_path(path) for path in sorted(paths[oid]) if path), "")
        shown.append(f"{oid.hex()} ({name})" if name else oid.hex())
    if shown:
        _tell(shown, "object{}", REMEDY, tally)


def lost_commits(repo: Repository, store: ObjectStore, graph: Graph, tips: Iterable[Ref], tally: Tally) -> None:
    """Parents that are not here become a problem, but for those that nothing reaches, and those that were cut off on purpose."""
    if not graph.missing:
        return
    ends = _ends(repo)
    cut = {parent for parent, children in graph.missing.items() if all(graph.oids[child] in ends for child in children)}
    if cut:
        tally.skip("commit before the shallow clone's end", "not in this clone: git fetch --unshallow", len(cut))
    if len(cut) < len(graph.missing):
        oids = {ref.oid for ref in tips}
        targets = peel(store, oids - graph.numbers.keys())
        reached = graph.reachable(targets.get(oid, oid) for oid in oids)
        gone = [oid.hex() for oid, children in graph.missing.items() if oid not in cut and not reached.isdisjoint(children)]
        if gone:
            _tell(sorted(gone), "commit{}", REMEDY, tally)


def _ends(repo: Repository) -> set[bytes]:
    """The commits whose parents need not be here: where a shallow clone ends, and those that have others by a graft."""
    shallow = os.fsencode(os.environ.get("GIT_SHALLOW_FILE", "")) if repo.ambient else b""
    found = set()
    for path in (shallow or os.path.join(repo.common_dir, b"shallow"), os.path.join(repo.common_dir, b"info", b"grafts")):
        try:
            with open(path, "rb", opener=opener) as file:
                lines = file.read().splitlines()
        except OSError:
            continue
        for line in lines:
            try:
                found.add(bytes.fromhex(line.split(b" ")[0].decode("ascii")))
            except ValueError:
                continue
    return found


def _tell(shown: list[str], what: str, remedy: str, tally: Tally) -> None:
    one = len(shown) == 1
    some = ", ".join(shown[:_SHOWN]) + (", …" if len(shown) > _SHOWN else "")
    noun, is_, was = what.format("" if one else "s"), "is" if one else "are", "was" if one else "were"
    tally.problem("repository", f"{len(shown)} {noun} {is_} missing and {was} not scanned: {some}", remedy)
