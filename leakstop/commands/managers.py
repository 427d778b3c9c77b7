"""Programs that keep git's hooks themselves: what is put beside their hooks is gone, silently, when they write them next."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from leakstop.commands.hookfile import HOOKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Manager(NamedTuple):
    """One of them, how its hooks are told, and what to add to its configuration for each hook."""

    name: str
    sign: bytes  # stands in the hooks that it writes; empty: its folder tells
    advice: str
    lines: Mapping[str, str]

    def remedy(self, names: Iterable[str]) -> str:
        """The lines for some hooks."""
        return f"{self.advice}: {', '.join(self.lines[name] for name in names if name in self.lines)}"


HUSKY = Manager(
    "husky",
    b"",
    "Add a line",
    {name: f"leakstop {HOOKS[name]} in .husky/{name}" for name in HOOKS},
)
MANAGERS = (
    Manager(
        "lefthook",
        b"lefthook",
        "Add to lefthook.yml",
        {
            "pre-commit": "pre-commit: {commands: {leakstop: {run: leakstop staged}}}",
            "commit-msg": "commit-msg: {commands: {leakstop: {run: 'leakstop message {1}'}}}",
            # A command is left out where the commits change no file in the end, so that one which takes a secret back hides it.
            "pre-push": "pre-push: {scripts: {leakstop.sh: {runner: sh, use_stdin: true}}}"
            ' with leakstop push "$@" in .lefthook/pre-push/leakstop.sh',
        },
    ),
    Manager(
        "simple-git-hooks",
        b"SKIP_SIMPLE_GIT_HOOKS",
        "Add to simple-git-hooks in package.json",
        {name: json.dumps({name: f"leakstop {HOOKS[name]}"})[1:-1] for name in HOOKS},
    ),
)
_AHEAD = 4000  # bytes of a hook that are looked at


def manager(folder: str, names: Iterable[str]) -> tuple[Manager, tuple[str, ...]] | None:
    """Who keeps the hooks of these names in a folder, and which of them; None: nobody."""
    if folder.replace("\\", "/").endswith("/.husky/_"):
        return HUSKY, tuple(names)
    begin = {name: _begin(os.path.join(folder, name)) for name in names}
    for known in MANAGERS:
        if theirs := tuple(name for name, text in begin.items() if known.sign in text):
            return known, theirs
    return None


def _begin(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_AHEAD)
    except OSError:
        return b""
