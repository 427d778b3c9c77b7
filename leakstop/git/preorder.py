"""The order in which trees of deltas are walked, worked out for all objects at once.

Depth first, bases before deltas. Among the deltas of one base the one with the most objects below it comes last, so that the base
can be let go before the walk goes deep: at most log2(objects) bases are held at a time, however long the chains.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Order(NamedTuple):
    """What to visit, in order. Four arrays of the same length."""

    node: NDArray[np.int64]
    depth: NDArray[np.int64]  # 0: a root
    kept: NDArray[np.bool_]  # something below it follows
    last: NDArray[np.bool_]  # the last one below its parent


def preorder(parent: NDArray[np.int32]) -> Order:
    """The order for nodes 0, 1, … of which `parent` names the parent, -1 for roots. Roots keep their order.

    There must be no cycle.
    """
    count = len(parent)
    depth = _depths(parent)
    by_depth = np.argsort(depth, kind="stable")
    bounds = np.searchsorted(depth[by_depth], np.arange(int(depth.max(initial=0)) + 2))
    levels = [by_depth[start:end] for start, end in pairwise(bounds.tolist())]
    weight = np.ones(count, np.int64)  # of a node and all below it
    for level in reversed(levels[1:]):
        np.add.at(weight, parent[level], weight[level])
    child = np.flatnonzero(parent >= 0)
    family = parent[child].astype(np.int64)
    lightest_first = np.argsort(family << 32 | weight[child], kind="stable")
    child, family = child[lightest_first], family[lightest_first]
    opens = np.ones(len(child), np.bool_)  # the first of its family
    opens[1:] = family[1:] != family[:-1]
    before = np.cumsum(weight[child]) - weight[child]
    distance = np.zeros(count, np.int64)  # from the parent's place to the node's
    distance[child] = 1 + before - before[opens][np.cumsum(opens) - 1]
    last = np.zeros(count, np.bool_)
    last[child[np.append(opens[1:], True)[: len(child)]]] = True
    place = np.zeros(count, np.int64)
    place[levels[0]] = np.cumsum(weight[levels[0]]) - weight[levels[0]]
    for level in levels[1:]:
        place[level] = place[parent[level]] + distance[level]
    node = np.empty(count, np.int64)
    node[place] = np.arange(count)
    return Order(node, depth[node], (weight > 1)[node], last[node])


def _depths(parent: NDArray[np.int32]) -> NDArray[np.int64]:
    """How far each node is from its root."""
    depth = (parent >= 0).astype(np.int64)
    above = np.where(parent >= 0, parent, np.arange(len(parent), dtype=np.int32))
    left = np.flatnonzero(parent >= 0)
    while left.size:  # each round doubles the way that `depth` measures
        step = above[left]
        depth[left] += depth[step]
        above[left] = above[step]
        left = left[above[left] != step]
    return depth
