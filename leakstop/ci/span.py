"""The part of a repository that an event is about, and how it becomes commits that are all here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.git.revisions import Revisions
from leakstop.git.updates import Arrivals, Held, Update, arrivals

if TYPE_CHECKING:
    from leakstop.git.fetch import Fetcher
    from leakstop.git.plumbing import Repository

ALL, RANGE, NEW, NOTHING = "all", "range", "new", "nothing"


class Span(NamedTuple):
    """What an event is about.

    kind is one of: all (everything that the repository holds), range (`head` without `base`), new (a new branch or tag: `head`
    without what branches reach), nothing (a deletion).
    """

    kind: str
    head: str = ""  # id of a commit, or of an annotated tag
    base: str = ""  # id of a commit; for a new ref what it was before, if that is still to be had
    ref: bytes = b""  # the ref that moves, or that a proposed change is to go to
    main: str = ""  # name of the default branch
    source: str = ""  # the ref that the server keeps for `head`, for a server that gives no commits by their ids
    foreign: bool = False  # it comes from a fork, or runs with rights that its author has not got
    renewed: bool = False  # the ref was forced, so that `base` may be gone
    proposed: bool = False  # a pull request, or a merge queue

    def shown(self) -> str:
        """In a few characters: "3f2a91c04e..54bb42e4b3", "everything", "nothing"."""
        if self.kind == ALL:
            return "everything"
        if self.kind == NOTHING or self.head == self.base:
            return "nothing"
        return f"{self.base[:10]}..{self.head[:10]}" if self.base else self.head[:10]


def arriving(fetcher: Fetcher, span: Span) -> tuple[Repository, Arrivals]:
    """What is new, all of it here, fetched as far as it was missing. SourceError: it cannot be had, with the remedy."""
    if span.kind == NOTHING:
        return fetcher.repository, Arrivals(Revisions((), frozenset()))
    base = span.base
    if base and span.renewed and not fetcher.gets(base):
        base = ""
    if span.kind == RANGE and base:
        repo = fetcher.with_range(span.head, base, span.source)
        tips = fetcher.branches()
        # Where a change is to go to has moved on, perhaps. After a push, what follows the branch itself is the push's own head.
        known = [base] + [oid for ref, oid in tips.items() if span.proposed and ref == span.ref]
        return repo, arrivals(repo, [Update(span.ref, span.head, base)], Held(known, _policy(span, base, tips)))
    repo = fetcher.with_branches(span.head, span.ref)
    tips = fetcher.branches()
    known = sorted({oid for ref, oid in tips.items() if ref != span.ref})
    return repo, arrivals(repo, [Update(span.ref, span.head, "")], Held(known, _policy(span, "", tips)))


def _policy(span: Span, base: str, tips: dict[bytes, str]) -> str:
    """The commit whose configuration counts: what a proposal starts from; else the default branch, unless that is what moves."""
    main = b"refs/heads/" + span.main.encode()
    return base if span.proposed or span.ref == main else tips.get(main, base)
