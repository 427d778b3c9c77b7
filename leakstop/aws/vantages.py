"""From where a request may come, as contexts: the classes of addresses, endpoints and chosen values that the policies tell apart.

An attacker calls from the IPv4 or IPv6 internet, or through a VPC endpoint of an account of their own: there aws:SourceIp is
absent, and aws:VpcSourceIp is whatever private address they like. The owner calls from inside or through an endpoint of their
own, and AWS services call on in the owner's name (forward access sessions), which keep the public address of the first call and
lose all VPC keys. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from itertools import islice, product
from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import addresses, globs
from leakstop.aws.account import ROLE
from leakstop.aws.chosen import ENDPOINT_KEYS, controlled, endpoint_choices, tagged
from leakstop.aws.conditions import holds
from leakstop.aws.evaluate import Context, lookup_in, principal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leakstop.aws.account import Organization, User
    from leakstop.aws.addresses import Range
    from leakstop.aws.bind import Placed
    from leakstop.aws.policy import Condition

IPV4, IPV6, VPCE = "ipv4", "ipv6", "vpce"  # where an attacker calls from
ATTACKS = (IPV4, IPV6, VPCE)
INSIDE, INSIDE_FAS, OUR_VPCE, FAS_AFTER_VPCE = "inside", "inside-fas", "our-vpce", "fas-after-vpce"  # legitimate ways
LEGITIMATE = (INSIDE, INSIDE_FAS, OUR_VPCE, FAS_AFTER_VPCE)

# Listed ranges above these sizes are no trusted network but a part of the internet where anybody can rent an address.
TOO_BROAD = {4: 1 << (32 - 8), 6: 1 << (128 - 23)}  # shorter than /9, than /24
BROAD = {4: 1 << (32 - 16), 6: 1 << (128 - 31)}  # worth a warning: /16 and shorter, shorter than /32
CONTEXTS = 4096  # of one vantage; beyond, what is left out makes the answer unknown


class Trust(NamedTuple):
    """What the owner calls legitimate."""

    inside: tuple[str, ...] = ()  # CIDRs or addresses
    vpces: tuple[str, ...] = ()
    vpcs: tuple[str, ...] = ()
    vpc_sources: tuple[str, ...] = ()  # private addresses
    orgs: tuple[str, ...] = ()


class Vantage(NamedTuple):
    """A place to call from, with everything that a caller there may choose."""

    name: str  # one of ATTACKS or LEGITIMATE
    sample: str  # an address or an endpoint, for people
    variant: int  # which resources are called for, of those that the policies tell apart by tags
    contexts: tuple[Context, ...]  # the caller chooses one of them


class Ground:
    """The contexts for one user under its policies."""

    def __init__(
        self, placed: Sequence[Placed], user: User, organization: Organization | None, trust: Trust, now: datetime | None = None
    ) -> None:
        self.user = user
        self.trust = trust
        self.everything = [condition for each in placed for condition in each.statement.conditions]
        self.conditions: list[Condition] = []  # those that tell contexts apart: see about()
        self.listed = self._ranges("aws:sourceip")
        self.base = self._base(organization, now or datetime.now(UTC))
        self.used = _used(placed)
        self.choices: list[Context] = [{}]  # what a caller may choose
        self.variants: list[Context] = [{}]  # what resources may be
        self.bounded = False  # combinations were left out

    def about(self, placed: Sequence[Placed]) -> Ground:
        """The same ground where only some statements tell contexts apart: what is trusted stays what all policies list."""
        view = copy.copy(self)
        view.conditions = [condition for each in placed for condition in each.statement.conditions]
        view.used = _used(placed)
        fixed = {"aws:sourceidentity"} if self.user.kind == ROLE else set()  # a session has its own
        view.choices, some_choices = controlled(view.conditions, view.used - fixed)
        view.variants, some_variants = tagged(view.conditions, view.used)
        view.bounded = some_choices or some_variants
        return view

    def chosen(self) -> list[Context]:
        """Every combination of what a caller may choose and resources may be, wherever it calls from."""
        return [{**self.base, **variant, **choice} for variant in self.variants for choice in self.choices]

    # ---- the attacker

    def attacks(self) -> Iterator[Vantage]:
        """Every class of context that an attacker can bring about."""
        for version, name in ((4, IPV4), (6, IPV6)):
            for sample in self._distinct(self.outside(version), "aws:sourceip"):
                yield from self._with_choices(name, {**self.base, "aws:sourceip": (sample,)}, sample)
        sources = self._distinct([addresses.everything(4), addresses.everything(6)], "aws:vpcsourceip")
        endpoints = endpoint_choices(self.conditions, self.used, self.user)
        combined = product(sources, product(*endpoints))
        for source, values in islice(combined, max(1, CONTEXTS // (len(self.choices) * len(self.variants)))):
            context: Context = {**self.base, "aws:vpcsourceip": (source,), **dict(zip(ENDPOINT_KEYS, values, strict=True))}
            yield from self._with_choices(VPCE, context, "a stranger's VPC endpoint")
        if next(combined, None) is not None:
            self.bounded = True

    def outside(self, version: int) -> list[Range]:
        """The public addresses less what is trusted: what the policies list, unless it is too broad, and what the owner named."""
        trusted = [each for each in self.listed if each.version == version]
        small = [each for each in addresses.merged(trusted) if addresses.public_size(each) < TOO_BROAD[version]]
        return addresses.without(addresses.public(version), [*small, *addresses.parsed(self.trust.inside)])

    def broad(self) -> list[str]:
        """Listed public ranges that hold many strangers, as the policies write them."""
        found = []
        for text in self.written("aws:sourceip"):
            listed = addresses.parse(text)
            if listed and addresses.public_size(listed) >= BROAD[listed.version]:
                found.append(text)
        return found

    # ---- the owner

    def legitimate(self) -> Iterator[Vantage]:
        """The owner's own ways in."""
        for sample in self._inside():
            yield from self._with_choices(INSIDE, {**self.base, "aws:sourceip": (sample,)}, sample)
            yield from self._with_choices(
                INSIDE_FAS, {**self.base, **_FORWARDED, **_CALLED_VIA, "aws:sourceip": (sample,)}, sample
            )
        for context in self._own_endpoints():
            yield from self._with_choices(OUR_VPCE, {**self.base, **context}, "the owner's VPC endpoint")
        yield from self._with_choices(FAS_AFTER_VPCE, {**self.base, **_FORWARDED}, "")

    def _inside(self) -> list[str]:
        """One address of each class of what is inside: as named, else as the policies list, else anywhere."""
        trusted = addresses.parsed(self.trust.inside) or [
            part
            for each in addresses.merged(self.listed)
            if addresses.public_size(each) < TOO_BROAD[each.version]
            for part in addresses.public_part(each)
        ]
        return self._distinct(trusted or addresses.public(4), "aws:sourceip")

    def _own_endpoints(self) -> Iterator[Context]:
        """The owner's endpoints: as named, else as the policies list them, else one that they do not know."""
        account = self.user.account or "123456789012"
        vpces = self.trust.vpces or self._literals("aws:sourcevpce", "vpce-") or ("vpce-0a11ce0a11ce0a11c",)
        vpcs = self.trust.vpcs or self._literals("aws:sourcevpc", "vpc-") or ("vpc-0a11ce0a11ce0a11c",)
        orgs = self.trust.orgs or self._literals("aws:vpceorgid", "o-") or ("",)
        paths = tuple(path for org in orgs for path in self.written("aws:vpceorgpaths") if org and path.partition("/")[0] == org)
        sources = self.trust.vpc_sources or self._private_sources()
        for vpce, vpc, source, org in islice(product(vpces, vpcs, sources, orgs), CONTEXTS):
            yield {
                "aws:sourcevpce": (vpce,),
                "aws:sourcevpc": (vpc,),
                "aws:vpcsourceip": (source,),
                "aws:vpceaccount": (account,),
                "aws:sourcevpcarn": (f"arn:{self.user.partition}:ec2:us-east-1:{account}:vpc/{vpc}",),
                "aws:vpceorgid": (org,) if org else (),
                "aws:vpceorgpaths": tuple(path.replace("*", "").replace("?", "x") for path in paths[:1]) or (None if org else ()),
            }

    def _private_sources(self) -> tuple[str, ...]:
        listed = self._ranges("aws:vpcsourceip")
        return tuple(self._distinct(listed, "aws:vpcsourceip")) or ("10.0.0.9",)

    # ---- what the policies tell apart

    def written(self, key: str) -> list[str]:
        """The values that conditions of a key list."""
        return [value for condition in self.everything if condition.key == key for value in condition.values]

    def _literals(self, key: str, start: str) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                value
                for value in self.written(key)
                if value.startswith(start) and not set(value) & set("*?") and "${" not in value
            )
        )

    def _ranges(self, key: str) -> list[Range]:
        return addresses.parsed(self.written(key))

    def _distinct(self, space: Iterable[Range], key: str) -> list[str]:
        """One address of each class that the conditions of a key tell apart."""
        about = [condition for condition in self.conditions if condition.key == key]
        wide = [each for each in map(addresses.surroundings, self.written(key)) if each]
        found: dict[tuple[bool | None, ...], str] = {}
        for sample in addresses.samples(space, [*self._ranges(key), *wide]):
            found.setdefault(_signature(about, key, sample), sample)
        return list(found.values())

    def _with_choices(self, name: str, context: Context, sample: str) -> Iterator[Vantage]:
        for number, variant in enumerate(self.variants):
            yield Vantage(name, sample, number, tuple({**context, **variant, **choice} for choice in self.choices))

    def _base(self, organization: Organization | None, now: datetime) -> Context:
        """What is the same from everywhere: the principal, the time, and that nobody calls for it."""
        context = principal(self.user)
        org = organization.id if organization else ""
        org = org or (self.trust.orgs[0] if len(self.trust.orgs) == 1 else "")
        alone = organization is not None and organization.none
        mine: tuple[str, ...] | None = (org,) if org else () if alone else None
        stamp = now.astimezone(UTC)
        context.update({
            "aws:viaawsservice": ("false",),
            "aws:viaawsmcpservice": ("false",),
            "aws:principalisawsservice": ("false",),
            "aws:securetransport": ("true",),
            "aws:currenttime": (stamp.strftime("%Y-%m-%dT%H:%M:%SZ"),),
            "aws:epochtime": (str(int(stamp.timestamp())),),
            "aws:principalorgid": mine,
            "aws:principalorgpaths": () if alone else None,
            "aws:resourceaccount": context["aws:principalaccount"],
            "aws:resourceorgid": mine,
            "aws:resourceorgpaths": () if alone else None,
        })  # fmt: skip
        return context

    def lookup(self, context: Context) -> globs.Lookup:
        """Looks keys of a context up."""
        return lookup_in(context, self.user)


_FORWARDED: Context = {"aws:viaawsservice": ("true",)}
_CALLED_VIA: Context = dict.fromkeys(
    ("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"), ("cloudformation.amazonaws.com",)
)


def _used(placed: Iterable[Placed]) -> set[str]:
    """Every context key that a policy asks for, in conditions and variables."""
    keys = set()
    for each in placed:
        for condition in each.statement.conditions:
            keys |= {condition.key, *(name for value in condition.values for name in globs.variables(value))}
        keys |= {name for text in each.statement.resources for name in globs.variables(text)}
    return keys


def _signature(conditions: Iterable[Condition], key: str, value: str) -> tuple[bool | None, ...]:
    def lookup(name: str) -> tuple[str, ...]:
        return (value,) if name == key else ()

    return tuple(holds(condition, lookup, variables=False) for condition in conditions)
