"""The only door to git: runs it so that nothing of what is scanned can run, hide or change.

The words for its failures are in `failures`, the search for a repository in `discover`, the process itself in `process`.
"""

from __future__ import annotations

import os

from leakstop.git.failures import OLDEST_GIT, GitError, explain
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Self

    from leakstop.git.process import Process

__all__ = ["Batch", "GitError", "Repository", "environment", "open_repository", "run", "start", "stream"]

# Of the variables GIT_* git gets only these. They say which repository is meant: hooks are given them for partial commits, linked
# worktrees and the quarantine of a push. They are left out when another repository is read.
LOCATION = (
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
)
# Where the search for a repository ends, where git's own programs lie, and the user's configuration, in which safe.directory
# stands; what it could turn on is overridden below, since options of the command line are read last.
KEPT = (
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
)
KEPT_PREFIXES = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_")
# So these are dropped: GIT_EXTERNAL_DIFF, GIT_PAGER, GIT_EDITOR, GIT_SSH*, GIT_ASKPASS, which run programs; GIT_DIFF_OPTS,
# GIT_*_PATHSPECS, GIT_ATTR_SOURCE, GIT_NAMESPACE, GIT_PREFIX, which change what is shown; GIT_TRACE*, which write to
# stderr or files.
FIXED = {
    "LC_ALL": "C",  # the words of errors are looked at
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",  # reading must not write the index
    "GIT_NO_LAZY_FETCH": "1",  # a missing object is reported, not fetched over the network
    "GIT_ALLOW_PROTOCOL": "none",  # the same for a git that does not know the line above (before 2.39.4)
    "GIT_NO_REPLACE_OBJECTS": "1",  # refs/replace shows another object than the one that is pushed
    "GIT_GRAFT_FILE": os.devnull,  # and grafts other parents
    "GIT_LITERAL_PATHSPECS": "1",  # a file may be named `:(top)*`
    "GIT_ADVICE": "0",
}
OVERRIDES = (
    "core.fsmonitor=false",  # runs a program
    f"core.hooksPath={os.devnull}",
    "diff.external=",
    "log.showSignature=false",  # runs gpg
    "protocol.allow=never",
    "core.quotePath=true",
    "color.ui=false",
    "diff.suppressBlankEmpty=false",  # strips the blank that starts an empty line of context
    "diff.relative=false",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    f"diff.orderFile={os.devnull}",
    "log.mailmap=false",
)
EMPTY_TREES = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
# Larger blobs that are no deltas come in pieces; git would hold those of up to half a gigabyte whole.
_STREAMING = ("-c", "core.bigFileThreshold=1m")
KINDS = (b"blob", b"tree", b"commit", b"tag")


class Repository(NamedTuple):
    """A repository on disk. Paths are absolute.

    `ambient`: it is the one that the environment and the working directory speak of. Git finds it by itself then, with the
    index and the object directories that a hook was given; otherwise git starts in `start` and knows nothing of those.
    """

    git_dir: bytes  # of this work tree
    common_dir: bytes  # of all work trees: objects, refs, config
    work_tree: bytes | None
    bare: bool
    object_format: str  # sha1 or sha256
    shallow: bool
    partial: bool  # has a promisor remote, which may hold objects that are not here
    start: bytes = b"."
    ambient: bool = True
    asking: tuple[tuple[str, str], ...] = ()  # variables with which git fetches what a partial clone lacks

    @property
    def empty_tree(self) -> str:
        """The id of the tree without entries; git knows it in every repository."""
        return EMPTY_TREES[self.object_format]


def open_repository(path: str | bytes = b".") -> Repository:
    """The repository around `path`.

    The plain case (one's own `.git`, an ordinary config) is read without starting git; all else, ownership above all, is
    git's to judge.
    NoSuchPath: it does not exist. SourceError: no permission, not a repository, another user's, git missing or too old.
    """
    from leakstop.git.discover import discover  # which runs git through this module

    return discover(os.fsencode(path) or b".")


def environment(*, ambient: bool = True) -> dict[str, str]:
    """The environment that git gets; `ambient` leaves in it what names the repository."""
    kept = (*KEPT, *LOCATION) if ambient else KEPT
    env = {
        name: value for name, value in os.environ.items() if name[:4] != "GIT_" or name in kept or name.startswith(KEPT_PREFIXES)
    }
    env.update(FIXED)
    return env


def start(
    repo: Repository | None, args: Sequence[str | bytes], *, stdin: bytes | None = b"", env: Mapping[str, str] | None = None
) -> Process:
    """Start git in `repo` (None: in no repository). With `stdin=None` its input stays open for `Process.write`."""
    from leakstop.git import process

    argv = [b"git", b"--no-pager"]
    if repo is not None and not repo.ambient:
        argv += [b"-C", repo.start]
    for override in OVERRIDES:
        argv += [b"-c", override.encode()]
    argv += map(os.fsencode, args)
    variables = environment(ambient=repo is None or repo.ambient) | dict(repo.asking if repo else ()) | dict(env or {})
    try:
        return process.start(argv, variables, stdin)
    except FileNotFoundError:
        raise GitError("git is not installed, or not on PATH", f"Install git {OLDEST_GIT} or newer.") from None
    except OSError as error:
        raise GitError(f"git cannot be started: {error.strerror}", "See that `git version` works in this shell.") from None


