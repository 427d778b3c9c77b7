"""Tables whose header says which column holds passwords: rows of SQL, separated values, tables in documents.

The name stands far from the values, so each of them is shown as an assignment, `password = "…"`, to the rules and their filters.
"""

from __future__ import annotations

from leakstop.detect.decode.view import Cut
from leakstop.expressions import expression
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

# What says in large texts that there is such a table (Hyperscan), and in small ones; each a header up to its end.
SIGNS = (
    rb"(?i)(?:passw[a-z_]{0,12}|pwd)[`\"'\]]{0,2} ?(?:,[^()\n]{0,200})?\)\s{0,4}values\s{0,4}\(",
    rb"(?i)(?:passw[a-z_]{0,12}|pwd)\"?(?:, ?[^()\n]{0,200})?\) from stdin;",
    rb"(?i)\|[ \t]{1,20}[`*]{0,2}(?:[a-z]{1,12}[ _])?passw(?:or)?d[`*]{0,2}[ \t]{1,40}\|[^|]",
    rb"(?i)[,;\t]\"?(?:[a-z]{1,12}[ _])?passw(?:or)?d\"?(?:[,;\t]\"?[a-z _.-]{1,30}\"?){0,12}\r?\n",
    rb"(?i)\n\"?(?:[a-z]{1,12}[ _])?passw(?:or)?d\"?(?:[,;\t]\"?[a-z _.-]{1,30}\"?){1,12}\r?\n",
    rb"(?i)<th[^<>]{0,60}>(?:[a-z]{1,12}[ _])?password</th>",
    (
        rb"(?i)[,;\t]\"?(?:[a-z]{1,12}[ _-]){0,2}(?:token|secret|(?:api|access|secret)[ _-]?key)\"?"
        rb"(?:[,;\t]\"?[a-z _.-]{1,30}\"?){0,12}\r?\n"
    ),
)
_SMALL = expression(rb"|".join(sign.removeprefix(rb"(?i)") for sign in SIGNS), 2)  # re.IGNORECASE
_WORDS = (b"passw", b"pwd")
_FIRST = (b"token", b"secret", b"key")  # words of which a small text's first line has one, if it is such a header
_BEFORE, _BEHIND = 100, 400  # bytes around one of them
_SECRET = expression(
    rb"(?i)(?:[a-z]{1,16}[ _.-]?){0,2}"
    rb"(?:passw(?:or)?d|pwd|passphrase|(?:client[ _-]?)?secret|(?:secret|api|access)[ _-]?key|(?:access[ _-]?)?token)"
)
_OTHERS = expression(rb"[^A-Za-z0-9]+")
_INSERT = expression(
    rb"(?i)insert\s{1,8}(?:ignore\s{1,8})?into\s{1,8}[^\s(]{1,100}\s{0,8}\(([^()]{3,2000}+)\)\s{0,8}values\s{0,8}(?=\()"
)
_FIELD = expression(rb"\s{0,40}+(?:[NEne]?'((?:[^'\\]|\\.|''){0,4000}+)'|[^,()']{0,400}+(?:\([^()]{0,400}+\))?)\s{0,8}+([,)])")
_NEXT = expression(rb"\s{0,40}+,\s{0,40}+\(")
_COPY = expression(rb"(?i)copy\s[^\s(]{1,100}\s?\(([^()\n]{3,2000}+)\) from stdin[^;\n]{0,80}+;\r?\n")
_LINE = expression(rb"[^\r\n]{1,8000}+")
_RULE = expression(rb"[\s|+:=-]{3,8000}")
_NAME = expression(rb"\s{0,40}\"?[A-Za-z_\xef\xbb\xbf][A-Za-z0-9_ ./()-]{0,40}\"?\s{0,40}")
_QUOTED = {
    mark: expression(rb"(\"(?:[^\"]|\"\"){0,4000}+\"|[^%b\"\r\n]{0,4000}+)(%b|\r?\n|\Z)" % (mark, mark))
    for mark in (b",", b";", b"\t")
}
_ROW = expression(rb"(?is)<tr\b[^>]{0,200}>(.{0,4000}?)</tr>")
_CELL = expression(
    rb"(?is)<(?:td|th)\b[^>]{0,200}>\s{0,40}(?:<[a-z]{1,6}>)?([^<>]{0,400}?)(?:</[a-z]{1,6}>)?\s{0,40}</(?:td|th)>"
)
_MOST = 20_000  # rows of a table
_LEAST, _LONGEST = 4, 200  # characters of a value
_QUOTES = b"\"'`*"


class _Span(NamedTuple):
    first: int
    last: int


