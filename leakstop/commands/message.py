"""`leakstop message`: a commit message, before the commit exists (the commit-msg hook)."""

from __future__ import annotations

import os
from typing import Any

from leakstop.commands.options import COMMON, Command, Option


def run(values: Any) -> int:
    """Scan a message file; the exit code."""
    from leakstop.commands.scanning import prepare
    from leakstop.git.plumbing import open_repository
    from leakstop.model import Tally
    from leakstop.pipeline import scan
    from leakstop.sources.messages import message

    repository = open_repository(".")
    job = prepare(values, ".")
    tally = Tally()
    chunks = message(os.fsencode(values.file), repository, tally)
    return job.finish(scan("message", chunks, tally, job.settings))


COMMAND = Command(
    run,
    "Scans the message of the commit that is being made. Comment lines and what stands under the scissors line are left out, as"
    " git does. This is what the commit-msg hook runs.",
    (
        ("leakstop message .git/COMMIT_EDITMSG", "the last message that was edited here"),
        ('leakstop message "$1"', "in a commit-msg hook of your own"),
    ),
    (
        ("what is scanned", (Option(("file",), "the file that holds the message", "FILE", needed=True, completes="file"),)),
        *COMMON,
    ),
)
