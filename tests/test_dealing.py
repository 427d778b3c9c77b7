"""Tasks dealt out to processes: every result comes, in order, or it is told that it does not."""

from __future__ import annotations

import os
import signal
import time

import pytest

from leakstop import dealing
from leakstop.dealing import deal
from leakstop.workers import Lost

pytestmark = pytest.mark.skipif(not dealing.AVAILABLE, reason="needs a fork that is safe")


def nothing() -> None:
    pass


def children() -> set[str]:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return set(file.read().split())


@pytest.fixture
def others() -> set[str]:
    """The children that this process has anyway: other tests' servers and browsers."""
    return children()


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_in_order(processes: int, others: set[str]):
    """The first task takes longest, so that the others are done before it."""

    def work(number: int) -> int:
        time.sleep(0.05 if not number else 0)
        return number * number

    assert list(deal(work, iter(range(40)), processes, nothing)) == [(number, number * number) for number in range(40)]
    assert children() <= others


def test_several_processes_take_part():
    def work(number: int) -> int:
        time.sleep(0.01)
        return os.getpid()

    pids = {pid for _, pid in deal(work, iter(range(20)), 2, nothing)}
    assert len(pids) == 2
    assert os.getpid() not in pids


@pytest.mark.parametrize("size", [1, 100_000, 3_000_000])
def test_messages_larger_than_a_pipe(size: int):
    tasks = [bytes([number]) * size for number in range(6)]
    assert [answer for _, answer in deal(lambda task: task[::-1], iter(tasks), 2, nothing)] == tasks


def test_tasks_are_asked_for_when_there_is_somebody_to_do_them(monkeypatch: pytest.MonkeyPatch):
    """And not far beyond one that takes long: what the others found would fill the memory."""
    monkeypatch.setattr(dealing, "_FAR", 10)
    asked: list[int] = []

    def tasks():
        for number in range(200):
            asked.append(number)
            yield number

    for number, _ in deal(lambda number: time.sleep(0.2 if number == 50 else 0), tasks(), 2, nothing):
        assert len(asked) <= number + 1 + 10
    assert len(asked) == 200


def test_no_tasks(others: set[str]):
    assert list(deal(str, iter(()), 2, nothing)) == []
    assert children() <= others


def test_a_failure_is_told_without_its_text():
    def work(number: int) -> int:
        if number == 3:
            raise ValueError("hunter2")
        return number

    answers = dict(deal(work, iter(range(8)), 2, nothing))
    assert isinstance(answers[3], Lost)
    assert "ValueError at test_dealing.py" in answers[3].reason
    assert "hunter2" not in answers[3].reason
    assert [answers[number] for number in (2, 4)] == [2, 4]


def test_a_process_that_ends():
    """What it had is lost, and only that; the others do the rest."""

    def work(number: int) -> int:
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.01)
        return number

    answers = list(deal(work, iter(range(30)), 2, nothing))
    assert [number for number, _ in answers] == list(range(30))
    lost = [number for number, answer in answers if isinstance(answer, Lost)]
    assert 3 in lost
    assert len(lost) <= dealing._AHEAD
    assert all(answer == number for number, answer in answers if number not in lost)


def test_all_processes_end():
    answers = list(deal(lambda number: os.kill(os.getpid(), signal.SIGKILL), iter(range(30)), 2, nothing))
    assert [number for number, _ in answers] == list(range(30))
    assert all(isinstance(answer, Lost) for _, answer in answers)


def test_given_up(others: set[str]):
    """Whoever wants no more does not wait for what is in work."""
    began = time.monotonic()
    results = deal(lambda number: time.sleep(60 if number else 0), iter(range(10)), 2, nothing)
    assert next(results) == (0, None)
    results.close()
    assert time.monotonic() - began < 30
    assert children() <= others


def test_tasks_that_fail(others: set[str]):
    def tasks():
        yield 1
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(deal(lambda number: number, tasks(), 2, nothing))
    assert children() <= others


def test_done_is_called_by_every_process(tmp_path):
    def done() -> None:
        (tmp_path / str(os.getpid())).touch()

    list(deal(lambda number: number, iter(range(3)), 2, done))
    assert len(list(tmp_path.iterdir())) == 2
