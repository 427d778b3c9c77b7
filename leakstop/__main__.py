"""`python -m leakstop`, and the installed command: the command line as a process of its own."""

from __future__ import annotations

import os
import sys

from leakstop import cli

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and end the process with its exit code.

    Python would take every module and object apart first, which is a tenth of what the hook computes and changes nothing: the
    system takes the memory back at once. What was registered to be done at the end is done.
    """
    _complete()
    # `signal` itself imports enum
    from _signal import SIG_IGN, SIGINT, SIGTERM, getsignal, signal  # type: ignore[import-not-found]

    for number in (SIGINT, SIGTERM):  # who ends it either way gets a report of what was read
        if getsignal(number) != SIG_IGN:  # as that of a job in the background is
            signal(number, cli.interrupt)
    code = cli.main()
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
