"""`leakstop scan`: files and folders, or standard input."""

from __future__ import annotations

import os
from typing import Any

from leakstop.commands.options import COMMON, EXCLUDE, MAX_SIZE, Command, Option


def run(values: Any) -> int:
    """Scan paths; the exit code."""
    from leakstop.commands.scanning import prepare
    from leakstop.model import Tally
    from leakstop.sources.files import listed
    from leakstop.tree import tree
    from leakstop.unchanged import Unchanged

    paths = tuple(values.path) or (".",)
    job = prepare(values, _place(paths))
    tally = Tally()
    items = listed(
        [os.fsencode(path) for path in paths],
        tally,
        exclude=(*job.config.exclude, *values.exclude),
        base=job.config.folder,
        respect_gitignore=values.respect_gitignore or job.config.respect_gitignore,
    )
    max_size = (job.config.max_size if values.max_size is None else values.max_size) or 0
    memory = Unchanged([os.fsencode(path) for path in paths], job.settings, max_size, fresh=values.fresh)
    with job.progress(None, "bytes", "reading") as progress:
        report = tree(items, tally, job.settings, max_size, progress, memory)
    return job.finish(report)


def _place(paths: tuple[str, ...]) -> str:
    """Where the search for a configuration starts: what all paths have in common, the current folder for standard input."""
    named = [os.path.abspath(path) for path in paths if path != "-"]
    try:
        return os.path.commonpath(named) if named else "."
    except ValueError:  # different drives
        return "."


COMMAND = Command(
    run,
    "Scans files and folders as they are on disk: hidden, ignored and untracked files too, and the hooks and configuration"
    " of a repository. Symlinks that lead out of a folder are not followed.",
    (
        ("leakstop scan", "everything below the current folder"),
        ("leakstop scan .env config/", "these"),
        ("git diff | leakstop scan -", "standard input"),
        ("leakstop scan --respect-gitignore --exclude 'vendor/**'", "less"),
        ("leakstop scan --format json --output report.json", "a report for programs"),
    ),
    (
        (
            "what is scanned",
            (
                Option(
                    ("path",),
                    "files and folders, - for standard input (default: the current folder)",
                    "PATH",
                    (),
                    many=True,
                    completes="file",
                ),
                Option(("--fresh",), "also read again what an earlier scan found nothing in", default=False),
                Option(("--respect-gitignore",), "leave out what git ignores"),
                EXCLUDE,
                MAX_SIZE,
            ),
        ),
        *COMMON,
    ),
)
