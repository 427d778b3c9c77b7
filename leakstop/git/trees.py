"""What tree objects say, without rebuilding them: which of them bring in an object id, and which file names they bring in.

Both look at the trees as they stand in the pack, inflated only: a root is a whole tree ("mode name NUL id" for each file), a
delta holds what is new in it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate, compress
from typing import TYPE_CHECKING

import numpy as np

from leakstop.git.delta import inserted
from leakstop.git.pack import TREE
from leakstop.git.walk import Aside, Payloads, payloads, read_indices

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from numpy.typing import NDArray

    from leakstop.git.pack import Pack

_PIECES = (
    (2, 10),
    (10, 18),
)  # of an id: instructions may cut an id once, or copy its first or last bytes by chance, and one is left
_SHORTEST = 12  # characters of a name that are looked at
_LONGEST = 4096
_RUNS = re.compile(rb"[!-~]{%d,}" % _SHORTEST)
_PLAIN = re.compile(rb"[ -~]+")
_PRINTABLE = bytes(33 <= byte < 127 for byte in range(256))
_NEW = re.compile(rb"[0-7]{5,6} ([^\0]+)\0|([!-~]{%d,})" % _SHORTEST)  # a name, or a part of one
# A name may be cut in two by the byte that begins a further insert. Git does that behind 127 bytes.
_SPLIT = re.compile(rb"\x7f(?=(?s:.{126})[ -~][\x01-\x7f][\0!-~])")
_SEAM = b"\1"  # stands where something was cut out


class Mentions:
    """Looks for object ids in trees. Made once, used for many blocks."""

    def __init__(self, oids: Collection[bytes]) -> None:
        self._pieces = sorted({oid[first:last] for oid in oids for first, last in _PIECES})
        self._ends = _hyperscan_literals(self._pieces) or self._ends_by_table
        self._keys = np.frombuffer(b"".join(self._pieces), "<u8").copy()
        self._keys.sort()
        words = self._keys.view("<u2").reshape(-1, 4)
        self._first, self._second = np.zeros(1 << 16, np.bool_), np.zeros(1 << 16, np.bool_)
        self._first[words[:, 0]] = True
        self._second[words[:, 1]] = True

    def search(self, block: Payloads) -> NDArray[np.int64]:
        """The trees of a block that bring in one of the ids, whole or cut once (of those cut, one in 2 ** 24 is missed)."""
        text = b"".join(block.data)
        found = np.array(list(self._ends(text)) if self._pieces else [], np.int64)
        bounds = np.cumsum(np.fromiter(map(len, block.data), np.int64, len(block.data)))
        tree = np.searchsorted(bounds, found)
        inside = tree == np.searchsorted(bounds, found - 8, side="right")  # and not across two
        mentioning: NDArray[np.int64] = block.indices[np.unique(tree[inside])]
        return mentioning

    def _ends_by_table(self, text: bytes) -> Iterable[int]:
        """Where pieces end, with numpy alone: by their first two bytes, the next two, then the whole."""
        for phase in (0, 1):
            words = np.frombuffer(text, "<u2", (len(text) - phase) // 2, phase) if len(text) > phase + 1 else np.zeros(0, "<u2")
            at = np.flatnonzero(self._first[words])
            at = at[: np.searchsorted(at, len(words) - 3)]
            at = at[self._second[words[at + 1]]]
            parts = [words[at + place].astype(np.uint64) << np.uint64(16 * place) for place in range(4)]
            value = parts[0] | parts[1] | parts[2] | parts[3]
            slot = np.minimum(np.searchsorted(self._keys, value), len(self._keys) - 1)
            yield from (at[self._keys[slot] == value] * 2 + phase + 8).tolist()


class Names:
    """Collects the file names that the trees of one pack bring in: those of which 12 printable characters in a row are new.

    A root gives all its names. A delta often inserts only a part of a name and copies the rest from its base: such parts are made
    whole at the end, by rebuilding one tree for each, unless a known name begins or ends with them.
    """

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._names: set[bytes] = set()
        self._seen: set[bytes] = set()  # runs of characters that were looked into
        self._parts: dict[bytes, int] = {}  # part of a name -> a tree that has it
        self._entries = re.compile(rb"[0-7]{5,6} ([^\0]+)\0(?s:.{%d})" % pack.width)
        self._ends = _hyperscan_runs() or _ends_of_runs

    def add(self, block: Payloads) -> None:
        """Look at some trees."""
        is_root = self._pack.bases[block.indices] < 0
        names = self._names
        names.update(self._entries.findall(b"".join(compress(block.data, is_root.tolist()))))
        deltas = list(compress(block.data, (~is_root).tolist()))
        texts = [_cut(tree) if len(tree) > 127 and _SPLIT.search(tree) else tree for tree in deltas]
        text = b"".join((_SEAM.join(texts), _SEAM))
        before = text.rfind
        found = {
            text[before(b" ", end - _LONGEST if end > _LONGEST else 0, end - 1) + 1 : end - 1]: end for end in self._ends(text)
        }
        runs = {}
        for name in sorted(found.keys() - names):
            end = found[name]
            start = end - 1 - len(name)
            if text[end - 1] == 0 and text[start - 6 : start - 1].isdigit() and _PLAIN.fullmatch(name):
                names.add(name)
            else:
                runs[name[name.translate(_PRINTABLE).rfind(b"\0") + 1 :]] = end - 1
        new = runs.keys() - self._seen
        if new:
            self._seen |= new
            bounds = list(accumulate(map(len, texts), lambda total, size: total + 1 + size))
            numbers = block.indices[~is_root]
            for run in sorted(new):
                place = bisect_left(bounds, runs[run])
                self._split(deltas[place], run, int(numbers[place]))

    def _split(self, tree: bytes, run: bytes, index: int) -> None:
        """Find out what part of a name ends a run of printable characters, which may begin with bytes of instructions."""
        end = run[-_SHORTEST:]
        for piece in inserted(tree):
            if end in piece:
                for name, part in _NEW.findall(piece):
                    if name:
                        self._names.add(name)
                    else:
                        self._parts.setdefault(part, index)

    def finish(self, damaged: list[tuple[str, str]]) -> set[bytes]:
        """All names. Trees that cannot be rebuilt are told to `damaged`."""
        heads, tails = sorted(self._names), sorted(name[::-1] for name in self._names)
        trees = {
            tree for part, tree in self._parts.items() if not _has_prefix(heads, part) and not _has_prefix(tails, part[::-1])
        }
        aside = Aside.empty()
        for _, tree in read_indices(self._pack, np.array(sorted(trees), np.int64), aside):
            self._names.update(self._entries.findall(tree))
        damaged.extend(aside.damaged)
        return self._names


def new_names(pack: Pack, damaged: list[tuple[str, str]]) -> set[bytes]:
    """The distinct file names of a pack's trees; see `Names`."""
    names = Names(pack)
    for block in payloads(pack, pack.of_kind(TREE), damaged):
        names.add(block)
    return names.finish(damaged)


