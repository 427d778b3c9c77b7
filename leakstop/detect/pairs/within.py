"""Credentials of two values: an AWS key id and its secret become one finding wherever they stand in the same text.

A rule with a `pair` names the rule of the other half and the other half's bare shape. That shape (forty characters of base64,
say) is far too common to be looked for everywhere; it is only looked for in a text that holds the first half. The secret is what
is reported, with the id beside it.
"""

from __future__ import annotations

from leakstop.detect.judging.around import identifies
from leakstop.detect.judging.filters import reject
from leakstop.detect.language.entropy import counting, repeated, shannon
from leakstop.detect.matcher import Match
from leakstop.detect.pairs.bare import places, width
from leakstop.detect.spans import Spans
from leakstop.expressions import expression, over_bytes
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leakstop.rules.compiled import Compiled
    from leakstop.rules.rule import PairSpec, Rule


_LONG = 32  # characters from which nearly every random value has a digit
_CLOSE = 120  # bytes between an id and a secret of which another rule thinks it is its own
_NAME = 64  # bytes before a value in which its name is looked for
_NAMED = expression(rb"([A-Za-z0-9_.\-]{2,48})[^A-Za-z0-9\n]{1,12}\Z")
_SECRET = expression(rb"(?i)secret|private|passw|certificate|signature")
_LEAD = expression(rb"(?i)key|id|user|public|login|app|consumer|client|token")


class Link(NamedTuple):
    """A secret, the id that it belongs to, and further parts."""

    secret: Match
    lead: Match
    also: tuple[Match, ...]


def link(compiled: Compiled, text: bytes, matches: Sequence[Match]) -> list[Link]:
    """The pairs in a text. A `Link.secret` may be a match that no rule made by itself."""
    rules = compiled.rules.rules
    if not any(rules[match.rule].pair or rules[match.rule].twins for match in matches):
        return []
    links: list[Link] = []
    for number in dict.fromkeys(match.rule for match in matches):
        spec = rules[number].pair
        if rules[number].twins:
            links += _by_name(text, [*_of_shape(compiled, text, number, matches)])
        if spec is None or spec.rule not in compiled.numbers:
            continue
        other = compiled.numbers[spec.rule]

        def halves(found: Iterable[Match]) -> list[Half]:
            return distinct(Half(text[match.first : match.last], match.first) for match in found)

        leads = {match.first: match for match in matches if match.rule == number}
        labelled = [match for match in matches if match.rule == other]
        bare: list[Match] = []
        if len(halves(labelled)) < len(halves(leads.values())):
            taken = [match for match in matches if not rules[match.rule].generic]
            bare = [*unnamed(compiled, text, number, taken), *_adjacent(compiled, text, leads.values(), other, spec)]
            bare = bare or [*_claimed(compiled, text, leads.values(), taken, other, spec)]
        couples = _coupled(text, halves(leads.values()), halves(labelled), halves(bare))
        also = tuple(match for match in matches if rules[match.rule].id in spec.also)
        for match in (*labelled, *bare):
            lead = couples.get(text[match.first : match.last])
            if lead:
                links.append(Link(match, leads[lead.at], also))
    return _one_each(links)


def _of_shape(compiled: Compiled, text: bytes, number: int, matches: Sequence[Match]) -> Iterator[Match]:
    """The matches of a rule, and what a generic one took in of its shape: a provider may be named at the first half only."""
    shape = over_bytes(compiled.rules.rules[number].pattern)
    for match in matches:
        if match.rule == number:
            yield match
        elif compiled.rules.rules[match.rule].generic:
            found = shape.match(text, match.first)
            if found and found.end() == match.last:
                yield match._replace(rule=number)


