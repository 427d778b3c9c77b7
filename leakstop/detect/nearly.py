"""Values that miss the form of a provider's keys by one character, beside its name: `twilio_token = "` and 31 hex digits.

The rule that knows the key has refused them: one character is missing, one too many, or of no alphabet of theirs. A generic rule,
which knows no form, is not to take them for something else. What is further from the form may be another kind of key.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from leakstop.detect import names
from leakstop.detect.matcher import compile_pattern
from leakstop.expressions import expression
from leakstop.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.rules.compiled import Compiled

_REACH = 64  # bytes before a value in which its provider is named
_LONGEST = 200  # bytes of a value; in a longer one a character is not missed
_SHORTEST = 12
_JOINED = expression(rb"[&,;%$!#?^][A-Za-z0-9_+/-]{1,64}")  # a sign of no key's alphabet, and what may be the rest of one
_PREFIX = 4  # bytes of a literal that says whose a token is
# Words that name no provider.
_COMMON = frozenset(
    b"api app access account admin auth authorization bearer bot client consumer id key keys login master name partner "
    b"password private project public rest secret server service session shared signing storage subscription token tokens url "
    b"user web webhook workspace x".split()
)


class Owners(NamedTuple):
    """Numbers of the rules that know a form, by what says whose it is."""

    words: dict[bytes, list[int]]  # a keyword in small letters
    prefixes: dict[bytes, list[int]]  # what each match begins with, in small letters


def misses(compiled: Compiled, text: bytes, first: int, last: int) -> bool:
    """Whether text[first:last] would be a key of the provider named before it, or in its own beginning, but for one character."""
    joined = _JOINED.match(text, last)
    return _misses(compiled, text, first, last) or (joined is not None and _misses(compiled, text, first, joined.end()))


def _misses(compiled: Compiled, text: bytes, first: int, last: int) -> bool:
    value = text[first:last]
    if not _SHORTEST <= len(value) <= _LONGEST:
        return False
    owners = _owners(compiled)
    before = text[max(text.rfind(b"\n", 0, first) + 1, first - _REACH) : first].lower()
    low = value.lower()
    numbers = {number for word, own in owners.words.items() if word in before for number in own}
    numbers.update(number for prefix, own in owners.prefixes.items() if low.startswith(prefix) for number in own)
    patterns = [compile_pattern(compiled.rules.rules[number].pattern) for number in sorted(numbers)]
    if not patterns or any(pattern.fullmatch(value) for pattern in patterns):
        return False
    return any(pattern.fullmatch(near) for near in _neighbours(value) for pattern in patterns)


def _neighbours(value: bytes) -> Iterator[bytes]:
    """Values without one of the characters, with one twice, and with one in the place of its neighbour."""
    for at in range(len(value)):
        yield value[:at] + value[at + 1 :]
        yield value[: at + 1] + value[at:]
        yield value[:at] + value[at - 1 : at or None] + value[at + 1 :]


_kept: dict[str, Owners] = {}  # for the rule sets of this process: one, as a rule


def _owners(compiled: Compiled) -> Owners:
    """Made once for a rule set, when the first generic value has passed all other filters."""
    if compiled.key not in _kept:
        rules = compiled.rules.rules
        words: dict[bytes, list[int]] = {}
        prefixes: dict[bytes, list[int]] = {}
        for number, rule in enumerate(rules):
            for keyword in rule.keywords:
                if not _says_nothing(keyword.encode()):
                    words.setdefault(keyword.lower().encode(), []).append(number)
        for anchor, users in zip(compiled.anchors, compiled.users, strict=True):
            sure = [number for number in users if not (rules[number].keywords or rules[number].generic)]
            for literal in anchor.literals:
                if sure and literal.high == 0 and len(literal.text) >= _PREFIX:
                    prefixes.setdefault(literal.text.lower(), []).extend(sure)
        _kept[compiled.key] = Owners(words, prefixes)
    return _kept[compiled.key]


@lru_cache(maxsize=4096)
def _says_nothing(word: bytes) -> bool:
    """Whether a keyword is made of words that stand before anybody's keys: `api_key`, `client_secret`."""
    return all(part in _COMMON for part in names.words(word))
