"""The rules that know no provider's shape: which lines they report, and for which reason they leave others alone."""

import base64
import binascii
import hashlib
import os
import random
import string
import sysconfig

import pytest
from helpers import BASE62, HEX, made

from leakstop.detect.detector import Detector
from leakstop.detect.judging import names
from leakstop.detect.judging.ordinary import ORDINARY
from leakstop.detect.language.entropy import floor, random_looking, shannon
from leakstop.detect.language.model import fluent, is_english, surprise
from leakstop.detect.language.wordlike import cover
from leakstop.model import Chunk, Origin
from leakstop.rules.compiled import compile_rules
from leakstop.rules.load import load


@pytest.fixture(scope="module")
def detector():
    return Detector(compile_rules(load()))


FILLING = b"\n" + b" " * 256 + b"\n"  # in a tiny text any value could be half of a pair


def found(detector: Detector, text: str, path: str = "settings.conf") -> list[tuple[str, str]]:
    chunk = Chunk(text.encode() + FILLING, Origin("file", path.encode()))
    return [(finding.rule.id, finding.secret.reveal().decode()) for _, finding in detector.scan([chunk])]


# --- lines that hold a secret ------------------------------------------------------------------------------------------------

PASSWORD, TOKEN, KEY = made(12), made(32), made(40, HEX)
WORD = made(8, string.ascii_lowercase)
TOKEN_HEX = made(64, HEX)
MIXED = "".join(random.Random("mixed").choices(string.ascii_letters, k=40))  # of letters alone
GROUPS = "-".join("".join(random.Random(seed).choices(string.ascii_uppercase, k=6)) + str(seed) for seed in range(2, 6))
JSON = base64.b64encode(b'{"list":[1,2,3],"name":"value"}').decode()
HTPASSWD = base64.b64encode(b"user:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=").decode()
_NKEY = bytes([20 << 3]) + hashlib.sha256(b"nkey").digest()  # of a user
NKEY = base64.b32encode(_NKEY + binascii.crc_hqx(_NKEY, 0).to_bytes(2, "little")).decode()
SOPS = base64.b64encode(b'{"data": "ENC[AES256_GCM,data:oBe5PlPmfQCUUc4sqKImjw==,iv:x]"}').decode()
LOGIN = base64.b64encode(b'{"username":"user","password":"secret"}').decode()
SIGNATURE = base64.b64encode(hashlib.sha256(b"request").digest()).decode()
UNSIGNED = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"HS256"}', b'{"exp":2524608000}', b"signature")
)
HEADER, CLAIMS = UNSIGNED.split(".")[0], base64.urlsafe_b64encode(b'{"exp":2524608000,"iss":"shop","sub":"17"}').decode()
COUNTED = base64.b64encode(bytes(range(16))).decode()
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
UUID = "506faab0-617a-4668-9e63-4a2fb996603f"
PUBLIC = f"MIGeMA0GCSqGSIb3DQEBAQUAA4{TOKEN}"

PHRASE, WORDS = "kettle-orbiting-lantern-quarry", "kettle orbiting lantern quarry"

