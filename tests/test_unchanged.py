"""A second scan of a folder reads again only what was written to, and finds the same."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import containers
import pytest
from helpers import fake, run_cli

from leakstop import store, unchanged
from leakstop.model import Tally
from leakstop.pipeline import Settings
from leakstop.progress import Progress
from leakstop.rules.load import load
from leakstop.sources.files import listed
from leakstop.tree import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(not unchanged.AVAILABLE, reason="needs the time of a file's last change")
MANY = unchanged.LEAST + 50
HOLDING = ["folder1/1.txt", "folder2/half.env", "folder3/a.zip"]
RULES = load()
QUIET = Progress(None, "bytes", enabled=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """More than a thousand files: a leak in one, half of a pair in another, a container with a leak, and one that is damaged."""
    place = tmp_path / "tree"
    for number in range(MANY):
        path = place / f"folder{number % 7}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n" + "plain words\n" * 5)
    (place / "folder1" / "1.txt").write_text(f"token: {fake('github-pat')}\n")
    (place / "folder2" / "half.env").write_text(f"AWS_ACCESS_KEY_ID={fake('aws-id')}\n")
    (place / "folder3" / "a.zip").write_bytes(containers.zipped(f"token = {fake('github-pat', seed=1)}\n".encode()))
    (place / "folder4" / "b.gz").write_bytes(b"\x1f\x8b\x08\0" + b"\0" * 6 + b"this is not deflated")
    monkeypatch.chdir(place)
    # Times of files cannot be set back, and waiting for two seconds is for one test.
    monkeypatch.setattr(unchanged, "_SETTLED", 0.0)
    yield place
    store.release(memory().name)


def memory(*paths: str) -> unchanged.Unchanged:
    return unchanged.Unchanged([os.fsencode(path) for path in paths or (".",)], Settings(RULES), 0)


def entry() -> Path:
    """Where the memory of the current folder lies."""
    return Path(store.folder()) / memory().name


def scan(*paths: str, jobs: int = 1, fresh: bool = False, max_size: int = 0, limit: float = 0.0):
    """How many files were known, the paths of findings (also of low confidence), the report."""
    places = [os.fsencode(path) for path in paths or (".",)]
    settings = Settings(RULES, confidence="low", jobs=jobs, time_limit=limit)
    tally = Tally()
    known = unchanged.Unchanged(places, settings, max_size, fresh=fresh)
    report = tree(listed(places, tally), tally, settings, max_size, QUIET, known)
    return report.coverage.remembered, sorted({r.finding.origin.path.decode() for r in report.results}), report


@pytest.mark.parametrize("jobs", [1, 3])
def test_what_is_known_is_not_read_again(folder: Path, jobs: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("leakstop.tree._LARGE", 0)
    first, found, report = scan(jobs=jobs)
    assert (first, found) == (0, HOLDING)
    again, same, second = scan(jobs=jobs)
    assert same == found
    # All but those that hold something, and the container of which something was not read.
    assert again == report.coverage.files - len(HOLDING) - 1
    assert second.coverage._replace(seconds=0, remembered=0) == report.coverage._replace(seconds=0)
    assert second.problems == report.problems
    assert scan(jobs=jobs, fresh=True)[:2] == (0, found)
    assert scan(jobs=jobs)[0] == again  # kept by that one


def leak(path: Path) -> None:
    path.write_text(f"token: {fake('github-pat', seed=9)}\n")


def same_size_and_time(path: Path) -> None:
    status, text = path.stat(), f"token: {fake('github-pat', seed=9)}\n"
    assert status.st_size > len(text)
    path.write_text(text.ljust(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def in_its_place(path: Path) -> None:
    """Another file of the same size and time, moved there."""
    status = path.stat()
    other = path.with_name("other")
    other.write_text(f"token: {fake('github-pat', seed=9)}\n".ljust(status.st_size))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [leak, same_size_and_time, in_its_place])
def test_what_was_written_to_is_read(folder: Path, change: Callable[[Path], None]):
    _, found, _ = scan()
    known = scan()[0]
    change(folder / "folder5" / "5.txt")
    again, now, _ = scan()
    assert now == sorted([*found, "folder5/5.txt"])
    assert again == known - 1
    assert scan()[:2] == (again, now)


def test_a_moved_file_is_read(folder: Path):
    """Its path is among what it is judged by."""
    scan()
    known = scan()[0]
    (folder / "folder5" / "5.txt").rename(folder / "folder5" / "id_rsa")
    assert scan()[0] == known - 1


def test_what_is_missing_is_forgotten(folder: Path):
    scan()
    known = scan()[0]
    kept = (folder / "folder5" / "5.txt").rename(folder.parent / "away")
    assert scan()[0] == known - 1
    kept.rename(folder / "folder5" / "5.txt")  # which its time of change tells
    assert scan()[0] == known - 1
    assert scan()[0] == known


@pytest.mark.parametrize(
    "other",
    [{"max_size": 1 << 20}, {"paths": ["folder1"]}, {"paths": ["folder1", "folder2"]}],
    ids=["options", "another folder", "other folders"],
)
def test_it_holds_for_the_same_scan_alone(folder: Path, other: dict):
    scan()
    assert scan(*other.pop("paths", ()), **other)[0] == 0


def test_another_program_reads_everything(folder: Path, monkeypatch: pytest.MonkeyPatch):
    scan()
    monkeypatch.setattr(store, "program", lambda: iter([("tree.py", 1, 1)]))
    assert scan()[0] == 0


def test_a_scan_that_did_not_end_is_not_remembered(folder: Path):
    assert not scan(limit=1e-9)[2].complete
    assert scan()[0] == 0


def test_an_interrupted_look_at_what_is_known_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch):
    scan()
    calls = iter(range(10))

    def stat(path, **options):
        if next(calls, None) == 9:
            raise KeyboardInterrupt
        return os.lstat(path)

    monkeypatch.setattr(unchanged.os, "stat", stat)
    report = scan()[2]
    assert report.interrupted
    assert not report.complete
    monkeypatch.undo()


def test_a_rule_that_took_too_long_may_have_missed_something(folder: Path, monkeypatch: pytest.MonkeyPatch):
    from leakstop.detect.detector import Detector

    scanned = Detector.scan

    def slow(self, chunks, **options):
        yield from scanned(self, chunks, **options)
        self.timeouts.add("a-rule")

    monkeypatch.setattr(Detector, "scan", slow)
    scan()
    assert scan()[0] == 0


def test_small_folders_are_not_remembered(folder: Path):
    scan("folder1")
    assert not store.has(memory("folder1").name)


def test_nothing_of_contents_and_names_is_kept(folder: Path):
    scan()
    kept = entry().read_bytes()
    assert len(kept) == store.BODY + 16 + 16 * scan()[0]
    assert b"folder" not in kept


def test_a_damaged_memory_is_none(folder: Path):
    _, found, _ = scan()
    known = scan()[0]
    entry().write_bytes(entry().read_bytes()[:-7])
    assert scan()[:2] == (0, found)
    assert scan()[0] == known


def test_by_the_command(folder: Path):
    """What is as new as a file that could be written to again in the same moment is not remembered."""
    shutil.copy("folder6/6.txt", "folder6/new.txt")
    run_cli("scan", cwd=folder)
    time.sleep(2.1)
    first = run_cli("scan", "--format", "json", cwd=folder).json()["coverage"]
    second = run_cli("scan", "--format", "json", cwd=folder).json()["coverage"]
    assert first["remembered"] < second["remembered"] == second["files"] - len(HOLDING) - 1
    assert run_cli("scan", "--format", "json", "--fresh", cwd=folder).json()["coverage"]["remembered"] == 0
    assert f"({second['remembered']:,} known clean from an earlier scan)" in run_cli("scan", cwd=folder).out
