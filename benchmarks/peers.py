"""The programs that are compared: where they are, how each is asked for the same work, how its report is counted.

All run with their own defaults: their rules, their confidence, their number of threads; nothing is verified over the network.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from measure import Case, run, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LEAKSTOP = "leakstop"
AGAIN = "leakstop, once more"


class Peer(NamedTuple):
    """How a program is used. `{place}` is what it scans, `{report}` the file it shall write."""

    works: Mapping[str, str]  # kind of work -> its arguments
    report: str  # more arguments, for a report as JSON; empty: it is what it prints
    values: Callable[[Any], list[str]]  # the secrets in the parsed report
    good: tuple[int, ...] = (0, 1)
    version: str = "--version"
    command: str = ""  # the program's file, when it is not called like the peer
    silent: bool = False  # no report when nothing was found
    names_files: bool = False  # `staged` wants the names of the staged files, as pre-commit gives them
    partly: tuple[bytes, ...] = ()  # see `Case`: the exit code is that of findings, or 0


PEERS: dict[str, Peer] = {
    LEAKSTOP: Peer(
        {"staged": "staged", "history": "history --fresh {place}", "tree": "scan --fresh {place}"},
        "--format json --show-secrets --output {report}",
        lambda report: [finding["secret"] for finding in report["findings"]],
    ),
    "betterleaks": Peer(
        {
            "staged": "git --staged --no-banner {place}",
            "history": "git --no-banner {place}",
            "tree": "filesystem --no-banner {place}",
        },
        "--output {report}.json",
        lambda report: [finding["match"]["value"] for finding in report["findings"]],
        partly=(b"incomplete scan",),
    ),
    "kingfisher": Peer(
        {
            "staged": "scan --no-validate --no-update-check --staged {place}",
            "history": "scan --no-validate --no-update-check --max-file-size 0 {place}",
            "tree": "scan --no-validate --no-update-check --max-file-size 0 --git-history none {place}",
        },
        "--format json --output {report}",
        lambda report: [finding["finding"]["snippet"] for finding in report["findings"]],
        good=(0, 200),
    ),
    "gitleaks": Peer(
        {"staged": "git --staged --no-banner {place}", "history": "git --no-banner {place}", "tree": "dir --no-banner {place}"},
        "--report-format json --report-path {report}",
        lambda report: [finding["Secret"] for finding in report],
        partly=(b"partial scan", b"stderr is not empty"),
    ),
    "detect-secrets": Peer(
        {"staged": "--no-verify"},
        "--json",
        lambda report: [finding["hashed_secret"] for found in report["results"].values() for finding in found],
        command="detect-secrets-hook",
        silent=True,
        names_files=True,
    ),
}


class Tool(NamedTuple):
    """A program that was found."""

    name: str
    argv: tuple[str, ...]
    version: str

    @property
    def peer(self) -> Peer:
        """How it is used."""
        return PEERS[self.name]

    def case(self, work: str, place: str, env: dict[str, str], files: Sequence[str] = (), **more: Any) -> Case:
        """A kind of work to be timed. `staged` runs in the repository, as a hook does."""
        here = work == "staged"
        words = [word.format(place="." if here else place) for word in shlex.split(self.peer.works[work])]
        names = list(files) if self.peer.names_files else []
        cwd = place if here else None
        return Case(self.name, [*self.argv, *words, *names], cwd, env, self.peer.good, partly=self.peer.partly, **more)


def again(cases: Sequence[Case]) -> list[Case]:
    """A second scan by leakstop, which need not read again what the first one found nothing in."""
    return [
        case._replace(name=AGAIN, argv=[word for word in case.argv if word != "--fresh"])
        for case in cases
        if case.name == LEAKSTOP
    ]


class Count(NamedTuple):
    """What a program found."""

    findings: int
    values: int  # distinct secrets among them
    remark: str = ""

    def __str__(self) -> str:
        """For a table."""
        return self.remark or f"{self.findings} ({self.values})"


def find(command: str, folders: Sequence[str], without: Sequence[str], work: str) -> list[Tool]:
    """Leakstop and the peers that can do a kind of work and are installed; those that are not are told on stderr."""
    tools = []
    for name, peer in PEERS.items():
        if name in without or work not in peer.works:
            continue
        program = peer.command or name
        argv = shlex.split(command) if name == LEAKSTOP else [own_binary(program, folders)]
        if not argv[0] or not shutil.which(argv[0]):
            sys.stderr.write(f"{name}: not installed, left out\n")
            continue
        text = subprocess.run([*argv, peer.version], capture_output=True, check=False).stdout.decode(errors="replace").split()
        tools.append(Tool(name, tuple(argv), text[-1] if text else "?"))
    return tools


def versions(tools: Sequence[Tool], *more: str) -> str:
    """The programs that take part, in a line."""
    own = [f"{tool.name} {tool.version}" for tool in tools]
    for name in ("git", *more):
        text = subprocess.run([name, "--version"], capture_output=True, check=False).stdout.decode().split("\n")[0].split()
        own.append(f"{name} {next((word for word in text if word[0].isdigit()), '?')}")
    return ", ".join(own)


def own_binary(program: str, folders: Sequence[str]) -> str:
    """A peer's own program. The packages on PyPI put a starter in Python before it, which would cost it 50 ms and more."""
    places = list(folders)
    starter = shutil.which(program)
    if not places and starter:
        places = [os.path.dirname(os.path.dirname(os.path.realpath(starter)))]
    candidates = []
    for place in places:
        candidates += glob.glob(os.path.join(place, "lib", "python*", "site-packages", "*", "bin", program))
    candidates += [os.path.join(place, "bin", program) for place in places]
    if not folders and starter:
        candidates.append(starter)
    return next((path for path in candidates if os.path.isfile(path) and _is(path, program)), "")


