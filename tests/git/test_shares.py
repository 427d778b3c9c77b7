"""Work is dealt out evenly, completely, and the same way every time."""

from __future__ import annotations

import numpy as np
import pytest
from objects_helpers import grow, open_store

from leakstop.git.pack import BLOB, COMMIT, TREE
from leakstop.git.shares import _deal, plan


@pytest.mark.parametrize("parts", [1, 2, 3, 8])
@pytest.mark.parametrize("kind", [COMMIT, TREE, BLOB])
def test_every_tree_of_deltas_goes_to_one_process(repo, kind, parts):
    grow(repo)
    repo.git("repack", "-q", "-d")
    grow_more(repo)
    store = open_store(repo)
    shares = plan(store.packs, kind, parts, store.hidden)
    assert len(shares) == parts
    for number, pack in enumerate(store.packs):
        dealt = [root for part in shares for share in part if share.pack == number for root in share.roots.tolist()]
        assert sorted(dealt) == pack.roots_of(kind).tolist()
    again = plan(store.packs, kind, parts, store.hidden)
    assert [[share.roots.tolist() for share in part] for part in again] == [
        [share.roots.tolist() for share in part] for part in shares
    ]


def grow_more(repo):
    repo.add("more.txt", "more\n" * 100)
    repo.git("repack", "-q", "-d")


def test_what_another_pack_has_is_left_out(repo):
    grow(repo, 5)
    repo.git("repack", "-q", "-a", "-d")
    objects = repo.git("rev-list", "--objects", "--all", "--no-object-names")
    repo.git("pack-objects", "-q", "--no-reuse-delta", "--window=0", repo.path / ".git/objects/pack/pack", input=objects)
    store = open_store(repo)
    assert len(store.packs) == 2
    assert {share.pack for part in plan(store.packs, BLOB, 2, store.hidden) for share in part} == {0}
    assert {share.pack for part in plan(store.packs, BLOB, 2) for share in part} == {0, 1}


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_shares_are_even(parts):
    """Whatever the sizes: no share is dearer than the mean by more than the biggest small tree, or one big one."""
    rng = np.random.default_rng(1)
    for costs in (rng.pareto(1.2, 5000) + 1, np.ones(10), np.r_[np.full(3, 1000.0), np.ones(3000)], np.zeros(0)):
        loads = np.bincount(_deal(costs, np.zeros(parts)), costs, parts)
        assert loads.sum() == pytest.approx(costs.sum())
        assert loads.max(initial=0) <= costs.sum() / parts * 1.05 + costs.max(initial=0)
