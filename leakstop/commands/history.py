"""`leakstop history`: everything that a repository holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from leakstop.commands.options import COMMON, Command, Option
from leakstop.errors import UsageError
from leakstop.model import show_path

if TYPE_CHECKING:
    from leakstop.commands.scanning import Job
    from leakstop.model import Report


def run(values: Any) -> int:
    """Scan all objects of a repository; the exit code."""
    from leakstop.git.clone import Clone, is_bundle, is_url

    place = values.repository or "."
    if not is_url(place) and not is_bundle(place):
        if os.path.isfile(place) and os.path.basename(place) != ".git":  # that of a work tree elsewhere
            raise UsageError(
                f"{show_path(os.fsencode(place))} is a file, not a repository",
                "`leakstop scan FILE` reads it; `leakstop history --paths FILE` all its versions.",
            )
        return _scan(values, place)
    from leakstop.progress import Progress, wanted

    shown = not (values.no_progress or values.quiet) and wanted()
    with Progress(None, "objects", shown, "cloning") as progress, Clone(place, progress if shown else None) as path:
        return _scan(values, path)


def _scan(values: Any, place: str) -> int:
    job, report = scan_all(values, place)
    return job.finish(report)


def scan_all(values: Any, place: str) -> tuple[Job, Report]:
    """The job and the report of all that a repository holds, or of the part that the options name."""
    from leakstop.account import Narrow
    from leakstop.commands.scanning import prepare
    from leakstop.git.plumbing import open_repository
    from leakstop.git.revisions import moment
    from leakstop.history import history
    from leakstop.model import Tally

    repository = open_repository(place)
    given = getattr(values, "repository", None) or "."  # `range` has not got this option, nor those below
    job = prepare(values, place, identity=given if place != given else "")
    since = moment(repository, values.since) if values.since else 0
    narrow = Narrow(getattr(values, "refs", ()), since, getattr(values, "paths", ()))
    with job.progress(None, "objects", "reading") as progress:
        settings = job.leaving_out(repository)
        return job, history(repository, settings, Tally(), narrow, progress, fresh=getattr(values, "fresh", False))


COMMAND = Command(
    run,
    "Scans everything that a repository holds, each object once: all refs, stashes, reflogs, notes, tags, commit messages and"
    " people, and what no ref reaches any more. For each finding: who, when, where, whether HEAD still has it and whether it was"
    " pushed.",
    (
        ("leakstop history", "this repository"),
        (
            "leakstop history ../service --output json=leaks.json",
            "another one; the text report here, the JSON report in a file",
        ),
        ("leakstop history https://github.com/OWNER/NAME.git", "a remote one: cloned, scanned, removed"),
        ("leakstop history --refs 'refs/heads/*' --since 2024-01-01", "only what branches hold and what is newer"),
        ("leakstop history --paths '*.tfvars' --paths 'deploy/**'", "only these files"),
    ),
    (
        (
            "what is scanned",
            (
                Option(
                    ("repository",), "a folder, a URL or a git bundle (default: the current folder)", "REPO", completes="file"
                ),
                Option(("--fresh",), "also read again what an earlier scan found nothing in", default=False),
                Option(("--refs",), "only what refs that match GLOB reach (repeatable)", "GLOB", (), many=True),
                Option(("--since",), "only commits after DATE and what they brought", "DATE"),
                Option(("--paths",), "only files whose path matches GLOB (repeatable)", "GLOB", (), many=True),
            ),
        ),
        *COMMON,
    ),
)
