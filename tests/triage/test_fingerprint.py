"""Fingerprints and the key they hang on."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import sys

import pytest

from leakstop.triage import fingerprint as module
from leakstop.triage.fingerprint import fingerprint, key_path, load_key, name_of, own_salt, salt_name

KEY = bytes(range(32))
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


def test_form():
    assert re.fullmatch(r"lk1:[0-9a-f]{32}", fingerprint("a-b", b"secret", KEY))


def test_is_what_the_document_says():
    salt = hashlib.blake2b(KEY, digest_size=4, person=b"leakstop/salt").hexdigest()
    expected = hashlib.blake2b(b"a-b\0secret", digest_size=12, key=KEY, person=b"leakstop/lk1").hexdigest()
    assert fingerprint("a-b", b"secret", KEY) == f"lk1:{salt}{expected}"


def test_names_its_salt():
    assert salt_name(fingerprint("a-b", b"secret", KEY)) == name_of(KEY)
    for wrong in ("", "lk1:", "lk1:" + "0" * 31, "lk1:" + "g" * 32, "lk2:" + "0" * 32, "0" * 36):
        with pytest.raises(ValueError, match="a fingerprint is lk1:"):
            salt_name(wrong)


def test_depends_on_rule_secret_and_key_alone():
    all_of = {
        fingerprint(rule, secret, key)
        for rule in ("a-b", "a-c")
        for secret in (b"secret", b"Secret", b"")
        for key in (KEY, KEY[::-1])
    }
    assert len(all_of) == 12
    assert fingerprint("a-b", b"c", KEY) != fingerprint("a", b"-bc", KEY)


@pytest.fixture
def data_home(tmp_path, monkeypatch):
    home = tmp_path / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(home))
    monkeypatch.setenv("LOCALAPPDATA", str(home))
    return home


def assert_for_this_run_only():
    first, second = load_key(), load_key()
    assert len(first) == len(second) == 32
    assert first != second


def test_key_is_made_once_and_kept(data_home):
    first = load_key()
    assert len(first) == 32
    assert load_key() == first
    assert own_salt("/place") == own_salt("/place") != own_salt("/other")
    assert len(own_salt("/place")) == 16
    assert [entry.name for entry in (data_home / "leakstop").iterdir()] == ["key"]


@posix
def test_key_is_readable_by_its_owner_alone(data_home):
    old = os.umask(0)
    try:
        load_key()
    finally:
        os.umask(old)
    assert stat.S_IMODE((data_home / "leakstop" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((data_home / "leakstop").stat().st_mode) == 0o700


def test_key_that_is_not_one_is_left_alone(data_home):
    path = data_home / "leakstop" / "key"
    path.parent.mkdir(parents=True)
    for content in (b"", b"short", b"x" * 33):
        path.write_bytes(content)
        assert_for_this_run_only()
        assert path.read_bytes() == content


def test_place_that_cannot_be_used_gives_a_key_for_this_run(data_home):
    data_home.write_text("a file where the folder should be")
    assert_for_this_run_only()


@posix
@pytest.mark.parametrize("make", ["folder", "pipe", "dangling link"])
def test_odd_things_in_the_place_of_the_key(data_home, make):
    path = data_home / "leakstop" / "key"
    path.parent.mkdir(parents=True)
    if make == "folder":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("nowhere")
    assert_for_this_run_only()


@posix
@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_permission(data_home):
    data_home.mkdir()
    data_home.chmod(0o500)
    assert_for_this_run_only()


def test_file_system_without_hard_links(data_home, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert load_key() == load_key()


def test_no_place_at_all(monkeypatch):
    monkeypatch.setattr(module, "key_path", lambda: "")
    assert_for_this_run_only()


@posix
def test_relative_data_directory_is_ignored(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", "some/where")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert key_path().startswith(str(tmp_path))


def test_processes_at_once_agree(data_home):
    code = "from leakstop.triage.fingerprint import load_key; print(load_key().hex())"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env) for _ in range(6)]
    assert len({process.communicate()[0] for process in running}) == 1
    assert [entry.name for entry in (data_home / "leakstop").iterdir()] == ["key"]
