"""Checks that tokens carry: published vectors, round trips of check and seal, and structures that decode or do not.

Vectors are put together here so that no token stands in the file.
"""

from __future__ import annotations

import base64
import json
import string
import zlib

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from helpers import fake
from hypothesis import example, given
from hypothesis import strategies as st

from leakstop.detect.tokens import structure
from leakstop.detect.tokens.checksums import CHECKSUMS
from leakstop.detect.tokens.marvin import marvin32, state
from leakstop.rules.rule import CHECKSUM_NAMES
from leakstop.rules.templates import expand

BASE62 = string.ascii_letters + string.digits
URL = BASE62 + "_-"
BASE32 = string.ascii_uppercase + "234567"
BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
WORDS = expand("{words:30}", "some").decode().split()
PUTTY = (
    "PuTTY-User-Key-File-{}: ssh-ed25519\nEncryption: none\nComment: {}\nPublic-Lines: 1\n{}\nPrivate-Lines: 1\n{}\nPrivate-MAC: "
)


def check(name, token):
    return CHECKSUMS[name].check(token if isinstance(token, bytes) else token.encode())


def b64(text, *, url=False):
    data = text if isinstance(text, bytes) else text.encode()
    return (base64.urlsafe_b64encode(data).rstrip(b"=") if url else base64.b64encode(data)).decode()


def test_rules_may_name_exactly_these():
    assert tuple(CHECKSUMS) == CHECKSUM_NAMES


