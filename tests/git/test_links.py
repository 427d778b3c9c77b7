"""Whether all is there that a repository names; what is missing was not scanned."""

from __future__ import annotations

import shutil

import pytest
from helpers import Repo, run_cli


def history(repo, *args, **env):
    result = run_cli("history", repo.path, "--format", "json", *args, cwd=repo.path, env=env)
    report = result.json()
    assert report["complete"] is not bool(report["problems"])
    assert result.code == (3 if report["problems"] else 0), result.err
    return report


def missing(repo, *args):
    """What is said of the objects that are not there."""
    return [problem["message"] for problem in history(repo, *args)["problems"]]


def remove(repo, oid):
    """Take an object out of a repository, loose or packed."""
    if not (repo.path / f".git/objects/{oid[:2]}/{oid[2:]}").exists():
        packs = list((repo.path / ".git/objects/pack").glob("*.pack"))
        for path in packs:
            data = path.read_bytes()
            for other in path.parent.glob(f"{path.stem}.*"):
                other.unlink()
            repo.git("unpack-objects", "-q", input=data)
        (repo.path / f".git/objects/{oid[:2]}/{oid[2:]}").unlink()
        listed = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
        repo.git("pack-objects", "-q", ".git/objects/pack/pack", input=listed)
        repo.git("prune-packed", "-q")
    else:
        (repo.path / f".git/objects/{oid[:2]}/{oid[2:]}").unlink()


@pytest.fixture(scope="module", params=["sha1", "sha256"])
def original(request, tmp_path_factory):
    """Folders with many files, each changed now and then, so that git stores trees as changes of others: loose, and packed."""
    repo = Repo.init(tmp_path_factory.mktemp("original") / "repo", f"--object-format={request.param}")
    for version in range(12):
        for number in range(40):
            if not version or number % 12 == version:
                repo.write(f"src/module_{number:02d}/file.py", f"{version} {number}\n")
                repo.write(f"src/other_{number:02d}.py", f"other {version} {number}\n")
        repo.stage()
        repo.commit(f"Version {version}")
    packed = repo.clone(repo.path.parent / "packed", "--no-local")
    packed.clock = repo.clock
    return {"loose": repo, "packed": packed}


@pytest.fixture
def copied(original, tmp_path):
    """A copy, to break something in it."""

    def copy(form="loose"):
        shutil.copytree(original[form].path, tmp_path / "repo")
        repo = Repo(tmp_path / "repo")
        repo.clock = original[form].clock
        return repo

    return copy


sha1 = pytest.mark.parametrize("original", ["sha1"], indirect=True)
loose_or_packed = pytest.mark.parametrize("form", ["loose", "packed"])


@loose_or_packed
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("HEAD:src/module_07/file.py", "src/module_07/file.py"),  # in the tree of a delta
        ("HEAD~11:src/module_07/file.py", "src/module_07/file.py"),
        ("HEAD~3:src", "src"),
        ("HEAD:src/module_07", "src/module_07"),
        ("HEAD^{tree}", ""),
    ],
)
def test_what_trees_and_commits_name(copied, form, name, path):
    """A missing object is told with the path at which it should stand."""
    repo = copied(form)
    oid = repo.rev(name)
    remove(repo, oid)
    shown = f"{oid} ({path})" if path else oid
    assert missing(repo) == [f"1 object is missing and was not scanned: {shown}"]
    assert history(repo)["problems"][0]["remedy"]


@loose_or_packed
def test_nothing_is_missing(original, form):
    assert missing(original[form]) == []


@sha1
@loose_or_packed
def test_parents_and_what_tags_name(copied, form):
    repo = copied(form)
    blob = repo.git("hash-object", "-w", "--stdin", input=b"a key\n").decode().strip()
    repo.git("tag", "-a", "-m", "A key", "key", blob)
    parent = repo.rev("HEAD~4")
    remove(repo, parent)
    remove(repo, blob)
    found = history(repo)["problems"]
    assert [(problem["where"], problem["message"]) for problem in found if parent[:12] not in problem["message"]] == [
        ("refs/tags/key", "names an object that is not here")
    ]
    assert f"1 commit is missing and was not scanned: {parent}" in missing(repo)


@sha1
@loose_or_packed
def test_what_nothing_reaches_may_name_what_is_gone(copied, form):
    """Git prunes by age: a tree or commit that is left over may name what went before it."""
    repo = copied()
    repo.switch("aside", create=True)
    repo.add("first", "first\n")
    gone = [repo.rev("HEAD:first"), repo.rev("HEAD")]
    repo.add("second", "second\n")
    left_over = repo.rev("HEAD")
    repo.switch("main")
    repo.git("branch", "-q", "-D", "aside")
    repo.git("reflog", "expire", "--expire=now", "--all")
    if form == "packed":
        repo.git("repack", "-q", "-a", "-d", "-k")
    for oid in gone:
        remove(repo, oid)
    assert missing(repo) == []
    repo.git("update-ref", "refs/keep/it", left_over)
    assert missing(repo) == [
        f"1 commit is missing and was not scanned: {gone[1]}",
        f"1 object is missing and was not scanned: {gone[0]} (first)",
    ]


