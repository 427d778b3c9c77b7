"""`--verify`: what the user allows to be sent, and a report with the answers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from leakstop.errors import UsageError
from leakstop.model import Problem, Verdict, show_path
from leakstop.triage.order import urgent_first
from leakstop.verify import Options, verify
from leakstop.verify.work import was_cut_off

if TYPE_CHECKING:
    from leakstop.commands.scanning import Job
    from leakstop.config import Config
    from leakstop.model import Report, Result

NO_ANSWER = ("unknown", "blocked", "throttled")  # states that leave it open whether a key is live
FORK = Verdict("not-sent", "nothing is verified in a pull request from a fork")


def options(values: Any, config: Config) -> Options:
    """From command line and configuration. UsageError for two ways to look at policies at once.

    The endpoint is never taken from a file: who writes one would get the signatures.
    """
    if values.aws_leaked_key and (values.aws_profile or values.aws_role):
        raise UsageError("either an auditor (--aws-profile, --aws-role) or --aws-leaked-key, not both")
    return Options(
        aws_endpoint=values.aws_endpoint_url or "",
        aws_region=values.aws_region or "",
        aws_accounts=(*config.aws_accounts, *values.aws_account),
        aws_skip_accounts=(*config.aws_skip_accounts, *values.aws_skip_account),
        aws_canaries=config.aws_canary_accounts,
        aws_profile=values.aws_profile or "",
        aws_role=values.aws_role or "",
        aws_leaked_key=bool(values.aws_leaked_key),
        **({} if values.verify_timeout is None else {"timeout": values.verify_timeout}),
    )


def verified(report: Report, job: Job) -> Report:
    """The report with the answers, live keys first. With --fail-on live a key without an answer makes it incomplete."""
    from leakstop.verify.fork import fork

    assert job.verifying is not None
    if fork(os.environ):
        results = [result._replace(verification=FORK) if result.finding.rule.verify else result for result in report.results]
        return report._replace(results=tuple(results))
    with job.progress(None, "keys", "verifying") as progress:
        results = verify(report.results, job.verifying, progress.advance)
    unanswered = [result for result in results if _unanswered(result)] if job.look.fail_on != "any" else []
    return report._replace(
        results=urgent_first(results),
        problems=(*report.problems, *map(_open, unanswered)),
        complete=report.complete and not unanswered,
        interrupted=report.interrupted or any(was_cut_off(result.verification) for result in results),
    )


def _unanswered(result: Result) -> bool:
    verdict = result.verification
    return result.new and verdict is not None and verdict.state in NO_ANSWER


def _open(result: Result) -> Problem:
    finding, verdict = result.finding, result.verification
    assert verdict is not None
    where = f"{show_path(finding.origin.path) or finding.origin.kind}:{finding.location.start_line}"
    return Problem(where, f"not known whether the key is live: {verdict.reason}", "run it again")