# --- published vectors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, token, result",
    [
        # Grafana's own tests and documentation: the first is made up, the second real.
        ("grafana", "glsa" + "_HOruNAb7SOiCdshU7algkrq7FDsNSLAa_" + "55e2f8be", False),
        ("grafana", "glsa" + "_yscW25imSKJIuav8zF37RZmnbiDvB05G_" + "fcaaf58a", True),
        # GitHub's documentation: a made-up body.
        ("crc32-base62", "ghp" + "_16C7e42F292c6912E7710c838347Ae178B4a", False),
        # Tezos: the sandbox key that every tool ships.
        ("base58check", "edsk" + "3gUfUPyBSfrS9CCgmCiQsTCHGkviBDusMxDJstFtojtc1zcpsh", True),
        ("base58check", "edsk" + "3gUfUPyBSfrS9CCgmCiQsTCHGkviBDusMxDJstFtojtc1zcpsi", False),
        # The Bitcoin wiki's example of the import format, and the XRP Ledger's genesis account.
        ("base58check", "5Hue" + "CGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", True),
        ("base58check", "5Hue" + "CGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK", False),
        ("ripple-seed", "snoP" + "BrXtMeMyMHUVTgbuqAfg1SUTb", True),
        ("ripple-seed", "snoP" + "BrXtMeMyMHUVTgbuqAfg1SUTc", False),
        # Type 7 from Cisco's own documents: it says "cisco"; an odd place in the key makes unprintable bytes of it.
        ("cisco-type-7", "0822" + "455D0A16", None),
        ("cisco-type-7", "0422" + "455D0A16", False),
        # BIP-173's valid and invalid strings.
        ("bech32", "A12UEL5L", True),
        ("bech32", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", True),
        ("bech32", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", True),
        ("bech32", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3x", False),
        # Trezor's vectors for BIP-39, and one whose last word is another.
        ("seed-phrase", "legal winner thank year wave sausage worth useful legal winner thank " + "yellow", True),
        ("seed-phrase", "letter advice cage absurd amount doctor acoustic avoid letter advice cage " + "above", True),
        ("seed-phrase", "letter advice cage absurd amount doctor acoustic avoid letter advice cage " + "zoo", False),
        (
            "seed-phrase",
            "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen "
            "patrol group space point ten exist slush involve " + "unfold",
            True,
        ),
        # SEC 2: the order of the group is no key, the number before it is one.
        ("secp256k1", "0x" + "F" * 31 + "EBAAEDCE6AF48A03BBFD25E8CD0364141", False),
        ("secp256k1", "F" * 31 + "EBAAEDCE6AF48A03BBFD25E8CD0364140", None),
        # RFC 7515, the first example.
        ("jwt", b64('{"typ":"JWT",\r\n "alg":"HS256"}', url=True) + "." + b64('{"iss":"joe"}', url=True) + ".dBjftJeZ4CVP", True),
    ],
)
def test_published_vectors(name, token, result):
    assert check(name, token) is result


@pytest.mark.parametrize(
    "data, expected",
    [
        ("", 0x30ED35C100CD3C7D),
        ("af", 0x48E73FC77D75DDC1),
        ("e70f", 0xB5F6E1FC485DBFF8),
        ("37f495", 0xF0B07C789B8CF7E8),
        ("8642dc59", 0x7008F2E87E9CF556),
        ("153fb79826", 0xE6C08C6DA2AFA997),
    ],
)
def test_marvin32_vectors(data, expected):
    """Microsoft's published vectors for the seed 0x004FB61A001BDBCC."""
    low, high = state(bytes.fromhex(data), 0x004FB61A001BDBCC)
    assert high << 32 | low == expected
    assert marvin32(bytes.fromhex(data), 0x004FB61A001BDBCC) == low ^ high


def test_crc32_is_six_base62_digits():
    """The form that GitHub describes, computed the long way round."""
    body = b"a" * 30
    number, text = zlib.crc32(body), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        text = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[digit] + text
    assert check("crc32-base62", b"ghp_" + body + text.encode()) is True


@pytest.mark.parametrize("kind", ["github-pat", "github-oauth", "npm"])
def test_made_up_tokens_of_other_tests(kind):
    assert check("crc32-base62", fake(kind)) is True


# --- round trips -------------------------------------------------------------------------------------------------------------


def text(alphabet, size, most=None):
    return st.text(alphabet, min_size=size, max_size=most or size)


SEALED = {
    "crc32-base62": st.builds("ghp_{}".format, text(BASE62, 30)),
    "crc32-base62-hint": st.builds("ghr_{}".format, text(BASE62, 70)),
    "crc32-hex": st.builds("zpka_{}_".format, text("0123456789abcdef", 32)).map(lambda token: token[:-1]),
    "crc32-hex-hint": st.builds("cfut_{}".format, text(BASE62, 40)),
    "synapse": st.builds("syt_{}_{}_".format, text(BASE62, 4, 40), text(string.ascii_letters, 20)),
    "matrix": st.builds("mat_{}_".format, text(BASE62, 30)),
    "vercel": st.builds("vcp_{}".format, text(URL, 50)),
    "grafana": st.builds("glsa_{}_".format, text(BASE62, 32)),
    "atlassian": st.builds("ATATT3xFfGF0{}=".format, text(URL, 171)),
    "trello-hint": st.builds("ATTA{}".format, text("0123456789abcdef", 64)),
    "gitlab-routable": st.builds("glpat-{}.01.".format, text(URL, 27, 60)),
    "github-fine-grained-hint": st.builds("github_pat_{}_{}".format, text(BASE62, 22), text(BASE62, 43)),
    "azure-identifiable-hint": st.one_of(
        st.builds("{}+ASt".format, text(BASE62, 76)),
        st.builds("{}AIoT".format, text(BASE62, 33)),
        st.builds("{}AzSe".format, text(BASE62, 42)),
    ),
    "azure-annotated-hint": st.builds("{}JQQJ99BAAC{}AAAAAZDO".format, text(BASE62, 52), text(BASE62, 10)),
    "azure-client-secret-hint": st.builds("{}8Q~{}".format, text(BASE62, 3), text(BASE62 + "~._-", 31)),
    "bech32": st.builds("AGE-SECRET-KEY-1{}".format, text(BECH32, 52)),
    "seed-phrase": st.lists(st.sampled_from(WORDS), min_size=23, max_size=23).map(lambda words: " ".join(words) + " "),
    "pgp-crc24": st.binary(min_size=90, max_size=400).map(
        lambda data: f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{b64(data)}\n="
    ),
    "putty-mac": st.builds(PUTTY.format, st.sampled_from("23"), text(BASE62, 8), text(BASE62, 64), text(BASE62, 48)),
    "nkey": st.builds("SU{}".format, text(BASE32, 52)),
    "stellar-seed": st.builds("S{}{}".format, st.sampled_from("ABCD"), text(BASE32, 50)),
}


def test_every_seal_is_tried():
    assert set(SEALED) == {name for name, checksum in CHECKSUMS.items() if checksum.seal}


@pytest.mark.parametrize("name", SEALED)
@given(data=st.data())
def test_what_is_sealed_is_proved_and_what_is_changed_is_not(name, data):
    body = data.draw(SEALED[name]).encode()
    checksum = CHECKSUMS[name]
    assert checksum.seal
    tail = checksum.seal(b'token = "' + body)
    rest = {"github-fine-grained-hint": b"A" * 8, "pgp-crc24": b"\n-----END PGP PRIVATE KEY BLOCK-----"}.get(name, b"")
    assert checksum.check(body + tail + rest) is True
    wrong = bytes([tail[0] ^ 1]) + tail[1:]
    assert checksum.check(body + wrong + rest) is not True


@pytest.mark.parametrize("name", CHECKSUMS)
@given(token=st.binary(max_size=200))
@example(token=b"")
@example(token=b"eyJ")
@example(token=b"." * 40)
@example(token=b"1" * 60)
@example(token=b"[" * 2000)
def test_no_check_fails_on_any_text(name, token):
    assert CHECKSUMS[name].check(token) in (True, False, None)


@pytest.mark.parametrize(
    "name", ["putty-mac", "seed-phrase", "grafana", "atlassian", "gitlab-routable", "azure-identifiable-hint", "bech32", "nkey"]
)
def test_a_seal_says_when_there_is_no_token(name):
    seal = CHECKSUMS[name].seal
    assert seal
    with pytest.raises(ValueError, match=r"before \{checksum\}"):
        seal(b"nothing of the kind")


@pytest.mark.parametrize("name", [name for name in CHECKSUMS if name.endswith("-hint")])
def test_a_hint_never_drops(name):
    for seed in range(20):
        assert check(name, expand("{A-Za-z0-9:84}", str(seed))) is None


# --- structures --------------------------------------------------------------------------------------------------------------


def packed(value, *, url=False):
    return b64(json.dumps(value, separators=(",", ":")), url=url)


STRUCTURES = [
    ("ngc", b64("a1b2c3d4e5f6g7h8i9j0k1l2m3:6ba7b810-9dad-41d1-80b4-00c04fd430c8"), True),
    ("ngc", b64("a1b2c3d4e5f6g7h8i9j0k1l2m3:6ba7b810-9dad-41d1-80b4-00c04fd430cX"), False),
    ("solana-keypair", str([at * 67 % 256 for at in range(64)]), None),
    ("solana-keypair", str([at * 67 % 257 for at in range(64)] + [0]), False),
    ("solana-keypair", str([7] * 64), False),
    ("jwt", fake("jwt"), True),
    ("jwt", "ghs_123456_" + fake("jwt"), True),
    ("jwt", packed({"alg": "RSA-OAEP", "enc": "A256GCM"}, url=True) + ".abc.def.ghi.jkl", True),
    ("jwt", packed({"typ": "JWT"}, url=True) + "." + packed({"a": 1}, url=True) + ".x", False),
    ("jwt", packed({"alg": "HS256"}, url=True) + ".notjson.x", False),
    ("jwt", "eyJhbGciOiJIUzI1NiJ9", False),
    ("basic-auth", b64("deploy:k7dQ2mPz9wXs"), None),  # leakstop: allow -- made up
    ("basic-auth", b64("no colon"), False),
    ("basic-auth", b64(b"user:\xff\xfe"), False),
    ("basic-auth", b64("user:"), False),
    ("base64-uuid", "sec-c-" + b64(fake("uuid")), True),
    ("base64-uuid", "sec-c-" + b64("x" * 36), False),
    ("pypi-macaroon", fake("pypi"), True),
    ("pypi-macaroon", "pypi-" + b64(b"\x02\x01\x0dtest.pypi.org" + b"x" * 90, url=True), True),
    ("pypi-macaroon", "pypi-" + b64("x" * 120, url=True), False),
    ("aws-session-token", fake("aws-session-token"), True),
    ("aws-session-token", b64(b"\x15\x0a\x06er/aws" + b"x" * 100), True),
    ("aws-session-token", b64("x" * 100), False),
    ("aws-bedrock-key", "ABSK" + b64("BedrockAPIKey-ab12-at-123456789012:" + "x" * 44), True),
    ("aws-bedrock-key", "ABSK" + b64("x" * 90), None),
    ("aws-presigned-key", "bedrock-api-key-" + b64("bedrock.amazonaws.com/?X-Amz-Credential=x"), True),
    ("aws-presigned-key", "bedrock-api-key-" + b64("bedrock.amazonaws.com/?x=1"), None),
    ("aws-ecr-password", packed({"payload": "x", "datakey": "y"}), True),
    ("aws-ecr-password", packed({"payload": "x" * 90})[:60], None),
    ("artifactory-reference", b64("reftkn:01:0000000000:" + "x" * 27), True),
    ("artifactory-reference", b64("reftkn:xx:0000000000:" + "x" * 27), False),
    ("atlassian-server", b64("123456789012:" + "x" * 20), True),
    ("atlassian-server", "BBDC-" + b64("123456789012:" + "x" * 20), True),
    ("atlassian-server", b64("12345678901x:" + "x" * 20), False),
    ("cloudflare-tunnel", packed({"a": "1", "t": "2", "s": "3"}), True),
    ("cloudflare-tunnel", packed({"a": "1", "t": "2"}), False),
    ("discord-bot", b64("123456789012345678", url=True) + ".Gabcde." + "x" * 38, True),
    ("discord-bot", b64("12345678901234567x", url=True) + ".Gabcde." + "x" * 38, False),
    ("elastic-cloud", "essu_" + b64("a" * 20 + ":" + "b" * 43), True),
    ("elastic-cloud", "essu_" + b64("a" * 64), False),
    ("elastic-encoded", b64("a" * 20 + ":" + "b" * 22), True),
    ("elastic-encoded", b64("a" * 43), False),
    ("elastic-service", b64(b"\0\x01\0\x01elastic/kibana/token1:abcdef"), True),
    ("elastic-service", b64(b"\0\x01\0\x01elastik/kibana/token1:abcdef"), False),
    ("grafana-cloud", "glc_" + packed({"o": "1", "n": "x", "k": "y", "m": {"r": "eu"}}), True),
    ("grafana-cloud", "glc_" + packed({"o": "1"}), False),
    ("grafana-legacy", packed({"k": "x" * 32, "n": "ci", "id": 1}), True),
    ("grafana-legacy", packed({"k": fake("uuid"), "t": "x"}), False),
    ("intercom", b64("tok:abc"), True),
    ("intercom", b64("tak:abc"), False),
    ("mapbox", "sk." + packed({"u": "x", "a": "y"}, url=True) + ".abc", True),
    ("mapbox", "sk." + packed({"v": "x"}, url=True) + ".abc", False),
    ("mapbox", "sk", False),
    ("onepassword", "ops_" + packed({"secretKey": "x", "signInAddress": "y"}), True),  # leakstop: allow
    ("onepassword", "ops_" + packed({"other": "x"}), False),  # leakstop: allow
    ("onepassword", "ops_eyJhbc", None),  # leakstop: allow
    ("sentry-organization", "sntrys_" + packed({"iat": 1, "org": "x"}) + "_abc", True),
    ("sentry-organization", "sntrys_" + packed({"iat": 1}) + "_abc", False),
    ("snyk", "snyk_uat.0123abcd." + packed({"e": 1}, url=True) + ".x", True),
    ("snyk", "snyk_uat.0123abcd", False),
    ("supabase-service-role", "x." + packed({"iss": "supabase", "role": "service_role"}, url=True) + ".y", True),
    ("supabase-service-role", "x." + packed({"iss": "supabase", "role": "anon"}, url=True) + ".y", False),
    ("pem", fake("private-key"), True),
]


@pytest.mark.parametrize("name, token, result", STRUCTURES)
def test_structures(name, token, result):
    assert check(name, token) is result


def test_every_structure_is_tried():
    assert {name for name, _, _ in STRUCTURES} | {"base58check", "ripple-seed", "cisco-type-7", "secp256k1"} == {
        name for name, checksum in CHECKSUMS.items() if not checksum.seal
    }


KEY = expand("{pem:PRIVATE KEY}", "a key").decode()
HEADER, BODY, FOOTER = KEY.partition("\n")[0], KEY.split("\n")[1:-1], KEY.rpartition("\n")[2]


@pytest.mark.parametrize(
    "block",
    [
        KEY,
        KEY.replace("\n", "\r\n"),
        KEY.replace("\n", "\\n"),
        KEY.replace("\n", "\\\\n"),
        KEY.replace("\n", "\n    "),
        KEY.replace("\n", "\n# "),
        KEY.replace("\n", '\\n" +\n  "'),
        KEY.replace("\n", "\\n'\n  '"),
        KEY.replace("\n", " "),
    ],
)
def test_a_key_block_in_whatever_notation(block):
    assert structure.pem(block.encode()) is True


@pytest.mark.parametrize(
    "block, result",
    [
        (HEADER + "\n...\n" + FOOTER, False),
        (HEADER + "\n" + BODY[0][:40] + "\n" + FOOTER, False),
        (HEADER, False),
        ("\n".join([HEADER, *BODY[:4]]), None),  # cut off: not to be dropped
        (KEY.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), None),
        (expand("{pem:OPENSSH PRIVATE KEY}", "x").decode(), True),
    ],
)
def test_key_blocks_that_are_not_whole(block, result):
    assert structure.pem(block.encode()) is result


@pytest.mark.parametrize("made", [ed25519.Ed25519PrivateKey.generate, lambda: ec.generate_private_key(ec.SECP384R1())])
def test_openssh_keys_of_another_library(made):
    """The two check integers of a key without passphrase are equal; one that was tampered with says nothing."""
    key = made().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    assert structure.pem(key) is True
    data = structure.decode64(b"".join(key.split(b"\n")[1:-2]))
    data = data[:60] + bytes(range(1, 200))  # within the public key
    assert structure.pem(b"-----\n" + base64.b64encode(data) + b"\n-----") is None


def test_base64_of_either_alphabet_with_or_without_padding():
    data = bytes(range(250, 256)) + b"abcd"
    standard, url = base64.b64encode(data), base64.urlsafe_b64encode(data)
    for form in (standard, url, standard.rstrip(b"="), url.rstrip(b"=")):
        assert structure.decode64(form) == data
    assert structure.decode64(b"not base64!") == b""
