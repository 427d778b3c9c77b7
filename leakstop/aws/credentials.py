"""What else there is to know of a user's credentials: age and use of keys, password, MFA, other credentials, unused services.

Offline the credential report tells it (`aws iam generate-credential-report`, then `get-credential-report`).
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

import base64
import binascii
import csv
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from leakstop.aws.account import AccessKey, ServiceUse, read_moment
from leakstop.aws.details import read_text
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leakstop.aws.account import Account, User

OLD = 90  # days after which a key should have been rotated, and a service without use is not needed
ROOT = "<root_account>"
_NOTHING = ("", "N/A", "no_information", "not_supported")


def with_report(account: Account, file: str) -> Account:
    """The account with what a credential report says of its users. UsageError when the file is no such report."""
    rows = {row["user"]: row for row in _rows(file)}
    users = {name: _with_row(user, rows[name]) if name in rows else user for name, user in account.users.items()}
    root = rows.get(ROOT)
    if root is None:
        return account._replace(users=users)
    return account._replace(users=users, root_keys=bool(_keys(root)))


def _rows(file: str) -> list[dict[str, str]]:
    """The rows of a report: the CSV itself, or the JSON in which the CLI gives it."""
    text = read_text(file)
    if text.lstrip().startswith("{"):
        try:
            text = base64.b64decode(json.loads(text)["Content"]).decode()
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise UsageError(f"{file}: this is not a credential report") from None
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or "access_key_1_active" not in rows[0] or "user" not in rows[0]:
        raise UsageError(
            f"{file}: this is not a credential report: the column access_key_1_active is missing",
            "Make it with: aws iam get-credential-report > report.json",
        )
    return rows


def _with_row(user: User, row: Mapping[str, str]) -> User:
    return user._replace(
        keys=user.keys if user.keys is not None else _keys(row),
        password=row.get("password_enabled") == "true",
        password_last_used=_known(row.get("password_last_used", "")),
        mfa=("",) if row.get("mfa_active") == "true" else (),
    )


def _keys(row: Mapping[str, str]) -> tuple[AccessKey, ...]:
    """The keys of a row; the report does not hold their ids. A key that never was has neither been rotated nor is it active."""
    found = []
    for number in ("1", "2"):
        created = _known(row.get(f"access_key_{number}_last_rotated", ""))
        active = row.get(f"access_key_{number}_active") == "true"
        if created or active:
            used = row.get(f"access_key_{number}_last_used_date", "")
            found.append(
                AccessKey(
                    "",
                    "Active" if active else "Inactive",
                    created,
                    _known(used),
                    _known(row.get(f"access_key_{number}_last_used_service", "")),
                    _known(row.get(f"access_key_{number}_last_used_region", "")),
                )
            )
    return tuple(found)


def _known(text: str) -> str:
    return "" if text in _NOTHING else text


def usage(details: Any, file: str) -> tuple[ServiceUse, ...]:
    """Access Advisor's rows: the JSON of `aws iam get-service-last-accessed-details`. UsageError when it is none, or not all."""
    rows = details.get("ServicesLastAccessed") if isinstance(details, dict) else None
    if not isinstance(rows, list):
        raise UsageError(
            f"{file}: these are not last-accessed details: ServicesLastAccessed is missing",
            "Make it with: aws iam get-service-last-accessed-details --job-id ID > used.json",
        )
    if details.get("IsTruncated") is True or details.get("JobStatus", "COMPLETED") != "COMPLETED":
        raise UsageError(
            f"{file}: the details are not complete", "Wait until JobStatus is COMPLETED, and put all pages together."
        )
    try:
        return tuple(map(_service, rows))
    except (TypeError, AttributeError):
        raise UsageError(f"{file}: the last-accessed details are damaged", "Make them again.") from None


def _service(row: dict[str, Any]) -> ServiceUse:
    """A row. TypeError, AttributeError: it is none."""
    tracked = row.get("TrackedActionsLastAccessed") or ()
    return ServiceUse(
        _told(row, "ServiceNamespace"),
        _told(row, "LastAuthenticated"),
        _told(row, "LastAuthenticatedRegion"),
        tuple((_told(each, "ActionName"), _told(each, "LastAccessedTime")) for each in tracked),
    )


def _told(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError
    return value


def unused(user: User, now: datetime | None = None) -> list[str]:
    """The services that the policies allow and that were not used within OLD days; none when it was not read."""
    return sorted(each.service for each in user.usage or () if (age := days(each.last_used, now)) is None or age > OLD)


def days(moment: str, now: datetime | None = None) -> int | None:
    """Days since an ISO 8601 moment; None when there is none or it cannot be read."""
    then = read_moment(moment)
    return ((now or datetime.now(UTC)) - then).days if then else None


def sentences(user: User, now: datetime | None = None) -> Iterator[str]:
    """What is noteworthy about the credentials, one sentence each."""
    for number, key in enumerate(user.keys or (), 1):
        yield _of_key(key, number, now)
    if user.keys is not None and len(user.keys) > 1:
        yield "there are two keys, the most that a user can have: a new one needs the deletion of one of these"
    if user.password:
        used = days(user.password_last_used, now)
        mfa = "" if user.mfa is None else " with MFA" if user.mfa else " WITHOUT MFA"
        yield f"a console password{mfa}, " + (
            f"last used {used} days ago" if used is not None else "never used as far as is known"
        )
    for each in user.other_credentials or ():
        service = f" of {each.service}" if each.service else ""
        yield f"another credential, which outlives the key: {each.kind}{service} {each.id} {each.status}".rstrip()
    idle = unused(user, now)
    if idle:
        yield f"{len(idle)} of {len(user.usage or ())} allowed services were not used for {OLD} days"


def _of_key(key: AccessKey, number: int, now: datetime | None) -> str:
    parts = [f"key {key.id or number}: {key.status.lower() or 'state not known'}"]
    age = days(key.created, now)
    if age is not None:
        parts.append(f"{age} days old" + (", overdue for rotation" if age > OLD else ""))
    used = days(key.last_used or "", now)
    if used is not None:
        where = " ".join(part for part in (key.last_service, key.last_region) if part)
        parts.append(f"last used {used} days ago" + (f" ({where})" if where else ""))
    elif key.last_used == "":
        parts.append("never used")
    return ", ".join(parts)
