"""JSON Lines: a header, one line per finding and problem, and a summary, without which the report is cut off.

`Lines` is the report of a scan that is still going on: findings go out as they are found, and what the end of the scan makes of
them follows. `write` is the same once everything is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from leakstop.report import DEFAULTS, values
from leakstop.report.as_json import encode
from leakstop.report.scrub import Scrubber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakstop.model import Finding, Report, Result, Secret
    from leakstop.report import Options


def write(report: Report, stream: TextIO, options: Options = DEFAULTS) -> None:
    """Write the lines; each goes out at once, for whoever reads along."""
    Lines(stream, Scrubber(report, off=options.show_secrets)).end(report)


class Lines:
    """A report that is written line by line."""

    def __init__(self, stream: TextIO, scrub: Scrubber) -> None:
        self._stream = stream
        self._scrub = scrub
        self._begun = False
        self._told: dict[int, tuple[Finding, int, int]] = {}  # identity of a finding -> itself, number and hash of its line

    def begin(self, command: str, rules: int, digest: str) -> None:
        """The header, before anything else."""
        if not self._begun:
            self._begun = True
            self._line("header", values.head(command, rules, digest))

    def findings(self, results: Sequence[Result], suspects: Sequence[Secret]) -> None:
        """Findings as far as they are known now; suspects are secrets that may stand in their names."""
        for result in results:
            self._scrub.learn(result.finding)
        self._scrub.suspect(suspects)
        for number, result in enumerate(results, len(self._told) + 1):
            text = self._line("finding", values.finding(result, self._scrub))
            self._told[id(result.finding)] = (result.finding, number, hash(text))

    def end(self, report: Report) -> None:
        """What was not told yet, what the end of the scan changed of what was, problems, and the summary."""
        self.begin(report.command, report.rules, report.rules_digest)
        for result in report.results:
            self._scrub.learn(result.finding)
        for result in report.results:
            told = self._told.pop(id(result.finding), None)
            now = values.finding(result, self._scrub)
            if told is None:
                self._line("finding", now)
            elif hash(encode(now)) != told[2]:
                self._line("revised", {"number": told[1], **now})
        for _, number, _ in self._told.values():
            self._line("withdrawn", {"number": number})
        for problem in report.problems:
            self._line("problem", values.problem(problem, self._scrub))
        self._line(
            "summary",
            {
                "complete": report.complete,
                "counts": values.counts(report),
                "coverage": values.coverage(report.coverage, self._scrub),
                **values.judged(report, self._scrub),
            },
        )

    def _line(self, kind: str, told: dict[str, Any]) -> str:
        text = encode(told)
        self._stream.write(f'{{"type": "{kind}", {text[1:]}\n')
        self._stream.flush()
        return text
