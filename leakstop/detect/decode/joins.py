"""Strings that are written in pieces: neighbours, concatenations, continued lines, arrays of character codes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

# Between the closing quote of one literal and the opening quote of the next: nothing (Python, C), an operator (`+` of most
# languages, `.` of PHP and Perl, `..` of Lua, `&` of Visual Basic, `||` of SQL, `<>` of Elixir, `~` of Twig, `++` of Erlang), a
# comment at the end of the line, the marks of a continued line (`\`, `_`), the prefix of a literal (`b"…"`, `f"…"`).
_GAP = rb"""(?x) (["'])
    (?: [ \t]* (?: \+{1,2} | \.{1,2} | & | \|\| | <> | ~ )? [ \t]*
        (?: _ | \\ )? [ \t]* (?: (?: \# | // ) [^\n]{0,200} )? (?: \r?\n [ \t]* ){0,3}
        (?: \+{1,2} | \.{1,2} | & | \|\| | <> | ~ )? [ \t]* (?: [bBfFrRuU]{1,2} (?= ["'] ) )? )
    (["'])"""
_CONTINUED = rb"(?<=[A-Za-z0-9+/=_-])\\\r?\n[ \t]*(?=[A-Za-z0-9+/=_-])"
_CODES = rb"(?:0[xX][0-9A-Fa-f]{2}|[0-9]{2,3})(?:[ \t\r\n]{0,40},[ \t\r\n]{0,40}(?:0[xX][0-9A-Fa-f]{2}|[0-9]{2,3})){11,20000}"
_TOKEN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-")


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return expression(pattern)


def strings(text: bytes) -> Iterator[Cut]:
    """Gaps between literals of which one goes on where the other ends."""
    at = 0
    gap = _compiled(_GAP)
    while match := gap.search(text, at):
        start, end = match.span()
        at = end - 1
        # The same quote on both sides, and no blank where they meet: a word that is cut, not a sentence.
        if match[1] == match[2] and start and text[start - 1] in _TOKEN and text[end : end + 1] and text[end] in _TOKEN:
            yield Cut(start, end, b"", ("concatenation",))
            at = end


def lines(text: bytes) -> Iterator[Cut]:
    r"""Words that go on in the next line, behind `\`."""
    if b"\\\n" in text or b"\\\r\n" in text:
        for match in _compiled(_CONTINUED).finditer(text):
            yield Cut(match.start(), match.end(), b"", ("line continuation",))


def codes(text: bytes) -> Iterator[Cut]:
    """`[65, 75, 73, 65, …]`, `{0x41, 0x4b, …}`."""
    if b"," not in text:
        return
    for match in _compiled(_CODES).finditer(text):
        numbers = [int(number, 16 if b"x" in number.lower() else 10) for number in match[0].split(b",")]
        while numbers and numbers[-1] == 0:
            numbers.pop()
        if len(numbers) >= 12 and all(32 <= number < 127 or number in {9, 10, 13} for number in numbers):
            yield Cut(match.start(), match.end(), bytes(numbers), ("character codes",))
