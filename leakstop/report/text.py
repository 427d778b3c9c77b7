"""Text for people: secrets grouped by file with their line, what to do next, what was not read, and one line that sums it up.

Nothing of the repository gets out raw: every text goes through `places.text` (secrets cut out, unprintable characters escaped).
"""

from __future__ import annotations

from leakstop.armor import identity
from leakstop.report import DEFAULTS, places
from leakstop.report.lines import count, harmless, join, wrap
from leakstop.report.scrub import Scrubber
from leakstop.report.summary import not_counted, summary
from leakstop.report.view import COLOR, PLAIN, View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from leakstop.model import Report, Result
    from leakstop.report import Options

IN_FULL = 50  # secrets shown with their line; further ones take one line each, but for the first of a rule
PER_PLACE = 20  # secrets shown under one heading
PROBLEMS = 20
ALL = "--format json lists all"


def write(report: Report, stream: TextIO, options: Options = DEFAULTS) -> None:
    """Write the report; the last line is always the summary."""
    view = View(
        report,
        Scrubber(report, off=options.show_secrets),
        COLOR if options.color else PLAIN,
        options.verbose,
        max(40, options.width),
    )
    new = report.new()
    shown = (_findings(view, new), _next_steps(view, new), _set_aside(view), _unheeded(view), _problems(view), _left_out(view))
    for part in shown:
        stream.writelines(harmless(line.rstrip()) + "\n" for line in part)
    tint = view.paint.red if not report.complete else view.paint.yellow if new else view.paint.green
    stream.write(f"{view.paint.bold}{tint}{summary(report)}{view.paint.off}\n")


def _findings(view: View, new: list[Result]) -> Iterator[str]:
    """A heading for each place, under it its secrets. A secret that stands in many places is shown at the first."""
    if not new:
        return
    from leakstop.report.block import block, headline, look_alikes  # not for a clean hook

    secrets: dict[bytes, list[Result]] = {}
    for result in new:
        secrets.setdefault(identity(result.finding.secret.reveal()), []).append(result)
    headings: dict[str, list[list[Result]]] = {}
    for group in secrets.values():
        group.sort(key=lambda result: result.finding.rule.generic)  # where it has a name is told, and where else it stands
        headings.setdefault(places.title(group[0].finding, view.scrub), []).append(group)
    looks = look_alikes(view.report.results)
    explained: set[str] = set()
    paint, shown_so_far = view.paint, 0
    for heading, groups in headings.items():
        yield f"{paint.bold}{heading}{paint.off}"
        most = len(groups) if view.verbose else PER_PLACE
        for number, group in enumerate(groups[:most]):
            found = group[0].finding
            if shown_so_far < IN_FULL or view.verbose or found.rule.id not in explained:
                if number:
                    yield ""
                yield from block(view, heading, group, looks, explain=found.rule.id not in explained)
                explained.add(found.rule.id)
            else:
                yield headline(view, group[0])
            shown_so_far += 1
        if len(groups) > most:
            yield f"  … and {count(len(groups) - most, 'more secret')} here; {ALL}"
        yield ""


def _next_steps(view: View, new: list[Result]) -> Iterator[str]:
    if not new:
        return
    from leakstop.report.advice import STOPPED, laid_out

    told = all(map(places.tells_all, new))
    fingerprint = new[0].fingerprint if len({result.fingerprint for result in new}) == 1 else ""
    found = [result.finding for result in new]
    steps = laid_out(view.report.command, found, view.scrub, view.width - 5, told=told, fingerprint=fingerprint)
    if not steps:
        return
    heading = STOPPED.get(view.report.command, "") + ("What else" if told else "What to do")
    yield f"{view.paint.bold}{heading}{view.paint.off}"
    for number, step in enumerate(steps, 1):
        for at, line in enumerate(step):
            yield f"  {'  ' if at else f'{number}.'} {line}"
    yield ""


def _set_aside(view: View) -> Iterator[str]:
    """Findings that do not count: how many by reason, each of them when verbose."""
    aside = view.report.aside()
    if not aside:
        return
    hint = "" if view.verbose else " (--verbose lists them)"
    yield from _aside(view, not_counted(view.report, lambda by: places.text(by, view.scrub)) + hint)
    if view.verbose:
        for result in aside:
            found, scrub = result.finding, view.scrub
            where = ":".join(filter(None, (places.title(found, scrub), places.position(found))))
            why = f"{result.triage.status}: {places.text(result.triage.reason, scrub, found)}"
            yield f"  {where}  {places.text(found.rule.id, scrub)}  {view.paint.dim}{why}{view.paint.off}"
    yield ""


def _unheeded(view: View) -> Iterator[str]:
    """What a change brings to decide about itself."""
    if view.report.unheeded:
        yield f"{view.paint.bold}Brought by the change itself, so it does not count{view.paint.off}"
        yield from (f"  {places.text(line, view.scrub)}" for line in view.report.unheeded)
        yield ""


def _problems(view: View) -> Iterator[str]:
    """What could not be read, and the remedy."""
    problems, paint = view.report.problems, view.paint
    if not problems:
        return
    yield f"{paint.bold}{paint.red}Not read{paint.off}"
    most = len(problems) if view.verbose else PROBLEMS
    for where, message, remedy in problems[:most]:
        yield f"  {places.text(where, view.scrub)}: {places.text(message, view.scrub)}"
        if remedy:
            yield f"    {paint.dim}→{paint.off} {places.text(remedy, view.scrub)}"
    if len(problems) > most:
        yield f"  … and {len(problems) - most:,} more; {ALL}"
    yield ""


def _left_out(view: View) -> Iterator[str]:
    """What was left out on purpose: in one line, all of it when verbose."""
    report = view.report
    skipped = [
        f"{count(number, places.text(what, view.scrub))} ({places.text(why, view.scrub)})"
        for what, why, number in report.coverage.skipped
    ]
    if report.coverage.unread:
        reasons: dict[str, list[str]] = {}
        for where, why, _ in report.coverage.unread:
            reasons.setdefault(why, []).append(places.text(where, view.scrub))
        for why, names in reasons.items():
            listed = join(names, len(names) if view.verbose else 5)
            yield from _aside(view, f"Not opened ({places.text(why, view.scrub)}): {listed}")
        yield from _aside(view, "Those did not count; with --strict they end the scan with 3.")
    if skipped:
        yield from _aside(view, f"Left out: {join(skipped, len(skipped) if view.verbose else 3)}")
    if view.verbose and report.dropped:
        dropped = [f"{number:,} by {places.text(name, view.scrub)}" for name, number in report.dropped]
        yield from _aside(view, f"Values judged harmless: {join(dropped, len(dropped))}")


def _aside(view: View, text: str) -> Iterator[str]:
    """A remark that need not be read."""
    for number, line in enumerate(wrap(text, view.width - 2)):
        yield f"{'  ' if number else ''}{view.paint.dim}{line}{view.paint.off}"
