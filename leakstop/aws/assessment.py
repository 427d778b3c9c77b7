"""All about one user's keys in one record: exposure, privileges, credentials, and the severity that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import credentials, privileges, severity
from leakstop.aws.exposure import NO_TRUST, VERDICTS, Exposure, examine
from leakstop.model import SEVERITIES

if TYPE_CHECKING:
    from datetime import datetime

    from leakstop.aws.account import Organization, Unread, User
    from leakstop.aws.bind import Parser
    from leakstop.aws.privileges import Privileges
    from leakstop.aws.severity import Severity
    from leakstop.aws.vantages import Trust


class Assessment(NamedTuple):
    """What an owner wants to know of a user whose key may have leaked."""

    user: User
    exposure: Exposure
    privileges: Privileges
    severity: Severity
    credentials: tuple[str, ...]  # sentences
    unused: tuple[str, ...]  # services that are allowed and not used
    unread: tuple[Unread, ...]  # what bears on the rating only


def assess(
    user: User,
    organization: Organization | None = None,
    trust: Trust = NO_TRUST,
    *,
    state: str = severity.UNKNOWN,
    now: datetime | None = None,
    parser: Parser | None = None,
) -> Assessment:
    """Assess a user. `state` is that of the key in question (severity.LIVE, …); else it follows from the keys that are known."""
    exposure = examine(user, organization, trust, now=now, parser=parser)
    rights = privileges.rate(user, organization, parser)
    if state == severity.UNKNOWN and user.keys is not None and not any(key.status == "Active" for key in user.keys):
        state = severity.INACTIVE
    return Assessment(
        user,
        exposure,
        rights,
        severity.judge(rights, exposure, state),
        tuple(credentials.sentences(user, now)),
        tuple(credentials.unused(user, now)),
        tuple(each for each in user.unread if each not in exposure.unread),
    )


def worst_first(found: Assessment) -> tuple[int, int, str]:
    """A key to sort by: severity, then verdict, then name."""
    return -SEVERITIES.index(found.severity.level), VERDICTS.index(found.exposure.verdict), found.user.name
