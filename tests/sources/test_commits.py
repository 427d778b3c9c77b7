"""Every commit of a change, each on its own; what is not there is said before or while reading."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from helpers import Repo, fake, numbered, run_cli

from leakstop.errors import LeakstopError, SourceError, UsageError
from leakstop.git.plumbing import open_repository
from leakstop.model import Tally
from leakstop.sources.commits import Revisions, commits, resolve

if TYPE_CHECKING:
    from pathlib import Path

    from leakstop.model import Origin

ALL = "all"


class Seen(NamedTuple):
    """What the source gives, in order."""

    content: list[tuple[str, bytes, bytes, set[int] | str]]  # commit, path, content, new lines
    texts: list[tuple[str, bytes]]  # kind, text
    origins: list[Origin]
    tally: Tally

    def lines(self) -> dict[tuple[str, bytes], set[int] | str]:
        return {(commit, path): lines for commit, path, _, lines in self.content}


def see(repo: Repo | Path, *args: str, since: str = "") -> Seen:
    repository = open_repository(str(getattr(repo, "path", repo)))
    tally = Tally()
    seen = Seen([], [], [], tally)
    for chunk in commits(repository, resolve(repository, args, since), tally):
        origin = chunk.origin
        seen.origins.append(origin)
        if origin.kind == "commit":
            lines = ALL if chunk.added is None else {n for first, last in chunk.added for n in range(first, last + 1)}
            seen.content.append((origin.commit, origin.path, chunk.data, lines))
        else:
            seen.texts.append((origin.kind, chunk.data))
    return seen


def named(repo: Repo, *args: str, since: str = "") -> Revisions:
    return resolve(open_repository(str(repo.path)), args, since)


def refused(repo: Repo | Path, *args: str, since: str = "", kind: type[LeakstopError] = SourceError) -> LeakstopError:
    with pytest.raises(kind) as caught:
        see(repo, *args, since=since)
    assert caught.value.remedy
    assert "\n" not in caught.value.message
    return caught.value


def add(repo: Repo, path: str, content: str, msg: str = "A change", **env: str) -> str:
    repo.write(path, content)
    repo.stage(path)
    return repo.commit(msg, **env)


# ---- what a commit adds


def test_each_commit_on_its_own(repo: Repo) -> None:
    """Oldest first; a secret that a later commit removes is seen; deletions add nothing."""
    first = repo.add("a", "1\n")
    second = repo.add("a", "1\nsecret\n")
    third = repo.add("a", "1\n2\n")
    repo.remove("a")
    fourth = repo.commit("gone")
    seen = see(repo, "HEAD")
    assert seen.content == [
        (first, b"a", b"1\n", ALL),
        (second, b"a", b"1\nsecret\n", {2}),
        (third, b"a", b"1\n2\n", {2}),
    ]
    assert (seen.tally.commits, seen.tally.files, seen.tally.problems) == (4, 3, [])
    assert see(repo, f"{first}..{third}").content == seen.content[1:]
    assert see(repo, f"{third}..{fourth}").content == []


def test_fields(repo: Repo) -> None:
    """The origin says who, when, why and which blob."""
    oid = repo.add("a", "text\n")
    oid = repo.add("ünder/ä", "text\n", "\n\nThe subject\n\nand more\n")
    origin = next(origin for origin in see(repo, f"{oid}~..{oid}").origins if origin.kind == "commit")
    assert origin.path == "ünder/ä".encode()
    assert origin.commit == oid
    assert origin.blob == repo.rev("HEAD:ünder/ä")
    assert (origin.author, origin.email) == ("Ada Author", "ada@example.com")
    assert origin.date == "2026-01-01T00:02:00+00:00"
    assert origin.subject == "The subject"


def test_texts(repo: Repo) -> None:
    """Messages whole, each person once, new file names; unusual headers too."""
    add(repo, "a", "1\n", "Subject\n\nbody\n", GIT_AUTHOR_NAME="Other")
    repo.add("a", "2\n", "Second")
    tree = repo.git("rev-parse", "HEAD^{tree}").decode().strip()
    raw = f"tree {tree}\nauthor <> 0 +0000\ncommitter X <x> 99999999999999999 +9999\nodd header\n more\n\nm\n"
    odd = repo.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", input=raw.encode()).decode().strip()
    seen = see(repo, "HEAD", odd)
    assert [text for kind, text in seen.texts if kind == "message"] == [
        b"Subject\n\nbody\n",
        b"Second",
        b"m\n",
        b"odd header\nmore",
    ]
    assert [text for kind, text in seen.texts if kind == "person"] == [
        b"Other <ada@example.com>",
        b"Cem Committer <cem@example.com>",
        b"Ada Author <ada@example.com>",
        b"<>",
        b"X <x>",
    ]
    assert [text for kind, text in seen.texts if kind == "path"] == [b"a", b"a"]
    assert not seen.tally.problems


def test_lines_of_headers_are_counted_in_them(repo: Repo) -> None:
    """The message of a signed tag stands in the header `mergetag` of the merge; it is no line of the merge's message."""
    oid = repo.add("a", "1\n", "Subject\n\nbody\n")
    tree = repo.git("rev-parse", "HEAD^{tree}").decode().strip()
    people = "author A <a@example.com> 1 +0000\ncommitter A <a@example.com> 1 +0000\n"
    tag = ["object " + oid, "type commit", "tag v1", "tagger A <a@example.com> 1 +0000", "", fake("github-pat")]
    raw = f"tree {tree}\nparent {oid}\n{people}mergetag {chr(10).join(tag).replace(chr(10), chr(10) + ' ')}\n\nMerge\n"
    merge = repo.git("hash-object", "-t", "commit", "-w", "--stdin", input=raw.encode()).decode().strip()
    repo.git("reset", "-q", "--hard", merge)
    for command in (["history"], ["range", "HEAD~1..HEAD"]):
        (found,) = run_cli(*command, "--format", "json", cwd=repo.path).json()["findings"]
        assert (found["origin"]["kind"], found["origin"]["members"]) == ("message", ["mergetag"])
        assert (found["start_line"], found["start_column"]) == (6, 1)
    assert f"message of {merge[:10]} → mergetag" in run_cli("history", cwd=repo.path).out


