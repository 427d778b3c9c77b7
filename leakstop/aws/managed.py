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
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop.aws import policy

if TYPE_CHECKING:
    from leakstop.aws.policy import Statement

FILE = os.path.join(os.path.dirname(__file__), "managed.json.gz")
_ARN = re.compile(r"^arn:[^:]+:iam::aws:policy/(?:.*/)?([^/]+)$")


class Managed(NamedTuple):
    """A policy of AWS's own as it was known when leakstop was made."""

    name: str
    version: str  # v12
    updated: str  # 2026-10-01
    document: Any


def find(arn: str) -> Managed | None:
    """The policy of an ARN; None for a customer's policy and for one that is not known here."""
    match = _ARN.match(arn)
    row = _table().get(match[1]) if match else None
    return Managed(match[1], row["version"], row["updated"], row["document"]) if match and row else None


def known(arn: str) -> bool:
    """Whether the document of an ARN is known."""
    return find(arn) is not None


@lru_cache(maxsize=256)
def statements(arn: str) -> tuple[Statement, ...]:
    """The statements of a policy by its ARN; none when it is not known."""
    found = find(arn)
    return policy.statements(found.document) if found else ()


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    with gzip.open(FILE) as stream:
        table: dict[str, Any] = json.load(stream)
    return table
