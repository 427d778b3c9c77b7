"""Values that miss the form of a provider's keys by one character, beside its name: `twilio_token = "` and 31 hex digits.

The rule that knows the key has refused them: one character is missing, one too many, or of no alphabet of theirs. A generic rule,
which knows no form, is not to take them for something else. What is further from the form may be another kind of key.
"""

from __future__ import annotations

from leakstop.detect import names
from leakstop.detect.matcher import compile_pattern
from leakstop.expressions import expression
from leakstop.memo import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.rules.compiled import Compiled

_REACH = 64  # bytes before a value in which its provider is named
_LONGEST = 200  # bytes of a value; in a longer one a character is not missed
_SHORTEST = 12
_JOINED = expression(rb"[&,;%$!#?^][A-Za-z0-9_+/-]{1,64}")  # a sign of no key's alphabet, and what may be the rest of one
# Words that name no provider.
_COMMON = frozenset(
    b"api app access account admin auth authorization bearer bot client consumer id key keys login master name partner "
    b"password private project public rest secret server service session shared signing storage subscription token tokens url "
    b"user web webhook workspace x".split()
)


def misses(compiled: Compiled, text: bytes, first: int, last: int) -> bool:
    """Whether text[first:last] would be a key of the provider named before it, or in its own beginning, but for one character."""
    joined = _JOINED.match(text, last)
    return _misses(compiled, text, first, last) or (joined is not None and _misses(compiled, text, first, joined.end()))


def _misses(compiled: Compiled, text: bytes, first: int, last: int) -> bool:
    value = text[first:last]
    if not _SHORTEST <= len(value) <= _LONGEST:
        return False
    before = text[max(text.rfind(b"\n", 0, first) + 1, first - _REACH) : first].lower().decode("latin-1")
    low = value.lower().decode("latin-1")
    words, prefixes = compiled.owners["words"], compiled.owners["prefixes"]
    numbers = {number for word, own in words.items() if word in before and not _says_nothing(word) for number in own}
    numbers.update(number for prefix, own in prefixes.items() if low.startswith(prefix) for number in own)
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


@lru_cache(maxsize=4096)
def _says_nothing(word: str) -> bool:
    """Whether a keyword is made of words that stand before anybody's keys: `api_key`, `client_secret`."""
    return all(part in _COMMON for part in names.words(word.encode()))
