"""What to do about each finding: in order, from where it stands, in all reports, and without a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from helpers import fake, run_cli
from report.samples import github, report, result

from leakstop.fix import fix, fixed
from leakstop.model import History

if TYPE_CHECKING:
    from helpers import Repo

COMMIT = "3f2a91c04e" * 4
PAST = History(COMMIT, COMMIT, False, ("refs/heads/main",), True)


def at(kind: str, path: str = "a/b.py", *, past: History | None = None, **origin):
    return result(github(), path, 12, kind=kind, origin=origin, history=past)


# name -> finding, command, the steps by name, and what the removal says.
CASES = {
    "a file": (at("file"), "scan", "revoke replace remove", "Take it out of a/b.py:12 leakstop history"),
    "the index": (at("index"), "staged", "remove revoke replace", "Take it out of the commit: a/b.py:12 git reset -- :/a/b.py"),
    "a name that needs quotes": (at("index", "it's"), "staged", "remove revoke replace", "git reset -- FILE"),
    "a message that is written": (at("message", "m"), "message", "remove revoke replace", "git commit -e -F m"),
    "a commit to be pushed": (
        at("commit", commit=COMMIT),
        "push",
        "remove revoke replace",
        "a/b.py:12, since commit 3f2a91c04e git rebase -i 3f2a91c04e^",
    ),
    "a commit of a pull request": (
        at("commit", commit=COMMIT),
        "range",
        "revoke replace remove",
        "Take it out of a/b.py:12, since commit 3f2a91c04e git rebase -i 3f2a91c04e^",
    ),
    "a history": (
        at("blob", past=PAST),
        "history",
        "revoke replace remove",
        "last: a/b.py:12, since commit 3f2a91c04e git filter-repo --replace-text values.txt git push --force --mirror origin",
    ),
    "still there": (
        at("blob", past=PAST._replace(in_head=True, pushed=False)),
        "history",
        "revoke replace take-out remove",
        "git filter-repo --replace-text values.txt",
    ),
    "unreachable": (at("blob", past=PAST._replace(refs=())), "history", "revoke replace remove", "Let git forget"),
    "staged, and in no commit": (
        at("blob", past=PAST._replace(refs=("index",))),
        "history",
        "revoke replace remove",
        "git reset -- a/b.py",
    ),
    "staged in another work tree": (
        at("blob", past=PAST._replace(refs=("worktrees/w/index",))),
        "history",
        "revoke replace remove",
        "git reset -- a/b.py",
    ),
    "a tag on a file that is called like it": (
        at("blob", past=PAST._replace(refs=("refs/tags/index",))),
        "history",
        "revoke replace remove",
        "git filter-repo --replace-text values.txt",
    ),
    "a stash": (at("blob", past=PAST._replace(refs=("refs/stash",))), "history", "revoke replace remove", "git stash drop STASH"),
    "a commit message": (
        at("message", "", commit=COMMIT, past=PAST),
        "history",
        "revoke replace remove",
        "message, since commit 3f2a91c04e git filter-repo --replace-message values.txt",
    ),
    "a reflog": (at("reflog", "", ref="HEAD"), "history", "revoke replace remove", "reflog HEAD git reflog expire"),
    "standard input": (at("stdin", ""), "scan", "revoke replace", ""),
}


@pytest.mark.parametrize("name", CASES)
def test_where_it_stands(name):
    finding, command, steps, told = CASES[name]
    made = fix(finding, command)
    assert " ".join(step.what for step in made.steps) == steps
    removal = [" ".join((step.title, *step.commands)) for step in made.steps if step.what == "remove"]
    assert told in " ".join(removal)
    revoke = next(step for step in made.steps if step.what == "revoke")
    assert "https://docs.github.com" in revoke.why
    assert revoke.why.startswith("If it was ever shared") == (steps.split()[0] == "remove")


def test_in_every_report(repo: Repo):
    """A key pair in a history: its id stands in commands, its secret nowhere."""
    key, secret = fake("aws-id"), fake("aws-secret")
    repo.add("deploy.env", f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n")
    commit = repo.git("rev-parse", "HEAD").decode()[:10]
    deactivate = f'aws iam update-access-key --user-name "$LEAKED_USER" --access-key-id {key} --status Inactive'
    outputs = {form: f"report.{form}" for form in ("json", "jsonl", "html", "sarif", "markdown", "text")}
    run_cli("history", *(f"--output={form}={file}" for form, file in outputs.items()), cwd=repo.path)
    texts = {form: (repo.path / file).read_text() for form, file in outputs.items()}
    assert not [form for form, text in texts.items() if secret in text]
    (finding,) = json.loads(texts["json"])["findings"]
    steps = {step["step"]: step for step in finding["fix"]["steps"]}
    assert list(steps)[:3] == ["deactivate", "deny-sessions", "quarantine"]
    assert list(steps)[-2:] == ["take-out", "remove"]
    assert steps["deactivate"]["commands"][-1] == deactivate
    assert f"deploy.env:2, since commit {commit}" in steps["remove"]["title"]
    assert finding["fix"]["more"] == f"leakstop aws respond --key-id {key}"
    told = [json.loads(line) for line in texts["jsonl"].splitlines()]
    assert [line["fix"] for line in told if line["type"] == "finding"] == [finding["fix"]]
    assert json.loads(texts["sarif"])["runs"][0]["results"][0]["properties"]["fix"] == finding["fix"]
    assert f"=   {deactivate}\n" in texts["text"]  # in one line, however long, so that it can be copied
    assert "fix: deactivate → deny sessions → quarantine" in " ".join(texts["text"].split())
    assert "deactivate → deny sessions" in texts["markdown"]
    data = json.loads(texts["html"].partition('id="data">')[2].partition("</script>")[0])
    shown = [data["fixes"][number] for number in data["findings"][0]["fix"]["steps"]]
    assert shown == finding["fix"]["steps"]


def test_before_a_commit_taking_out_comes_first(repo: Repo):
    key, secret = fake("aws-id"), fake("aws-secret")
    repo.write("deploy.env", f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n")
    repo.stage("deploy.env")
    out = run_cli("staged", cwd=repo.path).out
    assert "fix: remove → deactivate" in out
    assert f"=   leakstop aws respond --key-id {key}" in out
    assert "update-access-key" not in out  # nothing has left the machine yet


def test_steps_that_many_share_are_told_once_in_the_page():
    import io

    from leakstop.report import writer

    results = [result(github(seed), "a.py", seed + 1) for seed in range(30)]
    page = io.StringIO()
    writer("html")(report(*fixed(results, "scan")), page)
    data = json.loads(page.getvalue().partition('id="data">')[2].partition("</script>")[0])
    assert len(data["fixes"]) == 32  # to revoke, to replace, and thirty places
