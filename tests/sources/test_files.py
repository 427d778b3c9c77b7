"""`sources.files`: what a walk reads, what it leaves out, and what it says of the things it could not read."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import fake, run_cli

from leakstop import store
from leakstop.errors import UsageError
from leakstop.git.plumbing import open_repository
from leakstop.model import Chunk, Tally
from leakstop.pipeline import Settings
from leakstop.remembered import Remembered
from leakstop.rules.rule import RuleSet
from leakstop.sources import files, gitdir, reading
from leakstop.unchanged import Unchanged

if TYPE_CHECKING:
    from pathlib import Path

    from helpers import Repo

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX file types and permissions")


def walk(paths, tally, *, max_size=None, **options):
    """What is listed, read."""
    return files.read(files.listed(paths, tally, **options), tally, max_size)


def read(*paths: str | bytes | Path, **options) -> tuple[dict[bytes, bytes], Tally]:
    """Path to content of all chunks, and the tally. Windows of one file are told by their offset."""
    tally = Tally()
    return {chunk.origin.path: chunk.data for chunk in walk(map(os.fsencode, paths), tally, **options)}, tally


def messages(tally: Tally) -> list[str]:
    return [f"{problem.where}: {problem.message}" for problem in tally.problems]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one."""
    folder = tmp_path / "tree"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def fill(folder: Path, **contents: str) -> None:
    """Files by name, with __ for a slash and _dot_ for a leading dot."""
    for name, text in contents.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize(
    "argument, expected",
    [
        (".", [b"a", b"b/c", b"b/d/e", b"f"]),
        ("./", [b"a", b"b/c", b"b/d/e", b"f"]),
        ("b", [b"b/c", b"b/d/e"]),
        ("./b/", [b"b/c", b"b/d/e"]),
        ("b/c", [b"b/c"]),
        (".//b//d", [b"b//d/e"]),
    ],
)
def test_paths_are_shown_as_the_user_would_write_them_and_sorted(tree: Path, argument: str, expected: list[bytes]):
    fill(tree, f="1", a="2", b__d__e="3", b__c="4")
    contents, tally = read(argument)
    assert list(contents) == expected
    assert tally.files == len(expected)
    assert tally.bytes == len(expected)


def test_absolute_paths_stay_absolute(tree: Path):
    fill(tree, a="1")
    assert list(read(tree)[0]) == [os.fsencode(tree / "a")]


def test_hidden_ignored_untracked_and_empty_files_are_all_read(repo: Repo):
    repo.write(".gitignore", "*.log\n")
    repo.write("debug.log", "ignored")
    repo.write(".hidden/.env", "hidden")
    repo.write("empty", "")
    contents, tally = read(repo.path, exclude=[".git/"])
    names = [os.path.relpath(os.fsdecode(path), repo.path) for path in contents]
    assert names == [".gitignore", ".hidden/.env", "debug.log"]
    assert tally.files == 4  # the empty one is read too, and gives nothing to scan
    assert not tally.problems


@pytest.mark.parametrize(
    "name", [b"new\nline", b"\xff\xfe", b"\x1b[31mred", b" blank ", b"-", b"--help", "ü".encode(), b"a" * 255]
)
@posix
def test_any_name_is_read(tree: Path, name: bytes):
    if sys.platform == "darwin" and name == b"\xff\xfe":
        pytest.skip("the file system allows only UTF-8")
    (tree / os.fsdecode(name)).write_text("x")
    assert read(".")[0] == {name: b"x"}
    assert read(b"./" + name)[0] == {name: b"x"}


@posix
def test_special_files_are_skipped_and_counted(tree: Path):
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        contents, tally = read(".", "pipe")
    assert contents == {}
    assert tally.skipped == {("special file", files.SPECIAL): 2}
    assert [(where, message) for where, message, _ in tally.problems] == [("pipe", f"is {files.SPECIAL}, which is not read")]


@posix
def test_a_pipe_opened_by_the_shell_is_read(tree: Path):
    """`leakstop scan <(command)`."""
    out, into = os.pipe()
    os.write(into, b"content")
    os.close(into)
    path = f"/dev/fd/{out}"
    assert read(path)[0] == {path.encode(): b"content"}
    os.close(out)


