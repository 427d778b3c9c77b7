"""Object ids in the content of trees, found in thousands of trees at once, with the names that stand before them.

An id is looked for by eight of its bytes, the 5th to the 12th: that much chance agreement (1 to 2 ** 64) does not occur, and the
bytes before and behind may stand elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.ascending import opens
from leakstop.git.edits import MARGIN, spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from leakstop.git.edits import Runs

_FIRST, _LAST = 4, 12  # the bytes of an id that are looked for
_BITS = 22  # by which ids are looked up, at most
_BLANK = 0x20
_OCTAL, _ZEROS = np.uint64(0xF8F8F8F8F8), np.uint64(0x3030303030)  # what five octal digits have in common, in eight bytes
_KEY = (1 << 63) - 1


class Ids:
    """Numbers of object ids, by their middle; where an id stands twice, its lowest number."""

    def __init__(self, ids: NDArray[np.uint8]) -> None:
        """The number of an id is its row in `ids`, an array (n, bytes of an id)."""
        keys = _keys(ids)
        self.width = ids.shape[1]
        self._ids = ids
        self._order = np.argsort(keys)  # takes a fifth of the time of a stable one, which only matters where there are equal ones
        self._keys = keys[self._order]
        if not opens(self._keys).all():
            self._order = np.argsort(keys, kind="stable")
        bits = max(1, min(_BITS, len(keys).bit_length() + 2))
        self._shift = np.uint64(64 - bits)
        prefixes = (self._keys >> self._shift).astype(np.intp)
        self._first = np.zeros((1 << bits) + 1, np.int32)  # by the first bits of a key: where those that begin so stand
        np.cumsum(np.bincount(prefixes, minlength=1 << bits), out=self._first[1:])

    def __len__(self) -> int:
        return len(self._ids)

    def of_keys(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The places of those keys that are known, and their numbers."""
        prefix = (keys >> self._shift).astype(np.intp)
        slot, behind = self._first[prefix], self._first[prefix + 1]
        place = np.flatnonzero(slot < behind)  # one of ten keys that are none, and from there on it is a step or two
        slot, behind, wanted = slot[place], behind[place], keys[place]
        while (later := np.flatnonzero(self._keys[slot] < wanted)).size:
            slot[later] += 1
            ended = later[slot[later] == behind[later]]
            slot[ended] -= 1
            wanted[ended] = 0  # so that it ends, and is not found
        same = self._keys[slot] == keys[place]
        return place[same], self._order[slot[same]]

    def find(self, ids: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The number of each id, -1 if it is not known."""
        numbers = np.full(len(ids), -1, np.int64)
        if not len(ids):  # of whatever width: without commits a graph does not know it
            return numbers
        place, number = self.of_keys(_keys(ids))
        numbers[place] = number
        numbers[place[(self._ids[number] != ids[place]).any(axis=1)]] = -1
        return numbers


def _keys(ids: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(ids[:, _FIRST:_LAST]).view("<u8").reshape(-1).astype(np.uint64)


class NameKeys:
    """Positive numbers that stand for names: other names have others, but for a chance of 1 to 2 ** 63.

    They are other ones each time, so that nobody can choose names that share one.
    """

    def __init__(self) -> None:
        self._random = np.random.default_rng()
        self._weights = np.zeros(0, np.uint64)

    def of(self, name: bytes) -> int:
        """The key of one name."""
        weights = self._up_to(len(name))[: len(name)].tolist()
        key: int = sum((byte + 1) * weight for byte, weight in zip(name, weights, strict=True)) & _KEY
        return key

    def of_all(self, names: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int64]:
        """The keys of names that stand one behind the other and begin at these places; 0 for empty ones."""
        keys = np.zeros(len(at), np.int64)
        lengths = np.diff(np.append(at, len(names)))
        filled = np.flatnonzero(lengths)
        if len(filled):
            place = np.arange(len(names)) - np.repeat(at, lengths)
            values = (names + np.uint64(1)) * self._up_to(int(place.max()) + 1)[place]
            keys[filled] = np.add.reduceat(values, at[filled]) & np.uint64(_KEY)
        return keys

    def _up_to(self, length: int) -> NDArray[np.uint64]:
        while len(self._weights) < length:
            more = self._random.integers(1, 1 << 63, size=256, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
            self._weights = np.concatenate((self._weights, more))
        return self._weights


class Mentioned(NamedTuple):
    """The known ids in runs of tree content, columns but for the last."""

    of: NDArray[np.int64]  # object, by its place
    run: NDArray[np.int64]  # the run that it was found in
    place: NDArray[np.int64]  # offset of the id in the object
    child: NDArray[np.int64]  # number of the id
    name: NDArray[np.int64]  # where the entry's name begins in `names`
    length: NDArray[np.int64]  # of the name; 0: it cannot be told from the run alone
    mode: NDArray[np.int64]  # length of the mode before it
    key: NDArray[np.int64]  # of the name, see `NameKeys`; without these: 0
    names: NDArray[np.uint8]

    def chosen(self, numbers: NDArray[np.int64], keys: NameKeys) -> Mentioned:
        """Those whose ids have a number (not -1) in the table `numbers`, by these numbers and with the keys of their names."""
        child = numbers[self.child]
        kept = np.flatnonzero(child >= 0)
        of, run, place, length, mode = (column[kept] for column in (self.of, self.run, self.place, self.length, self.mode))
        at = np.cumsum(length) - length
        names = self.names[spans(self.name[kept], length)]
        return Mentioned(of, run, place, child[kept], at, length, mode, keys.of_all(names, at), names)


def find_mentions(runs: Runs, ids: Ids, keys: NameKeys | None = None) -> Mentioned:
    """Find known ids.

    An entry is "mode name NUL id": either the NUL stands in the run, or the run begins with the id, of which the base may have
    the first bytes by chance.
    """
    text = runs.text
    window: NDArray[np.uint64] = np.ndarray((len(text) - 8,), "<u8", text, 0, (1,))
    nul = np.flatnonzero(text[: len(text) - MARGIN] == 0)
    terminator, child = ids.of_keys(window[nul + 1 + _FIRST])
    start = nul[terminator] + 1
    run = np.searchsorted(runs.start, start - 1, side="right") - 1  # of the NUL: the id may stand in no other
    inside = np.flatnonzero((run >= 0) & (start + _LAST <= np.append(runs.start + runs.size, 0)[run]))
    found: list[tuple[NDArray[Any], ...]] = [(start[inside], run[inside], terminator[inside], child[inside])]
    found += _at_the_beginning(runs, window, ids)
    start, run, terminator, child = (np.concatenate(column) for column in zip(*found, strict=True))
    names = _names(runs, run, np.append(nul, 0), terminator, ids.width, keys)  # so that there is one to look at
    return Mentioned(runs.of[run], run, runs.target[run] + start - runs.start[run], child, *names)


def _at_the_beginning(runs: Runs, window: NDArray[np.uint64], ids: Ids) -> list[tuple[NDArray[Any], ...]]:
    """The ids with which runs begin, up to _FIRST bytes of them missing: where they would start, run, -1, number."""
    long = np.flatnonzero(runs.size >= _LAST - _FIRST)
    start, size, target = runs.start[long], runs.size[long], runs.target[long]
    low, high = window[start], window[start + 8]
    found: list[tuple[NDArray[Any], ...]] = []
    for missing in range(_FIRST + 1):
        before = np.uint64(8 * (_FIRST - missing))  # bits of the id that come before the bytes that are looked for
        known, child = ids.of_keys(low >> before | high << np.uint64(64) - before if missing < _FIRST else low)
        inside = np.flatnonzero((size[known] >= _LAST - missing) & (target[known] >= missing))
        known, child = known[inside], child[inside]
        found.append((start[known] - missing, long[known], np.full(len(known), -1), child))
        others = np.ones(len(long), np.bool_)
        others[known] = False
        low, high, long = low[others], high[others], long[others]
        start, size, target = start[others], size[others], target[others]
    return found


def _names(
    runs: Runs, run: NDArray[np.int64], nul: NDArray[np.int64], terminator: NDArray[np.int64], width: int, keys: NameKeys | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """The names that end at these of the NULs (-1: none).

    Where each begins among the names, its length, that of the mode before it, its key, and the names.
    """
    begin, end = runs.start[run], nul[terminator]
    last = np.where(terminator > 0, nul[np.maximum(terminator - 1, 0)], -1)  # no NUL stands in a name
    first, mode = np.zeros(len(run), np.int64), np.zeros(len(run), np.int64)
    left = np.flatnonzero(terminator >= 0)
    window: NDArray[np.uint64] = np.ndarray((len(runs.text) - 8,), "<u8", runs.text, 0, (1,))

    def attempt(start: NDArray[np.int64], possible: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Note those of the entries left that start where it is supposed, with a mode; the others stay left."""
        possible = possible & (start >= begin[left]) & (start > last[left]) & (start + 6 < end[left])
        start = np.where(possible, start, 0)
        head = window[start]  # five or six octal digits and a blank
        short = head >> np.uint64(40) & np.uint64(255) == _BLANK
        good = possible & (head & _OCTAL == _ZEROS) & (short | (head >> np.uint64(48) & np.uint64(255) == _BLANK))
        length = np.where(short, 5, 6)
        first[left[good]], mode[left[good]] = start[good], length[good]
        others: NDArray[np.int64] = left[~good]
        return others

    for back in range(1, 4):  # the NUL before ends the name before; or it stands in the id behind that, and one before it does
        before = nul[np.maximum(terminator[left] - back, 0)]
        left = attempt(before + 1 + width, (terminator[left] >= back) & (before >= begin[left]))
    for missing in range(_FIRST + 1):  # the run begins with the id before, or lacks some of its bytes
        left = attempt(begin[left] + width - missing, runs.target[run[left]] > 0)
    attempt(begin[left], runs.target[run[left]] == 0)
    first += mode + 1
    length = np.where(mode > 0, end - first, 0)
    at = np.cumsum(length) - length
    names = runs.text[spans(first, length)]
    odd = np.searchsorted(at, np.flatnonzero(names == _BLANK), side="right") - 1  # what looks like a mode may stand in a name
    length[odd] = 0
    key = keys.of_all(names, at) if keys else np.zeros(len(run), np.int64)
    return at, length, mode, key, names
