"""Pairs whose halves stand in different files or versions: the id in `.env`, its secret in `.env.local` or in an older version.

Inside one text `within` finds them, also secrets that nothing names. Here halves that were found by themselves are put together,
those that are closest first: of one path, of one folder and name, of one folder and commit, of one folder, of one container. Only
versions of one file may leave a choice; elsewhere there have to be as many of the one as of the other. What nothing but a commit,
a folder above or the whole scan holds together has to be the only one of its kind there (`config/a.yml` and `secrets/b.yml`, the
author's name and the message), and is less than sure.
"""

from __future__ import annotations

from leakstop.detect.named import STEP
from leakstop.detect.pairs.alone import is_alone
from leakstop.detect.pairs.within import Half, assign, could_be, distinct
from leakstop.expressions import expression, over_bytes
from leakstop.model import CONFIDENCES, Pair, show_path
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from leakstop.model import Chunk, Finding
    from leakstop.rules.compiled import Compiled
    from leakstop.rules.rule import PairSpec, Rule

    Place = tuple[object, ...]

_LEAST = 20  # characters of a half that nothing names
_WORD = expression(rb"[A-Za-z0-9]+")
_SECRET = expression(rb"(?i)secret")


def is_half(finding: Finding, compiled: Compiled) -> bool:
    """Whether a finding waits for its other half, which one of the rules knows."""
    if finding.pair is not None:
        return False
    return finding.rule.pair is not None or any(rule.pair and _fits(finding, rule.pair) for rule in compiled.with_pair())


def joined(findings: Sequence[Finding], compiled: Compiled) -> list[Finding | None]:
    """The findings, secrets with the ids that belong to them, in their order.

    None stands for an id that went into a pair, and for a value that was only thought to be a half.
    """
    result: list[Finding | None] = list(findings)
    for lead in {entry.rule.id: entry.rule for entry in findings if entry.rule.pair and entry.pair is None}.values():
        assert lead.pair is not None
        other = compiled.named(lead.pair.rule)
        if other is None:
            continue
        for place in (*_CLOSE, *(() if lead.keywords else _FAR)):
            for group in _groups(result, lead, lead.pair, place):
                if place is _file or (_even if place in _CLOSE else _only)(result, group):
                    _join(result, group, other, sure=place in _CLOSE)
    paired = {_file(finding) for finding in result if finding and finding.pair}
    return [finding if finding and (finding.pair or _stays(finding, paired)) else None for finding in result]


def _stays(finding: Finding, paired: Container[Place]) -> bool:
    """Whether a finding is one without another half; what a file's name says of its one value is less than a pair there does."""
    return not is_alone(finding) and not (STEP in finding.origin.decoded and _file(finding) in paired)


def _fits(finding: Finding, spec: PairSpec) -> bool:
    """Whether a finding is the other half, or what a generic rule took for some secret and has its shape."""
    if finding.rule.id == spec.rule:
        return True
    if not finding.rule.generic:
        return False
    value = finding.secret.reveal()
    shaped = len(value) >= _LEAST and not value.islower() and over_bytes(spec.pattern).fullmatch(value) is not None
    return shaped and could_be(finding.rule, spec.entropy, value)


# What two findings have in common that are taken for halves; empty for one that cannot be.


def _file(finding: Finding) -> Place:
    return (finding.origin.path, finding.origin.members)


def _stem(finding: Finding) -> Place:
    """The first word of the name: `.env` and `.env.local`, `dev.id` and `dev.secret`."""
    origin = finding.origin
    word = _WORD.search(_name(finding).rpartition(b"/")[2])
    return (_folder(finding), word[0].lower()) if word else (origin.path, origin.members)


def _commit(finding: Finding) -> Place:
    return (_folder(finding), finding.origin.commit) if finding.origin.commit else ()


def _folder(finding: Finding) -> Place:
    members = finding.origin.members
    return (finding.origin.path if members else b"", members[:-1], _parent(_name(finding)))


def _container(finding: Finding) -> Place:
    members = finding.origin.members
    return (finding.origin.path, members[:-1]) if members else ()


def _above(finding: Finding) -> Place:
    """The folder that holds the file's folder: `aws/id/value` and `aws/secret/value`."""
    return (finding.origin.path if finding.origin.members else b"", _parent(_parent(_name(finding))))


def _change(finding: Finding) -> Place:
    return (finding.origin.commit,) if finding.origin.commit else ()


def _scan(_finding: Finding) -> Place:
    return ("scan",)


