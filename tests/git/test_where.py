"""For each value and path the first and last commit, HEAD, refs and remotes: compared with what git lists commit by commit."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
from helpers import Repo
from where_helpers import check, holders_of, look, shown

from leakstop.git.mentions import Ids
from leakstop.git.plumbing import open_repository
from leakstop.git.reach import lost, reached
from leakstop.git.trees import Brought
from leakstop.git.treetable import Reading
from leakstop.git.where import holdings, locate, reading


def place(scene, value, path):
    return scene.places[value, path]


def test_a_linear_history(repo):
    """A secret that comes with the second commit and stays, another that goes again."""
    repo.add("readme", "nothing")
    first = repo.add("config", "key <1>")
    repo.add("other", "key <2>")
    repo.write("other", "gone")
    repo.stage()
    repo.commit()
    head = repo.rev()
    scene = check(repo)
    found = place(scene, 1, b"config")
    assert (found.first.hex(), found.last.hex(), found.in_head) == (first, head, True)
    assert found.refs == (b"refs/heads/main",)
    assert place(scene, 2, b"other").in_head is False
    assert found.pushed is None


def test_a_value_that_goes_and_comes_again(repo):
    """The first commit is the oldest, the last the newest, whatever was in between."""
    first = repo.add("config", "key <1>")
    repo.add("config", "none")
    again = repo.add("config", "again <1>")
    repo.add("config", "none again")
    found = place(check(repo), 1, b"config")
    assert (found.first.hex(), found.last.hex(), found.in_head) == (first, again, False)


def test_renames_and_copies_of_files(repo):
    """Each path is a place of its own, also when the same blob stands at several."""
    repo.add("old name", "key <1>")
    repo.git("mv", "old name", "new name")
    repo.commit()
    repo.add("copy", "key <1>")
    scene = check(repo)
    assert {path for _, path in scene.places} == {b"old name", b"new name", b"copy"}


def test_a_copied_folder(repo):
    """The same tree under two parents, and then a changed copy: its files were never named by a new tree entry of their own."""
    for number in range(30):
        repo.write(f"a/deep/file-{number:02}.txt", f"content {number}")
    repo.write("a/deep/secret.env", "key <1>")
    repo.stage()
    repo.commit()
    for target in ("b", "c"):
        for number in range(30):
            repo.write(f"{target}/deep/file-{number:02}.txt", f"content {number}")
        repo.write(f"{target}/deep/secret.env", "key <1>")
    repo.write("c/deep/file-07.txt", "differs")
    repo.stage()
    repo.commit()
    for pack in (False, True):
        if pack:
            repo.git("repack", "-a", "-d", "-f", "-q")
        scene = check(repo)
        assert {path for _, path in scene.places} == {b"%b/deep/secret.env" % name for name in (b"a", b"b", b"c")}


def test_what_a_merge_itself_brings_in(repo):
    """A value that no parent has comes with the merge."""
    repo.add("file", "base")
    repo.branch("side")
    repo.add("here", "mine")
    repo.switch("side")
    repo.add("there", "theirs")
    repo.switch("main")
    repo.git("merge", "-q", "--no-commit", "--no-ff", "side")
    repo.write("file", "key <1>")
    repo.stage()
    merge = repo.commit("Merge")
    found = place(check(repo), 1, b"file")
    assert found.first.hex() == found.last.hex() == merge


def test_an_octopus_and_several_roots(repo):
    """A merge of three branches, one of which has a root of its own."""
    repo.add("file", "base")
    for name in ("one", "two"):
        repo.git("switch", "-q", "-c", name, "main")
        repo.add(name, f"key <{len(name)}>" if name == "one" else "key <7>")
    repo.git("switch", "-q", "--orphan", "alone")
    repo.add("alone", "key <3> key <8>")
    repo.switch("main")
    repo.merge("one", "two")
    repo.merge("alone", options=("--allow-unrelated-histories",))
    scene = check(repo)
    assert scene.places[8, b"alone"].in_head is True
    assert shown(scene.places[8, b"alone"].refs) == ["refs/heads/main", "refs/heads/alone"]


def test_the_same_value_on_unrelated_branches(repo):
    """The first commit is the older one, the last the newer."""
    repo.add("start", "")
    repo.git("switch", "-q", "-c", "b")
    older = repo.add("file", "<1> in b")
    repo.git("switch", "-q", "-c", "a", "main")
    newer = repo.add("file", "<1> in a")
    found = place(check(repo), 1, b"file")
    assert (found.first.hex(), found.last.hex()) == (older, newer)
    assert shown(found.refs) == ["refs/heads/a", "refs/heads/b"]


def test_clocks_that_go_wrong(repo):
    """A parent that is younger than its child still is the first."""
    repo.write("file", "<1>")
    repo.stage()
    first = repo.commit("from the future", GIT_COMMITTER_DATE="2000000000 +0000")
    repo.write("file", "gone")
    repo.stage()
    repo.commit("now")
    repo.write("file", "<1> again")
    repo.stage()
    last = repo.commit("before", GIT_COMMITTER_DATE="1000000000 +0000")
    found = place(check(repo, dates=False), 1, b"file")
    assert (found.first.hex(), found.last.hex()) == (first, last)


def test_detached_head(repo):
    """A detached HEAD comes first among the names."""
    repo.add("file", "<1>")
    repo.git("switch", "-q", "--detach")
    repo.add("more", "<2>")
    scene = check(repo)
    assert place(scene, 2, b"more").refs == (b"HEAD",)
    assert place(scene, 1, b"file").refs == (b"HEAD", b"refs/heads/main")
    assert place(scene, 2, b"more").in_head is True


def test_only_a_tag_reaches_it(repo):
    """Annotated tags, tags of tags, and the order of names."""
    repo.add("file", "base")
    repo.git("switch", "-q", "-c", "gone")
    repo.add("file", "<1>")
    repo.tag("light")
    repo.tag("heavy", "a message")
    repo.tag("nested", "a tag of a tag", "heavy")
    repo.switch("main")
    repo.git("branch", "-q", "-D", "gone")
    found = place(check(repo), 1, b"file")
    assert shown(found.refs) == ["refs/tags/heavy", "refs/tags/light", "refs/tags/nested"]
    assert found.total == 3


def test_tags_of_trees_and_blobs(repo):
    """A blob that is tagged has no path, a tree that is tagged has its own paths; neither has commits."""
    repo.add("file", "base")
    blob = repo.git("hash-object", "-w", "--stdin", input=b"<1>").decode().strip()
    other = repo.git("hash-object", "-w", "--stdin", input=b"<2>").decode().strip()
    tree = repo.git("mktree", input=f"100644 blob {other}\tin tree\n".encode()).decode().strip()
    repo.tag("blob", "a message", blob)
    repo.tag("tree", None, tree)
    scene = check(repo)
    found = place(scene, 1, b"")
    assert (found.blob.hex(), found.first, found.last, found.in_head) == (blob, b"", b"", False)
    assert found.refs == (b"refs/tags/blob",)
    assert place(scene, 2, b"in tree").refs == (b"refs/tags/tree",)
    assert place(scene, 2, b"in tree").blob.hex() == other


def test_what_no_commit_holds(repo):
    """Blobs of the index and dangling ones have no path; a tree that nothing names gives its path."""
    repo.add("file", "base")
    repo.write("staged", "<1>")
    repo.stage()
    blob = repo.git("hash-object", "-w", "--stdin", input=b"<2>").decode().strip()
    repo.git("hash-object", "-w", "--stdin", input=b"<3>")
    inner = repo.git("mktree", input=f"100644 blob {blob}\tlost\n".encode()).decode().strip()
    repo.git("mktree", input=f"040000 tree {inner}\tfolder\n".encode())
    scene = check(repo)
    assert place(scene, 1, b"").refs == ()
    assert place(scene, 1, b"").in_head is False
    assert place(scene, 2, b"folder/lost").blob.hex() == blob
    assert place(scene, 3, b"").first == b""
    assert scene.places.keys() == {(1, b""), (2, b"folder/lost"), (3, b"")}


def test_a_stash_with_its_three_parts(repo):
    """Index and untracked files of stashes, also of older ones, which only the reflog names."""
    repo.add("file", "base")
    for number in (1, 2):
        repo.write("file", f"worktree <{number}1>")
        repo.write("staged", f"index <{number}2>")
        repo.stage("staged")
        repo.write("untracked", f"untracked <{number}3>")
        repo.clock += 60
        repo.git("stash", "push", "-q", "--include-untracked")
    scene = look(repo)
    for number, name in ((1, b"stash@{1}"), (2, b"refs/stash")):
        assert place(scene, 10 * number + 1, b"file").refs == (name,)
        assert place(scene, 10 * number + 2, b"staged").refs == (name,)
        assert place(scene, 10 * number + 3, b"untracked").refs == (name,)
        assert place(scene, 10 * number + 1, b"file").in_head is False


def test_notes(repo):
    """Notes are files of commits below refs/notes."""
    commit = repo.add("file", "base")
    repo.git("notes", "add", "-m", "see <1>", commit)
    found = check(repo)
    (key,) = found.places
    assert key[0] == 1
    assert key[1].replace(b"/", b"").decode() == commit
    assert found.places[key].refs == (b"refs/notes/commits",)


def test_only_the_reflog_knows_it(repo):
    """A commit that was reset away; the names of entries are given where there are no others."""
    repo.add("file", "base")
    repo.add("file", "<1>")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    found = place(check(repo), 1, b"file")
    assert shown(found.refs) == ["HEAD@{1}", "ORIG_HEAD"]
    repo.git("branch", "kept", "HEAD@{1}")
    assert shown(place(check(repo), 1, b"file").refs) == ["refs/heads/kept"]


def test_unreachable_commits(repo):
    """A commit that nothing names has its place too, without refs."""
    repo.add("file", "base")
    lone = repo.add("file", "<1>")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
    repo.git("update-ref", "-d", "ORIG_HEAD")
    found = place(check(repo), 1, b"file")
    assert (found.first.hex(), found.refs, found.total, found.in_head) == (lone, (), 0, False)


def test_pushed_and_not(repo, tmp_path):
    """What a remote-tracking ref reaches was pushed; a rewritten one remembers in its reflog."""
    repo.add("file", "base")
    Repo.init(tmp_path / "remote", "--bare")
    repo.git("remote", "add", "origin", (tmp_path / "remote").as_uri())
    repo.add("pushed", "<1>")
    repo.git("push", "-q", "origin", "main")
    repo.add("local", "<2>")
    repo.git("switch", "-q", "-c", "topic", "main~1")
    repo.add("rewritten", "<3>")
    repo.git("push", "-q", "origin", "topic")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("push", "-q", "-f", "origin", "topic")
    repo.switch("main")
    scene = check(repo)
    assert place(scene, 1, b"pushed").pushed is True
    assert place(scene, 2, b"local").pushed is False
    assert place(scene, 3, b"rewritten").pushed is True
    assert shown(place(scene, 1, b"pushed").refs)[:2] == ["refs/heads/main", "refs/heads/topic"]
    assert b"refs/remotes/origin/main" in place(scene, 1, b"pushed").refs


def test_a_clone(repo, tmp_path):
    """Everything in a fresh clone was on the remote."""
    repo.add("file", "<1>")
    repo.git("switch", "-q", "-c", "side")
    repo.add("file", "<2>")
    copy = repo.clone(tmp_path / "clone")
    scene = check(copy)
    assert place(scene, 1, b"file").pushed is True
    assert place(scene, 2, b"file").pushed is True


def test_a_mirror(repo, tmp_path):
    """So was everything in a mirror, which has no remote-tracking refs: its branches are what was fetched."""
    repo.add("file", "<1>")
    repo.git("update-ref", "refs/pull/7/head", repo.add("file", "<2>"))
    repo.git("reset", "-q", "--hard", "HEAD~1")
    scene = look(repo.clone(tmp_path / "mirror", "--mirror"))
    assert place(scene, 1, b"file").pushed is True
    assert place(scene, 2, b"file").pushed is True
    assert place(look(repo.clone(tmp_path / "bare", "--bare")), 1, b"file").pushed is None


def test_fetched_pull_requests(repo, tmp_path):
    """Refs outside of refs/remotes/ that are fetched into a place of their own; branches and tags there may be our own."""
    repo.add("file", "base")
    copy = repo.clone(tmp_path / "clone")
    repo.git("update-ref", "refs/pull/7/head", repo.add("file", "<1>"))
    repo.git("reset", "-q", "--hard", "HEAD~1")
    for name in ("pull", "tags", "heads"):
        copy.git("config", "--add", "remote.origin.fetch", f"+refs/{name}/*:refs/{name}/*")
    copy.git("fetch", "-q", "--update-head-ok")
    copy.git("switch", "-q", "-c", "mine")
    copy.add("file", "<2>")
    copy.git("tag", "own")
    scene = look(copy)
    assert place(scene, 1, b"file").pushed is True
    assert place(scene, 2, b"file").pushed is False


def test_a_shallow_clone(repo, tmp_path):
    """The oldest commit that is here counts as the first."""
    repo.add("file", "<1>")
    middle = repo.add("other", "x")
    repo.add("third", "y")
    copy = repo.clone(tmp_path / "clone", "--depth=2")
    assert place(check(copy), 1, b"file").first.hex() == middle


def test_other_worktrees(repo, tmp_path):
    """The detached HEAD of another worktree is a name; from inside of that it is HEAD, and ours is the main one's."""
    repo.add("file", "base")
    repo.git("worktree", "add", "-q", "--detach", tmp_path / "other")
    other = Repo(tmp_path / "other")
    other.clock = repo.clock
    other.add("file", "<1>")
    found = place(check(repo), 1, b"file")
    assert shown(found.refs) == ["worktrees/other/HEAD"]
    assert found.in_head is False
    inside = place(check(other), 1, b"file")
    assert inside.refs == (b"HEAD",)
    assert inside.in_head is True


