"""The command line: chooses the command, reads its options, and is the one place that turns failures into exit codes.

Only the chosen command's module is imported. `leakstop staged` without options, which is how the hook runs it, does not even need
argparse: the defaults stand in the option tables (it saves 5 of 45 ms).
"""

from __future__ import annotations

import codecs
import gc
import sys
import time
from types import SimpleNamespace

from leakstop import __version__
from leakstop.commands import COMMANDS, find
from leakstop.errors import LeakstopError, UsageError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130
_PLAINLY = "leakstop.plainly"
_PLAIN = {"…": "...", "·": "-", "─": "-", "→": "->", "│": "|", "├": "|", "└": "`"}


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    """In place of a character that a stream's encoding lacks: plain ones for what reports are drawn with, else its number."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plain = _PLAIN.get(error.object[error.start])
    return (plain, error.start + 1) if plain else codecs.backslashreplace_errors(error)


codecs.register_error(_PLAINLY, _plainly)

_SAME = 0.25  # seconds in which further signals are the same wish: `timeout` sends its own twice
signals: list[float] = []  # when signals were to end this process


class Enough(SystemExit):
    """Somebody stops for the second time what is still at work on its report: no more than the way out is gone."""


def interrupt(_number: int, _frame: object) -> None:
    """A handler of signals that remembers them: what they interrupt may make another exception of it."""
    now = time.monotonic()
    if not signals or now - signals[0] > _SAME:
        signals.append(now)
        again()


def again(*_: object) -> None:
    """Pass on what signals were for: KeyboardInterrupt, on which a scan reports what it has; Enough, if there was another one."""
    if signals:
        raise KeyboardInterrupt if len(signals) == 1 else Enough


def _interrupted() -> int:
    try:
        sys.stderr.write("leakstop: interrupted\n")
    except OSError:
        pass  # the terminal is gone
    return _INTERRUPTED


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code (see `errors.EXIT_CODES`). Nothing escapes as a traceback."""
    gc.set_threshold(20_000, 50, 50)  # looking for circles among the modules at every turn takes the hook 3 ms
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_PLAINLY)  # a terminal that lacks a character is no reason to fail
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except LeakstopError as error:
        from leakstop.commands.failure import tell

        tell(error)
        return error.exit_code
    except (KeyboardInterrupt, Enough):
        return _interrupted()
    except Exception as error:  # noqa: BLE001 - whatever it was, its text must not be shown
        if signals and isinstance(error, (ImportError, SystemError)):
            return _interrupted()  # numpy makes an ImportError of it
        from leakstop.commands.failure import tell_bug

        tell_bug(error)
        return LeakstopError.exit_code


def _run(args: list[str]) -> int:
    if args and args[0] == "help":
        args = [*args[1:], "--help"]
    name = next((name for name in (" ".join(args[:2]), " ".join(args[:1])) if name in COMMANDS), "")
    if not name:
        return _without_command(args)
    command = find(name)
    rest = args[len(name.split()) :]
    options = command.options()
    if rest or any(option.needed for option in options):
        from leakstop.commands.parser import parse

        values = parse(name, command, rest)
        if values is None:
            return 0  # the help was asked for
    else:
        values = SimpleNamespace(**{option.key: option.default for option in options})
    code = command.run(values)
    if "leakstop.expressions" in sys.modules:
        sys.modules["leakstop.expressions"].keep()
    return code


def _without_command(args: list[str]) -> int:
    """`leakstop`, `leakstop --help`, `--version`, a group of commands, or a mistake."""
    from leakstop.commands.output import say
    from leakstop.commands.parser import general_help, group_help

    first = args[0] if args else ""
    if first in ("--version", "-V"):
        say(f"leakstop {__version__}\n")
    elif first in ("--help", "-h"):
        say(general_help())
    elif not first:
        sys.stderr.write(general_help())
        return UsageError.exit_code
    elif first.startswith("-"):
        from leakstop.commands.options import COMMON

        known = {name for _, options in COMMON for option in options for name in option.names}
        hint = nearest(first, ("--version", "--help"))
        if hint and first not in known:
            raise UsageError(f"unknown option {first}", hint)
        raise UsageError(f"the command comes before its options: {first}", "For example: leakstop scan --quiet")
    elif any(name.startswith(f"{first} ") for name in COMMANDS):
        return _group(first, args[1:], group_help(first))
    else:
        raise _unknown(first, {name.partition(" ")[0] for name in COMMANDS}, "leakstop --help")
    return 0


def _group(group: str, args: list[str], text: str) -> int:
    """`leakstop rules` without one of its commands."""
    from leakstop.commands.output import say

    if args and args[0] in ("--help", "-h"):
        say(text)
        return 0
    if args and not args[0].startswith("-"):
        words = {name.removeprefix(f"{group} ") for name in COMMANDS if name.startswith(f"{group} ")}
        raise _unknown(args[0], words, f"leakstop {group} --help", group)
    sys.stderr.write(text)
    return UsageError.exit_code


def _unknown(word: str, known: set[str], advice: str, group: str = "") -> UsageError:
    return UsageError(f"there is no command {f'{group} {word}'.strip()!r}", nearest(word, known, f"Try: {advice}"))
