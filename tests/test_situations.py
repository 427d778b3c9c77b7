"""What leakstop promises whoever installs it: with a secret every situation is stopped, without one none is, and none is called
clean that could not be read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from ci_helpers import ZEROS, pushed
from helpers import Repo, fake
from situations import SITUATIONS, Place, deep, event, pipeline, pull, shallow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = fake("github-pat")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="hooks are shell scripts")


def test_how_many() -> None:
    assert len(SITUATIONS) >= 60


@pytest.mark.parametrize("name", SITUATIONS)
def test_with_a_secret(tmp_path: Path, name: str) -> None:
    """Exit code 1; and the secret is not shown to those who had not seen it."""
    at = Place(tmp_path, f"TOKEN={SECRET}\n")
    SITUATIONS[name](at)
    assert at.codes() == [1], at.said.text
    assert at.said.code == 1, at.said.text
    assert SECRET not in at.said.text.replace(f"::add-mask::{SECRET}", "")


@pytest.mark.parametrize("name", SITUATIONS)
def test_without_a_secret(tmp_path: Path, name: str) -> None:
    """Exit code 0."""
    at = Place(tmp_path, "TOKEN=value\n")
    SITUATIONS[name](at)
    assert at.codes() == [0], at.said.text
    assert at.said.code == 0, at.said.text


# ---- what cannot be read


def damage(repo: Repo, oid: str) -> None:
    """Garble a loose object."""
    folder = repo.path if (repo.path / "objects").exists() else repo.path / ".git"
    path = folder / "objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    path.write_bytes(b"damaged")


def lose(repo: Repo, oid: str) -> None:
    folder = repo.path if (repo.path / "objects").exists() else repo.path / ".git"
    (folder / "objects" / oid[:2] / oid[2:]).unlink()


def leave(repo: Repo, oid: str) -> None:
    """No damage at all."""


def staged(at: Place, spoil: Callable[[Repo, str], None]) -> None:
    at.stage()
    spoil(at.repo, at.repo.rev(":settings.env"))
    at.leakstop("staged")


def damaged_index(at: Place) -> None:
    at.stage()
    (at.repo.path / ".git/index").write_bytes(b"DIRC\0\0\0\2\0\0\0\7")
    at.leakstop("staged")


def unmerged(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.repo.add("readme.txt", "theirs\n")
    at.repo.switch("main")
    at.repo.add("readme.txt", "ours\n")
    at.repo.merge("side", check=False)
    at.leakstop("staged")


def pushing(at: Place, spoil: Callable[[Repo, str], None], what: str) -> None:
    head = at.committed()
    spoil(at.repo, at.repo.rev(what))
    at.leakstop("push", "origin", "url", given=f"refs/heads/main {head} refs/heads/main {at.remote.rev('main')}\n")


def pushing_beyond_a_shallow_end(at: Place) -> None:
    at.undone()
    at.repo.git("push", "-q", "origin", "main")
    repo = shallow(at)
    at.leakstop("push", "new", "url", repo=repo, given=f"refs/heads/main {repo.rev()} refs/heads/main {ZEROS}\n")


def receiving(at: Place, spoil: Callable[[Repo, str], None], what: str, *options: str) -> None:
    at.committed()
    at.repo.git("push", "-q", "origin", "main:refs/heads/side")
    given = f"{ZEROS} {at.remote.rev('side')} refs/heads/side\n"
    oid = at.remote.rev(what)
    at.remote.git("update-ref", "-d", "refs/heads/side")
    spoil(at.remote, oid)
    at.leakstop("receive", *options, repo=at.remote, given=given)


def range_of_a_shallow_clone(at: Place) -> None:
    base = at.repo.rev()
    at.undone()
    at.repo.git("push", "-q", "origin", "main")
    repo = shallow(at)
    repo.git("fetch", "-q", "--depth", "1", "origin", base)
    at.leakstop("range", f"{base}..HEAD", repo=repo)


def github(at: Place, before: str, *, remote: bool = True) -> None:
    """A push whose beginning cannot be had."""
    at.undone()
    at.repo.git("push", "-q", "origin", "main")
    repo = shallow(at)
    if not remote:
        repo.git("remote", "remove", "origin")
    event(at, "push", pushed("refs/heads/main", before, repo.rev()), repo=repo)


def pull_request_without_head(at: Place) -> None:
    payload = pull(at)
    payload["pull_request"]["head"]["sha"] = "12" * 20
    event(at, "pull_request_target", payload, repo=shallow(at))


def schedule_in_half_a_clone(at: Place) -> None:
    at.undone()
    at.repo.git("push", "-q", "origin", "main")
    repo = shallow(at)
    repo.git("remote", "set-url", "origin", "file:///nowhere")
    event(at, "schedule", {}, repo=repo)


def schedule_that_cannot_ask(at: Place) -> None:
    repo = deep(at)
    repo.git("remote", "set-url", "origin", "file:///nowhere")
    event(at, "schedule", {}, repo=repo)


def framework_with_a_lost_ref(at: Place) -> None:
    at.leakstop("staged", PRE_COMMIT="1", PRE_COMMIT_FROM_REF="12" * 20, PRE_COMMIT_TO_REF="HEAD")


def merge_request_with_a_lost_base(at: Place) -> None:
    pipeline(at, "merge_request_event", CI_MERGE_REQUEST_DIFF_BASE_SHA="12" * 20, CI_MERGE_REQUEST_IID="7")


def commit_range_with_a_damaged_file(at: Place) -> None:
    at.committed()
    damage(at.repo, at.repo.rev("HEAD:settings.env"))
    at.leakstop("range", "HEAD~1..HEAD")


UNREADABLE: dict[str, Callable[[Place], None]] = {
    "a staged file that is damaged": lambda at: staged(at, damage),
    "a staged file that is lost": lambda at: staged(at, lose),
    "an index that is damaged": damaged_index,
    "files that are not merged yet": unmerged,
    "nothing is staged here: this is a bare repository": lambda at: at.leakstop("staged", repo=at.remote),
    "a push of a commit that is lost": lambda at: pushing(at, lose, "HEAD"),
    "a push of a tree that is lost": lambda at: pushing(at, lose, "HEAD^{tree}"),
    "a push of a file that is damaged": lambda at: pushing(at, damage, "HEAD:settings.env"),
    "a push beyond the end of a shallow clone": pushing_beyond_a_shallow_end,
    "a received commit that is lost": lambda at: receiving(at, lose, "side"),
    "a received tree that is damaged": lambda at: receiving(at, damage, "side^{tree}"),
    "a received file that is damaged": lambda at: receiving(at, damage, "side:settings.env"),
    "a received push that takes too long": lambda at: receiving(at, leave, "side", "--time-limit", "0.000001"),
    "a range from an unknown commit": lambda at: at.leakstop("range", f"{'12' * 20}..HEAD"),
    "a range in a shallow clone": range_of_a_shallow_clone,
    "a range with a damaged file": commit_range_with_a_damaged_file,
    "a framework's range from a lost commit": framework_with_a_lost_ref,
    "an event whose beginning nobody has": lambda at: github(at, "12" * 20),
    "an event in a checkout without a remote": lambda at: github(at, at.repo.rev(), remote=False),
    "a pull request whose head nobody has": pull_request_without_head,
    "a schedule in half a clone": schedule_in_half_a_clone,
    "a schedule that cannot ask what else there is": schedule_that_cannot_ask,
    "a merge request whose base nobody has": merge_request_with_a_lost_base,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable(tmp_path: Path, name: str) -> None:
    """Exit code 3, whether there is a secret in what cannot be read or not; never clean, never a traceback."""
    at = Place(tmp_path, "TOKEN=value\n")
    UNREADABLE[name](at)
    assert at.codes() == [3], at.said.text
    assert "Traceback" not in at.said.text
    assert "internal error" not in at.said.text
