"""Memory that is free goes back to the system."""

from __future__ import annotations

import sys


def trim() -> None:
    """Give back what lies free between what is in use; to be called when large arrays have come and gone.

    glibc keeps it, for what may come: of a million trees 400 MB (malloc_trim(3)). Where there is no such call nothing is done.
    """
    if sys.platform != "linux":
        return
    import ctypes

    trimmed = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trimmed is not None:
        trimmed(0)
