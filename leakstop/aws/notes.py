"""Short words for what is noteworthy about a restriction. docs/aws.md explains each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leakstop.aws import addresses
from leakstop.aws.account import USER
from leakstop.aws.bind import SCP, UNREAD, identity_policies
from leakstop.aws.globs import matches, plain
from leakstop.aws.outcomes import OPEN, SHUT, UNCLEAR, take
from leakstop.aws.probes import is_vpc_native
from leakstop.aws.vantages import ATTACKS, FAS_AFTER_VPCE, INSIDE, INSIDE_FAS, IPV4, IPV6, OUR_VPCE, VPCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leakstop.aws.account import Organization
    from leakstop.aws.bind import Placed
    from leakstop.aws.outcomes import Outcome, Survey
    from leakstop.aws.probes import Probe

QUARANTINE = re.compile(r"^arn:[^:]+:iam::aws:policy/AWSCompromisedKeyQuarantine(V\d+)?$")
NETWORK_KEYS = {
    *("aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"),
    *("aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"),
}
SINGLE_VALUED = {*NETWORK_KEYS - {"aws:vpceorgpaths"}, "aws:viaawsservice", "aws:principalarn", "aws:username"}
SESSION_KEYS = {"aws:tokenissuetime", "aws:multifactorauthpresent", "aws:multifactorauthage"}

NOTES = {
    "no-permissions": "the user may do nothing at all",
    "implicit-only": "no deny protects the key: only the conditions of allows do, and any further allow opens it",
    "vpce-bypass": "what is shut to the internet is open through a VPC endpoint of anybody's account",
    "ipv6-open": "what is shut to IPv4 is open to the IPv6 internet",
    "broad-cidr": "a trusted range holds so many addresses that strangers have some of them",
    "placeholder-cidr": "the trusted ranges are those of documentation examples",
    "private-cidr": "a private range is listed under aws:SourceIp, which is always a public address",
    "bare-ipv6": "an IPv6 address without prefix length: AWS does not document its width; write /128",
    "inverted": "a deny hits those whom it should let in, and no outsider",
    "lockout": "nothing works from inside or through an endpoint of the owner's either",
    "breaks-fas-after-vpce": "calls that AWS services make after a call through a VPC endpoint are denied",
    "ipv6-clients-blocked": "clients inside that come over IPv6 are denied",
    "vpc-native-exemptions": "actions that only work inside a VPC's network are exempted, as AWS's samples do",
    "set-operator": "ForAllValues or ForAnyValue on a key with a single value",
    "session-bypass": "sessions that anybody with the key can mint (GetSessionToken) are not denied",
    "tamper": "the user itself can undo the restriction, from inside",
    "quarantined": "AWS has found the key in public and attached its quarantine policy, which limits damage and does not contain",
    "scp-unseen": "service control policies of the organization were not seen",
    "bounded": "the policies tell more cases apart than were tried",
}


def of(survey: Survey, organization: Organization | None, *, kind: str, verdict: str, undo: Sequence[str]) -> Iterator[str]:
    """The notes on one user, in the order of NOTES."""
    found = set(_found(survey, organization))
    if kind == "implicit-only":
        found.add("implicit-only")
    if undo and kind != "none" and verdict != "unrestricted":
        found.add("tamper")
    if kind != "none" and verdict != "unrestricted" and _session_opens(survey, organization):
        found.add("session-bypass")
    return (note for note in NOTES if note in found)


def _found(survey: Survey, organization: Organization | None) -> Iterator[str]:
    yield from _openings(survey)
    yield from _usability(survey)
    yield from _ranges(survey)
    placed = survey.binding.everything()
    if any(_inverted(survey, number, each) for number, each in enumerate(placed)):
        yield "inverted"
    if any(condition.qualifier and condition.key in SINGLE_VALUED for condition in survey.ground.everything):
        yield "set-operator"
    if _exempts_vpc_native(placed):
        yield "vpc-native-exemptions"
    if any(QUARANTINE.match(policy.arn) for _, policy in identity_policies(survey.user)):
        yield "quarantined"
    if _scps_unseen(survey, organization):
        yield "scp-unseen"
    if survey.bounded:
        yield "bounded"


def _openings(survey: Survey) -> Iterator[str]:
    """What is shut from one place and open from another."""
    outcomes = survey.of(*ATTACKS)
    if not outcomes:
        yield "no-permissions"
    shut = {id(each.probes) for each in outcomes if each.vantage.name == IPV4} - {
        id(each.probes) for each in outcomes if each.vantage.name == IPV4 and each.decision not in SHUT
    }
    for name, note in ((VPCE, "vpce-bypass"), (IPV6, "ipv6-open")):
        if any(each.vantage.name == name and each.decision == OPEN and id(each.probes) in shut for each in outcomes):
            yield note


def _usability(survey: Survey) -> Iterator[str]:
    """What the owner can no longer do."""
    shut = {name: _all_shut(survey.of(name)) for name in (INSIDE, OUR_VPCE, IPV6)}
    if shut[INSIDE] and shut[OUR_VPCE]:
        yield "lockout"
    elif any(each.decision in SHUT for each in survey.of(FAS_AFTER_VPCE)):
        yield "breaks-fas-after-vpce"
    families = {listed.version for listed in survey.ground.listed}
    if families == {4} and shut[IPV6] and not shut[INSIDE]:
        yield "ipv6-clients-blocked"


def _ranges(survey: Survey) -> Iterator[str]:
    ground = survey.ground
    if ground.broad():
        yield "broad-cidr"
    public = [each for each in ground.listed if addresses.public_size(each)]
    named = addresses.parsed(ground.trust.inside)
    if public and addresses.is_documentation(public) and not any(_meet(one, other) for one in named for other in public):
        yield "placeholder-cidr"
    if len(public) < len(ground.listed):
        yield "private-cidr"
    if any(map(addresses.surroundings, [*ground.written("aws:sourceip"), *ground.written("aws:vpcsourceip")])):
        yield "bare-ipv6"


def _meet(one: addresses.Range, other: addresses.Range) -> bool:
    return one.version == other.version and one.first <= other.last and other.first <= one.last


def _inverted(survey: Survey, number: int, placed: Placed) -> bool:
    """A deny about the network that never applies to an outsider, and does to the owner."""
    keys = {condition.key for condition in placed.statement.conditions}
    if placed.statement.effect != "Deny" or not keys & NETWORK_KEYS:
        return False
    if any(survey.holding(number, name) != {False} for name in ATTACKS):
        return False
    ways = (INSIDE, INSIDE_FAS, FAS_AFTER_VPCE) if "aws:sourceip" in keys else (INSIDE, INSIDE_FAS, FAS_AFTER_VPCE, OUR_VPCE)
    return any(True in survey.holding(number, name) for name in ways)


def _exempts_vpc_native(placed: Sequence[Placed]) -> bool:
    """A deny about the network with a NotAction that lets VPC-native actions out."""
    for each in placed:
        statement = each.statement
        if statement.effect != "Deny" or not statement.except_actions:
            continue
        if {condition.key for condition in statement.conditions} & NETWORK_KEYS and any(
            is_vpc_native(_example(action)) for action in statement.actions
        ):
            return True
    return False


def _example(pattern: str) -> str:
    """An action that a pattern matches."""
    low = pattern.lower()
    return "es:eshttpget" if matches(plain(low), "es:eshttpget") else low.replace("*", "x").replace("?", "x")


def _scps_unseen(survey: Survey, organization: Organization | None) -> bool:
    if organization and (organization.management or organization.none):
        return False
    if organization is None or organization.levels is None or organization.unread:
        return True
    return any(each.kind == SCP and each.statement.problem == UNREAD for each in survey.binding.everything())


def _session_opens(survey: Survey, organization: Organization | None) -> bool:
    """Whether a minted session can do from outside what the key cannot."""
    if survey.user.kind != USER or not survey.ground.used & SESSION_KEYS:
        return False
    minted = take(survey.user, organization, survey.ground.trust, session=True)
    return not _may_work(minted) <= _may_work(survey)


def _may_work(survey: Survey) -> set[Probe]:
    """The requests that work from outside, as far as can be told."""
    return {probe for each in survey.of(*ATTACKS) if each.decision in (OPEN, UNCLEAR) for probe in each.probes.members}


def _all_shut(outcomes: Sequence[Outcome]) -> bool:
    return all(each.decision in SHUT for each in outcomes)
