r"""Pragmas: comments in the scanned text that allow the secret beside them. The grammar for users is in docs/ignoring.md.

    leakstop: allow                          any line of the secret; the line directly above one of several lines
    leakstop: allow next line                the line above, comment lines between them do not count
    gitleaks:allow  betterleaks:allow  trufflehog:ignore  kingfisher:ignore
    pragma: allowlist secret                 detect-secrets: in a comment; `nextline` is its form for the line above

What a pragma may reach is kept small, since one that reaches too far hides a leak: it must stand outside the secret, near it
when the line is very long, and where it names rules it covers no other.
"""

from __future__ import annotations

from leakstop.expressions import expression
from leakstop.memo import cache, lru_cache, of_a_text
from leakstop.model import Triage, show_text
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator

# A line up to LINE bytes counts whole. Of a longer one (minified code, data) only what stands near the secret does, so that one
# comment somewhere in a bundle does not allow everything in it; a comment usually follows what it speaks of.
LINE = 1000
BEFORE = 200
AFTER = 400
TAIL = 512  # the longest pragma with its rule ids; its reason may be longer and is cut
REASON = 120  # bytes of it that are kept
ABOVE = 10  # comment lines that may stand between `allow next line` and the secret
_BLOCK = 16 << 10  # bytes that are looked through at once
_REACH = (ABOVE + 2) * LINE  # bytes between a pragma and what it allows, at most

_ID = rb"[a-z0-9]{1,64}(?:-[a-z0-9]{1,64}){1,24}"
_OPENERS = rb"(?:\#|//|/\*|'|--|<!--|;)"
_WORDS = (b"leakstop", b"leaks:", b"trufflehog:", b"kingfisher:", b"pragma:")  # one of them is in every pragma, in lower case
_PRAGMA = rb"""
    (?<![A-Za-z0-9_-]) leakstop: [ \t]{0,8} allow (?P<next>[ \t-]{0,8}next[ \t-]?line)? (?![A-Za-z0-9_]|-[A-Za-z0-9])
        (?: [ \t]{0,8} (?P<open>\[) (?:(?P<listed>[^\]\r\n]{0,400})\])?
          | [ \t]{1,8} (?P<bare>%(id)s(?:[ \t]{0,4},[ \t]{0,4}%(id)s){0,20}) (?![A-Za-z0-9_]|-[A-Za-z0-9]) )?
    | (?-i:(?P<foreign>gitleaks:allow|gitleaks:ignore|betterleaks:allow|trufflehog:ignore|kingfisher:ignore))
    | (?-i:(?P<opener>%(openers)s) [\#\ \t]{0,8} (?P<baseline>pragma:\ ?(?:allow|white)list(?P<nextline>[ -]nextline)?[ -]secret)
        (?![A-Za-z0-9_]))
    """ % {b"id": _ID, b"openers": _OPENERS}
# A line that holds nothing but a comment. The blank after the sign tells `# text` from `#define`, `// text` from a path and
# `-- text` from a YAML separator: lines that hold something must end the run.
_COMMENT = rb"[ \t]*(?:(?:\#+|//+!?|/\*+|\*|--|;+|%+)(?=[ \t\r\n]|\Z)|\*/|<!--)"
_COMMENTED = rb"(?:\#|//|/\*)[ \t]*\Z"
REASON_STARTS = (b" ", b"\t", b"-", b":", b",", b"(")
AROUND = ("leakstop", "kingfisher")  # these count beside a secret of several lines, too
NOTES = {"gitleaks:ignore": "gitleaks:ignore (gitleaks itself knows only gitleaks:allow)"}
_REASON_END = rb"\*/|-->|[\r\n]"


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """Compiled when first needed: 5 ms that a hook saves as long as no pragma is near a finding."""
    return expression(b"(?xi)" + pattern)


class Pragma(NamedTuple):
    """One pragma in a text. An empty `rules` allows every rule; ids that do not exist allow nothing."""

    tool: str  # leakstop, gitleaks, betterleaks, trufflehog, kingfisher, detect-secrets
    below: bool  # it speaks of the line below, not of its own
    rules: tuple[str, ...]
    reason: str
    text: str  # the pragma in its usual spelling with rules and reason, printable
    line: int  # 1-based in the text
    start: int  # byte span in the text, without the reason
    end: int

    @property
    def kind(self) -> str:
        """The pragma without rules and reason, for counting."""
        return self.text.partition(" -- ")[0].partition("[")[0].partition(" (")[0]


