"""One severity of a leaked key, from its state, what contains it, and what it may do; with the reason written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.model import SEVERITIES

if TYPE_CHECKING:
    from leakstop.aws.exposure import Exposure
    from leakstop.aws.privileges import Privileges

LIVE, INACTIVE, DEAD, UNKNOWN = "live", "inactive", "dead", "unknown"  # states of a key


class Severity(NamedTuple):
    """How bad it is, and why."""

    level: str  # one of model.SEVERITIES
    reason: str

    @property
    def told(self) -> tuple[str, str]:
        """As evidence."""
        return "severity", f"{self.level}: {self.reason}"


OVER = Severity("low", "AWS no longer accepts it")


def of_root(state: str = UNKNOWN) -> Severity:
    """A key of the root user: no policy of the account binds it."""
    if state == DEAD:
        return Severity("low", "a key of the root user, which AWS no longer accepts")
    return Severity("critical", "a key of the root user: no policy of the account binds it")


def judge(privileges: Privileges, exposure: Exposure, state: str = UNKNOWN) -> Severity:
    """The severity of one user's key. A key whose state is not known counts as live."""
    if state == DEAD:
        return OVER
    rank = {"none": 0, "low": 0, "medium": 1, "high": 2, "critical": 3}[privileges.level]
    reasons = [f"privileges {privileges.level}" + (f" ({privileges.reasons[0]})" if privileges.reasons else "")]
    if privileges.uncertain:
        rank = max(rank, 2)
        reasons.append("what was not read may give more: at least high")
    for steps, reason in _mitigations(exposure, state):
        if steps:
            reason += f": {steps} step{'s' if steps > 1 else ''} lower"
        rank = max(rank - steps, 0)
        reasons.append(reason)
    return Severity(SEVERITIES[rank], "; ".join(reasons))


def _mitigations(exposure: Exposure, state: str) -> list[tuple[int, str]]:
    found = []
    if exposure.verdict == "restricted":
        lasting = exposure.kind == "explicit" and not exposure.undo and "session-bypass" not in exposure.notes
        kind = "it may do nothing at all" if exposure.kind == "none" else exposure.kind
        how = "explicitly, and the key itself cannot undo it" if lasting else "but not for good" if exposure.undo else kind
        found.append((2 if lasting else 1, f"restricted, {how}"))
    else:
        meaning = {
            "unrestricted": "usable from anywhere",
            "partial": "only partly restricted",
            "unknown": "whether it is restricted is unknown",
        }
        found.append((0, meaning[exposure.verdict]))
    if "quarantined" in exposure.notes:
        found.append((1, "quarantined by AWS"))
    if state == INACTIVE:
        found.append((2, "the key is inactive, and can be activated again"))
    return found
