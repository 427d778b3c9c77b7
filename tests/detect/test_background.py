"""Databases that are made after the verdict: by one process, which nobody waits for and which leaves nothing behind."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from helpers import Result, fake, run_cli, starter

from leakstop import store
from leakstop.detect.prefilter import available

if TYPE_CHECKING:
    from pathlib import Path

    from helpers import Repo

fcntl = pytest.importorskip("fcntl")
pytestmark = pytest.mark.skipif(not available() or not hasattr(os, "fork"), reason="no Hyperscan here, or no fork")

# What the process does in place of making them, while it holds a lock: wait for a file, then succeed or fail.
WORK = """
import fcntl, os, sys, time
from leakstop import store
from leakstop.detect import databases
def of(compiled):
    lock = open({folder!r} + "/lock", "a")
    fcntl.flock(lock, fcntl.LOCK_EX)
    lock.write("begun\\n")
    lock.flush()
    while not os.path.exists({folder!r} + "/go"):
        time.sleep(0.01)
    of.held = lock
    if {works}:
        store.write(databases.name_of(compiled), b"made")
    else:
        raise MemoryError
databases.of = of
from leakstop.__main__ import main
sys.argv[:] = ["leakstop", "staged"]
main()
"""


@pytest.fixture
def change(repo: Repo) -> Repo:
    """Something staged that is found."""
    repo.add("file", "1")
    repo.write("file", f"token = '{fake('github-pat')}'\n")
    repo.stage()
    return repo


def kept(cache: Path) -> set[str]:
    """The entries about Hyperscan, by what they are."""
    return {name.rpartition("-")[2] if name.endswith(("-making", "-wanted")) else "made" for name in entries(cache)}


def entries(cache: Path) -> list[str]:
    return [name for name in os.listdir(cache) if name.startswith("hyperscan")] if cache.exists() else []


def staged(repo: Repo, cache: Path, **env: str) -> Result:
    return run_cli("staged", cwd=repo.path, env={"CI": "", "LEAKSTOP_CACHE": str(cache), **env})


def wait(happened) -> None:
    """Until something happened that takes seconds on a busy machine."""
    for _ in range(6000):
        if happened():
            return
        time.sleep(0.01)
    pytest.fail("it does not happen")


def test_the_second_hook_finds_them(change: Repo, tmp_path: Path) -> None:
    """The first one does without, and says the same."""
    cache = tmp_path / "cache"
    first = staged(change, cache)
    wait(lambda: kept(cache) == {"made"})
    second = staged(change, cache)
    assert (first.code, second.code) == (1, 1)
    assert first.out == second.out.replace(second.out.splitlines()[-1], first.out.splitlines()[-1])  # but for the seconds
    assert kept(cache) == {"made"}


@pytest.mark.parametrize("works", [True, False], ids=["made", "failed"])
def test_nobody_waits_and_nothing_is_left_behind(change: Repo, tmp_path: Path, works: bool) -> None:
    """Neither for the process nor for a pipe that it holds; meanwhile, and for a while after a failure, there is no other one."""
    cache, folder = tmp_path / "cache", tmp_path / "work"
    folder.mkdir()
    script = (*starter("")[:2], WORK.format(folder=str(folder), works=works))
    env = {"CI": "", "LEAKSTOP_CACHE": str(cache)}
    first = run_cli(cwd=change.path, env=env, through=script)
    assert (first.code, first.err) == (1, "")
    wait((folder / "lock").exists)
    second = run_cli(cwd=change.path, env=env, through=script)
    assert second.code == 1
    assert kept(cache) == {"making"}

    (folder / "go").touch()
    with open(folder / "lock", encoding="ascii") as lock:
        wait(lambda: lock.read() == "begun\n")
        fcntl.flock(lock, fcntl.LOCK_EX)  # free when the process is gone
    assert kept(cache) == ({"made"} if works else {"making"})
    if not works:
        assert staged(change, cache).code == 1
        assert kept(cache) == {"making"}


@pytest.mark.parametrize("value", ["true", "1"])
def test_not_in_ci(change: Repo, tmp_path: Path, value: str) -> None:
    """There it is the second run that makes them."""
    cache = tmp_path / "cache"
    assert staged(change, cache, CI=value).code == 1
    assert kept(cache) == {"wanted"}
    assert staged(change, cache, CI=value).code == 1
    assert kept(cache) == {"made"}


def _damage(cache: Path) -> None:
    """As of a disk that was full, or a copy that ended early."""
    (name,) = entries(cache)
    (cache / name).write_bytes((cache / name).read_bytes()[:10_000])


def test_damaged_ones_are_made_by_no_commit(change: Repo, tmp_path: Path) -> None:
    """But as missing ones are: by the process that it leaves behind, and in CI by the second run."""
    cache = tmp_path / "cache"
    staged(change, cache)
    wait(lambda: kept(cache) == {"made"})
    _damage(cache)
    assert staged(change, cache, CI="true").code == 1
    assert kept(cache) == {"wanted"}
    assert staged(change, cache).code == 1
    wait(lambda: kept(cache) == {"made"})
    _damage(cache)
    assert staged(change, cache).code == 1
    wait(lambda: kept(cache) == {"made"} and os.stat(cache / entries(cache)[0]).st_size > 10_000)


def test_not_without_a_cache(change: Repo, tmp_path: Path) -> None:
    """What was made would be lost."""
    (tmp_path / "file").touch()
    cache = tmp_path / "file" / "cache"
    assert staged(change, cache).code == 1
    assert staged(change, cache).code == 1


def test_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time; one that is older than the pause, or from the future, is nobody's."""
    monkeypatch.setenv("LEAKSTOP_CACHE", str(tmp_path / "cache"))
    assert store.claim("work", 60)
    assert not store.claim("work", 60)
    for age in (61, -61):
        os.utime(tmp_path / "cache" / "work", (time.time() - age,) * 2)
        assert store.claim("work", 60)
        assert not store.claim("work", 60)
    store.release("work")
    store.release("work")
    assert store.claim("work", 60)


def test_what_other_versions_and_rules_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but the newest, and nothing of another kind."""
    monkeypatch.setenv("LEAKSTOP_CACHE", str(tmp_path))
    for number in range(40):
        store.write(f"hyperscan-{number}", b"data")
        os.utime(tmp_path / f"hyperscan-{number}", (number, number))
    store.write("expressions-1", b"data")
    store.prune("hyperscan-")
    assert set(os.listdir(tmp_path)) == {*(f"hyperscan-{number}" for number in range(16, 40)), "expressions-1"}
