"""`leakstop history` as a command: what its options and its argument choose."""

from __future__ import annotations

import gzip
import os
import random
from typing import TYPE_CHECKING, Any

import containers
import pytest
from helpers import Repo, fake, run_cli

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW, BRANCH = (fake("github-pat", seed) for seed in range(3))


@pytest.fixture
def leaky(repo: Repo) -> Repo:
    """Three secrets: an old one that is gone, a new one, one on a branch."""
    repo.add("old.env", f"TOKEN={OLD}\n")
    repo.remove("old.env")
    repo.commit("Away with it")
    repo.switch("feature", create=True)
    repo.add("feature/b.env", f"TOKEN={BRANCH}\n")
    repo.switch("main")
    repo.clock += 100 * 86_400
    repo.add("new.env", f"TOKEN={NEW}\n")
    return repo


def files(*args: str | os.PathLike[str], cwd: Path) -> set[str]:
    result = run_cli("history", *args, "--format", "json", cwd=cwd)
    assert result.code in (0, 1), result.err
    return {finding["file"] for finding in result.json()["findings"]}


def test_everything(leaky: Repo, tmp_path: Path) -> None:
    """From inside, from below, and by path."""
    everything = {"old.env", "new.env", "feature/b.env"}
    (leaky.path / "below").mkdir()

    assert files(cwd=leaky.path) == everything
    assert files(cwd=leaky.path / "below") == everything
    assert files(leaky.path, cwd=tmp_path) == everything
    assert files(leaky.path / ".git", cwd=tmp_path) == everything


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_no_history(tmp_path: Path, form: str) -> None:
    """An empty repository is clean."""
    result = run_cli("history", cwd=Repo.init(tmp_path / "empty", f"--object-format={form}").path)

    assert result.code == 0, result.err


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_the_smallest_history(repo: Repo, packed: bool) -> None:
    """One file in one folder, and away again: six objects, one of them the empty tree."""
    first = repo.add("config/deploy.env", f"TOKEN={OLD}\n")
    repo.remove("config/deploy.env")
    repo.commit("Away with it")
    if packed:
        repo.git("gc", "-q")
    (finding,) = run_cli("history", "-f", "json", cwd=repo.path).json()["findings"]

    assert finding["file"] == "config/deploy.env"
    assert finding["history"]["first_commit"] == first
    assert finding["history"]["in_head"] is False
    assert finding["history"]["refs"] == ["refs/heads/main"]


@pytest.mark.parametrize(
    "args, expected",
    [
        (("--refs", "refs/heads/main"), {"old.env", "new.env"}),
        (("--refs", "refs/heads/f*", "--refs", "refs/heads/main"), {"old.env", "new.env", "feature/b.env"}),
        (("--refs", "heads/main"), {"old.env", "new.env"}),
        (("--refs", "team/*"), {"old.env", "feature/b.env"}),
        (("--refs", "HEAD"), {"old.env", "new.env"}),
        (("--since", "2026-03-01"), {"new.env"}),
        (("--paths", "*.env"), {"old.env", "new.env", "feature/b.env"}),
        (("--paths", "feature/**", "--paths", "old.*"), {"old.env", "feature/b.env"}),
    ],
)
def test_narrowed(leaky: Repo, args: tuple[str, ...], expected: set[str]) -> None:
    """Only what these refs reach, what is newer, what has such a path."""
    leaky.branch("team/one", "feature")
    assert files(*args, cwd=leaky.path) == expected


@pytest.mark.parametrize("refs", [("nope/*",), ("refs/heads/main", "--refs", "m[")])
def test_refs_that_are_not_there(leaky: Repo, refs: tuple[str, ...]) -> None:
    """A typing error must not narrow a scan to nothing: what was asked for was not read."""
    result = run_cli("history", "--refs", *refs, "--exit-zero", cwd=leaky.path)

    assert result.code == 3
    assert f"--refs {refs[-1]}: no ref matches it" in result.out


@pytest.mark.parametrize("wrong", ["*.tfvar", "feature/old.env", "/b.env", "src/"])
def test_paths_that_never_were(leaky: Repo, wrong: str) -> None:
    """The same of paths: clean would be said of nothing. The rest is reported."""
    result = run_cli("history", "--paths", "old.env", "--paths", wrong, "--exit-zero", cwd=leaky.path)

    assert result.code == 3
    assert OLD[:4] in result.out
    assert f"--paths {wrong}: no path matches it" in result.out
    assert "--paths old.env" not in result.out