def test_odd_paths(repo):
    """Newlines, invalid UTF-8, blanks, what looks like the mode of an entry."""
    names = [b"new\nline", b"\xff\xfe", b" 100644 x", b"a 40000 b/c", b"deep/" * 40 + b"file", b"\xe2\x80\xaertl", b"100644"]
    for number, name in enumerate(names):
        repo.write(name, f"<{number}>")
    repo.stage()
    repo.commit()
    for pack in (False, True):
        if pack:
            repo.add("file", "more")
            repo.git("repack", "-a", "-d", "-f", "-q")
        scene = check(repo)
        assert scene.places.keys() == set(enumerate(names))


@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
def test_an_empty_repository(tmp_path, hashes):
    """No commits, no HEAD: an object that is there all the same is told."""
    repo = Repo.init(tmp_path / "repo", f"--object-format={hashes}")
    assert look(repo).places == {}
    repo.git("hash-object", "-w", "--stdin", input=b"<1>")
    found = place(look(repo), 1, b"")
    assert found.in_head is None
    assert found.refs == ()


def test_modes_and_links(repo):
    """A symbolic link's target is a blob like others; a mode that changes is no new place."""
    repo.add("script", "<1>")
    (repo.path / "link").symlink_to("<2>")
    (repo.path / "script").chmod(0o755)
    repo.stage()
    repo.commit()
    scene = check(repo)
    assert place(scene, 1, b"script").in_head is True
    assert place(scene, 2, b"link").in_head is True


