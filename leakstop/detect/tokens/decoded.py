"""What a secret says of itself when it is decoded: issuer, account, expiry, region, as reasons that people read.

Nothing of this is secret, and nothing is asked of anybody. Texts out of a token are cut and made printable; what does not decode
as its provider documents it says nothing.
"""

from __future__ import annotations

import time

from leakstop.detect.tokens.structure import decode64, json_in
from leakstop.expressions import compiled, expression
from leakstop.model import show_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Decoder = Callable[[bytes], Iterator[str]]

_LONGEST = 80  # characters of a text from inside a token
_CLAIMS = (("iss", "issued by"), ("aud", "for"), ("role", "role"), ("ref", "project"), ("client_id", "client"), ("email", "user"))
_NUMBERS = {b"o": "organization", b"g": "group", b"p": "project", b"u": "user"}  # of GitLab, in base 36
_NKEYS = {b"U": "user", b"A": "account", b"O": "operator", b"N": "server", b"C": "cluster", b"X": "curve key"}
_AZURE = {
    b"AZAC": "App Configuration", b"AZFR": "Fluid Relay", b"AZEG": "Event Grid", b"AZMR": "Mixed Reality", b"AZMP": "Maps",
    b"AZCS": "Communication Services", b"AZDO": "Azure DevOps", b"msql": "SQL", b"ACOG": "AI services",
}  # fmt: skip
_EPOCH = 1_420_070_400_000  # 2015-01-01, from which Discord counts milliseconds


def decoded(rule_id: str, checksum: str, whole: bytes, value: bytes, text: bytes = b"") -> tuple[str, ...]:
    """What the value of a rule tells; `whole` is all that the rule's expression took in, such as a URL with its parameters;
    `text` what it stands in.
    """
    beside = _BESIDE.get(rule_id)
    if beside is not None:
        return tuple(beside(value, text))
    by_rule = _BY_RULE.get(rule_id)
    if by_rule is not None:
        return tuple(by_rule(whole))
    by_checksum = _BY_CHECKSUM.get(checksum)
    return tuple(by_checksum(value)) if by_checksum is not None else ()


def _text(value: object) -> str:
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value[:3])
    return show_text(str(value)[:_LONGEST])


def _until(moment: object) -> Iterator[str]:
    """When something ends: seconds since 1970."""
    if isinstance(moment, (int, float)) and 0 < moment < 1e11:
        day = time.strftime("%Y-%m-%d", time.gmtime(moment))
        yield f"expired {day}" if moment < time.time() else f"expires {day}"


def _jwt(token: bytes) -> Iterator[str]:
    """RFC 7519: the registered claims, and a Kubernetes account's name."""
    parts = token[max(token.find(b"eyJ"), 0) :].split(b".")
    claims = json_in(parts[1]) if len(parts) > 2 else {}
    for name, words in _CLAIMS:
        if claims.get(name):
            yield f"{words} {_text(claims[name])}"
    subject = claims.get("sub")
    if isinstance(subject, str) and subject.startswith("system:serviceaccount:"):
        yield f"account {_text(subject)}"
    yield from _until(claims.get("exp"))


def _fields(**names: str) -> Decoder:
    """The named members of the JSON behind a prefix such as `glc_`."""

    def read(token: bytes) -> Iterator[str]:
        values = json_in(compiled(rb"\A[a-z]{1,8}_").sub(b"", token).partition(b"_")[0])
        for name, words in names.items():
            value = values.get(name)
            if isinstance(value, dict):  # Grafana's: {"m": {"r": "eu"}}
                value = value.get("r")
            if value:
                yield f"{words} {_text(value)}"

    return read


def _snyk(token: bytes) -> Iterator[str]:
    """The expiry stands between the second and third dot."""
    yield from _until(json_in((token.split(b".") + [b""] * 3)[2]).get("e"))


def _mapbox(token: bytes) -> Iterator[str]:
    user = json_in((token.split(b".") + [b""] * 2)[1]).get("u")
    if user:
        yield f"user {_text(user)}"


def _discord_bot(token: bytes) -> Iterator[str]:
    """A snowflake: milliseconds since 2015 above 22 bits."""
    number = decode64(token.partition(b".")[0])
    if number.isdigit():
        day = time.strftime("%Y-%m-%d", time.gmtime(((int(number) >> 22) + _EPOCH) / 1000))
        yield f"bot {_text(number.decode())}, made {day}"


def _artifactory(token: bytes) -> Iterator[str]:
    found = compiled(rb"reftkn:\d{2}:(\d{10}):").match(decode64(token))
    if found and int(found[1]):
        yield from _until(int(found[1]))


