"""`leakstop range`: every commit of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.commands.options import CHANGE, COMMON, Command, Option
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from leakstop.commands.scanning import Job
    from leakstop.git.plumbing import Repository
    from leakstop.git.updates import Arrivals
    from leakstop.model import Report


def run(values: Any) -> int:
    """Scan the commits that the revisions, or the variables of a framework, name; the exit code."""
    from leakstop.git.plumbing import open_repository
    from leakstop.git.revisions import resolve
    from leakstop.git.updates import Arrivals

    if values.github or values.gitlab:
        from leakstop.commands.ci import run as run_ci

        return run_ci(values)
    if values.pre_commit:
        from leakstop.commands.framework import arriving

        if values.revision or values.since:
            raise UsageError("range: --pre-commit takes the commits from pre-commit's variables", "Leave out the revisions.")
        repository = open_repository(".")
        new = arriving(repository)
        return scan("push", job_of(values, repository, new), repository, new)
    if not values.revision and not values.since:
        raise UsageError("range: which commits?", "For example: leakstop range main..HEAD, or leakstop range --since yesterday")
    repository = open_repository(".")
    new = Arrivals(resolve(repository, tuple(values.revision), values.since or ""))
    return scan("range", job_of(values, repository, new), repository, new)


def job_of(values: Any, repository: Repository, new: Arrivals) -> Job:
    """The job for a change, which is judged by the configuration, rules and pragmas of the commit that it starts from."""
    from leakstop.commands.policy import Change
    from leakstop.commands.scanning import prepare
    from leakstop.git.revisions import commit_of

    policy = getattr(values, "policy", None)  # an option that `staged` has not got
    policy = commit_of(repository, policy) if policy else ""
    return prepare(values, ".", Change.of(repository, new.revisions, policy))


def scan(command: str, job: Job, repository: Repository, new: Arrivals) -> int:
    """Scan what is new somewhere, and report under the name of a command; the exit code."""
    return job.finish(search(command, job, repository, new))


def search(command: str, job: Job, repository: Repository, new: Arrivals) -> Report:
    """The report of a scan of what is new somewhere, under the name of a command."""
    from leakstop.model import Tally
    from leakstop.pipeline import scan as run_scan
    from leakstop.sources.updates import updates

    tally = Tally()
    chunks = job.kept(updates(repository, new, tally), repository, tally)
    with job.progress(len(new.revisions.commits), "commits", "reading") as progress:
        return run_scan(command, progress.track(chunks, lambda _: tally.commits - progress.done), tally, job.settings)


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
                Option(("--pre-commit",), "the commits that pre-commit or prek is asked about, or is about to push"),
                Option(
                    ("--github",), "in GitHub Actions: what the event is about, fetched if need be; annotations, summary, outputs"
                ),
                Option(("--gitlab",), "in GitLab CI: what the pipeline is about, fetched if need be"),
            ),
        ),
        CHANGE,
        *COMMON,
    ),
)
