"""One secret seen twice in one file: in a container and in its member, plain and decoded, alone and as part of a pair."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakstop.model import Finding, Result, Secret


def without_doubles(results: Sequence[Result]) -> Sequence[Result]:
    """The results without those that another one of the same file tells better: from further inside, or with less decoding."""
    files: dict[tuple[object, ...], list[Finding]] = {}
    for result in results:
        files.setdefault(file_of(result.finding), []).append(result.finding)
    crowded = {
        file: found
        for file, found in files.items()
        if len(found) > 1 and any(one.origin.members or one.origin.decoded for one in found)
    }
    if not crowded:
        return results
    return [
        result for result in results if not any(_better(one, result.finding) for one in crowded.get(file_of(result.finding), ()))
    ]


def file_of(finding: Finding) -> tuple[object, ...]:
    """What tells the file of a finding, or its other place, from all others."""
    origin = finding.origin
    return (origin.kind, origin.path, origin.commit, origin.blob, origin.ref)


def _better(one: Finding, other: Finding) -> bool:
    """Whether `one` says all that `other` says, and more."""
    if one is other or other.secret not in _secrets(one):
        return False
    outer, inner = other.origin.members, one.origin.members
    if inner[: len(outer)] != outer:
        return False
    if len(inner) > len(outer):
        return other.pair is None or one.pair is not None
    if (one.pair is None) != (other.pair is None):
        return one.pair is not None
    return len(one.origin.decoded) < len(other.origin.decoded)


def _secrets(finding: Finding) -> tuple[Secret, ...]:
    return (finding.secret, *(part.value for part in finding.partners))
