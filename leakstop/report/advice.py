"""What to do next, for each command: the few steps that fit the moment.

A terminal keeps a command on one line, so that it can be copied: `laid_out` breaks no line at the blanks within it.
"""

from __future__ import annotations

import os
import sys

from leakstop.model import show_text
from leakstop.report.lines import wrap
from leakstop.report.places import WITHOUT_LINES, path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakstop.model import Finding
    from leakstop.report.scrub import Scrubber

REWRITING = (
    "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository"
)
ALLOW = "Not a secret? Say so on its line: {pragma}; or: {entry}"
BEFORE = "Not a secret? A change does not decide about itself: what allows a value has to be on the main branch before it."
STOPPED = {  # what a hook stops, and who: nothing else on the screen may tell
    "staged": "leakstop: this commit would leak a secret. ",
    "message": "leakstop: this message would leak a secret. ",
    "push": "leakstop: this push would leak a secret. ",
    "receive": "leakstop: this push would leak a secret. ",
}
FILES = 3  # file names that a command line may hold
TIE = "\0"  # in place of a blank within a command: no name that is shown holds it


def advice(command: str, new: Sequence[Finding], scrub: Scrubber, *, told: bool = False) -> list[str]:
    """The steps, in order, for new findings (at least one). `told`: each finding tells its own, at its provider and its place."""
    return [step.replace(TIE, " ") for step in _steps(command, new, scrub, told=told)]


def laid_out(
    command: str, new: Sequence[Finding], scrub: Scrubber, width: int, *, told: bool, fingerprint: str
) -> list[list[str]]:
    """The steps, each as its lines of at most `width` columns, longer only where a command is. `fingerprint`: that of all."""
    steps = _steps(command, new, scrub, told=told)
    if fingerprint:
        steps = [step.replace("FINGERPRINT", fingerprint) for step in steps]
    return [[line.replace(TIE, " ") for line in wrap(step, width)] for step in steps]


def _steps(command: str, new: Sequence[Finding], scrub: Scrubber, *, told: bool) -> list[str]:
    """The steps with their commands tied."""
    program = _program()
    lines = [found for found in new if found.origin.kind not in WITHOUT_LINES]
    entry = _tied(f"{program} ignore FINGERPRINT --reason why")
    harmless = f"Not a secret? {entry}"
    pragma = _tied(f"# leakstop: allow[{show_text(lines[0].rule.id)}] -- why") if lines else ""
    allow = ALLOW.format(pragma=pragma, entry=entry) if lines else harmless
    out = _out(new)
    pushed = any(found.history is not None and found.history.pushed for found in new)

    def unless_told(*steps: str) -> tuple[str, ...]:
        return () if told else steps

    match command:
        case "staged":
            # Unlike `git restore --staged`, this also works before the first commit.
            unstage = _tied(f"git reset -- {_files(new, scrub, from_top)}")
            return [
                f"Remove it and stage the file again, or leave the file out: {unstage}",
                "Keep the value outside of the repository: in the environment or a secret store.",
                *unless_told("Was it ever pushed, shared or deployed? Then revoke it at its provider first."),
                allow,
            ]
        case "message":
            return [
                f"Write the message again without it: {_tied(f'git commit -e -F {_files(new, scrub)}')}",
                *unless_told("Was it ever shared? Then revoke it at its provider."),
                harmless,
            ]
        case "push" | "receive":
            return [
                f"Nothing was pushed. {out[0]}",
                *out[1:],
                *unless_told("Was it ever shared or deployed? Then revoke it at its provider."),
                BEFORE,
            ]
        case "range":
            return [
                *unless_told("Pushed already, or shared? Revoke it at its provider first: whoever fetched the commits has it."),
                f"Not pushed yet? {out[0]}",
                f"Deleting it in a new commit is not enough. Rewriting what was pushed: {REWRITING}",
                BEFORE,
            ]
        case "verify":
            return [
                *unless_told(
                    "A live key: deactivate it first. Sessions that it made live on, 36 hours at most: deny those of its user.",
                    "Then look at CloudTrail for what was done with it, and make new keys or, better, use roles.",
                )
            ]
        case "history":
            first = "It was pushed: revoke it" if pushed else "Revoke it"
            return [
                *unless_told(
                    f"{first} at its provider first; that ends the danger, rewriting history does not.",
                    "Then look at the provider's logs for its use since the day of the first commit.",
                    f"Rewrite the history if it is worth it ({_tied('git filter-repo --replace-text')}): {REWRITING}",
                ),
                f"{harmless}. All of it known? {_tied(f'{program} baseline create')}",
            ]
        case _:
            return [
                *unless_told(
                    "Was it ever pushed, shared or deployed? Then revoke it at its provider first.",
                    "Keep the value outside of the files: in the environment or a secret store.",
                ),
                f"{_tied(f'{program} history')} tells whether git holds it as well.",
                allow,
            ]


def _out(new: Sequence[Finding]) -> tuple[str, ...]:
    """How secrets get out of a push: all of them may stand in messages of tags, or in names of refs."""
    kinds = {found.origin.kind for found in new}
    if kinds == {"tag"}:
        return (f"Make the tag again without it: {_tied('git tag -a -f TAG COMMIT')}",)
    if kinds == {"ref"}:
        return (f"Give it another name, then push that: {_tied('git branch -m OLD NEW')}, or {_tied('git tag NEW OLD')}",)
    return (
        f"Take it out of its commit: {_tied('git commit --amend')}, or {_tied('git rebase -i')} for older ones.",
        "Deleting it in a new commit is not enough: the old one would be pushed as well.",
    )


def _tied(command: str) -> str:
    """A command that stays on one line."""
    return command.replace(" ", TIE)


def _program() -> str:
    """How a shell finds this leakstop: an environment that pre-commit or prek made is not on the user's PATH."""
    path = os.path.join(os.path.dirname(sys.executable), "leakstop")
    return quoted(path) if os.environ.get("PRE_COMMIT") and os.access(path, os.X_OK) else "leakstop"


def _files(new: Sequence[Finding], scrub: Scrubber, spell: Callable[[str], str] = str) -> str:
    """The files for a command line; a word in their place when there are many or a name cannot be typed."""
    names = list(dict.fromkeys(found.origin.path for found in new if found.origin.path))
    shown = [path(name, scrub, new[0]) for name in names[:FILES]]
    if len(names) > FILES or any(name.encode() != raw for name, raw in zip(shown, names, strict=False)):
        return "FILE"
    return " ".join(quoted(spell(name)) for name in shown) or "FILE"


def from_top(name: str) -> str:
    """A path of the repository for git, from whichever folder. After the short `:/` most signs would be magic."""
    return f":/{name}" if name[0].isalnum() or name[0] == "." else f":(top){name}"


def quoted(name: str) -> str:
    """A file name for a POSIX shell."""
    if name.isascii() and all(char.isalnum() or char in "/-_.:" for char in name):
        return name
    return "'" + name.replace("'", "'\\''") + "'"
