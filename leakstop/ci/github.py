"""What a GitHub event is about, from its payload (https://docs.github.com/en/webhooks/webhook-events-and-payloads)."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from leakstop.ci.span import ALL, NEW, NOTHING, RANGE, Span
from leakstop.errors import SourceError, UsageError
from leakstop.model import show_text

if TYPE_CHECKING:
    from collections.abc import Mapping

PROPOSALS = ("pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment")
WHOLE = ("schedule", "workflow_dispatch", "repository_dispatch")
REMEDY = "Name the commits instead: leakstop range --github BASE..HEAD (in the action: base and head)."


def span(environ: Mapping[str, str]) -> Span:
    """What the event of this job is about. UsageError: no such job, or an event that is about no commits."""
    name, path = environ.get("GITHUB_EVENT_NAME", ""), environ.get("GITHUB_EVENT_PATH", "")
    if not name or not path:
        raise UsageError("--github is for jobs of GitHub Actions: GITHUB_EVENT_NAME and GITHUB_EVENT_PATH are not set", REMEDY)
    return of_event(name, _payload(path), environ)


def of_event(name: str, payload: Mapping[str, Any], environ: Mapping[str, str]) -> Span:
    """What an event with this name and payload is about."""
    main = _text(payload, "repository", "default_branch")
    if name in PROPOSALS:
        return _proposal(name, payload, main)
    if name == "push":
        return _push(payload, main)
    if name == "merge_group":
        group = payload.get("merge_group") or {}
        head, base = _id(group, "head_sha"), _id(group, "base_sha")
        return Span(RANGE, head, base, os.fsencode(_text(group, "base_ref")), main, _text(group, "head_ref"), proposed=True)
    if name in ("release", "create"):
        return _new_ref(name, payload, environ, main)
    if name == "delete":
        return Span(NOTHING)
    if name in WHOLE:
        return Span(ALL)
    raise UsageError(f"the event {show_text(name)} is about no commits", REMEDY)


def _proposal(name: str, payload: Mapping[str, Any], main: str) -> Span:
    """All commits of a pull request, not only the last push to it: an earlier one may have been let through."""
    pull = payload.get("pull_request") or {}
    base, head = pull.get("base") or {}, pull.get("head") or {}
    here, there = _text(base, "repo", "full_name"), _text(head, "repo", "full_name")
    return Span(
        RANGE,
        _id(head, "sha"),
        _id(base, "sha"),
        os.fsencode("refs/heads/" + _text(base, "ref")),
        main,
        f"refs/pull/{int(pull.get('number') or payload.get('number') or 0)}/head",
        foreign=name == "pull_request_target" or here != there,
        proposed=True,
    )


def _push(payload: Mapping[str, Any], main: str) -> Span:
    ref = os.fsencode(_text(payload, "ref"))
    if payload.get("deleted"):
        return Span(NOTHING, ref=ref)
    head, before = _id(payload, "after"), _id(payload, "before")
    if not before or ref.startswith(b"refs/tags/"):
        return Span(NEW, head, before, ref, main)
    return Span(RANGE, head, before, ref, main, renewed=bool(payload.get("forced")))


def _new_ref(name: str, payload: Mapping[str, Any], environ: Mapping[str, str], main: str) -> Span:
    """The tag of a release, or a branch or tag that was made; the payload has no id, but the job is told."""
    ref = environ.get("GITHUB_REF", "")
    if not ref and name == "release":
        ref = "refs/tags/" + _text(payload, "release", "tag_name")
    head = environ.get("GITHUB_SHA", "")
    if not ref or not head:
        raise UsageError("GITHUB_REF and GITHUB_SHA are not set", REMEDY)
    return Span(NEW, head, "", os.fsencode(ref), main)


def _payload(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            payload = json.load(file)
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else "no JSON"
        raise SourceError(f"the event's payload cannot be read: {what}", REMEDY) from None
    if not isinstance(payload, dict):
        raise SourceError("the event's payload is not an object", REMEDY)
    return payload


def _text(record: Mapping[str, Any], *keys: str) -> str:
    """A text of nested records, "" where there is none."""
    value: Any = record
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _id(record: Mapping[str, Any], key: str) -> str:
    """An id, "" for zeros. SourceError for anything else: it goes on a command line of git's."""
    value = _text(record, key)
    if len(value) not in (40, 64) or value.strip("0123456789abcdef"):
        raise SourceError(f"the event's payload has no commit in {key}", REMEDY)
    return value if value.strip("0") else ""
