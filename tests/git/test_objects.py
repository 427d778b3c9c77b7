"""Every object of a repository, each once, in every layout that git can give it; git itself is the judge."""

from __future__ import annotations

import os
import pickle
import shutil

import helpers
import pytest
from objects_helpers import everything, grow, open_store, read_all

from leakstop.git.objects import ObjectStore
from leakstop.git.pack import BLOB, COMMIT, KINDS, TAG, TREE
from leakstop.git.plumbing import open_repository
from leakstop.git.walk import LARGE, Aside


def loose(repo):
    repo.git("unpack-objects", "-q", input=repack(repo).read_bytes())


def repack(repo, *options):
    """Repack, then take the pack away so that `git unpack-objects` finds nothing there."""
    repo.git("repack", "-q", "-a", "-d", *options)
    [path] = (repo.path / ".git/objects/pack").glob("*.pack")
    away = repo.path / "away.pack"
    path.rename(away)
    for other in path.parent.iterdir():
        other.unlink()
    return away


def packed(repo):
    repo.git("repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50")


def several_packs(repo):
    for number in range(4):
        repo.add(f"more {number}.txt", f"{number}\n" * 50)
        repo.git("repack", "-q", "-d")


def packs_that_overlap(repo):
    """The same objects in several packs, some of them loose too."""
    objects = repo.git("rev-list", "--objects", "--all", "--no-object-names").splitlines()
    for part in (objects[::2], objects[::3], objects[5:90]):
        repo.git("pack-objects", "-q", repo.path / ".git/objects/pack/pack", input=b"\n".join(part))
    repo.git("repack", "-q", "-a", "-k")
    some = repo.git("pack-objects", "-q", "--stdout", input=b"\n".join(objects[10:40]))
    os.replace(repo.path / ".git/objects/pack", repo.path / "packs")
    repo.git("unpack-objects", "-q", input=some)
    shutil.rmtree(repo.path / ".git/objects/pack", ignore_errors=True)
    os.replace(repo.path / "packs", repo.path / ".git/objects/pack")


def ref_deltas(repo):
    repo.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f")


def multi_pack_index(repo):
    several_packs(repo)
    repo.git("multi-pack-index", "write")


def multi_pack_index_alone(repo):
    """The .idx files are gone; objects that two packs hold are in the multi-pack index only once."""
    packed(repo)
    some = repo.git("rev-list", "--objects", "--all", "--no-object-names").splitlines()[::3]
    repo.git("pack-objects", "-q", repo.path / ".git/objects/pack/pack", input=b"\n".join(some))
    repo.git("multi-pack-index", "write")
    for path in (repo.path / ".git/objects/pack").glob("*.idx"):
        path.unlink()


def cruft(repo):
    """Unreachable objects in a cruft pack."""
    repo.add("dropped.txt", "dropped\n" * 100)
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("repack", "-q", "--cruft", "-d")
    assert list((repo.path / ".git/objects/pack").glob("*.mtimes"))


def unreachable(repo):
    packed(repo)
    repo.git("hash-object", "-w", "--stdin", input=b"dangling")


def with_rubbish(repo):
    """Files that are no objects are passed over."""
    objects = repo.path / ".git/objects"
    repo.git("hash-object", "-w", "--stdin", input=b"one")
    for name in ("tmp_obj_x1", "pack/tmp_pack_abc", "pack/.tmp-1-pack-x.pack", "pack/pack-x.keep", "ab", "pack/notes.txt"):
        (objects / name).write_bytes(b"x")
    (objects / "cd").mkdir(exist_ok=True)
    for name in ("tmp_obj_y", "0" * 37, "Z" * 38, "0" * 39):
        (objects / "cd" / name).write_bytes(b"x")


