"""What each tree holds of the wanted blobs, worked out from the changes between trees instead of from the trees.

Most trees differ from the one that they are stored as a change of in nothing that matters, and hold the same. What they do
change is followed for all trees of one depth at once (see `slots`): an entry that is copied stays, an id that is replaced by a
known one changes what the entry leads to, by another one removes it. Only where something appears under a new name, or where an
entry is copied in pieces, is a tree read.

Trees are in *families*, whose members are changes of one another. Families are worked on one after the other, folders before
those that they are in; when a family gives new contents to trees that one worked on before mentions (families may hold each
other's folders), that one is worked on again.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from leakstop.git.ascending import distinct
from leakstop.git.edits import spans
from leakstop.git.slots import Mentions, States
from leakstop.git.wave import Wave

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from leakstop.git.treetable import TreeTable

    Array = NDArray[Any]

_ENTRY = 16  # bytes of an entry: two numbers
_LEVELS = 32  # of folders in folders that are told apart
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
    """The work on one table: `holds` is what each child holds."""

    def __init__(self, table: TreeTable, values: Sequence[tuple[int, ...]]) -> None:
        self.table = table
        self.width = table.sources.ids.shape[1]
        self.contents = Contents()
        self.holds = np.zeros(table.trees + len(values), np.int64)  # by child
        self.holds[table.trees :] = [self.contents.of_blob(found) for found in values]
        self.reads = 0
        self._keys: dict[bytes, int] = {}
        self._by_family = np.lexsort((table.depth, table.family))
        self._first = np.searchsorted(table.family[self._by_family], np.arange(table.trees + 1))
        order = np.argsort(table.child, kind="stable").astype(np.int32)
        self._children = table.child[order]
        self._owner = np.repeat(np.arange(table.trees, dtype=np.int32), np.diff(table.first_mention))[order]
        self.is_base = np.zeros(table.trees, np.bool_)
        self.is_base[table.base[table.base >= 0]] = True
        self._local = np.zeros(table.trees + 1, np.int64)

    def run(self) -> None:
        """Work on families until nothing changes any more."""
        table = self.table
        todo = np.zeros(table.trees, np.bool_)
        todo[self._families_that_mention(np.arange(table.trees, len(self.holds)))] = True
        level = self._levels()
        while (waiting := np.flatnonzero(todo)).size and self.contents.deepest < _DEEPEST:
            lowest = waiting[level[waiting] == level[waiting].min()]
            todo[lowest] = False
            todo[self._families_that_mention(self._work_on(lowest))] = True

    def _families_that_mention(self, children: Array) -> Array:
        low = np.searchsorted(self._children, children)
        high = np.searchsorted(self._children, children, side="right")
        return distinct(self.table.family[self._owner[spans(low, high - low)]])

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

    def _levels(self) -> Array:
        """How many families each stands above; a hint only, since families may stand above each other."""
        table = self.table
        trees = np.searchsorted(self._children, table.trees)
        above = table.family[self._owner[:trees]].astype(np.int64)
        below = table.family[self._children[:trees]]
        edges = distinct(above << 32 | below)
        above, below = edges >> 32, edges & 0xFFFFFFFF
        above, below = above[above != below], below[above != below]
        level = np.zeros(table.trees, np.int64)
        for _ in range(_LEVELS):
            higher = level.copy()
            np.maximum.at(higher, above, level[below] + 1)
            if (higher == level).all():
                break
            level = higher
        return level

    def _work_on(self, families: Array) -> Array:
        """Work out what the trees of some families hold; those for which that is new."""
        table = self.table
        first = self._first[families]
        numbers = self._by_family[spans(first, self._first[families + 1] - first)]
        depth = table.depth[numbers]
        order = np.argsort(depth, kind="stable")
        numbers = numbers[order]
        bounds = np.searchsorted(depth[order], np.arange(int(depth.max()) + 2))
        self._local[numbers] = np.arange(len(numbers))
        counts = table.first_mention[numbers + 1] - table.first_mention[numbers]
        mentioned = spans(table.first_mention[numbers], counts)
        content = self.holds[table.child[mentioned]]
        known = np.flatnonzero(content)
        rows = np.repeat(np.arange(len(numbers)), counts)[known]
        mentioned = mentioned[known]
        length, place = table.name_length[mentioned], table.place[mentioned].astype(np.int64)
        start = np.where(length > 0, place - 2 - length - table.mode_length[mentioned], -1)
        mentions = Mentions(rows, start, place, np.where(length > 0, table.name_key[mentioned], 0), content[known], mentioned)
        holds = np.zeros(len(numbers), np.int64)
        states, state, previous = States.empty(), np.zeros(0, np.int64), 0
        for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            here = slice(*np.searchsorted(rows, (low, high)).tolist())
            part = Mentions(rows[here] - low, *(column[here] for column in mentions[1:]))
            if low == 0:
                before = np.zeros(high, np.int64)
            else:
                before = state[self._local[table.base[numbers[low:high]]] - previous]
            if not part.row.size and not before.any():
                states, state = States.empty(), np.zeros(high - low, np.int64)
            else:
                wave = Wave(self, numbers[low:high], states, before, part)
                states, state = wave.states, wave.state
                holds[low:high] = wave.holds
            previous = low
        changed: Array = numbers[holds != self.holds[numbers]]
        self.holds[numbers] = holds
        return changed
