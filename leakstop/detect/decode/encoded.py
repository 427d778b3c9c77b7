"""Runs of characters that are bytes in another dress: base64 (standard, URL-safe, unpadded, wrapped), hex, base32.

What comes out counts if it is text, or compressed text, or text in UTF-16; or if there is a key id of AWS in it, as in what
programs write for programs (pickle, protobuf, property lists).
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

from leakstop.detect.decode.packed import MOST, as_text, could_be, inflated
from leakstop.detect.decode.signals import ENCODED_IDS
from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression
from leakstop.memo import cache, lru_cache
from leakstop.record import NamedTuple

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

LEAST = 16  # characters of a run; in a Kubernetes Secret, which holds nothing else, FEW
FEW = 8
_WRAPPED = 16  # characters of a line from which on lines of the same length are one run
_HOLDING = 64  # characters of a run from which on it may hold an id among other bytes
_STANDARD = bytes.maketrans(b"-_", b"+/")
_HEX = expression(rb"(?:[0-9a-f]{2})+|(?:[0-9A-F]{2})+")
_BASE32 = expression(rb"(?:[A-Z2-7]{8})*[A-Z2-7]{2,8}={0,6}")
_TAIL = expression(rb"(?:\r?\n[ \t]{0,80}|[ ])([A-Za-z0-9+/_-]{2,}={0,2})(?![A-Za-z0-9+/_-])")
_ID = expression(rb"A[KS]IA[A-Z2-7]{16}")
_ALPHANUMERIC = expression(rb"[A-Za-z0-9]{16,}={0,2}")
_HEADLESS = (
    b"gzinflate",
    b"nflateRaw",
    b"<diagram",
    b"SAMLRe",
)  # what stands near what was deflated without a head: PHP, pako, draw.io, SAML


_AROUND = 64  # characters on either side of a place in a run that tell whether it stands for text there
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_DIGITS = expression(rb"[0-9A-Fa-f]{32,}")  # so many in a row are no base64
# In ASCII, UTF-8 or UTF-16. Random bytes have so many in a row once in millions.
_READABLE = expression(rb"(?:[\t\n\r -~\0]|[\xc2-\xf4][\x80-\xbf]{1,3}){16}")


class _Hints(NamedTuple):
    """What the text around a run says of it."""

    binary: bool  # YAML says that it is base64
    headless: bool  # it may be deflated, without a head that says so
    holding: bool  # it may hold a key id, and be no text


@cache
def _runs(least: int) -> re.Pattern[bytes]:
    return expression(rb"[A-Za-z0-9+/_-]{%d,}={0,6}" % least)


def runs(text: bytes, least: int = LEAST) -> Iterator[Cut]:
    """The runs of a text that stand for another text."""
    found = list(_runs(least).finditer(text))
    hints = _Hints(b"!!binary" in text, any(word in text for word in _HEADLESS), any(word in text for word in ENCODED_IDS))
    place = 0
    while place < len(found):
        last = _wrapped(text, found, place, hints)
        group = found[place : last + 1]
        place = last + 1
        tail = _tail(text, group, least, hints)
        if len(group) > 1 or tail:
            joined = b"".join((*(match[0] for match in group), tail[1] if tail else b""))
            decoded = decode(joined, hints) if len(joined) <= 2 * MOST else None
            if decoded:
                yield Cut(group[0].start(), tail.end() if tail else group[-1].end(), *decoded)
                continue
        for match in group:
            yield from _single(text, *match.span(), least, hints, parts=len(group) == 1)


def may_be_text(text: bytes, at: int) -> bool:
    """Whether the run before and behind `at` may stand for text just there, or for a key id: a glance, in microseconds.

    In random bytes by the megabyte everything short stands somewhere in base64. True where no long run is.
    """
    around = text[max(0, at - _AROUND) : at + _AROUND]
    run = b"".join(line.strip(b" \t\r") for line in around.split(b"\n"))
    if len(around) < 2 * _AROUND or len(run) < _AROUND or run.translate(None, _ALPHABET):
        return True
    if digits := _DIGITS.search(run):
        meant = [binascii.unhexlify(digits[0][skip : len(digits[0]) - (len(digits[0]) - skip) % 2]) for skip in range(2)]
    elif run.isupper() or run.islower():  # base32
        return True
    else:
        run = run.translate(_STANDARD)
        meant = [binascii.a2b_base64(run[skip : len(run) - (len(run) - skip) % 4]) for skip in range(4)]
    return any(_READABLE.search(data) or _ID.search(data) for data in meant)


def begins_text(text: bytes, at: int) -> bool:
    """Whether base64 that begins at `at` may stand for text."""
    return could_be(_base64(text[at : at + _AROUND]))


def _single(text: bytes, start: int, end: int, least: int, hints: _Hints, *, parts: bool) -> Iterator[Cut]:
    run = text[start:end]
    decoded = _known(run, hints)
    if decoded:
        yield Cut(start, end, *decoded)
        return
    if not parts or run.isalnum():
        return
    for part in _ALPHANUMERIC.finditer(run):  # a path, or words with dashes, before it
        if len(part[0]) >= least and (decoded := _known(part[0], hints)):
            yield Cut(start + part.start(), start + part.end(), *decoded)


def _wrapped(text: bytes, found: list[re.Match[bytes]], place: int, hints: _Hints) -> int:
    """The number of the last of the runs that continue one: each on a line of its own, all but the last of one length."""
    width = len(found[place][0])
    last = place
    if width < _WRAPPED or (width % 4 and not (hints.binary and _binary(text, found[place].start()))):
        return last
    while last + 1 < len(found) and len(found[last][0]) == width:
        after = found[last + 1]
        between = text[found[last].end() : after.start()]
        if len(after[0]) > width or len(between) > 80 or found[last][0][-1:] == b"=" or not _goes_on(between):
            break
        last += 1
    return last


def _binary(text: bytes, start: int) -> bool:
    """Whether YAML says that a run is base64, whose lines may have any length."""
    return b"!!binary" in text[max(0, start - 40) : start]


def _goes_on(between: bytes) -> bool:
    """Whether a line end and marks of remarks or quotations, or one blank, are all that is between two runs."""
    return between == b" " or between.strip(b" \t\r\\#*>;") == b"\n"


def _tail(text: bytes, group: list[re.Match[bytes]], least: int, hints: _Hints) -> re.Match[bytes] | None:
    """The last line of a wrapped run, if it is too short to be one of the runs."""
    width = len(group[0][0])
    if width < _WRAPPED or (width % 4 and not (hints.binary and _binary(text, group[0].start()))) or len(group[-1][0]) != width:
        return None
    tail = _TAIL.match(text, group[-1].end())
    return tail if tail and len(tail[1]) < least else None


@lru_cache(maxsize=8192)
def _remembered(run: bytes, hints: _Hints) -> tuple[bytes, tuple[str, ...]] | None:
    return decode(run, hints)


def _known(run: bytes, hints: _Hints) -> tuple[bytes, tuple[str, ...]] | None:
    return _remembered(run, hints) if len(run) <= 4096 else decode(run, hints)


def decode(run: bytes, hints: _Hints) -> tuple[bytes, tuple[str, ...]] | None:
    """The text that a run stands for, and what was undone; None if it stands for none."""
    if run[:2] in (b"0x", b"0X") or run[:1] == b"x":
        run = run[2:] if run[:1] == b"0" and _HEX.fullmatch(run[2:]) else run[1:] if _HEX.fullmatch(run[1:]) else run
    if _HEX.fullmatch(run):
        data = bytes.fromhex(run.decode("ascii"))
        found = as_text(data) or (_holding(data) if hints.holding else None)
        if found:
            return found[0], ("hex", *found[1])
    if len(run) >= LEAST and (_BASE32.fullmatch(run) or (run.islower() and _BASE32.fullmatch(run.upper()))):
        bare = run.upper().rstrip(b"=")
        found = as_text(_base32(bare + b"=" * (-len(bare) % 8)))
        if found:
            return found[0], ("base32", *found[1])
    head = _base64(run[:64])
    if head and not (hints.headless or hints.holding or could_be(head)):
        return None
    data = _base64(run)
    found = as_text(data) or (inflated(data) if hints.headless else None) or (_holding(data) if hints.holding else None)
    return (found[0], ("base64", *found[1])) if found else None


def _holding(data: bytes) -> tuple[bytes, tuple[str, ...]] | None:
    """Bytes that are no text, but hold a key id."""
    return (data, ()) if len(data) >= _HOLDING * 3 // 4 and _ID.search(data) else None


def _base64(run: bytes) -> bytes:
    bare = run.rstrip(b"=").translate(_STANDARD)
    if len(bare) % 4 == 1:
        return b""
    try:
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4))
    except binascii.Error:
        return b""


def _base32(run: bytes) -> bytes:
    import base64

    try:
        return base64.b32decode(run)
    except binascii.Error:
        return b""