REPORTED = [
    ("app.py", f'password = "{PASSWORD}"', "generic-password", PASSWORD),
    ("app.ps1", f'${{db_password}} = "{PASSWORD}"', "generic-password", PASSWORD),
    ("users.txt", f"create user app identified by {PASSWORD};", "sql-user-password", PASSWORD),
    ("app.py", f'    self.db_password: str = "{PASSWORD}"', "generic-password", PASSWORD),
    ("app.py", f'cfg["password"] = "{PASSWORD}"', "generic-password", PASSWORD),
    ("app.py", f'connect(host="db", password="{PASSWORD}", port=1)', "generic-password", PASSWORD),
    ("app.py", f'os.environ.setdefault("DB_PASSWORD", "{PASSWORD}")', "generic-password", PASSWORD),
    ("build.gradle", f'buildConfigField "String", "API_SECRET", "\\"{TOKEN}\\""', "generic-secret", TOKEN),
    ("build.gradle.kts", f'resValue("string", "db_password", "\\"{PASSWORD}\\"")', "generic-password", PASSWORD),
    ("deploy.ps1", f"net use \\\\files\\share /user:robot {PASSWORD}", "windows-net-use-password", PASSWORD),
    ("app.py", f"# the old password: {PASSWORD}", "generic-password", PASSWORD),
    ("mqtt.py", f'client.username_pw_set("sensor", "{PASSWORD}")', "generic-call-password", PASSWORD),
    ("mqtt.ino", f'client.connect(id.c_str(), "sensor", "{PASSWORD}")', "generic-connection-password", PASSWORD),
    ("thread.sh", f"ot-ctl dataset networkkey {KEY}", "generic-spoken-value", KEY),
    ("app.py", f'if password == "{PASSWORD}":', "generic-password", PASSWORD),
    ("App.java", f'setPassword("{PASSWORD}");', "generic-password", PASSWORD),
    ("app.go", f'\tPassword:          "{PASSWORD}",', "generic-password", PASSWORD),
    ("app.scala", f'password = Some("{PASSWORD}")', "generic-password", PASSWORD),
    ("app.js", f"const dbPassword = '{PASSWORD}';", "generic-password", PASSWORD),
    ("app.php", f"'password' => '{PASSWORD}',", "generic-password", PASSWORD),
    (".env", f"MYSQL_ROOT_PASSWORD={PASSWORD}", "generic-password", PASSWORD),
    ("app.yml", f"  password: {PASSWORD}", "generic-password", PASSWORD),
    ("app.properties", f"spring.datasource.password={PASSWORD}", "generic-password", PASSWORD),
    ("app.json", f'{{"password": "{PASSWORD}", "port": 1}}', "generic-password", PASSWORD),
    ("app.json", f'"{{\\"password\\": \\"{PASSWORD}\\"}}"', "generic-password", PASSWORD),
    ("settings.xml", f"<password>{PASSWORD}</password>", "generic-password", PASSWORD),
    ("settings.xml", f"<password>{PASSWORD} </password>", "generic-password", PASSWORD),
    ("app.sh", f"git_askpass_password={PASSWORD}", "generic-password", PASSWORD),
    ("app/res/values-da/keys.xml", f'<string name="api_key">{KEY}</string>', "generic-secret", KEY),
    ("run.sh", f"docker run -e POSTGRES_PASSWORD={PASSWORD} postgres", "generic-password", PASSWORD),
    ("notes.md", f"GET /login?user=a&password={PASSWORD}&next=b", "generic-password", PASSWORD),
    ("app.py", f'client_secret = "{TOKEN}"', "generic-secret", TOKEN),
    (
        "nats.conf",
        f"key: {NKEY[:-1]}{'A' if NKEY[-1] != 'A' else 'B'}",
        "generic-api-key",
        f"{NKEY[:-1]}{'A' if NKEY[-1] != 'A' else 'B'}",
    ),
    ("app.py", f'api_key="{TOKEN}"', "generic-secret", TOKEN),
    ("app.yml", f"webhook_token: {TOKEN}", "generic-secret", TOKEN),
    ("app.java", f'request.setAccessToken("{TOKEN}");', "generic-secret", TOKEN),
    ("app.ts", f"  apiKey: '{KEY}',", "generic-secret", KEY),
    ("app.yml", f"maps-key: {KEY}", "generic-api-key", KEY),
    ("app.py", f'encryption_key = bytes.fromhex("{KEY}")', "generic-api-key", KEY),
    ("deploy.sh", f"tool login --password {PASSWORD} --quiet", "generic-command-option", PASSWORD),
    ("deploy.sh", f"git clone https://deploy:{KEY}@git.acme-corp.io/x.git", "url-password", KEY),
    ("backup.sh", f'export RESTIC_PASSWORD="{PHRASE}"', "generic-password", PHRASE),
    ("backup.sh", f'export RESTIC_PASSWORD="{WORDS}"', "generic-passphrase", WORDS),
    ("wpa.yml", f'wifi_psk: "blue kettle {WORD[:3]}42"', "generic-passphrase", f"blue kettle {WORD[:3]}42"),
    ("app.properties", "spring.datasource.password = Lantern2016", "generic-password", "Lantern2016"),
    ("build.json", '"ssh_password": "!@#45Qaz",', "generic-password", "!@#45Qaz"),
    ("pip.conf", "index: https://jenkins_user:JenkinsUser27@nexus.acme-corp.io/simple", "url-password", "JenkinsUser27"),
    ("deploy.sh", f'git -c http.extraheader="Authorization: token {KEY}" fetch', "generic-spoken-value", KEY),
    ("deploy.sh", f"git config --global acme.token {KEY}", "generic-spoken-value", KEY),
    ("a.scala", f'connect(host(name), password, "{PASSWORD}")', "generic-password", PASSWORD),
    ("a.rb", f'api.register_app_key("{UUID}")', "generic-secret", UUID),
    ("app.yml", f"db_pw: {PASSWORD}", "generic-password", PASSWORD),
    ("app.py", f'password = "{PASSWORD}."', "generic-password", f"{PASSWORD}."),
    ("app.yml", f"api_key: FK_{TOKEN}", "generic-secret", f"FK_{TOKEN}"),
    ("users.sql", f"GRANT ALL ON a.*\n  TO app IDENTIFIED BY '{PASSWORD}'", "sql-user-password", PASSWORD),
    ("app.yml", f"pass: blue-{WORD}-4x", "generic-password", f"blue-{WORD}-4x"),
    ("app.yml", f"api_version_secret: {TOKEN}", "generic-secret", TOKEN),
    ("app.yml", f"adapt_key: {made(40, HEX).upper()}", "generic-api-key", made(40, HEX).upper()),
    ("app.yml", f"gitlab_apt_key_passphrase: {PASSWORD}", "generic-password", PASSWORD),
    ("app.yml", f"azurestorageaccountkey: {TOKEN}{KEY}", "generic-api-key", f"{TOKEN}{KEY}"),
    ("app.yml", f"token: {TOKEN}{TOKEN[:16]}", "generic-secret", f"{TOKEN}{TOKEN[:16]}"),
    ("app.php", f"'password' => 'min:{PASSWORD}'", "generic-password", f"min:{PASSWORD}"),
    ("a_spec.rb", f'password_confirmation: "{PASSWORD}"', "generic-password", PASSWORD),
    ("a_spec.rb", f"cookies[:remember_me_token] = {{ value: '{TOKEN}', expires: 3600 }}", "generic-block-value", TOKEN),
    ("app.py", f"basic = base64.b64encode(b'robot:{PASSWORD}')", "generic-encoded-login", PASSWORD),
    ("app.java", f'data.setAppSecret("{made(32, HEX).upper()}");', "generic-secret", made(32, HEX).upper()),
    ("app.php", f"$token = '17|{TOKEN}';", "generic-secret", f"17|{TOKEN}"),
    ("app.yml", f"api_token: secret_{TOKEN}", "generic-prefixed-token", f"secret_{TOKEN}"),
    ("app.yml", f"api_token: pi_{KEY[:20]}_secret_{MIXED}", "generic-secret", f"pi_{KEY[:20]}_secret_{MIXED}"),
    ("app.yml", f"password: 'Zq7§{PASSWORD}$x'", "generic-password", f"Zq7§{PASSWORD}$x"),
    ("app.json", f'"refresh_token": "{made(720, HEX)}"', "generic-secret", made(720, HEX)),
    ("app.yml", f"shop-key: {MIXED}", "generic-api-key", MIXED),
    ("app.yml", f"shop-key: {GROUPS}", "generic-api-key", GROUPS),
    ("app.js", f"new Shop('{GROUPS}');", "generic-client-argument", GROUPS),
    ("notes.txt", f"shop token {GROUPS}", "generic-spoken-value", GROUPS),
    ("deploy.sh", f'git pull && curl -H "X-Api-Key: {KEY}" https://api.acme-corp.io', "generic-secret", KEY),
]


