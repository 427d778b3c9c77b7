"""Refs as their files have them, for a repository whose refs git refuses to list: one bad line in packed-refs is enough."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from leakstop.git.plain import opener

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.git.plumbing import Repository

_PACKED = re.compile(rb"^([0-9a-f]{40,64})[ \t]+(refs/[^\r\n]+?)\r?$", re.MULTILINE)
_ID = re.compile(rb"[0-9a-f]{40,64}")
_DEPTH = 5  # symbolic refs that lead to each other, as in git


def read(repo: Repository) -> list[tuple[bytes, bytes, bytes]]:
    """(name, id, ref that a symbolic one stands for) of all that can be read; a file of its own goes before packed-refs."""
    width = len(repo.empty_tree)
    packed = _PACKED.findall(content(os.path.join(repo.common_dir, b"packed-refs")))
    found = {name: oid for oid, name in packed if len(oid) == width}
    targets: dict[bytes, bytes] = {}
    for name, path in _loose(repo):
        text = content(path)
        if text.startswith(b"ref:"):
            targets[name] = text[4:].strip()
        elif (oid := _ID.match(text)) and len(oid[0]) == width:
            found[name] = oid[0]
    for name in targets:
        end = name
        for _ in range(_DEPTH):
            end = targets.get(end, end)
        if end in found:
            found[name] = found[end]
    return [(name, bytes.fromhex(oid.decode()), targets.get(name, b"")) for name, oid in sorted(found.items())]


def files(folder: bytes) -> list[bytes]:
    """All files below a folder, in order."""
    return sorted(os.path.join(where, name) for where, _, names in os.walk(folder) for name in names)


def relative(path: bytes, folder: bytes) -> bytes:
    """The path from the folder on, with slashes."""
    return os.path.relpath(path, folder).replace(os.fsencode(os.sep), b"/")


def content(path: bytes) -> bytes:
    """What a file holds; nothing if it cannot be read."""
    try:
        with open(path, "rb", opener=opener) as file:
            return file.read()
    except (OSError, ValueError):  # a NUL in the path, where a HEAD was overwritten
        return b""


def _loose(repo: Repository) -> Iterator[tuple[bytes, bytes]]:
    """Name and file of each ref that has a file of its own."""
    for folder in dict.fromkeys((repo.common_dir, repo.git_dir)):
        for path in files(os.path.join(folder, b"refs")):
            if not path.endswith(b".lock"):
                yield relative(path, folder), path
