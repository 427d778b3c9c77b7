"""Which requests an exposure is asked about: actions that the policies tell apart, each on resources that they tell apart.

Requests that every statement treats alike are one class, and only one of them is evaluated.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import globs
from leakstop.aws.account import ROLE, USER
from leakstop.aws.actions import ALWAYS_ALLOWED, KINDS, VPC_NATIVE, known
from leakstop.aws.conditions import some
from leakstop.aws.evaluate import covers, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leakstop.aws.account import User
    from leakstop.aws.bind import Binding, Placed
    from leakstop.aws.globs import Lookup
    from leakstop.aws.operators import Truth

    Values = tuple[str, ...] | None

UNKNOWN = "?"  # the kind of resources of an action that is not in the table
OVERLAPS = 12  # patterns of resources of one service, up to which overlaps of two are looked for


class Probe(NamedTuple):
    """A request to ask about."""

    action: str  # as AWS writes it
    resource: str


class Probes(NamedTuple):
    """Requests that all statements treat alike."""

    matches: tuple[Truth, ...]  # for each statement of the binding: whether action and resource are its own
    parts: tuple[tuple[Sequence[str], str], ...]  # actions, and the resource that they are asked about on

    @property
    def members(self) -> Iterator[Probe]:
        """The single requests."""
        return (Probe(action, resource) for actions, resource in self.parts for action in actions)


def classes(binding: Binding, user: User, lookup: Lookup) -> tuple[Probes, ...]:
    """All requests that some statement could allow, conditions aside, and none denies without condition, in classes."""
    names = {name for each in binding.everything() for text in each.statement.resources for name in globs.variables(text)}
    who = _Who(user.kind, user.arn, user.partition, user.account)
    return _classes(binding, who, tuple((name, lookup(name)) for name in sorted(names)))


class _Who(NamedTuple):
    """What of a user resources depend on."""

    kind: str
    arn: str
    partition: str
    account: str


@lru_cache(maxsize=4)  # a user is asked about twice: what an outsider can do, and how bad that is
def _classes(binding: Binding, who: _Who, variables: tuple[tuple[str, Values], ...]) -> tuple[Probes, ...]:
    placed = binding.everything()
    found: dict[tuple[Truth, ...], list[tuple[Sequence[str], str]]] = {}
    further = [named for named in dict.fromkeys(each.statement.actions for each in placed) if _further(named)]
    named = [None if each.statement.problem else _named_by(each.statement.actions, further) for each in placed]
    excepting = [each.statement.except_actions for each in placed]
    resources = _Resources(placed, who, dict(variables))
    for (_, kind), alike in _alike(actions(placed, vpc_native=False), named, _possible(binding.identity)).items():
        low = alike[0].lower()
        mine = tuple(
            None if those is None else (low in those) is not excepted
            for those, excepted in zip(named, excepting, strict=True)
        )  # fmt: skip
        for row, resource in resources.rows(mine, kind):
            found.setdefault(row, []).append((alike, resource))
    return tuple(Probes(row, tuple(parts)) for row, parts in found.items() if grantable(binding, row))


def _alike(
    asked: Iterable[tuple[str, str]], named: Sequence[frozenset[str] | None], possible: frozenset[str]
) -> dict[tuple[int, str], list[str]]:
    """Actions that may be allowed by the statements (a bit for each) that name them and their kind of resources.

    Actions that are not in the table have their service for a kind, `?s3`: a policy of AWS's may name thousands of them.
    """
    bits: dict[str, int] = {}
    for number, those in enumerate(named):
        for low in those or ():
            bits[low] = bits.get(low, 0) | 1 << number
    found: dict[tuple[int, str], list[str]] = {}
    for name, kind in asked:
        low = name.lower()
        if low in possible or low not in known():
            kind = f"?{low.partition(':')[0]}" if kind == UNKNOWN else kind
            found.setdefault((bits.get(low, 0), kind), []).append(name)
    return found


def _possible(identity: Sequence[Placed]) -> frozenset[str]:
    """The actions of the table that a statement of the identity policies may allow."""
    found: frozenset[str] = frozenset()
    for each in identity:
        statement = each.statement
        if statement.effect == "Deny":
            continue
        if statement.problem:
            return frozenset(known())
        mine = _of_table(statement.actions)
        found |= frozenset(known()) - mine if statement.except_actions else mine
    return found


class _Resources:
    """The resources that policies tell apart, for each kind, and which statements cover them; each worked out once."""

    def __init__(self, placed: Sequence[Placed], who: _Who, variables: Mapping[str, Values]) -> None:
        self._placed, self._who, self._lookup = placed, who, variables.__getitem__
        patterns = (pattern for each in placed for pattern in each.statement.resources if pattern != "*")
        prepared = _prepared(patterns, self._lookup)
        self._patterns = [(pattern, _service(pattern)) for pattern in prepared]
        self._of: dict[str, list[str]] = {}
        self._covered: dict[tuple[int, str], Truth] = {}

    def rows(self, named: tuple[Truth, ...], kind: str) -> Iterator[tuple[tuple[Truth, ...], str]]:
        """The resources to ask about, each with the statements that are about it, of those that name the actions."""
        if kind not in self._of:
            self._of[kind] = list(_resources(kind, self._who, self._patterns))
        about = [number for number, match in enumerate(named) if match]
        for resource in self._of[kind]:
            row = list(named)
            for number in about:
                row[number] = self._covers(number, resource)
            yield tuple(row), resource

    def _covers(self, number: int, resource: str) -> Truth:
        key = (number, resource)
        if key not in self._covered:
            self._covered[key] = covers(self._placed[number].statement, resource, self._lookup)
        return self._covered[key]


def _named_by(actions: tuple[str, ...], further: Iterable[tuple[str, ...]]) -> frozenset[str]:
    """The actions (lower case), of the table and of what other patterns name beside it, that some patterns take in."""
    return _of_table(actions).union(*(_of_others(other, actions) for other in further))


@lru_cache(maxsize=65536)
def _of_others(others: tuple[str, ...], actions: tuple[str, ...]) -> frozenset[str]:
    mine = listed(actions)
    return frozenset(low for low, _ in _further(others) if mine.name(low))


@lru_cache(maxsize=4096)
def _of_table(actions: tuple[str, ...]) -> frozenset[str]:
    """The actions of the table (lower case) that some patterns take in."""
    mine = listed(actions)
    return frozenset(low for low in known() if mine.name(low))


def grantable(binding: Binding, row: Sequence[Truth]) -> bool:
    """Whether every set of policies has a statement that may allow it, and no statement denies it without condition."""
    at = 0
    for group in binding.sets():
        rows = row[at : at + len(group)]
        at += len(group)
        allowed: Truth = some(match for placed, match in zip(group, rows, strict=True) if placed.statement.effect != "Deny")
        if allowed is False:
            return False
        for placed, match in zip(group, rows, strict=True):
            if match is True and placed.statement.effect == "Deny" and not placed.statement.conditions:
                return False
    return True


def actions(placed: Iterable[Placed], *, vpc_native: bool) -> list[tuple[str, str]]:
    """The known actions and those that the policies name, with their kinds of resources; `vpc_native`: those only, else the rest.

    A pattern without a known action stands for itself: `foo:Bar*` is asked about as `foo:Bar`.
    """
    table = {low: (each.name, each.kind) for low, each in known().items()}
    for each in placed:
        for low, name in _further(each.statement.actions):
            table.setdefault(low, (name, UNKNOWN))
    return [
        entry for low, entry in table.items() if low not in ALWAYS_ALLOWED and ":" in low and is_vpc_native(low) is vpc_native
    ]


@lru_cache(maxsize=4096)
def _further(patterns: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What patterns name beside the actions of the table, in lower case and as written."""
    found: dict[str, str] = {}
    for pattern in patterns:
        low = pattern.lower()
        if low.strip("*") in ("", ":") or low in known():
            continue
        if "*" not in low and "?" not in low:
            found.setdefault(low, pattern)
        elif not _named(low):
            name = pattern.replace("*", "").replace("?", "x")
            name += "Any" if name.endswith(":") else ""
            found.setdefault(name.lower(), name)
    return tuple(found.items())


