"""Fetching what a CI job's shallow or partial clone lacks: these commits and what they change, and no more of their past than is
needed.
"""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from leakstop.errors import SourceError
from leakstop.git.clone import PROTOCOLS
from leakstop.git.failures import GitError
from leakstop.git.patch import SUBMODULE
from leakstop.git.plumbing import Repository, open_repository, run
from leakstop.git.revisions import DEEPEN, ShallowError, between
from leakstop.git.updates import following

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STEPS = ("--deepen=50", "--deepen=500", "--deepen=5000", "--unshallow")
QUIET = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance")
RIGHTS = "Let the job read from the remote (in the action: token), or scan what is here: leakstop history."
FIRST = "--depth=50"  # of a commit that is not here at all
WHOLE = ("--refetch", "--no-filter")  # a partial clone with all that it left out
SINGLE = ("--filter=blob:none", "--stdin")  # objects whose ids are given, and nothing that hangs on them
NOTHING = b"000000"  # the mode of a file that is not there
HERE = {"GIT_NO_LAZY_FETCH": "1"}


class Fetcher:
    """Completes a repository from a remote. `token`: for a server that wants one, where the checkout left none behind."""

    def __init__(self, place: str, remote: str = "origin", token: str = "", server: str = "") -> None:
        self._place = place
        self._remote = remote
        self._env = {"GIT_ALLOW_PROTOCOL": PROTOCOLS} | (_authorization(server, token) if token else {})
        self.repository = self._opened()

    def branches(self) -> dict[bytes, str]:
        """The remote's branches as far as they are known here: name over there, id."""
        return following(self.repository, os.fsencode(self._remote))

    def gets(self, oid: str) -> bool:
        """Whether an object is here, or can be fetched."""
        try:
            self._get(oid, "")
        except SourceError:
            return False
        return True

    def with_range(self, head: str, base: str, source: str = "") -> Repository:
        """The repository with both commits and all between them and where they parted. SourceError: they cannot be had.

        `source`: a ref that has the head, for servers that give no object by its id.
        """
        self._get(base, "")
        self._get(head, source)
        self._deepen(lambda: between(self.repository, [f"{base}...{head}"]), [head, base])
        return self.repository

    def with_branches(self, head: str, ref: bytes) -> Repository:
        """The repository with a commit or tag and its past, as far as no branch of the remote but `ref` reaches it."""
        shallow = self.repository.shallow
        self._get(head, os.fsdecode(ref))
        every = self._every("heads", f"remotes/{self._remote}")
        if shallow or not self.branches().keys() - {ref}:
            self._fetch([*([FIRST] if shallow else []), self._remote, every])

        def check() -> None:
            others = [oid for name, oid in self.branches().items() if name != ref]
            between(self.repository, [f"{head}^{{commit}}"], known=others)
            if self.repository.shallow and self._reaches_a_root(head, others):
                # Nothing stopped the walk; perhaps because the branches end before they come to where it passed.
                between(self.repository, others, known=[head])

        self._deepen(check, [every, *([] if ref.startswith(b"refs/heads/") else [head])])
        return self.repository

    def with_everything(self) -> Repository:
        """The repository with all branches and tags and all their past. Nothing here tells which of them a checkout left out.

        Without a remote it is what is here, unless a shallow clone ends in it. SourceError: the remote cannot be asked.
        """
        if self.repository.shallow or self._has_remote():
            every = (self._every("heads", f"remotes/{self._remote}"), self._every("tags", "tags"))
            more = [*(STEPS[-1:] if self.repository.shallow else []), *(WHOLE if self.repository.partial else [])]
            self._fetch([*more, self._remote, *every], "what the remote holds")
        return self.repository

    def with_contents(self, commits: Sequence[str]) -> Repository:
        """The repository with what these commits change, before and after. Only in a partial clone there is something to do.

        What else is read, such as the configuration, git fetches when it comes to it, one by one.
        """
        if not self.repository.partial:
            return self.repository
        feed = "".join(f"{oid}\n" for oid in commits).encode("ascii")
        told = run(
            self.repository, ["diff-tree", "--stdin", "-m", "-r", "--root", "--raw", "--no-abbrev", "--no-renames"], stdin=feed
        )
        rows = (line[1:].split(b" ") for line in told.split(b"\n") if line.startswith(b":"))
        oids = {row[side + 2] for row in rows for side in (0, 1) if row[side] not in (SUBMODULE, NOTHING)}
        if oids:  # those that are here as well: whoever asks git which are missing makes it fetch them one by one
            self._fetch([*SINGLE, self._remote], wanted=sorted(oids))
        return self.repository

    def _opened(self) -> Repository:
        repository = open_repository(self._place)
        asking = {"GIT_NO_LAZY_FETCH": "0", **self._env} if repository.partial else {}
        return repository._replace(asking=tuple(asking.items()))

    def _has_remote(self) -> bool:
        return bool(run(self.repository, ["config", "--get-all", f"remote.{self._remote}.url"], ok=(0, 1)))

    @staticmethod
    def _every(theirs: str, ours: str) -> str:
        return f"+refs/{theirs}/*:refs/{ours}/*"

    def _reaches_a_root(self, head: str, others: list[str]) -> bool:
        feed = f"{head}^{{commit}}\n" + "".join(f"^{oid}\n" for oid in others)
        return bool(run(self.repository, ["rev-list", "--max-parents=0", "--stdin"], stdin=feed.encode("ascii")))

    def _get(self, oid: str, source: str) -> None:
        if self._has(oid):
            return
        depth = [FIRST] if self.repository.shallow else []
        try:
            self._fetch([*depth, self._remote, oid])
        except SourceError:
            if not source:
                raise
            self._fetch([*depth, self._remote, source])
        if not self._has(oid):
            raise SourceError(f"commit {oid[:12]} is not here, and the remote has it no more", f"Check out more: {DEEPEN}.")

    def _has(self, oid: str) -> bool:
        try:
            answer = run(self.repository, ["cat-file", "--batch-check"], stdin=oid.encode("ascii") + b"\n", env=HERE)
        except GitError:  # in a partial clone nobody can say that an object is missing without trying to fetch it
            return False
        return not answer.rstrip().endswith(b"missing")

    def _deepen(self, check: Callable[[], object], wanted: list[str]) -> None:
        """Fetch more and more of the past until the check finds no end of a shallow clone in its way."""
        for step in STEPS:
            try:
                check()
            except ShallowError:
                self._fetch([step, self._remote, *wanted])
            else:
                return
        check()

    def _fetch(self, args: list[str], lacking: str = "a part of this change", wanted: Sequence[bytes] = ()) -> None:
        """`wanted`: ids of single objects, which may be missing though what names them is here."""
        known = ["-c", "fetch.negotiationAlgorithm=noop"] if wanted else []
        try:
            run(self.repository, [*known, "fetch", *QUIET, *args], stdin=b"\n".join((*wanted, b"")), env=self._env)
        except GitError as error:
            whole = not self.repository.shallow
            raise SourceError(
                f"the clone may lack {lacking}, and fetching it failed: {error.message}",
                RIGHTS if whole else f"Check out all of it: {DEEPEN}.",
            ) from None
        self.repository = self._opened()  # it may be shallow no more


def _authorization(server: str, token: str) -> dict[str, str]:
    """Variables that make git send a token to one server; unlike an option, nobody else can see them."""
    given = os.environ.get("GIT_CONFIG_COUNT", "")
    number = int(given) if given.isdecimal() else 0
    secret = base64.b64encode(f"x-access-token:{token}".encode()).decode("ascii")
    key = f"http.{server.rstrip('/')}/.extraHeader"
    return {
        "GIT_CONFIG_COUNT": str(number + 2),
        # An empty value forgets the header that the checkout may have left: servers refuse two.
        f"GIT_CONFIG_KEY_{number}": key,
        f"GIT_CONFIG_VALUE_{number}": "",
        f"GIT_CONFIG_KEY_{number + 1}": key,
        f"GIT_CONFIG_VALUE_{number + 1}": f"AUTHORIZATION: basic {secret}",
    }
