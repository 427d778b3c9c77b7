"""Situations that git is really in when a hook or a CI job runs: each is made with a text in it, which may be a secret."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ci_helpers import ZEROS, created, pushed, released, variables
from helpers import Repo, run_cli
from hook_helpers import Said, git, installed

if TYPE_CHECKING:
    from collections.abc import Callable

HOOK = """#!/bin/sh
"{python}" -P -m leakstop {command} 2>&1
code=$?
echo $code >> "{log}"
exit $code
"""
COMMANDS = {"pre-commit": "staged", "commit-msg": 'message "$1"', "pre-push": 'push "$@"', "pre-receive": "receive"}


@functools.cache
def _beginning() -> Path:
    """What all situations begin with, made once: a repository, and the remote that has its one commit."""
    folder = Path(os.environ["HOME"], "beginning")  # goes away with the home of the tests
    repo, remote = Repo.init(folder / "repo"), Repo.init(folder / "remote.git", "--bare")
    remote.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repo.add("readme.txt", "one\ntwo\nthree\n")
    repo.git("push", "-q", str(remote.path), "main")
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    return folder


class Place:
    """A repository with a clean commit that a remote has, hooks that write down how leakstop ended, and a text to be placed."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.text = text
        self.log = folder / "codes"
        shutil.copytree(_beginning(), folder, dirs_exist_ok=True)
        self.repo = Repo(folder / "repo")
        self.remote = Repo(folder / "remote.git")
        with (self.repo.path / ".git" / "config").open("a") as config:
            fetch = "+refs/heads/*:refs/remotes/origin/*"
            config.write(f'[remote "origin"]\n\turl = {self.remote.path.as_uri()}\n\tfetch = {fetch}\n')
        self.said = Said(0, "")

    def hook(self, name: str, repo: Repo | None = None) -> Repo:
        """Put a hook into a repository; the repository."""
        repo = repo or self.repo
        folder = repo.path if (repo.path / "HEAD").exists() else repo.path / ".git"
        path = folder / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(HOOK.format(python=sys.executable, command=COMMANDS[name], log=self.log))
        path.chmod(0o755)
        return repo

    def git(self, *args: str, repo: Repo | None = None, **env: str) -> Said:
        """Git, with its hooks."""
        self.said = git(repo or self.repo, *args, PYTHONPATH=installed(), **env)
        return self.said

    def leakstop(self, *args: str, repo: Repo | None = None, given: str = "", **env: str) -> None:
        """The command itself, as a CI job or a framework runs it."""
        result = run_cli(*args, cwd=(repo or self.repo).path, input=given, env={"PYTHONPATH": installed(), **env})
        self.said = Said(result.code, result.out + result.err)
        with self.log.open("a") as file:
            file.write(f"{result.code}\n")

    def codes(self) -> list[int]:
        """How leakstop ended, each time."""
        return [int(line) for line in self.log.read_text().split()] if self.log.exists() else []

    def write(self, name: str = "settings.env") -> None:
        """The text in a file of the work tree."""
        self.repo.write(name, self.text)

    def stage(self, name: str = "settings.env") -> None:
        """The text in a staged file."""
        self.write(name)
        self.repo.stage(name)

    def committed(self) -> str:
        """The text in a commit."""
        return self.repo.add("settings.env", self.text)

    def undone(self) -> str:
        """The text in a commit, and its removal in the next."""
        self.committed()
        self.repo.remove("settings.env")
        return self.repo.commit("Away")


SITUATIONS: dict[str, Callable[[Place], object]] = {}


def situation(make: Callable[[Place], object]) -> Callable[[Place], object]:
    SITUATIONS[make.__name__.replace("_", " ")] = make
    return make


# ---- commits


@situation
def a_new_file(at: Place) -> None:
    at.hook("pre-commit")
    at.stage()
    at.git("commit", "-m", "x")


@situation
def the_first_commit(at: Place) -> None:
    at.repo = Repo.init(at.folder / "fresh")
    a_new_file(at)


@situation
def an_orphan_branch(at: Place) -> None:
    at.repo.git("switch", "-q", "--orphan", "fresh")
    a_new_file(at)


