"""Dealing the objects of packs out to processes, evenly and the same way every time."""

from __future__ import annotations

from heapq import heapify, heapreplace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from leakstop.git.pack import Pack

_ENTRY = 1500  # what an object costs beside its bytes, in bytes inflated
_REBUILT = 8  # bytes of a rebuilt object that cost as much as one inflated
_BIG = 32  # a tree of more than this fraction of a share is dealt on its own


class Share(NamedTuple):
    """Whole delta trees of one pack, for one process."""

    pack: int  # its number
    roots: NDArray[np.int64]  # ascending indices, for `walk`
    cost: float


def plan(packs: Sequence[Pack], kind: int, parts: int, hidden: Sequence[NDArray[np.bool_]] = ()) -> list[list[Share]]:
    """For each of `parts` processes its shares: together all delta trees of a kind.

    `hidden` marks for each pack the objects that need not be read (`ObjectStore.hidden`): a tree in which all are is left out.
    """
    shares: list[list[Share]] = [[] for _ in range(parts)]
    loads = np.zeros(parts)
    for number, pack in enumerate(packs):
        roots, costs = _costs(pack, kind, hidden[number] if hidden else None)
        chosen = _deal(costs, loads)
        for part in range(parts):
            mine = chosen == part
            if mine.any():
                shares[part].append(Share(number, roots[mine], float(costs[mine].sum())))
                loads[part] += shares[part][-1].cost
    return shares


def _costs(pack: Pack, kind: int, hidden: NDArray[np.bool_] | None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The roots of a kind and what their trees cost together."""
    members = pack.of_kind(kind)
    top = pack.roots[members]
    total = len(pack.kinds)
    cost = pack.sizes[members] + pack.sizes[top] / _REBUILT + _ENTRY
    weight = np.bincount(top, cost, total).astype(np.float64)
    roots = pack.roots_of(kind)
    if hidden is not None:
        roots = roots[~left_out(pack, kind, hidden)[roots]]
    return roots, weight[roots]


def left_out(pack: Pack, kind: int, hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which objects stand in delta trees of a kind of which all are hidden, so that none need be read for another's sake."""
    members = pack.of_kind(kind)
    top = pack.roots[members]
    wanted = np.bincount(top, ~hidden[members], len(pack.kinds))
    found = np.zeros(len(pack.kinds), np.bool_)
    found[members] = wanted[top] == 0
    return found


def _deal(costs: NDArray[np.float64], loads: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which part takes which tree: the big, dearest first, go to whoever has least; the small, in file order, fill up."""
    parts = len(loads)
    chosen = np.zeros(len(costs), np.int64)
    target = (loads.sum() + costs.sum()) / parts
    big = np.flatnonzero(costs * _BIG > target)
    heap = [(load, part) for part, load in enumerate(loads.tolist())]
    heapify(heap)
    for tree in big[np.argsort(-costs[big], kind="stable")].tolist():
        load, part = heap[0]
        chosen[tree] = part
        heapreplace(heap, (load + costs[tree], part))
    small = np.flatnonzero(costs * _BIG <= target)
    room = np.zeros(parts)
    for load, part in heap:
        room[part] = max(0.0, target - load)
    if small.size:
        share = np.cumsum(costs[small]) * (room.sum() / costs[small].sum())
        chosen[small] = np.minimum(np.searchsorted(np.cumsum(room), share - costs[small] / 2), parts - 1)
    return chosen
