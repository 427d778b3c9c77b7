"""How sure a finding is: what the value and its place add to the rule, and what they take away."""

import base64
import json
import string

import helpers
import pytest
from helpers import fake, made

from leakstop.detect.detector import Detector
from leakstop.detect.judging.confidence import Crowd, crowd, crowded, in_documents, in_tests
from leakstop.model import Chunk, Finding, Location, Origin, Pair, Secret, Tally
from leakstop.pipeline import Settings, scan
from leakstop.rules.compiled import compile_rules
from leakstop.rules.load import load
from leakstop.rules.rule import Rule

UUID = "506faab0-617a-4668-9e63-4a2fb996603f"
IDS = [(name, f"{made(8, name + '0123456789')}-617a-4668-9e63-4a2fb9966{number:03x}") for number, name in enumerate("abcdef")]
TOKEN, HEX, PASSWORD = made(32), made(32, helpers.HEX, seed=2), made(11)

TESTS = [
    ("tests/test_login.py", True),
    ("src/test/java/LoginTests.java", True),
    ("pkg/auth/login_test.go", True),
    ("web/login.spec.ts", True),
    ("t/lib-httpd.sh", True),
    ("spec/fixtures/users.yml", True),
    ("conftest.py", True),
    ("src/lib-auth/test-scram.c", True),
    ("src/modules/tests_impl.h", True),
    ("mock-services.json", True),
    ("app/src/androidTest/assets/keys.json", True),
    ("deps/ldap/system_SUITE.erl", True),
    ("src/Auth/JwtSpec.hs", True),
    ("internal/certification/C.F.T.T.s.tar", True),
    ("client/.snapshots/TestHandler.json", True),
    ("examples/fake_server.py", True),
    ("internal/testhelpers/login.go", True),
    ("internal/janitor_test_helper.go", True),
    ("src/latest-version.py", False),
    ("src/contest.py", False),
    ("src/Inspec.hs", False),
    ("latest/app.py", False),
    ("src/Protest.java", False),
    ("attestation/key.go", False),
    ("deps/lib.zip/lib/login_test.go", True),
    ("features/v1/login.feature", True),
    ("internal/suites/OIDC/configuration.yml", True),
    ("src/features/login.ts", False),
]
DOCUMENTS = [
    ("docs/install.txt", True),
    ("README.md", True),
    ("guides/start.adoc", True),
    ("docsis/modem.c", False),
    ("lib/commands/USAGE", True),
    ("CHANGELOG", True),
    ("lib/usage", False),
    ("htmlcov/test_py.html", True),
    ("debian/port_db.1", True),
    ("app.log.1", False),
    ("example_code/sns.cs", True),
    ("samples-web/app.cs", True),
    ("resample/app.cs", False),
    ("vignettes/articles/oauth.R", True),
    ("servant/README.lhs", True),
    ("analysis.Rmd", True),
    ("man/login.Rd", True),
    ("learn/maps.livemd", True),
]


@pytest.mark.parametrize(("path", "is_one"), TESTS)
def test_a_path_tells_that_a_file_is_a_test(path, is_one):
    assert in_tests(path.encode()) is is_one


@pytest.mark.parametrize(("path", "is_one"), DOCUMENTS)
def test_a_path_tells_that_a_file_is_a_document(path, is_one):
    assert in_documents(path.encode()) is is_one


GRADES = [
    ("app.py", f'client_secret = "{TOKEN}"', ["high"]),
    ("app.py", f'password = "{TOKEN}"', ["high"]),
    ("app.py", f'password = "{PASSWORD}"', ["medium"]),  # a person may have made it up for an example
    ("app.py", f'table_key = "{TOKEN}"', ["medium"]),  # not every key is secret
    ("README.md", f'client_secret = "{TOKEN}"', ["medium"]),
    ("tests/test_app.py", f'client_secret = "{TOKEN}"', ["medium"]),
    ("tests/test_app.py", f'secret = "{HEX}"', ["medium"]),
    ("tests/test_app.py", f'token = "{UUID}"', ["medium"]),
    ("tests/test_app.py", f'cipher_key = "{HEX}"', ["medium"]),
    ("tests/test_app.py", f'derivation_key = "{HEX}"', ["low"]),
    ("tests/test_app.py", f'client_secret = "{TOKEN}"\nassert client.secret == "{TOKEN}"', ["low", "low"]),
    ("README.md", f'client_secret = "{TOKEN}"\nthe secret: {TOKEN}', ["low", "low"]),
    ("app.py", f'client_secret = "{TOKEN}"\nsecret = "{TOKEN}"', ["high", "high"]),
]


