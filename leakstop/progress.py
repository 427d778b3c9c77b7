"""A progress bar for work that takes longer than a moment, on standard error and only on a terminal."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from rich.progress import Progress as Bar
    from rich.progress import TaskID

PATIENCE = 1.5  # seconds before it shows: what is done by then needs no bar
REFRESH = 0.1  # seconds


class Progress:
    """Counts what is done; after PATIENCE seconds it shows a bar with rate and time left.

    unit is what is counted; "bytes" are shown as such. total may be unknown (None): then there is a count and a rate. Until it
    shows, `advance` costs an addition and a look at the clock, and only the addition when it is not enabled.
    """

    def __init__(self, total: int | None, unit: str, enabled: bool, label: str = "") -> None:
        self.total = total
        self.unit = unit
        self.label = label
        self.done = 0
        self._due = monotonic() + PATIENCE if enabled else float("inf")
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

    def restart(self, total: int | None, unit: str, label: str = "") -> None:
        """The next stage of the same work: another thing is counted from 0; the bar stays where it is."""
        self.total, self.unit, self.label, self.done = total, unit, label, 0
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _show(self) -> None:
        self._due = monotonic() + REFRESH
        if self._bar is None:
            self._bar = self._make()
            self._task = self._bar.add_task(self.label, total=self.total)
            self._bar.start()
        if self._task is not None:
            self._bar.update(self._task, completed=self.done)
            self._bar.refresh()

    def _make(self) -> Bar:
        """A bar without a thread of its own: worker processes are forked beside it."""
        from rich import progress
        from rich.console import Console

        rate: list[progress.ProgressColumn]
        if self.unit == "bytes":
            rate = [progress.DownloadColumn(binary_units=False), progress.TransferSpeedColumn()]
        else:
            rate = [progress.MofNCompleteColumn(), progress.TextColumn(f"{self.unit}, {{task.speed:,.0f}}/s")]
        return progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(bar_width=None),
            *rate,
            progress.TimeRemainingColumn(),
            console=Console(stderr=True),
            auto_refresh=False,
            transient=True,
        )


def wanted(*, refused: bool) -> bool:
    """Whether a bar may show: on a terminal that can move its cursor, and nobody said no."""
    import os

    try:
        return not refused and sys.stderr.isatty() and os.environ.get("TERM", "") != "dumb"
    except ValueError:  # closed
        return False