def test_sha256(tmp_path):
    """Ids of 32 bytes."""
    repo = Repo.init(tmp_path / "repo", "--object-format=sha256")
    grow_random(repo, random.Random(5), commits=12)
    check(repo)
    repo.git("repack", "-a", "-d", "-f", "-q")
    check(repo)


def test_narrowed_to_paths_and_commits(repo):
    """Of a part of the commits what those brought in; of a part of the paths what stands there."""
    repo.add("old", "<1>")
    second = repo.add("src/new", "<2>")
    repo.add("old", "<1> <3>")
    only = look(repo, path=lambda path: path.startswith(b"src/"))
    assert only.places.keys() == {(2, b"src/new")}
    graph = only.graph
    late = look(repo, commits={graph.numbers[bytes.fromhex(second)], graph.numbers[bytes.fromhex(repo.rev())]})
    assert late.places.keys() == {(2, b"src/new"), (3, b"old")}


def test_many_refs(repo):
    """Fifty names at most, and how many there are."""
    repo.add("file", "<1>")
    repo.git("update-ref", "--stdin", input=b"".join(b"create refs/tags/t%03d HEAD\n" % n for n in range(80)))
    found = place(check(repo), 1, b"file")
    assert len(found.refs) == 50
    assert found.total == 81
    assert found.refs[0] == b"refs/heads/main"


