"""Is everything there that the repository names? What is missing was not scanned, and no scan is clean without it."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

from leakstop.git.packindex import REMEDY
from leakstop.git.plumbing import GitError, stream

if TYPE_CHECKING:
    from leakstop.git.graph import Graph
    from leakstop.git.objects import ObjectStore
    from leakstop.git.plumbing import Repository
    from leakstop.model import Tally

_SHOWN = 3  # ids told of


class Links:
    """Asks git for objects that trees and commits name and that are not there, while others read the objects that are.

    A repository that is one pack and nothing else was written as a whole, and git checked it then: there nothing is asked, since
    walking all trees again takes git as long as the scan takes us.
    """

    def __init__(self, repo: Repository, store: ObjectStore) -> None:
        self._repo = repo
        self._missing: list[str] = []
        self._error: GitError | None = None
        self._thread = Thread(target=self._ask, daemon=True)
        if repo.partial or not store.is_one_pack:
            self._thread.start()

    def _ask(self) -> None:
        rest = b""
        try:
            for piece in stream(self._repo, ["rev-list", "--objects", "--all", "--missing=print"]):
                *lines, rest = (rest + piece).split(b"\n")
                self._missing += [line[1:].decode("ascii", "replace") for line in lines if line.startswith(b"?")]
        except GitError as error:
            self._error = error

    def tell(self, graph: Graph, tally: Tally) -> None:
        """Wait for the answer; what is missing becomes problems, the end of a shallow clone is counted as left out."""
        repo = self._repo
        if repo.shallow:
            tally.skip(
                "commits before the shallow clone's end", "not in this clone: git fetch --unshallow", len(graph.missing) or 1
            )
        elif graph.missing:
            _missing(tally, [oid.hex() for oid in graph.missing], "commits", REMEDY)
        if self._thread.ident is None:
            return
        self._thread.join()
        if self._missing and repo.partial:
            remedy = "Fetch them (`git fetch --refetch`), or clone without --filter."
            _missing(tally, self._missing, "objects of this partial clone", remedy)
        elif self._missing:
            _missing(tally, self._missing, "objects", REMEDY)
        elif self._error is not None and not graph.missing:
            tally.problem("repository", self._error.message, self._error.remedy)


def _missing(tally: Tally, oids: list[str], what: str, remedy: str) -> None:
    shown = ", ".join(oids[:_SHOWN]) + (", …" if len(oids) > _SHOWN else "")
    tally.problem("repository", f"{len(oids)} {what} are missing and were not scanned: {shown}", remedy)