def _gitlab(token: bytes) -> Iterator[str]:
    """Lines such as `o:1` and `u:2s` before random bytes, all in base64url."""
    payload = compiled(rb"\Agl[a-z]{2,6}-(?:t[0-9]_)?").sub(b"", token).partition(b".")[0]
    for letter, number in compiled(rb"(?:\A|\n)([cgoptu]):([0-9a-z]{1,12})(?=\n)").findall(decode64(payload)):
        if letter in _NUMBERS:
            yield f"{_NUMBERS[letter]} {int(number, 36)}"


def _azure_annotated(token: bytes) -> Iterator[str]:
    """52 random characters, the mark, a year (A is 2024) and a month; at 76 the four letters of the service."""
    service = _AZURE.get(token[76:80])
    if service:
        yield f"a key of Azure {service}".replace("Azure Azure", "Azure")


_PROJECT = expression(rb"(?<![a-z])([a-z]{20})\.supabase\.co")


def _supabase(key: bytes, text: bytes) -> Iterator[str]:
    """The last eight characters of a secret or publishable key say which project it is of, if its address stands in the text.

    SHA-256 of "project|key without them", in base64url: Supabase's script for keys of self-hosted projects.
    """
    import hashlib
    from base64 import urlsafe_b64encode

    said, _, check = key.rpartition(b"_")
    projects = dict.fromkeys(_PROJECT.findall(text))
    for project in projects:
        if urlsafe_b64encode(hashlib.sha256(project + b"|" + said).digest())[:8] == check:
            yield f"a key of project {project.decode('ascii')}"
            return
    if projects:
        yield "of none of the projects whose addresses stand beside it"


def _azure_sas(url: bytes) -> Iterator[str]:
    """Rights and expiry of a shared access signature."""
    rights = compiled(rb"[?&;]sp=([a-z]{1,20})").search(b"&" + url)
    if rights:
        yield f"rights {rights[1].decode()}"
    ends = compiled(rb"[?&;]se=(\d{4}-\d{2}-\d{2})").search(b"&" + url)
    if ends:
        yield f"expires {ends[1].decode()}"


def _cloudflare_tunnel(token: bytes) -> Iterator[str]:
    account = json_in(token).get("a")
    if account:
        yield f"account {_text(account)}"


def _elastic(token: bytes) -> Iterator[str]:
    name = decode64(token.removeprefix(b"essu_")).partition(b":")[0]
    if compiled(rb"[\w-]{10,60}").fullmatch(name):
        yield f"key {name.decode()}"


def _nkey(seed: bytes) -> Iterator[str]:
    if seed[1:2] in _NKEYS:
        yield f"seed of a NATS {_NKEYS[seed[1:2]]}"


def _telegram(token: bytes) -> Iterator[str]:
    number = token.partition(b":")[0][-12:]
    if number.isdigit():
        yield f"bot {number.decode()}"


def _slack(token: bytes) -> Iterator[str]:
    found = compiled(rb"-(A[A-Z0-9]{8,12})-").search(token)
    if found:
        yield f"app {found[1].decode()}"


def _workos(token: bytes) -> Iterator[str]:
    found = compiled(rb"key_[0-9A-Z]{26}").search(decode64(token.rpartition(b"_")[2]))
    if found:
        yield f"key {found[0].decode()}"


def _google_account(text: bytes) -> Iterator[str]:
    found = compiled(rb"[A-Za-z0-9.-]{1,60}@[A-Za-z0-9.-]{1,60}\.gserviceaccount\.com").search(text)
    if found:
        yield f"account {found[0].decode()}"


_BY_CHECKSUM: dict[str, Decoder] = {
    "jwt": _jwt,
    "supabase-service-role": _jwt,
    "snyk": _snyk,
    "mapbox": _mapbox,
    "discord-bot": _discord_bot,
    "artifactory-reference": _artifactory,
    "gitlab-routable": _gitlab,
    "azure-annotated-hint": _azure_annotated,
    "cloudflare-tunnel": _cloudflare_tunnel,
    "elastic-encoded": _elastic,
    "elastic-cloud": _elastic,
    "nkey": _nkey,
    "sentry-organization": _fields(org="organization", region_url="region"),
    "grafana-cloud": _fields(o="organization", n="named", m="region"),
    "grafana-legacy": _fields(n="named", id="organization"),
    "onepassword": _fields(signInAddress="account", email="user"),
}
_BY_RULE: dict[str, Decoder] = {
    "azure-storage-sas-token": _azure_sas,
    "telegram-bot-token": _telegram,
    "slack-app-token": _slack,
    "workos-live-api-key": _workos,
    "google-service-account-key": _google_account,
}
_BESIDE: dict[str, Callable[[bytes, bytes], Iterator[str]]] = {  # what only the text around it makes tell
    "supabase-secret-key": _supabase,
    "supabase-publishable-key": _supabase,
}
