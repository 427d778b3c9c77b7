"""The files of other scanners that say what does not count, each obeyed where it lies and counted under its name."""

from __future__ import annotations

from leakstop.model import Triage
from leakstop.triage import detect_secrets, gitleaks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leakstop.model import Finding


class Foreign:
    """All of them together."""

    def __init__(self) -> None:
        self._places: dict[str, list[tuple[str, str, gitleaks.Entry]]] = {}  # by path: entries of gitleaks, file, status
        self._values: list[tuple[str, str, gitleaks.Entry]] = []  # those that name a value
        self._hashes: list[tuple[str, dict[str, dict[str, detect_secrets.Entry]]]] = []
        self.used: set[tuple[str, str]] = set()  # file, entry
        self.others: list[tuple[str, str]] = []  # file, line that could not be understood

    def __bool__(self) -> bool:
        return bool(self._places or self._values or self._hashes)

    def add_gitleaks(self, file: str, status: str, entries: tuple[gitleaks.Entry, ...]) -> None:
        """Entries of gitleaks: `ignored` or `known`."""
        for entry in entries:
            row = (file, status, entry)
            self._values.append(row) if entry.value else self._places.setdefault(entry.path, []).append(row)

    def add_detect_secrets(self, file: str, entries: dict[str, dict[str, detect_secrets.Entry]]) -> None:
        """A baseline of detect-secrets."""
        self._hashes.append((file, entries))

    def judge(self, finding: Finding, path: str, data: bytes) -> Triage | None:
        """What they say of a finding at `path`, seen from the top, in the text `data`; None: nothing."""
        place = "!".join([path, *finding.origin.members])
        for file, status, entry in (*self._places.get(place, ()), *self._values):
            if entry.covers(finding, path):
                self.used.add((file, str(entry)))
                return Triage(status, f"{file} -- {entry.rule}", file)
        wanted = [(file, entries[path]) for file, entries in self._hashes if path in entries]
        for file, entries in wanted:
            if found := detect_secrets.find(entries, finding, data):
                self.used.add((file, f"{path}:{found[0]}"))
                return Triage("known", f"{file} -- {found[1].reason}", file)
        return None

    def entries(self) -> list[tuple[str, str]]:
        """File and text of all entries; a value that an entry names does not stand in its text."""
        rows = [(file, str(entry)) for row in self._places.values() for file, _, entry in row]
        rows += [(file, str(entry)) for file, _, entry in self._values]
        rows += [
            (file, f"{path}:{digest}") for file, paths in self._hashes for path, entries in paths.items() for digest in entries
        ]
        return rows
