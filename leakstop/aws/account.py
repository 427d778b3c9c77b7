"""What is known of an AWS account's users and of the policies that bind them: frozen records, from files or from AWS.

What could not be read is marked and never taken for empty: a policy without its document has `document=None`, and each list that
could not be read is an `Unread` that names the missing permission.
"""

from __future__ import annotations

from types import MappingProxyType

from leakstop.aws.partitions import of_arn
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

# The parts of a user that bear on decisions when they are missing: an unread policy may allow or deny anything.
POLICIES = "policies"  # inline or attached policies of the user or of a group, or the list of them
GROUPS = "groups"  # which groups the user is in
BOUNDARY = "boundary"  # whether there is a permissions boundary
TAGS = "tags"  # aws:PrincipalTag/…
SCPS = "scps"  # service control policies
# Parts that bear on the rating only.
KEYS, PASSWORD, MFA, OTHER_CREDENTIALS, USAGE = "keys", "password", "mfa", "other-credentials", "usage"


def read_moment(text: Any) -> datetime | None:
    """A time as AWS writes it: ISO 8601, in UTC where it has no offset. None for what is none."""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Unread(NamedTuple):
    """A piece that could not be read, and what it takes to read it."""

    part: str  # one of the constants above
    what: str  # for people: "the tags of user leaky"
    permission: str = ""  # "iam:ListUserTags"; "" when no permission is to blame (a document missing from a file)
    reason: str = ""  # what AWS or the file said, one line


class Policy(NamedTuple):
    """A policy as it stands somewhere. `document` is the decoded JSON, whatever it is; None: it could not be read."""

    name: str
    document: Any = None
    arn: str = ""  # managed policies; "" for inline ones and SCPs from files


class Group(NamedTuple):
    """A group and its policies."""

    name: str
    inline: tuple[Policy, ...] = ()
    attached: tuple[Policy, ...] = ()


class AccessKey(NamedTuple):
    """An access key. Times are ISO 8601; "" where not known."""

    id: str
    status: str = ""  # Active, Inactive or Expired
    created: str = ""
    last_used: str | None = None  # None: not known; "": never
    last_service: str = ""
    last_region: str = ""


class Credential(NamedTuple):
    """Another credential of the same user that outlives the access key (service-specific credential, SSH key, certificate)."""

    kind: str  # "service-specific", "ssh-key" or "certificate"
    id: str
    status: str = ""
    service: str = ""  # codecommit.amazonaws.com, bedrock.amazonaws.com, …


class ServiceUse(NamedTuple):
    """One row of Access Advisor: a service that the policies allow, and when it was last used ("" = never within tracking)."""

    service: str  # the namespace: s3, iam, …
    last_used: str = ""
    region: str = ""
    actions: tuple[tuple[str, str], ...] = ()  # action, last use; where AWS tracks actions


USER, SESSION, ROLE = "user", "session", "role"


class User(NamedTuple):
    """An IAM user with everything that decides what its keys can do. None: not read (then `unread` says why).

    The same record holds a temporary key of a user, and a role whose session is looked at: `kind` is USER, SESSION or ROLE.
    """

    name: str
    arn: str
    id: str = ""  # AIDA…
    created: str = ""
    inline: tuple[Policy, ...] = ()
    attached: tuple[Policy, ...] = ()
    groups: tuple[Group, ...] = ()
    boundary: Policy | None = None  # None: there is none, or it was not read (`unread` has BOUNDARY)
    tags: Mapping[str, str] | None = None
    keys: tuple[AccessKey, ...] | None = None
    password: bool | None = None  # has a console password
    password_last_used: str = ""
    mfa: tuple[str, ...] | None = None  # serial numbers of MFA devices
    other_credentials: tuple[Credential, ...] | None = None
    usage: tuple[ServiceUse, ...] | None = None
    unread: tuple[Unread, ...] = ()
    kind: str = USER
    lasts: int | None = None  # seconds that a session of the role may last

    @property
    def owner(self) -> str:
        """How policies are said to be attached: "user ci", "role deploy"."""
        return f"{ROLE if self.kind == ROLE else USER} {self.name}"

    @property
    def account(self) -> str:
        """The twelve digits of its account ("" when the ARN has none)."""
        parts = self.arn.split(":")
        return parts[4] if len(parts) > 5 else ""

    @property
    def partition(self) -> str:
        """The partition of its ARN: aws, aws-cn, aws-us-gov, aws-eusc."""
        return of_arn(self.arn)


class Organization(NamedTuple):
    """What an organization imposes on the account.

    `levels` are the service control policies from the root through each organizational unit to the account: all must allow on
    every level. A policy without a document was not readable. None: it is not known which SCPs there are.
    """

    levels: tuple[tuple[Policy, ...], ...] | None = None
    id: str = ""  # o-…; "" when not known
    management: bool = False  # SCPs do not bind the management account
    none: bool = False  # the account is in no organization
    unread: tuple[Unread, ...] = ()  # asked for and not readable; makes what SCPs could decide unknown


class Account(NamedTuple):
    """An account as the authorization details describe it, users by name; roles too, as what their sessions can do."""

    id: str
    users: Mapping[str, User]
    root_keys: bool | None = None  # the root user has access keys
    unread: tuple[Unread, ...] = ()
    roles: Mapping[str, User] = MappingProxyType({})
