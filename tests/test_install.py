"""`leakstop install` and `uninstall`: hooks beside those that are there, wherever git looks for them, and what they stop."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import PACKAGE_PARENT, Repo, Result, fake, run_cli
from hook_helpers import Said, git, installed

if TYPE_CHECKING:
    from pathlib import Path

SECRET = fake("github-pat")
LEAK = f"TOKEN={SECRET}\n"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="hooks are shell scripts")


def leakstop(repo: Repo, *args: str, **env: str) -> Result:
    result = run_cli(*args, cwd=repo.path, env={"PYTHONPATH": installed(), **env})
    assert "internal error" not in result.err
    return result


def user(repo: Repo, *args: str, **env: str) -> Said:
    return git(repo, *args, PYTHONPATH=installed(), **env)


def hook(path: Path, text: str) -> Path:
    """A hook of somebody else's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def commits(repo: Repo, content: str, **env: str) -> int:
    """Whether a commit of one file goes through: its exit code."""
    repo.write("file.txt", content)
    repo.stage("file.txt")
    said = user(repo, "commit", "-m", "A commit", **env)
    assert SECRET not in said.text
    return said.code


def test_install_and_uninstall(repo: Repo) -> None:
    """Without a choice: commits and pushes. Installing again changes nothing; afterwards nothing is left."""
    before = sorted(os.listdir(repo.path / ".git"))
    done = leakstop(repo, "install")
    assert done.code == 0
    assert done.out.splitlines() == [f"{name}: {repo.path}/.git/hooks/{name}" for name in ("pre-commit", "pre-push")]
    assert leakstop(repo, "install") == done
    assert commits(repo, LEAK) == 1
    assert commits(repo, "hello\n") == 0
    assert stat.S_IMODE((repo.path / ".git/hooks/pre-commit").stat().st_mode) == 0o755
    assert leakstop(repo, "uninstall").out.count("removed") == 2
    assert not (repo.path / ".git/hooks/pre-commit").exists()
    assert commits(repo, LEAK) == 0
    again = leakstop(repo, "uninstall")
    assert (again.code, again.out[:16]) == (0, "No leakstop hook")
    assert set(before) <= set(os.listdir(repo.path / ".git"))


def test_silent_when_clean(repo: Repo) -> None:
    """Nobody needs to read at each commit that nothing is the matter."""
    leakstop(repo, "install", "--pre-commit", "--commit-msg")
    repo.write("file.txt", "hello\n")
    repo.stage()
    assert user(repo, "commit", "-q", "-m", "A commit").text == ""
    said = user(repo, "commit", "--allow-empty", "-m", LEAK)
    assert (said.code, "message of the commit" in said.text) == (1, True)
    advice = " ".join(said.text.split()).partition("Not a secret? leakstop ")[2].partition(" --reason")[0]
    assert leakstop(repo, *advice.split(), "--reason", "a test").code == 0, advice
    assert user(repo, "commit", "--allow-empty", "-m", LEAK).code == 0


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg", "pre-push"])
def test_chained(repo: Repo, tmp_path: Path, name: str) -> None:
    """The hook that was there runs first, with its arguments and its input; when it fails ours is not reached."""
    log = tmp_path / "log"
    theirs = hook(repo.path / ".git/hooks" / name, f'echo "$# $*" >> {log}; cat >> {log}; test ! -e refuse')
    old = theirs.read_text()
    done = leakstop(repo, "install", f"--{name}")
    assert f"after {name}.before-leakstop, which was there" in done.out
    repo.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "remote.git"))

    def attempt(text: str) -> int:
        if name == "pre-push":
            repo.add("file.txt", text)
            return user(repo, "push", "origin", "main").code
        repo.write("file.txt", "hello\n" if name == "commit-msg" else text)
        repo.stage("file.txt")
        return user(repo, "commit", "--allow-empty", "-m", text if name == "commit-msg" else "A commit").code

    assert attempt("fine\n") == 0
    line, *rest = log.read_text().splitlines()
    assert line.startswith({"pre-commit": "0 ", "commit-msg": "1 .git/COMMIT", "pre-push": "2 origin /"}[name])
    assert [words.split()[0] for words in rest] == (["refs/heads/main"] if name == "pre-push" else [])
    assert attempt(LEAK) == 1
    repo.write("refuse", "")
    log.write_text("")
    assert attempt("fine again\n") == 1
    assert log.read_text()
    assert leakstop(repo, "uninstall").code == 0
    assert theirs.read_text() == old
    assert os.listdir(theirs.parent).count(name) == 1
    assert not (theirs.parent / f"{name}.before-leakstop").exists()