def test_refs_that_reach_commits_and_tags(repo):
    """`reached` for what stands in messages."""
    first = repo.add("file", "base")
    repo.tag("v1", "a message")
    repo.tag("outer", "a tag of a tag", "v1")
    repo.git("switch", "-q", "-c", "side")
    second = repo.add("file", "more")
    scene = look(repo)
    expected = {
        (first,): ["refs/heads/side", "refs/heads/main", "refs/tags/outer", "refs/tags/v1"],
        (second,): ["refs/heads/side"],
        (second, repo.rev("v1")): ["refs/heads/side", "refs/tags/outer", "refs/tags/v1"],
        (repo.rev("v1"),): ["refs/tags/outer", "refs/tags/v1"],
        (repo.rev("outer"),): ["refs/tags/outer"],
        ("01" * 20,): [],
    }
    sets = {oids: tuple(map(bytes.fromhex, oids)) for oids in expected}
    found = reached(scene.store, scene.graph, scene.tips, sets.values())
    assert {oids: shown(found[some].refs) for oids, some in sets.items()} == expected
    assert {names.pushed for names in found.values()} == {None}


def test_refs_to_objects_that_are_gone(repo):
    """A ref whose commit is not here is a problem."""
    repo.add("file", "base")
    (repo.path / ".git/refs/heads/gone").write_text("12" * 20 + "\n")
    scene = look(repo)
    lost(scene.store, scene.graph, scene.tips, scene.tally)
    (problem,) = scene.tally.problems
    assert (problem.where, "not here" in problem.message) == ("refs/heads/gone", True)


