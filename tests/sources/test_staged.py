"""What a commit would add, no more and no less."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from helpers import PACKAGE_PARENT, Repo, numbered

from leakstop.errors import SourceError
from leakstop.git.plumbing import open_repository
from leakstop.model import Tally
from leakstop.sources.staged import staged

if TYPE_CHECKING:
    from pathlib import Path

ALL = "all"


class Seen(NamedTuple):
    """What the source gives."""

    content: dict[bytes, bytes]
    lines: dict[bytes, set[int] | str]
    names: list[bytes]
    tally: Tally


def see(path: Path | str) -> Seen:
    tally = Tally()
    content: dict[bytes, bytes] = {}
    lines: dict[bytes, set[int] | str] = {}
    names = []
    for chunk in staged(open_repository(str(path)), tally):
        if chunk.origin.kind == "path":
            assert chunk.data == chunk.origin.path
            names.append(chunk.data)
            continue
        assert chunk.origin.kind == "index"
        assert chunk.origin.path not in content
        content[chunk.origin.path] = chunk.data
        lines[chunk.origin.path] = (
            ALL if chunk.added is None else {line for first, last in chunk.added for line in range(first, last + 1)}
        )
    return Seen(content, lines, names, tally)


def clean(seen: Seen) -> bool:
    return not seen.content and not seen.names and not seen.tally.problems


@pytest.fixture
def base(repo: Repo) -> Repo:
    """Two commits' worth of files."""
    for name in ("one", "two", "three"):
        repo.write(name, name + "\n" + numbered(50))
    repo.stage()
    repo.commit()
    return repo


# ---- content and lines


def test_nothing_staged(base: Repo) -> None:
    """The working tree does not count, tracked or not."""
    base.write("one", "changed, not added")
    base.write("untracked", "new")
    assert clean(see(base.path))


def test_the_index_counts(base: Repo) -> None:
    """What was added, though the working tree has changed again since."""
    base.write("one", "one\n" + numbered(50) + "staged\n")
    base.stage()
    base.write("one", "something else")
    seen = see(base.path)
    assert seen.content == {b"one": b"one\n" + numbered(50).encode() + b"staged\n"}
    assert seen.lines == {b"one": {52}}
    assert seen.names == []
    assert (seen.tally.files, seen.tally.bytes) == (1, len(seen.content[b"one"]))


def test_blob_id_is_told(base: Repo) -> None:
    """For the report."""
    base.write("new", "new")
    base.stage()
    [name, content] = staged(open_repository(str(base.path)), Tally())
    assert (name.origin.kind, name.origin.path, name.data) == ("path", b"new", b"new")
    assert content.origin.blob == base.rev(":new")


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_first_commit(tmp_path: Path, object_format: str) -> None:
    """Against nothing, all of it is new."""
    repo = Repo.init(tmp_path / "fresh", f"--object-format={object_format}")
    assert clean(see(repo.path))
    repo.write("a", "1\n2\n")
    repo.stage()
    seen = see(repo.path)
    assert (seen.content, seen.lines, seen.names) == ({b"a": b"1\n2\n"}, {b"a": ALL}, [b"a"])


def test_exact_bytes(base: Repo) -> None:
    """Line ends, missing newlines, NUL, invalid UTF-8, attributes: nothing is converted."""
    contents = {
        b"crlf": b"a\r\nb\r\n",
        b"no newline": b"a\nb",
        b"nul": b"a\0b\n" * 3,
        b"late nul": b"a\n" * 9000 + b"\0",
        b"latin": b"\xe9\xff\n",
        b"wide": "text\n".encode("utf-16"),
        b"ident": b"$Id$\n",
        b'name\nwith "quotes" \t\\ and \xff\x1b[31m': b"odd\n",
        b"-dash": b"-\n",
        b":(top)magic": b"*\n",
        b".gitattributes": b"* text=auto eol=crlf ident\nwide working-tree-encoding=UTF-16\n",
    }
    for name, content in contents.items():
        oid = base.git("hash-object", "-w", "--stdin", input=content).decode().strip()
        base.git("update-index", "-z", "--index-info", input=f"100644 {oid}\t".encode() + name + b"\0")
    seen = see(base.path)
    assert seen.content == contents
    assert sorted(seen.names) == sorted(contents)
    assert set(seen.lines.values()) == {ALL}


