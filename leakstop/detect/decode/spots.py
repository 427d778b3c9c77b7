r"""Where in large amounts of text something may be encoded: Hyperscan tells it beside the anchors, for what pays to be looked at.

Encodings have no mark of their own, and looking at every long run of letters, every escape and every quote that closes costs more
than all rules together. So it is looked for in another dress what the rules' anchors look for plain: `AKIA` is `QUtJQ`, `FLSU` or
`BS0lB` in base64, depending on what stands before, `414b4941` in hex, `\x41\x4b…` in C, and `AKIA" +` where a string is cut.
Once one half of a pair is found, its text is decoded whole, whatever the other half looks like (`Decoder.pairing`).
"""

from __future__ import annotations

import re
from base64 import b32encode, b64encode
from typing import TYPE_CHECKING, NamedTuple

from leakstop.detect.decode import columns, octets, rare, state
from leakstop.detect.decode.signals import IDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_PRINTABLE = rb"quoted-printable"
# What says that there is something encoded, so that nothing else need be asked.
_SAID = (
    _PRINTABLE,
    _PRINTABLE.upper(),
    rb"=3DA[KS]IA[A-Z0-9]{16}",
    rb"\n(?:00000010[: ]|0000020) [0-9a-f]{2}",  # the second line of a dump
    rb"\nbegin [0-7]{3} ",
    rb"\nGIT binary patch",
    rb"(?i)gzinflate\( ?base64_decode\(",
    rb"<diagram[^<>]{0,200}>[A-Za-z0-9+/]{40}",
    rb"SAMLRe(?:quest|sponse)=[A-Za-z0-9+/%]{40}",
    rb":10[0-9A-F]{4}00[0-9A-F]{32}[0-9A-F]{2}\r?\n:[0-9A-F]{6}",
    *columns.SIGNS,
    state.SIGN,
)
_ROWS = (octets.SIGN,)  # something is encoded, within a kilobyte: a row of numbers
# The same within some kilobytes: values of a manifest, compressed text in a literal of Python's up to its quote.
_WIDE = (rb"kind: Secret[\r\n]", rb"\"kind\": ?\"Secret\"", rb"b[\"']x(?:\\x9c|\\xda|\\x01|\^)", rb"b[\"']\\x1f\\x8b")
_KILOBYTE, _KILOBYTES = 1024, 8192
_RARE = tuple(dict.fromkeys(rare.marks()))
_FIXED = (
    # gzip, zlib (at its usual levels), zstd in base64
    rb"[^A-Za-z0-9+/]H4sI[A-Za-z0-9+/_-]{24}",
    rb"[^A-Za-z0-9+/]e(?:J[w-z]|N[o-r]|AE|F4)[A-Za-z0-9+/_-]{24}",
    rb"[^A-Za-z0-9+/]KLUv[A-Za-z0-9+/_-]{24}",
    # zip, bzip2, xz
    rb"[^A-Za-z0-9+/]UEsDB[A-Za-z0-9+/_-]{24}",
    rb"[^A-Za-z0-9+/]QlpoO[A-Za-z0-9+/_-]{24}",
    rb"[^A-Za-z0-9+]/Td6WFo[A-Za-z0-9+/_-]{24}",
    # gzip, zlib, zstd, zip in hex
    rb"(?i)[^0-9A-Z](?:0x)?(?:1f8b08|78(?:01|5e|9c|da)|28b52ffd|504b0304|425a683[1-9]31|fd377a58)[0-9a-f]{48}",
    rb"[^\x00]\x1f\x8b\x08[\x00\x08]",  # gzip that is not where a file begins
    # An AWS key id whose first letters are another literal's last ones, which ends too early, or is written otherwise.
    rb"[\"'](?:[KS]IA|IA|A)[A-Z2-7]{16}[\"']",
    rb"[^A-Za-z0-9](?:AKIA|ASIA[A-Z2-7]{4})[A-Z2-7]{0,11}[^A-Za-z0-9]",
    rb"[\"']A[KS](?:[\"'][ ]?[+.,]?[ ]?[\"']IA|I[\"'][ ]?[+.,]?[ ]?[\"']A)",
    rb"A[ -][KS][ -]I[ -]A[ -][A-Z2-7][ -]",
    rb"\+AEEA[SU]wBJAEE",
    rb"=41=(?:4B|53)=49=41",
    rb"\\0?65\\0?(?:75|83)\\0?73\\0?65",
    rb"\^ ?0x[0-9A-Fa-f]{1,2}\)? for ",
    rb"\^ [0-9]{1,3}\)? for ",
    rb"(?i)char(?:code)?\([a-z_.()]{1,24} ?\^ ?(?:0x)?[0-9a-f]",
    rb"0101, ?0(?:113|123), ?0111",
    rb"\[char\]65,",
    rb"(?i)[ab]85_?decode\([^)]{20}",
    rb"A\x00{3}[KS]\x00{3}I\x00{3}A\x00{3}",
    rb"[a-z_]A[KS]IA[A-Z2-7]{16}[^ -~]",
    rb"A[KS]IA[A-Z2-7]{0,15}.\x08",
    rb"A[KS]IA[A-Z2-7]{0,15}\x1b\[",
    rb"(?:&#[0-9]{2,3};){24}",
    rb"(?:\\u\{?(?:00)?41\}?|\\x41|\\0?101|%41|&#65;|&#x41;)(?:[KS]IA[A-Z2-7]{16}|\\(?:u\{?(?:00)?|x|0)?(?:4[Bb]|53|113|123))",
    rb"\\000041\\0000(?:4[Bb]|53)",
    rb"\\'41\\'(?:4[Bb]|53)\\'49",
    rb"%u0041%u00(?:4[Bb]|53)",
    rb"&#0{1,4}65;&#0{1,4}(?:75|83);",
    rb"65, ?(?:75|83), ?73, ?65, ?[0-9]",
    rb"65,\r?\n {2,20}(?:75|83),\r?\n {2,20}73,",
    rb"65 (?:75|83) 73 65 [0-9]",
    rb"(?i)chrw?\(65\)",
    rb"0x41, ?(?:\(byte\) ?)?0x(?:4[Bb]|53), ?(?:\(byte\) ?)?0x49, ?(?:\(byte\) ?)?0x41, ?",
    rb"0x41,\r?\n[ \t]{1,20}0x(?:4[Bb]|53),",
    rb"'A', ?'[KS]', ?'I', ?'A'",
    rb"\"A\", ?\"[KS]\", ?\"I\", ?\"A\"",
    rb"\$A, ?\$[KS], ?\$I",
    rb"41[ :](?:4[Bb]|53)[ :]49[ :]41[ :]",
    rb"41,00,(?:4b|53),00,49,00,",
    rb"A\x00[KS]\x00I\x00A\x00",
    rb"A[KS]IA\x1b\[",
    rb"\x1b\[[0-9;]{0,12}[mK]A[KS]IA[A-Z2-7]{16}",
    rb"\(A[KS]IA[A-Z2-7]{16}P[A-Za-z0-9+/]{40}",
    rb"[\x14t]A[KS]IA[A-Z2-7]{16}[^A-Z0-9]",
    rb"\x14\x00{3}A[KS]IA[A-Z2-7]{16}[a-zA-Z(]",
    rb"\nVA[KS]IA[A-Z2-7]{16}[\r\n]",
    rb"A[KS]IA[A-Z2-7]{16}[A-Za-z0-9+/]{40}",
)
# A token that ends too early, at a quote or a line's end, and what joins it to the rest.
_CUT = rb"[A-Za-z0-9+/=_-]{0,15}[\"'\\][ +.&|~<>\\_\r\n\"']"
# Words that stand before secrets of no shape of their own, as they are mostly written: looked for in base64 and hex only.
_WORDS = (
    b"password",
    b"PASSWORD",
    b"secret_",
    b"SECRET_",
    b"Secret",
    b"api_key",
    b"API_KEY",
    b"-----BEGIN",
    b"_TOKEN",
    b"_token",
)
_LEAD = re.compile(r"((?:\\x[0-9a-f]{2})+)(?![?*+{])(\[[^]]+\]\{(?:[89]|\d\d))?")


