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


def read_text(file: str) -> str:
    """A text in UTF-8; UsageError when it cannot be read."""
    try:
        with open(file, encoding="utf-8-sig") as stream:
            return stream.read()
    except OSError as error:
        raise UsageError(f"{file}: cannot read it: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file}: this is not text in UTF-8") from None


def load_json(file: str) -> Any:
    """What a JSON file holds; UsageError with file, line and column when it cannot be read."""
    try:
        with open(file, encoding="utf-8-sig") as stream:
            return json.load(stream)
    except OSError as error:
        raise UsageError(f"{file}: cannot read it: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise UsageError(f"{file}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}") from None
    except (UnicodeDecodeError, RecursionError):
        raise UsageError(f"{file}: this is not JSON in UTF-8") from None


def account(details: Any, file: str) -> Account:
    """The records of the decoded JSON of get-account-authorization-details (one page, or a list of pages)."""
    pages = details if isinstance(details, list) else [details]
    if not pages or not all(isinstance(page, dict) and isinstance(page.get("UserDetailList"), list) for page in pages):
        raise UsageError(f"{file}: these are not authorization details: UserDetailList is missing", HOW)
    try:
        policies, groups, roles, users = (_named(pages, key, name) for key, name in _LISTS.items())
        documents = {arn: _default_document(row) for arn, row in policies.items()}
        members = {name: _group(row, documents) for name, row in groups.items()}
        found = Account(
            "",
            {name: _user(row, documents, members) for name, row in users.items()},
            roles={name: _role(row, documents) for name, row in roles.items()},
        )
    except _Strange as strange:
        raise UsageError(f"{file}: {strange}", HOW) from None
    truncated = any(page.get("IsTruncated") is True for page in pages) and pages[-1].get("IsTruncated") is True
    unread = (Unread(POLICIES, f"the rest of {file}: the export is one page of several"),) if truncated else ()
    owners = (*found.users.values(), *found.roles.values())
    return found._replace(id=next((each.account for each in owners if each.account), ""), unread=unread)


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


# The lists of an export, and what names a row.
_LISTS = {"Policies": "Arn", "GroupDetailList": "GroupName", "RoleDetailList": "RoleName", "UserDetailList": "UserName"}


class _Strange(Exception):
    """What is not as AWS writes it: to take it for empty could make an open key look harmless."""


def _named(pages: Iterable[Mapping[str, Any]], key: str, name: str) -> dict[str, dict[str, Any]]:
    """The rows of a list of all pages by their names."""
    found: dict[str, dict[str, Any]] = {}
    for row in (row for page in pages for row in _rows(page, key)):
        own = text(row, name)
        if not own:
            raise _Strange(f"{key} has a row without {name}")
        if found.setdefault(own, row) != row:
            raise _Strange(f"{key} has two different rows for {own}")
    return found


def _rows(row: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return _listed(row, key, dict, "objects")


def _listed(row: Mapping[str, Any], key: str, kind: type, what: str) -> list[Any]:
    """A list whose items are of one type; empty where it is missing, as AWS leaves out what there is none of."""
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, kind) for each in value):
        owner = next((f" of {text(row, name)}" for name in _LISTS.values() if name in row), "")
        raise _Strange(f"{key}{owner} is not a list of {what}")
    return value


def _default_document(row: Mapping[str, Any]) -> Any:
    """Only the default version of a managed policy counts."""
    default = row.get("DefaultVersionId")
    for version in _rows(row, "PolicyVersionList"):
        if version.get("VersionId") == default if default else version.get("IsDefaultVersion"):
            return document(version.get("Document"))
    return None


def _attached(row: Mapping[str, Any], documents: Mapping[str, Any]) -> tuple[Policy, ...]:
    return tuple(
        Policy(text(each, "PolicyName"), documents.get(text(each, "PolicyArn")), text(each, "PolicyArn"))
        for each in _rows(row, "AttachedManagedPolicies")
    )


def _inline(row: Mapping[str, Any], key: str) -> tuple[Policy, ...]:
    return policies(_rows(row, key))


def _group(row: Mapping[str, Any], documents: Mapping[str, Any]) -> Group:
    return Group(text(row, "GroupName"), _inline(row, "GroupPolicyList"), _attached(row, documents))


def _user(row: Mapping[str, Any], documents: Mapping[str, Any], groups: Mapping[str, Group]) -> User:
    name = text(row, "UserName")
    unread = []
    members = []
    for group in _listed(row, "GroupList", str, "names"):
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
    return None if row.get("Tags") is None else {text(tag, "Key"): text(tag, "Value") for tag in _rows(row, "Tags")}


def _boundary(row: Mapping[str, Any], documents: Mapping[str, Any]) -> Policy | None:
    boundary = row.get("PermissionsBoundary") or {}
    if not isinstance(boundary, dict):
        raise _Strange("PermissionsBoundary is not an object")
    arn = text(boundary, "PermissionsBoundaryArn")
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