@lru_cache(maxsize=4096)
def _named(pattern: str) -> bool:
    """Whether a pattern takes in an action of the table."""
    prepared = globs.plain(pattern)
    return any(globs.matches(prepared, low) for low in known())


@lru_cache(maxsize=4096)
def is_vpc_native(action: str) -> bool:
    """Whether an action (lower case) never carries network keys."""
    return any(globs.matches(globs.plain(pattern), action) for pattern in VPC_NATIVE)


def _prepared(patterns: Iterable[str], lookup: Lookup) -> list[str]:
    """The resource patterns of all statements with their variables replaced, each once."""
    found: dict[str, None] = {}
    for pattern in patterns:
        try:
            text = globs.prepare(pattern, lookup) if globs.has_variables(pattern) else globs.plain(pattern)
        except globs.Unknown:
            continue
        if text is not None:
            found[text] = None
    return list(found)


def _resources(kind: str, who: _Who, patterns: Sequence[tuple[str, str | None]]) -> Iterator[str]:
    """The example of a kind, and what the policies' patterns, each with that of its service, make of it."""
    if not kind:
        yield "*"
        return
    if kind.startswith(UNKNOWN):  # actions that are not in the table: nobody here knows what they work on
        yield "*"
        example = f"arn:{who.partition}:{kind[1:]}:us-east-1:{who.account}:example"
    else:
        example = KINDS[kind].format(p=who.partition, a=who.account)
    found = {example: None}
    if kind == (ROLE if who.kind == ROLE else USER):
        found[who.arn] = None
    service = example.split(":", 3)[2]
    mine = [pattern for pattern, its in patterns if its is None or _fits(its, service)]
    for pattern in mine:
        for text in (_instance(pattern, example), _instance(pattern, example, "")):
            if kind.startswith(UNKNOWN) or _same_kind(text, example):
                found[text] = None
    if 1 < len(mine) <= OVERLAPS:
        for text in _overlaps(mine, example):
            if kind.startswith(UNKNOWN) or _same_kind(text, example):
                found[text] = None
    yield from found