GRADES += [
    ("vendor/github.com/acme/sdk/client.go", f'client_secret = "{TOKEN}"', ["low"]),
    ("node_modules/debug/.coveralls.yml", f"repo_token: {TOKEN}a", ["low"]),
    ("web/pkg/mod/github.com/!azure/sdk@v23.2.0/a.go", f'client_secret = "{TOKEN}"', ["low"]),
    ("web/pkg/mod/cache/download/k8s.io/client-go/@v/v0.0.0.zip", f'client_secret = "{TOKEN}"', ["low"]),
    ("Godeps/_workspace/src/github.com/acme/sdk/a.go", f'client_secret = "{TOKEN}"', ["low"]),
    ("pkg/mod/client.go", f'client_secret = "{TOKEN}"', ["high"]),
    ("vendor/github.com/acme/sdk/README.md", f"token: {fake('github-pat')}", ["low"]),
    ("vendor/github.com/acme/sdk/client.go", f"token: {fake('github-pat')}", ["high"]),
    ("vendor/settings/client.go", f'client_secret = "{TOKEN}"', ["high"]),
    ("src/Tests/PassTest.php", f"$token = 'service_locator.{HEX}'", ["low"]),
    ("src/Pass.php", f"$token = 'service_locator.{HEX}'", ["medium"]),
    ("lib/grove.py", f"EXAMPLES = '''\n- grove: >\n    channel_token={TOKEN}\n'''\n", ["low"]),
    ("lib/grove.py", f"EXAMPLES = '''\n- grove: >\n'''\nchannel_token = '{TOKEN}'\n", ["high"]),
    ("tests/test_auth.py", f"auth = '{HEX[:20]}:{HEX}{HEX}'", ["low"]),
]
WORD = made(7, string.ascii_lowercase)
GRADES += [
    ("app.rb", f'#  User.new(password: "{PASSWORD}")\n#  User.find(password: "{PASSWORD}")', ["low", "low"]),
    ("app.rb", f'User.new(password: "{PASSWORD}")\nUser.find(password: "{PASSWORD}")', ["medium", "medium"]),
    ("site.js", f"docsearch({{ apiKey: '{HEX}', indexName: 'vue' }})", ["low"]),
    ("site.js", f"connect({{ apiKey: '{HEX}', host: 'vue' }})", ["high"]),
    ("compose.yml", f'MYSQL_USER: "{WORD}"\nMYSQL_PASSWORD: "{WORD}"', ["low"]),
    ("compose.yml", f'MYSQL_USER: "pdns"\nMYSQL_PASSWORD: "{WORD}"', ["medium"]),
    ("api.yaml", f"token:\n  example:\n    deep:\n      api_token: {TOKEN}", ["low"]),
    ("api.yaml", f"example: 1\ntoken:\n  deep:\n    api_token: {TOKEN}", ["high"]),
    ("README.md", f"derivation_key: {TOKEN}", ["low"]),
    ("docs/app.py", f'table_key = "{TOKEN}"', ["low"]),
    ("README.md", f'aws_secret_access_key = "{made(40)}"', ["low"]),
    ("app.ini", f'aws_secret_access_key = "{made(40)}"', ["medium"]),
    ("tests/a.py", f"Cookie: sessionid={HEX}", ["low"]),
    ("values.yaml", f"# robot:$apr1${made(8)}${made(22)}", ["low"]),
    ("values.yaml", f"robot:$apr1${made(8)}${made(22)}", ["medium"]),
    ("phpunit.xml.dist", f'<env name="APP_KEY" value="{HEX}"/>', ["medium"]),
    ("providers.xml", f"<username>{WORD}</username>\n<password>{WORD}</password>", ["low"]),
    ("providers.xml", f"<username>wap</username>\n<password>{WORD}</password>", ["medium"]),
    ("cassettes/me.json", f'"access_token=\\"{TOKEN}\\"; Max-Age=63072000; Path=/"', ["low"]),
    ("cassettes/me.json", f'"access_token=\\"{TOKEN}\\""', ["medium"]),
    ("src/bip352_test_vectors.json", f'"priv_key_tweak": "{made(64, helpers.HEX)}"', ["low"]),
]


