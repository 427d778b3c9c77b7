"""The databases are made while nobody waits: after the verdict of a hook, in a process of its own.

A hook that misses them does without (see `prefilter.choose`). When it has said what it found, it leaves a child behind, which
makes them at the lowest priority and in its own session, says nothing and holds nothing open that anybody waits for: one at a
time, and after a failure none for a while. Not in CI, where the machine goes away, and only where a process can be forked.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leakstop.rules.compiled import Compiled

_PAUSE = 3600  # seconds between two attempts of which the first did not succeed
_INHERITED = 256  # descriptors that the child lets go

_missed: list[Compiled] = []


def later(compiled: Compiled) -> bool:
    """Note that the databases are missed; False: they will not be made in the background."""
    from leakstop import store

    if not hasattr(os, "fork") or os.environ.get("CI") or not store.writable():
        return False
    if not any(one is compiled for one in _missed):
        _missed.append(compiled)
    return True


def start() -> None:
    """Leave a process behind that makes what is missed. To be called once, when all has been said."""
    from leakstop import store
    from leakstop.detect import databases

    names = {databases.name_of(compiled): compiled for compiled in _missed}
    claimed = [name for name in names if store.claim(f"{name}-making", _PAUSE)]
    _missed.clear()
    try:
        if not claimed or os.fork():
            return
    except OSError:
        return  # too many processes
    try:
        _detach()
        for name in claimed:
            databases.of(names[name])
            if store.has(name):
                store.release(f"{name}-making")
    finally:
        os._exit(0)  # whatever it was, nobody is there to be told


def _detach() -> None:
    """Away from the terminal, the pipes and the signals of the process that was forked."""
    from _signal import SIG_DFL, SIGTERM, signal  # type: ignore[import-not-found]

    signal(SIGTERM, SIG_DFL)
    os.setsid()
    os.nice(19)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)
    os.closerange(3, _INHERITED)