EMBEDDED = [
    ("a_test.go", f"config := `\nusers: [\n  {{user: derek, password: {WORD}}}\n]`", [WORD]),
    ("a_test.go", f"config := `users`\nlogin({{user: derek, password: {WORD}}})", []),
    ("A.java", f'String yaml = """\n  db.password = {WORD}\n  """;', [WORD]),
    ("A.java", f'String doc = """text""";\ndb.password = {WORD};', []),
    ("a.py", f"CONFIG = '''\npassword: {WORD}\n'''", [WORD]),
    ("a.c", f"`\npassword: {WORD}\n`", []),
]


@pytest.mark.parametrize(("path", "text", "values"), EMBEDDED)
def test_what_stands_bare_is_a_value_inside_a_literal_of_several_lines(detector, path, text, values):
    assert [value for _, value in found(detector, text, path)] == values


def test_a_token_may_hold_more_digits_than_an_even_draw_gives(detector):
    token = "".join(a + b for a, b in zip(made(16, "0123456789"), made(16, string.ascii_lowercase), strict=True))
    assert shannon(token.encode()) < floor(token.encode()) or random_looking(token.encode())
    assert found(detector, f'api_token = "{token}"', "a.py") == [("generic-secret", token)]


@pytest.mark.parametrize(("path", "line", "rule", "secret"), REPORTED)
def test_a_secret_is_reported_in_the_notation_of_its_file(detector, path, line, rule, secret):
    assert found(detector, f"\n{line}\nnext\n", path) == [(rule, secret)]


# --- lines that hold none, and why -------------------------------------------------------------------------------------------

