"""What text for people is made with: the report, its scrubber, colours, width."""

from __future__ import annotations

from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leakstop.model import Report
    from leakstop.report.scrub import Scrubber


class Paint(NamedTuple):
    """Five codes and their end; empty strings where colour is not wanted."""

    bold: str = "\x1b[1m"
    dim: str = "\x1b[2m"
    red: str = "\x1b[31m"
    yellow: str = "\x1b[33m"
    green: str = "\x1b[32m"
    off: str = "\x1b[0m"

    def severity(self, name: str) -> str:
        """The colour of a severity."""
        return {"critical": self.bold + self.red, "high": self.red, "medium": self.yellow}.get(name, self.dim)


COLOR = Paint()
PLAIN = Paint("", "", "", "", "", "")


class View(NamedTuple):
    """What a report is shown with."""

    report: Report
    scrub: Scrubber
    paint: Paint
    verbose: bool
    width: int