@posix
class TestSymbolicLinks:
    def test_their_text_is_read_and_a_target_inside_is_read_once(self, tree: Path):
        fill(tree, real="content")
        (tree / "link").symlink_to("real")
        contents, tally = read(".")
        assert contents == {b"link": b"real", b"real": b"content"}
        assert tally.files == 2
        assert not tally.skipped

    @pytest.mark.parametrize("target", ["../outside", "/etc/hostname", "folder/../../outside", ".."])
    def test_a_target_outside_is_counted_and_not_read(self, tree: Path, target: str):
        (tree.parent / "outside").write_text("not to be read")
        (tree / "folder").mkdir()
        (tree / "link").symlink_to(target)
        contents, tally = read(".")
        assert contents == {b"link": target.encode()}
        assert sum(tally.skipped.values()) == 1

    @pytest.mark.parametrize("target", [".", "link", "missing", "folder"])
    def test_loops_and_dead_links_do_no_harm(self, tree: Path, target: str):
        fill(tree, folder__file="1")
        (tree / "folder" / "up").symlink_to("..")
        (tree / "link").symlink_to(target)
        contents, tally = read(".")
        assert contents == {b"folder/file": b"1", b"folder/up": b"..", b"link": target.encode()}
        assert not tally.problems

    def test_one_that_is_an_argument_is_followed(self, tree: Path):
        fill(tree, real__file="content")
        (tree / "folder").symlink_to("real")
        (tree / "file").symlink_to("real/file")
        assert read("folder")[0] == {b"folder/file": b"content"}
        assert read("file")[0] == {b"file": b"content"}

    def test_a_dead_one_as_an_argument_is_a_problem(self, tree: Path):
        (tree / "dead").symlink_to("nowhere")
        assert messages(read("dead")[1]) == ["dead: a symbolic link that leads nowhere"]


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ([".", "a"], [b"a/x", b"b"]),
        (["a", "."], [b"a/x", b"b"]),
        (["a", "a"], [b"a/x"]),
        (["a", "./a", "a/"], [b"a/x"]),
        (["b", "b", "a/x", "."], [b"b", b"a/x"]),
        (["link", "a"], [b"link/x"]),
    ],
)
@posix
def test_overlapping_arguments_are_read_once(tree: Path, arguments: list[str], expected: list[bytes]):
    fill(tree, a__x="1", b="2")
    (tree / "link").symlink_to("a")
    contents, tally = read(*arguments, exclude=["/link"] if "." in arguments else [])
    assert list(contents) == expected
    assert tally.files == len(expected)


@pytest.mark.parametrize("argument", ["missing", "file/below", "missing/*.py"])
def test_a_path_that_does_not_exist_is_a_usage_error_before_anything_is_read(tree: Path, argument: str):
    fill(tree, file="x")
    tally = Tally()
    with pytest.raises(UsageError, match="no such file or folder"):
        walk(["file", argument], tally)
    assert tally.files == 0


@pytest.mark.parametrize("argument", ["", "a\0b"])
def test_an_argument_that_can_be_no_path_is_a_usage_error(argument: str):
    with pytest.raises(UsageError):
        walk([argument], Tally())


def as_somebody(function):
    """Run as a user whom permissions bind; root is bound by none."""
    if os.geteuid():
        return function()
    os.seteuid(65534)
    try:
        return function()
    finally:
        os.seteuid(0)


@posix
def test_what_may_not_be_read_is_a_problem_and_the_rest_is_read(tmp_path: Path):
    fill(tmp_path, closed__inside="1", file="2", open="3")
    for path in [*tmp_path.parents][:3]:
        path.chmod(0o755)
    tmp_path.chmod(0o755)
    (tmp_path / "closed").chmod(0)
    (tmp_path / "file").chmod(0)
    (tmp_path / "open").chmod(0o644)
    contents, tally = as_somebody(lambda: read(tmp_path))
    (tmp_path / "closed").chmod(0o755)
    assert [os.path.basename(path) for path in contents] == [b"open"]
    assert [(os.path.basename(problem.where), problem.message) for problem in tally.problems] == [
        ("closed", "permission denied"),
        ("file", "permission denied"),
    ]
    assert all(problem.remedy for problem in tally.problems)


