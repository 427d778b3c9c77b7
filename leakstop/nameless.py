"""Troubles with blobs of a history: they are met when no path is known yet, and told with one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leakstop.model import show_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from leakstop.model import Problem

_BLOB = re.compile(r"blob ([0-9a-f]{40,64})")  # how `unpack.expand` says where, if it knows no path
_SHORT = 10  # digits of an id that are shown beside a path


def blobs(problems: Iterable[Problem]) -> set[bytes]:
    """The ids of those that are told by their ids."""
    return {bytes.fromhex(told[1]) for problem in problems if (told := _BLOB.match(problem.where))}


def named(problem: Problem, paths: Mapping[bytes, Collection[bytes]]) -> Problem:
    """The problem with the first of the paths that its blob has, if it has any: `keys.kdbx (blob 748abe8f4d)`."""
    told = _BLOB.match(problem.where)
    path = min(filter(None, paths.get(bytes.fromhex(told[1]), ())), default=b"") if told else b""
    if not told or not path:
        return problem
    where = f"{show_path(path)} (blob {told[1][:_SHORT]}){problem.where[told.end() :]}"
    return problem._replace(where=where)
