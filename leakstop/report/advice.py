"""What to do next, for each command: the few steps that fit the moment."""

from __future__ import annotations

import os
import sys

from leakstop.model import show_text
from leakstop.report.places import WITHOUT_LINES, path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakstop.model import Finding
    from leakstop.report.scrub import Scrubber

REWRITING = (
    "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository"
)
ALLOW = "Not a secret? Say so on its line: # leakstop: allow[{rule}] -- why; or: {entry}"
BEFORE = "Not a secret? A change does not decide about itself: what allows a value has to be on the main branch before it."
STOPPED = {  # what a hook stops, and who: nothing else on the screen may tell
    "staged": "leakstop: this commit would leak a secret. ",
    "message": "leakstop: this message would leak a secret. ",
    "push": "leakstop: this push would leak a secret. ",
    "receive": "leakstop: this push would leak a secret. ",
}
FILES = 3  # file names that a command line may hold


def advice(command: str, new: Sequence[Finding], scrub: Scrubber, *, told: bool = False) -> list[str]:
    """The steps, in order, for new findings (at least one). `told`: each finding tells its own, at its provider and its place."""
    lines = [found for found in new if found.origin.kind not in WITHOUT_LINES]
    entry = f"{_program()} ignore FINGERPRINT --reason why"
    harmless = f"Not a secret? {entry}"
    allow = ALLOW.format(rule=show_text(lines[0].rule.id), entry=entry) if lines else harmless
    pushed = any(found.history is not None and found.history.pushed for found in new)

    def unless_told(*steps: str) -> tuple[str, ...]:
        return () if told else steps

    match command:
        case "staged":
            return [
                # Unlike `git restore --staged`, this also works before the first commit.
                f"Take it out of the commit: git reset -- {_files(new, scrub, from_top)}",
                "Keep the value outside of the repository: in the environment or a secret store.",
                *unless_told("Was it ever pushed, shared or deployed? Then revoke it at its provider first."),
                allow,
            ]
        case "message":
            return [
                f"Write the message again without it: git commit -e -F {_files(new, scrub)}",
                *unless_told("Was it ever shared? Then revoke it at its provider."),
                harmless,
            ]
        case "push" | "receive":
            return [
                "Nothing was pushed. Take it out of its commit: git commit --amend, or git rebase -i for older ones.",
                "Deleting it in a new commit is not enough: the old one would be pushed as well.",
                *unless_told("Was it ever shared or deployed? Then revoke it at its provider."),
                BEFORE,
            ]
        case "range":
            return [
                *unless_told("Pushed already, or shared? Revoke it at its provider first: whoever fetched the commits has it."),
                "Not pushed yet? Take it out of its commit: git commit --amend, or git rebase -i for older ones.",
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
                    f"Rewrite the history if it is worth it (git filter-repo --replace-text): {REWRITING}",
                ),
                f"{harmless}. All of it known? leakstop baseline create",
            ]
        case _:
            return [
                *unless_told(
                    "Was it ever pushed, shared or deployed? Then revoke it at its provider first.",
                    "Keep the value outside of the files: in the environment or a secret store.",
                ),
                "leakstop history tells whether git holds it as well.",
                allow,
            ]


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
