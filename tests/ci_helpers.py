"""A repository on a server with everything that events are about, checkouts as CI makes them, and the events' payloads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from helpers import FIRST_COMMIT, Repo, fake

if TYPE_CHECKING:
    from pathlib import Path

SECRET = fake("github-pat")
LEAK = f"TOKEN={SECRET}\n"
ZEROS = "0" * 40
GONE = "12" * 20  # an id that nobody has
LENGTH = 120  # commits of main
FORK = 60  # where the other branches begin


class World(NamedTuple):
    """The server's repository and the ids in it. The names are those of branches and tags, see `build`."""

    origin: Repo
    main: tuple[str, ...]  # m1 … m120
    feature: tuple[str, ...]  # a leak, its removal, something clean; begins at m60; pull request 7
    clean: tuple[str, ...]  # two commits; begins at m60
    forced: tuple[str, ...]  # the one before, which no ref names any more; the one after
    side: str  # a commit that only a tag has
    merge: str  # the throw-away merge of pull request 7
    queued: str  # the merge in the queue


def build(folder: Path) -> World:
    """Make the server's repository; it gives every object by its id, as GitHub does."""
    origin = Repo.init(folder / "origin.git", "--bare")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    origin.git("config", "uploadpack.allowFilter", "true")
    _long_main(origin)
    work = origin.clone(folder / "work")
    work.clock = FIRST_COMMIT + 60 * LENGTH
    main = tuple(work.git("rev-list", "--reverse", "main").decode().split())
    fork = main[FORK - 1]
    work.git("switch", "-q", "-c", "feature", fork)
    feature = [work.add("leak.env", LEAK)]
    work.remove("leak.env")
    feature += [work.commit("Away with it"), work.add("feature.txt", "feature\n")]
    work.git("switch", "-q", "-c", "clean", fork)
    clean = (work.add("clean.txt", "one\n"), work.add("clean.txt", "two\n"))
    work.git("switch", "-q", "-c", "forced", fork)
    before = work.add("forced.txt", "before\n")
    work.git("push", "-q", "origin", "forced")
    work.git("reset", "-q", "--hard", fork)
    forced = (before, work.add("forced.txt", "after\n"))
    work.git("switch", "-q", "--detach", fork)
    side = work.add("side.env", LEAK)
    work.tag("side", f"A release with {SECRET}")
    work.tag("v1", f"A release with {SECRET}", main[9])
    work.tag("light", None, main[9])
    work.git("switch", "-q", "--detach", main[-1])
    merge = work.merge("feature", msg="Merge pull request")
    work.git("switch", "-q", "--detach", main[-1])
    queued = work.merge("feature", msg="Merge pull request #7 from them/feature")
    queue = f"{queued}:refs/queue/7"  # on GitHub a branch that is there for a moment only
    pulls = (f"{merge}:refs/pull/7/merge", "feature:refs/pull/7/head", "feature:refs/merge-requests/7/head")
    work.git("push", "-q", "--force", "origin", "feature", "clean", "forced", "side", "v1", "light", queue, *pulls)
    return World(origin, main, tuple(feature), clean, forced, side, merge, queued)


def _long_main(origin: Repo) -> None:
    lines = []
    for number in range(1, LENGTH + 1):
        stamp = f"Ada <ada@example.com> {FIRST_COMMIT + 60 * number} +0000"
        text, subject = f"line {number}\n", f"Commit {number}"
        lines.append(f"commit refs/heads/main\ncommitter {stamp}\ndata {len(subject)}\n{subject}\n")
        lines.append(f"M 644 inline file-{number % 7}.txt\ndata {len(text)}\n{text}\n")
    origin.git("fast-import", "--quiet", input="".join(lines).encode())


