"""What trees bring in: ids and names, found without rebuilding them."""

from __future__ import annotations

import random
import re

import helpers
import numpy as np
import pytest
from objects_helpers import Item, copy, delta, everything, grow, insert, open_store, read_trees, write_pack

from leakstop.git.mentions import Ids
from leakstop.git.pack import TREE, open_pack
from leakstop.git.trees import entries
from leakstop.git.walk import Aside, payloads, walk

LONG = re.compile(rb"[!-~]{8,}")


def entry(name, oid):
    return b"100644 " + name + b"\0" + oid


def names_of(tree, width=20):
    return {match[1] for match in re.finditer(rb"[0-7]{5,6} ([^\0]+)\0(?s:.{%d})" % width, tree)}


def ids_of(pack):
    return Ids(pack.names)


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_ids_that_no_object_has(tmp_path, object_format):
    """Whichever objects are away: what trees name of them is told, and nothing else."""
    repo = helpers.Repo.init(tmp_path / "repo", f"--object-format={object_format}")
    grow(repo)
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'ab' * repo_width(repo)},vendor")
    repo.commit("A submodule")
    repo.git("repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50")
    [pack] = open_store(repo).packs
    known = everything(repo)
    named = {
        entry[2]
        for content in known.values()
        if content.kind == "tree"
        for entry in entries(content.data, pack.width)
        if entry[0] != b"160000"
    }
    assert read_trees(pack, ids_of(pack)).absent == set()
    rng = random.Random(3)
    for count in (1, 1, 1, 5, 50, len(known)):
        away = rng.sample(sorted(known), count)
        ids = Ids(np.frombuffer(b"".join(sorted(known.keys() - away)), np.uint8).reshape(-1, pack.width))
        found = read_trees(pack, ids)
        assert found.absent == named.intersection(away)
        assert {b"long.txt", b"dir", b"sub", b"wide", b"vendor"} <= found.names
        assert read_trees(pack, ids, whole=False).absent == set()


def repo_width(repo):
    return 32 if open_store(repo).width == 32 else 20


@pytest.mark.parametrize(
    "inserts",
    [
        pytest.param(lambda new: (insert(entry(b"a", new)),), id="whole"),
        pytest.param(lambda new: (insert(entry(b"a", new)[:-1]), copy(34, 1)), id="a copied last byte"),
        pytest.param(lambda new: (copy(0, 15), insert(new)), id="a copied name"),
        pytest.param(lambda new: (copy(0, 16), insert(new[1:])), id="a copied first byte"),
        pytest.param(lambda new: (copy(0, 16), insert(new[1:12]), copy(27, 8)), id="copied on both sides"),
        *[
            pytest.param(lambda new, at=at: (insert(entry(b"x" * at, oid(1)) + entry(b"b", new)),), id=f"cut behind {at}")
            for at in (70, 71, 72, 80, 90, 91)
        ],
    ],
)
def test_an_absent_id_in_pieces(tmp_path, inserts):
    """However little of it is new."""
    rng = random.Random(4)
    ids = [bytes(rng.choice(range(128, 256)) for _ in range(20)) for _ in range(20)]
    old = b"".join(entry(b"file_%02d" % number, known) for number, known in enumerate(ids))
    gone = ids[0][:1] + rng.randbytes(11) + ids[0][12:]
    instructions = inserts(gone)
    size = sum(len(plain(part)) if part[0] < 128 else part[-1] for part in instructions)
    stream = delta(len(old), len(old) + size, copy(0, len(old)), *instructions)
    pack = open_pack(str(write_pack(tmp_path, [Item(bytes(20), TREE, old), Item(b"\1" * 20, 6, stream, 0)])).encode())
    [tree] = [tree.data for tree in walk(pack, pack.roots_of(TREE), Aside.empty()) if tree.depth]
    assert {named for _, _, named in entries(tree, 20)} == {*ids, gone, *([oid(1)] if b"xx" in tree else [])}
    known = np.frombuffer(b"".join((*ids, oid(1))), np.uint8).reshape(-1, 20)
    assert read_trees(pack, Ids(known)).absent == {gone}


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
    found, _, _, damaged = read_trees(pack, ids_of(pack))
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
    assert expected <= read_trees(pack, ids_of(pack)).names


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
    names, _, _, damaged = read_trees(pack, ids_of(pack))
    assert names_of(OLD) <= names
    assert [name for name, _ in damaged] == ["01" * 20]
    assert sum(len(block.data) for block in payloads(pack, pack.of_kind(TREE), [])) == 1
