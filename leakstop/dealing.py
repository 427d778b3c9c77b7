"""Tasks dealt out to forked processes as they come, and their results in the order of the tasks.

What a process needs besides its task it has from the fork. So this is for Linux: elsewhere a fork is not safe, or there is none.
`multiprocessing` could do it, and takes longer to import than a thousand files to scan. The main process alone answers Ctrl-C
and a terminal that hangs up.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import deque
from pickle import HIGHEST_PROTOCOL, dumps, loads
from typing import TYPE_CHECKING, Any

from leakstop.record import NamedTuple
from leakstop.workers import Lost, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AVAILABLE = sys.platform == "linux"
_AHEAD = 2  # tasks of one process, so that it has the next one when it is done with the first
_FAR = 1000  # tasks that are dealt out while an earlier one is not done: their results wait in memory
_PIPE = 16 << 10  # bytes of a task that surely fit into a pipe beside another one
_SIZE = 8  # bytes that tell the size of a message


class _Hand(NamedTuple):
    """A process: how to reach it, and the numbers of the tasks that it has."""

    pid: int
    tasks: int  # file descriptors
    results: int
    numbers: deque[int]


def deal(work: Callable[[Any], Any], tasks: Iterator[Any], processes: int, done: Callable[[], None]) -> Iterator[tuple[Any, Any]]:
    """Each task with what `work(task)` gave, or a `Lost` if that failed, in the order of the tasks.

    `tasks` are asked for one by one, when there is somebody to do them. Every process calls `done` when there are no more.
    KeyboardInterrupt comes after the results that are there by then.
    """
    hands: list[_Hand] = []
    finished = False
    gc.freeze()  # a collection in a forked process would touch, and so copy, all that it shares with this one
    try:
        for _ in range(processes):
            hands.append(_hand(work, done, hands))
        dealt: dict[int, Any] = {}
        results: dict[int, Any] = {}
        try:
            yield from _dealt(hands, tasks, dealt, results)
        except KeyboardInterrupt:  # some waited for those of tasks before them
            yield from ((dealt[number], results[number]) for number in sorted(results.keys() & dealt.keys()))
            raise
        finished = True
    finally:
        gc.unfreeze()
        for hand in hands:
            if not finished:
                from signal import SIGKILL

                os.kill(hand.pid, SIGKILL)
            os.close(hand.tasks)  # this is how they know that there are no more
        for hand in hands:
            os.waitpid(hand.pid, 0)
            os.close(hand.results)


def _dealt(hands: list[_Hand], tasks: Iterator[Any], dealt: dict[int, Any], results: dict[int, Any]) -> Iterator[tuple[Any, Any]]:
    """The same; tasks that are dealt out stand in `dealt`, results that were not told yet in `results`, by number."""
    from select import POLLIN, poll

    watch = poll()
    by_results = {hand.results: hand for hand in hands}
    for number in by_results:
        watch.register(number, POLLIN)
    told = count = 0
    message = b""  # the next task, which waits for a process
    while True:
        while by_results and count - told < _FAR:
            if not message:
                task = next(tasks, None)
                if task is None:
                    break
                dealt[count], message = task, dumps(task, HIGHEST_PROTOCOL)
            hand = min(by_results.values(), key=lambda hand: len(hand.numbers))
            if len(hand.numbers) >= (_AHEAD if len(message) <= _PIPE else 1):
                break
            hand.numbers.append(count)
            _give(hand, message)
            count, message = count + 1, b""
        if not any(hand.numbers for hand in by_results.values()):
            break
        for number, _ in watch.poll():
            hand = by_results[number]
            answer = _receive(number)
            if answer is None:
                watch.unregister(number)
                del by_results[number]
                lost = Lost("the process ended early; was there enough memory?")
                results.update((number, lost) for number in hand.numbers)
                hand.numbers.clear()
            else:
                results[hand.numbers.popleft()] = loads(answer)  # noqa: S301 - of a process that is a copy of this one
        while told in results:
            yield dealt.pop(told), results.pop(told)
            told += 1
    for task in (*dealt.values(), *tasks):  # nobody is left
        yield task, Lost("all processes ended early; was there enough memory?")


def _give(hand: _Hand, message: bytes) -> None:
    """Send a task."""
    try:
        _send(hand.tasks, message)
    except BrokenPipeError:
        pass  # it has ended: what it had is lost, as its other pipe says


def _hand(work: Callable[[Any], Any], done: Callable[[], None], others: list[_Hand]) -> _Hand:
    """A new process."""
    their_tasks, tasks = os.pipe()
    results, their_results = os.pipe()
    pid = os.fork()
    if pid:
        os.close(their_tasks)
        os.close(their_results)
        return _Hand(pid, tasks, results, deque())
    try:
        from signal import SIG_DFL, SIG_IGN, SIGHUP, SIGINT, SIGTERM, signal

        signal(SIGINT, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        signal(SIGTERM, SIG_DFL)
        for fd in (tasks, results, *(fd for other in others for fd in (other.tasks, other.results))):
            os.close(fd)
        while (message := _receive(their_tasks)) is not None:
            _send(their_results, dumps(_worked(work, loads(message)), HIGHEST_PROTOCOL))  # noqa: S301 - of the main process
        done()
    finally:
        os._exit(0)  # whatever happened: what follows is the main process's to do


def _worked(work: Callable[[Any], Any], task: Any) -> Any:
    try:
        return work(task)
    except Exception as error:  # noqa: BLE001 - whatever it was, the main process has to know
        # Only the kind of the failure and its place: its text could hold what was being scanned.
        return Lost(f"{type(error).__name__} at {place(error)}")


def _send(fd: int, message: bytes) -> None:
    left = memoryview(len(message).to_bytes(_SIZE, "big") + message)
    while left:
        left = left[os.write(fd, left) :]


def _receive(fd: int) -> bytes | None:
    """The next message; None when there will be none."""
    head = _exactly(fd, _SIZE)
    return None if head is None else _exactly(fd, int.from_bytes(head, "big"))


def _exactly(fd: int, size: int) -> bytes | None:
    parts = []
    while size:
        part = os.read(fd, size)
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