@pytest.mark.parametrize("seed", range(6))
def test_random_edits(repo: Repo, seed: int) -> None:
    """Whatever is staged, content and lines are those that git shows."""
    rng = random.Random(seed)
    words = [b"", b"x", b"y\r", b"+z", b"-w", b"@@ -1 +1 @@", b"\xff", b"longer line of text"]

    def edit(old: bytes) -> bytes:
        lines = old.split(b"\n")
        for _ in range(rng.randrange(4)):
            at = rng.randrange(len(lines) + 1)
            lines[at : at + rng.randrange(3)] = rng.choices(words, k=rng.randrange(4))
        return b"\n".join(lines) + b"\n" * rng.randrange(2)

    for name in "abcdefgh":
        repo.write(name, edit(b"\n".join(rng.choices(words, k=20))))
    repo.stage()
    repo.commit()
    for name in "abcdefg":
        repo.write(name, edit((repo.path / name).read_bytes()))
    (repo.path / "h").rename(repo.path / "new")
    repo.stage()
    seen = see(repo.path)
    for path, content in seen.content.items():
        assert content == repo.git("show", b":" + path)
        if path == b"new":
            continue
        expected = set()
        for line in repo.git("diff", "--cached", "-U0", "--", path).split(b"\n"):
            if line.startswith(b"@@"):
                start, _, count = line.split(b"+")[1].split(b" ")[0].partition(b",")
                expected |= set(range(int(start), int(start) + int(count or b"1")))
        assert seen.lines[path] == expected
    changed = {path for path in repo.git("diff", "--cached", "--name-only", "-z").split(b"\0") if path}
    removed_only = {path for path in changed if repo.git("diff", "--cached", "--numstat", "--", path).startswith(b"0\t")}
    assert changed - removed_only - {b"h", b"new"} == seen.content.keys() - {b"new"}


# ---- kinds of changes


def test_renames_and_copies(base: Repo) -> None:
    """Only lines that were really added count; the new name counts as well."""
    base.git("mv", "one", "moved")
    base.git("mv", "two", "folder-two")
    base.write("folder-two", "two\n" + numbered(50) + "more\n")
    base.write("copy", "three\n" + numbered(50))
    base.write("three", "three\n" + numbered(50) + "and more\n")
    base.stage()
    seen = see(base.path)
    assert seen.lines == {b"folder-two": {52}, b"three": {52}}
    assert sorted(seen.names) == [b"copy", b"folder-two", b"moved"]


def test_nothing_is_added(base: Repo) -> None:
    """By deletions, by modes, by lines taken away, by an empty file's content, by intent to add."""
    base.remove("one")
    (base.path / "two").chmod(0o755)
    base.write("three", "three\n" + numbered(40))
    base.write("empty", "")
    base.stage("two", "three", "empty")
    base.write("intended", "not yet\n")
    base.git("add", "-N", "intended")
    seen = see(base.path)
    assert seen.content == {}
    assert seen.names == [b"empty"]
    assert not seen.tally.problems


def test_symlinks_and_type_changes(base: Repo) -> None:
    """The target is the text of a symlink."""
    (base.path / "link").symlink_to("https://user:password@host/")
    (base.path / "one").unlink()
    (base.path / "one").symlink_to("target")
    base.stage()
    seen = see(base.path)
    assert seen.content == {b"link": b"https://user:password@host/", b"one": b"target"}
    assert seen.names == [b"link"]


def test_submodules_are_counted(base: Repo, tmp_path: Path) -> None:
    """A commit id is no text; the name and .gitmodules are."""
    inner = Repo.init(tmp_path / "inner")
    inner.add("a", "a")
    base.git("submodule", "add", "-q", inner.path.as_uri(), "module")
    seen = see(base.path)
    assert list(seen.content) == [b".gitmodules"]
    assert sorted(seen.names) == [b".gitmodules", b"module"]
    assert sum(seen.tally.skipped.values()) == 1
    assert not seen.tally.problems


def test_sparse_index(base: Repo) -> None:
    """Folders that are not checked out are part of the index as well."""
    for name in ("inside/a", "outside/b"):
        base.write(name, name)
    base.stage()
    base.commit()
    base.git("sparse-checkout", "init", "--cone", "--sparse-index")
    base.git("sparse-checkout", "set", "inside")
    base.write("inside/a", "changed\n")
    base.stage("inside/a")
    assert b"outside/\n" in base.git("ls-files", "--sparse")
    assert see(base.path).content == {b"inside/a": b"changed\n"}


