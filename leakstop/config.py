"""Configuration: `.leakstop.toml`, or the table `[tool.leakstop]` of `pyproject.toml`.

Looked for from the scanned place upwards to the top of its repository (`reader`); outside a repository only in the place itself,
so that a file that somebody left in a shared folder (`/tmp`) decides nothing. The nearest folder wins; in one folder
`.leakstop.toml` wins. The command line wins over both.
"""

from __future__ import annotations

import os

from leakstop.errors import ConfigError, nearest
from leakstop.model import CONFIDENCES
from leakstop.reader import DISK
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from leakstop.reader import Reader

FILE = ".leakstop.toml"
PYPROJECT = "pyproject.toml"
KINDS = ("config", "ignores", "pragmas")  # what decides about findings, and a change may not bring itself


class Config(NamedTuple):
    """What a configuration file says, with the defaults for what it does not say."""

    file: str = ""  # the file it came from, as messages name it, "" when there is none
    folder: str = ""  # where that is, and its globs are seen from
    confidence: str = "medium"  # findings below are left out: low, medium, high
    rules: tuple[str, ...] = ()  # rule files and folders beside the built-in ones, as absolute paths
    disable: tuple[str, ...] = ()  # rule ids
    exclude: tuple[str, ...] = ()  # globs of paths
    jobs: int = 0  # processes; 0: one per core
    time_limit: float = 0.0  # seconds for the whole scan; 0: none
    max_size: int = 0  # bytes; larger files are left out; 0: none is
    respect_gitignore: bool = False
    pragmas: bool = True
    trust_changes: tuple[str, ...] = ()  # of KINDS: what a change may bring itself
    archives: bool = True  # open archives, documents, databases
    archive_depth: int = 6  # containers within containers
    archive_size: int = 1 << 30  # bytes that may come out of one
    archive_count: int = 100_000  # members
    archive_ratio: int = 300  # bytes out for each byte in
    strict: bool = False  # whether a container that cannot be opened makes the scan incomplete
    aws_canary_accounts: tuple[str, ...] = ()  # accounts whose keys are traps, beside the known ones
    aws_accounts: tuple[str, ...] = ()  # --verify sends only keys of these; empty: of all
    aws_skip_accounts: tuple[str, ...] = ()  # --verify sends no keys of these
    ignore_file: str = ""  # in place of .leakstop-ignore, as an absolute path
    baseline: str = ""  # in place of .leakstop-baseline.json, as an absolute path
    foreign_ignores: bool = True  # whether the ignore files of other scanners count


def load(start: str, explicit: str | None = None, reader: Reader = DISK) -> Config:
    """The configuration for what is scanned at `start`, a file or folder, or the one in the file `explicit`.

    Raises ConfigError, which names file and key, for what cannot be read, is no TOML, or has an unknown or ill-typed key.
    """
    if explicit is not None:
        return _read(explicit, reader, wanted=True) or Config()
    for folder in reader.folders(start):
        for name in (FILE, PYPROJECT):
            config = _read(os.path.join(folder, name), reader, wanted=False)
            if config is not None:
                return config
    return Config()


def parse_size(text: str) -> int:
    """Bytes of a size such as `500`, `64K`, `10 MB` or `1.5GiB` (powers of 1024); ValueError otherwise."""
    number = text.strip().lower().removesuffix("ib").removesuffix("b").rstrip()
    factor = 1
    if number and number[-1] in "kmgt":
        factor = 1024 ** ("kmgt".index(number[-1]) + 1)
        number = number[:-1].rstrip()
    if not number.replace(".", "", 1).isdecimal() or not number.isascii():
        raise ValueError("a size is a number of bytes, or a number with K, M or G")
    return int(float(number) * factor)


def _read(file: str, reader: Reader, *, wanted: bool) -> Config | None:
    """The configuration in a file; None when there is none, which is a mistake if the file was `wanted` by name."""
    pyproject = os.path.basename(file) == PYPROJECT
    shown = reader.shown(file)
    if not wanted and not reader.is_file(file):
        if reader is DISK and os.path.islink(file) and not os.path.exists(file):
            raise ConfigError(f"{shown}: cannot read the configuration: it is a symbolic link that leads nowhere")
        return None  # also for a pipe that a hostile tree names so: opening it would wait for ever
    try:
        data = reader.read(file)
    except OSError as error:
        raise ConfigError(f"{shown}: cannot read the configuration: {error.strerror}") from None
    if not pyproject:
        return _checked(file, shown, _toml(shown, data))
    tool = _toml(shown, data).get("tool") if _mentioned(data) else None
    table = tool.get("leakstop") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{shown}: tool.leakstop: a table is expected")
    if table is None and wanted:
        raise ConfigError(f"{shown}: has no table [tool.leakstop]")
    return None if table is None else _checked(file, shown, table)