BCRYPT = made(53)
SAS = f"https://a.blob.core.windows.net/b/c?sv=2019-02-02&st=2020-07-28T20:18:53Z&se={{}}T21:03:00Z&sr=b&sp=r&sig={made(43)}%3D"


def jwt(claims: dict[str, object], algorithm: str = "HS256") -> str:
    parts = ({"alg": algorithm, "typ": "JWT"}, claims)
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), made(43)])


GRADES += [
    ("app.py", f'token = "{jwt({"iss": "shop", "sub": "17", "role": "admin"})}"', ["high"]),
    ("app.py", f'token = "{jwt({"foo": "bar"})}"', ["low"]),
    ("app.py", f'token = "{jwt({"iss": "contoso-demo", "role": "anon"})}"', ["low"]),
    ("app.py", f'token = "{jwt({"sub": "test-subject", "exp": 4683883572})}"', ["high"]),
    ("tests/a.py", f'token = "{jwt({"sub": "test-subject", "exp": 4683883572})}"', ["low"]),
    ("tests/a.py", f'token = "{jwt({"mercure": {"subscribe": ["foo"]}})}"', ["low"]),
    ("tests/a.py", f'token = "{jwt({"exp": 4683883572, "scope": "read"})}"', ["low"]),
    ("tests/a.py", f'token = "{jwt({"iss": "https://id.contoso.net", "sub": "8811"})}"', ["medium"]),
    ("app.py", f'token = "{jwt({"iss": "https://id.contoso.net", "sub": "8811"})}"', ["high"]),
    ("docs/a.jwt", jwt({"iss": "testing@id.contoso.net", "sub": "8811"}), ["low"]),
    ("app.js", f'token = "{jwt({"some": "payload"})}"', ["low"]),
    ("app.js", f'token = "{jwt({"sub": "payload"})}"', ["high"]),
    ("vendor/github.com/fernet/fernet-go/a.json", f'"secret": "{TOKEN}"', ["low"]),
    ("web/node_modules/a/b.js", f'secret = "{TOKEN}"', ["low"]),
    ("vendor/src/b.js", f'secret = "{TOKEN}"', ["high"]),
    ("db/seeds.rb", f"password: $2b$10${BCRYPT}", ["low"]),
    ("app/auth.js", f"// equal time for unknown users\nconst DUMMY = '$2b$10${BCRYPT}'", ["low"]),
    ("app/auth.js", f"const hash = '$2b$10${BCRYPT}'", ["medium"]),
    ("app/store.go", f'Secret: []byte(`$2b$10${BCRYPT}`),   // = "w7hz"', ["low"]),
    ("app.js", f'token = "{jwt({"iss": "https://auth.example.com/", "sub": "8811"})}"', ["low"]),
    ("app.js", f'token = "{jwt({"iss": "http://localhost:8080/realms/a", "sub": "8811"})}"', ["low"]),
    ("app.js", f'token = "{jwt({"iss": "https://example-shop.net/", "sub": "8811"})}"', ["high"]),
    ("base.html", f"algolia:\n  apiKey: {HEX}\n  indexName: brew_all", ["low"]),
    ("indexer.py", f'algolia_admin_key = "{HEX}"', ["medium"]),
    ("values.example.yaml", f'client_secret = "{TOKEN}"', ["medium"]),
    ("database/seeds.ts", f'token: "{TOKEN}"', ["low"]),
    (
        "paths/2fa.json",
        f'{{\n "examples": {{\n  "url": "otpauth://totp/a:b?secret={made(32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}"',
        ["low"],
    ),
    ("api.yaml", f'example: "https://contoso.net/?token={TOKEN}"', ["low"]),
    ("dump.sql", f"consent\tauthorization\t{UUID}\tshop", ["medium"]),
    ("app.rb", SAS.format("2020-07-28"), ["low"]),
    ("app.rb", SAS.format("2099-07-28"), ["high"]),
    ("README.rst", f'dsn = "https://{HEX}@o1.ingest.sentry.io/1"', ["low"]),
    ("README.rst", f'dsn = "https://{HEX}@api.contoso.net/1"', ["medium"]),
    ("app.erl", f'%% token: <<"{TOKEN}">>', ["medium"]),
    ("app.ex", f'  iex> secret = "{TOKEN}"', ["medium"]),
    ("Clients.cs", f'new Secret("{made(40, helpers.HEX)}", "mtls.test")', ["medium"]),
    ("web/Button.stories.tsx", f'"secret": "{HEX}"', ["low"]),
    ("samples/a/b.json", f'"secret": "{HEX}"', ["medium"]),
    ("demo/settings.yml", f"acme_token: {HEX}", ["medium"]),
    ("app.json", f'"secret": "{HEX}"', ["high"]),
    ("app.py", f'token = "gAAAAABf{made(92)}"', ["low"]),
    ("Api.java", f'@Operation(notes = "Example:" +\n "{{\\n" +\n "\\"secret\\": \\"{TOKEN}\\"")', ["low"]),
    ("Api.java", f'send(\n "{{\\n" +\n "\\"secret\\": \\"{TOKEN}\\"")', ["high"]),
    ("nats.conf", f"operator: {jwt({'iss': 'OA7X', 'sub': 'AB5U'}, 'ed25519-nkey')}", ["low"]),
    ("topics.json", f'"https://cdn.contoso.net/o/a.svg?alt=media&token={UUID}"', ["low"]),
    ("topics.json", f'"https://cdn.contoso.net/o/a.svg?alt=json&token={UUID}"', ["high"]),
    ("README.md", f"![codecov](https://codecov.io/gh/a/b/branch/main/graph/badge.svg?token={TOKEN})", ["low"]),
    ("clicks.tsv", f"https://shop.contoso.net/a?b=1&key={TOKEN}", ["low"]),
    ("app.py", f'token = "{jwt({"iss": "shop", "sub": "17"}, "none")}"', ["low"]),
    ("tests/a.go", f'secretKey := "0x{HEX}"', ["low"]),
    ("spec/a.json", f'downloadKey=1438619697_{HEX}"', ["low"]),
    ("licenses/jwcrypto.py", f'client_secret = "{TOKEN}"', ["low"]),
    ("license/client.py", f'client_secret = "{TOKEN}"', ["high"]),
    ("tests/a.py", f"X-Amz-Security-Token={fake('aws-session-token')}", ["low"]),
    ("spec/vcr/a.yml", f'"client_secret": "pi_{made(24)}_secret_{made(25)}"', ["low"]),
    ("app/a.yml", f'"client_secret": "pi_{made(24)}_secret_{made(25)}"', ["medium"]),
    ("tests/a.yml", base64.b64encode(f'{{"id":"{HEX}","api_key":"{TOKEN}"}}'.encode()).decode(), ["low"]),
    ("app.py", f'token = "{jwt({"sub": "1234567890", "name": "John Doe"})}"', ["low"]),
    ("tests/a.js", f'token = "{jwt({"exp": "123", "foo": "adas"})}"', ["low"]),
    ("tests/a.js", f'token = "{jwt({"exp": "123", "role": "adas"})}"', ["medium"]),
    ("src/a.js", f'token = "pat_{jwt({"iss": "https://id.contoso.net", "sub": "8811"})}"', ["high"]),
    ("api.ex", f'token: [\n  required: true,\n  example:\n    "Bearer {jwt({"iat": 1680162154})}"\n]', ["low"]),
    ("api.ex", f'token: [\n  required: true,\n  default:\n    "Bearer {jwt({"iat": 1680162154})}"\n]', ["high"]),
    ("schemas.ex", f'example: %{{\n  tenant: %{{\n    jwt_secret: "{UUID}"', ["low"]),
    ("schemas.ex", f'default: %{{\n  tenant: %{{\n    jwt_secret: "{UUID}"', ["high"]),
    ("schemas.ex", f'example: %{{\n  tenant: %{{\n    api: "{fake("github-pat")}"', ["high"]),
    ("pay.py", f'    """Pays.\n\n    Examples\n    --------\n    pay(token="{TOKEN}")\n    """', ["low"]),
    ("pay.py", f'    """Pays.\n\n    Examples\n    --------\n    """\n    pay(token="{TOKEN}")', ["high"]),
    ("hook.php", f'    /*\n    {{\n        "token": "{TOKEN}",', ["medium"]),
    ("hook.php", f'    /*\n     a\n    */\n    $a = ["token" => "{TOKEN}"];', ["high"]),
    ("cmd/help.go", f"a check --encryption-key {UUID}\na migrate --encryption-key {UUID}", ["low", "low"]),
    ("cmd/run.sh", f"a check --encryption-key {UUID}\na migrate --encryption-key {UUID}", ["high", "high"]),
    ("app.php", f'dsn = "https://{HEX}@sentry2.contoso.net/5"', ["low"]),
    ("README.md", f'src="https://img.shields.io/codecov/c/github/a/b/main?style=flat-square&token={TOKEN}"', ["low"]),
    ("README.md", f"https://api.contoso.net/shields.io?style=flat-square&token={TOKEN}", ["medium"]),
    ("dump.sql", f"(1, 'ann', '$2b$10${BCRYPT}'),\n(2, 'bob', '$2b$10${BCRYPT}')", ["low", "low"]),
    ("dump.sql", f"(1, 'ann', '$2b$10${BCRYPT}'),\n(2, 'bob', '$2b$10${BCRYPT[::-1]}')", ["medium", "medium"]),
    ("docs/k8s.md", f"echo password: {PASSWORD}\nPASSWORD: {base64.b64encode(PASSWORD.encode()).decode()}", ["low", "low"]),
    ("docs/k8s.md", f"echo password: {PASSWORD}\nPASSWORD: {base64.b64encode(TOKEN.encode()).decode()}", ["medium", "medium"]),
    ("deploy/k8s.sh", f"password={PASSWORD}\nPASSWORD={base64.b64encode(PASSWORD.encode()).decode()}", ["medium", "medium"]),
    ("database/seeders/Gateways.php", f"['name' => 'Skrill', 'key' => '{HEX}'", ["low"]),
    ("database/gateways.php", f"['name' => 'Skrill', 'key' => '{HEX}'", ["medium"]),
    (".github/workflows/e2e.yml", f"key: maestro-{HEX}-linux", ["low"]),
    (".github/workflows/e2e.yml", f"api_key: maestro-{HEX}-linux", ["medium"]),
    ("src/passkeys.ts", "\n".join(f'{name}Pass = "{uuid}",' for name, uuid in IDS), ["low"] * 6),
    ("src/passkeys.ts", "\n".join(f'{name}Pass = "{uuid}",' for name, uuid in IDS[:5]), ["high"] * 5),
    ("README.md", f"![](https://raw.service.net/a/1.png?token={TOKEN})", ["low"]),
    ("docs.js", f"app_id: '{made(10, string.ascii_uppercase)}',\napi_key: '{HEX}'", ["low"]),
    ("lib/user.py", f'EXAMPLES = r"""\n  password: "$2b$10${BCRYPT}"\n"""\n', ["low"]),
    ("lib/user.py", f'DEFAULTS = r"""\n  password: "$2b$10${BCRYPT}"\n"""\n', ["medium"]),
    ("lib/monitor.py", f'EXAMPLES = r"""\n- datadog:\n    api_key: "{HEX}"\n    app_key: "{HEX[:8]}{HEX}"\n"""\n', ["low"]),
    ("lib/monitor.py", f'DEFAULTS = r"""\n- datadog:\n    api_key: "{HEX}"\n    app_key: "{HEX[:8]}{HEX}"\n"""\n', ["medium"]),
    ("data/pbkdf/pbkdf2.vec", f"Passphrase = {PASSWORD}", ["low"]),
    ("data/pbkdf/pbkdf2.rsp", f"Passphrase = {PASSWORD}", ["medium"]),
]


