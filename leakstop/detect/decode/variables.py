"""Pieces with names of their own, put together by them: `a + b`, `f"{a}{b}"`, `$A$B`, `"${local.a}rest"`, `join("", [a, b])`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.decode.joins import JOINING
from leakstop.detect.decode.layout import is_secret
from leakstop.detect.decode.signals import IDS, has_id
from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = rb"[A-Za-z0-9+/=_-]{4,60}+"
_VALUE = expression(rb"""["'`](%(p)s)["'`]|[=:][ \t]{0,4}(%(p)s)(?=[ \t]*(?:\r?\n|\Z))|>(%(p)s)</""" % {b"p": _PIECE})
_NAME = expression(
    rb"(?<![\w$.%])[$@]?(?:\w{1,40}(?:\.|::|->)){0,2}([A-Za-z_]\w{0,40}+)[\"']?\s{0,4}(?::\s?&?\w{1,16}\s?)?(?::=|\?=|=>|=|:|,|>)?\s{0,4}@?\Z"
)
_BEFORE = 72  # bytes before a value in which its name stands
_WORD = rb"(?:[A-Za-z_]\w{0,40}(?:\.|::|->)){0,3}[A-Za-z_]\w{0,40}+"  # with what it belongs to: `self.a`, `local.a`, `Config::A`
_TERM = rb"(?:[$@]?%s(?:\[[\"']\w{1,40}[\"']\])?(?![\w(\"'])|[\"'][A-Za-z0-9+/=_-]{1,60}+[\"'])" % _WORD
_SUM = expression(rb"(?<![\w$.\"'])%(t)s(?:[ ]{0,2}+(?:\+{1,2}|\.{1,2}|&|<>|\|\||~|\^)[ ]{0,2}+%(t)s){1,7}" % {b"t": _TERM})
_NAMES = expression(rb"(?<![\w$.\"'])[$@]?%(w)s(?:,\s{0,20}+[$@]?%(w)s){1,7}(?=\s{0,20}[)\]}])" % {b"w": _WORD})
# `{a}`, `${a}`, `{{ a }}`; `$(a)`, `$($a)`, `$a`; `\(a)` of Swift, `%(a)s` of Python; `%a%`, `!a!` of cmd.exe; `<%= a %>`.
_SLOTS = expression(
    rb"(?:[$#%%]?\{\{?[ ]?[$]?%(w)s[ ]?\}?\}|\$\(\$?%(w)s\)|\$%(w)s|\\\(%(w)s\)|%%\(%(w)s\)s"
    rb"|%%%(w)s%%|!%(w)s!|<%%=[ ]?%(w)s[ ]?%%>){1,8}" % {b"w": _WORD}
)
# A literal; the last word of a name, or what stands in its brackets.
_PARTS = expression(
    rb"[\"']([A-Za-z0-9+/=_-]{1,60}+)[\"']|(?:[A-Za-z_]\w{0,40}(?:\.|::|->|\[[\"'])){0,4}([A-Za-z_]\w{0,40}+)(?:[\"']\])?"
)
_SIGN = expression(rb"%\(|\)s")  # around a name in Python's oldest formats
_TOKEN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
_NUMBERED = expression(rb"(?i)(.{2,40}?)[_.-]?(?:part|half|piece|chunk|p)?[_.-]?([1-9]|[a-d])\Z")
_CLOSE = 400  # bytes from the first of some parts to the last, whose names between them do not matter
_LEAST = 16  # characters that the pieces come to
_MOST = 64 << 10  # bytes of a text that is looked at


def variables(text: bytes) -> Iterator[Cut]:
    """Expressions that join named pieces, as what they come to; only where a key id, or its first letters, stand."""
    if len(text) > _MOST or not has_id(text):
        return
    pieces = {}
    named: list[tuple[bytes, int, int]] = []
    for match in _VALUE.finditer(text):
        value = match[1] or match[2] or match[3]
        if _random(value) and (name := _NAME.search(text[max(0, match.start() - _BEFORE) : match.start()])):
            pieces[name[1]] = value
            named.append((name[1], *match.span(match.lastindex or 0)))
    if pieces:
        found = sorted((*_sums(text, pieces), *_slots(text, pieces)))
        yield from found or _parts(text, named)


def _parts(text: bytes, named: list[tuple[bytes, int, int]]) -> Iterator[Cut]:
    """`secret_part1`, `secret_part2`; `keyA`, `keyB`: pieces whose names count, where they come to the size of a secret."""
    rows: dict[bytes, list[tuple[int, int, int]]] = {}
    for name, start, end in named:
        counted = _NUMBERED.match(name)
        if counted:
            row = rows.setdefault(counted[1].lower(), [])
            if (counted[2].lower()[0] - (97 if counted[2].isalpha() else 49)) == len(row):
                row.append((start, end, len(row)))
    cuts = []
    for row in rows.values():
        whole = b"".join(text[start:end] for start, end, _ in row)
        if len(row) > 1 and is_secret(whole):
            start, end = row[0][0], row[-1][1]
            close = end - start < _CLOSE and not has_id(text[start:end])
            cuts.append(Cut(start, end if close else row[0][1], whole, ("numbered parts",)))
    yield from sorted(cuts)


def _sums(text: bytes, pieces: dict[bytes, bytes]) -> Iterator[Cut]:
    """Terms with an operator between them, and names in a list that something joins."""
    for match in _SUM.finditer(text):
        if whole := _whole(match[0], pieces):
            yield Cut(match.start(), match.end(), b'"' + whole + b'"', ("variables",))
    for match in _NAMES.finditer(text):
        start, end = match.span()
        if (whole := _whole(match[0], pieces)) and (
            JOINING.search(text, max(0, start - 64), start) or JOINING.search(text, end, end + 24)
        ):
            yield Cut(start, end, b'"' + whole + b'"', ("variables",))


def _slots(text: bytes, pieces: dict[bytes, bytes]) -> Iterator[Cut]:
    """Names in a text, side by side or with a piece of the value before or behind them."""
    for match in _SLOTS.finditer(text):
        start, end = match.span()
        names = [found[2] for found in _PARTS.finditer(_SIGN.sub(b" ", match[0]))]
        beside = text[start - 1 : start].isalnum() or (end < len(text) and text[end] in _TOKEN)
        if (len(names) > 1 or beside) and (whole := _joined(names, pieces)):
            yield Cut(start, end, whole, ("variables",))


def _whole(expression: bytes, pieces: dict[bytes, bytes]) -> bytes:
    """What an expression of literals and names comes to; empty if it has a name that is no piece's, or none."""
    parts = [found.groups() for found in _PARTS.finditer(expression)]
    if len(parts) < 2 or not any(name for _, name in parts):
        return b""
    values = [literal or pieces.get(name, b"") for literal, name in parts]
    whole = b"".join(values)
    return whole if all(values) and len(whole) >= _LEAST else b""


def _joined(names: list[bytes], pieces: dict[bytes, bytes]) -> bytes:
    values = [pieces.get(name, b"") for name in names]
    return b"".join(values) if all(values) else b""


def _random(value: bytes) -> bool:
    """Whether a piece could be one of a key: the beginning of an id, capitals and digits, or capitals and small letters."""
    return value.startswith(IDS) or (value != value.lower() and (value != value.upper() or not value.isalpha()))