@situation
def a_changed_line(at: Place) -> None:
    at.hook("pre-commit")
    at.repo.write("readme.txt", f"one\n{at.text}three\n")
    at.git("commit", "-a", "-m", "x")


@situation
def a_line_in_a_large_file(at: Place) -> None:
    lines = [f"line {number} of many\n" for number in range(50_000)]
    at.repo.add("large.txt", "".join(lines))
    at.hook("pre-commit")
    at.repo.write("large.txt", "".join([*lines[:30_000], at.text, *lines[30_000:]]))
    at.git("commit", "-a", "-m", "x")


@situation
def one_file_of_several(at: Place) -> None:
    at.hook("pre-commit")
    at.stage()
    at.repo.write("other.txt", "other\n")
    at.repo.stage()
    at.git("commit", "-m", "x", "settings.env")


@situation
def one_hunk_of_several(at: Place) -> None:
    at.hook("pre-commit")
    at.repo.write("readme.txt", f"{at.text}one\ntwo\nthree\n")
    at.repo.stage()
    at.repo.write("readme.txt", "one\ntwo\nthree\nfour\n")
    at.git("commit", "-m", "x")


@situation
def an_amended_commit(at: Place) -> None:
    at.hook("pre-commit")
    at.stage()
    at.git("commit", "--amend", "--no-edit")


