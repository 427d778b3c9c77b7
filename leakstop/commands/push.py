"""`leakstop push`: what a push would bring to the remote (the pre-push hook)."""

from __future__ import annotations

import os
import sys
from typing import Any

from leakstop.commands.options import CHANGE, COMMON, Command, Option
from leakstop.errors import UsageError


def run(values: Any) -> int:
    """Scan what the refs on standard input bring; the exit code."""
    from leakstop.commands.range import job_of, scan
    from leakstop.git.plumbing import open_repository
    from leakstop.git.updates import arrivals, held, sent

    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "push: git tells this hook on standard input what is pushed", "`leakstop range origin/main..HEAD` needs none."
        )
    updates = sent(sys.stdin.buffer.read())
    repository = open_repository(".")
    new = arrivals(repository, updates, held(repository, os.fsencode(values.remote), updates))
    return scan("push", job_of(values, repository, new), repository, new)


COMMAND = Command(
    run,
    "Scans what a push would bring to the remote, before it goes there: all refs that git names on standard input, and of each"
    " exactly the commits that the remote does not have, by its own word and by the remote-tracking branches. This is what the"
    " pre-push hook runs; `leakstop install --pre-push` writes one.",
    (
        ('leakstop push "$1" "$2"', "in a pre-push hook of your own; standard input is git's"),
        ('leakstop push "$1" "$2" --trust-changes pragmas', "let comments count that the push itself brings"),
    ),
    (
        (
            "what is scanned",
            (
                Option(("remote",), "the remote's name, or its URL", "REMOTE", needed=True),
                Option(("url",), "its URL", "URL", needed=True),
            ),
        ),
        CHANGE,
        *COMMON,
    ),
)