@pytest.mark.parametrize("attribute", ["-diff", "binary", "diff=driver", "-text"])
def test_attributes_hide_nothing(base: Repo, attribute: str) -> None:
    """A file marked as binary is compared line by line all the same."""
    base.git("config", "diff.driver.binary", "true")
    base.write(".gitattributes", f"* {attribute}\n")
    base.write("one", "new first\none\n" + numbered(50) + "new last\n")
    base.stage()
    assert see(base.path).lines == {b".gitattributes": ALL, b"one": {1, 53}}


def test_binary_content(base: Repo) -> None:
    """A changed file with NUL bytes: the lines that its old version does not have."""
    base.write("data", b"\0\nold secret\n" + bytes(range(256)))
    base.stage()
    base.commit()
    base.write("data", b"\0\nold secret\nnew\n" + bytes(range(256)))
    base.stage()
    assert see(base.path).lines == {b"data": {3}}


# ---- size


def test_large_file_in_windows(base: Repo) -> None:
    """A new file beyond the window comes in pieces that overlap; nothing of it is lost."""
    data = b"".join(b"%d line\n" % number for number in range(1_500_000))
    base.write("large", data)
    base.stage()
    tally = Tally()
    chunks = [chunk for chunk in staged(open_repository(str(base.path)), tally) if chunk.origin.kind == "index"]
    assert len(chunks) == 3
    assert [chunk.last for chunk in chunks] == [False, False, True]
    for chunk in chunks:
        assert data[chunk.offset : chunk.offset + len(chunk.data)] == chunk.data
        assert chunk.line == data.count(b"\n", 0, chunk.offset) + 1
    assert all(one.offset + len(one.data) > two.offset for one, two in itertools.pairwise(chunks))
    assert chunks[-1].offset + len(chunks[-1].data) == len(data)
    assert (tally.files, tally.bytes) == (1, len(data))


def test_small_change_of_a_large_file(base: Repo) -> None:
    """Beyond the size that git compares by itself, only the changed lines count."""
    lines = [b"%d line" % number for number in range(1_000_000)]
    base.write("large", b"\n".join(lines))
    base.stage()
    base.commit()
    lines[700_000:700_000] = [b"new"]
    base.write("large", b"\n".join(lines))
    base.stage()
    found = [chunk for chunk in staged(open_repository(str(base.path)), Tally()) if chunk.origin.kind == "index"]
    assert {chunk.added for chunk in found} == {((700_001, 700_001),)}


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak of a started process is known on Linux only")
def test_memory_stays_bounded(base: Repo) -> None:
    """Whatever the size, only a window or two are held."""
    base.write("large", random.Random(1).randbytes(1 << 20) * 100)
    base.stage()
    code = (
        "from leakstop.git.plumbing import open_repository\nfrom leakstop.model import Tally\n"
        "from leakstop.sources.staged import staged\ntally = Tally()\n"
        "for chunk in staged(open_repository('.'), tally): pass\n"
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(tally.bytes >> 20, int(peak.split()[1]) >> 10)\n"
    )
    env = {**os.environ, "PYTHONPATH": PACKAGE_PARENT}
    done = subprocess.run([sys.executable, "-c", code], cwd=base.path, env=env, capture_output=True, text=True, check=True)
    megabytes, peak = map(int, done.stdout.split())
    assert megabytes == 100
    assert peak < 80


# ---- merges and other work in progress


def diverged(repo: Repo) -> None:
    """Two branches that changed other parts of a file, and a merge of them that stops before the commit."""
    text = numbered(60)
    repo.add("file", text)
    repo.switch("side", create=True)
    repo.write("theirs", "theirs\n")
    repo.stage()
    repo.add("file", text + "their secret\n")
    repo.switch("main")
    repo.add("file", "our secret\n" + text)
    repo.merge("side", options=("--no-commit",))


def test_merge_in_progress(repo: Repo) -> None:
    """What either side has is not new; what the merge itself brings is."""
    diverged(repo)
    assert clean(see(repo.path))
    repo.write("file", "our secret\n" + numbered(60) + "their secret\nthe merge's own\n")
    repo.write("evil", "added by the merge\n")
    repo.write("theirs", "changed by the merge\n")
    repo.stage()
    seen = see(repo.path)
    assert seen.lines == {b"file": {63}, b"evil": ALL, b"theirs": {1}}
    assert seen.names == [b"evil"]
    repo.git("commit", "-q", "-m", "merged")
    assert clean(see(repo.path))