def test_never_overwritten(repo: Repo) -> None:
    """When even the other name is taken, nothing is done."""
    theirs = hook(repo.path / ".git/hooks/pre-commit", "true")
    kept = hook(repo.path / ".git/hooks/pre-commit.before-leakstop", "false")
    done = leakstop(repo, "install")
    assert (done.code, "is in the way" in done.err) == (3, True)
    assert "leakstop" not in theirs.read_text() + kept.read_text()


def test_a_hook_that_is_not_executable_stays_so(repo: Repo) -> None:
    """Git did not run it, and neither do we."""
    hook(repo.path / ".git/hooks/pre-commit", "exit 5").chmod(0o644)
    leakstop(repo, "install")
    assert commits(repo, "hello\n") == 0


def test_worktrees(repo: Repo, tmp_path: Path) -> None:
    """Installed in one, it runs in all."""
    repo.commit()
    repo.git("worktree", "add", "-q", str(tmp_path / "other"))
    other = Repo(tmp_path / "other")
    assert f"{repo.path}/.git/hooks/pre-commit" in leakstop(other, "install").out
    assert commits(other, LEAK) == 1
    assert commits(repo, LEAK) == 1
    assert commits(other, "hello\n") == 0
    repo.write("sub/deeper.env", LEAK)
    repo.stage()
    assert user(Repo(repo.path / "sub"), "commit", "-m", "From a folder").code == 1


def test_worktrees_of_a_bare_repository(repo: Repo, tmp_path: Path) -> None:
    """Where there is a work tree, that is what hooks are for."""
    repo.commit()
    bare = repo.clone(tmp_path / "bare.git", "--bare")
    bare.git("worktree", "add", "-q", str(tmp_path / "work"), "main")
    work = Repo(tmp_path / "work")
    assert "pre-commit: " in leakstop(work, "install").out
    assert commits(work, LEAK) == 1
    assert commits(work, "hello\n") == 0


def test_inside_a_submodule(repo: Repo, tmp_path: Path) -> None:
    """It has hooks of its own."""
    repo.commit()
    outer = Repo.init(tmp_path / "outer")
    outer.git("submodule", "add", "-q", str(repo.path), "lib")
    inner = Repo(outer.path / "lib")
    assert ".git/modules/lib/hooks/pre-commit" in leakstop(inner, "install").out
    assert commits(inner, LEAK) == 1
    assert commits(outer, LEAK) == 0


@pytest.mark.parametrize("setting", ["team hooks", "{tmp}/elsewhere", "~/hooks"])
def test_hooks_path(repo: Repo, tmp_path: Path, setting: str) -> None:
    """Where the configuration says, relative to the top, absolute or at home."""
    home = tmp_path / "home"
    home.mkdir()
    repo.git("config", "core.hooksPath", setting.format(tmp=tmp_path))
    repo.write("sub/file", "")
    done = leakstop(Repo(repo.path / "sub"), "install", "--pre-commit", HOME=str(home))
    assert done.code == 0, done.err
    assert ("each work tree has hooks of its own" in done.out) == (setting == "team hooks")
    assert not (repo.path / ".git/hooks/pre-commit").exists()
    assert commits(repo, LEAK, HOME=str(home)) == 1
    leakstop(repo, "uninstall", HOME=str(home))
    assert commits(repo, LEAK, HOME=str(home)) == 0


def test_husky(repo: Repo) -> None:
    """Its folder is written anew again and again, so it is told what to do instead."""
    repo.git("config", "core.hooksPath", ".husky/_")
    done = leakstop(repo, "install", "--pre-commit")
    assert (done.code, "leakstop staged in .husky/pre-commit" in done.err) == (2, True)


@pytest.mark.parametrize(
    "name, text, line",
    [
        ("pre-commit", 'call_lefthook run "pre-commit" "$@"', "Add to lefthook.yml: pre-commit: {commands: {leakstop: {run:"),
        ("pre-push", 'call_lefthook run "pre-push" "$@"', 'leakstop push "$@" in .lefthook/pre-push/leakstop.sh'),
        ("pre-commit", 'if [ "$SKIP_SIMPLE_GIT_HOOKS" = "1" ]; then exit 0; fi', '"pre-commit": "leakstop staged"'),
    ],
)
def test_managers(repo: Repo, name: str, text: str, line: str) -> None:
    """Their next install would take our hook away, and nobody would hear of it; hooks that they do not keep can be ours."""
    theirs = hook(repo.path / ".git/hooks" / name, text)
    done = leakstop(repo, "install")
    assert (done.code, line in done.err) == (2, True), done.err
    assert text in theirs.read_text()
    assert not list(theirs.parent.glob("*.before-leakstop"))
    assert leakstop(repo, "install", "--commit-msg").code == 0


