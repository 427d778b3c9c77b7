"""Ids of AWS for any account: made when a test runs, so that nothing which looks like a key stands in the files."""

from __future__ import annotations

import base64


def make(account: int, rest: bytes = b"\x9c\x3f\xa5\x61", low: int = 5, prefix: str = "AKIA") -> str:
    """The id with this account number: a flag bit, 40 bits of it, 7 bits `low`, and the first 32 random bits."""
    number = (1 << 47) | (account << 7) | low
    return prefix + base64.b32encode(number.to_bytes(6, "big") + rest).decode()[:16]
