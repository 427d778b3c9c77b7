"""The ignore file `.leakstop-ignore`: one line for each finding that does not count. docs/ignoring.md shows it to users.

    leakstop-ignore 1 salt 5d0c…
    # comments stay where they are
    lk1:0f3a… path=tests/data/ until=2027-01-31 owner=ada@example.com -- made up for the tests

Entries are sorted and say nothing of lines or commits, so branches that add some are merged line by line. Two files that were
made apart may be joined: each header's salt counts.
"""

from __future__ import annotations

import time

from leakstop.errors import ConfigError
from leakstop.expressions import compiled, expression
from leakstop.model import show_text
from leakstop.record import NamedTuple
from leakstop.triage.fingerprint import PREFIX, SALT_SIZE, salt_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADER = expression(rf"leakstop-ignore 1 salt ([0-9a-f]{{{2 * SALT_SIZE}}})")
_FIELD = expression(r'(path|until|owner)=("(?:[^"\\]|\\.)*"|[^\s"]+)(?:\s+|$)')
_PLAIN = expression(r"[^\s\"#]+")
_DATE = expression(r"\d{4}-\d\d-\d\d")


class Entry(NamedTuple):
    """A finding that does not count."""

    fingerprint: str
    path: str = ""  # only there: a file, or a folder with a slash at its end, seen from the top; "" everywhere
    until: str = ""  # the last day on which it counts (UTC), as 2027-01-31; "" for ever
    owner: str = ""
    reason: str = ""
    line: int = 0  # in the file, from 1

    @property
    def expired(self) -> bool:
        """Whether its last day is over."""
        return bool(self.until) and self.until < time.strftime("%Y-%m-%d", time.gmtime())

    def covers(self, path: str) -> bool:
        """Whether it speaks of a file."""
        return not self.path or path == self.path or (self.path.endswith("/") and path.startswith(self.path))


class IgnoreFile(NamedTuple):
    """A parsed file."""

    name: str
    salts: tuple[bytes, ...]
    entries: tuple[Entry, ...]


def parse(name: str, data: bytes) -> IgnoreFile:
    """The salts and entries of a file. ConfigError, with the line, for what is none of it."""
    salts, entries = [], []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").split("\n"), 1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        if header := _HEADER.fullmatch(words):
            salts.append(bytes.fromhex(header[1]))
            continue
        try:
            entries.append(_entry(words)._replace(line=number))
        except ValueError as error:
            if words.startswith(("<<<<<<<", "=======", ">>>>>>>")):
                remedy = "Keep the lines of both sides, without the marks."
                raise ConfigError(f"{name}:{number}: a merge that is not finished", remedy) from None
            remedy = "Each line is: FINGERPRINT [path=…] [until=2027-01-31] [owner=…] -- reason. `leakstop ignore` writes it."
            raise ConfigError(f"{name}:{number}: {error}", remedy) from None
    names = {salt_name(entry.fingerprint) for entry in entries}
    if names and not salts:
        raise ConfigError(
            f"{name}: the header with the salt is missing, without which no entry can be told", "Restore its first line."
        )
    return IgnoreFile(name, tuple(dict.fromkeys(salts)), tuple(entries))


def header(salt: bytes) -> str:
    """The first line of a file."""
    return f"leakstop-ignore 1 salt {salt.hex()}"


def new(salt: bytes) -> str:
    """A file without entries."""
    return (
        f"{header(salt)}\n"
        "# Findings that do not count; `leakstop ignore` adds to it. One sorted line each:\n"
        "# FINGERPRINT [path=FILE or FOLDER/] [until=LAST DAY] [owner=…] -- reason\n"
    )


def with_entry(text: str, entry: Entry) -> str:
    """The text with one more entry in its sorted place, or in the place of the one with the same fingerprint and path.

    All other lines stay as they are.
    """
    lines = text.removesuffix("\n").split("\n")
    written = show(entry)
    place = 0
    for number, line in enumerate(lines):
        words = line.strip()
        if words.startswith(PREFIX):
            known = _entry(words)
            if (known.fingerprint, known.path) == (entry.fingerprint, entry.path):
                lines[number] = written
                return "\n".join(lines) + "\n"
            if words > written:
                continue
        elif not words.startswith("leakstop-ignore ") and not (number < 3 and words.startswith("#")):
            continue
        place = number + 1
    return "\n".join([*lines[:place], written, *lines[place:]]) + "\n"


def show(entry: Entry) -> str:
    """An entry as its line."""
    fields = [f"{key}={_quoted(value)}" for key, value in zip(("path", "until", "owner"), entry[1:4], strict=True) if value]
    reason = [f"-- {' '.join(entry.reason.split())}"] if entry.reason else []
    return " ".join([entry.fingerprint, *fields, *reason])


def is_date(text: str) -> bool:
    """Whether a text is a day of the calendar, as 2027-01-31."""
    try:
        return _DATE.fullmatch(text) is not None and bool(time.strptime(text, "%Y-%m-%d"))
    except ValueError:
        return False


def merged(files: Iterable[IgnoreFile]) -> dict[str, list[tuple[str, Entry]]]:
    """The entries of several files by fingerprint, each with the name of its file."""
    found: dict[str, list[tuple[str, Entry]]] = {}
    for file in files:
        for entry in file.entries:
            found.setdefault(entry.fingerprint, []).append((file.name, entry))
    return found


def _entry(line: str) -> Entry:
    """ValueError: what is wrong with it."""
    fingerprint, _, rest = line.partition(" ")
    salt_name(fingerprint)
    values: dict[str, str] = {}
    rest = rest.strip()
    while rest and not compiled(r"--(\s|$)").match(rest):
        field = _FIELD.match(rest)
        if field is None or field[1] in values:
            raise ValueError(f"{show_text(rest.split()[0])!r} is not a field; the reason comes after --")
        try:
            values[field[1]] = _unquoted(field[2])
        except ValueError:
            raise ValueError(f"{field[1]} has an unfinished string") from None
        rest = rest[field.end() :]
    if values.get("until") and not is_date(values["until"]):
        raise ValueError(f"until={show_text(values['until'])} is not a date such as 2027-01-31")
    reason = rest[2:].strip()
    return Entry(fingerprint, values.get("path", ""), values.get("until", ""), values.get("owner", ""), reason)


def _unquoted(value: str) -> str:
    """ValueError: the string has no end."""
    if not value.startswith('"'):
        return value
    import json  # most entries have none

    return str(json.loads(value))


def _quoted(value: str) -> str:
    import json

    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
