"""`leakstop install` and `leakstop uninstall`: git hooks without a framework, beside those that are already there."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from leakstop.commands import hookfile
from leakstop.commands.managers import manager
from leakstop.commands.options import Command, Option
from leakstop.commands.output import say
from leakstop.errors import UsageError
from leakstop.model import show_text

if TYPE_CHECKING:
    from leakstop.git.hooks import Place

USUAL = ("pre-commit", "pre-push")  # of a repository with a work tree, without a choice


def install(values: Any) -> int:
    """Write the hooks; 0."""
    place, usual = _place(values)
    names = _chosen(values) or usual
    if not _installed():
        raise UsageError("this leakstop is not installed, so that a hook would not find it", "For example: pipx install leakstop")
    if keeping := manager(place.folder, names):
        keeper, theirs = keeping
        raise UsageError(f"{keeper.name} rewrites {' and '.join(theirs)} here and would drop ours", keeper.remedy(theirs))
    if not place.ours:
        for name in names:
            _put(place, name, hookfile.script(name))
    else:
        from leakstop.git.hooks import share

        kept = [name for name in hookfile.HOOKS if hookfile.runs_leakstop(place.folder, name)]
        for name in hookfile.OTHERS:
            runs = name in names or name in kept
            _put(place, name, hookfile.script(name, runs=runs, shared=True), quiet=name not in names)
        share(place.folder)
    if place.relative:
        say("core.hooksPath is relative, so each work tree has hooks of its own: commit these, or install in all of them.\n")
    elif place.scope and place.scope != "local":
        say(f"These hooks run in all repositories that take them from here (core.hooksPath, {place.scope}).\n")
    return 0


def uninstall(values: Any) -> int:
    """Take the hooks out; 0, also when there were none."""
    place, _ = _place(values)
    names = _chosen(values) or tuple(hookfile.HOOKS)
    has = hookfile.runs_leakstop if place.ours else hookfile.has
    there = [name for name in hookfile.HOOKS if has(place.folder, name)]
    gone = [name for name in there if name in names]
    if not gone:
        say(f"No leakstop hook in {show_text(place.folder)}\n")
    elif not place.ours:
        for name in gone:
            hookfile.take(place.folder, name)
    elif set(there) - set(gone):
        for name in gone:
            hookfile.put(place.folder, name, hookfile.script(name, runs=False, shared=True))
    else:
        from leakstop.git.hooks import share

        share(None)
        for name in hookfile.OTHERS:
            hookfile.take(place.folder, name)
    for name in gone:
        say(f"{name}: removed from {show_text(place.folder)}\n")
    return 0


def _installed() -> bool:
    """Whether Python finds leakstop without the current folder, from which it may have been started."""
    from importlib.machinery import PathFinder

    return PathFinder.find_spec("leakstop", sys.path if sys.flags.safe_path else sys.path[1:]) is not None


def _place(values: Any) -> tuple[Place, tuple[str, ...]]:
    """Where the hooks go, and which are usual there."""
    from leakstop.git import hooks
    from leakstop.git.plumbing import open_repository

    if vars(values)["global"]:  # a word of Python's own
        return hooks.shared_place(), USUAL
    repository = open_repository(".")
    return hooks.place(repository), ("pre-receive",) if repository.bare else USUAL


def _chosen(values: Any) -> tuple[str, ...]:
    return tuple(name for name in hookfile.HOOKS if getattr(values, name.replace("-", "_")))


def _put(place: Place, name: str, text: str, *, quiet: bool = False) -> None:
    before = hookfile.put(place.folder, name, text)
    if not quiet:
        after = f", after {show_text(os.path.basename(before))}, which was there" if before else ""
        say(f"{name}: {show_text(os.path.join(place.folder, name))}{after}\n")


_HOOKS = (
    Option(("--pre-commit",), "what a commit would add"),
    Option(("--pre-push",), "what a push would bring to the remote"),
    Option(("--commit-msg",), "the message of a commit"),
    Option(("--pre-receive",), "on a server: what a push brings"),
)
_WHERE = (Option(("--global",), "for all of your repositories (core.hooksPath), whose own hooks go on running"),)

INSTALL = Command(
    install,
    "Writes git hooks for this repository and all its worktrees: without a choice pre-commit and pre-push, in a bare repository"
    " pre-receive. Hooks that are already there are kept and run first. Where core.hooksPath names a folder they go there. A hook"
    " whose leakstop is gone stops what it guards, and says so.",
    (
        ("leakstop install", "pre-commit and pre-push for this repository"),
        ("leakstop install --pre-commit --commit-msg", "these two"),
        ("leakstop install --global", "for all of your repositories"),
        ("leakstop install --pre-receive", "on a server, in the bare repository"),
    ),
    (("hooks", _HOOKS), ("where", _WHERE)),
    (0, 2, 3),
)
UNINSTALL = Command(
    uninstall,
    "Takes out the hooks that `leakstop install` wrote, without a choice all of them, and puts back what was there before.",
    (
        ("leakstop uninstall", "all of them, of this repository"),
        ("leakstop uninstall --pre-push", "one"),
        ("leakstop uninstall --global", "those for all of your repositories"),
    ),
    (("hooks", _HOOKS), ("where", _WHERE)),
    (0, 2, 3),
)
