"""The hooks as people run them: pre-commit installs this checkout, prek and git run the command, real commits are stopped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from helpers import CHECKOUT, PACKAGE_PARENT, Repo, fake

from leakstop.commands import COMMANDS

SECRET = fake("github-pat")


@pytest.fixture(scope="module")
def manifest() -> list[dict[str, object]]:
    yaml = pytest.importorskip("yaml", reason="comes with pre-commit")
    with open(os.path.join(CHECKOUT, ".pre-commit-hooks.yaml"), "rb") as file:
        return yaml.safe_load(file)


def test_manifest(manifest: list[dict[str, object]]) -> None:
    """Hooks that exist, for stages with their present names, that nothing narrows."""
    assert [hook["id"] for hook in manifest] == ["leakstop", "leakstop-message", "leakstop-history"]
    for hook in manifest:
        assert str(hook["entry"]).removeprefix("leakstop ") in COMMANDS
        assert hook["language"] == "python"
        assert hook["require_serial"] is True
        assert hook["minimum_pre_commit_version"] == "3.2.0"  # the first with these names of stages
        assert not {"files", "exclude", "types", "types_or", "exclude_types"} & hook.keys()
    assert [hook["stages"] for hook in manifest] == [["pre-commit"], ["commit-msg"], ["manual"]]
    # Only the message hook is told a file. A hook without always_run is left out of a commit that only deletes: nothing is added.
    assert [hook.get("pass_filenames", True) for hook in manifest] == [False, True, False]
    assert [hook.get("always_run", False) for hook in manifest] == [False, True, True]


def program(name: str) -> str:
    """A program of the environment that the tests run in; the test is skipped without it."""
    beside = os.path.join(os.path.dirname(sys.executable), name)
    found = beside if os.path.exists(beside) else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def attempt(repo: Repo, *args: str, **env: str) -> tuple[int, str]:
    """Run git with its hooks: exit code and everything it said."""
    done = subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *args],
        cwd=repo.path,
        env={**os.environ, **env},
        capture_output=True,
        check=False,
        timeout=300,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def stops_secrets(repo: Repo, **env: str) -> None:
    """A file with a secret is stopped, also in a partial commit; a clean file goes in, whatever else is staged."""
    repo.write("leak.env", f"TOKEN={SECRET}\n")
    repo.write("clean.txt", "hello\n")
    repo.stage("leak.env", "clean.txt")
    code, said = attempt(repo, "commit", "-m", "Both", **env)
    assert (code, "leak.env" in said, SECRET in said) == (1, True, False), said
    code, said = attempt(repo, "commit", "-m", "One", "clean.txt", **env)
    assert code == 0, said
    code, said = attempt(repo, "commit", "-m", "The other", "leak.env", **env)
    assert (code, "leak.env" in said) == (1, True), said
    repo.write("leak.env", "TOKEN=\n")
    code, said = attempt(repo, "commit", "-a", "-m", "Mended", **env)
    assert code == 0, said


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_a_hook_of_ones_own(repo: Repo) -> None:
    """The script of the README."""
    hook = repo.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m leakstop staged\n')
    hook.chmod(0o755)

    stops_secrets(repo, PYTHONPATH=PACKAGE_PARENT)


@pytest.mark.parametrize("framework", ["pre-commit", "prek"])
def test_frameworks_run_the_command(repo: Repo, tmp_path: Path, framework: str) -> None:
    """Both frameworks, with the command of this environment as a local hook."""
    repo.write(
        ".pre-commit-config.yaml",
        "repos:\n- repo: local\n  hooks:\n  - id: leakstop\n    name: leakstop\n    language: system\n    pass_filenames: false\n"
        f"    entry: {sys.executable} -P -m leakstop staged\n    require_serial: true\n",
    )
    repo.add(".gitignore", "ignored\n")
    repo.stage(".pre-commit-config.yaml")
    repo.commit()
    env = {"PRE_COMMIT_HOME": str(tmp_path / "home"), "PREK_HOME": str(tmp_path / "home"), "PYTHONPATH": PACKAGE_PARENT}
    subprocess.run([program(framework), "install"], cwd=repo.path, env={**os.environ, **env}, capture_output=True, check=True)

    stops_secrets(repo, **env)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as it stands, committed: what a user's `rev` would fetch."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout")
    copy = Repo.init(tmp_path_factory.mktemp("checkout") / "leakstop")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if os.path.isfile(os.path.join(CHECKOUT, name)):
            copy.write(name, Path(CHECKOUT, name).read_bytes())
    copy.stage()
    copy.commit("The checkout")
    return copy.path


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which pip needs no network: all that is installed here, but leakstop itself, is lent to the hook."""
    lent = tmp_path_factory.mktemp("lent")
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for name in os.listdir(folder):
            if not name.startswith(("leakstop", "__pycache__")) and not name.endswith(".pth") and not (lent / name).exists():
                os.symlink(os.path.join(folder, name), lent / name)
    return {
        "PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("home")),
        "PYTHONPATH": str(lent),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # which means: without isolation
        "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
    }


@pytest.mark.skipif(os.name != "posix", reason="lends packages by symbolic links")
def test_pre_commit_installs_this_checkout(repo: Repo, checkout: Path, offline: dict[str, str]) -> None:
    """A clone without tags, `pip install .`, and hooks that stop files and messages and scan the history by hand."""
    pytest.importorskip("hatchling", reason="the build backend must be here")
    pre_commit = program("pre-commit")
    rev = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, check=True).stdout.decode().strip()
    hooks = "".join(f"  - id: {name}\n" for name in ("leakstop", "leakstop-message", "leakstop-history"))
    repo.add(".pre-commit-config.yaml", f"repos:\n- repo: {checkout}\n  rev: {rev}\n  hooks:\n{hooks}")
    install = [pre_commit, "install", "--install-hooks", "-t", "pre-commit", "-t", "commit-msg"]
    done = subprocess.run(install, cwd=repo.path, env={**os.environ, **offline}, capture_output=True, check=False, timeout=600)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()

    stops_secrets(repo, **offline)
    code, said = attempt(repo, "commit", "--allow-empty", "-m", f"token = {SECRET}", **offline)
    assert (code, SECRET in said) == (1, False), said
    by_hand = [pre_commit, "run", "--hook-stage", "manual", "leakstop-history"]
    done = subprocess.run(by_hand, cwd=repo.path, env={**os.environ, **offline}, capture_output=True, check=False, timeout=600)
    assert SECRET.encode() not in done.stdout
    assert b"exit code: 1" in done.stdout, done.stdout.decode()  # `git add` stored the file that no commit took
