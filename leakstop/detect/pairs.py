"""Credentials of two values: an AWS key id and its secret become one finding wherever they stand in the same text.

A rule with a `pair` names the rule of the other half and the other half's bare shape. That shape (forty characters of base64, say) is
far too common to be looked for everywhere; it is only looked for in a text that holds the first half. The secret is what is
reported, with the id beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.detect.bare import places
from leakstop.detect.entropy import random_looking, shannon
from leakstop.detect.filters import reject
from leakstop.detect.matcher import Match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakstop.rules.compiled import Compiled


class Link(NamedTuple):
    """A secret, the id that it belongs to, and further parts."""

    secret: Match
    lead: Match
    also: tuple[Match, ...]


def link(compiled: Compiled, text: bytes, matches: Sequence[Match]) -> list[Link]:
    """The pairs in a text. A `Link.secret` may be a match that no rule made by itself."""
    rules = compiled.rules.rules
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    links: list[Link] = []
    for number in dict.fromkeys(match.rule for match in matches):
        spec = rules[number].pair
        if spec is None or spec.rule not in numbers:
            continue
        other = numbers[spec.rule]
        leads = _distinct(text, [match for match in matches if match.rule == number])
        labelled = [match for match in matches if match.rule == other]
        taken = [match for match in matches if not rules[match.rule].generic]
        bare = [] if _enough(text, labelled, leads) else _bare(compiled, text, number, other, taken)
        also = tuple(match for match in matches if rules[match.rule].id in spec.also)
        for secret, lead in assign(text, leads, labelled, bare):
            links.append(Link(secret, lead, also))
    return links


def assign(
    text: bytes, leads: Sequence[Match], labelled: Sequence[Match], bare: Sequence[Match]
) -> list[tuple[Match, Match]]:
    """Which secret belongs to which id, as (secret, id).

    As many of the one as of the other: they belong together in the order in which they stand, which is right for rows (id, secret),
    for reversed rows and for a block of ids before a block of secrets. Otherwise the nearest first, labelled ones before bare ones.
    """
    distinct = _distinct(text, labelled)
    if len(distinct) == len(leads):
        couples = list(zip(distinct, leads, strict=True))
    else:
        couples = _nearest(leads, distinct)
        left = [lead for lead in leads if all(lead is not taken for _, taken in couples)]
        others = _distinct(text, bare)
        if left:
            couples += list(zip(others, left, strict=True)) if len(others) == len(left) else _nearest(left, others)
    by_value = {text[secret.first : secret.last]: lead for secret, lead in couples}
    return [(match, lead) for match in (*labelled, *bare) if (lead := by_value.get(text[match.first : match.last]))]


def _nearest(leads: Sequence[Match], secrets: Sequence[Match]) -> list[tuple[Match, Match]]:
    """Couples by rising distance, each lead and each secret once."""
    ranked = sorted(
        ((abs(secret.first - lead.first), index, place) for index, lead in enumerate(leads) for place, secret in enumerate(secrets))
    )
    used_leads: set[int] = set()
    used_secrets: set[int] = set()
    couples = []
    for _, index, place in ranked:
        if index not in used_leads and place not in used_secrets:
            used_leads.add(index)
            used_secrets.add(place)
            couples.append((secrets[place], leads[index]))
    return couples


def _enough(text: bytes, labelled: Sequence[Match], leads: Sequence[Match]) -> bool:
    return len({text[match.first : match.last] for match in labelled}) >= len(leads)


def _distinct(text: bytes, matches: Sequence[Match]) -> list[Match]:
    """The first match of each value, in order of position."""
    first: dict[bytes, Match] = {}
    for match in sorted(matches, key=lambda match: match.first):
        first.setdefault(text[match.first : match.last], match)
    return list(first.values())


def _bare(compiled: Compiled, text: bytes, number: int, other: int, taken: Sequence[Match]) -> list[Match]:
    """Values of the other half's shape that nothing names, none of them a part of what other rules matched."""
    spec = compiled.rules.rules[number].pair
    assert spec is not None  # noqa: S101: only called for rules with a pair
    rule = compiled.rules.rules[other]
    found = []
    for first, last in places(spec.pattern, text):
        value = text[first:last]
        if shannon(value) < spec.entropy or not random_looking(value) or reject(rule, value):
            continue
        if all(last <= known.first or first >= known.last for known in taken):
            found.append(Match(other, first, last, first, last))
    return found