_CLOSE = (_file, _stem, _commit, _folder, _container)
_FAR = (_above, _change, _scan)


def _parent(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


def _name(finding: Finding) -> bytes:
    members = finding.origin.members
    return members[-1].encode("utf-8", "backslashreplace") if members else finding.origin.path


class _Group(NamedTuple):
    """Numbers of findings of one place that have no partner yet."""

    leads: list[int]
    named: list[int]
    unnamed: list[int]


def _groups(
    findings: Sequence[Finding | None], lead: Rule, spec: PairSpec, place: Callable[[Finding], Place]
) -> Iterator[_Group]:
    """Only places that have both halves. The whole scan has those whose own rule knows them."""
    groups: dict[Place, _Group] = {}
    for number, finding in enumerate(findings):
        if finding is None or finding.pair is not None or not (finding.origin.path or place in _FAR[1:]):
            continue
        if finding.rule.id == lead.id:
            groups.setdefault(place(finding), _Group([], [], [])).leads.append(number)
        elif _fits(finding, spec) and (place is not _scan or finding.rule.id == spec.rule):
            group = groups.setdefault(place(finding), _Group([], [], []))
            (group.named if finding.rule.id == spec.rule and not is_alone(finding) else group.unnamed).append(number)
    return (group for key, group in groups.items() if key and group.leads and (group.named or group.unnamed))


def _even(findings: Sequence[Finding | None], group: _Group) -> bool:
    """Whether there are as many ids as secrets in a place."""
    ids, named, unnamed = (len(_halves(findings, numbers)) for numbers in group)
    return ids in (named, named + unnamed)


def _only(findings: Sequence[Finding | None], group: _Group) -> bool:
    """Whether there is one of each, and something says that the secret is one: its name, or that of its file."""
    ids, *secrets = (len(_halves(findings, numbers)) for numbers in group)
    unsaid = [found for found in map(findings.__getitem__, group.unnamed) if found and is_alone(found)]
    return ids == sum(secrets) == 1 and all(_SECRET.search(_name(found)) for found in unsaid)


def _join(findings: list[Finding | None], group: _Group, rule: Rule, *, sure: bool) -> None:
    """Put the ids and secrets of one place together; what is `sure` to belong together is told with high confidence."""
    ids, named, unnamed = (_halves(findings, numbers) for numbers in group)
    couples = assign(ids, named, unnamed if len(named) < len(ids) else ())
    used: set[bytes] = set()
    for number in (*group.named, *group.unnamed):
        finding = findings[number]
        lead = couples.get(finding.secret.reveal()) if finding else None
        if finding is None or lead is None:
            continue
        other = next(entry for entry in map(findings.__getitem__, group.leads) if entry and entry.secret.reveal() == lead.value)
        at = other.location.start_line
        reason = f"its other half, {other.rule.id}, stands in {show_path(other.origin.path)} on line {at}"
        findings[number] = finding._replace(
            rule=rule,
            severity=rule.severity,
            pair=Pair(other.rule.id, at, other.origin.path, other.secret),
            confidence="high" if sure else max("medium", finding.confidence, key=CONFIDENCES.index),
            reasons=(*finding.reasons, reason),
        )
        used.add(lead.value)
    for number in group.leads:
        finding = findings[number]
        if finding and finding.secret.reveal() in used:
            findings[number] = None


def _halves(findings: Sequence[Finding | None], numbers: Sequence[int]) -> list[Half]:
    """Distinct values in the order of paths and lines."""
    entries = [entry for entry in map(findings.__getitem__, numbers) if entry]
    entries.sort(key=lambda entry: (entry.origin.path, entry.origin.members, entry.location.start_line, entry.location.start))
    return distinct(Half(entry.secret.reveal(), at) for at, entry in enumerate(entries))


def without_halves(compiled: Compiled, found: Iterable[tuple[Chunk, Finding]]) -> Iterator[tuple[Chunk, Finding]]:
    """Without the ids that stand alone in one version and beside their secret in another version of the same file.

    Only halves wait for what comes, since each finding comes with its text.
    """
    waiting: list[tuple[Chunk, Finding]] = []
    paired = set()
    for chunk, finding in found:
        if finding.pair:
            paired.add((finding.origin.path, finding.pair.value))
        elif is_half(finding, compiled):
            waiting.append((chunk, finding))
            continue
        yield chunk, finding
    yield from ((chunk, finding) for chunk, finding in waiting if (finding.origin.path, finding.secret) not in paired)