@pytest.mark.parametrize(("path", "text", "grades"), GRADES)
def test_confidence_is_decided_for_each_finding(detector, path, text, grades):
    found = [finding for _, finding in detector.scan([Chunk(text.encode(), Origin("file", path.encode()))])]
    assert [finding.confidence for finding in found] == grades
    assert all(finding.reasons for finding in found if finding.confidence != finding.rule.confidence)


def reported(paths: list[str], confidence: str = "medium", token: str = TOKEN) -> list[tuple[str, str]]:
    text = f'client_secret = "{token}"\n'.encode()
    chunks = [Chunk(text, Origin("file", path.encode())) for path in paths]
    report = scan("scan", chunks, Tally(), Settings(load(), confidence=confidence))
    return [(result.finding.origin.path.decode(), result.finding.confidence) for result in report.results]


def test_a_value_that_several_tests_share_is_a_constant_of_theirs():
    shared = ["tests/test_a.py", "tests/test_b.py"]
    assert reported(shared) == []
    assert reported(shared, "low") == [(path, "low") for path in shared]


def test_what_counts_little_in_one_test_is_shared_all_the_same():
    line = f'token = "{UUID}"\n'
    for confidence, grades in (("medium", []), ("low", ["low"] * 3)):
        texts = (("tests/test_a.py", line * 2), ("tests/test_b.py", line))  # low for itself; medium for itself
        chunks = [Chunk(text.encode(), Origin("file", path.encode())) for path, text in texts]
        report = scan("scan", chunks, Tally(), Settings(load(), confidence=confidence))
        assert [result.finding.confidence for result in report.results] == grades


