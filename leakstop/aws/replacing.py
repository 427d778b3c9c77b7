"""What would replace a key, by the file that it stands in: nothing that can leak."""

from __future__ import annotations

from leakstop.expressions import compiled

GENERAL = (
    "On EC2, ECS, EKS and Lambda: a role (instance profile, task role, Pod Identity). In GitHub or GitLab CI: OpenID Connect with"
    " conditions on subject and audience. On your own machines: IAM Roles Anywhere. For people: IAM Identity Center (aws sso"
    " login). For third parties: a role with an external id. Presigned URLs of several days and SES SMTP: a small service of its"
    " own, its key restricted to its network."
)
# What a path ends with or holds -> what is used there instead.
_PLACES = (
    (
        r"(^|/)\.github/workflows/",
        "In a GitHub workflow: OpenID Connect (permissions: id-token: write; role-to-assume of configure-aws-credentials).",
    ),
    (r"(^|/)\.gitlab-ci\.ya?ml$", "In GitLab CI: an id_token of the job, exchanged for a role (assume-role-with-web-identity)."),
    (
        r"(^|/)(bitbucket-pipelines\.ya?ml|azure-pipelines\.ya?ml|\.circleci/|\.buildkite/)",
        "In CI: the service's own OpenID Connect provider and a role that trusts it.",
    ),
    (r"(^|/)\.aws/|(^|/)(credentials|accessKeys\.csv)$", "For a person: IAM Identity Center (aws configure sso, aws sso login)."),
    (r"\.(tf|tfvars)(\.json)?$", "For Terraform: a role that the provider assumes (assume_role), by SSO or OpenID Connect."),
    (r"(^|/)(serverless|samconfig|template)\.(ya?ml|toml)$", "In a function: its execution role; the SDK finds it by itself."),
    (r"\.ipynb$", "In a notebook: the role that it runs with, or aws sso login."),
    (
        r"(^|/)(Dockerfile|Containerfile|docker-compose|compose)[^/]*$",
        "In a container: the role of its task (ECS), pod (EKS) or instance; a key in an image is everybody's who pulls it.",
    ),
)  # fmt: skip


def replacement(path: str) -> str:
    """What to use in place of a key that stands in a file: what fits the file first."""
    fitting = next((told for pattern, told in _PLACES if compiled(f"(?i){pattern}").search(path)), "")
    return f"{fitting} Elsewhere: {GENERAL[0].lower()}{GENERAL[1:]}" if fitting else GENERAL