def _by_name(text: bytes, matches: Sequence[Match]) -> Iterator[Link]:
    """Two halves of one shape: `api_secret` is what `api_key` leads to, wherever the two stand."""
    leads: dict[int, Match] = {}
    secrets: list[Match] = []
    for match in matches:
        name = _NAMED.search(text, max(0, match.first - _NAME), match.first)
        if name and _SECRET.search(name[1]):
            secrets.append(match)
        elif name and _LEAD.search(name[1]):
            leads[match.first] = match
    halves = [distinct(Half(text[m.first : m.last], m.first) for m in found) for found in (leads.values(), secrets)]
    couples = assign(halves[0], halves[1], [])
    for secret in secrets:
        lead = couples.get(text[secret.first : secret.last])
        if lead and lead.value != text[secret.first : secret.last]:
            yield Link(secret, leads[lead.at], ())


def _one_each(links: Sequence[Link]) -> list[Link]:
    """One lead for each secret: ids of several kinds may want the same one, and the nearest has it."""
    nearest: dict[tuple[int, int], Link] = {}
    for link in sorted(links, key=lambda link: abs(link.secret.first - link.lead.first)):
        nearest.setdefault((link.secret.first, link.secret.last), link)
    return sorted(nearest.values(), key=lambda link: link.secret.first)


def _adjacent(compiled: Compiled, text: bytes, leads: Iterable[Match], other: int, spec: PairSpec) -> Iterator[Match]:
    """Secrets behind an id and a slash or a plus, which could be their own letters: `AKIA…/secret`."""
    shape = over_bytes(spec.pattern)
    for lead in leads:
        if text[lead.last : lead.last + 1] in (b"/", b"+"):
            first = lead.last + 1
            last = first + width(spec.pattern)
            value = text[first:last]
            ends = not text[last : last + 1].isalnum() and text[last : last + 1] not in (b"+", b"=")
            if ends and shape.fullmatch(value) and could_be(compiled.rules.rules[other], spec.entropy, value):
                yield Match(other, first, last, first, last)


def _claimed(
    compiled: Compiled, text: bytes, leads: Iterable[Match], taken: Sequence[Match], other: int, spec: PairSpec
) -> Iterator[Match]:
    """Where nothing else could be the secret: what a rule that is less than sure has, close to an id (`MINIO_ROOT_PASSWORD`)."""
    rules, shape = compiled.rules.rules, over_bytes(spec.pattern)
    near = Spans((lead.first, lead.last) for lead in leads)
    for match in taken:
        rule = rules[match.rule]
        if (
            match.rule != other
            and rule.confidence != "high"
            and rule.pair is None
            and near.touch(match.first - _CLOSE - 1, match.last + _CLOSE + 1)
        ):
            found = shape.match(text, match.first)
            if found and found.end() == match.last and could_be(rules[other], spec.entropy, text[match.first : match.last]):
                yield Match(other, match.first, match.last, match.first, match.last)


def _coupled(text: bytes, leads: list[Half], labelled: list[Half], bare: list[Half]) -> dict[bytes, Half]:
    """Which id belongs to which secret value: by their names where those tell, else by where they stand."""
    if len(leads) < 2 or len(labelled) + len(bare) < 2:
        return _by_place(text, leads, labelled, bare)
    from leakstop.detect.pairs.alike import alike  # few texts hold several

    couples = alike(text, leads, [*labelled, *bare])
    leads = _uncoupled(leads, couples)
    labelled, bare = ([half for half in halves if half.value not in couples] for halves in (labelled, bare))
    return couples | _by_place(text, leads, labelled, bare)


def _by_place(text: bytes, leads: list[Half], labelled: list[Half], bare: list[Half]) -> dict[bytes, Half]:
    """The same by where they stand: where there are too many values, first those that are called secrets, last digests."""
    if len(labelled) + len(bare) <= len(leads):
        return assign(leads, labelled, bare)
    from leakstop.detect.pairs.alike import ranked

    couples = assign(leads, labelled, ())
    for tier in ranked(text, bare):
        couples |= assign(_uncoupled(leads, couples), (), tier)
    return couples


class Half(NamedTuple):
    """One value of a pair, and where it stands first: an offset, or its number among several texts."""

    value: bytes
    at: int


