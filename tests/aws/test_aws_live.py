"""`leakstop aws` against a server that answers as AWS does: policies are gathered, and changes are made and taken back."""

from __future__ import annotations

import json
import shlex

import pytest
from aws_helpers import ALLOW_ALL, DIRECT, OUTSIDE, deny, document
from fake_aws import Moto
from helpers import run_cli

pytest.importorskip("moto")

NET = document(deny(condition={**OUTSIDE, **DIRECT}))
OURS = ("--inside", "203.0.113.0/24")


class World:
    """An account with an administrator, a user without restriction and one with."""

    def __init__(self, moto: Moto) -> None:
        self.moto = moto
        self.iam = moto.client("iam")
        for name in ("admin", "bare", "shut"):
            self.iam.create_user(UserName=name)
            self.iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL))
        self.iam.put_user_policy(UserName="shut", PolicyName="net", PolicyDocument=json.dumps(NET))
        self.keys = {name: self.iam.create_access_key(UserName=name)["AccessKey"] for name in ("admin", "bare", "shut")}

    def secrets(self) -> list[str]:
        return [key["SecretAccessKey"] for key in self.keys.values()]

    def run(self, folder, *args, who="admin", answer="", leaked=False):
        """The command, with somebody's key in a profile or in the environment."""
        key = self.keys[who]
        (folder / "credentials").write_text(
            f"[auditor]\naws_access_key_id={key['AccessKeyId']}\naws_secret_access_key={key['SecretAccessKey']}\nregion=us-east-1\n"
        )
        env = {"AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"), "AWS_CONFIG_FILE": str(folder / "none")}
        source = ("--leaked-key",) if leaked else ("--profile", "auditor")
        text = f"{key['AccessKeyId']}\n{key['SecretAccessKey']}\n" if leaked else answer
        result = run_cli(
            *("aws", *args, *source, "--aws-endpoint-url", f"http://127.0.0.1:{self.moto.port}"), cwd=folder, env=env, input=text
        )
        assert not any(secret in result.out + result.err for secret in self.secrets())
        return result


@pytest.fixture(scope="module")
def world():
    moto = Moto()
    try:
        yield World(moto)
    finally:
        moto.close()


def test_one_user_with_an_auditors_rights(world, tmp_path):
    found = world.run(tmp_path, "exposure", "--user", "shut", *OURS, "--format", "json").json()
    assert (found["verdict"], found["legitimate"]["inside"]) == ("restricted", "ok")
    assert found["credentials"][0].startswith(f"key {world.keys['shut']['AccessKeyId']}: active")


def test_the_user_of_a_key(world, tmp_path):
    found = world.run(tmp_path, "exposure", "--key-id", world.keys["bare"]["AccessKeyId"], "--format", "json").json()
    assert (found["user"], found["verdict"], found["severity"]) == ("bare", "unrestricted", "critical")


def test_all_users_who_have_keys(world, tmp_path):
    found = world.run(tmp_path, "exposure", "--all", "--format", "json").json()
    assert {each["user"]: each["verdict"] for each in found} == {
        "admin": "unrestricted",
        "bare": "unrestricted",
        "shut": "restricted",
    }


def test_with_the_leaked_key_itself(world, tmp_path):
    found = world.run(tmp_path, "exposure", "--format", "json", who="bare", leaked=True).json()
    assert (found["user"], found["verdict"]) == ("bare", "unrestricted")
    wrong = world.run(tmp_path, "exposure", "--user", "shut", who="bare", leaked=True)
    assert (wrong.code, wrong.out) == (2, "")
    assert "the key belongs to bare" in wrong.err


