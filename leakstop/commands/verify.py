"""`leakstop verify`: the AWS keys of a report, or one key that is given by standard input, environment or prompt."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from leakstop.commands.options import ASKING, JUDGEMENT, REPORT, RUNNING, Command, Option
from leakstop.errors import NoSuchPath, SourceError, UsageError

if TYPE_CHECKING:
    from leakstop.aws.pasted import Given
    from leakstop.commands.scanning import Job
    from leakstop.model import Report, Result

MOST = 64 << 20  # bytes of standard input or a report


def run(values: Any) -> int:
    """Verify; the exit code."""
    from leakstop.commands.scanning import prepare

    place = values.report or ""
    if _looks_secret(place):
        raise UsageError(
            "verify: keys are not taken from the command line, where everybody on this machine can read them",
            "Now that it was there: give it on standard input, or in the environment with --from-env.",
        )
    if place and values.from_env:
        raise UsageError("verify: either a report or --from-env")
    if sys.stdin is None and place in (None, "", "-") and not values.from_env:
        raise UsageError("verify: standard input is closed", "Name a report, or give the key in the environment with --from-env.")
    values.verify = True
    values.fail_on = values.fail_on or "live"
    job = prepare(values, ".")
    if values.from_env:
        report = _of_keys(_environment(), "environment", job)
    elif not place and sys.stdin.isatty():
        report = _of_keys(_prompt(), "stdin", job)
    else:
        report = _of_text(_read(place or "-"), place if place != "-" else "", job)
    return job.finish(report)


def _looks_secret(text: str) -> bool:
    from leakstop.aws.keyid import is_access_key_id

    return is_access_key_id(text[:20]) and not os.path.exists(text)


def _read(place: str) -> str:
    try:
        if place == "-":
            data = sys.stdin.buffer.read(MOST + 1)
        else:
            with open(place, "rb") as stream:
                data = stream.read(MOST + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NoSuchPath(place) from None
    except OSError as error:
        raise SourceError(f"{place}: cannot read the report: {str(error.strerror).lower()}") from None
    if len(data) > MOST:
        raise SourceError(f"{place}: this is too large for a report")
    return data.decode("utf-8-sig", "replace")


def _of_text(text: str, name: str, job: Job) -> Report:
    """What was given is a report or, on standard input, perhaps a key."""
    from leakstop.report.read import findings

    found = findings(text, name or "standard input")
    if found is not None:
        return _of_report(found, name or "standard input", job)
    if name:
        raise UsageError(f"{name}: this is not a JSON report of leakstop", "Make it with --format json --output FILE.")
    from leakstop.aws.pasted import find

    keys = find(text)
    if not keys:
        raise UsageError("standard input: no AWS access key id there", "Give id and secret, or a report in JSON.")
    return _of_keys(keys, "stdin", job)


def _environment() -> list[Given]:
    from leakstop.aws.pasted import VARIABLES, of_environment

    given = of_environment(os.environ)
    if given.missing():
        raise UsageError(
            f"--from-env: {given.missing()} is missing", f"Set {', '.join(VARIABLES[:2])} and, for ASIA keys, {VARIABLES[2]}."
        )
    return [given]


def _prompt() -> list[Given]:
    from getpass import getpass

    from leakstop.aws.keyid import TEMPORARY
    from leakstop.aws.pasted import Given

    sys.stderr.write("Access key id: ")
    sys.stderr.flush()
    name = sys.stdin.readline().strip()
    secret = getpass("Secret access key (not shown): ").strip()
    token = getpass("Session token (not shown): ").strip() if name.startswith(TEMPORARY) else ""
    given = Given(name, secret, token)
    if given.missing():
        raise UsageError(f"verify: this is not an access key: {given.missing()} is missing")
    return [given]


def _of_keys(keys: list[Given], kind: str, job: Job) -> Report:
    """A report about keys that were given."""
    for given in keys:
        if given.missing():
            raise UsageError(f"verify: {given.missing()} is missing")
    from leakstop.commands.given import results
    from leakstop.model import Coverage, Report
    from leakstop.triage.fingerprint import fingerprint
    from leakstop.triage.silence import silence

    rules = job.settings.rules
    key = (job.settings.silence or silence)().salt
    named = {rule.id: rule for rule in rules.rules}
    found = results(keys, kind, named, lambda rule, secret: fingerprint(rule, secret, key), job.settings.canaries)
    return Report("verify", tuple(found), (), Coverage(), True, len(rules.rules), rules.digest)


def _of_report(found: list[dict[str, Any]], name: str, job: Job) -> Report:
    """The findings of a report, with their values as they stand there, or read again where they are redacted."""
    from leakstop.model import Coverage, Report
    from leakstop.report.read import redacted, result

    rules = {rule.id: rule for rule in job.settings.rules.rules}
    try:
        hidden = [value for value in found if redacted(value)]
        results = [result(value, rules) for value in found if not redacted(value)]
        if not hidden:
            return Report("verify", tuple(results), (), Coverage(), True, len(rules), job.settings.rules.digest)
        return _again(hidden, results, job)
    except (LookupError, TypeError, ValueError, AttributeError):
        raise UsageError(f"{name}: the report is damaged", "docs/report.schema.json says how it has to be.") from None


def _again(hidden: list[dict[str, Any]], results: list[Result], job: Job) -> Report:
    """Findings whose values are redacted: their places are scanned again, and the fingerprints say which is which."""
    from leakstop.model import Problem, Tally
    from leakstop.pipeline import scan
    from leakstop.sources.reported import reported

    tally = Tally()
    report = scan("verify", reported(hidden, tally), tally, job.settings._replace(confidence="low"))
    wanted = {value["fingerprint"] for value in hidden}
    again = [result for result in report.results if result.fingerprint in wanted]
    missing = wanted - {result.fingerprint for result in again}
    lost = [value for value in hidden if value["fingerprint"] in missing]
    problems = tuple(
        Problem(
            f"{value['file'] or value['origin']['kind']}:{value['start_line']}",
            "the secret of this finding was not found again",
            REMEDY,
        )
        for value in lost
    )
    return report._replace(
        results=(*results, *again), problems=(*report.problems, *problems), complete=report.complete and not problems
    )


REMEDY = "Scan again with --verify, or make the report with --show-secrets. Fingerprints are those of one user."

COMMAND = Command(
    run,
    "Asks AWS whether keys are live: those of a report, or one that is given on standard input, in the environment or at the"
    " prompt. A report without --show-secrets holds no values, so its places are read again. The exit code is 1 if a key is live,"
    " 0 if all are known not to be, 3 if one could not be told.",
    (
        ("leakstop verify report.json", "the keys of a report"),
        ("leakstop verify", "asks for id and secret; on a pipe it reads them"),
        ("leakstop verify --from-env", "the key in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN"),
        ("pass show old-key | leakstop verify -", "from a password manager"),
    ),
    (
        (
            "what is verified",
            (
                Option(
                    ("report",),
                    "a report in JSON or JSON Lines; - for standard input: a report, or a key",
                    "REPORT",
                    completes="file",
                ),
                Option(("--from-env",), "the key in the environment"),
            ),
        ),
        ("verification", ASKING),
        JUDGEMENT,
        REPORT,
        RUNNING,
    ),
)
