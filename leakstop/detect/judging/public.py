"""What anybody may know: digests of what is somewhere else, and public keys.

Each function is a filter as `ordinary` describes them.
"""

from __future__ import annotations

from leakstop.detect.judging import names, placeholders
from leakstop.detect.judging.place import place
from leakstop.expressions import expression

_DIGEST = expression(
    rb"(?i)^(?:sha(?:1|224|256|384|512)[-:=@_]|md5[-:=]|openpgp4fpr:|h1:|zh:|W/|(?:fk|pk|ix|idx|uniq|uq)_(?=[0-9a-f]{8,32}$))|^[0-9a-f]{7,64}$"
)
_KEY_ID = expression(rb"(?:0x)?(?:[0-9A-F]{8}){1,5}")  # of a public PGP key: the end of its fingerprint
_GIT = expression(rb"(?:^|[ \t$`])git (?!config)[a-z-]{2,20}(?: --?[a-z-]{1,20})* $")  # what names an object
_OF_PGP = expression(rb"(?i)(?:gpg|pgp|_apt)(?:_repo)?[_ -]?keys?(?!\w{0,8}pass)|\bgpg:.{0,40}using [A-Z]{2,6} key |\[GNUPG:\] ")
_PUBLIC = expression(
    rb"MI[A-Za-z0-9+/]{2,6}MA0GCSqGSIb3DQEBA[QU]|MFkwEwYHKoZIzj0|MHYwEAYHKoZIzj0|MCowBQYDK2V|RW[QRST][A-Za-z0-9+/]{53}"
)
_AGE = expression(rb"age1[02-9ac-hj-np-z]{58}")
_OIDS = expression(rb"(?i)30[0-9a-f]{2}(?:30[0-9a-f]{2})?06[0-9a-f]{2}(?:2[ab]|55|60)[0-9a-f]{4}")  # begin an algorithm's DER
_NKEY = expression(rb"[ACNOUX][A-Z2-7]{55}")
_HEX = b"0123456789abcdefABCDEF"


def digest(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`sha256-…`, hex below a name that says commit, checksum or etag, the id of a PGP key, of an index (`FK_` and hex)."""
    found = _DIGEST.match(value)
    where = place(value, key, line)
    name = where.name.lower()
    if _KEY_ID.fullmatch(value) and (
        name.endswith((b"signingkey", b"signing_key", b"keyid", b"key_id")) or (len(value) >= 16 and _OF_PGP.search(key + line))
    ):
        return True
    # An annotation of Helm's, an argument of git's.
    named = names.digest(where.name) or where.before.endswith(b"checksum/") or _GIT.search(where.before + key) is not None
    return found is not None and (found.end() < len(value) or named)


def public_key(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """A public key's DER in base64 (RFC 5280: SubjectPublicKeyInfo begins with the algorithm, a private key with a version),
    minisign's, age's, what `did:key:` or `Public key:` names, or NATS': whose it is, and 32 bytes with their CRC-16.
    """
    if key[:3].lower() == b"key" and place(value, key, line).before.lower().endswith((b"did:", b"public ")):
        return True
    if _NKEY.fullmatch(value):
        from leakstop.detect.tokens.structure import nkey_public

        return nkey_public(value)
    return _PUBLIC.match(value) is not None or _AGE.fullmatch(value) is not None or _OIDS.match(value) is not None


def digest_of_a_word(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """The SHA-1 of `foo`, the MD5 of `password`."""
    return len(value) in (32, 40, 64) and not value.translate(None, _HEX) and value.lower() in placeholders.digests()
