"""Repositories with every layout of objects, packs written by hand, and what git itself says of them."""

from __future__ import annotations

import hashlib
import random
import zlib
from typing import TYPE_CHECKING, NamedTuple

from leakstop.git.objects import ObjectStore
from leakstop.git.pack import BLOB, COMMIT, KINDS, TAG, TREE
from leakstop.git.plumbing import open_repository
from leakstop.git.trees import Brought
from leakstop.git.treetable import Reading
from leakstop.git.walk import Aside, walk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from helpers import Repo


def grow(repo: Repo, versions: int = 40) -> None:
    """Make a history worth packing: a long file changed in each commit, folders with many files, odd names, a merge, tags."""
    rng = random.Random(7)
    lines = [b"%06d %s\n" % (number, rng.randbytes(20).hex().encode()) for number in range(400)]
    stream = [b"reset refs/heads/main\n"]
    for version in range(versions):
        for _ in range(3):
            at = rng.randrange(len(lines))
            lines[at : at + rng.randrange(3)] = [b"changed %d %s\n" % (version, rng.randbytes(30).hex().encode())]
        files = {b"long.txt": b"".join(lines), b"dir/sub/file_%d.bin" % (version % 7): rng.randbytes(200 + version)}
        if version % 3 == 0:
            files[b"dir/some_new_name_%d_%s.txt" % (version, rng.randbytes(6).hex().encode())] = b"new in %d\n" % version
            files[b"wide/f%03d" % version] = b""
            files["wide/größe %d.txt".encode() % version] = b"x" * version
        message = b"Version %d\n" % version
        stream.append(b"commit refs/heads/main\nmark :%d\n" % (version + 1))
        stream.append(b"committer A <a@example.com> %d +0000\ndata %d\n%s\n" % (1_700_000_000 + version, len(message), message))
        for path, data in files.items():
            stream.append(b'M 100644 inline "%s"\ndata %d\n%s\n' % (path, len(data), data))
    repo.git("fast-import", "--quiet", input=b"".join(stream))
    repo.git("reset", "-q", "--hard")
    repo.tag("annotated", "A tag with a message")


class Known(NamedTuple):
    """An object as git gives it."""

    kind: str
    data: bytes


def everything(repo: Repo, **env: str) -> dict[bytes, Known]:
    """All objects of a repository, from `git cat-file`."""
    out = repo.git("cat-file", "--batch", "--batch-all-objects", "--unordered", **env)
    found = {}
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        oid, kind, size = out[at:end].split()
        found[bytes.fromhex(oid.decode())] = Known(kind.decode(), out[end + 1 : end + 1 + int(size)])
        at = end + 1 + int(size) + 1
    return found


def open_store(repo: Repo) -> ObjectStore:
    return ObjectStore.open(open_repository(repo.path))


def read_all(store: ObjectStore, aside: Aside | None = None) -> dict[bytes, Known]:
    """All objects of a store by walking the packs and reading what is loose; each must come once, and copies must be right."""
    found: dict[bytes, Known] = {}
    aside = aside or Aside.empty()
    for pack, hidden in zip(store.packs, store.hidden, strict=True):
        for kind in (COMMIT, TREE, BLOB, TAG):
            bases: list[bytes] = []
            for entry in walk(pack, pack.roots_of(kind), aside):
                del bases[entry.depth :]
                assert len(bases) == entry.depth
                assert entry.depth or entry.edit is None
                for source, target, size in entry.edit.copies() if entry.edit else ():
                    assert bases[-1][source : source + size] == entry.data[target : target + size]
                bases.append(entry.data)
                if not hidden[entry.number]:
                    oid = pack.oid(entry.number)
                    assert oid not in found
                    found[oid] = Known(KINDS[kind], entry.data)
    for kind in (COMMIT, TREE, BLOB, TAG):
        for header in store.loose(kind):
            assert header.oid not in found
            content = store.read(header.oid)
            if content:
                assert len(content[1]) == header.size
                found[header.oid] = Known(KINDS[content[0]], content[1])
    return found


