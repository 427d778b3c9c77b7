"""Text of two or four bytes a character: UTF-16 and UTF-32, with and without a mark."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leakstop.model import Chunk

_MARKS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_SHAPES = ((b"x000", "utf-32-le"), (b"000x", "utf-32-be"), (b"x0x0", "utf-16-le"), (b"0x0x", "utf-16-be"))
_ZERO = bytes(48 if byte == 0 else 120 for byte in range(256))  # zeros as "0", anything else as "x"
_MARKED = 4096  # bytes behind a mark that are looked at
_HEAD = 64  # bytes without a mark that have to look like wide ASCII
_NAMES = {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32-le": "UTF-32", "utf-32-be": "UTF-32"}


def is_wide(data: bytes) -> bool:
    """Whether text begins so; asked of everything, so it is quick."""
    return (b"\0" in data[:4] or data[:2] in (b"\xff\xfe", b"\xfe\xff")) and _encoding(data) != ""


def narrow(data: bytes) -> tuple[bytes, str] | None:
    """The text in UTF-8 and the name of its encoding; None if it is not wide."""
    encoding = _encoding(data)
    if not encoding:
        return None
    return data.decode(encoding, "replace").removeprefix("\ufeff").encode("utf-8", "replace"), _NAMES[encoding]


def narrowed(chunk: Chunk) -> Chunk:
    """A chunk of such text in UTF-8: lines and columns are those that an editor shows."""
    found = narrow(chunk.data)
    if not found:
        return chunk
    return chunk._replace(data=found[0], origin=chunk.origin._replace(decoded=(*chunk.origin.decoded, found[1])))


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark) and b"\0" in data[len(mark) : _MARKED]:  # at least its line ends have zeros
            return encoding
    head = data[: min(_HEAD, len(data) & ~3)].translate(_ZERO)
    for shape, encoding in _SHAPES:
        if head and head == shape * (len(head) // 4):
            return encoding
    return ""
