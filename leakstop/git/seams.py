"""Where versions differ from their bases, worked out for thousands of deltas at once.

A *seam* is a stretch of an object that its base cannot answer for: inserted bytes, the place where two copies meet that were no
neighbours in the base, a beginning or an end that was none there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from leakstop.git.edits import MARGIN, instructions, numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from leakstop.git.delta import Copies


class Edit(NamedTuple):
    """How one object was made from its base."""

    of: Edits
    row: int

    @property
    def seams(self) -> list[tuple[int, int]]:
        """(first byte, byte behind the last) of each seam, ascending; those less than the gap apart are one."""
        start, end = self.of.seam_of[self.row], self.of.seam_of[self.row + 1]
        return self.of.seams[start:end]

    def copies(self) -> Copies:
        """(offset in the base, offset in the object, size) of what was copied, in the order of the object."""
        start, end = self.of.copy_of[self.row], self.of.copy_of[self.row + 1]
        return [tuple(row) for row in self.of.copied[start:end].tolist()]


class Edits(NamedTuple):
    """The edits of many objects: rows of `seams` and `copied`, and where each object's begin."""

    seams: list[tuple[int, int]]
    seam_of: list[int]
    copied: NDArray[np.int64]  # (n, 3)
    copy_of: list[int]


def edits(deltas: Sequence[bytes], gap: int) -> Edits:
    """The edits of deltas that are known to be good (see `walk`)."""
    joined = b"".join((*deltas, b"\0" * MARGIN))
    raw = np.frombuffer(joined, np.uint8)
    count = len(deltas)
    ends = np.cumsum(np.fromiter(map(len, deltas), np.int64, count))
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1])) if count else ends
    base, at = numbers(raw, starts)
    total, at = numbers(raw, at)
    of, _, source, target, size = instructions(joined, at, ends)
    here = source >= 0
    of, source, target, size = of[here], source[here], target[here], size[here]
    opens = np.ones(len(of), np.bool_)
    opens[1:] = of[1:] != of[:-1]
    before, expected = np.zeros(len(of), np.int64), np.zeros(len(of), np.int64)
    before[1:], expected[1:] = (target + size)[:-1], (source + size)[:-1]
    before[opens] = expected[opens] = 0
    seam = np.flatnonzero((target > before) | (source != expected))
    last_target, last_source = np.zeros(count, np.int64), np.zeros(count, np.int64)
    closes = np.ones(len(of), np.bool_)
    closes[:-1] = opens[1:]
    last_target[of[closes]], last_source[of[closes]] = (target + size)[closes], (source + size)[closes]
    tail = np.flatnonzero((last_target < total) | (last_source != base))
    owner = np.concatenate((of[seam], tail))
    first, behind = np.concatenate((before[seam], last_target[tail])), np.concatenate((target[seam], total[tail]))
    order = np.argsort(owner, kind="stable")
    owner, first, behind = owner[order], first[order], behind[order]
    apart = np.ones(len(owner), np.bool_)
    apart[1:] = (owner[1:] != owner[:-1]) | (first[1:] - behind[:-1] > gap)
    heads = np.flatnonzero(apart)
    lasts = np.append(heads[1:], len(owner)) - 1 if len(heads) else heads
    rows = np.arange(count + 1)
    return Edits(
        list(zip(first[heads].tolist(), behind[lasts].tolist(), strict=True)),
        np.searchsorted(owner[heads], rows).tolist(),
        np.stack((source, target, size), axis=1),
        np.searchsorted(of, rows).tolist(),
    )
