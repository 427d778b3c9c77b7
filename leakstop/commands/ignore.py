"""`leakstop ignore`: write down that a finding does not count."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from leakstop.commands.options import CONFIG, IGNORE_FILE, RULES, Command, Option
from leakstop.errors import SourceError, UsageError
from leakstop.reader import DISK

if TYPE_CHECKING:
    from leakstop.triage.ignores import Entry
    from leakstop.triage.names import Names

ATTRIBUTE = "merge=union"  # entries that two branches add are both wanted


def run(values: Any) -> int:
    """Add entries to the ignore file; 0."""
    from leakstop import config as configuration
    from leakstop.commands import policy
    from leakstop.commands.everything import complete, top
    from leakstop.commands.output import say
    from leakstop.triage.fingerprint import PREFIX, own_salt
    from leakstop.triage.ignores import Entry
    from leakstop.triage.load import label, load

    if not values.reason or not values.reason.strip():
        raise UsageError("ignore: why?", 'Say it for those who come later: --reason "made up for the tests"')
    values = complete(values)
    ignore_file, values.ignore_file = values.ignore_file, None  # it need not be there yet
    config = configuration.load(".", values.config)
    if not ignore_file and config.ignore_file and not DISK.is_file(config.ignore_file):
        ignore_file, config = config.ignore_file, config._replace(ignore_file="")
    names = policy.names_of(values, config, top(), DISK)._replace(ignore_file=ignore_file or config.ignore_file)
    salts = load(DISK, names._replace(foreign=False)).salts or (own_salt(os.path.realpath(names.top)),)
    fingerprints = [values.finding] if values.finding.startswith(PREFIX) else _at(values, salts[0])
    path = _path(values.path, names.top)
    entries = [
        Entry(fingerprint, path, _until(values.until), values.owner or _owner(names.top), values.reason)
        for fingerprint in fingerprints
    ]
    for entry in entries:
        _check(entry, salts)
    told = add(names, entries, salts[0])
    say(told + "".join(f"{label(names, names.ignores)}: {entry.fingerprint}\n" for entry in entries))
    return 0


def add(names: Names, entries: list[Entry], salt: bytes) -> str:
    """Write entries into the ignore file, which is made if it is not there; what else was done, as lines."""
    from leakstop.commands.files import write_text
    from leakstop.triage.ignores import new, parse, with_entry
    from leakstop.triage.load import label

    path, told = names.ignores, ""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
        parse(DISK.shown(path), text.encode())
    except FileNotFoundError:
        text, told = (
            new(salt),
            f"made {label(names, path)}; commit it, so that it counts for everybody\n{_attribute(names, path)}",
        )
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read: {getattr(error, 'strerror', 'it is not UTF-8')}") from None
    for entry in entries:
        text = with_entry(text, entry)
    write_text(path, text)
    return told


def _attribute(names: Names, path: str) -> str:
    """Have git merge the file line by line; what was done."""
    from leakstop.triage.load import label

    name = label(names, path)
    if not os.path.lexists(os.path.join(names.top, ".git")) or os.path.isabs(name) or " " in name:
        return ""
    attributes = os.path.join(names.top, ".gitattributes")
    line = f"/{name} {ATTRIBUTE}"
    try:
        with open(attributes, "a+", encoding="utf-8", errors="surrogateescape") as file:
            file.seek(0)
            text = file.read()
            if line in text.splitlines():
                return ""
            file.write(("\n" if text and not text.endswith("\n") else "") + line + "\n")
    except OSError as error:
        return f"could not add {line!r} to .gitattributes ({error.strerror}), which keeps branches from conflicting\n"
    return f"added {line!r} to .gitattributes, so that branches do not conflict\n"


def _check(entry: Entry, salts: tuple[bytes, ...]) -> None:
    from leakstop.triage.fingerprint import name_of, salt_name

    try:
        made_with = salt_name(entry.fingerprint)
    except ValueError as error:
        raise UsageError(f"ignore: {error}", "Copy it from a report; or name the place: leakstop ignore FILE:LINE") from None
    if made_with not in map(name_of, salts):
        raise UsageError(
            "ignore: this fingerprint was made with another salt: elsewhere, or before there was an ignore file",
            "Scan again and take the new one; or name the place: leakstop ignore FILE:LINE",
        )


def _at(values: Any, salt: bytes) -> list[str]:
    """The fingerprints of what is found on a line of a file."""
    from leakstop.commands import policy
    from leakstop.model import Tally
    from leakstop.pipeline import Settings, scan
    from leakstop.sources.files import listed, read
    from leakstop.triage.silence import Silence

    path, _, line = values.finding.rpartition(":")
    if not path or not line.isdecimal():
        raise UsageError(
            f"ignore: {values.finding}: neither a fingerprint nor FILE:LINE",
            "A fingerprint is lk1: and 32 hex digits; reports show it.",
        )
    chosen = policy.read(values, path)
    settings = Settings(chosen.rules, "low", silence=lambda: Silence((salt,), obey_pragmas=False))
    tally = Tally()
    report = scan("scan", read(listed([os.fsencode(path)], tally), tally), tally, settings)
    found = [
        result.fingerprint
        for result in report.results
        if result.finding.location.start_line <= int(line) <= result.finding.location.end_line
        or (result.finding.pair is not None and result.finding.pair.line == int(line))
    ]
    if not found:
        raise UsageError(f"ignore: nothing is found at {values.finding}", f"To see why: leakstop explain {values.finding}")
    return list(dict.fromkeys(found))


def _path(path: str | None, top: str) -> str:
    """The path of `--path` from the top; a folder gets a slash."""
    if not path:
        return ""
    absolute = os.path.abspath(path)
    inside = os.path.relpath(absolute, os.path.realpath(top) if not absolute.startswith(top) else top).replace(os.sep, "/")
    if inside.startswith(".."):
        raise UsageError(f"ignore: {path} lies outside of {top}")
    return inside + "/" if path.endswith("/") or os.path.isdir(absolute) else inside


def _until(text: str | None) -> str:
    from leakstop.triage.ignores import is_date

    if not text:
        return ""
    number, _, unit = text.strip().partition(" ")
    if number.isdecimal() and unit.rstrip("s") == "day":
        return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400 * int(number)))
    if not is_date(text):
        raise UsageError(f"ignore: --until: {text!r} is not a date", "For example: --until 2027-01-31, or --until '90 days'")
    if text < time.strftime("%Y-%m-%d", time.gmtime()):
        raise UsageError(f"ignore: --until: {text} is over", "It is the last day on which the entry counts.")
    return text


def _owner(top: str) -> str:
    """Who writes it: the address that git commits with."""
    from leakstop.git.plumbing import GitError, open_repository, run

    try:
        return run(open_repository(top), ["config", "user.email"], ok=(0, 1)).decode("utf-8", "replace").strip()
    except (GitError, SourceError):
        return ""


COMMAND = Command(
    run,
    "Writes a line into .leakstop-ignore at the top of the repository: the finding with this fingerprint does not count any more,"
    " wherever it moves. For a pair, either half will do. A secret that was pushed has to be revoked, not ignored.",
    (
        ('leakstop ignore lk1:0f3a… --reason "made up for the tests"', "as a report shows it"),
        ('leakstop ignore tests/keys.py:12 --reason "made up"', "what is found on this line"),
        ("leakstop ignore lk1:0f3a… --reason 'gone with the next release' --until '30 days'", "for some time"),
        ("leakstop ignore lk1:0f3a… --reason 'test server only' --path tests/", "only there"),
    ),
    (
        (
            "what is ignored",
            (
                Option(("finding",), "a fingerprint, or a line of a file: FILE:LINE", "FINDING", needed=True, completes="file"),
                Option(("--reason",), "why it does not count", "TEXT"),
                Option(("--until",), "the last day on which that holds: 2027-01-31, or '90 days' from now", "DATE"),
                Option(("--path",), "only in this file or folder", "PATH", completes="file"),
                Option(("--owner",), "who answers for it (default: git's user.email)", "WHO"),
                IGNORE_FILE,
                CONFIG,
                RULES,
            ),
        ),
    ),
    (0, 2, 3),
)
