"""`leakstop range`: every commit of a change."""

from __future__ import annotations

from typing import Any

from leakstop.commands.options import CHANGE, COMMON, Command, Option
from leakstop.errors import UsageError


def run(values: Any) -> int:
    """Scan the commits that the revisions name; the exit code."""
    if not values.revision and not values.since:
        raise UsageError("range: which commits?", "For example: leakstop range main..HEAD, or leakstop range --since yesterday")
    from leakstop.commands.policy import Change
    from leakstop.commands.scanning import prepare
    from leakstop.git.plumbing import open_repository
    from leakstop.git.revisions import commit_of
    from leakstop.model import Tally
    from leakstop.pipeline import scan
    from leakstop.sources.commits import commits, resolve

    repository = open_repository(".")
    revisions = resolve(repository, tuple(values.revision), values.since or "")
    policy = commit_of(repository, values.policy) if values.policy else ""
    job = prepare(values, ".", Change.of(repository, revisions, policy))
    tally = Tally()
    chunks = job.kept(commits(repository, revisions, tally), repository, tally)
    with job.progress(len(revisions.commits), "commits", "reading") as progress:
        report = scan("range", progress.track(chunks, lambda _: tally.commits - progress.done), tally, job.settings)
    return job.finish(report)


COMMAND = Command(
    run,
    "Scans every commit of a range, each on its own: a secret that a later commit removes again is found. Read are what each"
    " commit adds, what merges add that no parent has, messages, authors and committers. A range that cannot be read completely"
    " (unknown revision, shallow clone) ends with exit code 3 and the remedy.",
    (
        ("leakstop range main..HEAD", "the commits of this branch"),
        ("leakstop range main...feature", "the commits of either side"),
        ("leakstop range --since '2 weeks ago'", "the last commits of the current branch"),
        ("leakstop range v1.0..v2.0 hotfix --format jsonl", "several, one finding a line"),
    ),
    (
        (
            "what is scanned",
            (
                Option(("revision",), "revisions and ranges as git takes them: A..B, A...B, ^A, B", "REV", (), many=True),
                Option(("--since",), "only commits after DATE, in any form that git takes", "DATE"),
            ),
        ),
        CHANGE,
        *COMMON,
    ),
)
