"""What secrets say of themselves stands in the finding's reasons."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakstop.detect.tokens.decoded import _BY_CHECKSUM, _BY_RULE, decoded


def packed(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def jwt(**claims):
    return f"{packed({'alg': 'RS256'})}.{packed(claims)}.c2ln"


@pytest.mark.parametrize(
    "rule, checksum, text, reasons",
    [
        (
            "jwt-token",
            "jwt",
            jwt(iss="https://id.contoso.net", exp=1_700_000_000),
            ["issued by https://id.contoso.net", "expired 2023-11-14"],
        ),
        ("jwt-token", "jwt", jwt(aud=["one", "two"], exp=4_102_444_800), ["for one, two", "expires 2100-01-01"]),
        ("jwt-token", "jwt", jwt(sub="system:serviceaccount:prod:deploy"), ["account system:serviceaccount:prod:deploy"]),
        ("jwt-token", "jwt", jwt(iss="a\x1b[31m\u202eb"), ["issued by a\\x1b[31m\\u202eb"]),
        ("jwt-token", "jwt", "eyJ.eyJ.x", []),
        (
            "supabase-service-role-key",
            "supabase-service-role",
            jwt(iss="supabase", ref="abcd", role="service_role"),
            ["issued by supabase", "role service_role", "project abcd"],
        ),
        ("snyk-token", "snyk", "snyk_uat.0a1b2c3d." + packed({"e": 1_700_000_000}) + ".sig", ["expired 2023-11-14"]),
        (
            "grafana-cloud-token",
            "grafana-cloud",
            "glc_" + packed({"o": "12", "n": "ci", "k": "k", "m": {"r": "eu"}}),
            ["organization 12", "named ci", "region eu"],
        ),
        (
            "sentry-organization-token",
            "sentry-organization",
            "sntrys_" + packed({"iat": 1, "org": "contoso", "region_url": "https://de.sentry.io"}) + "_x",
            ["organization contoso", "region https://de.sentry.io"],
        ),
        ("discord-bot-token", "discord-bot", packed("175928847299117063") + ".x.y", ["bot 175928847299117063, made 2016-04-30"]),
        (
            "gitlab-routable-access-token",
            "gitlab-routable",
            "glpat-" + packed("o:1\nu:2s\n\x07random") + ".01.0w1abcdef",
            ["organization 1", "user 100"],
        ),
        (
            "azure-annotated-key",
            "azure-annotated-hint",
            "x" * 52 + "JQQJ99" + "x" * 18 + "AZMP" + "abcd",
            ["a key of Azure Maps"],
        ),
        (
            "azure-storage-sas-token",
            "",
            "sv=2022-11-02&sp=rwdl&se=2031-01-01T00:00:00Z&sig=x",
            ["rights rwdl", "expires 2031-01-01"],
        ),
        ("slack-app-token", "", "xapp-1-A0123456789-1234567890123-" + "0" * 64, ["app A0123456789"]),
        ("nats-seed", "nkey", "SU" + "A" * 56, ["seed of a NATS user"]),
        ("github-personal-access-token", "crc32-base62", "ghp_x", []),
    ],
)
def test_decoded(rule, checksum, text, reasons):
    assert list(decoded(rule, checksum, text.encode(), text.encode())) == reasons


READERS = {**_BY_CHECKSUM, **_BY_RULE}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@given(st.binary(max_size=80))
def test_nothing_fails_on_any_text(read, token):
    """And whatever is told is printable."""
    assert all(reason.isprintable() for reason in read(token))


@pytest.mark.parametrize(
    "kind, beside, reasons",
    [
        ("secret", "https://{ref}.supabase.co", ["a key of project {ref}"]),
        ("publishable", "https://{other}.supabase.co and https://{ref}.supabase.co/rest/v1", ["a key of project {ref}"]),
        ("secret", "https://{other}.supabase.co", ["of none of the projects whose addresses stand beside it"]),
        ("secret", "https://docs.supabase.co", []),
    ],
)
def test_keys_of_supabase_name_their_project(kind, beside, reasons):
    names = {"ref": "abcdefghijklmnopqrst", "other": "bcdefghijklmnopqrstu"}
    said = f"sb_{kind}_" + "Q7wB-2xZ" * 2 + "k_9dEf"
    check = base64.urlsafe_b64encode(hashlib.sha256(f"{names['ref']}|{said}".encode()).digest())[:8].decode()
    key = f"{said}_{check}".encode()
    text = key + b"\n" + beside.format(**names).encode()

    assert list(decoded(f"supabase-{kind}-key", "", key, key, text)) == [reason.format(**names) for reason in reasons]
