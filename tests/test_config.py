"""Configuration: where it is looked for, what it may say, and how it complains."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from leakstop.config import Config, load, parse_size
from leakstop.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's top folder, current."""
    top = tmp_path / "project"
    (top / ".git").mkdir(parents=True)
    monkeypatch.chdir(top)
    return top


EVERYTHING = """
confidence = "low"
rules = ["extra", "../shared/rules.toml"]
disable = ["github-app-token"]
exclude = ["*.min.js", "vendor/**"]
jobs = 3
time-limit = 2.5
max-size = "10 MB"
respect-gitignore = true
pragmas = false
"""


def test_every_key_is_read(place: Path) -> None:
    """Every key of the documentation arrives, paths relative to the file."""
    (place / ".leakstop.toml").write_text(EVERYTHING)

    assert load(".") == Config(
        file=".leakstop.toml",
        folder=str(place),
        confidence="low",
        rules=(str(place / "extra"), str(place.parent / "shared" / "rules.toml")),
        disable=("github-app-token",),
        exclude=("*.min.js", "vendor/**"),
        jobs=3,
        time_limit=2.5,
        max_size=10 * 1024 * 1024,
        respect_gitignore=True,
        pragmas=False,
    )


@pytest.mark.parametrize(
    ("files", "start", "expected"),
    [
        pytest.param({}, ".", 0, id="no file"),
        pytest.param({".leakstop.toml": "jobs = 1"}, ".", 1, id="beside"),
        pytest.param({".leakstop.toml": "jobs = 1"}, "a/b/c", 1, id="above, up to the top of the repository"),
        pytest.param({".leakstop.toml": "jobs = 1", "a/.leakstop.toml": "jobs = 2"}, "a/b", 2, id="the nearest wins"),
        pytest.param({".leakstop.toml": "jobs = 1"}, "a/file.txt", 1, id="start is a file"),
        pytest.param({".leakstop.toml": "jobs = 1"}, "a/missing.txt", 1, id="start does not exist"),
        pytest.param({"pyproject.toml": "[tool.leakstop]\njobs = 1"}, ".", 1, id="pyproject"),
        pytest.param({"pyproject.toml": "[tool]\nleakstop.jobs = 1"}, ".", 1, id="pyproject, below tool"),
        pytest.param({"pyproject.toml": " [ tool . 'leakstop' ]\njobs = 1"}, ".", 1, id="pyproject, in another spelling"),
        pytest.param({"pyproject.toml": "tool = {leakstop = {jobs = 1}}"}, ".", 1, id="pyproject, on one line"),
        pytest.param({".leakstop.toml": "\ufeffjobs = 1\r\n"}, ".", 1, id="from an editor on Windows"),
        pytest.param({"pyproject.toml": '[project]\nname = "x"'}, ".", 0, id="pyproject without the table"),
        pytest.param({"pyproject.toml": "# tool.leakstop\n[tool]\nx = 1"}, ".", 0, id="the table only in a comment"),
        pytest.param({"pyproject.toml": "# tool.leakstop\ntool = 1"}, ".", 0, id="tool is no table"),
        pytest.param({"pyproject.toml": "this is [no TOML"}, ".", 0, id="a broken pyproject that does not name leakstop"),
        pytest.param(
            {".leakstop.toml": "jobs = 1", "pyproject.toml": "[tool.leakstop]\njobs = 2"}, ".", 1, id="both: .leakstop.toml"
        ),
        pytest.param({"../.leakstop.toml": "jobs = 1"}, ".", 0, id="above the repository: not ours"),
    ],
)
def test_where_it_is_looked_for(place: Path, files: dict[str, str], start: str, expected: int) -> None:
    """The nearest configuration between the scanned place and the top of its repository."""
    (place / "a" / "b" / "c").mkdir(parents=True)
    (place / "a" / "file.txt").write_text("")
    for name, text in files.items():
        (place / name).write_text(text)

    assert load(start).jobs == expected


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_link_that_leads_nowhere_is_no_absence(place: Path) -> None:
    """A configuration was meant to be there."""
    (place / ".leakstop.toml").symlink_to("shared.toml")
    with pytest.raises(ConfigError, match="a symbolic link that leads nowhere"):
        load(".")


def test_outside_a_repository_only_the_place_itself(tmp_path: Path) -> None:
    """A file in a folder above, which may be /tmp, decides nothing when no repository says where the project ends."""
    (tmp_path / ".leakstop.toml").write_text("jobs = 1")
    below = tmp_path / "below"
    below.mkdir()

    assert (load(str(tmp_path)).jobs, load(str(below)).jobs) == (1, 0)


def test_a_worktree_ends_the_search_too(place: Path) -> None:
    """In linked worktrees and submodules `.git` is a file."""
    (place / ".leakstop.toml").write_text("jobs = 1")
    module = place / "module"
    module.mkdir()
    (module / ".git").write_text("gitdir: elsewhere")

    assert load(str(module)).jobs == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_of_that_name_is_no_configuration(place: Path) -> None:
    """It would be waited for for ever."""
    os.mkfifo(place / ".leakstop.toml")

    assert load(".") == Config()


