"""The actions that matter when a key leaks, each with the kind of resource that it works on, sorted by what they do.

They are what an exposure is probed with and what privileges are rated by. Names and resource kinds:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

# The kinds of resources, as examples. {p} is the partition, {a} the account. An action without a kind works on "*" only.
KINDS = {
    "bucket": "arn:{p}:s3:::example-bucket",
    "object": "arn:{p}:s3:::example-bucket/example-key",
    "user": "arn:{p}:iam::{a}:user/example",
    "group": "arn:{p}:iam::{a}:group/example",
    "role": "arn:{p}:iam::{a}:role/example",
    "policy": "arn:{p}:iam::{a}:policy/example",
    "mfa": "arn:{p}:iam::{a}:mfa/example",
    "saml-provider": "arn:{p}:iam::{a}:saml-provider/example",
    "oidc-provider": "arn:{p}:iam::{a}:oidc-provider/example",
    "instance": "arn:{p}:ec2:us-east-1:{a}:instance/i-0123456789abcdef0",
    "volume": "arn:{p}:ec2:us-east-1:{a}:volume/vol-0123456789abcdef0",
    "snapshot": "arn:{p}:ec2:us-east-1::snapshot/snap-0123456789abcdef0",
    "image": "arn:{p}:ec2:us-east-1::image/ami-0123456789abcdef0",
    "template": "arn:{p}:ec2:us-east-1:{a}:launch-template/lt-0123456789abcdef0",
    "secret": "arn:{p}:secretsmanager:us-east-1:{a}:secret:example-AbCdEf",
    "parameter": "arn:{p}:ssm:us-east-1:{a}:parameter/example",
    "key": "arn:{p}:kms:us-east-1:{a}:key/01234567-89ab-cdef-0123-456789abcdef",
    "table": "arn:{p}:dynamodb:us-east-1:{a}:table/example",
    "db": "arn:{p}:rds:us-east-1:{a}:db:example",
    "db-snapshot": "arn:{p}:rds:us-east-1:{a}:snapshot:example",
    "cluster": "arn:{p}:rds:us-east-1:{a}:cluster:example",
    "function": "arn:{p}:lambda:us-east-1:{a}:function:example",
    "queue": "arn:{p}:sqs:us-east-1:{a}:example",
    "topic": "arn:{p}:sns:us-east-1:{a}:example",
    "stream": "arn:{p}:kinesis:us-east-1:{a}:stream/example",
    "log-group": "arn:{p}:logs:us-east-1:{a}:log-group:example:*",
    "repository": "arn:{p}:ecr:us-east-1:{a}:repository/example",
    "git": "arn:{p}:codecommit:us-east-1:{a}:example",
    "stack": "arn:{p}:cloudformation:us-east-1:{a}:stack/example/01234567",
    "stack-set": "arn:{p}:cloudformation:us-east-1:{a}:stackset/example:01234567",
    "build": "arn:{p}:codebuild:us-east-1:{a}:project/example",
    "task": "arn:{p}:ecs:us-east-1:{a}:task/example/0123456789abcdef",
    "task-definition": "arn:{p}:ecs:us-east-1:{a}:task-definition/example:1",
    "ecs-cluster": "arn:{p}:ecs:us-east-1:{a}:cluster/example",
    "service": "arn:{p}:ecs:us-east-1:{a}:service/example/example",
    "job": "arn:{p}:glue:us-east-1:{a}:job/example",
    "dev-endpoint": "arn:{p}:glue:us-east-1:{a}:devEndpoint/example",
    "connection": "arn:{p}:glue:us-east-1:{a}:connection/example",
    "notebook": "arn:{p}:sagemaker:us-east-1:{a}:notebook-instance/example",
    "training": "arn:{p}:sagemaker:us-east-1:{a}:training-job/example",
    "processing": "arn:{p}:sagemaker:us-east-1:{a}:processing-job/example",
    "lifecycle": "arn:{p}:sagemaker:us-east-1:{a}:notebook-instance-lifecycle-config/example",
    "apprunner": "arn:{p}:apprunner:us-east-1:{a}:service/example/0123456789abcdef",
    "interpreter": "arn:{p}:bedrock-agentcore:us-east-1:{a}:code-interpreter/example",
    "model": "arn:{p}:bedrock:us-east-1::foundation-model/example",
    "identity": "arn:{p}:ses:us-east-1:{a}:identity/example.com",
    "trail": "arn:{p}:cloudtrail:us-east-1:{a}:trail/example",
    "detector": "arn:{p}:guardduty:us-east-1:{a}:detector/0123456789abcdef",
    "workgroup": "arn:{p}:athena:us-east-1:{a}:workgroup/example",
    "redshift-user": "arn:{p}:redshift:us-east-1:{a}:dbuser:example/example",
    "document": "arn:{p}:ssm:us-east-1::document/example",
    "user-pool": "arn:{p}:cognito-idp:us-east-1:{a}:userpool/us-east-1_example",
    "zone": "arn:{p}:route53:::hostedzone/EXAMPLE",
    "api": "arn:{p}:execute-api:us-east-1:{a}:example/prod/GET/",
}

DATA, CREDENTIALS, LISTING, PERSISTENCE, DESTRUCTIVE, COSTLY, EXPOSING, EVADING, CONTROL = (
    "sensitive reads",
    "credentials",
    "listing",
    "persistence",
    "destructive",
    "costly",
    "exposing",
    "defence evasion",
    "control",
)

_TABLE = {
    DATA: """
        s3:GetObject object, s3:GetObjectVersion object, secretsmanager:GetSecretValue secret, secretsmanager:BatchGetSecretValue,
        ssm:GetParameter parameter, ssm:GetParameters parameter, ssm:GetParametersByPath parameter, ssm:GetParameterHistory
        parameter, kms:Decrypt key, dynamodb:GetItem table, dynamodb:BatchGetItem table, dynamodb:Query table, dynamodb:Scan
        table, dynamodb:ExportTableToPointInTime table, rds:CreateDBSnapshot db, rds:ModifyDBSnapshotAttribute db-snapshot,
        rds:StartExportTask, rds-data:ExecuteStatement cluster, ec2:CreateSnapshot volume, ec2:ModifySnapshotAttribute snapshot,
        ebs:GetSnapshotBlock snapshot, ec2:GetPasswordData instance, ec2:GetConsoleOutput instance,
        redshift-data:ExecuteStatement, athena:StartQueryExecution workgroup, athena:GetQueryResults workgroup,
        sqs:ReceiveMessage queue, kinesis:GetRecords stream, logs:GetLogEvents log-group, logs:FilterLogEvents log-group,
        logs:StartQuery log-group, lambda:GetFunction function, ecr:BatchGetImage repository, codecommit:GitPull git,
        glue:GetConnection connection, glue:GetConnections connection, cognito-idp:ListUsers user-pool, execute-api:Invoke api""",
    CREDENTIALS: """
        iam:CreateAccessKey user, iam:CreateLoginProfile user, iam:UpdateLoginProfile user, iam:CreateServiceSpecificCredential
        user, iam:ResetServiceSpecificCredential user, sts:AssumeRole role, sts:AssumeRoot user, sts:GetFederationToken user,
        redshift:GetClusterCredentials redshift-user, redshift:GetClusterCredentialsWithIAM redshift-user,
        ecr:GetAuthorizationToken, codeartifact:GetAuthorizationToken, cognito-identity:GetCredentialsForIdentity,
        lightsail:GetInstanceAccessDetails, lightsail:DownloadDefaultKeyPair""",
    LISTING: """
        s3:ListAllMyBuckets, s3:ListBucket bucket, secretsmanager:ListSecrets, ssm:DescribeParameters, kms:ListKeys,
        kms:ListAliases, dynamodb:ListTables, lambda:ListFunctions, ec2:DescribeInstances, ec2:DescribeSnapshots,
        ec2:DescribeRegions, rds:DescribeDBInstances db, rds:DescribeDBSnapshots db-snapshot, iam:ListUsers, iam:ListRoles,
        iam:ListPolicies, iam:GetUser user, iam:GetAccountAuthorizationDetails, iam:ListAttachedUserPolicies user,
        sqs:ListQueues, sns:ListTopics, ecr:DescribeRepositories repository, route53:ListHostedZones, organizations:ListAccounts,
        organizations:DescribeOrganization, cloudtrail:LookupEvents, ses:GetSendQuota, ses:ListIdentities,
        logs:DescribeLogGroups, ecs:ListClusters,
        cognito-idp:ListUsers user-pool""",
    PERSISTENCE: """
        iam:CreateUser user, iam:CreateRole role, iam:UpdateAccessKey user, iam:DeactivateMFADevice user,
        iam:CreateVirtualMFADevice mfa, iam:EnableMFADevice user, iam:CreateSAMLProvider saml-provider,
        iam:UpdateSAMLProvider saml-provider, iam:CreateOpenIDConnectProvider oidc-provider, iam:TagUser user, iam:UntagUser user,
        organizations:AttachPolicy, organizations:DetachPolicy, organizations:LeaveOrganization, sso:CreateAccountAssignment""",
    CONTROL: """
        iam:PassRole role, iam:CreatePolicyVersion policy, iam:SetDefaultPolicyVersion policy, iam:DeletePolicyVersion policy,
        iam:CreatePolicy policy, iam:DeletePolicy policy,
        iam:PutUserPolicy user, iam:AttachUserPolicy user, iam:DeleteUserPolicy user, iam:DetachUserPolicy user,
        iam:PutGroupPolicy group, iam:AttachGroupPolicy group, iam:DeleteGroupPolicy group, iam:DetachGroupPolicy group,
        iam:AddUserToGroup group, iam:RemoveUserFromGroup group, iam:PutRolePolicy role, iam:AttachRolePolicy role,
        iam:UpdateAssumeRolePolicy role, iam:PutUserPermissionsBoundary user, iam:DeleteUserPermissionsBoundary user,
        iam:DeleteAccessKey user, ec2:ModifyInstanceAttribute instance, ec2:StartInstances instance, ec2:StopInstances instance,
        ec2:CreateLaunchTemplateVersion template, ec2:ModifyLaunchTemplate template, ec2-instance-connect:SendSSHPublicKey
        instance, ssm:StartSession instance, ssm:SendCommand instance, lambda:CreateFunction function, lambda:InvokeFunction
        function, lambda:CreateEventSourceMapping, lambda:UpdateFunctionCode function, lambda:UpdateFunctionConfiguration
        function, cloudformation:CreateStack stack, cloudformation:UpdateStack stack, cloudformation:CreateStackSet stack-set,
        cloudformation:CreateStackInstances stack-set, cloudformation:UpdateStackSet stack-set, cloudformation:CreateChangeSet
        stack, cloudformation:ExecuteChangeSet stack, codebuild:CreateProject build, codebuild:StartBuild build,
        codebuild:StartBuildBatch build, ecs:RegisterTaskDefinition, ecs:CreateService service, ecs:RunTask task-definition,
        ecs:StartTask task-definition, ecs:CreateCluster, ecs:ExecuteCommand task, ecs:DescribeTasks task,
        glue:CreateDevEndpoint dev-endpoint, glue:UpdateDevEndpoint dev-endpoint, glue:CreateJob job, glue:UpdateJob job,
        glue:StartJobRun job, glue:CreateTrigger, sagemaker:CreateNotebookInstance notebook, sagemaker:CreateTrainingJob training,
        sagemaker:CreateProcessingJob processing, sagemaker:CreatePresignedNotebookInstanceUrl notebook,
        sagemaker:CreateNotebookInstanceLifecycleConfig lifecycle, sagemaker:StopNotebookInstance notebook,
        sagemaker:UpdateNotebookInstance notebook, sagemaker:StartNotebookInstance notebook, datapipeline:CreatePipeline,
        datapipeline:PutPipelineDefinition, datapipeline:ActivatePipeline, apprunner:CreateService apprunner,
        apprunner:UpdateService apprunner, bedrock-agentcore:CreateCodeInterpreter interpreter,
        bedrock-agentcore:StartCodeInterpreterSession interpreter, bedrock-agentcore:InvokeCodeInterpreter interpreter""",
    DESTRUCTIVE: """
        s3:DeleteObject object, s3:DeleteBucket bucket, s3:PutObject object, s3:PutLifecycleConfiguration bucket,
        kms:ScheduleKeyDeletion key, kms:DisableKey key, rds:DeleteDBInstance db, rds:DeleteDBSnapshot db-snapshot,
        dynamodb:DeleteTable table, dynamodb:PutItem table, dynamodb:DeleteItem table, ec2:TerminateInstances instance,
        ec2:DeleteSnapshot snapshot, ec2:DeleteVolume volume, lambda:DeleteFunction function, cloudformation:DeleteStack stack,
        secretsmanager:DeleteSecret secret, iam:DeleteUser user, iam:DeleteRole role, route53:ChangeResourceRecordSets zone,
        ecr:PutImage repository, sqs:PurgeQueue queue, logs:DeleteLogGroup log-group""",
    COSTLY: """
        ec2:RunInstances instance, ec2:RequestSpotInstances, ec2:PurchaseReservedInstancesOffering, bedrock:InvokeModel model,
        bedrock:InvokeModelWithResponseStream model, ses:SendEmail identity, ses:SendRawEmail identity, sns:Publish topic,
        lightsail:CreateInstances, sagemaker:CreateEndpoint, savingsplans:CreateSavingsPlan""",
    EXPOSING: """
        s3:PutBucketPolicy bucket, s3:PutBucketAcl bucket, s3:PutBucketPublicAccessBlock bucket, kms:PutKeyPolicy key,
        kms:CreateGrant key, lambda:AddPermission function, secretsmanager:PutResourcePolicy secret, sqs:AddPermission queue,
        sns:AddPermission topic, ecr:SetRepositoryPolicy repository, ec2:ModifyImageAttribute image, ram:CreateResourceShare,
        ec2:AuthorizeSecurityGroupIngress""",
    EVADING: """
        cloudtrail:StopLogging trail, cloudtrail:DeleteTrail trail, cloudtrail:PutEventSelectors trail,
        guardduty:DeleteDetector detector, config:StopConfigurationRecorder""",
}

# IAM cannot keep anybody from these: they need no permission, or a denied answer would tell the same.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html, …/API_GetSessionToken.html
ALWAYS_ALLOWED = {"sts:getcalleridentity", "sts:getsessiontoken"}

# Reached through a VPC's network and never over an AWS endpoint, so they carry no network keys; AWS's perimeter samples exempt
# them. https://github.com/aws-samples/data-perimeter-policy-examples
VPC_NATIVE = (
    "es:es*",
    "dax:*item",
    "dax:query",
    "dax:scan",
    "dax:*items",
    "dax:conditioncheckitem",
    "neptune-db:*",
    "kafka-cluster:*",
    "elasticfilesystem:client*",
    "rds-db:connect",
    "s3-outposts:*",
)


class Known(NamedTuple):
    """An action of the table."""

    name: str  # as AWS writes it
    kind: str  # a key of KINDS, or "" for "*"
    group: str


@lru_cache(maxsize=1)
def known() -> dict[str, Known]:
    """The table by lower-case name."""
    table = {}
    for group, text in _TABLE.items():
        for entry in text.replace("\n", " ").split(","):
            name, _, kind = entry.strip().partition(" ")
            table[name.lower()] = Known(name, kind.strip(), group)
    return table


def of_group(*groups: str) -> list[Known]:
    """The actions of some groups, in the order of the table."""
    return [each for each in known().values() if each.group in groups]
