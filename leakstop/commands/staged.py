"""`leakstop staged`: what the next commit would add. The hook; every import here is felt at each commit."""

from __future__ import annotations

import os

from leakstop.commands.options import COMMON, Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from leakstop.git.plumbing import Repository


def run(values: Any) -> int:
    """Scan the index against HEAD; the exit code."""
    from leakstop.git.plumbing import open_repository
    from leakstop.model import Tally
    from leakstop.sources.staged import staged

    repository = open_repository(".")
    framework = bool(os.environ.get("PRE_COMMIT"))
    if framework and os.environ.get("PRE_COMMIT_TO_REF"):
        return _between(values, repository)
    tally = Tally()
    # pre-commit and prek leave the hook out when nothing is staged, unless they were told `--all-files` or `--files`.
    source = staged(repository, tally, else_all=framework)  # git compares while the configuration and the rules are read
    from leakstop.commands.scanning import prepare
    from leakstop.pipeline import scan

    job = prepare(values, ".")
    report = scan("staged", job.kept(source, repository, tally), tally, job.settings)
    if framework and any(result.finding.origin.kind == "file" for result in report.results):
        report = report._replace(command="scan")  # nothing is staged that could be taken back
    return job.finish(report)


def _between(values: Any, repository: Repository) -> int:
    """The commits that a framework was told with `--from-ref` and `--to-ref`."""
    from leakstop.commands.framework import arriving
    from leakstop.commands.range import job_of, scan

    new = arriving(repository)
    return scan("range", job_of(values, repository, new), repository, new)


COMMAND = Command(
    run,
    "Scans what the next commit would add: the index against HEAD, never the working tree. The whole new version of each file is"
    " read, but only lines that the commit adds are reported. This is what the pre-commit hook runs. When the"
    " frameworks pre-commit and prek are told --all-files it reads all that the index holds; with --from-ref and --to-ref, the"
    " commits between.",
    (
        ("leakstop staged", "before `git commit`"),
        ("leakstop staged --no-pragmas", "also list what inline comments allow"),
        ("leakstop staged --confidence high", "only what is certain"),
    ),
    COMMON,
)
