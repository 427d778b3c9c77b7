"""Key blocks are the same secret in whatever notation they stand."""

from __future__ import annotations

import base64
import string
from typing import TYPE_CHECKING

import pytest
from helpers import fake, run_cli
from hypothesis import given
from hypothesis import strategies as st

from leakstop.armor import identity, plain
from leakstop.rules.templates import expand
from leakstop.triage.fingerprint import fingerprint
from leakstop.triage.ignores import Entry, new, with_entry

if TYPE_CHECKING:
    from pathlib import Path

KEY = fake("private-key").strip()
PGP = expand("{pem:PGP PRIVATE KEY BLOCK}", "a").decode().strip().replace("-----\n", "-----\n\n", 1)
LINES = KEY.split("\n")
NOTATIONS = {
    "lf.pem": KEY,
    "crlf.pem": KEY.replace("\n", "\r\n"),
    "a.yml": "key: |\n" + "".join(f"    {line}\n" for line in LINES),
    "a.json": '{"key": "' + KEY.replace("\n", "\\n") + '"}',
    "b.json": '{"key": "' + KEY.replace("\n", "\\r\\n") + '"}',
    "a.env": "KEY=" + KEY.replace("\n", " "),
    "a.py": "KEY = (\n" + "".join(f'    "{line}\\n"\n' for line in LINES) + ")",
    "a.js": "const key = " + " +\n  ".join(f"'{line}\\n'" for line in LINES) + ";",
    "a.php": "<?php $k = " + " .\n  ".join(f'"{line}\\r\\n"' for line in LINES) + ";",
    "a.diff": "".join(f"+{line}\n" for line in LINES),
    "a.go": "".join(f"//  {line}\n" for line in LINES),
    "mail.txt": "".join(f"> {line}\n" for line in LINES),
}


def block(text: str) -> bytes:
    end = text.rindex("-----END")
    return text[text.index("-----BEGIN") : text.index("-----", end + 8) + 5].encode()


@pytest.mark.parametrize("name", NOTATIONS)
def test_notations_have_one_plain_form(name: str) -> None:
    assert plain(block(NOTATIONS[name])) == KEY.encode()


@pytest.mark.parametrize(
    "value",
    [
        KEY.encode(),
        PGP.encode(),
        KEY.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1).encode(),
        KEY.encode()[:-60],
        block("-----BEGIN RSA PRIVATE KEY-----\\n' + key + \\n'-----END RSA PRIVATE KEY-----"),
        b"correct\r\nhorse",
    ],
    ids=["plain", "pgp", "headers", "cut off", "no data", "no block"],
)
def test_is_left_as_it_is(value: bytes) -> None:
    """Fingerprints of what was plain already do not change, nor those of what is no block."""
    assert plain(value) == value


def test_blank_line_after_headers_stays() -> None:
    assert plain(PGP.replace("\n", "\r\n").encode()) == PGP.encode()


@given(st.lists(st.text(string.ascii_letters + string.digits + "+/", min_size=1, max_size=64), min_size=1, max_size=6), st.data())
def test_any_lines_between_any_ends(inner: list[str], data: st.DataObject) -> None:
    lines = ["-----BEGIN PRIVATE KEY-----", *inner, "-----END PRIVATE KEY-----"]
    lead = data.draw(st.sampled_from(["", "  ", "\t", "> ", "+", "//  ", "# ", "    * "]))
    end = data.draw(st.sampled_from(["\n", "\r\n", "\\n", "\\r\\n", "\\\\n"]))
    if end.startswith("\\"):
        lead = ""
    value = (end + lead).join(lines).encode()
    assert plain(value) == "\n".join(lines).encode()
    assert identity(value) == "".join(lines).replace(" ", "").encode()


@given(st.binary(max_size=80))
def test_anything_is_taken(middle: bytes) -> None:
    for value in (middle, b"-----BEGIN X-----" + middle, b"-----BEGIN X-----" + middle + b"-----END X-----"):
        assert plain(value).startswith(value[:17] if value != middle else b"")
        identity(value)


def test_one_secret_in_many_notations(tmp_path: Path) -> None:
    """Counted and shown once, also where the whole file is encoded."""
    for name, text in NOTATIONS.items():
        (tmp_path / name).write_bytes(text.encode() + b"\n")
    encoded = base64.b64encode(KEY.encode() + b"\n").decode()
    (tmp_path / "secret.yml").write_text(f"kind: Secret\ndata:\n  key: {encoded}\n")
    found = run_cli("scan", "--format", "json", cwd=tmp_path).json()["findings"]
    assert {finding["file"] for finding in found} == {*NOTATIONS, "secret.yml"}
    assert len({finding["fingerprint"] for finding in found if finding["rule"] == "private-key-rsa"}) == 1
    text = run_cli("scan", cwd=tmp_path).out
    assert text.splitlines()[-1].startswith("1 secret in 13 files")
    assert text.count("  private-key-") == 1


def test_entries_made_of_a_notation_still_count(tmp_path: Path) -> None:
    """Ignore files hold fingerprints of keys with CRLF."""
    salt = bytes(range(16))
    value = NOTATIONS["crlf.pem"].encode()
    (tmp_path / "key.pem").write_bytes(value)
    old = Entry(fingerprint("private-key-rsa", value, salt), reason="made up")
    (tmp_path / ".leakstop-ignore").write_text(with_entry(new(salt), old))
    result = run_cli("scan", "--format", "json", cwd=tmp_path)
    assert [finding["triage"]["status"] for finding in result.json()["findings"]] == ["ignored"]
    assert result.code == 0


def test_value_under_two_rules_is_one_secret(tmp_path: Path) -> None:
    """Each finding has its own rule, which is its identity; people are told of one secret, by the rule that has a name for it."""
    value = expand("{0-9a-f:32}", "datadog").decode()
    (tmp_path / "a.env").write_text(f"SERVER_SECRET={value}\n")
    (tmp_path / "b.env").write_text(f"DD_API_KEY={value}\n")
    found = run_cli("scan", "--format", "json", cwd=tmp_path).json()["findings"]
    assert [finding["rule"] for finding in found] == ["generic-secret", "datadog-api-key"]
    text = run_cli("scan", cwd=tmp_path).out
    assert text.splitlines()[-1].startswith("1 secret in 2 files")
    assert "datadog-api-key  Datadog" in text
    assert "  generic-secret  " not in text
    assert all(finding["fingerprint"] in text for finding in found)
