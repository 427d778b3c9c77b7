"""The one order of results, the same whatever the number of processes and the order of objects in a repository."""

from __future__ import annotations

from leakstop.model import SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakstop.model import Result


def order(results: Iterable[Result]) -> tuple[Result, ...]:
    """By path, line, column, rule and commit; what still ties, by everything else that can differ."""
    return tuple(sorted(results, key=_place))


def urgent_first(results: Iterable[Result]) -> tuple[Result, ...]:
    """Verified results: live and open to outsiders, live, live and restricted, each the worst first; the rest as it was."""
    return tuple(sorted(results, key=_urgency))


def _urgency(result: Result) -> tuple[int, int]:
    return result.urgency, -SEVERITIES.index(result.severity) if result.live else 0


def _place(result: Result) -> tuple[object, ...]:
    finding = result.finding
    origin, at = finding.origin, finding.location
    return (
        origin.path,
        origin.members,
        at.start_line,
        at.start_column,
        finding.rule.id,
        origin.commit,
        origin.kind,
        origin.ref,
        origin.blob,
        origin.decoded,
        at.end_line,
        at.end_column,
        at.start,
        finding.secret.reveal(),
    )
