"""What to do about findings of AWS: by what they are, by what AWS said, and the commands as a shell runs them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from datetime import UTC, datetime

import pytest
from aws_helpers import ACCOUNT, ALLOW_ALL, DIRECT, allow, deny, document, user
from helpers import fake
from report.samples import result as sample

from leakstop.aws.account import ROLE
from leakstop.aws.assessment import assess
from leakstop.aws.remedy import of_assessment, remedy
from leakstop.model import Pair, Secret, Verdict

KEY, SESSION = fake("aws-id"), fake("aws-session-id")
ARN = f"arn:aws:iam::{ACCOUNT}:user/ci/deploy"


def found(rule: str, value: str, *, key: str = "", facts=(), verdict: Verdict | None = None):
    pair = Pair("aws-access-key-id" if key.startswith("AKIA") else "aws-temporary-access-key-id", 1, b"x", Secret(key.encode()))
    made = sample(value, name=rule, pair=pair if key else None)
    return made._replace(facts=tuple(facts), verification=verdict)


def live(arn: str) -> Verdict:
    return Verdict("live", "", (("arn", arn),))


SECRET = ("aws-secret-access-key", fake("aws-secret"))
CASES = {
    "a key whose owner nobody knows": (found(*SECRET, key=KEY), "deactivate", f"leakstop aws respond --key-id {KEY}"),
    "a key id alone": (found("aws-access-key-id", KEY), "deactivate", f"leakstop aws respond --key-id {KEY}"),
    "a secret alone": (found(*SECRET), "deactivate", "leakstop aws respond --user NAME"),
    "a live key": (
        found(*SECRET, key=KEY, verdict=live(ARN)),
        "deactivate",
        f"leakstop aws respond --user deploy --key-id {KEY}",
    ),
    "root": (found(*SECRET, key=KEY, verdict=live(f"arn:aws:iam::{ACCOUNT}:root")), "delete", "leakstop aws respond --root"),
    "a role's session": (
        found(*SECRET, key=SESSION, verdict=live(f"arn:aws:sts::{ACCOUNT}:assumed-role/build/i-1")),
        "deny-sessions",
        f"leakstop aws respond --role-name build --key-id {SESSION}",
    ),
    "a user's session": (
        found(*SECRET, key=SESSION, verdict=live(ARN)),
        "deny-sessions",
        f"leakstop aws respond --user deploy --key-id {SESSION}",
    ),
    "a session of nobody knows whom": (
        found(*SECRET, key=SESSION),
        "deny-sessions",
        f"leakstop aws respond --key-id {SESSION}",
    ),
    "a session token alone": (found("aws-session-token", "x" * 200), "deny-sessions", ""),
    "dead": (found(*SECRET, key=KEY, verdict=Verdict("dead", "")), "look", ""),
    "expired": (found("aws-presigned-url", "x" * 64, facts=[("expired", "2020-01-01T00:00:00Z")]), "look", ""),
    "a trap": (found(*SECRET, key=KEY, facts=[("canary", "somebody")]), "leave", ""),
    "a presigned URL": (
        found("aws-presigned-url", "x" * 64, facts=[("key", KEY), ("expires", "2099-01-01T00:00:00Z")]),
        "deactivate",
        f"leakstop aws respond --key-id {KEY}",
    ),
    "an SMTP password": (
        found("aws-ses-smtp-password", "B" * 44, facts=[("key", KEY)]),
        "deactivate",
        f"leakstop aws respond --key-id {KEY}",
    ),
    "a service-specific credential": (found("aws-codecommit-password", "p" * 44, facts=[("user", "eve")]), "deactivate", ""),
}


@pytest.mark.parametrize("name", CASES)
def test_first_step_and_the_command_for_all(name):
    result, first, more = CASES[name]
    fix = remedy(result)
    assert fix is not None
    assert (fix.steps[0].what, fix.more) == (first, more)
    assert SECRET[1] not in json.dumps(fix)


def test_of_others_the_rule_says_it_all():
    assert remedy(found("aws-appsync-api-key", "da2-" + "x" * 26)) is None


def test_a_signed_request_says_how_long_it_works():
    fix = remedy(CASES["a presigned URL"][0])
    assert fix is not None
    assert fix.steps[0].why.startswith("It works until 2099-01-01T00:00:00Z. ")


@pytest.fixture
def shell(tmp_path):
    """Runs commands in a shell in which `aws` only tells its arguments, one list a line; GetAccessKeyLastUsed answers a name."""
    log = tmp_path / "log"
    aws = tmp_path / "aws"
    aws.write_text(
        "#!/bin/sh\n"
        'case "$2" in get-access-key-last-used) echo "de ploy"; exit;; esac\n'
        f'python3 -c "import json, sys; print(json.dumps(sys.argv[1:]))" "$@" >> {log}\n'
    )
    aws.chmod(aws.stat().st_mode | stat.S_IXUSR)

    def run(commands) -> list[list[str]]:
        log.write_text("")
        env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        subprocess.run(["sh", "-eu"], input="\n".join(commands), text=True, check=True, env=env)
        return [json.loads(line) for line in log.read_text().splitlines()]

    return run


def test_commands_run_as_they_stand(shell):
    """The owner is found out first; sessions are denied up to the moment in which the command runs."""
    fix = remedy(CASES["a key whose owner nobody knows"][0])
    assert fix is not None
    calls = shell([command for step in fix.steps for command in step.commands])
    assert calls[0] == ["iam", "update-access-key", "--user-name", "de ploy", "--access-key-id", KEY, "--status", "Inactive"]
    policy = json.loads(calls[1][calls[1].index("--policy-document") + 1])
    moment = policy["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
    age = datetime.now(UTC) - datetime.fromisoformat(moment)
    assert abs(age.total_seconds()) < 3600
    assert all("de ploy" in call or "de ploy" in call[-1] for call in calls if "--user-name" in call)


CHINA = f"arn:aws-cn:iam::{ACCOUNT}:user/ci/deploy"
# What names another partition -> the region of its commands, the partition for leakstop's.
ELSEWHERE = {
    "AWS": (found(*SECRET, key=KEY, verdict=live(CHINA)), "cn-north-1", "aws-cn"),
    "AWS, of a role": (
        found(*SECRET, key=SESSION, verdict=live(f"arn:aws-us-gov:sts::{ACCOUNT}:assumed-role/build/i-1")),
        *("us-gov-west-1", "aws-us-gov"),
    ),
    "the text near it": (found(*SECRET, key=KEY, facts=[("partition", "aws-us-gov or aws")]), "us-gov-west-1", "aws-us-gov"),
    "a signed request": (
        found("aws-presigned-url", "x" * 64, facts=[("key", KEY), ("region", "eusc-de-east-1")]),
        *("eusc-de-east-1", "aws-eusc"),
    ),
    "a dead key": (
        found(*SECRET, key=KEY, facts=[("partition", "aws-cn")], verdict=Verdict("dead", "")),
        *("cn-north-1", ""),
    ),
    "a service-specific credential": (
        found("aws-codecommit-password", "p" * 44, facts=[("user", "eve"), ("partition", "aws-cn")]),
        *("cn-north-1", ""),
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_commands_name_a_region_of_the_partition(shell, name):
    result, region, partition = ELSEWHERE[name]
    fix = remedy(result)
    assert fix is not None
    calls = shell([command for step in fix.steps for command in step.commands])
    assert calls
    assert all(call[call.index("--region") + 1] == region for call in calls)
    assert f"get-access-key-last-used --region {region}" in str(fix) or "LEAKED_USER=" not in str(fix)
    assert fix.more.endswith(f" --partition {partition}") if partition else not fix.more


GUARDED = {
    "NotIpAddress": {"aws:SourceIp": ["8.8.8.0/24", "10.0.0.0/8", "203.0.113.0/24"]},
    **DIRECT,
    "Null": {"aws:SourceIp": "false"},
}


def test_an_open_key_gets_its_restriction(shell):
    """From the networks that its policies name, less private and documentation ones: as a policy, and as commands."""
    fix = of_assessment(assess(user(ALLOW_ALL, document(deny(condition=GUARDED)), name="ci")), KEY)
    assert fix.policy is not None
    assert fix.policy["Statement"][0]["Condition"]["NotIpAddress"] == {"aws:SourceIp": ["8.8.8.0/24"]}
    step = next(step for step in fix.steps if step.what == "restrict")
    assert step.commands[0] == f"leakstop aws policy --user ci --account {ACCOUNT} --inside 8.8.8.0/24"
    assert [call[1] for call in shell(step.commands[1:])] == [
        *("create-policy", "create-group", "attach-group-policy", "add-user-to-group")
    ]
    assert [each.what for each in fix.steps[:5]] == ["deactivate", "deny-sessions", "quarantine", "restrict", "others"]


def test_a_restriction_of_another_partition():
    who = user(ALLOW_ALL, document(deny(condition=GUARDED)), name="ci")._replace(arn=f"arn:aws-eusc:iam::{ACCOUNT}:user/ci")
    fix = of_assessment(assess(who), KEY)
    first, *calls = next(step for step in fix.steps if step.what == "restrict").commands
    assert first == f"leakstop aws policy --user ci --account {ACCOUNT} --partition aws-eusc --inside 8.8.8.0/24"
    assert all(" --region eusc-de-east-1 " in call for call in calls)
    assert f"--policy-arn arn:aws-eusc:iam::{ACCOUNT}:policy/" in calls[2]


def test_without_known_networks_it_cannot_be_applied_by_mistake():
    fix = of_assessment(assess(user(ALLOW_ALL, name="ci")), KEY)
    assert "PUT-YOUR-CIDR-HERE" in json.dumps(fix.policy)
    step = next(step for step in fix.steps if step.what == "restrict")
    assert step.commands == (f"leakstop aws policy --user ci --account {ACCOUNT} --inside YOUR-NETWORK",)


def test_a_restricted_key_needs_none():
    net = {"NotIpAddress": {"aws:SourceIp": ["8.8.8.0/24"]}, **DIRECT}
    fix = of_assessment(assess(user(ALLOW_ALL, document(deny(condition=net)), name="ci")), KEY)
    assert fix.policy is None
    assert "restrict" not in {step.what for step in fix.steps}


def test_a_role_is_restricted_by_itself(shell):
    role = user(document(allow("s3:*")), name="build", kind=ROLE)
    fix = of_assessment(assess(role), SESSION)
    step = next(step for step in fix.steps if step.what == "restrict")
    (call,) = shell(step.commands)
    assert call[:4] == ["iam", "put-role-policy", "--role-name", "build"]
    assert fix.more == f"leakstop aws respond --role-name build --key-id {SESSION}"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (".github/workflows/deploy.yml", "OpenID Connect (permissions: id-token: write"),
        ("a/.gitlab-ci.yml", "In GitLab CI: an id_token"),
        (".circleci/config.yml", "In CI: the service's own"),
        ("home/ada/.aws/credentials", "aws configure sso"),
        ("infra/prod.tfvars", "For Terraform:"),
        ("Dockerfile.prod", "In a container:"),
        ("notebooks/x.ipynb", "In a notebook:"),
        ("src/app.py", "On EC2, ECS, EKS and Lambda: a role"),
    ],
)
def test_what_replaces_it_fits_the_file(path, told):
    made = sample(SECRET[1], path, name=SECRET[0])
    fix = remedy(made)
    assert fix is not None
    step = next(step for step in fix.steps if step.what == "replace")
    assert step.why.startswith(told) or told in step.why.partition(" Elsewhere: ")[0]
    assert "Roles Anywhere" in step.why
