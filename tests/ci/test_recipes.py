"""The recipes of docs/ci.md as they stand there: their scripts, run with the variables of their CI system on a change."""

from __future__ import annotations

import ast
import configparser
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from ci_helpers import World, build, checkout
from helpers import CHECKOUT, PACKAGE_PARENT

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(CHECKOUT, "docs/ci.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shell scripts")


def section(name: str, language: str) -> str:
    """The first block of a section."""
    text = PAGE.partition(f"## {name}\n")[2].partition("\n## ")[0]
    return re.search(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]


def loaded(name: str) -> Any:
    return pytest.importorskip("yaml", reason="comes with pre-commit").safe_load(section(name, "yaml"))


def bitbucket() -> str:
    [step] = loaded("Bitbucket Pipelines")["pipelines"]["pull-requests"]["**"]
    return "\n".join(step["step"]["script"])


def azure() -> str:
    return str(loaded("Azure Pipelines")["steps"][1]["script"]).replace("$(Agent.TempDirectory)", "$TEMPORARY")


def jenkins() -> str:
    return re.search(r"sh '''(.*?)'''", section("Jenkins", "groovy"), re.DOTALL)[1]


def circle() -> str:
    steps = loaded("CircleCI")["jobs"]["leakstop"]["steps"]
    return "\n".join(step["run"] for step in steps if "run" in step)


def tox() -> str:
    parser = configparser.ConfigParser()
    parser.read_string(section("tox and nox", "ini"))
    return parser["testenv:leakstop"]["commands"]


def nox() -> str:
    calls = [node for node in ast.walk(ast.parse(section("tox and nox", "python"))) if isinstance(node, ast.Call)]
    [run] = [call for call in calls if ast.unparse(call.func) == "session.run"]
    return shlex.join(ast.literal_eval(word) for word in run.args)


class Recipe(NamedTuple):
    script: Callable[[], str]
    report: str = ""  # the file that the job hands on


RECIPES = {
    "Bitbucket": Recipe(bitbucket, "test-results/leakstop.xml"),
    "Azure": Recipe(azure, "leakstop.xml"),
    "Jenkins": Recipe(jenkins, "leakstop.xml"),
    "CircleCI": Recipe(circle, "results/leakstop.xml"),
    "tox": Recipe(tox),
    "nox": Recipe(nox),
}


def stubs(folder: Path) -> None:
    """Programs that install nothing, and the leakstop of this checkout."""
    folder.mkdir(parents=True)
    leakstop = f'PYTHONPATH="{PACKAGE_PARENT}" exec "{sys.executable}" -P -m leakstop "$@"'
    python = f'[ "$1 $2 $3" = "-P -m venv" ] && mkdir -p "$4" && cp -r "{folder}" "$4/bin"'
    for name, text in {"leakstop": leakstop, "python": python, "python3": python, "pip": "exit 0"}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("world"))


@pytest.mark.parametrize("leak", [True, False])
@pytest.mark.parametrize("name", RECIPES)
def test_recipe(world: World, tmp_path: Path, name: str, leak: bool) -> None:
    """A change with a secret fails the job and leaves the report that it hands on; a clean one passes."""
    recipe = RECIPES[name]
    sha = (world.feature if leak else world.clean)[-1]
    repo = checkout(world, tmp_path / "checkout", "refs/heads/change", sha, depth=0)
    stubs(tmp_path / "bin")
    told = {
        "BITBUCKET_PR_DESTINATION_BRANCH": "main",
        "BITBUCKET_COMMIT": sha,
        "TARGET": "main",
        "CHANGE_TARGET": "main",
        "WORKSPACE_TMP": str(tmp_path / "a folder"),
        "TEMPORARY": str(tmp_path / "a folder"),
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-e", "-c", recipe.script()], cwd=repo.path, env={**os.environ, **told}, capture_output=True, check=False
    )
    assert done.returncode == int(leak), (done.stdout + done.stderr).decode()
    if recipe.report:
        assert ("leak.env" in (repo.path / recipe.report).read_text()) == leak


def test_all_of_the_page_is_yaml() -> None:
    """Every recipe that claims to be."""
    yaml = pytest.importorskip("yaml", reason="comes with pre-commit")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 5
    assert all(isinstance(yaml.safe_load(block), dict) for block in blocks)


@pytest.mark.parametrize("file", ["docs/ci.md", "templates/gitlab-ci.yml", "action.yml"])
def test_no_module_is_taken_from_the_workspace(file: str) -> None:
    """`python -m venv` would run a `venv.py` that a change brings along."""
    text = Path(CHECKOUT, file).read_text(encoding="utf-8")
    assert not re.findall(r'^.*\bpython[\w."]* (?!-P )-m .*$', text, re.MULTILINE)
