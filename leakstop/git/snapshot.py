"""The files of one commit, as a `reader.Reader`: what decides about a change is read from the commit that it starts from.

Paths are those of the disk. What lies in the work tree is read from the commit, whatever the work tree holds now; what lies
elsewhere (a configuration that the CI job brings along) is read from the disk.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from leakstop.git.failures import GitError
from leakstop.git.plumbing import run
from leakstop.model import show_path
from leakstop.reader import DISK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakstop.git.plumbing import Repository

FOLLOW = ["cat-file", "--batch", "--follow-symlinks"]
LONGEST = 4096  # bytes of a secret's line that are looked for


class Snapshot:
    """The files of a commit or tree. `ahead`: names that are likely to be asked for, read by one git process for each folder."""

    def __init__(self, repo: Repository, oid: str, ahead: Iterable[str] = ()) -> None:
        self._repo = repo
        self.oid = oid
        self._ahead = tuple(ahead)
        self._top = os.fsdecode(repo.work_tree or repo.git_dir)
        self._files: dict[str, bytes | OSError | None] = {}  # by path from the top

    def folders(self, start: str) -> list[str]:
        """The folder `start` and those above it up to the top of the repository; the top if `start` lies elsewhere."""
        parts = [part for part in (self._inside(start or ".") or "").split("/") if part]
        found = [os.path.join(self._top, *parts[:number]) for number in range(len(parts), -1, -1)]
        self._fetch([f"{self._inside(folder)}/{name}".lstrip("/") for folder in found for name in self._ahead])
        return found

    def is_file(self, path: str) -> bool:
        """Whether the commit has a file, or a link to one, of that name."""
        inside = self._inside(path)
        return DISK.is_file(path) if inside is None else self._look(inside) is not None

    def read(self, path: str) -> bytes:
        """A file's content. OSError: there is none, or it is a link that leads nowhere."""
        inside = self._inside(path)
        if inside is None:
            return DISK.read(path)
        found = self._look(inside)
        if found is None:
            raise FileNotFoundError(errno.ENOENT, "No such file in that commit")
        if isinstance(found, OSError):
            raise found
        return found

    def names(self, folder: str) -> list[str] | None:
        """What a folder holds, sorted; None if it is no folder of the commit."""
        inside = self._inside(folder)
        if inside is None:
            return DISK.names(folder)
        name = f"{self.oid}:{inside}" if inside else f"{self.oid}^{{tree}}"
        try:
            listing = run(self._repo, ["ls-tree", "-z", "--name-only", name])
        except GitError:
            return None
        return sorted(map(os.fsdecode, listing.split(b"\0")[:-1]))

    def shown(self, path: str) -> str:
        """The path and the commit."""
        inside = self._inside(path)
        return DISK.shown(path) if inside is None else f"{inside} (in {self.oid[:12]})"

    def holding(self, secret: bytes) -> Iterator[bytes]:
        """The contents of the commit's files that hold a secret. It never stands in an argument list."""
        needle = max(secret.splitlines(), key=len, default=b"")
        if not needle or b"\0" in needle or len(needle) > LONGEST:
            return
        # Exit code 1: nowhere. Binary files count as text; the whole tree, from whichever folder this is run.
        command = ["grep", "-a", "-l", "-z", "-F", "--full-name", "--no-recurse-submodules", "-f", "-", self.oid, "--", ":/"]
        found = run(self._repo, command, stdin=needle + b"\n", ok=(0, 1), env={"GIT_LITERAL_PATHSPECS": "0"})
        names = [name.partition(b":")[2] for name in found.split(b"\0")[:-1]]
        for content in _contents(self._repo, self.oid, names):
            if isinstance(content, bytes) and secret in content:
                yield content

    def _inside(self, path: str) -> str | None:
        """The path from the top, with slashes; None if it lies elsewhere."""
        for absolute in (os.path.abspath(path), os.path.realpath(path)):
            inside = os.path.relpath(absolute, self._top)
            if inside == os.curdir:
                return ""
            if inside != os.pardir and not inside.startswith(os.pardir + os.sep) and not os.path.isabs(inside):
                return inside.replace(os.sep, "/")
        return None

    def _look(self, inside: str) -> bytes | OSError | None:
        if inside not in self._files:
            self._fetch([inside])
        return self._files[inside]

    def _fetch(self, names: list[str]) -> None:
        wanted = [name for name in names if name not in self._files]
        self._files.update(zip(wanted, _contents(self._repo, self.oid, map(os.fsencode, wanted)), strict=True))


def _contents(repo: Repository, oid: str, names: Iterable[bytes]) -> Iterator[bytes | OSError | None]:
    """The files of a commit; None for those that are not there or are folders, an OSError for links that lead nowhere."""
    wanted = list(names)
    absent: list[bytes] = []
    asked = [oid.encode("ascii") + b":" + name for name in wanted if b"\n" not in name]
    answers = run(repo, FOLLOW, stdin=b"".join(line + b"\n" for line in asked)) if asked else b""
    at = 0
    for name in wanted:
        if b"\n" in name:  # git would take it for two
            yield None
            continue
        end = answers.index(b"\n", at)
        words = answers[at:end].rsplit(b" ", 2)
        at = end + 1
        if words[-1] in (b"missing", b"ambiguous") or not words[-1].isdigit():
            absent.append(name)
            yield None
            continue
        size = int(words[-1])
        content, at = answers[at : at + size], at + size + 1
        if words[0] in (b"symlink", b"dangling", b"loop", b"notdir"):
            yield OSError(errno.ELOOP, "A symbolic link that leads out of the repository or nowhere")
        else:
            yield content if words[1] == b"blob" else None
    # Git says the same of a file that is not there and of one whose content is not here.
    if absent and repo.partial and (listed := run(repo, ["ls-tree", "-z", "--name-only", oid, "--", *absent])):
        path = show_path(listed.split(b"\0")[0])
        raise GitError(
            f"{path} of commit {oid[:12]} is not in this partial clone", "`git fetch --refetch`, or clone without --filter."
        )
