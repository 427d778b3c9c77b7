"""Whether a live key is any use to an outsider: read with an auditor's rights or, only if the user says so, with the key itself.

Without either nobody looks, and the verdict says nothing about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import gather, severity
from leakstop.aws.account import ROLE
from leakstop.aws.assessment import assess
from leakstop.aws.identity import principal
from leakstop.aws.keyid import TEMPORARY
from leakstop.aws.organization import organization
from leakstop.aws.partitions import PARTITIONS
from leakstop.aws.reader import Reader, Refused, auditor
from leakstop.aws.remedy import of_assessment
from leakstop.errors import LeakstopError
from leakstop.verify.work import failed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakstop.aws.account import AccessKey, Organization
    from leakstop.aws.assessment import Assessment
    from leakstop.aws.client import Credentials, Route
    from leakstop.model import Verdict
    from leakstop.verify import Options

SHOWN = 3  # open actions, and pieces that were not read, that are named


class Eyes(NamedTuple):
    """Who reads policies: an auditor, or each key itself; a reason why nobody can."""

    auditor: Reader | None = None
    trouble: str = ""
    imposed: Organization | None = None  # on the auditor's account; None: not read yet


def eyes(options: Options, route: Route) -> Eyes:
    """Who reads, as the options say."""
    if options.aws_leaked_key:
        return Eyes()
    try:
        reader = auditor(options.aws_profile, options.aws_role, route)
        return Eyes(reader, imposed=organization(reader, reader.account))
    except LeakstopError as error:
        return Eyes(trouble=error.message)
    except Exception as error:  # noqa: BLE001 - that keys are live matters more
        return Eyes(trouble=failed(error).reason)


def contained(credentials: Credentials, verdict: Verdict, eyes: Eyes, route: Route) -> Verdict:
    """The verdict on a live key with what contains it. What cannot be told is `unknown`, with the reason in the evidence."""
    arn = dict(verdict.evidence)["arn"]
    who = principal(arn)
    if who.kind == "root":
        rated = severity.of_root(severity.LIVE)
        return _with(verdict, "unrestricted", rated.told)._replace(severity=rated.level)
    if eyes.trouble:
        return _unknown(verdict, eyes.trouble)
    if who.kind not in ("user", "role session"):
        return _unknown(verdict, f"policies of a {who.kind or 'principal of this kind'} cannot be read")
    try:
        reader = eyes.auditor or Reader(credentials, route, _region(arn))
    except Refused as refused:
        return _unknown(verdict, refused.reason)
    if reader.account != who.account:
        return _unknown(verdict, f"the auditor reads account {reader.account}, the key is of {who.account}")
    session = dict(verdict.evidence).get("user id", "")
    owner = gather.whoever(reader, who, session, temporary=credentials.key_id.startswith(TEMPORARY))
    found = assess(owner, eyes.imposed or organization(reader, who.account), state=severity.LIVE)
    return _with(verdict, found.exposure.verdict, *_told(found, credentials.key_id))._replace(
        fix=of_assessment(found, credentials.key_id), severity=found.severity.level
    )


def _told(found: Assessment, key_id: str) -> list[tuple[str, str]]:
    exposure = found.exposure
    told = [found.severity.told]
    if exposure.open:
        told.append(("open from outside", _first(each.action for each in exposure.open)))
    if exposure.unread:
        told.append(("not read", _first(each.permission or each.what for each in exposure.unread)))
    if exposure.notes:
        told.append(("notes", ", ".join(exposure.notes)))
    keys = [_key(key) for key in found.user.keys or () if key.id == key_id]
    others = sum(key.id != key_id and key.status == "Active" for key in found.user.keys or ())
    told += [("key", key) for key in keys]
    if found.user.kind == ROLE:
        told.append(("role", f"sessions of {found.user.name} last {_hours(found.user.lasts)}; a session policy is not seen"))
    return [*told, *([("other active keys", str(others))] if others else [])]


def _first(texts: Iterable[str]) -> str:
    """The first of some texts, each once, and how many more there are."""
    known = list(dict.fromkeys(texts))
    return ", ".join(known[:SHOWN]) + (f" and {len(known) - SHOWN} more" if len(known) > SHOWN else "")


def _hours(seconds: int | None) -> str:
    return "12 hours at most" if seconds is None else f"{seconds / 3600:g} hours at most"


def _key(key: AccessKey) -> str:
    """A key's state, age and last use."""
    used = {None: "last use unknown", "": "never used"}.get(key.last_used, f"last used {str(key.last_used)[:10]}")
    where = f" ({key.last_service}, {key.last_region})" if key.last_service else ""
    return ", ".join([key.status, *([f"made {key.created[:10]}"] if key.created else []), used + where])


def _region(arn: str) -> str:
    return PARTITIONS.get(arn.split(":")[1], PARTITIONS["aws"]).region


def _unknown(verdict: Verdict, reason: str) -> Verdict:
    return _with(verdict, "unknown", ("not read", reason))


def _with(verdict: Verdict, containment: str, *more: tuple[str, str]) -> Verdict:
    return verdict._replace(containment=containment, evidence=(*verdict.evidence, *more))
