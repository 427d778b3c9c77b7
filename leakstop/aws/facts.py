"""What AWS findings tell without anybody being asked: kind, account, region, service, expiry, whether it is a trap.

Facts are pairs of a name and a text, in the order in which people read them. A session token tells no more than that it is one.
"""

from __future__ import annotations

from leakstop.aws import keyid, partitions
from leakstop.expressions import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from leakstop.aws.signed import Signed
    from leakstop.model import Finding, Result

    Facts = tuple[tuple[str, str], ...]

IDENTIFIERS = ("aws-access-key-id", "aws-temporary-access-key-id")
SECRET = "aws-secret-access-key"  # noqa: S105 - rule ids
TOKEN = "aws-session-token"  # noqa: S105
SMTP = "aws-ses-smtp-password"

_AROUND = 4096  # bytes of a presigned URL on either side of its signature; a session token in it is long
_USER_NEAR = 500  # bytes between an SMTP password and its user name
_EKS_LIFE = 15  # minutes


def facts(finding: Finding, text: bytes, canaries: tuple[str, ...] = ()) -> Facts:
    """The facts of a finding of provider AWS, whose value stands in `text`; empty for rules that decode to nothing."""
    read = READERS.get(finding.rule.id)
    if read is None:
        return ()
    found = read(finding, text)
    account = found.get("account")
    if account:
        owner = keyid.canary(account, canaries)
        if owner:
            found["canary"] = f"{owner}; using the key alarms them"
        elif account in keyid.PLACEHOLDERS:
            found["note"] = "an account number that documentation and emulators use"
    hints = partitions.hinted(text, finding.location.start, finding.location.end)
    if finding.rule.id in (*IDENTIFIERS, SECRET, TOKEN) and any(name != partitions.DEFAULT.name for name in hints):
        found["partition"] = " or ".join(hints)
    return tuple((name, value) for name, value in found.items() if value)


def parts(finding: Finding) -> dict[str, bytes]:
    """The values of a credential by their rule: of the finding, its other half and what else belongs to it, the nearest first."""
    values = {finding.rule.id: finding.secret.reveal()}
    line = finding.location.start_line
    for part in (*finding.partners[:1], *sorted(finding.partners[1:], key=lambda part: abs(part.line - line))):
        values.setdefault(part.what, part.value.reveal())
    return values


def key_id(finding: Finding) -> str:
    """The access key id of a finding or its pair; "" when it has none."""
    values = parts(finding)
    return next((values[rule].decode("ascii", "replace") for rule in IDENTIFIERS if rule in values), "")


def link(results: Sequence[Result]) -> list[Result]:
    """The results; SMTP passwords name the secret they were derived from, if it is among them."""
    if not any(result.finding.rule.id == SMTP for result in results):
        return list(results)
    from leakstop.aws import smtp

    origins: dict[bytes, tuple[Result, str]] = {}
    for origin in {result.finding: result for result in reversed(results)}.values():
        secret = parts(origin.finding).get(SECRET)
        for value, region in smtp.passwords(secret).items() if secret else ():
            origins[value] = origin, region
    return [_linked(result, origins) for result in results]


def _linked(result: Result, origins: dict[bytes, tuple[Result, str]]) -> Result:
    """A password with what its key tells: the id that stands nearest to it may be another one."""
    value = result.finding.secret.reveal()
    if result.finding.rule.id != SMTP or value not in origins:
        return result
    origin, region = origins[value]
    finding, told = origin.finding, dict(origin.facts)
    name = key_id(finding)
    place = f"{finding.origin.path.decode('utf-8', 'backslashreplace') or finding.origin.kind}:{finding.location.start_line}"
    found = {"kind": dict(result.facts).get("kind", ""), "account": told.get("account", ""), "key": name}
    found |= {key: told[key] for key in ("canary", "note") if key in told} | {"region": region}
    found["derived from"] = f"the secret of {name} at {place}" if name else f"the secret access key at {place}"
    return result._replace(facts=tuple((name, value) for name, value in found.items() if value))


def _identifier(value: str) -> dict[str, str]:
    account = keyid.account_of(value)
    found = {"kind": keyid.kind_of(value), "account": account or ""}
    if account is None:
        modern = len(value) in (20, 21) and value[4] not in "ABCDEFGHIJKLMNOP" and not set(value) & set("0189")
        found["note"] = (
            "no id that AWS issues: it decodes to no account" if modern else "of before 2019: it does not tell its account"
        )
    return found


def _own(finding: Finding, _text: bytes) -> dict[str, str]:
    return _identifier(finding.secret.reveal().decode("ascii", "replace"))