def test_a_file_that_vanishes_between_listing_and_reading_is_a_problem(tree: Path):
    fill(tree, a="1", b="2", c="3")
    tally, seen = Tally(), []
    for chunk in walk(["."], tally):
        seen.append(chunk.origin.path)
        (tree / "b").unlink(missing_ok=True)
    assert seen == [b"a", b"c"]
    assert messages(tally) == ["b: vanished before it was read"]


def test_a_folder_that_vanishes_is_a_problem(tree: Path):
    fill(tree, a="1", b__c="2")
    tally = Tally()
    for _ in walk(["."], tally):
        (tree / "b" / "c").unlink()
        (tree / "b").rmdir()
    assert messages(tally) == ["b: vanished before it was read"]


@posix
def test_a_file_replaced_by_a_link_or_a_pipe_is_not_followed(tree: Path):
    (tree.parent / "outside").write_text("not to be read")
    fill(tree, a="1", b="2", c="3")
    tally, contents = Tally(), []
    for chunk in walk(["."], tally):
        contents.append(chunk.data)
        (tree / "b").unlink(missing_ok=True)
        (tree / "b").symlink_to("../outside")
        (tree / "c").unlink(missing_ok=True)
        os.mkfifo("c")
    assert contents == [b"1"]
    assert messages(tally)[0] == "b: became a symbolic link while the folder was read"


def test_a_file_that_shrinks_while_it_is_read_is_a_problem(tree: Path):
    size = 3 * reading.SIZE
    (tree / "log").write_bytes(b"x" * size)
    tally = Tally()
    for _ in walk(["."], tally):
        os.truncate("log", reading.SIZE)
    assert len(tally.problems) == 1
    assert "shrank while it was read" in tally.problems[0].message
    assert tally.problems[0].remedy


def test_a_file_that_grows_a_little_is_read_to_its_end(tree: Path):
    (tree / "log").write_bytes(b"x" * (reading.SIZE + 10))
    tally, last = Tally(), b""
    for chunk in walk(["."], tally):
        if not tally.problems and chunk.offset == 0:
            with open("log", "ab") as stream:
                stream.write(b"the end")
        last = chunk.data
    assert last.endswith(b"the end")
    assert not tally.problems


def test_a_file_that_grows_for_ever_ends_as_a_problem(tree: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "GROWTH", 2 * reading.SIZE)
    (tree / "log").write_bytes(b"x" * (reading.SIZE + 10))
    tally = Tally()
    with open("log", "ab") as stream:
        for _ in walk(["."], tally):
            stream.write(b"y" * reading.SIZE)
            stream.flush()
    assert "grew faster than it could be read" in tally.problems[0].message


