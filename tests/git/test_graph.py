"""The graph of commits: order, parents, what reaches what, and commits that no git of today would write."""

from __future__ import annotations

import random

import pytest
from helpers import Repo
from objects_helpers import everything

from leakstop.git.graph import Graph, Heads

HEAD = b"tree " + b"1" * 40 + b"\nparent " + b"07" * 20 + b"\n"


def commits_of(repo):
    return [(oid, data) for oid, (kind, data) in everything(repo).items() if kind == "commit"]


def graph_of(commits):
    return Graph([Heads.of(commits[:5]), Heads.of(commits[5:])])


def raw(*parents: bytes, tree: bytes = b"1" * 40, when: bytes = b"1700000000 +0000", tail: bytes = b"") -> bytes:
    lines = [b"tree " + tree, *(b"parent " + parent.hex().encode() for parent in parents)]
    return b"\n".join([*lines, b"author A <a@example.com> 1 +0000", b"committer C <c@example.com> " + when, tail, b"message\n"])


def test_numbers_and_parents(repo):
    """Parents have lower numbers; first parents and others are told apart; an octopus has all of them."""
    repo.add("file", "base")
    for name in ("one", "two", "three"):
        repo.git("switch", "-q", "-c", name, "main")
        repo.add(name, name)
    repo.switch("main")
    repo.merge("one", "two", "three")
    graph = graph_of(commits_of(repo))
    for oid, parents in (line.split(" ", 1) for line in repo.git("log", "--all", "--format=%H %P").decode().splitlines()):
        number = graph.numbers[bytes.fromhex(oid)]
        expected = [graph.numbers[bytes.fromhex(parent)] for parent in parents.split()]
        assert list(graph.parents(number)) == expected
        assert all(parent < number for parent in expected)
        assert graph.oids[number].hex() == oid
        assert graph.trees[number].tobytes().hex() == repo.rev(f"{oid}^{{tree}}")
        assert graph.times[number] == int(repo.git("log", "-1", "--format=%ct", oid))
    assert len(graph) == 5
    assert not graph.missing


def test_the_order_does_not_depend_on_the_order_of_reading(tmp_path):
    """The same numbers however the commits come, also when they come twice."""
    repo = Repo.init(tmp_path / "repo")
    for number in range(20):
        repo.git("switch", "-q", "-c", f"b{number}", *([f"b{number // 2}"] if number else []))
        repo.commit(f"{number}", GIT_COMMITTER_DATE=f"{1_700_000_000 + number // 4} +0000")
    found = commits_of(repo)
    expected = graph_of(found).oids
    for seed in range(5):
        random.Random(seed).shuffle(found)
        assert graph_of(found + found[:3]).oids == expected


def test_clocks_that_go_wrong():
    """A child that is older than its parent comes behind it all the same, and nothing else is moved more than needed."""
    ids = [bytes([number]) * 20 for number in range(4)]
    dates = [b"1000 +0000", b"3000 +0000", b"2000 +0000", b"2500 +0000"]
    graph = graph_of(
        [
            (ids[0], raw(when=dates[0])),
            (ids[1], raw(ids[0], when=dates[1])),
            (ids[2], raw(ids[1], when=dates[2])),
            (ids[3], raw(when=dates[3])),
        ]
    )
    assert graph.oids == [ids[0], ids[1], ids[2], ids[3]]


def test_missing_parents():
    """A parent that is not here is left out, and told with its children."""
    here, gone = b"\1" * 20, b"\2" * 20
    graph = graph_of([(here, raw(gone)), (b"\3" * 20, raw(here, gone))])
    assert graph.missing == {gone: [0, 1]}
    assert graph.parents(1) == (0,)


@pytest.mark.parametrize(
    ("content", "seconds", "parents"),
    [
        (raw(b"\7" * 20, when=b"999 +0000"), 999, 1),
        (raw(b"\7" * 20, when=b"-5 -0700"), -5, 1),
        (raw(b"\7" * 20, when=b"1700000000 +051800"), 1700000000, 1),
        (raw(b"\7" * 20, when=b"1700000000"), 1700000000, 1),
        (raw(b"\7" * 20, when=b"99999999999 +0000"), 99999999999, 1),
        (raw(b"\7" * 20, when=b"9999999999999999999999999 +0000"), 0, 1),
        (raw(b"\7" * 20, when=b"yesterday"), 0, 1),
        (raw(b"\7" * 20, tail=b"gpgsig -----BEGIN-----\n parent 1234\n -----END-----\n"), 1700000000, 1),
        (raw(b"\7" * 20, b"\7" * 20), 1700000000, 2),
        (HEAD + b"\nno people\n", 0, 1),
        (HEAD + b"committer C <c> 12 +0000\n\n", 12, 1),
        (HEAD + b"author A <a> 5 +0000\ncommitter C <c> 1234567890 +0000", 1234567890, 1),
        (HEAD + b"parent " + b"no" * 20 + b"\nauthor A <a> 5 +0000\ncommitter C <c> 12 +0000\n\n", 12, 1),
    ],
)
def test_odd_commits(content, seconds, parents):
    """Dates, signatures, missing people, a missing blank line: tree, parents and date are found as far as there are any."""
    graph = graph_of([(b"\7" * 20, raw(when=b"-9999 +0000")), (b"\5" * 20, content)])
    number = graph.numbers[b"\5" * 20]
    assert graph.times[number] == seconds
    assert graph.trees[number].tobytes().hex() == "1" * 40
    assert graph.parents(number) == (graph.numbers[b"\7" * 20],) * parents


@pytest.mark.parametrize("content", [b"", b"\n", b"rubbish", b"tree 12\n\n", b"parent x\ntree " + b"z" * 40 + b"\n"])
def test_no_commits_at_all(content):
    """What is no commit has no tree and no parents."""
    graph = graph_of([(b"\5" * 20, content)])
    assert not graph.trees.any()
    assert graph.parents(0) == ()


def test_an_empty_graph():
    """A repository without commits."""
    graph = graph_of([])
    assert len(graph) == 0
    assert graph.reach({}) == []


def test_reach():
    """Marks of all ancestors, each commit's own among them, over random graphs."""
    rng = random.Random(4)
    ids = [rng.randbytes(20) for _ in range(120)]
    parents = {oid: rng.sample(ids[max(0, at - 12) : at], min(at, rng.choice((0, 1, 1, 1, 2, 3)))) for at, oid in enumerate(ids)}
    graph = graph_of([(oid, raw(*parents[oid], when=b"%d +0000" % rng.randrange(10**9))) for oid in ids])
    above: dict[bytes, set[bytes]] = {}
    for oid in ids:
        above[oid] = {oid}.union(*(above[parent] for parent in parents[oid]))
    marked = rng.sample(ids, 20)
    masks = graph.reach({graph.numbers[oid]: 1 << bit for bit, oid in enumerate(marked)})
    for oid in ids:
        assert masks[graph.numbers[oid]] == sum(1 << bit for bit, mark in enumerate(marked) if mark in above[oid])
        assert {graph.oids[number] for number in graph.reachable([oid, b"\0" * 20])} == above[oid]
