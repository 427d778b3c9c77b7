"""Every name that git keeps for an object: refs, HEADs of all worktrees, operations in progress, and the reflogs.

`refs` gives what names an object now, `reflogs` what named one before. Ids are raw bytes, names are bytes as git writes them
(`refs/heads/main`, `HEAD`, `worktrees/other/HEAD`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from leakstop.git import reffiles, reftable
from leakstop.git.failures import GitError, explain
from leakstop.git.plain import opener
from leakstop.git.plumbing import run, start
from leakstop.git.reffiles import content, files, relative
from leakstop.model import show_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakstop.git.plumbing import Repository
    from leakstop.model import Tally

REMOTES = b"refs/remotes/"
OWN = (b"refs/heads/", b"refs/tags/", b"refs/notes/", b"refs/stash")  # where git and people put names of their own
STASH = b"refs/stash"  # older stashes stand in its reflog alone
LOCAL_REFS = (b"bisect", b"worktree", b"rewritten")  # folders of refs that each worktree has for itself
# Files beside HEAD that name objects while an operation goes on, or after it (gitrevisions, "pseudorefs").
PSEUDO = (
    b"ORIG_HEAD",
    b"FETCH_HEAD",
    b"MERGE_HEAD",
    b"CHERRY_PICK_HEAD",
    b"REVERT_HEAD",
    b"REBASE_HEAD",
    b"BISECT_HEAD",
    b"AUTO_MERGE",
    b"MERGE_AUTOSTASH",
    b"rebase-merge/autostash",
    b"rebase-merge/orig-head",
    b"rebase-apply/autostash",
    b"rebase-apply/orig-head",
)
LOST, REMEDY = "this ref is broken: what it named cannot be told", "See `git fsck`; delete or restore the ref."
BROKEN = (b"warning: ignoring broken ref ", b"warning: ignoring ref with broken name ")


class Ref(NamedTuple):
    """A name for an object, a commit as a rule; an annotated tag is named by its own id."""

    name: bytes
    oid: bytes
    target: bytes = b""  # the ref that a symbolic ref stands for
    passing: bool = False  # a reflog entry or an operation in progress: the name goes away by itself
    fetched: bool = False  # it is outside of refs/remotes/, and fetching from a remote sets it

    @property
    def remote(self) -> bool:
        """Whether it says what a remote has, or had."""
        return self.fetched or self.name.startswith(REMOTES)


class Reflog(NamedTuple):
    """One entry: `ref` was moved from `old` (None: it did not exist) to `new` (None: it was deleted)."""

    ref: bytes
    number: int  # 0 is the newest
    old: bytes | None
    new: bytes | None
    person: bytes  # as in a commit: name, email in angle brackets, seconds, time zone
    message: bytes

    @property
    def name(self) -> bytes:
        """As git names it: `HEAD@{3}`, `stash@{1}`, `refs/heads/main@{2}`."""
        return entry_name(self.ref, self.number)


def entry_name(ref: bytes, number: int) -> bytes:
    """The name of a reflog entry."""
    return b"%b@{%d}" % (b"stash" if ref == STASH else ref, number)


def refs(repo: Repository, tally: Tally) -> list[Ref]:
    """All of refs/*, HEAD, the HEADs and own refs of the other worktrees, and what operations in progress hold.

    A broken ref becomes a problem of the tally. A HEAD whose branch has no commit yet is left out.
    """
    found = _listed(repo, tally)
    known = {ref.name: ref.oid for ref in found}
    tables = reftable.used(repo)
    for prefix, folder in worktrees(repo):
        if tables:
            found += _in_tables(repo, prefix, folder)
        else:
            found += _head(prefix, folder, known)
            if folder != repo.git_dir:
                found += _local(prefix, folder, tally)
        for name in PSEUDO:
            found += [Ref(prefix + name, oid, passing=True) for oid in _ids_in(os.path.join(folder, name))]
    return found


def reflogs(repo: Repository, tally: Tally) -> Iterator[Reflog]:
    """The entries of all reflogs, of all worktrees, each log newest first. A malformed line becomes a problem of the tally."""
    tables = reftable.used(repo)
    for prefix, folder in worktrees(repo):
        if tables:
            yield from _table_entries(repo, prefix, folder, tally)
            continue
        logs = os.path.join(folder, b"logs")
        for path in files(logs):
            name = relative(path, logs)
            own = folder != repo.common_dir or not name.startswith(b"refs/") or _is_own(name)
            yield from _entries(path, prefix + name if own else name, tally)


def tips(found: Iterable[Ref], entries: Iterable[Reflog]) -> list[Ref]:
    """The refs, and one more for each object that only a reflog entry names; entries of remote-tracking refs are all there."""
    names = list(found)
    seen = {ref.oid for ref in names if not ref.passing}
    for entry in entries:
        for oid, number in ((entry.new, entry.number), (entry.old, entry.number + 1)):
            # What a remote-tracking ref once pointed to was on the remote, whatever else points there.
            if oid is not None and (oid not in seen or entry.ref.startswith(REMOTES)):
                seen.add(oid)
                names.append(Ref(entry_name(entry.ref, number), oid, passing=entry.ref != STASH))
    return names


def _listed(repo: Repository, tally: Tally) -> list[Ref]:
    """What `git for-each-ref` lists. Nothing but the id is asked for: kinds and peeled ids make git read every object.

    It stops at the first line of packed-refs that it does not understand. That is a problem, and the files are read then.
    """
    args = ["for-each-ref", "--format=%(objectname) %(symref) %(refname)"]
    process = start(repo, args)
    pieces = []
    while piece := process.read():
        pieces.append(piece)
    code, errors = process.finish()
    if code:
        error = explain(args, code, errors)
        if not isinstance(error, GitError) or reftable.used(repo):
            raise error
        tally.problem("refs", error.message, error.remedy)
        return [Ref(*ref) for ref in reffiles.read(repo)]
    for line in errors.split(b"\n"):
        for sign in BROKEN:
            if line.startswith(sign):
                tally.problem(show_path(line.removeprefix(sign)), LOST, REMEDY)
    listed = []
    outside = _outside(repo)
    for line in b"".join(pieces).splitlines():
        oid, target, name = line.split(b" ", 2)
        listed.append(Ref(name, bytes.fromhex(oid.decode()), target, fetched=bool(outside) and name.startswith(outside)))
    return listed


def _outside(repo: Repository) -> tuple[bytes, ...]:
    """How the names of refs outside of refs/remotes/ begin that fetching from a remote sets: in a mirror all names do.

    Where people work, branches, tags and notes of their own stand among those that are fetched, and nothing tells them apart.
    """
    entries = run(repo, ["config", "-z", "--get-regexp", r"^remote\..*\.fetch$"], ok=(0, 1)).split(b"\0")
    places = [entry.partition(b"\n")[2].partition(b":")[2].partition(b"*") for entry in entries]
    begins = {begin for begin, star, _ in places if star and not begin.startswith(REMOTES)}
    return tuple(begin for begin in begins if repo.bare or not any(own.startswith(begin) or begin.startswith(own) for own in OWN))


def worktrees(repo: Repository) -> list[tuple[bytes, bytes]]:
    """(prefix of its names, git directory) of each worktree, the repository's own first, without prefix."""
    own = repo.git_dir
    others = [(b"main-worktree/", repo.common_dir)] if own != repo.common_dir else []
    folder = os.path.join(repo.common_dir, b"worktrees")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        names = []
    others += [(b"worktrees/" + name + b"/", os.path.join(folder, name)) for name in names]
    return [(b"", own), *((prefix, path) for prefix, path in others if not _same(path, own))]


def _same(one: bytes, other: bytes) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return one == other


def _in_tables(repo: Repository, prefix: bytes, folder: bytes) -> list[Ref]:
    """What a worktree has for itself in the reftable format: HEAD, operations in progress, of another one its own refs."""
    found = []
    for name, oid, target in reftable.own(repo, folder, LOCAL_REFS if prefix else ()):
        if not name.startswith(b"refs/"):
            own_target = prefix + target if _is_own(target) else target
            found.append(Ref(prefix + name, oid, own_target, passing=name != b"HEAD"))
        else:
            found.append(Ref(prefix + name, oid))
    return found


def _is_own(name: bytes) -> bool:
    """Whether each worktree has a ref of this name for itself."""
    return name.startswith(b"refs/") and name.split(b"/")[1] in LOCAL_REFS


def _head(prefix: bytes, folder: bytes, known: dict[bytes, bytes]) -> list[Ref]:
    """The HEAD of a worktree, if it names a commit."""
    path = os.path.join(folder, b"HEAD")
    text = content(path)
    if not text.startswith(b"ref:"):
        return [Ref(prefix + b"HEAD", oid) for oid in _ids_in(path)[:1]]
    target = text[4:].strip()
    if target in known:
        return [Ref(prefix + b"HEAD", known[target], target)]
    own = _ids_in(os.path.join(folder, target)) if b".." not in target.split(b"/") else []  # a ref of this worktree alone
    return [Ref(prefix + b"HEAD", oid, prefix + target) for oid in own[:1]]


def _local(prefix: bytes, folder: bytes, tally: Tally) -> list[Ref]:
    """The refs that another worktree has for itself; they are never packed."""
    found = []
    for name in LOCAL_REFS:
        for path in files(os.path.join(folder, b"refs", name)):
            ref = prefix + relative(path, folder)
            ids = _ids_in(path)
            found += [Ref(ref, oid) for oid in ids[:1]]
            if not ids and not path.endswith(b".lock"):
                tally.problem(show_path(ref), LOST, REMEDY)
    return found


def _entries(path: bytes, ref: bytes, tally: Tally) -> Iterator[Reflog]:
    where = f"reflog of {show_path(ref)}"
    try:
        with open(path, "rb", opener=opener) as file:
            lines = file.read().removesuffix(b"\n").split(b"\n")
    except OSError as error:
        tally.problem(where, f"cannot be read: {error.strerror}", "Run as the owner of the repository.")
        return
    bad = 0
    for number, line in enumerate(reversed(lines)):
        head, _, message = line.partition(b"\t")
        words = head.split(b" ", 2)
        try:
            old, new = (bytes.fromhex(word.decode("ascii")) for word in words[:2])
        except ValueError:
            bad += bool(line)
            continue
        yield Reflog(ref, number, old if any(old) else None, new if any(new) else None, b"".join(words[2:]), message)
    if bad:
        tally.problem(where, f"{bad} of its lines cannot be read", f"Look into the file {show_path(path)}.")


def _table_entries(repo: Repository, prefix: bytes, folder: bytes, tally: Tally) -> Iterator[Reflog]:
    """The same from the reftable format; of another worktree what it has for itself."""
    for ref in reftable.logged(repo, folder):
        own = _is_own(ref) or not ref.startswith(b"refs/")
        if prefix and not own:
            continue
        name = prefix + ref if own else ref
        try:
            entries = reftable.entries(repo, folder, ref)
        except GitError as error:
            tally.problem(f"reflog of {show_path(name)}", error.message, error.remedy)
            continue
        for number, (new, person, message) in enumerate(entries):
            old = entries[number + 1][0] if number + 1 < len(entries) else None
            yield Reflog(name, number, old, new, person, message)


def _ids_in(path: bytes) -> list[bytes]:
    """The ids that the lines of a file begin with."""
    found = []
    for line in content(path).split(b"\n"):
        word = line.split(maxsplit=1)[:1]
        if word and len(word[0]) in (40, 64):
            try:
                found.append(bytes.fromhex(word[0].decode("ascii")))
            except ValueError:
                pass
    return found
