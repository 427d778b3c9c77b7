"""The hook stays quick: what it may not import, and how often it may start git."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import PACKAGE_PARENT, fake, run_cli

from leakstop.rules import index, load

if TYPE_CHECKING:
    from pathlib import Path

    from helpers import Repo

# Each costs 5 to 230 ms (see docs/performance.md); none is needed to find that a small change holds nothing.
BANNED = {
    *("numpy", "boto3", "botocore", "git", "rich", "dulwich", "isal", "hyperscan", "regex", "typing_extensions"),
    *(
        "dataclasses",
        "inspect",
        "subprocess",
        "tempfile",
        "pathlib",
        "logging",
        "tomllib",
        "importlib.resources",
        "importlib.metadata",
    ),
    *("asyncio", "multiprocessing", "concurrent.futures", "socket", "ssl", "urllib.request", "http.client"),
}

# Together a third of what the hook would compute. The first run compiles expressions, and so needs them.
PLAIN = {"typing", "re", "enum", "functools", "collections", "contextlib", "json"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is installed, with an index of the rules: a checkout reads the TOML files."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(os.path.join(PACKAGE_PARENT, "leakstop"), folder / "leakstop", ignore=shutil.ignore_patterns("__pycache__"))
    patterns = folder / "leakstop" / "patterns"
    shutil.copytree(load.folder(), patterns, dirs_exist_ok=True)
    rules = [entry.rule for entry in load.read(str(patterns))]
    (patterns / index.NAME).write_bytes(index.dump(rules, load.digest(rules)))
    return folder


def slow(loaded: set[str]) -> set[str]:
    return {name for name in loaded if name in BANNED or name.partition(".")[0] in BANNED}


def imported(*args: str, cwd: Path, site: Path, cache: Path | None = None) -> set[str]:
    """The modules that a run of leakstop, started as its script does, loads. It has to end with 0."""
    done = subprocess.run(
        [sys.executable, "-P", "-X", "importtime", "-c", "from leakstop.__main__ import main; main()", *args],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(site), "LEAKSTOP_CACHE": str(cache or site / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(re.findall(r"^import time:\s+\d+ \|\s+\d+ \|\s+(\S+)$", done.stderr, re.MULTILINE))


@pytest.fixture
def change(repo: Repo) -> Repo:
    """A repository with an ordinary change staged: 200 lines of code without a secret."""
    repo.add("old.py", "".join(f"def function_{number}(value):\n    return value + {number}\n" for number in range(200)))
    repo.write("new.py", "".join(f"total_{number} = compute(total_{number - 1}, 'some words')\n" for number in range(1, 201)))
    repo.stage("new.py")
    return repo


def test_a_fresh_machine_does_not_wait_for_a_database(change: Repo, tmp_path: Path):
    """Not even for a change in which something looks encoded; the second commit makes it."""
    change.write("new.py", f"data = '{'aGVsbG8gd29ybGQgYW5kIGFsbCBvZiB5b3U' * 4}'\npassword_hint = 'see the wiki'\n")
    change.stage("new.py")
    for made in (False, True):
        assert run_cli("staged", cwd=change.path, env={"LEAKSTOP_CACHE": str(tmp_path / "cache")}).code == 0
        names = os.listdir(tmp_path / "cache")
        assert any(name.startswith("hyperscan") and not name.endswith("-wanted") for name in names) is made, names


def test_the_test_sees_what_is_imported(repo: Repo, site: Path):
    assert {"argparse", "leakstop.cli"} <= imported("--help", cwd=repo.path, site=site)


def test_hook_on_a_clean_change_imports_nothing_slow(change: Repo, site: Path, tmp_path: Path):
    """On a fresh machine it does without Hyperscan, whose database takes longest; once that is made it is the quicker way."""
    first, _, third = (imported("staged", cwd=change.path, site=site, cache=tmp_path / "cache") for _ in range(3))
    assert "leakstop.sources.staged" in first
    assert not slow(first)
    assert slow(third) <= {"hyperscan._hs_ext"}
    assert not third & PLAIN
    assert "leakstop.rules.anchors" not in third


WORDS = "password_{0} = settings.password_{0}\nprint('the key: %s' % key_{0})\n"  # what rules look for, and do not match


def test_hook_on_words_of_secrets_imports_nothing_slow(change: Repo, site: Path, tmp_path: Path):
    change.write("new.py", "".join(map(WORDS.format, range(100))))
    change.stage("new.py")
    first, _, third = (imported("staged", cwd=change.path, site=site, cache=tmp_path / "cache") for _ in range(3))
    assert not slow(first)
    assert slow(third) <= {"hyperscan._hs_ext"}
    assert not third & PLAIN
    assert "leakstop.detect.decode.spots" not in third


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["staged", "--help"]], ids=" ".join)
def test_answers_about_itself_import_nothing_slow(repo: Repo, site: Path, args: list[str]):
    loaded = imported(*args, cwd=repo.path, site=site)
    colours = {"dataclasses", "inspect"} if sys.version_info >= (3, 14) else set()  # argparse's own
    assert slow(loaded) <= colours


@pytest.mark.skipif(os.name != "posix", reason="the wrapper is a shell script")
def test_hook_starts_git_once(change: Repo, tmp_path: Path):
    wrapper, log = tmp_path / "bin" / "git", tmp_path / "log"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$*" >> "{log}"\nexec "{shutil.which("git")}" "$@"\n')
    wrapper.chmod(0o755)
    result = run_cli("staged", cwd=change.path, env={"PATH": f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}"})
    assert result.code == 0, result.err
    calls = log.read_text().splitlines()
    assert len(calls) == 1, calls


@pytest.mark.parametrize("args", ["scan .", "staged", "history", "explain .env", "rules list", "verify --help"])
def test_only_verification_imports_the_aws_library(repo: Repo, site: Path, args: str):
    """Not even where there are AWS findings, whose ids are decoded."""
    repo.add(".env", f"AWS_ACCESS_KEY_ID={fake('aws-id')}\nAWS_SECRET_ACCESS_KEY={fake('aws-secret')}\n")
    repo.write("more.env", f"AWS_ACCESS_KEY_ID={fake('aws-id', 1)}\n")
    repo.stage()
    finds = ["--exit-zero"] if args in ("scan .", "staged", "history") else []
    loaded = imported(*args.split(), *finds, cwd=repo.path, site=site)
    assert not {name for name in loaded if name.partition(".")[0] in ("boto3", "botocore", "urllib3")}
    assert bool(finds) == ("leakstop.aws.keyid" in loaded)


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts threads as Linux tells them")
def test_numpy_starts_no_threads():
    """Not even on a machine of many cores: they would be there when processes fork."""
    code = "import os, leakstop.history, numpy; print(len(os.listdir('/proc/self/task')))"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS", "OMP"))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "1\n"
