"""One secret for people: position and rule, the source line with a caret, what is known of it, where else it stands."""

from __future__ import annotations

from leakstop.model import show_text
from leakstop.report import places
from leakstop.report.lines import FILES, cells, count, cut, join, mark, wrap
from leakstop.report.scrub import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.model import Finding, Result
    from leakstop.report.view import View

ELSEWHERE = 5  # further places of a secret that are named
GUTTER = 7  # columns of the line number

Looks = dict[tuple[object, ...], list[int]]


def block(view: View, heading: str, group: list[Result], looks: Looks, *, explain: bool) -> Iterator[str]:
    """All of one secret, shown at the first of the results that hold it; `explain` adds the rule's description."""
    first = group[0]
    yield headline(view, first)
    yield from _source(view, first, looks)
    for color, text in (*_details(view, group, explain=explain), *_also(view, heading, group)):
        yield from _note(view, color, text)
    if order := places.order_of_response(first, view.scrub):
        yield from _note(view, view.paint.bold, order)
    for command in places.next_commands(first, view.scrub):
        yield f"{'':>{GUTTER}} {view.paint.dim}={view.paint.off}   {command}"  # whole, so that it can be copied


def headline(view: View, result: Result) -> str:
    """Position, severity, rule: "  12:5  critical  github-personal-access-token  GitHub"."""
    found = result.finding
    paint, rule = view.paint, found.rule
    where = places.position(found)
    lines = found.location.end_line - found.location.start_line + 1
    extent = f"  {paint.dim}{count(lines, 'line')}{paint.off}" if lines > 1 else ""
    provider = f"{paint.dim}{places.text(rule.provider, view.scrub)}{paint.off}"
    severity = f"{paint.severity(result.severity)}{result.severity:<8}{paint.off}"
    name = f"{paint.bold}{places.text(rule.id, view.scrub)}{paint.off}"
    return f"  {where:<6}  {severity}  {name}  {provider}{extent}"


def _source(view: View, result: Result, looks: Looks) -> Iterator[str]:
    """The source line with a caret under the secret."""
    found = result.finding
    paint, redacted = view.paint, str(found.secret)
    excerpt, start = marked(view, found, looks)
    if not excerpt:
        return
    end = start + len(redacted) if start >= 0 else 0
    line, moved = cut(excerpt, max(0, start), end, view.width - GUTTER - 3)
    number = "" if found.origin.kind in places.WITHOUT_LINES else str(found.location.start_line)
    bar = f"{paint.dim}│{paint.off}"
    yield f"{paint.dim}{number:>{GUTTER}}{paint.off} {bar} {line}"
    if start >= 0:
        carets = " " * cells(line[: start - moved]) + paint.severity(result.severity) + "^" * cells(redacted) + paint.off
        yield f"{'':>{GUTTER}} {bar} {carets}"


def marked(view: View, found: Finding, looks: Looks) -> tuple[str, int]:
    """The excerpt, free of secrets, and where in it the redacted secret stands (-1: not found)."""
    redacted, column = str(found.secret), found.location.start_column
    columns = looks.get(_look(found), [])
    nth = (columns.index(column), len(columns)) if column in columns else (0, -1)
    start = mark(found.excerpt, redacted, column, nth)
    if start < 0:  # not as promised: look again once everything is cut out
        excerpt = show_text(view.scrub.excerpt(found.excerpt, found))
        return excerpt, excerpt.find(redacted)
    before = show_text(view.scrub.excerpt(found.excerpt[:start], found))
    after = show_text(view.scrub.excerpt(found.excerpt[start + len(redacted) :], found))
    return before + show_text(redacted) + after, len(before)


def look_alikes(results: tuple[Result, ...]) -> Looks:
    """The columns of the secrets that look the same on one line once they are redacted."""
    columns: dict[tuple[object, ...], set[int]] = {}
    for result in results:
        columns.setdefault(_look(result.finding), set()).add(result.finding.location.start_column)
    return {look: sorted(found) for look, found in columns.items()}