def test_encodings(repo: Repo) -> None:
    """A message in another encoding: ASCII stays as it is, and people can read the subject."""
    repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    repo.write("a", "a")
    repo.stage()
    repo.git("commit", "-q", "-F", "-", input="Schlüssel".encode("latin-1"))
    seen = see(repo, "HEAD")
    assert (b"message", "Schlüssel\n".encode("latin-1")) in [(kind.encode(), text) for kind, text in seen.texts]
    assert {origin.subject for origin in seen.origins if origin.kind == "commit"} == {"Schlüssel"}


def test_renames_modes_symlinks_submodules(repo: Repo, tmp_path: Path) -> None:
    """Only lines really added; the target of a symlink; a submodule's name alone."""
    inner = Repo.init(tmp_path / "inner")
    inner.add("x", "x")
    repo.write("a", numbered(50))
    repo.write("b", "b")
    repo.stage()
    base = repo.commit()
    repo.git("mv", "a", "moved")
    repo.write("moved", numbered(50) + "new\n")
    (repo.path / "b").chmod(0o755)
    (repo.path / "link").symlink_to("over there")
    repo.stage()
    repo.git("submodule", "add", "-q", inner.path.as_uri(), "module")
    oid = repo.commit()
    seen = see(repo, f"{base}..")
    assert {path: lines for (_, path), lines in seen.lines().items()} == {b".gitmodules": ALL, b"link": ALL, b"moved": {51}}
    assert [content for _, path, content, _ in seen.content if path == b"link"] == [b"over there"]
    assert {text for kind, text in seen.texts if kind == "path"} == {b".gitmodules", b"link", b"module", b"moved"}
    assert sum(seen.tally.skipped.values()) == 1
    assert oid


