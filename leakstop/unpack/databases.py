"""SQLite databases: a member for each table, a line for each row (`column: value`, tab, …); nothing of theirs is run."""

from __future__ import annotations

import sqlite3
from typing import IO, TYPE_CHECKING

from leakstop.unpack.limits import Damaged
from leakstop.unpack.streams import Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CONTROLS = bytes({*range(32)} - {9, 10, 13})
_ROWS = 256  # fetched at a time


def sqlite(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The rows of all tables. Views, triggers and functions of the schema are not touched; a copy in memory is read."""
    connection = sqlite3.connect(":memory:")
    try:
        data = bytearray(file.read())
        data[18:20] = b"\x01\x01"  # not in WAL mode, whose second file is not here
        connection.deserialize(bytes(data))
        connection.text_factory = bytes
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").fetchall()
        for (name,) in tables:
            quoted = '"' + name.decode("utf-8", "replace").replace('"', '""') + '"'
            rows = connection.execute(f"SELECT * FROM {quoted}")  # noqa: S608 - quoted; there is no other way to name a table
            yield Member(f"table {name.decode('utf-8', 'replace')}", _lines(rows))
    except (sqlite3.Error, MemoryError, OverflowError) as error:
        raise Damaged(str(error)) from None
    finally:
        connection.close()


def _lines(rows: sqlite3.Cursor) -> Callable[[int], bytes]:
    names = [column[0].encode() for column in rows.description or ()]
    held = bytearray()

    def read(size: int) -> bytes:
        while len(held) < size:
            try:
                fetched = rows.fetchmany(_ROWS)
            except sqlite3.Error as error:
                raise Damaged(str(error)) from None
            if not fetched:
                break
            for row in fetched:
                held.extend(
                    b"\t".join(name + b": " + _shown(value) for name, value in zip(names, row, strict=False) if _is_text(value))
                )
                held.extend(b"\n")
        data = bytes(held[:size])
        del held[:size]
        return data

    return read


def _is_text(value: object) -> bool:
    """Whether a value is worth a line. Blobs of programs are searched where they stand, in the database's own bytes."""
    return bool(value) and not (isinstance(value, bytes) and value.translate(None, _CONTROLS) != value)


def _shown(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