class Spot(NamedTuple):
    """A place in a text: where a hit ends, and whether it says by itself that something is encoded."""

    end: int
    said: bool
    printable: bool = False  # it says quoted-printable, as mails do, and programs that read mails
    rare: bool = False  # of an encoding that is seldom met
    reach: int = 256  # bytes on either side that are decoded to see whether it is one
    dressed: bool = False  # what an anchor begins with, in another dress


def spot(end: int, number: int) -> Spot:
    """A hit of the expression with that number (see `expressions`)."""
    place = number - len(_SAID) - len(_ROWS)
    if -len(_ROWS) <= place < 0:
        return Spot(end, said=False, reach=_KILOBYTE)
    if 0 <= place < len(_WIDE):
        return Spot(end, said=False, reach=_KILOBYTES)
    rare_one = len(_WIDE) <= place < len(_WIDE) + len(_RARE)
    return Spot(end, number < len(_SAID), number < 2, rare_one, dressed=place >= len(_WIDE) + len(_RARE) + len(_FIXED))


def expressions(anchors: Iterable[str]) -> Iterator[bytes]:
    """What is looked for, each once; first what says it by itself."""
    leads = dict(
        sorted((lead.literal[:12], lead.token) for expression in anchors if len((lead := _lead(expression)).literal) >= 4)
    )
    found = dict.fromkeys((*_SAID, *_ROWS, *_WIDE, *_RARE, *_FIXED))
    for literal, token in leads.items():
        if token and literal[:1].isalnum():  # where a word begins: `ion_` would be in half of all names
            found[rb"[^A-Za-z0-9_]" + re.escape(literal) + _CUT] = None
        found.update(dict.fromkeys(_escaped(literal[:4])))
    for literal in (*leads, *_WORDS):
        found.update(dict.fromkeys(_base64(literal)))
        found[b"(?i)" + literal[:8].hex().encode()] = None
    for literal in IDS:
        found.update(dict.fromkeys(_base64(literal.decode().encode("utf-16-le")[:-1])))
        for fragment in _fragments(literal, b32encode, 5):
            found[fragment + rb"[A-Z2-7]{16}"] = found[fragment.lower() + rb"[a-z2-7]{16}"] = None
        for inner in (literal.hex().encode(), *_fragments(literal, b64encode, 6)):
            found.update(dict.fromkeys(_base64(inner)))
            found[b"(?i)" + inner.hex().encode()] = None
            found.update(dict.fromkeys(mark for twice in _fragments(inner, b64encode, 6) for mark in _base64(twice)))
    yield from found


