"""Reads exported files: the JSON of `aws iam get-account-authorization-details`, and SCP levels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from leakstop.aws import globs
from leakstop.aws.account import GROUPS, POLICIES, ROLE, TAGS, Account, Group, Policy, Unread, User
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NOT_IN_FILE = "not in the file"
HOW = "Make it with: aws iam get-account-authorization-details > details.json"


def read_account(file: str) -> Account:
    """The account of an exported file. UsageError when it is no such file."""
    return account(load_json(file), file)


def load_json(file: str) -> Any:
    """What a JSON file holds; UsageError with file, line and column when it cannot be read."""
    try:
        with open(file, encoding="utf-8-sig") as stream:
            return json.load(stream)
    except OSError as error:
        raise UsageError(f"{file}: cannot read it: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise UsageError(f"{file}:{error.lineno}:{error.colno}: this is no JSON: {error.msg}") from None
    except (UnicodeDecodeError, RecursionError):
        raise UsageError(f"{file}: this is no JSON text in UTF-8") from None


def account(details: Any, file: str) -> Account:
    """The records of the decoded JSON of get-account-authorization-details (one page, or a list of pages)."""
    pages = details if isinstance(details, list) else [details]
    if not pages or not all(isinstance(page, dict) and isinstance(page.get("UserDetailList"), list) for page in pages):
        raise UsageError(f"{file}: these are no authorization details: UserDetailList is missing", HOW)
    whole = {key: [item for page in pages for item in _rows(page, key, file)] for key in _LISTS}
    documents = {text(row, "Arn"): _default_document(row) for row in whole["Policies"]}
    groups = {text(row, "GroupName"): _group(row, documents) for row in whole["GroupDetailList"]}
    users = [_user(row, documents, groups) for row in whole["UserDetailList"]]
    for user in users:
        if not user.name:
            raise UsageError(f"{file}: a user without UserName in UserDetailList", HOW)
    truncated = any(page.get("IsTruncated") is True for page in pages) and pages[-1].get("IsTruncated") is True
    unread = (Unread(POLICIES, f"the rest of {file}: the export is one page of several"),) if truncated else ()
    return Account(
        next((user.account for user in users if user.account), ""),
        {user.name: user for user in users},
        unread=unread,
        roles={text(row, "RoleName"): _role(row, documents) for row in whole["RoleDetailList"]},
    )


def document(value: Any) -> Any:
    """A policy document as JSON: boto3 and the CLI give it decoded, the API itself URL-encoded, some exports as a string."""
    if not isinstance(value, str):
        return value
    for candidate in (value, unquote(value)):
        try:
            return json.loads(candidate)
        except (json.JSONDecodeError, RecursionError):
            continue
    return value  # no document at all: the evaluator will call it malformed


def policies(rows: Iterable[Mapping[str, Any]]) -> tuple[Policy, ...]:
    """Inline policies: PolicyName and PolicyDocument."""
    return tuple(Policy(text(row, "PolicyName"), document(row.get("PolicyDocument"))) for row in rows)


def text(row: Mapping[str, Any], key: str) -> str:
    """A text of a row, "" when it is missing. Times come as they are printed."""
    value = row.get(key)
    return value if isinstance(value, str) else "" if value is None else str(value)


_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def _rows(page: Mapping[str, Any], key: str, file: str) -> list[dict[str, Any]]:
    rows = page.get(key) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{file}: {key} is no list of objects", HOW)
    return rows


def _listed(row: Mapping[str, Any], key: str) -> list[Any]:
    value = row.get(key)
    return value if isinstance(value, list) else []


def _default_document(row: Mapping[str, Any]) -> Any:
    """Only the default version of a managed policy counts."""
    default = row.get("DefaultVersionId")
    for version in _listed(row, "PolicyVersionList"):
        if isinstance(version, dict) and (version.get("VersionId") == default if default else version.get("IsDefaultVersion")):
            return document(version.get("Document"))
    return None


def _attached(row: Mapping[str, Any], documents: Mapping[str, Any]) -> tuple[Policy, ...]:
    return tuple(
        Policy(text(each, "PolicyName"), documents.get(text(each, "PolicyArn")), text(each, "PolicyArn"))
        for each in _listed(row, "AttachedManagedPolicies")
        if isinstance(each, dict)
    )


def _inline(row: Mapping[str, Any], key: str) -> tuple[Policy, ...]:
    return policies(each for each in _listed(row, key) if isinstance(each, dict))


def _group(row: Mapping[str, Any], documents: Mapping[str, Any]) -> Group:
    return Group(text(row, "GroupName"), _inline(row, "GroupPolicyList"), _attached(row, documents))


def _user(row: Mapping[str, Any], documents: Mapping[str, Any], groups: Mapping[str, Group]) -> User:
    name = text(row, "UserName")
    unread = []
    members = []
    for group in map(str, _listed(row, "GroupList")):
        if group in groups:
            members.append(groups[group])
        else:
            unread.append(Unread(GROUPS, f"group {group} of user {name}", "iam:GetAccountAuthorizationDetails", NOT_IN_FILE))
    tags = _tags(row)
    if tags is None:
        unread.append(Unread(TAGS, f"the tags of user {name}", "iam:ListUserTags", NOT_IN_FILE))
    return User(
        name,
        text(row, "Arn"),
        text(row, "UserId"),
        text(row, "CreateDate"),
        _inline(row, "UserPolicyList"),
        _attached(row, documents),
        tuple(members),
        _boundary(row, documents),
        tags,
        unread=tuple(unread),
    )


def _role(row: Mapping[str, Any], documents: Mapping[str, Any]) -> User:
    """A role, as what its sessions can do."""
    name = text(row, "RoleName")
    tags, unread = _tags(row), tuple[Unread, ...]()
    if tags is None:
        unread = (Unread(TAGS, f"the tags of role {name}", "iam:ListRoleTags", NOT_IN_FILE),)
    elif may_be_tagged(row.get("AssumeRolePolicyDocument")):
        tags, unread = None, (session_tags(name),)
    return User(
        name,
        text(row, "Arn"),
        created=text(row, "CreateDate"),
        inline=_inline(row, "RolePolicyList"),
        attached=_attached(row, documents),
        boundary=_boundary(row, documents),
        tags=tags,
        unread=unread,
        kind=ROLE,
    )


def session_tags(role: str) -> Unread:
    """Tags that whoever assumed a role may have set, and nobody else knows."""
    return Unread(TAGS, f"the tags of this session of role {role}", "", "whoever assumed it may have set tags")


def may_be_tagged(trust: Any) -> bool:
    """Whether a role's trust policy lets whoever assumes it set tags of the session (sts:TagSession)."""
    read = document(trust)
    rows = read.get("Statement", []) if isinstance(read, dict) else []
    for row in rows if isinstance(rows, list) else [rows]:
        if isinstance(row, dict) and row.get("Effect") == "Allow":
            actions = row.get("Action", "*")
            listed = actions if isinstance(actions, list) else [actions]
            if any(globs.matches(globs.plain(str(action).lower()), "sts:tagsession") for action in listed):
                return True
    return False


def _tags(row: Mapping[str, Any]) -> dict[str, str] | None:
    tags = row.get("Tags")
    return {text(tag, "Key"): text(tag, "Value") for tag in tags if isinstance(tag, dict)} if isinstance(tags, list) else None


def _boundary(row: Mapping[str, Any], documents: Mapping[str, Any]) -> Policy | None:
    boundary = row.get("PermissionsBoundary")
    arn = text(boundary, "PermissionsBoundaryArn") if isinstance(boundary, dict) else ""
    return Policy(arn.rpartition("/")[2], documents.get(arn), arn) if arn else None


def read_level(file: str) -> tuple[Policy, ...]:
    """One level of service control policies: a JSON list of documents. `null` in their place: there are some, unread."""
    level = load_json(file)
    if isinstance(level, dict) and "Statement" in level:
        level = [level]  # a level with one policy, its list forgotten
    if level is None:
        level = [None]
    if not isinstance(level, list):
        raise UsageError(f"{file}: a level of service control policies is a JSON list of policy documents")
    return tuple(Policy(f"{file} #{number}", document(each)) for number, each in enumerate(level, 1))
