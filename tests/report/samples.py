"""Reports made by hand, for the tests of the writers: `report(result(...), ...)`. All values are made up at run time."""

from __future__ import annotations

import io
import random
import string
from typing import Any

from leakstop.model import (
    Coverage,
    Finding,
    History,
    Location,
    Origin,
    Pair,
    Problem,
    Report,
    Result,
    Secret,
    Skipped,
    Triage,
    redact,
)
from leakstop.report import Options, writer
from leakstop.rules.rule import Rule
from leakstop.triage.fingerprint import fingerprint

KEY = b"k" * 32
BASE32 = string.ascii_uppercase + "234567"
ALNUM = string.ascii_letters + string.digits


def token(lead: str, length: int, seed: int = 0, alphabet: str = ALNUM) -> str:
    """A made-up token."""
    source = random.Random(f"{lead}{seed}")
    return lead + "".join(source.choice(alphabet) for _ in range(length))


def aws_id(seed: int = 0) -> str:
    return token("AKIA", 16, seed, BASE32)


def aws_secret(seed: int = 0) -> str:
    return token("", 40, seed, ALNUM + "+/")


def github(seed: int = 0) -> str:
    return token("ghp_", 36, seed)


def rule(name: str = "github-personal-access-token", **changes: Any) -> Rule:
    texts = {
        "github-personal-access-token": (
            "GitHub",
            "Acts as the user on GitHub within its scopes; revoke under Settings > Developer settings > Personal access tokens.",
            "critical",
            "https://docs.github.com/en/authentication",
        ),
        "aws-secret-access-key": (
            "AWS",
            "Signs requests as an IAM user; deactivate and delete the key under IAM > Users > Security credentials.",
            "critical",
            "",
        ),
        "generic-password": ("Generic", "A password that stands in code; change it where it is used.", "medium", ""),
        "private-key": ("Private keys", "Opens what trusts the key; replace the key pair everywhere.", "high", ""),
    }
    provider, description, severity, docs = texts.get(name, ("Example", "Opens the example; revoke it there.", "low", ""))
    return Rule(name, provider, description, severity, "high", "x", docs=docs)._replace(**changes)


def result(
    secret: str | bytes,
    path: str | bytes = "src/settings.py",
    line: int = 12,
    *,
    before: str = 'TOKEN = "',
    after: str = '"',
    excerpt: str | None = None,
    name: str = "github-personal-access-token",
    kind: str = "file",
    triage: Triage | None = None,
    origin: dict[str, Any] | None = None,
    **changes: Any,
) -> Result:
    """A result as the pipeline makes it; `changes` are fields of the finding."""
    value = secret.encode() if isinstance(secret, str) else secret
    raw = path.encode() if isinstance(path, str) else path
    spec = changes.pop("rule", None) or rule(name)
    column = len(before) + 1
    finding = Finding(
        spec,
        Secret(value),
        Location(line, line + value.strip(b"\n").count(b"\n"), column, column + max(0, len(value) - 1), 0, len(value)),
        Origin(kind, raw, **(origin or {})),
        spec.severity,
        spec.confidence,
        4.661,
        ("its checksum holds",),
        before + redact(value) + after if excerpt is None else excerpt,
    )._replace(**changes)
    return Result(finding, fingerprint(spec.id, value, KEY), triage or Triage())


def report(*results: Result, command: str = "scan", **changes: Any) -> Report:
    """A report of these results; `changes` are its fields."""
    coverage = Coverage(0, 0, 1204, 12_345_678, (), 0.412)
    return Report(command, results, (), coverage, True, 231, "0123456789abcdef")._replace(**changes)


def render(a_report: Report, form: str = "json", **options: Any) -> str:
    """What the writer of a form makes of a report; `options` are those of `leakstop.report.Options`."""
    stream = io.StringIO()
    writer(form)(a_report, stream, Options(**options))
    text = stream.getvalue()
    text.encode()  # no lone surrogates
    return text


def full(seed: int = 0) -> Report:
    """One of everything."""
    found = result(
        aws_secret(seed),
        "deploy/settings.py",
        3,
        before="AWS_SECRET_ACCESS_KEY = '",
        after="'",
        name="aws-secret-access-key",
        kind="blob",
        origin={
            "commit": "3f2a91c04e" * 4,
            "author": "Ada Lovelace",
            "email": "ada@example.com",
            "date": "2026-03-02T10:11:12+01:00",
            "subject": "Add the settings of the importer",
            "blob": "9b1c22d7aa" * 4,
        },
        pair=Pair("aws-access-key-id", 2, b"deploy/settings.py", Secret(aws_id(seed).encode())),
        reasons=("stands with its other half, aws-access-key-id on line 2",),
        history=History(
            "3f2a91c04e" * 4,
            "77aa0b1c2d" * 4,
            False,
            ("refs/heads/main", "refs/remotes/origin/main", "refs/tags/v1.2", "refs/tags/v1.3", "refs/stash"),
            True,
            "2026-05-20T08:00:00+00:00",
        ),
    )
    return report(
        found,
        result(
            github(seed),
            "deploy/settings.py",
            40,
            kind="blob",
            origin={"decoded": ("base64", "gzip"), "members": ("a.zip", "b.env")},
        ),
        result(
            github(seed + 1), "tests/test_api.py", 7, triage=Triage("ignored", "leakstop: allow -- made up", "leakstop: allow")
        ),
        result(github(seed + 2), "tests/test_api.py", 9, triage=Triage("ignored", "gitleaks:allow", "gitleaks:allow")),
        result(github(seed + 3), "tests/test_api.py", 11, triage=Triage("known", "baseline")),
        command="history",
        problems=(Problem("objects/pack/pack-1a2b.pack", "object 77aa0b1c2d is corrupt", "fetch it again: git fetch --refetch"),),
        coverage=Coverage(8412, 59_021, 0, 977_000_000, (Skipped("blob", "above --max-size", 3),), 1.184),
        complete=False,
        dropped=(("placeholder", 112), ("variable", 1240)),
    )
