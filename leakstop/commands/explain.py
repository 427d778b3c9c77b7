"""`leakstop explain`: why a value is reported, or why not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from leakstop.commands.options import CONFIG, RULES, Command, Option
from leakstop.errors import SourceError, UsageError

if TYPE_CHECKING:
    from leakstop.detect.detector import Considered


def run(values: Any) -> int:
    """Print what every rule that matched thinks; 0 whatever it is."""
    from leakstop import config as configuration
    from leakstop.commands.output import say
    from leakstop.commands.scanning import load_rules
    from leakstop.detect.detector import Detector
    from leakstop.model import Chunk, Origin
    from leakstop.rules.compiled import compile_rules

    path, line = _place(values.place)
    config = configuration.load(path, values.config)
    data = _read(path)
    detector = Detector(compile_rules(load_rules(config, values.rules)))
    considered = detector.explain(Chunk(data, Origin("file", os.fsencode(path))))
    say(_show(path, line, data, considered))
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
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None


def _show(path: str, line: int | None, data: bytes, considered: list[Considered]) -> str:
    """A paragraph for each value, secrets hidden."""
    from leakstop.model import show_text

    lines = []
    for entry in considered:
        number = data.count(b"\n", 0, entry.start) + 1
        if line is None or number <= line <= data.count(b"\n", 0, entry.end) + 1:
            verdict = f"dropped: {entry.dropped}" if entry.dropped else "reported"
            lines.append(f"{show_text(path)}:{number}: {entry.secret} ({entry.rule}) {verdict}\n")
    where = show_text(path) if line is None else f"{show_text(path)}:{line}"
    return "".join(lines) or f"{where}: no rule matches anything here\n"


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
        ("rules", (CONFIG, RULES)),
    ),
    (0, 2, 3),
)
