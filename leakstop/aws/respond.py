"""What to do about a leaked key, in order, each step with the commands that do it. No command holds a secret.

Deactivating a key stops what is signed by it, presigned URLs and SMTP passwords included. It does not stop sessions that were
minted before (up to 36 hours); policies on the user do.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop.aws.changes import deactivate, put_policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leakstop.aws.account import User
    from leakstop.aws.assessment import Assessment

KEY_ID = "KEY_ID"  # stands where the id is not known


class Step(NamedTuple):
    """A step: what, why, and the commands for it (none: by hand)."""

    title: str
    why: str
    commands: tuple[str, ...] = ()


def plan(user: User, key_id: str, now: datetime, found: Assessment | None = None) -> list[Step]:
    """The steps for one user's key. `key_id` "" where it is not known."""
    return list(_steps(user, key_id or _active(user) or KEY_ID, now, found))


def root_plan() -> list[Step]:
    """The steps for a key of the root user."""
    return [
        Step(
            "Delete the key",
            "No policy of the account binds the root user. Sign in as root, Security credentials: deactivate it, delete it."
            " In an organization with centralised root access the management account can do it.",
        ),
        Step("Change the root password and check its MFA devices", "Whoever had the key may have added their own."),
        Step("Look at everything that was made since the leak", "Users, keys, roles, instances, in every region."),
        Step("Never have root keys again", "In an organization a service control policy can deny the root users of its members."),
    ]


def _active(user: User) -> str:
    """The id of the one active key, "" when there are several or none is known."""
    active = [key.id for key in user.keys or () if key.status == "Active" and key.id]
    return active[0] if len(active) == 1 else ""


def _steps(user: User, key_id: str, now: datetime, found: Assessment | None) -> Iterator[Step]:
    name = shlex.quote(user.name)
    stop = deactivate(user.name, key_id)
    yield Step(
        "Deactivate the key",
        "It stops at once and can be activated again. If production runs on it, restrict it to your networks first"
        " (leakstop aws policy), rotate, and deactivate it then.",
        (stop.command,),
    )
    yield Step(
        "Deny the sessions that were minted before now",
        "Whoever had the key could mint sessions that outlive it by up to 36 hours; they carry the user's policies.",
        (put_policy(user.name, "RevokeOldSessions", _older_than(now)).command,),
    )
    yield Step(
        "If nothing needs the user: deny everything",
        "It stops all of the user's keys and sessions, whatever there is.",
        (put_policy(user.name, "QuarantineAll", QUARANTINE).command,),
    )
    yield Step(
        "Deactivate the user's other credentials",
        "A second key, service-specific credentials and API keys have a status of their own.",
        (
            f"aws iam list-access-keys --user-name {name}",
            f"aws iam list-service-specific-credentials --user-name {name}",
            f"aws iam list-mfa-devices --user-name {name}",
        ),
    )
    yield Step(
        "See what was done with it",
        "In every region, since 90 days; data events such as reading objects are only in a trail that logs them. Look for new"
        " users, keys, roles, policies, instances, functions, and for AssumeRole: other roles' sessions are revoked one by one.",
        (
            f"aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue={key_id}",
            f"aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue={name}",
        ),
    )
    yield Step(
        "Rotate, if the user stays",
        "A user can have two keys: delete an unused one first. The new secret is shown once; keep it out of the shell's history."
        " Deploy it, wait until the old key is no longer used, then delete the old one.",
        (
            f"aws iam create-access-key --user-name {name}",
            f"aws iam get-access-key-last-used --access-key-id {key_id}",
            f"aws iam delete-access-key --user-name {name} --access-key-id {key_id}",
        ),
    )
    yield Step("Replace it by something that cannot leak", REPLACEMENTS)
    if found and found.unused:
        yield Step("Take away what is not used", f"Services without use for 90 days: {', '.join(found.unused)}.")
    yield Step(
        "Remove it from the history, last",
        "It only spares you the next alarm: whoever has a clone has the key. All clones must be made anew afterwards.",
        ("git filter-repo --replace-text FILE-WITH-THE-VALUE",),
    )
    yield Step("Prevent the next one", "As a hook before each commit, and in CI.", ("leakstop staged", "leakstop history"))


REPLACEMENTS = (
    "On EC2, ECS, EKS and Lambda: a role (instance profile, task role, Pod Identity). In GitHub or GitLab CI: OpenID Connect with"
    " conditions on subject and audience. On your own machines: IAM Roles Anywhere. For people: IAM Identity Center (aws sso"
    " login). For third parties: a role with an external id. Presigned URLs of several days and SES SMTP: a small service of its"
    " own, its key restricted to its network."
)
QUARANTINE: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "QuarantineAll", "Effect": "Deny", "Action": "*", "Resource": "*"}],
}


def _older_than(now: datetime) -> dict[str, Any]:
    """Denies sessions that were minted before a moment; the key itself carries no issue time and is not bound."""
    condition = {"DateLessThan": {"aws:TokenIssueTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    statement = {"Sid": "RevokeOldSessions", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}
