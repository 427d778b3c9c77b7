"""One step of working out what trees hold, for many trees at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from leakstop.git.ascending import distinct, opens
from leakstop.git.slots import States, follow, follow_fixed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from leakstop.git.contents import Work
    from leakstop.git.slots import Followed, Mentions

    Array = NDArray[Any]

_MODE = re.compile(rb"[0-7]{5,6} ")
_MOST = 1 << 21  # slots that are followed at a time


class Wave:
    """Trees that are worked out at once: `holds` is what each holds, `state` the number of its state, see `Work`."""

    def __init__(self, work: Work, numbers: Array, mentions: Mentions) -> None:
        self._work = work
        self._numbers = numbers
        self._is_base = work.is_base[numbers]
        count = len(numbers)
        whole = work.whole[numbers]
        state = np.where(whole, 0, work.state[work.table.base[numbers]])
        known = distinct(np.append(state, 0))
        self._old = states = work.states.take(known)
        self._before = before = np.searchsorted(known, state)
        self.holds = states.holds[before]
        self.state = np.where(self._is_base, state, 0)
        look = before > 0
        look[mentions.row] = True
        self._read(np.flatnonzero(whole))
        look[whole] = False
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

    def _begin(self, rows: Array, mentions: Mentions, look: Array) -> None:
        """Trees whose bases hold nothing hold what they mention. Those of which all names are known are done with here."""
        counts = np.bincount(mentions.row, mentions.name == 0, minlength=len(look))
        rows = rows[counts[rows] == 0]
        if not rows.size:
            return
        look[rows] = False
        part = mentions.of_rows(rows, len(look))
        self._work.learn(part.number)
        self._put(rows, part.row, part[1:5])

    def _replace(self, rows: Array, slots: Array, contents: Array) -> None:
        """Some slots of some trees (`rows`, ascending) lead to something else, and all else is as it was."""
        if not rows.size:
            return
        first = opens(rows)
        changed, which = rows[first], np.cumsum(first) - 1
        states = self._old.take(self._before[changed])
        states.content[states.first[which] + slots] = contents
        self._put(changed, np.repeat(np.arange(len(changed)), np.diff(states.first)), states[2:])

    def _move(self, rows: Array, mentions: Mentions, found: Followed) -> None:
        """Trees in which slots may have moved, changed, come and gone."""
        self._read(rows[found.doubtful])
        added = self._added(rows, mentions, found)
        changed = np.zeros(len(rows), np.bool_)
        changed[added[0]] = True
        changed[found.row[~found.same]] = True
        out_of_order = (found.row[1:] == found.row[:-1]) & (found.place[1:] <= found.place[:-1])
        changed[found.row[1:][out_of_order]] = True  # only in trees that are so themselves
        changed &= ~found.doubtful
        slots = np.flatnonzero(changed[found.row] & ~found.nameless)
        old = (found.row, found.start, found.place, found.name, found.content)
        row, *columns = (np.concatenate((column[slots], new)) for column, new in zip(old, added, strict=True))
        order = np.argsort(row << 32 | columns[0], kind="stable")
        some = np.flatnonzero(changed)
        self._put(rows[some], np.searchsorted(some, row[order]), [column[order] for column in columns])

    def _added(self, rows: Array, mentions: Mentions, found: Followed) -> Array:
        """Entries that were no slots, or of which the name was not known: columns row, start, place, name, content.

        Trees are read where names have to be; of one that is damaged only the others are told.
        """
        known, unknown = (found.fresh[named] for named in (mentions.name[found.fresh] > 0, mentions.name[found.fresh] == 0))
        self._work.learn(mentions.number[known])
        named = np.stack([column[known] for column in mentions[:5]])
        nameless = found.nameless & ~found.doubtful[found.row]
        unnamed: dict[int, list[tuple[int, int]]] = {}  # by row: place, content
        for of, chosen in ((mentions, unknown), (found, nameless)):
            for row, place, content in zip(*(column[chosen].tolist() for column in (of.row, of.place, of.content)), strict=True):
                unnamed.setdefault(row, []).append((place, content))
        width, key = self._work.width, self._work.key
        read = []
        for row, data in self._trees(rows, list(unnamed)):
            for place, content in unnamed[row]:
                read += [(row, start, place, key(name), content) for start, name in named_before(data, place, width)]
        return np.concatenate((named, np.array(read, np.int64).reshape(-1, 5).T), axis=1)

    def _trees(self, rows: Array, chosen: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """(its place among `rows`, content) of chosen trees; those that are damaged are left out."""
        if not chosen:
            return
        numbers = self._numbers[rows[chosen]]
        row_of = dict(zip(numbers.tolist(), chosen, strict=True))
        for number, data in self._work.table.sources.read(numbers):
            yield row_of[number], data

    def _read(self, rows: Array) -> None:
        """Trees that are read whole."""
        if not rows.size:
            return
        numbers, work = self._numbers[rows], self._work
        number, *columns, child = work.read(numbers)
        self._put(rows, np.searchsorted(numbers, number), [*columns, work.holds[child]])

    def _put(self, rows: Array, row: Array, columns: Sequence[Array]) -> None:
        """Trees have these slots: columns start, place, name, content, and of each the tree by its place among `rows`, ascending.

        Slots that lead nowhere are left out.
        """
        there = columns[-1] > 0
        start, place, name, content = (column[there] for column in columns)
        first = np.searchsorted(row[there], np.arange(len(rows) + 1))
        holds = self._work.contents.of_trees(first, name, content)
        self.holds[rows] = holds
        self.state[rows] = 0
        bases = np.flatnonzero(self._is_base[rows] & (holds > 0))
        states = States(holds, first, start, place, name, content).take(bases)
        self.state[rows[bases]] = self._work.states.add(states)


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
