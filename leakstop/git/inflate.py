"""Inflating and applying deltas with the fastest library there is: isal (2 to 3 times zlib) and dulwich's compiled `apply_delta`.

Where they have no wheel for the machine, zlib and `delta.apply_slowly` do the same.
"""

from __future__ import annotations

import zlib
from itertools import chain
from typing import TYPE_CHECKING, Any

from leakstop.git import delta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def _inflater() -> Any:
    """The module that inflates."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


def _applier() -> tuple[Callable[[bytes, bytes], list[bytes]], tuple[type[Exception], ...]]:
    """What applies a delta, and what it raises."""
    try:
        from dulwich._pack import apply_delta  # type: ignore[import-not-found]
        from dulwich.errors import ApplyDeltaError
    except ImportError:
        return delta.apply_slowly, ()
    return apply_delta, (ApplyDeltaError,)


class Damaged(ValueError):
    """Data that is not what its header promises. The message says what is wrong with it."""


class TooLarge(Damaged):
    """An object that is not built in memory, or that stands on such a one. Made with its size."""

    def __str__(self) -> str:
        return f"it is too large to be read at once ({self.args[0]:,} bytes)"


_library = _inflater()
inflate: Callable[..., bytes] = _library.decompress  # (data, 15, size expected)
apply_delta, _errors = _applier()  # (base, delta) -> the target in pieces
ERRORS = (Damaged, delta.DeltaError, zlib.error, _library.error, IndexError, MemoryError, OSError, *_errors)


def inflate_exactly(data: bytes | memoryview, size: int, skip: int = 0) -> bytes:
    """Inflate a buffer that promises `size` bytes behind the first `skip`, without ever making more. Raises one of ERRORS."""
    stream = _library.decompressobj(15)
    found: bytes = stream.decompress(data, skip + size + 1)
    if len(found) != skip + size or not stream.eof:
        raise Damaged(wrong_size(None, size))
    return found[skip:]


def inflate_start(data: bytes, size: int) -> bytes:
    """The first `size` bytes, fewer if the data ends before. Raises one of ERRORS."""
    found: bytes = _library.decompressobj(15).decompress(data, size)
    return found


def inflate_windows(pieces: Iterable[bytes], size: int, window: int, skip: int = 0) -> Iterator[bytes]:
    """Inflate what comes in pieces into windows of `window` bytes, the last one shorter, in memory of that order.

    The first `skip` bytes are left out; `size` counts what follows. Raises one of ERRORS, after the windows that could be had.
    """
    stream = _library.decompressobj(15)
    ready: list[bytes] = []
    length, total = -skip, 0
    for piece in chain(pieces, (b"",)):
        rest = piece
        while not stream.eof:
            part = stream.decompress(rest, window - max(length, 0))
            rest = stream.unconsumed_tail
            if not part and not rest:
                break  # all that it made of this piece; the empty piece at the end asks for what it still holds
            if length < 0:
                part, length = part[-length:], min(length + len(part), 0)
            total += len(part)
            if total > size:
                raise Damaged(wrong_size(None, size))
            length += len(part)
            ready.append(part)
            if length == window:
                yield b"".join(ready)
                ready, length = [], 0
        if stream.eof:
            break
    if length > 0:
        yield b"".join(ready)
    if total != size or not stream.eof:
        raise Damaged(wrong_size(None, size))


def explain(error: BaseException) -> str:
    """One of ERRORS in words."""
    if isinstance(error, IndexError):
        return "a delta ends in the middle of an instruction"
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    if isinstance(error, OSError):
        return f"it cannot be read: {error.strerror}"
    return str(error)


def wrong_size(found: int | None, size: int) -> str:
    """What to say of data that has not the size it should; `found` is None when no more than that is known."""
    return f"its data is {'not' if found is None else f'{found} bytes, not'} the {size} bytes that its header promises"
