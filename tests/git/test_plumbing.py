"""Git is found, started and listened to safely; each failure is one line with its remedy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import PACKAGE_PARENT, Repo, knows_reftable

from leakstop.errors import SourceError
from leakstop.git import process
from leakstop.git.plumbing import Batch, GitError, environment, open_repository, run, stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOT = os.geteuid() == 0
NOBODY = 65534


@pytest.fixture
def one(repo: Repo) -> Repo:
    """A repository with one commit."""
    repo.add("file", "text\n")
    return repo


def program(folder: Path, script: str) -> str:
    """A PATH on which `git` is a shell script."""
    folder.mkdir(exist_ok=True)
    target = folder / "git"
    target.write_text("#!/bin/sh\n" + script)
    target.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


# ---- finding a repository


FORMATS = {
    "plain": (),
    "sha256": ("--object-format=sha256",),
    "reftable": ("--ref-format=reftable",),
    "as git 3": ("--object-format=sha256", "--ref-format=reftable"),
}


@pytest.mark.parametrize("formats", FORMATS.values(), ids=list(FORMATS))
def test_plain_repository_is_found_without_git(tmp_path: Path, formats: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """The hook pays for no process here; from a folder or a file below, too."""
    if "--ref-format=reftable" in formats and not knows_reftable():
        pytest.skip("needs git 2.45")
    one = Repo.init(tmp_path / "repo", *formats)
    inner = one.write("deep/down/file", "x").parent
    monkeypatch.setenv("PATH", "")
    for path in (one.path, inner, inner / "file"):
        found = open_repository(str(path))
        assert found.work_tree == os.fsencode(one.path)
        assert found.git_dir == found.common_dir == os.fsencode(one.path / ".git")
        hashes = "sha256" if FORMATS["sha256"][0] in formats else "sha1"
        assert (found.bare, found.object_format, found.shallow, found.partial) == (False, hashes, False, False)


def test_reading_agrees_with_git(one: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of repository is described as git itself describes it."""
    other = Repo.init(tmp_path / "sub")
    other.add("a", "a")
    one.git("worktree", "add", "-q", "../linked")
    one.git("submodule", "add", "-q", str(tmp_path / "sub"), "module")
    bare = one.clone(tmp_path / "bare.git", "--bare")
    sha256 = Repo.init(tmp_path / "long", "--object-format=sha256")
    sha256.add("a", "a")
    shallow = one.clone(tmp_path / "shallow", "--depth=1")
    odd = Repo.init(tmp_path / "odd\nname \udcff")
    places = (
        one.path,
        tmp_path / "linked",
        one.path / "module",
        bare.path,
        sha256.path,
        shallow.path,
        one.path / ".git",
        odd.path,
    )
    for place in places:
        found = open_repository(os.fsencode(place))
        from_git = Repo(place)
        assert found.git_dir + b"\n" == from_git.git("rev-parse", "--absolute-git-dir")
        assert found.common_dir + b"\n" == from_git.git("rev-parse", "--path-format=absolute", "--git-common-dir")
        inside = from_git.git("rev-parse", "--is-inside-work-tree") == b"true\n"
        assert (found.work_tree or b"") + b"\n" * inside == (from_git.git("rev-parse", "--show-toplevel") if inside else b"")
        assert found.bare == (from_git.git("rev-parse", "--is-bare-repository") == b"true\n")
        assert found.shallow == (from_git.git("rev-parse", "--is-shallow-repository") == b"true\n")
        assert found.object_format == from_git.git("rev-parse", "--show-object-format").decode().strip()
        assert found.empty_tree == from_git.git("hash-object", "-t", "tree", "--stdin").decode().strip()
        assert run(found, ["rev-parse", "--absolute-git-dir"]) == found.git_dir + b"\n"
        monkeypatch.chdir(place)
        assert open_repository()[:7] == found[:7]


def test_partial_clone_is_known(one: Repo, tmp_path: Path) -> None:
    """A promisor remote means that objects may be missing."""
    one.git("config", "uploadpack.allowFilter", "true")
    copy = one.clone(tmp_path / "partial", "--filter=blob:none")
    assert open_repository(str(copy.path)).partial


