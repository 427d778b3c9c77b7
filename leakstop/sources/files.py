"""Files and folders as they lie on the disk: hidden, ignored and untracked ones too, in sorted order, each once.

Symbolic links are not followed: their text is read, and what they point to is read at its own place if it lies in the scanned
folder. So there are no loops and no way out of the tree. A link that is named as an argument is followed, since the user said so.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING, Protocol

from leakstop import store
from leakstop.errors import NoSuchPath, SourceError, UsageError
from leakstop.model import Chunk, Origin, show_path
from leakstop.reader import DISK
from leakstop.record import NamedTuple
from leakstop.sources import gitdir
from leakstop.sources.globs import Exclusion
from leakstop.sources.reading import forget_places, list_folder, problem, read_file, read_link, read_stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leakstop.model import Tally

STDIN = b"-"
# Made up by the kernel: endless, blocking, or a mirror of the machine.
KERNEL = frozenset((b"/proc", b"/sys", b"/dev"))
# What `<(command)` of a shell turns into: the one kind of pipe that is meant to be read.
OPENED = (b"/dev/fd/", b"/proc/self/fd/", b"/dev/stdin")


PIPE = 1 << 20  # bytes asked for at once


class Entry(Protocol):
    """What is asked of an entry of a folder: os.DirEntry, or an entry that git listed."""

    def is_file(self, *, follow_symlinks: bool = ...) -> bool: ...  # noqa: D102
    def is_dir(self, *, follow_symlinks: bool = ...) -> bool: ...  # noqa: D102
    def is_symlink(self) -> bool: ...  # noqa: D102


class Root(NamedTuple):
    """One argument, looked at."""

    path: bytes  # "" for the current folder
    mode: int


class File(NamedTuple):
    """A regular file that is still to be read."""

    path: bytes
    kind: str = "file"  # of its chunks
    follow: bool = False  # a symbolic link that the user named
    stamp: bytes = b""  # what it is remembered by if nothing is found in it; empty if it is not (see `unchanged`)


class Stream(NamedTuple):
    """Standard input, or a pipe that the shell made."""

    path: bytes


Item = File | Stream | Chunk  # a chunk: what needed no reading, such as the text of a symbolic link


class Folder(NamedTuple):
    """A folder on the way: what is left of it, and how its entries are named."""

    names: Iterator[bytes]
    entries: Mapping[bytes, Entry]
    prefix: bytes  # before an entry's name: "" or a path with a slash
    kind: str = "file"  # of the chunks
    git: bool = False  # a git directory, whose stores are left out


def listed(
    paths: Iterable[str | bytes],
    tally: Tally,
    *,
    exclude: Iterable[str | bytes] = (),
    base: str | bytes = "",
    respect_gitignore: bool = False,
) -> Iterator[Item]:
    """What is to be read of files and folders; `-` is standard input.

    exclude: globs (see `globs`) of the path as shown, from the scanned folder, or from the folder `base` (where the configuration
    is). NoSuchPath, before anything is read, for a path that does not exist; what cannot be listed later goes to `tally`.
    """
    roots = [root for path in dict.fromkeys(map(os.fsencode, paths)) if (root := _root(path, tally))]
    exclusion = Exclusion(exclude, os.fsencode(base))
    walker = Walker(tally, exclusion, respect_gitignore=respect_gitignore, several=len(roots) > 1)
    return (item for root in roots for item in walker.walk(root))


def read(items: Iterable[Item], tally: Tally, max_size: int | None = None) -> Iterator[Chunk]:
    """The chunks of what was listed. max_size: bytes; what cannot be read goes to `tally`."""
    for item in items:
        if isinstance(item, File):
            yield from read_file(item.path, tally, kind=item.kind, follow=item.follow, max_size=max_size or 0)
        elif isinstance(item, Chunk):
            yield item
        elif item.path == STDIN:
            yield from _stdin(tally)
        else:
            with open(item.path, "rb", buffering=0) as stream:
                yield from read_stream(lambda size: stream.read(size) or b"", Origin("file", item.path), tally)


def _stdin(tally: Tally) -> Iterator[Chunk]:
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    # read1 gives what is there: while `read` collects a whole window, Python would not notice Ctrl-C.
    read = getattr(sys.stdin.buffer, "read1", sys.stdin.buffer.read)
    try:
        yield from read_stream(lambda size: read(min(size, PIPE)), Origin("stdin", STDIN), tally)
    except OSError as error:  # a terminal that is gone, or nothing to read from
        tally.problem("standard input", (error.strerror or "cannot be read").lower())


def _root(path: bytes, tally: Tally) -> Root | None:
    """An argument as a Root; None, with a problem, if it cannot even be looked at."""
    if path == STDIN:
        return Root(path, 0)
    if not path or b"\0" in path:
        raise UsageError("a path to scan is empty" if not path else "a path to scan has a zero byte in it")
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            mode = os.stat(path).st_mode
    except OSError as error:
        if os.path.islink(path):
            tally.problem(show_path(path), "a symbolic link that leads nowhere")
        elif error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise NoSuchPath(show_path(path)) from None
        else:
            problem(tally, path, error)
        return None
    if os.sep != "/":
        path = path.replace(os.sep.encode(), b"/")
    while path.startswith(b"./"):
        path = path[2:].lstrip(b"/")
    path = path.rstrip(b"/") or path[:1]
    return Root(b"" if path == b"." else path, mode)


class Walker:
    """Walks roots one after the other; `several` roots may overlap."""

    def __init__(self, tally: Tally, exclude: Exclusion, *, respect_gitignore: bool, several: bool) -> None:
        self._tally = tally
        self._exclude = exclude
        self._gitignore = respect_gitignore
        self._seen: set[bytes] | None = set() if several else None
        self._root = b""  # path of the root in work
        self._real = b""  # the same without links, with a slash; worked out when needed

    def walk(self, root: Root) -> Iterator[Item]:
        """What is to be read of one root."""
        path, mode = root
        self._root, self._real = path, b""
        self._exclude.start(path)
        forget_places()
        if path == STDIN and not mode:
            yield Stream(path)
        elif stat.S_ISDIR(mode):
            folder = self._enter(path, top=True)
            yield from self._folders(folder)
            if folder and b".git" in folder.entries and folder.entries[b".git"].is_file(follow_symlinks=False):
                yield from self._elsewhere(path)
        elif stat.S_ISREG(mode):
            if not self._again(path) and not self._excluded(path):
                yield File(path, follow=True)
        elif path.startswith(OPENED):
            yield Stream(path)
        else:  # who names it wants to know what is in it
            self._tally.problem(
                show_path(path), f"is {SPECIAL}, which is not read", "`leakstop scan - <FILE` reads what comes from it."
            )

    def _folders(self, first: Folder | None) -> Iterator[Item]:
        """All that is in a folder, depth first without recursion: trees can be deeper than Python's stack."""
        stack = [first] if first else []
        tally, careful = self._tally, bool(self._exclude) or self._seen is not None
        while stack:
            folder = stack[-1]
            names, entries, prefix, kind, git = folder
            for name in names:
                entry, path = entries[name], prefix + name
                try:
                    if entry.is_file(follow_symlinks=False):
                        if (git or kind == "hook") and self._left_in_git(name, kind):
                            continue
                        if careful and (self._excluded(path) or self._again(path)):
                            continue
                        if name.startswith(store.KINDS) and store.is_entry(path):
                            tally.skip("file", "of leakstop's own cache")
                            continue
                        yield File(path, gitdir.KINDS.get(name, kind) if git else kind)
                    elif entry.is_symlink():
                        if not (careful and (self._excluded(path) or self._again(path))):
                            yield from self._link(path, kind)
                    elif entry.is_dir(follow_symlinks=False):
                        if (git and self._left_in_git(name, kind)) or (careful and self._excluded(path, folder=True)):
                            continue
                        deeper = self._enter(path, within=folder, name=name)
                        if deeper:
                            stack.append(deeper)
                            break
                    else:
                        tally.skip("special file", SPECIAL)
                except OSError as error:
                    problem(tally, path, error)
            else:
                stack.pop()

    def _enter(self, path: bytes, *, within: Folder | None = None, name: bytes = b"", top: bool = False) -> Folder | None:
        """A folder's entries; None, with a problem, if it cannot be listed."""
        if path in KERNEL and not top:
            self._tally.skip("folder", "made up by the kernel")
            return None
        try:
            entries: Mapping[bytes, Entry] = list_folder(path)
        except OSError as error:
            problem(self._tally, path or b".", error)
            return None
        git = gitdir.is_git_dir(entries)
        if git:
            self._tally.skip("git store", gitdir.WHY_STORE)
        kind = within.kind if within else "file"
        if within and within.git and not git:
            kind = gitdir.KINDS.get(name, kind)
        prefix = path if not path or path.endswith(b"/") else path + b"/"
        if self._gitignore and not git and (b".git" in entries or top):
            entries = self._listed(prefix, entries)
        return Folder(iter(sorted(entries)), entries, prefix, kind, git)

    def _listed(self, prefix: bytes, entries: Mapping[bytes, Entry]) -> Mapping[bytes, Entry]:
        """The entries of a work tree that git does not ignore, by path from `prefix`; all of them outside of a repository."""
        from leakstop.git.plumbing import open_repository, run

        try:
            repo = open_repository(prefix or b".")
        except SourceError:
            top = DISK.folders(os.fsdecode(prefix))[-1]
            if os.path.lexists(os.path.join(top, ".git")):
                raise
            return entries
        if repo.work_tree is None or os.path.realpath(prefix or b".").startswith(repo.common_dir):
            return entries
        listing = run(
            repo, ["-C", os.path.abspath(prefix or b"."), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        )
        found: dict[bytes, Entry] = {}
        for listed in listing.split(b"\0")[:-1]:
            name = listed.rstrip(b"/")  # a repository within, which is not git's to list
            try:
                found[name] = Listed(os.lstat(prefix + name).st_mode)
            except FileNotFoundError:
                continue  # in the index, and deleted since
            except OSError as error:
                problem(self._tally, prefix + name, error)
        # A folder of the index that is now a link: what lies behind it is not in the tree.
        links = {name for name, entry in found.items() if entry.is_symlink()}
        if links:
            found = {name: entry for name, entry in found.items() if links.isdisjoint(_parents(name))}
        if b".git" in entries:
            found[b".git"] = entries[b".git"]
        return found

    def _link(self, path: bytes, kind: str) -> Iterator[Chunk]:
        """The text of a symbolic link; one that leads out of the tree is counted."""
        target = read_link(path)
        self._tally.files += 1
        self._tally.bytes += len(target)
        if not self._within(os.path.realpath(path)):
            self._tally.skip("symbolic link", "leads out of the scanned folder; its text was read, its target not")
        yield Chunk(target, Origin(kind, path))

    def _elsewhere(self, root: bytes) -> Iterator[Item]:
        """Settings and hooks of the repository that the root is a worktree or submodule of, and that lies elsewhere."""
        places = gitdir.pointed_at(root)
        if not places:
            return
        git_dir, common = places
        if not self._within(os.path.realpath(git_dir)):
            yield from self._folders(self._enter(git_dir))
        if common != git_dir and not self._within(os.path.realpath(common)):
            folder = self._enter(common)
            if folder and folder.git:
                names = [name for name in (b"config", b"hooks") if name in folder.entries]
                yield from self._folders(folder._replace(names=iter(names)))

    def _left_in_git(self, name: bytes, kind: str) -> bool:
        """Whether an entry of a git directory is none of a working tree's business."""
        if kind == "hook":
            if name.endswith(b".sample"):
                self._tally.skip("hook", gitdir.WHY_SAMPLE)
                return True
            return False
        if name == gitdir.LFS:
            self._tally.skip("git-lfs store", gitdir.WHY_LFS)
        return name == gitdir.LFS or name in gitdir.STORES

    def _excluded(self, path: bytes, *, folder: bool = False) -> bool:
        """Whether a glob takes the path out; counts it."""
        if not self._exclude.leaves_out(path, folder=folder):
            return False
        self._tally.skip("folder" if folder else "file", "excluded")
        return True

    def _again(self, path: bytes) -> bool:
        """Whether an earlier root has led to this file already."""
        if self._seen is None:
            return False
        real = (self._real_root() + path[len(self._root) :].lstrip(b"/")).rstrip(b"/")
        if real in self._seen:
            return True
        self._seen.add(real)
        return False

    def _within(self, real: bytes) -> bool:
        root = self._real_root()
        return real.startswith(root) or real + b"/" == root

    def _real_root(self) -> bytes:
        if not self._real:
            self._real = os.path.realpath(self._root or b".").rstrip(b"/") + b"/"
        return self._real


SPECIAL = "a device, a pipe or a socket"


class Listed(NamedTuple):
    """An entry that git listed, by its mode."""

    mode: int

    def is_file(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002, D102
        return stat.S_ISREG(self.mode)

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002, D102
        return stat.S_ISDIR(self.mode)

    def is_symlink(self) -> bool:  # noqa: D102
        return stat.S_ISLNK(self.mode)


def _parents(path: bytes) -> Iterator[bytes]:
    """The folders above a path, innermost first."""
    while folder := path.rpartition(b"/")[0]:
        yield folder
        path = folder
