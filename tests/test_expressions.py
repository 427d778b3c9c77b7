"""Expressions that come from the cache are the ones that would be compiled; whatever is amiss with the cache costs only time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import PACKAGE_PARENT, run_cli
from hypothesis import example, given
from hypothesis import strategies as st

from leakstop import expressions, store
from leakstop.detect.judging import placeholders
from leakstop.rules.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = (
    (rb"AKIA[A-Z2-7]{16}", 0),
    (rb"(?P<name>[a-z]+) = (?P<secret>\S{8,40})(?:;|$)", re.MULTILINE),
    (rb"(?i)pass|pwd|secret", 0),
    (rb"(?x) [^\x00-\x7f]+ # not ASCII", 0),
    ("salt ([0-9a-f]{32})", 0),
    ("[^\\W\\d_]+", re.ASCII),
    (rb"(a)?(?(1)b|c)(?>d+)e++(?=f)(?<!g)", 0),
    (b"", 0),
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, and a process that has compiled nothing."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("LEAKSTOP_CACHE", str(folder))
    _forget()
    yield folder
    _forget()


def _forget() -> None:
    expressions._known.clear()
    expressions._kept.cache_clear()
    expressions._new.clear()


def _again(pattern: bytes | str, flags: int = 0) -> re.Pattern:
    """As another process gets it."""
    expressions.keep()
    _forget()
    found = expressions.compiled(pattern, flags)
    assert not expressions._new, "it was compiled anew"
    return found


@pytest.mark.parametrize(("pattern", "flags"), KINDS)
def test_kept(pattern, flags):
    made = expressions.compiled(pattern, flags)
    again = _again(pattern, flags)
    assert again is not made
    assert (again, again.flags, again.pattern) == (made, made.flags, made.pattern)
    assert (again.groups, dict(again.groupindex)) == (made.groups, dict(made.groupindex))


def test_every_rule():
    """What the catalogue's expressions are made to is what `re` gives, on every Python that the tests run with."""
    patterns = [rule.pattern.encode() for rule in load().rules]
    patterns += [rule.pair.pattern.encode() for rule in load().rules if rule.pair]
    for pattern in patterns:
        found = re.compile(pattern)
        row = expressions._row(pattern, 0, found)
        assert row is not None, pattern
        assert expressions._made(pattern, row) == found


def test_matches():
    later = expressions.expression(rb"(?P<name>[a-z]+)=(?P<secret>\d+)")
    assert later.search(b"x: pin=1234")["secret"] == b"1234"
    again = _again(rb"(?P<name>[a-z]+)=(?P<secret>\d+)")
    match = again.fullmatch(b"pin=1234")
    assert (match.groupdict(), match.lastgroup) == ({"name": b"pin", "secret": b"1234"}, "secret")


def test_flags_are_told_apart():
    small, both = expressions.compiled(b"a", 0), expressions.compiled(b"a", re.IGNORECASE)
    expressions.keep()
    _forget()
    assert (expressions.compiled(b"a", 0), expressions.compiled(b"a", re.IGNORECASE)) == (small, both)
    assert not expressions.compiled(b"a", 0).match(b"A")


def test_what_is_there_stays():
    expressions.compiled(b"first")
    _again(b"first")
    expressions.compiled(b"second")
    _again(b"second")
    _again(b"first")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda row: (row[0], row[1][:-4], *row[2:]), id="code cut off"),
        pytest.param(lambda row: (row[0], b"\xff" * len(row[1]), *row[2:]), id="code of another engine"),
        pytest.param(lambda row: (row[0], row[1] + b"x", *row[2:]), id="code of another width"),
        pytest.param(lambda row: row[:2], id="values missing"),
        pytest.param(lambda row: None, id="nothing"),
    ],
)
def test_a_row_that_is_amiss(damage):
    from marshal import dumps

    row = expressions._row(b"[a-z]+@[a-z]+", 0, re.compile(b"[a-z]+@[a-z]+"))
    key = (b"[a-z]+@[a-z]+", 0)
    assert store.write(expressions._name(), expressions._joined([(expressions._mark(key), dumps((key, damage(row))))]))
    assert expressions.compiled(b"[a-z]+@[a-z]+").match(b"a@b")


