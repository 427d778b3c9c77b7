"""What lies in a git directory: settings and hooks, which may hold secrets, and git's stores, which `leakstop history` reads.

Told by its contents and not by its name, so that bare repositories, submodules and linked worktrees are known too.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakstop.sources.reading import FLAGS, open_path

if TYPE_CHECKING:
    from collections.abc import Container

STORES = frozenset((b"objects", b"refs", b"logs", b"index", b"packed-refs"))
LFS = b"lfs"
WHY_STORE = "objects, refs, logs and index; `leakstop history` reads them"
WHY_LFS = "copies of large files that git-lfs keeps"
WHY_SAMPLE = "a sample hook, which git never runs"
KINDS = {b"config": "config", b"config.worktree": "config", b"hooks": "hook"}


def is_git_dir(names: Container[bytes]) -> bool:
    """Whether a folder with these entries is a repository's, or that of a linked worktree."""
    return b"HEAD" in names and ((b"objects" in names and b"refs" in names) or b"commondir" in names)


def pointed_at(folder: bytes) -> tuple[bytes, bytes] | None:
    """The git directory and the common directory that the file `.git` of a worktree or submodule names; None if it names none."""
    git_dir = _line(os.path.join(folder, b".git"))
    if not git_dir.startswith(b"gitdir:"):
        return None
    git_dir = os.path.normpath(os.path.join(folder, git_dir.removeprefix(b"gitdir:").strip()))
    common = _line(os.path.join(git_dir, b"commondir"))
    return git_dir, os.path.normpath(os.path.join(git_dir, common)) if common else git_dir


def _line(path: bytes) -> bytes:
    """The first line of a small file, empty if there is none to be read: then nothing is pointed at."""
    try:
        fd = open_path(path, FLAGS)
    except OSError:
        return b""
    try:
        return os.read(fd, 16384).split(b"\n", 1)[0].strip()
    except OSError:
        return b""
    finally:
        os.close(fd)