def likely(text: bytes) -> bool:
    """Whether a small text may hold such a table."""
    first = b"\n" + text[: text.find(b"\n", 0, _BEHIND) + 1].lower()
    if any(word in first for word in _FIRST) and _SMALL.search(first):
        return True
    low = b"\n" + text.lower()
    for word in _WORDS:
        at = low.find(word)
        while at >= 0:
            if _SMALL.search(low, max(0, at - _BEFORE), at + _BEHIND):
                return True
            at = low.find(word, at + _BEHIND // 4)
    return False


def columns(text: bytes) -> Iterator[Cut]:
    """The values in columns for secrets, each with its column's name."""
    if likely(text):
        yield from sorted(
            {cut.start: cut for table in (_inserts, _copies, _bars, _separated, _html) for cut in table(text)}.values()
        )


def _named(names: Sequence[bytes]) -> dict[int, bytes]:
    """The columns for secrets by their number, with a name that an assignment may have."""
    bare = [name.strip(b" \t\r\n\xef\xbb\xbf`\"'[]*") for name in names]
    return {number: _OTHERS.sub(b"_", name) for number, name in enumerate(bare) if _SECRET.fullmatch(name)}


def _cuts(text: bytes, wanted: dict[int, bytes], cells: Sequence[_Span]) -> Iterator[Cut]:
    for number, name in wanted.items():
        if number < len(cells):
            first, last = cells[number]
            value = text[first:last]
            first += len(value) - len(value.lstrip(b" \t" + _QUOTES))
            value = value.strip(b" \t" + _QUOTES)
            if _LEAST <= len(value) <= _LONGEST and b'"' not in value and b"\n" not in value:
                yield Cut(first, first + len(value), b'\n%b = "%b"\n' % (name, value), ("column",))


def _inserts(text: bytes) -> Iterator[Cut]:
    """INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')."""
    for head in _INSERT.finditer(text):
        wanted = _named(head[1].split(b","))
        at = head.end() + 1
        for _ in range(_MOST if wanted else 0):
            cells = []
            while field := _FIELD.match(text, at):
                cells.append(_Span(*field.span(1)) if field[1] is not None else _Span(at, at))
                at = field.end()
                if field[2] == b")":
                    break
            yield from _cuts(text, wanted, cells)
            following = _NEXT.match(text, at)
            if not following or not cells:
                break
            at = following.end()


def _copies(text: bytes) -> Iterator[Cut]:
    r"""COPY t (a, b) FROM stdin; rows with tabs; \. (postgresql.org/docs/current/sql-copy.html)."""
    for head in _COPY.finditer(text):
        wanted = _named(head[1].split(b","))
        if wanted:
            for line in _lines(text, head.end()):
                if line[0] == b"\\.":
                    break
                yield from _cuts(text, wanted, _split(line, b"\t"))


def _bars(text: bytes) -> Iterator[Cut]:
    """Tables drawn with bars: Markdown, Gherkin, what databases print."""
    wanted: dict[int, bytes] = {}
    for line in _lines(text, 0) if b"|" in text else ():
        bare = line[0].strip()
        if not bare.startswith(b"|"):
            if not _RULE.fullmatch(bare):
                wanted = {}
            continue
        if _RULE.fullmatch(bare):
            continue
        cells = _split(line, b"|")
        if wanted:
            yield from _cuts(text, wanted, cells)
        else:
            wanted = _named([text[first:last] for first, last in cells]) or {-1: b""}


def _separated(text: bytes) -> Iterator[Cut]:
    """Values separated by commas, semicolons or tabs, under a first line of names (RFC 4180)."""
    line = _LINE.match(text)
    if not line:
        return
    mark = max(_QUOTED, key=line[0].count)
    names = line[0].split(mark)
    if len(names) < 2 or not all(_NAME.fullmatch(name) for name in names) or not (wanted := _named(names)):
        return
    cells: list[_Span] = []
    rows = 0
    for field in _QUOTED[mark].finditer(text, line.end() + 1):
        cells.append(_Span(*field.span(1)))
        if field[2] != mark:
            rows += 1
            if len(cells) >= len(names):
                yield from _cuts(text, wanted, cells)
            cells = []
        if rows > _MOST or field.end() >= len(text):
            return


def _html(text: bytes) -> Iterator[Cut]:
    wanted: dict[int, bytes] = {}
    for row in _ROW.finditer(text) if b"<th" in text or b"<TH" in text else ():
        cells = [_Span(row.start(1) + cell.start(1), row.start(1) + cell.end(1)) for cell in _CELL.finditer(row[1])]
        if b"<th" in row[1].lower():
            wanted = _named([text[first:last] for first, last in cells])
        else:
            yield from _cuts(text, wanted, cells)


def _lines(text: bytes, at: int) -> Iterator[re.Match[bytes]]:
    for count, line in enumerate(_LINE.finditer(text, at)):
        if count > 10 * _MOST:
            return
        yield line


def _split(line: re.Match[bytes], mark: bytes) -> list[_Span]:
    """The cells of a line, and where they stand in the text."""
    cells, at = [], line.start()
    for cell in line[0].split(mark):
        cells.append(_Span(at, at + len(cell)))
        at += len(cell) + len(mark)
    return cells