def test_what_tests_the_project_may_use_the_constant_too():
    assert reported(["docs/a.md", "docs/b.md", ".github/workflows/test.yml"]) == []
    assert reported(["docs/a.md", ".github/workflows/test.yml"]) != []


def test_what_counts_little_in_the_program_keeps_no_document_from_it():
    def confidences(help_text: str) -> list[str]:
        documents = ((f"docs/{name}.md", f"a {name} --encryption-key {UUID}") for name in ("check", "migrate"))
        chunks = [Chunk(text.encode(), Origin("file", path.encode())) for path, text in (*documents, ("cmd/help.go", help_text))]
        report = scan("scan", chunks, Tally(), Settings(load(), confidence="low"))
        return [result.finding.confidence for result in report.results]

    option = f"a check --encryption-key {UUID}\n"
    assert confidences(option * 2) == ["low"] * 4
    assert sorted(confidences(option)) == ["high", "medium", "medium"]


@pytest.mark.parametrize(
    ("line", "times", "confidence"),
    [
        (f"where('gateway_key', '{HEX}')", 3, "low"),
        (f"where('gateway_key', '{HEX}')", 2, "medium"),
        (f"where('gateway_key', '{TOKEN}')", 3, "medium"),
        (f"encryption_key = '{HEX}'", 3, "high"),
    ],
)
def test_hex_that_a_program_compares_with_again_and_again_is_an_id(line, times, confidence):
    chunks = [Chunk(f"{line}\n".encode(), Origin("file", b"app/%d.php" % number)) for number in range(times)]
    report = scan("scan", chunks, Tally(), Settings(load(), confidence="low"))
    assert [result.finding.confidence for result in report.results] == [confidence] * times


