"""Keystores that everybody can open: Java's JKS and JCEKS, and PKCS#12, with a private key in them and no real password.

Nothing is decrypted: the checksum over the whole, which is made with the password, proves that it is the one. What comes out is
a line of text that the rule `keystore-without-password` finds.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import partial
from typing import IO, TYPE_CHECKING, NamedTuple

from leakstop.unpack.limits import Damaged
from leakstop.unpack.members import Member, reader

if TYPE_CHECKING:
    from collections.abc import Iterator

# No password at all, the defaults of tools (`changeit`: keytool, `android`: its debug keystore), and what people type in a hurry.
TRIVIAL = ("", "changeit", "changeme", "password", "secret", "android", "123456", "12345678", "test", "keystore", "storepass")

_ROUNDS = 300_000  # of the key derivation, for all passwords together; keytool's 10,000 are tried with all of them
_KEY_BAGS = (b"\x06\x0b*\x86H\x86\xf7\r\x01\x0c\n\x01\x01", b"\x06\x0b*\x86H\x86\xf7\r\x01\x0c\n\x01\x02")  # RFC 7292, 4.2
_ENCRYPTED_DATA = b"\x06\t*\x86H\x86\xf7\r\x01\x07\x06"  # 1.2.840.113549.1.7.6: what is in it is not to be seen
_DIGESTS = {
    b"\x2b\x0e\x03\x02\x1a": "sha1",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x01": "sha256",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x02": "sha384",
    b"\x60\x86\x48\x01\x65\x03\x04\x02\x03": "sha512",
}


def jks(file: IO[bytes], _name: str) -> Iterator[Member]:
    """JKS and JCEKS: magic, version, entries, then SHA-1 of the password in UTF-16, a fixed phrase and all before."""
    data = file.read()
    body, digest = data[:-20], data[-20:]
    # Tag 1 is a private key (2 a certificate, 3 a secret key); the first entry's stands behind magic, version and count.
    if not _holds_key(body):
        return
    for trivial in TRIVIAL:
        text = trivial.encode("utf-16-be") + b"Mighty Aphrodite" + body
        if hashlib.sha1(text, usedforsecurity=False).digest() == digest:
            yield _told("Java keystore", trivial, body)
            return


def _holds_key(body: bytes) -> bool:
    """Whether an entry of a JKS file is a private or secret key; certificates before it are passed over."""
    at = 12
    for _ in range(int.from_bytes(body[8:12], "big")):
        tag = int.from_bytes(body[at : at + 4], "big")
        if tag != 2:
            return tag in {1, 3}
        at += 4
        at += 2 + int.from_bytes(body[at : at + 2], "big") + 8  # alias, date
        at += 2 + int.from_bytes(body[at : at + 2], "big")  # type of the certificate
        at += 4 + int.from_bytes(body[at : at + 4], "big")
        if at >= len(body):
            return False
    return False


class _Element(NamedTuple):
    """A DER element: its tag, its content, and what follows it."""

    tag: int
    content: bytes
    rest: bytes


def _element(data: bytes) -> _Element:
    if len(data) < 2:
        raise Damaged("its structure is cut off")
    size, at = data[1], 2
    if size & 0x80:
        count = size & 0x7F
        size, at = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    if size > len(data) - at:
        raise Damaged("its structure is cut off")
    return _Element(data[0], data[at : at + size], data[at + size :])


def pkcs12(file: IO[bytes], _name: str) -> Iterator[Member]:
    """PKCS#12 (RFC 7292): PFX ::= SEQUENCE { version, authSafe ContentInfo, macData }."""
    data = file.read()
    safe = _element(_element(_element(data).content).rest)
    content = _element(_element(_element(safe.content).rest).content).content  # ContentInfo: type, [0] { OCTET STRING }
    if not safe.rest or not (any(bag in content for bag in _KEY_BAGS) or _ENCRYPTED_DATA in content):
        return
    mac = _element(safe.rest).content
    info = _element(mac)
    algorithm = _element(info.content)
    digest = _element(algorithm.rest).content
    name = _DIGESTS.get(_element(algorithm.content).content)
    salt = _element(info.rest)
    rounds = int.from_bytes(_element(salt.rest).content, "big") if salt.rest else 1
    if name is None:
        return  # a newer kind of MAC (PBMAC1)
    for password in TRIVIAL[: max(1, _ROUNDS // max(rounds, 1))] if rounds <= _ROUNDS else ():
        key = _derive(name, password, salt.content, rounds)
        if hmac.digest(key, content, name) == digest:
            yield _told("PKCS#12 keystore", password, data)
            return


def _derive(name: str, word: str, salt: bytes, rounds: int) -> bytes:
    """The key for the MAC (RFC 7292, appendix B.2, ID 3); one block is enough, since the key is as long as the digest."""
    block = 64 if name in {"sha1", "sha256"} else 128
    digest = partial(getattr(hashlib, name), usedforsecurity=False)  # `hashlib.new` takes twice as long as a round
    text = word.encode("utf-16-be") + b"\0\0"

    def filled(part: bytes) -> bytes:
        length = block * -(-len(part) // block)
        return (part * (length // len(part) + 1))[:length] if part else b""

    made = bytes([3]) * block + filled(salt) + filled(text)
    for _ in range(rounds):
        made = digest(made).digest()
    return made[: digest().digest_size]


def _told(what: str, password: str, data: bytes) -> Member:
    how = f'with "{password}"' if password else "without a word"
    text = f"{what} that opens {how}: {hashlib.sha256(data).hexdigest()}\n"
    return Member("(keys)", reader(text.encode()))
