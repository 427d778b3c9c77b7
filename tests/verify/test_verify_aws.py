"""Whether a key is live: the command as installed against real HTTP."""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple

import pytest
from aws_ids import make
from fake_aws import Fake, served
from helpers import Repo, fake, run_cli

import leakstop
from leakstop.aws import smtp
from leakstop.aws.keyid import account_of
from leakstop.cli import main

ID, SECRET = fake("aws-id"), fake("aws-secret")
SESSION, TOKEN = fake("aws-session-id"), fake("aws-session-token")
LEAK = f"AWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n"
TEMPORARY = f"aws_access_key_id = {SESSION}\naws_secret_access_key = {SECRET}\naws_session_token = {TOKEN}\n"


@pytest.fixture(scope="module")
def server():
    yield from served()


@pytest.fixture
def aws(server: Fake) -> Fake:
    server.reset()
    return server


def run(aws: Fake, cwd, *options: str, command: tuple[str, ...] = ("scan", "-"), text: str = LEAK, env=None):
    """A command with --verify against the fake: its result, and the verifications by key id."""
    result = run_cli(
        *command, "--verify", "--aws-endpoint-url", aws.url, "--format", "json", *options, cwd=cwd, input=text, env=env
    )
    return result, [finding["verification"] for finding in result.json()["findings"]]


class Inside(NamedTuple):
    """What a command gave that ran in this process, which takes a tenth of the time."""

    code: int
    document: Any

    def json(self) -> Any:
        return self.document


@pytest.fixture
def inside(aws, tmp_path, monkeypatch, capsys):
    """As `run`, in this process."""

    def call(*options: str, text: str = LEAK):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "leak.env").write_text(text)
        line = ["scan", "leak.env", "--verify", "--aws-endpoint-url", aws.url, "--format", "json", *options]
        result = Inside(main(line), json.loads(capsys.readouterr().out))
        return result, [finding["verification"] for finding in result.document["findings"]]

    return call


ANSWERS = {
    "live": ("live", "AWS takes it as arn:aws:iam::123456789012:user/ci/deployer"),
    "root": ("live", "AWS takes it as arn:aws:iam::123456789012:root"),
    "role": ("live", "AWS takes it as arn:aws:sts::123456789012:assumed-role/admin/session-1"),
    "wrong": ("wrong-secret", "the key id is live, but this is not its secret"),
    "unknown": ("dead", "AWS does not know the key: it was deleted or deactivated, or never was"),
    "expired": ("expired", "the credentials were genuine and have expired"),
    "canary": ("canary", "a trap, which its name says: whoever laid it has now been alarmed"),
    "throttled-once": ("live", "AWS takes it as arn:aws:iam::123456789012:user/slow"),
    "throttled": ("throttled", "AWS had too many requests, and still had after several tries"),
    "skew": ("unknown", "AWS refused the time of the request: this machine's clock is wrong"),
    "denied": ("blocked", "AWS denied the call"),
    "html-403": ("blocked", "something on the way refused (HTTP 403, not from AWS)"),
    "html-407": ("blocked", "something on the way refused (HTTP 407, not from AWS)"),
    "html-502": ("unknown", "the other side failed (HTTP 502)"),
    "failing": ("unknown", "AWS answered InternalFailure"),
    "portal": ("blocked", "something on the way answered in place of AWS"),
    "empty": ("blocked", "something on the way answered in place of AWS"),
    "json": ("blocked", "something on the way answered in place of AWS"),
    "other-account": ("blocked", "something on the way answered in place of AWS"),
    "redirect": ("blocked", "the answer was a redirect to elsewhere.example, which was not followed"),
    "closed": ("unknown", "the connection was closed before there was an answer"),
    "slow": ("unknown", "AWS did not answer in time"),
}
IDS = {behaviour: fake("aws-id", number + 1) for number, behaviour in enumerate(ANSWERS)}


@pytest.fixture(scope="module")
def answered(server: Fake, tmp_path_factory):
    """One scan of a file with a key for each behaviour: the verifications by behaviour, and the exit code."""
    server.reset()
    for behaviour, name in IDS.items():
        server.key(name, behaviour)
    text = "".join(
        f"[{number}]\naws_access_key_id = {name}\naws_secret_access_key = {fake('aws-secret', number + 1)}\n"
        for number, name in enumerate(IDS.values())
    )
    result, _ = run(server, tmp_path_factory.mktemp("answers"), "--verify-timeout", "1.5", text=text)
    found = {finding["pair"]["value"]: finding["verification"] for finding in result.json()["findings"]}
    return {behaviour: found[name] for behaviour, name in IDS.items()}, result


