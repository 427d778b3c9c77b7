"""A hundred places: an AWS key pair in each, and each of them comes back as a pair."""

from __future__ import annotations

import json
import random

import pytest
from helpers import Repo, fake, run_cli
from places import FILES, GIT

PLACES = {*FILES, *GIT}


def secret_without_signs() -> str:
    """One that may stand in the name of a branch."""
    return next(secret for number in range(50_000, 55_000) if (secret := fake("aws-secret", number)).isalnum())


@pytest.fixture(scope="module")
def keys() -> dict[str, tuple[str, str]]:
    """A pair for each place."""
    made = {
        place: (fake("aws-id", 1000 + number), fake("aws-secret", 1000 + number)) for number, place in enumerate(sorted(PLACES))
    }
    made["a branch's name"] = (made["a branch's name"][0], secret_without_signs())
    return made


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, tuple[str, str]]) -> Repo:
    """The repository with all of them: the oldest commits packed, the newest loose."""
    repo = Repo.init(tmp_path_factory.mktemp("places") / "repo")
    repo.add("readme", "".join(f"line {number}\n" for number in range(100)))
    names = sorted(FILES)
    random.Random(1).shuffle(names)
    for number, name in enumerate(names):
        repo.write(name, FILES[name](*keys[name]))
        if number % 20 == 19:
            repo.stage()
            repo.commit(f"Files up to {number}")
    repo.stage()
    repo.commit("The last files")
    repo.git("gc", "-q")
    for place, put in GIT.items():
        put(repo, *keys[place])
    return repo


def pairs(repo: Repo, *command: str) -> set[tuple[str, str]]:
    """What is reported as a pair: (id, secret)."""
    result = run_cli(*command, "--format", "json", "--show-secrets", "--confidence", "low", cwd=repo.path)
    report = json.loads(result.out)
    assert report["complete"], report["problems"]
    return {
        (finding["pair"]["value"], finding["secret"])
        for finding in report["findings"]
        if finding["pair"] and finding["rule"] == "aws-secret-access-key"
    }


@pytest.fixture(scope="module")
def in_history(full: Repo) -> set[tuple[str, str]]:
    return pairs(full, "history")


@pytest.fixture(scope="module")
def in_tree(full: Repo) -> set[tuple[str, str]]:
    return pairs(full, "scan")


def test_there_are_more_than_a_hundred():
    assert len(PLACES) > 130


@pytest.mark.parametrize("place", sorted(PLACES))
def test_history(in_history: set[tuple[str, str]], keys: dict[str, tuple[str, str]], place: str):
    assert keys[place] in in_history


@pytest.mark.parametrize("place", sorted(FILES))
def test_working_tree(in_tree: set[tuple[str, str]], keys: dict[str, tuple[str, str]], place: str):
    assert keys[place] in in_tree
