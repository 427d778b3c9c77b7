"""Which commits are meant, and proof that all of them are here, before anything is read."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from leakstop.errors import SourceError, UsageError
from leakstop.git.plumbing import Batch, run
from leakstop.model import show_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leakstop.git.plumbing import Repository

DEEPEN = "git fetch --unshallow; in a CI job fetch-depth: 0 (GitHub Actions) or GIT_DEPTH: 0 (GitLab)"


class ShallowError(SourceError):
    """A shallow clone ends among the commits that are meant (exit 3)."""


class Revisions(NamedTuple):
    """The commits to read, each once, parents before children, and the annotated tags that were named."""

    commits: tuple[str, ...]
    merges: frozenset[str]  # those of them with several parents
    tags: tuple[tuple[str, str], ...] = ()  # name as given, id of the tag object
    bases: tuple[str, ...] = ()  # the commits that are left out, with all behind them: what the change starts from
    heads: tuple[str, ...] = ()  # the commits that it leads to


class Term(NamedTuple):
    """One argument: its revisions' names and how git combines them."""

    names: tuple[str, ...]  # of the revisions in it
    form: str  # with {0}, {1} for their ids
    positive: tuple[str, ...]  # those that are not excluded


def resolve(repo: Repository, args: Sequence[str], since: str = "") -> Revisions:
    """The commits that `git rev-list ARGS` would name, HEAD if there are no arguments; `since` leaves out older ones.

    An empty result is proof that the range is empty: every revision is here, and so is every commit between them. UsageError: an
    option among the arguments, no date. SourceError: unknown revision, no commit, a shallow clone that ends inside the range.
    """
    terms = [_term(arg) for arg in args or ("HEAD",)]
    if not any(term.positive for term in terms):
        raise UsageError(
            "these revisions only say which commits to leave out", "Name what to read too: ^main feature, or main..feature."
        )
    oldest = moment(repo, since) if since else 0
    ids, tags = _look_up(repo, terms)
    wanted = [line for term in terms for line in term.form.format(*(ids[name] for name in term.names)).split()]
    return between(repo, wanted, oldest)._replace(tags=tags)


def between(repo: Repository, wanted: Sequence[str], oldest: int = 0, known: Iterable[str] = ()) -> Revisions:
    """The commits that `git rev-list WANTED` names (ids, `^id`, `id...id`), without those that `known` ids reach.

    `known` may name any objects, and such as are not here. `oldest`: seconds since 1970. SourceError: a shallow clone ends among
    these commits, or one of them is missing.
    """
    excluded = [f"^{oid}" for oid in known]
    tolerant = ["--ignore-missing"] if excluded else []
    listing = run(
        repo,
        ["rev-list", "--reverse", "--topo-order", "--timestamp", "--parents", *tolerant, "--stdin"],
        stdin="".join(f"{line}\n" for line in (*wanted, *excluded)).encode(),
    )
    # Seconds, id, ids of parents. Every commit is looked at, since a wrong clock may hide younger ones behind an older one.
    rows = [words for words in map(str.split, listing.decode("ascii").splitlines()) if int(words[0]) >= oldest]
    commits = tuple(words[1] for words in rows)
    if repo.shallow:
        _refuse_cut(repo, commits)
    bases, heads = _ends(repo, wanted)
    return Revisions(commits, frozenset(words[1] for words in rows if len(words) > 3), (), bases, heads)


def commit_of(repo: Repository, name: str) -> str:
    """The id of one commit. UsageError: an option or a range. SourceError: unknown."""
    term = _term(name)
    if term.form != "{0}":
        raise UsageError(f"{show_text(name)} is a range", "Name one commit, branch or tag.")
    return _look_up(repo, [term])[0][name]