def assign(leads: Sequence[Half], labelled: Sequence[Half], bare: Sequence[Half]) -> dict[bytes, Half]:
    """Which id belongs to which secret value.

    As many of the one as of the other: they belong together in the order in which they stand, which is right for rows (id,
    secret), for reversed rows and for a block of ids before a block of secrets. Otherwise the nearest first, labelled secrets
    before bare ones.
    """
    if len(labelled) == len(leads):
        return {secret.value: lead for secret, lead in zip(labelled, leads, strict=True)}
    couples = nearest(leads, labelled)
    left = _uncoupled(leads, couples)
    if left:
        couples |= (
            {secret.value: lead for secret, lead in zip(bare, left, strict=True)}
            if len(bare) == len(left)
            else nearest(left, bare)
        )
    return couples


def _uncoupled(leads: Sequence[Half], couples: Mapping[bytes, Half]) -> list[Half]:
    coupled = set(couples.values())
    return [lead for lead in leads if lead not in coupled]


def nearest(leads: Sequence[Half], secrets: Sequence[Half]) -> dict[bytes, Half]:
    """Couples by rising distance, each lead and each value of a secret once.

    What is nearest has nothing between it, so only neighbours are looked at: of those that are left when others are coupled, too.
    """
    from heapq import heapify, heappop, heappush

    halves = sorted([(half.at, True, half) for half in leads] + [(half.at, False, half) for half in secrets])
    before, after = [place - 1 for place in range(len(halves))], [place + 1 for place in range(len(halves))]
    places: dict[bytes, list[int]] = {}  # of each secret's value
    for place, (_, leading, half) in enumerate(halves):
        if not leading:
            places.setdefault(half.value, []).append(place)

    def ranked(first: int, second: int) -> tuple[int, int, int, int, int]:
        lead, secret = (first, second) if halves[first][1] else (second, first)
        return abs(halves[first][0] - halves[second][0]), halves[lead][0], halves[secret][0], lead, secret

    near = [ranked(place, place + 1) for place in range(len(halves) - 1) if halves[place][1] != halves[place + 1][1]]
    heapify(near)
    gone = [False] * len(halves)
    couples: dict[bytes, Half] = {}
    while near:
        *_, lead, secret = heappop(near)
        if gone[lead] or gone[secret]:
            continue
        value = halves[secret][2].value
        couples[value] = halves[lead][2]
        for place in (lead, *places[value]):
            gone[place] = True
            left, right = before[place], after[place]
            if left >= 0:
                after[left] = right
            if right < len(halves):
                before[right] = left
            if left >= 0 and right < len(halves) and halves[left][1] != halves[right][1]:
                heappush(near, ranked(left, right))
    return couples


def distinct(halves: Iterable[Half]) -> list[Half]:
    """The first place of each value, in order of position."""
    first: dict[bytes, Half] = {}
    for half in sorted(halves, key=lambda half: half.at):
        first.setdefault(half.value, half)
    return list(first.values())


def unnamed(compiled: Compiled, text: bytes, number: int, taken: Sequence[Match]) -> list[Match]:
    """Values of the shape that rule `number` pairs with, which nothing names; none of them a part of what other rules matched."""
    spec = compiled.rules.rules[number].pair
    assert spec is not None
    other = compiled.numbers.get(spec.rule)
    if other is None:
        return []
    rule = compiled.rules.rules[other]
    known = Spans((match.first, match.last) for match in taken)
    found = []
    for first, last in places(spec.pattern, text):
        if (
            not known.touch(first, last)
            and could_be(rule, spec.entropy, text[first:last])
            and not identifies(text, first, text[first:last])
        ):
            found.append(Match(other, first, last, first, last))
    return found


def could_be(rule: Rule, entropy: float, value: bytes) -> bool:
    """Whether a value of the right shape is random, and nothing that a filter of the rule knows.

    The entropy asked for is less than that which one in a thousand random values lacks: its other half is there.
    """
    figured = len(value) < _LONG or any(48 <= byte <= 57 for byte in value)
    return figured and shannon(value) >= entropy and not repeated(value) and not counting(value) and not reject(rule, value)
