"""Names of objects: refs, heads of worktrees, operations in progress, reflogs."""

from __future__ import annotations

import pytest
from helpers import Repo, knows_reftable

from leakstop.git import reftable
from leakstop.git.plumbing import open_repository
from leakstop.git.refs import Reflog, reflogs, refs, tips, worktrees
from leakstop.model import Tally


@pytest.fixture(params=["files", "reftable"])
def repo(request, tmp_path):
    """A repository that keeps its refs so."""
    if request.param == "files":
        return Repo.init(tmp_path / "repo")
    if not knows_reftable():
        pytest.skip("needs git 2.45")
    return Repo.init(tmp_path / "repo", "--ref-format=reftable")


@pytest.fixture
def plain(tmp_path):
    """One that keeps them in files."""
    return Repo.init(tmp_path / "repo")


def names(repo, tally=None):
    return {ref.name: ref for ref in refs(open_repository(repo.path), tally or Tally())}


def logs(repo, tally=None):
    return list(reflogs(open_repository(repo.path), tally or Tally()))


def test_all_refs(repo):
    """Branches, tags by their own ids, notes, and anything else below refs/; loose and packed alike."""
    repo.add("file", "base")
    repo.tag("light")
    repo.tag("heavy", "a message")
    repo.git("notes", "add", "-m", "note")
    repo.git("update-ref", "refs/odd/name", "HEAD")
    for pack in (False, True):
        if pack:
            repo.git("pack-refs", "--all")
        found = names(repo)
        listed = dict(line.split() for line in repo.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines())
        assert {name: ref.oid.hex().encode() for name, ref in found.items()} == {**listed, b"HEAD": repo.rev().encode()}
        assert found[b"HEAD"].target == b"refs/heads/main"
        assert not any(ref.passing for ref in found.values())


def test_symbolic_refs_and_remotes(repo, tmp_path):
    """What a symbolic ref stands for; which refs are a remote's."""
    repo.add("file", "base")
    copy = repo.clone(tmp_path / "clone")
    found = names(copy)
    assert found[b"refs/remotes/origin/HEAD"].target == b"refs/remotes/origin/main"
    assert {name for name, ref in found.items() if ref.remote} == {b"refs/remotes/origin/HEAD", b"refs/remotes/origin/main"}


def test_no_commit_yet(repo):
    """An unborn branch gives no HEAD."""
    assert names(repo) == {}


def test_a_detached_head(repo):
    """HEAD stands for itself."""
    repo.add("file", "base")
    repo.git("switch", "-q", "--detach")
    assert names(repo)[b"HEAD"].target == b""
    assert names(repo)[b"HEAD"].oid.hex() == repo.rev()


def test_a_head_that_was_overwritten(plain):
    """It names nothing, not even a file."""
    plain.add("file", "base")
    (plain.path / ".git/HEAD").write_bytes(b"ref: refs/heads/ma" + bytes(4))
    assert set(names(plain)) == {b"refs/heads/main"}


def test_broken_refs_are_problems(plain):
    """Empty and malformed files, names that are not allowed."""
    plain.add("file", "base")
    for name, text in (("bad", "rubbish\n"), ("empty", ""), ("a..b", plain.rev() + "\n")):
        (plain.path / ".git/refs/heads" / name).write_text(text)
    (plain.path / ".git/refs/heads/dangling").write_text("ref: refs/heads/nowhere\n")
    tally = Tally()
    assert set(names(plain, tally)) == {b"HEAD", b"refs/heads/main"}
    assert sorted(problem.where for problem in tally.problems) == ["refs/heads/a..b", "refs/heads/bad", "refs/heads/empty"]
    assert all(problem.remedy for problem in tally.problems)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(b"\n", b"\n# pack-refs with: peeled\n", 1),
        lambda text: text.replace(b"\n", b"\nrubbish\n", 1),
        lambda text: text.replace(b"\n", b"\n\n", 1),
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text + b"\xff\0",
    ],
    ids=["second header", "rubbish", "empty line", "line ends of Windows", "no line end"],
)
def test_a_line_of_packed_refs_that_git_does_not_understand(plain, tmp_path, spoil):
    """One problem; all refs are there nevertheless, packed or not, those of the worktrees too."""
    plain.add("file", "base")
    plain.tag("heavy", "a message")
    copy = plain.clone(tmp_path / "clone")
    copy.git("worktree", "add", "-q", tmp_path / "other", "-b", "topic")
    copy.git("pack-refs", "--all")
    copy.add("file", "more")
    expected = names(copy)
    packed = copy.path / ".git/packed-refs"
    packed.write_bytes(spoil(packed.read_bytes()))
    tally = Tally()
    assert names(copy, tally) == expected
    assert [(problem.where, "packed-refs" in problem.message) for problem in tally.problems] == [("refs", True)]


