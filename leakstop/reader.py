"""Where the files that decide what counts (configuration, rules, ignores) are read from: the disk, or one commit.

What a change adds must not decide about the change itself. So `range`, `push` and the like read them from the commit that the
change starts from (`git.snapshot.Snapshot`); everything else reads the disk.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Reader(Protocol):
        """Files by their paths, which are those of the disk whatever they are read from."""

        def folders(self, start: str) -> list[str]:
            """The folder of `start`, absolute, and those above it up to the top of its repository; just the first without one."""

        def is_file(self, path: str) -> bool:
            """Whether there is a file of that name, and no folder or pipe."""

        def read(self, path: str) -> bytes:
            """A file's content. OSError: there is none, or it cannot be read."""

        def names(self, folder: str) -> list[str] | None:
            """What a folder holds, sorted; None if it is no folder. OSError: it cannot be read."""

        def shown(self, path: str) -> str:
            """The path as messages name it."""


class Disk:
    """Files as they lie on the disk."""

    def folders(self, start: str) -> list[str]:
        """See `Reader`; the top is the folder that holds `.git`."""
        folder = os.path.abspath(start or ".")
        if not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        folders = [folder]
        while not os.path.lexists(os.path.join(folder, ".git")):
            above = os.path.dirname(folder)
            if above == folder:
                return folders[:1]
            folders.append(above)
            folder = above
        return folders

    def is_file(self, path: str) -> bool:
        """See `Reader`."""
        return os.path.isfile(path)

    def read(self, path: str) -> bytes:
        """See `Reader`."""
        with open(path, "rb") as file:
            return file.read()

    def names(self, folder: str) -> list[str] | None:
        """See `Reader`."""
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else None

    def shown(self, path: str) -> str:
        """Relative to the current folder if it is below it."""
        try:
            relative = os.path.relpath(path)
        except ValueError:  # another drive
            return path
        return path if relative.startswith("..") else relative


DISK: Reader = Disk()
