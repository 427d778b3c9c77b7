"""Keys of services that have no rule: how their documents and tests show them, and what stands in the same places and is none.

`{p}` is the service's name in camel case, `{n}` in small letters, `{u}` in capitals; `{v}` is the value.
"""

import random
import string

import pytest

from leakstop.detect.detector import Detector
from leakstop.detect.language.entropy import random_looking
from leakstop.model import CONFIDENCES, Chunk, Origin

LETTERS = string.ascii_letters + string.digits
FILLING = b"\n" + b" " * 300 + b"\n"  # in a tiny text any value could be half of a pair


def made(size: int, group: str = LETTERS) -> str:
    """A value from a random generator, never written down."""
    rng = random.Random(f"unknown/{size}/{group}")
    drawn = ("".join(rng.choices(group, k=size)) for _ in range(10_000))
    return next(text for text in drawn if random_looking(text.encode()) and sum(map(str.isdigit, text)) >= size // 6)


HEX = made(40, string.hexdigits[:16])
UUID = f"{HEX[:8]}-{HEX[8:12]}-4{HEX[12:15]}-8{HEX[15:18]}-{HEX[18:30]}"
VALUES = {"hex": made(32, string.hexdigits[:16]), "letters": made(32), "prefixed": f"fbk_live_{made(32)}"}


def found(detector: Detector, text: str, path: str = "notes.txt") -> list[str]:
    """The values that are reported by default."""
    chunk = Chunk(text.encode() + FILLING, Origin("file", path.encode()))
    sure = CONFIDENCES[1:]
    return [finding.secret.reveal().decode() for _, finding in detector.scan([chunk]) if finding.confidence in sure]


NOTATIONS = [
    ("a.py", '{n}_api_key = "{v}"'),
    (".env", "{u}_AUTH={v}"),
    ("a.txt", "{n} key = {v}"),
    ("a.yml", "{n}:\n  key: {v}"),
    ("a.json", '{{"{n}": {{"key": "{v}"}}}}'),
    ("a.sh", 'curl -H "X-{p}-Key: {v}" https://api.{n}.net/v1/items'),
    ("a.sh", "curl -H 'Authorization: Token {v}' https://api.{n}.net/v1/items"),
    ("a.sh", 'curl -u "{v}:X" https://api.{n}.net/v1/items'),
    ("a.sh", 'curl "https://api.{n}.net/v1/items?key={v}&page=1"'),
    ("a.txt", "https://{v}@api.{n}.net/v1"),
    ("a.txt", "https://hooks.{n}.net/services/{v}"),
    ("a.txt", "https://{n}.net/api/webhooks/{v}"),
    ("a.py", 'client = {p}Client("{v}")'),
    ("a.py", 'client = Client("robot", "{v}")'),
    ("a.js", "const {n} = new {p}('{v}');"),
    ("a.js", "{p}.init('{v}');"),
    ("a.js", "require('{n}')('{v}')"),
    ("a.php", "new \\{p}\\Client('{v}');"),
    ("a.md", "Your {p} API key is {v}."),
    ("a.md", "The {p} API key: `{v}`"),
    ("a.md", "- **API Key**: `{v}`"),
    ("a.txt", "{n} token {v}"),
    ("a.txt", "{n}.com key '{v}'"),
    ("a.sh", "{n} --key {v} --verbose"),
    ("a.sh", "{n} auth {v}"),
    ("a.sh", "{n} login {v}"),
    ("a.sh", "{n} config set key {v}"),
    ("a.sh", "{n} -k {v} list"),
    ("a.txt", "# {p} key\n{v}\n"),
    ("a.md", "{p} API token:\n\n    {v}\n"),
    ("a.yml", "{n}_keys:\n  - {v}\n"),
    ("a.py", 'client = {p}("{v}")'),
    ("a.java", '{p} api = {p}.create("{v}");'),
    ("a.go", '\tclient := {n}.New("{v}")'),
]


GROUPED = [
    f"PRD-{HEX[:12]}-{HEX[12:16]}-{HEX[16:20]}-{HEX[20:24]}-{HEX[24:28]}",
    f"{UUID}:{VALUES['hex']}",
    f"{UUID}:fx",
    f"xx{HEX[:8]}-{UUID[9:]}",
]


@pytest.mark.parametrize("value", GROUPED)
@pytest.mark.parametrize(("path", "text"), [("a.py", '{n}_token = "{v}"'), ("a.yml", "{n}:\n  token: {v}")])
def test_groups_are_random_together(detector, path, text, value):
    assert value in found(detector, text.format(n="fabrikam", v=value), path)


@pytest.mark.parametrize(
    "value", ["release-2024-eu-west-1-node-0003-blue", "v2024.10.31-build.20241031.0002", "0000-1111-2222-3333-4444-5555"]
)
def test_groups_that_are_no_token(detector, value):
    assert found(detector, f'fabrikam_token = "{value}"', "a.py") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://hooks.fabrikam.net/services/{v}", f"fk.pt.{made(40)}"),
        ("https://fabrikam.net/webhooks/{v}", f"{made(43)}="),
        ("https://fabrikam.net/webhook/{v}", made(24, string.ascii_uppercase + string.digits)),
        ("https://{v}@api.fabrikam.net/v1", f"{made(43)}="),
        ("https://{v}@api.fabrikam.net/v1", f"{made(24)}+{made(16)}"),
    ],
)
def test_addresses_that_are_tokens(detector, text, value):
    assert value in found(detector, text.format(v=value))


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/fabrikam/hooks/blob/main/use-2024-Hooks.min.js",
        "https://registry.fabrikam.net/git-hooks/releases/download/v1.2.3/git-hooks_1.2.3_Linux_x86_64.tar.gz",
        "https://fabrikam.net/webhooks/2024.10.31-getting-started-with-Events.html",
    ],
)
def test_addresses_that_are_none(detector, text):
    assert found(detector, text) == []


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize(("path", "notation"), NOTATIONS, ids=[notation for _, notation in NOTATIONS])
def test_a_key_of_a_service_that_nobody_knows(detector, path, notation, value):
    text = notation.format(n="fabrikam", u="FABRIKAM", p="Fabrikam", v=value)
    assert value in found(detector, text, path)


