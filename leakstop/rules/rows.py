"""JSON of our own, read by the scanner that `json` itself uses.

The package around it imports `re` and all that this needs, which is a sixth of what the hook computes, to read a few lines of the
rules' index.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def loads(text: bytes) -> Any:
    """The value of one JSON text in ASCII that we wrote: what `json.loads` gives. ValueError: it is none."""
    try:
        from _json import make_scanner
    except ImportError:  # a Python without its compiled part
        from json import loads as plain

        return plain(text)
    try:
        value, end = make_scanner(_Usual)(text.decode("ascii"), 0)  # type: ignore[arg-type]
    except StopIteration:
        value, end = None, -1
    if end != len(text):
        raise ValueError("no JSON, or something behind it")
    return value


class _Usual:
    """How `json.loads` asks the scanner to read."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float  # of Infinity and NaN, which we do not write
    memo: dict[str, str] = {}  # noqa: RUF012 - the scanner's own
