"""`functools.lru_cache` and `partial` for the modules that the hook imports.

They are written in C; `functools` around them imports the whole of `collections`, which is an eighth of what the hook computes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import cache, lru_cache, partial
    from typing import TypeVar

    T = TypeVar("T")
else:
    try:
        from _functools import _lru_cache_wrapper, partial
    except ImportError:  # a Python without its compiled part
        from functools import cache, lru_cache, partial
    else:

        def lru_cache(maxsize):  # noqa: ANN001, ANN201 - as type checkers see it above
            """Remember the latest answers of a function, `maxsize` of them."""
            return lambda function: _lru_cache_wrapper(function, maxsize, False, tuple)

        def cache(function):  # noqa: ANN001, ANN201 - as above
            """Remember every answer of a function."""
            return _lru_cache_wrapper(function, None, False, tuple)


def of_a_text(function: Callable[[bytes, int], T]) -> Callable[[bytes, int], T]:
    """Remember every answer about the last text, and of no other: it is held as long, and may have megabytes.

    For what each finding of a text asks about the blocks around it.
    """
    last: tuple[bytes, dict[int, T]] = (b"", {})

    def answer(text: bytes, block: int) -> T:
        nonlocal last
        if last[0] is not text:
            last = text, {}
        known = last[1]
        if block not in known:
            known[block] = function(text, block)
        return known[block]

    return answer


__all__ = ["cache", "lru_cache", "of_a_text", "partial"]
