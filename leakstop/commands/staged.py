"""`leakstop staged`: what the next commit would add. The hook; every import here is felt at each commit."""

from __future__ import annotations

from typing import Any

from leakstop.commands.options import COMMON, Command


def run(values: Any) -> int:
    """Scan the index against HEAD; the exit code."""
    from leakstop.commands.scanning import prepare
    from leakstop.git.plumbing import open_repository
    from leakstop.model import Tally
    from leakstop.pipeline import scan
    from leakstop.sources.staged import staged

    repository = open_repository(".")
    job = prepare(values, ".")
    tally = Tally()
    chunks = job.kept(staged(repository, tally), repository, tally)
    return job.finish(scan("staged", chunks, tally, job.settings))


COMMAND = Command(
    run,
    "Scans what the next commit would add: the index against HEAD, never the working tree. The whole new version of each file is"
    " read, but only lines that the commit adds are reported. This is what the pre-commit hook runs.",
    (
        ("leakstop staged", "before `git commit`"),
        ("leakstop staged --no-pragmas", "also list what inline comments allow"),
        ("leakstop staged --confidence high", "only what is certain"),
    ),
    COMMON,
)
