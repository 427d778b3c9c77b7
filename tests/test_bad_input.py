"""What goes wrong, each with its exit code and its words: one clear line, no traceback, and all that could be read was.

Many run twice: without a secret (the own exit code of the trouble), and with one in what is readable (1; the text says both).
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zlib
from typing import TYPE_CHECKING

import pytest
from helpers import FULL_DISK, UNPRIVILEGED, Repo, Result, fake, run_cli, start_cli, starter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = f"token = '{fake('github-pat')}'\n"
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files, permissions and signals")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux capabilities")


def settled(result: Result, code: int, *words: str) -> Result:
    """The checks that every failure has to pass. `words` are regular expressions, looked for in both streams together."""
    text = result.out + result.err
    assert "Traceback" not in text, text
    assert "internal error" not in text, text
    for char in text:
        assert char.isprintable() or char == "\n", f"{char!r} reached the terminal raw"
    for word in words:
        assert re.search(word, text), f"{word!r} is not in:\n{text}"
    assert SECRET[9:-2] not in text
    assert result.code == code, text
    return result


def incomplete(clean: Result, leaking: Result, *words: str) -> None:
    """A pair of runs over the same trouble, the second with a secret in the part that can be read."""
    settled(clean, 3, "INCOMPLETE", *words)
    settled(leaking, 1, "INCOMPLETE", "1 secret", *words)


# ---- files and folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "folder"
    place.mkdir()
    (place / "fine.txt").write_text("nothing to see\n")
    return place


def scans(folder: Path, *args: str, **options) -> tuple[Result, Result]:
    """`leakstop scan` without and with a secret beside whatever is wrong."""
    clean = run_cli("scan", *(args or (".",)), cwd=folder, **options)
    (folder / "zz-secret.py").write_text(SECRET)
    return clean, run_cli("scan", *(args or (".",)), *(["zz-secret.py"] if args else []), cwd=folder, **options)


@pytest.mark.parametrize("path", ["missing", "missing/below", "fine.txt/below", "\x1b[31mred"])
def test_a_path_that_does_not_exist(folder: Path, path: str):
    (folder / "secret").write_text(SECRET)
    result = settled(run_cli("scan", "secret", path, cwd=folder), 2, r"no such file or folder", "leakstop: ")
    assert len(result.err.splitlines()) == 2
    assert result.out == ""


@pytest.mark.parametrize("command", ["scan", "history", "message", "explain", "verify"])
@pytest.mark.parametrize("path", ["missing", "missing/below", "fine.txt/below", "missing.bundle"])
def test_no_command_takes_a_path_that_does_not_exist_for_a_failed_scan(repo: Repo, command: str, path: str):
    repo.add("fine.txt", "nothing to see\n")
    result = settled(run_cli(command, path, cwd=repo.path), 2, r"^leakstop: \S+: no such file or folder\n  .+\n\Z")
    assert result.out == ""


@posix
@pytest.mark.parametrize("args", [["scan"], ["history"], ["staged"], ["message", "text"], ["explain", "text"]], ids=" ".join)
def test_the_current_folder_was_removed(tmp_path: Path, args: list[str]):
    gone = tmp_path / "gone"
    gone.mkdir()
    through = starter("os.rmdir(os.getcwd())")
    settled(run_cli(*args, cwd=gone, through=through), 3, r"^leakstop: the current folder does not exist any more\n  .+\n\Z")


@linux
@pytest.mark.parametrize("inside", [True, False], ids=["a folder below", "the folder itself"])
def test_a_folder_without_permission(folder: Path, inside: bool):
    closed = folder / "closed"
    closed.mkdir(mode=0)
    if os.access(closed, os.R_OK) and os.geteuid():
        pytest.skip("permissions do not bind here")
    args = () if inside else ("closed",)
    incomplete(*scans(folder, *args, through=UNPRIVILEGED), r"closed: permission denied", "--exclude")


@linux
def test_a_file_without_permission(folder: Path):
    (folder / "closed").write_text(SECRET)
    (folder / "closed").chmod(0)
    incomplete(*scans(folder, through=UNPRIVILEGED), r"closed: permission denied")


@posix
def test_a_link_to_nowhere_by_name(folder: Path):
    (folder / "dead").symlink_to("nowhere")
    incomplete(*scans(folder, "dead"), "dead: a symbolic link that leads nowhere")


@pytest.mark.parametrize("suffix", [".py", ".json", ".env", ".ipynb", ".pem"])
@pytest.mark.parametrize("seed", range(2))
def test_random_bytes_named_like_text(folder: Path, suffix: str, seed: int):
    (folder / f"random{suffix}").write_bytes(random.Random(seed).randbytes(1 << 20))
    clean, leaking = scans(folder)
    settled(clean, 0, "^clean: no secrets")
    settled(leaking, 1, "1 secret", "complete")


@pytest.mark.parametrize("filler", ["x", "a b ", '"key":"value",', "\0", "ÿ"], ids=["letters", "words", "json", "zeros", "latin"])
def test_a_line_of_50_mb(folder: Path, filler: str):
    half = (filler * ((25 << 20) // len(filler.encode("latin-1")))).encode("latin-1")
    (folder / "line").write_bytes(half + b" " + SECRET.encode().strip() + b" " + half)
    started = time.monotonic()
    result = settled(run_cli("scan", ".", cwd=folder), 1, "1 secret", "complete")
    assert max(map(len, result.out.splitlines())) < 2000  # the line is not shown whole
    assert time.monotonic() - started < 60


CROWD = "password=" * (1 << 17)  # 1.2 MB in which every word could be the name of a secret


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
def test_what_stands_where_two_windows_overlap_is_told_once(tmp_path: Path, encoding: str):
    width = {"utf-8": 1, "utf-32": 4}.get(encoding, 2)
    line = f"token = {fake('github-pat')}\n".encode(encoding)[-49 * width :]
    block = ("x" * 999 + "\n").encode(encoding)[-1000 * width :] * 5
    count = 9_000_000 // len(block + line)
    (tmp_path / "large.txt").write_bytes("\n".encode(encoding) + (block + line) * count)

    findings = run_cli("scan", "large.txt", "--format", "json", cwd=tmp_path).json()["findings"]

    assert [finding["start_line"] for finding in findings] == [6 * (number + 1) + 1 for number in range(count)]


def test_a_file_of_nothing_but_words_like_those_of_secrets(folder: Path):
    """It is searched for a while, and then said not to be searched any more; what lies beside it is."""
    (folder / "crowd.txt").write_text(CROWD)
    incomplete(*scans(folder), r"crowd\.txt.* was not searched")


def test_a_history_with_such_a_file(repo: Repo):
    repo.write("fine.py", SECRET)
    repo.write("crowd.txt", CROWD)
    repo.stage()
    repo.commit("A crowd")
    blob = repo.rev("HEAD:crowd.txt")
    settled(run_cli("history", cwd=repo.path), 1, "INCOMPLETE", "1 secret", f"object {blob}.* was not searched")


@posix
def test_folders_deeper_than_a_path_may_be_long(folder: Path):
    here = os.open(folder, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("folder", dir_fd=here)
        deeper = os.open("folder", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    fd = os.open("secret.py", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=here)
    os.write(fd, SECRET.encode())
    os.close(fd)
    os.close(here)
    try:
        settled(run_cli("scan", ".", cwd=folder), 1, "1 secret", "complete", "folder/secret.py")
    finally:
        subprocess.run(["rm", "-rf", folder / "folder"], check=True)


NAMES = [
    b"new\nline.py",
    b"\x1b[31mred\x1b[0m.py",
    b"\x1b]0;title\x07.py",
    b"\xff\xfe.py",
    b"tab\there.py",
    "\u202eyp.exe".encode(),
    b"::error::x.py",
]


@posix
@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_any_name_is_scanned_and_never_shown_raw(folder: Path, name: bytes, form: str):
    if sys.platform == "darwin" and b"\xff" in name:
        pytest.skip("the file system allows only UTF-8")
    (folder / os.fsdecode(name)).write_text(SECRET)
    settled(run_cli("scan", ".", "--format", form, cwd=folder), 1)
    settled(run_cli("scan", os.fsdecode(name), "--format", form, cwd=folder), 1)


@posix
def test_special_files_are_no_problem(folder: Path):
    os.mkfifo(folder / "pipe")
    clean, leaking = scans(folder)
    settled(clean, 0, "1 special file")
    settled(leaking, 1, "1 special file", "1 secret")


@posix
def test_a_special_file_that_is_named_was_not_read(folder: Path):
    os.mkfifo(folder / "pipe")
    settled(run_cli("scan", "pipe", cwd=folder), 3, r"pipe: is a device, a pipe or a socket, which is not read", r"scan - <FILE")


def test_files_above_max_size_are_said_to_be_left_out(folder: Path):
    (folder / "large").write_text(SECRET * 1000)
    settled(run_cli("scan", "--max-size", "10K", cwd=folder), 0, r"Left out: 1 file \(larger than --max-size\)")


def test_time_limit(folder: Path):
    for number in range(30):
        (folder / f"{number}.txt").write_bytes(os.urandom(200_000))
    # So short that no machine is through in time.
    settled(run_cli("scan", "--time-limit", "0.0001", cwd=folder), 3, "INCOMPLETE", r"(?i)time limit")
    report = run_cli("scan", "--time-limit", "0.0001", "--format", "json", cwd=folder).json()
    assert report["complete"] is False
    assert report["problems"]


def test_an_empty_folder_is_clean(tmp_path: Path):
    settled(run_cli("scan", ".", cwd=tmp_path), 0, "^clean: no secrets", "nothing to read")


def test_empty_standard_input_is_clean(tmp_path: Path):
    settled(run_cli("scan", "-", cwd=tmp_path), 0, "^clean: no secrets")


@posix
def test_closed_standard_input_is_a_mistake(tmp_path: Path):
    settled(run_cli("scan", "-", cwd=tmp_path, through=starter("os.close(0)")), 2, "standard input is closed")


# ---- interruption


def interrupted(*args: str, cwd: Path) -> Result:
    """Start leakstop, and press Ctrl-C while it waits for more on standard input."""
    with start_cli(*args, cwd=cwd, stdin=subprocess.PIPE) as process:
        process.stdin.write("more than a pipe holds\n" * 20_000)  # so this only ends when leakstop is reading
        process.stdin.flush()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.stdout.read(), process.stderr.read()
    return Result(process.returncode, out, err)


@posix
@pytest.mark.parametrize("form", ["text", "json"])
def test_interrupted_run_reports_what_it_has_and_that_it_is_incomplete(folder: Path, form: str):
    (folder / "secret.py").write_text(SECRET)
    result = interrupted("scan", ".", "-", "--format", form, cwd=folder)
    settled(result, 130, "INCOMPLETE" if form == "text" else '"complete": false')
    assert "secret.py" in result.out


# ---- cache (outputs: commands/test_output.py)


@pytest.mark.parametrize("how", ["a file is in its place", "the disk is full", "its entries are damaged"])
@posix
def test_the_cache_is_only_a_cache(folder: Path, tmp_path: Path, how: str):
    (folder / "large.txt").write_text("some words, and more of them\n" * 50_000)  # enough for the compiled database
    cache, through = tmp_path / "cache", ()
    if how == "a file is in its place":
        cache.write_text("not a folder")
    elif how == "the disk is full":
        through = FULL_DISK
    else:
        run_cli("scan", ".", cwd=folder, env={"LEAKSTOP_CACHE": str(cache)})
        for entry in cache.iterdir():
            entry.write_bytes(b"damaged" + entry.read_bytes()[7:])
    clean, leaking = scans(folder, env={"LEAKSTOP_CACHE": str(cache)}, through=through)
    settled(clean, 0, "^clean: no secrets")
    settled(leaking, 1, "1 secret", "complete")


# ---- rules and configuration

RULE = """
provider = "X"
docs = "https://example.com"
[[rule]]
id = "x-token"
description = "Opens X. Revoke it there."
severity = "high"
confidence = "high"
pattern = "PATTERN"
[rule.tests]
match = ["xyz_1"]
ignore = ["abc"]
"""
BROKEN = {
    "no TOML": ("[[rule]\n", r"rules\.toml", "TOML"),
    "unknown key": ('provider = "X"\n[[rule]]\nid = "x-token"\npatern = "a"\n', r"rules\.toml: x-token: patern", "pattern"),
    "bad expression": (RULE.replace("PATTERN", "xyz_(["), r"rules\.toml: x-token: pattern"),
    "wrong type": ('provider = "X"\n[[rule]]\nid = "x-token"\nkeywords = "word"\n', r"rules\.toml: x-token: keywords"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_file_is_named_with_rule_and_key(folder: Path, case: str):
    content, *words = BROKEN[case]
    (folder / "rules.toml").write_text(content)
    result = settled(run_cli("scan", ".", "--rules", "rules.toml", cwd=folder), 2, *words)
    assert result.out == ""


@pytest.mark.parametrize(
    "content, words",
    [
        ("[", "TOML"),
        ('confidance = "high"\n', 'Did you mean "confidence"'),
        ("jobs = -1\n", "jobs"),
        ("\xff", r"\.leakstop\.toml"),
    ],
)
def test_a_broken_configuration(folder: Path, content: str, words: str):
    (folder / ".leakstop.toml").write_bytes(content.encode("latin-1"))
    settled(run_cli("scan", ".", cwd=folder), 2, r"\.leakstop\.toml", words)


# ---- repositories

GIT_COMMANDS = [("staged",), ("range", "HEAD~1..HEAD"), ("history",)]


@pytest.mark.parametrize("command", GIT_COMMANDS, ids=" ".join)
class TestNoRepository:
    def test_not_a_repository(self, tmp_path: Path, command: tuple[str, ...]):
        settled(run_cli(*command, cwd=tmp_path), 3, "not a git repository")

    def test_git_is_not_installed(self, repo: Repo, tmp_path: Path, command: tuple[str, ...]):
        repo.add("file", "1")
        repo.add("file", "2")
        repo.write("file", "3")
        repo.stage()
        empty = tmp_path / "bin"
        empty.mkdir()
        result = run_cli(*command, cwd=repo.path, env={"PATH": str(empty)})
        settled(result, 3, "git is not installed")

    @linux
    @pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root can give files away")
    def test_another_users_repository(self, repo: Repo, command: tuple[str, ...]):
        repo.add("file", "1")
        repo.add("file", "2")
        for place, folders, files in os.walk(repo.path):
            for name in (".", *folders, *files):
                os.chown(os.path.join(place, name), 65534, 65534)
        settled(run_cli(*command, cwd=repo.path), 3, "belongs to another user", r"safe\.directory")


@pytest.mark.parametrize("command", GIT_COMMANDS, ids=" ".join)
@pytest.mark.parametrize("broken", ["config", "variable"])
def test_a_broken_configuration_of_git(repo: Repo, command: tuple[str, ...], broken: str):
    """It is told as what it is, not as a damaged repository."""
    repo.add("file", "1")
    repo.add("file", "2")
    if broken == "config":
        with open(repo.path / ".git" / "config", "a", encoding="ascii") as file:
            file.write("[core\n")
    env = {"GIT_CONFIG_COUNT": "many"} if broken == "variable" else {}
    settled(run_cli(*command, cwd=repo.path, env=env), 3, "git's configuration is broken", "git config --list --show-origin")


class TestEmptyRepository:
    @pytest.mark.parametrize("command", [("staged",), ("history",)], ids=" ".join)
    def test_it_is_clean(self, repo: Repo, command: tuple[str, ...]):
        settled(run_cli(*command, cwd=repo.path), 0, "^clean: no secrets")

    def test_a_range_in_it_is_unknown(self, repo: Repo):
        settled(run_cli("range", "main..HEAD", cwd=repo.path), 3)


@pytest.mark.parametrize(
    ("revision", "unknown"),
    [
        ("nope..HEAD", "nope"),
        ("HEAD..nope", "nope"),
        ("HEAD~99..HEAD", "HEAD~99"),
        ("0123456789abcdef..HEAD", "0123456789abcdef"),
        (f"{'1' * 40}..HEAD", "1" * 40),
        ("a b..HEAD", "a b"),
    ],
)
def test_unknown_revision(repo: Repo, revision: str, unknown: str):
    repo.add("file", SECRET)
    settled(run_cli("range", revision, cwd=repo.path), 3, f"^leakstop: unknown revision: {unknown}\n")


def test_a_range_that_is_provably_empty_is_clean(repo: Repo):
    repo.add("file", "1")
    settled(run_cli("range", "HEAD..HEAD", cwd=repo.path), 0, "^clean: no secrets")


def test_a_shallow_clone_without_the_base(repo: Repo, tmp_path: Path):
    base = repo.add("file", "1")
    for number in range(5):
        repo.add("file", str(number))
    clone = repo.clone(tmp_path / "clone", "--depth=2")
    settled(run_cli("range", f"{base}..HEAD", cwd=clone.path), 3, "git fetch --unshallow", "fetch-depth: 0")


def test_a_range_that_crosses_the_shallow_boundary(repo: Repo, tmp_path: Path):
    """The base is there, but commits between it and HEAD came in over a side branch whose past is cut off."""
    repo.add("file", "1")
    repo.switch("side", create=True)
    for number in range(4):
        repo.add("side", SECRET if number == 0 else str(number))
    repo.switch("main")
    base = repo.add("file", "2")
    repo.merge("side")
    clone = repo.clone(tmp_path / "clone", "--depth=2")
    settled(run_cli("range", f"{base}..HEAD", cwd=clone.path), 3, "git fetch --unshallow", "fetch-depth: 0")


# ---- damaged histories


def histories(repo: Repo, damage: Callable[[Repo], object]) -> tuple[Result, Result]:
    """`leakstop history` of a damaged repository, and of the same one with a secret in what is undamaged."""
    for number in range(30):
        repo.add(f"file-{number}", f"content {number}\n" * 50)
    damage(repo)
    clean = run_cli("history", cwd=repo.path)
    repo.add("zz-secret.py", SECRET)
    return clean, run_cli("history", cwd=repo.path)


def loose(repo: Repo, name: str) -> Path:
    oid = repo.rev(name)
    path = repo.path / ".git" / "objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    return path


def packed(repo: Repo) -> Path:
    repo.git("repack", "-adq")
    path = next((repo.path / ".git" / "objects" / "pack").glob("*.pack"))
    path.chmod(0o644)
    return path


def truncate(path: Path, keep: float = 0.5) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


def flip(path: Path) -> None:
    """Spoil some bytes before the middle of a file."""
    data = bytearray(path.read_bytes())
    start = int(len(data) * 0.4)
    for index in range(start, start + 8):
        data[index] ^= 0x55
    path.write_bytes(data)


DAMAGES: dict[str, Callable[[Repo], object]] = {
    "missing loose blob": lambda repo: loose(repo, "HEAD:file-3").unlink(),
    "missing loose tree": lambda repo: loose(repo, "HEAD~3^{tree}").unlink(),
    "missing loose commit": lambda repo: loose(repo, "HEAD~3").unlink(),
    "truncated loose blob": lambda repo: truncate(loose(repo, "HEAD:file-3")),
    "empty loose blob": lambda repo: truncate(loose(repo, "HEAD:file-3"), 0),
    "truncated pack": lambda repo: truncate(packed(repo), 0.7),
    "flipped bytes in the pack": lambda repo: flip(packed(repo)),
    "pack without its index": lambda repo: packed(repo).with_suffix(".idx").unlink(),
    "truncated index of the pack": lambda repo: truncate(
        packed(repo).with_suffix(".idx").rename(packed(repo).with_suffix(".idx"))
    ),
    "missing pack": lambda repo: packed(repo).unlink(),
}


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGES |= (
    {
        "pipe for a loose blob": lambda repo: pipe(loose(repo, "HEAD:file-3")),
        "pipe for a pack": lambda repo: pipe(packed(repo)),
    }
    if hasattr(os, "mkfifo")
    else {}
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_repository_is_never_clean(repo: Repo, damage: str):
    for number in range(30):
        repo.add(f"file-{number}", f"content {number}\n" * 50)
    DAMAGES[damage](repo)
    result = run_cli("history", cwd=repo.path)
    settled(result, 3, "INCOMPLETE|leakstop: ")


@pytest.mark.parametrize("damage", ["missing loose blob", "truncated loose blob", "flipped bytes in the pack"])
def test_what_is_undamaged_is_still_scanned(repo: Repo, damage: str):
    repo.add("aa-secret.py", SECRET)
    for number in range(30):
        repo.add(f"file-{number}", f"content {number} {random.Random(number).randbytes(300).hex()}\n")
    DAMAGES[damage](repo)
    settled(run_cli("history", cwd=repo.path), 1, "INCOMPLETE", "1 secret")


def test_ten_thousand_million_paths(repo: Repo):
    """Ten folders in each of ten, and so on: a blob that stands everywhere is told with some of its paths."""
    tree = repo.git("hash-object", "-w", "--stdin", input=SECRET.encode()).decode().strip()
    for mode in ("100644 blob", *["040000 tree"] * 9):
        tree = repo.git("mktree", input="".join(f"{mode} {tree}\t{name}\n" for name in range(10)).encode()).decode().strip()
    repo.git("update-ref", "HEAD", repo.git("commit-tree", "-m", "all the same", tree).decode().strip())
    settled(run_cli("history", cwd=repo.path), 1, "1 secret", "0/0/0/0/0/0/0/0/0")


def test_a_tree_that_stands_in_itself(repo: Repo):
    """A file with another object's name: git looks at that in `fsck` alone."""
    repo.add("folder/file", SECRET)
    root, blob = (bytes.fromhex(repo.rev(name)) for name in ("HEAD^{tree}", "HEAD:folder/file"))
    content = b"40000 again\0" + root + b"100644 file\0" + blob
    loose(repo, "HEAD^{tree}").write_bytes(zlib.compress(b"tree %d\0" % len(content) + content))
    settled(run_cli("history", cwd=repo.path), 1, "1 secret")


