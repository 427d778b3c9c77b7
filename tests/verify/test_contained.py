"""Whether a live key is any use to an outsider: the command as installed, against moto with authorization on."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest
from fake_aws import ACCOUNT, BEHAVIOURS, Answer, error
from helpers import fake, run_cli, start_cli

if TYPE_CHECKING:
    from aws_world import World


@pytest.fixture
def aws(aws_world: World, tmp_path) -> World:
    aws_world.reset()
    key, secret = aws_world.keys["auditor"]
    (tmp_path / "aws").write_text(f"[audit]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    return aws_world


def verify(aws: World, tmp_path, *options: str, users: tuple[str, ...] = ("leaky",), fail_on: str = "live-unrestricted"):
    """`leakstop verify` of a report with the keys of users: its result, and the findings by key id."""
    text = "".join(
        f"[{user}]\naws_access_key_id = {aws.keys[user][0]}\naws_secret_access_key = {aws.keys[user][1]}\n" for user in users
    )
    result = run_cli(
        *("scan", "-", "--verify", "--fail-on", fail_on, "--aws-endpoint-url", aws.fake.url, "--format", "json", *options),
        cwd=tmp_path,
        input=text,
        env={"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "aws")},
    )
    return result, {finding["pair"]["value"]: finding["verification"] for finding in result.json()["findings"]}


def test_an_auditor_reads_what_contains_keys(aws, tmp_path):
    """Live and unrestricted comes first, whatever the order in the file."""
    result, found = verify(aws, tmp_path, "--aws-profile", "audit", users=("fenced", "open"))
    fenced, open_ = found[aws.keys["fenced"][0]], found[aws.keys["open"][0]]
    assert (fenced["state"], fenced["containment"]) == ("live", "restricted")
    assert (open_["state"], open_["containment"]) == ("live", "unrestricted")
    severities = {finding["pair"]["value"]: finding["severity"] for finding in result.json()["findings"]}
    for verdict, key, severity in ((open_, "open", "critical"), (fenced, "fenced", "high")):
        assert verdict["evidence"]["severity"].startswith(f"{severity}: ")
        assert severities[aws.keys[key][0]] == severity
    assert open_["evidence"]["open from outside"]
    assert open_["evidence"]["key"].startswith("Active, made 20")
    assert "open from outside" not in fenced["evidence"]
    assert result.json()["findings"][0]["pair"]["value"] == aws.keys["open"][0]
    assert result.code == 1
    assert {call.key_id for call in aws.fake.calls if call.service == "iam"} == {aws.keys["auditor"][0]}


def test_a_restricted_key_is_no_failure_where_only_unrestricted_ones_are(aws, tmp_path):
    result, _ = verify(aws, tmp_path, "--aws-profile", "audit", users=("fenced",))
    assert result.code == 0
    result, _ = verify(aws, tmp_path, "--aws-profile", "audit", users=("fenced",), fail_on="live")
    assert result.code == 1


def test_the_leaked_key_only_when_asked(aws, tmp_path):
    """It reads what it may; moto lets the open one read everything."""
    _, found = verify(aws, tmp_path, users=("open",))
    assert found[aws.keys["open"][0]]["containment"] is None
    assert aws.fake.actions() == ["sts:GetCallerIdentity"]
    _, found = verify(aws, tmp_path, "--aws-leaked-key", users=("open",))
    assert found[aws.keys["open"][0]]["containment"] == "unrestricted"
    assert {call.key_id for call in aws.fake.calls} == {aws.keys["open"][0]}


def test_what_cannot_be_read_is_unknown(aws, tmp_path):
    """The leaked key may not read itself: nothing is guessed, and the exit code counts it as unrestricted."""
    result, found = verify(aws, tmp_path, "--aws-leaked-key")
    verdict = found[aws.leaked[0]]
    assert (verdict["state"], verdict["containment"], result.code) == ("live", "unknown", 1)
    assert "iam:ListUserPolicies" in verdict["evidence"]["not read"] or "more" in verdict["evidence"]["not read"]


@pytest.mark.parametrize("action", ["iam:ListGroupsForUser", "iam:GetGroupPolicy"])
def test_one_denied_read_decides_only_what_hangs_on_it(aws, tmp_path, action):
    aws.fake.denied[action] = error("AccessDenied")
    _, found = verify(aws, tmp_path, "--aws-profile", "audit", users=("fenced",))
    verdict = found[aws.keys["fenced"][0]]
    assert (verdict["containment"], verdict["evidence"]["not read"]) == ("unknown", action)


TROUBLES = {
    "no such profile": ("--aws-profile", "gone", "profile gone: cannot be used (ProfileNotFound)"),
    "a role that must not be assumed": ("--aws-role", f"arn:aws:iam::{ACCOUNT}:role/x", "cannot assume"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_an_auditor_that_cannot_look_costs_no_answer(aws, tmp_path, name):
    option, value, reason = TROUBLES[name]
    aws.fake.denied["sts:AssumeRole"] = error("AccessDenied")
    more = ("--aws-profile", "audit") if option == "--aws-role" else ()
    _, found = verify(aws, tmp_path, option, value, *more, users=("open",))
    verdict = found[aws.keys["open"][0]]
    assert (verdict["state"], verdict["containment"]) == ("live", "unknown")
    assert reason in verdict["evidence"]["not read"]


ROLES = {
    "restricted by its own policy": ("builder", {}, "restricted", None),
    "open": ("roamer", {}, "unrestricted", None),
    "a denied read is unknown": ("roamer", {"iam:ListRolePolicies"}, "unknown", "iam:ListRolePolicies"),
    "a boundary that may be there is unknown": ("roamer", {"iam:GetRole"}, "unknown", "iam:GetRole"),
    "what cannot open it decides nothing": ("builder", {"iam:ListAttachedRolePolicies"}, "restricted", None),
}


@pytest.mark.parametrize("name", ROLES)
def test_sessions_of_roles_are_judged_by_the_role(aws, tmp_path, name):
    behaviour, denied, containment, missing = ROLES[name]
    key, token = fake("aws-session-id", 4), fake("aws-session-token", 4)
    aws.fake.key(key, behaviour)
    aws.fake.denied.update(dict.fromkeys(denied, error("AccessDenied")))
    text = f"aws_access_key_id = {key}\naws_secret_access_key = {fake('aws-secret', 4)}\naws_session_token = {token}\n"
    result = run_cli(
        *("scan", "-", "--verify", "--aws-endpoint-url", aws.fake.url, "--format", "json", "--aws-profile", "audit"),
        cwd=tmp_path,
        input=text,
        env={"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "aws")},
    )
    (finding,) = [each for each in result.json()["findings"] if each["rule"] == "aws-secret-access-key"]
    verdict = finding["verification"]
    assert (verdict["state"], verdict["containment"]) == ("live", containment)
    if missing:
        assert missing in verdict["evidence"]["not read"]
    elif not denied:
        assert ("last 2 hours" if behaviour == "builder" else "last 1 hours") in verdict["evidence"]["role"]
    fix = finding["fix"]
    assert fix["steps"][0]["step"] == "deny-sessions"
    assert f"put-role-policy --role-name {behaviour} " in fix["steps"][0]["commands"][0]
    assert (fix["policy"] is None) == (containment == "restricted")


def test_service_control_policies_that_cannot_be_read_make_an_open_key_unknown(aws, tmp_path):
    """They could forbid what the user's own policies allow; what is restricted without them stays so."""
    refused = Answer(400, b'{"__type":"AccessDeniedException","Message":"no"}', "application/x-amz-json-1.1")
    aws.fake.denied["organizations:DescribeOrganization"] = refused
    _, found = verify(aws, tmp_path, "--aws-profile", "audit", users=("fenced", "open"))
    fenced, open_ = found[aws.keys["fenced"][0]], found[aws.keys["open"][0]]
    assert (fenced["containment"], open_["containment"]) == ("restricted", "unknown")
    assert "organizations:DescribeOrganization" in open_["evidence"]["not read"]
    assert "scp-unseen" in open_["evidence"]["notes"]