@pytest.mark.parametrize("behaviour", ANSWERS)
def test_answers(answered, server, behaviour):
    verdict = answered[0][behaviour]
    assert (verdict["state"], verdict["reason"]) == ANSWERS[behaviour]
    assert verdict["evidence"]["endpoint"] == f"127.0.0.1:{server.port}"
    assert verdict["containment"] is None


def test_findings_are_findings_whatever_the_answer(answered):
    result = answered[1]
    assert result.code == 1
    assert result.json()["complete"]
    assert len(result.json()["findings"]) == len(ANSWERS)


def test_live_keys_come_first(answered):
    states = [finding["verification"]["state"] for finding in answered[1].json()["findings"]]
    assert states[:4] == ["live"] * 4
    assert "live" not in states[4:]


def test_evidence(answered):
    evidence = answered[0]["live"]["evidence"]
    assert evidence.pop("time").endswith("Z")
    assert list(evidence) == ["account", "arn", "user id", "kind", "endpoint"]
    assert (evidence["account"], evidence["kind"]) == ("123456789012", "user")


def test_text_report(aws, tmp_path):
    aws.key(ID, "live")
    result = run_cli("scan", "-", "--verify", "--aws-endpoint-url", aws.url, cwd=tmp_path, input=LEAK)
    assert "= live: AWS takes it as arn:aws:iam::123456789012:user/ci/deployer\n" in result.out
    assert "1 secret in 1 place · 1 live · 1 file" in result.out


def test_lines_have_the_answers_too(aws, tmp_path):
    aws.key(ID, "live")
    result = run_cli("scan", "-", "--verify", "--aws-endpoint-url", aws.url, "--format", "jsonl", cwd=tmp_path, input=LEAK)
    findings = [line for line in map(json.loads, result.out.splitlines()) if line["type"] == "finding"]
    assert [finding["verification"]["state"] for finding in findings] == ["live"]


EXPIRED = (
    f"https://b.s3.amazonaws.com/x?X-Amz-Credential={SESSION}%2F20240101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20240101T000000Z"
    f"&X-Amz-Expires=60&X-Amz-Signature={fake('hex32')}{fake('hex32', 1)}\n"
)
CANARY = f"AWS_ACCESS_KEY_ID={make(52310077262)}\nAWS_SECRET_ACCESS_KEY={SECRET}\n"
NOT_SENT = {
    "canary": (CANARY, (), "canary", "a trap (canarytokens.org): not sent, since that would alarm whoever laid it"),
    "id alone": (f"id = {ID}\n", (), "not-sent", "its secret access key was not found"),
    "secret alone": (f"aws_secret_access_key = {SECRET}\n", (), "not-sent", "its access key id was not found"),
    "without token": (
        TEMPORARY.replace(TOKEN, ""),
        (),
        "needs-token",
        "a temporary key means nothing without its session token, which was not found",
    ),
    "skipped": (
        LEAK,
        ("--aws-skip-account", "000000000001", "--aws-skip-account", account_of(ID)),
        "not-sent",
        f"keys of account {account_of(ID)} are not to be sent",
    ),
    "not allowed": (LEAK, ("--aws-account", "000000000001"), "not-sent", f"keys of account {account_of(ID)} are not to be sent"),
    "account unknown": (
        LEAK.replace(ID, f"AKIAI{ID[5:]}"),
        ("--aws-account", "000000000001"),
        "not-sent",
        "only keys of some accounts are to be sent, and this id does not tell its account",
    ),
    "expired URL": (EXPIRED, ("--confidence", "low"), "expired", "it was good until 2024-01-01T00:01:00Z"),
}


@pytest.mark.parametrize("name", NOT_SENT)
def test_what_is_not_sent(aws, inside, name):
    text, options, state, reason = NOT_SENT[name]
    _, verdicts = inside(*options, text=text)
    assert {
        (verdict["state"], verdict["reason"]) for verdict in verdicts if verdict["state"] != "not-sent" or name != "expired URL"
    } == {(state, reason)}
    assert aws.calls == []


def test_accounts_of_the_configuration(aws, tmp_path):
    (tmp_path / ".leakstop.toml").write_text(f'aws-canary-accounts = ["{account_of(ID)}"]\n')
    result, (verdict,) = run(aws, tmp_path)
    assert verdict["state"] == "canary"
    assert "canary" in result.json()["findings"][0]["facts"]
    (tmp_path / ".leakstop.toml").write_text('aws-accounts = ["12"]\n')
    assert run_cli("scan", "-", cwd=tmp_path, input=LEAK).code == 2
    assert aws.calls == []


def test_nothing_is_sent_unless_asked(aws, tmp_path):
    result = run_cli("scan", "-", "--aws-endpoint-url", aws.url, cwd=tmp_path, input=LEAK)
    assert result.code == 1
    assert aws.calls == []


