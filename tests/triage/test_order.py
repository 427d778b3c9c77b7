"""The order of results."""

from __future__ import annotations

import random

from report.samples import github, result

from leakstop.triage.order import order


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