@pytest.mark.parametrize("kind", ["deleted", "folder", "only in a merge", "only staged", "unreachable", "odd name"])
def test_paths_that_hold_nothing(repo: Repo, kind: str) -> None:
    """Where there is such a path, in whatever commit, nothing found is clean."""
    paths = ["wanted"]
    repo.add("other", "1")
    repo.branch("side")
    if kind == "deleted":
        repo.add("wanted", "1")
        repo.remove("wanted")
        repo.commit("Away with it")
    elif kind == "folder":
        paths = ["a/wanted/", "a/**/c", "oth*"]
        repo.add("a/wanted/b/c", "1")
    elif kind == "only in a merge":
        repo.switch("side")
        repo.add("more", "1")
        repo.switch("main")
        repo.merge("side", options=("--no-commit",))
        repo.write("wanted", "1")
        repo.git("add", ".")
        repo.commit("A merge")
        repo.switch("side")
    elif kind == "only staged":
        repo.write("wanted", "1")
        repo.git("add", ".")
    elif kind == "unreachable":
        repo.add("wanted", "1")
        repo.git("reset", "-q", "--hard", "HEAD~1")
        repo.git("reflog", "expire", "--expire=now", "--all")
    else:
        paths = ["w\u00e4nt[e]d\n?"]
        repo.add("w\u00e4nted\n!", "1")
    result = run_cli("history", *(word for path in paths for word in ("--paths", path)), cwd=repo.path)

    assert result.code == 0, result.out


def test_paths_where_trees_are_missing(leaky: Repo, tmp_path: Path) -> None:
    """Whether there is such a path cannot be told: that is said, and git's answer is not taken for a no."""
    leaky.git("config", "uploadpack.allowFilter", "true")
    partial = leaky.clone(tmp_path / "partial", "--no-checkout", "--filter=tree:0")
    result = run_cli("history", "--paths", "*.tfvars", cwd=partial.path)

    assert result.code == 3
    assert "--paths *.tfvars: whether a path matches it cannot be told" in result.out


