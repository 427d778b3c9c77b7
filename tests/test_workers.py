"""Processes that share one piece of work: none outlives the main one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from helpers import PACKAGE_PARENT

from leakstop import dealing

# The main process says that all are at work, and is killed while it does something else.
MAIN = {
    "workers": """
from leakstop import workers
def work(share):
    while True:
        yield share, b"some data" * 1000
seen = set()
for share, _ in workers.run(work, [1, 2, 3]):
    seen.add(share)
    if len(seen) == 3:
        break_here()
""",
    "dealing": """
from leakstop import dealing
import itertools
def work(task):
    return b"some data" * 1000
for number, _ in enumerate(dealing.deal(work, itertools.count(), 3, lambda: None)):
    if number == 100:
        break_here()
""",
}


@pytest.mark.skipif(not dealing.AVAILABLE, reason="processes are forked on Linux only")
@pytest.mark.parametrize("kind", MAIN)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_none_outlives_the_main_process(kind: str, number: signal.Signals) -> None:
    """They hold its standard output, so it ends when they do."""
    program = f"import time\ndef break_here():\n    print('at work', flush=True)\n    time.sleep(600)\n{MAIN[kind]}"
    with subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": PACKAGE_PARENT}, stdout=subprocess.PIPE
    ) as main:
        assert main.stdout is not None
        assert main.stdout.readline() == b"at work\n"
        main.send_signal(number)
        rest, _ = main.communicate(timeout=60)
    assert (rest, main.returncode) == (b"", -number)
