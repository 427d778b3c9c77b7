"""The action as a runner runs it: its steps, with the runner's files and variables, in checkouts of a real repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from ci_helpers import LEAK, SECRET, ZEROS, World, build, checkout, outputs, proposed, pushed, queued, variables
from helpers import CHECKOUT, Repo
from hook_helpers import copy_of_checkout, without_index

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.skipif(os.name != "posix", reason="lends packages by symbolic links")


def read(name: str) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="comes with pre-commit")
    loaded: dict[str, Any] = yaml.safe_load(Path(CHECKOUT, name).read_text(encoding="utf-8"))
    return loaded


def test_inputs_never_become_script() -> None:
    """No expression stands in a script: all goes through variables."""
    action = read("action.yml")
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
    used = re.findall(r"inputs\.([\w-]+)", Path(CHECKOUT, "action.yml").read_text(encoding="utf-8"))
    assert sorted(used) == sorted(action["inputs"])


def test_own_workflows() -> None:
    """Actions are pinned to commits, rights are given one by one, and credentials are not left behind."""
    for path in Path(CHECKOUT, ".github", "workflows").iterdir():
        workflow = read(f".github/workflows/{path.name}")
        assert workflow["permissions"] == {}
        for job in workflow["jobs"].values():
            assert set(job["permissions"].values()) <= {"read"}
            for step in job["steps"]:
                assert re.fullmatch(r"\./|[\w/-]+@[0-9a-f]{40}", step.get("uses", "./"))
                if "checkout" in step.get("uses", ""):
                    assert step["with"]["persist-credentials"] is False


# ---- a runner


class Step(NamedTuple):
    """How a run of the action ended: exit code of the last step, its log, its outputs, its summary."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str


class Runner:
    """Runs the action's steps one after the other. What the first one installs serves all runs: it takes seconds."""

    def __init__(self, action: Path, base: Path) -> None:
        self.action = action
        self.steps = read("action.yml")["runs"]["steps"]
        self.defaults = {name: str(given.get("default", "")) for name, given in read("action.yml")["inputs"].items()}
        self.env = without_index(base)
        self.installed = ""
        self._base = base

    def run(self, repo: Repo, event: str, payload: dict[str, Any], ref: str, **inputs: str) -> Step:
        folder = Path(str(repo.path) + "-runner")
        given = self.defaults | {name.replace("_", "-"): value for name, value in inputs.items()}
        env = variables(folder, event, payload, ref, repo.rev()) | self.env
        if not self.installed:
            code, log = self._step(self.steps[0], repo, env | {"RUNNER_TEMP": str(self._base)}, given, folder)
            assert code == 0, log
            self.installed = outputs(folder)["command"]
            (folder / "output").write_text("")
        code, log = self._step(self.steps[1], repo, env, given, folder)
        for name in ("json", "sarif"):
            for file in folder.glob(f"*.{name}"):
                assert file.name == "event.json" or SECRET not in file.read_text()
        return Step(code, log, outputs(folder), (folder / "summary").read_text())

    def _step(
        self, step: dict[str, Any], repo: Repo, env: Mapping[str, str], given: Mapping[str, str], folder: Path
    ) -> tuple[int, str]:
        def value(match: re.Match[str]) -> str:
            kind, _, name = match[1].partition(".")
            known = {"inputs": given.get(name, ""), "steps": self.installed, "github": "a-token"}
            return known[kind]

        own = {name: re.sub(r"\$\{\{ ([\w.-]+) \}\}", value, text) for name, text in step.get("env", {}).items()}
        (folder / "step.sh").write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", folder / "step.sh"],
            cwd=repo.path,
            env={**os.environ, **env, **own, "GITHUB_ACTION_PATH": str(self.action), "GITHUB_WORKSPACE": str(repo.path)},
            capture_output=True,
            check=False,
            timeout=600,
        )
        return done.returncode, (done.stdout + done.stderr).decode()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    pytest.importorskip("hatchling", reason="the build backend must be here")
    base = tmp_path_factory.mktemp("runner")
    return Runner(copy_of_checkout(base / "action"), base)


def at(world: World, tmp_path: Path, ref: str, sha: str, depth: int = 1) -> Repo:
    return checkout(world, tmp_path / "checkout", ref, sha, depth)


def test_a_pull_request_with_a_secret(runner: Runner, world: World, tmp_path: Path) -> None:
    """The job fails; annotation, summary, SARIF, report and outputs tell it, and the secret is masked before all else."""
    repo = at(world, tmp_path, "refs/pull/7/merge", world.merge)
    step = runner.run(repo, "pull_request", proposed(world, fork=True), "refs/pull/7/merge")
    assert step.code == 1, step.log
    lines = step.log.splitlines()
    assert lines[0] == f"::add-mask::{SECRET}"
    assert SECRET not in "\n".join(lines[1:]) + step.summary
    assert any(line.startswith("::error file=leak.env,line=1,") for line in lines)
    assert "leak.env" in step.summary
    assert step.outputs["exit-code"] == "1"
    assert step.outputs["count"] == "1"
    assert step.outputs["verified-count"] == "0"
    assert step.outputs["complete"] == "true"
    assert step.outputs["commits-scanned"] == "3"
    assert step.outputs["range"] == f"{world.main[-1][:10]}..{world.feature[-1][:10]}"
    sarif = json.loads(Path(step.outputs["sarif"]).read_text())
    assert len(sarif["runs"][0]["results"]) == 1
    assert json.loads(Path(step.outputs["report"]).read_text())["findings"][0]["file"] == "leak.env"


