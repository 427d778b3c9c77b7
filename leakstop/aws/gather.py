"""The records of an account from AWS: a user with all that binds it, read piece by piece; or everybody at once.

Each piece is read by itself, so that one missing permission costs that piece only, which is then named in `unread`.
Calls and permissions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.aws import details, managed, usage
from leakstop.aws.account import (
    BOUNDARY,
    GROUPS,
    KEYS,
    MFA,
    OTHER_CREDENTIALS,
    PASSWORD,
    POLICIES,
    TAGS,
    AccessKey,
    Account,
    Credential,
    Group,
    Policy,
    User,
)
from leakstop.aws.reader import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leakstop.aws.reader import Reader

ALL = "everything about the account's users at once"


def owner(reader: Reader, key_id: str) -> str:
    """The user that an access key belongs to, "" when that cannot be told. The key need not be active, and is not used."""
    try:
        return str(reader.call("iam", "get_access_key_last_used", AccessKeyId=key_id).get("UserName", ""))
    except Refused:
        return ""


def user(reader: Reader, name: str) -> User:
    """A user with everything that decides what its keys can do, and what else it has."""
    arn, what = _arn(reader, name), f"services used by user {name}"
    job = usage.start(reader, arn, what)
    row = reader.take(BOUNDARY, f"permissions boundary of user {name}", "iam:GetUser", lambda: _get_user(reader, name))
    if row is None:
        tags = reader.take(
            TAGS,
            f"the tags of user {name}",
            "iam:ListUserTags",
            lambda: reader.pages("iam", "list_user_tags", "Tags", UserName=name),
        )
    else:
        tags = row.get("Tags") or []
    row = row or {}
    found = User(
        name,
        str(row.get("Arn") or arn),
        str(row.get("UserId", "")),
        _time(row.get("CreateDate")),
        _inline(reader, "user", name),
        _attached(reader, "user", name),
        _groups(reader, name),
        _boundary(reader, row, name),
        None if tags is None else {tag["Key"]: tag["Value"] for tag in tags},
        _keys(reader, name),
        reader.take(PASSWORD, f"console password of user {name}", "iam:GetLoginProfile", lambda: _password(reader, name)),
        _time(row.get("PasswordLastUsed")),
        _mfa(reader, name),
        _others(reader, name),
        usage.finish(reader, job, what),
    )
    return found._replace(unread=reader.taken())


def account(reader: Reader) -> Account:
    """Everybody: by one call if it is allowed, else user by user."""
    pages = reader.take(POLICIES, ALL, "iam:GetAccountAuthorizationDetails", lambda: _details(reader))
    reader.taken()  # what takes its place says itself what is unread
    if pages is None:
        return _one_by_one(reader)
    whole = details.account(pages, "the answer of AWS")
    users = {
        name: each._replace(keys=_keys(reader, name), unread=(*each.unread, *reader.taken()))
        for name, each in whole.users.items()
    }
    return _root(reader, whole._replace(id=reader.account, users=users))


def _details(reader: Reader) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    wanted: dict[str, Any] = {"Filter": ["User", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]}
    while True:
        answer = reader.call("iam", "get_account_authorization_details", **wanted)
        pages.append({**answer, "UserDetailList": answer.get("UserDetailList", [])})
        if not answer.get("IsTruncated"):
            return pages
        wanted["Marker"] = answer["Marker"]


def _one_by_one(reader: Reader) -> Account:
    rows = reader.take(POLICIES, "the list of users", "iam:ListUsers", lambda: reader.pages("iam", "list_users", "Users"))
    unread = reader.taken()
    users = {row["UserName"]: user(reader, row["UserName"]) for row in rows or ()}
    return _root(reader, Account(reader.account, users, unread=unread))


def _root(reader: Reader, whole: Account) -> Account:
    answer = reader.take(
        KEYS, "whether the root user has keys", "iam:GetAccountSummary", lambda: reader.call("iam", "get_account_summary")
    )
    unread = (*whole.unread, *reader.taken())
    if answer is None:
        return whole._replace(unread=unread)
    numbers: Mapping[str, int] = answer.get("SummaryMap", {})
    return whole._replace(
        root_keys=bool(numbers.get("AccountAccessKeysPresent")), root_mfa=bool(numbers.get("AccountMFAEnabled")), unread=unread
    )


def _arn(reader: Reader, name: str) -> str:
    """The ARN of a user, as far as it is known before the user was read; the path that may belong to it is not."""
    return (
        reader.arn
        if reader.who.kind == "user" and reader.who.name == name
        else f"arn:{reader.partition}:iam::{reader.account}:user/{name}"
    )


def _get_user(reader: Reader, name: str) -> dict[str, Any]:
    found: dict[str, Any] = reader.call("iam", "get_user", UserName=name)["User"]
    return found


def _inline(reader: Reader, kind: str, name: str) -> tuple[Policy, ...]:
    """Inline policies of a user or a group. One that is listed and not readable has no document."""
    title, asked = kind.title(), {f"{kind.title()}Name": name}
    names = reader.take(
        POLICIES,
        f"inline policies of {kind} {name}",
        f"iam:List{title}Policies",
        lambda: reader.pages("iam", f"list_{kind}_policies", "PolicyNames", **asked),
    )
    made = []
    for each in names or ():
        answer = reader.take(
            POLICIES,
            f"{kind} {name}, inline policy {each}",
            f"iam:Get{title}Policy",
            lambda each=each: reader.call("iam", f"get_{kind}_policy", PolicyName=each, **asked),  # type: ignore[misc]
        )
        made.append(Policy(each, details.document(answer["PolicyDocument"]) if answer else None))
    return tuple(made)


def _attached(reader: Reader, kind: str, name: str) -> tuple[Policy, ...]:
    rows = reader.take(
        POLICIES,
        f"attached policies of {kind} {name}",
        f"iam:ListAttached{kind.title()}Policies",
        lambda: reader.pages("iam", f"list_attached_{kind}_policies", "AttachedPolicies", **{f"{kind.title()}Name": name}),
    )
    return tuple(_managed(reader, row["PolicyArn"], f"{kind} {name}, managed policy", POLICIES) for row in rows or ())


def _managed(reader: Reader, arn: str, where: str, part: str) -> Policy:
    """A managed policy with its default version; one of AWS's own that is not readable is known by its name."""
    name = arn.rpartition("/")[2]
    version = reader.take(
        part, f"{where} {name}", "iam:GetPolicy", lambda: reader.call("iam", "get_policy", PolicyArn=arn)["Policy"]
    )
    answer = version and reader.take(
        part,
        f"{where} {name}",
        "iam:GetPolicyVersion",
        lambda: reader.call("iam", "get_policy_version", PolicyArn=arn, VersionId=version["DefaultVersionId"])["PolicyVersion"],
    )
    if answer is None and managed.known(arn):
        reader.unread.pop()
    return Policy(name, details.document(answer["Document"]) if answer else None, arn)


