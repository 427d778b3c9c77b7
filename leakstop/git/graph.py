"""The graph that all commits of a repository make: numbers instead of ids, parents before their children."""

from __future__ import annotations

from binascii import unhexlify
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.people import read_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

MAX_SECONDS = 1 << 62
_NEXT = (b"\nauthor ", b"\ncommitt")  # what follows the parents


class Heads(NamedTuple):
    """What the graph needs of n commits, as columns."""

    ids: NDArray[np.uint8]  # (n, bytes of an id)
    trees: NDArray[np.uint8]  # of the root trees, the same; zeros if the commit is malformed
    times: Numbers  # the committer's date in seconds
    counts: Numbers  # of parents
    parents: NDArray[np.uint8]  # ids, commit by commit

    @classmethod
    def of(cls, commits: Iterable[tuple[bytes, bytes]]) -> Heads:
        """Those of (id, content) of commits. Only the lines `tree`, `parent` and `committer` are looked at."""
        ids, trees, counts, parents, times = _read(commits)
        width = len(ids[0]) if ids else 20
        own, roots, others = (np.frombuffer(b"".join(column), np.uint8).reshape(-1, width) for column in (ids, trees, parents))
        return cls(own, roots, np.array(times, np.int64), np.array(counts, np.int64), others)

    @classmethod
    def joined(cls, parts: Sequence[Heads]) -> Heads:
        """Those of all parts, each commit once."""
        some = [part for part in parts if len(part.ids)]
        columns: Iterable[Any] = zip(*some, strict=True)
        found = cls._make(np.concatenate(column) for column in columns) if some else cls.of(())
        rows = {oid: row for row, oid in enumerate(_split(found.ids))}
        if len(rows) == len(found.ids):
            return found
        once = np.zeros(len(found.ids), np.bool_)
        once[list(rows.values())] = True
        rest = found.parents[np.repeat(once, found.counts)]
        return cls(found.ids[once], found.trees[once], found.times[once], found.counts[once], rest)


class Graph:
    """All n commits, reachable or not, each with a number.

    Parents have lower numbers than their children, and else the order is that of the committers' dates, then of the ids: of two
    commits the one with the higher number is the newer.

    numbers  id -> number
    oids     number -> id
    trees    number -> id of the root tree, an array (n, bytes of an id); zeros if the commit is malformed
    times    number -> the committer's date in seconds, an array
    first    number -> number of the first parent that is here, -1 if there is none
    more     number -> numbers of the other parents, for merges only
    missing  parent that is not here -> numbers of its children; that is as it should be where a shallow clone ends
    """

    __slots__ = ("first", "missing", "more", "numbers", "oids", "times", "trees")

    def __init__(self, parts: Sequence[Heads]) -> None:
        """Build the graph of all commits, which may come in any order and more than once."""
        heads = Heads.joined(parts)
        rows = {oid: row for row, oid in enumerate(_split(heads.ids))}
        row_of = rows.get
        parent_rows = np.array([row_of(parent, -1) for parent in _split(heads.parents)], np.int64)
        children = np.repeat(np.arange(len(rows)), heads.counts)
        ids = list(rows)
        rank = _ranks(ids, heads.times, children, parent_rows)
        lost = np.flatnonzero(parent_rows < 0)
        self.missing: dict[bytes, list[int]] = {}
        for edge in lost.tolist():
            self.missing.setdefault(heads.parents[edge].tobytes(), []).append(int(rank[children[edge]]))
        self.first, self.more = _edges(rank, np.delete(children, lost), np.delete(parent_rows, lost))
        order = np.argsort(rank)
        self.oids = [ids[row] for row in order.tolist()]
        self.numbers = {oid: number for number, oid in enumerate(self.oids)}
        self.trees: NDArray[np.uint8] = heads.trees[order]
        self.times = heads.times[order]

    def __len__(self) -> int:
        return len(self.oids)

    def parents(self, number: int) -> tuple[int, ...]:
        """The parents of a commit that are here."""
        first = self.first[number]
        return () if first < 0 else (first, *self.more.get(number, ()))

    def reach(self, marks: Mapping[int, int]) -> list[int]:
        """For each commit the union of the bit masks in `marks` of all commits that it reaches, itself among them.

        Commits that reach the same marks share one int.
        """
        masks: list[int] = []
        add, more = masks.append, self.more
        for number, first in enumerate(self.first):
            mask = masks[first] if first >= 0 else 0
            if number in more:
                for parent in more[number]:
                    mask = _union(mask, masks[parent])
            if number in marks:
                mask |= marks[number]
            add(mask)
        return masks

    def reachable(self, oids: Iterable[bytes]) -> set[int]:
        """The numbers of these commits and of all their ancestors; ids of other objects are passed over."""
        found = {self.numbers[oid] for oid in oids if oid in self.numbers}
        left = list(found)
        while left:
            for parent in self.parents(left.pop()):
                if parent not in found:
                    found.add(parent)
                    left.append(parent)
        return found

    def oldest(self, oids: Iterable[bytes]) -> tuple[bytes, ...]:
        """Those of these objects that are no commit whose parent is among them: what reaches one of all reaches one of these."""
        some = dict.fromkeys(oids)
        numbers = {self.numbers.get(oid) for oid in some}
        return tuple(oid for oid in some if oid not in self.numbers or numbers.isdisjoint(self.parents(self.numbers[oid])))


