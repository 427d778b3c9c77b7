"""The globs of `--exclude` and `exclude = […]`, `--paths` and `--refs`, one meaning for every source.

    *.lock        a name at any depth             docs/*.md     a slash inside: from the root of what is scanned
    vendor/       folders of that name            docs/**       everything below
    /build        only at the root                **/gen/*.py   at any depth

A glob that fits a folder takes all that is in it. `*` and `?` stop at slashes; `[a-z]` and `[!a-z]` are sets; case counts.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from leakstop.model import show_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leakstop.git.refs import Ref
    from leakstop.model import Tally

_PART = re.compile(rb"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_FIXED = {b"**/": rb"(?:.*/)?", b"**": rb".*", b"*": rb"[^/]*", b"?": rb"[^/]"}


def matcher(globs: Iterable[str | bytes]) -> Callable[[bytes], object] | None:
    """A function that is true for a path (slashes; a folder ends in one) which one of the globs fits. None without globs."""
    expressions = [_expression(os.fsencode(glob)) for glob in globs if glob]
    if not expressions:
        return None
    return re.compile(b"|".join(expressions), re.DOTALL).fullmatch


def matching(found: list[Ref], globs: Sequence[str], tally: Tally) -> list[Ref]:
    """The refs of which the full name, or the short one, matches one of the globs; a glob without any is a problem."""
    if not globs:
        return found
    wanted = set()
    for glob in globs:
        fits = matcher((glob,))
        some = {ref for ref in found if fits is None or any(map(fits, names_of(ref.name)))}
        if not some:
            tally.problem(f"--refs {show_text(glob)}", "no ref matches it", "`git for-each-ref` lists them all.")
        wanted |= some
    return [ref for ref in found if ref in wanted]


def names_of(ref: bytes) -> Iterator[bytes]:
    """The names that people give a ref: refs/heads/main, heads/main, main."""
    yield ref
    for prefix in (b"refs/", b"refs/heads/", b"refs/tags/", b"refs/remotes/"):
        if ref.startswith(prefix):
            yield ref[len(prefix) :]


class Exclusion:
    """Globs for the paths below a root. A path is seen from three places: the root, where the user stands, and `base`."""

    def __init__(self, globs: Iterable[str | bytes], base: bytes = b"") -> None:
        self._fits = matcher(globs)
        self._base = os.path.join(os.path.abspath(base), b"") if base else b""
        self._root = b""
        self._lead: bytes | None = None  # the root, seen from `base`; None: it is not below it

    def __bool__(self) -> bool:
        return self._fits is not None

    def start(self, root: bytes) -> None:
        """Go on with another root: a path as it is shown, "" for the current folder."""
        self._root = root
        here = os.path.abspath(root or b".")
        below = self._base and os.path.join(here, b"").startswith(self._base)
        self._lead = here[len(self._base) :] if below else None

    def leaves_out(self, path: bytes, *, folder: bool) -> bool:
        """Whether a glob leaves the path out."""
        if self._fits is None:
            return False
        inside = path[len(self._root) :].lstrip(b"/") if path.startswith(self._root) else path
        seen = {path, inside or os.path.basename(path)}
        if self._lead is not None:
            seen.add(b"/".join(filter(None, (self._lead, inside))))
        end = b"/" if folder else b""
        return any(self._fits(name + end) for name in seen)


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
