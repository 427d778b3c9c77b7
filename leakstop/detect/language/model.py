"""Telling language from randomness where entropy cannot: `getUserAccessToken` has the entropy of a key, and `rhubarb` that of a
password.

Two things were learned from text by `benchmarks/train_language.py` and stand in `model.bin`: how likely each character
follows the two before it, and a list of English words as a Bloom filter. The file is read when the first value needs it.
"""

from __future__ import annotations

import os
from math import log2

from leakstop.detect.language.entropy import along, alphabet
from leakstop.memo import cache
from leakstop.record import NamedTuple

# One number for each character: small letters, capitals, a digit, five separators, anything else; 0 is the beginning.
SYMBOLS = 60
_OTHER = SYMBOLS - 1
_LOG_TEN = log2(10)
_SEPARATORS = b"_-./ "
_DIGIT = 53
UNIT = 16  # steps of a table entry in one bit
HASHES = 10  # of the Bloom filter
SHORTEST_WORD = 4  # letters
LONGEST_WORD = 16
_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "model.bin")


def _symbols() -> bytes:
    table = bytearray([_OTHER]) * 256
    for byte in range(26):
        table[97 + byte], table[65 + byte] = 1 + byte, 27 + byte
    for byte in range(48, 58):
        table[byte] = _DIGIT
    for number, byte in enumerate(_SEPARATORS):
        table[byte] = 54 + number
    return bytes(table)


TABLE = _symbols()  # for bytes.translate


class Language(NamedTuple):
    """What was learned: -log2 of the chance of a symbol after two others, in steps of 1/UNIT bit; the words' bits."""

    costs: bytes  # SYMBOLS ** 3
    words: bytes


@cache
def language() -> Language:
    """Read once: under 1 ms."""
    with open(_FILE, "rb") as file:
        data = file.read()
    return Language(data[: SYMBOLS**3], data[SYMBOLS**3 :])


def places(word: bytes, size: int) -> list[int]:
    """The bits of a word in a Bloom filter of `size` bits (Kirsch and Mitzenmacher's double hashing)."""
    from _blake2 import blake2b  # hashlib would load OpenSSL: 3 ms

    number = int.from_bytes(blake2b(word, digest_size=8).digest(), "little")
    first, step = number >> 32, number | 1
    return [(first + turn * (step & 0xFFFFFFFF)) % size for turn in range(HASHES)]


def is_english(word: bytes) -> bool:
    """Whether a lower-case word of four letters or more is in the list; a random one is taken for a word once in 40,000 times."""
    if not SHORTEST_WORD <= len(word) <= LONGEST_WORD:
        return False
    bits = language().words
    return all(bits[place >> 3] >> (place & 7) & 1 for place in places(word, len(bits) * 8))


def surprise(value: bytes) -> float:
    """Bits per character by which text and identifiers would less likely hold the value than a random generator would.

    Words, identifiers, paths and host names are near -2, random values near +1; 0.0 for a value of fewer than three characters.
    The generator draws evenly from the classes of characters that the value has: digits, small letters, capitals, separators.
    """
    if len(value) < 3:
        return 0.0
    costs = language().costs
    text = value[:256].translate(TABLE)
    even = log2(_alphabet(text))
    total = 0.0
    before = last = counted = 0
    for symbol in text:
        bits = costs[(before * SYMBOLS + last) * SYMBOLS + symbol] / UNIT - even
        before, last = last, symbol
        if symbol == _DIGIT:
            # Figures behind a word are likely, and yet no language: they only ever speak against it.
            bits += _LOG_TEN
            if bits <= 0:
                continue
        total += bits
        counted += 1
    return total / counted if counted else 0.0


def _alphabet(text: bytes) -> int:
    """How many characters a generator of such a text draws from."""
    kinds = set(text)
    letters = 26 * (any(1 <= kind <= 26 for kind in kinds) + any(27 <= kind <= 52 for kind in kinds))
    return max(2, letters + (10 if _DIGIT in kinds else 0) + sum(1 for kind in kinds if kind > _DIGIT))


# alphabet -> (length, the surprise that 997 of 1,000 random values reach), ascending: measured as the entropy's floors were
_FLOORS: dict[str, tuple[tuple[int, float], ...]] = {
    "base32": ((4, -1.31), (6, -0.79), (8, -0.24), (12, 0.51), (16, 1.01), (24, 1.58), (32, 1.92), (48, 2.34), (64, 2.6)),
    "base36": ((4, -0.97), (6, -0.05), (8, 0.51), (12, 1.22), (16, 1.74), (24, 2.31), (32, 2.67), (48, 3.26), (64, 3.57)),
    "base62": ((4, -0.68), (6, 0.02), (8, 0.53), (12, 1.35), (16, 1.85), (24, 2.35), (32, 2.66), (48, 3.15), (64, 3.28)),
    "base64": ((4, -0.42), (6, 0.3), (8, 1.23), (12, 1.84), (16, 2.25), (24, 2.73), (32, 3.05), (48, 3.43), (64, 3.68)),
}


def fluent(value: bytes, slack: float = 0.0, *, chosen: bool = False) -> bool:
    """Whether value reads like text or an identifier: three random values in 1,000 of its length and alphabet do.

    `slack` moves the border, in bits per character. A value that a person may have chosen is no even draw from an alphabet: only
    the border for plain letters counts. Digits and hex say nothing.
    """
    name = alphabet(value)
    table = _FLOORS.get("base32" if chosen and name in _FLOORS else name)
    return table is not None and surprise(value) < along(table, len(value)) + slack