def test_portions_of_the_reading(repo):
    """Read by several processes, in any order, one of them lost: the same places, loose trees and packed ones."""
    grow_random(repo, random.Random(11), commits=25)
    repo.git("repack", "-a", "-d", "-f", "-q")
    repo.git("reset", "-q", "--hard")
    for number in range(5):
        repo.add(f"loose/{number}", f"<{number}>")
    expected = check(repo)
    holders = holders_of(repo)
    for count in (1, 3, 1000):
        plan = reading(expected.store, holders)
        portions = plan.portions(count)
        assert len(portions) == min(count, len(portions))
        found = [pickle.loads(pickle.dumps(part)) for portion in portions[1:] for part in plan(portion)]
        random.Random(count).shuffle(found)
        table = plan.table([*found, "lost"])
        places = locate(expected.store, expected.graph, expected.tips, holders, trees=holdings(expected.store, holders, table))
        assert {(place.value, place.path): place for place in places} == expected.places


def test_ids_that_no_object_has(repo):
    """What is away is found to be away, and then stands where the trees name it."""
    grow_random(repo, random.Random(12), commits=25)
    repo.git("repack", "-a", "-d", "-f", "-q", "--depth=50")
    expected = check(repo)
    store, holders = expected.store, holders_of(repo)
    [pack] = store.packs
    rng = random.Random(13)
    for count in (1, 2, 5):
        away = set(rng.sample(sorted(holders), count))
        here = np.array([name.tobytes() not in away for name in pack.names])
        plan = Reading([pack], [], store.read_many, sorted(holders.keys() - away), pack.width, Ids(pack.names[here]))
        parts = [part for span in plan.portions(3) for part in plan(span)]
        brought = [part for part in parts if isinstance(part, Brought)]
        absent = sorted({oid for part in brought for oid in part.absent})
        assert absent == sorted(away)
        table = plan.table(parts, absent, [number for part in brought for number in part.odd])
        places = locate(store, expected.graph, expected.tips, holders, trees=holdings(store, holders, table))
        assert {(place.value, place.path): place for place in places} == expected.places


# ---- random histories


