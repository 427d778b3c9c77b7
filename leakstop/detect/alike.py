"""Halves whose names say that they belong together: `PROD_AWS_KEY` and `PROD_AWS_SECRET`, in whatever order they stand."""

from __future__ import annotations

from leakstop.expressions import expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakstop.detect.pairs import Half

_BEFORE = 80  # bytes before a value in which its name stands
_NAME = expression(rb"([A-Za-z][A-Za-z0-9_.\-]{0,60})[\"'\]]{0,2}[ \t]{0,8}(?::=|=>|->|\?=|[:=>])[ \t]{0,8}[\"'`]{0,3}\Z")
_WORD = expression(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
# What tells which half a value is, and not which pair it is of.
_COMMON = frozenset(
    b"aws amazon s3 access secret key keys id kid sk ak pw pass password user username name value token client app api".split()
)


def alike(text: bytes, leads: Sequence[Half], secrets: Sequence[Half]) -> dict[bytes, Half]:
    """Which of several ids belongs to which secret value, as far as words in both their names tell."""
    ids, keys = ([_words(text, half.at) for half in halves] for halves in (leads, secrets))
    once = _once(ids) & _once(keys)
    lead_of = dict(zip(ids, leads, strict=True))
    return {secret.value: lead_of[words] for words, secret in zip(keys, secrets, strict=True) if words in once}


def _once(names: Sequence[frozenset[bytes] | None]) -> set[frozenset[bytes] | None]:
    """The words that one name alone is made of."""
    seen: set[frozenset[bytes] | None] = set()
    again: set[frozenset[bytes] | None] = {None}
    for words in names:
        (again if words in seen else seen).add(words)
    return seen - again


def _words(text: bytes, at: int) -> frozenset[bytes] | None:
    """The words of a value's name that tell its pair; None without a name."""
    name = _NAME.search(text, max(0, at - _BEFORE), at)
    return frozenset(word.lower() for word in _WORD.findall(name[1])) - _COMMON if name else None
