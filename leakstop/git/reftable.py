"""Refs and reflogs that a repository keeps in the reftable format, which git alone reads (2.45 and newer)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakstop.git.plumbing import run
from leakstop.git.reffiles import content

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakstop.git.plumbing import Repository

_DUMMY = b"ref: refs/heads/.invalid"  # what such a repository's file HEAD says (git's reftable backend), wherever the tables lie


def used(repo: Repository) -> bool:
    """Whether a repository keeps its refs so."""
    return os.path.isdir(os.path.join(repo.common_dir, b"reftable")) or content(
        os.path.join(repo.common_dir, b"HEAD")
    ).startswith(_DUMMY)


def own(repo: Repository, folder: bytes, folders: Iterable[bytes]) -> list[tuple[bytes, bytes, bytes]]:
    """(name, id, ref that a symbolic one stands for) of the refs that the worktree with this git directory has for itself: HEAD,
    `ORIG_HEAD` and their like, and what is in some folders of refs/. Nothing but the id is asked for: its object may be gone.
    """
    args: list[str | bytes] = ["for-each-ref", "--include-root-refs", "--format=%(objectname) %(symref) %(refname)"]
    args += ["[A-Z]*", *(b"refs/" + name for name in folders)]
    lines = (line.split(b" ", 2) for line in run(repo, args, env=_in(folder)).splitlines())
    return [(name, bytes.fromhex(oid.decode()), target) for oid, target, name in lines]


def logged(repo: Repository, folder: bytes) -> list[bytes]:
    """The refs with a reflog that the worktree with this git directory sees."""
    return run(repo, ["reflog", "list"], env=_in(folder)).splitlines()


def entries(repo: Repository, folder: bytes, ref: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """(id, person as in a commit, message) of the entries of a ref's log, newest first."""
    form = "--format=%H%x00%gn <%ge>%x00%gd%x00%gs"
    args: list[str | bytes] = ["log", "-g", "--no-show-signature", "--date=raw", form, ref, "--"]
    found = []
    for line in run(repo, args, env=_in(folder)).splitlines():
        oid, person, selector, message = line.split(b"\0", 3)
        stamp = selector.rpartition(b"@{")[2].removesuffix(b"}")
        found.append((bytes.fromhex(oid.decode()), person + b" " + stamp, message))
    return found


def _in(folder: bytes) -> dict[str, str]:
    return {"GIT_DIR": os.fsdecode(folder)}