DROPPED = [
    ("long line", "app.js", "x" * 2001 + f' password="{PASSWORD}"', PASSWORD),
    ("lock file", "package-lock.json", f'"secret": "{TOKEN}"', TOKEN),
    ("unquoted code", "app.py", "password = retrieved_value", "retrieved_value"),
    ("unquoted code", "app.ts", "login({password: credentials, other})", "credentials"),
    ("unquoted code", "notes.md", "an account (with token, optional) and", "optional"),
    ("harmless name", "app.yml", f"password_field: {PASSWORD}", PASSWORD),
    ("harmless name", "app.yml", f"next_page_token: {TOKEN}", TOKEN),
    ("harmless name", "app.py", f'csrf_token = "{TOKEN}"', TOKEN),
    ("harmless name", "app.py", f'public_key = "{TOKEN}"', TOKEN),
    ("harmless name", "app.py", f'keyboard = "{TOKEN}"', TOKEN),
    ("harmless name", "app.py", f'tokenizer = "{TOKEN}"', TOKEN),
    ("harmless name", "a.json", f'"customer-key-md5": "{SIGNATURE}"', SIGNATURE),
    ("harmless name", "a.ts", f"const BeeTokenAddress = '0x{KEY}'", f"0x{KEY}"),
    ("number or date", "a_test.go", 'Token: shop.String("src_123")', "src_123"),
    ("number or date", "emoji.js", "pass: '1f3ab',", "1f3ab"),
    ("reference", "README.md", "DB_PASSWORD=<password>\nDB_HOST=127.0.0.1\n", "DB_HOST=127.0.0.1"),
    ("reference", "a.json", '"User ID=shop;Password=123;Host=localhost;Port=5432;"', "123;Host=localhost"),
    ("unquoted code", "a.pl", "($dsn, $user, $pass) = @{$dsn{lc $dsn}};", "@{$dsn{lc"),
    ("placeholder", "a.md", "userPassword:2.5.13.18:=\\xx\\xx", "2.5.13.18:=\\xx\\xx"),
    ("example word", "a.md", "- secret: my-ca-2", "my-ca-2"),
    ("example word", "a.conf", 'password = "s1kr3t"', "s1kr3t"),
    ("path", "a.tf", 'api_key = "20200330/init1.avro"', "20200330/init1.avro"),
    ("harmless name", "a.py", f'run("hash", [priv_key], "{KEY}")', KEY),
    ("cut off", "app.py", 'password = "Forgotten it?"', "Forgotten"),
    ("type or constant", "app.yml", "password: string", "string"),
    ("placeholder", "app.yml", "password: <password>", "<password>"),
    ("placeholder", ".env", "DB_PASSWORD=${DB_PASSWORD}", "${DB_PASSWORD}"),
    ("placeholder", "values.yaml", "password: {{.Values.password}}", "{{.Values.password}}"),
    ("placeholder", "app.py", 'token = "xxxx-xxxx-Xxxx"', "xxxx-xxxx-Xxxx"),
    ("encrypted", "app.yml", "password: ENC[AES256_GCM,data:Ab1=,iv:x=]", "ENC[AES256_GCM,data:Ab1=,iv:x=]"),
    ("reference", "app.yml", "password: config.database.password", "config.database.password"),
    ("number or date", "app.yml", "token_valid_secret: 2024-05-01T00:00", "2024-05-01T00:00"),
    ("address", "app.yml", "secret: https://keys.service.net/v1", "https://keys.service.net/v1"),
    ("address", "app.yml", "secret: db.internal.local", "db.internal.local"),
    ("expression", "app.py", 'password = "[A-Z]?[0-9]+x"', "[A-Z]?[0-9]+x"),
    ("digest", "app.yml", f"secret: sha256-{TOKEN}", f"sha256-{TOKEN}"),
    ("mangled", "app.py", f'token = "{TOKEN[:16]}?{TOKEN[16:]}"', f"{TOKEN[:16]}?{TOKEN[16:]}"),
    ("mangled", "app.py", f'calorieninjas_token = "{TOKEN[:27]}"', TOKEN[:27]),
    ("mangled", "app.py", f"key('gsk_{TOKEN[:18]}') # token", f"gsk_{TOKEN[:18]}"),
    ("mangled", "app.py", f'token = "mylin_api_{made(40)}"', f"mylin_api_{made(40)}"),
    ("mangled", "app.yml", "session_token: 3f2504e0-4f89-41d3-9a0c", "3f2504e0-4f89-41d3-9a0c"),
    ("mangled", "app.yml", f"token: {TOKEN[:30]}==a", f"{TOKEN[:30]}==a"),
    ("mangled", "app.py", f"token = 'tl_{TOKEN_HEX[:33]}'", f"tl_{TOKEN_HEX[:33]}"),
    ("counting characters", "app.yml", "api_key: cs1234-5678-9012-3456", "cs1234-5678-9012-3456"),
    ("repeated characters", "app.yml", f"token: {'abc123' * 6}", "abc123" * 6),
    ("keyboard", "app.yml", "token: live_qwertyuiopasdfghjklzxcvbnm", "live_qwertyuiopasdfghjklzxcvbnm"),
    ("encoded text", "app.yml", f"api_key: {JSON}", JSON),
    ("example word", "app.html", '<input placeholder="ns1 API key" name="ns1_api_key">', "ns1_api_key"),
    ("placeholder", "app.py", 'token = "bkpt_%s"', "bkpt_%s"),
    ("uuid", "app.yml", "session_token: 3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
    ("uuid", "app.go", 'const TimeoutKey = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0"', "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0"),
    ("digest", ".gitconfig", "signingkey = 13B6F51ECDDE430D", "13B6F51ECDDE430D"),
    ("digest of a word", "app.yml", f"password: {hashlib.sha1(b'foo').hexdigest()}", hashlib.sha1(b"foo").hexdigest()),
    ("port", "app.py", 'url = "http://user:80?next=a@b.net"', "80?next=a"),
    ("encoded text", "secret.yml", f"password: {base64.b64encode(b'changeme').decode()}", base64.b64encode(b"changeme").decode()),
    ("encoded text", "app.py", 'url = "http://user:%63hange%6de@service.net"', "%63hange%6de"),
    ("path", "app.py", 'key = "../api/mvccpb/kv.proto#L12-L29"', "../api/mvccpb/kv.proto#L12-L29"),
    ("example word", "app.py", "password = 's$cr$t'", "s$cr$t"),
    ("example word", "app.toml", 'password = "03#pa33w0rd"', "03#pa33w0rd"),
    ("keyboard", "app.yml", "password: q1w2e3r4", "q1w2e3r4"),
    ("repeated", "app.yml", "secret: A1B2C3D4E5F6G7H8", "A1B2C3D4E5F6G7H8"),
    ("words", "app.py", 'password = "rhubarb"', "rhubarb"),
    ("words", "app.py", 'password = "window1-table"', "window1-table"),
    ("same as its name", "app.yml", "db_password: dbPassword", "dbPassword"),
    ("same as its name", "app.yml", "api_secret: my-api-secret", "my-api-secret"),
    ("words", "backup_test.sh", f'export RESTIC_PASSWORD="{PHRASE}"', PHRASE),
    ("words", "backup.md", f'export RESTIC_PASSWORD="{WORDS}"', WORDS),
    ("words", "backup.sh", 'password="changes-every-minute"', "changes-every-minute"),
    ("words", "app.yml", 'password: "kettle-orbits-cluster-quarry"', "kettle-orbits-cluster-quarry"),
    ("words", "app.yml", 'password: "kettle orbits must contain lantern"', "kettle orbits must contain lantern"),
    ("translation", "lang/fi/app.yml", f'password: "{WORDS}"', WORDS),
    ("words", "login_test.py", 'password = "Lantern2016"', "Lantern2016"),
    ("words", "guide.md", 'password = "Lantern2016"', "Lantern2016"),
    ("words", "app.properties", "password = LanternTest2016", "LanternTest2016"),
    ("words", "app.properties", "token = Lantern2016", "Lantern2016"),
    ("keyboard", "login_test.py", 'password = "!@#45Qaz"', "!@#45Qaz"),
    ("same as its name", "README.md", "https://robot:Robot2027@git.acme-corp.io/simple", "Robot2027"),
    ("same as its name", "pip.conf", "https://robot:Robot2027@git.example.com/simple", "Robot2027"),
    ("same as its name", "pip.conf", "https://robot:Robot2027@git/simple", "Robot2027"),
    ("words", "pip.conf", "https://robot:Kitchen@git.acme-corp.io/simple", "Kitchen"),
    ("example word", "pip.conf", "https://robot:Changeme2027@git.acme-corp.io/simple", "Changeme2027"),
    ("example word", "app.yml", "password: changeme123", "changeme123"),
    ("example word", "app.yml", "password: foobar", "foobar"),
    ("example word", "app.yml", "password: my_P@ssw0rd#1", "my_P@ssw0rd#1"),
    ("repeated", "app.yml", "password: abab1abab1", "abab1abab1"),
    ("keyboard", "app.yml", "password: 1qaz2wsx", "1qaz2wsx"),
    ("path", "app.yml", "secret: ./certs/server", "./certs/server"),
    ("words", "app.yml", "password: correcthorsebatterystaple", "correcthorsebatterystaple"),
    ("words", "app.yml", "token: com.service.billing.InvoiceFactory", "com.service.billing.InvoiceFactory"),
    ("harmless name", "app.cs", f'var firstPass = "{PASSWORD}";', PASSWORD),
    ("harmless name", "meson.build", "has_member('struct passwd', 'pw_gecos', x)", "pw_gecos"),
    ("harmless name", "app.swift", f'headers[.secWebSocketKey] = "{TOKEN}"', TOKEN),
    ("unquoted code", "app.cs", "Add<IHasher<PasswordMarker>>(sp => 1", ">(sp"),
    ("reference", "secret.yaml", "x: {{ toYaml .secret | b64enc | quote }}", "b64enc"),
    ("placeholder", "App.java", '"Using password: %s%n%nThis is it"', "%s%n%nThis"),
    ("placeholder", "app.php", "yield 'smtp://user:B:C:D@service.net';", "B:C:D"),
    ("encrypted", "app.cs", f'var inviteToken = "OrgInvite_CfDJ8{TOKEN}";', f"OrgInvite_CfDJ8{TOKEN}"),
    ("encoded text", "auth.yml", f"auth: {HTPASSWD}", HTPASSWD),
    ("number or date", "parents.json", '"password": "en_001"', "en_001"),
    ("number or date", "app.cs", '// generated "token" - PM-8107', "PM-8107"),
    ("address", "deploy.yaml", "image: quay.io/acme/token-refresher:main-b888a08", "main-b888a08"),
    ("expression", "app.scala", 'val password = "=!#-+!?*/"', "=!#-+!?*/"),
    ("digest", "deploy.yaml", f"checksum/secret: {TOKEN_HEX}", TOKEN_HEX),
    ("public key", "nats.conf", f"nkey: {NKEY}", NKEY),
    ("cut off", "ssl.c", "passwords->nelts--;", "nelts--"),
    ("public key", "app.php", f"const SECRET = '{PUBLIC}';", PUBLIC),
    ("example word", "app.yml", f"api_key: sample-{TOKEN}{TOKEN}", f"sample-{TOKEN}{TOKEN}"),
    ("example word", "plan.go", '"password": "onepw",', "onepw"),
    ("repeated", "app.yml", "secret_key: 1122334455667788", "1122334455667788"),
    ("same as its name", "ql.h", 'a field, the token "my_t"', "my_t"),
    ("harmless name", "app.sh", "GIT_ASKPASS=argocd", "argocd"),
    ("harmless name", "app.py", 'url = "/users?password_expires_at=lt:20k61208"', "lt:20k61208"),
    ("cut off", "values.xml", '<string name="wrong_password">Fejlq ved dekryptering</string>', "Fejlq"),
    ("cut off", "app.yml", "pass: [1.1, 2, true]", "[1.1"),
    ("unquoted code", "guide.adoc", 'password-compare password-attribute="pwd"> <!--1-->', "<!--1--"),
    ("placeholder", "values.xml", '<string name="ask_for_password">%1$s</string>', "%1$s"),
    ("encrypted", "app.java", 'String password = "{SHA-1}6581QepZz2qd8jVrT24f315";', "{SHA-1}6581QepZz2qd8jVrT24f315"),
    ("encoded text", "test.c", '.token = "eyJ0eXAiOiAiSldUIn0.e30.e30",', "eyJ0eXAiOiAiSldUIn0.e30.e30"),
    ("encoded text", "test.c", '.token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..",', "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.."),
    ("reference", "iam.md", "authArn: arn:aws:secretsmanager:${aws:region}:${aws:accountId}:secret:mq-crd-x9", "mq-crd-x9"),
    ("number or date", "log.txt", "GET /?pass=rhost=278885 200", "rhost=278885"),
    ("number or date", "tox.ini", "py3-notiktoken-latest: httpx==0.28.1", "httpx==0.28.1"),
    ("number or date", "app.java", '@Value("${limits.reset_password_per_user:5:3600}")', "5:3600"),
    ("number or date", "values.go", "// simple values identified by 20..2333 are", "20..2333"),
    ("number or date", "app.php", "$secret = new Secret('P01Y02M03DT04H05M06S');", "P01Y02M03DT04H05M06S"),
    ("harmless name", "a.rb", f"/etc/passwd: {TOKEN_HEX[:32]}", TOKEN_HEX[:32]),
    ("harmless name", "words.txt", "A|he${PWD:+0x9kw0}b", "+0x9kw0}b"),
    ("harmless name", "app.js", "const ignored = ['PATH', 'PWD', 'SHLVL']", "SHLVL"),
    ("public key", "age_key.txt", f"# public key: age1{'q5z7' * 14}0x", f"age1{'q5z7' * 14}0x"),
    ("harmless name", "sonar.properties", f"sonar.projectKey=shop_{TOKEN[:20]}", f"shop_{TOKEN[:20]}"),
    ("attribute", "Form.vue", '<Error :message="form.errors.password" class="mt-2x" />', "mt-2x"),
    ("attribute", "form.html", '<label for="current_password" id="lb-31x">', "lb-31x"),
    ("cut off", "a.xml", "<d><![CDATA[pass=1x3]]></d>", "1x3]]>"),
    ("digest", "guide.adoc", f"use the password $ git cat-file -t {made(40, HEX)}", made(40, HEX)),
    ("public key", "lint.go", f"// secret keys: 301306072a8648ce3d0201{made(24, HEX)}", f"301306072a8648ce3d0201{made(24, HEX)}"),
    ("encoded text", "test.c", '.token = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."', "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."),
    ("number or date", "client.json", '"refresh_token": "31h0m0s"', "31h0m0s"),
    ("number or date", "a.go", 'ValidateSecret(p.TSIGSecret("rfc2136", ref))', "rfc2136"),
    ("harmless name", "a.go", f'testKeyThumbprint = "{made(43)}"', made(43)),
    ("harmless name", "a.kt", f'TEST_SIGNING_KEY_PUB = "{made(43)}"', made(43)),
    ("harmless name", "sdp.txt", f"a=ice-pwd:{TOKEN[:24]}", TOKEN[:24]),
    ("example word", "ws.py", 'WS_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"', "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"),
    ("type or constant", "a.py", '    pw = unicodedata.normalize("NFKC", password)', "NFKC"),
    ("unquoted code", "a.rs", "recovery_password: Box<[u8]>,", "Box<[u8"),
    ("cut off", "login.html", "Your password is wrongly't typed", "wrongly"),
    ("encoded text", "a.yml", f"secret: {SOPS}", SOPS),
    ("number or date", "a.ts", "maxTokens: 128_000,", "128_000"),
    ("unquoted code", "a.tsx", "const ChangePasswordModal: FC<{", "FC<{"),
    ("encrypted", "a.yml", f"password: '!{made(40)}'", f"!{made(40)}"),
    ("not random", "Error.hs", 'code JwtSecretMissing = "PGRST300"', "PGRST300"),
    ("not random", "app.py", 'api_key = "q1q1q2q1q1q3q1q1q2"', "q1q1q2q1q1q3q1q1q2"),
    (
        "signature of a request",
        "blobs.yaml",
        f"    Authorization:\n    - SharedKey rocksonazure:{SIGNATURE}",
        f"rocksonazure:{SIGNATURE}",
    ),
    ("signature of a request", "a.txt", f'Server-Authorization: Hawk mac="{SIGNATURE}", hash="x"', SIGNATURE),
    ("digest", "merge.txt", f"# gpg:                using RSA key {made(40, HEX).upper()}", made(40, HEX).upper()),
    ("digest", "tools.sh", f"CLI_ARCHIVE_GPG_KEY={made(16, HEX).upper()}", made(16, HEX).upper()),
    ("lock file", "TAGS", f"    def pass msg = nil\x7fpass{TOKEN[:2]}", f"nil\x7fpass{TOKEN[:2]}"),
    ("lock file", "agent.pb.go", f'token = "{TOKEN}"', TOKEN),
    ("expression", "app.txt", "def password = nil\x7fpass\x01364,9306", "nil\x7fpass\x01364,9306"),
    ("expression", "app_test.rb", f"assert_match(/external_api_key: {TOKEN}/, run)", f"{TOKEN}/"),
    ("harmless name", "app.rb", "assert #{pass}, 'wups!'", "wups!"),
    ("harmless name", "app.rb", 'p.credentials :username => "mycreds"', "mycreds"),
    ("harmless name", "api.go", f"// no-cache Postman-Token: {TOKEN}", TOKEN),
    ("harmless name", "sonar.properties", f"sonar.projectKey={TOKEN}", TOKEN),
    ("harmless name", "trace.txt", f"Cookie: a; atlassian.xsrf.token={TOKEN}; b", TOKEN),
    ("harmless name", "trace.txt", f"atl_token={TOKEN}&username=kjha", TOKEN),
    ("harmless name", "snmp.txt", "- auth <auth_password> priv <privacy_type> <privacy_password>", "priv"),
    ("reference", "mmonit.py", "self.passwd = config.get('mmonit', 'passwd')", "mmonit"),
    ("type or constant", "basic.py", "PASS_BOOLS = ('no_log', 'debug', 'diff')", "no_log"),
    ("number or date", "azure.py", "MGMT_AUTHORIZATION: SDKProfile('2018-09-01-preview', {", "2018-09-01-preview"),
    ("number or date", "pg.py", "if len(password) == 32+3 or x:", "32+3"),
    ("number or date", "nmcli.py", "you only need 'wifi' secrets or '802.1x' secrets", "802.1x"),
    ("encrypted", "play.yml", f"password: '*{made(40, HEX).upper()}'", f"*{made(40, HEX).upper()}"),
    ("harmless name", "ingress.yml", f"ingress.kubernetes.io/pass-tls-cert: {PASSWORD}", PASSWORD),
    (
        "number or date",
        "go.mod",
        "go-http-auth => acme.net/go-http-auth v0.4.1-0.20180112153951-65b0cdae8d7f",
        "v0.4.1-0.20180112153951-65b0cdae8d7f",
    ),
    (
        "encrypted",
        "log_test.go",
        f'label.AuthBasic: "test:$$apr1$${TOKEN[:8]}$${TOKEN[8:30]}",',
        f"test:$$apr1$${TOKEN[:8]}$${TOKEN[8:30]}",
    ),
    ("encoded text", "api.txt", f'registryAuth="{LOGIN}"', LOGIN),
    ("harmless name", "message.txt", "Symfony2 tests pass: [yes|no]", "[yes|no"),
    ("harmless name", "message.txt", "Bug identified by Dscho and others.", "Dscho"),
    ("number or date", "message.txt", "First win for InlineServicesPass: -58%", "-58%"),
    ("digest", "verify.txt", f"[GNUPG:] KEY_CONSIDERED {made(40, HEX).upper()} 0", made(40, HEX).upper()),
    ("encoded text", "test.go", f'testToken = "{UNSIGNED}"', UNSIGNED),
    ("harmless name", "smtp.js", "const next = { pass: 'rcpt_to' };", "rcpt_to"),
    ("encoded text", "a.kt", f'const val TOKEN = "{HEADER}.{CLAIMS[:-3]}" +', f"{HEADER}.{CLAIMS[:-3]}"),
    ("encoded text", "a.kt", f'val passwordBase64 = "{COUNTED}"', COUNTED),
    ("digest", "Version1.php", f"rename('access_tokens', 'FK_{KEY[:16].upper()}', 'user');", f"FK_{KEY[:16].upper()}"),
    ("harmless name", "login.html", f'<input name="__RequestVerificationToken" value="{TOKEN}">', TOKEN),
    ("harmless name", "web.json", f'"S3Key": "{TOKEN_HEX}"', TOKEN_HEX),
    ("harmless name", "a.rb", f'api.unregister_app_key("{UUID}")', UUID),
    ("harmless name", "Suite.scala", f'check(hmac(text, secretKey), "{SIGNATURE}")', SIGNATURE),
    ("harmless name", "fix.md", "added in that coverage pass, `2bb3ff031b`) asserted", "2bb3ff031b"),
    ("harmless name", "Message.hs", 'finnishMessage ConfirmPass = "Vahvista"', "Vahvista"),
    ("harmless name", "output.py", 'slow_pwm_ns = esphome_ns.namespace("slow_pwm")', "slow_pwm"),
    ("public key", "mirror.nix", f'"did:key:z6Mk{made(44, BASE58)}"', f"z6Mk{made(44, BASE58)}"),
    ("cut off", "flags.go", 'report(endpoint, password, "geth.", tags)', "geth."),
    ("path", "resign.rb", "Dir[File.join(Dir.pwd, '*.ipa')]", "*.ipa"),
    ("type or constant", "hash.js", 'sum.update(Buffer.from(password, "ucs2"))', "ucs2"),
    ("number or date", "build.gradle", 'implementation "io.jsonwebtoken:jjwt-api:_"', "jjwt-api:_"),
    ("encrypted", "rspamd.nix", f'password = "$2${made(34)}${made(52)}";', f"$2${made(34)}${made(52)}"),
    ("keyboard", "spec.js", "password: 'slkdfjsldkfj',", "slkdfjsldkfj"),
    ("example word", ".env", "APP_SECRET=ch4n63m31fy0uc4n", "ch4n63m31fy0uc4n"),
    ("example word", "a.php", "'password' => 'unkn0wn',", "unkn0wn"),
    ("example word", "a.yml", f"client_secret: Testing{TOKEN[:25]}", f"Testing{TOKEN[:25]}"),
    ("type or constant", "A.java", 'header(encode(username, password, "ISO-8859-1"));', "ISO-8859-1"),
    ("type or constant", "crypt.py", 'passHash.update(bytes(passw, "utf_16_le"))', "utf_16_le"),
    ("lock file", "locale/tr.mo", f"file://x/y?passphrase={PASSWORD}", PASSWORD),
    ("reference", "channel.cpp", "// Pass psk=nullptr/pskLen=0 for a blank slot", "nullptr/pskLen=0"),
    ("number or date", "Form.php", "'new_password' => ['required', 'secure_password', 'min:16'],", "min:16"),
    ("harmless name", "defaults.yml", "sql_default_pass_scheme: 'SSHA512'", "SSHA512"),
    ("harmless name", "ldap.yml", "pwdExpireWarning: '1209600'", "1209600"),
    ("harmless name", "payments.py", f'"version_token": "{TOKEN}"', TOKEN),
    ("harmless name", "route.yaml", "action:\n  pass: api-v3", "api-v3"),
    ("harmless name", "search.ipynb", "Use it to augment the ranking identified by VAIS\\n", "VAIS\\n"),
    ("digest", "defaults.yml", f"runner__apt_key: '{made(40, HEX).upper()}'", made(40, HEX).upper()),
    ("digest", "defaults.yml", f"old_apt_repo_keys:\n  - '{made(40, HEX).upper()}'", made(40, HEX).upper()),
    ("digest", "person.json", f'"My key: openpgp4fpr:{made(40, HEX).upper()}"', f"openpgp4fpr:{made(40, HEX).upper()}"),
    ("example word", "sql.conf", "connect = host=a user=b password=blarg", "blarg"),
    ("example word", "preseed.yml", "root_password: r00tme", "r00tme"),
    (
        "example word",
        "ProjectSettings.asset",
        f"ps4Passcode: {'frAQBc8Wsa1x'}{'VPfvJcrgRYwTiizs2trQ'}",
        "frAQBc8Wsa1xVPfvJcrgRYwTiizs2trQ",
    ),
    ("repeated characters", "suite.go", f'pamSecret = "{TOKEN[:16] * 3}"', TOKEN[:16] * 3),
    ("number or date", "mitre.yml", "      ADDITIONAL_CLOUD_CREDENTIALS: T1098.001", "T1098.001"),
    ("unquoted code", "x509.h", "  PKCS_NULL_PASSWORD = 1<<8,", "1<<8"),
    ("number or date", "changelog", "* Add Replaces on passwd <= 1:4.0.12-6, since", "1:4.0.12-6"),
    ("expression", "wget.1", r"\-\-post\-data \*(Aquser=jo&password=bxr\*(Aq \e", r"bxr\*(Aq"),
    ("harmless name", "pom.xml", f"<commons.releaseManagerKey>{KEY[:16]}</commons.releaseManagerKey>", KEY[:16]),
    ("harmless name", "Registry.def", 'DUMMY_FUNCTION_PASS("sjljehprepare", SjLjEHPreparePass, ())', "sjljehprepare"),
    ("path", "instance.py", "if os.path.isfile(os.path.join(pwd, 'go.mod')):", "go.mod"),
    ("unquoted code", "settings.py", '    data["password"] = sa_creds', "sa_creds"),
    ("unquoted code", "settings.ts", "    data['password'] = saCreds;", "saCreds"),
    ("unquoted code", "Dispatcher.java", "     * @return  passwd->pw_uid", "pw_uid"),
    ("unquoted code", "util.go", "if len(user.Password) == md5.Size*2+len(prefix) &&", "md5.Size*2+len(prefix"),
    ("unquoted code", "socks.c", "if(strlen(password) > UINT8_MAX){", "UINT8_MAX){"),
    ("unquoted code", "conf.c", "if(strlen(password) > 65535){", "65535){"),
    ("unquoted code", "tls.zig", "private_key_password: ?[*:0]const u8,", "?[*:0]const"),
    ("unquoted code", "cipher.rs", "let old_password: Vec<_> = self", "Vec<_"),
    ("reference", "auth.md", 'obj.password = ngx.re.gsub(res[2], "a+", "")', "ngx.re.gsub(res[2"),
    ("cut off", "index.html", "Password => [qw( Format Rows )],", "[qw("),
    ("cut off", "verify.php", "if (strpos($password, 'SCRV1:') === 0) {", "SCRV1:"),
    ("cut off", "serverless.go", 'TrimPrefix(token, "dof_v1_")', "dof_v1_"),
    ("not random", "conf.c", 'if(!strcmp(token, "crlfile")){', "crlfile"),
    ("placeholder", "db.c", '"update admin set password=$1,realm=$2 where name=$3"', "$1,realm=$2"),
    ("placeholder", "db.py", 'dsn.replace("password", ":%s@")', ":%s@"),
    ("placeholder", "setup.in", "$root_password = <$fh>;", "<$fh"),
    ("same as its name", "keychain.js", "kSecClassGenericPassword = 'genp',", "genp"),
    ("same as its name", "session.c", '#define SESSION_ACCESS_TOKEN_LAST "satl"', "satl"),
    ("uuid", f"src/key-{UUID}.xml", f'<key id="{UUID}" version="1">', UUID),
    ("harmless name", "mqtt.cpp", 'mosq->username_pw_set("oibvvwqw", password);', "oibvvwqw"),
    ("public key", "bundle.yml", f"# Public key : {TOKEN}", TOKEN),
    ("encrypted", "api.R", f'token <- secret_decrypt("{TOKEN}", "API_KEY")', TOKEN),
    ("harmless name", "index.html", "PassArguments => [qw/id/],", "[qw/id/"),
    ("harmless name", "customer.py", '"secure_pass_thru": [\n    "cavv",\n', "cavv"),
    ("encrypted", "applicationHost.config", f'sessionKey="AQIAAA5mAAAApAAA{SIGNATURE}"', f"AQIAAA5mAAAApAAA{SIGNATURE}"),
    ("example word", "signup.md", f'"access_token": "{TOKEN * 3}REDACTED{TOKEN * 2}"', f"{TOKEN * 3}REDACTED{TOKEN * 2}"),
]


@pytest.mark.parametrize(("reason", "path", "line", "value"), DROPPED)
def test_ordinary_text_is_dropped_with_a_reason(detector, reason, path, line, value):
    assert found(detector, line, path) == []
    considered = detector.explain(Chunk(line.encode(), Origin("file", path.encode())))
    assert reason in {entry.dropped for entry in considered if value.encode().startswith(entry.secret.reveal())}


def test_a_digest_in_a_lock_file_is_no_token_of_the_provider_named_before_it(detector):
    line = f"github.com/uber/jaeger v2.25.0 h1:{TOKEN}{TOKEN[:8]}\n"
    assert found(detector, line * 3, "go.sum") == []


def test_every_filter_has_a_case():
    named = {reason for reason, *_ in DROPPED}
    assert {name for name, _ in ORDINARY} - named <= {"translation"}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("locales/cs.yml", 'password: "Heslo"'),
        ("app/src/main/res/values-cs/strings.xml", '<string name="hint_password">Heslo</string>'),
        ("app/src/main/res/values-pt-rBR/strings.xml", '<string name="hint_password">' + "Zenha</string>"),
        ("priv/msgs/cs.msg", '{"Password","Heslo"}.'),
    ],
)
def test_a_translation_is_no_password(detector, path, line):
    assert found(detector, line, path) == []
    assert found(detector, line, "app/src/main/res/values/secrets.xml") != []


