"""Where values are, the slow way: every tree of every commit listed by git. What `locate` says is held against it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from objects_helpers import everything, open_store

from leakstop.git.graph import Graph, Heads
from leakstop.git.pack import COMMIT
from leakstop.git.plumbing import open_repository
from leakstop.git.refs import reflogs, refs, tips
from leakstop.git.where import locate
from leakstop.model import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers import Repo

    from leakstop.git.objects import ObjectStore
    from leakstop.git.where import Place

VALUE = re.compile(rb"<(\d+)>")  # stands for a secret in the content of a file


def holders_of(repo: Repo) -> dict[bytes, tuple[int, ...]]:
    """All blobs of the repository in which <1>, <2>, … stand, with these numbers."""
    found = {}
    for oid, (kind, data) in everything(repo).items():
        numbers = tuple(sorted({int(number) for number in VALUE.findall(data)}))
        if kind == "blob" and numbers:
            found[oid] = numbers
    return found


class Scene(NamedTuple):
    """A repository, opened."""

    store: ObjectStore
    graph: Graph
    tips: list
    tally: Tally
    places: dict[tuple[int, bytes], Place]


def look(repo: Repo, **narrow) -> Scene:
    """Everything that `locate` says of a repository, by value and path."""
    opened = open_repository(repo.path)
    tally = Tally()
    store = open_store(repo)
    commits = store.read_many(store.oids(COMMIT))
    graph = Graph([Heads.of(commits)])
    names = tips(refs(opened, tally), reflogs(opened, tally))
    places = list(locate(store, graph, names, holders_of(repo), **narrow))
    by_key = {(place.value, place.path): place for place in places}
    assert len(by_key) == len(places)
    assert not store.problems
    return Scene(store, graph, names, tally, by_key)


class Truth:
    """What git says of a repository."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        values = {oid.hex(): numbers for oid, numbers in holders_of(repo).items()}
        self.parents: dict[str, list[str]] = {}
        self.dates: dict[str, int] = {}
        self.holds: dict[str, dict[tuple[int, bytes], str]] = {}  # by commit: blob by (value, path)
        trees: dict[str, dict[tuple[int, bytes], str]] = {}
        for commit, (kind, data) in everything(repo).items():
            if kind != "commit":
                continue
            oid = commit.hex()
            head = data.partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
            tree = head[0].split()[1]
            self.parents[oid] = [line.split()[1] for line in head if line.startswith("parent ")]
            self.dates[oid] = next(int(line.split()[-2]) for line in head if line.startswith("committer "))
            if tree not in trees:
                trees[tree] = {}
                for entry in repo.git("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")[:-1]:
                    what, _, path = entry.partition(b"\t")
                    for value in values.get(what.decode().split()[2], ()):
                        trees[tree][value, path] = what.decode().split()[2]
            self.holds[oid] = trees[tree]
        self._reach: dict[str, set[str]] = {}

    def keys(self) -> set[tuple[int, bytes]]:
        """All (value, path) of commits."""
        return {key for held in self.holds.values() for key in held}

    def reach(self, oid: str) -> set[str]:
        """A commit and all its ancestors that are here."""
        if oid not in self._reach:
            found: set[str] = set()
            left = [oid]
            while left:
                commit = left.pop()
                if commit in self.parents and commit not in found:
                    found.add(commit)
                    left += self.parents[commit]
            self._reach[oid] = found
        return self._reach[oid]

    def brought_in(self, key: tuple[int, bytes]) -> set[str]:
        """The commits that hold it while none of their parents does."""
        return {
            oid
            for oid, held in self.holds.items()
            if key in held and not any(key in self.holds.get(parent, {}) for parent in self.parents[oid])
        }

    def firsts(self, key: tuple[int, bytes]) -> set[str]:
        """Those of them that stand behind no other."""
        found = self.brought_in(key)
        return {oid for oid in found if not (self.reach(oid) & found) - {oid}}

    def lasts(self, key: tuple[int, bytes]) -> set[str]:
        """The commits that hold it and that no other such commit stands behind."""
        found = {oid for oid, held in self.holds.items() if key in held}
        return {oid for oid in found if not any(oid in self.reach(other) for other in found - {oid})}

    def refs(self, key: tuple[int, bytes]) -> set[bytes]:
        """All refs/* that reach a commit which holds it."""
        found: set[bytes] = set()
        for oid in self.brought_in(key):
            found.update(self.repo.git("for-each-ref", "--format=%(refname)", "--contains", oid).splitlines())
        return found

    def in_head(self, key: tuple[int, bytes]) -> bool:
        """Whether HEAD's commit holds it."""
        return key in self.holds[self.repo.rev()]


def check(repo: Repo, *, dates: bool = True) -> Scene:
    """Hold all that `locate` says of commits against the truth; with `dates`, these are in order and decide what is first."""
    scene, truth = look(repo), Truth(repo)
    in_commits = {key: place for key, place in scene.places.items() if place.first}
    assert in_commits.keys() == truth.keys()
    remotes = repo.git("for-each-ref", "--count=1", "refs/remotes")
    for key, place in in_commits.items():
        first, last = place.first.hex(), place.last.hex()
        if dates:
            assert first == min(truth.firsts(key), key=lambda oid: (truth.dates[oid], oid)), key
            assert last == max(truth.lasts(key), key=lambda oid: (truth.dates[oid], oid)), key
        assert first in truth.firsts(key), key
        assert last in truth.lasts(key), key
        assert place.blob.hex() == truth.holds[first][key]
        assert place.in_head == truth.in_head(key)
        names = {name for name in place.refs if name.startswith(b"refs/") and b"@{" not in name}
        reached = truth.refs(key)
        if place.total <= len(place.refs):
            assert names == reached, key
        else:
            assert len(names) == 50
            assert names <= reached
        if not reached & set(repo.git("for-each-ref", "--format=%(refname)", "refs/remotes").splitlines()):
            assert not place.pushed or any(b"refs/remotes/" in ref.name and ref.passing for ref in scene.tips)
        else:
            assert place.pushed
        assert (place.pushed is None) == (not remotes)
    return scene


def shown(names: Iterable[bytes]) -> list[str]:
    """Names as text."""
    return [name.decode() for name in names]
