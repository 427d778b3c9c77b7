"""The text that a commit will have, seen by a commit-msg hook."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import PACKAGE_PARENT, Repo

from leakstop.errors import NoSuchPath
from leakstop.git.plumbing import open_repository
from leakstop.model import Tally
from leakstop.sources.messages import message, without_comments

if TYPE_CHECKING:
    from pathlib import Path

SCISSORS = " ------------------------ >8 ------------------------\n"


def see(repo: Repo, content: bytes) -> bytes:
    path = os.fsencode(repo.path / "MESSAGE")
    repo.write("MESSAGE", content)
    tally = Tally()
    [chunk] = message(path, open_repository(str(repo.path)), tally)
    assert (chunk.origin.kind, chunk.origin.path, chunk.line) == ("message", path, 1)
    assert tally.files == 1
    return chunk.data


TABLE = [
    ("a\n# comment\nb\n", b"#", "a\n\nb\n"),
    ("a\n #kept\n#gone", b"#", "a\n #kept\n"),
    ("a\n; comment\n# kept\n", b";", "a\n\n# kept\n"),
    ("a\n// comment\n/ kept\n", b"//", "a\n\n/ kept\n"),
    (f"a\n#{SCISSORS}# Everything below\ndiff\n-old\n", b"#", "a\n\n\n\n\n"),
    (f"a\n;{SCISSORS}diff\n", b"#", f"a\n;{SCISSORS}diff\n"),
    (f"a\n# x\n;{SCISSORS}; y\ndiff\n", None, "a\n# x\n\n\n\n"),
    (f"a\n; x\n;{SCISSORS}diff\n", None, "a\n\n\n\n"),
    ("a\n# x\n", None, "a\n# x\n"),
    (f"a\r\n#{SCISSORS[:-1]}\r\ndiff\r\n", b"#", "a\r\n\n\n"),
    (f"{SCISSORS}a\n", b"#", f"{SCISSORS}a\n"),
    (f"text #{SCISSORS}a\n", b"#", f"text #{SCISSORS}a\n"),
    ("", b"#", ""),
]


@pytest.mark.parametrize("text, comment, left", TABLE)
def test_comments_and_scissors(text: str, comment: bytes | None, left: str) -> None:
    """What git leaves out is blank; every line keeps its number."""
    cleaned = without_comments(text.encode(), comment)
    assert cleaned == left.encode()
    assert cleaned.count(b"\n") == text.count("\n")


@pytest.mark.parametrize("setting", [{}, {"core.commentChar": ";"}, {"core.commentChar": "auto"}, {"core.commentChar": "%"}])
def test_comment_character(repo: Repo, setting: dict[str, str]) -> None:
    """The one that is configured; `auto` takes away only what is certain."""
    for name, value in setting.items():
        repo.git("config", name, value)
    char = setting.get("core.commentChar", "#")
    assert see(repo, b"a\n# b\n; c\n% d\n") == b"a\n" + b"".join(
        b"\n" if line[:1] == char.encode() else line for line in (b"# b\n", b"; c\n", b"% d\n")
    )


def test_comments_that_stay(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an editor (`git commit -m`), and with some values of commit.cleanup, git keeps them."""
    text = f"a\n# b\n#{SCISSORS}under\n".encode()
    repo.git("config", "commit.cleanup", "verbatim")
    assert see(repo, text) == b"a\n# b\n\n\n"
    repo.git("config", "commit.cleanup", "strip")
    assert see(repo, text) == b"a\n\n\n\n"
    monkeypatch.setenv("GIT_EDITOR", ":")
    assert see(repo, text) == text
    repo.git("config", "commit.cleanup", "scissors")
    assert see(repo, text) == b"a\n# b\n\n\n"


def test_encodings(repo: Repo) -> None:
    """Bytes as they are, but for encodings that hide ASCII."""
    assert see(repo, b"caf\xe9 \xff\0\n") == b"caf\xe9 \xff\0\n"
    repo.git("config", "i18n.commitEncoding", "UTF-16LE")
    assert see(repo, "tökén\n".encode("utf-16-le")) == "tökén\n".encode()
    repo.git("config", "i18n.commitEncoding", "no-such-encoding")
    assert see(repo, b"text\n") == b"text\n"


def test_missing_file(repo: Repo) -> None:
    """One line, with the remedy."""
    with pytest.raises(NoSuchPath, match="no such file") as caught:
        list(message(b"/no/such/file", open_repository(str(repo.path)), Tally()))
    assert "commit-msg" in caught.value.remedy


HOOK = """#!/bin/sh
exec "{python}" -c '
import sys
sys.path.insert(0, "{package}")
from leakstop.git.plumbing import open_repository
from leakstop.model import Tally
from leakstop.sources.messages import message
[chunk] = message(sys.argv[1].encode(), open_repository("."), Tally())
open("{log}", "wb").write(chunk.data)
' "$1"
"""


@pytest.mark.parametrize("below", [False, True])
def test_real_hook(repo: Repo, tmp_path: Path, below: bool) -> None:
    """As git calls it: with an editor and --verbose; with -m; from a folder below."""
    log = tmp_path / "log"
    hook = repo.path / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(python=sys.executable, package=PACKAGE_PARENT, log=log))
    hook.chmod(0o755)
    repo.write("sub/a", "old secret\n")
    repo.stage()
    here = Repo(repo.path / "sub") if below else repo
    here.git("commit", "-q", "-m", "Subject\n\n# kept: no editor")
    assert log.read_bytes() == b"Subject\n\n# kept: no editor\n"
    assert repo.git("log", "-1", "--format=%B") == b"Subject\n\n# kept: no editor\n\n"
    repo.write("sub/a", "new\n")
    repo.stage()
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\n{ printf "Edited\\n# mine\\n"; cat "$1"; } > "$1.new" && mv "$1.new" "$1"\n')
    editor.chmod(0o755)
    here.git("commit", "-q", "--verbose", GIT_EDITOR=str(editor))
    assert log.read_bytes().strip(b"\n") == b"Edited"
    assert log.read_bytes().count(b"\n") > 10
    assert repo.git("log", "-1", "--format=%B") == b"Edited\n\n"
