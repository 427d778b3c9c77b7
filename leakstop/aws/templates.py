"""A restriction as infrastructure code: Terraform and CloudFormation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leakstop.aws.restriction import NAME

if TYPE_CHECKING:
    from leakstop.aws.restriction import Plan


def terraform(plan: Plan) -> str:
    """HCL for the AWS provider."""
    blocks = [_policy_document(plan.document["Statement"][0])]
    if plan.inline:
        blocks.append(_resource("aws_iam_user_policy", name=_text(NAME), user=_text(plan.user), policy=_DOCUMENT))
        return "\n".join(blocks)
    blocks.append(_resource("aws_iam_policy", name=_text(NAME), policy=_DOCUMENT))
    if plan.group:
        group = "aws_iam_group.net.name"
        blocks += [
            _resource("aws_iam_group", name=_text(plan.group)),
            _resource("aws_iam_group_policy_attachment", group=group, policy_arn="aws_iam_policy.net.arn"),
            _resource("aws_iam_user_group_membership", user=_text(plan.user), groups=f"[{group}]"),
        ]
    else:
        attachment = {"user": _text(plan.user), "policy_arn": "aws_iam_policy.net.arn"}
        blocks.append(_resource("aws_iam_user_policy_attachment", **attachment))
    return "\n".join(blocks)


_DOCUMENT = "data.aws_iam_policy_document.net.json"


def _policy_document(statement: dict[str, Any]) -> str:
    lines = [
        'data "aws_iam_policy_document" "net" {',
        "  statement {",
        f"    sid       = {_text(statement['Sid'])}",
        f"    effect    = {_text(statement['Effect'])}",
        f"    actions   = [{_text(statement['Action'])}]",
        f"    resources = [{_text(statement['Resource'])}]",
    ]
    for operator, keys in statement["Condition"].items():
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            lines += [
                "    condition {",
                f"      test     = {_text(operator)}",
                f"      variable = {_text(key)}",
                f"      values   = [{', '.join(map(_text, listed))}]",
                "    }",
            ]
    return "\n".join([*lines, "  }", "}"]) + "\n"


def _resource(kind: str, **arguments: str) -> str:
    width = max(map(len, arguments))
    lines = [f"  {key:<{width}} = {value}" for key, value in arguments.items()]
    return "\n".join([f'resource "{kind}" "net" {{', *lines, "}"]) + "\n"


def _text(text: str) -> str:
    """A string of HCL; `${` and `%{` would begin a template."""
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")


def cloudformation(plan: Plan) -> str:
    """A template in JSON, which CloudFormation takes as well as YAML."""
    resources: dict[str, Any] = {}
    if plan.inline:
        properties = {"PolicyName": NAME, "UserName": plan.user, "PolicyDocument": plan.document}
        resources["Restriction"] = {"Type": "AWS::IAM::UserPolicy", "Properties": properties}
    else:
        properties = {"ManagedPolicyName": NAME, "PolicyDocument": plan.document}
        resources["Restriction"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
        if plan.group:
            attached = {"GroupName": plan.group, "ManagedPolicyArns": [{"Ref": "Restriction"}]}
            members = {"GroupName": {"Ref": "RestrictedGroup"}, "Users": [plan.user]}
            resources["RestrictedGroup"] = {"Type": "AWS::IAM::Group", "Properties": attached}
            resources["Membership"] = {"Type": "AWS::IAM::UserToGroupAddition", "Properties": members}
        else:
            properties["Users"] = [plan.user]
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}, indent=2) + "\n"