@pytest.mark.parametrize(
    "data", [b"", b"x", b"\0\0\0\1", b"\xff\xff\xff\xff", b"\0\0\0\2" + bytes(20), b"\0\0\0\1" + b"\xff" * 90]
)
def test_an_entry_that_is_amiss(data):
    assert store.write(expressions._name(), data)
    assert expressions.compiled(b"a+").match(b"aa")
    _again(b"a+")


def test_a_damaged_file(cache: Path):
    expressions.compiled(b"a+")
    expressions.keep()
    (entry,) = cache.iterdir()
    data = bytearray(entry.read_bytes())
    data[-1] ^= 1
    entry.write_bytes(data)
    _forget()
    assert expressions.compiled(b"a+").match(b"aa")
    assert expressions._new


def test_another_build_of_python_has_its_own(monkeypatch: pytest.MonkeyPatch):
    name = expressions._name()
    monkeypatch.setattr(sys, "version", sys.version + " (another)")
    assert expressions._name() != name


def test_where_nothing_can_be_kept(cache: Path, monkeypatch: pytest.MonkeyPatch):
    """A home that cannot be written, or that is not there, is no failure and nothing is tried."""
    monkeypatch.setenv("LEAKSTOP_CACHE", str(cache / "not" / "there"))
    expressions.compiled(b"a+")
    expressions.keep()
    assert not (cache / "not").exists()


def test_a_mistake_is_told():
    with pytest.raises(re.error):
        expressions.compiled(b"(")


def test_the_next_process_compiles_nothing(tmp_path: Path, cache: Path):
    """The command itself, twice over the same file with a value that many filters look at."""
    (tmp_path / "settings.py").write_text('password = "' + "Tr0ub4dor" + "And3Horse" + '"\n')
    program = (
        "import sys; from leakstop import cli, expressions; code = cli.main(sys.argv[1:]);"
        "print(len(list(expressions._all(expressions._kept()))), expressions._new)"
    )
    told = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-P", "-c", program, "scan", "--quiet", "--exit-zero", "settings.py"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": PACKAGE_PARENT},
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(done.stdout.splitlines()[-1])
    assert told[0] == "0 {}"
    kept, left = told[1].split(" ", 1)
    assert (int(kept) > 5, left) == (True, "{}")
    (entry,) = [entry for entry in cache.iterdir() if entry.name.startswith("expressions-")]
    before = entry.stat().st_mtime_ns
    subprocess.run(
        [sys.executable, "-P", "-m", "leakstop", "scan", "--quiet", "--exit-zero", "settings.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": PACKAGE_PARENT}, check=True,
    )  # fmt: skip
    assert entry.stat().st_mtime_ns == before


def test_no_expression_is_made_of_a_value(tmp_path):
    """Expressions are kept on the disk: what a password consists of must not get there."""
    cache = tmp_path / "cache"
    word = "qzx"
    (tmp_path / "settings.ini").write_text(f'password: "{word}@wvk7jb"\n')
    for _ in range(2):
        result = run_cli("scan", "--format", "json", "settings.ini", cwd=tmp_path, env={"LEAKSTOP_CACHE": str(cache)})
        assert len(result.json()["findings"]) == 1
    kept = b"".join(path.read_bytes() for path in cache.iterdir())
    assert kept
    assert word.encode() not in kept


@given(st.text("a@7s$-3er", min_size=1, max_size=10))
@example("s$cr$t")
@example("03#pa33")
@example("sec@ret")
def test_words_behind_signs_are_those_that_an_expression_would_find(value: str):
    low = value.encode()
    shape = re.sub(rb"[^a-z]", b".?", low)
    for word in (b"secret", b"pass", b"sea", b"aser"):
        assert placeholders._hides(low, word) == (re.fullmatch(shape, word) is not None)
