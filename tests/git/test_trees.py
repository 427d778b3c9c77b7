"""What trees bring in: ids and names, found without rebuilding them."""

from __future__ import annotations

import random
import re

import helpers
import numpy as np
import pytest
from objects_helpers import Item, copy, delta, everything, grow, insert, open_store, write_pack

from leakstop.git import trees
from leakstop.git.pack import TREE, open_pack
from leakstop.git.trees import Mentions, new_names
from leakstop.git.walk import Aside, Payloads, payloads, walk

LONG = re.compile(rb"[!-~]{12,}")


def entry(name, oid):
    return b"100644 " + name + b"\0" + oid


def names_of(tree, width=20):
    return {match[1] for match in re.finditer(rb"[0-7]{5,6} ([^\0]+)\0(?s:.{%d})" % width, tree)}


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@pytest.mark.parametrize("pack", [True, False])
def test_trees_that_bring_an_id_in(tmp_path, object_format, pack):
    """Of the trees that hold an id none is missed but those whose base in the pack holds it too; no tree without one is named."""
    repo = helpers.Repo.init(tmp_path / "repo", f"--object-format={object_format}")
    grow(repo)
    if pack:
        repo.git("repack", "-q", "-a", "-d", "-f")
    store = open_store(repo)
    known = everything(repo)
    rng = random.Random(2)
    ids = rng.sample(sorted(oid for oid, content in known.items() if content.kind in ("blob", "tree")), 30)
    holding = {oid for oid, content in known.items() if content.kind == "tree" and any(wanted in content.data for wanted in ids)}
    found = store.trees_mentioning(ids)
    assert found <= holding
    must = {
        oid
        for oid in holding
        if (base := base_of(store, oid)) is None
        or any(wanted in known[oid].data and wanted not in known[base].data for wanted in ids)
    }
    assert must <= found
    assert must
    assert store.trees_mentioning([]) == set()


def base_of(store, oid):
    for pack in store.packs:
        index = pack.locate_one(oid)
        if index >= 0 and pack.bases[index] >= 0:
            return pack.oid(int(pack.bases[index]))
    return None


def test_an_id_cut_by_an_instruction_is_found():
    """Behind 127 bytes a further insert begins, wherever that is."""
    oid = random.Random(1).randbytes(20)
    for lead in range(90, 140):
        data = delta(500, 600, insert(b"x" * lead + oid), copy(0, 400))
        block = Payloads(np.array([4, 9]), [b"nothing", data])
        assert Mentions([oid]).search(block).tolist() == [9]


def test_an_id_across_two_trees_is_none():
    oid = bytes(range(1, 21))
    assert Mentions([oid]).search(Payloads(np.array([0, 1]), [b"ab" + oid[:5], oid[5:] + b"cd"])).tolist() == [1]
    assert Mentions([oid]).search(Payloads(np.array([0, 1, 2]), [oid[:6], oid[6:14], oid[14:]])).tolist() == []


def test_with_and_without_hyperscan():
    """numpy alone finds the same places."""
    rng = random.Random(5)
    ids = [rng.randbytes(20) for _ in range(300)]
    blocks = [
        [rng.randbytes(rng.randrange(60)) + rng.choice([*ids, b""]) + rng.randbytes(3) for _ in range(500)] for _ in range(5)
    ]
    mentions = Mentions(ids)
    for block in blocks:
        text = b"".join(block)
        assert sorted(mentions._ends_by_table(text)) == sorted(mentions._ends(text))
    for text in (b"", b"a", ids[0][2:10], b"x" + ids[0][2:10]):
        assert sorted(mentions._ends_by_table(text)) == sorted(mentions._ends(text))
    search = trees._hyperscan_runs()
    if search:
        for text in (b"\0".join(blocks[0]) + b"\1", b"a" * 11 + b"\1", b"a" * 12 + b"\1", b"a" * 5000 + b" " + b"b" * 12 + b"\0"):
            assert search(text) == trees._ends_of_runs(text)


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_all_new_names_are_found(tmp_path, object_format):
    """All names with a long run of new characters, and no name that is none."""
    repo = helpers.Repo.init(tmp_path / "repo", f"--object-format={object_format}")
    grow(repo, 60)
    for number in range(30):
        repo.write(f"many/a_{number:03d}_some_long_file_name.txt", b"")
    repo.write("with blanks/the first part and_a_long_part here.txt", b"")
    repo.write(b"latin/caf\xe9_and_more_text_behind.txt", b"")
    repo.write("new\nline/name\nwith_a_long_second_line", b"")
    repo.stage()
    repo.commit()
    repo.git("mv", "many/a_007_some_long_file_name.txt", "many/b_a_renamed_file_of_the_same_content")
    repo.commit()
    repo.git("repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50")
    [pack] = open_store(repo).packs
    every, must = set(), []
    for tree in walk(pack, pack.roots_of(TREE), Aside.empty()):
        every |= names_of(tree.data, pack.width)
        must += [(name, part) for name, part in new_parts(tree, pack.width) if LONG.search(part)]
    damaged = []
    found = new_names(pack, damaged)
    assert found <= every
    assert damaged == []
    assert len(must) > 40
    for name, part in must:
        run = LONG.search(part)[0]
        assert name in found or any(other.startswith(run) or other.endswith(run) for other in found)
    assert b"b_a_renamed_file_of_the_same_content" in found
    assert b"caf\xe9_and_more_text_behind.txt" in found


