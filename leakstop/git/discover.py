"""Finding the repository around a path: by reading when all is plain, by asking git when anything is not."""

from __future__ import annotations

import os

from leakstop.errors import NoSuchPath, SourceError
from leakstop.git.failures import GitError
from leakstop.git.plumbing import Repository, run
from leakstop.model import show_path, show_text

FORMATS = {b"sha1": "sha1", b"sha256": "sha256"}  # of objects
UNUSUAL = (b"worktree", b"objectformat", b"promisor", b"partialclone")  # keys whose effect is git's to judge


def discover(path: bytes) -> Repository:
    """See `plumbing.open_repository`."""
    try:
        folder = path if os.path.isdir(path) else os.path.dirname(path) or b"."
        os.stat(path)
        os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        raise NoSuchPath(show_path(path)) from None
    except OSError as error:
        remedy = "Run as its owner, or give this user the right to read it."
        raise SourceError(f"{show_path(path)}: {str(error.strerror).lower()}", remedy) from None
    if not _is_ambient(folder):
        return _read(folder, ambient=False) or _ask(folder, ambient=False)
    if not any(os.environ.get(name) for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR")):
        return _read(folder, ambient=True) or _ask(folder, ambient=True)
    # A hook in a linked worktree: GIT_DIR names what is around the working directory anyway.
    here = os.path.realpath(b".")
    around = (here, os.path.realpath(os.fsencode(os.environ.get("GIT_DIR", ""))))
    plain = not os.environ.get("GIT_WORK_TREE") and not os.environ.get("GIT_COMMON_DIR") and _around(here) == around
    return (_read(here, ambient=True) if plain else None) or _ask(folder, ambient=True)


def _is_ambient(folder: bytes) -> bool:
    """Whether the repository around `folder` is the environment's: that of GIT_DIR, else the one around the working directory."""
    here, there = os.path.realpath(b"."), os.path.realpath(folder)
    if here == there:
        return True
    named = os.environ.get("GIT_DIR")
    current = os.path.realpath(os.fsencode(named)) if named else _around(here)[1]
    return bool(current) and current == _around(there)[1]


def _around(folder: bytes) -> tuple[bytes, bytes]:
    """Work tree and git directory around an absolute path, searched upwards as git does; empty where there is none."""
    while True:
        entry = os.path.join(folder, b".git")
        git_dir = entry if os.path.isdir(entry) else _pointed_to(folder, entry)
        if git_dir and os.path.isfile(os.path.join(git_dir, b"HEAD")):
            return folder, os.path.realpath(git_dir)
        if os.path.isdir(os.path.join(folder, b"objects")) and os.path.isfile(os.path.join(folder, b"HEAD")):
            return b"", folder  # a bare repository, or the inside of .git
        parent = os.path.dirname(folder)
        if parent == folder:
            return b"", b""
        folder = parent


def _pointed_to(folder: bytes, entry: bytes) -> bytes:
    """What a `.git` file (linked worktree, submodule) points to; empty if there is none."""
    try:
        with open(entry, "rb") as file:
            word, _, target = file.read(8192).partition(b": ")
    except OSError:
        return b""
    return os.path.join(folder, target.rstrip(b"\r\n")) if word == b"gitdir" else b""


def _read(folder: bytes, *, ambient: bool) -> Repository | None:
    """The repository around `folder` as its files say; None if anything about it is unusual, its owner above all."""
    work_tree, git_dir = _around(os.path.realpath(folder))
    if not work_tree:
        return None
    try:
        common_dir = git_dir
        if os.path.exists(pointer := os.path.join(git_dir, b"commondir")):
            with open(pointer, "rb") as file:
                common_dir = os.path.realpath(os.path.join(git_dir, file.read(8192).rstrip(b"\r\n")))
        object_format = _plain_format(os.path.join(common_dir, b"config"))
        own_config = os.path.join(git_dir, b"config.worktree")
        if object_format is None or (os.path.exists(own_config) and _plain_format(own_config) is None):
            return None
        owned = (work_tree, os.path.join(work_tree, b".git"), git_dir)
        if hasattr(os, "geteuid") and any(os.lstat(path).st_uid != os.geteuid() for path in owned):
            return None
    except OSError:
        return None
    if not all(os.path.isdir(os.path.join(common_dir, part)) for part in (b"objects", b"refs")):
        return None
    shallow, start = _is_shallow(common_dir), os.path.abspath(folder)
    return Repository(git_dir, common_dir, work_tree, False, object_format, shallow, False, start, ambient)


def _plain_format(path: bytes) -> str | None:
    """The object format that a config file names; None if the file says something else that decides what the repository is."""
    found, section = "sha1", b""
    with open(path, "rb") as file:
        for line in file.read().lower().split(b"\n"):
            setting = line.strip()
            if setting.startswith(b"["):
                section, _, setting = setting.rpartition(b"]")
                if section.startswith(b"[include"):
                    return None
            key, value = (part.strip() for part in setting.partition(b"=")[::2])
            if key == b"objectformat" and section == b"[extensions" and value in FORMATS:
                found = FORMATS[value]
            elif key in UNUSUAL or (key == b"bare" and value != b"false"):
                return None
    return found


def _is_shallow(common_dir: bytes) -> bool:
    try:
        return os.path.getsize(os.environ.get("GIT_SHALLOW_FILE") or os.path.join(common_dir, b"shallow")) > 0
    except OSError:
        return False


def _ask(folder: bytes, *, ambient: bool) -> Repository:
    """The repository as git sees it. A path may hold newlines, so each comes last or alone."""
    probe = Repository(b"", b"", None, False, "sha1", False, False, folder, ambient)
    try:
        known = run(
            probe, ["rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--show-object-format", "--absolute-git-dir"]
        )
        bare, inside, object_format, git_dir = known.removesuffix(b"\n").split(b"\n", 3)
        common_dir = run(probe, ["rev-parse", "--path-format=absolute", "--git-common-dir"]).removesuffix(b"\n")
        # Outside of it, too, where GIT_WORK_TREE names it; in the repository's own folder git tells of none.
        top = run(probe, ["rev-parse", "--show-toplevel"], ok=(0,) if inside == b"true" else (0, 128)).removesuffix(b"\n")
        work_tree = top if top and bare != b"true" else None
        promisors = run(probe, ["config", "-z", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$"], ok=(0, 1))
    except GitError as error:
        named = os.environ.get("GIT_DIR") if ambient else None
        where = f"GIT_DIR={show_text(named)}: " if named else f"{show_path(os.path.abspath(b'') if folder == b'.' else folder)}: "
        raise GitError(where + error.message, error.remedy, error.code, error.stderr) from None
    partial = any(
        entry.partition(b"\n")[2].lower() not in (b"false", b"no", b"off", b"0", b"") for entry in promisors.split(b"\0")
    )
    shallow, start = _is_shallow(common_dir), os.path.abspath(folder)
    return Repository(git_dir, common_dir, work_tree, bare == b"true", object_format.decode(), shallow, partial, start, ambient)
