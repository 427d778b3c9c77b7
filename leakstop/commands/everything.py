"""What the commands that keep ignores and baselines look through: all that git holds, and the files beside it."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop.commands.options import COMMON, JUDGEMENT, RUNNING, Option
from leakstop.reader import DISK

if TYPE_CHECKING:
    from leakstop.model import Problem, Result
    from leakstop.triage.names import Names
    from leakstop.triage.silence import Silence

# The options of a scan that make sense here.
GROUPS: tuple[tuple[str, tuple[Option, ...]], ...] = (
    JUDGEMENT,
    ("running", (*RUNNING[1][:2], Option(("--no-progress",), "no progress bar"))),
)


class Everything(NamedTuple):
    """What was found, and what judged it."""

    results: list[Result]
    problems: list[Problem]
    silence: Silence
    names: Names


def complete(values: Any) -> Any:
    """The values of a command with the defaults of the options that only scans have."""
    defaults = {option.key: option.default for _, options in COMMON for option in options}
    return SimpleNamespace(**{**defaults, **vars(values)})


def top() -> str:
    """The folder in which ignore file and baseline lie: the top of the repository, the current folder outside of one."""
    return DISK.folders(".")[-1]


def everything(values: Any, *, ignored_files: bool = False) -> Everything:
    """Scan the history of the repository around the current folder and its work tree, or just the current folder.

    values: as `complete` gives them. ignored_files: also what git ignores. Mistakes of the user's come out before anything is
    scanned.
    """
    from leakstop.account import Narrow
    from leakstop.commands import policy
    from leakstop.commands.scanning import prepare
    from leakstop.git.plumbing import open_repository
    from leakstop.history import history
    from leakstop.model import Tally
    from leakstop.pipeline import scan
    from leakstop.sources.files import listed, read

    job = prepare(values, ".")
    silence = policy.read(values, ".").silence()
    job = job._replace(settings=job.settings._replace(silence=lambda: silence))
    place = top()
    results: list[Result] = []
    problems: list[Problem] = []
    if os.path.lexists(os.path.join(place, ".git")):
        repository = open_repository(place)
        with job.progress(None, "objects", "reading") as progress:
            report = history(repository, job.leaving_out(repository), Tally(), Narrow(), progress)
        if report.interrupted:
            raise KeyboardInterrupt
        results += report.results
        problems += report.problems
    tally = Tally()
    items = listed(
        [os.path.relpath(place)],
        tally,
        exclude=job.config.exclude,
        base=job.config.folder,
        respect_gitignore=not ignored_files,
    )
    chunks = read(items, tally, job.config.max_size)
    with job.progress(None, "bytes", "reading") as progress:
        report = scan("scan", progress.track(chunks, lambda chunk: len(chunk.data)), tally, job.settings)
    results += report.results
    problems += report.problems
    if report.interrupted:
        raise KeyboardInterrupt
    return Everything(results, problems, silence, policy.names_of(values, job.config, place, DISK))


def tell_problems(problems: list[Problem]) -> str:
    """What could not be read, as lines."""
    return "".join(f"not read: {where}: {message}\n" for where, message, _ in problems)
