"""Access Advisor: which services a user's policies allow, and when each was last used. AWS works it out as a job."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from leakstop.aws.account import USAGE, ServiceUse
from leakstop.aws.holdings import moment
from leakstop.aws.reader import Refused

if TYPE_CHECKING:
    from leakstop.aws.reader import Pieces, Reader

PATIENCE = 20.0  # seconds that a job may take; usual are two to five
PAUSE = 0.5

PERMISSIONS = ("iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails")


def start(pieces: Pieces, arn: str, what: str) -> str:
    """Start the job for an ARN; its id, "" when that was refused."""
    job = pieces.take(
        USAGE,
        what,
        PERMISSIONS[0],
        lambda: pieces.reader.call("iam", "generate_service_last_accessed_details", Arn=arn, Granularity="ACTION_LEVEL")["JobId"],
    )
    return job or ""


def finish(pieces: Pieces, job: str, what: str) -> tuple[ServiceUse, ...] | None:
    """The rows of a job once it is done; None when it was refused or took too long."""
    if not job:
        return None
    return pieces.take(USAGE, what, PERMISSIONS[1], lambda: _rows(pieces.reader, job))


def _rows(reader: Reader, job: str) -> tuple[ServiceUse, ...]:
    deadline = time.monotonic() + PATIENCE
    asked: dict[str, Any] = {"JobId": job}
    rows: list[ServiceUse] = []
    while True:
        answer = reader.call("iam", "get_service_last_accessed_details", **asked)
        status = answer.get("JobStatus")
        if status == "COMPLETED":
            rows += map(_row, answer.get("ServicesLastAccessed", ()))
            if not answer.get("IsTruncated"):
                return tuple(rows)
            asked["Marker"] = answer["Marker"]
        elif status == "FAILED" or time.monotonic() > deadline:
            raise Refused("unknown", "AWS did not work it out in time" if status != "FAILED" else "AWS could not work it out", "")
        else:
            time.sleep(PAUSE)


def _row(value: dict[str, Any]) -> ServiceUse:
    used = value.get("LastAuthenticated")
    actions = tuple(
        (action["ActionName"], moment(action.get("LastAccessedTime"))) for action in value.get("TrackedActionsLastAccessed", ())
    )
    return ServiceUse(value["ServiceNamespace"], moment(used), value.get("LastAuthenticatedRegion", ""), actions)
