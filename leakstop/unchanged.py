"""Files in which a scan before found nothing, and that nobody has written to since: they are not read again.

Remembered are digests of a file's path and of what the system says of it (device, number, size, times), nothing of what is in it.
Every write changes the time of the last change, which no program can set back. A file whose times are so new that a second write
might not show in them is not remembered, as git does it (Documentation/technical/racy-git.txt).
"""

from __future__ import annotations

import os
import time
from _blake2 import blake2b
from functools import cached_property
from typing import TYPE_CHECKING

from leakstop import store
from leakstop.sources.files import File

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leakstop.model import Tally
    from leakstop.pipeline import Settings
    from leakstop.progress import Progress
    from leakstop.sources.files import Item

KIND = "unchanged-"  # what the names of entries begin with
LEAST = 1000  # files of a folder from which on remembering is worth it
_MOST = 2_000_000  # files remembered of one folder
_STAMP = 16  # bytes
_SETTLED = 2.0  # seconds: times of files are that exact on all file systems
AVAILABLE = os.name == "posix"  # elsewhere the system keeps the time of creation in that place


class Unchanged:
    """What is remembered of some folders. `fresh`: nothing."""

    def __init__(self, paths: Sequence[bytes], settings: Settings, max_size: int, *, fresh: bool = False) -> None:
        places = b"\0".join(map(os.path.realpath, paths))
        self.name = KIND + blake2b(places, digest_size=_STAMP).hexdigest()
        self._judged_by = settings.rules.digest, settings.archives, max_size
        data = b"" if fresh else store.read(self.name) or b""
        rows = range(_STAMP, len(data), _STAMP) if data and data[:_STAMP] == self._key else ()
        self._known = {data[row : row + _STAMP] for row in rows}
        self._again: list[bytes] = []
        self._files = 0

    @cached_property
    def _key(self) -> bytes:
        """What it holds for. Most folders are small, and nobody asks."""
        return blake2b(repr((*self._judged_by, *store.program())).encode(), digest_size=_STAMP).digest()

    def left(self, items: Iterable[Item], tally: Tally, progress: Progress) -> Iterator[Item]:
        """What is still to be read of what was listed; files with their stamps. The others are counted as read."""
        known, again, settled = self._known, self._again, (time.time() - _SETTLED) * 1e9
        for item in items:
            if not isinstance(item, File):
                yield item
                continue
            self._files += 1
            try:
                status = os.stat(item.path, follow_symlinks=item.follow)
            except (OSError, ValueError):
                yield item  # whoever reads it will tell
                continue
            if max(status.st_mtime_ns, status.st_ctime_ns) > settled:
                yield item
                continue
            facts = status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns
            stamp = blake2b(b"%b\0%b\0%d %d %d %d %d %d" % (item.path, item.kind.encode(), *facts), digest_size=_STAMP).digest()
            if stamp in known:
                again.append(stamp)
                tally.files += 1
                tally.bytes += status.st_size
                tally.remembered += 1
                progress.advance(status.st_size)
            else:
                yield item._replace(stamp=stamp)

    def keep(self, clean: Iterable[bytes]) -> None:
        """Remember what was left out now, and the stamps of what was found clean."""
        now = {*self._again, *clean}
        if self._files >= LEAST and len(now) <= _MOST and now != self._known:
            store.write(self.name, self._key + b"".join(now))
            store.prune(KIND)
