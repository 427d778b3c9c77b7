"""What modules may import and do, as far as import-linter and ruff (see pyproject.toml) do not look."""

from __future__ import annotations

import ast
import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
from helpers import CHECKOUT

# import name -> name on PyPI
PACKAGES = {
    "botocore": "boto3",  # which is a layer on it
    "git": "gitpython",
    "backports": "backports.zstd",
    "compression": "backports.zstd",
}  # Python itself has it from 3.14 on
STARTS_PROCESSES = re.compile(r"^(system|popen|posix_spawnp?|exec[vl]p?e?|spawn[vl]p?e?|startfile)$")

MODULES = sorted(Path(CHECKOUT, "leakstop").rglob("*.py"))
pytestmark = pytest.mark.skipif(not MODULES, reason="needs the checkout")


def shown(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def imports(tree: ast.AST) -> set[str]:
    """The first names of all modules imported, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def test_everything_imported_is_declared_and_everything_declared_is_imported():
    project = tomllib.loads(Path(CHECKOUT, "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[^\w.-]", line)[0].lower() for line in project["dependencies"]}
    used = set().union(*(imports(ast.parse(path.read_bytes())) for path in MODULES)) - sys.stdlib_module_names - {"leakstop"}
    assert {PACKAGES.get(name, name) for name in used} == declared


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_only_git_starts_processes(path: Path):
    if "leakstop/git/" in shown(path):
        return
    calls = [
        f"os.{node.attr} in line {node.lineno}"
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and STARTS_PROCESSES.match(node.attr)
    ]
    assert not calls


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_modules_stay_small_and_say_what_they_are_for(path: Path):
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 400
    if os.path.basename(path) != "__init__.py":
        assert ast.get_docstring(ast.parse(source))


def test_folders_of_the_tests_are_no_packages():
    """`tests/git/__init__.py` would hide GitPython (tests/ is on the path)."""
    assert not list(Path(CHECKOUT, "tests").rglob("__init__.py"))
