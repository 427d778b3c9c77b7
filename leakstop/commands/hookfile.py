"""The scripts that git runs as hooks, written beside those that are already there.

A hook that stands where ours goes is renamed, and ours runs it first, since it may change what is to be looked at.
Nothing is overwritten.
"""

from __future__ import annotations

import os
import sys

from leakstop.errors import SourceError

BEFORE = ".before-leakstop"  # the name of the hook that was there, after its own
LEGACY = ".legacy"  # what pre-commit calls the hooks that it finds
MARK = b"# leakstop hook"
HOOKS = {
    "pre-commit": "staged",
    "pre-push": 'push "$@"',
    "commit-msg": 'message "$1"',
    "pre-receive": "receive",
}  # what each runs
TOLD = ("pre-push", "pre-receive")  # those that git tells something on standard input
# The hooks that a repository may have of its own, and that must go on when all repositories share a folder. Left out are those
# whose mere presence changes what git does (push-to-checkout, proc-receive, fsmonitor-watchman), or that run at every turn.
OTHERS = (
    *(
        "applypatch-msg",
        "pre-applypatch",
        "post-applypatch",
        "pre-commit",
        "pre-merge-commit",
        "prepare-commit-msg",
        "commit-msg",
    ),
    *("post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update", "post-receive"),
    *("post-update", "pre-auto-gc", "post-rewrite", "sendemail-validate"),
)

HEAD = """\
#!/bin/sh
{mark} for {name}, written by `leakstop install`; `leakstop uninstall` takes it out again.
"""
OF_FOLDER = 'before="${{0%/*}}/{name}{suffix}"  # the hook that was here before\n'
OF_REPOSITORY = 'before="$(git rev-parse --git-common-dir)/hooks/{name}"  # the repository\'s own hook\n'
PLAIN = 'if [ -x "$before" ]; then "$before" "$@" || exit; fi\n'
FED = """\
input=$(cat)
feed() {{ if [ -n "$input" ]; then printf '%s\\n' "$input"; fi; }}
if [ -x "$before" ]; then feed | "$before" "$@" || exit; fi
"""
CALL = """\
python={python}
leakstop() {{ if [ -x "$python" ]; then "$python" -P -m leakstop "$@"; else command leakstop "$@"; fi; }}
{feed}leakstop {command} --quiet
"""
ALONE = 'if [ -x "$before" ]; then exec "$before" "$@"; fi\n'


def script(name: str, *, runs: bool = True, shared: bool = False) -> str:
    """The text of a hook that runs leakstop, or only the hook that was there before.

    `shared`: by all repositories, so that the one before is each repository's own.
    """
    parts = [HEAD.format(mark=MARK.decode(), name=name)]
    parts.append((OF_REPOSITORY if shared else OF_FOLDER).format(name=name, suffix=BEFORE))
    if runs:
        python = "'" + sys.executable.replace("\\", "/").replace("'", "'\\''") + "'"
        fed = name in TOLD
        parts.append(FED.format() if fed else PLAIN)
        parts.append(CALL.format(python=python, command=HOOKS[name], feed="feed | " if fed else ""))
    else:
        parts.append(ALONE)
    return "".join(parts)


def put(folder: str, name: str, text: str) -> str:
    """Write a hook; what was there is kept beside it and its new name given, else "". SourceError: the folder takes no files."""
    path, moved = os.path.join(folder, name), ""
    try:
        os.makedirs(folder, exist_ok=True)
        if os.path.lexists(path) and not is_ours(path):
            moved = path + BEFORE
            if os.path.lexists(moved):
                raise SourceError(f"{moved} is in the way", f"It is the hook that ran before; remove it, or {path}.")
            os.rename(path, moved)
        draft = f"{path}.{os.getpid()}.tmp"
        with open(draft, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(draft, 0o755)  # noqa: S103 - git runs only what is executable
        os.replace(draft, path)
    except OSError as error:
        raise SourceError(f"{path}: cannot be written: {error.strerror}", "Run it as the owner of the folder.") from None
    return moved


def take(folder: str, name: str) -> bool:
    """Remove our hook and put back what was there before; False when there is none of ours."""
    path = os.path.join(folder, name)
    for place in (path, path + LEGACY):
        if is_ours(place):
            try:
                if os.path.lexists(path + BEFORE):
                    os.replace(path + BEFORE, place)
                else:
                    os.unlink(place)
            except OSError as error:
                raise SourceError(f"{place}: cannot be removed: {error.strerror}", "Run it as its owner.") from None
            return True
    return False


def has(folder: str, name: str) -> bool:
    """Whether there is a hook of ours, perhaps moved by pre-commit."""
    path = os.path.join(folder, name)
    return is_ours(path) or is_ours(path + LEGACY)


def runs_leakstop(folder: str, name: str) -> bool:
    """Whether it is a hook of ours that runs leakstop, and not only the repository's own."""
    path = os.path.join(folder, name)
    if not is_ours(path):
        return False
    with open(path, "rb") as file:
        return b"-m leakstop" in file.read()


def is_ours(path: str) -> bool:
    """Whether `leakstop install` wrote it."""
    try:
        with open(path, "rb") as file:
            return file.read(200).partition(b"\n")[2].startswith(MARK)
    except OSError:
        return False
