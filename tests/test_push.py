"""Pushes with real git to real servers: what `leakstop push` and `leakstop receive` read, stop and let through."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest
from git_servers import SERVERS
from helpers import Repo, fake, run_cli
from hook_helpers import Said, git, installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = fake("github-pat")
LEAK = f"TOKEN={SECRET}\n"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="hooks are shell scripts")


def push(repo: Repo, *args: str, **env: str) -> Said:
    said = git(repo, "push", "--porcelain", *args, PYTHONPATH=installed(), **env)
    assert SECRET not in said.text
    assert "internal error" not in said.text, said.text
    return said


def install(repo: Repo, *hooks: str) -> None:
    done = run_cli("install", *hooks, cwd=repo.path, env={"PYTHONPATH": installed()})
    assert done.code == 0, done.err


def replace(repo: Repo, hook: str, before: str, after: str) -> None:
    """Change the call of leakstop in a hook."""
    path = repo.path / "hooks" / hook
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


# ---- pre-push: what the remote has not got


class Case(NamedTuple):
    """A push from a clone that has pushed a clean main branch before."""

    prepare: Callable[[Repo], object]
    args: tuple[str, ...]
    stopped: bool


def removed_again(repo: Repo) -> None:
    repo.add("leak.env", LEAK)
    repo.remove("leak.env")
    repo.commit()


def on_another_branch(repo: Repo) -> None:
    repo.switch("wip", create=True)
    repo.add("leak.env", LEAK)
    repo.switch("main")
    repo.add("fine.txt", "fine\n")


def pushed_before(repo: Repo) -> None:
    repo.add("leak.env", LEAK)
    repo.git("push", "-q", "origin", "main")
    repo.add("fine.txt", "fine\n")


def pushed_before_to_another_branch(repo: Repo) -> None:
    repo.switch("feature", create=True)
    repo.add("leak.env", LEAK)
    repo.git("push", "-q", "origin", "feature")
    repo.git("switch", "-q", "-c", "next")
    repo.add("fine.txt", "fine\n")


def deletion_and_secret(repo: Repo) -> None:
    pushed_before_to_another_branch(repo)
    repo.add("more.env", LEAK)


def tag_of_a_file(repo: Repo) -> None:
    repo.git("tag", "file", repo.git("hash-object", "-w", "--stdin", input=LEAK.encode()).decode().strip())


def tag_of_a_tree(repo: Repo) -> None:
    repo.write("deep/leak.env", LEAK)
    repo.stage()
    repo.git("tag", "-a", "-m", "A tree", "tree", repo.git("write-tree").decode().strip())
    repo.git("reset", "-q", "--hard")


def someone_else_pushed(repo: Repo) -> None:
    other = repo.clone(repo.path.parent / "other")
    other.git("remote", "set-url", "origin", repo.git("remote", "get-url", "origin").decode().strip())
    other.git("pull", "-q", "origin", "main")
    other.add("theirs.txt", "hello\n")
    other.git("push", "-q", "origin", "HEAD:main")
    repo.add("leak.env", LEAK)


def gone_over_there(repo: Repo) -> None:
    repo.switch("feature", create=True)
    repo.add("leak.env", LEAK)
    repo.git("push", "-q", "origin", "feature")
    remote = Repo(repo.path.parent / "remote.git")
    remote.git("branch", "-q", "-D", "feature")


def another_repository(repo: Repo) -> None:
    pushed_before(repo)
    shutil.rmtree(repo.path.parent / "remote.git")
    Repo.init(repo.path.parent / "remote.git", "--bare")


# Plain cases of each kind: tests/situations.py.
CASES = {
    "nothing": Case(lambda _: None, ("origin", "main"), False),
    "a branch beside one with a secret": Case(on_another_branch, ("origin", "main"), False),
    "what the remote has": Case(pushed_before, ("origin", "main"), False),
    "what the remote has on another branch": Case(pushed_before_to_another_branch, ("origin", "next"), False),
    "a rewritten clean branch": Case(
        lambda repo: repo.git("commit", "-q", "--amend", "-m", "x"), ("-f", "origin", "main"), False
    ),
    "over what somebody else pushed": Case(someone_else_pushed, ("--force", "origin", "main"), True),
    "a lightweight tag": Case(lambda repo: (repo.add("leak.env", LEAK), repo.tag("v1")), ("origin", "v1"), True),
    "a clean tag": Case(lambda repo: repo.tag("v1", "Release"), ("origin", "v1"), False),
    "a tag of a tree": Case(tag_of_a_tree, ("origin", "tree"), True),
    "tags": Case(lambda repo: (repo.tag("v1"), repo.tag("v2", SECRET)), ("--tags", "origin"), True),
    "a deletion": Case(pushed_before_to_another_branch, ("origin", ":feature"), False),
    "a deletion and a secret": Case(deletion_and_secret, ("origin", ":feature", "next"), True),
    "a branch that is gone over there": Case(gone_over_there, ("origin", "feature"), True),
    "another repository at the same place": Case(another_repository, ("origin", "main"), True),
    "by URL, what the remote has": Case(pushed_before, ("{url}", "main"), False),
    "a commit by its id": Case(lambda repo: repo.add("leak.env", LEAK), ("origin", "HEAD:refs/heads/x"), True),
}


@pytest.fixture
def clone(repo: Repo, tmp_path: Path) -> Repo:
    """A repository with one pushed commit and the hook for pushes."""
    remote = Repo.init(tmp_path / "remote.git", "--bare")
    repo.git("remote", "add", "origin", str(remote.path))
    repo.add("readme.txt", "hello\n")
    repo.git("push", "-q", "origin", "main")
    return repo


@pytest.mark.parametrize("name", CASES)
def test_pre_push(clone: Repo, name: str) -> None:
    """Stopped if and only if the remote would get a secret that it has not got."""
    case = CASES[name]
    case.prepare(clone)
    install(clone, "--pre-push")
    url = clone.git("remote", "get-url", "origin").decode().strip()
    said = push(clone, *(arg.format(url=url) for arg in case.args))
    assert said.code == int(case.stopped), said.text


def test_first_push(repo: Repo, tmp_path: Path) -> None:
    """Of a remote that was never fetched from nothing is known: everything is read."""
    Repo.init(tmp_path / "remote.git", "--bare")
    removed_again(repo)
    repo.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    install(repo, "--pre-push")
    said = push(repo, "origin", "main")
    assert (said.code, "leak.env" in said.text) == (1, True)
    assert "git commit --amend" in said.text
    assert push(repo, "--no-verify", "origin", "main").code == 0


def test_pragmas_of_the_push_itself(clone: Repo) -> None:
    """They do not count, unless whoever set up the hook says so; those that the remote has do."""
    install(clone, "--pre-push")
    clone.add("allowed.env", LEAK.strip() + "  # leakstop: allow -- a test\n")
    assert push(clone, "origin", "main").code == 1
    run = run_cli("push", "origin", "x", "--trust-changes", "pragmas", cwd=clone.path, input=_told(clone), env=_env())
    assert run.code == 0, run.out


def _env() -> dict[str, str]:
    return {"PYTHONPATH": installed()}


def _told(repo: Repo) -> str:
    return f"refs/heads/main {repo.rev()} refs/heads/main {repo.rev('origin/main')}\n"


@pytest.mark.parametrize(
    "given, code",
    [
        ("", 0),
        ("\n", 0),
        ("(delete) {zeros} refs/heads/x {head}\n", 0),
        ("HEAD@{{1 day ago}} {head} refs/heads/x {zeros}\n", 0),
        ("refs/heads/main {unknown} refs/heads/main {zeros}\n", 3),
        ("refs/heads/main {head} refs/heads/main {unknown}\n", 0),
        ("refs/heads/main\n", 2),
        ("refs/heads/main HEAD refs/heads/main --all\n", 2),
        ("refs/heads/main {head} refs/heads/main\n", 2),
    ],
)
def test_what_git_says(clone: Repo, given: str, code: int) -> None:
    """Nothing at all, deletions, ids of either kind that are not here, and what git never says."""
    text = given.format(zeros="0" * 40, head=clone.rev(), unknown="12" * 20)
    result = run_cli("push", "origin", "url", cwd=clone.path, input=text, env=_env())
    assert result.code == code, result.out + result.err
    assert "internal error" not in result.err


def test_push_from_a_shallow_clone(clone: Repo, tmp_path: Path) -> None:
    """What is pushed is all here; what would reach beyond the end is not called clean."""
    for number in range(3):
        clone.add(f"{number}.txt", "hello\n")
    clone.git("push", "-q", "origin", "main")
    remote = Repo(tmp_path / "remote.git")
    shallow = remote.clone(tmp_path / "shallow", "--depth", "1")
    install(shallow, "--pre-push")
    shallow.add("fine.txt", "fine\n")
    assert push(shallow, "origin", "main").code == 0
    shallow.add("leak.env", LEAK)
    assert push(shallow, "origin", "main").code == 1
    shallow.git("reset", "-q", "--hard", "HEAD~1")
    Repo.init(tmp_path / "new.git", "--bare")
    shallow.git("remote", "add", "new", str(tmp_path / "new.git"))
    said = push(shallow, "new", "main")
    assert (said.code, "shallow" in said.text) == (1, True), said.text


def test_sha256(tmp_path: Path) -> None:
    """Ids, and zeros, of 64 digits."""
    remote = Repo.init(tmp_path / "remote.git", "--bare", "--object-format=sha256")
    repo = Repo.init(tmp_path / "repo", "--object-format=sha256")
    repo.git("remote", "add", "origin", str(remote.path))
    install(repo, "--pre-push")
    install(remote)
    repo.add("a.txt", "hello\n")
    assert push(repo, "origin", "main").code == 0
    repo.add("leak.env", LEAK)
    assert push(repo, "origin", "main").code == 1
    assert push(repo, "--no-verify", "origin", "main").code == 1


# ---- pre-receive: on the server


class Server(NamedTuple):
    """A bare repository with the hook, and a clone that pushes to it."""

    bare: Repo
    repo: Repo

    def objects(self) -> int:
        """How many the server has: what is refused leaves none behind."""
        return len(self.bare.git("cat-file", "--batch-all-objects", "--batch-check").splitlines())


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    root = tmp_path_factory.mktemp(request.param)
    with SERVERS[request.param](root, {"PYTHONPATH": installed()}) as url:
        yield root, url


@pytest.fixture
def served(server: tuple[Path, str], repo: Repo, request: pytest.FixtureRequest) -> Server:
    root, url = server
    name = f"{request.node.name.partition('[')[0]}.git"
    return _serve(Repo.init(root / name, "--bare"), repo, f"{url}/{name}")


@pytest.fixture
def local(repo: Repo, tmp_path: Path) -> Server:
    """The same without a server."""
    return _serve(Repo.init(tmp_path / "bare.git", "--bare"), repo, str(tmp_path / "bare.git"))


def _serve(bare: Repo, repo: Repo, url: str) -> Server:
    install(bare)
    bare.git("config", "receive.advertisePushOptions", "true")
    bare.git("config", "http.receivepack", "true")
    repo.git("remote", "add", "origin", url)
    repo.add("readme.txt", "hello\n")
    said = push(repo, "origin", "main")
    assert said.code == 0, said.text
    assert "leakstop" not in said.text
    return Server(bare, repo)


def test_servers_refuse(served: Server) -> None:
    """Over each transport: new commits, new refs, several at once; what is clean goes in, and nothing of the rest stays."""
    before = served.objects()
    served.repo.add("leak.env", LEAK)
    said = push(served.repo, "origin", "main")
    assert (said.code, "leak.env" in said.text, "pre-receive hook declined" in said.text) == (1, True, True), said.text
    assert served.objects() == before
    served.repo.git("switch", "-q", "-c", "clean", "HEAD~1")
    served.repo.add("fine.txt", "fine\n")
    assert push(served.repo, "origin", "clean", "main").code == 1  # all or nothing
    assert served.objects() == before
    assert push(served.repo, "origin", "clean").code == 0
    assert push(served.repo, "-o", "leakstop.skip", "origin", "main").code == 1  # nobody allowed that
    assert push(served.repo, "origin", ":clean").code == 0


def test_receive_reads_what_is_new(local: Server) -> None:
    """Forced pushes, tags, files; not what some ref reaches already."""
    repo, bare = local.repo, local.bare
    repo.git("commit", "-q", "--amend", "-m", "Rewritten")
    assert push(repo, "--force", "origin", "main").code == 0
    repo.tag("v1", f"key {SECRET}")
    assert push(repo, "origin", "v1").code == 1
    tag_of_a_file(repo)
    assert push(repo, "origin", "file").code == 1
    tag_of_a_tree(repo)
    assert push(repo, "origin", "tree").code == 1
    repo.add("leak.env", LEAK)
    hook = bare.path / "hooks" / "pre-receive"
    hook.rename(hook.with_suffix(".off"))
    assert push(repo, "origin", "HEAD:old").code == 0
    hook.with_suffix(".off").rename(hook)
    repo.add("more.txt", "more\n")
    assert push(repo, "origin", "HEAD:new").code == 0
    repo.add("again.env", LEAK)
    assert push(repo, "origin", "HEAD:new").code == 1


def test_time(local: Server) -> None:
    """What is not read in time is refused, or let through where the administrator says so; a finding never is."""
    for number in range(3):
        local.repo.add(f"{number}.txt", f"{number}\n")
    replace(local.bare, "pre-receive", "receive --quiet", "receive --quiet --time-limit 0.001")
    said = push(local.repo, "origin", "main")
    assert (said.code, "time limit" in said.text) == (1, True), said.text
    replace(local.bare, "pre-receive", "--time-limit", "--fail-open --time-limit")
    said = push(local.repo, "origin", "main")
    assert (said.code, "let through although" in said.text) == (0, True), said.text
    replace(local.bare, "pre-receive", "--time-limit 0.001", "--time-limit 60")
    local.repo.add("leak.env", LEAK)
    assert push(local.repo, "origin", "main").code == 1


def test_push_options(local: Server) -> None:
    """An exception that the administrator made possible: it is told, and only the one of that name counts."""
    replace(local.bare, "pre-receive", "receive --quiet", "receive --quiet --skip-option leakstop.skip")
    local.repo.add("leak.env", LEAK)
    assert push(local.repo, "origin", "main", "-o", "other", "-o", "leakstop.skipped=1").code == 1
    said = push(local.repo, "origin", "main", "-o", "leakstop.skip=test \x1b[31mdata")
    assert (said.code, "push asked for that: test \\x1b[31mdata" in said.text) == (0, True), said.text


@pytest.mark.parametrize("name", ["GL_ID", "GL_PROTOCOL"])
def test_gitlab(local: Server, name: str) -> None:
    """Every line is marked, so that the web editor shows it; so are failures."""
    local.repo.add("leak.env", LEAK)
    said = push(local.repo, "origin", "main", **{name: "user-1"})
    told = [line.removeprefix("remote: ").rstrip() for line in said.text.splitlines() if line.startswith("remote: ")]
    assert said.code == 1
    assert told
    assert all(line.startswith("GL-HOOK-ERR:") for line in told), told
    given = f"{'0' * 40} {'12' * 20} refs/heads/x\n"
    failed = run_cli("receive", cwd=local.bare.path, input=given, env=_env() | {name: "user-1"})
    assert (failed.code, failed.out.startswith("GL-HOOK-ERR: leakstop: refs/heads/x")) == (3, True)


def test_policy_of_the_server(local: Server, tmp_path: Path) -> None:
    """What a push brings cannot silence the check, not even with two pushes; a file that the administrator names can."""
    local.repo.add(".leakstop.toml", 'exclude = ["*.env"]\n')
    local.repo.add("leak.env", LEAK)
    assert push(local.repo, "origin", "main").code == 1
    local.repo.git("reset", "-q", "--hard", "HEAD~1")
    assert push(local.repo, "origin", "HEAD:refs/heads/side").code == 0
    local.repo.add("leak.env", LEAK)
    assert push(local.repo, "origin", "HEAD:refs/heads/side").code == 1
    (tmp_path / "server.toml").write_text('exclude = ["*.env"]\n')
    replace(local.bare, "pre-receive", "receive --quiet", f"receive --quiet --config {tmp_path / 'server.toml'}")
    assert push(local.repo, "origin", "HEAD:refs/heads/side").code == 0


def test_a_broken_policy_of_the_server(local: Server) -> None:
    """Every push is refused and told why, on GitLab in its web editor too; an earlier policy lets the mended one in."""
    repo, bare = local.repo, local.bare
    repo.add(".leakstop.toml", "exclud = []\n")
    repo.git("push", "-q", "--receive-pack=git -c core.hooksPath=/dev/null receive-pack", "origin", "main")
    repo.add(".leakstop.toml", "exclude = []\n")
    for env in ({}, {"GL_ID": "user-1"}):
        said = push(repo, "origin", "main", **env)
        assert (said.code, "unknown key 'exclud'" in said.text) == (1, True), said.text
        assert ("GL-HOOK-ERR: leakstop: .leakstop.toml" in said.text) == bool(env)
    replace(bare, "pre-receive", "receive --quiet", "receive --quiet --policy main~1")
    assert push(repo, "origin", "main").code == 0


def test_no_default_branch(local: Server) -> None:
    """Then nobody's configuration counts, above all not that of the push."""
    local.bare.git("symbolic-ref", "HEAD", "refs/heads/nowhere")
    local.repo.add("leak.env", LEAK.strip() + "  # leakstop: allow -- a test\n")
    assert push(local.repo, "origin", "HEAD:refs/heads/side").code == 1


