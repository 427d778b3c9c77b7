"""Where could a rule match? Two ways to the same answer.

Both turn a text into hits (anchor number, low, high): a match of the anchor's rules may start at a byte between low and high. The
one asks Hyperscan for all anchors in one pass; the other looks for each anchor's literals with `bytes.find` and needs no compiled
library, no database and no import, which makes it the faster one for the few kilobytes of a commit. It accepts more places than
the first, so the same matches are confirmed in the end.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leakstop.rules.compiled import Compiled
    from leakstop.rules.shape import Anchor

Hit = tuple[int, int, int]

SMALL = 256 * 1024  # bytes in all that are looked at without Hyperscan's help where there is a choice
_COLD = 2 * 1024 * 1024  # bytes in all up to which looking for literals takes less than making Hyperscan's database
_WORD = 4  # bytes
_BATCH = 4 * 1024 * 1024  # bytes that are joined for one call into Hyperscan
# With a literal of two bytes among them Hyperscan looks at every byte for the first eight of all literals, not at every second
# one: it then takes far less often for one what is none, and needs two thirds of the time. Never reported.
_FINE = rb"\xfe\xff"


class Prefilter(Protocol):
    """Searches several texts at once; the answer holds a list of hits for each text."""

    def search(self, texts: Sequence[bytes]) -> list[list[Hit]]:
        """Hits of each text."""


class Literals:
    """The prefilter without Hyperscan.

    Most literals are not there at all, which the set of all four-byte words of the text tells in one look-up each.
    """

    def __init__(self, anchors: Iterable[tuple[int, Anchor]]) -> None:
        """`anchors` with their numbers."""
        table: dict[bytes, list[tuple[int, int, int]]] = {}
        for number, anchor in anchors:
            for literal in anchor.literals:
                table.setdefault(literal.text, []).append((number, literal.low, literal.high))
        order = sys.byteorder
        self._table = [
            (literal, int.from_bytes(literal[:_WORD], order) if len(literal) >= _WORD else -1, users)
            for literal, users in table.items()
        ]

    def search(self, texts: Sequence[bytes]) -> list[list[Hit]]:
        """Hits of each text."""
        return [self._one(text) for text in texts]

    def _one(self, text: bytes) -> list[Hit]:
        low_case = text.lower()
        words = _words(low_case)
        hits: list[Hit] = []
        for literal, word, users in self._table:
            if word >= 0 and word not in words:
                continue
            at = low_case.find(literal)
            while at >= 0:
                hits.extend((number, at - high, at - low) for number, low, high in users)
                at = low_case.find(literal, at + 1)
        return hits


def _words(text: bytes) -> set[int]:
    """All runs of four bytes of a text, as numbers in the machine's byte order."""
    view = memoryview(text)
    words: set[int] = set()
    for start in range(_WORD):
        whole = (len(text) - start) // _WORD * _WORD
        if whole > 0:
            words.update(view[start : start + whole].cast("I"))
    return words


class Hyperscan:
    """All anchors in one block-mode database, kept in the cache."""

    def __init__(self, compiled: Compiled) -> None:
        self._anchors = compiled.anchors
        self._reach: dict[int, tuple[int, int]] = {}  # of the anchors that were hit
        self._database = kept(_name(compiled)) or built(
            _name(compiled), [anchor.expression.encode("ascii") for anchor in compiled.anchors]
        )

    def search(self, texts: Sequence[bytes]) -> list[list[Hit]]:
        """Hits of each text. Texts are joined, so that Python is entered for each hit and not for each text; a hit over the
        border of two is one that the rule's own expression will not confirm, since it is run on the text alone.
        """
        found: list[list[Hit]] = []
        batch: list[bytes] = []
        size = 0
        for text in texts:
            batch.append(text)
            size += len(text)
            if size >= _BATCH:
                found.extend(self._batch(batch))
                batch, size = [], 0
        if batch:
            found.extend(self._batch(batch))
        return found

    def _batch(self, texts: list[bytes]) -> list[list[Hit]]:
        hits: list[list[Hit]] = [[] for _ in texts]
        ends: list[tuple[int, int]] = []
        append = ends.append

        def on_match(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            append((end, number))

        self._database.scan(texts[0] if len(texts) == 1 else b"".join(texts), match_event_handler=on_match)
        if ends:
            starts = [0]
            for text in texts:
                starts.append(starts[-1] + len(text))
            reach = self._reach
            for number in {number for _, number in ends} - reach.keys():
                anchor = self._anchors[number]
                reach[number] = anchor.low, anchor.high
            for end, number in ends:
                index = bisect_right(starts, end - 1) - 1
                end -= starts[index]
                low, high = reach[number]
                if end >= low:
                    hits[index].append((number, end - high, end - low))
        return hits


def available() -> bool:
    """Whether Hyperscan can be imported here."""
    try:
        import hyperscan  # noqa: F401
    except ImportError:
        return False
    return True


def choose(compiled: Compiled, total: int | None) -> Prefilter:
    """The faster prefilter for `total` bytes (None: many).

    For a small change that is Hyperscan only if its database lies ready: making it takes half a second, which the first commit on
    a fresh machine does not wait for. The second one does, since more will follow.
    """
    if total is not None and total <= _COLD and not _at_hand(compiled):
        return Literals(enumerate(compiled.anchors))
    return Hyperscan(compiled) if available() else Literals(enumerate(compiled.anchors))


def _at_hand(compiled: Compiled) -> bool:
    """Whether there is a database, or it is time to make one: when it is missed for the second time."""
    from leakstop import store

    if store.has(_name(compiled)) or store.has(_wish(compiled)):
        return True
    store.write(_wish(compiled), b"")
    return False


def _name(compiled: Compiled) -> str:
    return f"hyperscan-{compiled.key}"


def _wish(compiled: Compiled) -> str:
    return f"{_name(compiled)}-wanted"


def kept(name: str) -> Any:
    """A database in the cache, if it was made by the same library for the same processor."""
    import hyperscan

    from leakstop import store

    data = store.read(name)
    maker = _maker()
    if data is None or data[: len(maker)] != maker:
        return None
    try:
        database = hyperscan.loadb(data[len(maker) :], hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except hyperscan.HyperscanError:
        return None  # of another kind after all
    return database


def built(name: str, expressions: list[bytes]) -> Any:
    """A database, compiled now and kept."""
    import hyperscan

    from leakstop import store

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    size = len(expressions) + 1
    flags = [*[0] * len(expressions), hyperscan.HS_FLAG_QUIET]
    database.compile(expressions=[*expressions, _FINE], ids=list(range(size)), elements=size, flags=flags)
    store.write(name, _maker() + hyperscan.dumpb(database))
    return database


def _maker() -> bytes:
    """16 bytes that tell apart what databases are made by and for: the library, and the processor with its abilities."""
    from _blake2 import blake2b

    hyperscan: Any = sys.modules["hyperscan"]

    machine = f"{hyperscan.__version__} {sys.platform} {sys.maxsize}".encode()
    return blake2b(machine + _FINE + _processor(), digest_size=16).digest()


def _processor() -> bytes:
    """What tells processors apart that need a database of their own; empty where the system does not say."""
    try:
        with open("/proc/cpuinfo", "rb") as file:
            head = file.read(8192)
    except OSError:
        return b""
    return b"".join(line for line in head.split(b"\n\n", 1)[0].split(b"\n") if line.startswith((b"flags", b"Features")))
