"""What all benchmarks share: run a command and take its time, processor time and memory; compare commands pair by pair; tables.

Linux and macOS. Times are taken in runs of their own: nothing is sampled, and no report is written, while the clock runs.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import platform
import shutil
import signal
import site
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

INTERVAL = 0.05  # seconds between two looks at the memory; shorter for the first hundred, so that short runs are seen as well
NONE = "-"  # in a table: there is no such figure


class Case(NamedTuple):
    """A command to measure."""

    name: str
    argv: Sequence[str]
    cwd: str | None = None
    env: dict[str, str] | None = None
    good: Sequence[int] = (0,)  # exit codes of a run that did its work
    stdin: str = os.devnull
    stdout: str = ""  # a file; "": one that is thrown away
    prepare: Callable[[], object] = lambda: None  # before each run, not timed
    partly: Sequence[bytes] = ()  # what it writes to standard error when it stopped early, which its exit code does not tell


class Usage(NamedTuple):
    """What a run took. Seconds and bytes; memory is 0 where it was not sampled."""

    wall: float
    cpu: float  # user + system, of the command and all its descendants that were waited for
    peak: int  # all processes together: proportional set size, else the resident set of the largest one
    own: int  # the part of the peak that is no mapped file (anonymous and shared memory); 0 where the system does not tell
    code: int
    failure: str  # why the run does not count; empty: it does
    partial: bool = False  # it says that it has not read everything


def run(case: Case, *, timeout: float = 1800, memory: bool = False) -> Usage:
    """Run a command once. It gets a session of its own, all of which is killed when the time is over."""
    case.prepare()
    with contextlib.ExitStack() as stack:
        errors = stack.enter_context(tempfile.TemporaryFile())
        source = stack.enter_context(open(case.stdin, "rb"))
        # Not /dev/null: some programs do less when nobody reads them.
        sink = stack.enter_context(open(case.stdout or os.path.join(stack.enter_context(scratch()), "out"), "wb"))
        over = threading.Event()
        begin = time.perf_counter()
        process = subprocess.Popen(
            case.argv, cwd=case.cwd, env=case.env, stdin=source, stdout=sink, stderr=errors, start_new_session=True
        )
        clock = threading.Timer(timeout, _stop, (process.pid, over))
        clock.start()
        watch = stack.enter_context(_Watch(process.pid)) if memory else None
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        clock.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        failure, partial = "", False
        if over.is_set():
            failure = f"not ready after {timeout:.0f} s"
        elif process.returncode not in case.good:
            errors.seek(0)
            last = errors.read().strip().split(b"\n")[-1]
            failure = f"exit {process.returncode}: {last.decode(errors='replace')[:160]}"
        elif case.partly:
            errors.seek(0)
            told = errors.read()
            partial = any(words in told for words in case.partly)
    peak = own = 0
    if watch is not None:
        largest = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        peak, own = (watch.peak, watch.own) if watch.peak and wall > 2 * INTERVAL else (largest, 0)  # too short to be seen
    return Usage(wall, usage.ru_utime + usage.ru_stime, peak, own, process.returncode, failure, partial)


def _stop(session: int, over: threading.Event) -> None:
    over.set()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)


class _Watch:
    """Adds up the proportional set size (memory shared by n processes counts 1/n for each) of a session, again and again."""

    def __init__(self, session: int) -> None:
        self.peak = self.own = 0
        self._session = session
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        if sys.platform == "linux":
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def _look(self) -> None:
        for number in itertools.count():
            sizes = [_pss(process) for process in members(self._session)]
            self.peak = max(self.peak, sum(whole for whole, _ in sizes))
            self.own = max(self.own, sum(own for _, own in sizes))
            if self._done.wait(INTERVAL / 10 if number < 100 else INTERVAL):
                break


def members(session: int) -> list[int]:
    """The processes of a session, and their descendants that left it (Linux)."""
    parents: dict[int, int] = {}
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue  # it has ended
        parents[int(name)] = int(fields[1])
        if int(fields[3]) == session:
            found.add(int(name))
    while more := {process for process, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def _pss(process: int) -> tuple[int, int]:
    """A process's proportional set size, and the part of it that is no mapped file, in bytes."""
    sizes = {b"Pss:": 0, b"Pss_Anon:": 0, b"Pss_Shmem:": 0}
    try:
        with open(f"/proc/{process}/smaps_rollup", "rb") as file:
            for line in file:
                words = line.split()
                if words[0] in sizes:
                    sizes[words[0]] = int(words[1]) * 1024
    except OSError:
        return 0, 0  # it has ended, or is not ours
    return sizes[b"Pss:"], sizes[b"Pss_Anon:"] + sizes[b"Pss_Shmem:"]


# --- comparing ---------------------------------------------------------------------------------------------------------------


