"""Very large content in pieces of bounded size that overlap, so that nothing lies across a border unseen."""

from __future__ import annotations

from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE = 8 << 20  # bytes of a window, and the largest file that is read whole
OVERLAP = 64 << 10  # four times the longest match that a rule may have (16 KB)


class Window(NamedTuple):
    """A piece of a larger whole."""

    data: bytes
    offset: int  # of the first byte in the whole
    line: int  # number of the line it begins in, from 1
    last: bool


def windows(read: Callable[[int], bytes], size: int = SIZE, overlap: int = OVERLAP) -> Iterator[Window]:
    """Cut what `read` gives (up to N bytes at a time, none at the end) into windows of at most `size` bytes; one, if it fits.

    Neighbours share at least `overlap` bytes, and a window begins where a line does if one begins within another `overlap` bytes.
    """
    if size <= 2 * overlap:
        raise ValueError("a window must be longer than twice the overlap")
    held, offset, line = b"", 0, 1
    while True:
        parts, wanted = [held], size + 1 - len(held)  # one byte more than a window tells whether another one follows
        while wanted and (part := read(wanted)):
            parts.append(part)
            wanted -= len(part)
        held = b"".join(parts)
        if len(held) <= size:
            yield Window(held, offset, line, last=True)
            return
        yield Window(held[:size], offset, line, last=False)
        cut = held.rfind(b"\n", size - 2 * overlap, size - overlap) + 1 or size - overlap
        line += held.count(b"\n", 0, cut)
        offset += cut
        held = held[cut:]
