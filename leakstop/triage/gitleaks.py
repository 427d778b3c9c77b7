"""What gitleaks was told to leave out: `.gitleaksignore`, and its JSON reports that serve as baselines.

Its rules have other names than ours and its secrets other borders. So an entry takes a finding out of the count if place (or
value) fits and both rules speak of the same provider or kind, and nothing else on that line.
"""

from __future__ import annotations

from leakstop.errors import ConfigError
from leakstop.expressions import compiled
from leakstop.record import NamedTuple
from leakstop.triage.parts import secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from leakstop.model import Finding

IGNORE_NAME = ".gitleaksignore"
BASELINE_NAMES = ("gitleaks-baseline.json", ".gitleaks-baseline.json")

# Words that say nothing of whose secret it is.
_GENERAL = """
access api app auth bearer client connection credential credentials deploy id key legacy live login oauth password pat personal
private public refresh scoped secret service session shared test token url user v1 v2 webhook
"""
_ALIASES = {"gcp": "google", "amazon": "aws"}  # other names for the same provider
_ANY = ("generic", "curl")  # rules of theirs that may mean anything of ours
_SHORTEST = 8  # bytes that two values must have in common


class Entry(NamedTuple):
    """A finding of gitleaks that does not count. Empty and 0: any."""

    rule: str
    path: str
    line: int
    commit: str = ""
    value: str = ""

    def covers(self, finding: Finding, path: str) -> bool:
        """Whether it is that finding; of a pair the secret, not just the id."""
        generic, origin = finding.rule.generic, finding.origin
        if not self.value and "!".join([path, *origin.members]) != self.path:
            return False
        if not self.value and self.commit and self.commit != origin.commit.lower():
            return False
        return any(
            same_family(self.rule, rule, generic=generic) and (self._is(value) if self.value else line == self.line)
            for rule, value, line in secrets(finding)
        )

    def _is(self, value: bytes) -> bool:
        theirs = self.value.encode("utf-8", "surrogateescape")
        value = value.replace(rb"\n", b"\n")  # of a key in JSON, such as this report
        return value == theirs or (min(len(value), len(theirs)) >= _SHORTEST and (theirs in value or value in theirs))

    def __str__(self) -> str:
        return ":".join(filter(None, (self.commit, self.path, self.rule, str(self.line))))


def parse_ignores(data: bytes) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries of a `.gitleaksignore`, `[commit:]file:rule:line`, and the lines that are none."""
    entries, others = [], []
    for line in data.decode("utf-8-sig", "replace").splitlines():
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        # From the right, since a path may hold colons; a commit is told by its form.
        match = compiled(r"(?:([0-9a-fA-F]{40}|[0-9a-fA-F]{64}):)?(.+):([^:]+):(\d+)").fullmatch(words)
        if match:
            entries.append(Entry(match[3], match[2].replace("\\", "/"), int(match[4]), (match[1] or "").lower()))
        else:
            others.append(words)
    return tuple(entries), tuple(others)


def parse_report(name: str, rows: list[Any]) -> tuple[Entry, ...]:
    """The findings of a JSON report. ConfigError: it is none."""
    try:
        return tuple(_row(row) for row in rows)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ConfigError(f"{name}: neither a baseline of leakstop nor a report of gitleaks or detect-secrets") from None


def _row(row: dict[str, Any]) -> Entry:
    value = str(row.get("Secret") or "")
    if not value.strip("*") or "REDACTED" in value or value.endswith("..."):
        value = ""  # redacted: only the place is left
    return Entry(
        str(row["RuleID"]),
        str(row["File"]).replace("\\", "/"),
        int(row["StartLine"]),
        str(row.get("Commit") or "").lower(),
        value,
    )


def same_family(theirs: str, ours: str, *, generic: bool = False) -> bool:
    """Whether a rule of gitleaks and one of ours are about the same thing; `generic`: ours is of no provider."""
    if theirs == ours or theirs.startswith(_ANY) or generic:
        return True
    return bool(_names(theirs) & _names(ours))


def _names(rule: str) -> set[str]:
    """The words of a rule's name that say whose secret it is."""
    if "private-key" in rule:
        return {"private-key"}
    words = [_ALIASES.get(word, word) for word in rule.lower().replace("_", "-").split("-")]
    return {word for word in words if word not in _GENERAL.split()} or set(words)
