"""Reading packs as git writes them, and as nobody should."""

from __future__ import annotations

import os
import pickle
import random
import subprocess
import sys
import zlib

import helpers
import numpy as np
import pytest
from objects_helpers import Item, blob_id, copy, delta, everything, grow, insert, open_store, write_pack

from leakstop.errors import SourceError
from leakstop.git.pack import BLOB, COMMIT, KINDS, TREE, open_pack
from leakstop.git.walk import LARGE, Aside, payloads, read_indices, read_one, stream, walk

OFS, REF = 6, 7
ROOT = b"".join(b"line %d\n" % number for number in range(200))


def packed(repo, *options):
    """The only pack of a repository after repacking it."""
    repo.git("repack", "-q", "-a", "-d", "-f", *options)
    [path] = (repo.path / ".git/objects/pack").glob("*.pack")
    return path


def contents(pack, aside=None):
    """All that walking a pack gives: id -> (kind, content)."""
    aside = aside or Aside.empty()
    found = {}
    for kind in (1, 2, 3, 4):
        for entry in walk(pack, pack.roots_of(kind), aside):
            found[pack.oid(entry.number)] = (KINDS[kind], entry.data)
    return found


def test_a_pack_holds_what_git_says(repo):
    grow(repo)
    pack = open_pack(str(packed(repo, "--depth=50", "--window=50")).encode())
    assert pack.problems == ()
    assert int((pack.bases >= 0).sum()) > 50
    assert contents(pack) == everything(repo)
    blobs = pack.of_kind(BLOB)
    assert pack.locate(np.frombuffer(b"".join(pack.oids(blobs)), np.uint8).reshape(-1, 20)).tolist() == blobs.tolist()
    assert pack.locate_one(pack.oid(5)) == 5
    assert pack.locate_one(bytes(20)) == -1
    assert pack.locate(np.zeros((1, 20), np.uint8)).tolist() == [-1]
    assert pack.locate(np.full((150, 20), 255, np.uint8)).tolist() == [-1] * 150


@pytest.mark.parametrize("reverse", ["true", "false"])
@pytest.mark.parametrize("version", ["1", "2"])
def test_index_versions_and_ref_deltas(repo, version, reverse):
    """`git pack-objects` writes REF_DELTA unless told otherwise; with and without a .rev file."""
    grow(repo, 20)
    oids = repo.git("rev-list", "--objects", "--all", "--no-object-names")
    options = ("-c", f"pack.indexVersion={version}", "-c", f"pack.writeReverseIndex={reverse}")
    repo.git(*options, "pack-objects", "-q", repo.path / "pack", input=oids)
    [path] = repo.path.glob("pack-*.pack")
    assert path.with_suffix(".rev").exists() == (reverse == "true")
    pack = open_pack(str(path).encode())
    raw = path.read_bytes()
    assert REF in {raw[offset] >> 4 & 7 for offset in pack.offsets[:-1].tolist()}
    assert contents(pack) == everything(repo)


def test_a_wrong_reverse_index_is_not_believed(repo):
    grow(repo, 5)
    path = packed(repo)
    reverse = path.with_suffix(".rev")
    if reverse.exists():
        reverse.unlink()
    count = len(everything(repo))
    reverse.write_bytes(b"RIDX" + bytes(8) + np.arange(count, dtype=">u4").tobytes() + bytes(40))
    assert contents(open_pack(str(path).encode())) == everything(repo)


def test_offsets_beyond_two_gigabytes(tmp_path):
    """The table of 64-bit offsets is read: here it points outside the pack, and then there is no table. The rest is read."""
    items = [Item(blob_id(ROOT), BLOB, ROOT), Item(blob_id(b"x"), BLOB, b"x")]
    path = write_pack(tmp_path, items, offsets={blob_id(b"x"): 1 << 33})
    pack = open_pack(str(path).encode())
    assert sorted(pack.kinds.tolist()) == [0, BLOB]
    assert contents(pack) == {blob_id(ROOT): ("blob", ROOT)}
    index = path.with_suffix(".idx")
    data = index.read_bytes()
    index.write_bytes(data[:-48] + data[-40:])  # without the only 64-bit offset
    assert contents(open_pack(str(path).encode())) == {blob_id(ROOT): ("blob", ROOT)}


