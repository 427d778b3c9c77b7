"""Why a value that a rule's expression matches is no secret after all. Each filter has a name, is counted, and shows in
`explain`.

These look at the value alone, so one answer holds wherever the value stands; what depends on the place is in `ordinary`.
"""

from __future__ import annotations

from itertools import pairwise

from leakstop.detect.language.entropy import shannon

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from leakstop.rules.rule import Rule


def reject(rule: Rule, value: bytes) -> str:
    """The name of the first filter that drops the value, or an empty string.

    A proved checksum outweighs all but the rule's own list. Of foreign rules only what they say themselves counts.
    """
    if rule.foreign_format is not None and not rule.foreign_format.ours:
        return "entropy" if _entropy(rule, value) else ""
    if proved(rule, value):
        return "allowed by the rule" if _allowed(rule, value) else ""
    for name, drops in FILTERS:
        if drops(rule, value):
            return name
    return ""


def proved(rule: Rule, value: bytes) -> bool:
    """Whether the value carries a checksum and it holds."""
    if not rule.checksum:
        return False
    from leakstop.detect.tokens.checksums import CHECKSUMS

    return CHECKSUMS[rule.checksum].check(value) is True


def unproved(rule: Rule, value: bytes) -> bool:
    """Whether the value should carry a checksum and it is not known whether it holds."""
    if not rule.checksum:
        return False
    from leakstop.detect.tokens.checksums import CHECKSUMS

    return CHECKSUMS[rule.checksum].check(value) is None


def _allowed(rule: Rule, value: bytes) -> bool:
    if not rule.allow:
        return False
    from leakstop.expressions import over_bytes

    return any(over_bytes(pattern).fullmatch(value) for pattern in rule.allow)


def _entropy(rule: Rule, value: bytes) -> bool:
    return bool(rule.entropy) and shannon(value) < rule.entropy


def _checksum(rule: Rule, value: bytes) -> bool:
    if not rule.checksum:
        return False
    from leakstop.detect.tokens.checksums import CHECKSUMS

    return CHECKSUMS[rule.checksum].check(value) is False


_LONGEST_RUN = 7  # equal bytes in a row: in random text of the smallest alphabet, hex, once in 16**6 places
_LONGEST_UNIT = 16  # bytes that may come again and again


def _repeated(rule: Rule, value: bytes) -> bool:
    """`xxxxxxxx`, `00000000`, `abc123abc123abc1`: equal bytes in a row that the rule does not ask for, or the same few again and
    again to the end; long texts may have them.
    """
    if len(value) > 256:
        return False
    for unit in range(2, min(_LONGEST_UNIT, len(value) // 3) + 1):
        same = value[-3 * unit :]
        if len(same) >= 12 and same[unit:] == same[:-unit]:
            return True
        if len(same) < 12 and len(value) >= 16 and value[-16 + unit :] == value[-16:-unit]:
            return True
    run = 1
    for previous, byte in pairwise(value):
        run = run + 1 if previous == byte else 1
        if run >= _LONGEST_RUN and chr(byte) * _LONGEST_RUN not in rule.pattern:
            return True
    return False


_STAIRS = (b"12345678", b"87654321", b"abcdefgh", b"ABCDEFGH")


def _counting(_rule: Rule, value: bytes) -> bool:
    """`0123456789abcdef`, `1234-5678`: most neighbours differ by exactly one, or so many in a row that it is no chance."""
    if not 8 <= len(value) <= 256:
        return False
    plain = value.translate(None, b"-_.")
    if any(stair in plain for stair in _STAIRS):
        return True
    steps = sum(byte - previous == 1 for previous, byte in pairwise(value))
    return steps >= 0.6 * (len(value) - 1)


_EXAMPLES = (
    b"example",
    b"placeholder",
    b"changeme",
    b"change-me",
    b"change_me",
    b"redacted",
    b"your-",
    b"your_",
    b"insert-",
    b"deadbeef",
    b"beefbeef",
    b"dummy",
    b"fake",
    b"sample",
    b"not-real",
    b"not_real",
    b"123e4567-e89b-12d3-a456-4266",
)
_ROWS = (b"qwertyuiop", b"asdfghjkl")


def _example(_rule: Rule, value: bytes) -> bool:
    """A word that says that this is no secret; in a long value small letters would be chance."""
    if len(value) > 128:
        return b"EXAMPLE" in value or b"REDACTED" in value
    low = value.lower()
    return any(word in low for word in _EXAMPLES)


def _keyboard(_rule: Rule, value: bytes) -> bool:
    """A row of the keyboard."""
    if len(value) > 256:
        return False
    low = value.lower()
    return any(row in low for row in _ROWS)


def _slot(_rule: Rule, value: bytes) -> bool:
    """A template that is still to be filled: `{A-Z:16}`, `{name:>10}`."""
    at = value.find(b"{")
    return 0 <= at < value.find(b":", at) < value.find(b"}", at)


FILTERS: tuple[tuple[str, Callable[[Rule, bytes], bool]], ...] = (
    ("allowed by the rule", _allowed),
    ("checksum", _checksum),
    ("entropy", _entropy),
    ("repeated characters", _repeated),
    ("counting characters", _counting),
    ("example word", _example),
    ("keyboard", _keyboard),
    ("template slot", _slot),
)
