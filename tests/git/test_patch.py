"""New lines and records, held against git's other ways of saying the same."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from leakstop.git.patch import COMPARE, DIFF, MERGES, compare, intersect, new_lines, read_changes, read_commits
from leakstop.git.plumbing import open_repository, run, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers import Repo

    from leakstop.git.patch import Change, Lines

TREES = ["diff-tree", "--stdin", "--always", "-r", "--root"]


def numbers(lines: Lines | None) -> set[int]:
    """Runs of lines as a set."""
    assert lines is not None
    assert list(lines) == sorted(lines)
    return {number for first, last in lines for number in range(first, last + 1)}


def added_by_git(repo: Repo, *args: str) -> set[int]:
    """The numbers of the plus lines of a patch of one file, counted off with context."""
    found, number = set(), 0
    for line in repo.git("diff", "--no-renames", "--text", *args).split(b"\n"):
        if line.startswith(b"@@"):
            number = int(line.split(b"+")[1].split(b" ")[0].split(b",")[0])
        elif number and line.startswith(b"+"):
            found.add(number)
        number += line.startswith((b"+", b" ")) if number else 0
    return found


ODD = [
    b"",
    b"same",
    b"same",
    b"+plus",
    b"-minus",
    b"@@ -1 +1 @@",
    b"diff --git a/x b/x",
    b"\\ No newline",
    b"a\rb",
    b"\xff\xfe",
    b"index 1..2",
]


def content(rng: random.Random, old: bytes = b"") -> bytes:
    """Random lines, or a random edit of some: odd ones, all line ends, with and without a newline at the end."""
    lines = old.split(b"\n") if old else []
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(lines) + 1)
        fresh = [rng.choice(ODD) + b"\r" * rng.randrange(2) for _ in range(rng.randrange(5))]
        lines[at : at + rng.randrange(4)] = [line + (b"%d" % rng.randrange(99)) * rng.randrange(2) for line in fresh]
    return b"\n".join(lines) + b"\n" * rng.randrange(2)


def pieces(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """The data in random pieces, as a pipe gives it."""
    while data:
        size = rng.choice([1, 2, 7, 50, 4000])
        yield data[:size]
        data = data[size:]


@pytest.mark.parametrize("seed", range(8))
def test_random_edits(repo: Repo, seed: int) -> None:
    """For random edits of many files the new lines are those that git marks with a plus, wherever a read ends."""
    rng = random.Random(seed)
    names = [f"{number}" for number in range(8)]
    for name in names:
        repo.write(name, content(rng))
    repo.stage()
    repo.commit()
    for name in names:
        repo.write(name, content(rng, (repo.path / name).read_bytes()))
    repo.stage()
    output = run(open_repository(str(repo.path)), ["diff-index", "--cached", *DIFF, "HEAD"])
    changes = read_changes(pieces(output, rng))
    assert [change.path for change in changes] == [
        path for path in repo.git("diff", "--cached", "--name-only", "-z").split(b"\0") if path
    ]
    for change in changes:
        name = change.path.decode()
        assert change.compared
        if change.status == b"M":
            assert numbers(change.lines) == added_by_git(repo, "--cached", "-U3", "HEAD", "--", name)
        assert change.oid == repo.rev(f":{name}")
        assert change.olds == (repo.rev(f"HEAD:{name}"),)


@pytest.mark.parametrize("parents", [2, 3])
def test_merges(repo: Repo, parents: int) -> None:
    """Of a merge only files appear that differ from each parent's; deletions do not."""
    rng = random.Random(parents)
    names = [f"{number}" for number in range(12)]
    base = {name: content(rng) + b"".join(b"line %d\n" % number for number in range(30)) for name in names}
    for name in names:
        repo.write(name, base[name])
    repo.stage()
    repo.commit()
    tips = []
    for number in range(parents):
        repo.git("checkout", "-q", "-B", f"side{number}", "main")
        for name in rng.sample(names, 6):
            repo.write(name, content(rng, base[name]))
        repo.stage()
        tips.append(repo.commit())
    for name in names[:-1]:
        repo.write(name, rng.choice([base[name], repo.git("cat-file", "blob", f"{tips[0]}:{name}"), content(rng, base[name])]))
    repo.write("evil", "new in the merge\n")
    repo.remove(names[-1])
    repo.stage()
    tree = repo.git("write-tree").decode().strip()
    merge = repo.git("commit-tree", tree, *(part for tip in tips for part in ("-p", tip)), input=b"m").decode().strip()
    output = run(open_repository(str(repo.path)), [*TREES, *MERGES], stdin=f"{tips[0]}\n{merge}\n{tips[1]}\n".encode())
    groups = dict(read_commits(pieces(output, rng)))
    assert list(groups) == [tips[0], merge, tips[1]]
    found = {change.path.decode(): change for change in groups[merge]}
    expected = {"evil"}
    for name in names[:-1]:
        olds = tuple(repo.rev(f"{tip}:{name}") for tip in tips)
        if repo.rev(f"{merge}:{name}") not in olds:
            expected.add(name)
            assert (found[name].olds, found[name].oid, found[name].compared) == (olds, repo.rev(f"{merge}:{name}"), False)
            assert not found[name].is_new_name
    assert found.keys() == expected
    assert found["evil"].is_new_name
    assert (found["evil"].lines, found["evil"].compared) == (None, True)


