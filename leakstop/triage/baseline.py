"""The baseline: findings that were there when leakstop came, or are known for another reason. No secret is in it.

    {
      "schema": "leakstop/baseline/1",
      "salt": "5d0c…",
      "findings": [
        {"fingerprint": "lk1:…", "rule": "aws-secret-access-key", "file": "deploy/old.env"},
        …
      ]
    }

Only the fingerprint decides; rule and file are for people. One sorted line for each finding, so that branches can be merged.
"""

from __future__ import annotations

from leakstop.errors import ConfigError
from leakstop.record import NamedTuple
from leakstop.triage.fingerprint import SALT_SIZE, salt_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

SCHEMA = "leakstop/baseline/1"
REMEDY = "Restore it from git, or remove it and make a new one: leakstop baseline create"


class Known(NamedTuple):
    """A finding that is known: its fingerprint, and what it was when it was written down."""

    fingerprint: str
    rule: str
    file: str


class Baseline(NamedTuple):
    """A parsed baseline."""

    name: str
    salt: bytes
    findings: tuple[Known, ...]


def parse(name: str, document: dict[str, Any]) -> Baseline:
    """A baseline from what JSON made of it. ConfigError: it is none."""
    try:
        salt = bytes.fromhex(document["salt"])
        findings = tuple(Known(str(row["fingerprint"]), str(row["rule"]), str(row["file"])) for row in document["findings"])
        for known in findings:
            salt_name(known.fingerprint)
        if len(salt) != SALT_SIZE:
            raise ValueError("the salt has another length")
    except (KeyError, TypeError, ValueError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ConfigError(f"{name}: not a baseline: {what}", REMEDY) from None
    return Baseline(name, salt, findings)


def dump(salt: bytes, findings: Iterable[Known]) -> str:
    """The text of a baseline."""
    import json  # reading one needs less

    best: dict[str, Known] = {}
    for known in sorted(findings):
        best.setdefault(known.fingerprint, known)
    rows = ",\n".join("    " + json.dumps(known._asdict(), ensure_ascii=False) for known in best.values())
    body = f"[\n{rows}\n  ]" if rows else "[]"
    return f'{{\n  "schema": "{SCHEMA}",\n  "salt": "{salt.hex()}",\n  "findings": {body}\n}}\n'
