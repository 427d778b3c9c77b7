"""What a user holds beside its policies: access keys with age and last use, password, MFA devices, other credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop.aws.account import KEYS, MFA, OTHER_CREDENTIALS, PASSWORD, AccessKey, Credential
from leakstop.aws.reader import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leakstop.aws.reader import Pieces, Reader


class Other(NamedTuple):
    """A kind of credential that outlives access keys: how it is listed, and under which names."""

    kind: str
    operation: str
    key: str
    id: str
    permission: str


OTHERS = (
    Other(
        "service-specific",
        "list_service_specific_credentials",
        "ServiceSpecificCredentials",
        "ServiceSpecificCredentialId",
        "iam:ListServiceSpecificCredentials",
    ),
    Other("ssh-key", "list_ssh_public_keys", "SSHPublicKeys", "SSHPublicKeyId", "iam:ListSSHPublicKeys"),
    Other("certificate", "list_signing_certificates", "Certificates", "CertificateId", "iam:ListSigningCertificates"),
)


def access_keys(pieces: Pieces, user: str) -> tuple[AccessKey, ...] | None:
    """The access keys of a user; None if they could not be listed."""
    rows = pieces.take(
        KEYS,
        f"access keys of user {user}",
        "iam:ListAccessKeys",
        lambda: pieces.reader.pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=user),
    )
    return None if rows is None else tuple(_access_key(pieces, row) for row in rows)


def _access_key(pieces: Pieces, row: Mapping[str, Any]) -> AccessKey:
    name = row["AccessKeyId"]
    used = pieces.take(
        KEYS,
        f"last use of access key {name}",
        "iam:GetAccessKeyLastUsed",
        lambda: pieces.reader.call("iam", "get_access_key_last_used", AccessKeyId=name)["AccessKeyLastUsed"],
    )
    key = AccessKey(name, row.get("Status", ""), moment(row.get("CreateDate")))
    if used is None:
        return key
    service, region = ("" if text == "N/A" else text for text in (used.get("ServiceName", ""), used.get("Region", "")))
    return key._replace(last_used=moment(used.get("LastUsedDate")), last_service=service, last_region=region)


def password(pieces: Pieces, user: str) -> bool | None:
    """Whether a user has a password for the console; None if that could not be told."""
    return pieces.take(
        PASSWORD, f"console password of user {user}", "iam:GetLoginProfile", lambda: _password(pieces.reader, user)
    )


def _password(reader: Reader, user: str) -> bool:
    try:
        reader.call("iam", "get_login_profile", UserName=user)
    except Refused as refused:
        if refused.code == "NoSuchEntity":
            return False
        raise
    return True


def mfa_devices(pieces: Pieces, user: str) -> tuple[str, ...] | None:
    """The serial numbers of a user's MFA devices."""
    rows = pieces.take(
        MFA,
        f"MFA devices of user {user}",
        "iam:ListMFADevices",
        lambda: pieces.reader.pages("iam", "list_mfa_devices", "MFADevices", UserName=user),
    )
    return None if rows is None else tuple(row["SerialNumber"] for row in rows)


def other_credentials(pieces: Pieces, user: str) -> tuple[Credential, ...] | None:
    """Credentials that outlive the access keys; None when one kind of them could not be listed."""
    found: list[Credential] = []
    complete = True
    for other in OTHERS:
        rows = _listed(pieces, other, user)
        complete = complete and rows is not None
        found += [Credential(other.kind, row[other.id], row.get("Status", ""), row.get("ServiceName", "")) for row in rows or ()]
    return tuple(found) if complete else None


def _listed(pieces: Pieces, other: Other, user: str) -> list[Any] | None:
    return pieces.take(
        OTHER_CREDENTIALS,
        f"{other.kind} credentials of user {user}",
        other.permission,
        lambda: pieces.reader.pages("iam", other.operation, other.key, UserName=user),
    )


def moment(value: Any) -> str:
    """ISO 8601 of a time as boto3 gives it; "" for none."""
    return value.isoformat() if hasattr(value, "isoformat") else ""