@pytest.mark.parametrize("seed", range(3))
def test_random_history(repo: Repo, seed: int) -> None:
    """Content and lines of a random history with merges, held against git's own diffs and its objects."""
    rng = random.Random(seed)
    words = [b"", b"x", b"y\r", b"+z", b"-w", b"@@ -1 +1 @@", b"\xff", b"longer"]
    repo.add("0", "\n".join(map(str, range(30))))
    for step in range(12):
        if step % 4 == 3:
            repo.git("checkout", "-q", "-b", f"side{step}", "HEAD~2")
        name = str(rng.randrange(3))
        path = repo.path / name
        lines = path.read_bytes().split(b"\n") if path.exists() else []
        at = rng.randrange(len(lines) + 1)
        lines[at : at + rng.randrange(3)] = [word + b"%d" % rng.randrange(9) for word in rng.choices(words, k=3)]
        repo.write(name, b"\n".join(lines))
        repo.stage()
        repo.commit(f"step {step}")
        if step % 4 == 1 and step > 3:
            repo.git("merge", "-q", "-X", "ours", "--no-edit", f"side{step - 2}" if step == 5 else "main", check=False)
            if repo.git("diff", "--name-only", "--diff-filter=U"):
                repo.git("checkout", "--theirs", ".")
                repo.stage()
                repo.commit("resolved")
    seen = see(repo, "HEAD", "main")
    assert not seen.tally.problems
    assert seen.tally.commits == int(repo.git("rev-list", "--count", "HEAD", "main"))
    for commit, path, content, lines in seen.content:
        name = path.decode()
        assert content == repo.git("cat-file", "blob", f"{commit}:{name}")
        parents = repo.git("rev-parse", f"{commit}^@").decode().split()
        olds = [repo.git("cat-file", "blob", f"{parent}:{name}", check=False) for parent in parents]
        if len(parents) == 1 and olds[0]:
            expected = set()
            for line in repo.git("diff", "-U0", parents[0], commit, "--", name).split(b"\n"):
                if line.startswith(b"@@"):
                    start, _, count = line.split(b"+")[1].split(b" ")[0].partition(b",")
                    expected |= set(range(int(start), int(start) + int(count or b"1")))
            assert lines == expected
        elif len(parents) > 1 and any(olds):
            known = {line for old in olds for line in old.split(b"\n")}
            assert lines == {number for number, line in enumerate(content.split(b"\n"), 1) if line not in known}
        else:
            assert lines == ALL


def test_merges(repo: Repo) -> None:
    """A merge adds what no parent has: its own lines, its own files, nothing that a side brought."""
    repo.add("file", numbered(40))
    repo.switch("side", create=True)
    side = repo.add("file", numbered(40) + "theirs\n")
    repo.add("new", "theirs\n")
    repo.switch("main")
    repo.add("file", "ours\n" + numbered(40))
    plain = repo.merge("side")
    repo.write("file", "ours\n" + numbered(40) + "theirs\nevil line\n")
    repo.write("evil", "evil file\n")
    repo.stage()
    repo.git("commit", "-q", "--amend", "--no-edit")
    evil = repo.rev()
    seen = see(repo, "HEAD")
    assert {key: lines for key, lines in seen.lines().items() if key[0] == evil} == {(evil, b"file"): {43}, (evil, b"evil"): ALL}
    assert (side, b"file") in seen.lines()
    assert plain not in {commit for commit, *_ in see(repo, plain).content}


def test_large_and_binary_files(repo: Repo) -> None:
    """Beyond a window in pieces; only changed lines of what git does not compare by itself."""
    lines = [b"%d line" % number for number in range(800_000)]
    repo.write("large", b"\n".join(lines))
    repo.write("binary", b"\0\nold\n")
    repo.stage()
    base = repo.commit()
    lines[400_000:400_000] = [b"new"]
    repo.write("large", b"\n".join(lines))
    repo.write("binary", b"\0\nold\nnew\n")
    repo.stage()
    oid = repo.commit()
    seen = see(repo, f"{base}..")
    assert seen.lines() == {(oid, b"binary"): {3}, (oid, b"large"): {400_001}}
    assert [path for _, path, _, _ in seen.content] == [b"binary", b"large", b"large"]


def test_many_commits_keep_their_order(repo: Repo) -> None:
    """More objects than are asked for at once, in one stream."""
    script = [b"reset refs/heads/main\n"]
    for number in range(400):
        data = b"%d\n" % number * (number % 7)
        script.append(
            b"commit refs/heads/main\ncommitter C <c@x> %d +0000\ndata 2\nm\nM 100644 inline f%d\ndata %d\n%s\n"
            % (1_700_000_000 + number, number % 3, len(data), data)
        )
    repo.git("fast-import", "--quiet", input=b"".join(script))
    ids = repo.git("rev-list", "--reverse", "main").decode().split()
    seen = see(repo, "main")
    order = list(dict.fromkeys(origin.commit for origin in seen.origins))
    assert order == ids
    for commit, path, content, _ in seen.content:
        number = ids.index(commit)
        assert (path, content) == (b"f%d" % (number % 3), b"%d\n" % number * (number % 7))