def test_ignored_findings_are_not_sent(aws, inside):
    _, verdicts = inside(text=LEAK.replace(f"={SECRET}", f"={SECRET}  # leakstop: allow"))
    assert verdicts == [None]
    assert aws.calls == []


def test_session_tokens_are_sent(aws, inside):
    aws.key(SESSION, "live")
    _, verdicts = inside(text=TEMPORARY)
    assert "live" in {verdict["state"] for verdict in verdicts}
    assert [call.token for call in aws.calls] == [TOKEN]


def test_a_key_in_many_files_is_asked_once(aws, tmp_path):
    aws.key(ID, "live")
    for number in range(5):
        (tmp_path / f"{number}.env").write_text(LEAK)
    _, verdicts = run(aws, tmp_path, command=("scan", "."))
    assert [verdict["state"] for verdict in verdicts] == ["live"] * 5
    assert len(aws.calls) == 1


def test_smtp_passwords_follow_their_key(aws, inside):
    aws.key(ID, "live")
    derived = smtp.password(SECRET.encode(), "eu-west-1").decode()
    result, _ = inside(text=f"{LEAK}SMTP_PASSWORD={derived}\nSMTP_PASSWORD_2={smtp.password(b'x', 'eu-west-1').decode()}\n")
    found = {finding["start_line"]: finding["verification"]["state"] for finding in result.json()["findings"]}
    assert found == {2: "live", 3: "live", 4: "not-sent"}
    assert len(aws.calls) == 1


PARTITIONS = {
    "nothing named": ("", "us-east-1", ["us-east-1"]),
    "another region": ("region = eu-west-1\n", "us-east-1", ["us-east-1"]),
    "China": ("region = cn-northwest-1\n", "cn-north-1", ["cn-north-1"]),
    "GovCloud": ("arn:aws-us-gov:s3:::bucket\n", "us-gov-west-1", ["us-gov-west-1"]),
    "Sovereign Cloud": ("https://s3.eusc-de-east-1.amazonaws.eu/\n", "eusc-de-east-1", ["eusc-de-east-1"]),
    "China, and the standard partition further away": (
        f"region = cn-north-1\n{'#' * 300}\nother = us-west-2\n",
        "us-east-1",
        ["cn-north-1", "us-east-1"],
    ),
}


def test_partitions_are_those_that_are_named(aws, tmp_path):
    """Asked is one partition, and a second one only if the text names it and the first does not know the key."""
    for number, (around, _, _) in enumerate(PARTITIONS.values()):
        (tmp_path / f"{number}.ini").write_text(
            f"aws_access_key_id = {fake('aws-id', number)}\naws_secret_access_key = {fake('aws-secret', number)}\n{around}"
        )
    run(aws, tmp_path, command=("scan", "."))
    for number, (name, (_, _, regions)) in enumerate(PARTITIONS.items()):
        assert [call.region for call in aws.calls if call.key_id == fake("aws-id", number)] == regions, name


def test_region_of_the_command_line_decides(aws, inside):
    aws.key(ID, "china")
    _, (verdict,) = inside("--aws-region", "cn-northwest-1")
    assert [call.region for call in aws.calls] == ["cn-northwest-1"]
    assert verdict["evidence"]["arn"].startswith("arn:aws-cn:")


def test_calls_say_who_calls_and_no_more(aws, inside):
    inside()
    assert {call.user_agent for call in aws.calls} == {f"leakstop/{leakstop.__version__}"}
    assert aws.actions() == ["sts:GetCallerIdentity"]


def test_the_machines_aws_configuration_takes_no_part(aws, tmp_path):
    """Neither endpoints nor profiles nor regions nor monitoring of the environment and the files that it names."""
    other = Fake()
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "config").write_text(f"[default]\nendpoint_url = {other.url}\nregion = cn-north-1\n[profile gone]\nrole_arn = x\n")
    environ = {
        "AWS_ENDPOINT_URL": other.url,
        "AWS_ENDPOINT_URL_STS": other.url,
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_PROFILE": "stale",
        "AWS_DEFAULT_REGION": "cn-north-1",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_CSM_ENABLED": "true",
        "AWS_SESSION_TOKEN": "not this one",
    }
    aws.key(ID, "live")
    _, (verdict,) = run(aws, tmp_path, env=environ)
    other.close()
    assert verdict["state"] == "live"
    assert [(call.region, call.token) for call in aws.calls] == [("us-east-1", "")]
    assert other.calls == []


