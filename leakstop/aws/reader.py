"""Reading an account, with an auditor's rights or with the leaked key itself. Only reads; what is denied stays unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from leakstop.aws.account import Unread
from leakstop.aws.client import Credentials, caller
from leakstop.aws.failures import error_code, failure
from leakstop.aws.identity import principal
from leakstop.aws.partitions import of_region
from leakstop.errors import LeakstopError
from leakstop.model import Secret, show_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from leakstop.aws.client import Route

    Answer = TypeVar("Answer")

SESSION = "leakstop"  # the name under which a role is assumed

# How the services page: name of the argument, name in the answer.
_MARKERS = {"iam": ("Marker", "Marker"), "organizations": ("NextToken", "NextToken")}
# Where Organizations is, by partition; it is nowhere else. https://docs.aws.amazon.com/general/latest/gr/ao.html
_ORGANIZATIONS = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-northwest-1", "aws-eusc": "eusc-de-east-1"}


class Refused(Exception):
    """A read that gave nothing. kind and reason as in `failures`; code is AWS's, "" when it was not AWS that refused."""

    def __init__(self, kind: str, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.kind, self.reason, self.code = kind, reason, code


class Reader:
    """Somebody whose credentials read an account. Raises Refused if AWS does not take them."""

    def __init__(self, credentials: Credentials, route: Route, region: str) -> None:
        self._credentials = credentials
        self._route = route
        self._region = route.region or region
        self._answers: dict[tuple[object, ...], dict[str, Any]] = {}
        self.arn = show_text(str(self.call("sts", "get_caller_identity").get("Arn", "")))
        self.who = principal(self.arn)
        self.partition = of_region(self._region).name

    @property
    def account(self) -> str:
        """The account that is read."""
        return self.who.account

    @property
    def temporary(self) -> bool:
        """Whether it reads with temporary credentials."""
        return self._credentials.token is not None

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """One call; Refused when it gives nothing."""
        region = _ORGANIZATIONS[of_region(self._region).name] if service == "organizations" else self._region
        asking = caller(service, self._credentials, region, self._route)
        try:
            return asking.call(operation, **arguments)
        except Exception as error:  # noqa: BLE001 - whatever the library raises, the piece is unread
            why = failure(error, asking.seen)
            raise Refused(why.kind, why.reason, error_code(error)) from None

    def once(self, service: str, operation: str, **arguments: str) -> dict[str, Any]:
        """A call whose answer is remembered: what many users share, such as a managed policy. A refusal is not."""
        key = (service, operation, *sorted(arguments.items()))
        if key not in self._answers:
            self._answers[key] = self.call(service, operation, **arguments)
        return self._answers[key]

    def pages(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """A list that comes in pages, some of them perhaps empty; Refused when one is missing."""
        argument, marker = _MARKERS[service]
        rows: list[Any] = []
        while True:
            answer = self.call(service, operation, **arguments)
            rows += answer.get(key) or []
            if not answer.get(marker) or answer.get("IsTruncated") is False:
                return rows
            arguments[argument] = answer[marker]

    def assume(self, role: str) -> Reader:
        """A reader with the rights of a role. LeakstopError if it may not be assumed."""
        try:
            answer = self.call("sts", "assume_role", RoleArn=role, RoleSessionName=SESSION)
            found = answer["Credentials"]
            secret, token = (Secret(found[name].encode()) for name in ("SecretAccessKey", "SessionToken"))
            return Reader(Credentials(found["AccessKeyId"], secret, token), self._route, self._region)
        except Refused as refused:
            raise LeakstopError(f"cannot assume {role}: {refused.reason}", f"It has to trust {self.arn}.") from None


class Pieces:
    """Reads piece by piece: one that is refused costs that piece only, and is noted."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.unread: list[Unread] = []

    def take(self, part: str, what: str, permission: str, read: Callable[[], Answer]) -> Answer | None:
        """What a read gives; None if it was refused, which is noted, with the permission where that is what is missing."""
        try:
            return read()
        except Refused as refused:
            denied = refused.kind == "denied"
            note = Unread(part, what, permission if denied else "", "" if denied else refused.reason)
            if note not in self.unread:
                self.unread.append(note)
            return None


def auditor(profile: str, role: str, route: Route) -> Reader:
    """A reader with an auditor's rights: those of a profile of this machine ("": its default credentials), then of a role.

    LeakstopError: there is no such profile, it has no credentials, or AWS does not take them.
    """
    from leakstop.aws.client import hush

    hush()
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    name = f"profile {profile}" if profile else "the default credentials"
    try:
        session = boto3.Session(profile_name=profile or None)
        region = session.region_name or ""
        found = session.get_credentials()
        keys = found.get_frozen_credentials() if found else None
    except (BotoCoreError, ClientError) as error:
        remedy = "`aws configure list-profiles` names the profiles, `aws sso login` renews one."
        raise LeakstopError(f"{name}: cannot be used ({type(error).__name__})", remedy) from None
    if keys is None or not keys.access_key or not keys.secret_key:
        raise LeakstopError(f"{name}: there are no credentials", "`aws configure` makes some; --profile names others.")
    token = Secret(keys.token.encode()) if keys.token else None
    try:
        reader = Reader(Credentials(keys.access_key, Secret(keys.secret_key.encode()), token), route, of_region(region).region)
    except Refused as refused:
        raise LeakstopError(f"{name}: {refused.reason}") from None
    return reader.assume(role) if role else reader
