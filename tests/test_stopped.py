"""A scan that is stopped, by Ctrl-C or its time limit, says at once what it has and what it lacks; a second Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import containers
import pytest
from helpers import PACKAGE_PARENT, Repo, fake

from leakstop import dealing, store

if TYPE_CHECKING:
    from pathlib import Path

pty = pytest.importorskip("pty", reason="needs terminals")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")

NOW, GONE, SAID = (fake("github-pat", seed) for seed in range(3))
# The main process is stopped when it has come to a moment; the alarm is that of the time limit.
AT = """
import os, signal, sys, time
from leakstop import __main__, account, beside, dealing, found, survey
def stop():
    os.kill(os.getpid(), signal.{signal})
def after(owner, name, reached=lambda *_: True):
    work = getattr(owner, name)
    def done(*args, **options):
        result = work(*args, **options)
        if reached(*args):
            setattr(owner, name, work)
            stop()
        return result
    setattr(owner, name, done)
def taken(kind):
    after(found.Found, "take", lambda self, message, *_: isinstance(message, kind))
{moment}
sys.argv = ["leakstop", {arguments}]
__main__.main()
"""
MOMENTS = {
    "blobs": "taken(survey.Step)",
    "trees": "taken(found.Portion)",
    "what trees hold": "after(account, 'holdings')",
    "commits": "taken(survey.Notes)",
    "names": "after(beside, 'bearers')",
    "places": "after(account, 'locate')",
    "findings": "after(account, 'placed')",
}


def started(moment: str, *arguments: str, cwd: Path, by: str = "SIGINT") -> subprocess.Popen[bytes]:
    """Leakstop in a process group of its own, to be stopped at a moment."""
    code = AT.format(moment=moment, signal=by, arguments=", ".join(map(repr, arguments)))
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": PACKAGE_PARENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def stopped(moment: str, *arguments: str, cwd: Path, by: str = "SIGINT") -> tuple[int, dict[str, Any], str]:
    """Exit code, JSON report, standard error."""
    process = started(moment, *arguments, "--format", "json", cwd=cwd, by=by)
    out, err = process.communicate(timeout=60)
    assert nobody_left(process.pid)
    return process.returncode, json.loads(out), err.decode()


def nobody_left(group: int) -> bool:
    """Whether all processes of a group have ended; the system takes a moment to forget those that nobody waits for."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def leaky(repo: Repo) -> Repo:
    """In one pack: a secret that HEAD has, one that it has not any more, and one in a message."""
    repo.add("old.env", f"TOKEN={GONE}\n")
    repo.remove("old.env")
    repo.commit(f"Away with it\n\nThe new one is {SAID}\n")
    repo.add("deploy/now.env", f"TOKEN={NOW}\n")
    repo.git("gc", "--quiet")
    return repo