def new_parts(tree, width):
    """(name, what the delta inserts of it) for all entries of a tree."""
    copied = [(target, target + size) for _, target, size in (tree.edit.copies() if tree.edit else ())]
    edges = [0, *(edge for span in copied for edge in span), len(tree.data)]
    inserted = list(zip(edges[::2], edges[1::2], strict=True))
    for match in re.finditer(rb"[0-7]{5,6} ([^\0]+)\0(?s:.{%d})" % width, tree.data):
        for start, end in inserted:
            if max(start, match.start(1)) < min(end, match.end(1)):
                yield match[1], tree.data[max(start, match.start(1)) : min(end, match.end(1))]


def oid(number):
    """An id without any printable byte."""
    return bytes([1, 2, number, *range(200, 217)])


OLD = b"".join(entry(b"file_%02d" % number, oid(number)) for number in range(20))


@pytest.mark.parametrize(
    "inserts",
    [
        pytest.param((insert(entry(b"secret_file_name.txt", oid(99))),), id="whole"),
        pytest.param((copy(0, 7), insert(entry(b"secret_file_name.txt", oid(99))[7:])), id="without its mode"),
        pytest.param((copy(0, 12), insert(b"_secret_file_name\0" + oid(99))), id="a copied beginning"),
        pytest.param((insert(b"100644 secret_file_name"), copy(14, 21)), id="a copied end"),
        pytest.param((copy(0, 12), insert(b"_secret_file_name"), copy(14, 21)), id="copied on both sides"),
        *[
            pytest.param((insert(entry(b"x" * at, oid(98)) + entry(b"secret_file_name.txt", oid(99))),), id=f"cut behind {at}")
            for at in range(66, 100)
        ],
    ],
)
def test_a_name_in_pieces_is_made_whole(tmp_path, inserts):
    added = b"".join(
        OLD[int.from_bytes(part[1:2], "little") * (part[0] & 1) :][: part[-1]] if part[0] > 127 else plain(part)
        for part in inserts
    )
    target = OLD + added
    stream = delta(len(OLD), len(target), copy(0, len(OLD)), *inserts)
    items = [Item(bytes(20), TREE, OLD), Item(b"\1" * 20, 6, stream, 0)]
    pack = open_pack(str(write_pack(tmp_path, items)).encode())
    [rebuilt] = [tree.data for tree in walk(pack, pack.roots_of(TREE), Aside.empty()) if tree.depth]
    assert rebuilt == target
    expected = {name for name in names_of(target) if b"secret_file_name" in name}
    assert len(expected) == 1
    assert expected <= new_names(pack, [])


def plain(part):
    """What an insert of any length inserts."""
    out = b""
    while part:
        out += part[1 : 1 + part[0]]
        part = part[1 + part[0] :]
    return out


def test_damage_is_told(tmp_path):
    items = [Item(bytes(20), TREE, OLD), Item(b"\1" * 20, TREE, OLD, size=len(OLD) + 9)]
    pack = open_pack(str(write_pack(tmp_path, items)).encode())
    damaged = []
    assert names_of(OLD) <= new_names(pack, damaged)
    assert [name for name, _ in damaged] == ["01" * 20]
    assert sum(len(block.data) for block in payloads(pack, pack.of_kind(TREE), [])) == 1
