"""The baseline of detect-secrets, `.secrets.baseline`: known secrets as SHA-1 of the value, by file.

Its secrets may have other borders than ours: what it hashes is what its expression captured, or the whole quoted string. So each
of the texts that may have been meant is hashed.
"""

from __future__ import annotations

from leakstop.errors import ConfigError
from leakstop.expressions import compiled
from leakstop.record import NamedTuple
from leakstop.triage.parts import secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from leakstop.model import Finding

NAME = ".secrets.baseline"
_SHORTEST = 8  # bytes of a part of a secret that names it
AROUND = 2000  # bytes on either side of a secret that are looked at

_RUNS = (rb"[A-Za-z0-9+/=\-_]+", rb"[A-Za-z0-9+/\\=\-_]+", rb"[0-9a-fA-F]+", rb"[^\s'\"`,;]+", rb"[^\s]+")
_QUOTES = rb"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`\n]*)`"


class Entry(NamedTuple):
    """A known secret: its kind, whether a person has judged it (true: real; false: a false alarm; None: not looked at)."""

    type: str
    real: bool | None
    line: int  # 0: not told

    @property
    def reason(self) -> str:
        """What the audit said."""
        judged = {True: ", judged a real secret", False: ", judged a false alarm", None: ""}[self.real]
        return f"{self.type}{judged}"


def parse(name: str, document: dict[str, Any]) -> dict[str, dict[str, Entry]]:
    """The entries by path, and there by SHA-1. ConfigError: it is no baseline."""
    try:
        return {
            str(path).replace("\\", "/"): {
                str(row["hashed_secret"]): Entry(str(row["type"]), row.get("is_secret"), int(row.get("line_number") or 0))
                for row in rows
            }
            for path, rows in document["results"].items()
        }
    except (KeyError, TypeError, AttributeError):
        raise ConfigError(f"{name}: not a baseline of detect-secrets", "Make a new one: detect-secrets scan") from None


def find(entries: dict[str, Entry], finding: Finding, data: bytes) -> tuple[str, Entry] | None:
    """The entry of a finding among those of its file, with its hash.

    Of some kinds of tokens detect-secrets hashes the prefix only (`ghp`): such an entry counts on its own line.
    """
    from hashlib import sha1

    for text in dict.fromkeys(_texts(finding, data)):
        digest = sha1(text, usedforsecurity=False).hexdigest()
        entry = entries.get(digest)
        weak = len(text) < _SHORTEST and text != finding.secret.reveal()
        if entry and (not weak or entry.line == finding.location.start_line):
            return digest, entry
    return None


def _texts(finding: Finding, data: bytes) -> Iterator[bytes]:
    secret, at = finding.secret.reveal(), finding.location
    yield from (part.value for part in secrets(finding))
    if finding.pair is not None and finding.rule.pair is not None:
        return  # it stands at the id
    yield from (secret.strip(), secret.strip(b"\"'`"), secret.partition(b"_")[0])
    yield from compiled(rb"BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?").findall(secret[:200])
    if match := compiled(rb"://[^\s:/]*:([^\s@]+)@").search(secret):
        yield match[1]
    begin = data.rfind(b"\n", max(0, at.start - AROUND), at.start) + 1 or max(0, at.start - AROUND)
    end = data.find(b"\n", at.end, at.end + AROUND)
    line = data[begin : end if end >= 0 else at.end + AROUND]
    for expression in (*_RUNS, _QUOTES, rb"://[^\s:/]*:([^\s@]+)@"):
        for match in compiled(expression).finditer(line):
            group = match.lastindex or 0
            first, last = match.span(group)
            if first < at.end - begin and last > at.start - begin:  # what touches the secret
                yield match[group]
