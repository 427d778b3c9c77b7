"""The hooks as people run them: pre-commit and prek install this checkout, offline, and real commits and pushes are stopped."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import CHECKOUT, Repo, fake
from hook_helpers import Said, call, copy_of_checkout, cut_off, git, program, without_index

from leakstop.commands import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

SECRET = fake("github-pat")
LEAK = f"TOKEN={SECRET}\n"
HOOKS = ("leakstop", "leakstop-files", "leakstop-message", "leakstop-push", "leakstop-history")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="lends packages by symbolic links")


@pytest.fixture(scope="module")
def manifest() -> list[dict[str, object]]:
    yaml = pytest.importorskip("yaml", reason="comes with pre-commit")
    with open(os.path.join(CHECKOUT, ".pre-commit-hooks.yaml"), "rb") as file:
        return yaml.safe_load(file)


def test_manifest(manifest: list[dict[str, object]]) -> None:
    """Hooks that exist, for stages with their present names, that nothing narrows."""
    assert tuple(hook["id"] for hook in manifest) == HOOKS
    for hook in manifest:
        assert str(hook["entry"]).split()[1] in COMMANDS
        assert hook["language"] == "python"
        assert hook["require_serial"] is True
        assert hook["minimum_pre_commit_version"] == "3.2.0"  # the first with these names of stages
        assert not {"files", "exclude", "types_or", "exclude_types"} & hook.keys()
        assert not hook.get("types")
    stages = {str(hook["id"]): hook["stages"] for hook in manifest}
    assert [stages[name] for name in HOOKS] == [
        ["pre-commit"],
        ["pre-commit", "manual"],
        ["commit-msg"],
        ["pre-push"],
        ["manual"],
    ]
    # Only files and the message are told. A hook without always_run is left out of a commit that only deletes: nothing is added.
    assert [hook.get("pass_filenames", True) for hook in manifest] == [False, True, True, False, False]
    assert [hook.get("always_run", False) for hook in manifest] == [False, False, True, True, True]


# ---- the frameworks


class Framework:
    """pre-commit or prek, with the hooks of this checkout in its store."""

    def __init__(self, name: str, checkout: Path, env: dict[str, str]) -> None:
        self.command = program(name)
        self.env = env
        self._checkout = checkout
        self._rev = Repo(checkout).rev()

    def configure(self, repo: Repo, hooks: tuple[str, ...], *stages: str) -> None:
        """Write and commit the configuration, and install the hooks of git."""
        listed = "".join(f"  - id: {name}\n" for name in hooks)
        repo.write(".pre-commit-config.yaml", f"repos:\n- repo: {self._checkout}\n  rev: {self._rev}\n  hooks:\n{listed}")
        repo.stage(".pre-commit-config.yaml")
        done = self.run(repo, "install", *(part for stage in stages for part in ("-t", stage)))
        assert done.code == 0, done.text

    def run(self, repo: Repo, *args: str) -> Said:
        """The framework's own command."""
        return call([self.command, *args], repo.path, self.env)

    def git(self, repo: Repo, *args: str) -> Said:
        """Git, whose hooks run the framework."""
        return git(repo, *args, **self.env)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_checkout(tmp_path_factory.mktemp("checkout") / "leakstop")