def _mentioned(data: bytes) -> bool:
    """Whether a pyproject.toml may have the table: its header, in whatever spelling, or its key below [tool]. Others are not
    parsed: tomllib costs 5 ms, the hook has 45.
    """
    lines = (line for line in data.split(b"\n") if b"leakstop" in line) if b"leakstop" in data else ()
    return any(line.translate(None, b" \t\"'[").startswith((b"tool.leakstop", b"leakstop", b"tool=")) for line in lines)


def _toml(file: str, data: bytes) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(data.decode("utf-8-sig"))  # editors on Windows begin files with a mark
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}: line {line} is not UTF-8", "TOML files are always UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{file}: not valid TOML: nested too deeply") from None


def _checked(file: str, shown: str, table: dict[str, Any]) -> Config:
    values: dict[str, Any] = {}
    for key, value in table.items():
        check = _KEYS.get(key)
        if check is None:
            if key == "tool" and os.path.basename(file) != PYPROJECT:
                raise ConfigError(f"{shown}: unknown key 'tool'", f"Leave out [tool.leakstop], which is for {PYPROJECT} only.")
            raise ConfigError(f"{shown}: unknown key {key!r}", nearest(key, _KEYS, f"Known keys: {', '.join(sorted(_KEYS))}."))
        try:
            values[key.replace("-", "_")] = check(value)
        except ValueError as error:
            raise ConfigError(f"{shown}: {key}: {error}", _hint(key, value)) from None
    folder = os.path.dirname(os.path.abspath(file))
    for key in ("ignore_file", "baseline"):
        if key in values:
            values[key] = os.path.normpath(os.path.join(folder, values[key]))
    rules = tuple(os.path.normpath(os.path.join(folder, path)) for path in values.pop("rules", ()))
    return Config(file=shown, folder=folder, rules=rules, **values)


def _hint(key: str, value: object) -> str:
    if key == "confidence" and isinstance(value, str):
        return nearest(value, CONFIDENCES)
    if key == "trust-changes" and isinstance(value, list):
        return next((nearest(item, KINDS) for item in value if isinstance(item, str) and item not in KINDS), "")
    return ""


def _word(value: object) -> str:
    if value not in CONFIDENCES:
        raise ValueError(f"one of {', '.join(CONFIDENCES)} is expected")
    return str(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("the path of a file is expected")
    return value


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError('a list of strings is expected, such as ["a", "b"]')
    if "" in value:
        raise ValueError("one of the strings is empty")
    return tuple(value)


def _kinds(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(item in KINDS for item in value):
        raise ValueError(f"a list is expected, of {', '.join(KINDS)}")
    return tuple(value)


def _accounts(value: object) -> tuple[str, ...]:
    numbers = _strings(value)
    if not all(len(number) == 12 and number.isascii() and number.isdecimal() for number in numbers):
        raise ValueError('account numbers of twelve digits are expected, such as ["012345678901"]')
    return numbers


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false is expected")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a whole number, 0 or more, is expected")
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < float("inf"):
        raise ValueError("a number of seconds, 0 or more, is expected")
    return float(value)


def _size(value: object) -> int:
    return parse_size(value) if isinstance(value, str) else _count(value)


_KEYS: dict[str, Callable[[object], Any]] = {
    "confidence": _word,
    "rules": _strings,
    "disable": _strings,
    "exclude": _strings,
    "jobs": _count,
    "time-limit": _seconds,
    "max-size": _size,
    "respect-gitignore": _flag,
    "pragmas": _flag,
    "trust-changes": _kinds,
    "archives": _flag,
    "archive-depth": _count,
    "archive-size": _size,
    "archive-count": _count,
    "archive-ratio": _count,
    "strict": _flag,
    "aws-canary-accounts": _accounts,
    "aws-accounts": _accounts,
    "aws-skip-accounts": _accounts,
    "ignore-file": _text,
    "baseline": _text,
    "foreign-ignores": _flag,
}
