"""Where git looks for hooks."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from leakstop.git.plumbing import run

if TYPE_CHECKING:
    from leakstop.git.plumbing import Repository

KEY = "core.hooksPath"


class Place(NamedTuple):
    """A folder of hooks."""

    folder: str
    scope: str = ""  # where `core.hooksPath` names it: local, worktree, global, system; "": it is the repository's own folder
    ours: bool = False  # the folder that `leakstop install --global` makes: there every hook runs the repository's own, too
    relative: bool = False  # each work tree has one of its own


def place(repo: Repository) -> Place:
    """The folder that git runs the hooks of a repository from; all its worktrees share it, unless its name is relative."""
    scope, folder = _configured(repo, ())
    if not folder:
        return Place(os.fsdecode(os.path.join(repo.common_dir, b"hooks")))
    # A relative one is seen from where hooks run: the top of the work tree, or the bare repository itself.
    found = _at(os.path.join(os.fsdecode(repo.work_tree or repo.git_dir), folder), scope)
    return found._replace(relative=repo.work_tree is not None and not os.path.isabs(folder))


def shared_place() -> Place:
    """The folder for hooks of all of this user's repositories: the one that is configured, else that of `own_folder`."""
    _, folder = _configured(None, ("--global",))
    return _at(folder or own_folder(), "global")


def _at(folder: str, scope: str) -> Place:
    folder = os.path.abspath(folder)
    return Place(folder, scope, folder == os.path.abspath(own_folder()))


def own_folder() -> str:
    """Our folder for hooks of all repositories, which `share` makes git use."""
    if sys.platform == "win32":
        base = os.environ.get("APPDATA", "")
    else:
        base = os.environ.get("XDG_CONFIG_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.config"), "leakstop", "hooks")


def share(folder: str | None) -> None:
    """Make git run the hooks of all of this user's repositories from a folder; None: from their own again."""
    if folder is None:
        run(None, ["config", "--global", "--unset-all", KEY], ok=(0, 5))  # 5: there was none
    else:
        run(None, ["config", "--global", KEY, folder])


def _configured(repo: Repository | None, options: tuple[str, ...]) -> tuple[str, str]:
    """Scope and folder of the last `core.hooksPath`, but for the one that this package gives git on the command line."""
    listing = run(repo, ["config", *options, "-z", "--show-scope", "--type=path", "--get-all", KEY], ok=(0, 1)).split(b"\0")
    found = [pair for pair in zip(listing[::2], listing[1::2], strict=False) if pair[0] != b"command"]
    return (found[-1][0].decode("ascii"), os.fsdecode(found[-1][1])) if found else ("", "")
