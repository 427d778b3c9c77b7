"""What is in the containers of a history: each blob that is one is opened, once, by the process that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.model import Chunk, Origin
from leakstop.unpack.expand import expanded
from leakstop.unpack.magic import kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from leakstop.detect.detector import Detector
    from leakstop.model import Tally
    from leakstop.unpack.limits import Limits


class Inside:
    """Searches members; what could not be unpacked goes to `tally`."""

    def __init__(self, detector: Detector, limits: Limits | None, tally: Tally) -> None:
        self._detector = detector
        self._limits = limits
        self._tally = tally
        self.containers: list[int] = []  # the numbers of the blobs that are some, since they were last asked for
        self._rules = detector.compiled.numbers

    @property
    def wanted(self) -> bool:
        """Whether anything is to be opened."""
        return self._limits is not None

    def search(self, data: bytes, oid: Callable[[int], bytes], number: int) -> list[tuple[int, bytes]]:
        """The (rule, value) that the members of a blob hold; none if it is no container."""
        if not kind(data) or self._limits is None:
            return []
        self.containers.append(number)
        chunks = expanded([Chunk(data, Origin("blob", blob=oid(number).hex()))], self._tally, self._limits)
        next(chunks)  # the container itself
        found = ((self._rules[finding.rule.id], finding.secret.reveal()) for _, finding in self._detector.scan(chunks))
        return list(dict.fromkeys(found))
