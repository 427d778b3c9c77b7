"""Opening the files of a repository: regular ones only. A pipe would make us wait for ever, a device never end."""

from __future__ import annotations

import os
import stat
from errno import EINVAL, EISDIR


def opener(path: str, flags: int) -> int:
    """For `open(…, opener=…)`: the file, if it is a regular one; else OSError, at once."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise OSError(*((EISDIR, os.strerror(EISDIR)) if stat.S_ISDIR(mode) else (EINVAL, "not a regular file")), path)
    return descriptor