def _union(one: int, other: int) -> int:
    """`one | other`, but the same object as one of them if it is equal: thousands of commits share a long mask."""
    if one is other:
        return one
    union = one | other
    return one if union == one else other if union == other else union


def _split(ids: NDArray[np.uint8]) -> list[bytes]:
    """Ids one by one."""
    joined, width = ids.tobytes(), ids.shape[1]
    return [joined[start : start + width] for start in range(0, len(joined), width)]


def _read(commits: Iterable[tuple[bytes, bytes]]) -> tuple[list[bytes], list[bytes], list[int], list[bytes], list[int]]:
    """For each commit its id, the tree, the number of parents, its parents (all in one list), the date."""
    ids: list[bytes] = []
    trees: list[bytes] = []
    counts: list[int] = []
    parents: list[bytes] = []
    times: list[int] = []
    for oid, raw in commits:
        ids.append(oid)
        width = 2 * len(oid)
        at = width + 6
        count = 0
        tree = b""
        try:
            while raw.startswith(b"parent ", at):
                parents.append(unhexlify(raw[at + 7 : at + 7 + width]))
                at += width + 8
                count += 1
            if raw[:5] == b"tree " and raw[at - 1 : at + 7] in _NEXT:
                tree = unhexlify(raw[5 : 5 + width])
        except ValueError:
            pass  # of what is no id
        if not tree:
            tree, count = _oddity(raw, width, parents, count)
        trees.append(tree)
        counts.append(count)
        found = raw.find(b"\ncommitter ", at - 1)
        end = raw.find(b"\n", found + 11)
        try:  # " 1234567890" of a line that ends with " 1234567890 +0000"
            seconds = int(raw[end - 17 : end - 6])
        except ValueError:
            seconds = -1
        if found < 0 or not 0 <= seconds < 10**10:
            seconds = _seconds(raw[found + 11 : end if end > 0 else None]) if found >= 0 else 0
        times.append(seconds)
    return ids, trees, counts, parents, times


def _oddity(raw: bytes, width: int, parents: list[bytes], count: int) -> tuple[bytes, int]:
    """Tree and number of parents of a commit of unusual form; `count` parents are taken back, the right ones added."""
    del parents[len(parents) - count :]
    headers = read_note(raw).headers
    found = [unhexlify(parent) for parent in headers.get(b"parent", []) if _is_id(parent, width)]
    parents += found
    tree = headers.get(b"tree", [b""])[0]
    return unhexlify(tree) if _is_id(tree, width) else bytes(width // 2), len(found)


def _is_id(text: bytes, width: int) -> bool:
    return len(text) == width and not text.strip(b"0123456789abcdefABCDEF")


def _seconds(line: bytes) -> int:
    """The date in a committer line, 0 if it has none."""
    try:
        seconds = int(line[line.rindex(b">") + 1 :].split(None, 1)[0])
    except (IndexError, ValueError):
        return 0
    return seconds if abs(seconds) < MAX_SECONDS else 0


def _ranks(ids: Sequence[bytes], times: Numbers, children: Numbers, parents: Numbers) -> Numbers:
    """The number of each row: by date and id, but parents first (clocks go wrong)."""
    starts = np.frombuffer(b"".join([oid[:8] for oid in ids]), ">u8").astype(np.uint64)
    order = np.lexsort((starts, times))
    rank = np.empty(len(ids), np.int64)
    rank[order] = np.arange(len(ids))
    here = parents >= 0
    child, parent = rank[children[here]], rank[parents[here]]
    if (parent < child).all():
        return rank
    first, more = _edges(np.arange(len(ids)), child, parent)
    new = np.empty(len(ids), np.int64)
    new[_parents_first(first, more)] = np.arange(len(ids))
    return new[rank]


def _edges(rank: Numbers, children: Numbers, parents: Numbers) -> tuple[list[int], dict[int, tuple[int, ...]]]:
    """`Graph.first` and `Graph.more` from edges between rows, in which the first parent of a child comes first."""
    child, parent = rank[children], rank[parents]
    order = np.argsort(child, kind="stable")
    child, parent = child[order], parent[order]
    opens = np.ones(len(child), np.bool_)
    opens[1:] = child[1:] != child[:-1]
    first = np.full(len(rank), -1, np.int64)
    first[child[opens]] = parent[opens]
    more: dict[int, tuple[int, ...]] = {}
    for number, other in zip(child[~opens].tolist(), parent[~opens].tolist(), strict=True):
        more[number] = (*more[number], other) if number in more else (other,)
    return first.tolist(), more


def _parents_first(first: Sequence[int], more: Mapping[int, tuple[int, ...]]) -> list[int]:
    """All numbers, each behind its parents and else as early as it stands."""
    placed = bytearray(len(first))
    order: list[int] = []
    for start, parent in enumerate(first):
        if (parent < 0 or placed[parent]) and not placed[start] and start not in more:
            placed[start] = 1
            order.append(start)
            continue
        stack = [start]
        while stack:
            number = stack[-1]
            waiting = [parent for parent in (first[number], *more.get(number, ())) if parent >= 0 and not placed[parent]]
            if waiting:
                stack += waiting
                continue
            stack.pop()
            if not placed[number]:
                placed[number] = 1
                order.append(number)
    return order
