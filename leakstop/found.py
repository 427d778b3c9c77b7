"""What the processes of a survey found, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.git.portions import Portion
from leakstop.remembered import Clean
from leakstop.survey import Aways, Faults, Holders, Judged, Notes, Step, Trees
from leakstop.workers import Lost

if TYPE_CHECKING:
    from leakstop.detect.detector import Detector
    from leakstop.git.graph import Heads
    from leakstop.git.treetable import Reading
    from leakstop.model import Tally


class Found:
    """What the processes have sent so far."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, bytes], int] = {}
        self.holders: dict[bytes, tuple[int, ...]] = {}
        self.heads: list[Heads] = []
        self.texts: list[tuple[str, bytes, bytes]] = []
        self.names: set[bytes] = set()
        self.absent: set[bytes] = set()  # ids that trees name, and that no object has
        self.odd: list[int] = []  # trees that do, see `survey.Trees`
        self.trees: Reading | None = None  # that of all trees, as soon as it begins
        self.portions: list[Portion] = []  # what came of it
        self.large: set[bytes] = set()  # blobs that are still to be searched
        self.clean: list[Clean] = []
        self.lost = False  # whether a process ended before its work was done
        self._numbers: dict[int, list[int]] = {}

    def take(self, message: Any, tally: Tally, detector: Detector) -> None:
        """Put a message where it belongs."""
        if isinstance(message, Holders):
            numbers = self._numbers.setdefault(message.process, [])
            numbers += [self.values.setdefault(value, len(self.values)) for value in message.values]
            for oid, own in message.blobs:  # a container is told of twice: what stands in its bytes, and what is in it
                self.holders[oid] = tuple(dict.fromkeys((*self.holders.get(oid, ()), *(numbers[number] for number in own))))
        elif isinstance(message, Clean):
            self.clean.append(message)
        elif isinstance(message, Notes):
            self.heads += message.heads
            tally.commits += sum(len(heads.ids) for heads in message.heads)
            self.texts += message.texts
        elif isinstance(message, Trees):
            self.names.update(message.names)
            self.absent |= message.absent
            self.odd += message.odd
        elif isinstance(message, Portion):
            self.portions.append(message)
        elif isinstance(message, Aways):
            self.large.update(message.oids)
        elif isinstance(message, Step):
            tally.objects += message.objects
            tally.bytes += message.bytes
        elif isinstance(message, Faults):
            for where, text in message.faults:
                tally.problem(
                    f"object {where}", text, "`git fsck --full` tells more; fetch it again, or restore it from a backup"
                )
        elif isinstance(message, Judged):
            detector.drops |= message.drops
            detector.timeouts |= message.timeouts
            tally.problems += message.problems
            for (what, why), count in message.skipped.items():
                tally.skip(what, why, count)
        elif isinstance(message, Lost):
            self.lost = True
            tally.problem("scan", f"a worker process failed: {message.reason}", "Run it again with --jobs 1, and report this.")
