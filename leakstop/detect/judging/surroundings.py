"""What the text around a finding says of its weight: a constant of a test, an example in a schema, a key for browsers.

`doubt` gives the reason in words; the finding then counts as `low`. `shown` tells what is explained rather than used, which is
never `high`.
"""

from __future__ import annotations

from bisect import bisect_right

from leakstop.detect.judging.confidence import OTHERS, in_documents, in_tests, inner
from leakstop.detect.line import line_begin
from leakstop.expressions import compiled, expression
from leakstop.memo import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leakstop.model import Origin
    from leakstop.rules.rule import Rule

_NEIGHBOURHOOD = 16 * 1024  # bytes on either side in which a value that stands twice is a constant
_NEAR = 400  # bytes on either side that belong to the same entry
_QUERY = 160  # bytes before a value in which a URL says what it opens
_LINES = 40  # before an example's value, at most, in which the word stands
_COMMENT = (b"#", b"//", b"*", b"--", b";", b"/*", b"%")
_SEARCH = expression(
    rb"(?i)docsearch|algolia|index_?name|meilisearch|typesense|app_?id[\"']?[ ]?[:=][ ]?[\"'](?-i:[A-Z0-9]{10})[\"']"
)
_INDEX = expression(rb"(?i)docsearch|index_?name")  # what a page that searches says beside Algolia's key
_SHARED_FILE = expression(
    rb"(?:[?&](?:amp;)?alt=media&(?:amp;)?|\.(?:svg|png|jpe?g|gif|webp)\?"
    rb"|shields\.io/[^\s\"'<>]{1,120}[?&](?:amp;)?)token=\Z"
)
_HEX = expression(rb"[0-9a-f]{32}|[0-9a-f]{64}")
_UUID = expression(rb"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_LISTED = 6  # UUIDs in one place that are a list of ids
_NAMED = expression(
    rb"(?i)(?:user|user_?name|login|account|database|schema|[_.-]db|db_?name)[\"'\]]{0,2}[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}[\"']?"
    rb"([A-Za-z0-9_]{4,12})\b|<(?:user|user_?name|login)>([^<>\s]{3,12})<"
)
_SET = expression(rb"(?i)\\?[\"']?; ?(?:max-age|expires|path|domain|secure|httponly|samesite)\b")  # what follows a cookie
_EXAMPLE = expression(rb"[ \t-]*[\"']?(?:x-)?(?:examples?|samples?)[\"']?[ \t]*:")
_SCHEMAS = (b".json", b".yaml", b".yml")
_HASH = "password-hash-"  # rules of hashes; what a comment shows is how one looks
_STAND_IN = expression(
    rb"(?i)dummy|fake|timing|constant[ _-]?time|no[nt]?[ _-]?(?:existent|existing|such)[ _-]?user|unknown[ _-]?user"
    rb"|user[ _-]?enumeration"
)
_TOLD = expression(rb"[^\n#/]{0,12}(?://|#)[ ]?=?[ ]?[\"'`A-Za-z0-9]")  # a comment behind a hash
_SEEDS = expression(
    rb"(?i)(?:^|/)(?:db/)?(?:seeds?|seeders?|factories)/|(?:^|/)(?:[a-z]+[._-])?seed(?:s|er|ing)?\.[a-z]+$|Factory\.php$|(?:^|[/_.-])(?:test[_-]?vectors?|wycheproof)[/_.-]|\.vec$"
)
EXAMPLES = "in a program's text of examples"
_MADE_UP = "made up to begin with"
_PROGRAMS = (b".go", b".py", b".rs", b".rb", b".java", b".kt", b".cs", b".c", b".cpp")  # not scripts, whose commands run
# Where Go, npm, Bower and pip put the code of others; a folder `vendor` alone may be one's own.
_OTHERS = expression(
    rb"(?:^|/)(?:(?:vendor|Godeps/_workspace/src|pkg/mod(?:/cache/download)?)/[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,6}/[^/]+"
    rb"|node_modules|bower_components|site-packages|dist-packages|third[_-]?party|licenses)/"
)
_BLOCK = expression(
    rb"(?m)^(?:(?:EXAMPLES?|DOCUMENTATION|RETURN|USAGE)[ \t]*=[ \t]*[rbu]{0,2}(?:\"{3}|'{3})|[ \t]+Examples?\n[ \t]+-{7,8}\n)"
)
_LONGEST_BLOCK = 32 * 1024  # bytes of such a text
_ENDED = expression(rb"[?&;\"](?:amp;)?se=([0-9]{4}-[0-9]{2}-[0-9]{2})")  # of a shared access signature
_PUBLIC_HALF = expression(rb"@(?:[a-z0-9-]{1,40}\.){0,4}sentry[a-z0-9.-]{0,60}/")
_PACKED = frozenset(("base64", "hex", "gzip", "byte array"))
_CIPHERTEXT = b"gAAAAA"  # Fernet's version and the upper bytes of a time before 2106
_SHOWN = (*_COMMENT, b">>>", b"iex>", b"irb>", b"iex(")  # a comment, a prompt
_LITERAL = expression(rb"[ \t]*(?:[+.][ \t]*)?[\"'`].*|.*\+[ \t]*\r?|.*\([ \t]*\r?")  # a line of a text in several literals
_DESCRIBES = expression(rb"(?i)@(?:api|schema|operation|parameter|swagger|doc)|(?:\b|_)(?:examples?|notes|description)(?:\b|_)")


def doubt(rule: Rule, text: bytes, first: int, last: int, origin: Origin) -> str:
    """Why a value text[first:last] matters little; "" when nothing says so."""
    path = inner(origin)
    shape = not (rule.generic or rule.keywords or rule.id.startswith(_HASH))  # what it is, wherever it stands
    if _OTHERS.search(path) and (not shape or in_tests(path) or in_documents(path)):
        return OTHERS
    if rule.id.startswith(_HASH):
        return _hashed(text, first, last, path)
    if _SHARED_FILE.search(text, max(0, first - _QUERY), first):
        return "part of a link to a picture or a file, which whoever sees the page gets"
    if rule.id == "azure-storage-sas-token":
        return _ended(text, first, last)
    if rule.id == "algolia-api-key" and _INDEX.search(text, max(0, first - _NEAR), last + _NEAR):
        return "a key to search with, which every browser gets"
    if rule.generic and _PUBLIC_HALF.match(text, last):
        return "the public half of a DSN, which every client gets"
    if brought := packed(rule, origin):
        return brought
    if not shape and in_tests(path) and _SET.match(text, last):
        return "a cookie that a test has recorded"
    if not shape and _in_block(text, first):
        return EXAMPLES
    if not shape and _UUID.fullmatch(text, first, last):
        near = text[max(0, first - _NEAR) : last + _NEAR]
        if len(set(_UUID.findall(near))) >= _LISTED:
            return "one of a list of ids"
    if _in_description(text, first):
        return "an example in the description of an API"
    if (not shape or rule.checksum == "jwt" or path.endswith(_SCHEMAS)) and _in_example(text, first):
        return "an example in a schema"
    if not shape and _SEEDS.search(path):
        return _MADE_UP
    return _generic(rule, text, first, last, path) if rule.generic else ""


def packed(rule: Rule, origin: Origin) -> str:
    """Why a value in a container or an encoded text of a test matters little; "" when it does not stand in one."""
    if not (rule.generic and in_tests(inner(origin)) and (origin.members or _PACKED.intersection(origin.decoded))):
        return ""
    return "in an archive, a database or an encoded text that a test brings along"


def shown(text: bytes, first: int) -> bool:
    """Whether a value is explained rather than used: in a comment, or typed at a prompt."""
    begin = max(0, first - _NEIGHBOURHOOD)
    return _led_by(text, first, _SHOWN) or text.rfind(b"/*\n", begin, first) > text.rfind(b"*/", begin, first)


def _hashed(text: bytes, first: int, last: int, path: bytes) -> str:
    """The same of the hash of a password. It is salted, so that two users never have the same."""
    if in_comment(text, first) or _in_block(text, first):
        return "a hash in a comment or an example"
    if _SEEDS.search(path) or text.count(text[first:last], max(0, first - _NEIGHBOURHOOD), last + _NEIGHBOURHOOD) > 1:
        return _MADE_UP
    if _TOLD.match(text, last):
        return "of a password that stands beside it"
    if _STAND_IN.search(text, max(0, first - _NEAR), last + _NEAR):
        return "to compare with where there is no user"
    return ""


def _ended(text: bytes, first: int, last: int) -> str:
    """That a shared access signature is over; its end stands in the same URL."""
    import time

    ends = [found[1].decode() for found in _ENDED.finditer(text, max(0, first - _NEAR), last + _NEAR)]
    over = ends and max(ends) < time.strftime("%Y-%m-%d", time.gmtime())
    return f"expired on {max(ends)}" if over else ""


def _generic(rule: Rule, text: bytes, first: int, last: int, path: bytes) -> str:
    """The same of a value that no provider's rule knows."""
    from binascii import b2a_base64

    from leakstop.detect.tokens.structure import decode64

    value = text[first:last]
    if value.startswith(_CIPHERTEXT):
        return "encrypted with Fernet"
    others = text[max(0, first - _NEIGHBOURHOOD) : first], text[last : last + _NEIGHBOURHOOD]
    forms = (value, b2a_base64(value).rstrip(b"=\n"), decode64(value))  # a document shows how one becomes the other
    if any(form in other for form in forms if len(form) > len(value) // 2 for other in others):
        if in_tests(path):
            return "used again and again in a test"
        if in_documents(path):
            return "used again and again in a document"
        if in_comment(text, first) or (rule.id == "generic-command-option" and path.endswith(_PROGRAMS)):
            return "used again and again in a comment, or a program's help"
    begin = max(0, first - _NEAR)
    near = text[begin : last + _NEAR]
    if _HEX.fullmatch(value) and _SEARCH.search(near):
        return "a key to search with, which every browser gets"
    if len(value) <= 12 and any(
        value in found.groups() and first - begin not in (found.start(1), found.start(2)) for found in _NAMED.finditer(near)
    ):
        return "also the name of its user or database"
    return ""


def _in_block(text: bytes, first: int) -> bool:
    """Whether a value stands in a text of several lines that a Python module calls EXAMPLES, or below that in its docstring."""
    blocks = _blocks(text)
    place = bisect_right(blocks, (first, len(text))) - 1
    return place >= 0 and first < blocks[place][1]


@lru_cache(maxsize=2)  # each finding of a text asks
def _blocks(text: bytes) -> list[tuple[int, int]]:
    """Where such texts begin and end, ascending."""
    blocks = []
    for opened in _BLOCK.finditer(text):
        begin, most = opened.end(), opened.end() + _LONGEST_BLOCK
        closed = compiled(rb"\"{3}|'{3}").search(text, begin, most)
        blocks.append((begin, closed.start() if closed else most))
    return blocks


def in_comment(text: bytes, first: int) -> bool:
    """Whether a comment begins the line of a value."""
    return _led_by(text, first, _COMMENT)


def _led_by(text: bytes, first: int, signs: tuple[bytes, ...]) -> bool:
    return text[line_begin(text, first) : first].lstrip().startswith(signs)


def _in_example(text: bytes, first: int) -> bool:
    """Whether a value stands behind or below a key `example`, by indentation."""
    end = line_begin(text, first)
    if _EXAMPLE.match(text, end, first):
        return True
    depth = _depth(text[end:first])
    for _ in range(_LINES):
        if end <= 0 or depth == 0:
            return False
        begin = line_begin(text, end - 1)
        line = text[begin : end - 1]
        end = begin
        if line.strip() and _depth(line) < depth:
            depth = _depth(line)
            if _EXAMPLE.match(line):
                return True
    return False


def _in_description(text: bytes, first: int) -> bool:
    """Whether a value stands in a text of several literals, one a line, that an annotation or a name calls an example."""
    end = line_begin(text, first)
    if b'\\"' not in text[end:first]:  # an example of what is sent: quotes within a literal
        return False
    for _ in range(_LINES):
        if _DESCRIBES.search(text, end, first):
            return True
        begin = line_begin(text, end - 1)
        if end <= 0 or not _LITERAL.fullmatch(text, begin, end - 1):
            return False
        first, end = end, begin
    return False


def _depth(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t-"))
