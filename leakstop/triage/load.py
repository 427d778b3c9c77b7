"""Reads the files that take findings out of the count: the ignore file, baselines, those of other scanners."""

from __future__ import annotations

import os

from leakstop.errors import ConfigError
from leakstop.model import show_text
from leakstop.record import NamedTuple
from leakstop.triage import baseline, detect_secrets, gitleaks, ignores
from leakstop.triage.foreign import Foreign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from leakstop.reader import Reader
    from leakstop.triage.names import Names

SHOWN = 20  # entries of a file that are told one by one
REPORT = "leakstop/report/1"  # any earlier report may serve as a baseline


class Files(NamedTuple):
    """What they say."""

    salts: tuple[bytes, ...]
    ignores: tuple[ignores.IgnoreFile, ...]
    known: tuple[ignores.IgnoreFile, ...]
    foreign: Foreign


def load(reader: Reader, names: Names) -> Files:
    """Read them all. ConfigError: one is not what it should be."""
    loading = _Loading(reader, names)
    if reader.is_file(names.ignores):
        loading.ignore_file(names.ignores)
    for path in names.baselines or (names.baseline,):
        if reader.is_file(path):
            loading.baseline(path)
    if names.foreign:
        loading.of_others()
    return Files(tuple(dict.fromkeys(loading.salts)), tuple(loading.ignored), tuple(loading.known), loading.foreign)


def additions(base: Files, head: Files) -> list[str]:
    """What the files of a change say beyond those of its base, in words."""
    told = []
    for old, new in ((base.ignores, head.ignores), (base.known, head.known)):
        had = {entry._replace(line=0, reason="", owner="") for file in old for entry in file.entries}
        for file in new:
            added = [entry for entry in file.entries if entry._replace(line=0, reason="", owner="") not in had]
            told += _told(file.name, [ignores.show(entry) for entry in added])
    had_entries = set(base.foreign.entries())
    added_entries: dict[str, list[str]] = {}
    for name, text in head.foreign.entries():
        if (name, text) not in had_entries:
            added_entries.setdefault(name, []).append(text)
    for name, texts in added_entries.items():
        told += _told(name, texts)
    return told


def _told(name: str, entries: list[str]) -> list[str]:
    more = [f"… and {len(entries) - SHOWN} more"] if len(entries) > SHOWN else []
    return [f"{name}: {show_text(entry)}" for entry in entries[:SHOWN] + more]


def label(names: Names, path: str) -> str:
    """A file's name in reports: its path from the top."""
    relative = os.path.relpath(path, names.top)
    return path if relative.startswith(os.pardir) else relative.replace(os.sep, "/")


class _Loading:
    """Reads one file after the other, and collects what they say."""

    def __init__(self, reader: Reader, names: Names) -> None:
        self._reader = reader
        self._names = names
        self.salts: list[bytes] = []
        self.ignored: list[ignores.IgnoreFile] = []
        self.known: list[ignores.IgnoreFile] = []
        self.foreign = Foreign()

    def ignore_file(self, path: str) -> None:
        """That of leakstop."""
        file = ignores.parse(self._reader.shown(path), _read(self._reader, path))
        self.ignored.append(file._replace(name=label(self._names, path)))
        self.salts += file.salts

    def of_others(self) -> None:
        """Those of other scanners, where they usually lie."""
        path = os.path.join(self._names.top, gitleaks.IGNORE_NAME)
        if self._reader.is_file(path):
            entries, others = gitleaks.parse_ignores(_read(self._reader, path))
            self.foreign.add_gitleaks(gitleaks.IGNORE_NAME, "ignored", entries)
            self.foreign.others += [(gitleaks.IGNORE_NAME, line) for line in others]
        for name in (detect_secrets.NAME, *gitleaks.BASELINE_NAMES):
            path = os.path.join(self._names.top, name)
            if self._reader.is_file(path) and path not in map(os.path.abspath, self._names.baselines):
                self.baseline(path)

    def baseline(self, path: str) -> None:
        """A baseline of ours, a report of ours, a report of gitleaks, a baseline of detect-secrets: its content tells."""
        shown, name = self._reader.shown(path), label(self._names, path)
        document = read_json(self._reader, path)
        if isinstance(document, list):
            self.foreign.add_gitleaks(name, "known", gitleaks.parse_report(shown, document))
        elif "results" in document:
            self.foreign.add_detect_secrets(name, detect_secrets.parse(shown, document))
        elif document.get("schema") == REPORT:
            rows = [str(row.get("fingerprint")) for row in document.get("findings", ()) if isinstance(row, dict)]
            self.known.append(ignores.IgnoreFile(name, (), tuple(map(ignores.Entry, rows))))
        else:
            found = baseline.parse(shown, document)
            self.salts.append(found.salt)
            entries = tuple(ignores.Entry(one.fingerprint) for one in found.findings)
            self.known.append(ignores.IgnoreFile(name, (found.salt,), entries))


def read_json(reader: Reader, path: str) -> Any:
    """The document of a baseline, a table or a list. ConfigError: it is none."""
    import json

    name = reader.shown(path)
    try:
        document = json.loads(_read(reader, path))
    except (ValueError, RecursionError):
        raise ConfigError(f"{name}: not valid JSON", baseline.REMEDY) from None
    if not isinstance(document, (dict, list)):
        raise ConfigError(f"{name}: neither a baseline of leakstop nor a report of gitleaks or detect-secrets")
    return document


def _read(reader: Reader, path: str) -> bytes:
    try:
        return reader.read(path)
    except OSError as error:
        raise ConfigError(f"{reader.shown(path)}: cannot be read: {error.strerror}") from None
