"""Checks that a token carries inside itself, tested offline.

A rule names one of these. `check` gets the secret and answers True (proved: chance seldom fits), False (the documented check
fails: the value is made up or mangled, and no finding) or None (cannot say). Where a provider's algorithm was inferred and never
seen to fit a published key, a misfit is None: a guess may strengthen a finding, never drop one.

`seal` completes a token: it gets a text that ends with all but the check characters and answers those. It serves the examples in
the rule files (`{checksum}`), so that they hold no live-looking token.
"""

from __future__ import annotations

import zlib

from leakstop.detect.tokens import keyfiles, structure
from leakstop.detect.tokens.marvin import marvin32
from leakstop.expressions import compiled
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Checksum(NamedTuple):
    """A named check. `seal` is None where it is the decoded structure that is tested: examples encode that themselves."""

    check: Callable[[bytes], bool | None]
    seal: Callable[[bytes], bytes] | None = None


BASE36 = b"0123456789abcdefghijklmnopqrstuvwxyz"
BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def digits(number: int, alphabet: bytes, size: int) -> bytes:
    """A number in the base of an alphabet, most significant digit first, filled up with the alphabet's zero."""
    text = bytearray()
    for _ in range(size):
        number, digit = divmod(number, len(alphabet))
        text.append(alphabet[digit])
    return bytes(reversed(text))


def _exact(check: Callable[[bytes], bytes], size: int) -> Callable[[bytes], bool | None]:
    """The last `size` bytes of a token are what `check` makes of the ones before them."""

    def fits(token: bytes) -> bool:
        try:
            return check(token[:-size]) == token[-size:]
        except ValueError:  # no token of that kind at all
            return False

    return fits


def _hint(check: Callable[[bytes], bytes], size: int) -> Callable[[bytes], bool | None]:
    """As `_exact`, for an algorithm that is not proved: a misfit says nothing."""
    exact = _exact(check, size)
    return lambda token: exact(token) or None


def _last(pattern: bytes, text: bytes) -> bytes:
    """The unfinished token at the end of a text, as the first group of a pattern; ValueError when there is none."""
    found = compiled(pattern + rb"\Z").search(text)
    if found is None:
        raise ValueError(f"no token before {{checksum}} that ends as {pattern!r} says")
    return found[1]


def crc32_base62(text: bytes) -> bytes:
    """CRC-32 of what follows the last underscore, in six base62 digits: GitHub (its engineering blog), npm, Polar."""
    return digits(zlib.crc32(text[text.rfind(b"_") + 1 :]), BASE62, 6)


def vercel(text: bytes) -> bytes:
    """CRC-32 of the last 50 characters, in six base62 digits; the body may hold underscores. Confirmed on published samples."""
    return digits(zlib.crc32(text[-50:]), BASE62, 6)


def synapse(text: bytes) -> bytes:
    """CRC-32 of all before the last underscore, in six base62 digits (Synapse's `handlers/auth.py`)."""
    token = _last(rb"(sy[tr]_[A-Za-z0-9+/]{1,340}_[A-Za-z]{20})_", text)
    return digits(zlib.crc32(token), BASE62, 6)


def matrix(text: bytes) -> bytes:
    """CRC-32 of prefix, underscore and body in base62, the least significant digit first, filled up with zeros on the left.

    From the Matrix Authentication Service, whose digits stand in the reverse order of Synapse's.
    """
    number, found = zlib.crc32(_last(rb"(m(?:at|ar|ct|cr)_[A-Za-z0-9]{30})_", text)), bytearray()
    while number:
        number, digit = divmod(number, 62)
        found.append(BASE62[digit])
    return bytes(found).rjust(6, b"0")


def crc32_hex(text: bytes) -> bytes:
    """CRC-32 of what follows the last underscore, in eight hex digits: Zuplo (confirmed on samples), Cloudflare (one sample)."""
    return b"%08x" % zlib.crc32(text[text.rfind(b"_") + 1 :])


def grafana(text: bytes) -> bytes:
    """CRC-32 of prefix and body, its four bytes little-endian in hex. Proved on the sample in Grafana's own tests."""
    body = _last(rb"(glsa_[A-Za-z0-9]{32})_", text)
    return zlib.crc32(body).to_bytes(4, "little").hex().encode()