@sha1
def test_what_is_left_out_on_purpose(copied, tmp_path):
    """Submodules, the end of a shallow clone, grafts, replacements, borrowed objects."""
    repo = copied()
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'12' * 20},vendor/library")
    repo.commit("A library")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'13' * 20},vendor/library")
    repo.commit("A newer one")
    assert missing(repo) == []
    repo.git("gc", "-q")
    assert missing(repo) == []

    shallow = repo.clone(tmp_path / "shallow", "--depth=2")
    report = history(shallow)
    assert report["problems"] == []
    assert {"what": "commit before the shallow clone's end", "why": "not in this clone: git fetch --unshallow", "count": 1} in (
        report["coverage"]["skipped"]
    )
    remove(shallow, blob := shallow.rev("HEAD:src/other_01.py"))
    assert missing(shallow) == [f"1 object is missing and was not scanned: {blob} (src/other_01.py)"]

    borrowing = repo.clone(tmp_path / "borrowing", "--shared")
    borrowing.add("own", "own\n")
    assert missing(borrowing) == []

    repo.git("replace", "--graft", repo.rev("HEAD~3"))
    assert missing(repo) == []
    repo.git("replace", "-d", repo.rev("HEAD~3"))
    last, gone = repo.rev("HEAD~3"), repo.rev("HEAD~4")
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/grafts").write_text(last + "\n")
    remove(repo, gone)
    assert missing(repo) == []


@sha1
@pytest.mark.parametrize("filtered", ["blob:none", "tree:0"])
def test_a_partial_clone(copied, tmp_path, filtered):
    """What stayed with the remote is counted, and not fetched; with everything here nothing is said."""
    repo = copied()
    repo.git("config", "uploadpack.allowFilter", "true")
    copy = repo.clone(tmp_path / "clone", "--no-checkout", f"--filter={filtered}")
    (message,) = missing(copy)
    assert "of this partial clone are missing and were not scanned" in message
    copy.git("fetch", "-q", "--refetch", "--no-filter")
    assert missing(copy) == []


@sha1
def test_many_at_once(copied):
    """Some are named, the others counted; a part of a history is asked about what belongs to it."""
    repo = copied()
    for number in range(20, 25):
        remove(repo, repo.rev(f"HEAD:src/other_{number:02d}.py"))
    (message,) = missing(repo)
    assert message.startswith("5 objects are missing and were not scanned: ")
    assert message.endswith(", …")
    assert missing(repo, "--paths", "src/*/file.py") == []
    assert missing(repo, "--paths", "src/other_2[01].py")[0].startswith("2 objects are")


@sha1
def test_a_promise_without_a_remote(copied):
    """Of a pack that was fetched in part nothing is left to be fetched when no remote promises it any more."""
    repo = copied("packed")
    remove(repo, gone := repo.rev("HEAD:src/other_20.py"))
    for path in (repo.path / ".git/objects/pack").glob("*.pack"):
        path.with_suffix(".promisor").touch()
    assert missing(repo) == [f"1 object is missing and was not scanned: {gone} (src/other_20.py)"]


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_what_is_staged_and_not_there(tmp_path, form):
    """Told with its path, once; not an empty file, one that is only meant to be added, a submodule."""
    repo = Repo.init(tmp_path / "repo", f"--object-format={form}")
    repo.write("here.txt", "here\n")
    repo.stage()
    repo.commit("First")
    repo.write("there/gone.txt", "only staged\n")
    repo.write("empty.txt", "")
    repo.stage()
    repo.write("later.txt", "later\n")
    repo.git("add", "--intent-to-add", "later.txt")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.rev('HEAD')},module")
    empty = repo.rev(":empty.txt")
    (repo.path / f".git/objects/{empty[:2]}/{empty[2:]}").unlink()
    assert missing(repo) == []
    oid = repo.rev(":there/gone.txt")
    (repo.path / f".git/objects/{oid[:2]}/{oid[2:]}").unlink()
    [told] = missing(repo)
    assert f"{oid} (there/gone.txt)" in told


def test_what_is_staged_and_committed_and_not_there_is_told_once(tmp_path):
    repo = Repo.init(tmp_path / "repo")
    repo.write("here.txt", "here\n")
    repo.stage()
    repo.commit("First")
    oid = repo.rev(":here.txt")
    (repo.path / f".git/objects/{oid[:2]}/{oid[2:]}").unlink()
    assert len(missing(repo)) == 1
