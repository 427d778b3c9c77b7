"""The globs of `--exclude` and `exclude = […]`, one meaning for every source.

    *.lock        a name at any depth             docs/*.md     a slash inside: from the root of what is scanned
    vendor/       folders of that name            docs/**       everything below
    /build        only at the root                **/gen/*.py   at any depth

A glob that fits a folder takes all that is in it. `*` and `?` stop at slashes; `[a-z]` and `[!a-z]` are sets; case counts.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PART = re.compile(rb"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_FIXED = {b"**/": rb"(?:.*/)?", b"**": rb".*", b"*": rb"[^/]*", b"?": rb"[^/]"}


def matcher(globs: Iterable[str | bytes]) -> Callable[[bytes], object] | None:
    """A function that is true for a path (slashes; a folder ends in one) which one of the globs fits. None without globs."""
    expressions = [_expression(os.fsencode(glob)) for glob in globs if glob]
    if not expressions:
        return None
    return re.compile(b"|".join(expressions), re.DOTALL).fullmatch


def _expression(glob: bytes) -> bytes:
    glob = glob.removeprefix(b"./")
    folder = glob.endswith(b"/")
    glob = glob.rstrip(b"/")
    anchored = b"/" in glob
    body = b"".join(_FIXED.get(part) or _set(part) for part in _PART.findall(glob.lstrip(b"/")))
    return (b"" if anchored else b"(?:.*/)?") + body + (b"/.*" if folder else b"(?:/.*)?")


def _set(part: bytes) -> bytes:
    """A set as a regular expression's, anything else as itself."""
    if len(part) == 1:
        return re.escape(part)
    inside = part[1:-1]
    negated = inside.startswith(b"!")
    inside = inside.removeprefix(b"!").replace(b"\\", b"\\\\").replace(b"[", b"\\[").replace(b"]", b"\\]").replace(b"^", b"\\^")
    for doubled in (b"&&", b"||", b"~~", b"--"):  # set operations of a later Python
        inside = inside.replace(doubled, doubled[:1] + b"\\" + doubled[1:])
    return (b"[^/" if negated else b"[") + inside + b"]"
