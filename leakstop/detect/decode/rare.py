"""Encodings that are seldom met: ASCII85 and its kin, base58, EBCDIC, letters turned or reversed or of full width, binary digits.

None of them is tried on chance: each is looked for as what an AWS key id, or the name of one, becomes in it (`marks`).
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from leakstop.detect.decode.escapes import unescaped
from leakstop.detect.decode.packed import as_text
from leakstop.detect.decode.signals import ENCODED_IDS, IDS, TURNED_IDS, has_id
from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_B85 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"  # RFC 1924
_Z85 = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"  # ZeroMQ's RFC 32
_TO_Z85, _OF_Z85 = bytes.maketrans(_B85, _Z85), bytes.maketrans(_Z85, _B85)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"  # Bitcoin's
_WORDS = (b"AWS_ACCESS_KEY_ID", b"aws_access_key_id", b"AccessKeyId", b"accessKeyId", b"aws_secret_access")
_SIGNS = frozenset(b"!#$%&*;<=>?@^_`{|}~")
_LEAST = 20  # characters of a run in ASCII85

# Name, encoder, decoder, the characters of a run.
_FIVES: tuple[tuple[str, Callable[[bytes], bytes], Callable[[bytes], bytes], re.Pattern[bytes]], ...] = (
    ("ASCII85", base64.a85encode, base64.a85decode, re.compile(rb"[!-uz]{20,65536}+")),
    ("base85", base64.b85encode, base64.b85decode, re.compile(rb"[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{20,65536}+")),
    (
        "Z85",
        lambda data: base64.b85encode(data).translate(_TO_Z85),
        lambda data: base64.b85decode(data.translate(_OF_Z85)),
        re.compile(rb"[0-9A-Za-z.:+=^!/*?&<>()\[\]{}@%$#-]{20,65536}+"),
    ),
)  # fmt: skip
# What is handed to a function that decodes it.
_CALLED = re.compile(rb"([ab])85_?decode\(\s{0,20}b?(?:\"((?:[^\"\\\n]|\\.){10,65536}+)\"|'((?:[^'\\\n]|\\.){10,65536}+)')")
_MIRRORED = tuple(word[::-1] for word in ENCODED_IDS[:2] + ENCODED_IDS[3:4] + ENCODED_IDS[6:])
_SHIFTED = tuple(codecs.encode(word.decode(), "rot13").encode() for word in (b"QUtJQ", b"QVNJQ"))
_ENCODED = expression(rb"(?<![A-Za-z0-9+/=])={0,2}[A-Za-z0-9+/]{24,65536}+={0,2}(?![A-Za-z0-9+/=])")
_ADOBE = expression(rb"<~([!-uz\s]{10,65536}+)~>")
_TURNED = expression(rb"(?<![A-Za-z0-9])N[FX]VN[A-Z2-7]{16}(?![A-Za-z0-9])")
_REVERSED = expression(rb"(?<![A-Za-z0-9])[A-Z2-7]{16}AI[KS]A(?![A-Za-z0-9])")
_RUN = expression(rb"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{40}|[A-Z0-9]{20})(?![A-Za-z0-9+/])")
_DIGITS = expression(rb"(?<![01])(?:[01]{8}[ ,]{0,2}){12,8192}+")
_BITS = expression(rb"[01]{8}")
_WIDE = expression(rb"(?:\xef[\xbc\xbd][\x80-\xbf]){12,512}+")
_MAINFRAME = expression(rb"\xc1[\xd2\xe2]\xc9\xc1")
_MAINFRAME_TEXT = expression(rb"[\x05\x0d\x15\x25\x40-\xfe]{20,65536}+")
_FIFTY_EIGHT = expression(rb"(?<![A-Za-z0-9+/=])[1-9A-HJ-NP-Za-km-z]{26,400}+(?![A-Za-z0-9+/=])")


@cache
def fives() -> dict[bytes, int]:
    """What ids and their names become in the three alphabets, wherever they begin, with the number of the alphabet."""
    found = {}
    for number, (_, encode, _, _) in enumerate(_FIVES):
        for word in _WORDS:
            for before in range(4):
                whole = word[-before % 4 :][:8]
                if len(whole) == 8:
                    found[encode(whole)] = number
        found.update({encode(word): number for word in (*IDS, b"\x1f\x8b\x08\0")})  # and of gzip
    return found


@cache
def fifty_eights() -> tuple[bytes, ...]:
    """What an id, alone and with its secret, begins with in base58."""
    found = set()
    for word in IDS:
        for size in (20, 61, 62):
            ends = [_base58(word + filler * (size - 4)) for filler in (b" ", b"~")]
            same = next((at for at, (low, high) in enumerate(zip(*ends, strict=False)) if low != high), 0)
            if len(ends[0]) == len(ends[1]) and same > 3:
                found.add(ends[0][:same])
    return tuple(sorted(found))


def marks() -> Iterator[bytes]:
    """Expressions for Hyperscan: where something here may be worth a look."""
    for mark in fives():
        yield re.escape(mark) + (b"" if len(mark) > 5 else rb"[!-~]{16}")
    for lead in fifty_eights():
        yield b"[^A-Za-z0-9+/=_-]" + lead + b"[1-9A-HJ-NP-Za-km-z]{20}"
    yield rb"<~[!-uz]{24}"
    for word in (*_MIRRORED, *_SHIFTED):
        yield word + b"[A-Za-z0-9+/=]{0,40}" if len(word) > 5 else b"[A-Za-z0-9+/]{12}" + word + b"[A-Za-z0-9+/=]{4}"
    yield rb"[^A-Za-z0-9]N[FX]VN[A-Z2-7]{16}[^A-Za-z0-9]"
    yield rb"[^A-Za-z0-9][A-Z2-7]{16}AI[KS]A[^A-Za-z0-9]"
    yield rb"01000001[ ,]{0,2}01(?:001011|010011)[ ,]{0,2}01001001[ ,]{0,2}01000001"
    yield rb"\xef\xbc\xa1\xef\xbc(?:\xab|\xb3)\xef\xbc\xa9\xef\xbc\xa1"
    yield rb"\xc1[\xd2\xe2]\xc9\xc1[\xc1-\xc9\xd1-\xd9\xe2-\xe9\xf2-\xf7]{16}"


def fives_of(text: bytes) -> Iterator[Cut]:
    """Five characters for four bytes: from an id on, what a call decodes, or all that stands between Adobe's signs."""
    if b"85decode" in text or b"85_decode" in text:
        for match in _CALLED.finditer(text):
            try:
                run = unescaped(match[2] or match[3])
                known = as_text(base64.b85decode(run) if match[1] == b"b" else base64.a85decode(run, adobe=run[:2] == b"<~"))
            except ValueError:
                continue
            if known:
                name = "ASCII85" if match[1] == b"a" else "base85"
                yield Cut(*match.span(), b'("' + known[0] + b'"', (name, *known[1]))
        return
    if has_id(text):
        return
    marks_there = [mark for mark in fives() if mark in text]
    if marks_there and b"<~" not in text:
        words = b" ".join([word for word in text.split() if len(word) >= 2 * _LEAST and len(_SIGNS.intersection(word)) > 3])
        marks_there = [mark for mark in marks_there if mark in words]
    if marks_there or b"<~" in text:
        yield from sorted(_fives_of(text))


