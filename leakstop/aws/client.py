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

_LOCK = threading.Lock()  # botocore's sessions make clients in one thread at a time
_SESSIONS: list[Any] = []
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
    """The last HTTP response that a client got, before anybody tried to understand it."""

    def __init__(self) -> None:
        self.status = 0
        self.location = ""

    def note(self, response_dict: dict[str, Any], **_: object) -> None:
        """Called by botocore with each response."""
        self.status = response_dict["status_code"]
        self.location = str(response_dict["headers"].get("location", ""))


def client(service: str, credentials: Credentials, region: str, route: Route) -> tuple[Any, Seen]:
    """A client that signs with these credentials, and what it sees."""
    hush()
    from botocore.config import Config

    settings: dict[str, Any] = {
        "connect_timeout": min(CONNECT_TIMEOUT, route.timeout),
        "read_timeout": route.timeout,
        "retries": {"mode": "standard", "total_max_attempts": ATTEMPTS},
        "user_agent": f"leakstop/{__version__}",
        "ignore_configured_endpoint_urls": True,
    }
    with _LOCK:
        made = _session().create_client(
            service,
            region_name=region,
            endpoint_url=route.endpoint or None,
            aws_access_key_id=credentials.key_id,
            aws_secret_access_key=credentials.secret.reveal().decode("ascii"),
            aws_session_token=credentials.token.reveal().decode("ascii") if credentials.token else None,
            config=Config(**settings),
        )
    seen = Seen()
    made.meta.events.register("before-parse", seen.note)
    return made, seen


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
        _SESSIONS.append(botocore.session.Session(session_vars=ignored))
    return _SESSIONS[0]
