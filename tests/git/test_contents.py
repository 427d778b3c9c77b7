"""What trees hold, worked out from deltas of every kind: git's own, and such as no sane program writes."""

from __future__ import annotations

import hashlib
import random

import pytest
from objects_helpers import Item, copy, delta, insert, write_pack

from leakstop.git.contents import find_contents
from leakstop.git.delta import copies, inserted
from leakstop.git.edits import decode
from leakstop.git.mentions import Ids, NameKeys, find_mentions
from leakstop.git.pack import TREE, open_pack
from leakstop.git.treetable import Reading
from leakstop.git.wave import named_before, parse_tree

WIDTH = 20


def tree_id(data: bytes) -> bytes:
    return hashlib.sha1(b"tree %d\0" % len(data) + data).digest()


def tree_of(entries: dict[bytes, tuple[bytes, bytes]]) -> bytes:
    """A tree object: name -> (mode, id), in git's order."""
    ordered = sorted(entries, key=lambda name: name + b"/" if entries[name][0].endswith(b"40000") else name)
    return b"".join(entries[name][0] + b" " + name + b"\0" + entries[name][1] for name in ordered)


def odd_delta(rng: random.Random, base: bytes, target: bytes, least: int) -> bytes:
    """A delta that copies whatever pieces of at least `least` bytes it finds, from any place, and cuts where it likes."""
    parts = []
    at = 0
    while at < len(target):
        size = rng.choice((1, 2, 4, 7, 12, 19, 20, 21, 28, 40, 90, 300))
        piece = target[at : at + size]
        found = [place for place in range(len(base)) if base.startswith(piece, place)] if len(piece) >= least else []
        if found and rng.random() < 0.9:
            place = rng.choice(found)
            while rng.random() < 0.9 and len(piece) < len(target) - at and base.startswith(target[at:][: len(piece) + 1], place):
                piece = target[at:][: len(piece) + 1]
            parts.append(copy(place, len(piece)))
        else:
            parts.append(insert(piece))
        at += len(piece)
    return delta(len(base), len(target), *parts)


def close_delta(base: bytes, target: bytes) -> bytes:
    """A delta as git makes them: the longest pieces of 16 bytes and more."""
    parts, at, pending = [], 0, b""
    while at < len(target):
        place = base.find(target[at : at + 16])
        if place < 0 or at + 16 > len(target):
            pending += target[at : at + 1]
            at += 1
            continue
        size = 16
        while at + size < len(target) and base[place : place + size + 1] == target[at : at + size + 1]:
            size += 1
        back = 0
        while pending[: len(pending) - back] and place > back and pending[-1 - back] == base[place - 1 - back]:
            back += 1
        parts += [insert(pending[: len(pending) - back])] * (len(pending) > back) + [copy(place - back, size + back)]
        pending, at = b"", at + size
    return delta(len(base), len(target), *parts, *([insert(pending)] if pending else []))


