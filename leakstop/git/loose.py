"""Loose objects: one deflated file each, "kind size NUL content", in 256 folders named by the first byte of the id."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from leakstop.git.inflate import Damaged, inflate_exactly, inflate_start, inflate_windows
from leakstop.git.pack import KINDS
from leakstop.git.plain import opener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEADER = 64  # bytes inflated at most for a header: a kind, a blank, the digits of a size, NUL
_PIECE = 1 << 18
_HEX = frozenset(b"0123456789abcdef")


class LooseObject(NamedTuple):
    """What the header of a loose object says."""

    oid: bytes
    kind: int
    size: int
    skip: int  # length of the header


def list_loose(folder: bytes, width: int, unreadable: Callable[[bytes, OSError], None]) -> Iterator[bytes]:
    """The ids of the loose objects below an `objects` folder. Files that are none (temporary ones) are passed over.

    `unreadable` is told of folders that cannot be read.
    """
    try:
        fans = sorted(os.listdir(folder))
    except OSError as error:
        unreadable(folder, error)
        return
    for fan in fans:
        if len(fan) == 2 and _HEX.issuperset(fan):
            try:
                names = os.listdir(os.path.join(folder, fan))
            except (NotADirectoryError, FileNotFoundError):
                continue  # git removes empty ones at any time
            except OSError as error:
                unreadable(os.path.join(folder, fan), error)
                continue
            for name in sorted(names):
                if len(name) == 2 * width - 2 and _HEX.issuperset(name):
                    yield bytes.fromhex((fan + name).decode())


def loose_header(folder: bytes, oid: bytes) -> LooseObject:
    """Kind and size, from the first bytes of the file. Raises `inflate.ERRORS`, OSError among them."""
    with open(_path(folder, oid), "rb", opener=opener) as file:
        head = file.read(512)
    if not head:
        raise Damaged("its file is empty")
    start = inflate_start(head, _HEADER)
    words, ends, _ = start.partition(b"\0")
    kind, _, size = words.partition(b" ")
    if not ends or not size.isdigit() or kind.decode("latin-1") not in KINDS[1:]:
        raise Damaged("its file does not begin as an object does")
    return LooseObject(oid, KINDS.index(kind.decode()), int(size), len(words) + 1)


def read_loose(folder: bytes, header: LooseObject) -> bytes:
    """The content. Raises `inflate.ERRORS`."""
    with open(_path(folder, header.oid), "rb", opener=opener) as file:
        return inflate_exactly(file.read(), header.size, header.skip)


def stream_loose(folder: bytes, header: LooseObject, window: int) -> Iterator[bytes]:
    """The content in windows of `window` bytes, the last one shorter. Raises `inflate.ERRORS` behind what could be had."""
    with open(_path(folder, header.oid), "rb", opener=opener) as file:
        yield from inflate_windows(iter(lambda: file.read(_PIECE), b""), header.size, window, header.skip)


def _path(folder: bytes, oid: bytes) -> bytes:
    name = oid.hex().encode()
    return os.path.join(folder, name[:2], name[2:])