@pytest.mark.parametrize("version", [1, 2])
def test_an_index_whose_ids_are_out_of_order(repo, version):
    """One id was overwritten: the others are found, which looking for them by halves would miss."""
    grow(repo, 20)
    repo.git("config", "pack.indexVersion", str(version))
    path = packed(repo)
    index = path.with_suffix(".idx")
    oids = sorted(everything(repo))
    bad = oids[len(oids) // 2]
    index.chmod(0o644)
    index.write_bytes(index.read_bytes().replace(bad, bytes(20)))
    pack = open_pack(str(path).encode())

    assert [pack.oid(pack.locate_one(oid)) for oid in oids if oid != bad] == [oid for oid in oids if oid != bad]
    assert pack.locate_one(bad) == -1


def test_an_index_of_64_bit_offsets(repo):
    """Git writes them for small packs too when it is told to, for tests such as this."""
    grow(repo, 10)
    path = packed(repo)
    path.with_suffix(".idx").unlink()
    repo.git("index-pack", "--index-version=2,0x40", path)
    assert contents(open_pack(str(path).encode())) == everything(repo)


def test_an_index_that_leaves_objects_out(tmp_path):
    """What follows in the file is not read with the object before it."""
    rest = [Item(bytes([0, number, *range(18)]), BLOB, random.Random(number).randbytes(40_000)) for number in range(9)]
    path = write_pack(tmp_path, [FULL, *rest], left_out=rest)
    pack = open_pack(str(path).encode())
    assert contents(pack) == {FULL.oid: ("blob", ROOT)}
    assert int(pack.ends(np.array([0]))[0]) < 90_000 < int(pack.offsets[1])


def test_pickling_opens_the_pack_again(repo):
    grow(repo, 3)
    pack = open_pack(str(packed(repo)).encode())
    assert contents(pickle.loads(pickle.dumps(pack))) == contents(pack)


@pytest.mark.parametrize("version", [1, 2])
def test_a_chain_of_4095_deltas(tmp_path, version):
    """Deltas on deltas as deep as git allows, and a leaf at each step: no recursion, few bases held."""
    items = [Item(blob_id(ROOT), BLOB, ROOT)]
    expected = {blob_id(ROOT): ROOT}
    spine, base = ROOT, 0
    for depth in range(4095):
        added = b"version %d\n" % depth
        for target, onward in ((spine + b"leaf " + added, False), (spine[: -len(added)] + added, True)):
            kept = len(spine) if not onward else len(spine) - len(added)
            parts = (copy(0, kept), insert(target[kept:]))
            items.append(Item(blob_id(target), OFS, delta(len(spine), len(target), *parts), base))
            expected[blob_id(target)] = target
        spine, base = target, len(items) - 1
    pack = open_pack(str(write_pack(tmp_path, items, version)).encode())
    aside = Aside.empty()
    found = {}
    for entry in walk(pack, pack.roots_of(BLOB), aside):
        found[pack.oid(entry.number)] = entry.data
    assert found == expected
    assert aside == Aside.empty()
    assert read_one(pack, len(items) - 1) == spine
    assert dict(read_indices(pack, np.array([len(items) - 1]), aside)) == {len(items) - 1: spine}


GOOD = delta(len(ROOT), len(ROOT), copy(0, len(ROOT)))
FULL = Item(blob_id(ROOT), BLOB, ROOT)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param([Item(b"\1" * 20, REF, GOOD, b"\2" * 20), Item(b"\2" * 20, REF, GOOD, b"\1" * 20)], id="a cycle of two"),
        pytest.param([Item(b"\1" * 20, REF, GOOD, b"\1" * 20)], id="a delta of itself"),
        pytest.param(
            [Item(bytes([n] * 20), REF, GOOD, bytes([n % 3 + 1] * 20)) for n in (1, 2, 3)]
            + [Item(b"\4" * 20, REF, GOOD, b"\3" * 20)],
            id="a cycle of three with a tail",
        ),
        pytest.param([Item(b"\1" * 20, REF, GOOD, b"\7" * 20), Item(b"\2" * 20, OFS, GOOD, 1)], id="a base that is missing"),
        pytest.param([Item(b"\1" * 20, 5, b"x"), Item(b"\2" * 20, OFS, GOOD, 1)], id="a reserved type"),
        pytest.param([Item(b"\1" * 20, 0, b"x")], id="type zero"),
        pytest.param([Item(b"\1" * 20, BLOB, b"x", size=1 << 50)], id="a size that its data cannot have"),
        pytest.param([Item(b"\1" * 20, BLOB, b"x", size=1 << 70)], id="a size beyond all numbers"),
    ],
)
def test_headers_that_make_no_sense(tmp_path, bad):
    """Such objects have no kind; the others are read."""
    pack = open_pack(str(write_pack(tmp_path, [FULL, *bad])).encode())
    assert {pack.oid(index) for index in np.flatnonzero(pack.kinds == 0).tolist()} == {item.oid for item in bad}
    aside = Aside.empty()
    assert contents(pack, aside) == {FULL.oid: ("blob", ROOT)}
    assert aside == Aside.empty()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param(Item(b"\1" * 20, BLOB, b"x", size=2), "its data is 1 bytes, not the 2 bytes that", id="too short"),
        pytest.param(Item(b"\1" * 20, BLOB, b"xyz", size=2), "its data is 3 bytes, not the 2 bytes that", id="too long"),
        pytest.param(Item(b"\1" * 20, BLOB, bytes(40 << 20), size=9), "its data is not the 9 bytes", id="a bomb"),
        pytest.param(Item(b"\1" * 20, OFS, delta(5, 1, copy(0, 1)), 0), "", id="a delta of another base"),
        pytest.param(Item(b"\1" * 20, OFS, delta(len(ROOT), 5, copy(9999, 5)), 0), "", id="a copy from nowhere"),
        pytest.param(Item(b"\1" * 20, OFS, b"\x80", 0), "ends in the middle of an instruction", id="a delta cut in its head"),
    ],
)
def test_a_damaged_object_takes_only_its_deltas_along(tmp_path, bad, message):
    below = [Item(b"\2" * 20, OFS, delta(1, 1, copy(0, 1)), 1), Item(b"\3" * 20, OFS, delta(1, 1, copy(0, 1)), 2)]
    other = Item(blob_id(ROOT + b"!"), OFS, delta(len(ROOT), len(ROOT) + 1, copy(0, len(ROOT)), insert(b"!")), 0)
    pack = open_pack(str(write_pack(tmp_path, [FULL, bad, *below, other])).encode())
    aside = Aside.empty()
    assert contents(pack, aside) == {FULL.oid: ("blob", ROOT), other.oid: ("blob", ROOT + b"!")}
    assert [oid for oid, _ in aside.damaged] == ["01" * 20, "02" * 20, "03" * 20]
    assert message in aside.damaged[0][1]
    assert aside.damaged[1][1] == "the object that it is a change of cannot be read"
    again = Aside.empty()
    assert list(read_indices(pack, np.array([3]), again)) == []
    assert [oid for oid, _ in again.damaged] == ["03" * 20]