# ---- revisions


@pytest.fixture
def forked(repo: Repo) -> dict[str, str]:
    """Commit r; branch main with a, b; branch side with c; a lightweight and an annotated tag."""
    ids = {"r": repo.add("r", "r")}
    repo.branch("side")
    ids |= {"a": repo.add("a", "a"), "b": repo.add("b", "b")}
    repo.switch("side")
    ids["c"] = repo.add("c", "c")
    repo.tag("light")
    repo.tag("heavy", "tag message", "main")
    repo.switch("main")
    return ids


TABLE: list[tuple[list[str], str]] = [
    ([], "rab"),
    (["HEAD"], "rab"),
    (["side..main"], "ab"),
    (["side.."], "ab"),
    (["..side"], "c"),
    (["main...side"], "abc"),
    (["main", "side"], "rabc"),
    (["main", "^side"], "ab"),
    (["main", "^HEAD~1"], "b"),
    (["side~..side", "main~..main"], "bc"),
    (["HEAD^!"], "b"),
    (["HEAD^@"], "ra"),
    (["light"], "rc"),
    (["side..heavy"], "ab"),
    (["heavy^{}"], "rab"),
    (["@"], "rab"),
    (["main..main"], ""),
    (["main..main~1"], ""),
    (["HEAD..side~"], ""),
]


@pytest.mark.parametrize("args, letters", TABLE, ids=[" ".join(args) or "none" for args, _ in TABLE])
def test_revisions(repo: Repo, forked: dict[str, str], args: list[str], letters: str) -> None:
    """Each commit once, oldest first; an empty range is proven empty."""
    found = named(repo, *args)
    assert sorted(found.commits) == sorted(forked[letter] for letter in letters)
    order = "".join(next(letter for letter, oid in forked.items() if oid == commit) for commit in found.commits)
    assert [letter for letter in order if letter in "rab"] == [letter for letter in letters if letter in "rab"]
    assert not see(repo, *args).tally.problems


def test_tags(repo: Repo, forked: dict[str, str]) -> None:
    """A tag that is named is read: message and tagger, through tags of tags; one that is excluded is not."""
    repo.tag("outer", "outer message", "heavy")
    seen = see(repo, "side..outer")
    assert [text for kind, text in seen.texts if kind == "tag"] == [b"outer message\n", b"tag message\n"]
    assert {origin.ref for origin in seen.origins if origin.kind == "tag"} == {"outer"}
    assert not [text for kind, text in see(repo, "heavy..side").texts if kind == "tag"]
    assert forked


def test_since(repo: Repo) -> None:
    """By commit date; a clock that was wrong in between hides nothing."""
    day = 86_400
    now = int(time.time())
    ids = []
    for age in (40, 3, 30, 2):
        stamp = f"{now - age * day} +0000"
        ids.append(add(repo, f"{age}", f"{age}", GIT_COMMITTER_DATE=stamp, GIT_AUTHOR_DATE=stamp))
    assert named(repo, since="1 week ago").commits == (ids[1], ids[3])
    assert named(repo, "HEAD", since="1.month.ago").commits == tuple(ids[1:])
    assert named(repo, since="yesterday").commits == ()
    assert named(repo, f"{ids[1]}..", since="2001-01-01 12:00").commits == tuple(ids[2:])


@pytest.mark.parametrize(
    "text", ["2 wekes ago", "gestern", "", " ", "?", "now", "2999-01-01", "12345", "31.1.2026", "2026-13-01"]
)
def test_since_that_is_no_date(repo: Repo, text: str) -> None:
    """Git would take it for now, and nothing would be read."""
    repo.add("a", "a")
    if text == "":
        assert len(named(repo, since=text).commits) == 1
    else:
        assert "date" in refused(repo, since=text, kind=UsageError).message


@pytest.mark.parametrize("args", [["--all"], ["-1"], ["--output=x", "HEAD"], [""], ["a\nb"], ["^HEAD"]])
def test_no_revisions(repo: Repo, args: list[str]) -> None:
    """Options, empty names, and only exclusions are mistakes."""
    repo.add("a", "a")
    refused(repo, *args, kind=UsageError)


