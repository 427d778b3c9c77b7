"""Completion, in the real shells where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import PACKAGE_PARENT, run_cli

from leakstop.commands.options import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

LINES = [
    pytest.param("leakstop s", {"scan", "staged"}, id="commands"),
    pytest.param("leakstop rules ", {"list", "show", "test"}, id="second words"),
    pytest.param("leakstop scan --re", {"--respect-gitignore"}, id="options"),
    pytest.param("leakstop rules show --f", {"--format"}, id="options of a second word"),
    pytest.param("leakstop scan --format ", set(FORMATS), id="values"),
    pytest.param("leakstop completion z", {"zsh"}, id="choices of an argument"),
    pytest.param("leakstop rules show generic-api", {"generic-api-key"}, id="rule ids"),
    pytest.param("leakstop history --refs ", set(), id="a value that cannot be guessed"),
]


def shell(name: str) -> str:
    """The path of a shell; the test is skipped where there is none."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a command `leakstop` in bin/ and the scripts for all shells."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "leakstop"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{PACKAGE_PARENT}" exec "{sys.executable}" -P -m leakstop "$@"\n')
    command.chmod(0o755)
    for name in ("bash", "zsh", "fish"):
        result = run_cli("completion", name, cwd=tmp_path)
        assert (result.code, result.err) == (0, "")
        (tmp_path / f"leakstop.{name}").write_text(result.out)
    return tmp_path


def run(place: Path, *command: str) -> str:
    environ = {**os.environ, "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=place, env=environ, capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
    assert done.stderr.decode() == ""
    return done.stdout.decode()


@pytest.mark.parametrize("line, offered", LINES)
def test_bash(place: Path, line: str, offered: set[str]) -> None:
    words = line.split(" ")
    script = 'source leakstop.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _leakstop; printf "%s\\n" "${COMPREPLY[@]}"'

    assert set(run(place, shell("bash"), "--norc", "-c", script, "bash", *words).split()) == offered


@pytest.mark.parametrize("line, offered", LINES)
def test_fish(place: Path, line: str, offered: set[str]) -> None:
    answer = run(place, shell("fish"), "--no-config", "-c", f"source leakstop.fish; complete -C '{line}'")

    assert {row.split("\t")[0] for row in answer.splitlines()} == offered


ZSH = r"""
zmodload zsh/zpty
zpty terminal zsh -f -i
zpty -w terminal "PS1=; fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -d $PWD/dump; bindkey '^I' complete-word"
zpty -w terminal "compadd () { builtin compadd -O f \"\$@\"; print -l -- \$f >> offered; builtin compadd \"\$@\" }; print GO"
zpty -r terminal output '*GO*GO*'
zpty -n -w terminal "$1"$'\t'
for turn in {1..100}; do
    sleep 0.1
    [[ -s offered ]] && { sleep 0.3; break }
done
zpty -d terminal
cat offered
"""


@pytest.mark.parametrize("line, offered", [LINES[0], LINES[1], LINES[3], LINES[4]])
def test_zsh(place: Path, line: str, offered: set[str]) -> None:
    """In a terminal of its own, with the tabulator key: what `compadd` is given."""
    zsh = shell("zsh")
    (place / "leakstop.zsh").rename(place / "_leakstop")

    assert set(run(place, zsh, "-f", "-c", ZSH, "zsh", line).split()) == offered


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_scripts_are_well_formed(place: Path, name: str) -> None:
    """The shells' own check of the syntax."""
    assert run(place, shell(name), "-n", f"leakstop.{name}") == ""


def test_unknown_shell(tmp_path: Path) -> None:
    result = run_cli("completion", "zhs", cwd=tmp_path)

    assert result.code == 2
    assert 'Did you mean "zsh"?' in result.err
