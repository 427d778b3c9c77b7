"""What to do about leaked credentials of AWS, in order, each step with the commands that do it. No command holds a secret.

Deactivating a key stops what is signed by it, presigned URLs and SMTP passwords included. It does not stop sessions that were
minted before (up to 36 hours); policies on the user do.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html
"""

from __future__ import annotations

import shlex

from leakstop.aws.changes import deactivate, put_policy, put_role_policy
from leakstop.aws.partitions import located
from leakstop.aws.replacing import GENERAL
from leakstop.model import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import Any

    from leakstop.aws.account import User
    from leakstop.aws.assessment import Assessment

KEY_ID = "KEY_ID"  # stands where the id is not known
LEAKED_USER, LEAKED_ROLE = "$LEAKED_USER", "$LEAKED_ROLE"  # variables of the shell, where nobody knows yet whose it is
SSO = "AWSReservedSSO_"  # roles that IAM Identity Center makes, and nobody else may change
_MOMENT = "WHEN-THIS-RUNS"
LOOKUP = "aws cloudtrail lookup-events --lookup-attributes"
_DATE = "$(date -u +%Y-%m-%dT%H:%M:%SZ)"


def plan(user: User, key_id: str, now: datetime | None, found: Assessment | None = None) -> list[Step]:
    """The steps for one user's key. `key_id` "" where it is not known; `now` None: the moment when a shell runs the commands."""
    return _in(user.partition, _steps(user.name, key_id or _active(user) or KEY_ID, now, found))


def plan_by_id(key_id: str, now: datetime | None, partition: str) -> list[Step]:
    """The steps for a key whose owner is not known: the first one finds out."""
    first, *rest = _steps(LEAKED_USER, key_id or KEY_ID, now, None)
    if key_id:
        find = f"{LEAKED_USER[1:]}=$(aws iam get-access-key-last-used --access-key-id {key_id} --query UserName --output text)"
        first = first._replace(commands=(find, *first.commands))
    return _in(partition, (first, *rest))


def session_plan(key_id: str, role: str, user: str, now: datetime | None, partition: str) -> list[Step]:
    """The steps for a temporary key: of a role, of a user (GetSessionToken), or, with neither, of somebody not known yet."""
    return _in(partition, _session_steps(key_id or KEY_ID, role, user, now))


def service_plan(user: str, credential: str, partition: str) -> list[Step]:
    """The steps for a service-specific credential or an API key of a user. "" for what is not known."""
    return _in(partition, _service_steps(_shell(shlex.quote(user or LEAKED_USER)), credential))


def _in(partition: str, steps: Iterable[Step]) -> list[Step]:
    return [step._replace(commands=tuple(located(command, partition) for command in step.commands)) for step in steps]


def _service_steps(name: str, credential: str) -> list[Step]:
    own = f"--user-name {name} --service-specific-credential-id {credential or 'CREDENTIAL_ID'}"
    return [
        Step(
            "deactivate",
            "Deactivate the credential",
            "It has a status of its own: deactivating the user's access keys does not stop it.",
            (
                *(() if credential else (f"aws iam list-service-specific-credentials --user-name {name}",)),
                f"aws iam update-service-specific-credential {own} --status Inactive",
            ),
        ),
        _look(KEY_ID, name, by_key=False),
        Step(
            "rotate",
            "Reset or delete it",
            "The new one is shown once; keep it out of the shell's history.",
            (f"aws iam delete-service-specific-credential {own}",),
        ),
        Step("replace", "Replace it by something that cannot leak", GENERAL),
    ]


def root_plan() -> list[Step]:
    """The steps for a key of the root user."""
    return [
        Step(
            "delete",
            "Delete the key",
            "No policy of the account binds the root user. Sign in as root, Security credentials: deactivate it, delete it."
            " In an organization with centralised root access the management account can do it.",
        ),
        Step(
            "password",
            "Change the root password and check its MFA devices",
            "Whoever had the key may have added their own.",
        ),
        Step("look", "Look at everything that was made since the leak", "Users, keys, roles, instances, in every region."),
        Step(
            "prevent",
            "Never have root keys again",
            "In an organization a service control policy can deny the root users of its members.",
        ),
    ]


def _active(user: User) -> str:
    """The id of the one active key, "" when there are several or none is known."""
    active = [key.id for key in user.keys or () if key.status == "Active" and key.id]
    return active[0] if len(active) == 1 else ""


