"""The verdict agrees with a second evaluator that shares no code and tries everything one by one.

A long run on other policy sets, outside of CI: `CASES=20000 python -m pytest tests/aws/test_exposure_brute.py`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

import aws_brute
from aws_generated import cases
from aws_helpers import OURS, organization, user
from hypothesis import HealthCheck, given, settings

from leakstop.aws.account import Policy
from leakstop.aws.exposure import examine

MANY = int(os.environ.get("CASES", "0"))
CI_CASES = 300
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def exposure(case):
    boundary = Policy("limit", case["boundary"]) if case["boundary"] else None
    tags = None if case["tag"] is None else dict(zip(["net"], case["tag"], strict=False))
    owner = user(*case["identity"], boundary=boundary, tags=tags)
    return examine(owner, organization(*case["scps"]) if case["scps"] else None, OURS, now=NOW)


@settings(
    max_examples=MANY or CI_CASES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=not MANY,
    database=None,
)
@given(cases())
def test_both_evaluators_agree(case):
    verdict, legitimate, opened = aws_brute.examine(case)
    found = exposure(case)
    assert found.verdict == verdict
    assert dict(found.legitimate) == legitimate
    assert {each.source for each in found.open} == opened
