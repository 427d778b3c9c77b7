"""A secret that is verified reaches nothing that is written: streams, logs at their loudest, files, other processes."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from urllib.parse import quote

import pytest
from fake_aws import BEHAVIOURS, Answer, served
from helpers import PACKAGE_PARENT, Repo, fake

ID, SECRET = fake("aws-session-id"), fake("aws-secret")
TOKEN = fake("aws-session-token")
LEAK = f"AWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\nAWS_SESSION_TOKEN={TOKEN}\n"
# All loggers there are, at the lowest level, into a file; warnings and tracebacks of threads as well.
LOUD = """
import logging, sys, threading
logging.basicConfig(filename="debug.log", level=0)
import botocore.endpoint, botocore.auth, botocore.hooks, boto3, urllib3.connectionpool
boto3.set_stream_logger("", 0)
for name in list(logging.root.manager.loggerDict):
    logging.getLogger(name).setLevel(0)
sys.argv = ["leakstop", *sys.argv[1:]]
from leakstop.cli import main
sys.exit(main())
"""


@pytest.fixture(scope="module")
def aws():
    yield from served()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """With all caches that are filled while keys are verified."""
    return tmp_path_factory.mktemp("home")


def forms(value: str) -> list[bytes]:
    """The ways in which a value may be written: as it is, percent-encoded, as base64, in hex, and its inner part."""
    raw = value.encode()
    return [raw, quote(value, safe="").encode(), base64.b64encode(raw), raw.hex().encode(), raw[8:-8], repr(value).encode()]


@pytest.mark.skipif(os.name != "posix", reason="the wrapper is a shell script")
@pytest.mark.parametrize(("command", "behaviour"), [("staged", "live"), ("history", "echo"), ("history", "closed")])
def test_grep_everything(aws, repo: Repo, tmp_path, home, command, behaviour):
    aws.reset()
    if behaviour == "echo":  # a server that repeats what it was sent
        text = f"<ErrorResponse><Error><Code>Odd</Code><Message>{TOKEN} {SECRET}</Message></Error></ErrorResponse>"
        aws.keys[ID] = [Answer(400, text.encode())]
    else:
        aws.keys[ID] = list(BEHAVIOURS[behaviour])
    work, folder = tmp_path / "work", tmp_path / "bin"
    for made in (work, folder):
        made.mkdir()
    spy = f'env >> "{work}/environ"; echo "$@" >> "{work}/line"'
    (folder / "git").write_text(f'#!/bin/sh\n{spy}\nexec "{shutil.which("git")}" "$@"\n')
    (folder / "git").chmod(0o755)
    repo.write(".env", LEAK)
    repo.stage()
    if command == "history":
        repo.commit()
    outputs = [part for form in ("json", "sarif", "csv", "junit") for part in ("--output", f"{form}={work}/report.{form}")]
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOUD, command, "--verify", "--verbose", "--aws-endpoint-url", aws.url, *outputs],
        cwd=repo.path,
        env={
            **os.environ,
            "PYTHONPATH": PACKAGE_PARENT,
            "HOME": str(home),
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONDEVMODE": "1",
        },
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr[-2000:]
    assert any(call.token == TOKEN for call in aws.calls)
    files = [repo.path / "debug.log", *(path for root in (home, work) for path in root.rglob("*") if path.is_file())]
    written = {"stdout": done.stdout, "stderr": done.stderr, **{str(path): path.read_bytes() for path in files}}
    assert f"{work}/environ" in written
    looked_for = [form for value in (SECRET, TOKEN) for form in forms(value)]
    assert not [(name, form[:4]) for name, content in written.items() for form in looked_for if form in content]
