"""A made-up history with many findings, for the tests of the page: who, when, where, pairs, verdicts, what does not count."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from report.samples import aws_id, aws_secret, github, report, result, token

from leakstop.model import Coverage, History, Pair, Problem, Secret, Skipped, Triage, Verdict

if TYPE_CHECKING:
    from leakstop.model import Report, Result

PEOPLE = ("Ada Lovelace", "Grace Hopper", "Edsger Dijkstra", "Barbara Liskov", "Alan Kay", "Margaret Hamilton", "Ken Thompson")
FOLDERS = (
    "deploy",
    "services/billing",
    "services/mail",
    "infra/terraform/modules/network",
    "tests",
    "scripts",
    "config/environments",
)
FILES = ("settings.py", "values.yaml", "main.tf", ".env.production", "docker-compose.yml", "client.ts", "application.properties")
KINDS = ("github-personal-access-token", "aws-secret-access-key", "generic-password", "private-key", "example-token")
SUBJECTS = ("Add the settings", "Deploy from CI", "Fix the build", "Try the new client", "Merge branch 'release/2.4'", "wip")
START = datetime(2019, 3, 1, 9, 30, tzinfo=UTC)


def commit(number: int) -> str:
    return f"{number * 2654435761 % 2**64:016x}" * 2 + "0" * 8


def many(number: int, *, seed: int = 1, years: float = 6.0) -> Report:
    """A report of a history with that many findings, the same for the same seed."""
    rng = random.Random(seed)
    results = sorted((_finding(rng, index, years) for index in range(number)), key=lambda one: one.finding.origin.path)
    problems = (
        (Problem("objects/pack/pack-1a2b.pack", "object 77aa0b1c2d is corrupt", "git fetch --refetch"),) if number > 100 else ()
    )
    skipped = (Skipped("blob", "above --max-size", 3), Skipped("file", "excluded", 12))
    coverage = Coverage(8412, 59_021, 0, 977_000_000, skipped, 1.184)
    return report(*results, command="history", problems=problems, coverage=coverage, complete=not problems)


def _finding(rng: random.Random, index: int, years: float) -> Result:
    name = rng.choice(KINDS)
    came = START + timedelta(days=int(rng.triangular(0, 365 * years, 365 * years * 0.7)), minutes=rng.randrange(600))
    stays = rng.random() < 0.4
    went = came + timedelta(days=int(rng.expovariate(1 / 200)))
    path = f"{rng.choice(FOLDERS)}/{rng.choice(FILES)}"
    author = rng.choice(PEOPLE)
    value = {"aws-secret-access-key": aws_secret, "github-personal-access-token": github}.get(
        name, lambda seed: token("", 24, seed)
    )(index if rng.random() < 0.8 else rng.randrange(20))
    kept = rng.random()
    found = result(
        value,
        path,
        rng.randrange(1, 400),
        before={"aws-secret-access-key": "aws_secret_access_key = "}.get(name, 'token: "'),
        after={"aws-secret-access-key": ""}.get(name, '"'),
        name=name,
        kind="blob",
        origin={
            "commit": commit(rng.randrange(900)),
            "author": author,
            "email": f"{author.split()[0].lower()}@example.com",
            "date": came.isoformat(),
            "subject": rng.choice(SUBJECTS),
            "blob": commit(index + 7000),
        },
        triage=Triage("ignored", "leakstop: allow -- made up")
        if kept > 0.93
        else Triage("known", "baseline")
        if kept > 0.88
        else None,
        confidence=rng.choice(("high", "high", "medium")),
        history=History(
            commit(rng.randrange(900)),
            commit(rng.randrange(900)),
            stays,
            ("refs/heads/main", "refs/remotes/origin/main", "refs/tags/v1.2") if stays else ("refs/heads/old/feature",),
            rng.random() < 0.7,
            went.isoformat(),
        ),
    )
    if name != "aws-secret-access-key":
        return found
    pair = Pair("aws-access-key-id", found.finding.location.start_line + 1, path.encode(), Secret(aws_id(index).encode()))
    facts = (("kind", "long-term access key"), ("account", f"{rng.randrange(10**11, 10**12)}"))
    state = rng.choice(("live", "dead", "dead", "unknown", "canary", ""))
    verdict = {
        "live": Verdict(
            "live",
            "AWS takes it",
            (("arn", "arn:aws:iam::123456789012:user/deploy"), ("endpoint", "sts.us-east-1.amazonaws.com")),
            "unrestricted",
        ),
        "dead": Verdict("dead", "AWS does not know it (InvalidClientTokenId)", (("endpoint", "sts.us-east-1.amazonaws.com"),)),
        "unknown": Verdict("unknown", "no answer within 5 s"),
        "canary": Verdict("canary", "belongs to an account that lays traps; it was not sent"),
    }.get(state)
    return found._replace(finding=found.finding._replace(pair=pair), facts=facts, verification=verdict)