def _fives_of(text: bytes) -> Iterator[Cut]:
    for match in _ADOBE.finditer(text) if b"<~" in text else ():
        yield from _five("ASCII85", base64.a85decode, match[1], match.start(), match.end())
    for mark, number in fives().items():
        at = text.find(mark)
        while at >= 0:
            name, _, decode, run = _FIVES[number]
            found = run.match(text, at)
            if found:
                yield from _five(name, decode, found[0], at, found.end())
            at = text.find(mark, found.end() if found else at + 1)


def _five(name: str, decode: Callable[[bytes], bytes], run: bytes, start: int, end: int) -> Iterator[Cut]:
    for cut in range(5):  # a quote or a bracket behind it may be of its alphabet
        if len(run) - cut < _LEAST:
            return
        try:
            known = as_text(decode(run[: len(run) - cut]))
        except (ValueError, binascii.Error):
            continue
        if known:
            yield Cut(start, end - cut, known[0], (name, *known[1]))
            return


def fifty_eights_of(text: bytes) -> Iterator[Cut]:
    """Base58, where the text names it or an id begins."""
    if has_id(text) or (b"ase58" not in text and b"b58" not in text and not any(lead in text for lead in fifty_eights())):
        return
    for match in _FIFTY_EIGHT.finditer(text):
        number = 0
        for char in match[0].decode("ascii"):
            number = number * 58 + _BASE58.index(char)
        known = as_text(number.to_bytes((number.bit_length() + 7) // 8, "big"))
        if known:
            yield Cut(match.start(), match.end(), known[0], ("base58", *known[1]))


def _base58(data: bytes) -> bytes:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return text.encode()


def turned(text: bytes) -> Iterator[Cut]:
    """Letters moved by thirteen places, and words written from behind: an id says which."""
    mirrored, shifted = (any(word in text for word in words) for words in (_MIRRORED, _SHIFTED))
    if mirrored or shifted:
        for match in _ENCODED.finditer(text):
            run = match[0]
            turned = run[::-1] if mirrored else codecs.encode(run.decode("ascii"), "rot13").encode()
            yield Cut(*match.span(), turned, ("reversed" if mirrored else "ROT13",))
        return
    if not any(word in text for word in TURNED_IDS):
        return
    if _TURNED.search(text):
        for match in _RUN.finditer(text):
            yield Cut(match.start(), match.end(), codecs.encode(match[0].decode("ascii"), "rot13").encode(), ("ROT13",))
    elif _REVERSED.search(text):
        for match in _RUN.finditer(text):
            yield Cut(match.start(), match.end(), match[0][::-1], ("reversed",))


def digits(text: bytes) -> Iterator[Cut]:
    """`01000001 01001011 …`."""
    for match in _DIGITS.finditer(text) if b"01000001" in text else ():
        known = as_text(bytes(int(bits, 2) for bits in _BITS.findall(match[0])))
        if known:
            yield Cut(match.start(), match.end(), known[0], ("binary digits", *known[1]))


def full_width(text: bytes) -> Iterator[Cut]:
    """Letters as wide as those of East Asian scripts (U+FF01 to U+FF5E)."""
    for match in _WIDE.finditer(text) if b"\xef\xbc" in text else ():
        found = unicodedata.normalize("NFKC", match[0].decode("utf-8", "replace"))
        if found.isascii():
            yield Cut(match.start(), match.end(), found.encode(), ("full width",))


def mainframe(text: bytes) -> Iterator[Cut]:
    """EBCDIC, in which the letters and digits of all code pages are where code page 37 has them."""
    for match in _MAINFRAME_TEXT.finditer(text) if _MAINFRAME.search(text) else ():
        yield Cut(*match.span(), b"\n" + match[0].decode("cp037").encode("ascii", "replace") + b"\n", ("EBCDIC",))