def atlassian(text: bytes) -> bytes:
    """CRC-32 of everything before it, the equals sign included, in eight upper-case hex digits."""
    return b"%08X" % zlib.crc32(_last(rb"(AT[ACT]TT3[A-Za-z0-9_-]{100,250}=)", text))


def trello(text: bytes) -> bytes:
    """As Atlassian's, over prefix and 64 hex digits; not verified for this kind."""
    return b"%08X" % zlib.crc32(_last(rb"(ATTA[0-9a-f]{64})", text))


def gitlab_routable(text: bytes) -> bytes:
    """Two base36 digits of the payload's length and seven of the CRC-32 of all before them.

    From GitLab's design document on routable tokens; both were proved on a published sample.
    """
    token = _last(rb"(gl[a-z]{2,6}-(?:t[0-9]_)?[A-Za-z0-9_-]{27,300}\.01\.)", text)
    payload = compiled(rb"\Agl[a-z]{2,6}-(?:t[0-9]_)?").sub(b"", token)[: -len(b".01.")]
    sized = token + digits(len(payload), BASE36, 2)
    return sized[-2:] + digits(zlib.crc32(sized), BASE36, 7)


def _check_gitlab_routable(token: bytes) -> bool | None:
    return digits(zlib.crc32(token[:-7]), BASE36, 7) == token[-7:]


def github_fine_grained(text: bytes) -> bytes:
    """The first eight characters of base32(SHA-256) of all before them: seen in samples, not documented."""
    from base64 import b32encode
    from hashlib import sha256  # loads OpenSSL: 3 ms

    return b32encode(sha256(_last(rb"(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{43})", text)).digest())[:8]


def _check_github_fine_grained(token: bytes) -> bool | None:
    return _hint(github_fine_grained, 8)(token[:-8])  # eight characters follow the check


# --- Microsoft: Marvin32 with a seed for each kind of key (github.com/microsoft/security-utilities) ---------------------------

_SEEDS = (
    b"Default0 Query000 PAdmin00 Tenant00 IoTHub00 Gatewy00 GitKey00 AbAcct00 Access00 ACRDflt0 MastRW00 MastRO00 SysAll00"
    b" Resour00 SystRO00 SystRW00 Encryp00 Master00 System00 Functi00 DpsKey00 Device00 Classic0 Listen00 Send0000 Manage00"
    b" Unknown0 UsrPwd00"
).split()
_LEADS = {  # mark -> characters before it
    b"+ASt": 76, b"APIM": 76, b"+ABa": 76, b"ACDb": 76, b"+AMC": 76,
    b"AzCa": 33, b"AZEG": 33, b"+AEh": 33, b"AIoT": 33, b"+ARm": 33, b"+ASb": 33,
    b"AzSe": 42, b"+ACR": 42, b"AzFu": 44,
}  # fmt: skip
_AAD = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~"


def _seed(name: bytes) -> int:
    return int.from_bytes(name, "big")


def _marvin_ends(body: bytes, name: bytes) -> tuple[bytes, bytes]:
    value = marvin32(body, _seed(name))
    return value.to_bytes(4, "little"), value.to_bytes(4, "big")


def azure_identifiable(text: bytes) -> bytes:
    """What follows the mark of an identifiable key: the decoded key ends with the Marvin32 of the bytes before."""
    mark = text[-4:]
    if mark not in _LEADS:
        raise ValueError("no mark of an identifiable Azure key before {checksum}")
    start = text[-_LEADS[mark] - 4 :]
    size = (len(start) + 6) * 6 // 8
    body = structure.decode64(start + b"AAAAAA")[: size - 4]
    key = body + _marvin_ends(body, b"Default0")[0]
    from base64 import b64encode, urlsafe_b64encode

    encode = urlsafe_b64encode if mark == b"AzFu" else b64encode
    return encode(key)[len(start) :]


def _check_azure_identifiable(token: bytes) -> bool | None:
    key = structure.decode64(token)
    return any(key[-4:] in _marvin_ends(key[:-4], name) for name in _SEEDS) or None