def _is(path: str, program: str) -> bool:
    """Whether a file is what it is called: the package of betterleaks also brings a starter with the name `gitleaks`."""
    with open(path, "rb") as file:
        return program != "gitleaks" or b"betterleaks" not in file.read(4096)


def counts(tools: Sequence[Tool], cases: Sequence[Case], folder: str, timeout: float) -> dict[str, str]:
    """What each program finds, for a table; these runs warm the caches, too."""
    found = {}
    for tool, case in zip(tools, cases, strict=True):
        say(f"{tool.name}, counting")
        found[tool.name] = str(count(tool, case, folder, timeout))
    return found


def count(tool: Tool, case: Case, folder: str, timeout: float) -> Count:
    """The findings of a case, from a run of its own that writes a report."""
    report = os.path.join(folder, f"report-{tool.name}")
    words = [word.format(report=report) for word in shlex.split(tool.peer.report)]
    written = next((word for word in words if word.startswith(report)), "")
    split = len(tool.argv) + 1  # options stand behind the subcommand, before file names
    argv = [*case.argv[:split], *words, *case.argv[split:]]
    usage = run(case._replace(argv=argv, stdout="" if written else report), timeout=timeout)
    if usage.failure:
        return Count(0, 0, usage.failure)
    try:
        with open(written or report, encoding="utf-8", errors="replace") as file:
            text = file.read()
        parsed = json.loads(text) if text.strip() else {}
        values = tool.peer.values(parsed) if text.strip() or not tool.peer.silent else []
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Count(0, 0, f"no report ({type(error).__name__})")
    finally:
        if os.path.exists(written or report):
            os.unlink(written or report)
    complete = not usage.partial and (not isinstance(parsed, dict) or parsed.get("complete", True))
    distinct = len({hashlib.sha256(value.encode(errors="replace")).digest() for value in values})
    return Count(len(values), distinct, "" if complete else f"{len(values)} ({distinct}), incomplete")