@pytest.mark.parametrize(
    "size", [1, 2, reading.SMALL - 1, reading.SMALL, reading.SMALL + 1, 2 * reading.SMALL, reading.SIZE, reading.SIZE + 1]
)
def test_every_size_is_read_whole(tree: Path, size: int):
    content = os.urandom(size)
    (tree / "file").write_bytes(content)
    tally = Tally()
    whole = bytearray()
    chunks = []
    for chunk in walk(["."], tally):
        whole[chunk.offset :] = chunk.data
        chunks.append(chunk)
    assert bytes(whole) == content
    assert tally.bytes == size
    assert [chunk.last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert len(chunks) == (2 if size > reading.SIZE else 1)
    assert not tally.problems


def test_windows_of_a_large_file_know_their_first_line(tree: Path):
    line = b"0123456789abcde\n"
    (tree / "file").write_bytes(line * (3 * reading.SIZE // len(line)))
    for chunk in walk(["."], Tally()):
        assert chunk.offset % len(line) == 0
        assert chunk.line == chunk.offset // len(line) + 1


def test_max_size_leaves_out_larger_files_and_counts_them(tree: Path):
    fill(tree, a="x" * 10, b="x" * 11)
    (tree / "c").write_bytes(b"x" * reading.SMALL * 3)
    contents, tally = read(".", max_size=10)
    assert list(contents) == [b"a"]
    assert tally.skipped == {("file", reading.TOO_LARGE): 2}
    assert list(read(".", max_size=reading.SMALL * 3)[0]) == [b"a", b"b", b"c"]


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\xff" * 50, "\ufeffkey = 1\n".encode("utf-16"), b"\n" * 9, bytes(range(256))],
    ids=["binary", "utf-16", "lines", "all bytes"],
)
def test_bytes_pass_unchanged(tree: Path, content: bytes):
    (tree / "file").write_bytes(content)
    assert read(".")[0] == {b"file": content}


@posix
def test_five_thousand_folders_deep(tree: Path):
    """Deeper than Python recurses and than a path may be long."""
    here = os.open(".", os.O_RDONLY)
    for level in range(5000):
        os.mkdir("d" if level % 2 else "longer name", dir_fd=here)
        deeper = os.open("d" if level % 2 else "longer name", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    fd = os.open("file", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=here)
    os.write(fd, b"found")
    os.close(fd)
    os.symlink("file", "link", dir_fd=here)
    os.close(here)
    try:
        contents, tally = read(".")
    finally:
        subprocess.run(["rm", "-rf", tree], check=True)  # shutil would recurse
    assert sorted(contents.values()) == [b"file", b"found"]
    assert not tally.problems


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tree: Path):
    fill(tree, a="1")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"from a pipe")))
    tally = Tally()
    chunks = list(walk(["-", "a"], tally))
    assert [(chunk.data, chunk.origin.kind) for chunk in chunks] == [(b"from a pipe", "stdin"), (b"1", "file")]
    assert tally.files == 2


class TestGitDirectories:
    @pytest.fixture
    def kinds(self, repo: Repo):
        """A function: path below the repository to kind, for a scan of a folder."""

        def read_kinds(folder: Path, **options) -> tuple[dict[str, str], Tally]:
            tally = Tally()
            chunks: list[Chunk] = list(walk([os.fsencode(folder)], tally, **options))
            return {os.path.relpath(os.fsdecode(chunk.origin.path), folder): chunk.origin.kind for chunk in chunks}, tally

        return read_kinds

    def test_settings_and_hooks_are_read_and_stores_are_not(self, repo: Repo, kinds):
        repo.add("file", "content")
        repo.write(".git/hooks/pre-push", "#!/bin/sh\n")
        repo.write(".git/hooks/old.sample", "#!/bin/sh\n")
        repo.write(".git/credentials", "a text file that somebody left here")
        found, tally = kinds(repo.path)
        assert found[".git/config"] == "config"
        assert found[".git/hooks/pre-push"] == "hook"
        assert found[".git/credentials"] == "file"
        assert not [path for path in found if path.startswith((".git/objects", ".git/logs", ".git/refs", ".git/index"))]
        assert not [path for path in found if path.endswith(".sample")]
        assert tally.skipped["git store", gitdir.WHY_STORE] == 1

    def test_bare_repository_as_argument(self, repo: Repo, kinds, tmp_path: Path):
        repo.add("file", "content")
        repo.clone(tmp_path / "bare.git", "--bare")
        found, _ = kinds(tmp_path / "bare.git")
        assert found["config"] == "config"
        assert not [path for path in found if path.startswith("objects")]

    def test_submodule(self, repo: Repo, kinds, tmp_path: Path):
        repo.add("file", "content")
        outer = type(repo).init(tmp_path / "outer")
        outer.git("submodule", "--quiet", "add", repo.path.as_uri(), "sub")
        found, _ = kinds(outer.path)
        assert found[".git/modules/sub/config"] == "config"
        assert found["sub/.git"] == "file"
        assert not [path for path in found if "/objects/" in path]

    def test_linked_worktree_reads_the_settings_it_shares(self, repo: Repo, kinds, tmp_path: Path):
        repo.add("file", "content")
        repo.git("worktree", "add", "-q", "-b", "other", tmp_path / "linked")
        found, _ = kinds(tmp_path / "linked")
        assert found["file"] == "file"
        assert found["../repo/.git/config"] == "config"
        assert not [path for path in found if path.endswith(("/index", "/objects"))]
        assert "../repo/file" not in found

    def test_a_folder_that_is_called_git_and_is_none_is_read(self, tree: Path):
        fill(tree, _dot_git__objects__file="1", _dot_git__config="2")
        assert list(read(".")[0]) == [b".git/config", b".git/objects/file"]


