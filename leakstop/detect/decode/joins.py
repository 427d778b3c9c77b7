"""Strings that are written in pieces: neighbours, concatenations, continued lines, joined lists, single characters."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from leakstop.detect.decode.layout import is_secret
from leakstop.detect.decode.signals import IDS, READABLE, TURNED_IDS, has_id
from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

# Between the closing quote of one literal and the opening quote of the next: nothing (Python, C), an operator (`+` of most
# languages, `.` of PHP and Perl, `..` of Lua, `&` of Visual Basic, `||` of SQL, `<>` of Elixir, `<<` of Ruby, `~` of Twig, `++`
# of Haskell, `^` of OCaml, `*` of Julia, `//` of Fortran), remarks, the marks of a continued line (`\`, `_`, `¬`); a call that
# appends (`.concat("b")`, `strcat(x, "b")`); an assignment that does (`x += "b"`, `x = x & "b"`); a further line of an assembler.
_BETWEEN = expression(rb"""(?x) (["'`])
    (?: \)?
        (?: [ \t]+ | \r?\n | \\ (?=\r?\n) | _ (?=[ \t]*\r?\n) | \xc2\xac
          | \+{1,2} | \.{1,2} | & | \|\| | <> | << | ~ | \^ | \* | // (?=[ \t]*["'])
          | (?:\#(?![a-z])|//|--) [^\n]{0,200}+ (?=\n) | /\* [^*]{0,200}+ \*/ ){0,16}+
        \(?
    | \)? ;? \s{0,40}+ (?: [\w$]{0,40}+ \. )? (?: [Aa]ppend | [Cc]oncat | push_str | strcat ) \( (?: \w{1,40}+, [ ]? )?
    | \s{1,40}+ append [ ]+ \w{1,40} [ ]+
    | \s{0,40}+ stringByAppendingString: \s{0,4}
    | ;? \s{1,40}+ \$? [\w.]{1,40}+ [ \t]{0,4}
        (?: [.+&|]{1,2}= | <<=? | = [ \t]{0,4} \$? [\w.]{1,40}+ [ \t]{0,4} [+.&] ) [ \t]{0,4}
    | \s{0,40}+ \. (?: asci[iz] | string ) [ \t]{1,20}
    )
    (?: [bBfFrRuULN@$]{1,2} (?= ["'] ) )?
    (["'`])""")
_OPERATORS = expression(rb"[+.&|<~^*/=(:]")
_APPENDED = expression(
    rb"(?:append|strc(?:py|at)|push_str)\((?:\w{1,40}, ?)?[\"'][^\"'\n]{1,300}\Z"
)  # a statement that another one goes on
_ID = 20  # letters of an AWS key id
_WHOLE = expression(rb"[\"'`]A[KS]IA[A-Z2-7]{16}")  # a literal that is one goes on nowhere: the next one is its secret
_CONTINUED = expression(rb"(?<=[A-Za-z0-9+/=_-])\\\r?\n[ \t]*\\?(?=[A-Za-z0-9+/=_-])")
_READABLE = frozenset(READABLE)
_TOKEN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-")
_PIECE = rb"[A-Za-z0-9+/=_-]{1,200}+"
_COMMA = rb"[ \t\r\n]{0,40}+,[ \t\r\n]{0,40}+(?:\1\1,[ \t]{0,4})?[@N]?\1"
_LIST = expression(rb"([\"'`])%(piece)s\1(?:%(comma)s%(piece)s\1)++" % {b"piece": _PIECE, b"comma": _COMMA})
_GAP = expression(rb"([\"'`])" + _COMMA)
# What makes one string of a list, before or behind it.
JOINING = expression(
    rb"(?i)join|concat|append|implode|format|printf|paste|strcat|%s%s|\{\}\{\}|\{0\}\{1\}|[ ]-f[ ]|\bdb[ ]|\bstr(?:ing)?\("
)
_APPEND = expression(
    rb"(?m)^[ \t]{0,40}(?:export |local )?(\w{1,40})=[\"']?%(p)s"
    rb"([\"']?[ \t]{0,8};?\r?\n[ \t]{0,40}(?:export )?\1\+=[\"']?)(?=%(p)s)" % {b"p": _PIECE}
)
_BRACED = expression(rb"(?<=[A-Za-z0-9+/=\"'`])[$#]?\{([\"'])([A-Za-z0-9+/=]{0,60})\1\}(?=[A-Za-z0-9+/=\"'`])")
_BACKWARDS = expression(
    rb"(?<![A-Za-z0-9+/])(?P<v>%(v)s)[\"']?(?P<behind>\[::-1\]|[ ]?\|[ ]?rev\b|\)?\.(?:(?:split|chars)(?:\([^)]{0,3}\))?\.)?rev)"
    rb"|\b(?P<before>(?i:str_?reverse|reversed?|strrev|rev)\(?[ ]?)[\"'](?P<w>%(v)s)(?![A-Za-z0-9+/=])"
    % {b"v": rb"[A-Za-z0-9+/]{40}|[A-Z2-7]{16}AI[KS]A"}
)
_OTHERS = expression(rb"[^A-Za-z0-9+/]+")
_NUMBER = rb"(?:0[xX][0-9A-Fa-f]{2}|0[0-7]{3}|[0-9]{2,3})"
_CODES = expression(_NUMBER + rb"(?:[ \t\r\n]{0,40}+,[ \t\r\n]{0,40}+(?:\(byte\)[ ]?|\[char\])?%s){11,20000}+" % _NUMBER)
_OF_CODES = b"0123456789xXABCDEFabcdef \t\r\n[]()chryte"  # what may stand between the commas of a row
_SPACED = expression(rb"(?:[0-9]{2,3}[ ]){11,20000}+[0-9]{2,3}")
_LETTERS = expression(rb"\$[!-~](?:,[ ]?\$[!-~]){11,20000}+")
_CALL = rb"(?:chrw?|char)\(%s\)" % _NUMBER
_CALLS = expression(rb"(?i)%(c)s(?:\s{0,40}+(?:[+&.,]|\|\|)\s{0,40}+(?:_\r?\n\s{0,40})?%(c)s){11,20000}+" % {b"c": _CALL})
_CODE = expression(rb"0[xX]([0-9A-Fa-f]{1,2})|0([0-7]{3})|([0-9]{1,3})|\$([!-~])")
# What is taken out of a literal before it is used: a sign, or blanks.
_REMOVED = expression(
    rb"([\"'])(%(v)s)\1\)?\.(?:replace|replaceAll|Replace|gsub|delete|tr)\([ ]?(?:([\"'])%(s)s\3|/%(s)s/g)(?:,[ ]?([\"'])\4)?\)"
    rb"|([\"'])(%(v)s)\5[ ]?\|[ ]?tr -d [\"']?%(s)s[\"']?"
    % {b"v": rb"[A-Za-z0-9+/=][^\"'\n]{20,200}", b"s": rb"[^\\\"'A-Za-z0-9]"}
)
_REMOVING = (b"eplace", b"gsub(", b"tr -d", b".delete(", b".tr(")
_NOT_TOKEN = expression(rb"[^A-Za-z0-9+/=]")
_WORDS_OF = expression(rb"\bqw\s?[(\[{/|]([A-Za-z0-9+/=\s]{8,200})[)\]}/|]")


def strings(text: bytes) -> Iterator[Cut]:
    """Gaps between literals of which one goes on where the other ends."""
    at = 0
    gap = _BETWEEN
    while match := gap.search(text, at):
        start, end = match.span()
        at = end - 1
        if start > _ID and _WHOLE.match(text, start - 1 - _ID):
            continue
        # No blank where they meet: a word that is cut, not a sentence. Other quotes only where something joins them.
        if (
            start
            and text[start - 1] in _TOKEN
            and text[start - 2 : start] != b"%s"
            and text[end : end + 1]
            and text[end] in _TOKEN
            and (match[1] == match[2] or end - start == 2 or _OPERATORS.search(text, start + 1, end - 1))
            and (b"(" not in match[0] or b";" not in match[0] or _APPENDED.search(text, max(0, start - 400), start))
        ):
            yield Cut(start, end, b"", ("concatenation",))
            at = end


def lists(text: bytes) -> Iterator[Cut]:
    """`join("", ["a", "b"])`, `["a", "b"].join("")`, `"%s%s" % ("a", "b")`, `{'a', 'b', 'c'}`: what stands between the pieces."""
    known: bool | None = None  # asked once: a text of megabytes has thousands of lists
    for match in _LIST.finditer(text):
        start, end = match.span()
        known = has_id(text) if known is None else known
        gaps = list(_GAP.finditer(text, start + 1, end - 1))
        characters = len(gaps) > 10 and all(after.start() - before.end() == 1 for before, after in pairwise(gaps))
        if (
            characters
            or JOINING.search(text, max(0, start - 64), start)
            or JOINING.search(text, end, end + 24)
            or (known and is_secret(_OTHERS.sub(b"", match[0])))  # wherever they are joined
        ):
            for gap in gaps:
                if gap.start() > _ID and _WHOLE.match(text, gap.start() - 1 - _ID):
                    continue
                yield Cut(gap.start(), gap.end(), b"", ("concatenation",))


def braced(text: bytes) -> Iterator[Cut]:
    """Literals within strings: `f"{'a'}b"`, `"${"a"}b"`, `$"a{""}b"`."""
    if has_id(text) and (b'{"' in text or b"{'" in text):
        for match in _BRACED.finditer(text):
            yield Cut(match.start(), match.end(), match[2], ("concatenation",))


def backwards(text: bytes) -> Iterator[Cut]:
    """`"…"[::-1]`, `reversed("…")`, `"…".split("").reverse()`, `echo … | rev`: values whose letters stand from behind."""
    if (b"[::-1]" in text or b"rev" in text or b"Rev" in text) and any(word in text for word in (*IDS, *TURNED_IDS)):
        for match in _BACKWARDS.finditer(text):
            value, mark = ("v", "behind") if match["v"] else ("w", "before")
            yield from sorted(
                (Cut(*match.span(value), match[value][::-1], ("reversed",)), Cut(*match.span(mark), b"", ("reversed",)))
            )


def removed(text: bytes) -> Iterator[Cut]:
    """`"AK-IA".replace("-", "")`, `echo "AK-IA" | tr -d -`: values with a sign in them that is taken out again."""
    if (has_id(text) or b"A K I" in text) and any(word in text for word in _REMOVING):
        for match in _REMOVED.finditer(text):
            yield Cut(*match.span(), b'"' + _NOT_TOKEN.sub(b"", match[2] or match[6]) + b'"', ("signs removed",))


def words(text: bytes) -> Iterator[Cut]:
    """`join("", qw(a b c))` of Perl."""
    if b"qw" in text:
        for match in _WORDS_OF.finditer(text):
            if JOINING.search(text, max(0, match.start() - 24), match.start()):
                yield Cut(*match.span(), b'"' + b"".join(match[1].split()) + b'"', ("concatenation",))


def appended(text: bytes) -> Iterator[Cut]:
    """`KEY=a`, then `KEY+=b`, without quotes (shells)."""
    if b"+=" in text:
        for match in _APPEND.finditer(text):
            yield Cut(*match.span(2), b"", ("concatenation",))


def lines(text: bytes) -> Iterator[Cut]:
    r"""Words that go on in the next line, behind `\`."""
    if b"\\\n" in text or b"\\\r\n" in text:
        for match in _CONTINUED.finditer(text):
            yield Cut(match.start(), match.end(), b"", ("line continuation",))


def codes(text: bytes) -> Iterator[Cut]:
    """`[65, 75, 73, 65, …]`, `{0x41, 0x4b, …}`, `65 75 73 65`, `Chr(65) & Chr(75)`, `[$A,$K,…]`."""
    for written, wanted in (
        (_CODES, b"," * 11 in text.translate(None, _OF_CODES)),
        (_SPACED, b"65 " in text),
        (_CALLS, b"hr(" in text or b"HR(" in text or b"har(" in text),
        (_LETTERS, b",$" in text or b", $" in text),
    ):
        found = [cut for match in written.finditer(text) if (cut := _characters(match))] if wanted else []
        if found:
            yield from found
            return


def _characters(match: re.Match[bytes]) -> Cut | None:
    """What a row of codes stands for, if it is text."""
    codes = numbers(match[0])
    while codes and codes[-1] == 0:
        codes.pop()
    if codes and match.end() == len(match.string) and codes[-1] not in _READABLE:  # the window ends within it
        codes.pop()
    if len(codes) >= 12 and _READABLE.issuperset(codes):
        return Cut(match.start(), match.end(), bytes(codes), ("character codes",))
    return None


def numbers(row: bytes) -> list[int]:
    """The codes in a row of them."""
    return [
        int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else int(decimal) if decimal else ord(letter)
        for hexadecimal, octal, decimal, letter in _CODE.findall(row)
    ]
