"""Passphrases: words that somebody or a generator drew, `kettle-orbits-lantern-quarry`, `blue kettle n42`.

Sentences have such words too, and so have the names of hosts, fields and messages: neither may have a word of theirs. Where
something is tested, explained or translated, nobody signs in with one.
"""

from __future__ import annotations

from leakstop.detect.judging import names
from leakstop.detect.judging.place import in_url, place, quoted
from leakstop.expressions import expression

_DRAWN = expression(rb"[a-z]{4,24}(?:(?:-[a-z]{4,24}){2,9}|(?:[ ][a-z]{4,24}){3,9})")
_MIXED = expression(
    rb"(?=[^0-9]{0,60}(?:[A-Za-z][0-9]|[0-9][A-Za-z]))[\w!#&*+,./:;=?@^~-]{1,24}(?:[ ][\w!#&*+,./:;=?@^~-]{1,24}){1,7}"
)
_LETTERS = 24  # of all words together
# Words of sentences, of placeholders, and of what things in a system are called.
_TOLD = frozenset(
    b"must have with your this that than then them they least please enter need needs contain contains match matches should "
    b"would could when from into only will cannot does doesn more less some what which after before again first last both each "
    b"characters character letters letter digits digit numbers number long short words word uppercase lowercase required "
    b"invalid wrong correct incorrect forgot forgotten reset change changed update updated confirm repeat generate generated "
    b"strong weak nothing important something anything super very just test tests testing tested example sample dummy fake "
    b"mock demo default horse staple battery secret password passwords passphrase passwd token credential credentials login "
    b"user users username admin account client server service cluster instance database release backup system group role "
    b"access master hash hashed name value field text input label form page view type mode file path host config configuration "
    b"option options setting settings policy policies manager provider store storage vault production staging development "
    b"environment application local postgres postgresql mysql mariadb redis mongo mongodb rabbitmq kafka elastic elasticsearch "
    b"grafana prometheus keycloak kubernetes docker replication random auto sha md utf base aes rsa bit bits rfc v version "
    b"http https external internal remote shared common basic custom".split()
)


def passphrase(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Whether a value made of words is what somebody signs in with."""
    from leakstop.detect.judging.confidence import in_documents, in_tests

    if in_url(key) or not quoted(key) or not (_DRAWN.fullmatch(value) or (b" " in value and _MIXED.fullmatch(value))):
        return False
    said = names.words(value)
    drawn = b"-" in value or not any(48 <= byte <= 57 for byte in value)
    return (
        (not drawn or sum(map(len, said)) >= _LETTERS)
        and _TOLD.isdisjoint(said)
        and place(value, key, line).kind == "password"
        and not (in_tests(path) or in_documents(path))
    )
