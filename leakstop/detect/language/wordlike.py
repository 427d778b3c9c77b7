"""The words in a value: how it splits into parts, which of them are words, and how much of it words cover."""

from __future__ import annotations

from leakstop.detect.language.model import is_english
from leakstop.detect.language.words import words
from leakstop.expressions import expression

_SUFFIXES = (b"s", b"es", b"d", b"ed", b"ing", b"er", b"ly", b"ion", b"able")
_LONGEST = 16
_LONG = 8  # letters from which a run may be made of words of three
_part = expression(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]")


def parts(text: bytes) -> list[bytes]:
    """The runs of letters in text, split at camel case, in lower case: `getAPIKey2` -> get, api, key."""
    return [found.lower() for found in _part.findall(text)]


def is_word(part: bytes) -> bool:
    """Whether a lower-case run of letters is a known word, or one with a common ending."""
    known = words()
    if part in known or is_english(part):
        return True
    return any(part.endswith(end) and (part[: -len(end)] in known or part[: -len(end)] + b"e" in known) for end in _SUFFIXES)


def covered(part: bytes) -> int:
    """The most letters of a lower-case run that known words of three letters and more can cover without overlap.

    In a short run that words do not cover whole, one of three letters is chance.
    """
    if is_word(part):
        return len(part)
    most = _covered(part, 3)
    return most if len(part) >= _LONG or most == len(part) else _covered(part, 4)


def _covered(part: bytes, shortest: int) -> int:
    known = words()
    best = [0] * (len(part) + 1)
    for end in range(1, len(part) + 1):
        best[end] = best[end - 1]
        for start in range(max(0, end - _LONGEST), end - shortest + 1):
            if best[start] + end - start > best[end] and part[start:end] in known:
                best[end] = best[start] + end - start
    return best[-1]


def cover(value: bytes) -> float:
    """The share of all characters of value that stand in known words; 0 to 1."""
    return sum(covered(part[:64]) for part in parts(value[:256])) / max(1, min(len(value), 256))
