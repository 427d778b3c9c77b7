"""Where reports go: standard output, files, several at once. A report that was worked out is never lost."""

from __future__ import annotations

import os
import sys

from leakstop.errors import LeakstopError, SourceError, UsageError, nearest
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TextIO

    from leakstop.commands.live import Live
    from leakstop.model import Report, Result

STDOUT = "-"
WIDTH = 100  # columns where no terminal tells
EXTENSIONS = {  # the format of a file when --format does not tell
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".html": "html",
    ".sarif": "sarif",
    ".csv": "csv",
    ".md": "markdown",
    ".xml": "junit",
}


class Output(NamedTuple):
    """One report to write."""

    format: str
    file: str = STDOUT


class Look(NamedTuple):
    """How reports are shown, and whether findings make the exit code 1."""

    show_secrets: bool = False
    color: bool = False  # on standard output; files have none
    quiet: bool = False
    verbose: bool = False
    exit_zero: bool = False
    prefix: str = ""  # before each line of text on standard output
    fail_on: str = "any"  # a choice of options.FAIL_ON


def chosen(form: str | None, outputs: Sequence[str]) -> tuple[Output, ...]:
    """The outputs that `--format` and `--output` ask for.

    A bare FILE takes the place of standard output; each FORMAT=FILE is one more. UsageError for a format that does not exist and
    for two reports in one file.
    """
    from leakstop.commands.options import FORMATS

    instead, more = [], []
    for text in outputs:
        name, equals, file = text.partition("=")
        if equals and name in FORMATS:
            more.append(Output(name, file))
        elif equals and name.isalpha() and name.islower():
            advice = nearest(name, FORMATS, f"Formats: {', '.join(FORMATS)}.")
            raise UsageError(
                f"--output {text}: there is no format {name!r}", f"{advice} A file of this name is written as ./{text}"
            )
        else:
            instead.append(Output(form or EXTENSIONS.get(os.path.splitext(text)[1].lower(), "text"), text))
    all_outputs = (*(instead or [Output(form or "text")]), *more)
    files = [output.file for output in all_outputs]
    for file in files:
        if not file:
            raise UsageError("--output needs the name of a file", "For example: --output json=report.json")
        if files.count(file) > 1:
            raise UsageError(f"--output: two reports cannot go to {'standard output' if file == STDOUT else file}")
    return all_outputs


def look(values: Any) -> Look:
    """What the command line says about the looks of reports."""
    switches = (bool(values.show_secrets), color(values), bool(values.quiet), bool(values.verbose), bool(values.exit_zero))
    return Look(*switches, fail_on=values.fail_on or "any")


def color(values: Any) -> bool:
    """Whether standard output gets colour: as the options say, else on a terminal unless NO_COLOR is set."""
    if values.color or values.no_color:
        return not values.no_color
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def deliver(report: Report, outputs: Sequence[Output], look: Look, live: Live | None) -> int:
    """Write all reports and the summary; the exit code. A report that cannot be written is put elsewhere (and exit 3)."""
    if report.results:
        from leakstop.fix import fixed

        report = report._replace(results=fixed(report.results, report.command))
    written = [_write(report, output, look, live) for output in outputs]
    if not look.quiet and Output("text") not in outputs:
        from leakstop.report.scrub import Scrubber
        from leakstop.report.summary import not_counted, summary

        if Output("github") not in outputs:  # it ends with the same line
            tell(summary(report))
        if aside := not_counted(report, Scrubber(report).name):
            tell(aside)
    if report.interrupted:
        return 130
    if not look.exit_zero and any(_fails(result, look.fail_on) for result in report.results):
        return 1
    return 0 if report.complete and all(written) else LeakstopError.exit_code


def _fails(result: Result, fail_on: str) -> bool:
    """Whether a finding makes the exit code 1."""
    if not result.new or fail_on == "any":
        return result.new
    return result.live and (fail_on == "live" or result.urgency < 2)


def say(text: str) -> None:
    """Write to standard output. A reader that went away (`| head`) is no failure, a full disk is one (SourceError)."""
    try:
        to_stdout(lambda stream: stream.write(text))
    except OSError as error:
        raise SourceError(f"cannot write to standard output: {error.strerror}") from None


def _write(report: Report, output: Output, look: Look, live: Live | None) -> bool:
    """Write one report; False when it had to go elsewhere, which standard error then names."""
    from leakstop.report import Options, writer

    write = writer(output.format)

    def fill(stream: TextIO, *, color: bool = False) -> None:
        width = _width(stream) if color else WIDTH
        write(report, stream, Options(look.show_secrets, color, look.verbose, width))

    try:
        if output.file != STDOUT:
            from leakstop.commands.files import write_file

            write_file(output.file, fill, private=look.show_secrets)
        elif not (look.quiet and output.format == "text" and report.complete and not report.new()):
            if output.format != "text":
                for_programs()
            if live is not None:
                live.end(report)
                return True
            to_stdout(lambda stream: _prefixed(fill, stream, look))
    except OSError as error:
        from leakstop.commands.files import rescue

        where = "to standard output" if output.file == STDOUT else output.file
        tell(f"leakstop: cannot write {where}: {error.strerror}")
        place = rescue(fill, next((end for end, form in EXTENSIONS.items() if form == output.format), ".txt"))
        tell(f"  The report is in {place}" if place else "  The report could not be put anywhere else either.")
        return False
    return True


def _prefixed(fill: Callable[..., None], stream: TextIO, look: Look) -> None:
    """Write the report, each line after the prefix if there is one."""
    if not look.prefix:
        fill(stream, color=look.color)
        return
    from io import StringIO

    draft = StringIO()
    fill(draft)
    stream.writelines(look.prefix + line for line in draft.getvalue().splitlines(keepends=True))


def for_programs() -> None:
    """What programs read does not depend on the terminal."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")


def to_stdout(fill: Callable[[TextIO], object]) -> None:
    """Write to standard output. A reader that went away is no failure: nothing goes out any more. OSError for a full disk."""
    try:
        fill(sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        _hush()
    except OSError:
        _hush()
        raise


def _hush() -> None:
    """Let the interpreter's own last flush go nowhere, so that it does not complain."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        pass


def tell(line: str) -> None:
    """Write a line to standard error, printable whatever it holds."""
    from leakstop.model import show_text

    try:
        sys.stderr.write(show_text(line) + "\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody listens; the exit code still tells


def _width(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or WIDTH
    except (OSError, ValueError):
        return WIDTH