def test_what_each_version_of_a_document_shows_is_an_example():
    """Also when it says what it is; but not what stands in code as well."""
    versions, token = ["api/swagger.yaml", *(f"docs/api/v1.{number}.yaml" for number in range(3))], fake("github-pat")
    assert reported(versions, token=token) == []
    assert reported(versions, "low", token) == [(path, "low") for path in versions]
    assert len(reported(versions[:3], token=token)) == 3
    assert len(reported([*versions, "src/app.py"], token=token)) == 5


def test_a_token_that_tests_sign_and_use_again_is_a_constant_of_theirs():
    token = jwt({"iss": "https://id.contoso.net", "sub": "8811"})
    assert len(reported(["tests/test_a.py"], token=token)) == 1
    assert reported(["tests/test_a.py", "docs/b.md"], token=token) == []
    assert len(reported(["tests/test_a.py", "src/app.py"], token=token)) == 2
    assert len(reported(["tests/test_a.py", "docs/b.md"], token=fake("github-pat"))) == 2


def test_what_a_container_calls_a_member_counts_as_its_path():
    """A test in an archive is a test."""

    def grade(*members: str) -> str:
        chunk = Chunk(f'secret = "{HEX}"'.encode(), Origin("file", b"deps.zip", members=members))
        return next(finding.confidence for _, finding in detect.scan([chunk]))

    detect = Detector(compile_rules(load()))
    assert grade("lib/login_test.go") == "low"
    assert grade("tests/data.zip", "login.go") == "low"
    assert grade("lib/login.go") == "high"


