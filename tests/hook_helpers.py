"""What the tests of hooks share: this checkout as a repository to install from, offline, and git with its hooks on."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from helpers import CHECKOUT, PACKAGE_PARENT, Repo

from leakstop.rules import index, load

if TYPE_CHECKING:
    from collections.abc import Mapping


class Said(NamedTuple):
    """How a command ended, and all that it said."""

    code: int
    text: str


def program(name: str) -> str:
    """A program of the environment that the tests run in; the test is skipped without it."""
    beside = os.path.join(os.path.dirname(sys.executable), name)
    found = beside if os.path.exists(beside) else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def call(command: list[str], cwd: Path, env: Mapping[str, str]) -> Said:
    """Run a command; its exit code and both its streams."""
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **env}, input=b"", capture_output=True, check=False, timeout=300)
    return Said(done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"))


def git(repo: Repo, *args: str, **env: str) -> Said:
    """Run git with its hooks, as its user does."""
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgSign=false")
    return call(["git", *identity, "-c", "protocol.file.allow=always", *args], repo.path, env)


@functools.cache
def installed() -> str:
    """A folder for PYTHONPATH with the package as it is installed: with an index of the rules, which a checkout has not got."""
    if os.path.exists(os.path.join(PACKAGE_PARENT, "leakstop", "patterns", index.NAME)):
        return PACKAGE_PARENT
    package = Path(os.environ["HOME"], "installed", "leakstop")  # goes away with the home of the tests
    shutil.copytree(os.path.join(PACKAGE_PARENT, "leakstop"), package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(load.folder(), package / "patterns", dirs_exist_ok=True)
    rules = [entry.rule for entry in load.read(str(package / "patterns"))]
    (package / "patterns" / index.NAME).write_bytes(index.dump(rules, load.digest(rules)))
    return str(package.parent)


def copy_of_checkout(folder: Path) -> Path:
    """This checkout as it stands, committed: what a user's `rev` or `uses` would fetch. Skips where it is no checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout")
    copy = Repo.init(folder)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if os.path.isfile(os.path.join(CHECKOUT, name)):
            shutil.copymode(os.path.join(CHECKOUT, name), copy.write(name, Path(CHECKOUT, name).read_bytes()))
    copy.stage()
    copy.commit("The checkout")
    return copy.path


def without_index(folder: Path) -> dict[str, str]:
    """An environment in which pip and uv install this checkout without the network.

    They find a hollow wheel for each dependency; the packages themselves, and the build backend, are lent by PYTHONPATH.
    """
    lent, wheels = folder / "lent", folder / "wheels"
    lent.mkdir()
    wheels.mkdir()
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for name in os.listdir(place):
            if not name.startswith(("leakstop", "__pycache__")) and not name.endswith(".pth") and not (lent / name).exists():
                os.symlink(os.path.join(place, name), lent / name)
    project = tomllib.loads(Path(CHECKOUT, "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for dependency in project["dependencies"]:
        _hollow(wheels, re.match(r"[\w.-]+", dependency)[0])
    return {
        "PYTHONPATH": str(lent),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_NO_BUILD_ISOLATION": "0",  # which means: without isolation
        "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
        "UV_OFFLINE": "1",
        "UV_FIND_LINKS": str(wheels),
        "UV_NO_BUILD_ISOLATION": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_CACHE_DIR": str(folder / "uv"),
    }


def _hollow(wheels: Path, name: str) -> None:
    """A wheel of the version that is installed here, with nothing in it."""
    try:
        stem = f"{name.replace('-', '_')}-{importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return  # a marker leaves it out on this machine
    with zipfile.ZipFile(wheels / f"{stem}-py3-none-any.whl", "w") as wheel:
        version = stem.rpartition("-")[2]
        wheel.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{stem}.dist-info/RECORD", "")


def cut_off() -> tuple[str, ...]:
    """A command before which the one that follows has no network at all; empty where the system has none."""
    unshare = shutil.which("unshare")
    for options in (["-n"], ["-rn"]):
        if unshare and subprocess.run([unshare, *options, "true"], capture_output=True, check=False).returncode == 0:
            return (unshare, *options)
    return ()
