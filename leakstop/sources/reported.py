"""The places that a report names, read again: files of the disk, and what git holds under the ids that it gives."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from leakstop.errors import SourceError
from leakstop.git.plumbing import Batch, open_repository
from leakstop.model import Chunk, Origin
from leakstop.sources.reading import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leakstop.git.plumbing import Repository
    from leakstop.model import Tally

ON_DISK = ("file", "config", "hook")
IN_GIT = ("index", "commit", "blob")
TOLD = ("commit", "author", "email", "date", "subject", "blob", "ref")  # of an origin, taken over as it is


def reported(findings: Sequence[Mapping[str, Any]], tally: Tally) -> Iterator[Chunk]:
    """The content that holds the findings, each once. What is nowhere to be read is left out: the caller misses the finding."""
    places = {(finding["origin"]["kind"], _name(finding["origin"], finding["file"])): finding for finding in findings}
    for kind, name in places:
        if kind in ON_DISK and os.path.isfile(name):
            yield from read_file(os.fsencode(name), tally, kind=kind)
    if not any(kind in IN_GIT for kind, _ in places):
        return
    with Batch(_repository()) as git:
        for (kind, name), finding in places.items():
            found = git.read(name.encode("utf-8", "surrogateescape")) if kind in IN_GIT and name else None
            if found is not None:
                told: dict[str, Any] = {key: finding["origin"][key] or "" for key in TOLD}
                tally.objects += 1
                tally.bytes += len(found[1])
                yield Chunk(found[1], Origin(kind, finding["file"].encode("utf-8", "surrogateescape"), **told))


def _name(origin: Mapping[str, Any], path: str) -> str:
    """What git or the disk knows the content by."""
    match origin["kind"]:
        case "blob":
            return str(origin["blob"] or "")
        case "commit":
            return f"{origin['commit']}:{path}" if "\n" not in path else ""
        case "index":
            return f":{path}" if "\n" not in path else ""
    return path


def _repository() -> Repository:
    try:
        return open_repository(".")
    except SourceError as error:
        raise SourceError(error.message, "Run it in the repository that the report is about.") from None