def test_explicit_file(place: Path) -> None:
    """`--config` takes any name, and nothing else is looked at."""
    (place / ".leakstop.toml").write_text("nonsense = 1")
    (place / "other.toml").write_text("jobs = 4")

    assert load(".", "other.toml").jobs == 4
    assert load(".", os.devnull) == Config(file=os.devnull, folder=os.path.dirname(os.devnull))


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        pytest.param('confidense = "low"', "unknown key 'confidense'", 'Did you mean "confidence"?', id="near key"),
        pytest.param("zzz = 1", "unknown key 'zzz'", "Known keys: archive-count, archive-depth,", id="far key"),
        pytest.param("time_limit = 1", "unknown key 'time_limit'", 'Did you mean "time-limit"?', id="underscore"),
        pytest.param(
            'confidence = "hihg"', "confidence: one of low, medium, high is expected", 'Did you mean "high"?', id="word"
        ),
        pytest.param('trust-changes = ["pragma"]', "trust-changes: a list is expected, of", 'Did you mean "pragmas"?', id="kind"),
        pytest.param("[tool.leakstop]\njobs = 1", "unknown key 'tool'", "Leave out [tool.leakstop]", id="table of pyproject"),
        pytest.param('exclude = [""]', "exclude: one of the strings is empty", "", id="empty string"),
        pytest.param("confidence = 1", "confidence: one of low, medium, high is expected", "", id="word is a number"),
        pytest.param('disable = "x-y"', "disable: a list of strings is expected", "", id="string for list"),
        pytest.param("exclude = [1]", "exclude: a list of strings is expected", "", id="numbers in list"),
        pytest.param("jobs = -1", "jobs: a whole number, 0 or more, is expected", "", id="negative"),
        pytest.param("jobs = true", "jobs: a whole number, 0 or more, is expected", "", id="bool is no number"),
        pytest.param("jobs = 1.5", "jobs: a whole number, 0 or more, is expected", "", id="fraction"),
        pytest.param("time-limit = inf", "time-limit: a number of seconds, 0 or more, is expected", "", id="infinite"),
        pytest.param('max-size = "ten"', "max-size: a size is a number of bytes, or a number with K, M or G", "", id="size"),
        pytest.param('pragmas = "no"', "pragmas: true or false is expected", "", id="string for flag"),
        pytest.param("[jobs]\nx = 1", "jobs: a whole number, 0 or more, is expected", "", id="table for number"),
        pytest.param("jobs = [", "not valid TOML: ", "", id="broken"),
        pytest.param(f"jobs = {'[' * 20_000}", "not valid TOML: nested too deeply", "", id="deep"),
        pytest.param(b"jobs = 1\n# \xff", "line 2 is not UTF-8", "", id="not UTF-8"),
    ],
)
def test_mistakes_name_file_key_and_the_nearest(place: Path, text: str | bytes, message: str, remedy: str) -> None:
    """One clear line, and what was probably meant."""
    (place / ".leakstop.toml").write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(ConfigError) as caught:
        load(".")

    assert caught.value.message.startswith(f".leakstop.toml: {message}")
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("missing.toml", None, "missing.toml: cannot read the configuration: No such file or directory"),
        ("pyproject.toml", "[project]", "pyproject.toml: has no table [tool.leakstop]"),
        ("pyproject.toml", "[tool]\nleakstop = 1 # tool.leakstop", "pyproject.toml: tool.leakstop: a table is expected"),
        (".", None, ".: cannot read the configuration: Is a directory"),
    ],
)
def test_explicit_file_that_does_not_serve(place: Path, name: str, text: str | None, message: str) -> None:
    """What `--config` names must be there and hold a configuration."""
    if text is not None:
        (place / name).write_text(text)

    with pytest.raises(ConfigError) as caught:
        load(".", name)

    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("512", 512), ("64K", 65536), ("64kb", 65536), (" 1 MiB ", 2**20), ("1.5G", 3 * 2**29), ("2TB", 2**41), ("7b", 7)],
)
def test_sizes(text: str, size: int) -> None:
    """Powers of 1024, with or without B or iB."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "K", "-1", "1.2.3M", "1e3", "1 PB", "²", "."])
def test_no_sizes(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="a size is a number of bytes"):
        parse_size(text)


def test_toml_is_not_imported_without_need(place: Path) -> None:
    """The hook in a repository whose pyproject.toml does not speak of leakstop must not pay for a TOML parser."""
    (place / "pyproject.toml").write_text('[project]\nname = "x"')
    code = "import sys, leakstop.config as c; c.load('.'); sys.exit('tomllib' in sys.modules or 'difflib' in sys.modules)"
    environ: dict[str, Any] = {**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}

    assert subprocess.run([sys.executable, "-c", code], env=environ, check=False).returncode == 0


def test_the_folder_of_a_configuration(place: Path) -> None:
    """Where globs are seen from; nowhere without a file."""
    (place / "a").mkdir()
    (place / ".leakstop.toml").write_text("")

    assert load("a").folder == str(place)
    assert Config().folder == ""
