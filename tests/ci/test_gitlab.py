"""Which commits a GitLab pipeline is about."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ci_helpers import GONE, ZEROS, World, build, checkout
from helpers import CHECKOUT, PACKAGE_PARENT, run_cli

from leakstop.ci.gitlab import span
from leakstop.ci.span import ALL, arriving
from leakstop.errors import SourceError
from leakstop.git.fetch import Fetcher


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("world"))


def job(world: World, source: str, sha: str, before: str = ZEROS, **more: str) -> dict[str, str]:
    """The variables of a job."""
    common = {
        "GITLAB_CI": "true",
        "CI_PIPELINE_SOURCE": source,
        "CI_COMMIT_SHA": sha,
        "CI_COMMIT_BEFORE_SHA": before,
        "CI_DEFAULT_BRANCH": "main",
    }
    return common | more


def merge_request(world: World, sha: str, **more: str) -> dict[str, str]:
    return job(
        world,
        "merge_request_event",
        sha,
        CI_MERGE_REQUEST_IID="7",
        CI_MERGE_REQUEST_DIFF_BASE_SHA=world.main[59],
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
        CI_MERGE_REQUEST_PROJECT_ID="1",
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID="1",
        **more,
    )


@pytest.mark.parametrize("depth", [1, 20, 0])
def test_commits_of_a_pipeline(world: World, tmp_path: Path, depth: int) -> None:
    """Exactly these, whatever GIT_DEPTH left out."""
    head = world.feature[-1]
    cases = [
        (merge_request(world, head), "refs/heads/feature", head, world.feature),
        (merge_request(world, world.merge, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=head), "refs/x", world.merge, world.feature),
        (
            job(world, "push", world.main[-1], world.main[-4], CI_COMMIT_BRANCH="main"),
            "refs/heads/main",
            world.main[-1],
            world.main[-3:],
        ),
        (job(world, "push", head, CI_COMMIT_BRANCH="feature"), "refs/heads/feature", head, world.feature),
        (job(world, "push", world.forced[1], GONE, CI_COMMIT_BRANCH="forced"), "refs/heads/forced", world.forced[1], None),
        (job(world, "push", world.side, CI_COMMIT_TAG="side"), "refs/tags/side", world.side, (world.side,)),
    ]
    for number, (environ, ref, sha, commits) in enumerate(cases):
        repo = checkout(world, tmp_path / str(number), ref, sha, depth)
        _, new = arriving(Fetcher(str(repo.path)), span(environ))
        assert set(new.revisions.commits) == set(world.forced[1:] if commits is None else commits), number


@pytest.mark.parametrize("source", ["schedule", "web", "api", "trigger", "pipeline", "parent_pipeline", "chat"])
def test_pipelines_about_everything(world: World, source: str) -> None:
    assert span(job(world, source, world.main[-1])).kind == ALL


def test_forks_are_foreign(world: World) -> None:
    assert not span(merge_request(world, world.feature[-1])).foreign
    assert span(merge_request(world, world.feature[-1]) | {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}).foreign


def test_variables_that_say_nothing(world: World) -> None:
    for name in ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_COMMIT_SHA"):
        with pytest.raises(SourceError):
            span(merge_request(world, world.feature[-1]) | {name: "--output=x"})
    with pytest.raises(SourceError):
        span(merge_request(world, world.feature[-1]) | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": ""})


def test_a_job(world: World, tmp_path: Path) -> None:
    """The command itself: report for GitLab, exit codes."""
    repo = checkout(world, tmp_path / "checkout", "refs/heads/feature", world.feature[-1])
    environ = merge_request(world, world.feature[-1])
    result = run_cli("range", "--gitlab", "--output", "gitlab=report.json", cwd=repo.path, env=environ)
    assert (result.code, "leak.env" in result.out) == (1, True), result.err
    assert "leak.env" in (repo.path / "report.json").read_text()
    clean = checkout(world, tmp_path / "clean", "refs/heads/clean", world.clean[-1])
    environ = job(world, "push", world.clean[-1], CI_COMMIT_BRANCH="clean")
    assert run_cli("range", "--gitlab", cwd=clean.path, env=environ).code == 0
    assert run_cli("range", "--gitlab", cwd=clean.path).code == 2


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_the_template(world: World, tmp_path: Path) -> None:
    """The job that users include: its script, run as a runner runs it, leaves the reports that it names."""
    yaml = pytest.importorskip("yaml", reason="comes with pre-commit")
    job_ = yaml.safe_load(Path(CHECKOUT, "templates/gitlab-ci.yml").read_text(encoding="utf-8"))["leakstop"]
    repo = checkout(world, tmp_path / "checkout", "refs/heads/feature", world.feature[-1])
    command = tmp_path / "bin" / "leakstop"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{PACKAGE_PARENT}" exec "{sys.executable}" -P -m leakstop "$@"\n')
    command.chmod(0o755)
    environ = {**os.environ, **merge_request(world, world.feature[-1]), **job_["variables"]}
    environ["PATH"] = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    script = "\n".join(job_["script"])
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=repo.path, env=environ, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr.decode()
    for name in job_["artifacts"]["reports"].values():
        assert "leak.env" in (repo.path / name).read_text()
