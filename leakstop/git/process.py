"""One running git process: bytes in, bytes out, nothing of it on the terminal.

On POSIX it is started with `os.posix_spawn` and served with `select.poll`, since importing `subprocess` costs the hook 5 ms;
elsewhere `subprocess` does it. Both give the same methods: `write`, `end`, `read`, `finish`.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    class Process(Protocol):
        """A started program; `finish` must be called once."""

        def write(self, data: bytes) -> None:
            """Queue `data` for its standard input; it is written while reading."""

        def end(self) -> None:
            """Nothing more will be written."""

        def read(self, size: int = ...) -> bytes:
            """The next bytes of its output, at most `size`; empty at the end."""

        def finish(self, *, kill: bool = False) -> tuple[int, bytes]:
            """Wait for it: its exit code (minus the signal that ended it) and the beginning of its error text."""


PIPE = 1 << 16
STDERR_KEPT = 1 << 16  # bytes of error text kept: the first ones name the cause
SIGPIPE = 13  # Python ignores it and a child would inherit that; the same number on every POSIX system


class PosixProcess:
    """`Process` through `os.posix_spawn`."""

    def __init__(self, argv: Sequence[bytes], env: Mapping[str, str], data: bytes | None = None) -> None:
        """Start `argv[0]`, found on PATH. `data` is all of its input; with None, input is written later. OSError: not started."""
        import select  # a builtin module: cheap

        while (spare := os.open(os.devnull, os.O_RDWR)) < 3:
            pass  # we were started with a standard stream closed: no pipe may get its number
        os.close(spare)
        child_in, self._in = os.pipe()
        self._out, child_out = os.pipe()
        self._err, child_err = os.pipe()
        ours = (self._in, self._out, self._err)
        try:
            self._pid = os.posix_spawnp(
                argv[0],
                list(argv),
                env,
                file_actions=[(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate((child_in, child_out, child_err))],
                setsigdef=(SIGPIPE,),
            )
        except BaseException:
            for fd in ours:
                os.close(fd)
            raise
        finally:
            for fd in (child_in, child_out, child_err):
                os.close(fd)
        os.set_blocking(self._in, False)
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        self._poll.register(self._err, select.POLLIN)
        self._writable = select.POLLOUT
        self._queue = memoryview(b"")
        self._open = {*ours}
        self._done: tuple[int, bytes] | None = None
        self._errors = bytearray()
        if data is not None:
            self.write(data)
            self.end()

    def write(self, data: bytes) -> None:
        """Queue `data` for its standard input; what fits into the pipe is written at once."""
        self._queue = memoryview(bytes(self._queue) + data) if self._queue else memoryview(data)
        self._flush()
        if self._queue:
            self._poll.register(self._in, self._writable)

    def end(self) -> None:
        """Nothing more will be written."""
        self._ending = True
        if not self._queue:
            self._close(self._in)

    _ending = False

    def _flush(self) -> None:
        """Write what the pipe takes now. A program that reads no more is no error here: its exit code tells."""
        try:
            while self._queue:
                self._queue = self._queue[os.write(self._in, self._queue) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._queue = memoryview(b"")

    def _close(self, fd: int) -> None:
        if fd in self._open:
            self._open.remove(fd)
            try:
                self._poll.unregister(fd)
            except KeyError:
                pass  # input that never had to wait
            os.close(fd)

    def read(self, size: int = PIPE) -> bytes:
        """The next bytes of its output, at most `size`; empty at the end. Serves its input and error text meanwhile."""
        while self._out in self._open:
            ready = [fd for fd, _ in self._poll.poll()]
            if self._err in ready:
                self._collect()
            if self._in in ready:
                self._flush()
                if not self._queue:
                    self._poll.unregister(self._in)
                    if self._ending:
                        self._close(self._in)
            if self._out in ready:
                data = os.read(self._out, size)
                if not data:
                    self._close(self._out)
                return data
        return b""

    def _collect(self) -> None:
        data = os.read(self._err, PIPE)
        if not data:
            self._close(self._err)
        self._errors += data[: STDERR_KEPT - len(self._errors)]

    def finish(self, *, kill: bool = False) -> tuple[int, bytes]:
        """Wait for it: its exit code (minus the signal that ended it) and the beginning of its error text."""
        if self._done is None:
            self._queue = memoryview(b"")
            self._close(self._in)
            self._close(self._out)
            if kill:
                os.kill(self._pid, 9)
            while self._err in self._open:
                self._collect()
            _, status = os.waitpid(self._pid, 0)
            self._done = os.waitstatus_to_exitcode(status), bytes(self._errors)
        return self._done


class PopenProcess:
    """`Process` through `subprocess`, for systems without `posix_spawn`."""

    def __init__(self, argv: Sequence[bytes], env: Mapping[str, str], data: bytes | None = None) -> None:
        """As `PosixProcess`; the program is looked for on PATH only, never in the working directory, which may be hostile."""
        import subprocess
        import tempfile

        program = next(
            (
                found
                for folder in os.get_exec_path(dict(env))
                for found in _candidates(folder, os.fsdecode(argv[0]))
                if os.path.isfile(found)
            ),
            None,
        )
        if program is None:
            raise FileNotFoundError(os.fsdecode(argv[0]))
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in finish
        self._process = subprocess.Popen(
            [program, *map(os.fsdecode, argv[1:])],
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._done: tuple[int, bytes] | None = None
        if data is not None:
            import threading

            threading.Thread(target=self._feed, args=(data,), daemon=True).start()

    def _feed(self, data: bytes) -> None:
        self.write(data)
        self.end()

    def write(self, data: bytes) -> None:
        """Write `data` to its standard input."""
        if self._process.stdin is None:
            return
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except (OSError, ValueError):
            pass  # it reads no more: its exit code tells

    def end(self) -> None:
        """Nothing more will be written."""
        try:
            if self._process.stdin is not None:
                self._process.stdin.close()
        except OSError:
            pass

    def read(self, size: int = PIPE) -> bytes:
        """The next bytes of its output, at most `size`; empty at the end."""
        if self._process.stdout is None or self._process.stdout.closed:
            return b""
        return os.read(self._process.stdout.fileno(), size)

    def finish(self, *, kill: bool = False) -> tuple[int, bytes]:
        """Wait for it: its exit code and the beginning of its error text."""
        if self._done is None:
            if kill:
                self._process.kill()
            self.end()
            if self._process.stdout is not None:
                self._process.stdout.close()
            code = self._process.wait()
            self._errors.seek(0)
            self._done = code, self._errors.read(STDERR_KEPT)
            self._errors.close()
        return self._done


def _candidates(folder: str, name: str) -> tuple[str, ...]:
    return (os.path.join(folder, name + ".exe"), os.path.join(folder, name)) if os.path.isabs(folder) else ()


def start(argv: Sequence[bytes], env: Mapping[str, str], data: bytes | None = None) -> Process:
    """Start a program; OSError when that is impossible."""
    return PosixProcess(argv, env, data) if hasattr(os, "posix_spawnp") and os.name == "posix" else PopenProcess(argv, env, data)