def test_a_flipped_byte(repo):
    """zlib's checksum finds it: that object and its deltas are told of, all others are right."""
    grow(repo)
    path = packed(repo)
    known = everything(repo)
    pack = open_pack(str(path).encode())
    for victim in random.Random(1).sample(range(len(pack.kinds)), 8):
        data = bytearray(path.read_bytes())
        middle = (int(pack.starts[victim]) + int(pack.offsets[victim + 1])) // 2
        data[middle] ^= 0x55
        copy_of = path.parent / "pack-broken.pack"
        copy_of.write_bytes(data)
        copy_of.with_suffix(".idx").write_bytes(path.with_suffix(".idx").read_bytes())
        aside = Aside.empty()
        found = contents(open_pack(str(copy_of).encode()), aside)
        lost = {bytes.fromhex(oid) for oid, _ in aside.damaged}
        assert pack.oid(victim) in lost
        assert found == {oid: content for oid, content in known.items() if oid not in lost}


def test_a_pack_that_is_cut_off(repo):
    grow(repo)
    path = packed(repo)
    known = everything(repo)
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[: len(data) // 2])
    pack = open_pack(str(path).encode())
    assert "is cut off" in pack.problems[0]
    aside = Aside.empty()
    found = contents(pack, aside)
    lost = {bytes.fromhex(oid) for oid, _ in aside.damaged} | set(pack.oids(np.flatnonzero(pack.kinds == 0)))
    assert 0 < len(found) < len(known)
    assert found.items() <= known.items()
    assert found.keys() | lost == known.keys()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty pack"),
        pytest.param(lambda path: path.write_bytes(b"PACK\0\0\0\2"), id="a pack that ends in its head"),
        pytest.param(lambda path: path.write_bytes(b"x" * 5000), id="no pack at all"),
        pytest.param(lambda path: path.with_suffix(".idx").unlink(), id="no index"),
        pytest.param(lambda path: path.with_suffix(".idx").write_bytes(b""), id="empty index"),
        pytest.param(lambda path: path.with_suffix(".idx").write_bytes(b"\xfftOc\0\0\0\x09" + bytes(3000)), id="index version 9"),
        pytest.param(lambda path: path.with_suffix(".idx").write_bytes(bytes(range(256)) * 9), id="index of nonsense"),
        pytest.param(
            lambda path: path.with_suffix(".idx").write_bytes(path.with_suffix(".idx").read_bytes()[:1100]), id="index cut off"
        ),
    ],
)
def test_what_cannot_be_opened_is_one_failure(tmp_path, spoil):
    path = write_pack(tmp_path, [FULL, Item(blob_id(b"x"), BLOB, b"x"), Item(blob_id(b"y"), BLOB, b"y")])
    spoil(path)
    with pytest.raises(SourceError, match="cannot be read") as caught:
        open_pack(str(path).encode())
    assert "git fsck" in caught.value.remedy


