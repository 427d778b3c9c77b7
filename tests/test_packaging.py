"""The wheel and the sdist: what is in them, what is not, and that the installed command works. All offline."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from helpers import CHECKOUT

SITE = sysconfig.get_path("purelib")


def run(*args: str | Path, cwd: str | Path = CHECKOUT) -> str:
    """Standard output of a program that has to succeed. No PYTHON* variable reaches it."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(list(map(str, args)), cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and an sdist of this checkout."""
    if not os.path.isfile(os.path.join(CHECKOUT, "pyproject.toml")):
        pytest.skip("needs the checkout")
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        yield archive


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel; its dependencies are those of the tests' environment."""
    folder = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        programs / "python",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        next(built.glob("*.whl")),
    )
    site = run(programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(site) / "dependencies.pth").write_text(SITE + "\n")  # after this environment's own packages
    return programs


def test_wheel_is_pure_and_holds_the_package_the_rules_and_nothing_else(wheel: zipfile.ZipFile):
    assert wheel.filename.endswith("-py3-none-any.whl")
    names = wheel.namelist()
    package = {
        os.path.relpath(os.path.join(folder, name), CHECKOUT)
        for folder, _, names in os.walk(f"{CHECKOUT}/leakstop")
        for name in names
    }
    rules = {f"leakstop/{os.path.relpath(path, CHECKOUT)}" for path in Path(CHECKOUT, "patterns").glob("*.toml")}
    expected = (
        {name.replace(os.sep, "/") for name in package if not name.endswith((".pyc", ".pyo"))}
        | rules
        | {"leakstop/patterns/index.jsonl"}
    )
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert sum(info.file_size for info in wheel.infolist()) < 6 << 20


def test_wheel_says_what_it_needs_and_for_which_python(wheel: zipfile.ZipFile):
    metadata = wheel.read(next(name for name in wheel.namelist() if name.endswith("METADATA"))).decode()
    assert "Requires-Python: >=3.11" in metadata
    assert "License-Expression: MIT" in metadata
    needed = [line.partition(": ")[2] for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    assert {name.split(">")[0].strip().lower() for name in needed} >= {"regex", "gitpython", "boto3"}
    assert all("platform_machine" in line for line in needed if line.startswith(("hyperscan", "isal")))


def test_index_equals_the_toml_files(installed: Path, tmp_path: Path):
    script = """if True:
        import sys
        from leakstop.rules import load
        place, inside = load._place()
        assert inside and "site-packages" in place.replace("dist-packages", "site-packages"), place
        indexed = load.load()
        entries = load.read(sys.argv[1])
        assert tuple(indexed.rules) == tuple(entry.rule for entry in entries)
        assert indexed.digest == load.digest(indexed.rules)
        assert indexed.ready is not None
        print(len(entries))
    """
    assert int(run(installed / "python", "-c", script, os.path.join(CHECKOUT, "patterns"), cwd=tmp_path)) > 0


def test_installed_command_knows_its_version_and_scans(installed: Path, tmp_path: Path):
    (tmp_path / "file").write_text("nothing to see\n")
    version = run(installed / "python", "-c", "import leakstop; print(leakstop.__version__)", cwd=tmp_path).strip()
    assert version in run(installed / "leakstop", "--version", cwd=tmp_path)
    assert version in run(installed / "python", "-m", "leakstop", "--version", cwd=tmp_path)
    run(installed / "leakstop", "scan", ".", cwd=tmp_path)


def test_sdist_builds_the_same_wheel_and_stays_small(built: Path, wheel: zipfile.ZipFile, tmp_path: Path):
    archive = next(built.glob("*.tar.gz"))
    assert archive.stat().st_size < 2 << 20
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    source = next(tmp_path.iterdir())
    assert (source / "tests" / "helpers.py").is_file()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again", cwd=source)
    with zipfile.ZipFile(next((tmp_path / "again").glob("*.whl"))) as again:
        assert sorted(again.namelist()) == sorted(wheel.namelist())


def test_pip_installs_from_a_depth_1_clone(tmp_path: Path):
    """What pre-commit does: no tags, no history, pip install of the folder."""
    if not os.path.exists(os.path.join(CHECKOUT, ".git")):
        pytest.skip("needs the repository")
    clone, target = tmp_path / "clone", tmp_path / "target"
    run("git", "-c", "safe.directory=*", "clone", "-q", "--depth=1", "--no-tags", Path(CHECKOUT).as_uri(), clone)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--no-warn-script-location",
    ]
    run(*pip, "--target", target, clone, cwd=tmp_path)
    assert (target / "leakstop" / "patterns" / "index.jsonl").is_file()
    assert not (target / "tests").exists()
