"""Tokens that decode to something: the promised fields are there, or the value is no such token.

Each function gets the secret and answers as `checksums.Checksum.check` does. Sources are the providers' pages and format
documents; what a decoded text must hold is stated with each.
"""

from __future__ import annotations

import binascii

from leakstop.detect.tokens import keyfiles
from leakstop.expressions import compiled, expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_UUID = expression(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def decode64(text: bytes) -> bytes:
    """Base64 of either alphabet, with or without padding; empty when it is none. Stray bits at the end are no error."""
    body = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    if len(body) % 4 == 1:
        body = body[:-1]
    try:
        return binascii.a2b_base64(body + b"=" * (-len(body) % 4), strict_mode=True)
    except binascii.Error:
        return b""


def json_in(text: bytes) -> dict[str, Any]:
    """The JSON object that base64 text holds; empty when it holds none."""
    import json  # few tokens hold any

    try:
        value = json.loads(decode64(text))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _part(token: bytes, number: int) -> bytes:
    """A part of a token that dots divide; empty when there is none."""
    return (token.split(b".")[number:] or [b""])[0]


def jwt(token: bytes) -> bool | None:
    """RFC 7515 and 7516: the header is a JSON object with `alg`, and the claims are one too unless they are encrypted (`enc`).

    Text before `eyJ` belongs to the provider's prefix.
    """
    header, _, rest = token[max(token.find(b"eyJ"), 0) :].partition(b".")
    fields = json_in(header)
    return isinstance(fields.get("alg"), str) and ("enc" in fields or bool(json_in(rest.partition(b".")[0])))


def jwt_algorithm(token: bytes) -> str:
    """RFC 7515, `alg`: how a JSON Web Token is signed; empty when it does not say."""
    algorithm = json_in(_part(token[max(token.find(b"eyJ"), 0) :], 0)).get("alg")
    return algorithm if isinstance(algorithm, str) else ""


def jwt_claims(token: bytes) -> dict[str, Any]:
    """RFC 7519: what a JSON Web Token says of its bearer; empty when it is encrypted or none."""
    return json_in(_part(token[max(token.find(b"eyJ"), 0) :], 1))


def jwt_expiry(token: bytes) -> float | None:
    """RFC 7519, `exp`: seconds since 1970 after which the token opens nothing; None when it does not say."""
    expiry = jwt_claims(token).get("exp")
    return float(expiry) if isinstance(expiry, int | float) and not isinstance(expiry, bool) else None


_JOINED = expression(rb"(?:\\\\?[nr])?[\"']\s{0,40}[+.,&\\]?\s{0,40}[\"']")  # "…\n" + "…": one text in several literals
_FRAME = expression(rb"-{4,5}[^-]{1,60}-{4,5}|\\\\?[nrt]|[\s\"',|>#*]+")


def pem(block: bytes) -> bool | None:
    """RFC 7468: a body of at least 64 base64 characters. True when it is a whole DER sequence, or an OpenSSH key that checks.

    The lines may be split by real line ends, by the escapes of a string literal, by indentation or by comment signs.
    """
    body = max(compiled(rb"[A-Za-z0-9/+=]{64,}").findall(_FRAME.sub(b"", _JOINED.sub(b"", block))), key=len, default=b"")
    data = decode64(body)
    if data.startswith(b"openssh-key-v1\0"):
        return keyfiles.openssh(data)
    if not body:
        return False
    return True if _whole_der(data) and b"ENCRYPTED" not in block else None


def _whole_der(data: bytes) -> bool:
    if len(data) < 4 or data[0] != 0x30:
        return False
    size, head = data[1], 2
    if size & 0x80:
        count = size & 0x7F
        size, head = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    return head + size == len(data)


def basic_auth(text: bytes) -> bool | None:
    """RFC 7617: printable text with a colon inside. That is needed and no proof. A password that says it is none fails."""
    from leakstop.detect.judging.placeholders import stand_in

    user, colon, password = decode64(text).partition(b":")
    printable = (user + password).isascii() and (user + password).decode("ascii").isprintable()
    return None if colon and password and printable and not stand_in(user, password) else False


def base64_uuid(text: bytes) -> bool | None:
    """Base64 of a lower-case UUID in text form (OneSignal, PubNub); a prefix such as `sec-c-` is skipped."""
    return bool(_UUID.fullmatch(decode64(text[-48:])))


def pypi_macaroon(token: bytes) -> bool | None:
    """A version 2 macaroon whose location is PyPI or TestPyPI: 0x02, field 0x01, length, host."""
    return decode64(token.removeprefix(b"pypi-")).startswith((b"\x02\x01\x08pypi.org", b"\x02\x01\x0dtest.pypi.org"))


def aws_session_token(token: bytes) -> bool | None:
    """The openings of STS tokens: a version, then a protobuf field that says origin_ec, er/aws or aws."""
    return decode64(token).startswith(
        (b"\x21\x0a\x09origin_ec", b"\x17\x0a\x06er/aws", b"\x15\x0a\x06er/aws", b"\x01\x0a\x03aws")
    )


def aws_bedrock_key(token: bytes) -> bool | None:
    """A long-term key holds the name of its IAM user, which carries the account number. The layout behind is not documented."""
    return bool(compiled(rb"-at-[0-9]{12}").search(decode64(token.removeprefix(b"ABSK")))) or None


def aws_presigned_key(token: bytes) -> bool | None:
    """A short-term key is a presigned URL in base64 behind its prefix."""
    return b"X-Amz-Credential=" in decode64(token[token.rfind(b"-") + 1 :]) or None


def aws_ecr_password(token: bytes) -> bool | None:
    """JSON with `payload` and `datakey`; None when the pattern took in only the beginning."""
    value = json_in(token)
    return True if "payload" in value and "datakey" in value else None


def artifactory_reference(token: bytes) -> bool | None:
    """`reftkn:01:`, ten digits of expiry, a colon."""
    return bool(compiled(rb"reftkn:\d{2}:\d{10}:").match(decode64(token)))


def atlassian_server(token: bytes) -> bool | None:
    """Twelve digits, a colon, twenty random bytes (Jira, Confluence and Bitbucket Data Center)."""
    data = decode64(token.removeprefix(b"BBDC-"))
    return len(data) == 33 and bool(compiled(rb"\d{12}:").match(data))


def cloudflare_tunnel(token: bytes) -> bool | None:
    """JSON with account, tunnel and secret."""
    return json_in(token).keys() >= {"a", "t", "s"}


def discord_bot(token: bytes) -> bool | None:
    """The first part is the bot's snowflake id in base64."""
    return bool(compiled(rb"\d{17,20}").fullmatch(decode64(token.partition(b".")[0])))


def elastic_cloud(token: bytes) -> bool | None:
    """An id and a key, joined by a colon."""
    return bool(compiled(rb"[\w-]{10,60}:[\w-]{10,120}").fullmatch(decode64(token.removeprefix(b"essu_"))))


def elastic_encoded(token: bytes) -> bool | None:
    """An id of 20 and a key of 22 characters, joined by a colon."""
    return bool(compiled(rb"[\w-]{20}:[\w-]{22}").fullmatch(decode64(token)))


def elastic_service(token: bytes) -> bool | None:
    """The namespace `elastic/` and a token's name before the secret."""
    return bool(compiled(rb"elastic/[\w-]{1,60}/[^:]{1,256}:").search(decode64(token)))


def grafana_cloud(token: bytes) -> bool | None:
    """JSON with name and key, beside which newer ones name the organisation."""
    return json_in(token.removeprefix(b"glc_")).keys() >= {"n", "k"}


def grafana_legacy(token: bytes) -> bool | None:
    """JSON whose key has 32 characters; in Power BI's links, which look alike, it is a UUID."""
    key = json_in(token).get("k")
    return isinstance(key, str) and len(key) == 32


def intercom(token: bytes) -> bool | None:
    """`tok:` and the key."""
    return decode64(token).startswith(b"tok:")


def mapbox(token: bytes) -> bool | None:
    """The middle part is JSON with the user's name."""
    return "u" in json_in(_part(token, 1))


def solana_keypair(text: bytes) -> bool | None:
    """64 byte values. Whether they could be random is looked at; the second half, which is the public key of the first, is not
    derived: that would take a library on the way of a commit.
    """
    values = [int(number) for number in compiled(rb"\d{1,3}").findall(text)]
    return None if len(values) == 64 and max(values) < 256 and len(set(values)) > 40 and values != sorted(values) else False


def ngc(token: bytes) -> bool | None:
    """26 letters and digits, a colon, a UUID (NVIDIA's registry)."""
    return bool(compiled(rb"[a-z0-9]{26}:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch(decode64(token)))


def onepassword(token: bytes) -> bool | None:
    """JSON with the key and the address to sign in; None when the pattern took in only the beginning."""
    value = json_in(token.removeprefix(b"ops_"))
    return True if value.keys() >= {"secretKey", "signInAddress"} else (False if value else None)


def sentry_organization(token: bytes) -> bool | None:
    """JSON with the time of issue and the organisation."""
    return json_in(token.removeprefix(b"sntrys_").partition(b"_")[0]).keys() >= {"iat", "org"}


def snyk(token: bytes) -> bool | None:
    """JSON with the expiry, between two dots."""
    return "e" in json_in(_part(token, 2))


def supabase_service_role(token: bytes) -> bool | None:
    """Claims of the service role; the anonymous role's token is public."""
    claims = json_in(_part(token, 1))
    return claims.get("role") == "service_role" and claims.get("iss") == "supabase"


# --- CRC-16, bech32, base58 --------------------------------------------------------------------------------------------------


def _crc16(data: bytes) -> bytes:
    """CRC-16/XMODEM, little-endian."""
    return binascii.crc_hqx(data, 0).to_bytes(2, "little")


def _base32(text: bytes) -> bytes:
    from base64 import b32decode  # few commits hold such a token

    try:
        return b32decode(text + b"=" * (-len(text) % 8))
    except binascii.Error:
        return b""


def nkey(seed: bytes) -> bool | None:
    """NATS: two bytes of type, 32 bytes of seed and their CRC-16."""
    data = _base32(seed)
    return len(data) == 36 and _crc16(data[:-2]) == data[-2:]


def nkey_public(key: bytes) -> bool:
    """NATS: a byte of type, the 32 bytes of a public key and their CRC-16, as 56 characters."""
    data = _base32(key)
    return len(data) == 35 and _crc16(data[:-2]) == data[-2:]


def stellar_seed(seed: bytes) -> bool | None:
    """Stellar: version byte (S), 32 bytes and their CRC-16."""
    data = _base32(seed)
    return len(data) == 35 and data[0] == 0x90 and _crc16(data[:-2]) == data[-2:]


def seal_crc16(text: bytes) -> bytes:
    """The last characters of a NATS seed (54 characters before them) or of a Stellar seed (52)."""
    found = compiled(rb"(S[UAONCX][A-Z2-7]{52}|S[A-Z2-7]{51})\Z").search(text)
    if found is None:
        raise ValueError("no NATS or Stellar seed before {checksum}")
    from base64 import b32encode

    body = found[1]
    # A NATS seed has 34 bytes before the CRC, a Stellar seed 33.
    data = _base32(body + b"A" * (-len(body) % 8))[: 34 if len(body) == 54 else 33]
    return b32encode(data + _crc16(data)).rstrip(b"=")[len(body) :]


_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            if top >> bit & 1:
                check ^= term
    return check


def _expanded(text: bytes) -> list[int] | None:
    """The values that the BCH code runs over: the part before the last 1 and the data behind it; None when it is no bech32."""
    name, _, data = text.lower().rpartition(b"1")
    if not name or any(byte not in _BECH32 for byte in data):
        return None
    return [byte >> 5 for byte in name] + [0] + [byte & 31 for byte in name] + [_BECH32.index(byte) for byte in data]


def bech32(text: bytes) -> bool | None:
    """BIP-173: the six last characters are a BCH checksum (age identities, Nostr keys)."""
    values = _expanded(text)
    return values is not None and _polymod(values) == 1


def seal_bech32(text: bytes) -> bytes:
    """The six last characters of the bech32 text that a text ends with, in its case."""
    found = compiled(rb"[A-Za-z][A-Za-z-]{0,40}1[A-Za-z0-9]{1,400}\Z").search(text)
    values = _expanded(found[0]) if found else None
    if found is None or values is None:
        raise ValueError("no bech32 text before {checksum}")
    check = _polymod(values + [0] * 6) ^ 1
    sealed = bytes(_BECH32[check >> 5 * (5 - place) & 31] for place in range(6))
    return sealed.upper() if found[0].isupper() else sealed


_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"


def base58check(text: bytes) -> bool | None:
    """The last four bytes are the head of the double SHA-256 of the ones before (Bitcoin's WIF, Tezos)."""
    return _double_sha256(text, _BASE58)


def ripple_seed(text: bytes) -> bool | None:
    """As base58check, in the alphabet of the XRP Ledger."""
    return _double_sha256(text, _RIPPLE)


def _double_sha256(text: bytes, alphabet: bytes) -> bool:
    number = 0
    for byte in text:
        digit = alphabet.find(byte)
        if digit < 0:
            return False
        number = number * 58 + digit
    leading = len(text) - len(text.lstrip(alphabet[:1]))
    data = b"\0" * leading + number.to_bytes((number.bit_length() + 7) // 8, "big")
    from hashlib import sha256  # loads OpenSSL: 3 ms

    return len(data) > 4 and sha256(sha256(data[:-4]).digest()).digest()[:4] == data[-4:]


_CISCO = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"


def cisco_type_7(text: bytes) -> bool | None:
    """Cisco's type 7: the start in the published key, then the password's bytes under it. It must come out as printable text."""
    if not compiled(rb"\d\d(?:[0-9A-F]{2}){1,60}").fullmatch(text):
        return False
    start, body = int(text[:2]), bytes.fromhex(text[2:].decode("ascii"))
    password = bytes(byte ^ _CISCO[(start + at) % len(_CISCO)] for at, byte in enumerate(body))
    return None if password.isascii() and password.decode("ascii").isprintable() else False
