"""Which commits an event of GitHub's is about, with checkouts of every depth."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from ci_helpers import (
    FORK,
    GONE,
    ZEROS,
    World,
    build,
    checkout,
    created,
    proposed,
    pushed,
    queued,
    released,
    variables,
)
from git_servers import http
from helpers import Repo, fake, run_cli
from hook_helpers import installed

from leakstop.ci.github import of_event, span
from leakstop.ci.span import ALL, NOTHING, arriving
from leakstop.errors import SourceError, UsageError
from leakstop.git.fetch import Fetcher

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(tmp_path_factory.mktemp("world"))


class Case(NamedTuple):
    """An event: its payload, what is checked out (ref, id), and the commits that it is about."""

    event: str
    payload: Callable[[World], dict[str, Any]]
    at: Callable[[World], tuple[str, str]]
    commits: Callable[[World], tuple[str, ...]]
    tags: int = 0


def on(branch: str, world: World) -> tuple[str, str]:
    ref = f"refs/heads/{branch}"
    return ref, world.origin.rev(ref)


def at_tag(tag: str, world: World) -> tuple[str, str]:
    return f"refs/tags/{tag}", world.origin.rev(f"refs/tags/{tag}^{{commit}}")


def push_of(branch: str, before: Callable[[World], str], **more: Any) -> Callable[[World], dict[str, Any]]:
    return lambda world: pushed(*on(branch, world)[:1], before(world), on(branch, world)[1], **more)


def tag_push(tag: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: pushed(f"refs/tags/{tag}", ZEROS, world.origin.rev(f"refs/tags/{tag}"))


MERGE = "refs/pull/7/merge"
CASES = {
    "push": Case("push", push_of("main", lambda w: w.main[-3]), lambda w: on("main", w), lambda w: w.main[-2:]),
    "push of many": Case("push", push_of("main", lambda w: w.main[10]), lambda w: on("main", w), lambda w: w.main[11:]),
    "push of a branch": Case("push", push_of("clean", lambda w: w.clean[0]), lambda w: on("clean", w), lambda w: w.clean[1:]),
    "a new branch": Case("push", push_of("feature", lambda _: ZEROS), lambda w: on("feature", w), lambda w: w.feature),
    "a new branch without commits": Case(
        "push", lambda w: pushed("refs/heads/same", ZEROS, w.main[-1]), lambda w: ("refs/heads/same", w.main[-1]), lambda _: ()
    ),
    "a new main branch": Case("push", push_of("main", lambda _: ZEROS), lambda w: on("main", w), lambda w: w.main[FORK:]),
    "a forced push": Case(
        "push", push_of("forced", lambda w: w.forced[0], forced=True), lambda w: on("forced", w), lambda w: w.forced[1:]
    ),
    "a forced push, the old one gone": Case(
        "push", push_of("forced", lambda _: GONE, forced=True), lambda w: on("forced", w), lambda w: w.forced[1:]
    ),
    "a deletion": Case("push", lambda w: pushed("refs/heads/x", w.main[3], ZEROS), lambda w: on("main", w), lambda _: ()),
    "a tag of an old commit": Case("push", tag_push("v1"), lambda w: at_tag("v1", w), lambda _: (), 1),
    "a tag without a message": Case("push", tag_push("light"), lambda w: at_tag("light", w), lambda _: ()),
    "a tag of a commit of its own": Case("push", tag_push("side"), lambda w: at_tag("side", w), lambda w: (w.side,), 1),
    "a pull request": Case("pull_request", proposed, lambda w: (MERGE, w.merge), lambda w: w.feature),
    "a pull request's head": Case("pull_request", proposed, lambda w: on("feature", w), lambda w: w.feature),
    "a pull request from a fork": Case(
        "pull_request", lambda w: proposed(w, "opened", fork=True), lambda w: (MERGE, w.merge), lambda w: w.feature
    ),
    "pull_request_target": Case(
        "pull_request_target", lambda w: proposed(w, fork=True), lambda w: on("main", w), lambda w: w.feature
    ),
    "a merge queue": Case(
        "merge_group",
        queued,
        lambda w: (queued(w)["merge_group"]["head_ref"], w.queued),
        lambda w: (*w.feature, w.queued),
    ),
    "a release": Case("release", lambda _: released("side"), lambda w: at_tag("side", w), lambda w: (w.side,)),
    "a created branch": Case("create", lambda _: created("feature", "branch"), lambda w: on("feature", w), lambda w: w.feature),
}


@pytest.mark.parametrize("depth", [1, 0])
@pytest.mark.parametrize("name", CASES)
def test_commits_of_an_event(world: World, tmp_path: Path, name: str, depth: int) -> None:
    """Exactly these, whatever the checkout left out."""
    case = CASES[name]
    ref, sha = case.at(world)
    repo = checkout(world, tmp_path / "checkout", ref, sha, depth)
    environ = variables(tmp_path / "runner", case.event, case.payload(world), ref, sha)
    told = span(environ)
    _, new = arriving(Fetcher(str(repo.path)), told)
    assert set(new.revisions.commits) == set(case.commits(world))
    assert len(new.revisions.tags) == case.tags
    assert repo.git("rev-parse", "HEAD").decode().strip() == sha  # nothing else was checked out


@pytest.mark.parametrize("depth", [1, 0])
def test_the_first_push(tmp_path: Path, depth: int) -> None:
    """There is no other branch: everything down to the root, as far as it has to be fetched."""
    origin = Repo.init(tmp_path / "origin.git", "--bare")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    work = origin.clone(tmp_path / "work")
    ids = [work.add("a.txt", f"{number}\n") for number in range(70)]
    work.git("push", "-q", "origin", "HEAD:main")
    only = World(origin, tuple(ids), (), (), (), "", "", "")
    repo = checkout(only, tmp_path / "checkout", "refs/heads/main", ids[-1], depth)
    _, new = arriving(Fetcher(str(repo.path)), of_event("push", pushed("refs/heads/main", ZEROS, ids[-1]), {}))
    assert new.revisions.commits == tuple(ids)


def test_no_more_is_fetched_than_needed(world: World, tmp_path: Path) -> None:
    """A checkout of one commit grows by some of the past, not by all of it; one that has everything fetches nothing."""
    repo = checkout(world, tmp_path / "checkout", *on("main", world))
    arriving(Fetcher(str(repo.path)), of_event("push", pushed("refs/heads/main", world.main[-3], world.main[-1]), {}))
    assert 3 < len(repo.git("rev-list", "HEAD").split()) < 110
    whole = checkout(world, tmp_path / "whole", *on("feature", world), 0)
    whole.git("remote", "set-url", "origin", "file:///nowhere")
    _, new = arriving(Fetcher(str(whole.path)), of_event("pull_request", proposed(world), {}))
    assert new.revisions.commits == world.feature


def test_a_base_that_moved_on(world: World, tmp_path: Path) -> None:
    """What the target has got since the event is not the pull request's."""
    payload = proposed(world)
    payload["pull_request"]["head"]["sha"] = world.merge
    payload["pull_request"]["base"]["sha"] = world.main[FORK + 20]
    repo = checkout(world, tmp_path / "checkout", MERGE, world.merge, 0)
    _, new = arriving(Fetcher(str(repo.path)), of_event("pull_request", payload, {}))
    assert set(new.revisions.commits) == {*world.feature, world.merge}
    assert new.revisions.bases == (world.main[FORK + 20],)


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch", "repository_dispatch"])
def test_events_about_everything(event: str) -> None:
    assert of_event(event, {"schedule": "17 4 * * 1"}, {}).kind == ALL