def compare(cases: Sequence[Case], runs: int, *, timeout: float = 1800, warm: bool = True) -> dict[str, list[Usage]]:
    """Runs of each case, interleaved: A B C A B C …; after a run of each that is not counted, when `warm`.

    A case that fails or takes too long is not run again; its last run says why.
    """
    results: dict[str, list[Usage]] = {case.name: [] for case in cases}
    for turn in range(runs + warm):
        for case in cases:
            done = results[case.name]
            if done and done[-1].failure:
                continue
            say(f"{case.name}, run {turn + 1 - warm} of {runs}" if turn or not warm else f"{case.name}, warming up")
            usage = run(case, timeout=timeout)
            if usage.failure or turn >= warm:
                done.append(usage)
    say("")
    return results


def ratio(ours: Sequence[Usage], theirs: Sequence[Usage], field: str = "wall") -> str:
    """Ours by theirs, pair by pair: the median, and the smallest and largest."""
    if any(usage.failure for usage in (*ours, *theirs)):
        return NONE
    pairs = [getattr(a, field) / max(getattr(b, field), 1e-9) for a, b in zip(ours, theirs, strict=True)]
    return f"{statistics.median(pairs):.2f} ({min(pairs):.2f} to {max(pairs):.2f})"


def median(usages: Sequence[Usage], field: str = "wall") -> float:
    """The median of a field over the runs."""
    return statistics.median(getattr(usage, field) for usage in usages)


def least(usages: Sequence[Usage], field: str = "wall") -> float:
    """The smallest value of a field over the runs."""
    return min(getattr(usage, field) for usage in usages)


# --- surroundings ------------------------------------------------------------------------------------------------------------


def options(description: str, runs: int) -> argparse.ArgumentParser:
    """A parser with the options that all benchmarks share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--leakstop", default="leakstop", metavar="COMMAND", help="how leakstop is run (default: leakstop)")
    text = "virtual environments of the peers, last on the line (default: PATH)"
    parser.add_argument("--peers", nargs="+", default=[], metavar="DIR", help=text)
    parser.add_argument(
        "--without", type=lambda names: names.split(","), default=[], metavar="NAME,NAME", help="peers to leave out"
    )
    parser.add_argument("--runs", type=int, default=runs, metavar="N", help=f"timed runs of each (default: {runs})")
    parser.add_argument("--timeout", type=float, default=1800, metavar="SECONDS", help="limit of one run (default: 1800)")
    return parser


def environment(home: str) -> dict[str, str]:
    """This environment with a home and caches in the folder `home`, so that nobody's configuration or cache takes part.

    As in CI: leakstop leaves no process behind, beside which the next tool would be measured.
    """
    alien = ("GIT_", "LEAKSTOP_", "BETTERLEAKS_", "GITLEAKS_", "KF_", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(alien)}
    places = {"XDG_CACHE_HOME": ".cache", "XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".data", "LEAKSTOP_CACHE": ".leakstop"}
    fresh(home)
    # What is installed for this user only is found below the home.
    return (
        {"PYTHONUSERBASE": site.getuserbase()}
        | kept
        | {"HOME": home, "CI": "true"}
        | {name: os.path.join(home, place) for name, place in places.items()}
    )


def fresh(home: str) -> None:
    """Empty a home: no cache, no configuration."""
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(home)


@contextlib.contextmanager
def scratch() -> Iterator[str]:
    """A temporary folder that only this user can read: the peers' reports hold the secrets they found."""
    with tempfile.TemporaryDirectory(prefix="leakstop-benchmark-") as folder:
        yield os.path.realpath(folder)


def name_of(repository: str) -> str:
    """What people call a repository: the name of its folder, or of the one that it lies in as `repo` or `.git`."""
    return os.path.basename(os.path.abspath(repository).removesuffix("/repo").removesuffix("/.git")).removesuffix(".git")


def git(*args: str, cwd: str, env: dict[str, str] | None = None, **keywords: object) -> bytes:
    """Standard output of a git command of the benchmark's own."""
    settings = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.invalid", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *settings, *args], cwd=cwd, env=env, check=True, stdout=subprocess.PIPE, **keywords).stdout


def machine() -> str:
    """The machine in a line."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), model)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return f"{day}; {model}, {cores} cores, {memory:.0f} GiB; {platform.platform(terse=True)}; load at the start {load}"


# --- printing ----------------------------------------------------------------------------------------------------------------


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    print(f"\n| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |")
    print(flush=True)


def say(text: str) -> None:
    """What is going on, for whoever waits: on a terminal only, each time on the same line."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def seconds(value: float) -> str:
    """A time with three digits that count."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def size(value: float) -> str:
    """An amount of memory or text."""
    return f"{value / 1e9:.2f} GB" if value >= 1e9 else f"{value / 1e6:.0f} MB" if value >= 1e6 else f"{value / 1e3:.0f} kB"