# ---- packs written by hand


class Item(NamedTuple):
    """An entry of a pack as it is to be written, right or wrong."""

    oid: bytes
    type: int
    data: bytes  # inflated: the object, or its delta
    base: int | bytes | None = None  # number of the item (OFS_DELTA), or id (REF_DELTA)
    size: int | None = None  # what the header promises, if not the truth


def varint(number: int) -> bytes:
    """7 bits a byte, the least significant first."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes((*out, number))


def delta(base: int, target: int, *instructions: bytes) -> bytes:
    """A delta for a base and a target of these sizes."""
    return varint(base) + varint(target) + b"".join(instructions)


def copy(offset: int, size: int) -> bytes:
    """The instruction to copy, as git writes it: zero bytes are left out."""
    op, arguments = 128, b""
    for bit in range(7):
        byte = (offset >> 8 * bit if bit < 4 else (size & 0xFFFFFF if size != 0x10000 else 0) >> 8 * (bit - 4)) & 255
        if byte:
            op |= 1 << bit
            arguments += bytes([byte])
    return bytes([op]) + arguments


def insert(data: bytes) -> bytes:
    """Instructions to insert."""
    return b"".join(bytes([len(data[at : at + 127])]) + data[at : at + 127] for at in range(0, len(data), 127))


def blob_id(data: bytes) -> bytes:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).digest()


def write_pack(
    folder: Path,
    items: Sequence[Item],
    version: int = 2,
    offsets: dict[bytes, int] | None = None,
    left_out: Sequence[Item] = (),
) -> Path:
    """Write a pack and its index (SHA-1); `offsets` puts wrong offsets into the index, `left_out` is not in it. The path."""
    body = bytearray(b"PACK" + (2).to_bytes(4, "big") + len(items).to_bytes(4, "big"))
    starts = []
    for item in items:
        starts.append(len(body))
        size = len(item.data) if item.size is None else item.size
        head = [item.type << 4 | size & 15]
        size >>= 4
        while size:
            head[-1] |= 128
            head.append(size & 127)
            size >>= 7
        body += bytes(head)
        if isinstance(item.base, int):
            back = starts[-1] - starts[item.base]
            encoded = [back & 127]
            while back := back >> 7:
                back -= 1
                encoded.insert(0, back & 127 | 128)
            body += bytes(encoded)
        elif item.base is not None:
            body += item.base
        body += zlib.compress(item.data)
    checksum = hashlib.sha1(body).digest()
    body += checksum
    path = folder / f"pack-{checksum.hex()}.pack"
    path.write_bytes(body)
    placed = dict(zip((item.oid for item in items), starts, strict=True)) | (offsets or {})
    oids = sorted(item.oid for item in items if item not in left_out)
    fanout = b"".join(sum(oid[0] <= first for oid in oids).to_bytes(4, "big") for first in range(256))
    if version == 1:
        index = fanout + b"".join(placed[oid].to_bytes(4, "big") + oid for oid in oids)
    else:
        far = [placed[oid] for oid in oids if placed[oid] >= 1 << 31]
        near = [placed[oid] if placed[oid] < 1 << 31 else 1 << 31 | far.index(placed[oid]) for oid in oids]
        index = b"\xfftOc\0\0\0\2" + fanout + b"".join(oids) + bytes(4 * len(oids))
        index += b"".join(offset.to_bytes(4, "big") for offset in near) + b"".join(offset.to_bytes(8, "big") for offset in far)
    index += checksum
    path.with_suffix(".idx").write_bytes(index + hashlib.sha1(index).digest())
    return path


def read_trees(pack, ids, *, whole=True):
    """What all trees of one pack bring in."""
    reading = Reading([pack], [], lambda _: [], [], pack.width, ids, whole=whole)
    parts = [part for span in reading.portions(2) for part in reading(span) if isinstance(part, Brought)]
    return Brought(
        {name for part in parts for name in part.names},
        {oid for part in parts for oid in part.absent},
        [number for part in parts for number in part.odd],
        [problem for part in parts for problem in part.damaged],
    )
