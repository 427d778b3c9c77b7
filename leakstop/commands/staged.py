"""`leakstop staged`: what the next commit would add. The hook; every import here is felt at each commit."""

from __future__ import annotations

from typing import Any

from leakstop.commands.options import COMMON, Command


def run(values: Any) -> int:
    """Scan the index against HEAD; the exit code."""
    from leakstop.git.plumbing import open_repository
    from leakstop.model import Tally
    from leakstop.sources.staged import staged

    repository = open_repository(".")
    tally = Tally()
    source = staged(repository, tally)  # git compares while the configuration and the rules are read
    from leakstop.commands.scanning import prepare
    from leakstop.pipeline import scan

    job = prepare(values, ".")
    return job.finish(scan("staged", job.kept(source, repository, tally), tally, job.settings))


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