def test_a_temporary_key_of_a_role(world, tmp_path):
    """It is judged by the role's policies: here one that is open, and asks for the address when sessions are denied it."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    made = world.iam.create_role(RoleName="build", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    world.iam.put_role_policy(RoleName="build", PolicyName="all", PolicyDocument=json.dumps(ALLOW_ALL))
    world.iam.put_role_policy(RoleName="build", PolicyName="net", PolicyDocument=json.dumps(NET))
    session = world.moto.client("sts").assume_role(RoleArn=made, RoleSessionName="i-1")["Credentials"]
    result = run_cli(
        *("aws", "exposure", "--leaked-key", "--format", "json", "--aws-endpoint-url", f"http://127.0.0.1:{world.moto.port}"),
        cwd=tmp_path,
        input="\n".join(session[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")),
    )
    assert session["SecretAccessKey"] not in result.out + result.err
    found = result.json()
    assert (found["user"], found["verdict"], found["undo"]) == (
        "build",
        "restricted",
        ["iam:DeleteRolePolicy", "iam:PutRolePolicy"],
    )
    assert found["fix"]["more"] == "leakstop aws respond --role-name build"
    audited = world.run(tmp_path, "exposure", "--role-name", "build", "--format", "json").json()
    assert (audited["verdict"], audited["undo"]) == (found["verdict"], found["undo"])


@pytest.mark.parametrize(("option", "name"), [("--user", "bar"), ("--role-name", "x")])
def test_nobody_of_that_name(world, tmp_path, option, name):
    """AWS says so: that is no unknown."""
    result = world.run(tmp_path, "exposure", option, name)
    assert (result.code, result.out) == (3, "")
    assert f"there is no {option.partition('-name')[0][2:]} '{name}' in account 123456789012" in result.err


def test_the_plan_reads_the_user_of_a_key(world, tmp_path):
    found = world.run(tmp_path, "respond", "--key-id", world.keys["bare"]["AccessKeyId"], "--format", "json").json()
    assert found["severity"]["level"] == "critical"
    assert found["steps"][0]["commands"][0].startswith("aws iam update-access-key --user-name bare ")


def test_an_auditor_and_the_leaked_key_are_one_too_many(world, tmp_path):
    result = world.run(tmp_path, "exposure", "--profile", "auditor", leaked=True)
    assert (result.code, result.out) == (2, "")


def test_a_restriction_is_attached_and_taken_back(world, tmp_path):
    args = ("policy", "--user", "bare", *OURS, "--apply")
    refused = world.run(tmp_path, *args, answer="no\n")
    assert (refused.code, refused.out) == (3, "")
    assert "nothing was changed" in refused.err
    made = world.run(tmp_path, *args, answer="bare\n")
    assert made.code == 0, made.err
    assert "as arn:aws:iam::123456789012:user/admin:" in made.err
    assert world.run(tmp_path, "exposure", "--user", "bare", *OURS, "--format", "json").json()["verdict"] == "restricted"
    for command in made.out.splitlines():
        _call(world, command)
    assert world.run(tmp_path, "exposure", "--user", "bare", *OURS, "--format", "json").json()["verdict"] == "unrestricted"


def test_a_restriction_that_would_lock_the_user_out_is_not_attached(world, tmp_path):
    """It is evaluated with what binds the user already: here other networks."""
    args = ("policy", "--user", "shut", "--inside", "8.8.8.0/24")
    shown = world.run(tmp_path, *args)
    assert "LOCK-OUT: nothing would work from inside any more" in shown.out
    made = world.run(tmp_path, *args, "--apply", answer="shut\n")
    assert (made.code, made.out) == (2, "")
    assert "it would not be attached as it is" in made.err
    assert world.iam.list_groups_for_user(UserName="shut")["Groups"] == []
    nobody = world.run(tmp_path, "policy", "--user", "nobody", *OURS, "--apply", answer="nobody\n")
    assert "there is no user 'nobody'" in nobody.err


def test_a_key_is_deactivated_and_activated_again(world, tmp_path):
    key = world.keys["bare"]["AccessKeyId"]
    made = world.run(tmp_path, "respond", "--user", "bare", "--key-id", key, "--apply", answer="bare\n")
    assert made.code == 0, made.err
    assert _status(world) == "Inactive"
    found = world.run(tmp_path, "exposure", "--user", "bare", "--format", "json").json()
    assert found["severity"] == "medium"
    _call(world, made.out.strip())
    assert _status(world) == "Active"


def test_a_change_that_aws_refuses(world, tmp_path):
    result = world.run(
        tmp_path, "respond", "--user", "bare", "--key-id", world.keys["shut"]["AccessKeyId"], "--apply", answer="bare\n"
    )
    assert (result.code, result.out) == (3, "")
    assert "not done: aws iam update-access-key" in result.err


def test_nobody_changes_itself(world, tmp_path):
    result = world.run(tmp_path, "policy", "--user", "admin", *OURS, "--apply", answer="admin\n")
    assert (result.code, result.out) == (3, "")
    assert "would change itself" in result.err


def _status(world) -> str:
    (key,) = world.iam.list_access_keys(UserName="bare")["AccessKeyMetadata"]
    return key["Status"]


def _call(world, command: str) -> None:
    """Run a printed `aws iam …` command, as the AWS CLI would."""
    _, service, operation, *rest = shlex.split(command)
    names = ["".join(part.title() for part in name.removeprefix("--").split("-")) for name in rest[::2]]
    getattr(world.moto.client(service), operation.replace("-", "_"))(**dict(zip(names, rest[1::2], strict=True)))