def test_events_about_nothing() -> None:
    assert of_event("delete", created("x", "branch"), {}).kind == NOTHING
    with pytest.raises(UsageError, match="issue_comment is about no commits"):
        of_event("issue_comment", {}, {})


def test_who_may_decide(world: World) -> None:
    """A change from elsewhere is foreign, and so is one that runs with the rights of this repository."""
    assert not of_event("pull_request", proposed(world), {}).foreign
    assert of_event("pull_request", proposed(world, fork=True), {}).foreign
    assert of_event("pull_request_target", proposed(world), {}).foreign
    gone = proposed(world)
    gone["pull_request"]["head"]["repo"] = None  # the fork was deleted
    assert of_event("pull_request", gone, {}).foreign


def test_forks_are_not_verified(world: World, tmp_path: Path) -> None:
    """Whoever writes a change from elsewhere does not make the job ask anybody."""
    repo = checkout(world, tmp_path / "checkout", *on("main", world), 0)
    key, secret = fake("aws-id"), fake("aws-secret")
    head = repo.add("deploy.env", f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n")
    for fork in (False, True):
        payload = proposed(world, fork=fork)
        payload["pull_request"]["head"]["sha"] = head
        environ = variables(tmp_path / str(fork), "pull_request", payload, MERGE, head)
        asked = {"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1", "PYTHONPATH": installed()}
        result = run_cli("range", "--github", "--verify", "--format", "json", cwd=repo.path, env=environ | asked)
        verdicts = [finding["verification"] for finding in result.json()["findings"]]
        assert verdicts
        assert all(verdict is None for verdict in verdicts) == fork, verdicts


def test_whose_configuration(world: World, tmp_path: Path) -> None:
    """That of the default branch for what goes to another one; what a change starts from; never the change's own."""
    repo = checkout(world, tmp_path / "checkout", *on("feature", world), 0)
    fetcher = Fetcher(str(repo.path))
    for event, payload, base in (
        ("push", pushed("refs/heads/feature", world.feature[0], world.feature[2]), world.main[-1]),
        ("push", pushed("refs/heads/feature", ZEROS, world.feature[2]), world.main[-1]),
        ("push", pushed("refs/heads/main", world.main[-3], world.main[-1]), world.main[-3]),
        ("pull_request", proposed(world), world.main[-1]),
        ("merge_group", queued(world), world.main[-1]),
    ):
        assert arriving(fetcher, of_event(event, payload, {}))[1].revisions.bases == (base,), event


BROKEN = {
    "no payload": ("push", None),
    "no JSON": ("push", "{"),
    "no object": ("push", "[]"),
    "no ids": ("push", "{}"),
    "an option for git": ("push", '{"before": "--upload-pack=x", "after": "--all", "ref": "refs/heads/x"}'),
    "no pull request": ("pull_request", '{"number": 7}'),
    "records of other types": ("pull_request", '{"pull_request": {"base": "x", "head": {"sha": 3}}}'),
    "no merge group": ("merge_group", "{}"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_payloads_that_say_nothing(tmp_path: Path, name: str) -> None:
    """Exit code 3, never a clean result."""
    event, text = BROKEN[name]
    environ = variables(tmp_path, event, {}, "refs/heads/x", GONE)
    (tmp_path / "event.json").unlink() if text is None else (tmp_path / "event.json").write_text(text)
    with pytest.raises(SourceError):
        span(environ)


@pytest.mark.parametrize("without", ["", "blob:none"])
def test_a_base_that_cannot_be_had(world: World, tmp_path: Path, without: str) -> None:
    """Exit code 3 with the remedy; the message is one the runner shows and cannot be made to obey."""
    ref, sha = on("main", world)
    repo = checkout(world, tmp_path / "checkout", ref, sha, 1, without)
    environ = variables(tmp_path / "runner", "push", pushed(ref, GONE, sha), ref, sha)
    result = run_cli("range", "--github", cwd=repo.path, env=environ)
    assert result.code == 3
    assert result.out.startswith("::error title=leakstop::")
    assert "fetch-depth: 0" in result.out
    repo.git("remote", "remove", "origin")
    assert run_cli("range", "--github", cwd=repo.path, env=environ).code == 3


@pytest.mark.parametrize("depth", [1, 0])
@pytest.mark.parametrize("without", ["blob:none", "tree:0"])
def test_a_partial_clone_is_completed(world: World, tmp_path: Path, without: str, depth: int) -> None:
    """What the commits of a change bring and take away is fetched, and nothing else."""
    for name, code in (("feature", 1), ("clean", 0)):
        ref, sha = on(name, world)
        repo = checkout(world, tmp_path / name, ref, sha, depth, without)
        environ = variables(tmp_path / f"runner {name}", "push", pushed(ref, ZEROS, sha), ref, sha)
        result = run_cli(
            "range", "--github", "--format", "json", "--output", str(tmp_path / "report"), cwd=repo.path, env=environ
        )
        assert result.code == code, result.out + result.err
        assert json.loads((tmp_path / "report").read_text())["problems"] == []


@pytest.mark.parametrize("without", ["blob:none", "tree:0"])
def test_all_of_a_partial_clone(world: World, tmp_path: Path, without: str) -> None:
    """A weekly scan of everything fetches what was left out."""
    ref, sha = on("main", world)
    repo = checkout(world, tmp_path / "checkout", ref, sha, 1, without)
    environ = variables(tmp_path / "runner", "schedule", {"schedule": "17 4 * * 1"}, ref, sha)
    result = run_cli("range", "--github", "--format", "json", "--output", str(tmp_path / "report"), cwd=repo.path, env=environ)
    assert result.code == 1, result.out + result.err
    report = json.loads((tmp_path / "report").read_text())
    assert report["problems"] == []
    assert {finding["file"] for finding in report["findings"]} >= {"leak.env", "side.env"}


def test_a_token(world: World, tmp_path: Path) -> None:
    """It is sent in place of what the checkout left behind, to that server, and nowhere else."""
    seen: list[list[str]] = []
    with http(world.origin.path.parent, {}, seen) as url:
        repo = checkout(world, tmp_path / "checkout", *on("main", world))
        repo.git("remote", "set-url", "origin", f"{url}/origin.git")
        repo.git("config", f"http.{url}/.extraHeader", "AUTHORIZATION: basic old")
        event = of_event("push", pushed("refs/heads/main", world.main[-3], world.main[-1]), {})
        arriving(Fetcher(str(repo.path), token="a-token", server=url), event)
        assert seen
        assert set(map(tuple, seen)) == {("basic " + base64.b64encode(b"x-access-token:a-token").decode(),)}
        seen.clear()
        arriving(
            Fetcher(str(repo.path), token="a-token", server="https://github.com"), of_event("pull_request", proposed(world), {})
        )
        assert set(map(tuple, seen)) == {("basic old",)}
    assert "a-token" not in (repo.path / ".git/config").read_text()


def test_each_line_once(world: World, tmp_path: Path) -> None:
    """The log of a job has both streams in it."""
    ref, sha = on("feature", world)
    environ = variables(tmp_path / "runner", "push", pushed(ref, ZEROS, sha), ref, sha)
    result = run_cli("range", "--github", cwd=checkout(world, tmp_path / "checkout", ref, sha, 0).path, env=environ)
    lines = (result.out + result.err).splitlines()
    assert result.code == 1
    assert len(lines) == len(set(lines)), lines


def test_outside_of_a_job(world: World) -> None:
    result = run_cli("range", "--github", cwd=world.origin.path)
    assert (result.code, "GITHUB_EVENT_NAME" in result.out) == (2, True)
