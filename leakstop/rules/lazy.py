"""Sequences and tables that are made when they are first asked for: of a thousand rules a commit needs a few."""

from __future__ import annotations

from leakstop.rules.rows import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, TypeVar

    T = TypeVar("T")
else:
    from _collections_abc import Mapping, Sequence  # `os` has it loaded; by its public name comes the whole of `collections`

    T = None


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


class Numbers(Mapping[str, int]):
    """The places of texts in a row of JSON."""

    def __init__(self, row: bytes) -> None:
        self._row = row
        self._places: dict[str, int] | None = None

    def _known(self) -> dict[str, int]:
        if self._places is None:
            self._places = {text: number for number, text in enumerate(loads(self._row))}
        return self._places

    def __getitem__(self, text: str) -> int:
        return self._known()[text]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())
