"""What was searched in a repository before and held nothing: it is not read again.

Git names an object by its content, so what held nothing holds nothing as long as rules and program are the same. Remembered are
ids and sizes of blobs, nothing of what they hold; not those that hold something, that are containers or could not be read.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from leakstop import store
from leakstop.git.pack import BLOB
from leakstop.git.packindex import find
from leakstop.git.shares import left_out

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from leakstop.git.objects import ObjectStore
    from leakstop.git.plumbing import Repository
    from leakstop.model import Tally
    from leakstop.rules.rule import RuleSet
    from leakstop.unpack.limits import Limits

LEAST = 4000  # objects of a repository from which on remembering is worth it
_MOST = 4_000_000  # blobs remembered of one repository
_KEY = 16  # bytes


class Clean(NamedTuple):
    """Blobs in which nothing was found: their ids, one behind the other, and their sizes in bytes."""

    oids: bytes
    sizes: NDArray[np.uint32]


class Remembered(NamedTuple):
    """The memory of one repository; `name` is its entry in the cache, `key` what it holds for."""

    name: str
    key: bytes
    oids: NDArray[np.uint8]  # (n, width), ascending
    sizes: NDArray[np.uint32]

    @classmethod
    def of(cls, repo: Repository, rules: RuleSet, archives: Limits | None, width: int, *, fresh: bool = False) -> Remembered:
        """What the cache knows; nothing if `fresh`, or if rules or program are others by now."""
        name = f"searched-{blake2b(os.path.realpath(repo.common_dir), digest_size=_KEY).hexdigest()}"
        key = blake2b(repr((rules.digest, archives, width, *store.program())).encode(), digest_size=_KEY).digest()
        data = b"" if fresh else store.read(name) or b""
        count = (len(data) - _KEY) // (width + 4) if data[:_KEY] == key else 0
        rows = np.frombuffer(data, np.uint8)[_KEY:]
        oids, sizes = rows[: count * width].reshape(count, width), rows[count * width :][: count * 4].view("<u4")
        return cls(name, key, oids, sizes)

    def skip(self, objects: ObjectStore, tally: Tally) -> Skipped:
        """What need not be read again of the blobs that are there; it is counted as read, and as remembered."""
        packs: list[NDArray[np.bool_]] = []
        again = np.zeros(len(self.oids), np.bool_)
        for pack, hidden in zip(objects.packs, objects.hidden, strict=True):
            places = pack.locate(self.oids)
            rows = np.flatnonzero(places >= 0)
            known = hidden.copy()
            known[places[rows]] = True
            packs.append(known)
            again[rows] |= (left_out(pack, BLOB, known) & ~hidden)[places[rows]]
        loose = [header.oid for header in objects.loose(BLOB)]
        rows = find(self.oids, np.frombuffer(b"".join(loose), np.uint8).reshape(-1, objects.width))
        again[rows[rows >= 0]] = True
        tally.remembered = int(again.sum())
        tally.objects += tally.remembered
        tally.bytes += int(self.sizes[again].sum())
        known_loose = {oid for oid, row in zip(loose, rows.tolist(), strict=True) if row >= 0}
        return Skipped(packs, known_loose, np.flatnonzero(again))

    def keep(self, skipped: NDArray[np.int64], clean: Iterable[Clean]) -> None:
        """Remember the rows that were skipped now, and what was found clean."""
        new = list(clean)
        width = self.oids.shape[1]
        added = np.frombuffer(b"".join(part.oids for part in new), np.uint8).reshape(-1, width)
        if not len(added) and len(skipped) == len(self.oids):
            return
        oids = np.concatenate((self.oids[skipped], added))
        sizes = np.concatenate((self.sizes[skipped], *(part.sizes for part in new))).astype("<u4")
        _, first = np.unique(oids.view(f"V{width}").reshape(-1), return_index=True)
        if len(first) <= _MOST:
            store.write(self.name, self.key + oids[first].tobytes() + sizes[first].tobytes())


class Skipped(NamedTuple):
    """What is not read again: of each pack what is hidden or known, loose objects, and the rows of `Remembered`."""

    packs: list[NDArray[np.bool_]]  # True: hidden, or known; a delta tree of such objects alone is not read
    loose: set[bytes]
    rows: NDArray[np.int64]
