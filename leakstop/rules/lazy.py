"""Sequences and tables that are made when they are first asked for: of a thousand rules a commit needs a few."""

from __future__ import annotations

from leakstop.rules.rows import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from mmap import mmap
    from typing import Any, TypeVar

    T = TypeVar("T")
    Texts = Mapping[str, Any]
else:
    from _collections_abc import Mapping, Sequence  # `os` has it loaded; by its public name comes the whole of `collections`

    T = None
    Texts = Mapping


_WIDTH = 8  # hex digits that tell where a line begins


class Lines(Sequence[bytes]):
    """Some lines of a text whose last one tells where each of them begins: they are cut out when they are asked for."""

    def __init__(self, text: mmap | bytes, first: int, count: int) -> None:
        """`count` lines from that with the number `first` on."""
        self._text = text
        self._table = text.rfind(b"\n") + 1 + first * _WIDTH
        self._count = count

    @staticmethod
    def join(lines: Iterable[bytes]) -> bytes:
        """The text of these lines, none of which has a line end."""
        begins, size = [0], 0
        for line in lines:
            size += len(line) + 1
            begins.append(size)
        return b"\n".join((*lines, b"".join([b"%0*x" % (_WIDTH, begin) for begin in begins])))

    def _begin(self, number: int) -> int:
        at = self._table + number * _WIDTH
        return int(self._text[at : at + _WIDTH], 16)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < self._count:
            raise IndexError(number)
        return self._text[self._begin(number) : self._begin(number + 1) - 1]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._text[self._begin(0) : self._begin(self._count) - 1].split(b"\n") if self._count else ())


class Lazy(Sequence[T]):
    """Rows of JSON, each made an item by `make` on first use."""

    def __init__(self, rows: Sequence[bytes], make: Callable[[Any], T]) -> None:
        self._rows = rows
        self._make = make
        self._items: dict[int, T] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self)[index]
        item = self._items.get(index)
        if item is None:
            item = self._items[index] = self._make(loads(self._rows[index]))
        return item

    def __iter__(self) -> Iterator[T]:
        if len(self._items) < len(self._rows):
            # All in one go: a call for each row takes three times as long.
            for number, row in enumerate(loads(b"[" + b",".join(self._rows) + b"]")):
                if number not in self._items:
                    self._items[number] = self._make(row)
        return iter([self._items[number] for number in range(len(self._rows))])


class Table(Texts):
    """An object of JSON."""

    def __init__(self, row: bytes) -> None:
        self._row = row
        self._values: dict[str, Any] | None = None

    def _read(self) -> dict[str, Any]:
        if self._values is None:
            self._values = self._parse(loads(self._row))
        return self._values

    def _parse(self, value: Any) -> dict[str, Any]:
        return dict(value)

    def __getitem__(self, key: str) -> Any:
        return self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


class Numbers(Table):
    """The places of texts in a row of JSON."""

    def _parse(self, value: Any) -> dict[str, Any]:
        return {text: number for number, text in enumerate(value)}
