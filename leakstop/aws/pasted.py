"""One access key from a text that somebody pasted: lines of an environment or a profile, JSON of the CLI, CSV of the console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from leakstop.aws.keyid import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])")
_SECRET = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
_TOKEN = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{90,}={0,2}")

VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class Given(NamedTuple):
    """The values of an access key; an empty text for what is not there. They hide in no way: keep them short-lived."""

    key_id: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return "Given(…)"

    def missing(self) -> str:
        """What it takes to be an access key, in words; "" when nothing is missing."""
        if not _ID.fullmatch(self.key_id):
            return "an access key id (AKIA… or ASIA…, 20 characters)"
        return "" if _SECRET.fullmatch(self.secret) else "a secret access key (40 characters)"


def find(text: str) -> list[Given]:
    """The access keys in a text, usually one. A text with several ids or several secrets gives one for each id and secret."""
    text = unquote(text) if "%2" in text else text
    ids = list(dict.fromkeys(_ID.findall(text)))
    secrets = list(dict.fromkeys(_SECRET.findall(text))) or [""]
    token = next(iter(_TOKEN.findall(text)), "")
    return [Given(name, secret, token if name.startswith(TEMPORARY) else "") for name in ids for secret in secrets]


def of_environment(environ: Mapping[str, str]) -> Given:
    """The access key in the variables that AWS's own tools read."""
    key_id, secret, token = (environ.get(name, "").strip() for name in VARIABLES)
    return Given(key_id, secret, token if key_id.startswith(TEMPORARY) else "")
