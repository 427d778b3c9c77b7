"""`leakstop verify`: keys that are given, reports with and without values, exit codes."""

from __future__ import annotations

import json
import os
import sys

import pytest
from fake_aws import Fake, served
from helpers import PACKAGE_PARENT, Repo, fake, run_cli

from leakstop.aws import pasted

ID, SECRET = fake("aws-id"), fake("aws-secret")
SESSION, TOKEN = fake("aws-session-id"), fake("aws-session-token")
LEAK = f"AWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n"


@pytest.fixture(scope="module")
def server():
    yield from served()


@pytest.fixture
def aws(server: Fake) -> Fake:
    server.reset()
    server.key(ID, "live")
    server.key(SESSION, "live")
    return server


def verify(aws: Fake, cwd, *args: str, text: str = "", env=None):
    return run_cli("verify", *args, "--aws-endpoint-url", aws.url, "--format", "json", cwd=cwd, input=text, env=env)


GIVEN = {
    "environment": LEAK,
    "bare": f"{ID} {SECRET}",
    "colon": f"{ID}:{SECRET}",
    "profile": f"[x]\naws_access_key_id={ID}\naws_secret_access_key={SECRET}",
    "console": f"Access key ID,Secret access key\r\n{ID},{SECRET}\r\n",
    "iam": json.dumps({"AccessKey": {"UserName": "u", "AccessKeyId": ID, "Status": "Active", "SecretAccessKey": SECRET}}),
    "percent": f"id={ID}&secret={SECRET.replace('/', '%2F').replace('+', '%2B')}",
}


@pytest.mark.parametrize("form", GIVEN)
def test_forms_in_which_a_key_is_given(form):
    (found,) = pasted.find(GIVEN[form])
    assert (found.key_id, found.secret, found.token, found.missing()) == (ID, SECRET, "", "")
    assert SECRET not in repr(found)


def test_a_key_on_standard_input(aws, tmp_path):
    result = verify(aws, tmp_path, "-", text=LEAK)
    (found,) = result.json()["findings"]
    assert (found["verification"]["state"], found["pair"]["value"], result.code) == ("live", ID, 1)
    assert found["origin"]["kind"] == "stdin"
    assert SECRET not in result.out + result.err


def test_temporary_credentials_as_the_cli_prints_them(aws, tmp_path):
    text = json.dumps({"Credentials": {"AccessKeyId": SESSION, "SecretAccessKey": SECRET, "SessionToken": TOKEN}})
    result = verify(aws, tmp_path, text=text)
    assert [finding["verification"]["state"] for finding in result.json()["findings"]] == ["live"]
    assert [call.token for call in aws.calls] == [TOKEN]


