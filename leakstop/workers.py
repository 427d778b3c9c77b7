"""Processes that share one piece of work and send back what they find while they go on.

Forked on Linux: opened packs and the compiled rules are then shared memory. Elsewhere each process starts anew and opens them
itself. The main process alone answers Ctrl-C and a terminal that hangs up; what the others had sent by then is kept.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Work = Callable[[Any], Iterator[Any]]


_START = "fork" if sys.platform == "linux" else "spawn"


class Lost(NamedTuple):
    """A process ended before its work was done."""

    reason: str  # how it ended


class _Done(NamedTuple):
    """The last message of a process that did all its work."""


def count(jobs: int) -> int:
    """How many processes `--jobs N` means: N, or one for each processor that this process may use."""
    if jobs:
        return jobs
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def run(work: Work, shares: Sequence[Any]) -> Iterator[Any]:
    """What `work(share)` yields, for every share, in the order of arrival, and a `Lost` for each share that fails.

    The processes begin at once. A single share is worked on here, without another process, when its messages are asked for.
    """
    if len(shares) == 1:
        return work(shares[0])
    messages = _messages(work, shares)
    next(messages)
    return messages


def _messages(work: Work, shares: Sequence[Any]) -> Iterator[Any]:
    """The same, after one message that says that all have begun."""
    import gc
    import multiprocessing
    from multiprocessing.connection import wait

    context: Any = multiprocessing.get_context(_START)
    running: dict[Any, Any] = {}  # processes by the end of the pipe that they are heard from
    gc.freeze()  # a collection in a forked process would touch, and so copy, all that it shares with this one
    try:
        for share in shares:
            reader, writer = context.Pipe(duplex=False)
            # A forked process has the ends of the main one's pipes, too; while it holds them it cannot see that this one is gone.
            inherited = (reader, *running) if _START == "fork" else ()
            process = context.Process(target=_process, args=(work, share, writer, inherited), daemon=True)
            process.start()
            writer.close()
            running[reader] = process
        yield None
        while running:
            for reader in wait(list(running)):
                message = _receive(reader)
                if isinstance(message, (_Done, Lost)):
                    running.pop(reader).join()
                if not isinstance(message, _Done):
                    yield message
    finally:
        gc.unfreeze()
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.join(1)  # seconds: one that is held up gets its signal later


def _receive(reader: Any) -> Any:
    try:
        return reader.recv()
    except (EOFError, OSError):
        return Lost("the process ended early; was there enough memory?")


def _process(work: Work, share: Any, writer: Any, inherited: Sequence[Any]) -> None:
    import signal

    for reader in inherited:
        reader.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        for message in work(share):
            writer.send(message)
        writer.send(_Done())
    except BrokenPipeError:
        pass  # the main process is gone
    except Exception as error:  # noqa: BLE001 - whatever it was, the main process has to know
        # Only the kind of the failure and its place: its text could hold what was being scanned.
        writer.send(Lost(f"{type(error).__name__} at {place(error)}"))


def place(error: Exception) -> str:
    """The innermost place of an exception in our own words: file and line."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "an unknown place"


def counter(processes: int) -> Callable[[], int]:
    """A function that gives 0, 1, 2, …, each number once among all processes that it is handed to when they start."""
    if processes == 1:
        numbers = iter(range(sys.maxsize))
        return numbers.__next__
    import multiprocessing

    return _Shared(multiprocessing.get_context(_START).Value("q", 0))


class _Shared:
    """A number that processes take turns to raise."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __call__(self) -> int:
        with self._value.get_lock():
            number: int = self._value.value
            self._value.value = number + 1
        return number