def covering(data: bytes, start: int, end: int, rule: str) -> str:
    """The pragma that allows the secret of rule `rule` at data[start:end], or an empty string.

    For a secret that was decoded, pass the span of what stands in the file. Time does not depend on the size of data, but for
    the first time that something is asked of it.
    """
    pragma = _allowing(data, start, end, rule)
    return pragma.text if pragma else ""


def _allowing(data: bytes, start: int, end: int, rule: str) -> Pragma | None:
    return next((pragma for pragma in _beside(data, start, end) if not pragma.rules or rule in pragma.rules), None)


def judge(data: bytes, start: int, end: int, rule: str, *, obey: bool = True) -> Triage:
    """The same as a `Triage`: a new finding's reason tells of a pragma that is not obeyed or that names other rules only."""
    allowing = _allowing(data, start, end, rule)
    if allowing:
        if not obey:
            return Triage("new", f"a pragma here was not obeyed: {allowing.text}")
        return Triage("ignored", allowing.text, allowing.kind)
    for pragma in _beside(data, start, end):
        named = ", ".join(filter(None, pragma.rules)) or "an empty list of rules"
        hint = "" if b"[" in data[pragma.start : pragma.end] else " (if that is a reason, write -- before it)"
        return Triage("new", f"the pragma here allows only {named}{hint}")
    return Triage()


def stood(secret: bytes, rule: str, standing: Callable[[bytes], Iterable[bytes]]) -> bool:
    """Whether a pragma allowed the same secret in one of the texts that hold it, which `standing` gives."""
    for data in standing(secret):
        at = data.find(secret)
        while at >= 0:
            if covering(data, at, at + len(secret), rule):
                return True
            at = data.find(secret, at + 1)
    return False


def scan(data: bytes) -> list[Pragma]:
    """All pragmas of a text, in order."""
    found: list[Pragma] = []
    line, at = 1, 0
    for match in _compiled(_PRAGMA).finditer(data):
        line += data.count(b"\n", at, match.start())
        at = match.start()
        pragma = _read(match, line, match.end() + REASON)
        if pragma is not None:
            found.append(pragma)
    return found


def _beside(data: bytes, start: int, end: int) -> Iterator[Pragma]:
    """The pragmas whose place covers the span, whatever rules they name: those of its lines first, then those above."""
    end = start + len(data[start:end].rstrip(b"\r\n"))
    several = b"\n" in data[start:end]
    first = _line_start(data, start)
    stop = data.find(b"\n", end, end + LINE)
    last = stop if stop >= 0 else min(len(data), end + LINE)
    if first < 0 or (start - first) + (last - end) > LINE:
        low, high = max(0, first, start - BEFORE), min(last, end + AFTER)
    else:
        low, high = first, last
    for pragma in _between(data, low, high, start):
        inside = pragma.start < end and pragma.end > start
        if not pragma.below and (not inside or (several and _in_comment(data, pragma))):
            yield pragma
    if several and stop >= 0:
        below = data.find(b"\n", stop + 1, stop + 1 + LINE)
        yield from (p for p in _between(data, stop + 1, below if below >= 0 else len(data)) if p.tool == "kingfisher")
    yield from _above(data, first, several=several)


def _in_comment(data: bytes, pragma: Pragma) -> bool:
    """Whether a comment sign stands right before it: between the lines of a secret only this tells it from the secret's text."""
    return (
        pragma.tool == "detect-secrets" or _compiled(_COMMENTED).search(data, max(0, pragma.start - 20), pragma.start) is not None
    )


def _above(data: bytes, first: int, *, several: bool) -> Iterator[Pragma]:
    """The pragmas on the lines above the line that starts at `first`."""
    if first > 0 and not _possible(data, max(0, first - (ABOVE + 1) * LINE), first):
        return
    for distance in range(ABOVE + 1):
        if first <= 0:
            return
        top = _line_start(data, first - 1)
        if top < 0:
            return
        for pragma in _between(data, top, first - 1):
            near = distance == 0
            if (near or pragma.tool == "leakstop") if pragma.below else (near and several and pragma.tool in AROUND):
                yield pragma
        if _compiled(_COMMENT).match(data, top) is None:
            return
        first = top