class _Lead(NamedTuple):
    """What an anchor's expression begins with, empty if it may begin in several ways; and whether a long token follows."""

    literal: bytes
    token: bool


def _lead(expression: str) -> _Lead:
    lead = _LEAD.match(expression)
    return _Lead(bytes.fromhex(lead[1].replace("\\x", "")), bool(lead[2])) if lead else _Lead(b"", token=False)


def _escaped(literal: bytes) -> Iterator[bytes]:
    """A literal of which each letter is escaped."""
    for form in (rb"\\x%02x", rb"\\u00%02x", rb"%%%02x", rb"&#x%02x;"):
        yield rb"(?i)" + b"".join(form % byte for byte in literal)
    yield b"".join(rb"&#%d;" % byte for byte in literal)


def _base64(literal: bytes) -> Iterator[bytes]:
    for fragment in _fragments(literal, b64encode, 6):
        # A long one alone is rare; Hyperscan compiles bare literals ten times as fast as what has a repeat in it.
        tail = b"" if len(fragment) > 4 else rb"[A-Za-z0-9+/_-]{12}"
        yield fragment.replace(b"+", b"[-+]").replace(b"/", b"[/_]") + tail


def _fragments(literal: bytes, encode: Callable[[bytes], bytes], bits: int) -> Iterator[bytes]:
    """The characters that a literal always gives, for each number of bytes before it."""
    for before in range(bits // 2 if bits == 6 else bits):
        encoded = encode(bytes(before) + literal)
        first, last = -(-before * 8 // bits), (before + len(literal)) * 8 // bits
        if last - first >= 4:
            yield encoded[first:last]