def test_octopus_in_progress(repo: Repo) -> None:
    """Against three parents."""
    repo.add("file", numbered(30))
    for name in ("a", "b"):
        repo.git("checkout", "-q", "-b", name, "main")
        repo.add(name, f"{name}\n")
    repo.switch("main")
    repo.add("m", "m\n")
    repo.merge("a", "b", options=("--no-commit",))
    assert clean(see(repo.path))
    repo.write("a", "a\nnew\n")
    repo.stage()
    assert see(repo.path).lines == {b"a": {2}}


def test_unmerged_files(repo: Repo) -> None:
    """Nothing can be committed yet, which is said; versions that no parent has are read."""
    repo.add("file", "base\n")
    repo.switch("side", create=True)
    picked = repo.add("file", "their secret\n")
    repo.switch("main")
    repo.add("file", "ours\n")
    repo.merge("side", check=False)
    seen = see(repo.path)
    assert seen.content == {}
    assert "unmerged" in seen.tally.problems[0].message
    repo.git("merge", "--abort")
    repo.write("sub/dir/x", "x")
    repo.git("cherry-pick", picked, check=False)
    seen = see(repo.path / "sub" / "dir")
    assert seen.content == {b"file": b"their secret\n"}
    assert len(seen.tally.problems) == 1


# ---- the hook


HOOK = """#!/bin/sh
exec "{python}" -c '
import sys
sys.path.insert(0, "{package}")
from leakstop.git.plumbing import open_repository
from leakstop.model import Tally
from leakstop.sources.staged import staged
tally = Tally()
for chunk in staged(open_repository("."), tally):
    if chunk.origin.kind == "index":
        print(chunk.origin.path.decode(), chunk.added, file=open("{log}", "a"))
assert not tally.problems
'
"""


@pytest.fixture
def hooked(base: Repo, tmp_path: Path) -> tuple[Repo, Path]:
    """A repository with a real pre-commit hook that writes down what it sees."""
    log = tmp_path / "log"
    hook = base.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(python=sys.executable, package=PACKAGE_PARENT, log=log))
    hook.chmod(0o755)
    return base, log


def committed(repo: Repo, log: Path, *args: str) -> list[str]:
    log.write_text("")
    repo.git("commit", "-q", "-m", "x", *args)
    return log.read_text().splitlines()


def test_hook_of_all_kinds_of_commits(hooked: tuple[Repo, Path]) -> None:
    """A hook sees the index that will be committed: partial commits, --all, --amend, from a folder below."""
    repo, log = hooked
    repo.write("one", "one\n" + numbered(50) + "a\n")
    repo.write("two", "two\n" + numbered(50) + "a\n")
    repo.stage("two")
    assert committed(repo, log, "one") == ["one ((52, 52),)"]  # only this, though two is staged
    assert committed(repo, log) == ["two ((52, 52),)"]
    repo.write("three", "new\nthree\n" + numbered(50))
    repo.write("untracked", "x")
    assert committed(repo, log, "--all") == ["three ((1, 1),)"]
    repo.write("deep/down/file", "x\n")
    repo.stage("deep")
    below = Repo(repo.path / "deep" / "down")
    assert committed(below, log, "--amend") == ["deep/down/file None"]
    repo.write("one", "first\none\n" + numbered(50) + "a\n")
    repo.write("deep/down/file", "x\ny\n")
    assert committed(below, log, "--include", "file") == ["deep/down/file ((2, 2),)"]


def test_hook_in_a_linked_worktree(hooked: tuple[Repo, Path], tmp_path: Path) -> None:
    """Where git gives the hook its directories by environment variables."""
    repo, log = hooked
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    linked.write("one", "one\n" + numbered(50) + "a\n")
    linked.write("two", "changed")
    linked.stage("one")
    repo.write("three", "not here")
    repo.stage("three")
    assert committed(linked, log) == ["one ((52, 52),)"]
    assert committed(linked, log, "two") == ["two ((1, 1),)"]


