"""A progress bar for work that takes longer than a moment, on standard error and only on a terminal."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self, TypeVar

    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    Item = TypeVar("Item")

PATIENCE = 1.5  # seconds before it shows: what is done by then needs no bar
REFRESH = 0.1  # seconds


class Progress:
    """Counts what is done; after PATIENCE seconds it shows a bar with rate and time left.

    unit is what is counted; "bytes" are shown as MB. total may be unknown (None), for now or for good: then there is a count and
    a rate. Until it shows, `advance` costs an addition and a look at the clock, and only the addition when it is not enabled.
    """

    def __init__(self, total: int | None, unit: str, enabled: bool, label: str = "") -> None:
        self.total = total
        self.unit = unit
        self.label = label
        self.done = 0
        self._begun = monotonic()
        self._due = self._begun + PATIENCE
        self._enabled = enabled
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """The bar goes away: what remains on the terminal is the report."""
        if self._bar is not None:
            self._bar.stop()

    def advance(self, count: int = 1) -> None:
        """So much more is done."""
        self.done += count
        if self._enabled and monotonic() >= self._due:
            self._show()

    def track(self, items: Iterator[Item], size: Callable[[Item], int]) -> Iterator[Item]:
        """The items, each counted with its size once what follows has dealt with it."""
        return self._tracked(items, size) if self._enabled else items

    def _tracked(self, items: Iterator[Item], size: Callable[[Item], int]) -> Iterator[Item]:
        for item in items:
            yield item
            self.advance(size(item))

    def restart(self, total: int | None, unit: str, label: str) -> None:
        """The next stage of the same work: another thing is counted from 0; the bar stays where it is."""
        self.total, self.unit, self.label, self.done, self._begun = total, unit, label, 0, monotonic()
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _show(self) -> None:
        now = monotonic()
        self._due = now + REFRESH
        if self._bar is None:
            self._bar = _bar()
            self._task = self._bar.add_task(self.label, total=self.total, told="")
            self._bar.start()
        if self._task is not None:
            self._bar.update(self._task, total=self.total, completed=self.done, told=self._told(now - self._begun))
            self._bar.refresh()

    def _told(self, seconds: float) -> str:
        """Such as: 12.3 of 45.6 MB, 20.5 MB/s, 2 s left. The rate is that of the whole time."""
        rate = self.done / seconds
        parts = [_amount(self.done, self.unit), f"{_amount(round(rate), self.unit)}/s"]
        if self.total is not None:
            parts[0] = f"{parts[0].partition(' ')[0]} of {_amount(self.total, self.unit)}"
            if rate:
                left = max(0, self.total - self.done) / rate
                parts.append(f"{left / 60:.0f} min left" if left > 90 else f"{left:.0f} s left")
        return ", ".join(parts)


def _amount(number: int, unit: str) -> str:
    return f"{number / 1e6:,.1f} MB" if unit == "bytes" else f"{number:,} {unit}"


def _bar() -> Bar:
    """A bar without a thread of its own: worker processes are forked beside it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), TextColumn("{task.fields[told]}"))
    return Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True)


def wanted() -> bool:
    """Whether a bar can show: on a terminal that can move its cursor."""
    import os

    try:
        return sys.stderr.isatty() and os.environ.get("TERM", "") != "dumb"
    except ValueError:  # closed
        return False
