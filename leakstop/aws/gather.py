"""The records of an account from AWS: a user with all that binds it, read piece by piece; or everybody at once.

One missing permission costs one piece, which `unread` then names. The calls and their permissions, which have the same names:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.aws import details, holdings, managed, usage
from leakstop.aws.account import BOUNDARY, GROUPS, KEYS, POLICIES, ROLE, SESSION, TAGS, USER, Account, Group, Policy, User
from leakstop.aws.holdings import moment
from leakstop.aws.reader import Pieces, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leakstop.aws.identity import Principal
    from leakstop.aws.reader import Reader

FILTER = ("User", "Group", "LocalManagedPolicy", "AWSManagedPolicy")


def owner(reader: Reader, key_id: str) -> str:
    """The user that an access key belongs to, "" when that cannot be told. The key need not be active, and is not used."""
    try:
        return str(reader.call("iam", "get_access_key_last_used", AccessKeyId=key_id).get("UserName", ""))
    except Refused:
        return ""


def user(reader: Reader, name: str) -> User:
    """A user with everything that decides what its keys can do, and what else it holds."""
    pieces = Pieces(reader)
    row = _row(pieces, name)
    arn = str(row.get("Arn") or _arn(reader, name))
    what = f"services used by user {name}"
    job = usage.start(pieces, arn, what)
    found = User(
        name,
        arn,
        str(row.get("UserId", "")),
        moment(row.get("CreateDate")),
        _inline(pieces, USER, name),
        _attached(pieces, USER, name),
        _groups(pieces, name),
        _boundary(pieces, row, f"user {name}"),
        _tags(pieces, row, USER, name),
        holdings.access_keys(pieces, name),
        holdings.password(pieces, name),
        moment(row.get("PasswordLastUsed")),
        holdings.mfa_devices(pieces, name),
        holdings.other_credentials(pieces, name),
        usage.finish(pieces, job, what),
    )
    return found._replace(unread=tuple(pieces.unread))


def role(reader: Reader, name: str, session: str = "") -> User:
    """A role, as what its sessions can do. `session` is the user id of one (AROA…:NAME). A session policy may narrow it further,
    and nobody can read that.
    """
    pieces = Pieces(reader)
    row = pieces.take(
        BOUNDARY,
        f"permissions boundary of role {name}",
        "iam:GetRole",
        lambda: reader.call("iam", "get_role", RoleName=name)["Role"],
    )
    row = row or {}
    tags = _tags(pieces, row, ROLE, name)
    if tags is not None and details.may_be_tagged(row.get("AssumeRolePolicyDocument")):
        tags = None
        pieces.unread.append(details.session_tags(name))
    found = User(
        name,
        str(row.get("Arn") or f"arn:{reader.partition}:iam::{reader.account}:role/{name}"),
        session,
        moment(row.get("CreateDate")),
        _inline(pieces, ROLE, name),
        _attached(pieces, ROLE, name),
        boundary=_boundary(pieces, row, f"role {name}"),
        tags=tags,
        kind=ROLE,
        lasts=row.get("MaxSessionDuration"),
    )
    return found._replace(unread=tuple(pieces.unread))


def whoever(reader: Reader, who: Principal, session: str = "", *, temporary: bool) -> User:
    """What a key can do by its owner, a user or a role. `temporary`: the key is of a session; `session`: its user id."""
    if who.kind != USER:
        return role(reader, who.name, session)
    found = user(reader, who.name)
    return found._replace(kind=SESSION) if temporary else found


def account(reader: Reader) -> Account:
    """Everybody: by one call if it is allowed, else user by user."""
    pieces = Pieces(reader)
    pages = pieces.take(POLICIES, "the account's users", "iam:GetAccountAuthorizationDetails", lambda: _pages(reader))
    if pages is None:
        pieces = Pieces(reader)  # what takes its place says itself what is unread
        names = pieces.take(POLICIES, "the list of users", "iam:ListUsers", lambda: reader.pages("iam", "list_users", "Users"))
        users = {row["UserName"]: user(reader, row["UserName"]) for row in names or ()}
    else:
        whole = details.account(pages, "the answer of AWS")
        users = {name: _with_keys(reader, each) for name, each in whole.users.items()}
    summary = pieces.take(
        KEYS, "whether the root user has keys", "iam:GetAccountSummary", lambda: reader.call("iam", "get_account_summary")
    )
    number = summary["SummaryMap"].get("AccountAccessKeysPresent") if summary else None
    return Account(reader.account, users, None if number is None else bool(number), tuple(pieces.unread))


def _pages(reader: Reader) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    marker: dict[str, Any] = {}
    while True:
        pages.append(reader.call("iam", "get_account_authorization_details", Filter=list(FILTER), **marker))
        if not pages[-1].get("IsTruncated"):
            return pages
        marker = {"Marker": pages[-1]["Marker"]}


def _arn(reader: Reader, name: str) -> str:
    """The ARN of a user that could not be read; a path that belongs to it is only known if it is the reader itself."""
    return reader.arn if reader.who.name == name else f"arn:{reader.partition}:iam::{reader.account}:user/{name}"


def _with_keys(reader: Reader, found: User) -> User:
    pieces = Pieces(reader)
    keys = holdings.access_keys(pieces, found.name)
    return found._replace(keys=keys, unread=(*found.unread, *pieces.unread))


def _row(pieces: Pieces, name: str) -> Mapping[str, Any]:
    """What GetUser tells; without it nobody knows whether there is a boundary."""
    row: dict[str, Any] | None = pieces.take(
        BOUNDARY,
        f"permissions boundary of user {name}",
        "iam:GetUser",
        lambda: pieces.reader.call("iam", "get_user", UserName=name)["User"],
    )
    return row or {}


def _tags(pieces: Pieces, row: Mapping[str, Any], kind: str, name: str) -> dict[str, str] | None:
    """Tags come with the user or role; where that was refused they may be listed by themselves."""
    tags = row.get("Tags", ()) if row else None
    if tags is None:
        tags = pieces.take(
            TAGS,
            f"the tags of {kind} {name}",
            f"iam:List{kind.title()}Tags",
            lambda: pieces.reader.pages("iam", f"list_{kind}_tags", "Tags", **_named(kind, name)),
        )
    return None if tags is None else {tag["Key"]: tag["Value"] for tag in tags}


def _groups(pieces: Pieces, name: str) -> tuple[Group, ...]:
    rows = pieces.take(
        GROUPS,
        f"groups of user {name}",
        "iam:ListGroupsForUser",
        lambda: pieces.reader.pages("iam", "list_groups_for_user", "Groups", UserName=name),
    )
    names = [row["GroupName"] for row in rows or ()]
    return tuple(Group(each, _inline(pieces, "group", each), _attached(pieces, "group", each)) for each in names)


def _inline(pieces: Pieces, kind: str, name: str) -> tuple[Policy, ...]:
    """Inline policies of a user, a group or a role."""
    names = pieces.take(
        POLICIES,
        f"inline policies of {kind} {name}",
        f"iam:List{kind.title()}Policies",
        lambda: pieces.reader.pages("iam", f"list_{kind}_policies", "PolicyNames", **_named(kind, name)),
    )
    return tuple(_document(pieces, kind, name, policy) for policy in names or ())


def _document(pieces: Pieces, kind: str, name: str, policy: str) -> Policy:
    """An inline policy; one that is listed but not readable has no document."""
    answer = pieces.take(
        POLICIES,
        f"{kind} {name}, inline policy {policy}",
        f"iam:Get{kind.title()}Policy",
        lambda: pieces.reader.call("iam", f"get_{kind}_policy", PolicyName=policy, **_named(kind, name)),
    )
    return Policy(policy, details.document(answer["PolicyDocument"]) if answer else None)


def _attached(pieces: Pieces, kind: str, name: str) -> tuple[Policy, ...]:
    rows = pieces.take(
        POLICIES,
        f"attached policies of {kind} {name}",
        f"iam:ListAttached{kind.title()}Policies",
        lambda: pieces.reader.pages("iam", f"list_attached_{kind}_policies", "AttachedPolicies", **_named(kind, name)),
    )
    return tuple(_managed(pieces, row["PolicyArn"], f"{kind} {name}, managed policy", POLICIES) for row in rows or ())


def _boundary(pieces: Pieces, row: Mapping[str, Any], owner: str) -> Policy | None:
    arn = (row.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", "")
    return _managed(pieces, arn, f"permissions boundary of {owner},", BOUNDARY) if arn else None


def _managed(pieces: Pieces, arn: str, where: str, part: str) -> Policy:
    """A managed policy by its default version, the only one that counts. AWS's own need not be readable to be known."""
    name, trial = arn.rpartition("/")[2], Pieces(pieces.reader)
    policy = trial.take(
        part, f"{where} {name}", "iam:GetPolicy", lambda: pieces.reader.once("iam", "get_policy", PolicyArn=arn)["Policy"]
    )
    version = policy and trial.take(
        part,
        f"{where} {name}",
        "iam:GetPolicyVersion",
        lambda: pieces.reader.once("iam", "get_policy_version", PolicyArn=arn, VersionId=policy["DefaultVersionId"]),
    )
    if not managed.known(arn):
        pieces.unread += [note for note in trial.unread if note not in pieces.unread]
    return Policy(name, details.document(version["PolicyVersion"]["Document"]) if version else None, arn)


def _named(kind: str, name: str) -> dict[str, str]:
    """The argument that names a user, a group or a role."""
    return {f"{kind.title()}Name": name}