def test_other_worktrees(repo, tmp_path):
    """Their heads and their own refs, under git's names for them, seen from either side."""
    repo.add("file", "base")
    repo.git("worktree", "add", "-q", tmp_path / "other", "-b", "topic")
    other = Repo(tmp_path / "other")
    other.git("update-ref", "refs/worktree/mine", "HEAD")
    other.git("update-ref", "refs/bisect/bad", "HEAD")
    repo.git("update-ref", "refs/bisect/good-1", "HEAD")
    outside, inside = names(repo), names(other)
    assert outside[b"HEAD"].target == b"refs/heads/main"
    assert outside[b"worktrees/other/HEAD"].target == b"refs/heads/topic"
    assert {b"worktrees/other/refs/worktree/mine", b"worktrees/other/refs/bisect/bad", b"refs/bisect/good-1"} <= set(outside)
    assert inside[b"HEAD"].target == b"refs/heads/topic"
    assert inside[b"main-worktree/HEAD"].target == b"refs/heads/main"
    assert {b"refs/worktree/mine", b"refs/bisect/bad", b"main-worktree/refs/bisect/good-1"} <= set(inside)
    for found in (outside, inside):
        for name, ref in found.items():
            assert (repo if found is outside else other).rev(name.decode()) == ref.oid.hex()


def test_operations_in_progress(repo):
    """A merge that stopped, and what was there before a reset."""
    repo.add("file", "base")
    repo.branch("side")
    repo.add("file", "mine")
    repo.switch("side")
    repo.add("file", "theirs")
    repo.merge("main", check=False)
    repo.git("reset", "-q", "--keep", "HEAD", check=False)
    found = names(repo)
    assert found[b"MERGE_HEAD"].oid.hex() == repo.rev("main")
    assert found[b"MERGE_HEAD"].passing


def test_what_names_a_lost_object(repo):
    """Whether it is here is not asked for names; a reflog that git cannot show without it is a problem."""
    repo.add("file", "base")
    repo.git("tag", "light")
    oid = repo.rev()
    (repo.path / ".git/objects" / oid[:2] / oid[2:]).unlink()
    tally = Tally()
    assert {name: ref.oid.hex() for name, ref in names(repo, tally).items()} == dict.fromkeys(
        (b"HEAD", b"refs/heads/main", b"refs/tags/light"), oid
    )
    told = {entry.ref for entry in logs(repo, tally)}
    told |= {problem.where.removeprefix("reflog of ").encode() for problem in tally.problems}
    assert told == {b"HEAD", b"refs/heads/main"}


def test_reflogs_say_what_git_says(repo):
    """Names, ids, people, messages, newest first, of HEAD, branches and the stash."""
    repo.add("file", "base", "one")
    repo.add("file", "more", "two")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.write("file", "stashed")
    repo.git("stash", "push", "-q", "-m", "put aside")
    found = logs(repo)
    for ref, name in (("HEAD", b"HEAD"), ("main", b"refs/heads/main"), ("stash", b"refs/stash")):
        own = [entry for entry in found if entry.ref == name]
        told = repo.git("log", "-g", "--format=%H%x00%gn <%ge>%x00%gs", ref).splitlines()
        assert [entry.number for entry in own] == list(range(len(told)))
        for entry, line in zip(own, told, strict=True):
            oid, person, message = line.split(b"\0")
            assert entry.new is not None
            assert (entry.new.hex().encode(), entry.message) == (oid, message)
            assert entry.person.startswith(person + b" ")
        assert own[-1].old is None
    assert found[0].name == b"HEAD@{0}"
    assert {entry.name for entry in found if entry.ref == b"refs/stash"} == {b"stash@{0}"}


