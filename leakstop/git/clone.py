"""A repository that is not here: cloned for one scan, bare and whole, and removed afterwards."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakstop.git.failures import GitError
from leakstop.git.plumbing import run

if TYPE_CHECKING:
    from types import TracebackType

PROTOCOLS = "https:http:ssh:git:file"  # ext:: runs programs


class Clone:
    """A context manager: enter it for the path of a mirror clone (all refs of the other side); SourceError when there is none."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._folder = ""

    def __enter__(self) -> str:
        import tempfile

        self._folder = tempfile.mkdtemp(prefix="leakstop-clone-")
        path = os.path.join(self._folder, "repository.git")
        try:
            run(None, ["clone", "--quiet", "--mirror", "--", self._url, path], env={"GIT_ALLOW_PROTOCOL": PROTOCOLS})
        except GitError as error:
            self._remove()
            raise GitError(f"cannot clone {without_password(self._url)}: {_words(error, self._url)}", _remedy(error)) from None
        except BaseException:
            self._remove()
            raise
        return path

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._remove()

    def _remove(self) -> None:
        import shutil

        shutil.rmtree(self._folder, ignore_errors=True)


def is_url(text: str) -> bool:
    """Whether it names a repository elsewhere: `scheme://…`, or `host:path` as ssh has it, unless there is such a path here."""
    if os.path.lexists(text):
        return False
    host, colon, _ = text.partition(":")
    return "://" in text or (bool(colon) and len(host) > 1 and "/" not in host and "\\" not in host)


def without_password(url: str) -> str:
    """The URL without user and password."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url
    host, slash, path = rest.partition("/")
    if "@" not in host and "@" in path and not host.partition(":")[2].isdecimal():
        return f"{scheme}{mark}{rest.rpartition('@')[2]}"  # a slash in the password, perhaps
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def _words(error: GitError, url: str) -> str:
    """What git said was the matter, in one line, the password of the URL left out."""
    from leakstop.model import show_path

    lines = [line for line in error.stderr.strip().split(b"\n") if line.startswith((b"fatal:", b"error:", b"remote:", b"ssh:"))]
    told = show_path(lines[0].partition(b":")[2].strip()) if lines else error.message
    return told.replace(url, without_password(url))


def _remedy(error: GitError) -> str:
    low = error.stderr.lower()
    if b"authentication" in low or b"could not read username" in low or b"permission denied" in low:
        return "Clone it yourself, with your credentials (git clone --mirror URL), and scan the clone."
    return "Look at the URL and at the network, or clone it yourself (git clone --mirror URL) and scan the clone."
