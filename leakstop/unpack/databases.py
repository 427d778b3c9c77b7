"""SQLite databases: a member for each table, with a line for each row (`column: value`, tab, …), and for each value that is a
container; nothing of theirs is run. Of a damaged one the rows of all pages that are whole, whatever table they belong to.

And their write-ahead logs, which are committed by accident as often.
"""

from __future__ import annotations

import sqlite3
from itertools import islice
from typing import IO, TYPE_CHECKING

from leakstop.unpack.limits import Damaged, OverLimit
from leakstop.unpack.magic import kind
from leakstop.unpack.members import Member, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CONTROLS = bytes({*range(32)} - {9, 10, 13})
_LEAF = b"\x0d"  # what a page of a table begins with that holds rows
_PAGES_READ = "rows of its pages"
_ENCODINGS = {b"\0\0\0\2": "utf-16-le", b"\0\0\0\3": "utf-16-be"}  # of texts, where it is not UTF-8
_PAGES = frozenset(1 << power for power in range(9, 17))
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)  # bytes of values that are no texts
_LONGEST = 64 << 20  # bytes of a value: a column may be computed, and be as long as it likes
_TOO_LONG = f"a value is longer than {_LONGEST >> 20} MB"
_ROWS = 256  # fetched at a time


def sqlite(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The rows of all tables. Views, triggers and functions of the schema are not touched; a copy in memory is read."""
    connection = sqlite3.connect(":memory:")
    file_data = file.read()
    damage: list[str] = []
    try:
        data = bytearray(file_data)
        data[18:20] = b"\x01\x01"  # not in WAL mode, whose second file is not here
        connection.deserialize(bytes(data))
        del data
        connection.text_factory = bytes
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").fetchall()
        for (name,) in tables:
            quoted = '"' + name.decode("utf-8", "replace").replace('"', '""') + '"'
            rows = connection.execute(f"SELECT * FROM {quoted}")  # noqa: S608 - quoted; there is no other way to name a table
            shown = f"table {name.decode('utf-8', 'replace')}"
            packed: list[bytes] = []
            yield Member(shown, _lines(rows, packed, damage))
            for number, value in enumerate(packed, 1):
                yield Member(f"{shown}, packed value {number}", reader(value))
    except sqlite3.DataError:
        raise OverLimit(_TOO_LONG) from None
    except (sqlite3.Error, MemoryError, OverflowError) as error:
        yield Member("", _of_pages(file_data), decoded=_PAGES_READ)
        raise Damaged(str(error)) from None
    finally:
        connection.close()
    if damage:
        yield Member("", _of_pages(file_data), decoded=_PAGES_READ)


def _of_pages(data: bytes) -> Callable[[int], bytes]:
    """Reads the rows that stand in the leaves of tables, page by page, whether anything leads to these or not."""
    size = int.from_bytes(data[16:18], "big")
    size = 1 << 16 if size == 1 else size
    encoding = _ENCODINGS.get(data[56:60], "")
    places = iter(range(0, len(data), size) if size in _PAGES else ())
    held = bytearray()

    def read(wanted: int) -> bytes:
        while len(held) < wanted and (place := next(places, -1)) >= 0:
            for row in _rows(data[place : place + size], 0 if place else 100):
                texts = (text.decode(encoding, "replace").encode() if encoding else text for text in row)
                held.extend(b"\t".join(texts) + b"\n")
        read_now = bytes(held[:wanted])
        del held[:wanted]
        return read_now

    return read


def wal(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The texts in the pages of a write-ahead log (sqlite.org/fileformat2.html, 4): what was written last is nowhere else."""
    head = file.read(32)
    size = int.from_bytes(head[8:12], "big")
    if size not in _PAGES:
        raise Damaged("no page size")
    lines = bytearray()
    while len(frame := file.read(24 + size)) == 24 + size:
        page = frame[24:]
        for row in _rows(page, 100 if frame[:4] == b"\0\0\0\1" else 0):
            lines += b"\t".join(row) + b"\n"
    yield Member("(rows)", reader(bytes(lines)))


def _rows(page: bytes, start: int) -> Iterator[list[bytes]]:
    """The texts of each row in a leaf of a table; what overflows to other pages is cut off."""
    if page[start : start + 1] != _LEAF:
        return
    room = len(page)  # rows do not overlap: else a page of nothing but pointers to one row would never end
    for number in range(int.from_bytes(page[start + 3 : start + 5], "big")):
        at = start + 8 + 2 * number
        cell = int.from_bytes(page[at : at + 2], "big")
        for _ in range(2):  # the row's size and number
            _, cell = _varint(page, cell)
        length, place = _varint(page, cell)
        value = end = cell + length
        texts = []
        while place < end <= len(page):
            kind, place = _varint(page, place)
            size = (kind - 12) // 2 if kind > 11 else _SIZES[kind]
            if kind > 12 and kind % 2:
                texts.append(page[value : value + size])
            value += size
        room -= max(1, value - cell)
        if room < 0:
            return
        yield texts


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends."""
    number = 0
    for count, byte in enumerate(page[at : at + 9], 1):
        if count == 9:
            return number << 8 | byte, at + 9
        number = number << 7 | byte & 127
        if byte < 128:
            return number, at + count
    return 0, len(page)


def _lines(rows: sqlite3.Cursor, packed: list[bytes], damage: list[str]) -> Callable[[int], bytes]:
    """Reads the rows as lines; values that are containers are put aside, for they are members of their own. What is wrong with
    the rest goes into `damage`, and is raised when what was read before it has been given out.
    """
    names = [column[0].encode() for column in rows.description or ()]
    held = bytearray()
    wrong: list[str] = []

    def read(size: int) -> bytes:
        while len(held) < size and not wrong:
            fetched: list[tuple[object, ...]] = []
            try:
                fetched.extend(islice(rows, _ROWS))  # what came before damage stays
            except sqlite3.DataError:
                raise OverLimit(_TOO_LONG) from None
            except sqlite3.Error as error:
                wrong.append(str(error))
                damage.append(str(error))
            if not fetched:
                break
            for row in fetched:
                packed.extend(value for value in row if isinstance(value, bytes) and kind(value))
                held.extend(
                    b"\t".join(name + b": " + _shown(value) for name, value in zip(names, row, strict=False) if _is_text(value))
                )
                held.extend(b"\n")
        if wrong and not held:
            raise Damaged(wrong[0])
        data = bytes(held[:size])
        del held[:size]
        return data

    return read


def _is_text(value: object) -> bool:
    """Whether a value is worth a line. Blobs of programs are searched where they stand, in the database's own bytes."""
    return bool(value) and not (isinstance(value, bytes) and value.translate(None, _CONTROLS) != value)


def _shown(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
