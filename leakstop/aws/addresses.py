"""IP ranges as policies write them, and the classes of addresses that a set of ranges tells apart."""

from __future__ import annotations

import ipaddress
import itertools
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

SIZES = {4: 1 << 32, 6: 1 << 128}
# Never the source of a call to a public endpoint (RFC 6890, 1112): aws:SourceIp is a public address. Documentation ranges are
# left in: they stand for public ones in examples.
NOT_PUBLIC = (
    *(
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "224.0.0.0/3",
    ),
    *("::/8", "fc00::/7", "fe80::/10", "ff00::/8"),
)
DOCUMENTATION = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")

_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NARROW = 96 + 9  # what is wider holds strangers


class Range(NamedTuple):
    """Addresses from first to last, as numbers."""

    version: int  # 4 or 6
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many addresses."""
        return self.last - self.first + 1


@lru_cache(maxsize=65536)
def parse(text: str) -> Range | None:
    """A CIDR or a bare address; host bits are masked. None for anything else, netmasks and policy variables included.

    Neither for the internet of IPv4 written as IPv6 (::ffff:0:0/96): nobody documents which of the two AWS takes it for. Small
    ranges of that form keep outsiders out either way.
    """
    address, slash, prefix = text.partition("/")
    if slash and not (prefix.isascii() and prefix.isdecimal()):
        return None
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    if "%" in address or (
        isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED) and network.prefixlen < _NARROW
    ):
        return None
    return Range(network.version, int(network.network_address), int(network.broadcast_address))


def parsed(texts: Iterable[str]) -> list[Range]:
    """The ranges of those texts that are some."""
    return [each for each in map(parse, texts) if each]


@lru_cache(maxsize=65536)
def surroundings(text: str) -> Range | None:
    """What a bare IPv6 address may mean: AWS documents "/32" as the default width without telling the families apart."""
    if "/" in text or ":" not in text or parse(text) is None:
        return None
    return parse(f"{text}/32")


def contains(wanted: tuple[str, ...], actual: str) -> bool | None:
    """Whether an address lies in one of the ranges of a policy. None: one cannot be read, or its width is not known."""
    address = parse(actual)
    if address is None or address.size != 1:
        return None
    listed, wide, readable = _union(wanted)
    if _within(address, listed):
        return True
    return None if not readable or _within(address, wide) else False


@lru_cache(maxsize=4096)
def _union(wanted: tuple[str, ...]) -> tuple[list[Range], list[Range], bool]:
    """The ranges of a list, what its bare IPv6 addresses may mean, and whether all of it can be read."""
    ranges = list(map(parse, wanted))
    wide = [each for each in map(surroundings, wanted) if each]
    return merged(each for each in ranges if each), merged(wide), None not in ranges


def _within(address: Range, union: list[Range]) -> bool:
    """Whether an address lies in one of disjoint ranges that are in order."""
    at = bisect_right(union, address._replace(last=SIZES[6]))
    return at > 0 and union[at - 1].version == address.version and address.first <= union[at - 1].last


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The union as disjoint ranges that do not touch, in order."""
    union: list[Range] = []
    for each in sorted(ranges):
        if union and union[-1].version == each.version and each.first <= union[-1].last + 1:
            union[-1] = union[-1]._replace(last=max(union[-1].last, each.last))
        else:
            union.append(each)
    return union


def without(ranges: Iterable[Range], holes: Iterable[Range]) -> list[Range]:
    """The ranges less the holes."""
    left = merged(ranges)
    for hole in merged(holes):
        rest = []
        for each in left:
            if each.version != hole.version or hole.last < each.first or each.last < hole.first:
                rest.append(each)
                continue
            if each.first < hole.first:
                rest.append(each._replace(last=hole.first - 1))
            if hole.last < each.last:
                rest.append(each._replace(first=hole.last + 1))
        left = rest
    return left


def everything(version: int) -> Range:
    """All addresses of a family."""
    return Range(version, 0, SIZES[version] - 1)


@lru_cache(maxsize=2)
def public(version: int) -> tuple[Range, ...]:
    """What can be the source of a call over the internet."""
    return tuple(public_part(everything(version)))


def public_part(each: Range) -> list[Range]:
    """What of a range can be the source of a call over the internet."""
    return without([each], _not_public())


def public_size(each: Range) -> int:
    """How many public addresses a range holds."""
    return sum(part.size for part in public_part(each))


def is_documentation(ranges: Iterable[Range]) -> bool:
    """Whether all of some ranges are those of documentation examples."""
    return not without(ranges, parsed(DOCUMENTATION))


@lru_cache(maxsize=1)
def _not_public() -> tuple[Range, ...]:
    return tuple(parsed(NOT_PUBLIC))


def show(version: int, number: int) -> str:
    """An address as text."""
    return str(ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number))


def samples(space: Iterable[Range], cuts: Iterable[Range]) -> list[str]:
    """One address of every piece into which the borders of `cuts` divide a space; a well-known one where the piece holds one."""
    known = parsed(("198.51.100.77", "2001:db8:77::77", "10.0.0.9"))
    found = []
    borders = sorted({(cut.version, border) for cut in cuts for border in (cut.first, cut.last + 1)})
    for each in merged(space):
        inner = borders[bisect_right(borders, (each.version, each.first)) : bisect_right(borders, (each.version, each.last))]
        for first, after in itertools.pairwise([each.first, *(border for _, border in inner), each.last + 1]):
            at = next((one.first for one in known if one.version == each.version and first <= one.first < after), first)
            found.append(show(each.version, at))
    return found


def cidrs(ranges: Iterable[Range]) -> list[str]:
    """The ranges as the fewest CIDRs, IPv4 first; single addresses as /32 and /128."""
    found: list[str] = []
    for each in merged(ranges):
        kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address] = (
            ipaddress.IPv4Address if each.version == 4 else ipaddress.IPv6Address
        )
        found += map(str, ipaddress.summarize_address_range(kind(each.first), kind(each.last)))
    return found
