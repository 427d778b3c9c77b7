"""Pieces that have names of their own and are put together by them: `a + b`, `f"{a}{b}"`, `$A$B`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.decode.signals import IDS, has_id
from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

_VALUE = expression(rb"""["'`]([A-Za-z0-9+/=_-]{4,60}+)["'`]|=([A-Za-z0-9+/=_-]{4,60}+)(?=\r?\n)""")
_NAME = expression(rb"(?<![\w$.])[$@]?([A-Za-z_]\w{0,40}+)\s{0,4}(?::\s?&?\w{1,16}\s?)?(?::=|=|:)?\s{0,4}@?\Z")
_BEFORE = 72  # bytes before a value in which its name stands
_SUM = expression(
    rb"(?<![\w$.\"'])[$@]?[A-Za-z_]\w{0,40}+"
    rb"(?:[ ]{0,2}+(?:\+{1,2}|\.{1,2}|&|<>|\|\||~|\^)[ ]{0,2}+[$@]?[A-Za-z_]\w{0,40}+){1,7}(?![\w(\"'])"
)
_SLOTS = expression(rb"(?:[$#]?\{\{?[$]?[A-Za-z_]\w{0,40}+\}?\}|\$[A-Za-z_]\w{0,40}+){2,8}")
_WORD = expression(rb"[A-Za-z_]\w{0,40}+")
_LEAST = 16  # characters that the pieces come to
_MOST = 64 << 10  # bytes of a text that is looked at


def variables(text: bytes) -> Iterator[Cut]:
    """Expressions that join named pieces, as what they come to; only where a key id, or its first letters, stand."""
    if len(text) > _MOST or not has_id(text):
        return
    pieces = {}
    for match in _VALUE.finditer(text):
        value = match[1] or match[2]
        if _random(value) and (name := _NAME.search(text[max(0, match.start() - _BEFORE) : match.start()])):
            pieces[name[1]] = value
    if len(pieces) < 2:
        return
    found = [*_SUM.finditer(text), *_SLOTS.finditer(text)]
    for match in sorted(found, key=lambda match: match.start()):
        parts = [pieces.get(name) for name in _WORD.findall(match[0])]
        if all(parts) and len(whole := b"".join(part for part in parts if part)) >= _LEAST:
            yield Cut(match.start(), match.end(), b'"' + whole + b'"', ("variables",))


def _random(value: bytes) -> bool:
    """Whether a piece could be one of a key: the beginning of an id, capitals and digits, or capitals and small letters."""
    return value.startswith(IDS) or (value != value.lower() and (value != value.upper() or not value.isalpha()))
