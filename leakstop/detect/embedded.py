"""Text inside of code: configuration, commands and queries that a program holds as a literal of several lines.

There what stands bare on the right-hand side is a value, as it is in a file of that kind: `password: changeme` between the
backticks of a Go test is YAML, not a name.
"""

from __future__ import annotations

import os

from leakstop.detect.line import line_begin

_REACH = 64 * 1024  # bytes before a place in which the literal may begin
_BACKTICK = (b"`",)
_TRIPLE = (b'"""', b"'''")
# Suffix of a file -> what opens and closes its literals of several lines.
_QUOTES = {
    **dict.fromkeys(b"go js jsx mjs cjs ts tsx mts cts vue svelte".split(), _BACKTICK),
    **dict.fromkeys(b"py pyi pyx java kt kts scala sc groovy gradle swift cs dart ex exs jl coffee toml".split(), _TRIPLE),
}


def in_text(text: bytes, at: int, path: bytes) -> bool:
    """Whether a place in a file of code lies inside a literal of several lines that begins on a line before."""
    quotes = _QUOTES.get(os.path.splitext(path)[1][1:].lower())
    if quotes is None:
        return False
    begin = line_begin(text, at)
    before = text[max(0, begin - _REACH) : begin]
    return any(before.count(quote) % 2 for quote in quotes)
