"""`leakstop explain`: what became of each value."""

from __future__ import annotations

import base64
import os
import random
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import fake, run_cli

if TYPE_CHECKING:
    from pathlib import Path

SECRET = fake("github-pat")
BROKEN = SECRET[:-1] + ("a" if SECRET[-1] != "a" else "b")
TEXT = f"""\
nothing here
first = "{SECRET}"
wrong = "{BROKEN}"
ours = "{fake("github-pat", 1)}"  # leakstop: allow -- made up
db_password = "{fake("password")}"
both = "{fake("github-pat", 2)}", "{fake("github-pat", 3)}"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "a:b.txt").write_text(TEXT)
    return tmp_path


def rows(place: Path, *args: str) -> list[list[str]]:
    """Place, redacted value, rule, fate."""
    result = run_cli("explain", *args, cwd=place)
    assert (result.code, result.err) == (0, "")
    assert SECRET not in result.out
    assert BROKEN not in result.out
    return [[part for part in line.split("  ") if part] for line in result.out.splitlines()]


@pytest.mark.parametrize(
    "line, expected",
    [
        pytest.param(2, ["ghp_…", "github-personal-access-token", "reported"], id="reported"),
        pytest.param(3, ["ghp_…", "github-personal-access-token", "dropped: checksum"], id="dropped, by which filter"),
        pytest.param(4, ["ghp_…", "github-personal-access-token", "ignored: leakstop: allow"], id="ignored, by which comment"),
    ],
)
def test_fates(place: Path, line: int, expected: list[str]) -> None:
    """One line of the file, looked at in the context of the whole."""
    shown = [row for row in rows(place, f"a:b.txt:{line}") if "github" in row[2]]

    assert len(shown) == 1
    where, *what = (part.strip() for part in shown[0])
    assert where == f"a:b.txt:{line}:{TEXT.splitlines()[line - 1].index('ghp_') + 1}"
    assert what[:2] == expected[:2]
    assert what[2].startswith(expected[2])


def test_whole_file(place: Path) -> None:
    """In the order of the file, every value on its own line."""
    lines = [int(row[0].split(":")[2]) for row in rows(place, "a:b.txt") if "github" in row[2]]

    assert lines == [2, 3, 4, 6, 6]


def test_confidence(place: Path) -> None:
    """A value below the confidence that a scan would ask for, and why it is."""
    value = "".join(random.Random(5).choices("0123456789abcdef", k=32))
    (place / "tests").mkdir()
    (place / "tests" / "test_a.py").write_text(f'derivation_key = "{value}"\n')

    (weak,) = rows(place, "tests/test_a.py:1")

    assert weak[3] == "left out: low confidence, hex in a test or sample; see --confidence"


def test_nothing(place: Path) -> None:
    """That is an answer, too."""
    assert run_cli("explain", "a:b.txt:1", cwd=place).out == "a:b.txt:1: no rule matches anything here\n"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take only names in UTF-8")
def test_a_name_that_is_not_utf_8_is_shown_as_reports_show_it(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.env")
    (tmp_path / name).write_text(f"TOKEN={fake('github-pat')}\n")

    assert run_cli("explain", name, cwd=tmp_path).out.startswith("caf\\xe9.env:1:7  ghp_")
    assert "explain: caf\\xe9.env has no line 9\n" in run_cli("explain", f"{name}:9", cwd=tmp_path).err


@pytest.mark.parametrize(
    "argument, code, told",
    [
        ("missing.txt:1", 2, "leakstop: missing.txt: no such file or folder\n  Paths are relative to the current folder.\n"),
        ("a:b.txt:99", 2, "leakstop: explain: a:b.txt has no line 99\n  Its last line is 6.\n"),
        (".:1", 3, "leakstop: .: is a directory\n  Name a file, or a line of it as FILE:LINE.\n"),
    ],
)
def test_unreadable(place: Path, argument: str, code: int, told: str) -> None:
    result = run_cli("explain", argument, cwd=place)

    assert (result.code, result.out, result.err) == (code, "", told)


def test_entries_of_the_ignore_file(place: Path) -> None:
    """Silenced by a file, and expired."""
    assert run_cli("ignore", "a:b.txt:2", "--reason", "made up", "--until", "2999-12-31", cwd=place).code == 0
    assert rows(place, "a:b.txt:2")[0][-1].strip() == "ignored: .leakstop-ignore (until 2999-12-31) -- made up"
    entries = place / ".leakstop-ignore"
    entries.write_text(entries.read_text().replace("2999-12-31", "2020-01-31"))
    expired = "reported: the entry in .leakstop-ignore expired on 2020-01-31 -- made up"
    assert rows(place, "a:b.txt:2")[0][-1].strip() == expired


def test_what_is_encoded(tmp_path):
    """A value that only decoding shows is explained where its code stands."""
    encoded = base64.b64encode(f"token = {fake('github-pat', 8)}".encode()).decode()
    text = f"first line\nCONFIG={encoded}\n"
    (tmp_path / "settings").write_text(text)
    result = run_cli("explain", "settings:2", cwd=tmp_path)

    assert "settings:2:8" in result.out
    assert "github" in result.out
    assert "reported" in result.out


def test_a_value_is_reported_in_one_place_and_dropped_in_another(tmp_path):
    value = fake("password")
    (tmp_path / "a.py").write_text(f'db_password = "{value}"\npassword_label = "{value}"\n')
    fates = [(place, fate) for place, _, _, fate in rows(tmp_path, "a.py")]
    assert fates == [("a.py:1:16", "reported"), ("a.py:2:19", "dropped: harmless name")]
