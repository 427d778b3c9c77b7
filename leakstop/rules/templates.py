r"""The examples in rule files: templates, so that no live-looking token stands in any file.

    {A-Za-z0-9:32}     32 characters of a class, as in regular expressions (it must hold a range)
    {name}             a generator of the table below; {name:argument} with an argument, which is a template itself
    {checksum}         what the rule's checksum makes of the text before it

Every other brace stands for itself, so JSON needs no escapes. The same seed gives the same bytes, in every Python version.
"""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections import Counter
from itertools import pairwise
from math import log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Generator = Callable[[random.Random, bytes], bytes]

_CLASS = re.compile(r"\{([^{}\s]{0,80}?[^{}\s]-[^{}\s][^{}\s]{0,80}?):(\d{1,4})\}")
_NAME = re.compile(r"\{([a-z][a-z0-9-]{1,30})([:}])")
_CANDIDATES = 4  # of which the most random-looking is taken
_KINDS = (re.compile(rb"[0-9]"), re.compile(rb"[A-Z]"), re.compile(rb"[a-z]"))
_WORDS = re.compile(
    rb"(?i)example|sample|test|demo|fake|dummy|mock|secret|token|passw|change|your|here|null|none|true|false|todo"
)


def expand(template: str, seed: str, seal: Callable[[bytes], bytes] | None = None) -> bytes:
    """The example that a template stands for. Raises ValueError when it asks for a checksum that cannot be made."""
    return _expand(template, random.Random(seed), seal)  # noqa: S311 - made to be repeatable, and to guard nothing


def _expand(template: str, rng: random.Random, seal: Callable[[bytes], bytes] | None) -> bytes:
    done, at = b"", 0
    while (brace := template.find("{", at)) >= 0:
        done += template[at:brace].encode()
        if (found := _NAME.match(template, brace)) and found[1] in GENERATORS:
            end = found.end() - 1 if found[2] == "}" else _closing(template, brace)
            done += GENERATORS[found[1]](rng, _expand(template[found.end() : end], rng, None))
            at = end + 1
        elif found := _CLASS.match(template, brace):
            done += characters(rng, alphabet(found[1]), int(found[2]))
            at = found.end()
        elif template.startswith("{checksum}", brace):
            if seal is None:
                raise ValueError("{checksum} needs a rule whose checksum can be computed")
            done += seal(done)
            at = brace + len("{checksum}")
        else:
            done += b"{"
            at = brace + 1
    return done + template[at:].encode()


def alphabet(group: str) -> bytes:
    """The printable ASCII characters of a class, written as between the brackets of a regular expression."""
    return bytes(byte for byte in range(33, 127) if re.match(f"[{group}]", chr(byte)))


def characters(rng: random.Random, group: bytes, size: int) -> bytes:
    """Random characters that look it: no placeholder's word, no run, no counting, every kind of character if there is room."""
    drawn = (bytes(rng.choices(group, k=size)) for _ in range(1000))
    clean = (text for text in drawn if _random(text, group))
    return max((next(clean) for _ in range(_CANDIDATES)), key=_entropy)


def _random(text: bytes, group: bytes) -> bool:
    if len(text) < 4 or len(group) < 4:
        return True
    steps = [after - before for before, after in pairwise(text)]
    runs = any(steps[at : at + 3] in ([0, 0, 0], [1, 1, 1], [-1, -1, -1]) for at in range(len(steps)))
    covered = len(text) < 16 or all(kind.search(text) for kind in _KINDS if kind.search(group))
    return covered and not runs and not _WORDS.search(text)


def _entropy(text: bytes) -> float:
    return -sum(count * log2(count / len(text)) for count in Counter(text).values())


def _closing(template: str, brace: int) -> int:
    """Where the brace that opens at `brace` is closed; ValueError when it is not."""
    depth = 0
    for at in range(brace, len(template)):
        depth += {"{": 1, "}": -1}.get(template[at], 0)
        if depth == 0:
            return at
    raise ValueError(f"{template[brace : brace + 20]!r} is not closed")


# --- generators --------------------------------------------------------------------------------------------------------------


def _uuid(rng: random.Random, _: bytes) -> bytes:
    """A random UUID, version 4."""
    digits = characters(rng, b"0123456789abcdef", 30).decode()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-{rng.choice('89ab')}{digits[15:18]}-{digits[18:]}".encode()


def _b64(_: random.Random, text: bytes) -> bytes:
    return base64.b64encode(text)