def azure_annotated(text: bytes) -> bytes:
    """The last four characters of a Common Annotated Security Key: base62 of the Marvin32 of the 60 bytes before."""
    value = marvin32(structure.decode64(text[-80:]), _seed(b"Default0"))
    return digits(int.from_bytes(value.to_bytes(4, "little"), "big"), BASE62, 6)[:4]


def azure_client_secret(text: bytes) -> bytes:
    """The last three characters of an Entra ID client secret (mark 8Q~): of six digits of the Marvin32 of the text before."""
    return digits(marvin32(text[-37:], _seed(b"AadPwd00")), _AAD, 6)[:3]


CHECKSUMS: dict[str, Checksum] = {
    "crc32-base62": Checksum(_exact(crc32_base62, 6), crc32_base62),
    "crc32-base62-hint": Checksum(_hint(crc32_base62, 6), crc32_base62),
    "crc32-hex": Checksum(_exact(crc32_hex, 8), crc32_hex),
    "crc32-hex-hint": Checksum(_hint(crc32_hex, 8), crc32_hex),
    "vercel": Checksum(_exact(vercel, 6), vercel),
    "synapse": Checksum(_exact(synapse, 6), synapse),
    "matrix": Checksum(_exact(matrix, 6), matrix),
    "grafana": Checksum(_exact(grafana, 8), grafana),
    "atlassian": Checksum(_exact(atlassian, 8), atlassian),
    "trello-hint": Checksum(_hint(trello, 8), trello),
    "gitlab-routable": Checksum(_check_gitlab_routable, gitlab_routable),
    "github-fine-grained-hint": Checksum(_check_github_fine_grained, github_fine_grained),
    "azure-identifiable-hint": Checksum(_check_azure_identifiable, azure_identifiable),
    "azure-annotated-hint": Checksum(_hint(azure_annotated, 4), azure_annotated),
    "azure-client-secret-hint": Checksum(_hint(azure_client_secret, 3), azure_client_secret),
    "bech32": Checksum(structure.bech32, structure.seal_bech32),
    "base58check": Checksum(structure.base58check),
    "ripple-seed": Checksum(structure.ripple_seed),
    "cisco-type-7": Checksum(structure.cisco_type_7),
    "solana-keypair": Checksum(structure.solana_keypair),
    "ngc": Checksum(structure.ngc),
    "nkey": Checksum(structure.nkey, structure.seal_crc16),
    "stellar-seed": Checksum(structure.stellar_seed, structure.seal_crc16),
    "putty-mac": Checksum(keyfiles.putty, keyfiles.SEALS["putty-mac"]),
    "pgp-crc24": Checksum(keyfiles.pgp, keyfiles.SEALS["pgp-crc24"]),
    "seed-phrase": Checksum(keyfiles.seed_phrase, keyfiles.seal_seed_phrase),
    "secp256k1": Checksum(keyfiles.secp256k1),
    "jwt": Checksum(structure.jwt),
    "pem": Checksum(structure.pem),
    "basic-auth": Checksum(structure.basic_auth),
    "base64-uuid": Checksum(structure.base64_uuid),
    "pypi-macaroon": Checksum(structure.pypi_macaroon),
    "aws-session-token": Checksum(structure.aws_session_token),
    "aws-bedrock-key": Checksum(structure.aws_bedrock_key),
    "aws-presigned-key": Checksum(structure.aws_presigned_key),
    "aws-ecr-password": Checksum(structure.aws_ecr_password),
    "artifactory-reference": Checksum(structure.artifactory_reference),
    "atlassian-server": Checksum(structure.atlassian_server),
    "cloudflare-tunnel": Checksum(structure.cloudflare_tunnel),
    "discord-bot": Checksum(structure.discord_bot),
    "elastic-cloud": Checksum(structure.elastic_cloud),
    "elastic-encoded": Checksum(structure.elastic_encoded),
    "elastic-service": Checksum(structure.elastic_service),
    "grafana-cloud": Checksum(structure.grafana_cloud),
    "grafana-legacy": Checksum(structure.grafana_legacy),
    "intercom": Checksum(structure.intercom),
    "mapbox": Checksum(structure.mapbox),
    "onepassword": Checksum(structure.onepassword),
    "sentry-organization": Checksum(structure.sentry_organization),
    "snyk": Checksum(structure.snyk),
    "supabase-service-role": Checksum(structure.supabase_service_role),
}
