"""From the option tables to argparse: parsing with helpful mistakes, and help that teaches."""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

from leakstop.commands import COMMANDS
from leakstop.errors import EXIT_CODES, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leakstop.commands.options import Command, Option

VEIL = "\0"  # no argument of a program can hold it
NARROWEST, WIDEST = 50, 110  # columns of help


def parse(name: str, command: Command, args: list[str]) -> SimpleNamespace | None:
    """The options of a command line; None when its help was asked for and has been printed. UsageError for mistakes."""
    from leakstop.commands.output import say

    if _wants_help(args):
        say(build(name, command).format_help())
        return None
    values, unknown = build(name, command).parse_known_intermixed_args(_veiled(args), SimpleNamespace())
    if unknown:
        raise _unknown(name, command, unknown[0].removeprefix(VEIL))
    if "--" in args:
        _unveil(values, command)
    for option in command.options():
        value = getattr(values, option.key, None)
        wanted = not option.positional or option.completes == "file"  # git may give a hook nothing for an URL
        if wanted and (value == "" or (isinstance(value, (list, tuple)) and "" in value)):
            shown = option.metavar if option.positional else option.names[-1]
            what = "path" if option.completes == "file" else "value"
            raise UsageError(f"{name}: the {what} for {shown} is empty", "Is the variable set that should hold it?")
    return values


def _veiled(args: list[str]) -> list[str]:
    """The arguments without `--`, which argparse forgets when options and arguments come in any order; those after it veiled."""
    if "--" not in args:
        return args
    end = args.index("--")
    return [*args[:end], *(VEIL + arg for arg in args[end + 1 :])]


def _unveil(values: SimpleNamespace, command: Command) -> None:
    """Give the arguments after `--` their names back."""
    for option in command.options():
        if option.positional:
            value = vars(values)[option.key]
            one = isinstance(value, str)
            vars(values)[option.key] = value.removeprefix(VEIL) if one else value and [arg.removeprefix(VEIL) for arg in value]


def build(name: str, command: Command) -> argparse.ArgumentParser:
    """The argparse parser of one command."""
    parser = _Parser(
        prog=name,
        usage=_usage(name, command),
        description=textwrap.fill(command.about, _width() - 2),
        epilog=_examples(command) + "\n\n" + _exit_codes(command.exits),
        formatter_class=_Formatter,
        allow_abbrev=False,
        add_help=False,
    )
    for title, options in command.groups:
        group = parser.add_argument_group(title)
        for option in options:
            group.add_argument(*option.names, **_arguments(option))
    parser.add_argument_group("help").add_argument(
        "-h", "--help", action="store_true", default=argparse.SUPPRESS, help="this page"
    )
    return parser


def general_help() -> str:
    """The page of `leakstop --help`."""
    return f"""\
leakstop finds secrets before they enter git, in every commit of a change, and in whole histories.

usage: leakstop COMMAND [OPTION...]

every day:
  leakstop staged              what the next commit would add; runs as the pre-commit hook
  leakstop range main..HEAD    every commit of a branch; runs in CI
  leakstop history             was anything ever leaked? All refs, stashes and unreachable objects

commands:
{_table(COMMANDS)}

more examples:
  leakstop scan .env config/                     these files and folders, ignored and untracked ones too
  git diff | leakstop scan -                     standard input
  leakstop history --output json=report.json     the report to hand on, beside the one to read
  leakstop explain config.py:12                  why is this reported, or why not?

{_exit_codes(tuple(EXIT_CODES))}

`leakstop COMMAND --help` shows the options of a command, with examples. `leakstop --version` shows the version.
"""


def group_help(group: str) -> str:
    """The page of a word that starts several commands (`leakstop rules`)."""
    chosen = {name: row for name, row in COMMANDS.items() if name.startswith(f"{group} ")}
    return f"usage: leakstop {group} COMMAND [OPTION...]\n\ncommands:\n{_table(chosen)}\n"


def _table(commands: Mapping[str, tuple[str, str]]) -> str:
    width = max(map(len, commands))
    return "\n".join(f"  {name:<{width}}  {summary}" for name, (_, summary) in commands.items())