def _steps(user: str, key_id: str, now: datetime | None, found: Assessment | None) -> Iterator[Step]:
    name = _shell(shlex.quote(user))
    yield Step(
        "deactivate",
        "Deactivate the key",
        "It stops at once and can be activated again. If production runs on it, restrict it to your networks first"
        " (leakstop aws policy), rotate, and deactivate it then.",
        (_shell(deactivate(user, key_id).command),),
    )
    yield Step(
        "deny-sessions",
        "Deny the sessions that were minted before now",
        "Whoever had the key could mint sessions that outlive it by up to 36 hours; they carry the user's policies.",
        (_shell(put_policy(user, "RevokeOldSessions", _older_than(now)).command),),
    )
    yield Step(
        "quarantine",
        "If nothing needs the user: deny everything",
        "It stops all of the user's keys and sessions, whatever there is.",
        (_shell(put_policy(user, "QuarantineAll", QUARANTINE).command),),
    )
    yield Step(
        "others",
        "Deactivate the user's other credentials",
        "A second key, service-specific credentials and API keys have a status of their own.",
        (
            f"aws iam list-access-keys --user-name {name}",
            f"aws iam list-service-specific-credentials --user-name {name}",
            f"aws iam list-mfa-devices --user-name {name}",
        ),
    )
    yield _look(key_id, name)
    yield Step(
        "rotate",
        "Rotate, if the user stays",
        "A user can have two keys: delete an unused one first. The new secret is shown once; keep it out of the shell's history."
        " Deploy it, wait until the old key is no longer used, then delete the old one.",
        (
            f"aws iam create-access-key --user-name {name}",
            f"aws iam get-access-key-last-used --access-key-id {key_id}",
            f"aws iam delete-access-key --user-name {name} --access-key-id {key_id}",
        ),
    )
    yield Step("replace", "Replace it by something that cannot leak", GENERAL)
    if found and found.unused:
        yield Step(
            "least-privilege", "Take away what is not used", f"Services without use for 90 days: {', '.join(found.unused)}."
        )


def _session_steps(key_id: str, role: str, user: str, now: datetime | None) -> Iterator[Step]:
    known = role or user
    find = () if known else (f"{LOOKUP} AttributeKey=AccessKeyId,AttributeValue={key_id}",)
    why = (
        "A temporary key cannot be deactivated: it works until it expires, after 12 hours (of a role) or 36 hours at most."
        " Denying older sessions ends it now, and all others of the same owner; new ones work."
    )
    if not known:
        why += " CloudTrail tells whose it is: userIdentity.sessionContext.sessionIssuer."
    if role.startswith(SSO):
        yield Step(
            "deny-sessions",
            "Deny the sessions that were made before now",
            f"{why} IAM Identity Center owns this role: put the deny (aws:TokenIssueTime) into the permission set's inline"
            " policy, and end the person's sessions there.",
        )
    else:
        deny = _older_than(now)
        make = (
            put_policy(user, "RevokeOldSessions", deny)
            if user
            else put_role_policy(role or LEAKED_ROLE, "AWSRevokeOlderSessions", deny)
        )
        yield Step("deny-sessions", "Deny the sessions that were made before now", why, (*find, _shell(make.command)))
    yield _look(key_id, _shell(shlex.quote(user)) if user else "")
    yield Step(
        "rotate",
        "Find what minted it",
        "A session comes from a key, a password or a workload. If that leaked too, it mints the next one.",
    )
    yield Step(
        "replace",
        "Keep sessions out of files",
        "Let the SDK fetch and renew them: roles for workloads, IAM Identity Center for people (aws sso login).",
    )


def _look(key_id: str, name: str, *, by_key: bool = True) -> Step:
    return Step(
        "look",
        "See what was done with it",
        "In every region, since 90 days; data events such as reading objects are only in a trail that logs them. Look for new"
        " users, keys, roles, policies, instances, functions, and for AssumeRole: other roles' sessions are revoked one by one.",
        (
            *((f"{LOOKUP} AttributeKey=AccessKeyId,AttributeValue={key_id}",) if by_key else ()),
            *((f"{LOOKUP} AttributeKey=Username,AttributeValue={name}",) if name else ()),
        ),
    )


QUARANTINE: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "QuarantineAll", "Effect": "Deny", "Action": "*", "Resource": "*"}],
}


def _older_than(now: datetime | None) -> dict[str, Any]:
    """Denies sessions that were minted before a moment; the key itself carries no issue time and is not bound."""
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ") if now else _MOMENT
    condition = {"DateLessThan": {"aws:TokenIssueTime": moment}}
    statement = {"Sid": "RevokeOldSessions", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _shell(command: str) -> str:
    """A quoted command in which the variables of the shell and the moment when it runs are none of the quoted text."""
    for name in (LEAKED_USER, LEAKED_ROLE):
        command = command.replace(f"'{name}'", f'"{name}"')
    return command.replace(_MOMENT, f"'\"{_DATE}\"'")