def test_very_many_passwords_in_one_test_were_made_up():
    def confidences(number: int, path: str) -> set[str]:
        lines = "".join(f'"password": "{made(10, seed=i)}{i}"\n' for i in range(number))
        chunk = Chunk(lines.encode(), Origin("file", path.encode()))
        report = scan("scan", [chunk], Tally(), Settings(load(), confidence="low"))
        return {result.finding.confidence for result in report.results}

    assert confidences(40, "tests/users.json") == {"medium"}
    assert confidences(80, "tests/users.json") == {"low"}
    assert confidences(80, "users.json") == {"medium"}


def test_very_many_shapes_near_one_word_are_ids():
    """Those near a service each are keys of so many services."""

    def confidences(words: list[str]) -> set[str]:
        lines = "".join(f"{word} {made(18)}{i + 10}\n\n{' ' * 300}\n" for i, word in enumerate(words))
        report = scan("scan", [Chunk(lines.encode(), Origin("file", b"dump.sql"))], Tally(), Settings(load(), confidence="low"))
        assert len(report.results) == len(words)
        return {result.finding.confidence for result in report.results}

    services = [
        word
        for word in next(rule.keywords for rule in load().rules if rule.id == "service-api-key")
        if len(word) == 9 and word.isalpha()
    ][:13]
    assert confidences(services[:1] * 13) == {"low"}
    assert confidences(services) == {"medium"}


def test_a_value_of_the_program_stays_one_though_tests_use_it_too():
    assert reported(["app.py", "tests/test_a.py", "tests/test_b.py"]) == [
        ("app.py", "high"),
        ("tests/test_a.py", "medium"),
        ("tests/test_b.py", "medium"),
    ]


SHAPE, SURE, GENERIC = (
    Rule(name, "Acme", "", "high", confidence, "x", ("acme", "acmeapp") * (not generic), generic=generic)
    for name, confidence, generic in (
        ("acme-key", "medium", False),
        ("acme-token", "high", False),
        ("generic-key", "medium", True),
    )
)


def found(rule: Rule, path: str, *, near: str = "", value: bytes = b"1", **more: object) -> Finding:
    return Finding(
        rule, Secret(value), Location(1, 1, 1, 1), Origin("file", path.encode()), "high", rule.confidence, 4.0, near=near, **more
    )


@pytest.mark.parametrize(
    "finding, expected",
    [
        (found(SHAPE, "a.py", near="acme"), Crowd(b"a.py", "acme", "")),
        (found(SHAPE, "a.py", near="acme", reasons=("near acme", "and one more")), Crowd(b"a.py", "acme", "")),
        (found(SHAPE, "a.py", near="acmeapp"), Crowd(b"a.py", "acmeapp", "")),
        (found(SHAPE, "a.py", near="acme", pair=Pair("acme-id", 1, b"a.py", Secret(b"2"))), None),
        (found(SHAPE, "", near="acme"), None),
        (found(SURE, "a.py", near="acme"), None),
        (found(GENERIC, "tests/a.py", reasons=("near the end of a test",)), Crowd(b"tests/a.py", "", "generic-key")),
        (found(GENERIC, "a.py"), None),
    ],
)
def test_with_what_a_finding_makes_a_crowd(finding: Finding, expected: Crowd | None):
    """Its reasons are for people, and say nothing here."""
    assert crowd(finding) == expected


@pytest.mark.parametrize("rule, path, near, most", [(SHAPE, "a.py", "acme", 12), (GENERIC, "docs/a.md", "", 50)])
def test_how_many_make_a_crowd(rule: Rule, path: str, near: str, most: int):
    some = [found(rule, path, near=near, value=b"%d" % number) for number in range(most)]
    assert crowded(some * 2) == set()
    assert crowded([*some, found(rule, path, near=near, value=b"another")]) == {crowd(some[0])}