def _cut(tree: bytes) -> bytes:
    """What a delta inserts, with seams where it copies."""
    return _SEAM.join(inserted(tree))


def _has_prefix(ordered: list[bytes], prefix: bytes) -> bool:
    at = bisect_left(ordered, prefix)
    return at < len(ordered) and ordered[at].startswith(prefix)


def _ends_of_runs(text: bytes) -> Iterable[int]:
    """Where long runs of printable characters end: behind the character that ends each."""
    return [match.end() + 1 for match in _RUNS.finditer(text)]


def _hyperscan_runs() -> Callable[[bytes], Iterable[int]] | None:
    """The same, five times as fast."""
    return _hyperscan([rb"[!-~]{%d}[^!-~]" % _SHORTEST])


def _hyperscan_literals(literals: Iterable[bytes]) -> Callable[[bytes], Iterable[int]] | None:
    """Where one of some literals of 8 bytes ends."""
    return _hyperscan(["".join(f"\\x{byte:02x}" for byte in literal).encode() for literal in literals])


def _hyperscan(expressions: list[bytes]) -> Callable[[bytes], Iterable[int]] | None:
    """A search for the ends of all matches, None where Hyperscan has no wheel."""
    try:
        import hyperscan
    except ImportError:
        return None
    if not expressions:
        return None
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=expressions,
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[hyperscan.HS_FLAG_DOTALL] * len(expressions),
    )

    def search(text: bytes) -> list[int]:
        ends: list[int] = []
        if text:
            database.scan(text, match_event_handler=lambda _number, _start, end, _flags, _context: ends.append(end))
        return ends

    return search
