"""A large tree gives the same report whatever the number of processes, and says what was lost with one of them."""

from __future__ import annotations

import json
import os
import random
import signal
from typing import TYPE_CHECKING

import containers
import pytest
from helpers import UNPRIVILEGED, fake, run_cli

from leakstop import dealing, tree
from leakstop.model import Tally
from leakstop.pipeline import Settings
from leakstop.progress import Progress
from leakstop.rules.load import load
from leakstop.sources.files import listed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(not dealing.AVAILABLE, reason="several processes only where a fork is safe")
WORDS = [f"word{number}" for number in range(500)]


def code(seed: int, size: int) -> str:
    """Text without a secret."""
    words = random.Random(seed)
    lines: list[str] = []
    while size > 0:
        lines.append(" ".join(words.choices(WORDS, k=8)))
        size -= len(lines[-1]) + 1
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten MB in 300 files, with secrets of many kinds in places where the work is divided."""
    folder = tmp_path_factory.mktemp("large")
    for number in range(300):
        path = folder / f"part{number % 7}" / f"file{number:03}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(code(number, 5_000) + (f"token = {fake('github-pat', seed=number)}\n" if number % 23 == 0 else ""))
    (folder / "part0" / "id.env").write_text(f"AWS_ACCESS_KEY_ID={fake('aws-id')}\n")
    (folder / "part0" / "secret.env").write_text(f"AWS_SECRET_ACCESS_KEY={fake('aws-secret')}\n")
    (folder / "part1" / "a.zip").write_bytes(containers.zipped(f"token = {fake('github-pat', seed=1)}\n".encode()))
    (folder / "part2" / "wide.txt").write_bytes(f"token = {fake('github-pat', seed=2)}\n".encode("utf-16"))
    (folder / "part3" / "allowed.py").write_text(f"token = '{fake('github-pat', seed=3)}'  # leakstop: allow\n")
    (folder / "part4" / "windows.txt").write_text(
        code(1000, 1 << 20) * 8 + f"token = {fake('github-pat', seed=4)}\n" + code(1001, 9 << 20)
    )
    os.symlink(fake("github-pat", seed=5), folder / "part5" / "link")
    (folder / "part6" / "empty").touch()
    return folder


def report(folder: Path, *args: str, **options) -> tuple[int, dict]:
    done = run_cli("scan", "--format", "json", *args, cwd=folder, **options)
    document = json.loads(done.out)
    del document["coverage"]["seconds"]
    return done.code, document


def test_any_number_of_processes(large: Path):
    code, one = report(large, "--jobs", "1")
    assert code == 1
    assert len(one["findings"]) > 15
    assert any(finding["pair"] for finding in one["findings"])
    for jobs in ("2", "5"):
        assert report(large, "--jobs", jobs) == (code, one)


def test_several_are_at_work(large: Path, monkeypatch: pytest.MonkeyPatch):
    """And none when there is little to do."""
    dealt = []

    def deal(work, tasks, processes, done):
        dealt.append(processes)
        yield from dealing_deal(work, tasks, processes, done)

    dealing_deal = dealing.deal
    monkeypatch.setattr(dealing, "deal", deal)
    scanned(large, monkeypatch, jobs=3)
    assert dealt == [3]
    scanned(large / "part0", monkeypatch, jobs=3)
    assert dealt == [3]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_troubles_come_in_the_order_of_the_tree(large: Path):
    closed = [large / "part1" / "closed", large / "part4" / "closed.txt", large / "part6" / "closed"]
    for path in closed:
        path.touch() if path.suffix else path.mkdir()
        path.chmod(0)
    try:
        code, one = report(large, "--jobs", "1", through=UNPRIVILEGED)
        assert (code, len(one["problems"]), one["complete"]) == (1, 3, False)
        assert report(large, "--jobs", "2", through=UNPRIVILEGED) == (code, one)
    finally:
        for path in closed:
            path.chmod(0o700)
            path.unlink() if path.suffix else path.rmdir()


def scanned(folder: Path, monkeypatch: pytest.MonkeyPatch, *, jobs: int = 2, limit: float = 0.0):
    """In this process, so that parts can be replaced."""
    monkeypatch.chdir(folder)
    tally = Tally()
    settings = Settings(load(), jobs=jobs, time_limit=limit)
    return tree.tree(listed(["."], tally), tally, settings, 0, Progress(None, "bytes", enabled=False))


@pytest.mark.parametrize(
    "end", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: 1 / 0], ids=["a process is killed", "a process stumbles"]
)
def test_what_is_lost_is_told(large: Path, monkeypatch: pytest.MonkeyPatch, end: Callable[[], object]):
    whole = scanned(large, monkeypatch)
    work = tree._Work.__call__

    def stumbling(self, batch):
        if any(getattr(item, "path", b"") == b"part3/file101.txt" for item in batch.items):
            end()
        return work(self, batch)

    monkeypatch.setattr(tree._Work, "__call__", stumbling)
    found = scanned(large, monkeypatch)
    assert (whole.complete, found.complete) == (True, False)
    lost = {problem.where for problem in found.problems}
    assert "part3/file101.txt" in lost
    assert len(lost) <= 2 * tree._BATCH
    assert all("not searched" in problem.message for problem in found.problems)
    kept = [result.finding for result in whole.results if result.finding.origin.path.decode() not in lost]
    assert [(finding.rule.id, finding.secret) for finding in kept] == [
        (result.finding.rule.id, result.finding.secret) for result in found.results
    ]


def test_time_limit(large: Path, monkeypatch: pytest.MonkeyPatch):
    found = scanned(large, monkeypatch, limit=1e-6)
    assert not found.complete
    assert "time limit" in found.problems[-1].message