@pytest.mark.parametrize("when", ["the auditor signs in", "policies are read"])
def test_ctrl_c_while_policies_are_read(aws, tmp_path, when):
    """What is known goes out, and the exit code says that it was interrupted."""
    slow = "sts:GetCallerIdentity" if when == "the auditor signs in" else "iam:ListUserPolicies"
    (tmp_path / "x.env").write_text(f"AWS_ACCESS_KEY_ID={aws.keys['open'][0]}\nAWS_SECRET_ACCESS_KEY={aws.keys['open'][1]}\n")
    if slow.startswith("sts"):
        aws.fake.key(aws.keys["auditor"][0], "slow")
    else:
        aws.fake.denied[slow] = BEHAVIOURS["slow"][0]
    process = start_cli(
        *("scan", "x.env", "--verify", "--aws-endpoint-url", aws.fake.url, "--format", "json", "--aws-profile", "audit"),
        cwd=tmp_path,
        env={"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "aws")},
    )
    deadline = time.monotonic() + 60
    while not any(call.key_id == aws.keys["auditor"][0] and f"{call.service}:{call.action}" == slow for call in aws.fake.calls):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    (finding,) = json.loads(out)["findings"]
    verdict = finding["verification"]
    assert (verdict["state"], verdict["containment"]) == ("live", "unknown")
    assert "interrupted" in verdict["evidence"]["not read"]
    assert "Traceback" not in err


@pytest.mark.parametrize(("behaviour", "containment"), [("root", "unrestricted"), ("role", "unknown"), ("live", "unknown")])
def test_principals_without_policies_of_users(aws, tmp_path, behaviour, containment):
    """Root is bound by no policy; a role or a user that the auditor cannot find is unknown."""
    key = fake("aws-id", 3)
    aws.fake.key(key, behaviour)
    aws.keys["other"] = (key, fake("aws-secret", 3))
    _, found = verify(aws, tmp_path, "--aws-profile", "audit", users=("other",))
    del aws.keys["other"]
    assert found[key]["containment"] == containment


def test_two_ways_at_once_are_refused(aws, tmp_path):
    result = run_cli("scan", "-", "--verify", "--aws-profile", "x", "--aws-leaked-key", cwd=tmp_path, input="")
    assert result.code == 2
    assert "not both" in result.err


def test_text(aws, tmp_path):
    text = f"AWS_ACCESS_KEY_ID={aws.keys['open'][0]}\nAWS_SECRET_ACCESS_KEY={aws.keys['open'][1]}\n"
    result = run_cli(
        *("verify", "-", "--aws-profile", "audit", "--aws-endpoint-url", aws.fake.url),
        cwd=tmp_path,
        input=text,
        env={"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "aws")},
    )
    assert f"= live: AWS takes it as arn:aws:iam::{ACCOUNT}:user/open · unrestricted from outside" in " ".join(result.out.split())
    assert "= severity critical: privileges critical" in result.out