LAYOUTS = [
    loose,
    packed,
    several_packs,
    packs_that_overlap,
    ref_deltas,
    multi_pack_index,
    multi_pack_index_alone,
    cruft,
    unreachable,
    with_rubbish,
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_all_objects_are_read_once(tmp_path, layout, object_format):
    repo = helpers.Repo.init(tmp_path / "repo", f"--object-format={object_format}")
    grow(repo, 30)
    known = everything(repo)
    layout(repo)
    if layout is not multi_pack_index_alone:  # git does not list packs without .idx
        known = everything(repo)
    store = open_store(repo)
    aside = Aside.empty()
    assert read_all(store, aside) == known
    assert store.problems == []
    assert aside == Aside.empty()
    for kind in (COMMIT, TREE, BLOB, TAG):
        ids = {oid for oid, content in known.items() if content.kind == KINDS[kind]}
        assert store.count(kind) == len(ids)
        assert sorted(store.oids(kind)) == sorted(ids)
    assert dict(store.read_many(known)) == {oid: content.data for oid, content in known.items()}
    for oid in list(known)[::9]:
        assert store.read(oid) == (KINDS.index(known[oid].kind), known[oid].data)
        assert store.kind(oid) == KINDS.index(known[oid].kind)
        assert oid in store
    missing = bytes(store.width)
    assert store.read(missing) is None
    assert store.kind(missing) is None
    assert missing not in store
    assert list(store.read_many([missing])) == []
    assert store.problems == []


def test_an_empty_repository(repo):
    store = open_store(repo)
    assert read_all(store) == {}
    assert list(store.read_many([bytes(20)])) == []
    assert store.problems == []


def test_alternates(repo, tmp_path):
    """Clones that borrow: by absolute and relative path, over two steps, in quotes, with comments, and in a circle."""
    grow(repo)
    first = helpers.Repo(tmp_path / "first")
    repo.git("clone", "-q", "-s", repo.path, first.path)
    first.add("own.txt", "own\n")
    second = helpers.Repo(tmp_path / "second")
    first.git("clone", "-q", "-s", first.path, second.path)
    second.add("own.txt", "second\n")
    alternates = second.path / ".git/objects/info/alternates"
    alternates.write_text('# where the rest is\n"../../../first/.git/obj\\145cts"\n\n')
    (repo.path / ".git/objects/info/alternates").write_text(f"{second.path}/.git/objects\n")
    store = open_store(second)
    known = everything(second)
    assert read_all(store) == known
    assert known.keys() > everything(repo).keys() - everything(second).keys()
    assert store.problems == []


def test_an_alternate_that_is_gone(repo, tmp_path):
    repo.add("a.txt", "a\n")
    (repo.path / ".git/objects/info").mkdir(exist_ok=True)
    (repo.path / ".git/objects/info/alternates").write_text(f"{tmp_path}/gone\n")
    store = open_store(repo)
    [problem] = store.problems
    assert problem.where == f"{tmp_path}/gone"
    assert "does not exist" in problem.message
    assert read_all(store) == everything(repo)


def test_object_folders_of_the_environment(repo, tmp_path, monkeypatch):
    """A hook that receives a push sees new objects in quarantine. Another repository than the hook's own is not affected."""
    grow(repo, 5)
    quarantine = tmp_path / "quarantine"
    quarantine.mkdir()
    env = {
        "GIT_OBJECT_DIRECTORY": str(quarantine),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{repo.path}/.git/obj\\x65cts":{repo.path}/.git/objects',
    }
    repo.git("hash-object", "-w", "--stdin", input=b"quarantined", **env)
    known = everything(repo, **env)
    repository = open_repository(repo.path)
    assert read_all(ObjectStore.open(repository._replace(ambient=True), env)) == known
    assert len(read_all(ObjectStore.open(repository._replace(ambient=False), env))) == len(known) - 1


def test_a_store_travels_to_other_processes(repo):
    """Also when a pack was found through a multi-pack index, with bases that this does not name."""
    grow(repo)
    known = everything(repo)
    multi_pack_index_alone(repo)
    store = pickle.loads(pickle.dumps(open_store(repo)))
    assert any(pack.unnamed.size for pack in store.packs)
    assert read_all(store) == known


def test_worktrees_share_objects(repo, tmp_path):
    grow(repo, 5)
    repo.git("worktree", "add", "-q", tmp_path / "linked")
    linked = helpers.Repo(tmp_path / "linked")
    assert read_all(open_store(linked)) == everything(repo)


def test_a_partial_clone_says_so(repo, tmp_path):
    """Objects that stayed with the remote are no problem of the store."""
    grow(repo)
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = repo.clone(tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    store = open_store(clone)
    assert store.promisor
    assert not open_store(repo).promisor
    assert store.problems == []
    known = everything(repo)
    blobs = [oid for oid, content in known.items() if content.kind == "blob"]
    assert list(store.read_many(blobs)) == []
    assert store.problems == []
    assert read_all(store) == {oid: content for oid, content in known.items() if content.kind != "blob"}


def loose_path(repo, oid):
    return repo.path / ".git/objects" / oid.hex()[:2] / oid.hex()[2:]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(lambda data: b"", "its file is empty", id="empty"),
        pytest.param(lambda data: data[: len(data) // 2], "its data is not the", id="cut off"),
        pytest.param(lambda data: data[:8], "", id="cut off in its head"),
        pytest.param(lambda data: b"\0" * 100, "", id="zeros"),
        pytest.param(lambda data: data[:-3] + b"abc", "", id="wrong checksum"),
    ],
)
def test_damaged_loose_objects_are_problems(repo, spoil, message):
    grow(repo, 4)
    repo.git("unpack-objects", "-q", input=repack(repo).read_bytes())
    known = everything(repo)
    victim = max(known, key=lambda oid: len(known[oid].data))
    path = loose_path(repo, victim)
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(spoil(data))
    store = open_store(repo)
    assert read_all(store) == {oid: content for oid, content in known.items() if oid != victim}
    assert {problem.where for problem in store.problems} == {victim.hex()}
    assert any(message in problem.message for problem in store.problems)
    assert "git fsck" in store.problems[0].remedy


def test_an_intact_copy_makes_up_for_a_damaged_one(repo):
    """Damage in a pack is no loss while the object is loose, or in another pack, too."""
    grow(repo, 6)
    packed(repo)
    [path] = (repo.path / ".git/objects/pack").glob("*.pack")
    other = repo.git("pack-objects", "-q", "--all", "--stdout", input=b"")
    known = everything(repo)
    store = open_store(repo)
    victim = store.packs[0].roots_of(BLOB).tolist()[0]
    data = bytearray(path.read_bytes())
    data[int(store.packs[0].starts[victim]) + 5] ^= 0xFF
    path.chmod(0o644)
    path.write_bytes(data)
    damaged = Aside.empty()
    read_all(open_store(repo), damaged)
    lost = [bytes.fromhex(oid) for oid, _ in damaged.damaged]
    assert lost
    store = open_store(repo)
    assert not set(dict(store.read_many(lost)))
    assert {problem.where for problem in store.problems} == {oid.hex() for oid in lost}
    os.replace(repo.path / ".git/objects/pack", repo.path / "packs")
    repo.git("unpack-objects", "-q", input=other)
    shutil.rmtree(repo.path / ".git/objects/pack", ignore_errors=True)
    os.replace(repo.path / "packs", repo.path / ".git/objects/pack")
    store = open_store(repo)
    assert dict(store.read_many(lost)) == {oid: known[oid].data for oid in lost}
    assert store.read(lost[0]) == (BLOB, known[lost[0]].data)
    assert store.problems == []


def test_packs_that_cannot_be_opened_are_problems(repo):
    """The rest is read."""
    several_packs(repo)
    known = everything(repo)
    packs = sorted((repo.path / ".git/objects/pack").glob("*.pack"))
    packs[0].with_suffix(".idx").unlink()
    packs[1].unlink()
    for path in (packs[2], packs[2].with_suffix(".idx")):
        path.chmod(0o644)
    packs[2].write_bytes(b"PACK")
    store = open_store(repo)
    found = read_all(store)
    assert 0 < len(found) < len(known)
    assert found.items() <= known.items()
    problems = sorted(store.problems)
    assert [problem.where for problem in problems] == [str(packs[0]), str(packs[1].with_suffix(".idx")), str(packs[2])]
    assert "has no index" in problems[0].message
    assert "git index-pack" in problems[0].remedy
    assert "has no pack beside it" in problems[1].message
    assert "git fsck" in problems[2].remedy


def test_lost_objects_of_a_pack_are_one_problem(repo):
    grow(repo)
    packed(repo)
    [path] = (repo.path / ".git/objects/pack").glob("*.pack")
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:4000])
    store = open_store(repo)
    assert len(store.problems) == 2
    assert "is cut off" in store.problems[0].message
    assert "objects cannot be read: " in store.problems[1].message
    assert store.problems[1].message.endswith("…")


