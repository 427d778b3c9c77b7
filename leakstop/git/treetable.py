"""All trees of a repository in one table: what each copies from the tree it is a change of, and which objects it names anew.

No tree is rebuilt for it, so that a million of them take seconds. Nothing is missed all the same: where an instruction cuts an
id, the middle of the id still stands in one run (see `mentions`), or a piece of the id is copied from where the base has it;
`contents` follows what is copied. Only copies of less than `portions.TINY` bytes could cut an id into more pieces, and trees with
such copies are read whole.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leakstop.git.built import Built
from leakstop.git.mentions import Ids, NameKeys
from leakstop.git.pack import TREE
from leakstop.git.portions import Known, Portion, Reader, Sources
from leakstop.git.trees import Bringing, Brought

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from leakstop.git.pack import Pack
    from leakstop.git.portions import Columns, ReadMany

_MOST = 1 << 15  # trees of a portion
_COST, _LOOSE_COST = 300, 20_000  # of a tree beside its bytes, and of a loose one, in bytes decoded


class TreeTable(NamedTuple):
    """t trees by number, and what they name.

    A child is a tree, by its number, or one of the wanted other objects, whose numbers follow those of the trees. A mention is
    an id that a tree does not copy from its base.
    """

    ids: Ids  # of all children
    sources: Sources
    base: NDArray[np.int32]  # by tree: the tree that it is a change of, -1: none
    fixed: NDArray[np.bool_]  # by tree: whether all that it copies stays where it was
    first_copy: NDArray[np.int64]  # by tree, and one more: where its copies begin
    source: NDArray[np.int32]  # by copy, ascending for each tree: offset in the base
    target: NDArray[np.int32]  # by copy: offset in the tree
    length: NDArray[np.int32]  # by copy
    first_mention: NDArray[np.int64]  # by tree, and one more: where its mentions begin
    place: NDArray[np.int32]  # by mention, ascending for each tree: offset of the id
    child: NDArray[np.int32]  # by mention
    name: NDArray[np.int64]  # by mention: where the name of the entry begins in `names`
    name_length: NDArray[np.int32]  # by mention; 0: the tree has to be read to know the name
    mode_length: NDArray[np.int32]  # by mention, where the name is known
    name_key: NDArray[np.int64]  # by mention, where the name is known
    names: bytes
    keys: NameKeys

    @property
    def trees(self) -> int:
        """How many trees there are."""
        return len(self.base)


class Reading:
    """The reading of all trees into a table, in portions that several processes may share.

    `reading.table(run(reading, reading.portions(processes)))`, where `run(work, shares)` gives in any order what `work(share)`
    yields for each share. Portions that do not come are read by `table`.
    """

    def __init__(
        self,
        packs: Iterable[Pack],
        loose: Sequence[bytes],
        read_many: ReadMany,
        others: Sequence[bytes],
        width: int,
        ids: Ids | None = None,
        *,
        whole: bool = True,
    ) -> None:
        """All trees in some packs, and the `loose` ones (ids).

        `others` are the blobs that are looked for, `read_many` gives (id, content) of objects wherever they are. Trees that are
        damaged have no children. With the `ids` of all objects that are here it is also told what the trees in packs bring in
        (`whole`: see `trees.Bringing.finish`).
        """
        parts: list[tuple[Pack, NDArray[np.int64], int]] = []
        count = 0
        for pack in packs:
            parts.append((pack, pack.of_kind(TREE), count))
            count += len(parts[-1][1])
        known = [pack.names[pack.rows[indices]] for pack, indices, _ in parts]
        known.append(np.frombuffer(b"".join((*loose, *others)), np.uint8).reshape(-1, width))
        self._sources = Sources(np.concatenate(known), tuple(parts), tuple(Built() for _ in parts), read_many)
        self._keys = NameKeys()
        self._packed, self._count = count, count + len(loose)
        self._brings, self._whole = ids is not None, whole
        self._known = Known.of(self._sources.ids, ids)
        self.wanted = ids is None or bool(others)  # whether there is to be a table
        if not self.wanted:
            self._known = self._known._replace(numbers=None)

    def portions(self, count: int) -> list[tuple[int, int]]:
        """Spans of tree numbers that take about the same time."""
        costs = [pack.sizes[indices] + _COST for pack, indices, _ in self._sources.packs]
        costs.append(np.full(self._count - sum(map(len, costs)), _LOOSE_COST))
        total = np.cumsum(np.concatenate(costs))
        cuts = np.searchsorted(total, total[-1:] * np.arange(1, count) / count).tolist() if self._count else []
        return list(pairwise(sorted({0, *cuts, self._count})))

    def __call__(self, span: tuple[int, int]) -> Iterator[Portion | Brought]:
        """A span in portions of a bounded size, which bounds what a process holds; then what its trees bring in."""
        start, end = span
        bringing = [Bringing(pack, self._known.ids) for pack, _, _ in self._sources.packs] if self._brings else []
        damaged: list[tuple[str, str]] = []
        for first in range(start, end, _MOST):
            reader = Reader(self._sources, self._known, self._keys, bringing, first, min(first + _MOST, end))
            yield reader.portion()
            damaged += reader.damaged
        for some, (_, indices, at) in zip(bringing, self._sources.packs, strict=False):
            brought = some.finish(whole=self._whole)
            yield brought._replace(odd=(np.searchsorted(indices, brought.odd) + at).tolist())
        if self._brings:
            yield Brought(set(), set(), [], damaged)

    def shown(self, portion: Portion, hidden: Sequence[NDArray[np.bool_]]) -> int:
        """How many trees of a portion stand in packs, and are not among those that are marked there (by index, for each pack)."""
        first, behind = portion.start, portion.start + len(portion.base)
        parts = zip(self._sources.packs, hidden, strict=True)
        return sum(int((~marks[indices[max(first - at, 0) : max(behind - at, 0)]]).sum()) for (_, indices, at), marks in parts)

    def table(self, found: Iterable[Any], absent: Sequence[bytes] = (), odd: Iterable[int] = ()) -> TreeTable:
        """The table of what was found; what is no portion is passed over. Each is let go when it was put into the table.

        `absent` are ids that no object has and that are looked for after all, `odd` the trees in packs that name them, by number.
        """
        portions = {portion.start: portion for portion in found if isinstance(portion, Portion)}
        edges = [edge for start in sorted(portions) for edge in (start, start + len(portions[start].base))]
        for start, end in zip([0, *edges[1::2]], [*edges[::2], self._count], strict=True):
            if start < end:
                portions.update((portion.start, portion) for portion in self((start, end)) if isinstance(portion, Portion))
        ids = self._look_for(absent, {*odd, *range(self._packed, self._count)}, portions) if absent else Ids(self._sources.ids)
        ordered = [portions.pop(start) for start in sorted(portions)]
        base = np.concatenate([portion.base for portion in ordered] or [np.zeros(0, np.int32)])
        names = [portion.names for portion in ordered]
        copies, mentions = [list(portion.copies) for portion in ordered], [list(portion.mentions) for portion in ordered]
        del ordered
        of, source, target, length = _joined(copies, 4)
        first_copy = np.searchsorted(of, np.arange(len(base) + 1))
        fixed = np.ones(len(base), np.bool_)
        fixed[of[source != target]] = False
        counts = [len(part[0]) for part in mentions]
        of, place, child, name, name_length, mode_length, name_key = _joined(mentions, 7)
        first_mention = np.searchsorted(of, np.arange(len(base) + 1))
        name = name.astype(np.int64) + np.repeat(np.cumsum([0, *map(len, names)])[:-1], counts)
        return TreeTable(
            ids,
            self._sources,
            base,
            fixed,
            first_copy,
            source,
            target,
            length,
            first_mention,
            place,
            child,
            name,
            name_length,
            mode_length,
            name_key,
            b"".join(names),
            self._keys,
        )

    def _look_for(self, absent: Sequence[bytes], trees: Iterable[int], portions: dict[int, Portion]) -> Ids:
        """Read trees again in which further ids are looked for; all ids then."""
        width = self._sources.ids.shape[1]
        more = np.frombuffer(b"".join(absent), np.uint8).reshape(-1, width)
        self._sources = self._sources._replace(ids=np.concatenate((self._sources.ids, more)))
        known = Known.of(self._sources.ids)
        numbers = np.array(sorted(trees), np.int64)
        for start, portion in portions.items():
            end = start + len(portion.base)
            again = numbers[(numbers >= start) & (numbers < end)]
            if again.size:
                portions[start] = Reader(self._sources, known, self._keys, (), start, end).mended(portion, again)
        return known.ids


def _joined(parts: Sequence[list[NDArray[Any]]], columns: int) -> Columns:
    """The columns of all parts, which are empty then: there is never more than one column twice."""
    return tuple(np.concatenate([part.pop(0) for part in parts] or [np.zeros(0, np.int32)]) for _ in range(columns))