def test_an_index_with_another_number_of_objects(tmp_path):
    path = write_pack(tmp_path, [FULL])
    data = path.read_bytes()
    path.write_bytes(data[:8] + (2).to_bytes(4, "big") + data[12:])
    pack = open_pack(str(path).encode())
    assert "another number of objects" in pack.problems[0]
    assert contents(pack) == {FULL.oid: ("blob", ROOT)}


def test_an_empty_pack(tmp_path):
    pack = open_pack(str(write_pack(tmp_path, [])).encode())
    assert contents(pack) == {}
    assert pack.locate(np.zeros((2, 20), np.uint8)).tolist() == [-1, -1]


def test_random_bytes_in_a_pack_never_surprise(repo):
    """Any part of pack and index overwritten: what comes is right or reported, and nothing raises but a SourceError."""
    grow(repo, 12)
    path = packed(repo)
    known = everything(repo)
    rng = random.Random(3)
    files = {suffix: path.with_suffix(suffix).read_bytes() for suffix in (".pack", ".idx")}
    broken = path.parent / "pack-broken.pack"
    for _ in range(60):
        for suffix, data in files.items():
            spoiled = bytearray(data)
            for _ in range(rng.randrange(3)):
                at = rng.randrange(len(spoiled))
                spoiled[at : at + 4] = rng.randbytes(4)
            broken.with_suffix(suffix).write_bytes(spoiled)
        try:
            pack = open_pack(str(broken).encode())
        except SourceError:
            continue
        found = contents(pack, Aside.empty())
        wrong = {oid for oid, content in found.items() if known.get(oid) != content}
        assert len(wrong) <= 6  # an id or an offset of the index overwritten; git does not see that either


def test_payloads_are_what_stands_in_the_pack(repo):
    grow(repo)
    path = packed(repo)
    pack = open_pack(str(path).encode())
    trees = pack.of_kind(TREE)
    raw = path.read_bytes()
    seen = []
    for block in payloads(pack, trees, []):
        for index, data in zip(block.indices.tolist(), block.data, strict=True):
            assert data == zlib.decompressobj().decompress(raw[int(pack.starts[index]) :])
            seen.append(index)
    assert seen == trees.tolist()


def test_damaged_payloads_are_left_out(tmp_path):
    items = [FULL, Item(b"\1" * 20, BLOB, b"x", size=200), Item(blob_id(b"y"), BLOB, b"y")]
    pack = open_pack(str(write_pack(tmp_path, items)).encode())
    damaged = []
    [block] = payloads(pack, pack.of_kind(BLOB), damaged)
    assert (block.indices.tolist(), block.data) == ([0, 2], [ROOT, b"y"])
    assert [oid for oid, _ in damaged] == ["01" * 20]


