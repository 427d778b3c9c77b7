"""Where one commit has some blobs, without a look at any other commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.git.graph import Heads
from leakstop.git.pack import COMMIT
from leakstop.git.trees import FOLDER, entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from leakstop.git.objects import ObjectStore


def files(store: ObjectStore, commit: bytes, wanted: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """(path, id) of those of the blobs that the commit has. A folder that stands in several places is told in one of them."""
    content = store.read(commit)
    left = {Heads.of([(commit, content[1])]).trees[0].tobytes(): b""} if content and content[0] == COMMIT else {}
    seen: set[bytes] = set()
    while left:
        below: dict[bytes, bytes] = {}
        for oid, tree in store.read_many(left):
            for mode, name, inner in entries(tree, store.width):
                if mode == FOLDER:
                    below.setdefault(inner, b"%b%b/" % (left[oid], name))
                elif inner in wanted:
                    yield left[oid] + name, inner
        seen |= left.keys()
        left = {oid: prefix for oid, prefix in below.items() if oid not in seen}
