"""Check values inside key files and wallets: OpenSSH, PuTTY, PGP, seed phrases, keys of secp256k1.

Each check gets the secret and answers as `checksums.Checksum.check` does. Where people edit what is checked along with the key,
such as a comment, a misfit says nothing. The word list is that of BIP-39 (`bip39.txt`, from bitcoin/bips and Trezor's
python-mnemonic, both MIT).
"""

from __future__ import annotations

import binascii
import os

from leakstop import armor
from leakstop.expressions import compiled, expression
from leakstop.memo import cache

_WORDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bip39.txt")
_BODY = expression(rb"[A-Za-z0-9+/]{4,16000}={0,2}")  # a line of base64 data
_COUNTS = (12, 15, 18, 21, 24)
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1 (SEC 2, 2.4.1)


def _decoded(lines: list[bytes]) -> bytes:
    try:
        return binascii.a2b_base64(b"".join(lines), strict_mode=True)
    except ValueError:
        return b""


# --- OpenSSH (PROTOCOL.key) --------------------------------------------------------------------------------------------------


def openssh(data: bytes) -> bool | None:
    """An unencrypted private section begins with two equal 32-bit integers; None when it is encrypted or cut off."""
    at = len(b"openssh-key-v1\0")
    fields = []
    for _ in range(3):  # cipher, key derivation, its options
        size = int.from_bytes(data[at : at + 4], "big")
        fields.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    if fields[0] != b"none":
        return None
    count, at = int.from_bytes(data[at : at + 4], "big"), at + 4
    for _ in range(min(count, 16)):  # public keys
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    private = data[at + 4 :]
    return True if len(private) >= 8 and private[:4] == private[4:8] else None


# --- PuTTY (the manual's appendix C) -----------------------------------------------------------------------------------------


def _mac(block: bytes) -> bytes:
    """The Private-MAC of a file without passphrase, as hex; ValueError when the text is no such file."""
    found = compiled(
        rb"PuTTY-User-Key-File-([23]): (\S{1,40})\nEncryption: (none)\nComment: ([^\n]{0,400})\n"
        rb"Public-Lines: \d{1,3}\n([A-Za-z0-9+/=\n]{20,8000}?)\n"
        rb"Private-Lines: \d{1,3}\n([A-Za-z0-9+/=\n]{20,8000}?)\nPrivate-MAC: "
    ).search(b"\n".join(armor.lines(block)) + b" ")
    if found is None:
        raise ValueError("no unencrypted PuTTY key before {checksum}")
    import hashlib
    import hmac

    parts = found[2], found[3], found[4], _decoded(found[5].split()), _decoded(found[6].split())
    text = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    if found[1] == b"3":
        return hmac.digest(b"", text, "sha256").hex().encode()
    key = hashlib.sha1(b"putty-private-key-file-mac-key", usedforsecurity=False).digest()
    return hmac.digest(key, text, "sha1").hex().encode()


def putty(block: bytes) -> bool | None:
    """HMAC-SHA-1 (version 2) or HMAC-SHA-256 with an empty key (version 3) over algorithm, comment and both halves."""
    given = block[block.rfind(b"Private-MAC: ") + 13 :]
    try:
        return _mac(block[: len(block) - len(given)]) == given or None
    except ValueError:
        return None


# --- PGP (RFC 9580, 6.1) -----------------------------------------------------------------------------------------------------


def _crc24(data: bytes) -> bytes:
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return binascii.b2a_base64(crc.to_bytes(3, "big"), newline=False)


def _armored(block: bytes) -> bytes:
    """The data of an armored block, up to its checksum."""
    return _decoded([line for line in armor.lines(block) if _BODY.fullmatch(line)])


def pgp(block: bytes) -> bool | None:
    """The CRC-24 at the end of the armor; None where there is none or it does not fit: readers are told to go on then."""
    found = compiled(rb"=([A-Za-z0-9+/]{4})(?:\s|\\\\?[nr]|[\"',+]){1,20}-----END").search(block)
    data = _armored(block[: found.start()]) if found else b""
    return True if found and data and _crc24(data) == found[1] else None


# --- seed phrases (BIP-39) ---------------------------------------------------------------------------------------------------


@cache
def _numbers() -> dict[bytes, int]:
    with open(_WORDS, "rb") as file:
        return {word: number for number, word in enumerate(file.read().split())}


def _ending(number: int, size: int) -> int:
    """The check bits of `size` bits of entropy: one for each 32, the first ones of their SHA-256."""
    from hashlib import sha256

    return sha256(number.to_bytes(size // 8, "big")).digest()[0] >> 8 - size // 32


def _number(words: list[bytes]) -> int:
    """Eleven bits for each word, the first one highest; KeyError when one is not in the list."""
    number = 0
    for word in words:
        number = number << 11 | _numbers()[word]
    return number


def seed_phrase(text: bytes) -> bool | None:
    """Every word is in the list, and the last bits are the check of the others: one in 16 runs of 12 words passes by chance."""
    words = text.split()
    if len(words) not in _COUNTS:
        return False
    size = len(words) * 32 // 3  # bits of entropy
    try:
        number = _number(words)
    except KeyError:
        return False
    return number & (1 << size // 32) - 1 == _ending(number >> size // 32, size)


def seal_seed_phrase(text: bytes) -> bytes:
    """The last word of a phrase that a text ends with; its free bits are zero."""
    found = compiled(rb"(?:[a-z]{3,8} ){11,23}\Z").search(text)
    words = found[0].split() if found else []
    if len(words) + 1 not in _COUNTS:
        raise ValueError("no words of a seed phrase before {checksum}")
    size = (len(words) + 1) * 32 // 3
    entropy = _number(words) << 11 - size // 32
    last = (entropy << size // 32 | _ending(entropy, size)) & 2047
    return next(word for word, number in _numbers().items() if number == last)


# --- secp256k1 ---------------------------------------------------------------------------------------------------------------


def secp256k1(text: bytes) -> bool | None:
    """A private key is a number from 1 to the order of the group less one (SEC 1, 3.2.1)."""
    try:
        return None if 0 < int(text.removeprefix(b"0x"), 16) < _ORDER else False
    except ValueError:
        return False


SEALS = {"putty-mac": _mac, "pgp-crc24": lambda text: _crc24(_armored(text[: text.rfind(b"=")]))}
