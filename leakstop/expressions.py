"""Regular expressions that are compiled once on a machine, not once in each process.

Compiling the thirty to fifty expressions of a commit takes the hook 10 to 20 ms; making them from what the compiler made of them
before takes 1. Python has no way to keep a compiled expression, but what its compiler (`re._compiler`) hands to the engine is a
list of numbers and four plain values, and that is kept: in one entry of the cache, which is that of this very build of Python.
Nothing is believed: what is kept was compared with the expression that it stands for and has a checksum, the engine checks the
numbers that it is given, and whatever is amiss means that the expression is compiled as ever.

The entry may hold thousands, of which a commit needs fifty: behind their number come a mark of each (a checksum of what it stands
for), the place, size and checksum of each, and the rows themselves.
"""

from __future__ import annotations

import sys

from leakstop.memo import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence
    from mmap import mmap
    from typing import Any, AnyStr

_FORMAT = 4
_MOST = 4 << 20  # bytes that are kept
_NUMBER = 4  # bytes of a number in the entry
_PLACE = 3 * _NUMBER  # of what tells where a row is
_METHODS = ("search", "match", "fullmatch", "findall", "finditer", "split", "sub")

Key = tuple[bytes | str, int]  # an expression and its flags
Row = tuple[int, bytes, int, tuple[tuple[str, int], ...], tuple[str | None, ...]]  # flags, code, groups and their names