def test_a_file_below_six_hundred_folders(repo: Repo):
    """What stands so deep is found, whatever is told of its place."""
    tree = repo.git("hash-object", "-w", "--stdin", input=SECRET.encode()).decode().strip()
    mode = "100644 blob"
    for _ in range(600):
        tree = repo.git("mktree", input=f"{mode} {tree}\tf\n".encode()).decode().strip()
        mode = "040000 tree"
    repo.git("update-ref", "HEAD", repo.git("commit-tree", "-m", "deep", tree).decode().strip())
    settled(run_cli("history", cwd=repo.path), 1, "1 secret")


def test_trouble_with_a_pack_is_told_once_and_by_its_name(repo: Repo):
    """Although loose objects, which have troubles of their own, are read after it."""
    repo.add("file", "content")
    path = packed(repo)
    path.with_suffix(".idx").unlink()
    repo.write("other", "more")
    repo.git("hash-object", "-w", "other")
    problems = run_cli("history", "-f", "json", cwd=repo.path).json()["problems"]

    assert [problem["where"] for problem in problems if path.name in problem["where"]] == [str(path)]


def test_a_partial_clone_says_what_is_not_here(repo: Repo, tmp_path: Path):
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.add("old", SECRET)
    repo.git("rm", "-q", "old")
    repo.commit()
    repo.add("new", "1")
    clone = repo.clone(tmp_path / "clone", "--filter=blob:none")
    result = settled(run_cli("history", cwd=clone.path), 3, "INCOMPLETE", "1 object of this partial clone is missing")
    assert "1 secret" not in result.out
    assert not (clone.path / ".git" / "FETCH_HEAD").exists()


