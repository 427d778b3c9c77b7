"""What the text around a generic finding says of its weight: a constant of a test, an example in a schema, a key for browsers.

`doubt` gives the reason in words; the finding then counts as `low`.
"""

from __future__ import annotations

from leakstop.detect.confidence import in_documents, in_tests
from leakstop.expressions import expression

_NEIGHBOURHOOD = 16 * 1024  # bytes on either side in which a value that stands twice is a constant
_NEAR = 400  # bytes on either side that belong to the same entry
_QUERY = 32  # bytes before a value in which a URL says what it opens
_LINES = 40  # before an example's value, at most, in which the word stands
_COMMENT = (b"#", b"//", b"*", b"--", b";", b"/*", b"%")
_SEARCH = expression(rb"(?i)docsearch|algolia|index_?name|meilisearch|typesense")
_SHARED_FILE = expression(rb"(?:[?&](?:amp;)?alt=media&(?:amp;)?|\.svg\?)token=\Z")
_HEX = expression(rb"[0-9a-f]{32}|[0-9a-f]{64}")
_NAMED = expression(
    rb"(?i)(?:user|user_?name|login|account|database|schema|[_.-]db|db_?name)[\"'\]]{0,2}[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}[\"']?"
    rb"([A-Za-z0-9_]{4,12})\b"
)
_EXAMPLE = expression(rb"[ \t-]*[\"']?(?:x-)?(?:examples?|samples?)[\"']?[ \t]*:")
_SCHEMAS = (b".json", b".yaml", b".yml")


def doubt(text: bytes, first: int, last: int, path: bytes) -> str:
    """Why a generic value text[first:last] matters little; "" when nothing says so."""
    value = text[first:last]
    if text.find(value, last, last + _NEIGHBOURHOOD) >= 0 or text.find(value, max(0, first - _NEIGHBOURHOOD), first) >= 0:
        if in_tests(path):
            return "used again and again in a test"
        if in_documents(path):
            return "used again and again in a document"
        if in_comment(text, first):
            return "used again and again in a comment"
    if _SHARED_FILE.search(text, max(0, first - _QUERY), first):
        return "part of a link to a picture or a file, which whoever sees the page gets"
    begin = max(0, first - _NEAR)
    near = text[begin : last + _NEAR]
    if _HEX.fullmatch(value) and _SEARCH.search(near):
        return "a key to search with, which every browser gets"
    if len(value) <= 12 and any(found[1] == value and found.start(1) != first - begin for found in _NAMED.finditer(near)):
        return "also the name of its user or database"
    if path.endswith(_SCHEMAS) and _in_example(text, first):
        return "an example in a schema"
    return ""


def in_comment(text: bytes, first: int) -> bool:
    """Whether a comment begins the line of a value."""
    return text[text.rfind(b"\n", 0, first) + 1 : first].lstrip().startswith(_COMMENT)


def _in_example(text: bytes, first: int) -> bool:
    """Whether a value stands below a key `example`, by indentation."""
    end = text.rfind(b"\n", 0, first) + 1
    depth = _depth(text[end:first])
    for _ in range(_LINES):
        if end <= 0 or depth == 0:
            return False
        begin = text.rfind(b"\n", 0, end - 1) + 1
        line = text[begin : end - 1]
        end = begin
        if line.strip() and _depth(line) < depth:
            depth = _depth(line)
            if _EXAMPLE.match(line):
                return True
    return False


def _depth(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t-"))
