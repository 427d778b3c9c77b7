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

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.edits import spans
from leakstop.git.slots import Mentions, States, follow, follow_fixed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from leakstop.git.slots import Followed
    from leakstop.git.treetable import TreeTable

    Array = NDArray[Any]
    Entry = tuple[int, int, bytes, int]  # of a tree: start, place of the id, name, content of what it leads to

_MODE = re.compile(rb"[0-7]{5,6} ")
_MOST = 1 << 21  # slots that are followed at a time
_LEVELS = 32  # of folders in folders that are told apart


class Contents:
    """What is held, by number; 0 is to hold nothing. Trees that hold the same under the same names have the same content.

    `values[number]` are those of a blob's content, `entries[number]` are the (name, content) of a tree's, in its order.
    """

    def __init__(self) -> None:
        self.values: list[tuple[int, ...]] = [()]
        self.entries: list[tuple[tuple[bytes, int], ...]] = [()]
        self._numbers: dict[tuple[Any, ...], int] = {}

    def of_blob(self, values: tuple[int, ...]) -> int:
        """The content of a blob that holds these values."""
        return self._number(values, values, ())

    def of_tree(self, entries: tuple[tuple[bytes, int], ...]) -> int:
        """The content of a tree with these entries."""
        return self._number(entries, (), entries)

    def _number(self, key: tuple[Any, ...], values: tuple[int, ...], entries: tuple[tuple[bytes, int], ...]) -> int:
        if not key:
            return 0
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.values)
            self.values.append(values)
            self.entries.append(entries)
        return number


def find_contents(table: TreeTable, values: Sequence[tuple[int, ...]]) -> tuple[Contents, NDArray[np.int64]]:
    """The contents, and the number of that of each child of the table; `values` are those of the children that are no trees."""
    work = _Work(table, values)
    work.run()
    return work.contents, work.holds


class _Work:
    def __init__(self, table: TreeTable, values: Sequence[tuple[int, ...]]) -> None:
        self.table = table
        self.width = table.sources.ids.shape[1]
        self.contents = Contents()
        self.holds = np.zeros(table.trees + len(values), np.int64)  # by child
        self.holds[table.trees :] = [self.contents.of_blob(found) for found in values]
        self.reads = 0
        self._by_family = np.lexsort((table.depth, table.family))
        self._first = np.searchsorted(table.family[self._by_family], np.arange(table.trees + 1))
        self._by_child = np.argsort(table.child, kind="stable")
        self._children = table.child[self._by_child]
        self._owner = np.repeat(np.arange(table.trees), np.diff(table.first_mention))[self._by_child]
        self.is_base = np.zeros(table.trees, np.bool_)
        self.is_base[table.base[table.base >= 0]] = True
        self._local = np.zeros(table.trees + 1, np.int64)

    def run(self) -> None:
        """Work on families until nothing changes any more."""
        table = self.table
        todo = np.zeros(table.trees, np.bool_)
        todo[self._families_that_mention(np.arange(table.trees, len(self.holds)))] = True
        level = self._levels()
        while (waiting := np.flatnonzero(todo)).size:
            lowest = waiting[level[waiting] == level[waiting].min()]
            todo[lowest] = False
            todo[self._families_that_mention(self._work_on(lowest))] = True

    def _families_that_mention(self, children: Array) -> Array:
        low = np.searchsorted(self._children, children)
        high = np.searchsorted(self._children, children, side="right")
        return np.unique(self.table.family[self._owner[spans(low, high - low)]])

    def _levels(self) -> Array:
        """How many families each stands above; a hint only, since families may stand above each other."""
        table = self.table
        trees = np.searchsorted(self._children, table.trees)
        above = table.family[self._owner[:trees]].astype(np.int64)
        below = table.family[self._children[:trees]]
        edges = np.unique(above << 32 | below)
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
        counts = np.diff(table.first_mention)[numbers]
        mentioned = spans(table.first_mention[numbers], counts)
        content = self.holds[table.child[mentioned]]
        known = np.flatnonzero(content)
        rows = np.repeat(np.arange(len(numbers)), counts)[known]
        mentioned = mentioned[known]
        mentions = Mentions(rows, table.place[mentioned].astype(np.int64), content[known], mentioned)
        holds = np.zeros(len(numbers), np.int64)
        states, state, previous = States.empty(), np.zeros(0, np.int64), 0
        for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            here = slice(*np.searchsorted(rows, (low, high)).tolist())
            part = Mentions(rows[here] - low, mentions.place[here], mentions.content[here], mentioned[here])
            if low == 0:
                before = np.zeros(high, np.int64)
            else:
                before = state[self._local[table.base[numbers[low:high]]] - previous]
            if not part.row.size and not before.any():
                states, state = States.empty(), np.zeros(high - low, np.int64)
            else:
                wave = _Wave(self, numbers[low:high], states, before, part)
                states, state = wave.states, wave.state
                holds[low:high] = wave.holds
            previous = low
        changed: Array = numbers[holds != self.holds[numbers]]
        self.holds[numbers] = holds
        return changed


