"""What each tree holds of the wanted blobs, worked out from the changes between trees instead of from the trees.

Most trees differ from the one that they are stored as a change of in nothing that matters, and hold the same. What they do
change is followed for many trees at once (see `slots`): an entry that is copied stays, an id that is replaced by a known one
changes what the entry leads to, by another one removes it. Only where something appears under a new name, or where an entry is
copied in pieces, is a tree read.

The work goes in waves: in each stand the trees for which the one that they are a change of, and all that they mention, was
worked out in those before.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from leakstop.git.ascending import distinct
from leakstop.git.edits import spans
from leakstop.git.slots import AllStates, Mentions
from leakstop.git.trees import ENTRIES
from leakstop.git.wave import Wave

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from leakstop.git.treetable import TreeTable

    Array = NDArray[Any]

_ENTRY = 16  # bytes of an entry: two numbers
_LOW = (1 << 32) - 1
_DEEPEST = 500  # folders in folders where the work ends: a tree whose id is not its own may stand in itself


class Contents:
    """What is held, by number; 0 is to hold nothing. Trees that hold the same under the same names have the same content.

    `values[number]` are those of a blob's content.
    """

    def __init__(self) -> None:
        self.values: list[tuple[int, ...]] = [()]
        self.names: dict[int, bytes] = {}  # of entries, by their keys
        self.deepest = 0  # folders in folders
        self._entries = [b""]  # key of the name and content of each entry of a tree's content, as in `of_trees`
        self._numbers: dict[tuple[int, ...] | bytes, int] = {(): 0, b"": 0}
        self._depths = [0]

    def of_blob(self, values: tuple[int, ...]) -> int:
        """The content of a blob that holds these values."""
        return self._numbers[values] if values in self._numbers else self._new(values, values, b"")

    def of_trees(self, first: Array, names: Array, contents: Array) -> Array:
        """The contents of trees whose entries have these names (keys) and contents; `first`: where those of each tree begin."""
        data = np.stack((names, contents), axis=1).tobytes()
        known = self._numbers
        found = []
        for low, high in pairwise((first * _ENTRY).tolist()):
            entries = data[low:high]
            found.append(known[entries] if entries in known else self._new(entries, (), entries))
        return np.array(found, np.int64)

    def entries(self, content: int) -> list[tuple[bytes, int]]:
        """(name, content) of the entries of a tree's content, in its order."""
        flat = memoryview(self._entries[content]).cast("q").tolist()
        return [(self.names[name], inner) for name, inner in zip(flat[::2], flat[1::2], strict=True)]

    def _new(self, key: tuple[int, ...] | bytes, values: tuple[int, ...], entries: bytes) -> int:
        number = self._numbers[key] = len(self.values)
        inner = memoryview(entries).cast("q").tolist()[1::2]
        self._depths.append(1 + max(map(self._depths.__getitem__, inner), default=-1))
        self.deepest = max(self.deepest, self._depths[-1])
        self.values.append(values)
        self._entries.append(entries)
        return number


def find_contents(table: TreeTable, values: Sequence[tuple[int, ...]]) -> tuple[Contents, NDArray[np.int64]]:
    """The contents, and the number of that of each child of the table; `values` are those of the children that are no trees."""
    work = Work(table, values)
    work.run()
    return work.contents, work.holds


