"""The commits that pre-commit and prek ask a hook about: `--from-ref … --to-ref …`, or a push. They tell it by variables.

Of a push both frameworks look at the first ref alone and keep the others to themselves; the hook that
`leakstop install --pre-push` writes sees them all.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakstop.git.revisions import resolve
from leakstop.git.updates import Arrivals, Update, arrivals, held, held_anywhere, named

if TYPE_CHECKING:
    from leakstop.git.plumbing import Repository


def arriving(repo: Repository) -> Arrivals:
    """The commits meant. SourceError: one of the ends is not here, or a shallow clone ends between them."""
    begin, end = os.environ.get("PRE_COMMIT_FROM_REF", ""), os.environ.get("PRE_COMMIT_TO_REF", "")
    remote = os.fsencode(os.environ.get("PRE_COMMIT_REMOTE_NAME", ""))
    if not remote and begin and end:
        return Arrivals(resolve(repo, [f"{begin}..{end}"]))
    # A branch of which the remote has nothing, down to its root, has no FROM and no TO; only its name is told.
    tip = named(repo, end or os.environ.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD")
    pushed = Update(os.fsencode(os.environ.get("PRE_COMMIT_REMOTE_BRANCH", "")), tip, begin)
    return arrivals(repo, [pushed], held(repo, remote, [pushed]) if remote else held_anywhere(repo))