@pytest.fixture(scope="module", params=["pre-commit", "prek"])
def framework(request: pytest.FixtureRequest, checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Framework:
    """Installed once: what makes an environment takes seconds, what uses it does not."""
    pytest.importorskip("hatchling", reason="the build backend must be here")
    if request.param == "prek":
        program("uv")  # which prek would fetch otherwise
    base = tmp_path_factory.mktemp(request.param)
    home = str(base / "home")
    env = without_index(base) | {"PRE_COMMIT_HOME": home, "PREK_HOME": home}
    # The packages lent are compiled for this Python. prek takes the first one on the path that is not a virtual environment's.
    this_python = os.path.dirname(os.path.realpath(sys.executable))
    env["PATH"] = os.pathsep.join((os.path.dirname(program(request.param)), this_python, os.environ["PATH"]))
    made = Framework(request.param, checkout, env)
    repo = Repo.init(base / "first")
    made.configure(repo, HOOKS)
    done = made.run(repo, "run", "--all-files", "leakstop")
    assert done.code == 0, done.text
    return made


@pytest.fixture
def work(framework: Framework, repo: Repo) -> Repo:
    """A repository with the hook for commits, and no commit yet."""
    framework.configure(repo, ("leakstop",), "pre-commit")
    return repo


def blocked(said: Said, *names: str) -> bool:
    """Whether a commit or push was stopped because of these files, without the secret being shown."""
    return said.code == 1 and all(name in said.text for name in names) and SECRET not in said.text


def test_first_commit(framework: Framework, work: Repo) -> None:
    """It is stopped; what it says is what helps, and what it tells to do works."""
    work.write("leak.env", LEAK)
    work.write("clean.txt", "hello\n")
    work.stage("leak.env", "clean.txt")

    said = framework.git(work, "commit", "-m", "First")

    assert blocked(said, "leak.env", "1:7", "github-personal-access-token"), said.text  # what and where
    assert "reads and writes repositories" in said.text  # why it matters
    assert "# leakstop: allow[github-personal-access-token] -- why" in said.text
    assert len(said.text.splitlines()) < 30
    [advice] = [line for line in said.text.splitlines() if "git reset" in line]
    assert framework.git(work, *shlex.split(advice.partition(" git ")[2])).code == 0
    assert framework.git(work, "commit", "-m", "First").code == 0
    assert work.git("ls-tree", "--name-only", "HEAD") == b".pre-commit-config.yaml\nclean.txt\n"
    work.write("leak.env", LEAK.rstrip() + "  # leakstop: allow[github-personal-access-token] -- a test\n")
    work.stage("leak.env")
    assert framework.git(work, "commit", "-m", "Allowed").code == 0
    work.write("other.env", LEAK)
    work.stage("other.env")
    said = framework.git(work, "commit", "-m", "An entry")
    advice = " ".join(said.text.split()).partition(" -- why; or: ")[2].partition(" --reason why")[0]
    assert call([*shlex.split(advice), "--reason", "a test"], work.path, framework.env).code == 0, advice
    assert framework.git(work, "commit", "-m", "An entry").code == 0


def test_partial_commits(framework: Framework, work: Repo) -> None:
    """What is committed counts: not what else is staged, nor what lies in the working tree; blanks in names do no harm."""
    work.write("with a blank/leak it.env", LEAK)
    work.write("clean.txt", "hello\n")
    work.stage()
    assert framework.git(work, "commit", "-m", "One", ".pre-commit-config.yaml", "clean.txt").code == 0
    said = framework.git(work, "commit", "-m", "The other", "with a blank/leak it.env")
    assert blocked(said, "with a blank/leak it.env"), said.text
    work.write("with a blank/leak it.env", "TOKEN=\n")
    assert blocked(framework.git(work, "commit", "-m", "The index still has it"))
    assert framework.git(work, "commit", "-a", "-m", "Mended").code == 0
    work.write("clean.txt", LEAK)
    work.write("other.txt", "staged\n")
    work.stage("other.txt")
    assert framework.git(work, "commit", "-m", "Unstaged is not committed").code == 0
    assert blocked(framework.git(work, "commit", "-a", "-m", "All"), "clean.txt")


def test_amended_commits(framework: Framework, work: Repo) -> None:
    """What an amended commit adds to the one before is looked at."""
    assert framework.git(work, "commit", "-m", "First").code == 0
    work.write("leak.env", LEAK)
    work.stage("leak.env")
    assert blocked(framework.git(work, "commit", "--amend", "--no-edit"), "leak.env")
    work.write("leak.env", "TOKEN=\n")
    work.stage("leak.env")
    assert framework.git(work, "commit", "--amend", "-m", "Other words").code == 0


def test_merges(framework: Framework, work: Repo) -> None:
    """What a merge brings from its parents is theirs; what its resolution adds is looked at."""
    framework.git(work, "commit", "-m", "First")
    work.add("file.txt", "one\n")
    work.switch("side", create=True)
    work.add("theirs.env", LEAK)
    work.add("file.txt", "two\n")
    work.switch("main")
    work.add("file.txt", "three\n")
    assert framework.git(work, "merge", "side").code == 1  # a conflict
    work.write("file.txt", "two and three\n" + LEAK)
    work.stage("file.txt")
    said = framework.git(work, "commit", "--no-edit")
    assert blocked(said, "file.txt"), said.text
    assert "theirs.env" not in said.text
    work.write("file.txt", "two and three\n")
    work.stage("file.txt")
    assert framework.git(work, "commit", "--no-edit").code == 0


def test_what_is_not_a_file(framework: Framework, work: Repo) -> None:
    """A symbolic link alone is looked at; a commit that only deletes passes."""
    work.write("old.env", LEAK)
    work.stage()
    work.commit("Past")
    os.symlink(SECRET, work.path / "link")
    work.stage("link")
    assert blocked(framework.git(work, "commit", "-m", "A link"), "link")
    work.git("rm", "-q", "-f", "link", "old.env")
    assert framework.git(work, "commit", "-m", "Deletes").code == 0


def test_all_files_and_ranges(framework: Framework, work: Repo) -> None:
    """Outside of a commit the frameworks' own options decide what is read."""
    clean = work.commit("First")
    assert framework.run(work, "run", "--all-files").code == 0
    work.write("with a blank.env", LEAK)
    assert framework.run(work, "run", "--all-files").code == 0  # untracked
    work.stage()
    leak = work.commit("A leak")
    said = framework.run(work, "run", "--all-files")
    assert blocked(said, "with a blank.env"), said.text
    work.remove("with a blank.env")
    work.add("more.txt", "more\n")
    assert framework.run(work, "run", "--all-files").code == 0
    said = framework.run(work, "run", "--from-ref", clean, "--to-ref", "HEAD")
    assert blocked(said, "with a blank.env"), said.text  # although HEAD has it no more
    assert framework.run(work, "run", "--from-ref", leak, "--to-ref", "HEAD").code == 0


def test_files(framework: Framework, repo: Repo) -> None:
    """The hook that is told which files to read."""
    framework.configure(repo, ("leakstop-files",), "pre-commit")
    repo.write("with a blank/leak it.env", LEAK)
    repo.write("-leak.env", LEAK)
    repo.write("clean.txt", "hello\n")
    repo.stage()
    repo.commit()
    assert blocked(framework.run(repo, "run", "--all-files"), "with a blank/leak it.env", "-leak.env")
    assert framework.run(repo, "run", "--files", "clean.txt").code == 0
    assert blocked(framework.run(repo, "run", "--files", "clean.txt", "with a blank/leak it.env"))


def test_messages(framework: Framework, repo: Repo) -> None:
    """A secret in the message stops the commit."""
    framework.configure(repo, ("leakstop-message",), "commit-msg")
    assert blocked(framework.git(repo, "commit", "-m", f"token = {SECRET}"))
    assert framework.git(repo, "commit", "-m", "token").code == 0
    assert blocked(framework.git(repo, "commit", "--allow-empty", "-m", f"token = {SECRET}"))


def test_pushes(framework: Framework, repo: Repo, tmp_path: Path) -> None:
    """Whatever of a branch the remote has not got: down to the root, of an old branch, of a new one, of a forced push."""
    remote = Repo.init(tmp_path / "remote.git", "--bare")
    repo.git("remote", "add", "origin", str(remote.path))
    framework.configure(repo, ("leakstop-push",), "pre-push")
    root = repo.commit("First")
    repo.add("leak.env", LEAK)
    repo.remove("leak.env")
    repo.commit("Too late")
    assert blocked(framework.git(repo, "push", "-u", "origin", "main"), "leak.env")
    repo.git("reset", "-q", "--hard", root)
    repo.add("a.txt", "hello\n")
    assert framework.git(repo, "push", "-u", "origin", "main").code == 0
    leak = repo.add("leak.env", LEAK)
    assert blocked(framework.git(repo, "push"), "leak.env")
    assert blocked(framework.git(repo, "push", "origin", "HEAD:refs/heads/new"), "leak.env")
    repo.git("push", "-q", "--no-verify", "origin", "HEAD:refs/heads/known")  # from now on the remote has it
    assert framework.git(repo, "push").code == 0
    repo.git("reset", "-q", "--hard", root)
    assert framework.git(repo, "push", "--force").code == 0
    repo.add("forced.env", LEAK)
    assert blocked(framework.git(repo, "push", "--force"), "forced.env")
    repo.git("reset", "-q", "--hard", root)
    assert framework.git(repo, "push", "origin", f"{leak}:refs/tags/known").code == 0
    assert framework.git(repo, "push", "origin", ":refs/heads/known").code == 0


def test_history_by_hand(framework: Framework, repo: Repo) -> None:
    """The manual stage; what no commit took is found as well."""
    framework.configure(repo, ("leakstop-history",))
    repo.write("leak.env", LEAK)
    repo.stage()
    repo.git("rm", "-q", "-f", "leak.env")
    repo.commit()
    stage = "--hook-stage"  # prek calls it --stage, and takes this too
    said = framework.run(repo, "run", stage, "manual", "leakstop-history")
    assert blocked(said, "exit code: 1"), said.text


def test_without_a_network(framework: Framework, work: Repo) -> None:
    """Once it is installed the hook needs none."""
    away = cut_off()
    if not away:
        pytest.skip("this system cannot take the network away from a process")
    work.write("leak.env", LEAK)
    work.stage()
    said = call([*away, framework.command, "run"], work.path, framework.env)
    assert blocked(said, "leak.env"), said.text
    work.git("rm", "-q", "-f", "leak.env")
    assert call([*away, framework.command, "run"], work.path, framework.env).code == 0
