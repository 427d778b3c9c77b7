"""Packs of git's without their indexes, and what somebody may make of them."""

from __future__ import annotations

import hashlib
import random
import struct
import tracemalloc
import zlib

import helpers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from objects_helpers import Item, copy, delta, everything, grow, insert, write_pack

from leakstop.git.pack import BLOB
from leakstop.model import Chunk, Origin, Tally
from leakstop.unpack.expand import expanded
from leakstop.unpack.limits import Damaged, Limits, OverLimit
from leakstop.unpack.packs import Pack


def read(data):
    """Name and content of the objects of a pack, and why there are none."""
    found = {}
    for member in Pack(data).objects():
        parts = []
        while part := member.read(1 << 16):
            parts.append(part)
        found[member.name] = member.why or b"".join(parts)
    return found


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    repo = helpers.Repo.init(tmp_path_factory.mktemp("repo"))
    grow(repo, 30)
    return repo


def pack_of(repo, *options):
    ids = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    return repo.git("pack-objects", "--stdout", "-q", *options, input=ids)


@pytest.mark.parametrize(
    "options", [(), ("--delta-base-offset",), ("--depth=250", "--window=100"), ("--no-reuse-delta", "--depth=1")]
)
def test_all_objects(repo, options):
    """By their offsets or by their ids deltas find their bases: each object is what git says it is."""
    found = read(pack_of(repo, *options))
    assert found == {f"{what.kind} {oid.hex()}": what.data for oid, what in everything(repo).items()}
    assert len(found) > 100


def test_bases_behind_their_deltas(tmp_path):
    """A delta may name an object by its id that comes later, or that is not there at all: then what it brings along is read."""
    base, far = b"a base of some length, so that it pays\n" * 4, bytes(20)
    name = hashlib.sha1(b"blob %d\0" % len(base) + base, usedforsecurity=False).digest()
    stream = delta(len(base), 10, copy(0, 10))
    thin = delta(len(base), 21, insert(b"new"), copy(0, 10), insert(b"more new"))
    items = [Item(b"\2" * 20, 7, stream, name), Item(name, BLOB, base), Item(b"\3" * 20, 7, thin, far)]
    found = read(write_pack(tmp_path, items).read_bytes())
    told = "it is a change of an object that stands elsewhere"
    assert sorted(found.values(), key=len) == [base[:10], b"new\nmore new", told, base]


def head(kind, size):
    """The first bytes of an entry."""
    out = bytearray([kind << 4 | size & 15])
    size >>= 4
    while size:
        out[-1] |= 128
        out.append(size & 127)
        size >>= 7
    return bytes(out)


def pack(*entries):
    body = b"PACK" + struct.pack(">II", 2, len(entries)) + b"".join(entries)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def expand(data):
    """What comes out of it, and the memory that it took."""
    tally = Tally()
    tracemalloc.start()
    try:
        size = sum(len(chunk.data) for chunk in expanded([Chunk(data, Origin("file", b"a.pack"))], tally, Limits()))
        return size, tally, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_large_object_comes_in_pieces():
    """It is not built, and ends at the limit of what comes out; it was 8 GB of memory for 4 MB of a pack in git's own tests."""
    data = pack(head(3, 100 << 20) + zlib.compress(b"ab" * (50 << 20)))
    size, tally, peak = expand(data)
    assert size > 32 << 20
    assert ["archive-ratio" in problem.message for problem in tally.problems] == [True]
    assert peak < 64 << 20


def test_a_large_delta_is_not_built():
    """Each copies the other twice over: a few bytes stand for any number."""
    data, offsets = bytearray(), []
    offsets.append(12)
    data += head(3, 1 << 20) + zlib.compress(bytes(1 << 20))
    size = 1 << 20
    for _ in range(12):
        stream = delta(size, 2 * size, *[copy(at, 1 << 20) for at in range(0, size, 1 << 20)] * 2)
        offsets.append(12 + len(data))
        back, back_bytes = offsets[-1] - offsets[-2], bytearray()
        back_bytes.append(back & 127)
        while back := back >> 7:
            back -= 1
            back_bytes.insert(0, back & 127 | 128)
        data += head(6, len(stream)) + bytes(back_bytes) + zlib.compress(stream)
        size *= 2
    body = b"PACK" + struct.pack(">II", 2, 13) + bytes(data)
    _, tally, peak = expand(body + hashlib.sha1(body, usedforsecurity=False).digest())
    assert ["archive-" in problem.message for problem in tally.problems] == [True]
    assert peak < 400 << 20


@settings(max_examples=60)
@given(data=st.data())
def test_damage(repo, data):
    """Whatever is changed or cut off: what can be had, or the reason why not."""
    packed = bytearray(pack_of(repo, "--delta-base-offset"))
    rng = random.Random(data.draw(st.integers(0, 1 << 30)))
    for _ in range(rng.randrange(1, 5)):
        packed[rng.randrange(12, len(packed))] = rng.randrange(256)
    if rng.random() < 0.5:
        del packed[rng.randrange(len(packed)) :]
    try:
        read(bytes(packed))
    except (Damaged, OverLimit):
        pass