def test_proxy_and_regional_endpoint(aws, tmp_path):
    """Without --aws-endpoint-url it is AWS that is asked, through the proxy of the environment, which refuses here."""
    environ = {"HTTPS_PROXY": aws.url, "NO_PROXY": "", "AWS_ENDPOINT_URL": aws.url}
    result = run_cli("scan", "-", "--verify", "--format", "json", cwd=tmp_path, input=LEAK, env=environ)
    verdict = result.json()["findings"][0]["verification"]
    assert (verdict["state"], verdict["reason"]) == ("blocked", "the proxy could not be reached or refused")
    assert verdict["evidence"]["endpoint"] == "sts.us-east-1.amazonaws.com"
    assert set(aws.tunnels) == {"sts.us-east-1.amazonaws.com:443"}
    assert aws.calls == []


def test_refused_connection(tmp_path):
    done = Fake()
    done.close()
    _, (verdict,) = run(done, tmp_path)
    assert (verdict["state"], verdict["reason"]) == ("unknown", "AWS could not be reached")


def test_certificates(tmp_path):
    """A certificate that nobody vouches for is not trusted, unless AWS_CA_BUNDLE does."""
    import certificates

    context, bundle = certificates.local(tmp_path)
    server = Fake(tls=context)
    server.key(ID, "live")
    try:
        _, (verdict,) = run(server, tmp_path)
        assert verdict["state"] == "unknown"
        assert verdict["reason"].startswith("the certificate of the other side is not trusted")
        assert server.calls == []
        _, (verdict,) = run(server, tmp_path, env={"AWS_CA_BUNDLE": str(bundle)})
        assert verdict["state"] == "live"
    finally:
        server.close()


FAILING = {
    ("live", "any"): 1,
    ("live", "live"): 1,
    ("live", "live-unrestricted"): 1,  # nobody has shown that it is restricted
    ("unknown", "any"): 1,
    ("unknown", "live"): 0,
    ("html-403", "live"): 3,  # it may be live
    ("wrong", "live"): 0,
}


@pytest.mark.parametrize(("behaviour", "fail_on"), FAILING)
def test_fail_on(aws, inside, behaviour, fail_on):
    aws.key(ID, behaviour)
    result, _ = inside("--fail-on", fail_on)
    assert result.code == FAILING[behaviour, fail_on]
    assert result.json()["complete"] is (result.code != 3)


def test_fail_on_needs_verify(tmp_path):
    result = run_cli("scan", "-", "--fail-on", "live", cwd=tmp_path, input=LEAK)
    assert result.code == 2
    assert "--fail-on live needs --verify" in result.err


@pytest.mark.parametrize("command", ["staged", "range", "history", "message"])
def test_every_scanning_command_verifies(aws, repo: Repo, command):
    aws.key(ID, "live")
    repo.add("a.txt", "nothing\n")
    if command == "staged":
        repo.write(".env", LEAK)
        repo.stage()
        line = ("staged",)
    else:
        repo.add(".env", LEAK)
        line = {"range": ("range", "HEAD~1..HEAD"), "history": ("history",), "message": ("message", ".env")}[command]
    result, verdicts = run(aws, repo.path, command=line)
    assert "live" in {verdict["state"] for verdict in verdicts}, result.out
    assert len(aws.calls) == 1


def test_pull_requests_from_forks_are_not_verified(aws, tmp_path):
    event = tmp_path / "event.json"
    event.write_text(
        json.dumps({"pull_request": {"head": {"repo": {"full_name": "a/fork"}}, "base": {"repo": {"full_name": "a/b"}}}})
    )
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_EVENT_PATH": str(event)}
    _, (verdict,) = run(aws, tmp_path, env=environ)
    assert (verdict["state"], verdict["reason"]) == ("not-sent", "nothing is verified in a pull request from a fork")
    assert aws.calls == []


def test_two_hundred_keys_of_twenty_accounts_are_asked_side_by_side(aws, tmp_path):
    """They take the time of the slowest few answers: never more than 64 at once, and hardly ever less."""

    def name(account: int, number: int) -> str:
        bits = (1 << 79) | ((234567890000 + account) << 39) | (number << 20) | (12345 * (number + 1))
        return "AKIA" + base64.b32encode(bits.to_bytes(10, "big")).decode()

    ids = [name(account, number) for account in range(20) for number in range(10)]
    for number, key in enumerate(ids):
        aws.key(key, "live")
        (tmp_path / f"{number:03}.env").write_text(
            f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={fake('aws-secret', number)}\n"
        )
    aws.delay = 1.0
    _, verdicts = run(aws, tmp_path, command=("scan", "."))
    assert [verdict["state"] for verdict in verdicts] == ["live"] * 200
    assert len(aws.calls) == 200
    assert 32 < aws.most_together <= 64