def checkout(world: World, folder: Path, ref: str, sha: str, depth: int = 1, without: str = "") -> Repo:
    """What actions/checkout leaves: one ref, `depth` commits of it (0: everything, of all branches and tags).

    `without`: the filter of a partial clone.
    """
    repo = Repo.init(folder)
    repo.git("remote", "add", "origin", world.origin.path.absolute().as_uri())
    if without:
        repo.git("config", "remote.origin.promisor", "true")
        repo.git("config", "remote.origin.partialclonefilter", without)
    place = ref.replace("refs/heads/", "refs/remotes/origin/").replace("refs/pull/", "refs/remotes/pull/")
    repo.git("fetch", "-q", "--no-tags", *([f"--depth={depth}"] if depth else []), "origin", f"+{sha}:{place}")
    if depth == 0:
        repo.git("fetch", "-q", "--no-tags", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
    repo.git("checkout", "-q", "--force", "--detach", sha)
    return repo


# ---- payloads: those of GitHub's documentation, cut down to what could matter

REPOSITORY = {"id": 1, "name": "app", "full_name": "us/app", "private": True, "default_branch": "main", "fork": False}
SENDER = {"login": "ada", "id": 2, "type": "User"}


def pushed(ref: str, before: str, after: str, **more: Any) -> dict[str, Any]:
    """`push`."""
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == ZEROS,
        "deleted": after == ZEROS,
        "forced": False,
        "base_ref": None,
        "compare": "https://github.com/us/app/compare/x",
        "commits": [],
        "head_commit": None,
        "repository": REPOSITORY,
        "sender": SENDER,
    } | more


def proposed(world: World, action: str = "synchronize", *, fork: bool = False) -> dict[str, Any]:
    """`pull_request`, `pull_request_target`."""
    theirs = REPOSITORY | ({"full_name": "them/app", "fork": True} if fork else {})
    return {
        "action": action,
        "number": 7,
        "before": world.feature[1],
        "after": world.feature[2],
        "pull_request": {
            "number": 7,
            "state": "open",
            "title": "A feature",
            "head": {"label": "them:feature", "ref": "feature", "sha": world.feature[-1], "repo": theirs},
            "base": {"label": "us:main", "ref": "main", "sha": world.main[-1], "repo": REPOSITORY},
            "merge_commit_sha": world.merge,
            "commits": 3,
        },
        "repository": REPOSITORY,
        "sender": SENDER,
    }


def queued(world: World) -> dict[str, Any]:
    """`merge_group`."""
    return {
        "action": "checks_requested",
        "merge_group": {
            "head_sha": world.queued,
            "head_ref": f"refs/heads/gh-readonly-queue/main/pr-7-{world.main[-1]}",
            "base_sha": world.main[-1],
            "base_ref": "refs/heads/main",
        },
        "repository": REPOSITORY,
        "sender": SENDER,
    }


def released(tag: str) -> dict[str, Any]:
    """`release`."""
    record = {"tag_name": tag, "target_commitish": "main", "name": tag, "draft": False, "prerelease": False}
    return {"action": "published", "release": record, "repository": REPOSITORY, "sender": SENDER}


def created(ref: str, kind: str) -> dict[str, Any]:
    """`create`, `delete`."""
    return {"ref": ref, "ref_type": kind, "master_branch": "main", "repository": REPOSITORY, "sender": SENDER}


def variables(folder: Path, name: str, payload: dict[str, Any], ref: str, sha: str) -> dict[str, str]:
    """What a runner sets for a step."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "event.json").write_text(json.dumps(payload))
    for file in ("output", "summary", "env", "path"):
        (folder / file).touch()
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_ENV": str(folder / "env"),
        "GITHUB_PATH": str(folder / "path"),
        "GITHUB_REF": ref,
        "GITHUB_SHA": sha,
        "GITHUB_REPOSITORY": "us/app",
        "GITHUB_SERVER_URL": "https://github.com",
        "RUNNER_TEMP": str(folder),
    }


def outputs(folder: Path) -> dict[str, str]:
    """The outputs of a step, read as a runner does; the last value of a name counts."""
    found: dict[str, str] = {}
    lines = iter((folder / "output").read_text().splitlines())
    for line in lines:
        name, mark, end = line.partition("<<")
        if mark and "=" not in name:
            value = []
            for part in lines:
                if part == end:
                    break
                value.append(part)
            found[name] = "\n".join(value)
        else:
            name, _, value_text = line.partition("=")
            found[name] = value_text
    return found
