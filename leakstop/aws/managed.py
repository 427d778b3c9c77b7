"""The policies that AWS itself manages, known by name: exports and auditors without the right to read them still get an answer.

The documents stand in managed.json.gz, made by tools/aws_managed_policies.py; each with the version and date that it was read
at. AWS changes them now and then, so the document that was gathered always comes first.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from leakstop.aws import policy

if TYPE_CHECKING:
    from leakstop.aws.policy import Statement

FILE = os.path.join(os.path.dirname(__file__), "managed.json.gz")
_ARN = re.compile(r"^arn:[^:]+:iam::aws:policy/(?:.*/)?([^/]+)$")


def known(arn: str) -> bool:
    """Whether the document of an ARN is known: not that of a customer's policy, nor of one that is newer than the table."""
    return _name(arn) in _table()


@lru_cache(maxsize=256)
def statements(arn: str) -> tuple[Statement, ...]:
    """The statements of a policy by its ARN; none when it is not known."""
    row = _table().get(_name(arn))
    return policy.statements(row["document"]) if row else ()


def _name(arn: str) -> str:
    match = _ARN.match(arn)
    return match[1] if match else ""


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    """By name: version, the day of its last change, document."""
    with gzip.open(FILE) as stream:
        table: dict[str, Any] = json.load(stream)
    return table
