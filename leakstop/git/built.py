"""Objects that were built, kept for the deltas that stand on them."""

from __future__ import annotations

_MOST = 32 << 20  # bytes kept


class Built:
    """Objects of one pack that were read one by one, and what they stand on, by their numbers: chains share most of their way."""

    def __init__(self) -> None:
        self._objects: dict[int, bytes] = {}
        self._size = 0

    def __contains__(self, index: int) -> bool:
        return index in self._objects

    def __getitem__(self, index: int) -> bytes:
        return self._objects[index]

    def add(self, index: int, data: bytes) -> None:
        """Keep an object; when there are too many, all others are forgotten."""
        if self._size > _MOST:
            self._objects.clear()
            self._size = 0
        self._objects[index] = data
        self._size += len(data)
