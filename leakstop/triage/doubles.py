"""One secret seen twice in one file: in a container and in its member, plain and decoded, alone and as part of a pair."""

from __future__ import annotations

from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leakstop.model import Finding, Result, Secret


def without_doubles(results: Sequence[Result]) -> Sequence[Result]:
    """The results without those that another one of the same file tells better: from further inside, or with less decoding."""
    files: dict[tuple[object, ...], list[Finding]] = {}
    for result in results:
        files.setdefault(file_of(result.finding), []).append(result.finding)
    tellings: dict[tuple[object, ...], dict[Secret, set[_Telling]]] = {}  # of each secret of a file, where there is a choice
    for file, found in files.items():
        if len(found) > 1 and any(one.origin.members or one.origin.decoded for one in found):
            secrets = tellings[file] = {}
            for one in found:
                for secret in (one.secret, *(part.value for part in one.partners)):
                    secrets.setdefault(secret, set()).add(_Telling.of(one))
    if not tellings:
        return results
    return [result for result in results if not _is_double(result.finding, tellings.get(file_of(result.finding), {}))]


def file_of(finding: Finding) -> tuple[object, ...]:
    """What tells the file of a finding, or its other place, from all others."""
    origin = finding.origin
    return (origin.kind, origin.path, origin.commit, origin.blob, origin.ref)


class _Telling(NamedTuple):
    """How a finding tells a secret. The same value may stand in a file thousands of times, but is told in few ways."""

    members: tuple[str, ...]
    paired: bool
    decoded: int  # steps

    @classmethod
    def of(cls, finding: Finding) -> _Telling:
        return cls(finding.origin.members, finding.pair is not None, len(finding.origin.decoded))

    def better(self, other: _Telling) -> bool:
        """Whether it says all that the other one says, and more."""
        if self.members[: len(other.members)] != other.members:
            return False
        if len(self.members) > len(other.members):
            return self.paired or not other.paired
        if self.paired != other.paired:
            return self.paired
        return self.decoded < other.decoded


def _is_double(finding: Finding, tellings: Mapping[Secret, set[_Telling]]) -> bool:
    own = _Telling.of(finding)
    return any(telling.better(own) for telling in tellings.get(finding.secret, ()))