def grow_random(repo: Repo, rng: random.Random, *, commits: int, skewed: bool = False) -> None:
    """Branches, merges, renames, copied folders; files that hold some of six values in folders with many files."""
    stream = []
    heads: list[int] = []
    folders = ["", "src/", "src/lib/", "src/lib/deep/", "docs/", "docs/img/", "tests/"]
    paths = [folder + name for folder in folders for name in ("a.py", "b.py", "config", "key.env", "z")]
    filler = [f"{folder}module_{number:02}.c" for folder in folders[:4] for number in range(rng.randrange(30))]

    def content() -> bytes:
        values = rng.sample(range(6), rng.choice((0, 0, 1, 1, 2)))
        return b"\n".join([*(b"<%d>" % value for value in values), b"%d" % rng.randrange(4)])

    def commit(mark: int, parents: list[int], branch: str) -> None:
        date = 1_700_000_000 + 60 * mark + (rng.randrange(-600, 600) if skewed else 0)
        stream.append(f"commit refs/heads/{branch}\nmark :{mark}\ncommitter C <c@example.com> {date} +0000\ndata 0\n".encode())
        stream.extend(b"%s :%d\n" % (b"merge" if at else b"from", parent) for at, parent in enumerate(parents))
        if not parents:
            stream.extend(b"M 100644 inline %s\ndata 1\n%d\n" % (path.encode(), rng.randrange(10)) for path in filler)
        for _ in range(rng.choice((0, 1, 1, 2, 4))):
            kind, path = rng.random(), rng.choice(paths + filler)
            if kind < 0.6:
                data = content()
                stream.append(
                    b"M 100%s inline %s\ndata %d\n%s\n" % (rng.choice((b"644", b"755")), path.encode(), len(data), data)
                )
            elif kind < 0.75:
                stream.append(b"D %s\n" % path.encode())
            elif kind < 0.9:
                source, target = rng.sample(["src", "docs", "tests", "src/lib", "copy", "copy/of"], 2)
                if not target.startswith(source + "/") and not source.startswith(target + "/"):
                    stream.append(b"try %s %s\n" % (source.encode(), target.encode()))
            else:
                stream.append(b"M 100644 inline only/%d\ndata 3\n<%d>\n" % (rng.randrange(3), rng.randrange(6)))

    for mark in range(1, commits + 1):
        kind = rng.random()
        if not heads or kind < 0.03:
            commit(mark, [], f"root{mark}")
        elif kind < 0.25 and len(heads) > 1:
            parents = rng.sample(heads, min(len(heads), rng.choice((2, 2, 2, 3))))
            commit(mark, parents, f"merge{mark}")
            heads = [head for head in heads if head not in parents or rng.random() < 0.3]
        else:
            parent = rng.choice(heads)
            commit(mark, [parent], f"b{mark}")
            if rng.random() < 0.7:
                heads.remove(parent)
        heads.append(mark)
    # fast-import stops at a copy of what is not there: such copies are left out by trying them on an index of paths.
    repo.git("fast-import", "--quiet", "--force", input=_without_empty_copies(b"".join(stream)))
    names = repo.git("for-each-ref", "--format=%(refname)").split()
    for name in names[::2]:
        if rng.random() < 0.5:
            repo.git("update-ref", "-d", name)
    repo.git("symbolic-ref", "HEAD", rng.choice(repo.git("for-each-ref", "--format=%(refname)").decode().split()))


def _without_empty_copies(stream: bytes) -> bytes:
    """Copies of folders, as fast-import wants them, of those folders that have files then; merges count as their first parent."""
    trees: dict[bytes, dict[bytes, bytes]] = {}
    tree: dict[bytes, bytes] = {}
    mark = b""
    out = []
    lines = iter(stream.split(b"\n"))
    for line in lines:
        word, _, rest = line.partition(b" ")
        if word == b"commit":
            trees[mark] = tree
            tree = {}
        elif word == b"mark":
            mark = rest
        elif word == b"from":
            tree = dict(trees[rest])
        elif word == b"M":
            path = rest.split(b" ")[2]
            tree = {name: b"" for name in tree if not name.startswith(path + b"/") and not path.startswith(name + b"/")}
            tree[path] = b""
        elif word == b"D":
            tree.pop(rest, None)
        elif word == b"try":
            source, target = rest.split(b" ")
            copied = [name for name in tree if name.startswith(source + b"/")]
            if not copied:
                continue
            line = b"C %b %b" % (source, target)
            tree = {name: b"" for name in tree if not name.startswith(target + b"/") and name != target}
            tree |= {target + name[len(source) :]: b"" for name in copied}
        out.append(line)
    return b"\n".join(out)


@pytest.mark.parametrize("seed", range(9))
def test_random_histories(tmp_path, seed):
    """Every place, as fast-import packs it and as git packs it tightly, with clocks in order and wrong."""
    rng = random.Random(seed)
    repo = Repo.init(tmp_path / "repo", "--bare")
    grow_random(repo, rng, commits=rng.randrange(5, 45), skewed=seed % 3 == 2)
    check(repo, dates=seed % 3 != 2)
    repo.git("repack", "-a", "-d", "-f", "-q", "--depth=50", "--window=100")
    scene = check(repo, dates=seed % 3 != 2)
    assert open_repository(repo.path).bare
    assert scene.places
