"""leakstop on its own checkout: no rule's example, no test and no document may look like a secret."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from helpers import CHECKOUT, fake, run_cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tracked files as they are in the working tree."""
    if not os.path.exists(os.path.join(CHECKOUT, ".git")):
        pytest.skip("needs the repository")
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True
    ).stdout
    folder = tmp_path_factory.mktemp("export")
    for name in filter(None, os.fsdecode(listing).split("\0")):
        if os.path.isfile(os.path.join(CHECKOUT, name)):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(os.path.join(CHECKOUT, name), folder / name)
    return folder


def test_our_own_checkout_is_clean(export: Path):
    """Also with the environment that the documents tell contributors to make in it: other people's packages are not ours."""
    environment = export / ".venv/lib/python3/site-packages"
    environment.mkdir(parents=True)
    (environment / "settings.py").write_text(f"TOKEN = '{fake('github-pat')}'\n")
    result = run_cli("scan", ".", cwd=export)
    assert result.code == 0, result.out + result.err