def _of_pair(finding: Finding, _text: bytes) -> dict[str, str]:
    """A secret or a token: what its id tells."""
    name = key_id(finding)
    if finding.rule.id == TOKEN and not name:
        return {"kind": "session token of a temporary access key"}
    return _identifier(name) if name else {}


def _url(finding: Finding, text: bytes) -> dict[str, str]:
    from leakstop.aws import signed

    at = finding.location
    begin, end = max(0, at.start - _AROUND), at.end + _AROUND
    before = compiled(rb"[\s\"'`<>|]|https?://").split(text[begin : at.start])[-1]
    after = compiled(rb"[\s\"'`<>|]").split(text[at.start : end], maxsplit=1)[0]
    return _signed("presigned URL", signed.presigned((before + after).decode("ascii", "replace")))


def _short_term(finding: Finding, _text: bytes) -> dict[str, str]:
    from leakstop.aws import signed

    return _signed("short-term Bedrock API key", signed.bedrock(finding.secret.reveal().decode("ascii", "replace")))


def _eks(finding: Finding, _text: bytes) -> dict[str, str]:
    """A presigned GetCallerIdentity; the cluster takes it for a quarter of an hour, whatever it says itself."""
    from datetime import timedelta

    from leakstop.aws import signed

    body = finding.secret.reveal().decode("ascii", "replace").removeprefix("k8s-aws-v1.")
    found = signed.presigned(signed.decode64(body).decode("ascii", "replace"))
    if found and found.starts:
        found = found._replace(expires=found.starts + timedelta(minutes=_EKS_LIFE))
    return _signed("token for an EKS cluster", found)


def _signed(kind: str, found: Signed | None) -> dict[str, str]:
    if found is None:
        return {"kind": kind}
    return {
        "kind": kind,
        "account": keyid.account_of(found.key_id) or "",
        "key": found.key_id,
        "region": found.region,
        "service": found.service,
        **_until(found.expires),
    }


def _until(when: datetime | None) -> dict[str, str]:
    """When it expires or has expired, ISO 8601."""
    if when is None:
        return {}
    from datetime import UTC, datetime

    return {"expired" if when <= datetime.now(UTC) else "expires": f"{when:%Y-%m-%dT%H:%M:%SZ}"}


def _ecr(finding: Finding, _text: bytes) -> dict[str, str]:
    import json
    from datetime import UTC, datetime

    from leakstop.aws import signed

    found = {"kind": "password for ECR"}
    try:
        value = json.loads(signed.decode64(finding.secret.reveal().decode("ascii", "replace")))
        found |= _until(datetime.fromtimestamp(value["expiration"], UTC))
    except (ValueError, LookupError, TypeError, OverflowError, OSError):
        pass
    return found


def _bedrock_user(finding: Finding, _text: bytes) -> dict[str, str]:
    """A long-term key: its IAM user and account stand in front of the secret part."""
    from leakstop.aws import signed

    data = signed.decode64(finding.secret.reveal().decode("ascii", "replace").removeprefix("ABSK"))
    return {"kind": "long-term Bedrock API key", **_user_at(data)}


def _git_user(finding: Finding, text: bytes) -> dict[str, str]:
    before = text[max(0, finding.location.start - 120) : finding.location.start]
    return {"kind": "service-specific credential", **_user_at(before)}


def _user_at(text: bytes) -> dict[str, str]:
    """The IAM user and the account in `NAME-at-123456789012`, the last such name."""
    names = compiled(rb"([A-Za-z0-9_+=,.@-]{1,64})-at-(\d{12})(?!\d)").findall(text)
    return {"account": names[-1][1].decode(), "user": names[-1][0].decode()} if names else {}


def _smtp(finding: Finding, text: bytes) -> dict[str, str]:
    """Its user name, which is an access key id, stands near it."""
    at = finding.location
    begin = max(0, at.start - _USER_NEAR)
    near = compiled(rb"(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}(?![A-Za-z0-9])").finditer(text[begin : at.end + _USER_NEAR])
    names = sorted((abs(name.start() + begin - at.start), name[0].decode()) for name in near)
    kind = {"kind": "SMTP password of SES"}
    return {**kind, "account": keyid.account_of(names[0][1]) or "", "key": names[0][1]} if names else kind


READERS: dict[str, Callable[[Finding, bytes], dict[str, str]]] = {
    "aws-access-key-id": _own,
    "aws-temporary-access-key-id": _own,
    "aws-service-bearer-token-id": _own,
    "aws-service-credential-id": _own,
    SECRET: _of_pair,
    TOKEN: _of_pair,
    "aws-presigned-url": _url,
    "aws-bedrock-short-term-key": _short_term,
    "aws-bedrock-api-key": _bedrock_user,
    "aws-codecommit-password": _git_user,
    "aws-ecr-password": _ecr,
    "aws-eks-token": _eks,
    SMTP: _smtp,
}
