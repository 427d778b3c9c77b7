"""A text with parts of it decoded, and the way back: which bytes of the original stand behind which bytes of the view."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Cut(NamedTuple):
    """A stretch of a text and what it stands for."""

    start: int
    end: int
    text: bytes
    steps: tuple[str, ...]  # what was undone, outermost first


class Stretch(NamedTuple):
    """Bytes of the view that are not those of the original: [start, end) stands for [first, last)."""

    start: int
    end: int
    first: int
    last: int
    steps: tuple[str, ...]


class View(NamedTuple):
    """`stretches` ascend and are apart; between them view and original are the same bytes."""

    text: bytes
    stretches: tuple[Stretch, ...] = ()

    def cut(self, cuts: Iterable[Cut]) -> View:
        """The view with more of it decoded. Of cuts that overlap the first counts."""
        parts: list[bytes] = []
        found: list[Stretch] = []
        old = list(reversed(self.stretches))  # those to come, the next one last
        done = size = 0  # in this view, and in the new one
        for start, end, text, steps in cuts:
            if start < done:
                continue
            shift = size - done
            while old and (old[-1].end <= start and old[-1].start < start):
                found.append(_moved(old.pop(), shift))
            if old and old[-1].start < start:  # the cut begins in it
                found.append(_moved(old[-1]._replace(end=start), shift))
            first, last = self.begin(start), self.end(end)
            inner: tuple[str, ...] = ()
            while old and old[-1].start < end:
                within = old.pop()
                inner += tuple(step for step in within.steps if step not in inner)
                if within.end > end:  # and ends in it
                    old.append(within._replace(start=end))
                    break
            parts += (self.text[done:start], text)
            size += start - done
            found.append(Stretch(size, size + len(text), first, max(first, last), (*inner, *steps)))
            size += len(text)
            done = end
        if not parts:
            return self
        found += (_moved(stretch, size - done) for stretch in reversed(old))
        parts.append(self.text[done:])
        return View(b"".join(parts), tuple(found))

    def begin(self, at: int) -> int:
        """Where in the original a span begins that begins at `at`."""
        place = bisect_right(self.stretches, at, key=lambda stretch: stretch.start) - 1
        if place < 0:
            return at
        stretch = self.stretches[place]
        return stretch.first if at < stretch.end else stretch.last + at - stretch.end

    def end(self, at: int) -> int:
        """Where in the original a span ends that ends before `at`."""
        place = bisect_left(self.stretches, at, key=lambda stretch: stretch.start) - 1
        if place < 0:
            return at
        stretch = self.stretches[place]
        return stretch.last if at <= stretch.end else stretch.last + at - stretch.end

    def steps(self, start: int, end: int) -> tuple[str, ...]:
        """What was undone in a span of the view; empty if it stands so in the original."""
        place = max(0, bisect_left(self.stretches, start, key=lambda stretch: stretch.start) - 1)
        steps: tuple[str, ...] = ()
        for stretch in self.stretches[place:]:
            if stretch.start >= end:
                break
            if stretch.end > start:
                steps += tuple(step for step in stretch.steps if step not in steps)
        return steps


def _moved(stretch: Stretch, by: int) -> Stretch:
    return stretch._replace(start=stretch.start + by, end=stretch.end + by)
