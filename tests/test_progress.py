"""The progress bar: cheap until it shows, only on a terminal, and gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from helpers import PACKAGE_PARENT

from leakstop.progress import Progress

WORK = """
import sys, time
from leakstop import progress
progress.PATIENCE = 0.1
with progress.Progress({total}, "{unit}", progress.wanted(), "reading") as bar:
    for item in bar.track(iter(range(40)), lambda item: {size}):
        time.sleep(0.01)
print("rich" in sys.modules, bar.done)
"""
TERMINAL = """
import os, pty, sys
def read(handle):
    return os.read(handle, 65536)
sys.exit(os.waitstatus_to_exitcode(pty.spawn([sys.executable, "-c", sys.argv[1]], read)))
"""


def run(code: str, *, terminal: bool, **env: str) -> str:
    command = [sys.executable, "-c", TERMINAL, code] if terminal else [sys.executable, "-c", code]
    environ = {**os.environ, "PYTHONPATH": PACKAGE_PARENT, "TERM": "xterm", "COLUMNS": "100", **env}
    done = subprocess.run(command, env=environ, capture_output=True, check=True, timeout=60)
    return done.stdout.decode() + done.stderr.decode()


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    "total, unit, size, told",
    [
        pytest.param(40, "objects", 1, [" of 40 objects, ", " objects/s, ", " s left"], id="a known number"),
        pytest.param(40_000_000, "bytes", 1_000_000, [" of 40.0 MB, ", " MB/s, ", " s left"], id="bytes"),
        pytest.param(None, "bytes", 1_000_000, [" MB, ", " MB/s"], id="nobody knows how many"),
        pytest.param(10**9, "objects", 1, [" of 1,000,000,000 objects, ", " min left"], id="a long way to go"),
        pytest.param(40, "objects", 0, ["0 of 40 objects, 0 objects/s"], id="nothing done yet"),
    ],
)
def test_on_a_terminal(total: int | None, unit: str, size: int, told: list[str]) -> None:
    """Amount, rate and time left; the line is cleared at the end."""
    shown = run(WORK.format(total=total, unit=unit, size=size), terminal=True)

    assert all(part in shown for part in told), shown
    assert "reading" in shown
    assert shown.rstrip().endswith(f"True {size * 40}")
    assert "\x1b[?25h" in shown  # the cursor is back


@pytest.mark.parametrize(
    "terminal, env",
    [
        pytest.param(False, {}, id="no terminal"),
        pytest.param(True, {"TERM": "dumb"}, id="a terminal that cannot move its cursor"),
    ],
)
def test_elsewhere(terminal: bool, env: dict[str, str]) -> None:
    """Nothing shows, nothing is imported, and the count is not kept."""
    if terminal and os.name != "posix":
        pytest.skip("needs a pseudo-terminal")

    assert run(WORK.format(total=40, unit="objects", size=1), terminal=terminal, **env).strip() == "False 0"


def test_quick_work_shows_nothing() -> None:
    """Below the patience rich is not even imported."""
    code = WORK.replace("PATIENCE = 0.1", "PATIENCE = 60").format(total=40, unit="objects", size=1)

    assert run(code, terminal=True).strip() == "False 40"


def test_counting_without_a_bar() -> None:
    """Who calls need not know whether it is enabled."""
    with Progress(10, "objects", False) as bar:
        bar.advance()
        bar.advance(3)
        assert bar.done == 4
        bar.restart(None, "bytes", "next")
        assert bar.done == 0
