"""Strings that a program hides from a quick look by XORing every byte with the same one, which stands in the program, too."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

from leakstop.detect.decode.escapes import unescaped
from leakstop.detect.decode.joins import numbers
from leakstop.detect.decode.signals import READABLE, has_id
from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

_MASK = expression(rb"\^=?[ ]?(0[xX][0-9A-Fa-f]{1,2}|[0-9]{1,3})(?![0-9A-Za-z.])")
_LITERAL = expression(rb"\"((?:[^\"\\\n]|\\.){20,4096}+)\"|'((?:[^'\\\n]|\\.){20,4096}+)'")
_CODE = rb"(?:0[xX][0-9A-Fa-f]{1,2}|[0-9]{1,3})"
_CODES = expression(_CODE + rb"(?:[ \t\r\n]{0,40}+,[ \t\r\n]{0,40}+%s){11,20000}+" % _CODE)
_HEX = expression(rb"(?:[0-9A-Fa-f]{2})+")
_BASE64 = expression(rb"[A-Za-z0-9+/]{24,}={0,2}")
_MOST = 64 << 10  # bytes of a text that is looked at
_MASKS = 8


def masked(text: bytes) -> Iterator[Cut]:
    """Rows of codes, and literals (escaped, in hex, in base64), as what they stand for; an id among them shows the byte."""
    if b"^" not in text or len(text) > _MOST:
        return
    masks = list(dict.fromkeys(int(found, 0 if found[:2].lower() == b"0x" else 10) for found in _MASK.findall(text)))[:_MASKS]
    hidden = list(_hidden(text)) if masks else []
    for mask in masks:
        if not 0 < mask < 256:
            continue
        table = bytes(byte ^ mask for byte in range(256))
        if any(has_id(data.translate(table)) for _, _, data in hidden):
            for start, end, data in hidden:
                plain = data.translate(table)
                if not plain.translate(None, READABLE):
                    yield Cut(start, end, b'"' + plain + b'"', (f"XOR {mask}",))
            return


def _hidden(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where bytes stand in a text, in whatever notation, and which."""
    found = []
    for row in _CODES.finditer(text):
        codes = numbers(row[0])
        if all(code < 256 for code in codes):
            found.append((*row.span(), bytes(codes)))
    for literal in _LITERAL.finditer(text):
        written = literal[1] or literal[2]
        try:
            if _HEX.fullmatch(written):
                data = binascii.unhexlify(written)
            elif _BASE64.fullmatch(written):
                data = binascii.a2b_base64(written)
            else:
                data = unescaped(written)
        except ValueError:
            continue
        found.append((*literal.span(), data))
    yield from sorted(found)