@situation
def a_resolved_conflict(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.repo.add("readme.txt", "theirs\n")
    at.repo.switch("main")
    at.repo.add("readme.txt", "ours\n")
    at.hook("pre-commit")
    at.repo.merge("side", check=False)
    at.repo.write("readme.txt", f"both\n{at.text}")
    at.git("commit", "-a", "--no-edit")


@situation
def a_squashed_merge(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.committed()
    at.repo.switch("main")
    at.hook("pre-commit")
    at.repo.git("merge", "-q", "--squash", "side")
    at.git("commit", "-m", "x")


@situation
def a_cherry_pick_that_is_edited(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.committed()
    at.repo.switch("main")
    at.hook("pre-commit")
    at.repo.git("cherry-pick", "-n", "side")
    at.git("commit", "-m", "x")


@situation
def a_revert_that_brings_back(at: Place) -> None:
    at.undone()
    at.hook("pre-commit")
    at.repo.git("revert", "-n", "HEAD")
    at.git("commit", "-m", "x")


@situation
def an_edit_in_a_rebase(at: Place) -> None:
    first = at.repo.rev()
    at.repo.add("a.txt", "a\n")
    at.repo.add("b.txt", "b\n")
    at.repo.git("rebase", "-q", "-i", first, GIT_SEQUENCE_EDITOR="sed -i.bak 1s/pick/edit/")
    at.hook("pre-commit")
    at.stage()
    at.git("commit", "--amend", "--no-edit")


@situation
def a_renamed_file(at: Place) -> None:
    at.repo.add("old.txt", "".join(f"line {number}\n" for number in range(100)))
    at.hook("pre-commit")
    at.repo.git("mv", "old.txt", "new.txt")
    at.repo.write("new.txt", "".join(f"line {number}\n" for number in range(100)) + at.text)
    at.git("commit", "-a", "-m", "x")


@situation
def a_name_with_blanks_and_signs(at: Place) -> None:
    at.hook("pre-commit")
    at.stage("a folder/it's “here”\n.env")
    at.git("commit", "-m", "x")


@situation
def the_name_of_a_file(at: Place) -> None:
    at.hook("pre-commit")
    at.repo.write(at.text.strip().replace("/", "_"), "")
    at.repo.stage()
    at.git("commit", "-m", "x")


@situation
def a_binary_file(at: Place) -> None:
    at.hook("pre-commit")
    at.repo.write("data.bin", b"\0\1\2" + at.text.encode() + b"\0")
    at.repo.stage()
    at.git("commit", "-m", "x")


@situation
def a_file_in_utf_16(at: Place) -> None:
    at.hook("pre-commit")
    at.repo.write("settings.reg", at.text.encode("utf-16"))
    at.repo.stage()
    at.git("commit", "-m", "x")


@situation
def line_ends_of_windows(at: Place) -> None:
    at.hook("pre-commit")
    at.repo.write("settings.env", "[a]\r\n" + at.text.replace("\n", "\r\n"))
    at.repo.stage()
    at.git("commit", "-m", "x")


@situation
def a_symbolic_link(at: Place) -> None:
    at.hook("pre-commit")
    os.symlink(at.text.strip(), at.repo.path / "link")
    at.repo.stage()
    at.git("commit", "-m", "x")


@situation
def an_ignored_file(at: Place) -> None:
    at.repo.add(".gitignore", "*.env\n")
    a_new_file(at)


@situation
def a_file_that_attributes_call_binary(at: Place) -> None:
    at.repo.add(".gitattributes", "*.env -diff -text linguist-generated\n")
    a_new_file(at)


@situation
def an_intention_to_add(at: Place) -> None:
    at.hook("pre-commit")
    at.write()
    at.repo.git("add", "-N", "settings.env")
    at.git("commit", "-a", "-m", "x")


@situation
def from_a_folder_below(at: Place) -> None:
    at.repo.add("sub/file.txt", "x\n")
    at.hook("pre-commit")
    at.stage()
    at.git("commit", "-m", "x", repo=Repo(at.repo.path / "sub"))


@situation
def a_linked_worktree(at: Place) -> None:
    at.repo.git("worktree", "add", "-q", str(at.folder / "linked"))
    at.hook("pre-commit")
    linked = Repo(at.folder / "linked")
    linked.write("settings.env", at.text)
    linked.stage()
    at.git("commit", "-m", "x", repo=linked)


@situation
def a_detached_head(at: Place) -> None:
    at.repo.git("switch", "-q", "--detach")
    a_new_file(at)


@situation
def another_index(at: Place) -> None:
    at.hook("pre-commit")
    index = str(at.folder / "index")
    at.write()
    at.repo.git("read-tree", "HEAD", GIT_INDEX_FILE=index)
    at.repo.git("add", "settings.env", GIT_INDEX_FILE=index)
    at.git("commit", "-m", "x", GIT_INDEX_FILE=index)


@situation
def what_a_stash_held(at: Place) -> None:
    at.stage()
    at.repo.git("stash", "push", "-q")
    at.hook("pre-commit")
    at.repo.git("stash", "pop", "-q", "--index")
    at.git("commit", "-m", "x")


@situation
def a_deletion_beside_it(at: Place) -> None:
    at.hook("pre-commit")
    at.repo.git("rm", "-q", "readme.txt")
    at.stage()
    at.git("commit", "-m", "x")


@situation
def the_url_of_a_submodule(at: Place) -> None:
    at.hook("pre-commit")
    at.repo.write(".gitmodules", f'[submodule "x"]\n\tpath = x\n\turl = https://example.com/x\n\t; {at.text}')
    at.repo.stage()
    at.git("commit", "-m", "x")


@situation
def what_the_command_names_beside_what_is_staged(at: Place) -> None:
    at.repo.add("settings.env", "x\n")
    at.hook("pre-commit")
    at.write()
    at.repo.write("other.txt", "other\n")
    at.repo.stage("other.txt")
    at.git("commit", "-m", "x", "--include", "settings.env")


@situation
def something_added_to_a_merge(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.repo.add("a.txt", "a\n")
    at.repo.switch("main")
    at.hook("pre-commit")
    at.repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    at.stage()
    at.git("commit", "-m", "x")


@situation
def a_cherry_pick_that_goes_on(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.repo.add("readme.txt", "theirs\n")
    at.repo.switch("main")
    at.repo.add("readme.txt", "ours\n")
    at.hook("pre-commit")
    at.repo.git("cherry-pick", "side", check=False)
    at.repo.write("readme.txt", f"both\n{at.text}")
    at.repo.stage()
    at.git("cherry-pick", "--continue", GIT_EDITOR="true")


@situation
def a_file_that_only_the_index_has(at: Place) -> None:
    at.hook("pre-commit")
    oid = at.repo.git("hash-object", "-w", "--stdin", input=at.text.encode()).decode().strip()
    at.repo.git("update-index", "--add", "--cacheinfo", f"100644,{oid},ghost.env")
    at.git("commit", "-m", "x")


@situation
def a_file_that_git_is_told_not_to_look_at(at: Place) -> None:
    at.repo.add("settings.env", "x\n")
    at.stage()
    at.repo.git("update-index", "--skip-worktree", "settings.env")
    at.hook("pre-commit")
    at.git("commit", "-m", "x")


@situation
def a_content_that_another_replaces(at: Place) -> None:
    at.stage()
    clean = at.repo.git("hash-object", "-w", "--stdin", input=b"hello\n").decode().strip()
    at.repo.git("replace", at.repo.rev(":settings.env"), clean)
    at.hook("pre-commit")
    at.git("commit", "-m", "x")


@situation
def an_odd_configuration_of_diffs(at: Place) -> None:
    for key in ("noprefix", "mnemonicPrefix", "relative", "suppressBlankEmpty"):
        at.repo.git("config", f"diff.{key}", "true")
    for key, value in {
        "diff.external": "true",
        "color.ui": "always",
        "diff.context": "0",
        "diff.ignoreSubmodules": "all",
    }.items():
        at.repo.git("config", key, value)
    from_a_folder_below(at)


@situation
def the_name_of_a_submodule(at: Place) -> None:
    at.hook("pre-commit")
    at.repo.git("update-index", "--add", "--cacheinfo", f"160000,{at.repo.rev()},{at.text.strip()}")
    at.git("commit", "-m", "x")


@situation
def inside_a_submodule(at: Place) -> None:
    at.repo.git("submodule", "add", "-q", str(at.remote.path), "lib")
    at.repo.commit()
    modules = at.repo.path / ".git" / "modules"
    at.hook("pre-commit", Repo(modules / "lib"))
    below = Repo(at.repo.path / "lib")
    below.write("settings.env", at.text)
    below.stage()
    at.git("commit", "-m", "x", repo=below)


@situation
def a_worktree_of_a_bare_repository(at: Place) -> None:
    bare = at.hook("pre-commit", at.repo.clone(at.folder / "bare.git", "--bare"))
    bare.git("worktree", "add", "-q", str(at.folder / "work"), "main")
    work = Repo(at.folder / "work")
    work.write("settings.env", at.text)
    work.stage()
    at.git("commit", "-m", "x", repo=work)


# ---- messages


@situation
def a_message(at: Place) -> None:
    at.hook("commit-msg")
    at.git("commit", "--allow-empty", "-m", f"Subject\n\n{at.text}")


@situation
def a_message_from_a_file(at: Place) -> None:
    at.hook("commit-msg")
    (at.folder / "message").write_text(at.text)
    at.git("commit", "--allow-empty", "-F", str(at.folder / "message"))


@situation
def an_edited_message(at: Place) -> None:
    at.hook("commit-msg")
    at.repo.write("a.txt", "a\n")
    at.repo.stage()
    editor = at.folder / "editor"
    editor.write_text(f'#!/bin/sh\n{{ echo "{at.text.strip()}"; cat "$1"; }} > "$1.new" && mv "$1.new" "$1"\n')
    editor.chmod(0o755)
    at.git("commit", "--verbose", GIT_EDITOR=str(editor))


@situation
def an_amended_message(at: Place) -> None:
    at.hook("commit-msg")
    at.git("commit", "--amend", "-m", at.text)


@situation
def the_message_of_a_merge(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.repo.add("a.txt", "a\n")
    at.repo.switch("main")
    at.hook("commit-msg")
    at.git("merge", "--no-ff", "-m", at.text, "side")


@situation
def a_message_reworded_in_a_rebase(at: Place) -> None:
    at.repo.add("a.txt", "a\n")
    at.hook("commit-msg")
    editor = at.folder / "editor"
    editor.write_text(f'#!/bin/sh\necho "{at.text.strip()}" > "$1"\n')
    editor.chmod(0o755)
    at.git("rebase", "-i", "HEAD~1", GIT_SEQUENCE_EDITOR="sed -i.bak 1s/pick/reword/", GIT_EDITOR=str(editor))


# ---- pushes


def without_hooks(at: Place, make: Callable[[], object]) -> None:
    """A push of what git made without asking a hook."""
    make()
    at.hook("pre-push")
    at.git("push", "origin", "HEAD:refs/heads/new")


@situation
def a_push_of_what_was_picked(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.committed()
    at.repo.switch("main")
    without_hooks(at, lambda: at.repo.git("cherry-pick", "side"))


@situation
def a_push_of_what_was_rebased(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.committed()
    at.repo.switch("main")
    at.repo.add("b.txt", "b\n")
    at.repo.switch("side")
    without_hooks(at, lambda: at.repo.git("rebase", "-q", "main"))


@situation
def a_push_of_a_mailed_patch(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.committed()
    patch = at.repo.git("format-patch", "-1", "--stdout")
    at.repo.switch("main")
    without_hooks(at, lambda: at.repo.git("am", "-q", input=patch))


@situation
def a_push_of_a_commit_that_another_replaces(at: Place) -> None:
    base = at.repo.rev()
    without_hooks(at, lambda: at.repo.git("replace", at.committed(), base))


@situation
def a_push_of_a_merge_that_forgets_one_side(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.committed()
    at.repo.switch("main")
    without_hooks(at, lambda: at.repo.git("merge", "-q", "-s", "ours", "-m", "x", "side"))


@situation
def a_push_of_a_stash_with_untracked_files(at: Place) -> None:
    at.write()
    at.repo.git("stash", "push", "-q", "-u")
    at.hook("pre-push")
    at.git("push", "origin", "refs/stash:refs/heads/wip")


@situation
def a_push_of_notes(at: Place) -> None:
    at.repo.git("notes", "add", "-m", at.text)
    at.hook("pre-push")
    at.git("push", "origin", "refs/notes/commits")


@situation
def a_push_of_a_tag_of_a_tag(at: Place) -> None:
    at.repo.tag("inner", at.text)
    at.repo.tag("outer", "Clean", "inner")
    at.repo.git("tag", "-d", "inner")
    at.hook("pre-push")
    at.git("push", "origin", "outer")


@situation
def a_push_to_a_branch_with_that_name(at: Place) -> None:
    at.hook("pre-push")
    at.git("push", "origin", f"HEAD:refs/heads/{at.text.strip()}")


@situation
def a_push_of_an_odd_header(at: Place) -> None:
    lines = at.repo.git("cat-file", "commit", "HEAD").decode().partition("\n\n")
    raw = f"{lines[0]}\nx-note {at.text.strip()}\n\nx\n"
    odd = at.repo.git("hash-object", "-t", "commit", "-w", "--stdin", input=raw.encode()).decode().strip()
    at.hook("pre-push")
    at.git("push", "origin", f"{odd}:refs/heads/new")


@situation
def an_atomic_push_that_deletes_and_makes(at: Place) -> None:
    at.repo.git("push", "-q", "origin", "main:refs/heads/old")
    at.repo.branch("clean")
    at.repo.switch("side", create=True)
    at.undone()
    at.hook("pre-push")
    at.git("push", "--atomic", "origin", ":old", "clean", "side")


@situation
def a_push_of_matching_branches(at: Place) -> None:
    at.committed()
    at.hook("pre-push")
    at.git("push", "origin", ":")


@situation
def a_push_to_a_second_place_of_a_remote(at: Place) -> None:
    other = Repo.init(at.folder / "other.git", "--bare")
    at.committed()
    at.repo.git("push", "-q", "origin", "main")
    at.repo.git("config", "remote.origin.pushurl", str(other.path))
    at.hook("pre-push")
    at.git("push", "origin", "main")


@situation
def a_push_from_a_partial_clone(at: Place) -> None:
    at.remote.git("config", "uploadpack.allowFilter", "true")
    partial = at.remote.clone(at.folder / "partial", "--filter=blob:none")
    partial.add("settings.env", at.text)
    at.hook("pre-push", partial)
    at.git("push", "origin", "main", repo=partial)


@situation
def a_push(at: Place) -> None:
    at.committed()
    at.hook("pre-push")
    at.git("push", "origin", "main")


@situation
def a_push_of_what_was_undone(at: Place) -> None:
    at.undone()
    at.hook("pre-push")
    at.git("push", "origin", "main")


@situation
def the_first_push(at: Place) -> None:
    at.undone()
    Repo.init(at.folder / "other.git", "--bare")
    at.repo.git("remote", "add", "other", str(at.folder / "other.git"))
    at.hook("pre-push")
    at.git("push", "other", "main")


@situation
def a_push_of_a_new_branch(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.undone()
    at.hook("pre-push")
    at.git("push", "-u", "origin", "side")


@situation
def a_forced_push(at: Place) -> None:
    at.repo.git("commit", "-q", "--amend", "-m", "Rewritten")
    at.committed()
    at.hook("pre-push")
    at.git("push", "--force-with-lease", "origin", "main")


@situation
def a_push_of_all_branches(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.committed()
    at.repo.switch("main")
    at.hook("pre-push")
    at.git("push", "--all", "origin")


@situation
def a_push_of_a_merge(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.committed()
    at.repo.switch("main")
    at.repo.merge("side")
    at.hook("pre-push")
    at.git("push", "origin", "main")


@situation
def a_push_of_a_message(at: Place) -> None:
    at.repo.commit(at.text)
    at.hook("pre-push")
    at.git("push", "origin", "main")


@situation
def a_push_of_an_authors_name(at: Place) -> None:
    at.repo.commit("x", GIT_AUTHOR_NAME=at.text.strip())
    at.hook("pre-push")
    at.git("push", "origin", "main")


@situation
def a_push_of_a_tag(at: Place) -> None:
    at.repo.tag("v1", at.text)
    at.hook("pre-push")
    at.git("push", "origin", "v1")


@situation
def a_push_of_a_tagged_file(at: Place) -> None:
    at.repo.git("tag", "file", at.repo.git("hash-object", "-w", "--stdin", input=at.text.encode()).decode().strip())
    at.hook("pre-push")
    at.git("push", "origin", "file")


@situation
def a_push_to_a_url(at: Place) -> None:
    at.committed()
    at.hook("pre-push")
    at.git("push", str(at.remote.path), "main")


@situation
def a_push_with_follow_tags(at: Place) -> None:
    at.repo.add("a.txt", "a\n")
    at.repo.tag("v1", at.text)
    at.hook("pre-push")
    at.git("push", "--follow-tags", "origin", "main")


@situation
def a_mirror(at: Place) -> None:
    at.repo.branch("side")
    at.repo.switch("side")
    at.committed()
    at.hook("pre-push")
    at.git("push", "--mirror", "origin")


# ---- the server


@situation
def a_received_push(at: Place) -> None:
    at.committed()
    at.hook("pre-receive", at.remote)
    at.git("push", "origin", "main")


@situation
def a_received_first_push(at: Place) -> None:
    other = Repo.init(at.folder / "other.git", "--bare")
    at.undone()
    at.hook("pre-receive", other)
    at.git("push", str(other.path), "main")


@situation
def a_received_forced_push(at: Place) -> None:
    at.repo.git("commit", "-q", "--amend", "-m", "Rewritten")
    at.undone()
    at.hook("pre-receive", at.remote)
    at.git("push", "--force", "origin", "main")


@situation
def a_received_tag(at: Place) -> None:
    at.repo.tag("v1", at.text)
    at.hook("pre-receive", at.remote)
    at.git("push", "origin", "v1")


@situation
def a_received_tag_of_a_tree(at: Place) -> None:
    at.stage()
    at.repo.git("tag", "tree", at.repo.git("write-tree").decode().strip())
    at.hook("pre-receive", at.remote)
    at.git("push", "origin", "tree")


@situation
def several_received_refs(at: Place) -> None:
    at.repo.git("push", "-q", "origin", "main:refs/heads/old")
    at.repo.branch("clean")
    at.repo.tag("v0", "A clean one")
    at.repo.switch("side", create=True)
    at.committed()
    at.hook("pre-receive", at.remote)
    at.git("push", "origin", "clean", "v0", "side", ":old")


@situation
def a_received_push_of_sha_256(at: Place) -> None:
    at.repo = Repo.init(at.folder / "sha256", "--object-format=sha256")
    other = Repo.init(at.folder / "other.git", "--bare", "--object-format=sha256")
    at.hook("pre-receive", other)
    at.committed()
    at.git("push", str(other.path), "main")


@situation
def a_received_delta(at: Place) -> None:
    """Against a file that the server has, in a pack that it keeps."""
    lines = "".join(f"line {number} of many\n" for number in range(3000))
    at.repo.add("large.txt", lines)
    at.repo.git("push", "-q", "origin", "main")
    at.remote.git("config", "receive.unpackLimit", "1")
    at.repo.add("large.txt", lines + at.text)
    at.hook("pre-receive", at.remote)
    at.git("push", "origin", "main")


@situation
def a_push_that_a_fork_receives(at: Place) -> None:
    """It borrows its objects from the repository that it is a fork of."""
    fork = Repo(at.folder / "fork.git")
    at.remote.git("clone", "-q", "--bare", "--shared", str(at.remote.path), str(fork.path))
    at.hook("pre-receive", fork)
    at.undone()
    at.git("push", str(fork.path), "main")


@situation
def received_notes(at: Place) -> None:
    at.repo.git("notes", "add", "-m", at.text)
    at.hook("pre-receive", at.remote)
    at.git("push", "origin", "refs/notes/commits")


# ---- frameworks


@situation
def a_framework_told_two_refs(at: Place) -> None:
    base = at.repo.rev()
    head = at.undone()
    at.leakstop("staged", PRE_COMMIT="1", PRE_COMMIT_FROM_REF=base, PRE_COMMIT_TO_REF=head)


@situation
def a_framework_told_all_files(at: Place) -> None:
    at.committed()
    at.leakstop("staged", PRE_COMMIT="1")


@situation
def a_framework_that_pushes(at: Place) -> None:
    at.committed()
    told = {"REMOTE_NAME": "origin", "REMOTE_URL": "x", "LOCAL_BRANCH": "refs/heads/main", "REMOTE_BRANCH": "refs/heads/x"}
    at.leakstop("range", "--pre-commit", PRE_COMMIT="1", **{f"PRE_COMMIT_{name}": value for name, value in told.items()})


# ---- CI


def event(at: Place, name: str, payload: dict[str, Any], ref: str = "refs/heads/main", repo: Repo | None = None) -> None:
    sha = (repo or at.repo).rev()
    at.leakstop("range", "--github", repo=repo, **variables(at.folder / "runner", name, payload, ref, sha))


def pull(at: Place) -> dict[str, Any]:
    """A pull request of a branch that was undone again, with what the server keeps for it."""
    base = at.repo.rev()
    at.repo.switch("side", create=True)
    head = at.undone()
    at.repo.git("push", "-q", "origin", "side:refs/pull/7/head")
    repository = {"full_name": "us/app"}
    sides = {"base": {"ref": "main", "sha": base, "repo": repository}, "head": {"ref": "side", "sha": head, "repo": repository}}
    return {"number": 7, "pull_request": {"number": 7, **sides}, "repository": {"default_branch": "main"}}


def shallow(at: Place, ref: str = "main") -> Repo:
    """A checkout of one commit."""
    return at.remote.clone(at.folder / "shallow", "--depth", "1", "--branch", ref)


@situation
def the_event_of_a_push(at: Place) -> None:
    base = at.repo.rev()
    head = at.undone()
    event(at, "push", pushed("refs/heads/main", base, head))


@situation
def the_event_of_a_push_in_a_shallow_checkout(at: Place) -> None:
    base = at.repo.rev()
    head = at.undone()
    at.repo.git("push", "-q", "origin", "main")
    event(at, "push", pushed("refs/heads/main", base, head), repo=shallow(at))


@situation
def the_event_of_a_new_branch(at: Place) -> None:
    at.repo.switch("side", create=True)
    head = at.undone()
    event(at, "push", pushed("refs/heads/side", ZEROS, head), "refs/heads/side")


@situation
def the_event_of_a_forced_push(at: Place) -> None:
    at.repo.git("commit", "-q", "--amend", "-m", "Rewritten")
    head = at.committed()
    event(at, "push", pushed("refs/heads/side", "12" * 20, head, forced=True), "refs/heads/side")


@situation
def the_event_of_a_tag(at: Place) -> None:
    at.repo.tag("v1", at.text)
    event(at, "push", pushed("refs/tags/v1", ZEROS, at.repo.rev("v1")), "refs/tags/v1")


@situation
def the_event_of_a_pull_request(at: Place) -> None:
    event(at, "pull_request", pull(at), "refs/pull/7/merge")


@situation
def the_event_of_a_pull_request_target(at: Place) -> None:
    payload = pull(at)
    event(at, "pull_request_target", payload, repo=shallow(at))


@situation
def the_event_of_a_merge_queue(at: Place) -> None:
    base = at.repo.rev()
    head = at.undone()
    group = {"base_sha": base, "head_sha": head, "base_ref": "refs/heads/main", "head_ref": "refs/heads/gh-readonly-queue/x"}
    event(at, "merge_group", {"merge_group": group}, "refs/heads/gh-readonly-queue/x")


@situation
def the_event_of_a_release(at: Place) -> None:
    at.repo.git("switch", "-q", "--detach")
    at.committed()
    at.repo.tag("v1")
    event(at, "release", released("v1"), "refs/tags/v1")


@situation
def the_event_of_a_created_branch(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.committed()
    event(at, "create", created("side", "branch"), "refs/heads/side")


@situation
def the_event_of_a_moved_tag(at: Place) -> None:
    at.repo.tag("v1", "Clean")
    before = at.repo.rev("v1")
    at.repo.git("tag", "-f", "-a", "-m", at.text, "v1")
    at.repo.git("push", "-q", "origin", "v1")
    event(at, "push", pushed("refs/tags/v1", before, at.repo.rev("v1"), forced=True), "refs/tags/v1", repo=shallow(at, "v1"))


@situation
def the_event_of_a_branch_with_that_name(at: Place) -> None:
    name = f"refs/heads/{at.text.strip()}"
    event(at, "push", pushed(name, ZEROS, at.repo.rev()), name)


@situation
def the_event_of_a_pull_request_without_a_common_past(at: Place) -> None:
    payload = pull(at)
    at.repo.git("switch", "-q", "--orphan", "fresh")
    payload["pull_request"]["head"]["sha"] = at.undone()
    at.repo.git("push", "-q", "-f", "origin", "fresh:refs/pull/7/head")
    event(at, "pull_request", payload, "refs/pull/7/merge", repo=shallow(at))


@situation
def a_schedule(at: Place) -> None:
    at.undone()
    event(at, "schedule", {"schedule": "17 4 * * 1"})


def deep(at: Place) -> Repo:
    """A checkout of one branch, deeper than the branch is long: it is not shallow, and lacks all else."""
    return at.remote.clone(at.folder / "deep", "--depth", "20", "--branch", "main", "--no-tags")


@situation
def a_schedule_with_a_branch_that_was_not_checked_out(at: Place) -> None:
    at.repo.switch("side", create=True)
    at.undone()
    at.repo.git("push", "-q", "origin", "side")
    event(at, "schedule", {"schedule": "17 4 * * 1"}, repo=deep(at))


@situation
def a_schedule_with_a_tag_that_was_not_checked_out(at: Place) -> None:
    at.repo.tag("v1", at.text)
    at.repo.git("push", "-q", "origin", "v1")
    event(at, "schedule", {"schedule": "17 4 * * 1"}, repo=deep(at))


@situation
def a_dispatched_workflow(at: Place) -> None:
    at.undone()
    event(at, "workflow_dispatch", {"inputs": None})


def pipeline(at: Place, source: str, **more: str) -> None:
    told = {"CI_PIPELINE_SOURCE": source, "CI_COMMIT_SHA": at.repo.rev(), "CI_DEFAULT_BRANCH": "main"}
    at.leakstop("range", "--gitlab", **told, **more)


@situation
def the_pipeline_of_a_merge_request(at: Place) -> None:
    base = at.repo.rev()
    at.repo.switch("side", create=True)
    at.undone()
    pipeline(
        at,
        "merge_request_event",
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
        CI_MERGE_REQUEST_IID="7",
    )


@situation
def the_pipeline_of_a_push(at: Place) -> None:
    base = at.repo.rev()
    at.undone()
    pipeline(at, "push", CI_COMMIT_BEFORE_SHA=base, CI_COMMIT_BRANCH="main")


@situation
def the_pipeline_of_a_schedule(at: Place) -> None:
    at.undone()
    pipeline(at, "schedule")


@situation
def a_named_range(at: Place) -> None:
    at.undone()
    at.leakstop("range", "origin/main..HEAD")
