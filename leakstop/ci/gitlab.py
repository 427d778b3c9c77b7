"""What a GitLab pipeline is about, from its variables (https://docs.gitlab.com/ci/variables/predefined_variables/)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakstop.ci.span import ALL, NEW, RANGE, Span
from leakstop.errors import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

REMEDY = "Name the commits instead: leakstop range BASE..HEAD."
PROPOSALS = ("merge_request_event", "external_pull_request_event")
PUSHES = ("push", "external")


def span(environ: Mapping[str, str]) -> Span:
    """What this pipeline is about. UsageError: there is none."""
    kind = environ.get("CI_PIPELINE_SOURCE", "")
    if not kind:
        raise UsageError("--gitlab is for jobs of GitLab CI: CI_PIPELINE_SOURCE is not set", REMEDY)
    main = environ.get("CI_DEFAULT_BRANCH", "")
    if kind in PROPOSALS:
        # In a pipeline of merged results CI_COMMIT_SHA is a throw-away merge.
        head = _id(environ, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or _id(environ, "CI_COMMIT_SHA")
        base = _id(environ, "CI_MERGE_REQUEST_DIFF_BASE_SHA") or _id(environ, "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA")
        target = environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "") or environ.get(
            "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME", ""
        )
        ours, theirs = environ.get("CI_MERGE_REQUEST_PROJECT_ID"), environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID")
        source = f"refs/merge-requests/{environ.get('CI_MERGE_REQUEST_IID', '0')}/head"
        ref = os.fsencode(f"refs/heads/{target}")
        if not base:
            raise SourceError("the pipeline does not say which commit its change starts from", REMEDY)
        return Span(RANGE, head, base, ref, main, source, foreign=ours != theirs, proposed=True)
    if kind not in PUSHES:
        return Span(ALL)
    head, before = _id(environ, "CI_COMMIT_SHA"), _id(environ, "CI_COMMIT_BEFORE_SHA")
    if tag := environ.get("CI_COMMIT_TAG"):
        return Span(NEW, head, "", os.fsencode(f"refs/tags/{tag}"), main)
    ref = os.fsencode(f"refs/heads/{environ.get('CI_COMMIT_BRANCH', '')}")
    # A forced push looks like any other here.
    return Span(RANGE if before else NEW, head, before, ref, main, renewed=True)


def _id(environ: Mapping[str, str], name: str) -> str:
    """An id, "" for zeros and where there is none. SourceError for anything else."""
    value = environ.get(name, "")
    if value and (len(value) not in (40, 64) or value.strip("0123456789abcdef")):
        raise SourceError(f"{name} is not a commit", REMEDY)
    return value if value.strip("0") else ""