@pytest.mark.parametrize("by", ["SIGINT", "SIGALRM"], ids=["Ctrl-C", "time limit"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_history_tells_what_it_has(leaky: Repo, moment: str, by: str) -> None:
    """What HEAD has by its file, the rest by its blob; nothing that only commits tell."""
    code, report, err = stopped(MOMENTS[moment], "history", "--jobs", "1", "--time-limit", "600", cwd=leaky.path, by=by)

    assert code == (130 if by == "SIGINT" else 1), err
    assert not report["complete"]
    assert report["coverage"]["objects"] > 0
    assert "Traceback" not in err
    where = {entry["file"]: entry for entry in report["findings"] if entry["origin"]["kind"] == "blob"}
    assert set(where) in ({"deploy/now.env", ""}, {"deploy/now.env", "old.env"})  # the latter where it was known already
    assert where["deploy/now.env"]["history"]["in_head"] is True
    if "" in where:
        assert where[""]["history"] is None
        assert where[""]["origin"]["blob"]
    why = {"SIGINT": "interrupted before it was finished", "SIGALRM": "stopped at the time limit before it was finished"}[by]
    assert [problem["where"] for problem in report["problems"]] == ["scan", "history"]
    assert report["problems"][0]["message"] == why


def test_what_was_not_read_is_counted(leaky: Repo) -> None:
    """Blobs were read, trees and commits were not."""
    _, report, _ = stopped(MOMENTS["blobs"], "history", "--jobs", "1", cwd=leaky.path)

    objects = int(leaky.git("count-objects", "-v").split(b"in-pack: ")[1].split()[0])
    read = report["coverage"]["objects"]
    assert 0 < read < objects
    assert report["problems"][1]["message"] == f"{objects - read} of {objects} objects were not read"


def test_what_was_asked_for_is_not_known_without_commits(leaky: Repo) -> None:
    """Which findings `--since` wants, commits tell; which `--paths` wants, HEAD tells of some."""
    for options, files in ((("--since", "2000-01-01"), []), (("--paths", "*.env"), ["deploy/now.env"])):
        code, report, err = stopped(MOMENTS["blobs"], "history", "--jobs", "1", *options, cwd=leaky.path)
        assert code == 130, err
        assert [entry["file"] for entry in report["findings"]] == files


def test_a_baseline_is_not_made_of_half_a_history(leaky: Repo) -> None:
    process = started(MOMENTS["blobs"], "baseline", "create", cwd=leaky.path)
    out, err = process.communicate(timeout=60)

    assert (process.returncode, out, err) == (130, b"", b"leakstop: interrupted\n")
    assert sorted(path.name for path in leaky.path.iterdir()) == [".git", "deploy"]


# A step that does not end by itself, in the main process or in another one; a file beside it was read.
ENDLESS = {
    "reading": ("from leakstop.sources import files\nread = files.read_file\nfiles.read_file = forever", ("scan",)),
    "unpacking": ("from leakstop.unpack import expand\nexpand._Unpacking.container = forever", ("scan",)),
    "judging": ("from leakstop.detect import detector\ndetector.Detector.findings = forever", ("scan",)),
    "a process": ("from leakstop import tree\ntree._Work.__call__ = forever\ntree._LARGE = 1", ("scan", "--jobs", "2")),
    "a delta tree": ("survey.Survey.__call__ = forever", ("history", "--jobs", "1")),
}
FOREVER = """
def forever(*_, **__):
    while True:
        time.sleep(0.01)
"""


@pytest.mark.parametrize("step", ENDLESS)
def test_a_step_that_does_not_end(leaky: Repo, step: str) -> None:
    """The limit holds all the same, and the report says so."""
    moment, arguments = ENDLESS[step]
    (leaky.path / "more.zip").write_bytes(containers.zipped(b"x"))
    code, report, err = stopped(FOREVER + moment, *arguments, "--time-limit", "0.2", cwd=leaky.path)

    assert code in (1, 3), err
    assert (
        report["problems"][-1 if arguments[0] == "scan" else 0]["message"] == "stopped at the time limit before it was finished"
    )
    assert report["coverage"]["seconds"] < 15  # two alarms; the machine may be busy


def test_what_was_read_is_searched_for_a_second(leaky: Repo) -> None:
    """Ctrl-C ends the reading at once, and a second later what is done with what was read."""
    moment = FOREVER + ENDLESS["judging"][0] + "\nfrom leakstop.sources import files\nafter(files, 'list_folder')"
    code, report, err = stopped(moment, "scan", "--jobs", "1", cwd=leaky.path)

    assert code == 130, err
    assert not report["complete"]


# Stopped again: while the report is worked out, and while it is written to a file.
AGAIN = {
    "working": "account.Account.unfinished = late",
    "writing": "from leakstop.report import as_json\nas_json.write = late",
}
SLOWLY = """
taken(survey.Holders)
def late(*_):
    print("late", flush=True)
    time.sleep(60)
    return ()
{late}
"""


@pytest.mark.parametrize("when", AGAIN)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_second_time_it_ends_at_once(leaky: Repo, tmp_path: Path, when: str, jobs: str) -> None:
    """With one line; no process is left, and no half of a report."""
    folder = tmp_path / "reports"
    folder.mkdir()
    moment = SLOWLY.format(late=AGAIN[when])
    arguments = ("history", "--jobs", jobs, "--output", f"json={folder / 'report.json'}", "--quiet")
    process = started(moment, *arguments, cwd=leaky.path)
    assert process.stdout is not None
    while b"late" not in process.stdout.readline():
        pass
    time.sleep(0.4)  # longer than two signals are one wish
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)

    assert (process.returncode, err) == (130, b"leakstop: interrupted\n")
    assert nobody_left(process.pid)
    assert list(folder.iterdir()) == []


def test_a_cache_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped in between, no half of an entry stays."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("LEAKSTOP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("os.replace", stop)
    with pytest.raises(KeyboardInterrupt):
        store.write("entry", b"body")
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_same_wish_twice_is_one(leaky: Repo) -> None:
    """`timeout` sends its signal to the command, and to the whole group."""
    twice = MOMENTS["blobs"] + "\nonce = stop\ndef stop():\n    try:\n        once()\n    finally:\n        once()"
    code, report, err = stopped(twice, "history", "--jobs", "1", cwd=leaky.path)

    assert code == 130, err
    assert len(report["findings"]) == 2


@pytest.mark.skipif(not dealing.AVAILABLE, reason="processes are forked on Linux only")
def test_what_was_done_behind_a_slow_file_is_told() -> None:
    """Results come in the order of the files; those that wait for an earlier one are not lost when that is stopped."""
    code = """
import os, signal, time
from leakstop import dealing
def work(task):
    if task == 0:
        time.sleep(60)
    if task == 9:
        os.kill(os.getppid(), signal.SIGINT)
    return task * 2
found = []
try:
    for pair in dealing.deal(work, iter(range(10)), 2, lambda: None):
        found.append(pair)
except KeyboardInterrupt:
    print(list(map(list, found)))
"""
    environ = {**os.environ, "PYTHONPATH": PACKAGE_PARENT}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, timeout=60, check=True)
    found = dict(json.loads(done.stdout))
    assert all(result == 2 * task for task, result in found.items())
    assert {1, 3, 4, 5, 6} <= found.keys() <= {1, *range(3, 10)}  # the second one waits behind the first


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("terminal", [False, True])
def test_a_clone_that_is_stopped(tmp_path: Path, by: signal.Signals, terminal: bool) -> None:
    """What was stopped, that nothing was scanned, that nothing is left. Only leakstop gets the signal, as from a CI runner."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # git connects, asks, and waits
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/it.git"
        read, write = pty.openpty() if terminal else os.pipe()  # on a terminal there is a progress bar, and git runs otherwise
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "leakstop", "history", url.replace("//", "//ada:pw@")],
            env={**os.environ, "PYTHONPATH": PACKAGE_PARENT, "TMPDIR": str(folder)},
            stderr=write,
            start_new_session=True,
        )
        os.close(write)
        silent.settimeout(20)
        connection, _ = silent.accept()
        with connection:
            connection.recv(1000)
            assert list(folder.glob("leakstop-clone-*/repository.git/HEAD"))
            process.send_signal(by)
            assert process.wait(timeout=30) == 130
    told = b""
    try:
        while piece := os.read(read, 4096):
            told += piece
    except OSError:
        pass  # the other end of a terminal is closed
    os.close(read)
    lines = told.decode().replace("\r", "").splitlines()
    first = f"leakstop: interrupted while cloning {url}; nothing was scanned"
    assert lines[-2:] == [first, "  What had come by then is removed."]
    assert list(folder.iterdir()) == []
    assert nobody_left(process.pid)
