"""The folders in which a repository's objects lie: its own, and those it borrows from (alternates)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from leakstop.git.plain import opener
from leakstop.model import Problem, show_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leakstop.git.plumbing import Repository

_DEEPEST = 5  # alternates of alternates, as in git
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_REMEDY = "Bring the folder back, or correct objects/info/alternates."


class Folders(NamedTuple):
    """Where to look for objects, the repository's own folder first."""

    paths: tuple[bytes, ...]
    problems: tuple[Problem, ...]  # alternates that are not there


def object_folders(repo: Repository, environ: Mapping[str, str]) -> Folders:
    """The object folders of a repository; those that the environment names only if it speaks of this one (hooks, quarantine)."""
    named = environ if repo.ambient else {}
    own = os.fsencode(named.get("GIT_OBJECT_DIRECTORY", "")) or os.path.join(repo.common_dir, b"objects")
    borrowed = _entries(os.fsencode(named.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")), os.fsencode(os.pathsep))
    paths: list[bytes] = []
    problems: list[Problem] = []
    seen: set[bytes] = set()

    def visit(path: bytes, depth: int) -> None:
        real = os.path.realpath(path)
        if real in seen:
            return
        seen.add(real)
        if depth and not os.path.isdir(path):
            problems.append(Problem(show_path(path), "this folder, from which objects are borrowed, does not exist", _REMEDY))
            return
        paths.append(path)
        try:
            alternates = _read(os.path.join(path, b"info", b"alternates"))
        except OSError as error:
            problems.append(Problem(show_path(path), f"info/alternates cannot be read: {error.strerror}", _REMEDY))
            return
        if alternates and depth >= _DEEPEST:
            problems.append(Problem(show_path(path), "objects are borrowed over more than five repositories", _REMEDY))
            return
        for entry in _entries(alternates, b"\n"):
            visit(os.path.join(path, entry), depth + 1)

    visit(own, 0)
    for entry in borrowed:
        visit(entry, 1)
    return Folders(tuple(paths), tuple(problems))


def _read(path: bytes) -> bytes:
    try:
        with open(path, "rb", opener=opener) as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _entries(text: bytes, separator: bytes) -> Iterable[bytes]:
    """Paths in a list; comments left out, those in double quotes unquoted as in C."""
    at = 0
    while at < len(text):
        if text[at : at + 1] == b'"':
            entry, at = _quoted(text, at + 1)
        else:
            end = text.find(separator, at)
            end = len(text) if end < 0 else end
            entry, at = text[at:end], end
            if entry.startswith(b"#"):
                entry = b""
        at += len(separator)
        if entry:
            yield entry


def _quoted(text: bytes, at: int) -> tuple[bytes, int]:
    """What stands in quotes, and where it ends."""
    out = bytearray()
    while at < len(text):
        byte = text[at : at + 1]
        at += 1
        if byte == b'"':
            break
        if byte == b"\\":
            code = text[at : at + 3]
            byte = text[at : at + 1]
            if len(code) == 3 and code.isdigit() and code < b"400":
                byte = bytes([int(code, 8)])
                at += 2
            else:
                byte = _ESCAPES.get(byte, byte)
            at += 1
        out += byte
    return bytes(out), at