def _exit_codes(codes: tuple[int, ...]) -> str:
    done = EXIT_CODES[0] if 1 in codes else "done"
    return "exit codes:\n" + "\n".join(f"  {code:<4} {EXIT_CODES[code] if code else done}" for code in codes)


def _usage(name: str, command: Command) -> str:
    places = []
    for option in command.options():
        if option.positional:
            shown = option.metavar + ("..." if option.many else "")
            places.append(shown if option.needed else f"[{shown}]")
    return " ".join(["leakstop", name, "[OPTION...]", *places])


def _examples(command: Command) -> str:
    width = max(len(line) for line, _ in command.examples)
    return "examples:\n" + "\n".join(f"  {line:<{width}}   {purpose}" for line, purpose in command.examples)


def _wants_help(args: list[str]) -> bool:
    """Asked for before `--`, whatever else is missing or wrong."""
    before = args[: args.index("--")] if "--" in args else args
    return "-h" in before or "--help" in before


def _unknown(name: str, command: Command, argument: str) -> UsageError:
    if not argument.startswith("-"):
        return UsageError(f"{name}: one argument too many: {argument}", f"Try: leakstop {name} --help")
    word = argument.partition("=")[0]
    known = ["--help", *(known for option in command.options() if not option.positional for known in option.names)]
    return UsageError(f"{name}: unknown option {word}", nearest(word, known, f"Try: leakstop {name} --help"))


def _arguments(option: Option) -> dict[str, Any]:
    """The keywords of `add_argument` for an option."""
    keywords: dict[str, Any] = {"help": option.help.replace("%", "%%"), "default": option.default}
    if not option.metavar:
        return {**keywords, "action": "store_const", "const": option.stores}
    choices = "|".join(option.choices)
    keywords["metavar"] = choices if 0 < len(choices) < NARROWEST else option.metavar
    if option.choices or option.parse:
        keywords["type"] = _converter(option)
    if option.positional:
        nargs = ("+" if option.needed else "*") if option.many else (None if option.needed else "?")
        return keywords if nargs is None else {**keywords, "nargs": nargs}
    if option.many:
        return {**keywords, "action": _Gather}
    return keywords


def _converter(option: Option) -> Callable[[str], object]:
    """What argparse calls with the text of a value; it repeats the reason of a refusal to the user."""

    def convert(text: str) -> object:
        if option.choices and text not in option.choices:
            advice = f"{text!r} is not one of {', '.join(option.choices)}. {nearest(text, option.choices)}"
            raise argparse.ArgumentTypeError(advice.removesuffix(". "))
        try:
            return option.parse(text) if option.parse else text
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{error}, not {text!r}") from None

    return convert


class _Gather(argparse.Action):
    """A repeatable option: its values in a tuple, so that the default in the option table is never edited."""

    def __call__(self, _parser: object, namespace: object, values: object, _option: str | None = None) -> None:
        setattr(namespace, self.dest, (*getattr(namespace, self.dest), values))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Mistakes leave as UsageError, in plainer words than argparse's: `cli.main` speaks."""
        start, _, rest = message.partition(": ")
        option = start.removeprefix("argument ").rpartition("/")[2]
        if start == "the following arguments are required":
            message = f"{rest} {'are' if ', ' in rest else 'is'} missing"
        elif rest == "expected one argument":
            message = f"{option} needs a value"
        elif option != start:
            message = f"{option}: {rest}"
        raise UsageError(f"{self.prog}: {message}", f"Try: leakstop {self.prog} --help")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """A width of its own: argparse's way of asking for it imports shutil with every option."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=34, width=_width())

    def _format_action_invocation(self, action: argparse.Action) -> str:
        """`-f, --format text|json`, as Python 3.13 does it too: the value once."""
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        return f"{', '.join(action.option_strings)} {self._format_args(action, action.dest.upper())}"


def _width() -> int:
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return max(NARROWEST, min(columns or WIDEST, WIDEST))  # some terminals say that they have none