def test_a_shallow_clone_is_scanned_and_says_that_it_is_shallow(repo: Repo, tmp_path: Path):
    repo.add("file", "1")
    repo.add("file", "2")
    clone = repo.clone(tmp_path / "clone", "--depth=1")
    settled(run_cli("history", cwd=clone.path), 0, "^Left out: 1 commit before the shallow clone's end", "git fetch --unshallow")


def test_a_corrupt_index_is_no_clean_commit(repo: Repo):
    repo.add("file", "1")
    repo.write("file", SECRET)
    repo.stage("file")
    (repo.path / ".git" / "index").write_bytes(b"DIRC garbage")
    settled(run_cli("staged", cwd=repo.path), 3, "index")


def test_a_staged_blob_that_is_missing_is_no_clean_commit(repo: Repo):
    repo.add("file", "1")
    repo.write("file", SECRET)
    repo.stage("file")
    loose(repo, ":file").unlink()
    settled(run_cli("staged", cwd=repo.path), 3)


def test_a_broken_ref_is_a_problem_and_the_rest_is_read(repo: Repo):
    repo.add("secret.py", SECRET)
    (repo.path / ".git" / "refs" / "heads" / "broken").write_text("f" * 40 + "\n")
    settled(
        run_cli("history", cwd=repo.path), 1, "INCOMPLETE", "1 secret", r"refs/heads/broken: names an object that is not here"
    )


