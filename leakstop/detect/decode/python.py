"""Strings of Python that are written in pieces, by Python's own tokenizer: prefixes, triple quotes and remarks between them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 64 << 10  # bytes; it reads about a megabyte in a second
_SIGNS = (b"import ", b"from ", b"def ", b"class ")
# A literal that could go on with the next one: without any the tokenizer, which takes ten times as long, is not asked.
_NEIGHBOURS = expression(
    rb"(?<=[^\s\"'])(?:\"{3}|'{3}|[\"'])(?:[ \t\r\n+\\]|\#[^\n]*\n){0,64}[bBrRuUfF]{0,2}(?:\"{3}|'{3}|[\"'])(?=[^\s\"'])"
)
_QUOTES = b"\"'"


def python(text: bytes) -> Iterator[Cut]:
    """What stands between the contents of literals that Python makes one string of, side by side or with `+` between them.

    Text that the tokenizer refuses gives what it gave until there.
    """
    if len(text) > MOST or not any(text.startswith(sign) or b"\n" + sign in text for sign in _SIGNS):
        return
    if not _NEIGHBOURS.search(text):
        return
    import tokenize

    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    last: int | None = None  # where the content of the literal before ends
    try:
        for token in tokenize.tokenize(io.BytesIO(text).readline):
            if token.type == tokenize.STRING:
                begin, end = (starts[row - 1] + len(token.line[:column].encode()) for row, column in (token.start, token.end))
                if token.start[0] != token.end[0]:  # `line` holds all of its lines
                    last = None
                    continue
                quotes = _quotes(text[begin:end])
                inner = begin + text[begin:end].find(quotes) + len(quotes)
                if last is not None and _goes_on(text, last, inner):
                    yield Cut(last, inner, b"", ("concatenation",))
                last = end - len(quotes)
            elif token.type not in {tokenize.NL, tokenize.COMMENT} and token.string != "+":
                last = None
    except (tokenize.TokenError, SyntaxError, ValueError, IndexError):
        return


def _quotes(literal: bytes) -> bytes:
    """What closes a literal: one quote, or three."""
    return literal[-3:] if len(literal) > 5 and literal[-3:] in {b'"""', b"'''"} else literal[-1:]


def _goes_on(text: bytes, end: int, start: int) -> bool:
    """Whether a word could go on: no blank and no other quote where the pieces meet."""
    return text[end - 1 : end].strip(b" \t\"'") != b"" and text[start : start + 1].strip(b" \t\"'\\") != b""
