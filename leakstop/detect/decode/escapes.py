r"""Single characters that are written otherwise: `\x41`, `A`, `\n`, `\/`, `%41`, `&#65;`, `&quot;`, `=3D`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

_BACKSLASH = rb"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|U([0-9A-Fa-f]{8})|([0-3][0-7]{2})|([nrt\"'/\\]))"
_PERCENT = rb"%(?:25)?([0-9A-Fa-f]{2})"
_ENTITY = rb"&(?:#[0-9]{2,7}|#[xX][0-9A-Fa-f]{2,6}|[A-Za-z]{2,8});"
_PRINTABLE = rb"=(?:\r?\n|([0-9A-F]{2}))"
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return expression(pattern)


def backslashes(text: bytes) -> Iterator[Cut]:
    """Escapes of string literals."""
    if b"\\" not in text:
        return
    for match in _compiled(_BACKSLASH).finditer(text):
        hexadecimal, octal, letter = match[1] or match[2] or match[3] or match[4], match[5], match[6]
        if letter:
            yield Cut(match.start(), match.end(), _PLAIN.get(letter, letter), ("escapes",))
        elif char := _char(int(hexadecimal or octal, 16 if hexadecimal else 8)):
            yield Cut(match.start(), match.end(), char, ("escapes",))


def percents(text: bytes) -> Iterator[Cut]:
    """URL encoding, once or twice over."""
    if b"%" not in text:
        return
    for match in _compiled(_PERCENT).finditer(text):
        if char := _char(int(match[1], 16)):
            yield Cut(match.start(), match.end(), char, ("percent",))


def entities(text: bytes) -> Iterator[Cut]:
    """References of HTML and XML."""
    if b"&" not in text:
        return
    import html

    for match in _compiled(_ENTITY).finditer(text):
        char = html.unescape(match[0].decode("ascii"))
        if len(char) == 1 and (found := _char(ord(char))):
            yield Cut(match.start(), match.end(), found, ("HTML entities",))


def quoted_printable(text: bytes) -> Iterator[Cut]:
    """Of e-mails (RFC 2045, 6.7), and of what was copied out of them."""
    if b"=3D" not in text and b"quoted-printable" not in text.lower():
        return
    for match in _compiled(_PRINTABLE).finditer(text):
        char = _char(int(match[1], 16)) if match[1] else b""
        if char or not match[1]:
            yield Cut(match.start(), match.end(), char, ("quoted-printable",))


def _char(code: int) -> bytes:
    """A printable ASCII character or white space, empty for anything else: no part of a secret."""
    return bytes((code,)) if 32 <= code < 127 or code in {9, 10, 13} else b""
