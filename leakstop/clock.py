"""How long a scan has taken, and what ends it before it is through: the limit that the user set, or somebody who stops it."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Self

    from leakstop.model import Tally

_AGAIN = 1.0  # seconds between two alarms: the first one ends the reading, the next what is still done with what was read
_LEAST = 0.001  # seconds: 0 would mean never


class Clock:
    """The time since a scan began, whether its limit is reached, and whether somebody stopped it.

    Whoever reads piece by piece asks `over` in between. Where a piece takes too long, KeyboardInterrupt ends it, in a block that
    is entered with the clock: `patience` seconds after the limit, or a second after somebody has stopped it, then every second.
    Where the system has no such alarm (Windows), there is only `over`.
    """

    def __init__(self, limit: float, patience: float = _AGAIN) -> None:
        self.interrupted = False  # somebody stopped it
        self.stopped = False  # it ended before it was through, one way or the other
        self._start = time.monotonic()
        self._limit = limit
        self._patience = patience
        self._rang = self._running = False
        self._before: Any = None  # who heard the alarm before

    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._start

    def over(self) -> bool:
        """Whether the limit is reached; never when there is none."""
        return bool(self._limit) and self.seconds() >= self._limit

    def stop(self, tally: Tally) -> None:
        """It ends here: tell why, once. What is left to do has a second."""
        if self.stopped:
            return
        self.stopped = True
        if self._rang or self.over():
            tally.problem("scan", "stopped at the time limit before it was finished", "give it more with --time-limit")
        else:
            self.interrupted = True
            tally.problem("scan", "interrupted before it was finished", "run it again")
            if self._running:
                self._ring_in(_AGAIN)

    def __enter__(self) -> Self:
        self._running = True
        if self._limit:
            self._ring_in(max(_LEAST, self._limit + self._patience - self.seconds()))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._running = False
        if self._before is not None:
            import _signal  # type: ignore[import-not-found]  # `signal` itself imports enum

            _signal.setitimer(_signal.ITIMER_REAL, 0)
            _signal.signal(_signal.SIGALRM, self._before)
            self._before = None

    def _ring_in(self, seconds: float) -> None:
        import _signal

        if not hasattr(_signal, "setitimer"):
            return
        if self._before is None:
            try:
                before = _signal.signal(_signal.SIGALRM, self._ring)
            except ValueError:  # only the main thread hears signals
                return
            self._before = _signal.SIG_DFL if before is None else before
        _signal.setitimer(_signal.ITIMER_REAL, seconds, _AGAIN)

    def _ring(self, _number: int, _frame: object) -> None:
        if self._running:
            self._rang = self._rang or not self.stopped
            raise KeyboardInterrupt