def _b64url(_: random.Random, text: bytes) -> bytes:
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def _jwt(rng: random.Random, claims: bytes) -> bytes:
    """A JSON Web Token with the claims given as JSON, or with some."""
    header = b'{"alg":"HS256","typ":"JWT"}'
    claims = claims or b'{"sub":"%s","iat":1767225600}' % characters(rng, b"0123456789abcdef", 24)
    return b".".join([_b64url(rng, header), _b64url(rng, claims), characters(rng, alphabet("A-Za-z0-9_-"), 43)])


def _aws_id(rng: random.Random, prefix: bytes) -> bytes:
    """An access key id of today's layout: a flag bit, 40 bits of account number, 39 random bits, in base32."""
    while True:
        bits = 1 << 79 | rng.randrange(10**11, 10**12) << 39 | rng.getrandbits(39)
        body = base64.b32encode(bits.to_bytes(10, "big"))
        if _random(body, b"ABCD"):
            return (prefix or b"AKIA") + body


def _aws_session_token(rng: random.Random, _: bytes) -> bytes:
    return base64.b64encode(b"\x21\x0a\x09origin_ec" + rng.randbytes(255))


_SEED_WORDS = b"""basic cactus debris eagle fabric galaxy hazard island jungle kidney ladder magnet narrow object palace quarter
radar saddle tackle ugly vacant wagon yellow zebra orbit lunar velvet ozone tiger humble vivid ridge""".split()


def _words(rng: random.Random, count: bytes) -> bytes:
    """So many words that wallets make their seed phrases of; the checksum of the phrase is left to chance."""
    return b" ".join(rng.choices(_SEED_WORDS, k=int(count)))


def _macaroon(rng: random.Random, host: bytes) -> bytes:
    """The opening of a version 2 macaroon for a host, and random bytes."""
    return _b64url(rng, b"\x02\x01" + bytes([len(host)]) + host + b"\x02\x24" + rng.randbytes(120))


def _pem(rng: random.Random, label: bytes) -> bytes:
    """A block whose body has the right outer structure and random content: it is no key."""
    if label.startswith(b"OPENSSH"):
        check, public, key = rng.randbytes(4), rng.randbytes(51), rng.randbytes(300)
        body = b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none" + bytes(7) + b"\1\0\0\0\x33" + public
        body += (8 + len(key)).to_bytes(4, "big") + check + check + key
    else:
        content = b"\x02\x01\x00" + rng.randbytes(606)
        body = b"\x30\x82" + len(content).to_bytes(2, "big") + content
    text = base64.b64encode(body)
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN " + label + b"-----", *lines, b"-----END " + label + b"-----"])


def _pem_line(rng: random.Random, label: bytes) -> bytes:
    r"""The same as it stands in JSON and environment files: one line with the two characters \n in it."""
    return _pem(rng, label).replace(b"\n", rb"\n")


_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"


def _base58check(rng: random.Random, form: bytes) -> bytes:
    """`80:32:01`: version bytes in hex, so many random bytes, and what follows them; `:ripple` for the XRP Ledger's alphabet."""
    version, size, *rest = form.decode().split(":")
    alphabet58 = _RIPPLE if "ripple" in rest else _BASE58
    data = bytes.fromhex(version) + rng.randbytes(int(size)) + bytes.fromhex("".join(part for part in rest if part != "ripple"))
    data += hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]
    number, text = int.from_bytes(data, "big"), bytearray()
    while number:
        number, digit = divmod(number, 58)
        text.append(alphabet58[digit])
    text.extend(alphabet58[:1] * (len(data) - len(data.lstrip(b"\0"))))
    return bytes(reversed(text))


_CISCO = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"


def _cisco7(rng: random.Random, password: bytes) -> bytes:
    """A password in the reversible disguise of Cisco's type 7."""
    start = rng.randrange(16)
    return (
        b"%02d" % start
        + bytes(byte ^ _CISCO[(start + at) % len(_CISCO)] for at, byte in enumerate(password)).hex().upper().encode()
    )


def _solana(rng: random.Random, _: bytes) -> bytes:
    """A wallet file: 64 byte values, at random, so no key pair."""
    return b"[" + b",".join(b"%d" % byte for byte in rng.randbytes(64)) + b"]"


GENERATORS: dict[str, Generator] = {
    "uuid": _uuid,
    "b64": _b64,
    "b64url": _b64url,
    "jwt": _jwt,
    "pem": _pem,
    "pem-line": _pem_line,
    "macaroon": _macaroon,
    "words": _words,
    "base58check": _base58check,
    "cisco7": _cisco7,
    "solana": _solana,
    "aws-id": _aws_id,
    "aws-session-token": _aws_session_token,
}