# --- the parts ---------------------------------------------------------------------------------------------------------------

NAMES = [
    ("db_password", "password", False),
    ("userPwd", "password", False),
    ("KEYSTORE_PASSPHRASE", "password", False),
    ("AWS_SECRET_ACCESS_KEY", "secret", False),
    ("clientSecret", "secret", False),
    ("x-api-key", "secret", False),
    ("oauth_token", "secret", False),
    ("nkey", "key", False),
    ("monkey", "", True),
    ("tokenizer", "", True),
    ("author", "", True),
    ("bypass", "", True),
    ("password_length", "password", True),
    ("secretName", "secret", True),
    ("token_type", "secret", True),
    ("accessKeyId", "secret", True),
    ("public_key", "key", True),
    ("primaryKey", "key", True),
    ("cancellationToken", "secret", True),
]


@pytest.mark.parametrize(("name", "kind", "harmless"), NAMES)
def test_a_name_promises_a_secret_or_not(name, kind, harmless):
    assert names.kind(name.encode()) == kind
    assert names.harmless(name.encode()) is harmless


@pytest.mark.parametrize(
    ("alphabet", "size"), [("0123456789", 16), (HEX, 32), (HEX, 40), (BASE62, 20), (BASE62, 40), (BASE62 + "+/", 44)]
)
def test_nearly_all_random_values_pass_the_floor(alphabet, size):
    rng = random.Random(size)
    values = ["".join(rng.choices(alphabet, k=size)).encode() for _ in range(2000)]
    assert sum(shannon(value) < floor(value) for value in values) <= 10


