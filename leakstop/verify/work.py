"""Many questions at once: threads that wait for answers, bounded in number; at the end nobody has to wait for them."""

from __future__ import annotations

import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from leakstop.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Item = TypeVar("Item")
    Answer = TypeVar("Answer")

THREADS = 64
CUT_OFF = Verdict("unknown", "interrupted before there was an answer")
UNSEEN = ("not read", "interrupted before policies were read")  # evidence of a verdict that was


def each(ask: Callable[[Item], Answer], items: Sequence[Item], missing: Answer, threads: int = THREADS) -> list[Answer]:
    """The answer to each item, in order; `missing` for what a Ctrl-C cuts off. `ask` must not raise.

    KeyboardInterrupt is not passed on: the answers that are there are worth having, and the caller sees which are missing.
    """
    answers = [missing] * len(items)
    waiting: SimpleQueue[int] = SimpleQueue()
    done: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
    for number in range(len(items)):
        waiting.put(number)

    def work() -> None:
        while True:
            try:
                number = waiting.get_nowait()
            except Empty:
                return
            done.put((number, ask(items[number])))

    try:
        for _ in range(min(threads, len(items))):
            threading.Thread(target=work, daemon=True).start()
        for _ in items:
            number, answer = done.get()
            answers[number] = answer
    except KeyboardInterrupt:
        with suppress(Empty):
            while True:
                waiting.get_nowait()
        while not done.empty():
            number, answer = done.get()
            answers[number] = answer
    return answers


def was_cut_off(verdict: Verdict | None) -> bool:
    """Whether a Ctrl-C came before all of a verdict was known."""
    return verdict is not None and (verdict is CUT_OFF or UNSEEN in verdict.evidence)


def failed(error: Exception) -> Verdict:
    """The verdict where the verification itself failed; an exception's text may quote what was sent, so it is not told."""
    return Verdict("unknown", f"the verification failed ({type(error).__name__})")
