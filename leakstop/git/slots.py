"""Slots: entries of trees that lead to something wanted, followed from trees to the trees that are stored as changes of them.

All is done for thousands of trees at once. `follow_fixed` is for trees in which everything that they copy stays where it was
(nine of ten, only ids are replaced): it looks at the few gaps between the copies. `follow` is for all others: it looks up the
copy of each slot.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.edits import spans
from leakstop.git.portions import TINY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from leakstop.git.treetable import TreeTable

    Array = NDArray[Any]


_END = 1 << 31
_MIX = 0x1E3779B97F4A7C15  # takes neighbouring rows apart; what overflows is lost on both sides


class States(NamedTuple):
    """What trees hold, by state: several trees may be in one. State 0 is that of holding nothing."""

    holds: Array  # by state: the content
    first: Array  # by state, and one more: where its slots begin
    start: Array  # by slot, ascending for each state: where the entry starts
    place: Array  # by slot: where its id stands
    name: Array  # by slot: the key of its name
    content: Array  # by slot: the content of what it leads to

    def take(self, states: Array) -> States:
        """Some of the states, in that order."""
        counts = self.first[states + 1] - self.first[states]
        slots = spans(self.first[states], counts)
        first = np.concatenate(([0], np.cumsum(counts)))
        return States(self.holds[states], first, *(column[slots] for column in self[2:]))


class AllStates:
    """States by number, which grow in number; there is state 0."""

    def __init__(self) -> None:
        self._columns = [array("q", numbers) for numbers in ([0], [0, 0], [], [], [], [])]  # as in `States`

    def add(self, states: States) -> Array:
        """Add states; their numbers."""
        holds, first = self._columns[:2]
        before = len(holds)
        columns = (states.holds, states.first[1:] + first[-1], *states[2:])
        for column, more in zip(self._columns, columns, strict=True):
            column.frombytes(more.tobytes())
        return np.arange(before, len(holds))

    def take(self, numbers: Array) -> States:
        """Some of the states, in that order."""
        return States(*(np.frombuffer(column, np.int64) for column in self._columns)).take(numbers)


class Mentions(NamedTuple):
    """Ids that trees bring in and that lead to something: columns, ascending by tree and place."""

    row: Array  # the tree, by its place among those looked at
    start: Array  # where in the tree the entry starts; -1: not known
    place: Array  # where the id stands
    name: Array  # the key of the name; 0: not known
    content: Array  # of what it leads to
    number: Array  # in the table

    def of_rows(self, rows: Array, count: int) -> Mentions:
        """Those of some (ascending) of `count` trees, which are then counted from 0."""
        new = np.full(count, -1, np.int64)
        new[rows] = np.arange(len(rows))
        row = new[self.row]
        kept = row >= 0
        return Mentions(row[kept], *(column[kept] for column in self[1:]))

    def at(self, row: Array, place: Array) -> Array:
        """For each of these places the mention there, by its index here; -1: there is none."""
        if not len(self.row):
            return np.full(len(row), -1, np.int64)
        key, keys = row << 32 | place, self.row << 32 | self.place
        found = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        return np.where(keys[found] == key, found, -1)

    def named(self, chosen: Array, row: Array, name: Array) -> tuple[Array, Array]:
        """Pairs: (index into `row` and `name`, one of the chosen mentions) in the same tree and of the same name."""
        chosen = chosen[self.name[chosen] != 0]
        wanted, have = self.name[chosen] ^ self.row[chosen] * _MIX, name ^ row * _MIX
        order = np.argsort(have, kind="stable")
        if not len(order):
            return order, order
        found = order[np.minimum(np.searchsorted(have[order], wanted), len(order) - 1)]
        same = (row[found] == self.row[chosen]) & (name[found] == self.name[chosen])
        return found[same], chosen[same]


class Changed(NamedTuple):
    """What `follow_fixed` found. Columns of equal length, but for the first."""

    unclear: Array  # by tree: whether `follow` has to look at it
    row: Array  # trees in which something changed, ascending
    slot: Array  # the slot that changed, by its place in the state
    content: Array  # what it leads to now; 0: nothing wanted


class Followed(NamedTuple):
    """What `follow` found. Columns of equal length, but for the first two."""

    doubtful: Array  # by tree: whether it has to be read whole
    fresh: Array  # the mentions, in trees that are not doubtful, at places that were no slots of the bases
    row: Array  # by slot of the bases, ascending: the tree
    start: Array  # where the slot is now
    place: Array
    name: Array
    content: Array  # what it leads to now; 0: nothing wanted, or the entry is gone
    same: Array  # whether it stayed where it was
    nameless: Array  # whether what it is called now has to be read from the tree; `start` means nothing then


def follow_fixed(table: TreeTable, width: int, states: States, numbers: Array, before: Array, mentions: Mentions) -> Changed:
    """Follow the slots of states `before` into the trees `numbers`, which must be `fixed`."""
    row, low, high = _gaps(table, numbers)
    owner = np.repeat(np.arange(len(states.holds)), np.diff(states.first)) << 32
    state = before[row] << 32
    first = np.searchsorted(owner | (states.place + width), state | low, side="right")
    behind = np.searchsorted(owner | states.start, state | high)
    # Each gap with each slot that it touches.
    counts = np.maximum(behind - first, 0)
    gap, slot = np.repeat(np.arange(len(row)), counts), spans(first, counts)
    row, low, high, place = row[gap], low[gap], high[gap], states.place[slot]
    known = mentions.at(row, place)
    named = (np.append(mentions.start, 0)[known] == states.start[slot]) & (known >= 0)
    named &= np.append(mentions.name, 0)[known] == states.name[slot]
    # Where the name is touched, the whole entry has to be there anew; where only the id is, no piece of it may be left.
    odd = np.where(low < place, ~named, (low - place >= TINY) | (place + width - high >= TINY))
    unclear = np.zeros(len(numbers), np.bool_)
    unclear[row[odd]] = True
    content = np.append(mentions.content, 0)[known]  # 0 for those at -1
    unclear[mentions.row[_others(known, len(mentions.row))]] = True
    changed = np.flatnonzero((content != states.content[slot]) & ~unclear[row])
    slot = slot[changed]
    return Changed(unclear, row[changed], slot - states.first[before[row[changed]]], content[changed])


def _gaps(table: TreeTable, numbers: Array) -> tuple[Array, Array, Array]:
    """What trees do not copy: tree by its place in `numbers`, and the span. The last one is endless: the base may be longer."""
    counts = table.first_copy[numbers + 1] - table.first_copy[numbers]
    copies = spans(table.first_copy[numbers], counts)
    before = np.arange(len(copies)) + np.repeat(np.arange(len(numbers)), counts)  # one gap more than copies for each tree
    low, high = np.zeros(len(copies) + len(numbers), np.int64), np.zeros(len(copies) + len(numbers), np.int64)
    high[before] = table.target[copies]
    low[before + 1] = table.target[copies].astype(np.int64) + table.length[copies]
    opening = np.cumsum(counts + 1) - (counts + 1)
    low[opening] = 0
    high[opening + counts] = _END
    gaps = np.flatnonzero(high > low)
    return np.repeat(np.arange(len(numbers)), counts + 1)[gaps], low[gaps], high[gaps]


def follow(table: TreeTable, width: int, states: States, numbers: Array, before: Array, mentions: Mentions) -> Followed:
    """Follow the slots of states `before` into the trees `numbers`."""
    counts = table.first_copy[numbers + 1] - table.first_copy[numbers]
    copies = spans(table.first_copy[numbers], counts)
    owner = np.repeat(np.arange(len(numbers)), counts) << 32
    source = table.source[copies].astype(np.int64)
    end = source + table.length[copies]
    shift = table.target[copies] - source
    farthest = np.maximum.accumulate(owner | end)  # of all copies up to this one

    held = states.first[before + 1] - states.first[before]
    slots = spans(states.first[before], held)
    row = np.repeat(np.arange(len(numbers)), held)
    start, place, name, content = (column[slots] for column in states[2:])
    stop = place + width
    low = np.searchsorted(farthest, row << 32 | start, side="right")  # the first copy that reaches beyond the start
    high = np.searchsorted(owner | source, row << 32 | stop)  # the first copy that begins behind the id
    touching = high - low

    # Each slot with each copy that takes something of it: the name, the id, a piece of the id.
    of, copy = np.repeat(np.arange(len(row)), touching), spans(low, touching)
    piece = np.minimum(end[copy], stop[of]) - np.maximum(source[copy], place[of])
    takes_id, takes_name = piece == width, (source[copy] <= start[of]) & (end[copy] >= place[of])
    ids, names, pieces = (
        np.bincount(of[chosen], minlength=len(row)) for chosen in (takes_id, takes_name, (piece >= TINY) & ~takes_id)
    )
    follows = np.full(len(row), -1, np.int64)
    follows[of[takes_name]] = copy[takes_name]
    follows[of[takes_id]] = copy[takes_id]
    whole, nameless = np.zeros(len(row), np.bool_), ids == 1
    found = np.flatnonzero(nameless)
    whole[found] = source[follows[found]] <= start[found]
    nameless &= ~whole
    named = whole | ((ids == 0) & (names == 1))
    doubt = (pieces > 0) | (ids > 1) | ((ids == 0) & (names > 1))
    moved = np.where(named | nameless, np.append(shift, 0)[follows], 0)
    known = np.where(named & ~whole, mentions.at(row, place + moved), -1)
    now = np.where(whole | nameless, content, np.append(mentions.content, 0)[known])  # 0 for those at -1
    new_start, new_place = start + moved, place + moved
    # An entry that is not copied may be there anew.
    lost = np.flatnonzero(~named & ~nameless)
    again, mention = mentions.named(_others(known, len(mentions.row)), row[lost], name[lost])
    again = lost[again]
    now[again], known[again] = mentions.content[mention], mention
    new_start[again], new_place[again] = mentions.start[mention], mentions.place[mention]
    named[again] = True
    doubtful = np.zeros(len(numbers), np.bool_)
    doubtful[row[doubt]] = True
    fresh = _others(known, len(mentions.row))
    fresh = fresh[~doubtful[mentions.row[fresh]]]
    same = named & (new_start == start) & (new_place == place) & (now == content)
    return Followed(doubtful, fresh, row, new_start, new_place, name, now, same, nameless)


def _others(known: Array, count: int) -> Array:
    """Which of so many are not among those known."""
    others = np.ones(count, np.bool_)
    others[known[known >= 0]] = False
    return np.flatnonzero(others)