@pytest.mark.parametrize("value", [*VALUES.values(), UUID], ids=[*VALUES, "uuid"])
@pytest.mark.parametrize("text", ['zeplin: "{v}"', "ZEPLIN={v}", 'zeplin = Zeplin("{v}")', "zeplin {v}", '{{"zeplin": ["{v}"]}}'])
def test_beside_the_name_of_a_service_a_key_needs_no_other_word(detector, text, value):
    assert found(detector, text.format(v=value)) == [value]


@pytest.mark.parametrize(
    "token",
    [
        f"fbk_live_{made(32)}",
        f"fbk-sk-{made(40)}",
        f"fbk_pat_{made(32, string.ascii_lowercase + string.digits)}",
        f"access-sandbox-{UUID}",
        f"key_{made(64, string.hexdigits[:16])}",
    ],
)
def test_a_token_that_says_what_it_is_needs_no_word_at_all(detector, token):
    for text in (token, f'x = "{token}"', f'["{token}"]', f"    {token}"):
        assert found(detector, text) == [token]


def test_a_key_in_an_address(detector):
    """As a part of an API's path only what is no id: hex is one."""
    assert found(detector, f"https://api.fabrikam.net/v1/{made(40)}/send") == [made(40)]
    assert found(detector, f"https://api.fabrikam.net/v1/{HEX}/send") == []
    assert found(detector, f"https://api.fabrikam.net/v1?q=oslo&appid={HEX[:32]}") == [HEX[:32]]


def test_a_uuid_under_the_name_of_a_secret_is_one(detector):
    assert found(detector, f'{{"clientId": "main", "clientSecret": "{UUID}"}}', "a.json") == [UUID]
    assert found(detector, f'{{"clientKey": "{UUID}", "projectToken": "{UUID}"}}', "a.json") == []


NONE = [
    ("a.md", "The API key: `your-api-key-of-32-characters`"),
    ("a.js", 'throw new Error("something_of_the_2nd_kind_went_wrong_in_2024")'),
    ("a.js", 'new Worker("/assets/workers/pdf-2.16.105.worker.js")'),
    ("a.js", "require('crypto')('chart-1640120023-release')"),
    ("a.txt", "https://fabrikam.net/docs/webhooks/getting-started-with-the-2024-API"),
    ("a.py", "test_configuration_of_the_2nd_generation_with_20_words()"),
    ("a.txt", f"dist/fabrikam-api-{HEX}.js"),
    ("a.txt", f"fabrikam key id {UUID[:13]}"),
    ("a.sh", "minisign -Vqm file -P RWT" + made(53)),
    ("a.sh", "ssh --key ~/.ssh/id_ed25519 robot@host"),
    ("a.yml", f"uses: zeplin/setup@{HEX}"),
    ("a.json", f'{{"zeplin_id": "{UUID}"}}'),
    ("a.go", "case zeplinTokenOfVersion2: return"),
    ("a.go", f'providers.HashScheme1.New("{made(43)}=")'),
    ("a.cs", f'service = new Guid("{UUID}")'),
    ("a.yml", "cache_keys:\n  - restore-linux-python-3.11-2024-01-01"),
    ("a.txt", f"Primary key\n{made(16)} {made(16)}\n"),
    ("a.sh", f"gpg -k {HEX.upper()}"),
]


@pytest.mark.parametrize(("path", "text"), NONE)
def test_what_stands_in_the_same_places_and_is_none(detector, path, text):
    assert found(detector, text, path) == []


MANGLED = [
    ("algolia_api_key", made(32, string.hexdigits[:16])),  # a provider's form, beside its name
    ("verimail_token", made(32, string.ascii_uppercase + string.digits)),
    ("fabrikam", "cal_live_" + HEX[:32]),  # a prefix that only one provider has
]


@pytest.mark.parametrize(("name", "value"), MANGLED)
def test_what_misses_a_providers_form_by_one_character_is_no_key(detector, name, value):
    assert found(detector, f'{name} = "{value}"') == [value]
    middle = len(value) // 2 + 2
    for mangled in (value[:-1], value[:middle] + value[middle + 1 :], value + "0", f"{value[:middle]}?{value[middle + 1 :]}"):
        assert found(detector, f'{name} = "{mangled}"') == []


def test_far_from_any_form_a_value_beside_a_provider_is_a_key_of_another_kind(detector):
    assert found(detector, f'verimail_token = "{made(48)}"') == [made(48)]
