"""What the indexes of a repository hold: content that is staged, and perhaps in no commit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakstop.git.failures import GitError
from leakstop.git.patch import SUBMODULE
from leakstop.git.plumbing import run
from leakstop.git.refs import worktrees
from leakstop.git.trees import absent

if TYPE_CHECKING:
    from leakstop.git.objects import ObjectStore
    from leakstop.git.plumbing import Repository

INDEX = b"index"  # in place of a ref's name; that of another work tree has a prefix, as its HEAD has


Files = dict[bytes, list[tuple[bytes, bytes]]]  # for each blob (id) the paths and the indexes that have it there


def staged(repo: Repository) -> Files:
    """What the indexes hold; one that git cannot read is left out."""
    found: Files = {}
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
            mode, oid, _ = words.split(b" ")
            if mode != SUBMODULE:
                found.setdefault(bytes.fromhex(oid.decode("ascii")), []).append((name, prefix + INDEX))
    return found


def lost(files: Files, store: ObjectStore) -> dict[bytes, list[bytes]]:
    """Blobs that an index names and no object is, with their paths; of a partial clone none, since that may be on purpose."""
    if store.promisor:
        return {}
    gone = absent(((b"", b"", oid) for oid in files), store.ids)
    gone.discard(_empty(store.width))  # git needs no object for it
    return {oid: [path for path, _ in files[oid]] for oid in gone}


def _empty(width: int) -> bytes:
    """The id of an empty blob."""
    import hashlib

    return hashlib.new("sha256" if width == 32 else "sha1", b"blob 0\0", usedforsecurity=False).digest()