def test_without_a_home(local: Server) -> None:
    """A service has no home, no cache and next to no environment."""
    local.repo.add("leak.env", LEAK)
    local.repo.git("push", "-q", "origin", "main", check=False)
    given = f"{'0' * 40} {local.bare.rev()} refs/heads/x\n"
    empty = {"HOME": "/nonexistent", "XDG_CACHE_HOME": "", "XDG_DATA_HOME": ""}
    assert run_cli("receive", cwd=local.bare.path, input=given, env=_env() | empty).code == 0
    repo = Repo.init(local.bare.path.parent / "other.git", "--bare")
    local.repo.git("push", "-q", str(repo.path), "main:refs/heads/hidden")
    repo.git("update-ref", "-d", "refs/heads/hidden")
    given = f"{'0' * 40} {local.repo.rev()} refs/heads/x\n"
    assert run_cli("receive", cwd=repo.path, input=given, env=_env() | empty).code == 1


def test_damage_on_the_server(local: Server) -> None:
    """An object that cannot be read refuses the push."""
    local.repo.add("a.txt", "something\n")
    blob = local.repo.rev("HEAD:a.txt")
    given = f"{local.bare.rev('main')} {local.repo.rev()} refs/heads/main\n"
    local.repo.git("push", "-q", "--receive-pack=git -c core.hooksPath=/dev/null receive-pack", "origin", "main")
    local.bare.git("update-ref", "refs/heads/main", "HEAD~1")
    path = local.bare.path / "objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(b"damaged")
    result = run_cli("receive", cwd=local.bare.path, input=given, env=_env())
    assert result.code == 3, result.out + result.err