class _Wave:
    """The trees of one depth: `holds` is what each holds, `state` the state of each in `states`.

    Trees that no other is a change of have no state: state 0.
    """

    def __init__(self, work: _Work, numbers: Array, states: States, before: Array, mentions: Mentions) -> None:
        self._work = work
        self._numbers = numbers
        self._old = states
        self._before = before
        self._is_base = work.is_base[numbers]
        self._moved: list[tuple[Array, States]] = []  # trees, their states
        self._made = _Made([], [], [])
        self.holds = states.holds[before]
        count = len(numbers)
        self._kept = np.ones(count, np.bool_)  # whether it is in the state of its base
        look = before > 0
        look[mentions.row] = True
        fixed = np.flatnonzero(work.table.fixed[numbers] & (before > 0))
        changed = follow_fixed(work.table, work.width, states, numbers[fixed], before[fixed], mentions.of_rows(fixed, count))
        look[fixed[~changed.unclear]] = False
        self._replace(fixed[changed.row], changed.slot, changed.content)
        held = np.diff(states.first)[before]
        for rows in _portions(np.flatnonzero(look), held):
            part = mentions.of_rows(rows, count)
            self._move(rows, part, follow(work.table, work.width, states, numbers[rows], before[rows], part))
        self.states, self.state = self._finished()

    def _replace(self, rows: Array, slots: Array, contents: Array) -> None:
        """Some slots of some trees lead to something else, and all else is as it was."""
        changes: dict[int, list[tuple[int, int]]] = {}
        for row, slot, content in zip(rows.tolist(), slots.tolist(), contents.tolist(), strict=True):
            changes.setdefault(row, []).append((slot, content))
        results: dict[tuple[int, tuple[tuple[int, int], ...]], int] = {}
        for row, change in changes.items():
            state = int(self._before[row])
            own = slice(int(self._old.first[state]), int(self._old.first[state + 1]))
            now = self._old.content[own].tolist()
            for slot, new in change:
                now[slot] = new
            key = int(self.holds[row]), tuple(change)
            if key not in results:
                results[key] = self._renamed(int(self.holds[row]), now)
            columns = zip(self._old.start[own].tolist(), self._old.place[own].tolist(), now, strict=True)
            self._set(row, [slot for slot in columns if slot[2]], results[key])

    def _renamed(self, holds: int, content: Sequence[int]) -> int:
        """What a tree holds whose names are those of `holds`, leading to other contents."""
        contents = self._work.contents
        names = (name for name, _ in contents.entries[holds])
        return contents.of_tree(tuple(entry for entry in zip(names, content, strict=True) if entry[1]))

    def _move(self, rows: Array, mentions: Mentions, found: Followed) -> None:
        """Trees in which slots may have moved, changed, come and gone."""
        count = len(rows)
        first = np.searchsorted(found.row, np.arange(count + 1))
        fresh = np.zeros(count, np.bool_)
        fresh[mentions.row[found.fresh]] = True
        fresh[found.row[found.nameless]] = True
        clear = ~(found.doubtful | fresh)
        moved = np.zeros(count, np.bool_)
        moved[found.row[~found.same]] = True
        moved &= clear
        old = self._old.content[spans(self._old.first[self._before[rows]], np.diff(first))]
        differs = np.zeros(count, np.bool_)
        differs[found.row[found.content != old]] = True
        backwards = np.flatnonzero((found.row[1:] == found.row[:-1]) & (found.place[1:] <= found.place[:-1]))
        differs[found.row[backwards]] = True  # only in trees that are out of order
        only_moved = np.flatnonzero(moved & ~differs)
        self._kept[rows[only_moved]] = False
        only_moved = only_moved[self._is_base[rows[only_moved]]]
        slots = spans(first[only_moved], np.diff(first)[only_moved])
        ends = np.concatenate(([0], np.cumsum(np.diff(first)[only_moved])))
        states = States(self.holds[rows[only_moved]], ends, found.start[slots], found.place[slots], found.content[slots])
        self._moved.append((rows[only_moved], states))
        self._remake(rows, mentions, found, first.tolist(), (moved & differs) | ~clear)

    def _remake(self, rows: Array, mentions: Mentions, found: Followed, first: list[int], chosen: Array) -> None:
        """Put together one by one what the chosen trees hold."""
        work = self._work
        starts, places, contents = found.start.tolist(), found.place.tolist(), found.content.tolist()
        new = _Listed(work.table, mentions, found.fresh, len(rows))
        needed = found.doubtful | new.nameless
        needed[found.row[found.nameless]] = True
        nameless = found.nameless.tolist()
        numbers = self._numbers[rows]
        read = dict(work.table.sources.read(numbers[needed])) if needed.any() else {}
        work.reads += len(read)
        for row in np.flatnonzero(chosen).tolist():
            data = read.get(int(numbers[row]), b"")
            if found.doubtful[row]:
                entries = self._parsed(data)
            else:
                own = slice(first[row], first[row + 1])
                names = [name for name, _ in work.contents.entries[int(self.holds[rows[row]])]]
                entries = new.of(row, data, work.width)
                for start, place, name, content, unsure in zip(
                    starts[own], places[own], names, contents[own], nameless[own], strict=True
                ):
                    if unsure:
                        entries += [(at, place, text, content) for at, text in named_before(data, place, work.width)]
                    elif content:
                        entries.append((start, place, name, content))
                entries.sort()
            holds = work.contents.of_tree(tuple([(name, content) for _, _, name, content in entries]))
            self._set(int(rows[row]), [(start, place, content) for start, place, _, content in entries], holds)

    def _parsed(self, data: bytes) -> list[Entry]:
        """The entries of a tree that lead to something wanted, from its content."""
        work = self._work
        entries = list(parse_tree(data, work.width))
        ids = np.frombuffer(b"".join(data[place : place + work.width] for _, place, _ in entries), np.uint8)
        children = work.table.ids.find(ids.reshape(-1, work.width))
        contents = np.where(children >= 0, work.holds[children], 0).tolist()
        return [(*entry, content) for entry, content in zip(entries, contents, strict=True) if content]

    def _set(self, row: int, slots: list[tuple[int, int, int]], holds: int) -> None:
        """A tree is in a state of its own, with these slots: start, place, content."""
        self._kept[row] = False
        self.holds[row] = holds
        if holds and self._is_base[row]:
            self._made.rows.append(row)
            self._made.counts.append(len(slots))
            self._made.slots.extend(slots)

    def _finished(self) -> tuple[States, Array]:
        kept = self._kept & self._is_base
        carried = np.unique(np.append(self._before[kept], 0))
        states = self._old.take(carried)
        state = np.zeros(len(self._before), np.int64)
        state[kept] = np.searchsorted(carried, self._before[kept])
        rows = np.array(self._made.rows, np.int64)
        first = np.concatenate(([0], np.cumsum(np.array(self._made.counts, np.int64))))
        start, place, content = np.array(self._made.slots, np.int64).reshape(-1, 3).T
        self._moved.append((rows, States(self.holds[rows], first, start, place, content)))
        for rows, new in self._moved:
            state[rows] = len(states.holds) + np.arange(len(rows))
            states = states.join(new)
        return states, state