def test_other_index_file(base: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """GIT_INDEX_FILE alone, as `git commit -a` sets it."""
    monkeypatch.chdir(base.path)
    base.git("read-tree", "HEAD", GIT_INDEX_FILE="other")
    base.write("two", "x\n")
    base.git("add", "two", GIT_INDEX_FILE="other")
    monkeypatch.setenv("GIT_INDEX_FILE", "other")
    assert see(".").content == {b"two": b"x\n"}


def test_from_outside_the_work_tree(base: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GIT_DIR and GIT_WORK_TREE say where it is, as for git."""
    base.write("two", "x\n")
    base.stage("two")
    monkeypatch.setenv("GIT_DIR", str(base.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(base.path))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert see(".").content == {b"two": b"x\n"}


def test_packed_content(base: Repo) -> None:
    """Content that git already has in a pack is not written loose again."""
    base.write("one", "old content\n")
    base.stage()
    base.commit()
    base.write("one", "one\n" + numbered(50))
    base.stage()
    base.commit()
    base.git("gc", "-q")
    base.write("one", "old content\n")
    base.stage()
    assert see(base.path).content == {b"one": b"old content\n"}


def test_objects_in_another_directory(base: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GIT_OBJECT_DIRECTORY with the repository's own objects as alternates, as in a quarantine."""
    (tmp_path / "objects").mkdir()
    monkeypatch.chdir(base.path)
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "objects"))
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(base.path / ".git" / "objects"))
    base.write("new", "new\n")
    base.stage("new")
    assert not (base.path / ".git/objects" / base.rev(":new")[:2] / base.rev(":new")[2:]).exists()
    assert see(".").content == {b"new": b"new\n"}


# ---- failures


def test_bare_repository(base: Repo, tmp_path: Path) -> None:
    """Nothing can be staged there."""
    bare = base.clone(tmp_path / "bare", "--bare")
    with pytest.raises(SourceError, match="bare"):
        see(bare.path)


@pytest.mark.parametrize("keep", [4, 12, 40, 100, -60])
def test_damaged_index(base: Repo, keep: int) -> None:
    """Nothing is known then; git does not look at the checksum of an index."""
    index = base.path / ".git/index"
    index.write_bytes(index.read_bytes()[:keep].ljust(index.stat().st_size, b"\0"))
    with pytest.raises(SourceError, match="damaged") as caught:
        see(base.path)
    assert caught.value.remedy


def loose(repo: Repo, name: str) -> Path:
    oid = repo.rev(name)
    path = repo.path / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("how", ["cut off", "garbled", "missing", "empty"])
@pytest.mark.parametrize("kind", ["text", "binary"])
def test_unreadable_content(base: Repo, how: str, kind: str) -> None:
    """One file that cannot be read is a problem; the others are read, and their new lines are known."""
    data = random.Random(1).randbytes(100_000)
    base.write("bad", data if kind == "binary" else data.hex())
    base.write("one", "one\n" + numbered(50) + "new\n")
    base.stage()
    path = loose(base, ":bad")
    data = path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes({"cut off": data[:-1000], "garbled": data[:5000] + b"\0" * 99 + data[5099:], "empty": b""}[how])
    seen = see(base.path)
    assert seen.lines[b"one"] == {52}
    assert seen.names == [b"bad"]
    [problem] = seen.tally.problems
    assert problem.where == "bad"
    assert problem.remedy


def test_missing_old_version(base: Repo) -> None:
    """Without the version in HEAD all lines of a file count as new: more is read, not less."""
    base.write("one", "one\n" + numbered(50) + "new\n")
    base.stage()
    loose(base, "HEAD:one").unlink()
    seen = see(base.path)
    assert seen.lines == {b"one": ALL}
    assert not seen.tally.problems


def test_no_heavy_imports(base: Repo) -> None:
    """The hook's path: none of the modules that cost milliseconds."""
    code = (
        "import sys\nfrom leakstop.git.plumbing import open_repository\nfrom leakstop.model import Tally\n"
        "from leakstop.sources.staged import staged\nlist(staged(open_repository('.'), Tally()))\n"
        "print(*sys.modules)\n"
    )
    base.write("new", "new")
    base.stage()
    env = {**os.environ, "PYTHONPATH": PACKAGE_PARENT}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {PACKAGE_PARENT!r})\n{code}"],
        cwd=base.path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    heavy = {
        "subprocess",
        "tempfile",
        "pathlib",
        "logging",
        "dataclasses",
        "inspect",
        "datetime",
        "signal",
        "threading",
        "shutil",
        "random",
    }
    assert not loaded & heavy
    assert not {name for name in loaded if name.startswith(("numpy", "git.", "regex", "hyperscan"))}
