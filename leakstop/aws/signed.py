"""Signed requests that somebody stored: presigned URLs (SigV4 and SigV2), and Bedrock's short-term keys, which hold such URLs."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

BEDROCK = "bedrock-api-key-"

_CREDENTIAL = re.compile(r"(?P<id>[A-Z0-9]{16,128})/(?P<day>\d{8})/(?P<region>[a-z0-9*-]{2,40})/(?P<service>[a-z0-9-]{2,40})")


class Signed(NamedTuple):
    """What a signed request tells: who signed it, for what, until when."""

    key_id: str
    region: str  # "" where the request does not name it
    service: str
    starts: datetime | None  # None: it does not say
    expires: datetime | None


def presigned(url: str) -> Signed | None:
    """The facts of a presigned URL, or of a piece of one that holds its query; None when it is none.

    SigV4: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html. SigV2 names key and expiry only.
    """
    query = url.replace("&amp;", "&").replace("\\u0026", "&")
    fields = {name.lower(): unquote(value) for name, value in re.findall(r"([A-Za-z-]{3,32})=([^&\s\"'<>\\]{1,2048})", query)}
    if "x-amz-credential" not in fields:
        return _version_2(fields)
    scope = _CREDENTIAL.match(unquote(fields["x-amz-credential"]))
    if scope is None:
        return None
    start = _start(fields.get("x-amz-date", ""))
    life = fields.get("x-amz-expires", "")
    expires = start + timedelta(seconds=int(life)) if start and re.fullmatch(r"\d{1,9}", life) else None
    return Signed(scope["id"], scope["region"].strip("*"), scope["service"], start, expires)


def bedrock(key: str) -> Signed | None:
    """The facts of a Bedrock short-term key, None when it does not hold a presigned request."""
    if not key.startswith(BEDROCK):
        return None
    return presigned(decode64(key.removeprefix(BEDROCK)).decode("ascii", "replace"))


def decode64(text: str) -> bytes:
    """Bytes of base64 of either alphabet, with or without padding; empty when it is none."""
    text = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text[: len(text) - (len(text) % 4 == 1)] + "==")
    except binascii.Error:
        return b""


def _version_2(fields: dict[str, str]) -> Signed | None:
    key_id, expires = fields.get("awsaccesskeyid", ""), fields.get("expires", "")
    if not (re.fullmatch(r"[A-Z0-9]{16,128}", key_id) and "signature" in fields):
        return None
    moment = datetime.fromtimestamp(int(expires), UTC) if re.fullmatch(r"\d{9,11}", expires) else None
    return Signed(key_id, "", "s3", None, moment)


def _start(date: str) -> datetime | None:
    try:
        return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