def _groups(reader: Reader, name: str) -> tuple[Group, ...]:
    rows = reader.take(
        GROUPS,
        f"groups of user {name}",
        "iam:ListGroupsForUser",
        lambda: reader.pages("iam", "list_groups_for_user", "Groups", UserName=name),
    )
    names = [row["GroupName"] for row in rows or ()]
    return tuple(Group(each, _inline(reader, "group", each), _attached(reader, "group", each)) for each in names)


def _boundary(reader: Reader, row: Mapping[str, Any], name: str) -> Policy | None:
    arn = (row.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", "")
    return _managed(reader, arn, f"permissions boundary of user {name},", BOUNDARY) if arn else None


def _keys(reader: Reader, name: str) -> tuple[AccessKey, ...] | None:
    rows = reader.take(
        KEYS,
        f"access keys of user {name}",
        "iam:ListAccessKeys",
        lambda: reader.pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=name),
    )
    return None if rows is None else tuple(_key(reader, row) for row in rows)


def _key(reader: Reader, row: Mapping[str, Any]) -> AccessKey:
    name = row["AccessKeyId"]
    made = AccessKey(name, row.get("Status", ""), _time(row.get("CreateDate")))
    answer = reader.take(
        KEYS,
        f"last use of access key {name}",
        "iam:GetAccessKeyLastUsed",
        lambda: reader.call("iam", "get_access_key_last_used", AccessKeyId=name)["AccessKeyLastUsed"],
    )
    if answer is None:
        return made
    service, region = (text if text != "N/A" else "" for text in (answer.get("ServiceName", ""), answer.get("Region", "")))
    return made._replace(last_used=_time(answer.get("LastUsedDate")), last_service=service, last_region=region)


def _password(reader: Reader, name: str) -> bool:
    try:
        reader.call("iam", "get_login_profile", UserName=name)
    except Refused as refused:
        if refused.code == "NoSuchEntity":
            return False
        raise
    return True


def _mfa(reader: Reader, name: str) -> tuple[str, ...] | None:
    rows = reader.take(
        MFA,
        f"MFA devices of user {name}",
        "iam:ListMFADevices",
        lambda: reader.pages("iam", "list_mfa_devices", "MFADevices", UserName=name),
    )
    return None if rows is None else tuple(row["SerialNumber"] for row in rows)


# kind, operation, its list, the field with the id, permission
_OTHERS = (
    ("service-specific", "list_service_specific_credentials", "ServiceSpecificCredentials", "ServiceSpecificCredentialId"),
    ("ssh-key", "list_ssh_public_keys", "SSHPublicKeys", "SSHPublicKeyId"),
    ("certificate", "list_signing_certificates", "Certificates", "CertificateId"),
)
_OTHER_PERMISSIONS = {
    "service-specific": "iam:ListServiceSpecificCredentials",
    "ssh-key": "iam:ListSSHPublicKeys",
    "certificate": "iam:ListSigningCertificates",
}


def _others(reader: Reader, name: str) -> tuple[Credential, ...] | None:
    """Credentials that outlive the access keys; None when one kind of them was not readable."""
    found: list[Credential] = []
    complete = True
    for kind, operation, key, field in _OTHERS:
        rows = reader.take(
            OTHER_CREDENTIALS,
            f"{kind} credentials of user {name}",
            _OTHER_PERMISSIONS[kind],
            lambda operation=operation, key=key: reader.pages("iam", operation, key, UserName=name),  # type: ignore[misc]
        )
        complete = complete and rows is not None
        found += [Credential(kind, row[field], row.get("Status", ""), row.get("ServiceName", "")) for row in rows or ()]
    return tuple(found) if complete else None


def _time(value: Any) -> str:
    """ISO 8601 of a time of boto3's; "" for none."""
    return value.isoformat() if hasattr(value, "isoformat") else ""
