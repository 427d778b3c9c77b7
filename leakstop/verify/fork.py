"""Whether this runs for a pull request from a fork: then its code decides what is sent where, so nothing is verified.

What the CI systems say: https://docs.github.com/en/actions/reference/workflows-and-actions/variables,
https://docs.gitlab.com/ci/variables/predefined_variables/, https://learn.microsoft.com/azure/devops/pipelines/build/variables,
https://circleci.com/docs/variables/, https://docs.travis-ci.com/user/environment-variables/.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def fork(environ: Mapping[str, str]) -> bool:
    """Whether the change comes from another repository, or may do so and it cannot be told."""
    get = environ.get
    if get("GITHUB_ACTIONS") == "true" and get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return _github(get("GITHUB_EVENT_PATH", ""))
    source = get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID")
    if get("GITLAB_CI") == "true" and source:
        return source != get("CI_MERGE_REQUEST_PROJECT_ID")
    return (
        get("SYSTEM_PULLREQUEST_ISFORK", "").lower() == "true"
        or bool(get("CIRCLE_PR_REPONAME"))
        or get("TRAVIS_PULL_REQUEST_SLUG", "") not in ("", get("TRAVIS_REPO_SLUG"))
    )


def _github(path: str) -> bool:
    """The event of a pull request names the repositories of both sides; that of a deleted fork is null."""
    try:
        with open(path, encoding="utf-8") as stream:
            event: Any = json.load(stream)
        request = event["pull_request"]
        return bool(request["head"]["repo"]["full_name"] != request["base"]["repo"]["full_name"])
    except (OSError, ValueError, LookupError, TypeError):
        return True
