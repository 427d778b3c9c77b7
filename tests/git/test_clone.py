"""Repositories that are cloned for one scan."""

from __future__ import annotations

import os
import tempfile

import pytest
from helpers import Repo, run_cli

from leakstop.errors import SourceError
from leakstop.git.clone import Clone, is_url, without_password
from leakstop.progress import Progress


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    """So that what is left over can be seen."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_all_refs_and_gone_afterwards(repo: Repo, own_temporary_folder) -> None:
    """A bare mirror: also refs that an ordinary clone leaves behind."""
    repo.add("a.txt", "hello\n")
    repo.git("update-ref", "refs/pull/1/head", "HEAD")
    with Clone(repo.path.as_uri()) as path:
        copy = Repo(path)
        assert copy.git("for-each-ref", "--format=%(refname)").split() == [b"refs/heads/main", b"refs/pull/1/head"]
        assert copy.git("rev-parse", "--is-bare-repository").strip() == b"true"
    assert os.listdir(own_temporary_folder) == []


def test_progress(repo: Repo) -> None:
    """The objects that arrive are counted."""
    for number in range(3):
        repo.add("a.txt", f"{number}\n")
    with Progress(None, "objects", enabled=False) as progress, Clone(repo.path.as_uri(), progress):
        pass
    assert (progress.done, progress.total) == (9, 9)


def test_without_git(repo: Repo, tmp_path) -> None:
    result = run_cli("history", repo.path.as_uri(), cwd=tmp_path, env={"PATH": str(tmp_path)})
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("leakstop: git is not installed")
    assert len(result.err.splitlines()) == 2  # what is wrong, and the remedy


def test_gone_after_a_failure(repo: Repo, own_temporary_folder) -> None:
    """Whatever happens meanwhile."""
    with pytest.raises(KeyboardInterrupt), Clone(repo.path.as_uri()):
        raise KeyboardInterrupt
    assert os.listdir(own_temporary_folder) == []


@pytest.mark.parametrize(
    "url, told",
    [
        ("file:///does/not/exist", "does not appear to be a git repository"),
        ("https://user:hunter2@127.0.0.1:9/x.git", "cannot clone https://127.0.0.1:9/x.git: "),
        ("ext::sh -c id", "transport 'ext' not allowed"),
        ("--upload-pack=touch hacked", ""),
    ],
)
def test_failures(url: str, told: str, own_temporary_folder, monkeypatch) -> None:
    """One line with the remedy, no password, nothing run, nothing left over."""
    monkeypatch.chdir(own_temporary_folder)
    with pytest.raises(SourceError) as caught, Clone(url):
        pass

    assert caught.value.message.startswith("cannot clone ")
    assert told in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.remedy
    assert "git clone --mirror" in caught.value.remedy
    assert os.listdir(own_temporary_folder) == []


@pytest.mark.parametrize(
    "text, expected",
    [
        ("https://example.com/a.git", True),
        ("ssh://git@example.com/a.git", True),
        ("git@example.com:owner/name.git", True),
        ("example.com:name", True),
        ("ext::sh -c id", True),
        (".", False),
        ("../other", False),
        ("/path/with:colon", False),
        ("./a:b", False),
        ("C:/windows", False),
        ("here:is", False),
    ],
)
def test_what_is_elsewhere(text: str, expected: bool, tmp_path, monkeypatch) -> None:
    """URLs, and `host:path` unless there is such a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here:is").write_text("")

    assert is_url(text) is expected


@pytest.mark.parametrize(
    "url, expected",
    [
        ("https://user:pa/ss@example.com/a", "https://example.com/a"),
        ("https://example.com:443/a@b", "https://example.com:443/a@b"),
        ("https://user:pass@example.com/a@b", "https://example.com/a@b"),
        ("https://token@example.com", "https://example.com"),
        ("git@example.com:a", "git@example.com:a"),
    ],
)
def test_without_password(url: str, expected: str) -> None:
    assert without_password(url) == expected
