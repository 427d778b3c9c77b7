"""What updates of refs bring to a repository: a push as the hooks of either side see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.errors import SourceError, UsageError
from leakstop.git.plumbing import run
from leakstop.git.revisions import Revisions, between
from leakstop.model import show_path, show_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leakstop.git.plumbing import Repository

HEADS, REMOTES = b"refs/heads/", b"refs/remotes/"
USUAL = (b"refs/heads/main", b"refs/heads/master")  # what stays on a remote whose HEAD nobody asked for
FOREIGN = ("standard input is not what git gives this hook", "`leakstop install` writes hooks that git calls.")
DAMAGED = "`git fsck --full` lists what is missing or damaged; fetch it from another clone."


class Update(NamedTuple):
    """A ref of the receiving side that is to point to another object. Ids are hexadecimal, "" where there is none."""

    ref: bytes
    new: str  # "": deleted
    old: str  # "": created

    @property
    def created(self) -> bool:
        """Whether the ref is new there."""
        return bool(self.new) and not self.old


class Arrivals(NamedTuple):
    """What is new with the receiving side: commits and annotated tags, and what tags name that is no commit."""

    revisions: Revisions
    objects: tuple[tuple[bytes, str, str], ...] = ()  # ref, blob or tree, id
    refs: tuple[bytes, ...] = ()  # names of new refs


class Held(NamedTuple):
    """What the receiving side has."""

    ids: list[str]  # objects; some may not be here
    base: str = ""  # the commit whose configuration counts: its main branch, else what one of the branches was; "": unknown


def sent(data: bytes) -> list[Update]:
    """The updates that git tells a pre-push hook: local ref, local id, remote ref, remote id. UsageError for anything else."""
    # The local ref is what the user wrote, which may have blanks in it: HEAD@{1 day ago}.
    rows = [line.rsplit(b" ", 3) for line in data.split(b"\n") if line.strip()]
    return [Update(ref, _id(new), _id(old)) for _, new, ref, old in _whole(rows, 4)]


def received(data: bytes) -> list[Update]:
    """The updates that git tells a pre-receive hook: old id, new id, ref. UsageError for anything else."""
    rows = [line.split(b" ", 2) for line in data.split(b"\n") if line.strip()]
    return [Update(ref, _id(new), _id(old)) for old, new, ref in _whole(rows, 3)]


def _whole(rows: list[list[bytes]], size: int) -> list[list[bytes]]:
    if any(len(words) != size for words in rows):
        raise UsageError(*FOREIGN)
    return rows


def _id(word: bytes) -> str:
    """An id; "" for zeros."""
    if len(word) not in (40, 64) or word.strip(b"0123456789abcdef"):
        raise UsageError(*FOREIGN)
    return word.decode("ascii") if word.strip(b"0") else ""


def arrivals(repo: Repository, updates: Sequence[Update], there: Held) -> Arrivals:
    """What the updates bring that is not there yet. SourceError: it is not all here."""
    known = set(there.ids)
    asked = list(dict.fromkeys(update.new for update in updates if update.new and update.new not in known))
    kinds = _kinds(repo, [name for oid in asked for name in (oid, f"{oid}^{{}}")]) if asked else []
    commits, tags, objects = [], [], []
    for oid, itself, (end, kind) in zip(asked, kinds[::2], kinds[1::2], strict=True):
        ref = next(update.ref for update in updates if update.new == oid)
        if not kind:
            raise SourceError(f"{show_path(ref)}: object {oid} is missing or damaged", DAMAGED)
        if itself[1] == "tag":
            tags.append((show_path(ref), oid))
        if kind == "commit":
            commits.append(end)
        elif end not in known:
            objects.append((ref, kind, end))
    revisions = between(repo, commits, known=sorted(known)) if commits else Revisions((), frozenset())
    bases = (there.base,) if there.base else ()
    revisions = revisions._replace(tags=tuple(tags), bases=bases, heads=revisions.heads or bases)
    return Arrivals(revisions, tuple(objects), tuple(update.ref for update in updates if update.created and update.ref))


def _kinds(repo: Repository, names: list[str]) -> list[tuple[str, str]]:
    """Id and kind of each object; "" for what is missing."""
    asked = "".join(f"{name}\n" for name in names).encode("ascii")
    answers = run(repo, ["cat-file", "--batch-check=%(objectname) %(objecttype)"], stdin=asked).decode("ascii", "replace")
    found = []
    for line in answers.splitlines():
        oid, _, kind = line.partition(" ")
        found.append((oid, kind) if kind in ("commit", "tag", "blob", "tree") else ("", ""))
    return found


def present(repo: Repository) -> Held:
    """What the refs of this repository reach: in a pre-receive hook, what was there before the push."""
    ids = {line.decode("ascii") for line in run(repo, ["for-each-ref", "--format=%(objectname)"]).split()}
    # Without a default branch nobody's configuration counts; of the very first push its own does, for there is no other.
    return Held(sorted(ids), _id_of(repo, "HEAD^{commit}") or (repo.empty_tree if ids else ""))


def named(repo: Repository, name: str) -> str:
    """The id of what a name stands for. SourceError: nothing."""
    found = _id_of(repo, name)
    if not found:
        raise SourceError(f"there is nothing named {show_text(name)}", "`git branch --all` lists what is here.")
    return found


def _id_of(repo: Repository, name: str) -> str:
    """The id of what a name stands for; "" when that is nothing."""
    return run(repo, ["rev-parse", "--verify", "--quiet", "--end-of-options", name], ok=(0, 1)).decode("ascii").strip()


def held_anywhere(repo: Repository) -> Held:
    """What remote-tracking refs name, whatever the remote."""
    return Held(sorted({oid for oid, _ in _refs(repo, REMOTES.rstrip(b"/"))}))


def held(repo: Repository, remote: bytes, updates: Sequence[Update] = ()) -> Held:
    """What a remote is known to have: what it has just said (`old`), and what the refs that follow it name.

    Those are believed unless the remote says that it lacks such a branch. Then that one is not; and if it is the remote's main
    branch none is, since another, perhaps new and public repository now stands at this address.
    """
    tracked = following(repo, remote)
    main = _main(repo, remote)
    gone = {update.ref for update in updates if update.created and update.ref in tracked}
    if not gone.isdisjoint(main):
        tracked = {}
    said = [update.old for update in updates if update.old]
    known = {oid for ref, oid in tracked.items() if ref not in gone}
    base = next((tracked[ref] for ref in main if ref in tracked), "")
    if not base and said:
        base = next((oid for oid, (_, kind) in zip(said, _kinds(repo, said), strict=True) if kind == "commit"), "")
    return Held(sorted(known.union(said)), base)


def following(repo: Repository, remote: bytes) -> dict[bytes, str]:
    """The remote's refs as its remote-tracking refs remember them: name over there, id. A URL in place of a name: that remote."""
    settings = _settings(repo)
    names = [remote] if remote in settings else [name for name, values in settings.items() if (b"url", remote) in values]
    found = {}
    for name in names:
        for key, value in settings[name]:
            theirs, _, ours = value.removeprefix(b"+").partition(b":")
            # What a mirror fetches overwrites our own branches, so that these say nothing about the remote.
            if key != b"fetch" or not ours.startswith(REMOTES):
                continue
            prefix, their_prefix = ours.partition(b"*")[0], theirs.partition(b"*")[0]
            for oid, ref in _refs(repo, prefix.rstrip(b"/")):
                if ref.startswith(prefix) and not ref.endswith(b"/HEAD"):
                    found[their_prefix + ref[len(prefix) :]] = oid
    return found


