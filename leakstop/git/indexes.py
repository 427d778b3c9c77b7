"""What the indexes of a repository hold: content that is staged, and perhaps in no commit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakstop.git.failures import GitError
from leakstop.git.plumbing import run
from leakstop.git.refs import worktrees

if TYPE_CHECKING:
    from leakstop.git.plumbing import Repository

INDEX = b"index"  # in place of a ref's name; that of another work tree has a prefix, as its HEAD has


def staged(repo: Repository) -> dict[bytes, list[tuple[bytes, bytes]]]:
    """For each blob of an index (id) the paths and the indexes that have it there. One that git cannot read is left out."""
    found: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for prefix, folder in worktrees(repo):
        path = os.path.join(folder, INDEX)
        if not os.path.isfile(path):
            continue
        try:
            # A sparse index would be made of one that is whole, and trees for it written.
            listing = run(
                repo,
                ["-c", "index.sparse=false", "ls-files", "--stage", "-z", "--full-name"],
                env={"GIT_INDEX_FILE": os.fsdecode(path)},
            )
        except GitError:
            continue
        for record in listing.split(b"\0")[:-1]:
            words, _, name = record.partition(b"\t")
            found.setdefault(bytes.fromhex(words.split(b" ")[1].decode("ascii")), []).append((name, prefix + INDEX))
    return found
