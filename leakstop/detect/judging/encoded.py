"""Values that say something else once they are decoded, or that are encrypted or hashed where they stand.

Each function is a filter as `ordinary` describes them.
"""

from __future__ import annotations

from itertools import pairwise

from leakstop.detect.judging.placeholders import sample_claims, stand_in
from leakstop.detect.language.entropy import floor, shannon
from leakstop.detect.tokens.structure import decode64, jwt_algorithm, jwt_claims
from leakstop.expressions import expression

_ENCRYPTED = expression(rb"""(?x)
    ^ (?: ENC[\[(] | \$ANSIBLE_VAULT | !vault | \{cipher\} | encrypted: | v1:[A-Za-z0-9+/=]{10,}: | AgB[A-Za-z0-9+/]{100}
        | vault:v\d+: | AQICAH | AQIAAA[A-Za-z0-9+/]mAAAApAAA  # of KMS, a key of CryptoAPI's for one RSA key
    | \$ (?: 2[abxy]? | [15679y] | argon2\w* | pbkdf2[\w-]* | scrypt | apr1 ) \$ | pbkdf2[_:]sha
        | sha(?:1|256|512)[$:] | scrypt:\d | bcrypt[_$] | \{ (?: S?SHA-?\d* | S?MD5 | CRYPT | BCRYPT | bcrypt | noop | pbkdf2 ) \}
        | \*[0-9A-F]{40}$ | [\w.-]{1,40}:\${1,2}(?:apr1|2[abxy]|[156])\$  # of MySQL, a line of htpasswd
        | md5[0-9a-f]{32} $ | ! [A-Za-z0-9]{40} $  # Django's, for who has no password
        | [A-Za-z_]{0,60}? CfDJ8 | \d\. [A-Za-z0-9+/=]{16,} \| )
    """)
_DECRYPTED = expression(rb"(?i)decrypt(?:ed)?\([bru]?[\"']$")
_ESCAPED = expression(rb"%([0-9A-Fa-f]{2})")
_HEADER = expression(rb"(eyJ[A-Za-z0-9_-]{8,200})(?:\.(?:eyJ[A-Za-z0-9_-]{0,400})?)?")  # a JSON Web Token without a signature
_COUNTED = 8  # bytes that are no chance when each differs from the one before by one of two steps: 0, 1, 2, 3
_CLAIMS = 8  # bytes that one claim takes in base64: `e30` is none
_SAID = expression(rb":\s{0,4}\"([^\"]*)\"")  # the texts in JSON
_RUN = expression(rb"[A-Za-z0-9]{16,}")
_PROMISING = expression(rb"(?i)pass|pwd|secret|token|key|auth|cred")


def encrypted(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Values encrypted or hashed where they stand: SOPS, Ansible Vault, sealed secrets, `$2b$…`, `secret_decrypt("…")`."""
    return _ENCRYPTED.match(value) is not None or _DECRYPTED.search(key) is not None


def encoded(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Base64 or percent signs around text that would be dropped in clear: `cGFzc3dvcmQ=` says password."""
    if value.startswith(b"eyJ") and value.count(b".") == 2:  # the parts of a JSON Web Token
        _, claims, signature = value.split(b".")
        signed = decode64(signature)
        return (
            len(claims) < _CLAIMS or not signature or (signed.isascii() and signed.isalpha()) or sample_claims(jwt_claims(value))
        )
    if (header := _HEADER.fullmatch(value)) and jwt_algorithm(header[1]):
        return True
    clear = unquote(value) if b"%" in value else decode64(value) if len(value) >= 8 and value.isascii() else b""
    if len(clear) > _COUNTED and len({(after - byte) & 255 for byte, after in pairwise(clear)}) <= 2:
        return True
    clear = clear.strip()
    if b"ENC[AES256_GCM" in clear:  # a file of SOPS
        return True
    if b"%" in value and clear != value and len(clear) < 4:
        return True
    if clear == value or len(clear) < 3 or not clear.isascii() or not clear.decode("ascii").isprintable():
        return False
    if clear.startswith((b"{", b"[")) and clear.endswith((b"}", b"]")):
        said = _SAID.findall(clear)
        if said and all(stand_in(b"", text) for text in said):
            return True
        return not _PROMISING.search(clear) and not any(shannon(part) >= floor(part) for part in _RUN.findall(clear))
    user, colon, password = clear.partition(b":")
    if _ENCRYPTED.match(password):  # a line of htpasswd
        return True
    return stand_in(user, password) if colon else stand_in(b"", clear)


def unquote(value: bytes) -> bytes:
    """Percent signs decoded (urllib.parse would cost the hook 2 ms)."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), value)