# ---- hostile repositories


@posix
@pytest.mark.parametrize("command", GIT_COMMANDS, ids=" ".join)
def test_nothing_of_the_scanned_repository_runs(repo: Repo, tmp_path: Path, command: tuple[str, ...]):
    """Neither what its configuration names, nor its hooks, attributes or aliases."""
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho ran >> {ran}\ncat\n")
    program.chmod(0o755)
    repo.add(".gitattributes", "* diff=evil filter=evil\n")
    repo.add("file", "1")
    repo.write("file", SECRET)
    repo.stage("file")
    repo.commit()
    repo.write("file", SECRET + "# more\n" + SECRET.replace("token", "password"))
    repo.stage("file")
    for key in (
        *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "diff.external", "gpg.program"),
        *("diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process"),
        *("alias.diff", "alias.log", "alias.cat-file", "uploadpack.packObjectsHook", "credential.helper"),
    ):
        repo.git("config", key, f"!{program}" if key.startswith("alias") else str(program))
    repo.git("config", "core.hooksPath", str(tmp_path))
    for hook in ("pre-commit", "post-index-change", "reference-transaction", "post-checkout"):
        shutil.copy(program, tmp_path / hook)
    ran.unlink(missing_ok=True)
    settled(run_cli(*command, cwd=repo.path), 1)
    assert not ran.exists()