def _look(found: Finding) -> tuple[object, ...]:
    origin = found.origin
    return (origin.kind, origin.path, origin.members, origin.commit, origin.blob, found.location.start_line, str(found.secret))


def _details(view: View, group: list[Result], *, explain: bool) -> Iterator[tuple[str, str]]:
    """What is known of a finding, as (colour, text), with the fingerprints of all that hold its secret."""
    result, paint, scrub = group[0], view.paint, view.scrub
    found = result.finding
    if scrub.off:
        yield paint.red, f"secret: {show_text(shown(found.secret, reveal=True))}"
    if found.partners:
        yield "", join([places.half(part, found, view.scrub) for part in found.partners], 5)
    if result.verification is not None:
        yield paint.bold + paint.red if result.live else paint.yellow, places.verdict(result, scrub)
        yield from (("", line) for line in [places.evidence(result, scrub)] if line)
    if result.facts:
        yield "", places.facts(result, scrub)
    history = places.past(found, scrub)
    yield from (("", line) for line in (history or [places.change(found, scrub)]) if line)
    if explain:
        docs = f" {places.text(found.rule.docs, scrub)}" if found.rule.docs else ""
        # With a fix of its own what the finding opens is enough, the first sentence.
        description = found.rule.description.partition(". ")[0] + "." if places.tells_all(result) else found.rule.description
        yield "", places.text(description, scrub) + docs
    if result.triage.reason:
        yield paint.yellow, places.text(result.triage.reason, scrub, found)
    # The other half of a pair has its own line above.
    reasons = [
        places.text(reason, scrub, found) for reason in found.reasons if found.pair is None or found.pair.what not in reason
    ]
    belief = ", ".join([*reasons, f"entropy {found.entropy:.1f}"])
    fingerprints = list(dict.fromkeys(one.fingerprint for one in group))
    yield paint.dim, f"{'fingerprint' if len(fingerprints) == 1 else 'fingerprints'} {join(fingerprints, 5)}"
    yield paint.dim, f"{found.confidence} confidence: {belief}"
    if found.origin.decoded:
        yield paint.dim, "decoded: " + " → ".join(places.text(step, scrub, found) for step in found.origin.decoded)


def _also(view: View, heading: str, group: list[Result]) -> Iterator[tuple[str, str]]:
    """Where else the same secret stands."""
    first = group[0].finding
    lines: dict[str, None] = {}
    commits: dict[str, None] = {}
    elsewhere: dict[str, str] = {}
    noun = "file"
    for result in group[1:]:
        found = result.finding
        title = places.title(found, view.scrub)
        if title != heading:
            elsewhere.setdefault(title, f"{title}:{found.location.start_line}" if places.position(found) else title)
            noun = noun if found.origin.kind in FILES else "place"
        elif found.location.start_line != first.location.start_line:
            lines[str(found.location.start_line)] = None
        elif found.origin.commit != first.origin.commit:
            commits[places.short(found.origin.commit)] = None
    most = 1_000_000 if view.verbose else ELSEWHERE
    if lines:
        yield "", f"also on {'line' if len(lines) == 1 else 'lines'} {join(list(lines), most)}"
    if commits:
        yield "", f"also in {count(len(commits), 'other commit')}: {join(list(commits), most)}"
    if elsewhere:
        yield "", f"also in {count(len(elsewhere), f'other {noun}')}: {join(list(elsewhere.values()), most)}"


def _note(view: View, color: str, text: str) -> Iterator[str]:
    """A remark under a source line, wrapped."""
    paint = view.paint
    for number, line in enumerate(wrap(text, view.width - GUTTER - 3)):
        yield f"{'':>{GUTTER}} {paint.dim}{' ' if number else '='}{paint.off} {color}{line}{paint.off if color else ''}"
