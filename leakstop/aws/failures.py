"""What went wrong with a call to AWS: errors of the service, of the way to it, and answers that are not AWS's at all.

Error codes: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html. Texts of servers are never passed on: they may
repeat what was sent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from leakstop.aws.client import Seen


class Failure(NamedTuple):
    """Why a call gave nothing; kind is a state of VERDICTS, or denied."""

    kind: str
    reason: str


DEAD = Failure("dead", "AWS does not know the key: it was deleted or deactivated, or never was")
WRONG = Failure("wrong-secret", "the key id is live, but this is not its secret")
EXPIRED = Failure("expired", "the credentials were genuine and have expired")
THROTTLED = Failure("throttled", "AWS had too many requests, and still had after several tries")
DENIED = Failure("denied", "AWS denied the call")
CLOCK = Failure("unknown", "AWS refused the time of the request: this machine's clock is wrong")

_CODES = {
    **dict.fromkeys(("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"), DEAD),
    **dict.fromkeys(("SignatureDoesNotMatch", "InvalidSignatureException"), WRONG),
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException"), EXPIRED),
    **dict.fromkeys(("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"), DENIED),
    **dict.fromkeys(("RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"), CLOCK),
    **dict.fromkeys(
        (
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "RequestLimitExceeded",
            "TooManyRequestsException",
            "SlowDown",
            "LimitExceededException",
            "429",
        ),
        THROTTLED,
    ),
}
_REASONS = {
    "ProxyConnectionError": ("blocked", "the proxy could not be reached or refused"),
    "SSLError": ("unknown", "the certificate of the other side is not trusted; AWS_CA_BUNDLE names others that are"),
    "EndpointConnectionError": ("unknown", "AWS could not be reached"),
    "ConnectTimeoutError": ("unknown", "AWS could not be reached in time"),
    "ReadTimeoutError": ("unknown", "AWS did not answer in time"),
    "ConnectionClosedError": ("unknown", "the connection was closed before there was an answer"),
}


def failure(error: Exception, seen: Seen) -> Failure:
    """What an exception of a call means."""
    from botocore.exceptions import ClientError

    if isinstance(error, ClientError):
        code, message = error_code(error), str(error.response.get("Error", {}).get("Message", ""))
        known = _CODES.get(code)
        if known is WRONG and re.search(r"(?i)signature (?:expired|not yet current)", message):
            return CLOCK
        if known is not None:
            return known
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9.]{2,60}", code) and not 300 <= seen.status < 400:
            return Failure("unknown", f"AWS answered {code}")
        return not_aws(seen)
    if type(error).__name__ == "ResponseParserError":
        return not_aws(seen)
    for kind in type(error).__mro__:
        if kind.__name__ in _REASONS:
            return Failure(*_REASONS[kind.__name__])
    return Failure("unknown", f"the call failed ({type(error).__name__})")


def error_code(error: Exception) -> str:
    """The code of an error that AWS answered with, such as NoSuchEntity; "" for any other."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def not_aws(seen: Seen) -> Failure:
    """An answer that AWS would not give."""
    status = seen.status
    if 300 <= status < 400:
        host = urlsplit(seen.location).hostname or "elsewhere"
        return Failure("blocked", f"the answer was a redirect to {host}, which was not followed")
    if status >= 500:
        return Failure("unknown", f"the other side failed (HTTP {status})")
    if status >= 400:
        return Failure("blocked", f"something on the way refused (HTTP {status}, not from AWS)")
    return Failure("blocked", "something on the way answered in place of AWS")
