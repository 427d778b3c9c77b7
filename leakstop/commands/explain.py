"""`leakstop explain`: why a value is reported, or why not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from leakstop.columns import aligned
from leakstop.commands.options import CONFIDENCE, CONFIG, RULES, Command, Option
from leakstop.errors import NoSuchPath, SourceError, UsageError
from leakstop.model import CONFIDENCES, show_path, show_text

if TYPE_CHECKING:
    from leakstop.detect.detector import Considered
    from leakstop.model import Triage


def run(values: Any) -> int:
    """Print what became of every value that some rule matched; 0 whatever it is."""
    from leakstop.commands import policy
    from leakstop.commands.everything import complete
    from leakstop.commands.output import say
    from leakstop.detect.detector import Detector
    from leakstop.model import Chunk, Origin
    from leakstop.rules.compiled import compile_rules

    path, line = _place(values.place)
    decides = policy.read(complete(values), path)
    data = _read(path)
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    if line is not None and line > max(lines, 1):
        raise UsageError(f"explain: {show_path(os.fsencode(path))} has no line {line}", f"Its last line is {lines}.")
    chunk = Chunk(data, Origin("file", os.fsencode(path)))
    detector = Detector(compile_rules(decides.rules))
    silence = decides.silence()
    results = silence.settle([silence.first_look(finding, data) for _, finding in detector.scan([chunk])])
    triage = {result.finding.location.start: result.triage for result in results}
    confidence = values.confidence or decides.config.confidence
    least = CONFIDENCES.index(confidence)
    found = [result.finding for result in results]
    weak = {
        finding.location.start: ", ".join((f"{finding.confidence} confidence", *finding.reasons))
        for finding in found
        if CONFIDENCES.index(finding.confidence) < least
    }
    say(_show(path, line, data, detector.explain(chunk), weak, triage))
    return 0


def _place(text: str) -> tuple[str, int | None]:
    """File and line of `FILE:LINE` or `FILE`; a name may hold colons."""
    path, _, number = text.rpartition(":")
    if not path or not number.isdecimal():
        return text, None
    if int(number) == 0:
        raise UsageError("explain: lines count from 1")
    return path, int(number)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        raise NoSuchPath(path) from None
    except OSError as error:
        raise SourceError(f"{path}: {str(error.strerror).lower()}", "Name a file, or a line of it as FILE:LINE.") from None


def _show(
    path: str, line: int | None, data: bytes, considered: list[Considered], weak: dict[int, str], triage: dict[int, Triage]
) -> str:
    """One value a line: `FILE:LINE:COLUMN  AKIA…  rule  what became of it`. `weak`: values below the confidence asked for."""
    rows = []
    shown = show_path(os.fsencode(path))
    for entry in considered:
        first = data.count(b"\n", 0, entry.start) + 1
        if line is None or first <= line <= first + data.count(b"\n", entry.start, entry.end):
            column = len(data[data.rfind(b"\n", 0, entry.start) + 1 : entry.start].decode("utf-8", "replace")) + 1
            fate = _fate(entry, triage.get(entry.start), weak.get(entry.start, ""))
            rows.append((f"{shown}:{first}:{column}", str(entry.secret), entry.rule, fate))
    if not rows:
        return f"{shown}{'' if line is None else f':{line}'}: no rule matches anything here\n"
    return aligned(rows)


def _fate(entry: Considered, triage: Triage | None, weak: str) -> str:
    if entry.dropped:
        return f"dropped: {entry.dropped}"
    if weak:
        return f"left out: {weak}; see --confidence"
    if triage is None or not triage.reason:
        return "reported"
    return f"{'reported' if triage.status == 'new' else triage.status}: {show_text(triage.reason)}"


COMMAND = Command(
    run,
    "Shows every value in a file, or on one line of it, that some rule matches, and what became of it: reported, or dropped by"
    " which filter. The whole file is read, as in a scan, since the other half of a pair may stand elsewhere.",
    (
        ("leakstop explain config.py:12", "one line"),
        ("leakstop explain .env", "the whole file"),
        ("leakstop explain --rules my-rules.toml sample.txt", "with rules of your own"),
    ),
    (
        ("what is explained", (Option(("place",), "a file, or a line of it", "FILE[:LINE]", needed=True, completes="file"),)),
        ("rules and judgement", (CONFIG, RULES, CONFIDENCE)),
    ),
    (0, 2, 3),
)