def test_large_loose_objects_are_streamed(repo):
    data = bytes(range(256)) * (LARGE // 256 + 10)
    repo.write("big", data)
    oid = bytes.fromhex(repo.git("hash-object", "-w", "big").decode())
    store = open_store(repo)
    [header] = store.loose(BLOB)
    assert (header.oid, header.size) == (oid, len(data))
    windows = list(store.stream(oid, 1 << 22))
    assert [len(window) for window in windows[:-1]] == [1 << 22] * (len(data) >> 22)
    assert b"".join(windows) == data
    assert store.problems == []
    assert store.read(oid) is None
    assert "too large" in store.problems[0].message


def test_a_loose_stream_that_breaks_off_is_a_problem(repo):
    repo.write("big", os.urandom(1 << 20))
    oid = bytes.fromhex(repo.git("hash-object", "-w", "big").decode())
    path = loose_path(repo, oid)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:500_000])
    store = open_store(repo)
    assert 400_000 < sum(map(len, store.stream(oid, 1 << 16))) < 500_000
    assert [problem.where for problem in store.problems] == [oid.hex()]


def test_a_packed_object_is_streamed_by_its_id(repo):
    grow(repo, 3)
    packed(repo)
    store = open_store(repo)
    root = store.packs[0].oid(store.packs[0].roots_of(BLOB).tolist()[0])
    assert b"".join(store.stream(root, 10)) == everything(repo)[root].data


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user who can be refused")
def test_a_folder_without_permission_is_a_problem(repo):
    grow(repo, 3)
    folder = repo.path / ".git/objects/pack"
    folder.chmod(0)
    try:
        assert "cannot be read" in open_store(repo).problems[0].message
    finally:
        folder.chmod(0o755)
