"""`python -m leakstop`, and the installed command: the command line as a process of its own."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` itself imports enum
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

_ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")  # who ends it in one of these ways gets a report of what was read
_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line and end the process with its exit code.

    Python would take every module and object apart first, which is a tenth of what the hook computes and changes nothing: the
    system takes the memory back at once. What was registered to be done at the end is done.
    """
    _on_signal(_leave)  # first of all: nothing was read yet, and an exception would show the way through our imports
    _complete()
    from leakstop import cli

    try:
        _on_signal(cli.interrupt)
        sys.unraisablehook = _dropped
        code = cli.main()
        _on_signal(_leave)
    except (KeyboardInterrupt, cli.Enough):  # in the moments in which nothing is done about it
        _on_signal(_leave)
        code = _INTERRUPTED
    threads = sys.modules.get("threading")
    if threads is None or threads.active_count() == 1:
        import atexit

        atexit._run_exitfuncs()  # noqa: SLF001 - `os._exit` leaves them out
        try:
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
        except (OSError, ValueError):
            sys.exit(code)  # closed at the other end: Python knows how to go on
        background = sys.modules.get("leakstop.detect.background")
        if background is not None:
            background.start()
        os._exit(code)
    sys.exit(code)


def _on_signal(handler: Callable[[int, object], None]) -> None:
    for name in _ENDINGS:
        number = getattr(_signal, name, None)  # Windows has no SIGHUP
        if number is not None and _signal.getsignal(number) != _signal.SIG_IGN:  # as that of a job in the background is
            _signal.signal(number, handler)


def _leave(_number: int, _frame: object) -> None:
    os._exit(_INTERRUPTED)


def _dropped(what: Any) -> None:
    """Python drops exceptions in places such as the callbacks with which imports end: an interruption there is given again."""
    from leakstop import cli

    if what.exc_type not in (KeyboardInterrupt, cli.Enough):
        sys.__unraisablehook__(what)
    elif hasattr(_signal, "setitimer") and cli.signals:  # else it was the alarm of a clock, which rings again
        _signal.signal(_signal.SIGALRM, cli.again)
        _signal.setitimer(_signal.ITIMER_REAL, 0.001)


def _complete() -> None:
    """Open what was closed of the standard streams, or else files would be opened in their place. Standard input stays away, what
    is written to standard output fails, and errors are told to nobody.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        place = os.open(os.devnull, os.O_RDONLY if name == "stdout" else os.O_WRONLY)
        if place != number:
            os.dup2(place, number)
            os.close(place)
        if name != "stdin":
            setattr(sys, name, open(number, "w", encoding="utf-8"))  # noqa: SIM115 - as long as we live


if __name__ == "__main__":
    main()
