"""What an AWS identifier tells by itself: the kind of thing it names, the account it belongs to, whether that account is a trap.

Nothing is sent anywhere. Prefixes: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html. The layout of the
rest is not documented, but every id of 2019 and later has it: a flag bit, 40 bits of account number, 39 random bits, in base32.
"""

from __future__ import annotations

import os

from leakstop.expressions import expression
from leakstop.memo import cache

KINDS = {
    "AKIA": "long-term access key",
    "ASIA": "temporary access key",
    "ABIA": "service bearer token",
    "ACCA": "service-specific credential",
    "AIDA": "IAM user",
    "AROA": "role",
    "AGPA": "user group",
    "AIPA": "instance profile",
    "ANPA": "managed policy",
    "ANVA": "version of a managed policy",
    "APKA": "public key",
    "ASCA": "certificate",
}
TEMPORARY = "ASIA"  # the prefix of keys that need a session token

# Accounts that documentation and emulators use; keys of theirs are not dropped for that, since anybody may copy a number.
PLACEHOLDERS = frozenset(
    {"123456789012", "111122223333", "444455556666", "777788889999", "012345678901", "210987654321"}
    | {digit * 12 for digit in "0123456789"}
)

_BASE32 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_ACCESS_KEY = expression(r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}")
_EXAMPLE_TOKEN = "AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5TthT"  # noqa: S105 - from the documentation of STS


def kind_of(identifier: str) -> str:
    """What an identifier names, in words; "" when its prefix is none of AWS's."""
    return KINDS.get(identifier[:4], "")


def is_access_key_id(text: str) -> bool:
    """Whether a text has the shape of an access key id: a known prefix and sixteen capital letters or digits."""
    return _ACCESS_KEY.fullmatch(text) is not None


def account_of(identifier: str) -> str | None:
    """The account number in an identifier, twelve digits; None where there is none to be read.

    Ids of before 2019 have the flag bit clear (their fifth character is I or J) and hold no account, and a number of more than
    twelve digits shows that the text only looks like an id.
    """
    body = identifier[4:20]
    if len(identifier) not in (20, 21) or not _BASE32.issuperset(body):
        return None
    import base64

    bits = int.from_bytes(base64.b32decode(body)[:6], "big")
    number = bits >> 7 & (1 << 40) - 1
    return f"{number:012d}" if bits >> 47 and number <= 999_999_999_999 else None


def is_example(value: str) -> bool:
    """Whether a key id, secret or session token is one that AWS's documentation prints."""
    return value.endswith("EXAMPLE") or "EXAMPLEKEY" in value or value.startswith(_EXAMPLE_TOKEN)


@cache
def canary_accounts() -> dict[str, str]:
    """The accounts known to hold nothing but traps, each with who runs it, as canaries.txt lists them."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "canaries.txt"), encoding="utf-8") as lines:
        rows = [line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#")]
    return {account: owner.strip() for account, owner in rows}


def canary(account: str | None, more: tuple[str, ...] = ()) -> str:
    """Who runs the traps of an account, "" when it is no canary account; `more` are accounts that the user names."""
    if account in more:
        return "an account that the configuration names"
    return canary_accounts().get(account or "", "")
