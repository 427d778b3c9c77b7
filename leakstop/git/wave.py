"""One step of working out what trees hold: all trees of one depth, from those of the depth before."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.ascending import distinct, opens
from leakstop.git.edits import decode, spans
from leakstop.git.mentions import find_mentions
from leakstop.git.slots import States, follow, follow_fixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from leakstop.git.contents import Work
    from leakstop.git.slots import Followed, Mentions

    Array = NDArray[Any]
    Entry = tuple[int, int, bytes, int]  # of a tree: start, place of the id, name, content of what it leads to

_MODE = re.compile(rb"[0-7]{5,6} ")
_MOST = 1 << 21  # slots that are followed at a time
_WHOLE = 256  # trees that are searched whole at a time


class Wave:
    """The trees of one depth: `holds` is what each holds, `state` the state of each in `states`.

    Trees that no other is a change of have no state: state 0.
    """

    def __init__(self, work: Work, numbers: Array, states: States, before: Array, mentions: Mentions) -> None:
        self._work = work
        self._numbers = numbers
        self._old = states
        self._before = before
        self._is_base = work.is_base[numbers]
        self._new: list[tuple[Array, States]] = []  # trees, their states
        self._made = _Made([], [], [])
        self.holds = states.holds[before]
        count = len(numbers)
        self._kept = np.ones(count, np.bool_)  # whether it is in the state of its base
        look = before > 0
        look[mentions.row] = True
        fixed = np.flatnonzero(work.table.fixed[numbers] & (before > 0))
        if fixed.size:
            part = mentions.of_rows(fixed, count)
            changed = follow_fixed(work.table, work.width, states, numbers[fixed], before[fixed], part)
            look[fixed[~changed.unclear]] = False
            self._replace(fixed[changed.row], changed.slot, changed.content)
        self._begin(np.flatnonzero(look & (before == 0)), mentions, look)
        held = states.first[before + 1] - states.first[before]
        for rows in _portions(np.flatnonzero(look), held):
            part = mentions.of_rows(rows, count)
            self._move(rows, part, follow(work.table, work.width, states, numbers[rows], before[rows], part))
        self.states, self.state = self._finished()

    def _begin(self, rows: Array, mentions: Mentions, look: Array) -> None:
        """Trees whose bases hold nothing hold what they mention. Those of which all names are known are done with here."""
        table = self._work.table
        counts = np.bincount(mentions.row, mentions.name == 0, minlength=len(look))
        rows = rows[counts[rows] == 0]
        if not rows.size:
            return
        look[rows] = False
        _, start, place, key, content, number = part = mentions.of_rows(rows, len(look))
        bounds = np.searchsorted(part.row, np.arange(len(rows) + 1))
        ends = (table.name[number] + table.name_length[number]).tolist()
        names = [table.names[at:end] for at, end in zip(table.name[number].tolist(), ends, strict=True)]
        entries = list(zip(names, content.tolist(), strict=True))
        of_tree = self._work.contents.of_tree
        holds = [of_tree(tuple(entries[low:high])) for low, high in pairwise(bounds.tolist())]
        self._put(rows, States(np.array(holds, np.int64), bounds, start, place, key, content))

    def _replace(self, rows: Array, slots: Array, contents: Array) -> None:
        """Some slots of some trees (`rows`, ascending) lead to something else, and all else is as it was."""
        if not rows.size:
            return
        first = opens(rows)
        changed, which = rows[first], np.cumsum(first) - 1
        states = self._old.take(self._before[changed])
        states.content[states.first[which] + slots] = contents
        self._put(changed, states._replace(holds=self._changed(changed, which, slots, contents)))

    def _changed(self, rows: Array, which: Array, slots: Array, contents: Array) -> Array:
        """What trees hold in which slots lead to other contents; `which` names the row of each such slot, ascending."""
        bounds = np.searchsorted(which, np.arange(len(rows) + 1)).tolist()
        changes = list(zip(slots.tolist(), contents.tolist(), strict=True))
        holds = self.holds[rows].tolist()
        known = self._work.changes
        for row, before in enumerate(holds):
            key = before, tuple(changes[bounds[row] : bounds[row + 1]])
            if key not in known:
                known[key] = self._work.contents.changed(*key)
            holds[row] = known[key]
        return np.array(holds, np.int64)

    def _put(self, rows: Array, states: States) -> None:
        """Trees are in these states; slots that lead nowhere are left out."""
        self._kept[rows] = False
        self.holds[rows] = states.holds
        wanted = self._is_base[rows] & (states.holds > 0)
        kept = np.repeat(wanted, np.diff(states.first)) & (states.content > 0)
        counts = np.bincount(np.repeat(np.arange(len(rows)), np.diff(states.first))[kept], minlength=len(rows))[wanted]
        columns = (column[kept] for column in states[2:])
        self._new.append((rows[wanted], States(states.holds[wanted], np.concatenate(([0], np.cumsum(counts))), *columns)))

    def _move(self, rows: Array, mentions: Mentions, found: Followed) -> None:
        """Trees in which slots may have moved, changed, come and gone."""
        count = len(rows)
        first = np.searchsorted(found.row, np.arange(count + 1))
        fresh = np.zeros(count, np.bool_)
        fresh[mentions.row[found.fresh]] = True
        fresh[found.row[found.nameless]] = True
        out_of_order = (found.row[1:] == found.row[:-1]) & (found.place[1:] <= found.place[:-1])
        fresh[found.row[1:][out_of_order]] = True  # only in trees that are so themselves
        moved = np.zeros(count, np.bool_)
        moved[found.row[~found.same]] = True
        moved &= ~(found.doubtful | fresh)
        some = np.flatnonzero(moved)
        self._remake(rows, mentions, found, found.doubtful | fresh)
        if not some.size:
            return
        counts = np.diff(first)[some]
        slots = spans(first[some], counts)
        ends = np.concatenate(([0], np.cumsum(counts)))
        old = self._old.content[spans(self._old.first[self._before[rows[some]]], counts)]
        different = np.flatnonzero(found.content[slots] != old)
        which = np.repeat(np.arange(len(some)), counts)[different]
        holds = self._changed(rows[some], which, different - ends[which], found.content[slots[different]])
        columns = (column[slots] for column in (found.start, found.place, found.name, found.content))
        self._put(rows[some], States(holds, ends, *columns))

    def _remake(self, rows: Array, mentions: Mentions, found: Followed, chosen: Array) -> None:
        """Put together one by one what the chosen trees hold."""
        if not chosen.any():
            return
        table = self._work.table
        numbers = mentions.number[found.fresh]
        new = _Entries(
            mentions.row[found.fresh],
            mentions.place[found.fresh],
            mentions.content[found.fresh],
            Names(table.name[numbers], table.name_length[numbers], table.mode_length[numbers], table.names),
        )
        first = np.searchsorted(found.row, np.arange(len(rows) + 1)).tolist()
        columns = [column.tolist() for column in (found.start, found.place, found.content, found.nameless)]
        doubtful = found.doubtful
        needed = doubtful.copy()
        needed[new.nameless] = True
        needed[found.row[found.nameless]] = True
        needed &= chosen

        def remake(row: int, data: bytes) -> None:
            entries = new.of(row, data, self._work.width)
            names = [name for name, _ in self._work.contents.entries[int(self.holds[rows[row]])]]
            own = slice(first[row], first[row + 1])
            for name, start, place, content, nameless in zip(names, *(column[own] for column in columns), strict=True):
                if nameless:
                    entries += [(at, place, text, content) for at, text in named_before(data, place, self._work.width)]
                elif content:
                    entries.append((start, place, name, content))
            self._set(int(rows[row]), entries)

        for row in np.flatnonzero(chosen & ~needed).tolist():
            remake(row, b"")
        row_of = dict(zip(self._numbers[rows[needed]].tolist(), np.flatnonzero(needed).tolist(), strict=True))
        whole: list[tuple[int, bytes]] = []
        for number, data in table.sources.read(self._numbers[rows[needed]]):
            self._work.reads += 1
            row = row_of.pop(number)
            if not doubtful[row]:
                remake(row, data)
                continue
            whole.append((int(rows[row]), data))
            if len(whole) == _WHOLE:
                self._read_whole(whole)
                whole = []
        self._read_whole(whole)
        for row in row_of.values():
            self._set(int(rows[row]), [])  # damaged

    def _read_whole(self, trees: list[tuple[int, bytes]]) -> None:
        """What trees, given by row and content, hold: all of it is looked at."""
        work = self._work
        found = find_mentions(
            decode([data for _, data in trees], np.zeros(len(trees), np.bool_)).runs, work.table.ids, work.table.keys
        )
        content = work.holds[found.child]
        known = np.flatnonzero(content)
        names = Names(found.name[known], found.length[known], found.mode[known], found.names.tobytes())
        entries = _Entries(found.of[known], found.place[known], content[known], names)
        for place, (row, data) in enumerate(trees):
            self._set(row, entries.of(place, data, work.width))

    def _set(self, row: int, entries: list[Entry]) -> None:
        """A tree holds these entries."""
        entries.sort()
        self._kept[row] = False
        self.holds[row] = self._work.contents.of_tree(tuple([(name, content) for _, _, name, content in entries]))
        if entries and self._is_base[row]:
            key = self._work.key
            self._made.rows.append(row)
            self._made.counts.append(len(entries))
            self._made.slots.extend([(start, place, key(name), content) for start, place, name, content in entries])

    def _finished(self) -> tuple[States, Array]:
        kept = self._kept & self._is_base
        carried = distinct(np.append(self._before[kept], 0))
        state = np.zeros(len(self._before), np.int64)
        state[kept] = np.searchsorted(carried, self._before[kept])
        if not self._made.rows and not self._new and len(carried) == len(self._old.holds):
            return self._old, state
        states = self._old.take(carried)
        rows = np.array(self._made.rows, np.int64)
        first = np.concatenate(([0], np.cumsum(np.array(self._made.counts, np.int64))))
        columns = np.array(self._made.slots, np.int64).reshape(-1, 4).T
        self._new.append((rows, States(self.holds[rows], first, *columns)))
        for rows, new in self._new:
            state[rows] = len(states.holds) + np.arange(len(rows))
            states = states.join(new)
        return states, state


class _Made(NamedTuple):
    """Trees and their states, put together one by one."""

    rows: list[int]
    counts: list[int]  # of the slots of each
    slots: list[tuple[int, int, int, int]]  # start, place, key of the name, content


class Names(NamedTuple):
    """Names of entries, as `TreeTable` and `Mentioned` have them. Columns but for the last."""

    first: Array
    length: Array
    mode: Array
    names: bytes


class _Entries:
    """The entries that mentions make, by row of the tree."""

    def __init__(self, rows: Array, place: Array, content: Array, names: Names) -> None:
        order = np.argsort(rows, kind="stable")
        self._text = names.names
        self._columns = [column[order].tolist() for column in (place, content, *names[:3])]
        self._slices = _slices(rows[order])
        self.nameless = rows[names.length == 0]  # rows of mentions whose names are to be read from the tree

    def of(self, row: int, data: bytes, width: int) -> list[Entry]:
        """Those of one tree; `data` is its content, for names that are not known."""
        found: list[Entry] = []
        own = self._slices.get(row)
        if own:
            for place, content, name, length, mode in zip(*(column[own] for column in self._columns), strict=True):
                if length:
                    found.append((place - 2 - length - mode, place, self._text[name : name + length], content))
                else:
                    found += [(start, place, text, content) for start, text in named_before(data, place, width)]
        return found


def _slices(rows: Array) -> dict[int, slice]:
    """Where each value stands in an ascending array."""
    opens = np.flatnonzero(np.append(True, rows[1:] != rows[:-1])) if len(rows) else np.zeros(0, np.int64)
    bounds = np.append(opens, len(rows)).tolist()
    return {row: slice(*bounds[at : at + 2]) for at, row in enumerate(rows[opens].tolist())}


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