def test_tables_are_asked_for_what_a_worktree_has_for_itself(repo, tmp_path):
    """Branches are the same in all worktrees: with many of both they would be listed again for each."""
    repo.add("file", "base")
    repo.git("worktree", "add", "-q", tmp_path / "other", "-b", "topic")
    other = Repo(tmp_path / "other")
    other.git("update-ref", "refs/worktree/mine", "HEAD")
    other.git("update-ref", "ORIG_HEAD", "HEAD")
    opened = open_repository(repo.path)
    if not reftable.used(opened):
        pytest.skip("there are files")
    (_, own), (_, others) = worktrees(opened)
    assert [name for name, _, _ in reftable.own(opened, own, ())] == [b"HEAD"]
    assert {name for name, _, _ in reftable.own(opened, others, (b"worktree",))} == {b"HEAD", b"ORIG_HEAD", b"refs/worktree/mine"}


def test_reflogs_of_worktrees(repo, tmp_path):
    """The log of another worktree's HEAD; logs of branches are there once."""
    repo.add("file", "base")
    repo.git("worktree", "add", "-q", tmp_path / "other", "-b", "topic")
    other = Repo(tmp_path / "other")
    other.add("file", "more")
    outside = [entry.name for entry in logs(repo)]
    inside = [entry.name for entry in logs(other)]
    assert b"worktrees/other/HEAD@{0}" in outside
    assert outside.count(b"refs/heads/topic@{0}") == inside.count(b"refs/heads/topic@{0}") == 1
    assert {b"HEAD@{0}", b"main-worktree/HEAD@{0}"} <= set(inside)
    assert b"main-worktree/refs/heads/topic@{0}" not in inside


def test_odd_lines_of_reflogs(plain):
    """A line without message, one with a carriage return, and rubbish, which is a problem."""
    plain.add("file", "base")
    oid = plain.rev()
    lines = [f"{'0' * 40} {oid} A <a@example.com> 1 +0000", "rubbish", f"{oid} {'0' * 40} B <b@example.com> 2 +0000\tone\rtwo"]
    (plain.path / ".git/logs/refs/heads/main").write_bytes("\n".join(lines).encode() + b"\n")
    tally = Tally()
    found = [entry for entry in logs(plain, tally) if entry.ref == b"refs/heads/main"]
    assert found == [
        Reflog(b"refs/heads/main", 0, bytes.fromhex(oid), None, b"B <b@example.com> 2 +0000", b"one\rtwo"),
        Reflog(b"refs/heads/main", 2, None, bytes.fromhex(oid), b"A <a@example.com> 1 +0000", b""),
    ]
    (problem,) = tally.problems
    assert problem.where == "reflog of refs/heads/main"


def test_a_reflog_that_cannot_be_read(plain):
    """It is a problem."""
    plain.add("file", "base")
    path = plain.path / ".git/logs/HEAD"
    path.unlink()
    path.symlink_to("HEAD")  # to itself: nobody can open it, root neither
    tally = Tally()
    logs(plain, tally)
    assert [problem.where for problem in tally.problems] == ["reflog of HEAD"]


def test_tips(repo):
    """Refs, and one further name for what only a reflog names; stashes last."""
    repo.add("file", "base")
    lost = repo.add("file", "lost")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    for number in range(2):
        repo.write("file", f"{number}")
        repo.clock += 60
        repo.git("stash", "push", "-q")
    opened = open_repository(repo.path)
    found = tips(refs(opened, Tally()), reflogs(opened, Tally()))
    by_name = {ref.name: ref for ref in found}
    assert by_name[b"stash@{1}"].passing is False
    assert [name for name, ref in by_name.items() if ref.oid.hex() == lost and name != b"ORIG_HEAD"] in (
        [b"HEAD@{2}"],
        [b"HEAD@{1}"],
        [b"HEAD@{3}"],
    )
