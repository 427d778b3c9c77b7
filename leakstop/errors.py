"""The failures that leakstop expects; each says what, where and how to mend it.

    LeakstopError           exit 3: the scan failed or is incomplete
    ├── SourceError         exit 3: something could not be read at all
    ├── Interrupted         exit 130: somebody stopped it before anything was read
    └── UsageError          exit 2: wrong arguments
        ├── NoSuchPath      exit 2: a path among them that does not exist
        └── ConfigError     exit 2: wrong configuration
            └── RuleError   exit 2: wrong rule file (file, rule, key)

`cli.main` is the one place that turns them into a line on stderr and an exit code.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

EXIT_CODES = {
    0: "clean: everything was read and nothing was found",
    1: "findings",
    2: "wrong usage or configuration, such as a path that does not exist",
    3: "the scan failed or is incomplete, also when nothing was found",
    130: "interrupted (Ctrl-C, SIGTERM, SIGHUP); what was found until then is reported",
}


class LeakstopError(Exception):
    """An expected failure: one clear line, and a remedy where there is one."""

    exit_code = 3

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class SourceError(LeakstopError):
    """What was to be scanned cannot be read (exit 3)."""


class Interrupted(LeakstopError):
    """Somebody stopped it before anything was read, so that there is nothing to report (exit 130)."""

    exit_code = 130


class UsageError(LeakstopError):
    """The command line asks for something that does not exist or contradicts itself (exit 2)."""

    exit_code = 2


class NoSuchPath(UsageError):
    """The command line names a path, ready to be shown, that does not exist (exit 2). What cannot be read is a SourceError."""

    def __init__(self, path: str, remedy: str = "") -> None:
        from_here = "" if path.startswith("/") else "Paths are relative to the current folder."
        super().__init__(f"{path}: no such file or folder", remedy or from_here)


class ConfigError(UsageError):
    """A configuration file is malformed or has an unknown key (exit 2)."""


class RuleError(ConfigError):
    """A rule file is malformed; the message names file, rule and key (exit 2)."""

    def __init__(self, file: str, rule: str, key: str, message: str, remedy: str = "") -> None:
        where = ": ".join(part for part in (file, rule, key) if part)
        super().__init__(f"{where}: {message}", remedy)
        self.file = file
        self.rule = rule
        self.key = key


def nearest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """'Did you mean "…"?' for a mistyped word, or `otherwise` when nothing is near."""
    import difflib  # only after a mistake: 4 ms

    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f'Did you mean "{close[0]}"?' if close else otherwise