def run(
    repo: Repository | None,
    args: Sequence[str | bytes],
    *,
    stdin: bytes | None = None,
    ok: tuple[int, ...] = (0,),
    env: Mapping[str, str] | None = None,
) -> bytes:
    """What git prints. GitError when its exit code is not in `ok`."""
    return b"".join(stream(repo, args, stdin=stdin, ok=ok, env=env))


def stream(
    repo: Repository | None,
    args: Sequence[str | bytes],
    *,
    stdin: bytes | None = None,
    ok: tuple[int, ...] = (0,),
    env: Mapping[str, str] | None = None,
) -> Iterator[bytes]:
    """As `run`, piece by piece; the GitError comes after the last piece. Git works from now on; closing the generator ends it."""
    return _pieces(start(repo, args, stdin=stdin or b"", env=env), args, ok)


def _pieces(process: Process, args: Sequence[str | bytes], ok: tuple[int, ...]) -> Iterator[bytes]:
    whole = False
    try:
        while piece := process.read():
            yield piece
        whole = True
    finally:
        code, stderr = process.finish(kill=not whole)
    if code not in ok:
        raise explain(args, code, stderr)


class Batch:
    """A running `git cat-file --batch`, a context manager: objects by id, or by any name that git understands.

    A damaged object ends git. That raises a GitError for this object; the next one starts git anew. Each question costs a change
    of processes and back, some 0.1 ms, unless many are asked ahead.
    """

    def __init__(self, repo: Repository) -> None:
        self._repo = repo
        self._process: Process | None = None
        self._buffer = bytearray()
        self._left = 0  # bytes of the opened object still to come, with the newline after it
        self._asked: list[bytes] = []  # what git was asked ahead, the last first

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, oid: str | bytes) -> tuple[str, bytes] | None:
        """Kind (blob, tree, commit, tag) and content of an object; None if it is missing. GitError: damaged."""
        found = self.open(oid)
        if found is None:
            return None
        parts = []
        while part := self.take(found[1]):
            parts.append(part)
        return found[0], b"".join(parts)

    def ask(self, oids: Iterable[str]) -> None:
        """Say which objects will be opened next, in this order, so that git reads them meanwhile."""
        self._skip()
        while self._asked:
            self._asked.pop()
            try:
                self._header()
            except GitError:
                continue  # nobody wanted it
            self._skip()
        names = [oid.encode("ascii") for oid in oids]
        if names:
            self._write(names)
            self._asked = names[::-1]

    def expects(self, oid: str) -> bool:
        """Whether this is the next object that was asked for."""
        return bool(self._asked) and self._asked[-1] == oid.encode("ascii")

    def open(self, oid: str | bytes) -> tuple[str, int] | None:
        """Kind and size of an object, whose bytes are then to be had with `take`; None if it is missing. GitError: damaged."""
        name = os.fsencode(oid)
        self._skip()
        if self._asked and self._asked[-1] == name:
            self._asked.pop()
        else:
            self.ask(())
            self._write([name])
        return self._header()

    def _write(self, names: list[bytes]) -> None:
        if any(not name or b"\n" in name for name in names):
            raise ValueError("the name of an object is one line")
        if self._process is None:
            self._process = start(self._repo, [*_STREAMING, "cat-file", "--batch"], stdin=None)
            self._buffer.clear()
        self._process.write(b"".join(name + b"\n" for name in names))

    def _skip(self) -> None:
        """Leave out the rest of the opened object."""
        try:
            while self._left:
                self.take(self._left)
        except GitError:
            pass  # nobody wanted it

    def _header(self) -> tuple[str, int] | None:
        while (end := self._buffer.find(b"\n")) < 0:
            self._fill()
        words = bytes(self._buffer[:end]).rsplit(b" ", 2)
        del self._buffer[: end + 1]
        if len(words) < 3 or words[1] not in KINDS or not words[2].isdigit():
            return None  # "<name> missing", "<name> ambiguous"
        size = int(words[2])
        self._left = size + 1
        return words[1].decode(), size

    def take(self, size: int) -> bytes:
        """The next bytes of the opened object, at most `size`; empty at its end. GitError: damaged."""
        if not self._left:
            return b""
        if not self._buffer:
            self._fill()
        if self._left == 1:
            del self._buffer[:1]
            self._left = 0
            return b""
        data = bytes(self._buffer[: min(size, self._left - 1)])
        del self._buffer[: len(data)]
        self._left -= len(data)
        return data

    def _fill(self) -> None:
        if self._process is None:
            raise GitError("git cat-file is not running")
        data = self._process.read(1 << 20)
        if not data:
            process, self._process, self._left = self._process, None, 0
            code, stderr = process.finish()
            if self._asked:
                self._write(self._asked[::-1])  # what it had not come to
            raise explain(["cat-file"], code, stderr)
        self._buffer += data

    def close(self) -> None:
        """End git."""
        if self._process is not None:
            self._process.finish(kill=bool(self._left or self._asked))
            self._process, self._left = None, 0
            self._asked.clear()