# ---- failures


UNKNOWN: list[tuple[str, str, str]] = [
    ("origin/main..HEAD", "unknown revision: origin/main", "git fetch origin main"),
    (
        "1234567890123456789012345678901234567890..HEAD",
        "unknown revision: 1234567890123456789012345678901234567890",
        "fetch-depth: 0",
    ),
    ("0000000000000000000000000000000000000000..HEAD", "all zeros", "origin/main..HEAD"),
    ("HEAD..nothing", "unknown revision: nothing", "git branch --all"),
    ("HEAD...nothing", "unknown revision: nothing", "git branch --all"),
    ("HEAD~5..HEAD", "unknown revision: HEAD~5", "git branch --all"),
    ("HEAD:a", "is a blob, not a commit", "leakstop history"),
    ("HEAD..a", "a is a path, not a revision", "leakstop history --paths"),
    ("HEAD^{tree}", "is a tree, not a commit", "leakstop history"),
    ("\x1b[31m", "unknown revision: \\x1b[31m", "git branch"),
    ("two words", "unknown revision: two words", "git branch"),
    ("@{u}..HEAD", "unknown revision: no upstream configured", "origin/main..HEAD"),
    ("nothing@{upstream}", "unknown revision: no such branch", "origin/main..HEAD"),
    ("HEAD@{9}..HEAD", "unknown revision: log for 'HEAD'", "git reflog"),
]


@pytest.mark.parametrize("arg, message, remedy", UNKNOWN)
def test_unknown_revisions(repo: Repo, arg: str, message: str, remedy: str) -> None:
    """Each is named, with what to do; the exit code is that of an incomplete scan."""
    repo.add("a", "a")
    error = refused(repo, arg)
    assert message in error.message
    assert remedy in error.remedy
    assert error.exit_code == 3


def test_empty_repository(repo: Repo) -> None:
    """No commit yet is no clean range."""
    assert "no commits yet" in refused(repo).message
    assert "unknown revision: main" in refused(repo, "main..HEAD").message


@pytest.fixture
def shallow(repo: Repo, tmp_path: Path) -> Repo:
    """The last three commits of six."""
    for number in range(6):
        repo.add("a", f"{number}\n")
    return repo.clone(tmp_path / "shallow", "--depth=3")


def test_shallow_clone(shallow: Repo) -> None:
    """Complete inside; where it was cut off, an error with the remedy, though git would show a root commit."""
    assert len(see(shallow, "HEAD~2..HEAD").content) == 2
    for args in (["HEAD"], ["HEAD~2"], []):
        error = refused(shallow, *args)
        assert "shallow" in error.message
        assert "git fetch --unshallow" in error.remedy
        assert "fetch-depth: 0" in error.remedy
    assert "unknown revision" in refused(shallow, "HEAD~4..HEAD").message
    assert named(shallow, "HEAD..HEAD~1").commits == ()
    shallow.git("fetch", "-q", "--unshallow")
    assert len(see(shallow, "HEAD").content) == 6


def test_shallow_clone_of_everything(repo: Repo, tmp_path: Path) -> None:
    """A boundary that is a true root loses nothing."""
    repo.add("a", "1")
    copy = repo.clone(tmp_path / "copy", "--depth=1")
    (copy.path / ".git/shallow").write_text(copy.rev() + "\n")
    assert len(see(copy, "HEAD").content) == 1


def test_since_in_a_shallow_clone(shallow: Repo) -> None:
    """What was cut off is older than what is asked for."""
    stamp = f"{int(time.time()) - 3600} +0000"
    oid = add(shallow, "a", "new\n", GIT_COMMITTER_DATE=stamp)
    assert named(shallow, since="1 day ago").commits == (oid,)


def test_missing_blobs_of_a_partial_clone(repo: Repo, tmp_path: Path) -> None:
    """Nothing is fetched; each missing file is a problem; what is here is read."""
    repo.git("config", "uploadpack.allowFilter", "true")
    first = repo.add("a", "1\n")
    repo.add("b", "2\n")
    copy = repo.clone(tmp_path / "copy", "--filter=blob:none", "--no-checkout")
    here = copy.add("c", "here\n")
    repo.path.rename(tmp_path / "gone")
    seen = see(copy, "HEAD")
    assert [(commit, path) for commit, path, _, _ in seen.content] == [(here, b"c")]
    assert [problem.where for problem in seen.tally.problems] == [f"{first[:12]}:a", f"{copy.rev('HEAD~1')[:12]}:b"]
    assert "partial clone" in seen.tally.problems[0].message
    assert "git fetch --refetch" in seen.tally.problems[0].remedy
    assert {text for kind, text in seen.texts if kind == "path"} >= {b"a", b"b", b"c"}