def test_clean_changes(runner: Runner, world: World, tmp_path: Path) -> None:
    """The job goes on, and says what was read."""
    repo = at(world, tmp_path, "refs/heads/clean", world.clean[-1])
    payload = pushed("refs/heads/clean", world.clean[0], world.clean[-1])
    step = runner.run(repo, "push", payload, "refs/heads/clean", confidence="high", args="--jobs 1")
    assert step.code == 0, step.log
    assert (step.outputs["exit-code"], step.outputs["count"], step.outputs["commits-scanned"]) == ("0", "0", "1")
    assert "✅" in step.summary


def test_findings_that_do_not_fail(runner: Runner, world: World, tmp_path: Path) -> None:
    """`fail: false` lets the job go on, but not when something could not be read; the summary can be left out."""
    repo = at(world, tmp_path, "refs/heads/feature", world.feature[-1])
    step = runner.run(
        repo, "push", pushed("refs/heads/feature", ZEROS, world.feature[-1]), "refs/heads/feature", fail="false", summary="false"
    )
    assert (step.code, step.outputs["exit-code"], step.summary) == (0, "1", ""), step.log
    payload = pushed("refs/heads/feature", "12" * 20, world.feature[-1])
    step = runner.run(repo, "push", payload, "refs/heads/feature", fail="false")
    assert (step.code, step.outputs["exit-code"]) == (3, "3")
    assert "::error title=leakstop::" in step.log
    assert "fetch-depth: 0" in step.log


def test_everything(runner: Runner, world: World, tmp_path: Path) -> None:
    """A schedule reads the whole history, and fetches what of it is not here."""
    repo = at(world, tmp_path, "refs/heads/main", world.main[-1], 0)
    step = runner.run(repo, "schedule", {"schedule": "17 4 * * 1"}, "refs/heads/main")
    assert (step.code, step.outputs["range"]) == (1, "everything"), step.log
    shallow = checkout(world, tmp_path / "shallow", "refs/heads/clean", world.clean[-1])
    step = runner.run(shallow, "workflow_dispatch", {"inputs": {}}, "refs/heads/clean")
    assert (step.code, step.outputs["count"]) == (1, "1"), step.log
    shallow = checkout(world, tmp_path / "cut off", "refs/heads/clean", world.clean[-1])
    shallow.git("remote", "set-url", "origin", "file:///nowhere")
    assert runner.run(shallow, "workflow_dispatch", {"inputs": {}}, "refs/heads/clean").code == 3


def test_a_range_by_name(runner: Runner, world: World, tmp_path: Path) -> None:
    """`base` and `head` win over the event, which may be one that is about no commits."""
    repo = at(world, tmp_path, "refs/heads/clean", world.clean[-1], 0)
    step = runner.run(repo, "issue_comment", {}, "refs/heads/clean", base="origin/main", head="origin/feature")
    assert (step.code, step.outputs["commits-scanned"]) == (1, "3"), step.log
    step = runner.run(repo, "issue_comment", {}, "refs/heads/clean", base="origin/main")
    assert (step.code, step.outputs["range"]) == (0, "origin/main..HEAD"), step.log
    step = runner.run(repo, "issue_comment", {}, "refs/heads/clean")
    assert (step.code, step.outputs["exit-code"]) == (2, "2")


def test_names_that_would_command(runner: Runner, world: World, tmp_path: Path) -> None:
    """Nothing that a change is called can run, command the runner, or be taken for an output."""
    repo = at(world, tmp_path, "refs/heads/clean", world.clean[-1])
    name = "a\n::set-output name=count::7\n##[warning]x $(touch ran) `touch ran`; touch ran.env"
    head = repo.add(name, LEAK, "Subject\n\n::stop-commands::x\n##[error]y")
    branch = "refs/heads/$(touch${IFS}ran)"
    step = runner.run(repo, "push", pushed(branch, world.clean[-1], head), branch, base="$(touch ran)", head="`touch ran`")
    assert step.code == 3, step.log
    step = runner.run(repo, "push", pushed(branch, world.clean[-1], head), branch)
    assert step.code == 1, step.log
    commands = [line.split("::")[1].split()[0] for line in step.log.splitlines() if line.startswith("::")]
    assert set(commands) <= {"add-mask", "error"}
    assert "##[" not in step.log
    assert step.outputs["count"] == "1"
    assert not list(tmp_path.rglob("ran"))


def test_a_change_cannot_silence(runner: Runner, world: World, tmp_path: Path) -> None:
    """Its configuration, and its workspace, decide nothing; the base's, and the workflow's inputs, do."""
    repo = at(world, tmp_path, "refs/heads/clean", world.clean[-1])
    repo.write(".leakstop.toml", 'exclude = ["*"]\npragmas = true\n')
    repo.write("pip.py", "raise SystemExit(0)\n")
    repo.write("leakstop/__init__.py", "raise SystemExit(0)\n")
    head = repo.add("leak.env", LEAK.strip() + " # leakstop: allow\n")
    repo.stage()
    head = repo.commit("All of it")
    payload = pushed("refs/heads/clean", world.clean[-1], head)
    step = runner.run(repo, "push", payload, "refs/heads/clean")
    assert step.code == 1, step.log
    step = runner.run(repo, "push", payload, "refs/heads/clean", trust_changes="pragmas\n")
    assert step.code == 0, step.log


def test_merge_queue_and_target(runner: Runner, world: World, tmp_path: Path) -> None:
    """Events that other actions pass over."""
    repo = at(world, tmp_path, "refs/queue/7", world.queued)
    assert runner.run(repo, "merge_group", queued(world), "refs/queue/7").code == 1
    target = checkout(world, tmp_path / "target", "refs/heads/main", world.main[-1])
    step = runner.run(target, "pull_request_target", proposed(world, fork=True), "refs/heads/main", verify="true")
    assert step.code == 1, step.log
    assert not (target.path / "leak.env").exists()
    assert target.rev() == world.main[-1]
