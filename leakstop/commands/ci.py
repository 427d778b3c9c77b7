"""`leakstop range --github` and `--gitlab`: from the event of a job to a scan, and to where the service shows its results."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Any

from leakstop.commands.output import deliver, say
from leakstop.errors import LeakstopError, SourceError

if TYPE_CHECKING:
    from leakstop.ci.span import Span
    from leakstop.git.fetch import Fetcher
    from leakstop.git.plumbing import Repository
    from leakstop.git.updates import Arrivals
    from leakstop.model import Report

SUMMARY = 1 << 20  # bytes; GitHub refuses a larger one as a whole


def run(values: Any) -> int:
    """Scan what the event is about, or the revisions that are named; the exit code."""
    try:
        return _run(values)
    except LeakstopError as error:
        if not values.github:
            raise
        from leakstop.report.github import command

        # Escaped: what went wrong may quote the repository, and the runner obeys what it reads.
        say(command("error", "\n".join(filter(None, (error.message, error.remedy))), title="leakstop") + "\n")
        return error.exit_code


def _run(values: Any) -> int:
    from leakstop.ci import github, gitlab
    from leakstop.ci.span import ALL
    from leakstop.git.fetch import Fetcher

    on_github = bool(values.github)
    if on_github and not values.format and "GITHUB_ACTIONS" in os.environ:
        values.format = "github"
    told: Span | None = None
    if not values.revision and not values.since:
        told = (github if on_github else gitlab).span(os.environ)
        if told.foreign and getattr(values, "verify", False):
            values.verify = False  # whoever wrote the change must not decide which servers are asked
    fetcher = Fetcher(".", token=os.environ.get("LEAKSTOP_TOKEN", ""), server=os.environ.get("GITHUB_SERVER_URL", ""))
    if told is not None and told.kind == ALL:
        from leakstop.commands.history import scan_all

        fetcher.with_everything()
        job, report = scan_all(values, ".")
    else:
        from leakstop.commands.range import job_of, search

        _, new = _commits(values, told, fetcher)
        repository = fetcher.with_contents(new.revisions.commits)
        job = job_of(values, repository, new)
        report = search("range", job, repository, new)
    report = job.verified(report)
    code = deliver(report, job.outputs, job.look, job.live)
    if on_github:
        publish(report, code, told.shown() if told else " ".join(values.revision))
    return code


def _commits(values: Any, told: Span | None, fetcher: Fetcher) -> tuple[Repository, Arrivals]:
    from leakstop.ci.span import arriving
    from leakstop.git.revisions import resolve
    from leakstop.git.updates import Arrivals

    if told is not None:
        return arriving(fetcher, told)
    return fetcher.repository, Arrivals(resolve(fetcher.repository, tuple(values.revision), values.since or ""))


def publish(report: Report, code: int, span: str) -> None:
    """The job summary and the outputs of a step, where a runner has given files for them. SourceError: they cannot be written."""
    from io import StringIO

    from leakstop.report import summary, writer

    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        draft = StringIO()
        writer("markdown")(report, draft)
        text = draft.getvalue()
        _append(path, text if len(text.encode()) < SUMMARY else "## leakstop: more findings than a summary can hold\n")
    if path := os.environ.get("GITHUB_OUTPUT"):
        outputs = {
            "exit-code": code,
            "count": summary.secrets(report.new()),
            "verified-count": summary.secrets(result for result in report.results if result.live),
            "complete": str(report.complete).lower(),
            "range": span,
            "commits-scanned": report.coverage.commits,
        }
        # Values with a line break in them would be further outputs: a delimiter that nobody can guess closes each.
        end = secrets.token_hex(16)
        _append(path, "".join(f"{name}<<{end}\n{value}\n{end}\n" for name, value in outputs.items()))


def _append(path: str, text: str) -> None:
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise SourceError(f"{path}: cannot be written: {error.strerror}", "The runner names this file.") from None
