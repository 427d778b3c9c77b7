"""Clients for AWS that use exactly what they are given: nothing of the machine's AWS configuration takes part.

A profile, an endpoint or a monitoring host of the environment could send a leaked key's signature elsewhere, so all are ignored.
Proxies (HTTPS_PROXY, NO_PROXY) and certificates (AWS_CA_BUNDLE) of the environment count: without them nothing gets through.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop import __version__

if TYPE_CHECKING:
    from leakstop.model import Secret

CONNECT_TIMEOUT = 5.0  # seconds
ATTEMPTS = 3  # of a call that was throttled or did not get through

CONNECTIONS = 64  # kept open for the next call, at most

_LOCK = threading.Lock()  # botocore's sessions make clients in one thread at a time
_SESSIONS: list[Any] = []
_CLIENTS: dict[tuple[str, str, Route], Any] = {}
_LOGGERS = ("botocore", "boto3", "urllib3", "s3transfer")


class Credentials(NamedTuple):
    """An access key; temporary ones have a session token."""

    key_id: str
    secret: Secret
    token: Secret | None = None


class Route(NamedTuple):
    """How AWS is reached; the defaults reach AWS itself."""

    endpoint: str = ""  # the URL that all calls go to, whatever the service
    region: str = ""  # the region asked, "": the partition's first
    timeout: float = 10.0  # seconds for an answer


class Seen:
    """The last HTTP response that a caller got, before anybody tried to understand it."""

    def __init__(self) -> None:
        self.status = 0
        self.location = ""


class Caller:
    """Calls one service, signed with some credentials.

    Making a client costs as much as a call, so those of one service, region and endpoint are the same for all credentials: which
    ones a call is signed with is told to the thread that makes it.
    """

    def __init__(self, made: Any, credentials: Credentials) -> None:
        self.endpoint = str(made.meta.endpoint_url)
        self.seen = Seen()
        self._made = made
        self._credentials = credentials

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """One call; whatever botocore raises, it raises."""
        _NOW.credentials, _NOW.seen = self._credentials, self.seen
        try:
            answer: dict[str, Any] = getattr(self._made, operation)(**arguments)
        finally:
            del _NOW.credentials, _NOW.seen
        return answer


class _Now(threading.local):
    """Whose call a thread makes."""

    credentials: Credentials
    seen: Seen


_NOW = _Now()


def caller(service: str, credentials: Credentials, region: str, route: Route) -> Caller:
    """A caller that signs with these credentials."""
    key = (service, region, route)
    with _LOCK:
        if key not in _CLIENTS:
            _CLIENTS[key] = _client(service, region, route)
    return Caller(_CLIENTS[key], credentials)


def _client(service: str, region: str, route: Route) -> Any:
    hush()
    from botocore.config import Config

    settings: dict[str, Any] = {
        "connect_timeout": min(CONNECT_TIMEOUT, route.timeout),
        "read_timeout": route.timeout,
        "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
        "user_agent": f"leakstop/{__version__}",
        "ignore_configured_endpoint_urls": True,
        "max_pool_connections": CONNECTIONS,
    }
    made = _session().create_client(service, region_name=region, endpoint_url=route.endpoint or None, config=Config(**settings))
    made.meta.events.register("before-parse", _note)
    hush()  # loggers that came with the client
    return made


def _note(response_dict: dict[str, Any], **_: object) -> None:
    """Called by botocore with each response."""
    _NOW.seen.status = response_dict["status_code"]
    _NOW.seen.location = str(response_dict["headers"].get("location", ""))


def hush() -> None:
    """Keep request headers and bodies, which hold session tokens, out of every log, whatever level the logs are at."""
    import logging

    known = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in _LOGGERS]
    for name in (*_LOGGERS, *known):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _session() -> Any:
    """The one session of this process, without any configuration of the machine; its models are read once."""
    if not _SESSIONS:
        import botocore.session

        ignored: dict[str, Any] = {
            name: (None, None, default, None)
            for name, default in {
                "profile": None,
                "region": None,
                "config_file": os.devnull,
                "credentials_file": os.devnull,
                "data_path": None,
                "csm_enabled": False,
                "user_agent_appid": None,
                "sts_regional_endpoints": "regional",  # older versions would ask the global endpoint
                "use_fips_endpoint": None,
                "use_dualstack_endpoint": None,
            }.items()
        }
        session = botocore.session.Session(session_vars=ignored)
        session.register_component("credential_provider", _Lender())
        _SESSIONS.append(session)
    return _SESSIONS[0]


class _Lender:
    """What botocore asks for credentials: it gets some that stand for those of whoever calls."""

    def load_credentials(self) -> Any:
        """For every client of the session, once."""
        from botocore.credentials import Credentials as Frozen

        def of_the_caller() -> Any:
            now = _NOW.credentials
            token = now.token.reveal().decode("ascii") if now.token else None
            return Frozen(now.key_id, now.secret.reveal().decode("ascii"), token)

        lent: Any = Frozen("", "")  # Any: botocore's types are not installed everywhere, and the checks must not depend on them
        lent.get_frozen_credentials = of_the_caller
        return lent
