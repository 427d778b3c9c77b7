"""Files of other scanners that say what does not count: obeyed where they lie, counted, and carried over."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from helpers import Repo, fake, run_cli

from leakstop.triage.gitleaks import same_family

TOKEN, OTHER = fake("github-pat"), fake("github-pat", 1)
AWS_ID, AWS_SECRET = fake("aws-id"), fake("aws-secret")
PAIR = f"AWS_ACCESS_KEY_ID={AWS_ID}\nAWS_SECRET_ACCESS_KEY={AWS_SECRET}\n"
PASSWORD, KEY = fake("password"), fake("private-key")


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def baseline(**files: list[tuple[str, str]]) -> str:
    """A baseline of detect-secrets: by file (with _ for the dot) types and hashed texts."""
    results = {
        name.replace("_", "."): [
            {
                "type": kind,
                "filename": name.replace("_", "."),
                "hashed_secret": sha1(text),
                "is_verified": False,
                "line_number": 1,
            }
            for kind, text in rows
        ]
        for name, rows in files.items()
    }
    return json.dumps({"version": "1.5.0", "plugins_used": [], "filters_used": [], "results": results})


def row(rule: str, file: str, line: int, secret: str = "REDACTED") -> dict[str, Any]:
    """A finding in a report of gitleaks."""
    place = {"StartLine": line, "EndLine": line, "StartColumn": 1, "EndColumn": 2, "File": file, "Commit": ""}
    return {"RuleID": rule, "Description": "", **place, "Match": secret, "Secret": secret, "Fingerprint": f"{file}:{rule}:{line}"}


@pytest.fixture
def leaky(repo: Repo) -> Repo:
    repo.write("a.env", f"see {TOKEN}\n")
    repo.write("pair.env", PAIR)
    repo.write("db.py", f'url = "postgresql://app:{PASSWORD}@db.internal.corp:5432/app"\n')
    repo.write("key.pem", KEY + "\n")
    repo.stage()
    repo.commit("Leak")
    return repo


ALL = {"a.env", "pair.env", "db.py", "key.pem"}


def counted(repo: Repo, *args: str) -> tuple[set[str], list[dict[str, Any]]]:
    """The files whose findings count, and what took others out of it."""
    result = run_cli(*(args or ("scan", "a.env", "pair.env", "db.py", "key.pem")), "-f", "json", cwd=repo.path)
    assert result.code in (0, 1), result.err
    document = result.json()
    return {found["file"] for found in document["findings"] if found["triage"]["status"] == "new"}, document["silenced"]


def test_nothing_without_files(leaky: Repo) -> None:
    assert counted(leaky) == (ALL, [])


@pytest.mark.parametrize(
    ("line", "silenced"),
    [
        ("a.env:github-pat:1", {"a.env"}),
        ("a.env:generic-api-key:1", {"a.env"}),
        (".\\a.env:github-pat:1", set()),
        ("a.env:github-pat:2", set()),
        ("a.env:slack-bot-token:1", set()),
        ("b.env:github-pat:1", set()),
        ("pair.env:aws-access-token:1", set()),  # it names the id, and the secret was never accepted
        ("pair.env:generic-api-key:2", {"pair.env"}),
        ("key.pem:private-key:1", {"key.pem"}),
        ("# a.env:github-pat:1", set()),
        ("0123456789012345678901234567890123456789:a.env:github-pat:1", set()),
    ],
)
def test_gitleaksignore(leaky: Repo, line: str, silenced: set[str]) -> None:
    """Only what it names: this place, this kind."""
    leaky.write(".gitleaksignore", f"# from gitleaks\n\n{line}\n")

    assert counted(leaky)[0] == ALL - silenced


def test_gitleaksignore_with_a_commit(leaky: Repo) -> None:
    """It is about what that commit brought in."""
    commit = leaky.rev()
    leaky.write(".gitleaksignore", f"{commit.upper()}:a.env:github-pat:1\n")

    assert counted(leaky, "history")[0] == ALL - {"a.env"}
    assert counted(leaky)[0] == ALL


@pytest.mark.parametrize("name", ["gitleaks-baseline.json", ".gitleaks-baseline.json", "--baseline"])
def test_gitleaks_baseline(leaky: Repo, name: str) -> None:
    """By value where it has one, wherever that stands; by place where it is redacted."""
    rows = [row("github-pat", "old.env", 77, TOKEN), row("generic-api-key", "pair.env", 2), row("private-key", "key.pem", 2)]
    leaky.write("report.json" if name == "--baseline" else name, json.dumps(rows))
    options = ["--baseline", "report.json"] if name == "--baseline" else []

    files, silenced = counted(leaky, "scan", "a.env", "pair.env", "key.pem", *options)

    assert files == {"key.pem"}
    label = "report.json" if options else name
    assert silenced == [{"status": "known", "by": label, "count": 2}]


@pytest.mark.parametrize(
    ("files", "silenced"),
    [
        ({"a_env": [("GitHub Token", "ghp")]}, {"a.env"}),  # that is what detect-secrets hashes of these
        ({"a_env": [("Base64 High Entropy String", TOKEN)]}, {"a.env"}),
        ({"b_env": [("Base64 High Entropy String", TOKEN)]}, set()),
        ({"a_env": [("Base64 High Entropy String", OTHER)]}, set()),
        ({"pair_env": [("AWS Access Key", AWS_ID)]}, set()),  # the id, not the secret
        ({"pair_env": [("Secret Keyword", AWS_SECRET)]}, {"pair.env"}),
        ({"db_py": [("Basic Auth Credentials", PASSWORD)]}, {"db.py"}),
        ({"db_py": [("Secret Keyword", f"postgresql://app:{PASSWORD}@db.internal.corp:5432/app")]}, {"db.py"}),
        ({"key_pem": [("Private Key", "BEGIN RSA " + "PRIVATE KEY")]}, {"key.pem"}),
    ],
)
def test_detect_secrets(leaky: Repo, files: dict[str, list[tuple[str, str]]], silenced: set[str]) -> None:
    """The hash of what its own expressions capture, in that file."""
    leaky.write(".secrets.baseline", baseline(**files))

    found, told = counted(leaky)

    assert found == ALL - silenced
    assert told == [{"status": "known", "by": ".secrets.baseline", "count": 1} for _ in silenced]


@pytest.mark.parametrize("indent", [None, 2])
def test_their_own_files_are_no_findings(leaky: Repo, indent: int | None) -> None:
    """A baseline holds hashes, a checksum is one; what a report of gitleaks shows is what it makes known."""
    entries = json.loads(baseline(**{f"f{number}_env": [("Secret Keyword", str(number))] for number in range(30)}))
    leaky.write(".secrets.baseline", json.dumps(entries, indent=indent))
    leaky.write(
        "gitleaks-baseline.json", json.dumps([row("github-pat", "a.env", 1, TOKEN), row("private-key", "key.pem", 1, KEY)])
    )
    leaky.write(".gitleaksignore", f"{leaky.rev()}:a.env:github-pat:1\n")
    digest = hashlib.sha256(b"x").hexdigest()
    leaky.write(".talismanrc", f'fileignoreconfig:\n- filename: a.env\n  checksum: {digest}\nversion: "1.0"\n')
    leaky.write(".gitguardian.yaml", f"version: 2\nsecret:\n  ignored_matches:\n  - name: token\n    match: {digest}\n")

    assert counted(leaky, "scan", ".")[0] == ALL - {"a.env", "key.pem"}


def test_a_hashed_prefix_names_one_line_only(leaky: Repo) -> None:
    """Otherwise every further token of this kind in the file would be silenced."""
    leaky.write(".secrets.baseline", baseline(a_env=[("GitHub Token", "ghp")]))
    leaky.write("a.env", f"see {TOKEN}\nand {OTHER}\n")

    result = run_cli("scan", "a.env", "-f", "json", cwd=leaky.path).json()

    assert [(found["start_line"], found["triage"]["status"]) for found in result["findings"]] == [(1, "known"), (2, "new")]


def test_audited_as_real_is_said(leaky: Repo) -> None:
    document = json.loads(baseline(a_env=[("Base64 High Entropy String", TOKEN)]))
    document["results"]["a.env"][0]["is_secret"] = True
    leaky.write(".secrets.baseline", json.dumps(document))

    result = run_cli("scan", "a.env", "-f", "json", cwd=leaky.path).json()

    reason = result["findings"][0]["triage"]["reason"]
    assert reason == ".secrets.baseline -- Base64 High Entropy String, judged a real secret"


def test_switched_off(leaky: Repo) -> None:
    leaky.write(".gitleaksignore", "a.env:github-pat:1\n")
    assert counted(leaky)[0] == ALL - {"a.env"}
    assert counted(leaky, "scan", "a.env", "--no-ignores")[0] == {"a.env"}
    leaky.write(".leakstop.toml", "foreign-ignores = false\n")
    assert counted(leaky)[0] == ALL


def test_migrate(leaky: Repo) -> None:
    """Afterwards the entries hang on the secrets, and the old files can go."""
    commit = leaky.rev()
    leaky.write(".gitleaksignore", f"{commit}:key.pem:private-key:1\na.env:github-pat:1\ngone.env:github-pat:9\nnonsense\n")
    leaky.write(".secrets.baseline", baseline(pair_env=[("Secret Keyword", AWS_SECRET)]))

    result = run_cli("migrate", cwd=leaky.path)

    assert result.code == 0, result.err
    assert "not carried over: .gitleaksignore: gone.env:github-pat:9\n" in result.out
    assert "not carried over: .gitleaksignore: nonsense\n" in result.out
    assert ".leakstop-ignore: 3 entries from .gitleaksignore, .secrets.baseline\n" in result.out
    (leaky.path / ".gitleaksignore").unlink()
    (leaky.path / ".secrets.baseline").unlink()
    leaky.write("a.env", f"moved\nsee {TOKEN}\n")
    assert counted(leaky)[0] == {"db.py"}
    assert counted(leaky, "history")[0] == {"db.py"}
    assert "path=a.env -- from .gitleaksignore: github-pat\n" in (leaky.path / ".leakstop-ignore").read_text()


def test_nothing_to_migrate(leaky: Repo) -> None:
    result = run_cli("migrate", cwd=leaky.path)

    assert result.code == 0
    assert "no files of other scanners" in result.out


@pytest.mark.parametrize(
    ("theirs", "ours", "same"),
    [
        ("github-fine-grained-pat", "github-fine-grained-token", True),
        ("gcp-api-key", "google-api-key", True),
        ("private-key", "private-key-rsa", True),
        ("jwt", "jwt-token", True),
        ("stripe-access-token", "stripe-secret-key", True),
        ("generic-api-key", "stripe-secret-key", True),
        ("curl-auth-user", "curl-user-password", True),
        ("slack-bot-token", "github-personal-access-token", False),
        ("private-key", "github-personal-access-token", False),
        ("twilio-api-key", "sendgrid-api-key", False),
    ],
)
def test_families(theirs: str, ours: str, same: bool) -> None:
    assert same_family(theirs, ours) is same