def _ends(repo: Repository, words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The commits that are left out and those that are not, in the order in which they are named."""
    if not all(re.fullmatch(r"\^?[0-9a-f]+", word) for word in words):
        words = run(repo, ["rev-parse", *words]).decode("ascii").split()
    ends = dict.fromkeys(words)
    return tuple(word[1:] for word in ends if word.startswith("^")), tuple(word for word in ends if not word.startswith("^"))


def _term(arg: str) -> Term:
    if arg.startswith("-"):
        raise UsageError(f"{show_text(arg)} is not a revision", "Name commits, branches, tags or ranges: A..B, A...B, ^A.")
    if "\n" in arg or not arg:
        raise UsageError("a revision's name is one line and not empty", "For example: main..HEAD")
    for mark, form in (("...", "{0}...{1}"), ("..", "^{0} {1}")):
        left, found, right = arg.partition(mark)
        if found:
            names = (left or "HEAD", right or "HEAD")
            return Term(names, form, names if mark == "..." else names[1:])
    if arg.startswith("^"):
        return Term((arg[1:],), "^{0}", ())
    if suffix := re.search(r"\^(!|@|-\d*)$", arg):
        return Term((arg[: suffix.start()],), "{0}" + suffix[0], (arg[: suffix.start()],))
    return Term((arg,), "{0}", (arg,))


def _look_up(repo: Repository, terms: list[Term]) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """The commit of each name, and the tags among the names that are not excluded. SourceError: a name without a commit."""
    names = list(dict.fromkeys(name for term in terms for name in term.names))
    asked = "".join(f"{name}\n{name}^{{commit}}\n" for name in names)
    answers = run(repo, ["cat-file", "--batch-check=%(objectname) %(objecttype)"], stdin=os.fsencode(asked)).split(b"\n")
    ids: dict[str, str] = {}
    tags = []
    for name, itself, commit in zip(names, answers[::2], answers[1::2], strict=False):
        kind = itself.rpartition(b" ")[2]
        if not commit.endswith(b" commit"):
            raise _unknown(repo, name, kind)
        ids[name] = commit.partition(b" ")[0].decode("ascii")
        if kind == b"tag" and any(name in term.positive for term in terms):
            tags.append((name, itself.partition(b" ")[0].decode("ascii")))
    return ids, tuple(tags)


def _unknown(repo: Repository, name: str, kind: bytes) -> SourceError:
    """The error for a name that leads to no commit."""
    shown = show_text(name)
    if kind in (b"blob", b"tree"):
        return SourceError(f"{shown} is a {kind.decode()}, not a commit", "`leakstop history` reads all objects.")
    if kind == b"ambiguous":
        return SourceError(f"{shown} is the beginning of several ids", "Write more of its digits.")
    if not name.strip("0"):
        return SourceError(
            "the base is all zeros: the branch is new", "Name what it started from, for example origin/main..HEAD."
        )
    if name in ("HEAD", "@") and not run(repo, ["for-each-ref", "--count=1"]):
        return SourceError("the repository has no commits yet", "`leakstop staged` reads what the first one would add.")
    if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", name):
        fetch = f"git fetch origin {name}"
    elif match := re.fullmatch(r"(?:refs/remotes/)?origin/([\w./-]+)", name):
        fetch = f"git fetch origin {match[1]}"
    elif os.path.exists(os.path.join(repo.start, os.fsencode(name))):
        return SourceError(
            f"{shown} is a path, not a revision", "A range is read whole; `leakstop history --paths GLOB` reads only some files."
        )
    else:
        cut = f"; this clone is shallow: {DEEPEN}" if repo.shallow else ""
        return SourceError(f"unknown revision: {shown}", f"`git branch --all` and `git tag` list what is here{cut}.")
    return SourceError(f"unknown revision: {shown}", f"Fetch it: {fetch}; if that is not enough: {DEEPEN}.")


def _refuse_cut(repo: Repository, commits: tuple[str, ...]) -> None:
    """SourceError if a commit of the range has its parents cut off: neither what it adds nor what lies behind can be told."""
    path = os.environ.get("GIT_SHALLOW_FILE") if repo.ambient else None
    with open(path or os.path.join(repo.common_dir, b"shallow"), encoding="ascii") as file:
        cut = set(file.read().split()).intersection(commits)
    with Batch(repo) as objects:
        for oid in sorted(cut):
            found = objects.read(oid)
            if found is None or b"\nparent " in found[1].partition(b"\n\n")[0]:
                raise ShallowError(
                    f"the clone is shallow and ends inside the range, at commit {oid[:12]}", f"Deepen it: {DEEPEN}."
                )


DATES = "For example: 2026-01-31, 2026-01-31T12:00+01:00, '2 weeks ago', yesterday."
# Words of the dates that git understands. It takes anything else for today, and an empty range would pass for a clean one.
DATE_WORDS = """
january february march april may june july august september october november december jan feb mar apr jun jul aug sep oct nov dec
sunday monday tuesday wednesday thursday friday saturday sun mon tue wed thu fri sat
second seconds minute minutes hour hours day days week weeks month months year years ago last at
yesterday today noon midnight tea now am pm t z utc gmt one two three four five six seven eight nine ten
"""


def moment(repo: Repository, since: str) -> int:
    """The moment that `since` means, in seconds since 1970. UsageError: no date, or not in the past."""
    seconds = _iso(since)
    words = re.findall(r"[^\W\d_]+", since.lower())
    if seconds is None:
        if not re.fullmatch(r"@\d+", since) and (not words or any(word not in DATE_WORDS.split() for word in words)):
            raise UsageError(f"{show_text(since)} is not a date", DATES)
        seconds = int(run(repo, ["rev-parse", f"--since={since}"]).partition(b"=")[2])
    if seconds >= time.time() - 1:
        raise UsageError(f"{show_text(since)} is not a date in the past", DATES)
    return seconds


def _iso(text: str) -> int | None:
    """A date with or without a time. Without one git would take the present time of day, without a zone it is the local one."""
    try:
        return int(datetime.fromisoformat(text.strip()).timestamp())
    except (ValueError, OverflowError):
        return None
