"""SMTP passwords of Amazon SES: each is derived from a secret access key and a region, so that the two can be linked.

https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html ("Converting secret access keys"). It cannot be turned round.
"""

from __future__ import annotations

import base64
import hmac

# Where SES has an SMTP endpoint: https://docs.aws.amazon.com/general/latest/gr/ses.html
REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1", "sa-east-1", "mx-central-1"),
    *("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2"),
    *("ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-east-1", "me-south-1", "me-central-1", "il-central-1"),
    *("af-south-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1", "cn-northwest-1", "eusc-de-east-1"),
)
LEGACY = "any region (a password of the old form)"
_MESSAGE = b"SendRawEmail"


def password(secret: bytes, region: str) -> bytes:
    """The SMTP password of a secret access key in a region: base64 of 0x04 and an HMAC-SHA-256 chain."""
    key = b"AWS4" + secret
    for part in (b"11111111", region.encode(), b"ses", b"aws4_request", _MESSAGE):
        key = hmac.digest(key, part, "sha256")
    return base64.b64encode(b"\x04" + key)


def legacy_password(secret: bytes) -> bytes:
    """The password that SES gave out before it had regions: base64 of 0x02 and one HMAC-SHA-256."""
    return base64.b64encode(b"\x02" + hmac.digest(secret, _MESSAGE, "sha256"))


def passwords(secret: bytes) -> dict[bytes, str]:
    """Every SMTP password of a secret, and the region where it works."""
    return {password(secret, region): region for region in REGIONS} | {legacy_password(secret): LEGACY}