def test_large_objects_are_set_aside_and_streamed(tmp_path):
    """What is no delta is streamed; what is one, or stands on a large one, is left to git."""
    big = (ROOT * (LARGE // len(ROOT) + 1))[: LARGE + 1000]
    grown = delta(len(ROOT), LARGE + 2, *[copy(0, len(ROOT))] * (LARGE // len(ROOT)), copy(0, LARGE % len(ROOT)), insert(b"!!"))
    on_big = Item(blob_id(b"on big"), OFS, delta(len(big), 3, copy(0, 3)), 0)
    items = [
        Item(blob_id(big), BLOB, big),
        on_big,
        FULL,
        Item(blob_id(b"grown"), OFS, grown, 2),
        Item(blob_id(b"on grown"), OFS, delta(LARGE + 2, 3, copy(0, 3)), 3),
    ]
    pack = open_pack(str(write_pack(tmp_path, items)).encode())
    aside = Aside.empty()
    assert contents(pack, aside) == {FULL.oid: ("blob", ROOT)}
    assert (aside.damaged, aside.large, sorted(aside.oversized)) == ([], [0], [1, 3, 4])
    damaged = []
    windows = list(stream(pack, 0, 1 << 20, damaged))
    assert {len(window) for window in windows[:-1]} == {1 << 20}
    assert b"".join(windows) == big
    assert damaged == []
    with pytest.raises(ValueError, match="a delta cannot be streamed"):
        next(stream(pack, 1, 1 << 20, []))


def test_a_stream_that_breaks_off_is_told(tmp_path):
    path = write_pack(tmp_path, [Item(b"\1" * 20, BLOB, ROOT, size=len(ROOT) + 1)])
    damaged = []
    assert b"".join(stream(open_pack(str(path).encode()), 0, 100, damaged)) == ROOT
    assert damaged == [("01" * 20, f"its data is not the {len(ROOT) + 1} bytes that its header promises")]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no resource module")
def test_a_blob_of_any_size_is_streamed_in_little_memory(repo):
    """400 MB, in windows of 1 MB: the process stays below 100 MB more than it had."""
    with repo.write("big", b"").open("wb") as file:
        for _ in range(400):
            file.write(ROOT * 600)
    repo.git("-c", "core.compression=1", "add", "big")
    repo.commit()
    path = packed(repo, "-F")
    script = (
        "import resource, sys, numpy\n"
        "from leakstop.git.pack import open_pack, BLOB\n"
        "from leakstop.git.walk import Aside, stream, walk\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "pack, aside = open_pack(sys.argv[1].encode()), Aside.empty()\n"
        "assert not list(walk(pack, pack.roots_of(BLOB), aside)), 'walked'\n"
        "size = sum(map(len, stream(pack, aside.large[0], 1 << 20, aside.damaged)))\n"
        "print(size, aside.damaged, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    environ = {"PYTHONPATH": helpers.PACKAGE_PARENT}
    done = subprocess.run([sys.executable, "-c", script, path], env=environ, capture_output=True, text=True, check=True)
    size, damaged, grown = done.stdout.rsplit(maxsplit=2)
    assert (int(size), damaged) == (400 * 600 * len(ROOT), "[]")
    assert int(grown) < 100


def test_machines_without_the_compiled_libraries(repo):
    """isal, dulwich and hyperscan have no wheel everywhere: without them the same comes out."""
    grow(repo, 20)
    path = packed(repo, "--depth=50")
    script = (
        "import sys\n"
        "blocked = sys.argv[2:]\n"
        "sys.modules.update(dict.fromkeys(blocked))\n"
        "from hashlib import sha256\n"
        "from leakstop.git.pack import open_pack\n"
        "from leakstop.git.mentions import Ids\n"
        "from objects_helpers import read_trees\n"
        "from leakstop.git.walk import Aside, walk\n"
        "pack, digest, aside = open_pack(sys.argv[1].encode()), sha256(), Aside.empty()\n"
        "for kind in (1, 2, 3, 4):\n"
        "    for entry in walk(pack, pack.roots_of(kind), aside):\n"
        "        digest.update(entry.data)\n"
        "digest.update(repr([*map(sorted, read_trees(pack, Ids(pack.names[::2])))]).encode())\n"
        "print(digest.hexdigest(), aside, any(sys.modules.get(name) for name in blocked))\n"
    )
    environ = {"PYTHONPATH": os.pathsep.join((helpers.PACKAGE_PARENT, os.path.dirname(helpers.__file__)))}
    out = [
        subprocess.run(
            [sys.executable, "-c", script, path, *blocked], env=environ, capture_output=True, text=True, check=True
        ).stdout
        for blocked in ((), ("isal", "dulwich", "hyperscan"))
    ]
    assert out[0] == out[1]
    assert out[0].endswith("Aside(damaged=[], large=[], oversized=[]) False\n")


def test_commits_need_no_copies(repo):
    """What a delta copies is worked out only when it is wanted."""
    grow(repo)
    pack = open_pack(str(packed(repo)).encode())
    deltas = [entry for entry in walk(pack, pack.roots_of(BLOB), Aside.empty(), edited=False) if entry.depth]
    assert deltas
    assert {entry.edit for entry in deltas} == {None}
    assert not any(kind == COMMIT for kind in pack.kinds[[entry.number for entry in deltas]])


def test_a_store_knows_the_pack(repo):
    grow(repo, 4)
    path = packed(repo)
    store = open_store(repo)
    assert [pack.path for pack in store.packs] == [str(path).encode()]