def _possible(data: bytes, low: int, high: int) -> bool:
    """Whether a pragma may start in data[low:high]: a cheap look before the expression."""
    if not any(_worded(data, block) for block in range(low // _BLOCK, (high + TAIL) // _BLOCK + 1)):
        return False
    area = data[low : high + TAIL].lower()
    return any(word in area for word in _WORDS)


@of_a_text
def _worded(data: bytes, block: int) -> bool:
    """Whether a word that is in every pragma begins in a block of a text."""
    area = data[block * _BLOCK : (block + 1) * _BLOCK + max(map(len, _WORDS)) - 1].lower()
    return any(word in area for word in _WORDS)


@lru_cache(maxsize=1)  # each finding of a text asks; of one text, since it is held
def reach(data: bytes) -> list[tuple[int, int]]:
    """The parts of a text outside of which no value has a pragma: where they begin and end, ascending and apart."""
    small = data.lower()
    blocks: set[int] = set()
    for word in _WORDS:
        at = small.find(word)
        while at >= 0:
            blocks.add(at // _BLOCK)
            at = small.find(word, (at // _BLOCK + 1) * _BLOCK)
    parts: list[tuple[int, int]] = []
    for block in sorted(blocks):
        low, high = max(0, block * _BLOCK - _REACH), (block + 1) * _BLOCK + _REACH
        if parts and parts[-1][1] >= low:
            low = parts.pop()[0]
        parts.append((low, high))
    return parts


def _line_start(data: bytes, at: int) -> int:
    """Where the line that holds data[at] starts, -1 when that is more than LINE bytes away."""
    newline = data.rfind(b"\n", max(0, at - LINE), at)
    return newline + 1 if newline >= 0 or at <= LINE else -1


def _between(data: bytes, low: int, high: int, secret: int = -1) -> Iterator[Pragma]:
    """The pragmas that start in data[low:high]. A reason ends where a secret at `secret` starts."""
    if not _possible(data, low, high):
        return
    for match in _compiled(_PRAGMA).finditer(data, low, min(len(data), high + TAIL)):
        if match.start() >= high:
            return
        stop = match.end() + REASON
        pragma = _read(match, 0, min(stop, secret) if match.end() <= secret else stop)
        if pragma is not None:
            yield pragma


def _read(match: re.Match[bytes], line: int, stop: int) -> Pragma | None:
    """What a match means; the reason is read up to `stop`."""
    data = match.string
    start, end = match.span()
    if match["foreign"]:
        word = match["foreign"].decode()
        return Pragma(word.partition(":")[0], False, (), "", NOTES.get(word, word), line, start, end)
    if match["baseline"]:
        # At the start of its line only, so that it cannot be hidden behind code (as detect-secrets has it).
        if match["nextline"] and data[max(0, start - BEFORE) : start].rpartition(b"\n")[2].strip():
            return None
        text = "pragma: allowlist nextline secret" if match["nextline"] else "pragma: allowlist secret"
        return Pragma("detect-secrets", bool(match["nextline"]), (), "", text, line, start, end)
    listed = match["listed"] if match["open"] else match["bare"]
    rules = tuple(show_text(name) for name in (listed or b"").decode("utf-8", "replace").lower().replace(",", " ").split())
    if match["open"] and not rules:
        rules = ("",)  # `allow[` or `allow[]`: meant to narrow, so it allows nothing rather than everything
    reason = ""
    if data[end : end + 1] in REASON_STARTS:
        cut = _compiled(_REASON_END).search(data, end, stop)
        reason = show_text(data[end : cut.start() if cut else stop].decode("utf-8", "replace")).strip(" \t-:,()\"'")
    text = "leakstop: allow" + (" next line" if match["next"] else "") + (f"[{', '.join(rules)}]" if rules else "")
    return Pragma("leakstop", bool(match["next"]), rules, reason, f"{text} -- {reason}" if reason else text, line, start, end)