class TestRespectGitignore:
    def test_ignored_files_are_left_out_untracked_ones_are_not(self, repo: Repo, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.chdir(repo.path)
        repo.add(".gitignore", "*.log\n/build/\n")
        repo.write("forced.log", "tracked although ignored")
        repo.stage("forced.log")
        repo.add("gone", "x")
        (repo.path / "gone").unlink()
        repo.write("a.log", "1")
        repo.write("build/b", "2")
        repo.write("src/new", "3")
        repo.write("src/b.log", "4")
        contents, tally = read(".", respect_gitignore=True, exclude=[".git/"])
        assert list(contents) == [b".gitignore", b"forced.log", b"src/new"]
        assert not tally.problems
        assert list(read("src", respect_gitignore=True)[0]) == [b"src/new"]
        assert b".git/config" in read(".", respect_gitignore=True)[0]

    def test_repositories_within_have_their_own_rules(self, repo: Repo, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.chdir(repo.path.parent)
        repo.write(".gitignore", "skip\n")
        repo.write("skip", "1")
        inner = type(repo).init(repo.path / "inner")
        inner.write(".gitignore", "other\n")
        inner.write("other", "2")
        inner.write("kept", "3")
        contents, _ = read(".", respect_gitignore=True, exclude=[".git/"])
        assert list(contents) == [b"repo/.gitignore", b"repo/inner/.gitignore", b"repo/inner/kept"]

    def test_outside_of_a_repository_everything_is_read(self, tree: Path):
        fill(tree, _dot_gitignore="a", a="1")
        assert list(read(".", respect_gitignore=True)[0]) == [b".gitignore", b"a"]

    @posix
    def test_a_tracked_folder_that_is_now_a_link_does_not_lead_out(self, repo: Repo, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.chdir(repo.path)
        repo.add("folder/file", "1")
        repo.git("mv", "-k", "folder", "elsewhere")
        repo.git("reset", "-q")
        (repo.path / "elsewhere" / "file").unlink()
        (repo.path.parent / "outside").mkdir()
        (repo.path.parent / "outside" / "file").write_text("not to be read")
        (repo.path / "folder").symlink_to("../outside")
        contents, _ = read(".", respect_gitignore=True, exclude=[".git/"])
        assert contents == {b"folder": b"../outside"}


@pytest.mark.parametrize(
    "globs, expected",
    [
        (["*.log"], [b"a/b/c.py", b"a/d.py", b"e.py"]),
        (["a"], [b"e.py", b"f.log"]),
        (["a/"], [b"e.py", b"f.log"]),
        (["/a/b"], [b"a/d.py", b"a/g.log", b"e.py", b"f.log"]),
        (["b/**"], [b"a/b/c.py", b"a/d.py", b"a/g.log", b"e.py", b"f.log"]),
        (["**/b/**", "./e.py"], [b"a/d.py", b"a/g.log", b"f.log"]),
        (["a/*.py"], [b"a/b/c.py", b"a/g.log", b"e.py", b"f.log"]),
        (["a/**/*.py"], [b"a/g.log", b"e.py", b"f.log"]),
        (["?.[!p]*"], [b"a/b/c.py", b"a/d.py", b"e.py"]),
        (["*"], []),
        (["A"], [b"a/b/c.py", b"a/d.py", b"a/g.log", b"e.py", b"f.log"]),
        (["e.py/"], [b"a/b/c.py", b"a/d.py", b"a/g.log", b"e.py", b"f.log"]),
    ],
)
def test_exclude(tree: Path, monkeypatch: pytest.MonkeyPatch, globs: list[str], expected: list[bytes]):
    for path in ("a/b/c.py", "a/d.py", "a/g.log", "e.py", "f.log"):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text("x")
    contents, tally = read(".", exclude=globs)
    assert list(contents) == expected
    assert bool(tally.skipped) == (len(expected) < 5)
    monkeypatch.chdir("/")
    below = {path.partition(b"tree/")[2] for path in read(tree, exclude=globs)[0]}
    assert below == set(expected)  # the same from the scanned folder, wherever one stands


@pytest.mark.parametrize("argument", [".", "a", "a/b", "a/b/c.py"])
def test_globs_of_a_configuration_count_from_its_folder_wherever_the_scan_starts(
    tree: Path, monkeypatch: pytest.MonkeyPatch, argument: str
):
    fill(tree, a__b__c="1", a__d="2")
    (tree / "a" / "b" / "c.py").write_text("3")
    expected, _ = read(argument, exclude=["a/b/c.py"], base=tree)
    assert [path for path in (b"a/b/c", b"a/d") if path.startswith(argument.encode().strip(b"."))] == list(expected)
    monkeypatch.chdir(tree / "a")
    assert list(read(".", exclude=["a/b/*"], base=tree)[0]) == [b"d"]
    assert list(read(".", exclude=["a/b/*"])[0]) == [b"b/c", b"b/c.py", b"d"]


class TestOurOwnCache:
    """What leakstop keeps for itself is made of what it looks for, and no file of the user's."""

    @pytest.fixture
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "home" / ".cache" / "leakstop"
        monkeypatch.setenv("LEAKSTOP_CACHE", str(folder))
        assert store.write("index-0", b"an index")
        monkeypatch.chdir(tmp_path / "home")
        return folder

    def left_out(self) -> tuple[list[bytes], dict[tuple[str, str], int]]:
        contents, tally = read(".")
        return list(contents), tally.skipped

    def test_is_left_out_and_told(self, cache: Path):
        assert self.left_out() == ([], {("file", "of leakstop's own cache"): 1})

    def test_is_known_in_other_homes_too(self, cache: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.delenv("LEAKSTOP_CACHE")
        assert self.left_out()[0] == []

    @pytest.mark.parametrize("name", ["index-1", "notes", "hyperscan-1"])
    def test_what_is_no_entry_is_read(self, cache: Path, name: str):
        (cache / name).write_bytes(b"a file of the user's")
        assert self.left_out()[0] == [b".cache/leakstop/" + name.encode()]

    def test_a_changed_entry_is_read(self, cache: Path):
        with (cache / "index-0").open("ab") as file:
            file.write(b" and something else")
        assert self.left_out()[0] == [b".cache/leakstop/index-0"]

    def test_a_copy_elsewhere_is_read(self, cache: Path):
        shutil.copy(cache / "index-0", "index-0")
        assert self.left_out()[0] == [b"index-0"]

    def test_an_entry_that_is_named_is_read(self, cache: Path):
        assert list(read(cache / "index-0")[0]) == [os.fsencode(cache / "index-0")]

    def test_all_kinds_are_known(self, repo: Repo, cache: Path):
        """What a hook leaves there, and what a history does."""
        repo.add("token", f"token = {fake('github-pat')}\n")
        repo.write("token", f"token = {fake('github-pat', 1)}\n")
        repo.stage()
        assert run_cli("staged", cwd=repo.path, env={"LEAKSTOP_CACHE": str(cache)}).code == 1
        remembered = (
            Remembered.of(open_repository(repo.path), RuleSet((), ""), None, 20).name,
            Unchanged([b"."], Settings(RuleSet((), "")), 0).name,
        )
        names = [os.fsencode(name) for name in (*os.listdir(cache), *remembered)]
        assert {kind for kind in store.KINDS for name in names if name.startswith(kind)} == set(store.KINDS)
        assert all(name.startswith(store.KINDS) for name in names)
        assert self.left_out()[0] == []
