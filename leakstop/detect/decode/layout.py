"""What a medium puts into words: colours of a terminal, tags of a markup, marks of a patch, lines that were folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.decode.signals import IDS, has_id
from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

_COLOUR = expression(rb"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_ERASED = expression(rb"[^\x08\n]\x08")
# Signs that a markup puts around or into a word: AsciiDoc's `+…+` in a literal, TeX's `{/}`, quotes of a cell of CSV.
_MARKED = expression(rb"(?<=`)\+{1,2}(?=[A-Za-z0-9+/])|(?<=[A-Za-z0-9+/])\+{1,2}(?=`)")
_GROUPED = expression(rb"(?<=[A-Za-z0-9+/}])\{([/+])\}(?=[A-Za-z0-9+/{])")
_CELLS = expression(rb"(?<=[A-Za-z0-9+/])\"\"[ ]?&[ ]?\"\"(?=[A-Za-z0-9+/])")
_MARK = expression(rb"(?m)^\+(?!\+\+ )")
# U+00AD, U+200B to U+200D, U+2060, U+FEFF: soft hyphen, characters without width
_UNSEEN = (b"\xc2\xad", b"\xe2\x80\x8b", b"\xe2\x80\x8c", b"\xe2\x80\x8d", b"\xe2\x81\xa0", b"\xef\xbb\xbf")
_INVISIBLE = expression(b"|".join(_UNSEEN))
_TAG = expression(
    rb"<(?<=[A-Za-z0-9+/=]<)/?(?:%(tags)s)\b[^<>]{0,200}+>(?:</?(?:%(tags)s)\b[^<>]{0,200}+>){0,11}(?=[A-Za-z0-9+/=])"
    % {b"tags": rb"a|b|i|u|s|em|strong|code|tt|font|mark|span|wbr|tspan|text:span|small|sub|sup|bdi|w:(?:t|r|rPr|b|i)"}
)
_FOLD = expression(rb"(?<=[A-Za-z0-9+/=])\r?\n[ \t](?=[A-Za-z0-9+/=])")
# Four groups or more of equal length with a blank or a dash between them, or two lines, which together are as long as a secret.
_GROUPS = expression(
    rb"(?<![A-Za-z0-9+/=-])(?:%(b)s{4}([ -])(?:%(b)s{4}\1){8}%(b)s{4}|%(b)s{8}([ -])(?:%(b)s{8}\2){3}%(b)s{8}"
    rb"|%(b)s{10}([ -])(?:%(b)s{10}\3){2}%(b)s{10}|[A-Z0-9]{4}([ -])(?:[A-Z0-9]{4}\4){3}[A-Z0-9]{4})(?![A-Za-z0-9+/=-])"
    % {b"b": rb"[A-Za-z0-9+/]"}
)
_LINES = expression(
    rb"(?<![A-Za-z0-9+/=])([A-Za-z0-9+/]{8,39})(\r?\n[ \t]{0,20})([A-Za-z0-9+/]{1,32})(?=[ \t\"'<]{0,8}(?:[\r\n]|\Z))"
)
_ID = expression(rb"A[KS]IA[A-Z2-7 -]{16}")
_SIZE = 40  # characters of an AWS secret key
_NEAR = 2000  # bytes around an id in which it is looked for
_NEXT_LINE = expression(rb"(?<=\\n)\",[ \t]{0,40}\r?\n?[ \t]{0,40}\"")


def colours(text: bytes) -> Iterator[Cut]:
    """Escape sequences in the output of programs (ECMA-48, 5.4)."""
    if b"\x1b[" in text:
        yield from _without(text, _COLOUR, "terminal colours")


def erased(text: bytes) -> Iterator[Cut]:
    """Letters that somebody took back at a terminal, or that were printed twice to make them bold."""
    if b"\x08" in text and has_id(text):
        yield from _without(text, _ERASED, "backspaces")


def marked(text: bytes) -> Iterator[Cut]:
    """Signs of AsciiDoc, TeX and spreadsheets beside or in a key."""
    if not has_id(text):
        return
    if b"`+" in text or b"+`" in text:
        yield from _without(text, _MARKED, "markup")
    elif b"{/}" in text or b"{+}" in text:
        for match in _GROUPED.finditer(text):
            yield Cut(match.start(), match.end(), match[1], ("markup",))
    elif b'""' in text:
        yield from _without(text, _CELLS, "concatenation")


def patches(text: bytes) -> Iterator[Cut]:
    """The plus signs before added lines, where one could be the first letter of a value."""
    if b"\n@@ " in text:
        yield from _without(text, _MARK, "patch")


def invisible(text: bytes) -> Iterator[Cut]:
    """Characters that nobody sees."""
    if any(unseen in text for unseen in _UNSEEN):
        yield from _without(text, _INVISIBLE, "invisible characters")


def tags(text: bytes) -> Iterator[Cut]:
    """Tags that change the looks of a word's part, or say where it may be broken."""
    if b"</" in text or b"<wbr" in text:
        yield from _without(text, _TAG, "markup")


def folded(text: bytes) -> Iterator[Cut]:
    """Lines of calendars, cards (RFC 5545, 3.1) and LDIF (RFC 2849) that go on behind a blank."""
    if b"BEGIN:V" in text or text.startswith(b"dn: ") or b"\ndn: " in text:
        yield from _without(text, _FOLD, "folded line")


def notebook(text: bytes) -> Iterator[Cut]:
    """Lines of a text that are the elements of a JSON list."""
    if b'\\n",' in text:
        yield from _without(text, _NEXT_LINE, "list of lines")


def broken(text: bytes) -> Iterator[Cut]:
    """A key id's secret in groups, or at the end of one line and the start of the next: as long as it is, and as mixed."""
    done = 0
    for known in _ID.finditer(text) if has_id(text) else ():
        low, high = max(done, known.start() - _NEAR), known.end() + _NEAR
        done = max(done, high)
        yield from sorted(_broken(text, low, high))


def _broken(text: bytes, low: int, high: int) -> Iterator[Cut]:
    for match in _GROUPS.finditer(text, low, high):
        whole = match[0].translate(None, b" -")
        if whole.startswith(IDS) or _is_mixed(whole):
            yield Cut(match.start(), match.end(), whole, ("groups",))
    for match in _LINES.finditer(text, low, high):
        whole = match[1] + match[3]
        if is_secret(whole):
            yield Cut(match.start(2), match.end(2), b"", ("broken line",))


def is_secret(value: bytes) -> bool:
    """Whether pieces, put together, come to the size and the mixture of an AWS secret key."""
    return len(value) == _SIZE and _is_mixed(value)


def _is_mixed(value: bytes) -> bool:
    """Whether capitals, small letters and digits follow each other as in random text."""
    kinds = [48 <= byte < 58 for byte in value], [65 <= byte < 91 for byte in value], [97 <= byte < 123 for byte in value]
    changes = sum(kind[at] != kind[at + 1] for kind in kinds for at in range(len(value) - 1))
    return changes > 20 and all(sum(kind) > 2 for kind in kinds)


def _without(text: bytes, pattern: re.Pattern[bytes], step: str) -> Iterator[Cut]:
    return (Cut(match.start(), match.end(), b"", (step,)) for match in pattern.finditer(text))
