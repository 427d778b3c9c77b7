"""Values that miss the form of a provider's keys beside its name: `twilio_token = "` and 31 hex digits, or half a key.

The rule that knows the key has refused them: one character is missing, one too many, or of no alphabet of theirs, capitals are
small letters, or the value ends too soon. A generic rule, which knows no form, is not to take them for something else. What
is further from the form, or has a length that keys are issued in, may be another kind of key.
"""

from __future__ import annotations

from leakstop.detect.judging import names
from leakstop.detect.line import line_begin
from leakstop.expressions import expression, over_bytes
from leakstop.memo import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from leakstop.rules.compiled import Compiled

    _Table = tuple[dict[str, int], dict[str, list[str]]]  # each word's place; the words by their first letters

_REACH = 64  # bytes before a value in which its provider is named
_LONGEST = 200  # bytes of a value; in a longer one a character is not missed
_SHORTEST = 8
_SHORT = 4  # letters of a word that others may hold by chance
_TELLING = 6  # letters of a beginning that nobody else's keys have
_GLUED = 8  # bytes of what may stand before a key without a sign between: `myghp_…`
_BEGINNING = 3  # letters by which words are looked up
_MOST_TABLES = 8
_TABLES: dict[int, tuple[Mapping[str, object], _Table]] = {}
_ISSUED = frozenset((20, 22, 24, 32, 40, 43, 44, 48, 64, 128))  # bytes of a value that keys of any provider may have
_JOINED = expression(rb"[&,;%$!#?^][A-Za-z0-9_+/-]{1,64}(?![A-Za-z0-9_+/=-])")  # a sign of no key's alphabet, and the rest of one
# Words that name no provider.
_COMMON = frozenset(
    b"accesskey accesstoken apikey apisecret appkey appsecret authtoken clientsecret secretkey "
    b"api app access account admin auth authorization bearer bot client consumer id key keys login master name partner "
    b"password private project public rest secret server service session shared signing storage subscription token tokens url "
    b"user web webhook workspace x at dev live pat pk prod production rk sandbox sk staging test tok".split()
)


def misses(compiled: Compiled, text: bytes, first: int, last: int, *, chosen: bool) -> bool:
    """Whether text[first:last] would be a key of the provider named before it, or in its own beginning, but for one character.

    Unless it may have been chosen by a person, also whether it is too short for one.
    """
    joined = _JOINED.match(text, last)
    if joined is not None and _misses(compiled, text, first, joined.end(), chosen=True):
        return True
    return _misses(compiled, text, first, last, chosen=chosen)


def begins(compiled: Compiled, value: bytes) -> bool:
    """Whether a value begins as keys of a known provider do, or has a few letters before that."""
    low = value.lower().decode("latin-1")
    return any(not _says_nothing(prefix) for prefix in _standing(compiled.owners["prefixes"], low, _GLUED + 1))


def _misses(compiled: Compiled, text: bytes, first: int, last: int, *, chosen: bool) -> bool:
    value = text[first:last]
    if not _SHORTEST <= len(value) <= _LONGEST:
        return False
    before = text[line_begin(text, first, _REACH) : first].lower().decode("latin-1")
    low = value.lower().decode("latin-1")
    glued = 0  # bytes before what a key begins with
    words, prefixes = compiled.owners["words"], compiled.owners["prefixes"]
    numbers = {number for word in _standing(words, before, len(before)) if _names(before, word) for number in words[word]}
    sure = set(numbers)  # rules of the provider that is named, or that a long beginning tells
    begun = _standing(prefixes, low, _GLUED + 1)
    for prefix in begun:
        own = prefixes[prefix]
        if low.startswith(prefix):
            numbers.update(own)
            sure.update(own if len(prefix) >= _TELLING else ())
        elif low[(at := low.find(prefix, 1)) - 1].isalnum() and not _says_nothing(prefix):
            numbers.update(own)
            glued = at
    patterns = _patterns(compiled, numbers)
    if not patterns or any(pattern.fullmatch(value) for pattern in patterns):
        return False
    if glued and any(pattern.fullmatch(value[glued:]) for pattern in patterns):
        return True
    turned = (value.lower(), value.upper(), value.swapcase())
    if any(pattern.fullmatch(near) for near in (*turned, *_neighbours(value)) for pattern in patterns):
        return True
    if chosen:
        return False
    owned = any(low.startswith(prefix) and not _says_nothing(prefix) for prefix in begun)
    if not owned and len(value) in _ISSUED:
        return False
    patterns = _patterns(compiled, sure)
    return any(pattern.fullmatch(more) for more in _longer(value) for pattern in patterns)


def _standing(known: Mapping[str, object], text: str, starts: int) -> list[str]:
    """Which of the known words begin at one of the first `starts` places of a text, in their own order."""
    order, table = _by_beginning(known)
    found = {
        word
        for at in range(min(starts, len(text)))
        for size in range(1, _BEGINNING + 1)
        for word in table.get(text[at : at + size], ())
        if text.startswith(word, at)
    }
    return sorted(found, key=order.__getitem__)


def _by_beginning(known: Mapping[str, object]) -> _Table:
    """Words by their first letters: there are thousands, of which a text holds one or two. Made once for each set of rules."""
    entry = _TABLES.get(id(known))
    if entry is None:  # it keeps `known`, so that nothing else gets its id
        table: dict[str, list[str]] = {}
        for word in known:
            table.setdefault(word[:_BEGINNING], []).append(word)
        if len(_TABLES) >= _MOST_TABLES:
            _TABLES.clear()
        entry = _TABLES[id(known)] = (known, ({word: number for number, word in enumerate(known)}, table))
    return entry[1]


def _patterns(compiled: Compiled, numbers: Iterable[int]) -> list[Any]:
    """The expressions of rules, without those from a user's file: these may have to be given up."""
    rules = [compiled.rules.rules[number] for number in sorted(numbers)]
    return [over_bytes(rule.pattern) for rule in rules if not rule.foreign]


def _names(before: str, word: str) -> bool:
    """Whether a word stands in the text before a value and names a provider; a short one has to stand by itself."""
    at = before.find(word)
    if at < 0 or _says_nothing(word):
        return False
    around = before[max(at - 1, 0) : at] + before[at + len(word) : at + len(word) + 1]
    return len(word) > _SHORT or not any(sign.isalpha() for sign in around)


def _neighbours(value: bytes) -> Iterator[bytes]:
    """Values without one of the characters, with one twice, and with one in the place of its neighbour."""
    for at in range(len(value)):
        yield value[:at] + value[at + 1 :]
        yield value[: at + 1] + value[at:]
        yield value[:at] + value[at - 1 : at or None] + value[at + 1 :]


def _longer(value: bytes) -> Iterator[bytes]:
    """Values that go on as this one does, up to a little over twice as long."""
    rest = bytes(byte for byte in value[: len(value) // 2 - 1 : -1] if chr(byte).isalnum()) * 6
    for extra in range(2, len(value) * 5 // 4 + 3):
        yield value + rest[:extra]


@lru_cache(maxsize=4096)
def _says_nothing(word: str) -> bool:
    """Whether a keyword is made of words that stand before anybody's keys: `api_key`, `client_secret`."""
    return all(part in _COMMON for part in names.words(word.encode()))