def test_the_environment_speaks_of_its_own_repository_only(one: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook's GIT_DIR and GIT_INDEX_FILE reach git for the repository at hand, and for no other one."""
    other = Repo.init(tmp_path / "other")
    other.add("b", "b")
    monkeypatch.chdir(one.path)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/elsewhere")
    mine, foreign = open_repository("."), open_repository(str(other.path))
    assert mine.ambient
    assert not foreign.ambient
    assert run(mine, ["ls-files"]) == b""  # that index does not exist
    assert run(foreign, ["ls-files"]) == b"b\n"
    assert open_repository(str(one.path)).ambient


def test_hook_in_a_linked_worktree(one: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git names the worktree's directory in GIT_DIR."""
    one.git("worktree", "add", "-q", "../linked")
    monkeypatch.chdir(tmp_path / "linked")
    monkeypatch.setenv("GIT_DIR", str(one.path / ".git" / "worktrees" / "linked"))
    found = open_repository(".")
    assert (found.git_dir, found.common_dir, found.work_tree) == (
        os.fsencode(one.path / ".git/worktrees/linked"),
        os.fsencode(one.path / ".git"),
        os.fsencode(tmp_path / "linked"),
    )


def test_git_dir_that_is_not_around(one: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GIT_DIR and GIT_WORK_TREE may name any place."""
    (tmp_path / "tree").mkdir()
    monkeypatch.setenv("GIT_DIR", str(one.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "tree"))
    for here in (tmp_path / "tree", tmp_path):
        monkeypatch.chdir(here)
        found = open_repository()
        assert found.git_dir == os.fsencode(one.path / ".git")
        assert found.work_tree == os.fsencode(tmp_path / "tree")


def refused(path: str | Path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        open_repository(str(path))
    assert caught.value.exit_code == 3
    assert caught.value.remedy
    assert "\n" not in caught.value.message
    return caught.value


def test_no_repository(tmp_path: Path) -> None:
    """A folder, a broken `.git`."""
    assert "not a git repository" in refused(tmp_path).message
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    assert "not a git repository" in refused(tmp_path).message


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git missing is told as such."""
    monkeypatch.setenv("PATH", str(tmp_path))
    error = refused(tmp_path)
    assert "git is not installed" in error.message
    assert "2.31" in error.remedy


@pytest.mark.skipif(not ROOT, reason="only root can give a folder away")
def test_another_users_repository(one: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's verdict on ownership is asked for, and its own command handed on."""
    monkeypatch.delenv("SUDO_UID", raising=False)
    os.chown(one.path, NOBODY, NOBODY)
    os.chown(one.path / ".git", NOBODY, NOBODY)
    error = refused(one.path)
    assert "another user" in error.message
    assert f"git config --global --add safe.directory {one.path}" in error.remedy
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    assert open_repository(str(one.path)).work_tree == os.fsencode(one.path)


def test_no_permission(one: Repo) -> None:
    """A folder that may not be entered; as root, seen by another user."""
    one.path.chmod(0o700)
    code = (
        "import sys\nsys.path.insert(0, sys.argv[2])\n"
        "from leakstop.git.plumbing import open_repository\n"
        "from leakstop.errors import SourceError\nimport leakstop.git.discover\n"
        "import os\nif len(sys.argv) > 3: os.setuid(int(sys.argv[3]))\n"  # who may not read this environment
        "try: open_repository(sys.argv[1])\nexcept SourceError as error: print(error.message, '|', error.remedy)\n"
    )
    extra = [str(NOBODY)] if ROOT else []
    if not ROOT:
        one.path.chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", code, one.path, PACKAGE_PARENT, *extra], capture_output=True, text=True, check=True
    )
    one.path.chmod(0o700)
    assert "permission denied" in done.stdout
    assert "owner" in done.stdout


# ---- failures


def test_failures_in_words(one: Repo) -> None:
    """What git says becomes a line and a remedy."""
    found = open_repository(str(one.path))
    table: list[tuple[list[str], str, str]] = [
        (["rev-parse", "--verify", "no-such-branch"], "unknown revision", "fetch-depth: 0"),
        (["log", "a..b"], "unknown revision: ambiguous argument 'a..b'", "git branch --all"),
        (["diff-tree", "--no-such-option", "HEAD"], "git is too old", "2.31"),
        (["no-such-command"], "git is too old", "2.31"),
        (["cat-file", "blob", "HEAD"], "cat-file failed", "git fsck"),
    ]
    for args, message, remedy in table:
        with pytest.raises(GitError) as caught:
            run(found, args)
        assert message in caught.value.message
        assert remedy in caught.value.remedy
        assert caught.value.exit_code == 3
        assert "\n" not in caught.value.message


def test_damaged_objects(one: Repo) -> None:
    """A cut-off object is named, with `git fsck` as the remedy."""
    oid = one.rev("HEAD:file")
    path = one.path / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:10])
    with pytest.raises(GitError, match="damaged") as caught:
        run(open_repository(str(one.path)), ["cat-file", "blob", oid])
    assert "git fsck" in caught.value.remedy


def test_damaged_index(one: Repo) -> None:
    """So is a damaged index."""
    (one.path / ".git/index").write_bytes(b"DIRC nonsense and more of it, long enough")
    with pytest.raises(GitError, match="damaged"):
        run(open_repository(str(one.path)), ["ls-files"])


def test_ended_by_a_signal(one: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt is passed on as one; any other signal is a failure."""
    found = open_repository(str(one.path))
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "kill -INT $$"))
    with pytest.raises(KeyboardInterrupt):
        run(found, ["version"])
    program(tmp_path / "bin", "kill -KILL $$")
    with pytest.raises(GitError, match=f"signal {int(signal.SIGKILL)}"):
        run(found, ["version"])


def test_error_text_is_made_printable(one: Repo) -> None:
    """A name with escape sequences cannot reach the terminal through an error."""
    with pytest.raises(GitError) as caught:
        run(open_repository(str(one.path)), ["rev-parse", "--verify", "x\x1b[31m..y", "--"])
    assert caught.value.message.isprintable()


# ---- nothing of what is scanned runs


def test_hostile_configuration_runs_nothing(one: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Monitors, hooks, drivers, converters, signature checkers: neither the repository's nor the environment's."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\necho converted\n")
    trap.chmod(0o755)
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/post-index-change").symlink_to(trap)
    for name, value in {
        "core.fsmonitor": str(trap),
        "core.hooksPath": str(tmp_path / "hooks"),
        "core.pager": str(trap),
        "diff.external": str(trap),
        "diff.x.command": str(trap),
        "diff.x.textconv": str(trap),
        "diff.suppressBlankEmpty": "true",
        "diff.noprefix": "true",
        "diff.orderFile": str(tmp_path / "none"),
        "filter.x.clean": str(trap),
        "filter.x.smudge": str(trap),
        "log.showSignature": "true",
        "gpg.program": str(trap),
        "color.ui": "always",
        "interactive.diffFilter": str(trap),
    }.items():
        one.git("config", name, value)
    one.write(".gitattributes", "* diff=x\n")
    one.git("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "add", ".")
    (tmp_path / "sprung").unlink(missing_ok=True)
    for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_EDITOR", "GIT_ASKPASS"):
        monkeypatch.setenv(name, str(trap))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "sprung"))
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=7")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor={trap}'")
    one.write("file", "other text\n")
    found = open_repository(str(one.path))
    index = (one.path / ".git/index").read_bytes()
    run(found, ["status", "--porcelain", "-uno"])
    run(found, ["diff-index", "--cached", "-p", "--no-ext-diff", "--no-textconv", "HEAD"])
    run(found, ["log", "-p", "--no-ext-diff", "--no-textconv"])
    assert not (tmp_path / "sprung").exists()
    assert (one.path / ".git/index").read_bytes() == index


def test_replaced_and_grafted_objects_are_seen_through(one: Repo) -> None:
    """What would be pushed is read, not what a replace ref shows instead."""
    shown = one.git("hash-object", "-w", "--stdin", input=b"harmless").decode().strip()
    one.git("replace", one.rev("HEAD:file"), shown)
    first, second = one.rev(), one.add("file", "more\n")
    (one.path / ".git/info/grafts").write_text(second + "\n")
    found = open_repository(str(one.path))
    assert run(found, ["cat-file", "blob", f"{first}:file"]) == b"text\n"
    assert run(found, ["rev-list", "--count", "HEAD"]) == b"2\n"


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what names the repository, git's programs and its configuration is left of GIT_*."""
    for name in (
        "GIT_DIR",
        "GIT_TRACE",
        "GIT_SSH",
        "GIT_CONFIG_KEY_0",
        "GIT_CONFIG",
        "GIT_LITERAL_PATHSPECS",
        "GIT_TEST_X",
        "OTHER",
    ):
        monkeypatch.setenv(name, "value")
    env = environment()
    assert (env["GIT_DIR"], env["GIT_CONFIG_KEY_0"], env["OTHER"], env["LC_ALL"]) == ("value", "value", "value", "C")
    assert not {"GIT_TRACE", "GIT_SSH", "GIT_CONFIG", "GIT_TEST_X"} & env.keys()
    assert env["GIT_LITERAL_PATHSPECS"] == "1"
    assert "GIT_DIR" not in environment(ambient=False)


# ---- the process


@pytest.fixture(params=[process.PosixProcess, process.PopenProcess], ids=["posix_spawn", "subprocess"])
def make(request: pytest.FixtureRequest) -> Callable[..., process.Process]:
    """Both ways to start a program."""
    return request.param


def test_much_in_and_out(make: Callable[..., process.Process]) -> None:
    """Neither side waits for the other for ever."""
    data = os.urandom(3_000_000)
    running = make([b"sh", b"-c", b"tee /dev/stderr"], os.environ, data)
    assert b"".join(iter(running.read, b"")) == data
    code, errors = running.finish()
    assert code == 0
    assert data.startswith(errors)


def test_input_in_turns(make: Callable[..., process.Process]) -> None:
    """Ask, read the answer, ask again."""
    running = make([b"cat"], os.environ)
    for word in (b"one\n", b"two\n"):
        running.write(word)
        assert running.read() == word
    running.end()
    assert running.read() == b""
    assert running.finish() == (0, b"")


def test_exit_code_error_text_and_missing_program(make: Callable[..., process.Process]) -> None:
    """How a program ended and what it complained of; OSError when there is none."""
    running = make([b"sh", b"-c", b"echo oh >&2; exit 7"], os.environ, b"unread" * 100_000)
    assert running.read() == b""
    assert running.finish() == (7, b"oh\n")
    with pytest.raises(FileNotFoundError):
        make([b"no-such-program"], os.environ, b"")


def test_reading_may_stop_early(make: Callable[..., process.Process]) -> None:
    """An endless program ends when nobody reads on."""
    running = make([b"sh", b"-c", b"while :; do echo y; done"], os.environ, b"")
    assert running.read(2) == b"y\n"
    assert running.finish(kill=True)[0] != 0


def test_descriptors_are_given_back(one: Repo) -> None:
    """Hundreds of git processes leave no open file behind, whether read to the end or not."""
    found = open_repository(str(one.path))
    before = len(os.listdir("/dev/fd"))
    for _ in range(20):
        run(found, ["rev-parse", "HEAD"])
        next(stream(found, ["cat-file", "-p", "HEAD"]))
        with Batch(found) as batch:
            batch.open("HEAD:file")
    assert len(os.listdir("/dev/fd")) == before


def test_closed_standard_streams(one: Repo) -> None:
    """Started without standard input and output, as some daemons do, pipes and streams are not mixed up."""
    code = (
        "import os, sys\nos.close(0); os.close(1)\nfrom leakstop.git.plumbing import open_repository, run\n"
        "got = run(open_repository(sys.argv[1]), ['cat-file', 'blob', 'HEAD:file'])\nos.write(2, got)\n"
    )
    env = {**os.environ, "PYTHONPATH": PACKAGE_PARENT}
    done = subprocess.run([sys.executable, "-c", code, one.path], capture_output=True, env=env, check=False)
    assert done.stderr == b"text\n"


# ---- reading objects


def test_batch(one: Repo) -> None:
    """Objects of all kinds by id and by name, again and again, missing ones as None."""
    one.add("with space", b"\0\xff\r\n" * 100_000)
    one.tag("v1", "the message")
    with Batch(open_repository(str(one.path))) as batch:
        assert batch.read("HEAD:file") == ("blob", b"text\n")
        assert batch.read(one.rev("HEAD:with space")) == ("blob", b"\0\xff\r\n" * 100_000)
        assert batch.read("0" * 40) is None
        assert batch.read("no such name") is None
        assert batch.read("HEAD") == ("commit", one.git("cat-file", "commit", "HEAD"))
        assert batch.read("HEAD^{tree}") == ("tree", one.git("cat-file", "tree", "HEAD^{tree}"))
        assert batch.read("v1") == ("tag", one.git("cat-file", "tag", "v1"))
        assert batch.read("4b825dc642cb6eb9a060e54bf8d69288fbee4904") == ("tree", b"")
        with pytest.raises(ValueError, match="one line"):
            batch.read("HEAD\nHEAD")


def test_batch_in_pieces(one: Repo) -> None:
    """An object may be taken in parts, or be left half read."""
    one.add("large", bytes(range(256)) * 10_000)
    with Batch(open_repository(str(one.path))) as batch:
        assert batch.open("HEAD:large") == ("blob", 2_560_000)
        assert batch.take(3) == b"\0\1\2"
        assert batch.read("HEAD:file") == ("blob", b"text\n")
        assert batch.open("HEAD:large")
        assert b"".join(iter(lambda: batch.take(7919), b"")) == bytes(range(256)) * 10_000
        assert batch.take(1) == b""


@pytest.mark.skipif(sys.platform != "linux", reason="in kilobytes there")
def test_batch_holds_no_large_object_whole(one: Repo) -> None:
    """Neither does git: measured is the largest process that a process of its own has started."""
    size = 96 << 20
    one.write("large", b"a line of text that is the same as the one before\n" * (size // 50))
    one.git("-c", "core.bigFileThreshold=1m", "add", "large")
    script = (
        "import resource, sys\nfrom leakstop.git.plumbing import Batch, open_repository\n"
        "with Batch(open_repository(sys.argv[1])) as batch:\n"
        "    print(batch.open(':large'), sum(len(part) for part in iter(lambda: batch.take(1 << 20), b'')))\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    env = {**os.environ, "PYTHONPATH": PACKAGE_PARENT}
    command = [sys.executable, "-c", script, str(one.path)]
    told, peak = subprocess.run(command, env=env, capture_output=True, check=True, text=True).stdout.splitlines()
    read = size // 50 * 50
    assert told == f"('blob', {read}) {read}"
    assert int(peak) * 1024 < size / 2


def test_batch_asked_ahead(one: Repo) -> None:
    """Whatever was asked for, an object that is opened is the right one."""
    oids = []
    for number in range(50):
        one.write("file", f"{number}\n" * number * 100)
        one.stage("file")
        oids.append(one.rev(":file"))
    with Batch(open_repository(str(one.path))) as batch:
        batch.ask([*oids, "0" * 40, oids[3]])
        assert [batch.read(oid) for oid in oids[:20]] == [("blob", b"%d\n" % n * n * 100) for n in range(20)]
        assert batch.read(oids[45]) == ("blob", b"45\n" * 4500)  # out of turn
        assert batch.read(oids[20]) == ("blob", b"20\n" * 2000)
        batch.ask([oids[1], "0" * 40, oids[2]])
        assert batch.read(oids[1]) == ("blob", b"1\n" * 100)
        assert batch.read("0" * 40) is None
        assert batch.read(oids[2]) == ("blob", b"2\n" * 200)


def test_batch_goes_on_after_a_damaged_object(one: Repo) -> None:
    """One bad object is one error; those before and after it are read."""
    good, more = one.rev("HEAD:file"), one.git("hash-object", "-w", "--stdin", input=b"more").decode().strip()
    bad = one.git("hash-object", "-w", "--stdin", input=os.urandom(100_000)).decode().strip()
    path = one.path / ".git/objects" / bad[:2] / bad[2:]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:50_000])
    with Batch(open_repository(str(one.path))) as batch:
        for ahead in ([], [good, bad, more], [bad, bad, good]):
            batch.ask(ahead)
            assert batch.read(good) == ("blob", b"text\n")
            with pytest.raises(GitError):
                batch.read(bad)
            assert batch.read(more) == ("blob", b"more")
