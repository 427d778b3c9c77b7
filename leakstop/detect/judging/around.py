"""What stands around a value that only its shape and a provider's name nearby make a secret, and says that it is none.

Forty hex digits near `algolia` are a key, but not in `algolia/setup@1f2e…`, `algolia-1f2e….js` or `"sha": "1f2e…"`. Rules with a
prefix of their own need none of this, and generic rules have filters of their own (`ordinary`).
"""

from __future__ import annotations

from leakstop.detect.language.wordlike import covered, parts
from leakstop.detect.line import LONGEST, line_begin
from leakstop.expressions import compiled, expression
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_REACH = 64  # bytes before a value in which its name is looked for
_TEXT = bytes(byte for byte in range(128) if byte >= 32 or byte in b"\t\n\r\f\x1b")
_CONTROLS = tuple(bytes((byte,)) for byte in range(1, 32) if byte not in b"\t\n\r\f\x1b")  # a NUL parts values
_HEX = expression(rb"[0-9a-f]{20,128}|[0-9A-F]{20,128}")
_UUID = expression(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_DIGEST = expression(
    rb"""(?ix) (?: (?<![a-z]) (?: sha-?(?:1|224|256|384|512)? | md5 | commit | rev | revision | checksum | digest
        | (?<!api_)(?<!api) hash | integrity | etag | oid | tree | blob | ref | head | parent | fingerprint | thumbprint | version
        | build | tag | snapshot | manifest | serial ) (?: [_-]? (?:id|sha|sum|hash|hex|value) )?
        \\?["'`\]]{0,2} [ \t]{0,4} (?: := | => | [=:,>(] | \s ) [ \t]{0,4} \\?["'`(]{0,3} $ )
    | ^>>>>>>>[ ] $ | (?: @ | /commits?/ | /blame/ | dev-[a-z]+\#
        | /tree/ | /blob/ | /raw/ | /compare/ | /archive/ | /badges?/(?:[A-Za-z]{1,16}/)? | \.git\# | \[[\w.-]{1,60}[ ]\(
        | (?:sha(?:1|224|256|384|512)|md5)[:=-] | \.(?:js|css)\?(?:id|v|ver|hash)= ) $"""
)
_INTEGRITY = expression(rb"(?:(?i:sha(?:1|224|256|384|512)|md5)[-:]|\bh1:)(?:[A-Za-z0-9+/]{1,88}[+/])?$")
_NAME = expression(rb"""([A-Za-z0-9_.\-]{1,40})\\?["'`\]]{0,2}[ \t]{0,24}(?::=|=>|[=:])[ \t]{0,40}\\?["'`]?$""")
_PROMISING = expression(
    rb"(?i)key|token|secret|auth|pass|pwd|cred|api|bearer|license|^(?:value|val|default|data|content|text|string|env)$"
)
_PUBLIC = expression(rb"(?i)public[_.\-]?key|publishable|(?:^|[^a-z]|captcha)site[_.\-]?key|captcha[_.\-]?id")
_SECRET_ID = expression(rb"(?i)(?:secret|key|token)[_\-]?id$")
_ID = expression(rb"(?i)(?:^|[_.\-])(?:u?u?id|guid)s?$|[a-z](?:Id|ID|Uuid|UUID|Guid)$")
# Whose id hex is: those of an account or a request open nothing. Ids of clients, applications and keys are half of a credential.
_LABEL = expression(
    rb"""(?ix) (?: (?:trace|span|context|request|req|correlation|account|zone|project|org|organi[sz]ation|tenant|user|build|job
        |run|device|instance|resource|order|product|message|event|customer|transaction|image|page|file|document|folder|record|group|cluster
        |node)[_.-]?ids? | thread-index
    | sonar\.projectkey | (?:page|next|cursor|continuation|pagination|csrf|xsrf)[_-]?(?:page[_-]?)?token | cursor ) $"""
)
_IN_PROSE = expression(
    rb"(?i)\b(?:done|fixed|merged|added|introduced|removed|changed|reverted|reverts|part) (?:in|by|of|as|with) `?$"
)
_LINK = expression(rb"https?://([^/\s\"'<>()]{1,80})/[^\s\"'<>()?]{0,120}/$")
_TAGGED = expression(rb"[a-z0-9]/[a-z0-9._-]{1,60}:$|gist\.github(?:usercontent)?\.com/[A-Za-z0-9-]{1,40}/$|(?i:nonce-)$")
_OPEN = expression(rb"ENC\[AES256_GCM,[^\]]{0,64}$|\bssh-[a-z0-9-]{3,12} $")  # a value of SOPS, a public key of SSH
_PICTURE = expression(rb"/[A-Za-z0-9_/.%-]{1,99}\.(?:png|jpe?g|gif|svg|webp|ico|css|js|woff2?|mp4|pdf|docx?|xlsx?)\b")
_LINE, _WIDTHS = expression(rb"[A-Za-z0-9+/]{48,76}"), (48, 76)  # of PEM, of a PGP key, of what MIME sends
_BASE64 = expression(rb"[A-Za-z0-9+/]{16,400}$"), expression(rb"[A-Za-z0-9+/]{16,400}")
_IDENTIFIER = expression(rb"(?:[0-9]{0,3}|[0-9]{10,19}/)[A-Za-z_][A-Za-z0-9_./\-]{7,63}")
_FIGURES = b"0123456789"
_OWN, _MANY = 4, 100  # letters from which a word may be the provider's; words of a rule that knows services by name alone
_SHORT = 2  # letters of a word that says nothing about the others: `to`, `ID`
_MAPPED = expression(rb"[\"'][ ]?(?::|=>)[ ]?[\"']")  # the key of an entry: `"f3809540-…": "Enpass"`
_ADDRESS = expression(rb"@[A-Za-z0-9-]{1,60}\.[A-Za-z]")
_NODE = expression(rb"[A-Z]{1,6}_kw[A-Za-z0-9_-]{6,60}|01[0-9a-hjkmnp-tv-z]{24}|01[0-9A-HJKMNP-TV-Z]{24}")  # GitHub's, a ULID
_UUID_NAME = expression(rb"(?i)(?:^|[_.-])[ug]uid$")
_CHANGES = expression(rb"(?i)(?:^|/)(?:changes|changelog|history|news|releases?)(?:[._-][^/]*)?$")
_COMMIT = 40  # hex digits
_DECLARED = expression(rb"\b(?:class|struct|interface|enum|func|function|def|namespace) $")
# Names of C++'s and Rust's functions and types.
_MANGLED = expression(
    rb"_Z(?:T[VTSI])?N?K?[0-9]|^N[0-9]{1,2}[A-Za-z]\w*E$|E[0-9]{1,2}_M_[a-z]|\$(?:LT|GT|u20|RF|C|u7b)\$|17h[0-9a-f]{16}E"
)
_ESCAPED = expression(rb"(?i)2[0-9A-F]|3[A-F]|40|5[B-F]|60|7[B-E]")  # of `%2B`, `%22`, `%5F`: signs in a URL or in a drawing
_OF_AN_ELEMENT = expression(rb"<[A-Za-z][^<>]{0,60}[ ]id=[\"']$")
_DOWNLOAD = expression(rb"://[^\s\"']{1,200}\.[a-z0-9]{2,4}[\"'],?\s{1,40}[\"']$")  # the file whose digest follows
_FILE = expression(
    rb"\\{0,2}\.(?:m?js|css|map|html?|json|png|jpe?g|gif|svg|webp|ico|woff2?|ttf|eot|pdf|zip|t?gz|whl|jar|txt|xml|py|rb|ya?ml)\b"
)
_SOURCE = expression(rb"\.(?:php|py|rb|js|ts|jsx|tsx|java|go|rs|cs|kt|scala|c|cc|cpp|h|css|html?|twig)$")  # whose digest follows


class Around(NamedTuple):
    """A value and what stands around it."""

    text: bytes
    first: int
    last: int
    value: bytes
    before: bytes  # of its line, percent signs undone
    after: bytes  # likewise
    name: bytes  # what it is called, or ""
    keywords: Sequence[str]
    path: bytes

    def wanted(self, *ends: str) -> bool:
        """Whether a word of the rule ends so: what is called so is what it looks for."""
        return any(word.endswith(ends) for word in self.keywords)


def told(text: bytes, first: int, last: int, keywords: Sequence[str], path: bytes = b"") -> str:
    """Why the value text[first:last] of a rule with these keywords is no secret, as the name of a filter; else empty."""
    before, after = _led(text, first, _REACH), text[last : last + _REACH]
    if b"%" in before + after:
        from leakstop.detect.judging.encoded import unquote

        before, after = unquote(before), unquote(after)
    named = _NAME.search(before)
    name = named[1] if named else b""
    seen = Around(text, first, last, text[first:last], before, after, name, keywords, path)
    return next((reason for reason, holds in _REASONS if holds(seen)), "")


def _led(text: bytes, first: int, reach: int) -> bytes:
    """What stands before a place in its line, at most so many bytes of it."""
    return text[line_begin(text, first, reach) : first]


def _in_binary(seen: Around) -> bool:
    """Compressed data, or a control character beside the value: its keyword came by chance. So did a mere name that stands in
    another string of a program.
    """
    before = seen.text[max(0, seen.first - _REACH) : seen.first]
    if before[-1:] == b"\0" and len(seen.keywords) > _MANY:
        return True
    return _binary(before) or before[-1:] in _CONTROLS or seen.after[:1] in _CONTROLS


def _worded(seen: Around) -> bool:
    """A call, or a name of several words."""
    return _IDENTIFIER.fullmatch(seen.value) is not None and (seen.after[:1] == b"(" or _spoken(seen.value, seen.keywords))


def _of_a_declaration(seen: Around) -> bool:
    return bool(_DECLARED.search(seen.before) or _MANGLED.search(seen.before) or _MANGLED.search(seen.value))


def _of_base64(seen: Around) -> bool:
    if seen.before.endswith(b"%") and _ESCAPED.match(seen.value):
        return True
    return (
        armoured(seen.text, seen.first, seen.last)
        or _in_base64(seen.before, seen.before[-1:], seen.after)
        or _wrapped(seen.before, seen.after)
    )


def _encrypted(seen: Around) -> bool:
    return _OPEN.search(seen.before) is not None and b"ENC[" in seen.before


def _of_an_owner(seen: Around) -> bool:
    return _LABEL.search(seen.name) is not None and (len(seen.keywords) > _MANY or not seen.wanted("id", "token"))


def _in_a_picture(seen: Around) -> bool:
    return b"://" in seen.before and _PICTURE.match(seen.text, seen.last) is not None


def _of_an_address(seen: Around) -> bool:
    """What stands before an `@` and a host, unless that is a URL."""
    return _ADDRESS.match(seen.after) is not None and not seen.before.endswith((b":", b"/"))


def _hex(judge: Callable[[Around], object], *, others: bool = False) -> Callable[[Around], bool]:
    """A reason that holds for hex alone, or for all others."""
    return lambda seen: (_HEX.fullmatch(seen.value) is None) is others and bool(judge(seen))


def _of_content(seen: Around) -> bool:
    """The digest of a commit, an image, a file that is linked before it."""
    if len(seen.value) == _COMMIT and _CHANGES.search(seen.path):
        return True
    if any(judge.search(seen.before) for judge in (_DIGEST, _TAGGED, _IN_PROSE)):
        return True
    return _DOWNLOAD.search(seen.text, max(0, seen.first - 4 * _REACH), seen.first) is not None


def _identified(seen: Around) -> bool:
    """An object's id: a UUID whose name says so, that begins a row or names the file, the key of an entry, an element's."""
    if _OF_AN_ELEMENT.search(seen.before) or (_UUID.fullmatch(seen.value) and seen.value in seen.path):
        return True
    if not seen.before and seen.after.startswith((b"\t", b",", b";")) and _UUID.fullmatch(seen.value):
        return True
    if _MAPPED.match(seen.after) or _NODE.fullmatch(seen.value) or seen.before.endswith((b"?id=", b"&id=")):
        return True
    return identifies(seen.text, seen.first, seen.value, seen.keywords)


_REASONS: tuple[tuple[str, Callable[[Around], object]], ...] = (
    ("binary", _in_binary),
    ("words", _worded),
    ("part of a name", _of_a_declaration),
    ("part of base64", _of_base64),
    ("encrypted", _encrypted),
    ("public key", lambda seen: _OPEN.search(seen.before)),
    ("identifier", _of_an_owner),
    ("file name", _in_a_picture),
    ("address", _of_an_address),
    ("digest", _hex(_of_content)),
    ("part of a link", _hex(lambda seen: _elsewhere(_led(seen.text, seen.first, 4 * _REACH), seen.keywords))),
    ("part of a name", _hex(lambda seen: seen.before[-1:] == b"_" and seen.before[-2:-1].isalnum())),
    ("file name", _hex(lambda seen: _FILE.match(seen.after))),
    ("digest", _hex(lambda seen: _SOURCE.search(seen.name))),
    ("identifier", _hex(lambda seen: _UUID_NAME.search(seen.name))),
    ("digest", _hex(lambda seen: _INTEGRITY.search(seen.before), others=True)),
    ("identifier", _hex(_identified, others=True)),
    ("public key", lambda seen: _PUBLIC.search(seen.name) and not any("publi" in word for word in seen.keywords)),
    ("part of a name", lambda seen: _joined(seen.text, seen.first, seen.last)),
)


def _binary(before: bytes) -> bool:
    """Whether so much of what stands before a value is no text that its keyword came by chance: compressed data."""
    if len(before.translate(None, _TEXT)) <= len(before) // 4:
        return False
    try:
        before[3:].decode()  # it may begin amid a character
    except UnicodeDecodeError as error:
        return error.start < len(before) - 7
    return False


def identifies(text: bytes, first: int, value: bytes, keywords: Sequence[str] = ()) -> bool:
    """Whether a value is a UUID whose name says that it only names something."""
    return bool(_UUID.fullmatch(value) and (name := _NAME.search(_led(text, first, _REACH))) and _identifies(name[1], keywords))


def _spoken(value: bytes, keywords: Sequence[str]) -> bool:
    """Whether a value is a name of several words, the provider's among them: `freshStoredUser2`, `wayToGetBitrix24Webhook`."""
    spoken = [word for word in parts(value) if len(word) > _SHORT]
    letters, size = sum(map(len, spoken)), len(value.translate(None, _FIGURES))
    if len(spoken) < 2 or letters < 0.7 * size:
        return False
    if sum(map(covered, spoken)) >= 0.75 * letters:
        return True
    own = [word for word in spoken if len(word) >= _OWN and any(known.startswith(word.decode()) for known in keywords)]
    return bool(own) and sum(len(word) if word in own else covered(word) for word in spoken) >= 0.75 * letters


def _in_base64(before: bytes, neighbour: bytes, after: bytes) -> bool:
    """Whether a slash or a plus joins a value to a long run of base64: a line of a certificate holds every shape."""
    for run in (
        _BASE64[0].search(before) if neighbour in (b"+", b"/") else None,
        _BASE64[1].match(after) if after[:1] in (b"+", b"/") else None,
    ):
        if (
            run
            and compiled(rb"[a-z]").search(run[0])
            and compiled(rb"[A-Z]").search(run[0])
            and compiled(rb"[0-9]").search(run[0])
        ):
            return True
    return False


def _elsewhere(before: bytes, keywords: Sequence[str]) -> bool:
    """Whether what stands before a value is a link to another than the provider, who comes in its path alone: a commit's page."""
    link = _LINK.search(before)
    return link is not None and not any(word.encode() in link[1].lower() for word in keywords)


def _wrapped(before: bytes, after: bytes) -> bool:
    """Whether a value is a line, or the end of one, of base64 whose lines end in an escape: a picture in a notebook."""
    if b"\\n" not in before and b"\\n" not in after:
        return False
    return any(
        (b"+" in run or b"/" in run) and compiled(rb"[A-Za-z0-9+/]{48,}").fullmatch(run)
        for run in (before.replace(b"\\n", b"").rstrip(b"="), after.replace(b"\\n", b"").rstrip(b"="))
    )


def armoured(text: bytes, first: int, last: int) -> bool:
    """Whether a value stands in a line of base64 between others of its length: a commit's signature, a certificate."""
    begin, end = line_begin(text, first), text.find(b"\n", last, last + LONGEST)
    if end < 0 or not _WIDTHS[0] <= end - begin <= _WIDTHS[1] + 2 or b"\n" in text[first:last]:
        return False
    block = text[max(0, begin - _WIDTHS[1] - 3) : end + _WIDTHS[1] + 3].split(b"\n")
    at = text.count(b"\n", max(0, begin - _WIDTHS[1] - 3), begin)
    line = block[at].strip()
    others = [other.strip() for other in (*block[max(0, at - 1) : at], *block[at + 1 : at + 2])]
    alike = [other for other in others if len(other) == len(line) and _LINE.fullmatch(other)]
    return bool(alike) and _LINE.fullmatch(line) is not None and any(sign in b"".join((line, *alike)) for sign in (b"+", b"/"))


def _joined(text: bytes, first: int, last: int) -> bool:
    """Whether a dot joins a value to more of a name: `Ubuntu12.04-clang3.9.0`, but not at the end of a sentence."""
    before, after = text[max(0, first - 2) : first], text[last : last + 2]
    return (before[1:] == b"." and before[:1].isalnum()) or (after[:1] == b"." and after[1:].isalnum())


def _identifies(name: bytes, keywords: Sequence[str]) -> bool:
    """Whether a UUID of that name only names something: `trace_id`, `consul_accessor`; not `api_key`, `secret_id`, `codecov`."""
    if _SECRET_ID.search(name):
        return False
    if _ID.search(name):
        return True
    return not _PROMISING.search(name) and not any(name.lower().endswith(word.encode()) for word in keywords)
