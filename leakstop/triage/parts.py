"""The values that one finding speaks of: a secret alone, or all parts of a credential."""

from __future__ import annotations

from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.model import Finding


class Part(NamedTuple):
    """A value, the rule that it is reported under, and its line."""

    rule: str
    value: bytes
    line: int


def parts(finding: Finding) -> Iterator[Part]:
    """The value of a finding, then the other parts of its credential."""
    yield Part(finding.rule.id, finding.secret.reveal(), finding.location.start_line)
    for part in finding.partners:
        yield Part(part.what, part.value.reveal(), part.line)


def secrets(finding: Finding) -> Iterator[Part]:
    """The same without the id of a pair: whoever knew an id has not yet accepted the secret that comes beside it later."""
    if finding.pair is None:
        yield from parts(finding)
        return
    lead = finding.rule.id if finding.rule.pair is not None else finding.pair.what
    yield from (part for part in parts(finding) if part.rule != lead)
