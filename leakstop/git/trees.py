"""What trees bring in, told without rebuilding them: file names, and ids that no object has.

Trees are looked at as they stand in the pack, inflated only: a root is a whole tree ("mode name NUL id" for each file), a delta
brings in what is new. Whatever it copies its base has been asked about.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from leakstop.git.edits import spans
from leakstop.git.patch import SUBMODULE
from leakstop.git.walk import Aside, read_indices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from leakstop.git.edits import Edits, Runs
    from leakstop.git.mentions import Ids, Mentioned
    from leakstop.git.pack import Pack

_SHORTEST = 8  # characters that are new in a name, for which it is made whole: no secret has fewer of its own
_TOGETHER = 500  # trees that are read whole and looked at together
FOLDER = b"40000"  # the mode of a tree in a tree
_TELLING = 16  # bytes of an id that stand for it
_NEW = re.compile(rb"[0-7]{5,6} ([^\0]+)\0|([!-~]{%d,})" % _SHORTEST)  # a name, or a part of one
_LINKS = {width: re.compile(rb"(?:160000 [^\0]+\0(?s:.{%d}))+" % width) for width in (20, 32)}
ENTRIES = {width: re.compile(rb"([0-7]{5,6}) ([^\0]+)\0((?s:.{%d}))" % width) for width in (20, 32)}


class Brought(NamedTuple):
    """What some trees say.

    Of the names that trees copy in part from their bases all are told of which 8 printable characters in a row are new, but for
    those that begin or end as another one does.
    """

    names: set[bytes]
    absent: set[bytes]  # ids, submodules left out, that no object has
    odd: list[int]  # trees, by index: all that name one of those without copying it from their base, and maybe others
    damaged: list[tuple[str, str]]  # what cannot be read: (id in hex, what is wrong)


def entries(tree: bytes, width: int) -> list[tuple[bytes, bytes, bytes]]:
    """(mode, name, id) of the entries of a whole tree."""
    found: list[tuple[bytes, bytes, bytes]] = ENTRIES[width].findall(tree)
    return found


def absent(named: Iterable[tuple[bytes, bytes, bytes]], ids: Ids) -> set[bytes]:
    """The ids of entries that are not known; submodules left out."""
    wanted = sorted({oid for mode, _, oid in named if mode != SUBMODULE})
    rows = np.frombuffer(b"".join(wanted), np.uint8).reshape(-1, ids.width)
    return {wanted[row] for row in np.flatnonzero(ids.find(rows) < 0).tolist()}


class Bringing:
    """Looks at trees of a pack, and reads those whole that do not tell all by themselves."""

    def __init__(self, pack: Pack, ids: Ids) -> None:
        """`ids` are those of all objects that are here."""
        self._pack = pack
        self._ids = ids
        self._names: set[bytes] = set()
        self._parts: dict[bytes, int] = {}  # part of a name -> a tree that has it
        self._links = _LINKS[pack.width]
        # What is no known id and no text, or the index of a tree that holds it -> all such trees.
        self._odd: dict[bytes | int, list[int]] = {}

    def add(self, indices: NDArray[np.int64], edits: Edits, found: Mentioned) -> None:
        """Look at some trees: their indices, what they are made of, and the ids of objects that are here in that."""
        self._odd.update((number, [number]) for number in indices[~edits.good].tolist())
        runs = edits.runs
        place = runs.start[found.run] + found.place - runs.target[found.run]  # of the ids, in the text
        named = found.length > 0
        size = found.length[named] + 1
        self._names.update(runs.text[spans(place[named] - size, size)].tobytes().split(b"\0"))
        start, end = _unexplained(runs, found, place, self._ids.width)
        tree = indices[runs.of[np.searchsorted(runs.start, start, side="right") - 1]]
        text = runs.text[spans(start, end - start)]
        first = np.cumsum(end - start) - (end - start)
        odd = (np.add.reduceat((text < 32) | (text > 126), first) > 0) if len(first) else np.zeros(0, np.bool_)
        look = np.flatnonzero(odd | (end - start >= _SHORTEST))
        rows = zip(start[look].tolist(), end[look].tolist(), tree[look].tolist(), odd[look].tolist(), strict=True)
        for low, high, number, is_odd in rows:
            piece = runs.text[low : high + 1].tobytes()  # and the NUL behind it
            if is_odd and not self._links.fullmatch(piece, 0, high - low):
                self._odd.setdefault(piece if high - low >= _TELLING else number, []).append(number)
            for name, part in _NEW.findall(piece):
                if name:
                    self._names.add(name)
                else:
                    self._parts.setdefault(part, number)

    def finish(self, *, whole: bool = True) -> Brought:
        """All that was brought. Not `whole`: many objects are absent, and nobody asks which."""
        self._names.discard(b"")  # of those that are not known
        heads, tails = sorted(self._names), sorted(name[::-1] for name in self._names)
        wanted = {tree for part, tree in self._parts.items() if not (_begins(heads, part) or _begins(tails, part[::-1]))}
        if whole:
            wanted.update(some[0] for some in self._odd.values())
        gone: set[bytes] = set()
        aside = Aside.empty()
        read = read_indices(self._pack, np.array(sorted(wanted), np.int64), aside)
        while some := list(islice(read, _TOGETHER)):  # most of what they name they name together
            found = {entry for _, tree in some for entry in entries(tree, self._pack.width)}
            self._names.update(name for _, name, _ in found)
            if whole:
                gone |= absent(found, self._ids)
        odd = sorted({number for some in self._odd.values() for number in some}) if gone else []
        return Brought(self._names, gone, odd, aside.damaged)


def _unexplained(
    runs: Runs, found: Mentioned, place: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the parts of runs begin and end that are neither known ids nor the modes and names before them."""
    first, last = runs.start, runs.start + runs.size
    entry = place - 1 - np.where(found.length > 0, found.length + 1 + found.mode, 0)
    start = np.sort(np.concatenate((first, np.minimum(place + width, last[found.run]))))
    end = np.sort(np.concatenate((np.maximum(entry, first[found.run]), last)))
    # What a run ends with may be the NUL of an entry whose id is copied.
    end -= (end > start) & (runs.text[end - 1] == 0)
    some = np.flatnonzero(end > start)
    return start[some], end[some]


def _begins(ordered: list[bytes], prefix: bytes) -> bool:
    at = bisect_left(ordered, prefix)
    return at < len(ordered) and ordered[at].startswith(prefix)
