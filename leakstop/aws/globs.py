"""Wildcards and policy variables: `*` and `?` in actions, resources and string conditions, `${…}` in the latter two.

A pattern is prepared once (`prepare`) into text where wildcards are two characters that no policy holds, so that the literal `*`
of `${*}`, or one in a substituted value, is none.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Lookup = Callable[[str], tuple[str, ...] | None]

STAR, ANY = "\ue000", "\ue001"
_WILD = str.maketrans({"*": STAR, "?": ANY})
_VARIABLE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_DEFAULT = re.compile(r"^([^,]+?)\s*,\s*'([^']*)'$")
_LITERAL = {"*": "*", "?": "?", "$": "$"}


class Unknown(Exception):
    """A variable whose value is not known: nothing can be said of what its pattern matches."""


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    """A pattern without variables, wildcards marked."""
    return text.translate(_WILD)


def has_variables(text: str) -> bool:
    """Whether a text holds `${…}`."""
    return "${" in text


def variables(text: str) -> list[str]:
    """The context keys that a text's variables name, in lower case."""
    found = []
    for match in _VARIABLE.finditer(text):
        default = _DEFAULT.match(match[1])
        name = (default[1] if default else match[1]).lower()
        if name not in _LITERAL:
            found.append(name)
    return found


def prepare(text: str, lookup: Lookup, *, wildcards: bool = True) -> str | None:
    """A pattern with its variables replaced, wildcards marked.

    None when a variable has no value: nothing equals or resembles it. Unknown when its value is not known, and when the value
    itself holds a wildcard, whose meaning AWS does not document.
    """
    parts: list[str] = []
    start = 0
    for match in _VARIABLE.finditer(text):
        before = text[start : match.start()]
        parts.append(before.translate(_WILD) if wildcards else before)
        start = match.end()
        if match[1] in _LITERAL:
            parts.append(match[1])
            continue
        default = _DEFAULT.match(match[1])
        values = lookup((default[1] if default else match[1]).lower())
        if values is None:
            raise Unknown
        if len(values) == 1:
            if wildcards and ("*" in values[0] or "?" in values[0]):
                raise Unknown
            parts.append(values[0])
        elif default and not values:
            parts.append(default[2])
        else:
            return None  # absent, or several values, which a variable cannot stand for
    rest = text[start:]
    parts.append(rest.translate(_WILD) if wildcards else rest)
    return "".join(parts)


def matches(pattern: str, text: str) -> bool:
    """Whether a prepared pattern matches a whole text. Linear in practice: each piece between two stars is looked for once."""
    if STAR not in pattern:
        return len(pattern) == len(text) and _at(pattern, text, 0)
    first, *middle, last = pattern.split(STAR)
    if len(text) < len(first) + len(last) or not _at(first, text, 0) or not _at(last, text, len(text) - len(last)):
        return False
    position, end = len(first), len(text) - len(last)
    for piece in middle:
        found = _find(piece, text, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True


def _at(piece: str, text: str, position: int) -> bool:
    if ANY not in piece:
        return text.startswith(piece, position)
    return len(text) - position >= len(piece) and all(
        wanted in (ANY, text[position + offset]) for offset, wanted in enumerate(piece)
    )


def _find(piece: str, text: str, start: int, end: int) -> int:
    if ANY not in piece:
        return text.find(piece, start, end)
    return next((position for position in range(start, end - len(piece) + 1) if _at(piece, text, position)), -1)
