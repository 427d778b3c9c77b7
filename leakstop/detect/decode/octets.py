"""Keys that a program holds as numbers: `key := []byte{0x3f, 0xa2, …}`, `uint8_t appKey[16] = {63, 162, …};`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from leakstop.detect.decode.joins import numbers
from leakstop.detect.decode.signals import READABLE
from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = rb"(?i:key|secret|token|passw(?:or)?d|passphrase|psk|seed)"
_CAST = rb"(?:\((?:byte|sbyte|char|uint8_t|uint8|u8)\)[ ]?)?"
_NUMBER = _CAST + rb"(?:0[xX][0-9A-Fa-f]{1,2}|[0-9]{1,3})(?:u8)?"
_COMMA = rb"[ \t\r\n]{0,40}+,[ \t\r\n]{0,40}+"
# What stands between the name and its numbers in C, Go, Rust, Java, C#, Python, JavaScript; the whole of it is replaced.
_LEAD = (
    rb"[\"']?(?:\[[A-Za-z0-9_ ]{0,32}\])?[ ]{0,12}(?:PROGMEM[ ]?|\[[A-Za-z0-9_]{0,24}\](?:byte|uint8)[ ]?"
    rb"|:[ ]?&?(?:'static[ ])?\[(?:u8|UInt8)(?:;[ ]?[A-Za-z0-9_]{1,24})?\][ ]?(?==))?"
    rb"(?::=|=|:)\s{0,12}(?:new[ ])?(?:bytes|bytearray"
    rb"|&?(?:\[[A-Za-z0-9_]{0,24}\])?(?:byte|uint8|char)?(?:\[[A-Za-z0-9_]{0,8}\])?"
    rb"|Uint8Array(?:\.from|\.of)?|Buffer\.from|byteArrayOf|vec!)[ ]?[\[{(]{1,2}\s{0,40}+"
)
_ARRAY = expression(
    rb"%s[A-Za-z0-9_]{0,16}+(?P<whole>%s(?P<row>%s(?:%s%s){15,63}+),?\s{0,40}+[\]})]{1,2})"
    % (_NAME, _LEAD, _NUMBER, _COMMA, _NUMBER)
)
_ROW = expression(rb"[\[{(]\s{0,40}+%s(?:%s%s){3}" % (_NUMBER, _COMMA, _NUMBER))  # how one begins
_CASTS = expression(rb"\([a-z0-9_]{1,8}\)|u8")
_SIZES = frozenset((16, 20, 24, 28, 32, 40, 48, 56, 64))  # bytes of keys
_HALF = 128  # of sixteen bytes drawn, all are below it once in 65,536 times
_COMMAS = 15  # of the shortest
_READABLE = frozenset(READABLE)
# The name and nearly all of the shortest row, as Hyperscan looks for it. What is hit by less, such as a call with three numbers
# or the index of a documentation's search, is decoded anew with each version of its file.
SIGN = (
    rb"(?i)(?:key|secret|token|passw(?:or)?d|passphrase|psk|seed)[a-z0-9_]{0,16}[\"'\]\[a-z0-9_:;&= !.(]{1,48}[\[{(]\s{0,24}"
    rb"(?:(?:\([a-z0-9_]{2,7}\) ?)?(?:0x)?[0-9a-f]{1,3}(?:u8)?,\s{0,24}){14}"
)


def octets(text: bytes) -> Iterator[Cut]:
    """Rows of numbers beside a name that says key or secret, as the hex that they stand for; text is left to `joins.codes`."""
    if text.count(b",") < _COMMAS or not _ROW.search(text):
        return
    for match in _ARRAY.finditer(text):
        row = numbers(_CASTS.sub(b"", match["row"]))
        if all(code < 256 for code in row) and not _READABLE.issuperset(row) and _drawn(row):
            yield Cut(*match.span("whole"), b' = "' + bytes(row).hex().encode() + b'"', ("byte array",))


def _drawn(row: list[int]) -> bool:
    """Whether numbers are those of a key: as many as one has, as different as a generator's and as large; no table, no list of
    pages, nothing that is in order or filled in later.
    """
    if len(row) not in _SIZES or max(row) < _HALF:
        return False
    steps = {(after - before) & 255 for before, after in pairwise(row)}
    rises = sum(after > before for before, after in pairwise(row))
    return len(set(row)) >= 0.75 * len(row) and len(steps) >= 0.6 * len(row) and 0.1 * len(row) <= rises <= 0.8 * len(row)
