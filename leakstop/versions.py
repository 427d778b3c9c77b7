"""What a history holds, looked at a second time: a blob under its path, for the findings in it with their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop import dealing, expressions, workers
from leakstop.git.packindex import REMEDY
from leakstop.git.plumbing import GitError
from leakstop.model import Chunk, Finding, Origin, Tally, show_path
from leakstop.unpack.expand import expanded
from leakstop.windows import windows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leakstop.detect.detector import Detector
    from leakstop.git.objects import ObjectStore
    from leakstop.git.plumbing import Repository
    from leakstop.unpack.limits import Limits

Seen = tuple[Chunk, Finding]
Version = tuple[bytes, bytes]  # a blob and its path

_MANY = 8  # versions from which looking at them is worth further processes


class _Looked(NamedTuple):
    """What one process found in one version, and its counters."""

    seen: list[Seen]
    drops: set[tuple[str, int, bytes]]
    timeouts: set[str]


class Versions:
    """Those of one repository. `large` are the blobs that are read in windows."""

    def __init__(
        self,
        repo: Repository,
        store: ObjectStore,
        detector: Detector,
        tally: Tally,
        large: Collection[bytes],
        archives: Limits | None,
        processes: int,
    ) -> None:
        self._repo = repo
        self._store = store
        self._detector = detector
        self._tally = tally
        self._large = large
        self._archives = archives
        self._processes = processes

    def findings(self, versions: Sequence[Version]) -> Iterator[tuple[Version, list[Seen]]]:
        """The findings of each version."""
        if self._processes == 1 or len(versions) < _MANY or not dealing.AVAILABLE:
            for version in versions:
                yield version, self._look_at(version)
            return
        detector = self._detector
        for version, looked in dealing.deal(self._look, iter(versions), self._processes, expressions.keep):
            if isinstance(looked, workers.Lost):
                self._tally.problem(f"object {version[0].hex()}", f"not searched: {looked.reason}", "Try it with --jobs 1.")
                continue
            yield version, looked.seen
            detector.drops |= looked.drops
            detector.timeouts |= looked.timeouts

    def opened(self, blob: bytes, path: bytes, tally: Tally) -> Iterator[Chunk]:
        """A blob's content, and what is in it."""
        chunks = self._chunks(blob, path)
        return expanded(chunks, tally, self._archives) if self._archives else chunks

    def _look(self, version: Version) -> _Looked:
        """The findings of one version, in a process of its own."""
        detector = self._detector
        seen = self._look_at(version)
        looked = _Looked(seen, set(detector.drops), set(detector.timeouts))
        detector.drops.clear()
        detector.timeouts.clear()
        return looked

    def _look_at(self, version: Version) -> list[Seen]:
        return list(self._detector.scan(self.opened(*version, Tally())))  # its troubles were told by the survey

    def _chunks(self, blob: bytes, path: bytes) -> Iterator[Chunk]:
        """A blob's content: whole, or in windows when it is large."""
        from leakstop.git.blobs import Blobs

        origin = Origin("blob", path=path, blob=blob.hex())
        content = self._store.read(blob) if blob and blob not in self._large else None
        if content:
            yield Chunk(content[1], origin)
            return
        try:
            with Blobs(self._repo) as blobs:
                opened = blobs.open(blob.hex()) if blob else None
                if opened is None:
                    where = f"object {blob.hex()}" if blob else show_path(path)
                    self._tally.problem(where, "holds something, and could not be read a second time", REMEDY)
                else:
                    for window in windows(opened.read):
                        yield Chunk(window.data, origin, window.line, window.offset, None, window.last)
        except GitError as error:
            self._tally.problem(f"object {blob.hex()}", error.message, error.remedy)
