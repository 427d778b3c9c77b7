"""Reading an account: with an auditor's profile or role, or with the leaked key itself. Only reads; what is denied stays unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from leakstop.aws.account import Unread
from leakstop.aws.client import Credentials, Route, client
from leakstop.aws.failures import failure
from leakstop.aws.identity import principal
from leakstop.aws.partitions import PARTITIONS, of_region
from leakstop.errors import LeakstopError
from leakstop.model import Secret, show_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from leakstop.aws.client import Seen
    from leakstop.aws.identity import Principal

    Answer = TypeVar("Answer")

SESSION = "leakstop"  # the name under which a role is assumed


class Refused(Exception):
    """A read that gave nothing. kind and reason as in `failures`; code is AWS's, "" when it was not AWS."""

    def __init__(self, kind: str, reason: str, code: str) -> None:
        super().__init__(reason)
        self.kind, self.reason, self.code = kind, reason, code


class Reader:
    """Somebody whose credentials read an account. One client for each service, each with its partition's region."""

    def __init__(self, credentials: Credentials, route: Route, region: str = "") -> None:
        self._credentials = credentials
        self._route = route
        self._region = route.region or region or PARTITIONS["aws"].region
        self._clients: dict[str, tuple[Any, Seen]] = {}
        self.unread: list[Unread] = []
        answer = self.call("sts", "get_caller_identity")
        self.who: Principal = principal(str(answer.get("Arn", "")))
        self.arn = show_text(str(answer.get("Arn", "")))

    @property
    def account(self) -> str:
        """The account that is read."""
        return self.who.account

    @property
    def partition(self) -> str:
        """The partition that it is in."""
        return self.arn.split(":")[1]

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """One call; Refused when it gives nothing."""
        made, seen = self._client(service)
        try:
            answer: dict[str, Any] = getattr(made, operation)(**arguments)
        except Exception as error:  # noqa: BLE001 - whatever the library raises, the piece is unread
            why = failure(error, seen)
            details = getattr(error, "response", {}).get("Error", {})
            raise Refused(why.kind, why.reason, str(details.get("Code", ""))) from None
        return answer

    def pages(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """A list that comes in pages, an empty one among them or not; Refused when a page is missing."""
        rows: list[Any] = []
        names = _MARKERS[service]
        while True:
            answer = self.call(service, operation, **arguments)
            rows += answer.get(key) or []
            marker = answer.get(names[1])
            if not marker or answer.get("IsTruncated") is False:
                return rows
            arguments[names[0]] = marker

    def take(self, part: str, what: str, permission: str, read: Callable[[], Answer]) -> Answer | None:
        """What a read gives; None if it was refused, which is noted as unread with the permission that is missing."""
        try:
            return read()
        except Refused as refused:
            self.unread.append(
                Unread(
                    part, what, permission if refused.kind == "denied" else "", "" if refused.kind == "denied" else refused.reason
                )
            )
            return None

    def taken(self) -> tuple[Unread, ...]:
        """What was noted as unread since the last time."""
        noted, self.unread = tuple(dict.fromkeys(self.unread)), []
        return noted

    def assume(self, role: str) -> Reader:
        """A reader with the rights of a role; LeakstopError if it must not be assumed."""
        try:
            answer = self.call("sts", "assume_role", RoleArn=role, RoleSessionName=SESSION)
        except Refused as refused:
            raise LeakstopError(f"cannot assume {role}: {refused.reason}", f"It has to trust {self.arn}.") from None
        found = answer["Credentials"]
        values = (found["AccessKeyId"], *(Secret(found[name].encode()) for name in ("SecretAccessKey", "SessionToken")))
        return Reader(Credentials(*values), self._route, self._region)

    def _client(self, service: str) -> tuple[Any, Seen]:
        if service not in self._clients:
            region = self._region
            if service == "organizations":
                region = _ORGANIZATIONS.get(of_region(region).name, region)
            self._clients[service] = client(service, self._credentials, region, self._route)
        return self._clients[service]


# How the services page: name of the argument, name in the answer.
_MARKERS = {"iam": ("Marker", "Marker"), "organizations": ("NextToken", "NextToken")}
# Where Organizations is, by partition; it is nowhere else. https://docs.aws.amazon.com/general/latest/gr/ao.html
_ORGANIZATIONS = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-northwest-1", "aws-eusc": "eusc-de-east-1"}


def auditor(profile: str, role: str, route: Route) -> Reader:
    """A reader with an auditor's rights: those of a profile of this machine ("": the default credentials), then of a role.

    LeakstopError: no such profile, no credentials, or AWS does not take them.
    """
    from leakstop.aws.client import hush

    hush()
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    name = f"profile {profile}" if profile else "the default credentials"
    try:
        session = boto3.Session(profile_name=profile or None)
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found else None
        region = session.region_name or ""
    except (BotoCoreError, ClientError) as error:
        raise LeakstopError(
            f"{name}: {type(error).__name__}", "aws configure list-profiles shows the profiles; aws sso login renews one."
        ) from None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise LeakstopError(f"{name}: there are no credentials", "aws configure makes some, or name another profile.")
    token = Secret(frozen.token.encode()) if frozen.token else None
    credentials = Credentials(frozen.access_key, Secret(frozen.secret_key.encode()), token)
    try:
        reader = Reader(credentials, route, of_region(region).region)
    except Refused as refused:
        raise LeakstopError(f"{name}: {refused.reason}", "") from None
    return reader.assume(role) if role else reader