def test_merge_with_a_renamed_file(repo: Repo) -> None:
    """A file that one side renamed and the other changed is held against both versions."""
    text = "".join(f"{number}\n" for number in range(50))
    repo.add("old", text)
    repo.switch("side", create=True)
    repo.git("mv", "old", "new")
    repo.commit()
    repo.switch("main")
    repo.add("old", text + "changed\n")
    merge = repo.merge("side")
    output = run(open_repository(str(repo.path)), [*TREES, *MERGES], stdin=merge.encode() + b"\n")
    [(_, changes)] = read_commits([output])
    assert [(change.path, change.status, change.lines, change.is_new_name) for change in changes] == [(b"new", b"RM", (), False)]


def staged(repo: Repo) -> dict[bytes, Change]:
    output = stream(open_repository(str(repo.path)), ["diff-index", "--cached", *DIFF, "HEAD"])
    return {change.path: change for change in read_changes(output)}


def test_records(repo: Repo) -> None:
    """Renames, copies, modes, types, deletions, symlinks, binary content, empty files, all kinds of names."""
    text = "".join(f"{number}\n" for number in range(100))
    for name in ("renamed", "moved", "copied", "mode", "type", "gone", "binary"):
        repo.write(name, name + text)
    repo.write("binary", b"\0" + text.encode())
    repo.stage()
    repo.commit()
    repo.git("mv", "renamed", "renamed to")
    repo.write("renamed to", "renamed" + text + "one more\n")
    repo.git("mv", "moved", "moved to")
    repo.write("copy", "copied" + text)
    repo.write("copied", "copied" + text + "changed\n")
    (repo.path / "mode").chmod(0o755)
    (repo.path / "type").unlink()
    (repo.path / "type").symlink_to("target")
    (repo.path / "gone").unlink()
    repo.write("binary", b"\0" + text.encode() + b"more\n")
    repo.write("empty", "")
    odd = b'quo"te\\\n\ttab \xff\x1b[31m'
    repo.write(odd, "odd\n")
    repo.write(b"\n:100644 100644", "looks like a record\n")
    repo.stage()
    found = staged(repo)
    shown = {path: (change.status, change.mode, change.lines, change.compared) for path, change in found.items()}
    assert shown == {
        b"renamed to": (b"R", b"100644", ((101, 101),), True),
        b"moved to": (b"R", b"100644", (), True),
        b"copy": (b"C", b"100644", (), True),
        b"copied": (b"M", b"100644", ((101, 101),), True),
        b"mode": (b"M", b"100755", (), True),
        b"type": (b"T", b"120000", None, True),
        b"binary": (b"M", b"100644", None, False),
        b"empty": (b"A", b"100644", None, True),
        odd: (b"A", b"100644", None, True),
        b"\n:100644 100644": (b"A", b"100644", None, True),
    }
    assert {path for path, change in found.items() if change.is_new_name} == {
        b"renamed to",
        b"moved to",
        b"copy",
        b"empty",
        odd,
        b"\n:100644 100644",
    }


def test_commits_with_nothing_and_odd_content(repo: Repo) -> None:
    """Empty commits keep their place; content that looks like git's own output does not mislead."""
    first = repo.add("a", "start\n")
    empty = repo.commit("nothing")
    looks = f"{first}\0:100644 100644 x\n\\ No newline\n@@ -1 +1,9 @@\ndiff --git a/a b/a\nBinary files a and b differ\n"
    second = repo.add("a", "start\n" + "x" * 9000 + "\n" + looks)
    moved = (repo.git("mv", "a", "b"), repo.commit())[1]
    feed = f"{first}\n{empty}\n{second}\n{moved}\n".encode()
    found = [
        (commit, [(change.path, change.lines) for change in changes])
        for commit, changes in read_commits(stream(open_repository(str(repo.path)), [*TREES, *DIFF], stdin=feed))
    ]
    assert found == [(first, [(b"a", None)]), (empty, []), (second, [(b"a", ((2, 7),))]), (moved, [(b"b", ())])]


def test_sha256(repo: Repo, tmp_path) -> None:
    """Longer ids read the same."""
    long = type(repo).init(tmp_path / "long", "--object-format=sha256")
    first = long.add("a", "1\n")
    second = long.add("a", "1\n2\n")
    feed = f"{first}\n{second}\n".encode()
    found = list(read_commits(stream(open_repository(str(long.path)), [*TREES, *DIFF], stdin=feed)))
    assert [(commit, [change.lines for change in changes]) for commit, changes in found] == [
        (first, [None]),
        (second, [((2, 2),)]),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_two_blobs(repo: Repo, seed: int) -> None:
    """Git's comparison of two blobs, binary ones too."""
    rng = random.Random(seed)
    old = b"\0" + content(rng)
    new = content(rng, old) + b"\nand this"
    ids = [repo.git("hash-object", "-w", "--stdin", input=data).decode().strip() for data in (old, new)]
    lines = compare(stream(open_repository(str(repo.path)), [*COMPARE, *ids]))
    assert numbers(lines) == added_by_git(repo, *ids)


def test_intersect() -> None:
    """None stands for all lines."""
    assert intersect(None, None) is None
    assert intersect(None, ((1, 2),)) == intersect(((1, 2),), None) == ((1, 2),)
    assert intersect(((1, 5), (8, 9)), ((2, 3), (5, 8))) == ((2, 3), (5, 5), (8, 8))
    assert intersect((), ((1, 2),)) == ()


def test_new_lines() -> None:
    """Lines that the old content has nowhere."""
    assert new_lines(b"b\na\nc\n", [b"a\nb\n"]) == ((3, 3),)
    assert new_lines(b"a\0", [b"a"]) == ((1, 1),)
    assert new_lines(b"x\ny", [b"x", b"y"]) == ()
