"""What git's failures mean, each in one line with its remedy."""

from __future__ import annotations

import os

from leakstop.errors import SourceError
from leakstop.model import show_path, show_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

OLDEST_GIT = "2.31"  # `--path-format` came with it; Debian 12, Ubuntu 22.04 and RHEL 8 have newer ones
INTERRUPTED = (-2, 130)
TRUST = b"git config --global --add safe.directory"


class GitError(SourceError):
    """git failed; `code` is its exit code (minus the signal that ended it), `stderr` its own words."""

    def __init__(self, message: str, remedy: str = "", code: int = 0, stderr: bytes = b"") -> None:
        super().__init__(message, remedy)
        self.code = code
        self.stderr = stderr


# What git says, in lower case; our words for it, with git's own line as {it}; the remedy. The first that fits counts.
CAUSES: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    (
        (b"dubious ownership", b"unsafe repository"),
        "the repository belongs to another user, and git refuses to read it",
        "If you trust it: {trust}",
    ),
    (
        (b"safe.barerepository",),
        "git is told to use no bare repository that is not named (safe.bareRepository)",
        "Name it in the environment: GIT_DIR=PATH",
    ),
    ((b"not a git repository",), "not a git repository", "Go to one or name one; `git init` makes one."),
    (
        (b"permission denied", b"insufficient permission"),
        "no permission to read the repository: {it}",
        "Run as its owner, or give this user the right to read it.",
    ),
    (
        (b"promisor", b"lazy fetch"),
        "an object of this partial clone is not here: {it}",
        "Fetch what is missing (`git fetch --refetch`), or clone without --filter.",
    ),
    (
        (
            b"bad config",
            b"bogus count",
            b"bogus format in git_config",
            b"command-line config",
            b"invalid key",
            b"missing value for",
        ),
        "git's configuration is broken: {it}",
        "Mend it; `git config --list --show-origin` tells where it stands.",
    ),
    (
        (b"packed-refs",),
        "git cannot read the list of refs: {it}",
        "Delete what is wrong from that file; `git fetch` brings back what a remote has.",
    ),
    (
        (
            b"corrupt",
            b"inflate",
            b"hash mismatch",
            b"unable to unpack",
            b"unable to parse",
            b"bad pack",
            b"packfile",
            b"index file",
            b"stat ''",  # an index cut off: git, which does not look at its checksum, finds entries without a name
            b"bad signature",
            b"bad tree",
            b"unable to read",
            b"unable to stream",
            b"could not read",
            b"bad object head",
        ),
        "the repository is damaged: {it}",
        "`git fsck --full` lists the damage; fetch or copy the objects from another clone.",
    ),
    (
        (
            b"no upstream configured",
            b"no upstream branch",
            b"has no remote for pushing",
            b"single destination",
            b"no such branch",
        ),
        "unknown revision: {it}",
        "Name the branch itself, for example origin/main..HEAD; `git branch --all` lists what is here.",
    ),
    ((b"log for '",), "unknown revision: {it}", "`git reflog` lists them."),
    (
        (
            b"unknown revision",
            b"bad revision",
            b"ambiguous argument",
            b"needed a single revision",
            b"not a valid object name",
            b"invalid object name",
            b"bad object",
        ),
        "unknown revision: {it}",
        "`git branch --all` lists what is here; in a CI job fetch it first (fetch-depth: 0, GIT_DEPTH: 0).",
    ),
    (
        (
            b"unknown option",
            b"unrecognized argument",
            b"usage: git",
            b"unknown switch",
            b"is not a git command",
            b"unknown value",
        ),
        "git is too old: {it}",
        f"Install git {OLDEST_GIT} or newer (`git version` tells yours).",
    ),
    ((b"cannot change to", b"no such file or directory"), "{it}", "Name a path that exists."),
)


def explain(args: Sequence[str | bytes], code: int, stderr: bytes) -> BaseException:
    """What to raise for a git that failed: a GitError of one line and a remedy; KeyboardInterrupt if it was interrupted."""
    if code in INTERRUPTED:
        return KeyboardInterrupt()
    lines = [line.strip() for line in stderr.split(b"\n") if line.strip()]
    told = next((line for line in lines if line.startswith((b"fatal:", b"error:"))), lines[0] if lines else b"")
    it = show_path(told.removeprefix(b"fatal:").removeprefix(b"error:").strip())[:300]
    trust = show_path(next((line for line in lines if line.startswith(TRUST)), TRUST + b" PATH"))
    low = stderr.lower()
    for signs, message, remedy in CAUSES:
        if any(sign in low for sign in signs):
            return GitError(message.replace("{it}", it), remedy.replace("{trust}", trust), code, stderr)
    words = [os.fsdecode(arg) for arg in args]
    while words[:1] == ["-c"]:
        words = words[2:]
    name = show_text(words[0]) if words else "git"
    if code < 0:
        return GitError(f"git {name} was ended by signal {-code}", "Run again; look whether memory is short.", code, stderr)
    remedy = "`git fsck --full` tells whether the repository is whole."
    return GitError(f"git {name} failed (exit {code}){': ' if it else ''}{it}", remedy, code, stderr)
