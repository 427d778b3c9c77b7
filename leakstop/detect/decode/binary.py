"""Texts within binary data: in two bytes a character, behind their length, in dumps that show every byte, in patches of git's."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TYPE_CHECKING

from leakstop.detect.decode.escapes import unescaped
from leakstop.detect.decode.packed import MOST, as_text
from leakstop.detect.decode.signals import IDS, READABLE, has_id
from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDE = expression(rb"(?:[\x20-\x7e\t\r\n]\0){8,65536}+")
_WIDER = expression(rb"(?:[\x20-\x7e\t\r\n]\0{3}){8,65536}+")
# An id or a key whose length, in one byte of some format, is a letter; or which another one follows without a gap.
_COUNTED = expression(
    rb"(?:\x14\0{3}|[\x14\xb4]|(?<![A-Za-z0-9+/]{16})[(t])(A[KS]IA[A-Z2-7]{16})"
    rb"|(?:\(\0{3}|(?<![A-Za-z0-9+/]{16})[(P])([A-Za-z0-9+/]{40})"
    rb"|A[KS]IA[A-Z2-7]{16}"  # a P in an id counts nothing
)
_ADJACENT = expression(rb"\(A[KS]IA[A-Z2-7]{16}P[A-Za-z0-9+/]{40}")
_PICKLED = expression(rb"(?m)^V(A[KS]IA[A-Z2-7]{16}|[A-Za-z0-9+/]{40})\r?$")
# In records without gaps: a key, and the value that it leads to.
_KEYED = expression(
    rb"(?<=[a-z_])(?P<id>A[KS]IA[A-Z2-7]{16})(?![ -~])|(?i:secret|key|passw(?:or)?d|pw|sk)(?P<secret>[A-Za-z0-9+/]{40})(?![ -~])"
)
_GZIP = b"\x1f\x8b\x08"
_MANY = 64  # compressed streams of a text that are tried
_OCTAL_LINE = expression(rb"(?m)^[0-7]{7}((?:[ ]{1,2}[0-3][0-7]{2}){1,16})[ ]*\r?$")
_FIRMWARE = expression(rb"(?:^|(?<=\n)):([0-9A-F]{2})[0-9A-F]{4}00([0-9A-F]{2,80})[0-9A-F]{2}\r?(?=\n|\Z)")
_LITERAL = expression(rb"\bb(\"(?:[^\"\\\n]|\\.){20,65536}+\"|'(?:[^'\\\n]|\\.){20,65536}+')")
_PACKED = (b"x\\x9c", b"x\\xda", b"x\\x01", b"x^", b"\\x1f\\x8b", b"BZh", b"\\xfd7zXZ", b"(\\xb5/\\xfd")
_PACKED_LITERALS = tuple(b"b" + quote + lead for quote in (b"'", b'"') for lead in _PACKED)
_GLUED = expression(rb"(A[KS]IA[A-Z2-7]{16})([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])")  # of fields of fixed width
_GROUP = rb"(?:[0-9A-Fa-f]{2}){1,4}"
_LINE = expression(
    rb"(?m)^[ \t]{0,8}(?:0x)?[0-9A-Fa-f]{4,16}:?[ \t]{1,4}(%(group)s(?:[ \t]{1,2}%(group)s){0,15})(?:[ \t][^\n]{0,80})?\r?$"
    % {b"group": _GROUP}
)
_SEPARATED = expression(rb"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}([ :])(?:[0-9A-Fa-f]{2}\1){10,65536}+[0-9A-Fa-f]{2})(?![0-9A-Fa-f])")
_REGISTRY = expression(rb"hex(?:\([0-9a-f]\))?:((?:[0-9a-f]{2},(?:\\\r?\n[ \t]*)?){11,65536}+[0-9a-f]{2})")
_UUENCODED = expression(rb"(?m)^begin [0-7]{3,4} [^\n]{1,200}\n((?:[!-`][ -`]{1,84}\r?\n){1,100000})")
_PATCHED = expression(
    rb"(?m)^(?:literal|delta) [0-9]{1,12}\r?\n((?:[A-Za-z][0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{5,65}\r?\n){1,100000})"
)
_UNPRINTABLE = expression(rb"[^\t\n\r -~]+")
_HEX = expression(rb"[0-9a-f]{2}")
_BYTES = 16  # of a line of a dump


def wide_runs(text: bytes) -> Iterator[Cut]:
    """Text of two bytes a character in the middle of something else."""
    if b"\0" in text:
        for match in _WIDE.finditer(text):
            run, last = match[0][::2], text[match.end() : match.end() + 1]
            if last and last[0] in READABLE and text[match.start() - 1 : match.start()] == b"\0":
                run += b"\n" + run + last  # it may be that the zeros stand before the characters
            if run[1:5] in IDS:
                run = run[:1] + b"\n" + run[1:]  # what stands before an id counts its letters
            yield Cut(match.start(), match.end(), b"\n" + run + b"\n", ("UTF-16",))


def wider_runs(text: bytes) -> Iterator[Cut]:
    """Text of four bytes a character in the middle of something else: arrays of NumPy, say."""
    if b"A\0\0\0K\0\0\0" in text or b"A\0\0\0S\0\0\0" in text:
        for match in _WIDER.finditer(text):
            run = match[0][::4]
            yield Cut(*match.span(), b"\n" + run + b"\n", ("UTF-32",))


def packed(text: bytes) -> Iterator[Cut]:
    """What gzip packed in the middle of something else: images of firmware, messages of HTTP."""
    at = text.find(_GZIP, 1)
    tried = 0
    while at >= 0 and tried < _MANY:
        stream = zlib.decompressobj(31)
        tried += 1
        end = at + len(_GZIP)
        try:
            found = as_text(stream.decompress(text[at:], MOST))
        except zlib.error:
            found = None
        if found:
            end = len(text) - len(stream.unused_data) if stream.eof else len(text)
            yield Cut(at, end, b"\n" + found[0] + b"\n", ("gzip", *found[1]))
        at = text.find(_GZIP, end)


def literals(text: bytes) -> Iterator[Cut]:
    r"""`b"x\x9c…"` of Python: compressed, with every byte that is no letter escaped."""
    if not any(sign in text for sign in _PACKED_LITERALS):
        return
    for match in _LITERAL.finditer(text):
        if match[1][1:].startswith(_PACKED):
            try:
                data = unescaped(match[1][1:-1])
            except ValueError:
                continue
            if known := as_text(data):
                yield Cut(*match.span(1), b'"' + known[0] + b'"', known[1])


def keyed(text: bytes) -> Iterator[Cut]:
    """A value right behind its key, and before what is no letter, as databases write records: `aws_idAKIA…`."""
    if has_id(text) and any(byte in text for byte in (b"\0", b"\1", b"\2", b"\x14")):
        for match in _KEYED.finditer(text):
            start = match.start("id") if match["id"] else match.start("secret")
            yield Cut(start, match.end(), b"\n" + (match["id"] or match["secret"]) + b"\n", ("record",))


def counted(text: bytes) -> Iterator[Cut]:
    """Where a string begins and ends that its format tells the length of: 20 is T or t, 40 is ( or P."""
    if (
        b"\0" in text
        or b"\x01" in text
        or b"\x02" in text
        or ((b"x(" in text or b"X(" in text) and not text.isascii())
        or ((b"(AKIA" in text or b"(ASIA" in text) and _ADJACENT.search(text))
    ):
        for match in _COUNTED.finditer(text):
            if told := match[1] or match[2]:
                yield Cut(match.start(), match.end(), b"\n" + told + b"\n", ("counted string",))


def pickled(text: bytes) -> Iterator[Cut]:
    """Python's oldest protocol for objects: a `V` before each text, a line for each (pickletools, UNICODE)."""
    if b"\nVAKIA" in text or b"\nVASIA" in text:
        for match in _PICKLED.finditer(text):
            yield Cut(match.start(), match.end(), match[1], ("pickle",))


def glued(text: bytes) -> Iterator[Cut]:
    """An id and its secret without anything between them."""
    if has_id(text):
        for match in _GLUED.finditer(text):
            yield Cut(match.start(), match.end(), b"\n" + match[1] + b"\n" + match[2], ("fixed width",))


def dumps(text: bytes) -> Iterator[Cut]:
    """What `xxd`, `hexdump -C` and `od` print: several lines are one text, since a value seldom ends where a line does."""
    found = list(_LINE.finditer(text)) if b"00010" in text or b"0000020" in text else []
    place = 0
    while place < len(found):
        last = place
        while last + 1 < len(found) and found[last + 1].start() - found[last].end() <= 1:
            last += 1
        if last > place:
            data = b"".join(_of_line(match[1]) for match in found[place : last + 1])
            if known := as_text(data):
                yield Cut(found[place].start(), found[last].end(), known[0], ("hex dump", *known[1]))
        place = last + 1


def octal_dumps(text: bytes) -> Iterator[Cut]:
    """What `od -b` prints, and images of firmware in Intel's hexadecimal form."""
    rows = list(_OCTAL_LINE.finditer(text)) if b"\n0000020 " in text else []
    if len(rows) > 1:
        data = bytes(int(digits, 8) & 255 for row in rows for digits in row[1].split())
        if known := as_text(data):
            yield Cut(rows[0].start(), rows[-1].end(), known[0], ("octal dump", *known[1]))
    lines = list(_FIRMWARE.finditer(text)) if b":00000001FF" in text else []
    data = b"".join(binascii.unhexlify(line[2]) for line in lines if len(line[2]) == 2 * int(line[1], 16))
    if has_id(data):
        yield Cut(lines[0].start(), lines[-1].end(), _UNPRINTABLE.sub(b"\n", data), ("Intel HEX",))


def _of_line(digits: bytes) -> bytes:
    return binascii.unhexlify(b"".join(digits.split())[: 2 * _BYTES])


def separated(text: bytes) -> Iterator[Cut]:
    """`41 4b 49 41`, `41:4b:49:41`, and what the Windows registry writes (`hex(2):41,00,4b,00`)."""
    if b"49 41 " in text or b"49:41:" in text:  # …IA: the rows of numbers that there are in texts are many
        for match in _SEPARATED.finditer(text):
            if known := as_text(binascii.unhexlify(match[0].replace(match[1], b""))):
                yield Cut(match.start(), match.end(), known[0], ("hex", *known[1]))
    if b"hex" in text:
        for match in _REGISTRY.finditer(text):
            if known := as_text(bytes(int(digits, 16) for digits in _HEX.findall(match[1])).rstrip(b"\0") + b"\0"):
                yield Cut(match.start(1), match.end(1), known[0], ("hex", *known[1]))


def uuencoded(text: bytes) -> Iterator[Cut]:
    """Of old mails and shell archives (POSIX, `uuencode`)."""
    if b"begin " not in text:
        return
    for match in _UUENCODED.finditer(text):
        try:
            data = b"".join(binascii.a2b_uu(line) for line in match[1].splitlines() if line[:1] != b"`")
        except binascii.Error:
            continue
        if known := as_text(data):
            yield Cut(match.start(), match.end(), known[0], ("uuencoded", *known[1]))


def patched(text: bytes) -> Iterator[Cut]:
    """What a patch of git's says of a file that is none of text: lines of base85, each behind its length, of what zlib makes.

    A delta holds what was inserted as it is (git-scm.com/docs/gitformat-pack).
    """
    if b"GIT binary patch" not in text:
        return
    for match in _PATCHED.finditer(text):
        try:
            packed = b"".join(base64.b85decode(line[1:])[: _length(line[0])] for line in match[1].split())
            data = zlib.decompressobj().decompress(packed, MOST)
        except (ValueError, zlib.error):
            continue
        known = as_text(data) or (_UNPRINTABLE.sub(b"\n", data), ())
        yield Cut(match.start(1), match.end(1), known[0], ("binary patch", *known[1]))


def _length(letter: int) -> int:
    """Bytes of a line: A to Z are 1 to 26, a to z 27 to 52."""
    return letter - 64 if letter < 97 else letter - 70
