"""Whether a small text may hold something encoded: quick, and without an expression that would have to be compiled.

The hook asks this of every change; what it says is looked at closely (`unveil`).
"""

from __future__ import annotations

import binascii

from leakstop.expressions import expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_ALNUM = bytes(97 if byte < 128 and chr(byte).isalnum() else 32 for byte in range(256))
_HEADER = 400  # bytes of a first line of names
_RUN = 24  # letters and digits in a row: the shortest encoded key id has 27
READABLE = bytes([9, 10, 13, *range(32, 127)])
# Letters of tokens as "a", quotes as one kind, white space and what joins strings as it is, the rest as "x".
_KEPT = b' \t\r\n"+.&|~<>\\_#'
_TABLE = bytes(
    97 if chr(byte) in "/=-" or (byte < 128 and chr(byte).isalnum()) else 34 if byte == 39 else byte if byte in _KEPT else 120
    for byte in range(256)
)
_LAST = frozenset(bytes((byte,)) for byte in b"nrtbf0123456789ABCDEFabcdef")  # of escapes that end like a word
_ZLIB = expression(rb"(?<![A-Za-z0-9+/])e(?:J[w-z]|N[o-r]|AE|F4)[A-Za-z0-9+/_-]{22}")
_PACKED = (b"\x1f\x8b\x08", b"x\x01", b"x\x9c", b"x\xda", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
_COUNTS = frozenset((b"(", b"t"))  # lengths of an id, in formats that write them before it
ENCODED_IDS = (b"QUtJQ", b"FLSU", b"BS0lB", b"QVNJQ", b"FTSU", b"BU0lB", b"414b4941", b"414B4941", b"41534941")  # base64, hex
_WORDS = (
    *ENCODED_IDS,
    b"kind: Secret", b'"Secret"', b"quoted-printable", b"=3D", b"H4sI", b"UEsDB", b"QlpoO", b"/Td6WFo", b"\x1b[", b"begin 6",
    b"\n00000010", b"\n0000020 ", b"A\0K\0I\0A\0", b"A\0S\0I\0A\0", b"41 4b 49 41", b"41 4B 49 41", b"41:4b:49:41", b"41,00,4b",
    b"AKIA", b"65 75 73 65 ", b"$A,$K,$I", b"'A', 'K', 'I'", b"'A','K','I'", b"hr(65)", b"%u0041",
    b"<~", b"85decode", b"ascii85", b"01000001", b"\xef\xbc\xa9\xef\xbc\xa1", b"\xc1\xd2\xc9\xc1", b"\xc1\xe2\xc9\xc1",
    b"A\0\0\0K\0\0\0", b"A\0\0\0S\0\0\0", b"0101, 0113", b"[char]65", b"QUOTED-PRINTABLE", b"A K I A", b"'AK' '", b'"AK" "',
    b"SAMLRe", b"ABzY8", b"QJtUQ", b"USLFU", b"DHgWD", b"b'x\\x9c", b"b'\\x1f", b"=41=4B", b"!!binary", b"85_decode",
    b":00000001FF",
    b"GIT binary patch", b"\nVAKIA", b"\nVASIA", b"gzinflate(", b"<diagram ",
    # `AKIA`, `ASIA`, `AWS_ACCE` and `aws_acce` in three kinds of base85, an id in base58
    b"5tad8", b"5uU?@", b'6!$ul5sn".', b'@<Zd"@:NeY', b"K}$(N", b"K~qUV", b"L03~>K|@1D", b"VRv(1VPj)u",
    b"k$:^n", b"k#Quv", b"l03#(k%[1d", b"vrV^1vpJ!U", b"4tREb", b"4tXVW", b"t58cM", b"t6YqT", b"um5sg",
)  # fmt: skip
IDS = (b"AKIA", b"ASIA")  # what key ids of AWS begin with
TURNED_IDS = (b"NXVN", b"NFVN", b"AIKA", b"AISA")
_TURNED = expression(rb"(?<![A-Za-z0-9])(?:N[FX]VN[A-Z2-7]{16}|[A-Z2-7]{16}AI[KS]A)(?![A-Za-z0-9])")


# What escapes begin with, and how many characters follow, or one more.
_ESCAPES = (
    (b"\\x", 2), (b"\\u00", 2), (b"\\u{", 3), (b"\\", 2), (b"\\0000", 2), (b"%", 2), (b"&#x", 3), (b"&#", 3), (b"&#00", 3),
)  # fmt: skip


def has_id(text: bytes) -> bool:
    """Whether what a key id of AWS begins with stands in a text as it is."""
    return any(word in text for word in IDS)


def likely(text: bytes) -> bool:
    """Whether something in the text looks encoded, escaped or cut into pieces."""
    return (
        any(word in text for word in _WORDS)
        or _ZLIB.search(text) is not None
        or (any(word in text for word in TURNED_IDS) and _TURNED.search(text) is not None)
        or _escaped(text)
        or _joined(text)
        or _readable_run(text)
        or _codes(text)
        or _tabled(text)
        or (b'"instances"' in text and b'"attributes"' in text)
        or _PACKED[0] in text[1:]
        or _masked(text)
    )


def escaped_before(text: bytes, hits: Iterable[tuple[int, int, int]]) -> Iterator[int]:
    r"""The starts of hits where an escape may end: `\nAKIA…` is no word that begins with `n`."""
    counted: bool | None = None  # whether the text may be of a format that tells lengths; asked once, if at all
    for _, start, latest in hits:
        if start != latest:
            continue  # where the word begins is not known
        before = text[max(0, start - 8) : start]
        if before[-1:] in _COUNTS:
            if counted is None:
                counted = b"\x80" <= text[:1] < b"\xc0" or b"\0" in text
            if counted:
                yield start
        if before[-1:] in {b"m", b"K"} and b"\x1b[" in text[max(0, start - 20) : start]:
            yield start
        if before[-1:] not in _LAST:
            continue
        if (
            before[-2:-1] == b"\\"
            or before[-3:-2] in {b"%", b"="}
            or (before[-4:-2] == b"25" and b"%25" in before)
            or before[-4:-2] == b"\\x"
            or before[-6:-4] == b"\\u"
        ):
            yield start


def _readable_run(text: bytes) -> bool:
    runs = text.translate(_ALNUM)
    at = runs.find(b"a" * _RUN)
    while at >= 0:
        head = text[at : at + _RUN]
        if _readable(head):
            return True
        at = runs.find(b"a" * _RUN, max(runs.find(b" ", at), at + _RUN) if runs.find(b" ", at) >= 0 else len(runs))
    return False


def _readable(head: bytes) -> bool:
    """Whether a run's first characters stand for text: in base64, in base64 of UTF-16, in hex, in base32."""
    return any(
        not data.translate(None, READABLE) or data[1::2].count(0) == len(data) // 2 or data.startswith(_PACKED)
        for data in _decoded(head)
    )


def _decoded(head: bytes) -> Iterator[bytes]:
    yield binascii.a2b_base64(head)
    digits = head[2:] if head[:2] == b"0x" else head[1:] + head[:1] if head[:1] == b"x" else head
    try:
        yield binascii.unhexlify(digits)
    except ValueError:
        pass
    if head.isupper() or head.islower():
        import base64

        try:
            yield base64.b32decode(head.upper())
        except binascii.Error:
            pass


def _escaped(text: bytes) -> bool:
    """Several escapes of one kind in a row."""
    return any(mark in text and text.count(mark) > 3 and _evenly(text, mark, size) for mark, size in _ESCAPES)


def _evenly(text: bytes, mark: bytes, size: int) -> bool:
    row = 0
    for part in text.split(mark):
        row = row + 1 if len(part) in {size, size + 1} else 0
        if row == 3:
            return True
    return False


def _joined(text: bytes) -> bool:
    """Literals of which one goes on where the other ends, or a word at the end of a continued line."""
    if (b"\\\n" in text or b"\\\r\n" in text) and _continued(text):
        return True
    parts = text.translate(_TABLE).split(b'"')
    for before, gap, after in zip(parts, parts[1:], parts[2:], strict=False):
        if before[-3:] == b"aaa" == after[:3] and len(gap) < 200:
            gap = gap.removesuffix(b"a")  # the prefix of a literal
            remark, _, line = gap.lstrip(b" \t").partition(b"\n")
            if not (line if remark[:1] == b"#" else gap).strip(b" \t\r\n+.&|~<>\\_"):
                return True
    return False


def _continued(text: bytes) -> bool:
    for mark in (b"\\\n", b"\\\r\n"):
        at = text.find(mark)
        while at > 0:
            after = text[at + len(mark) : at + len(mark) + 80].lstrip(b" \t")[:1]
            if text[at - 1 : at].isalnum() and after.isalnum():
                return True
            at = text.find(mark, at + 1)
    return False


def _masked(text: bytes) -> bool:
    """Bytes that are XORed one by one."""
    return b"^ " in text and (b" for " in text or b"har" in text)


def _tabled(text: bytes) -> bool:
    """A table with a column for passwords, or for tokens and keys under a first line of names."""
    if not any(word in text for word in (b"assw", b"ASSW", b"pwd", b"PWD")):
        first = text[: text.find(b"\n", 0, _HEADER) + 1]
        if not any(mark in first for mark in (b",", b"\t", b";")):
            return False
        low = first.lower()
        if not (b"token" in low or b"secret" in low or b"key" in low):
            return False
    from leakstop.detect.decode.columns import likely

    return likely(text)


def _codes(text: bytes) -> bool:
    """Many numbers of a character's size in a row."""
    if text.count(b",") < 12:
        return False
    row = 0
    for part in text.split(b","):
        number = part.strip()
        row = row + 1 if (number.isdigit() and 2 <= len(number) <= 3) or (number[-4:-2].lower() == b"0x") else 0
        if row == 8:
            return True
    return False
