r"""Single characters that are written otherwise: `\x41`, `A`, `\n`, `\/`, `%41`, `&#65;`, `&quot;`, `=3D`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.decode.signals import has_id
from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

_BACKSLASH = expression(
    rb"\\(?:x([0-9A-Fa-f]{2})(?![0-9A-Fa-f]{14})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|U([0-9A-Fa-f]{8})|0000([2-7][0-9A-Fa-f])"
    rb"|(0?[0-3][0-7]{2}|0?[0-7]{2}(?![0-7]))|([nrt\"'/\\+=_]))"
)
_PERCENT = expression(rb"%(?:25){0,3}(?:u00)?([0-9A-Fa-f]{2})")
_ENTITY = expression(rb"&(?:#[0-9]{2,7}|#[xX][0-9A-Fa-f]{2,6}|[A-Za-z]{2,8});")
_PRINTABLE = expression(rb"=(?:\r?\n|([0-9A-F]{2}))")
_RICH = expression(rb"\\'([0-9A-Fa-f]{2})|(\\(?:par|line|cell|row)\b[ ]?)|\\tab\b[ ]?|\{?\\[a-z]{1,20}-?[0-9]{0,6}[ ]?|[{}]")
_QUOTED = expression(rb"(?:[A-Za-z0-9]|=[2-7][0-9A-F])=(?:[2-7][0-9A-F](?![0-9A-Fa-f=.;,)\s])|\r?\n[A-Za-z0-9])")
_ENCODED_WORD = expression(rb"=\?[A-Za-z0-9_*-]{1,40}\?([bBqQ])\?([^?\s]{1,200})\?=")
_DECIMAL = expression(rb"(?:\\[0-9]{2,3}){12,4096}+")
_SEVEN = expression(rb"\+([A-Za-z0-9+/]{8,4096}+)-|(?<=[A-Za-z0-9+/])\+-(?=[A-Za-z0-9+/])|(?<=[ =:\"'])\+-(?=[A-Za-z0-9+/]{20})")
_IA = expression(rb"\\65\\(?:75|83)\\73\\65|\\065\\0(?:75|83)\\073\\065")
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def backslashes(text: bytes) -> Iterator[Cut]:
    """Escapes of string literals, of style sheets and of the shell."""
    if b"\\" not in text:
        return
    for match in _BACKSLASH.finditer(text):
        hexadecimal, octal, letter = match[1] or match[2] or match[3] or match[4] or match[5], match[6], match[7]
        if letter:
            yield Cut(match.start(), match.end(), _PLAIN.get(letter, letter), ("escapes",))
        elif char := _char(int(hexadecimal or octal, 16 if hexadecimal else 8)):
            yield Cut(match.start(), match.end(), char, ("escapes",))


def decimals(text: bytes) -> Iterator[Cut]:
    r"""`\65\75\73\65` of Lua, where an id shows that they are no octal numbers; the secret may stand before it."""
    if b"\\65" in text or b"\\065" in text:
        decimal = _IA.search(text) is not None
        for match in _DECIMAL.finditer(text) if decimal else ():
            codes = [int(code) for code in match[0][1:].split(b"\\")]
            if all(32 <= code < 127 for code in codes):
                yield Cut(*match.span(), bytes(codes), ("escapes",))


def seven_bits(text: bytes) -> Iterator[Cut]:
    """UTF-7 (RFC 2152): base64 of UTF-16 between a plus and a minus, and `+-` for a plus."""
    if not (b"+AEEA" in text or (has_id(text) and (b"+-" in text or b"+A" in text))):
        return
    for match in _SEVEN.finditer(text):
        if not match[1]:
            yield Cut(*match.span(), b"+", ("UTF-7",))
            continue
        try:
            found = match[0].decode("utf-7")
        except UnicodeDecodeError:
            continue
        if found.isascii() and found.isprintable():
            yield Cut(*match.span(), found.encode(), ("UTF-7",))


def unescaped(literal: bytes) -> bytes:
    """What is written between the quotes of a literal of Python's or C's. ValueError: an escape in it is none."""
    import codecs
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes that Python does not know, such as an expression's `\\s`
        return codecs.escape_decode(literal)[0]


def encoded_words(text: bytes) -> Iterator[Cut]:
    """In the headers of mails (RFC 2047)."""
    if b"?=" not in text:
        return
    import binascii

    for match in _ENCODED_WORD.finditer(text):
        try:
            found = binascii.a2b_base64(match[2]) if match[1] in b"bB" else binascii.a2b_qp(match[2], header=True)
        except binascii.Error:
            continue
        if found and all(32 <= byte < 127 for byte in found):
            yield Cut(*match.span(), found, ("encoded word",))


def percents(text: bytes) -> Iterator[Cut]:
    """URL encoding, up to four times over."""
    if b"%" not in text:
        return
    for match in _PERCENT.finditer(text):
        if char := _char(int(match[1], 16)):
            yield Cut(match.start(), match.end(), char, ("percent",))


def entities(text: bytes) -> Iterator[Cut]:
    """References of HTML and XML."""
    if b"&" not in text:
        return
    import html

    for match in _ENTITY.finditer(text):
        char = html.unescape(match[0].decode("ascii"))
        if len(char) == 1 and (found := _char(ord(char))):
            yield Cut(match.start(), match.end(), found, ("HTML entities",))


def quoted_printable(text: bytes) -> Iterator[Cut]:
    """Of e-mails (RFC 2045, 6.7), and of what was copied out of them."""
    if b"=3D" not in text and b"quoted-printable" not in text.lower():
        return
    for match in _PRINTABLE.finditer(text):
        char = _char(int(match[1], 16)) if match[1] else b""
        if char or not match[1]:
            yield Cut(match.start(), match.end(), char, ("quoted-printable",))


def rich_text(text: bytes) -> Iterator[Cut]:
    """Control words of RTF, which may stand in the middle of a word where its looks change."""
    if not text.startswith(b"{\\rtf"):
        return
    for match in _RICH.finditer(text):
        if match[1]:
            char = _char(int(match[1], 16))
        else:
            char = b"\n" if match[2] else b"\t" if match[0].startswith(b"\\tab") else b""
        yield Cut(match.start(), match.end(), char, ("RTF",))


def is_printable(text: bytes) -> bool:
    """Whether something in it is quoted-printable: a character, or a line that goes on, right behind a word."""
    return _QUOTED.search(text) is not None


def _char(code: int) -> bytes:
    """A printable ASCII character or white space, empty for anything else: no part of a secret."""
    return bytes((code,)) if 32 <= code < 127 or code in {9, 10, 13} else b""