def test_the_floor_rises_with_the_length():
    floors = [floor(made(size).encode()) for size in (12, 16, 20, 24, 32, 40, 48, 64)]
    assert floors == sorted(floors)


@pytest.mark.parametrize("value", [b"aaaaaaaaaaaaaaaa", b"abcabcabcabc", b"0123456789abcdef", b"12341234", b"zyxwvutsrqponm"])
def test_repetition_and_counting_do_not_look_random(value):
    assert not random_looking(value)


@pytest.mark.parametrize(
    "value", [b"getUserAccessToken", b"my-secret-password", b"correcthorsebatterystaple", b"AccessTokenProvider"]
)
def test_words_are_told_from_random_letters(value):
    drawn = made(len(value), string.ascii_letters).encode()
    assert cover(value) > 0.8
    assert cover(drawn) < 0.4
    assert fluent(value)
    assert surprise(value) < 0 < surprise(drawn)


@pytest.mark.parametrize(("alphabet", "size"), [(string.ascii_lowercase, 12), (BASE62, 16), (BASE62, 32), (BASE62 + "+/", 44)])
def test_nearly_all_random_values_read_like_no_text(alphabet, size):
    rng = random.Random(size)
    values = ["".join(rng.choices(alphabet, k=size)).encode() for _ in range(2000)]
    assert sum(map(fluent, values)) <= 20


def test_the_list_knows_words_and_hardly_anything_else():
    assert all(map(is_english, (b"rhubarb", b"password", b"summer")))
    rng = random.Random(1)
    drawn = ["".join(rng.choices(string.ascii_lowercase, k=9)).encode() for _ in range(20_000)]
    assert sum(map(is_english, drawn)) <= 5


def test_few_findings_in_a_large_clean_source(detector):
    """The standard library: under two generic findings in 100,000 lines, its tests included."""
    root = sysconfig.get_paths()["stdlib"]
    lines, generic = 0, []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in {"site-packages", "__pycache__"}]
        for name in files:
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    data = file.read()
                lines += data.count(b"\n")
                for _, finding in detector.scan([Chunk(data, Origin("file", path.encode()))]):
                    if finding.rule.generic:
                        generic.append((finding.rule.id, name, finding.location.start_line))
    assert len(generic) <= max(3, lines * 2 / 100_000), generic
