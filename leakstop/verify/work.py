"""Many questions at once: threads that wait for answers, bounded in number, which nobody has to wait for at the end."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Item = TypeVar("Item")
    Answer = TypeVar("Answer")

THREADS = 64


def each(ask: Callable[[Item], Answer], items: Sequence[Item], missing: Answer, threads: int = THREADS) -> list[Answer]:
    """The answer to each item, in order. What raises, and what a Ctrl-C cuts off, has the answer `missing`.

    KeyboardInterrupt is not passed on: the answers that are there are worth having, and the caller sees which are missing.
    """
    answers = [missing] * len(items)
    waiting: SimpleQueue[int] = SimpleQueue()
    done: SimpleQueue[tuple[int, Answer]] = SimpleQueue()
    for number in range(len(items)):
        waiting.put(number)

    def work() -> None:
        while not waiting.empty():
            try:
                number = waiting.get_nowait()
            except Exception:  # noqa: BLE001 - another thread was faster
                return
            try:
                done.put((number, ask(items[number])))
            except Exception:  # noqa: BLE001 - a question that fails must not take the others along
                done.put((number, missing))

    for _ in range(min(threads, len(items))):
        threading.Thread(target=work, daemon=True).start()
    try:
        for _ in items:
            number, answer = done.get()
            answers[number] = answer
    except KeyboardInterrupt:
        while not waiting.empty():
            waiting.get()
    return answers