def damage(repo: Repo, name: str, *, remove: bool = False) -> None:
    oid = repo.rev(name)
    path = repo.path / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o600)
    if remove:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-8])


@pytest.mark.parametrize("remove", [True, False], ids=["missing", "cut off"])
def test_unreadable_objects(repo: Repo, remove: bool) -> None:
    """A blob or a tree: a problem each; every other commit is read."""
    random_text = random.Random(1).randbytes(3000).hex()
    repo.add("a", "1\n")
    second = repo.add("a", "1\n" + random_text)
    third = repo.add("b", "3\n")
    for number in range(40):
        repo.write(f"dir/{number}", f"{number}")
    repo.stage()
    fourth = repo.commit()
    fifth = repo.add("c", "5\n")
    repo.remove("dir")
    sixth = repo.commit()
    seventh = repo.add("d", "7\n")
    damage(repo, f"{second}:a", remove=remove)
    damage(repo, f"{fourth}:dir", remove=remove)
    seen = see(repo, "HEAD")
    assert {(third, b"b"), (fifth, b"c"), (seventh, b"d")} <= seen.lines().keys()
    wheres = [problem.where for problem in seen.tally.problems]
    assert f"{second[:12]}:a" in wheres
    assert fourth[:12] in wheres
    assert {where[:12] for where in wheres} <= {second[:12], fourth[:12], sixth[:12]}
    assert all(problem.remedy for problem in seen.tally.problems)
    assert seen.tally.commits == 7


def test_missing_commit(repo: Repo) -> None:
    """History that cannot be walked is an error, not an end."""
    for number in range(3):
        repo.add("a", f"{number}\n")
    damage(repo, "HEAD~1", remove=True)
    error = refused(repo, "HEAD")
    assert "damaged" in error.message
    assert "git fsck" in error.remedy


@pytest.mark.parametrize("back", [0, 1, 3])
def test_a_commit_that_only_a_commit_graph_knows(repo: Repo, back: int) -> None:
    """Git lists it, and then passes over it: that it is missing is told, and all others are read."""
    oids = [repo.add(f"f{number}", f"{number}\n") for number in range(4)][::-1]
    repo.git("commit-graph", "write", "--reachable")
    repo.git("update-ref", "refs/heads/other", oids[-1])
    damage(repo, oids[back], remove=True)
    if back == 0:  # git refuses to start at it
        assert refused(repo, "HEAD").remedy
        return
    seen = see(repo, "HEAD")
    assert [commit for commit, _, _, _ in seen.content] == [oid for oid in oids[::-1] if oid != oids[back]]
    assert oids[back][:12] in {problem.where for problem in seen.tally.problems}


def test_corrupt_pack(repo: Repo) -> None:
    """Bytes flipped in a pack: what they hit is a problem or an error, never silence."""
    for number in range(5):
        repo.add(f"f{number}", random.Random(number).randbytes(4000).hex())
    repo.git("repack", "-q", "-a", "-d")
    [pack] = (repo.path / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    for at in range(len(data) // 2, len(data) // 2 + 200):
        data[at] ^= 0xFF
    pack.write_bytes(data)
    try:
        seen = see(repo, "HEAD")
    except SourceError as error:
        assert error.remedy  # noqa: PT017 - one of two ways
    else:
        assert seen.tally.problems
        assert len(seen.content) + len(seen.tally.problems) >= 5


def test_not_a_repository(tmp_path: Path) -> None:
    """As everywhere."""
    assert "not a git repository" in refused(tmp_path, "HEAD").message


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_repository(repo: Repo) -> None:
    """Git's refusal comes with the command that lifts it."""
    repo.add("a", "a")
    os.chown(repo.path, 65534, 65534)
    os.chown(repo.path / ".git", 65534, 65534)
    assert "safe.directory" in refused(repo, "HEAD").remedy
