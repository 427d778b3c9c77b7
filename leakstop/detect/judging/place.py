"""What stands around a generic candidate in its line: its name, what the name promises, what comes before and behind.

The filters of `ordinary` and `placeholders` get a candidate as four texts:

    value  the candidate
    key    what stands from the start of the match to the value: name, operator, quote (`password": "`, `mysql://root:`)
    line   the line that holds the value
    path   where it was read, "" when unknown
"""

from __future__ import annotations

from leakstop.detect.judging import names
from leakstop.expressions import expression
from leakstop.memo import lru_cache
from leakstop.record import NamedTuple

_NAME_START = expression(rb"[A-Za-z0-9_.\-]*\Z")
_NAMES = expression(rb"(?i:api|access|secret|private|license)[ ](?i:key)|[A-Za-z][A-Za-z0-9_.\-]*")
_PROMISING = expression(rb"(?i)pass|pwd|(?<![a-z])pw(?![a-z])|secret|token|cred|key|auth|bearer")
_USER = expression(rb"(?:://|\A[^\"'`:]{0,60}\([bru]?[\"'`](?=[^:]*:\Z))([^:/@\s\"'`]*):")  # `//user:`, `b64encode("user:`
_CALLED = expression(rb"""\A[^"'(]*\([^()]*["']([^"'\s()]*)["'],[ ]?(?:Some\()?["']\Z""")  # `login("robot", "`
_LONGEST_NAME = 80  # bytes looked at before the match


class Place(NamedTuple):
    """Where a value stands."""

    # Of a URL or a call that signs in the user's; empty when the rule's expression says what the value is, and no name does.
    name: bytes
    kind: str  # what the name promises: password, secret, key or ""
    before: bytes  # the line up to the name
    after: bytes  # the line behind the value


@lru_cache(maxsize=8)  # every filter asks
def place(value: bytes, key: bytes, line: bytes) -> Place:
    """The place of a value. A rule's match may begin inside the name, or on a line before."""
    at = line.find(key + value)
    begun = at >= 0
    if not begun:
        at, end = max(line.find(value), 0), max(line.find(value), 0) + len(value)
    else:
        end = at + len(key) + len(value)
    after = line[end:]
    user = _USER.search(key) or _CALLED.search(key)
    if user:
        return Place(user[1], "password", line[:at], after)
    if not promising(key):
        return Place(b"", "password", line[:at], after)
    lead = _NAME_START.search(line, max(0, at - _LONGEST_NAME), at) if begun else None
    start = lead.start() if lead else at
    said = _NAMES.findall(line[start:at] + key)
    name = next((word for word in said if names.kind(word)), said[0] if said else b"")
    return Place(name, names.kind(name), line[:start], after)


def promising(key: bytes) -> bool:
    """Whether a name says what the value is; else the rule's own expression does (`curl -u robot:`)."""
    return _PROMISING.search(key) is not None


def promised(key: bytes) -> bytes:
    """The name in what leads to a value that promises a secret; the first word when none does."""
    said = _NAMES.findall(key)
    return next((word for word in said if names.kind(word)), said[0] if said else b"")


def in_url(key: bytes) -> bool:
    """Whether the value is a password behind its user: of a URL, of a pair that a call encodes, or of a call that signs in."""
    return _USER.search(key) is not None or b"://" in key or _CALLED.match(key) is not None


def quoted(key: bytes) -> bool:
    """Whether a quote opens the value."""
    return key.endswith((b'"', b"'", b"`"))
