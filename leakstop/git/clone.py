"""A repository that is not here: cloned for one scan, bare and whole, and removed afterwards."""

from __future__ import annotations

import os
import re
from signal import SIGINT
from typing import TYPE_CHECKING, Any

from leakstop.errors import Interrupted
from leakstop.git.failures import GitError
from leakstop.git.plumbing import run

if TYPE_CHECKING:
    from types import TracebackType

    from leakstop.progress import Progress

PROTOCOLS = "https:http:ssh:git:file"  # ext:: runs programs
_TRIES, _PAUSE = 20, 0.1  # to remove a folder, and the seconds between
_BUNDLE_HEAD = len(b"# v2 git bundle\n")  # and so for other versions


class Clone:
    """A context manager: enter it for the path of a mirror clone (all refs of the other side); SourceError when there is none,
    Interrupted when somebody stops it.

    `progress` counts the objects that arrive.
    """

    def __init__(self, url: str, progress: Progress | None = None) -> None:
        self._url = url
        self._progress = progress
        self._folder = ""

    def __enter__(self) -> str:
        import tempfile

        self._folder = tempfile.mkdtemp(prefix="leakstop-clone-")
        path = os.path.join(self._folder, "repository.git")
        try:
            self._clone(path)
        except BaseException as error:
            gone = self._remove()
            if isinstance(error, KeyboardInterrupt):
                left = "What had come by then is removed." if gone else f"Remove what had come by then: {self._folder}"
                raise Interrupted(f"interrupted while cloning {without_password(self._url)}; nothing was scanned", left) from None
            raise
        return path

    def _clone(self, path: str) -> None:
        try:
            import git
        except ImportError:  # GitPython asks git for its version when it is imported
            run(None, ["--version"])
            raise
        env = {"GIT_ALLOW_PROTOCOL": PROTOCOLS}  # git itself refuses the others
        told = self._told if self._progress else None
        started: list[Any] = []

        class Watched(git.Git):
            """Tells of the process, so that it can be ended: it would go on writing into a folder that is being removed."""

            def execute(self, *args: Any, **options: Any) -> Any:
                started.append(super().execute(*args, **options))
                return started[-1]

        class Repository(git.Repo):
            GitCommandWrapperType = Watched

        try:
            Repository.clone_from(self._url, path, told, env, allow_unsafe_protocols=True, mirror=True).close()
        except KeyboardInterrupt:
            for process in started:
                process.terminate()
                process.proc.wait()
            raise
        except git.GitCommandError as error:
            stderr = str(error.stderr)
            if error.status == -SIGINT:  # a terminal's Ctrl-C, of which git heard first
                raise KeyboardInterrupt from None
            raise GitError(f"cannot clone {without_password(self._url)}: {_words(stderr, self._url)}", _remedy(stderr)) from None

    def _told(self, stage: int, count: str | float, total: str | float | None, _message: str) -> None:
        from git import RemoteProgress

        if self._progress and stage & RemoteProgress.OP_MASK == RemoteProgress.RECEIVING:
            self._progress.total = int(total or 0) or None
            self._progress.advance(int(count) - self._progress.done)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._remove()

    def _remove(self) -> bool:
        """Whether it is gone. What git had started may write into it for a moment longer."""
        import shutil
        import time

        for _ in range(_TRIES):
            shutil.rmtree(self._folder, ignore_errors=True)
            if not os.path.lexists(self._folder):
                return True
            time.sleep(_PAUSE)
        return False


def is_url(text: str) -> bool:
    """Whether it names a repository elsewhere: `scheme://…`, or `host:path` as ssh has it, unless there is such a path here."""
    if os.path.lexists(text):
        return False
    host, colon, _ = text.partition(":")
    return "://" in text or (bool(colon) and len(host) > 1 and "/" not in host and "\\" not in host)


def is_bundle(path: str) -> bool:
    """Whether it is a file that `git bundle` made: a repository to clone."""
    try:
        with open(path, "rb") as file:
            head = file.read(_BUNDLE_HEAD)
    except (OSError, ValueError):
        return False
    return head.startswith(b"# v") and head.endswith(b" git bundle\n")


def without_password(url: str) -> str:
    """The URL without user and password."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url
    host, slash, path = rest.partition("/")
    if "@" not in host and "@" in path and not host.partition(":")[2].isdecimal():
        return f"{scheme}{mark}{rest.rpartition('@')[2]}"  # a slash in the password, perhaps
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


_SAID = re.compile(
    r"^(?:\s*stderr: ')?(?:fatal|error|remote|ssh):\s*(?!warning:)(.+?)'?$", re.MULTILINE
)  # in what GitPython tells


def _words(stderr: str, url: str) -> str:
    """What git said was the matter, in one line, the password of the URL left out."""
    from leakstop.model import show_text

    line = _SAID.search(stderr)
    return show_text(line[1].replace(url, without_password(url))) if line else "git failed without a word"


def _remedy(stderr: str) -> str:
    low = stderr.lower()
    if "authentication" in low or "could not read username" in low or "permission denied" in low:
        return "Clone it yourself, with your credentials (git clone --mirror URL), and scan the clone."
    if "prerequisite" in low:
        return "The bundle is only a part: `git fetch FILE` in a clone that has the rest, and scan that."
    return "Look at the URL and at the network, or clone it yourself (git clone --mirror URL) and scan the clone."
