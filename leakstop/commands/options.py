"""What a command is made of: its options as written-out tables, from which parser, help, completion and defaults follow."""

from __future__ import annotations

from leakstop.config import KINDS, parse_size
from leakstop.model import CONFIDENCES
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FAIL_ON = ("any", "live", "live-unrestricted")
# The keys of report.WRITERS; a test holds the two together.
FORMATS = ("text", "json", "jsonl", "html", "sarif", "junit", "csv", "markdown", "github", "gitlab", "gitlab-codequality")


class Option(NamedTuple):
    """An option, or a positional argument when its one name has no dash."""

    names: tuple[str, ...]
    help: str
    metavar: str = ""  # "" for a switch
    default: Any = None
    stores: object = True  # what a switch stores
    many: bool = False  # an option that may be repeated, a positional argument that takes several
    needed: bool = False  # a positional argument that must be there
    choices: tuple[str, ...] = ()
    parse: Callable[[str], object] | None = None  # ValueError: the text is what is wrong
    completes: str = ""  # what a shell offers for the value: file or rule; else the choices

    @property
    def key(self) -> str:
        """The attribute of the parsed options."""
        return self.names[-1].lstrip("-").replace("-", "_")

    @property
    def positional(self) -> bool:
        """Whether it is given by its place."""
        return not self.names[0].startswith("-")


class Command(NamedTuple):
    """A command: what it does, how it is used, and the function that does it and gives the exit code."""

    run: Callable[[Any], int]
    about: str
    examples: tuple[tuple[str, str], ...]  # command line, what it is for
    groups: tuple[tuple[str, tuple[Option, ...]], ...]  # title of a group in the help, its options
    exits: tuple[int, ...] = (0, 1, 2, 3, 130)

    def options(self) -> list[Option]:
        """All options, whatever group they stand in."""
        return [option for _, options in self.groups for option in options]


def count(text: str) -> int:
    """A whole number from 0 up."""
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("a whole number, 0 or more, is expected")
    return int(text)


def seconds(text: str) -> float:
    """A time in seconds."""
    number = text.replace(".", "", 1)
    if not (number.isascii() and number.isdecimal()):
        raise ValueError("a number of seconds is expected")
    return float(text)


def account(text: str) -> str:
    """The number of an AWS account."""
    if not (len(text) == 12 and text.isascii() and text.isdecimal()):
        raise ValueError("an account number of twelve digits is expected")
    return text


def url(text: str) -> str:
    """A URL that calls are sent to."""
    scheme, _, rest = text.partition("://")
    if scheme not in ("http", "https") or not rest.strip("/"):
        raise ValueError("a URL such as http://127.0.0.1:4566 is expected")
    return text


CONFIG = Option(("--config",), "configuration file instead of .leakstop.toml or pyproject.toml", "FILE", completes="file")
RULES = Option(("--rules",), "more rules: a TOML file or a folder of them (repeatable)", "PATH", (), many=True, completes="file")
CONFIDENCE = Option(("--confidence",), "report findings from this confidence up (default: medium)", "LEVEL", choices=CONFIDENCES)
IGNORE_FILE = Option(("--ignore-file",), "ignore file instead of .leakstop-ignore", "FILE", completes="file")
BASELINE = Option(
    ("--baseline",),
    "baseline instead of .leakstop-baseline.json; also one of gitleaks or detect-secrets (repeatable)",
    "FILE",
    (),
    many=True,
    completes="file",
)
FORMAT = Option(("-f", "--format"), f"form of the report: {', '.join(FORMATS)} (default: text)", "FORMAT", choices=FORMATS)
COLOR = (
    Option(("--color",), "colour even when the output is not a terminal"),
    Option(("--no-color",), "no colour (the variable NO_COLOR does the same)"),
)

JUDGEMENT = (
    "rules and judgement",
    (
        CONFIG,
        RULES,
        CONFIDENCE,
        IGNORE_FILE,
        BASELINE,
        Option(("--no-ignores",), "list what ignore files and baselines would hide"),
        Option(("--no-pragmas",), "list what inline comments such as `leakstop: allow` would hide"),
    ),
)
REPORT = (
    "report",
    (
        FORMAT,
        Option(
            ("-o", "--output"),
            "write the report to FILE instead of standard output; FORMAT=FILE writes one more (repeatable)",
            "[FORMAT=]FILE",
            (),
            many=True,
            completes="file",
        ),
        Option(("--show-secrets",), "show whole secrets; files are made readable by you alone"),
        *COLOR,
        Option(("-q", "--quiet"), "print nothing if all was read and nothing was found; no summary on standard error"),
        Option(("-v", "--verbose"), "also what was ignored, left out or dropped, and why"),
        Option(("--no-progress",), "no progress bar"),
    ),
)
RUNNING = (
    "running",
    (
        Option(("-j", "--jobs"), "processes (default: one per core)", "N", parse=count),
        Option(("--time-limit",), "stop after SECONDS; the report is then incomplete (exit 3)", "SECONDS", parse=seconds),
        Option(("--no-archives",), "leave archives, documents and databases closed"),
        Option(
            ("--strict",), "exit 3 also when an archive or a document could not be opened: damaged, encrypted, of an unknown kind"
        ),
        Option(("--exit-zero",), "exit 0 instead of 1 when there are findings"),
    ),
)
CHANGE = (
    "policy",
    (
        Option(
            ("--policy",), "read configuration, ignores and pragmas from REV (default: the commit the change starts from)", "REV"
        ),
        Option(
            ("--trust-changes",),
            "let what the change brings itself count: its config, its ignores, its pragmas (repeatable)",
            "KIND",
            (),
            many=True,
            choices=KINDS,
        ),
    ),
)
ASKING = (
    Option(
        ("--fail-on",),
        "what makes the exit code 1: any (default; `verify`: live), live, live-unrestricted (live, not shown to be restricted)",
        "WHICH",
        choices=FAIL_ON,
    ),
    Option(("--aws-account",), "send only keys of account ID (repeatable)", "ID", (), many=True, parse=account),
    Option(("--aws-skip-account",), "send no keys of account ID (repeatable)", "ID", (), many=True, parse=account),
    Option(("--aws-profile",), "with this profile's rights, read what an outsider could do with live keys", "NAME"),
    Option(("--aws-role",), "the same with the rights of a role, which the profile assumes", "ARN"),
    Option(("--aws-leaked-key",), "the same with each live key itself; its owner's alarms may go off"),
    Option(("--aws-region",), "ask the endpoints of this region", "REGION"),
    Option(("--aws-endpoint-url",), "send everything to this URL, not to AWS", "URL", parse=url),
    Option(("--verify-timeout",), "wait so long for an answer (default: 10)", "SECONDS", parse=seconds),
)
VERIFYING = (
    "verification (nothing is sent without --verify)",
    (Option(("--verify",), "ask AWS whether keys are live"), *ASKING),
)
COMMON = (JUDGEMENT, REPORT, RUNNING, VERIFYING)

EXCLUDE = Option(("--exclude",), "leave out paths that match GLOB (repeatable)", "GLOB", (), many=True)
MAX_SIZE = Option(("--max-size",), "leave out files above SIZE, such as 500K or 20M", "SIZE", parse=parse_size)