class Work:
    """The work on one table: `holds` is what each child holds, `state` the number of each tree's in `states`."""

    def __init__(self, table: TreeTable, values: Sequence[tuple[int, ...]]) -> None:
        self.table = table
        self.width = table.sources.ids.shape[1]
        self.contents = Contents()
        self.holds = np.zeros(table.trees + len(values), np.int64)  # by child
        self.holds[table.trees :] = [self.contents.of_blob(found) for found in values]
        self.states = AllStates()
        self.state = np.zeros(table.trees + 1, np.int64)  # 0: it holds nothing, or is no base; the one more stands for no tree
        self.is_base = np.zeros(table.trees, np.bool_)
        self.is_base[table.base[table.base >= 0]] = True
        self.whole = np.zeros(table.trees, np.bool_)  # whether it has to be read, whatever it is a change of
        self._keys: dict[bytes, int] = {}

    def run(self) -> None:
        """Work in waves until nothing waits any more."""
        first, then = _order(self.table)
        left = np.ones(self.table.trees, np.bool_)
        while True:
            self._in_waves(first, then, left)
            circle = _circle(first, then, left)
            if not circle.any():
                return
            changes = circle & (self.table.base >= 0) & circle[self.table.base] & ~self.whole
            self.whole |= changes
            # Without such changes a tree stands in itself, and its id is not its own.
            others = ~changes[then] if changes.any() else ~(circle[first] & circle[then])
            tree, *_, child = self.read(np.flatnonzero(changes))
            inner = np.flatnonzero(child < self.table.trees)
            first, then = np.concatenate((first[others], child[inner])), np.concatenate((then[others], tree[inner]))
            first, then = first[left[first]], then[left[first]]

    def _in_waves(self, first: Array, then: Array, left: Array) -> None:
        """Work out the trees that are left, those of `first` before those of `then`, as far as that goes."""
        waits = np.bincount(then, minlength=len(left))  # by tree: for how many others
        behind = first.astype(np.int64) << 32 | then
        behind.sort()
        behind = (behind & _LOW).astype(np.int32)  # tree by tree: which ones wait for it
        start = np.concatenate(([0], np.cumsum(np.bincount(first, minlength=len(left)))))
        ready = np.flatnonzero(left & (waits == 0))
        while ready.size and self.contents.deepest < _DEEPEST:
            self._work_on(ready)
            left[ready] = False
            next_ones = behind[spans(start[ready], start[ready + 1] - start[ready])]
            np.subtract.at(waits, next_ones, 1)
            ready = distinct(next_ones[waits[next_ones] == 0])

    def _work_on(self, numbers: Array) -> None:
        """Work out what some trees hold."""
        table = self.table
        counts = table.first_mention[numbers + 1] - table.first_mention[numbers]
        mentioned = spans(table.first_mention[numbers], counts)
        content = self.holds[table.child[mentioned]]
        known = np.flatnonzero(content)
        busy = (self.state[table.base[numbers]] > 0) | self.whole[numbers]
        rows = np.repeat(np.arange(len(numbers)), counts)[known]
        busy[rows] = True
        if not busy.any():
            return
        numbers, rows, mentioned = numbers[busy], (np.cumsum(busy) - 1)[rows], mentioned[known]
        length, place = table.name_length[mentioned], table.place[mentioned].astype(np.int64)
        start = np.where(length > 0, place - 2 - length - table.mode_length[mentioned], -1)
        name = np.where(length > 0, table.name_key[mentioned], 0)
        wave = Wave(self, numbers, Mentions(rows, start, place, name, content[known], mentioned))
        self.holds[numbers] = wave.holds
        self.state[numbers] = wave.state

    def read(self, numbers: Array) -> Array:
        """What trees name that is in the table, by reading them: columns tree, start, place of the id, key of the name, child.

        Ascending by tree and start. Those that are damaged are left out.
        """
        ids, key = self.table.ids, self.key
        found: list[tuple[int, int, int, int, int]] = []
        for number, data in self.table.sources.read(numbers):
            entries = list(ENTRIES[self.width].finditer(data))
            named = np.frombuffer(b"".join([entry[3] for entry in entries]), np.uint8).reshape(-1, self.width)
            child = ids.find(named)
            known = np.flatnonzero(child >= 0)
            for entry, inner in zip([entries[place] for place in known.tolist()], child[known].tolist(), strict=True):
                found.append((number, entry.start(), entry.start(3), key(entry[2]), inner))
        return np.array(sorted(found), np.int64).reshape(-1, 5).T

    def learn(self, mentions: Array) -> None:
        """Keep the names of these mentions, by number in the table, for their keys."""
        table, names = self.table, self.contents.names
        text = table.names
        columns = (table.name_key[mentions], table.name[mentions], table.name_length[mentions])
        for key, at, length in zip(*(column.tolist() for column in columns), strict=True):
            if key not in names:
                names[key] = text[at : at + length]

    def key(self, name: bytes) -> int:
        """The key of a name, which is kept for it."""
        if name not in self._keys:
            self._keys[name] = key = self.table.keys.of(name)
            self.contents.names[key] = name
        return self._keys[name]


def _order(table: TreeTable) -> tuple[Array, Array]:
    """Pairs of trees: one that is named by another, or that this is a change of, and the other."""
    tree = np.repeat(np.arange(table.trees, dtype=np.int32), np.diff(table.first_mention))
    inner, change = np.flatnonzero(table.child < table.trees), np.flatnonzero(table.base >= 0)
    first = np.concatenate((table.child[inner], table.base[change]))
    return first, np.concatenate((tree[inner], change.astype(np.int32)))


def _circle(first: Array, then: Array, left: Array) -> Array:
    """Which of the trees that are left stand in a circle, or between two, where those of `then` wait for those of `first`."""
    circle = left
    while True:
        here = circle[first] & circle[then]
        first, then = first[here], then[here]
        before, circle = circle, np.zeros(len(left), np.bool_)
        circle[first] = True
        waits = np.zeros(len(left), np.bool_)
        waits[then] = True
        circle &= waits
        if (circle == before).all():
            return circle
