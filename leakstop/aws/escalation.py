"""Ways from some permissions to all of them: a written-out table.

Sources: Rhino Security Labs, "AWS IAM Privilege Escalation" (2018-19); pathfinding.cloud (the ids, Datadog, Apache-2.0, December
2025); the method lists of cloudsplaining 0.9.1. A path is open when all of its actions are.
"""

from __future__ import annotations

from typing import NamedTuple


class Path(NamedTuple):
    """A way to more rights. `passes`: the service that a role is passed to (iam:PassRole is needed as well, for that service)."""

    id: str  # of pathfinding.cloud; "+" for those it does not have
    actions: tuple[str, ...]
    effect: str
    passes: str = ""
    own: bool = False  # being allowed on oneself is enough
    role: bool = False  # for sessions of a role only
    needs: str = ""  # something outside of the user's own policies


_EC2, _ECS, _GLUE = "ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "glue.amazonaws.com"
_LAMBDA, _CFN, _BUILD = "lambda.amazonaws.com", "cloudformation.amazonaws.com", "codebuild.amazonaws.com"
_SAGEMAKER, _AGENTS = "sagemaker.amazonaws.com", "bedrock-agentcore.amazonaws.com"

PATHS = (
    Path("iam-001", ("iam:CreatePolicyVersion",), "rewrites a policy that is attached to the user"),
    Path("+", ("iam:SetDefaultPolicyVersion",), "goes back to a wider version of a policy", needs="an older, wider version"),
    Path("iam-002", ("iam:CreateAccessKey",), "makes keys of other users"),
    Path("iam-004", ("iam:CreateLoginProfile",), "gives other users a password"),
    Path("iam-005", ("iam:PutRolePolicy", "sts:AssumeRole"), "widens a role and takes it on"),
    Path("iam-006", ("iam:UpdateLoginProfile",), "changes other users' passwords"),
    Path("iam-007", ("iam:PutUserPolicy",), "gives itself any right", own=True),
    Path("iam-008", ("iam:AttachUserPolicy",), "attaches any policy to itself", own=True),
    Path("iam-009", ("iam:AttachRolePolicy", "sts:AssumeRole"), "widens a role and takes it on"),
    Path("iam-005", ("iam:PutRolePolicy",), "gives itself any right", own=True, role=True),
    Path("iam-009", ("iam:AttachRolePolicy",), "attaches any policy to itself", own=True, role=True),
    Path("iam-010", ("iam:AttachGroupPolicy",), "attaches any policy to its group"),
    Path("iam-011", ("iam:PutGroupPolicy",), "gives its group any right"),
    Path("iam-012", ("iam:UpdateAssumeRolePolicy", "sts:AssumeRole"), "lets itself into any role"),
    Path("iam-013", ("iam:AddUserToGroup",), "joins a group with more rights"),
    Path("iam-019", ("iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"), "widens a role and lets itself in"),
    Path("iam-021", ("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"), "widens a role and lets itself in"),
    Path("+", ("iam:DeleteUserPermissionsBoundary",), "lifts its permissions boundary", own=True, needs="a boundary"),
    Path("+", ("iam:PutUserPermissionsBoundary",), "replaces its permissions boundary", own=True, needs="a boundary"),
    Path("+", ("iam:CreateServiceSpecificCredential",), "makes other credentials of users"),
    Path("+", ("iam:ResetServiceSpecificCredential",), "resets other credentials of users"),
    Path("sts-001", ("sts:AssumeRole",), "takes on roles", needs="a role that trusts the account"),
    Path("+", ("sts:AssumeRoot",), "takes on root of member accounts", needs="the management account"),
    Path("ec2-001", ("ec2:RunInstances",), "runs code as an instance's role", passes=_EC2),
    Path("ec2-003", ("ec2:RequestSpotInstances",), "runs code as an instance's role", passes=_EC2),
    Path(
        "ec2-002",
        ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
        "runs code on existing instances, as their role",
    ),
    Path("ec2-004", ("ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"), "runs code on future instances"),
    Path(
        "eic-003",
        ("ec2-instance-connect:SendSSHPublicKey", "ec2:DescribeInstances"),
        "logs in to instances",
        needs="instances that SSH reaches",
    ),
    Path("ssm-001", ("ssm:StartSession",), "opens shells on managed instances"),
    Path("ssm-002", ("ssm:SendCommand",), "runs commands on managed instances"),
    Path("lambda-001", ("lambda:CreateFunction", "lambda:InvokeFunction"), "runs code as a function's role", passes=_LAMBDA),
    Path(
        "lambda-002",
        ("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
        "runs code as a function's role",
        passes=_LAMBDA,
    ),
    Path("lambda-006", ("lambda:CreateFunction", "lambda:AddPermission"), "runs code as a function's role", passes=_LAMBDA),
    Path("lambda-003", ("lambda:UpdateFunctionCode",), "runs code as existing functions' roles"),
    Path("+", ("lambda:UpdateFunctionConfiguration",), "runs code as existing functions' roles, by layers"),
    Path("cfn-001", ("cloudformation:CreateStack",), "makes resources as a stack's role", passes=_CFN),
    Path(
        "cfn-003",
        ("cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"),
        "makes resources as a stack set's role",
        passes=_CFN,
    ),
    Path("cfn-004", ("cloudformation:UpdateStackSet",), "makes resources as a stack set's role", passes=_CFN),
    Path("cfn-002", ("cloudformation:UpdateStack",), "makes resources as existing stacks' roles"),
    Path(
        "cfn-005",
        ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
        "makes resources as existing stacks' roles",
    ),
    Path("codebuild-001", ("codebuild:CreateProject", "codebuild:StartBuild"), "runs code as a project's role", passes=_BUILD),
    Path(
        "codebuild-004",
        ("codebuild:CreateProject", "codebuild:StartBuildBatch"),
        "runs code as a project's role",
        passes=_BUILD,
    ),
    Path("codebuild-002", ("codebuild:StartBuild",), "runs code as existing projects' roles"),
    Path("codebuild-003", ("codebuild:StartBuildBatch",), "runs code as existing projects' roles"),
    Path("ecs-001", ("ecs:RegisterTaskDefinition", "ecs:RunTask"), "runs code as a task's role", passes=_ECS),
    Path("ecs-002", ("ecs:RegisterTaskDefinition", "ecs:CreateService"), "runs code as a task's role", passes=_ECS),
    Path("ecs-003", ("ecs:RegisterTaskDefinition", "ecs:StartTask"), "runs code as a task's role", passes=_ECS),
    Path("ecs-006", ("ecs:ExecuteCommand", "ecs:DescribeTasks"), "opens shells in running tasks"),
    Path("glue-001", ("glue:CreateDevEndpoint",), "runs code as a development endpoint's role", passes=_GLUE),
    Path("glue-002", ("glue:UpdateDevEndpoint",), "runs code on existing development endpoints"),
    Path("glue-003", ("glue:CreateJob", "glue:StartJobRun"), "runs code as a job's role", passes=_GLUE),
    Path("glue-004", ("glue:CreateJob", "glue:CreateTrigger"), "runs code as a job's role", passes=_GLUE),
    Path("glue-005", ("glue:UpdateJob", "glue:StartJobRun"), "runs code as a job's role", passes=_GLUE),
    Path("glue-006", ("glue:UpdateJob", "glue:CreateTrigger"), "runs code as a job's role", passes=_GLUE),
    Path("sagemaker-001", ("sagemaker:CreateNotebookInstance",), "runs code as a notebook's role", passes=_SAGEMAKER),
    Path("sagemaker-002", ("sagemaker:CreateTrainingJob",), "runs code as a training job's role", passes=_SAGEMAKER),
    Path("sagemaker-003", ("sagemaker:CreateProcessingJob",), "runs code as a processing job's role", passes=_SAGEMAKER),
    Path("sagemaker-004", ("sagemaker:CreatePresignedNotebookInstanceUrl",), "opens existing notebooks"),
    Path(
        "sagemaker-005",
        (
            "sagemaker:CreateNotebookInstanceLifecycleConfig",
            "sagemaker:StopNotebookInstance",
            "sagemaker:UpdateNotebookInstance",
            "sagemaker:StartNotebookInstance",
        ),
        "runs code on existing notebooks",
    ),
    Path(
        "datapipeline-001",
        ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"),
        "runs code as a pipeline's role",
        passes="datapipeline.amazonaws.com",
    ),
    Path("apprunner-001", ("apprunner:CreateService",), "runs code as a service's role", passes="tasks.apprunner.amazonaws.com"),
    Path("apprunner-002", ("apprunner:UpdateService",), "runs code as existing services' roles"),
    Path(
        "bedrock-001",
        (
            "bedrock-agentcore:CreateCodeInterpreter",
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ),
        "runs code as an interpreter's role",
        passes=_AGENTS,
    ),
    Path(
        "bedrock-002",
        ("bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"),
        "runs code as existing interpreters' roles",
    ),
    Path("+", ("organizations:AttachPolicy",), "changes what binds accounts", needs="the management account"),
    Path("+", ("organizations:DetachPolicy",), "lifts what binds accounts", needs="the management account"),
    Path("+", ("sso:CreateAccountAssignment",), "assigns itself rights in accounts", needs="Identity Center"),
    Path("+", ("iam:CreateSAMLProvider",), "lets an identity provider of its own in", needs="a role that trusts it"),
    Path("+", ("iam:UpdateSAMLProvider",), "replaces an identity provider's keys"),
    Path("+", ("iam:CreateOpenIDConnectProvider",), "lets an identity provider of its own in", needs="a role that trusts it"),
)