class World:
    """Folders that change, each version a tree; some blobs hold values."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.wanted = [rng.randbytes(WIDTH) for _ in range(6)]
        self.others = [self.near(rng.choice(self.wanted)) for _ in range(40)]
        self.trees: dict[bytes, bytes] = {}

    def near(self, oid: bytes) -> bytes:
        """An id that agrees with another one in some bytes at its ends."""
        head, tail = self.rng.choice((0, 0, 0, 1, 3)), self.rng.choice((0, 0, 0, 1, 3))
        return oid[:head] + self.rng.randbytes(WIDTH - head - tail) + oid[WIDTH - tail :]

    def blob(self) -> bytes:
        return self.rng.choice(self.wanted) if self.rng.random() < 0.15 else self.rng.choice(self.others)

    def grow(self) -> None:
        rng = self.rng
        words, tails = (b"a", b"main", b"config", b"test 1"), (b"", b".c", b".py", b"_2.py")
        names = [word + tail for word in words for tail in tails]
        folders: list[dict[bytes, tuple[bytes, bytes]]] = [
            {name: (b"100644", self.blob()) for name in rng.sample(names, rng.randrange(1, len(names)))} for _ in range(4)
        ]
        for _ in range(120):
            number = rng.randrange(len(folders))
            folder = dict(folders[number])
            for _ in range(rng.choice((1, 1, 1, 2, 5))):
                name = rng.choice(names)
                kind = rng.random()
                if kind < 0.5:
                    folder[name] = (rng.choice((b"100644", b"100644", b"100755", b"120000")), self.blob())
                elif kind < 0.6:
                    folder.pop(name, None)
                elif kind < 0.75 and folder:  # rename, or copy
                    folder[name] = folder[rng.choice(list(folder))]
                elif number:
                    inner = tree_id(tree_of(folders[rng.randrange(number)]))
                    folder[rng.choice((b"sub", b"lib", b"main.c"))] = (rng.choice((b"40000", b"40000", b"040000")), inner)
            folders[number] = folder
            for state in folders:
                self.trees.setdefault(tree_id(tree_of(state)), tree_of(state))

    def holds(self, oid: bytes) -> tuple:
        """What a tree holds, read entry by entry."""
        data, found = self.trees[oid], []
        for _, place, name in parse_tree(data, WIDTH):
            child = data[place : place + WIDTH]
            inner = self.holds(child) if child in self.trees else (child,) if child in self.wanted else ()
            if inner:
                found.append((name, inner))
        return tuple(found)


@pytest.mark.parametrize("least", [1, 3, 5, 8, 16, None])
@pytest.mark.parametrize("seed", range(6))
def test_trees_with_odd_deltas(tmp_path, seed, least):
    """Deltas against any other tree, in chains, with copies cut, moved, repeated: each tree holds what its entries say."""
    rng = random.Random(f"{seed}/{least}")
    world = World(rng)
    world.grow()
    items: list[Item] = []
    for oid, data in world.trees.items():
        if items and rng.random() < 0.93:
            base = rng.randrange(max(0, len(items) - 8), len(items))
            before = world.trees[items[base].oid]
            change = close_delta(before, data) if least is None else odd_delta(rng, before, data, least)
            items.append(Item(oid, 6, change, base))
        else:
            items.append(Item(oid, TREE, data))
    pack = open_pack(bytes(write_pack(tmp_path, items)))
    table = Reading([pack], [], lambda _: [], world.wanted, WIDTH).table(())
    contents, holds = find_contents(table, [(number,) for number in range(len(world.wanted))])

    def spelled(content: int) -> tuple:
        if contents.values[content]:
            return (world.wanted[contents.values[content][0]],)
        return tuple((name, spelled(inner)) for name, inner in contents.entries(content))

    assert table.trees == len(world.trees)
    for number in range(table.trees):
        oid = table.sources.ids[number].tobytes()
        assert spelled(int(holds[number])) == world.holds(oid), oid.hex()


def test_a_family_that_holds_its_own_folders(tmp_path):
    """A tree may be stored as a change of the tree of a folder in it."""
    secret = b"\xaa" * WIDTH
    filler = {b"file_%02d" % number: (b"100644", bytes([number]) * WIDTH) for number in range(20)}
    datas = [tree_of({**filler, b"secret": (b"100644", secret)})]
    for _ in range(4):
        datas.append(tree_of({**filler, b"sub": (b"40000", tree_id(datas[-1]))}))
    items = [Item(tree_id(datas[4]), TREE, datas[4])]
    items += [Item(tree_id(data), 6, close_delta(datas[4], data), 0) for data in datas[:4]]
    table = Reading([open_pack(bytes(write_pack(tmp_path, items)))], [], lambda _: [], [secret], WIDTH).table(())
    contents, holds = find_contents(table, [(7,)])
    content, depth = int(holds[0]), 0
    while contents.entries(content) and contents.entries(content)[0][0] == b"sub":
        content, depth = contents.entries(content)[0][1], depth + 1
    assert depth == 4
    assert contents.entries(content)[0][0] == b"secret"


def test_a_tree_that_stands_in_itself(tmp_path):
    """Only a false id can do that. What else is in it is told, and what is in the trees above it."""
    secret, own = b"\xaa" * WIDTH, b"\x01" * WIDTH
    inner = tree_of({b"secret": (b"100644", secret), b"sub": (b"40000", own)})
    above = tree_of({b"also secret": (b"100644", secret), b"inner": (b"40000", own)})
    items = [Item(own, TREE, inner), Item(tree_id(above), TREE, above)]
    table = Reading([open_pack(bytes(write_pack(tmp_path, items)))], [], lambda _: [], [secret], WIDTH).table(())
    contents, holds = find_contents(table, [(7,)])
    assert [name for name, _ in contents.entries(int(holds[0]))] == [b"secret"]
    assert [name for name, _ in contents.entries(int(holds[1]))] == [b"also secret", b"inner"]


def test_a_damaged_tree_holds_nothing(tmp_path):
    """A delta that makes up another size than it promises, and what is stored as a change of it."""
    secret = b"\x22" * WIDTH
    whole = tree_of({b"a": (b"100644", secret), b"b": (b"100644", b"\x33" * WIDTH)})
    items = [
        Item(tree_id(whole), TREE, whole),
        Item(b"\x01" * WIDTH, 6, delta(len(whole), 999, copy(0, len(whole))), 0),
        Item(b"\x02" * WIDTH, 6, delta(999, len(whole), copy(0, len(whole))), 1),
    ]
    table = Reading([open_pack(bytes(write_pack(tmp_path, items)))], [], lambda _: [], [secret], WIDTH).table(())
    _, holds = find_contents(table, [(1,)])
    found = {table.sources.ids[number].tobytes(): int(holds[number]) for number in range(table.trees)}
    assert found[tree_id(whole)]
    assert not found[b"\x01" * WIDTH]


@pytest.mark.parametrize("seed", range(4))
def test_decoding_many_deltas_at_once(seed):
    """The same copies and inserts as when each delta is decoded alone; whole objects are one run."""
    rng = random.Random(seed)
    datas, flags = [], []
    for _ in range(200):
        base, target = rng.randbytes(rng.choice((50, 400, 70_000))), b""
        parts = []
        for _ in range(rng.choice((0, 1, 3, 10, 200))):
            if rng.random() < 0.5:
                size = rng.choice((1, 20, 127, 128, 400))
                parts.append(insert(rng.randbytes(size)))
                target += b"x" * size
            else:
                start = rng.randrange(len(base))
                size = min(len(base) - start, rng.choice((1, 255, 256, 65535, 65536)))
                parts.append(copy(start, size))
                target += b"x" * size
        if rng.random() < 0.8:
            datas.append(delta(len(base), len(target), *parts))
            flags.append(True)
        else:
            datas.append(base)
            flags.append(False)
    import numpy as np

    found = decode(datas, np.array(flags))
    assert found.good.all()
    for number, (data, is_delta) in enumerate(zip(datas, flags, strict=True)):
        own = found.copies.of == number
        columns = (found.copies.source[own], found.copies.target[own], found.copies.size[own])
        assert list(zip(*(column.tolist() for column in columns), strict=True)) == (copies(data) if is_delta else [])
        own = found.runs.of == number
        columns = (found.runs.target[own], found.runs.start[own], found.runs.size[own])
        runs = sorted(zip(*(column.tolist() for column in columns), strict=True))
        texts = [found.runs.text[start : start + size].tobytes() for _, start, size in runs]
        assert texts == (inserted(data) if is_delta else [data])


def test_cut_off_deltas_are_told():
    """A delta that ends within an instruction, or before its first one."""
    import numpy as np

    whole = delta(100, 60, copy(0, 30), insert(b"y" * 30))
    datas = [whole, whole[:-5], whole[:2], b"", delta(100, 0)]
    assert decode(datas, np.ones(len(datas), np.bool_)).good.tolist() == [True, False, False, False, True]


def test_each_mention_is_found_once():
    """Ids behind a NUL, at the beginning of a run, without their first bytes, across instructions; not across two runs."""
    import numpy as np

    oid = bytes(range(100, 120))
    ids, keys = Ids(np.frombuffer(oid, np.uint8).reshape(1, WIDTH)), NameKeys()
    filler = b"100644 filler\0" + b"\xee" * WIDTH
    entry = b"100644 name\0" + oid
    size = 300
    runs = {
        entry: [(12, b"")],  # the name may have begun in what is copied
        oid + filler * 5: [(0, b"")],
        oid[3:] + b"100644 next\0" + b"\1" * WIDTH: [(-3, b"")],
        oid[:12]: [(0, b"")],
        oid[:11]: [],
        filler * 3 + entry + filler: [(114, b"name")],
        b"\0" * 30 + b"40000 a name" + b"\0" + oid: [(43, b"")],
        b"e\0" + oid: [(2, b"")],
        b"\7" * WIDTH + entry: [(32, b"name")],
        b"\7" * (WIDTH - 2) + entry: [(30, b"name")],
    }
    for text, expected in runs.items():
        for before in (b"", b"rest of a run\0"):
            parts = [*([insert(before)] if before else []), copy(0, size), insert(text), copy(0, size), insert(b"end")]
            data = delta(size, len(before) + 2 * size + len(text) + 3, *parts)
            found = find_mentions(decode([data, data], np.ones(2, np.bool_)).runs, ids, keys)
            places = [
                (place - len(before) - size, found.names[at : at + length].tobytes())
                for place, at, length in zip(found.place.tolist(), found.name.tolist(), found.length.tolist(), strict=True)
            ]
            assert sorted(places) == sorted(expected * 2), text
            assert found.key.tolist() == [keys.of(name) if name else 0 for _, name in places]


def test_the_entry_before_an_id():
    """Names are found from the place of the id, whatever the bytes of the id before look like."""
    rng = random.Random(2)
    for _ in range(300):
        odd = (b"\0" * WIDTH, b"100644 x\0" + rng.randbytes(11), b"\x31" * WIDTH)
        ids = [rng.choice((rng.randbytes(WIDTH), *odd)) for _ in range(6)]
        names = [rng.choice((b"a", b"100644 b", b"40000 c\xff", b" d", b"long" * 20)) + b"%d" % number for number in range(6)]
        data = b"".join(
            rng.choice((b"100644", b"40000", b"040000")) + b" " + name + b"\0" + oid for name, oid in zip(names, ids, strict=True)
        )
        for start, place, name in parse_tree(data, WIDTH):
            assert named_before(data, place, WIDTH) == [(start, name)]
