"""What AWS findings show without anybody being asked, through the real command."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from aws_ids import make
from helpers import BASE62, fake, run_cli

from leakstop.aws import partitions, signed, smtp
from leakstop.aws.keyid import account_of

DAY = "20990101"
DEMO = ("wJalrXUtnFEMI/K7MDENG/bPxRfi" + "CYEXAMPLEKEY").encode()


def url(key: str, date: str = f"{DAY}T000000Z", life: int = 3600, service: str = "s3", token: str = "") -> str:
    scope = quote(f"{key}/{date[:8]}/eu-west-1/{service}/aws4_request", safe="")
    security = f"&X-Amz-Security-Token={quote(token, safe='')}" if token else ""
    return (
        f"https://files.s3.eu-west-1.amazonaws.com/a.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}"
        f"&X-Amz-Date={date}&X-Amz-Expires={life}{security}&X-Amz-SignedHeaders=host"
        f"&X-Amz-Signature={fake('hex32')}{fake('hex32', 1)}"
    )


def bedrock(key: str) -> str:
    request = (
        "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Credential={key}%2F{DAY}%2Fus-west-2%2Fbedrock%2Faws4_request&X-Amz-Date={DAY}T000000Z&X-Amz-Expires=43200"
        f"&X-Amz-Security-Token={quote(fake('aws-session-token'), safe='')}&X-Amz-Signature={fake('hex32')}{fake('hex32', 1)}"
        "&X-Amz-SignedHeaders=host&Version=1"
    )
    return signed.BEDROCK + base64.b64encode(request.encode()).decode()


ID, SESSION, SECRET = fake("aws-id"), fake("aws-session-id"), fake("aws-secret")
HIDDEN = fake("aws-session-id", 1)
ACCOUNT = account_of(ID)
LONG = {"kind": "long-term access key", "account": ACCOUNT}
CASES = {
    "id alone": (f"key = {ID}\n", "aws-access-key-id", LONG),
    "pair": (f"aws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n", "aws-secret-access-key", LONG),
    "old id": (
        f"key = AKIAI{fake('aws-id')[5:]}\n",
        "aws-access-key-id",
        {"kind": "long-term access key", "note": "of before 2019: it does not tell its account"},
    ),
    "no id of AWS": (
        f"key = {make(1_012_345_678_901)}\n",
        "aws-access-key-id",
        {"kind": "long-term access key", "note": "no id that AWS issues: it decodes to no account"},
    ),
    "documentation's account": (
        f"key = {make(123456789012)}\n",
        "aws-access-key-id",
        {
            "kind": "long-term access key",
            "account": "123456789012",
            "note": "an account number that documentation and emulators use",
        },
    ),
    "canary": (
        f"key = {make(52310077262)}\n",
        "aws-access-key-id",
        {
            "kind": "long-term access key",
            "account": "052310077262",
            "canary": "canarytokens.org; using the key alarms them",
        },
    ),
    "China": (
        f"[profile x]\nregion = cn-northwest-1\naws_access_key_id = {ID}\n",
        "aws-access-key-id",
        {**LONG, "partition": "aws-cn"},
    ),
    "two partitions, the nearer first": (
        f"region = us-gov-west-1\naws_access_key_id = {ID}\n# nothing of interest here, but further away: eu-west-1\n",
        "aws-access-key-id",
        {**LONG, "partition": "aws-us-gov or aws"},
    ),
    "session token": (
        f"token = {fake('aws-session-token')}\n",
        "aws-session-token",
        {"kind": "session token of a temporary access key"},
    ),
    "presigned URL": (
        f'get("{url(ID)}")\n',
        "aws-presigned-url",
        {
            "kind": "presigned URL",
            "account": ACCOUNT,
            "key": ID,  # an id is no secret, and commands need it
            "region": "eu-west-1",
            "service": "s3",
            "expires": "2099-01-01T01:00:00Z",
        },
    ),
    "presigned URL with a token, over": (
        f"link: <a href='{url(SESSION, '20240229T235959Z', 1, token=fake('aws-session-token')).replace('&', '&amp;')}'>",
        "aws-presigned-url",
        {
            "kind": "presigned URL",
            "account": account_of(SESSION),
            "key": SESSION,
            "region": "eu-west-1",
            "service": "s3",
            "expired": "2024-03-01T00:00:00Z",
        },
    ),
    "short-term Bedrock key": (
        f"AWS_BEARER_TOKEN_BEDROCK={bedrock(HIDDEN)}\n",
        "aws-bedrock-short-term-key",
        {
            "kind": "short-term Bedrock API key",
            "account": account_of(HIDDEN),
            "key": HIDDEN,
            "region": "us-west-2",
            "service": "bedrock",
            "expires": "2099-01-01T12:00:00Z",
        },
    ),
    "long-term Bedrock key": (
        "k = ABSK" + base64.b64encode(f"BedrockAPIKey-a1b2-at-111122223333:{fake('password')}{BASE62}".encode()).decode() + "\n",
        "aws-bedrock-api-key",
        {
            "kind": "long-term Bedrock API key",
            "account": "111122223333",
            "user": "BedrockAPIKey-a1b2",
            "note": "an account number that documentation and emulators use",
        },
    ),
    "CodeCommit": (
        f"User Name,Password\nbuild-at-609629065308,{(SECRET + fake('password'))[:43]}=\n",
        "aws-codecommit-password",
        {"kind": "service-specific credential", "account": "609629065308", "user": "build"},
    ),
    "EKS": (
        "token: k8s-aws-v1." + base64.urlsafe_b64encode(url(HIDDEN, service="sts", life=60).encode()).decode().rstrip("=") + "\n",
        "aws-eks-token",
        {
            "kind": "token for an EKS cluster",
            "account": account_of(HIDDEN),
            "key": HIDDEN,
            "region": "eu-west-1",
            "service": "sts",
            "expires": "2099-01-01T00:15:00Z",
        },
    ),
    "ECR": (
        "p = "
        + base64.b64encode(
            json.dumps(
                {"payload": fake("aws-secret") * 5, "datakey": fake("aws-secret"), "expiration": 1767225600},
                separators=(",", ":"),
            ).encode()
        ).decode()
        + "\n",
        "aws-ecr-password",
        {"kind": "password for ECR", "expired": "2026-01-01T00:00:00Z"},
    ),
    "SMTP password alone": (
        f"SMTP_USER={ID}\nSMTP_PASSWORD={smtp.password(b'another', 'eu-west-1').decode()}\n",
        "aws-ses-smtp-password",
        {"kind": "SMTP password of SES", "account": ACCOUNT, "key": ID},
    ),
    "SMTP password beside its secret": (
        "\n".join(
            (
                f"AWS_ACCESS_KEY_ID={fake('aws-id', 9)}",
                f"AWS_SECRET_ACCESS_KEY={fake('aws-secret', 9)}",
                f"SMTP_PASSWORD={smtp.password(fake('aws-secret', 9).encode(), 'ap-south-1').decode()}",
            )
        ),
        "aws-ses-smtp-password",
        {
            "kind": "SMTP password of SES",
            "account": account_of(fake("aws-id", 9)),
            "key": fake("aws-id", 9),
            "region": "ap-south-1",
            "derived from": f"the secret of {fake('aws-id', 9)} at FILE:2",
        },
    ),
    "SMTP password nearer to a trap than to its secret": (
        "\n".join(
            (
                f"AWS_ACCESS_KEY_ID={fake('aws-id', 12)}",
                f"AWS_SECRET_ACCESS_KEY={fake('aws-secret', 12)}",
                f"SMTP_PASSWORD={smtp.password(fake('aws-secret', 12).encode(), 'ap-south-1').decode()}",
                f"id = {make(52310077262)}",
            )
        ),
        "aws-ses-smtp-password",
        {
            "kind": "SMTP password of SES",
            "account": account_of(fake("aws-id", 12)),
            "key": fake("aws-id", 12),
            "region": "ap-south-1",
            "derived from": f"the secret of {fake('aws-id', 12)} at FILE:2",
        },
    ),
    "another provider": (f"token = {fake('github-pat')}\n", "github-personal-access-token", {}),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[tuple[str, str], list[dict[str, str]]]:
    """The facts of all findings, by file and rule; one scan of a file for each case."""
    folder = tmp_path_factory.mktemp("facts")
    for number, (text, _, _) in enumerate(CASES.values()):
        (folder / str(number)).mkdir()  # files of one folder may hold halves of one key
        (folder / str(number) / "it").write_text(text)
    facts: dict[tuple[str, str], list[dict[str, str]]] = {}
    for finding in run_cli("scan", ".", "--format", "json", "--confidence", "low", cwd=folder).json()["findings"]:
        facts.setdefault((finding["file"], finding["rule"]), []).append(finding["facts"])
    return facts


@pytest.mark.parametrize("name", CASES)
def test_facts(found, name):
    _, rule, expected = CASES[name]
    file = f"{list(CASES).index(name)}/it"
    assert found[file, rule] == [{key: text.replace("FILE", file) for key, text in expected.items()}]


def test_a_secret_alone_tells_nothing(tmp_path):
    (finding,) = run_cli("scan", "-", "--format", "json", cwd=tmp_path, input=f"aws_secret_access_key = {SECRET}\n").json()[
        "findings"
    ]
    assert (finding["rule"], finding["facts"]) == ("aws-secret-access-key", {})


def test_text_shows_them_in_one_line(tmp_path):
    out = " ".join(run_cli("scan", "-", cwd=tmp_path, input=f"key = {make(52310077262)}\n").out.split())
    assert "= long-term access key · account 052310077262 · canary canarytokens.org; using the key alarms them" in out


@pytest.mark.parametrize(
    ("region", "password"),
    [
        ("us-east-1", "BLBM/9hSUELfq8Gw+rU1YcBjkOxG" + "bhT2XG763xVLGWL9"),
        ("eu-west-1", "BMW5RDrXmmVs0lV7GpI4oLkHXpZ4" + "stDsk6q91z1g38Pk"),
    ],
)
def test_smtp_passwords_as_aws_derives_them(region, password):
    assert smtp.password(DEMO, region).decode() == password
    assert smtp.passwords(DEMO)[password.encode()] == region


def test_legacy_smtp_password():
    assert smtp.legacy_password(DEMO).startswith(b"A")
    assert smtp.passwords(DEMO)[smtp.legacy_password(DEMO)] == smtp.LEGACY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.com/?a=b",
        "X-Amz-Credential=nothing",
        f"AWSAccessKeyId={ID}",
        "bedrock-api-key-",
        "bedrock-api-key-%%%",
    ],
)
def test_what_is_no_signed_request(text):
    assert signed.presigned(text) is None
    assert signed.bedrock(text) is None


def test_signature_version_2():
    found = signed.presigned(f"https://b.s3.amazonaws.com/x?AWSAccessKeyId={ID}&Expires=1767225600&Signature=abc%3D")
    assert found is not None
    assert (found.key_id, found.service, f"{found.expires:%Y-%m-%d}") == (ID, "s3", "2026-01-01")


@pytest.mark.parametrize("before", range(4080, 4100))
@pytest.mark.parametrize("hint, name", [(b"region: cn-north-1", "aws-cn"), (b"arn:aws-us-gov:iam", "aws-us-gov")])
def test_partitions_are_named_wherever_a_text_names_them(before: int, hint: bytes, name: str):
    """Texts are looked through block by block: at their borders nothing is different, and too far away is too far away."""
    text = b"#" * before + b" " + hint + b" " + b"#" * 9000
    first = before + 1 + hint.index(b":") + 2 if name == "aws-cn" else before + 1
    last = before + 1 + len(hint) if name == "aws-cn" else before + 1 + len(b"arn:aws-us-gov:")
    for start in (
        first - partitions.NEAR - 21,
        first - partitions.NEAR - 20,
        first - 20,
        last,
        last + partitions.NEAR,
        last + 2001,
    ):
        near = start + 20 + partitions.NEAR >= last and start - partitions.NEAR <= first
        assert partitions.hinted(text, start, start + 20) == ((name,) if near else ())
