"""JSON Lines on standard output while the scan goes on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from leakstop.commands.output import for_programs, to_stdout
from leakstop.report.jsonl import Lines
from leakstop.report.scrub import Scrubber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakstop.model import Report, Result, Secret


class Live:
    """The report that is written to standard output finding by finding."""

    def __init__(self, rules: int, digest: str, *, show_secrets: bool) -> None:
        self._rules = rules
        self._digest = digest
        self._lines = Lines(sys.stdout, Scrubber(None, off=show_secrets))
        self._failure: OSError | None = None
        for_programs()

    def follow(self, command: str, results: Sequence[Result], suspects: Sequence[Secret]) -> None:
        """Write what was found. A full disk is told at the end: the scan goes on, since the report is put elsewhere then."""
        if self._failure is not None:
            return

        from leakstop.fix import fixed

        def fill(_: object) -> None:
            self._lines.begin(command, self._rules, self._digest)
            self._lines.findings(fixed(results, command), suspects)

        try:
            to_stdout(fill)
        except OSError as error:
            self._failure = error

    def end(self, report: Report) -> None:
        """Write the rest. OSError: the report could not be written whole."""
        if self._failure is not None:
            raise self._failure
        to_stdout(lambda _: self._lines.end(report))