def histories(repo: Repo, *args: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What the history says of each finding, by kind and name of the file or tag."""
    found = run_cli("history", *args, "-f", "json", cwd=repo.path).json()["findings"]
    return {(one["origin"]["kind"], one["file"] or one["origin"]["ref"]): one["history"] for one in found}


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_names(repo: Repo, tmp_path: Path, packed: bool) -> None:
    """A secret in the name of a file, folder or submodule: since when, by whom, is it still there; of a ref: where it is."""
    tokens = [fake("github-pat", number) for number in range(5)]
    repo.add("a", "")  # as empty as many a file
    first = repo.add(f"deploy/{tokens[0]}.txt", "")
    last = repo.add(f"deploy/{tokens[0]}.txt", "changed")
    repo.remove(f"deploy/{tokens[0]}.txt")
    repo.commit("Removed")
    moved = repo.add(f"old/{tokens[1]}/deep/file", "z")
    repo.git("mv", "old", "new")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'12' * 20},lib-{tokens[2]}")
    top = repo.commit("Moved")
    repo.branch(f"fix-{tokens[3]}", first)
    repo.tag(f"v-{tokens[4]}", "annotated", last)
    Repo.init(tmp_path / "origin", "--bare")
    repo.git("push", "-q", str(tmp_path / "origin"), "main~1:refs/heads/main")
    repo.git("fetch", "-q", str(tmp_path / "origin"), "refs/heads/*:refs/remotes/origin/*")
    if packed:
        repo.git("repack", "-q", "-a", "-d")
    result = run_cli("history", "-f", "json", "--show-secrets", cwd=repo.path).json()
    assert result["complete"]
    told = {one["secret"]: one for one in result["findings"]}
    keys = ("first_commit", "last_commit", "in_head", "pushed")
    assert {secret: tuple(one["history"][key] for key in keys) for secret, one in told.items()} == {
        tokens[0]: (first, last, False, True),
        tokens[1]: (moved, top, True, True),
        tokens[2]: (top, top, True, False),
        tokens[3]: (None, first, False, False),
        tokens[4]: (None, last, False, False),
    }
    assert {one["file"] for one in told.values() if one["file"]} == {
        f"deploy/{tokens[0]}.txt",
        f"old/{tokens[1]}",
        f"lib-{tokens[2]}",
    }
    people = {one["origin"]["author"] for one in told.values()}
    assert people == {"Ada Author", "Cem Committer"}  # whoever makes a tag is its committer
    assert told[tokens[4]]["origin"]["author"] == "Cem Committer"
    assert [one["origin"]["kind"] for one in told.values()].count("path") == 3


def test_narrowing_changes_nothing_of_what_is_told(leaky: Repo, tmp_path: Path) -> None:
    """Whether HEAD has it, whether it was pushed and all refs that reach it."""
    Repo.init(tmp_path / "origin", "--bare")
    leaky.git("push", "-q", str(tmp_path / "origin"), "main", "feature")
    leaky.git("fetch", "-q", str(tmp_path / "origin"), "refs/heads/*:refs/remotes/origin/*")
    leaky.add("own.env", f"TOKEN={fake('github-pat', 4)}\n")
    files = ("feature/b.env", "new.env", "old.env", "own.env")
    whole = histories(leaky)
    assert {name: (whole[kind, name]["in_head"], whole[kind, name]["pushed"]) for kind, name in sorted(whole)} == dict(
        zip(files, ((False, True), (True, True), (False, True), (True, False)), strict=True)
    )
    for name in ("main", "feature"):
        narrowed = histories(leaky, "--refs", f"refs/heads/{name}")
        assert narrowed.items() <= whole.items()
        assert len(narrowed) == {"main": 3, "feature": 2}[name]


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_messages_and_people(repo: Repo, packed: bool) -> None:
    """Tags are reached by what names them, not by what reaches their commit; a person stands in all commits that name them."""
    repo.add("file", "1")
    secrets = iter(range(10, 20))
    repo.tag("inner", fake("github-pat", next(secrets)))
    repo.tag("outer", fake("github-pat", next(secrets)), "inner")
    repo.tag("gone", fake("github-pat", next(secrets)))
    repo.git("tag", "-d", "gone")
    someone = {"GIT_AUTHOR_NAME": fake("github-pat", next(secrets))}
    commits = [repo.commit(f"{number}", **someone) for number in range(4)]
    repo.switch("side", create=True)
    commits.append(repo.commit("last", **someone))
    aside = repo.commit(fake("github-pat", next(secrets)))
    repo.switch("main")
    (repo.path / ".git" / "logs" / "HEAD").unlink()
    if packed:
        repo.git("repack", "-a", "-d", "-k", "-q")
    told = histories(repo)

    assert {name: (history["refs"], history["in_head"]) for (kind, name), history in told.items() if kind == "tag"} == {
        "inner": (["refs/tags/inner", "refs/tags/outer"], False),
        "outer": (["refs/tags/outer"], False),
        "gone": ([], False),
    }
    (person,) = (history for (kind, _), history in told.items() if kind == "person")
    assert (person["first_commit"], person["last_commit"]) == (commits[0], commits[-1])
    assert (person["refs"], person["in_head"]) == (["refs/heads/main", "refs/heads/side"], True)
    (message,) = (history for (kind, _), history in told.items() if kind == "message")
    assert (message["first_commit"], message["refs"], message["in_head"]) == (aside, ["refs/heads/side"], False)


def test_a_url(leaky: Repo, tmp_path: Path) -> None:
    """Cloned for the scan, refs of every kind, and removed afterwards."""
    leaky.git("update-ref", "refs/pull/7/head", "feature")
    leaky.git("branch", "-D", "feature")
    (tmp_path / "tmp").mkdir()
    result = run_cli("history", leaky.path.as_uri(), "-f", "json", cwd=tmp_path, env={"TMPDIR": str(tmp_path / "tmp")})

    assert result.code == 1
    assert {finding["file"] for finding in result.json()["findings"]} == {"old.env", "new.env", "feature/b.env"}
    assert all(finding["history"]["pushed"] for finding in result.json()["findings"])
    assert os.listdir(tmp_path / "tmp") == []


@pytest.mark.parametrize("form", ["loose", "packed"])
def test_troubles_with_containers_have_paths(repo: Repo, form: str) -> None:
    """Where the blob stands in the history, HEAD or not; of one that no commit has the id is told. A secret in one is found."""
    cut = gzip.compress(f"TOKEN={OLD}\n".encode() + random.Random(1).randbytes(5000))[:-900]
    locked = bytearray(containers.zipped(b"text"))
    for lead, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        locked[locked.index(lead) + at] |= 1  # the flag of encryption
    first = repo.add("deep/keys.zip", bytes(locked))
    repo.git("mv", "deep/keys.zip", "moved.zip")
    repo.commit()
    repo.git("rm", "-q", "moved.zip")
    repo.add("dump.gz", cut)
    alone = (
        repo.git("hash-object", "-w", "--stdin", input=gzip.compress(random.Random(2).randbytes(3000))[:-700]).decode().strip()
    )
    if form == "packed":
        repo.git("repack", "-a", "-d", "-k", "-q")
    report = run_cli("history", "-f", "json", cwd=repo.path).json()
    blobs = {name: repo.rev(f"{where}:{name}")[:10] for where, name in ((first, "deep/keys.zip"), ("HEAD", "dump.gz"))}

    assert sorted((one["where"], one["message"]) for one in report["coverage"]["unread"]) == sorted(
        [
            (f"deep/keys.zip (blob {blobs['deep/keys.zip']}) → config/settings.ini", "encrypted"),
            (f"dump.gz (blob {blobs['dump.gz']})", "damaged; read as far as it goes"),
            (f"blob {alone}", "damaged; read as far as it goes"),
        ]
    )
    assert [finding["file"] for finding in report["findings"]] == ["dump.gz"]


def test_who_moved_a_ref_and_when(repo: Repo) -> None:
    """What a reflog says of it, not what the commit does."""
    repo.add("file", "1")
    moved = {"GIT_COMMITTER_NAME": "Mo Mover", "GIT_COMMITTER_DATE": "1767225600 +0200"}
    repo.git("update-ref", "--create-reflog", "-m", f"fetch https://{OLD}@github.com/a", "refs/heads/new", "HEAD", **moved)
    (finding,) = run_cli("history", "-f", "json", cwd=repo.path).json()["findings"]
    origin = finding["origin"]

    assert (origin["kind"], origin["ref"], origin["commit"]) == ("reflog", "refs/heads/new@{0}", repo.rev())
    assert (origin["author"], origin["email"], origin["date"]) == ("Mo Mover", "cem@example.com", "2026-01-01T02:00:00+02:00")


@pytest.mark.parametrize("tree", [False, True], ids=["no tree", "a tree in no commit"])
def test_what_is_staged_has_its_path(repo: Repo, tmp_path: Path, tree: bool) -> None:
    """No commit names it yet; the indexes of all work trees do. What was staged once has none."""
    repo.add("file", "1")
    repo.git("worktree", "add", "-q", tmp_path / "work")
    other = Repo(tmp_path / "work")
    for place, name, secret in ((repo, "deep/new.env", OLD), (other, "there.env", NEW), (repo, "gone.env", BRANCH)):
        place.write(name, f"TOKEN={secret}\n")
        place.stage(name)
    repo.git("rm", "-q", "--cached", "gone.env")
    repo.write("deep/new.env", f"# changed, and the value is the same\nTOKEN={OLD}\n")
    repo.stage("deep/new.env")
    if tree:
        repo.git("write-tree")
    found = run_cli("history", "-f", "json", cwd=repo.path).json()["findings"]

    assert {one["file"]: (one["origin"]["ref"], one["history"]["refs"], one["history"]["in_head"]) for one in found} == {
        "deep/new.env": ("index", ["index"], False),
        "there.env": ("worktrees/work/index", ["worktrees/work/index"], False),
        "": (None, [], False),
    }
    assert "git reset -- deep/new.env" in {
        command for one in found for step in one["fix"]["steps"] for command in step["commands"]
    }


def test_a_bundle(leaky: Repo, tmp_path: Path) -> None:
    """A repository in a file, cloned like one elsewhere; one that is not whole is told."""
    leaky.git("bundle", "create", "-q", tmp_path / "whole", "--all")
    leaky.git("bundle", "create", "-q", tmp_path / "part", "main~1..main")
    assert files("whole", cwd=tmp_path) == {"old.env", "new.env", "feature/b.env"}

    result = run_cli("history", "part", cwd=tmp_path)
    assert (result.code, len(result.err.splitlines())) == (3, 2)
    assert "cannot clone part: Repository lacks these prerequisite commits" in result.err
    assert "git fetch FILE" in result.err


@pytest.mark.parametrize("argument, message", [("file", "file is a file, not a repository"), ("", "the path for REPO is empty")])
def test_what_is_no_repository_is_not_taken_for_the_one_around(repo: Repo, argument: str, message: str) -> None:
    """A file, and a variable of a script's that is not set."""
    repo.add("file", "1")
    result = run_cli("history", argument, cwd=repo.path)

    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_the_git_file_of_a_work_tree_is_its_repository(leaky: Repo, tmp_path: Path) -> None:
    leaky.git("worktree", "add", "-q", tmp_path / "work")
    assert files(tmp_path / "work" / ".git", cwd=tmp_path) == {"old.env", "new.env", "feature/b.env"}


@pytest.mark.parametrize(
    "argument, message",
    [
        ("file:///does/not/exist", "cannot clone file:///does/not/exist: "),
        ("https://user:hunter2@127.0.0.1:9/x.git", "cannot clone https://127.0.0.1:9/x.git: "),
        (".", "not a git repository"),
    ],
)
def test_no_repository(tmp_path: Path, argument: str, message: str) -> None:
    """Exit 3, one line and the remedy."""
    result = run_cli("history", argument, cwd=tmp_path)

    assert (result.code, result.out) == (3, "")
    assert message in result.err
    assert "hunter2" not in result.err
    assert len(result.err.splitlines()) == 2


def test_a_date_that_is_none(leaky: Repo) -> None:
    """A typing error must not narrow a scan to nothing."""
    result = run_cli("history", "--since", "20250-13-45x", cwd=leaky.path)

    assert (result.code, result.out) == (2, "")


def test_pairs_what_a_scan_pairs(repo: Repo) -> None:
    """A secret in which a rule of another provider sees one of its own, which is not believed there."""
    key, secret = fake("aws-id"), fake("aws-secret")
    secret = secret[:24] + "+" + secret[25:]
    repo.add("form.html", f'<input name="key_id" value="{key}">\n<input name="key_secret" value="{secret}">\n')
    for command in ("history", "scan"):
        (found,) = run_cli(command, "--format", "json", "--show-secrets", cwd=repo.path).json()["findings"]
        assert (found["secret"], found["pair"]["value"]) == (secret, key)


def staged(repo: Repo) -> None:
    (repo.path / ".env").write_text(f"TOKEN={OLD}\n")
    repo.git("add", ".env")


def stashed(repo: Repo) -> None:
    staged(repo)
    repo.git("stash")


def forgotten(repo: Repo) -> None:
    staged(repo)
    repo.git("reset", "-q")


WORDS = {
    "staged": (staged, ".env", "staged, not committed"),
    "stashed": (stashed, ".env", "reachable from stash@{0}"),
    "in nothing": (forgotten, "blob ", "not in HEAD · not reachable from any ref"),
    "a note": (lambda repo: repo.git("notes", "add", "-m", f"token {OLD}"), "note on ", "reachable from refs/notes/commits"),
    "a tag's message": (
        lambda repo: repo.git("tag", "-a", "-m", f"token {OLD}", "v1"),
        "message of tag v1",
        "= reachable from v1",
    ),
    "a branch's name": (lambda repo: repo.git("branch", f"fix-{OLD}"), "name of branch fix-", "= points to "),
    "an entry of a reflog": (
        lambda repo: repo.git("update-ref", "-m", f"token {OLD}", "refs/heads/main", "HEAD~1"),
        "reflog entry HEAD@{0}",
        "= moved to ",
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_where_it_is_in_words(repo: Repo, name: str) -> None:
    """The heading and what is said of its life."""
    make, heading, said = WORDS[name]
    repo.add("one.txt", "1\n")
    repo.add("one.txt", "2\n")
    make(repo)
    told = run_cli("history", cwd=repo.path).out
    assert told.startswith(heading)
    assert said in told


@pytest.mark.parametrize("packed", [False, True])
def test_commits_and_tags_of_many_megabytes(repo: Repo, packed: bool) -> None:
    """What they begin with is searched, what is behind it is told as missing, and the commit still says whose a file is."""
    tokens = [fake("github-pat", seed=number) for number in range(3)]
    repo.write("a.txt", f"token = {tokens[0]}\n")
    repo.git("add", "a.txt")
    words = "words without end\n" * (17 << 16)
    repo.git("commit", "-q", "-F", "-", input=f"A message\n\ntoken = {tokens[1]}\n{words}".encode())
    repo.git("tag", "-a", "-F", "-", "large", input=f"A tag\n\ntoken = {tokens[2]}\n{words}".encode())
    if packed:
        repo.git("repack", "-adq")
    result = run_cli("history", "--format", "json", "--show-secrets", cwd=repo.path)
    report = result.json()
    found = {finding["secret"]: finding for finding in report["findings"]}
    assert found.keys() == set(tokens)
    assert (found[tokens[0]]["file"], found[tokens[0]]["history"]["first_commit"]) == ("a.txt", repo.rev())
    assert found[tokens[0]]["history"]["in_head"]
    assert {found[token]["origin"]["kind"] for token in tokens[1:]} == {"message", "tag"}
    told = {problem["where"]: problem["message"] for problem in report["problems"]}
    assert told[f"object {repo.rev()}"] == told[f"object {repo.rev('large')}"] == "only its first 16 MB were searched"