def test_moved_by_a_framework(repo: Repo) -> None:
    """pre-commit calls the hook that it finds NAME.legacy and runs it; it still runs the one before, and can be taken out."""
    folder = repo.path / ".git/hooks"
    hook(folder / "pre-commit", "test ! -e refuse")
    leakstop(repo, "install", "--pre-commit")
    (folder / "pre-commit").rename(folder / "pre-commit.legacy")
    hook(folder / "pre-commit", '"$0.legacy" "$@"')
    assert commits(repo, LEAK) == 1
    repo.write("refuse", "")
    assert commits(repo, "hello\n") == 1
    assert leakstop(repo, "uninstall").code == 0
    assert "test ! -e refuse" in (folder / "pre-commit.legacy").read_text()
    (repo.path / "refuse").unlink()
    assert commits(repo, LEAK) == 0


def test_for_all_repositories(repo: Repo, tmp_path: Path) -> None:
    """One folder for all; the hooks that a repository has of its own go on running, also those that are none of our business."""
    home = tmp_path / "home"
    home.mkdir()
    env = {"HOME": str(home)}
    log = tmp_path / "log"
    hook(repo.path / ".git/hooks/pre-commit", f"echo pre-commit >> {log}")
    hook(repo.path / ".git/hooks/post-commit", f"echo post-commit >> {log}")
    done = leakstop(repo, "install", "--global", **env)
    assert (done.code, "all repositories" in done.out) == (0, True), done.err
    assert commits(repo, LEAK, **env) == 1
    assert commits(repo, "hello\n", **env) == 0
    assert log.read_text().split() == ["pre-commit", "pre-commit", "post-commit"]
    other = Repo.init(tmp_path / "other")
    assert commits(other, LEAK, **env) == 1
    assert leakstop(other, "uninstall", "--global", "--pre-commit", **env).code == 0
    assert commits(other, LEAK, **env) == 0
    assert b"leakstop" in other.git("config", "--global", "core.hooksPath", **env)
    assert leakstop(other, "install", "--global", "--commit-msg", **env).code == 0
    assert user(other, "commit", "--allow-empty", "-m", LEAK, **env).code == 1
    assert leakstop(other, "uninstall", "--global", **env).code == 0
    assert other.git("config", "--global", "--get-all", "core.hooksPath", check=False, **env) == b""
    assert os.listdir(home / ".config/leakstop/hooks") == []


def test_for_all_repositories_that_share_a_folder_already(repo: Repo, tmp_path: Path) -> None:
    """Then they are written there, as in any folder."""
    env = {"HOME": str(tmp_path)}
    repo.git("config", "--global", "core.hooksPath", str(tmp_path / "shared"), **env)
    hook(tmp_path / "shared/pre-commit", "test ! -e refuse")
    assert leakstop(repo, "install", "--global", **env).code == 0
    assert commits(repo, LEAK, **env) == 1
    assert sorted(os.listdir(tmp_path / "shared")) == ["pre-commit", "pre-commit.before-leakstop", "pre-push"]
    assert leakstop(repo, "uninstall", "--global", **env).code == 0
    assert os.listdir(tmp_path / "shared") == ["pre-commit"]


def test_leakstop_that_is_gone(repo: Repo, tmp_path: Path) -> None:
    """The hook stops what it guards, and says why."""
    leakstop(repo, "install", "--pre-commit")
    path = repo.path / ".git/hooks/pre-commit"
    lines = ["python='/no/such/python'" if line.startswith("python=") else line for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")
    repo.write("file.txt", "hello\n")
    repo.stage()
    said = user(repo, "commit", "-m", "A commit", PATH="/usr/bin:/bin")
    assert (said.code != 0, "leakstop" in said.text) == (True, True), said.text
    hook(tmp_path / "bin/leakstop", "exit 0")
    assert user(repo, "commit", "-m", "A commit", PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin").code == 0


def test_a_leakstop_that_is_not_installed(repo: Repo) -> None:
    """From a checkout that happens to be the current folder a hook could not be served."""
    os.symlink(os.path.join(PACKAGE_PARENT, "leakstop"), repo.path / "leakstop")
    done = subprocess.run([sys.executable, "-m", "leakstop", "install"], cwd=repo.path, capture_output=True, check=False)
    installed_too = (
        subprocess.run([sys.executable, "-P", "-c", "import leakstop"], capture_output=True, check=False).returncode == 0
    )
    assert (done.returncode, b"is not installed" in done.stderr) == ((0, False) if installed_too else (2, True)), done.stderr
    assert (repo.path / ".git/hooks/pre-commit").exists() == installed_too


def test_outside_of_a_repository(tmp_path: Path) -> None:
    """One line."""
    done = run_cli("install", cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
    assert (done.code, done.err.splitlines()[0]) == (3, f"leakstop: {tmp_path}: not a git repository")