def _refs(repo: Repository, prefix: bytes) -> list[tuple[str, bytes]]:
    listing = run(repo, ["for-each-ref", "--format=%(objectname) %(refname)", prefix])
    return [(oid.decode("ascii"), ref) for oid, _, ref in (line.partition(b" ") for line in listing.splitlines())]


def _main(repo: Repository, remote: bytes) -> tuple[bytes, ...]:
    """The remote's main branch; the usual names where it is not known."""
    prefix = REMOTES + remote + b"/"
    target = run(repo, ["symbolic-ref", "--quiet", prefix + b"HEAD"], ok=(0, 1, 128)).strip()
    return (HEADS + target.removeprefix(prefix),) if target.startswith(prefix) else USUAL


def _settings(repo: Repository) -> Mapping[bytes, list[tuple[bytes, bytes]]]:
    """What the configuration says of each remote: where it is, what is fetched from it."""
    listing = run(repo, ["config", "-z", "--get-regexp", r"^remote\..*\.(url|pushurl|fetch)$"], ok=(0, 1))
    settings: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for entry in listing.split(b"\0")[:-1]:
        name, _, value = entry.partition(b"\n")
        remote, _, key = name.removeprefix(b"remote.").rpartition(b".")
        settings.setdefault(remote, []).append((b"url" if key == b"pushurl" else key, value))
    return settings