def test_the_key_of_the_environment(aws, tmp_path):
    environ = {"AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    result = verify(aws, tmp_path, "--from-env", env=environ)
    (found,) = result.json()["findings"]
    assert (found["verification"]["state"], found["origin"]["kind"]) == ("live", "environment")
    missing = verify(aws, tmp_path, "--from-env", env={"AWS_ACCESS_KEY_ID": ID})
    assert missing.code == 2
    assert "a secret access key (40 characters) is missing" in missing.err


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")
def test_the_prompt_shows_nothing(aws, tmp_path):
    import pty
    import select

    pid, terminal = pty.fork()
    if not pid:
        os.chdir(tmp_path)
        os.environ["PYTHONPATH"] = PACKAGE_PARENT
        os.execv(sys.executable, [sys.executable, "-P", "-m", "leakstop", "verify", "--no-color", "--aws-endpoint-url", aws.url])
    shown = b""
    for question, answer in ((b"Access key id: ", ID), (b"not shown): ", SECRET)):
        while not shown.endswith(question):
            shown += os.read(terminal, 4096)
        os.write(terminal, answer.encode() + b"\n")
    while select.select([terminal], [], [], 60)[0]:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code == 1, shown
    assert b"live: AWS takes it as" in shown
    assert SECRET.encode() not in shown


# behaviour -> exit code, severity: what is not known of this key is its kind's.
EXITS = {"live": (1, "critical"), "unknown": (0, "low"), "failing": (3, "critical")}


@pytest.mark.parametrize("behaviour", EXITS)
def test_exit_codes_and_severities(aws, tmp_path, behaviour):
    aws.key(ID, behaviour)
    result = verify(aws, tmp_path, text=LEAK)
    assert (result.code, result.json()["findings"][0]["severity"]) == EXITS[behaviour]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_report_with_values(aws, tmp_path, form):
    """All findings stay, also those that nobody can verify."""
    (tmp_path / "a.env").write_text(f"{LEAK}GITHUB={fake('github-pat')}\n")
    run_cli("scan", "a.env", "--show-secrets", "--format", form, "--output", "report", cwd=tmp_path)
    (tmp_path / "a.env").unlink()
    result = verify(aws, tmp_path, "report")
    found = {finding["rule"]: finding["verification"] for finding in result.json()["findings"]}
    states = {rule: verdict and verdict["state"] for rule, verdict in found.items()}
    assert states == {"aws-secret-access-key": "live", "github-personal-access-token": None}
    piped = verify(aws, tmp_path, "-", text=(tmp_path / "report").read_text())
    assert [finding["rule"] for finding in piped.json()["findings"]] == list(found)


def test_a_redacted_report_is_read_again(aws, repo: Repo):
    """From the disk, from the index, from commits and blobs: fingerprints say which value is which."""
    repo.write(".env", LEAK)
    repo.stage()
    run_cli("staged", "--format", "json", "--output", "staged.json", cwd=repo.path)
    repo.commit()
    repo.remove(".env")
    repo.commit()
    repo.write("b.ini", LEAK)
    for name, command in {
        "scan": ["scan", "b.ini"],
        "range": ["range", "HEAD"],
        "history": ["history"],
    }.items():
        run_cli(*command, "--format", "json", "--output", f"{name}.json", cwd=repo.path)
        report = (repo.path / f"{name}.json").read_text()
        assert SECRET not in report
        result = verify(aws, repo.path, f"{name}.json")
        assert {finding["verification"]["state"] for finding in result.json()["findings"]} == {"live"}, name
        assert result.json()["complete"], name
        assert SECRET not in result.out + result.err


def test_what_is_not_found_again_makes_it_incomplete(aws, tmp_path):
    (tmp_path / "a.env").write_text(LEAK)
    run_cli("scan", "a.env", "--format", "json", "--output", "report.json", cwd=tmp_path)
    (tmp_path / "a.env").write_text("nothing\n")
    result = verify(aws, tmp_path, "report.json")
    assert result.code == 3
    assert [problem["message"] for problem in result.json()["problems"]] == ["the secret of this finding was not found again"]
    assert aws.calls == []


MISTAKES = {
    "a key as argument": ([ID], "", "keys are not taken from the command line"),
    "id and secret as argument": ([f"{ID}:{SECRET}"], "", "keys are not taken from the command line"),
    "no such file": (["nothing.json"], "", "nothing.json: no such file or folder"),
    "no report": (["text.txt"], "", "text.txt: this is not a JSON report"),
    "nothing": ([], "", "standard input: no AWS access key id there"),
    "half a key": ([], f"{ID}\n", "a secret access key (40 characters) is missing"),
    "both": (["text.txt", "--from-env"], "", "either a report or --from-env"),
    "damaged report": (["damaged.json"], "", "damaged.json: the report is damaged"),
    "cut off": (["cut.jsonl"], "", "cut.jsonl: the report is cut off"),
    "not a URL": (["--aws-endpoint-url", "localhost"], LEAK, "a URL such as"),
    "not an account": (["--aws-account", "12"], LEAK, "an account number of twelve digits"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(aws, tmp_path, name):
    args, text, message = MISTAKES[name]
    (tmp_path / "text.txt").write_text("hello\n")
    (tmp_path / "damaged.json").write_text('{"schema": "leakstop/report/1", "findings": [{"rule": "x"}]}')
    (tmp_path / "cut.jsonl").write_text('{"type": "header", "schema": "leakstop/report/1"}\n{"type": "finding"}\n')
    result = run_cli("verify", *args, cwd=tmp_path, input=text)
    assert message in result.err
    assert result.code == 2
    assert SECRET not in result.err
    assert "Traceback" not in result.err
    assert aws.calls == []