def expression(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """An expression that is compiled when it is first used."""
    later: Any = _Later(pattern, flags)
    return later  # type: ignore[no-any-return]


class _Later:
    """Has the methods of a compiled expression, and compiles it for the first that is asked for."""

    def __init__(self, pattern: bytes | str, flags: int) -> None:
        self._key: tuple[Any, int] = pattern, flags

    def __getattr__(self, name: str) -> Any:
        found = compiled(*self._key)
        self.__dict__.update((method, getattr(found, method)) for method in _METHODS)
        return getattr(found, name)


def compiled(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A compiled expression, as `re.compile` gives it. Raises what that raises."""
    found = _known.get((pattern, flags))
    if found is None:
        found = _known[pattern, flags] = _compiled(pattern, flags)
    return found  # type: ignore[no-any-return]


@cache
def over_bytes(pattern: str, *, limited: bool = False) -> Any:
    """A rule's expression, compiled for bytes.

    `regex` can be told to give up after a time, which a user's expression may need. Our own are proved harmless by `rules test`,
    and `re` loads, compiles and runs them three to ten times as fast.
    """
    if limited:
        import regex

        return regex.compile(pattern.encode("ascii"))
    return compiled(pattern.encode("ascii"))


def _compiled(pattern: bytes | str, flags: int) -> Any:
    row = _find(_kept(), (pattern, int(flags)))
    if row is not None:
        try:
            return _made(pattern, row)
        except Exception:  # noqa: BLE001, S110 - an engine that takes something else is no reason to fail
            pass
    import re

    found = _new[pattern, int(flags)] = re.compile(pattern, flags)
    return found


def keep() -> None:
    """Keep for the next process what this one compiled; when it cannot be kept nothing is lost but time."""
    import os
    from marshal import dumps

    from leakstop import store

    if not _new or not os.access(store.folder(), os.W_OK):
        return
    rows = {(mark, row) for mark, row in _all(_read()) if row}  # what others have kept meanwhile
    for (pattern, flags), found in _new.items():
        row = _row(pattern, flags, found)
        if row is not None:
            rows.add((_mark((pattern, flags)), dumps(((pattern, flags), row))))
    _new.clear()
    data = _joined(sorted(rows))
    if len(data) <= _MOST:
        store.write(_name(), data)


_known: dict[Key, Any] = {}
_new: dict[Key, Any] = {}  # what was compiled and is not kept yet


@cache
def _kept() -> mmap | bytes:
    return _read()


def _read() -> mmap | bytes:
    from leakstop import store

    return store.mapped(_name())


def _mark(key: Key) -> bytes:
    from zlib import crc32

    return crc32(repr(key).encode()).to_bytes(_NUMBER, "big")


def _joined(rows: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The entry of these rows and their marks."""
    from zlib import crc32

    places, at = [], 0
    for _, row in rows:
        places += [at, len(row), crc32(row)]
        at += len(row)
    parts = [len(rows).to_bytes(_NUMBER, "big"), *(mark for mark, _ in rows)]
    parts += [number.to_bytes(_NUMBER, "big") for number in places]
    return b"".join((*parts, *(row for _, row in rows)))


def _span(data: mmap | bytes) -> tuple[int, int]:
    """Where the marks stand in an entry: the first, and behind the last."""
    from leakstop.store import BODY

    first = BODY + _NUMBER
    return first, first + _NUMBER * int.from_bytes(data[BODY:first], "big")


def _at(data: mmap | bytes, number: int) -> bytes:
    """A row of an entry by its number; empty if it is damaged."""
    from zlib import crc32

    first, behind = _span(data)
    places = behind + (behind - first) // _NUMBER * _PLACE
    own = data[behind + number * _PLACE : behind + (number + 1) * _PLACE]
    start, size, check = (int.from_bytes(own[at : at + _NUMBER], "big") for at in range(0, _PLACE, _NUMBER))
    row = data[places + start : places + start + size]
    return row if crc32(row) == check else b""


def _all(data: mmap | bytes) -> Iterator[tuple[bytes, bytes]]:
    """The marks and rows of an entry."""
    first, behind = _span(data)
    for number, at in enumerate(range(first, min(behind, len(data)), _NUMBER)):
        yield data[at : at + _NUMBER], _at(data, number)


def _find(data: mmap | bytes, key: Key) -> Row | None:
    """The row of an entry for an expression; None: there is none."""
    from marshal import loads

    first, behind = _span(data)
    mark = _mark(key)
    at = data.find(mark, first, behind)
    while at >= 0:
        row = _at(data, (at - first) // _NUMBER) if at % _NUMBER == 0 else b""
        if row:
            own, values = loads(row)  # noqa: S302 - written by this user, like the code that reads it
            if own == key:
                return values  # type: ignore[no-any-return]
        at = data.find(mark, at + 1, behind)
    return None


def _name() -> str:
    """Of the entry: its own for each build of Python."""
    import _sre  # type: ignore[import-not-found]
    from zlib import crc32

    build = (_FORMAT, sys.version, sys.implementation.cache_tag, sys.platform, sys.byteorder, _sre.MAGIC, _sre.CODESIZE)
    return f"expressions-{crc32(repr(build).encode()):08x}"


def _made(pattern: bytes | str, row: Row) -> Any:
    import _sre

    flags, code, groups, names, indices = row
    return _sre.compile(pattern, flags, memoryview(code).cast("I").tolist(), groups, dict(names), indices)


def _row(pattern: bytes | str, flags: int, found: Any) -> Row | None:
    """What Python's own compiler hands to the engine; None if that gives anything but `found` here."""
    from array import array

    try:
        from re import _compiler, _parser  # type: ignore[attr-defined]

        parsed = _parser.parse(pattern, flags)
        code = array("I", _compiler._code(parsed, flags)).tobytes()  # noqa: SLF001 - there is no other door
        names = dict(parsed.state.groupdict)
        indices: list[str | None] = [None] * parsed.state.groups
        for name, index in names.items():
            indices[index] = name
        row = (found.flags, code, parsed.state.groups - 1, tuple(names.items()), tuple(indices))
        again = _made(pattern, row)
        same = again == found and again.groups == found.groups and dict(again.groupindex) == dict(found.groupindex)
    except Exception:  # noqa: BLE001 - another Python may do it another way
        return None
    return row if same else None
