"""The order of the walk: bases first, and few of them held at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakstop.git.preorder import preorder


@st.composite
def forests(draw):
    """Parents of nodes in any numbering."""
    count = draw(st.integers(0, 60))
    parents = [draw(st.integers(-1, node - 1)) for node in range(count)]
    names = draw(st.permutations(range(count)))
    renamed = [-1] * count
    for node, parent in enumerate(parents):
        renamed[names[node]] = names[parent] if parent >= 0 else -1
    return renamed


@given(forests())
def test_every_node_once_below_its_parent(parents):
    """The path of bases that a walk keeps is right at each step, let go in time, and short."""
    order = preorder(np.array(parents, np.int32))
    assert sorted(order.node.tolist()) == list(range(len(parents)))
    path: list[int] = []
    held: list[int] = []
    for node, depth, kept, last in zip(*(column.tolist() for column in order), strict=True):
        del path[depth:]
        assert len(path) == depth
        assert parents[node] == (path[-1] if path else -1)
        path.append(node)
        if last:
            held.remove(parents[node])
        assert kept == (node in parents)
        if kept:
            held.append(node)
        assert len(held) <= math.log2(len(parents)) + 1
    assert not held


@pytest.mark.parametrize("length", [0, 1, 4096])
def test_chains_of_any_length(length):
    order = preorder(np.arange(-1, length - 1, dtype=np.int32))
    assert order.node.tolist() == list(range(length))
    assert order.depth.tolist() == list(range(length))


def test_roots_keep_their_order():
    order = preorder(np.array([-1, 0, -1, 2, 2, -1], np.int32))
    assert [node for node, depth in zip(order.node.tolist(), order.depth.tolist(), strict=True) if depth == 0] == [0, 2, 5]
