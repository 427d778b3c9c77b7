"""The one line that every scan ends with."""

from __future__ import annotations

from leakstop.armor import identity
from leakstop.report.lines import FILES, count, join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leakstop.model import Coverage, Finding, Report, Result


NOTHING = "nothing read"


def summary(report: Report) -> str:
    """What was found, what was read, and whether that was everything.

    "3 secrets in 2 files · 1,204 files, 12.3 MB in 0.4 s · complete", "clean: no secrets · …", "INCOMPLETE: …". A secret that
    stands in many places counts once; ignored and known ones do not count.
    """
    new = [result.finding for result in report.new()]
    found = f"{count(secrets(report.new()), 'secret')} in {places(new)}"
    live = secrets(result for result in report.results if result.live)
    read = coverage(report.coverage, whole=report.complete)
    parts = [found if new else "no secrets", *([f"{live:,} live"] if live else []), read]
    closed = len(report.coverage.unread)
    if report.complete and closed:
        return " · ".join([*parts, f"complete but for {count(closed, 'container')} that could not be opened"])
    if report.complete:
        return " · ".join([*parts, "complete"]) if new else "clean: " + " · ".join(parts)
    missing = (
        f"{count(len(report.problems), 'problem')}, not everything was read" if report.problems else "stopped before the end"
    )
    if new:
        return " · ".join([*parts, f"INCOMPLETE: {missing}"])
    clean = [] if read.startswith(NOTHING) else ["no secrets in what was read"]
    return " · ".join([f"INCOMPLETE: {missing}", *clean, *parts[1:]])


def secrets(results: Iterable[Result]) -> int:
    """How many secrets some results are about: a value counts once, whatever its notation and the rules that found it."""
    return len({identity(result.finding.secret.reveal()) for result in results})


def places(found: list[Finding]) -> str:
    """How many places: "2 files", or "3 places" where not all of them are files."""
    origins = [finding.origin for finding in found]
    distinct = {(origin.kind, origin.path or origin.ref or origin.commit or origin.blob) for origin in origins}
    return count(len(distinct), "file" if all(finding.origin.kind in FILES for finding in found) else "place")


def silenced(report: Report) -> list[tuple[str, str, int]]:
    """What took findings out of the count: status (`known`, `ignored`), the file or the kind of pragma, how many."""
    numbers: dict[tuple[str, str], int] = {}
    for result in report.aside():
        key = (result.triage.status, result.triage.by or result.triage.reason or "an earlier decision")
        numbers[key] = numbers.get(key, 0) + 1
    return [(*key, number) for key, number in numbers.items()]


def not_counted(report: Report, clean: Callable[[str], str]) -> str:
    """What took findings out of the count, in words; empty if nothing did. `clean` makes names fit to be shown."""
    counted = [f"{number:,} {status} by {clean(by)}" for status, by, number in silenced(report)]
    return f"Not counted: {join(counted, 10)}" if counted else ""


def coverage(read: Coverage, *, whole: bool = True) -> str:
    """How much was read, in which time: "1,204 files, 12.3 MB in 0.4 s"; `whole`: that was all there is."""
    counts = ((read.commits, "commit"), (read.objects, "object"), (read.files, "file"))
    parts = [count(number, noun) for number, noun in counts if number] or ["nothing to read" if whole else NOTHING]
    if read.remembered:
        parts[-1] += f" ({read.remembered:,} known clean from an earlier scan)"
    return f"{', '.join([*parts, *([size(read.bytes)] if read.bytes else [])])} in {duration(read.seconds)}"


def size(number: int) -> str:
    """Bytes in decimal units: "812 B", "12.3 MB"."""
    value, unit = float(number), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "B" or value >= 99.95 else f"{value:.1f} {unit}"


def duration(seconds: float) -> str:
    """A time: "0.04 s", "1.2 s", "2 min 5 s"."""
    if seconds < 59.5:
        return f"{seconds:.2f} s" if seconds < 0.095 else f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return f"{round(seconds) // 60:,} min {round(seconds) % 60} s"