class _Made(NamedTuple):
    """Trees and their states, put together one by one."""

    rows: list[int]
    counts: list[int]  # of the slots of each
    slots: list[tuple[int, int, int]]


class _Listed:
    """Some mentions, by row, with the names of their entries."""

    def __init__(self, table: TreeTable, mentions: Mentions, chosen: Array, count: int) -> None:
        numbers = mentions.number[chosen]
        rows = mentions.row[chosen]
        self._names = table.names
        self._first = np.searchsorted(rows, np.arange(count + 1)).tolist()
        of_table = (column[numbers] for column in (table.name, table.name_length, table.mode_length))
        self._columns = [column.tolist() for column in (mentions.place[chosen], mentions.content[chosen], *of_table)]
        self.nameless = np.zeros(count, np.bool_)  # by row: whether one of the names is not known
        self.nameless[rows[table.name_length[numbers] == 0]] = True

    def of(self, row: int, data: bytes, width: int) -> list[Entry]:
        """The entries that the tree of this row mentions; `data` is its content, for those whose names are not known."""
        found = []
        slots = slice(self._first[row], self._first[row + 1])
        for place, content, name, length, mode in zip(*(column[slots] for column in self._columns), strict=True):
            if length:
                found.append((place - 2 - length - mode, place, self._names[name : name + length], content))
            else:
                found += [(start, place, text, content) for start, text in named_before(data, place, width)]
        return found


def _portions(rows: Array, held: Array) -> Iterator[Array]:
    """Rows in portions that hold a bounded number of slots together."""
    total = np.cumsum(held[rows] + 1)
    while rows.size:
        some = max(1, int(np.searchsorted(total, _MOST + (total[0] - held[rows[0]] - 1))))
        yield rows[:some]
        rows, total = rows[some:], total[some:]


def parse_tree(data: bytes, width: int) -> Iterator[tuple[int, int, bytes]]:
    """(start, place of the id, name) of the entries of a tree; ends where it is malformed. `width` is the length of an id."""
    start = 0
    while (nul := data.find(b"\0", start)) >= 0 and nul + width < len(data):
        yield start, nul + 1, data[start:nul].partition(b" ")[2]
        start = nul + 1 + width


def named_before(data: bytes, place: int, width: int) -> list[tuple[int, bytes]]:
    """[(start, name)] of the entry of a tree whose id stands at `place`; empty if there is none."""
    nul = place - 1
    before = data.rfind(b"\0", 0, nul)  # ends the name of the entry before, or stands in its id
    starts = [
        start
        for start in range(max(0, before + 1), min(before + 1 + width, nul) + 1)
        if (start == 0 or (start > width and data[start - width - 1] == 0)) and _MODE.match(data, start, nul)
    ]
    if data[nul : nul + 1] != b"\0" or len(starts) != 1:
        return [(start, name) for start, at, name in parse_tree(data, width) if at == place]
    return [(starts[0], data[starts[0] : nul].partition(b" ")[2])]
