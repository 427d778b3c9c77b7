"""Terraform and CloudFormation, read back by parsers that are not ours: they say what the policy says, and where it goes."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import hcl2
import pytest
from aws_helpers import ALLOW_ALL, user

from leakstop.aws import restriction, templates
from leakstop.aws.vantages import Trust

VPCE, VPC = "vpce-0123456789abcdef0", "vpc-0123456789abcdef0"
TRUSTS = {
    "addresses": Trust(("8.8.8.0/24", "2600::/40")),
    "an endpoint": Trust((), (VPCE,)),
    "both, and a VPC": Trust(("8.8.8.8",), (VPCE,), (VPC,)),
    "too much for a user": Trust(tuple(f"8.{number}.1.1" for number in range(100))),
    "nothing": Trust(),
}
plans = pytest.mark.parametrize(
    ("name", "group"), [(name, group) for name in TRUSTS for group in ("network-restricted", "")], ids=lambda each: each or "user"
)


def planned(name: str, group: str) -> restriction.Plan:
    return restriction.plan(user(ALLOW_ALL, name="ci+deploy@x"), TRUSTS[name], group)


def blocks(text: str, kind: str) -> dict[str, dict[str, Any]]:
    """The blocks of a kind by their type, values without the quotes and marks that python-hcl2 leaves."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {plain(key): plain(part) for key, part in value.items() if not key.startswith("__")}
        if isinstance(value, list):
            return [plain(part) for part in value]
        return json.loads(value) if isinstance(value, str) and value.startswith('"') else value

    return {name: entry["net"] for block in hcl2.loads(text).get(kind, []) for name, entry in plain(block).items()}


@plans
def test_terraform_says_what_the_policy_says(name, group):
    plan = planned(name, group)
    text = templates.terraform(plan)
    (statement,) = blocks(text, "data")["aws_iam_policy_document"]["statement"]
    (expected,) = plan.document["Statement"]
    condition: dict[str, dict[str, list[str]]] = {}
    for each in statement["condition"]:
        condition.setdefault(each["test"], {})[each["variable"]] = each["values"]
    listed = {
        operator: {key: value if isinstance(value, list) else [value] for key, value in keys.items()}
        for operator, keys in expected["Condition"].items()
    }
    assert condition == listed
    assert (statement["sid"], statement["effect"]) == (expected["Sid"], "Deny")
    assert (statement["actions"], statement["resources"]) == (["*"], ["*"])
    made = blocks(text, "resource")
    if group:
        assert made["aws_iam_group"] == {"name": group}
        assert made["aws_iam_user_group_membership"] == {"user": plan.user, "groups": ["${aws_iam_group.net.name}"]}
        assert made["aws_iam_group_policy_attachment"]["policy_arn"] == "${aws_iam_policy.net.arn}"
    elif plan.inline:
        assert made["aws_iam_user_policy"]["user"] == plan.user
    else:
        assert made["aws_iam_user_policy_attachment"] == {"user": plan.user, "policy_arn": "${aws_iam_policy.net.arn}"}
    holder = made.get("aws_iam_policy") or made["aws_iam_user_policy"]
    assert holder["policy"] == "${data.aws_iam_policy_document.net.json}"


@plans
def test_cloudformation_says_what_the_policy_says(name, group):
    plan = planned(name, group)
    resources = json.loads(templates.cloudformation(plan))["Resources"]
    assert resources["Restriction"]["Properties"]["PolicyDocument"] == plan.document
    text = json.dumps(resources)
    assert plan.user in text
    assert (group in text) if group else ("AWS::IAM::Group" not in text)


LINTER = shutil.which("cfn-lint")


@pytest.mark.skipif(LINTER is None, reason="cfn-lint, which brings 120 MB, is not installed")
def test_cloudformation_passes_the_linter(tmp_path):
    files = []
    for number, name in enumerate(TRUSTS):
        for group in ("network-restricted", ""):
            files.append(f"{number}{bool(group)}.json")
            (tmp_path / files[-1]).write_text(templates.cloudformation(planned(name, group)))
    done = subprocess.run([str(LINTER), *files], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
