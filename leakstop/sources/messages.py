"""The message of a commit that is being made: what the commit-msg hook is given."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakstop.errors import NoSuchPath, SourceError
from leakstop.git.people import as_utf8
from leakstop.git.plumbing import run
from leakstop.model import Chunk, Origin, show_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.git.plumbing import Repository
    from leakstop.model import Tally

SCISSORS = b" ------------------------ >8 ------------------------"
KEEPING = ("verbatim", "whitespace", "scissors")  # values of commit.cleanup with which comments stay in the commit
_REMEDY = "Name the file that git gives the commit-msg hook."
SETTINGS = r"^(core\.comment(char|string)|commit\.cleanup|i18n\.commitencoding)$"


def message(path: bytes, repo: Repository, tally: Tally) -> Iterator[Chunk]:
    """The text that the commit will hold. What git will leave out is blank, so that lines keep their numbers.

    NoSuchPath, SourceError: the file is not there, or cannot be read.
    """
    try:
        with open(path, "rb") as file:
            text = file.read()
    except (FileNotFoundError, NotADirectoryError):
        raise NoSuchPath(show_path(path), _REMEDY) from None
    except OSError as error:
        raise SourceError(f"{show_path(path)}: {str(error.strerror).lower()}", _REMEDY) from None
    settings = _settings(repo)
    tally.files += 1
    tally.bytes += len(text)
    text = as_utf8(text, settings.get("i18n.commitencoding", ""))
    cleanup = settings.get("commit.cleanup", "")
    # Hooks are given this editor when none is opened (`git commit -m`); git then takes `#` and all the rest literally.
    if os.environ.get("GIT_EDITOR") != ":" or cleanup == "scissors":
        text = without_comments(text, _comment(settings), keep=cleanup in KEEPING)
    yield Chunk(text, Origin("message", path=path))


def _settings(repo: Repository) -> dict[str, str]:
    """The settings that matter, the last value of each; commentChar and commentString are one setting."""
    listing = run(repo, ["config", "-z", "--get-regexp", SETTINGS], ok=(0, 1)).decode("utf-8", "surrogateescape")
    settings = {}
    for entry in listing.split("\0")[:-1]:
        name, _, value = entry.partition("\n")
        settings["core.comment" if name.startswith("core.comment") else name] = value
    return settings


def _comment(settings: dict[str, str]) -> bytes | None:
    """What a comment line begins with; None: git chooses it for each message (`auto`)."""
    value = settings.get("core.comment", "#")
    return None if value == "auto" else os.fsencode(value)


def without_comments(text: bytes, comment: bytes | None, *, keep: bool = False) -> bytes:
    """The text with comment lines blank (unless kept), and everything from the scissors line on.

    With an unknown `comment` only the scissors line tells it; without one nothing is taken for a comment.
    """
    lines = text.split(b"\n")
    cut = len(lines)
    for number, line in enumerate(lines):
        mark = line.rstrip(b"\r").removesuffix(SCISSORS)
        if mark != line.rstrip(b"\r") and (mark == comment or (comment is None and 0 < len(mark) <= 4)):
            cut, comment = number, mark
            break
    hidden = comment if not keep else None
    return b"\n".join(b"" if number >= cut or (hidden and line.startswith(hidden)) else line for number, line in enumerate(lines))
