"""The order of results."""

from __future__ import annotations

import random

from report.samples import github, result

from leakstop.model import Verdict
from leakstop.triage.order import order, urgent_first


def test_by_path_line_column_rule_and_commit():
    expected = [
        result(github(5), b"", 9),
        result(github(4), "a/b.py", 2),
        result(github(3), "a/b.py", 10),
        result(github(2), "a/b.py", 10, before='OTHER_TOKEN = "'),
        result(github(2), "a/b.py", 10, before='OTHER_TOKEN = "', name="zz-token"),
        result(github(2), "b.py", 1, origin={"commit": "1" * 40}),
        result(github(2), "b.py", 1, origin={"commit": "2" * 40}),
        result(github(2), "b.py", 1, origin={"commit": "2" * 40, "blob": "1"}),
        result(github(0), b"b\xff.py", 1),
    ]
    for seed in range(20):
        shuffled = random.Random(seed).sample(expected, len(expected))
        assert order(shuffled) == tuple(expected)
        assert order(iter(shuffled)) == tuple(expected)


def test_live_and_unrestricted_first_the_worst_at_the_top():
    """What is not live stays in its order, whatever its severity."""
    answers = [
        ("live", "unrestricted", "critical"),
        ("live", "unrestricted", "low"),
        ("live", "", ""),  # nobody looked: as critical as its kind
        ("live", "partial", "high"),
        ("live", "unknown", "medium"),
        ("live", "restricted", "high"),
        ("live", "restricted", "low"),
        ("dead", "", "low"),
        ("unknown", "", ""),
    ]
    expected = [
        result(github(number))._replace(verification=Verdict(state, "", (), containment, severity=severity))
        for number, (state, containment, severity) in enumerate(answers)
    ]
    live, rest = expected[:7], expected[7:]
    for seed in range(20):
        shuffled = random.Random(seed).sample(live, len(live))
        assert urgent_first([rest[0], *shuffled, rest[1]]) == tuple(expected)