@lru_cache(maxsize=65536)
def _fits(pattern: str, service: str) -> bool:
    return globs.matches(pattern, service)


def _service(pattern: str) -> str | None:
    """The pattern of the service whose resources a pattern matches; None: of any."""
    parts = pattern.split(":", 5)
    return None if len(parts) < 6 else parts[2]


def _instance(pattern: str, example: str, filler: str = "x") -> str:
    """A resource that a pattern matches, as near to the example as it lets it be."""
    parts, model = pattern.split(":", 5), example.split(":", 5)
    if len(parts) < 6:  # a wildcard over several parts of the ARN
        return example if globs.matches(pattern, example) else _fill(pattern, filler)
    made = [same if globs.matches(part, same) else _fill(part, filler) for part, same in zip(parts, model, strict=True)]
    return ":".join(made)


def _fill(pattern: str, filler: str) -> str:
    return pattern.replace(globs.STAR, filler).replace(globs.ANY, "x")


def _overlaps(patterns: Sequence[str], example: str) -> Iterator[str]:
    """Resources that two patterns match at once: `prod-*` and `*-logs`."""
    for one in patterns:
        for other in patterns:
            if one != other and globs.STAR in one:
                inner = other.split(":", 5)[-1]
                text = _instance(one.replace(globs.STAR, _fill(inner, "x")), example)
                if globs.matches(one, text) and globs.matches(other, text):
                    yield text


def _same_kind(resource: str, example: str) -> bool:
    """Whether a resource is of the example's kind: for S3 a bucket or an object, else by the word before the name."""
    one, other = resource.split(":", 5), example.split(":", 5)
    if len(one) < 6 or one[2] != other[2]:
        return False
    if one[2] == "s3":
        return ("/" in one[5]) == ("/" in other[5])
    for separator in ("/", ":"):
        if separator in other[5]:
            return one[5].partition(separator)[0] == other[5].partition(separator)[0]
    return True
