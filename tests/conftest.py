"""Every test runs in a neutral environment: no GIT_* or CI variables, an empty home, no network; `repo` is a fresh repository."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import tempfile
import zlib
from typing import TYPE_CHECKING, Any

import helpers
import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import aws_world

# The same examples in every run; no deadline, since a busy machine is no failure.
hypothesis.settings.register_profile("leakstop", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("leakstop")

SHOWN = 12  # characters of an example that the name of its test shows
_WORDS = re.compile(r"[A-Za-z]?[a-z]*(?:[ _./-][A-Za-z]?[a-z]*)*")

HOME = tempfile.mkdtemp(prefix="leakstop-home-")


def pytest_configure() -> None:
    """Scrub before any test module is imported. One home for the whole run, so that the rule database is compiled once."""
    helpers.scrub(os.environ, HOME)
    # A shell's background jobs ignore these, as does what nohup starts, and so would what tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    socket.socket.connect = _local_only(socket.socket.connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = _local_only(socket.socket.connect_ex)  # type: ignore[method-assign]


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(HOME, ignore_errors=True)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Names of tests stand in logs and caches: of a text that may hold a made-up token they show the beginning and a number."""
    text = val.decode("latin-1") if isinstance(val, bytes) else val
    if not isinstance(text, str) or len(text) <= SHOWN or _WORDS.fullmatch(text):
        return None
    return f"{text[:SHOWN]}...{zlib.crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def _local_only(connect: Any) -> Any:
    """A connect that refuses everything but this machine: a test that needs the network is a mistake, and says so at once."""

    def guarded(self: socket.socket, address: Any) -> Any:
        internet = self.family in (socket.AF_INET, socket.AF_INET6)
        if internet and not (address[0].startswith("127.") or address[0] in ("localhost", "::1")):
            self.close()
            message = "a test tried to reach the network"
            raise RuntimeError(message)
        return connect(self, address)

    return guarded


@pytest.fixture
def repo(tmp_path: Path) -> helpers.Repo:
    """An empty repository on branch main, in a folder of its own below tmp_path."""
    return helpers.Repo.init(tmp_path / "repo")


@pytest.fixture(scope="session")
def aws_world() -> Iterator[aws_world.World]:
    """A seeded AWS account; its servers start once for all tests."""
    pytest.importorskip("moto", reason="comes with the development group")
    import aws_world

    yield from aws_world.running()
