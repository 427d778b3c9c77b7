"""The partitions of AWS: worlds of their own with separate accounts, whose keys mean nothing in another one.

A key id does not tell its partition, and every question to a wrong one discloses something, so partitions are chosen by what
stands near a key. Endpoints: https://docs.aws.amazon.com/general/latest/gr/sts.html.
"""

from __future__ import annotations

from leakstop.expressions import expression
from leakstop.memo import of_a_text
from leakstop.record import NamedTuple

NEAR = 2000  # bytes before and after a key in which a hint counts
_BLOCK = 4096  # bytes that are looked through at once
_LONGEST = 64  # bytes of a hint


class Partition(NamedTuple):
    """A partition, and the region whose STS endpoint is asked when no other is chosen."""

    name: str
    region: str


PARTITIONS = {
    partition.name: partition
    for partition in (
        Partition("aws", "us-east-1"),
        Partition("aws-us-gov", "us-gov-west-1"),
        Partition("aws-cn", "cn-north-1"),
        Partition("aws-eusc", "eusc-de-east-1"),
    )
}
DEFAULT = PARTITIONS["aws"]

_BEFORE, _AFTER = rb"(?<![A-Za-z0-9-])", rb"(?![A-Za-z0-9])"
_REGION = rb"(?:us|ca|mx|sa|eu|ap|me|il|af)-(?:(?:north|south)?(?:east|west)|north|south|central)-[1-9]"
_HINTS = expression(
    b"(?P<cn>" + _BEFORE + rb"cn-north(?:west)?-[1-9]" + _AFTER + rb"|amazonaws\.com\.cn|arn:aws-cn:)"
    b"|(?P<gov>" + _BEFORE + rb"us-gov-(?:east|west)-[1-9]" + _AFTER + rb"|arn:aws-us-gov:)"
    b"|(?P<eusc>"
    + _BEFORE
    + rb"eusc-[a-z]{2}-[a-z]{4,9}-[1-9]"
    + _AFTER
    + rb"|amazonaws\.eu(?![A-Za-z0-9.-]*[A-Za-z])|arn:aws-eusc:)"
    b"|(?P<aws>" + _BEFORE + _REGION + _AFTER + rb"|arn:aws:)"
)
_NAMES = {"cn": "aws-cn", "gov": "aws-us-gov", "eusc": "aws-eusc", "aws": "aws"}


def hinted(text: bytes, start: int, end: int) -> tuple[str, ...]:
    """The partitions that the text around a value names, the nearest first; empty when it names none."""
    nearest: dict[str, int] = {}
    low, high = max(0, start - NEAR), end + NEAR
    for block in range(max(0, low - _LONGEST) // _BLOCK, min(high, len(text)) // _BLOCK + 1):
        for name, first, last in _hints(text, block):
            if low <= first and last <= high:
                distance = max(start - last, first - end, 0)
                nearest[name] = min(distance, nearest.get(name, distance))
    return tuple(sorted(nearest, key=lambda name: nearest[name]))


@of_a_text
def _hints(text: bytes, block: int) -> list[tuple[str, int, int]]:
    """What names a partition and begins in a block: its name, where it begins and ends."""
    first, last = block * _BLOCK, (block + 1) * _BLOCK
    found = _HINTS.finditer(text, first, last + _LONGEST)
    return [(_NAMES[hint.lastgroup or "aws"], *hint.span()) for hint in found if hint.start() < last]


_CALL = expression(r"(?:^|(?<=\$\())aws [a-z-]+ [a-z-]+")


def located(command: str, partition: str) -> str:
    """A command of the AWS CLI for a partition. Outside of the standard one it needs a region, also for global services."""
    there = PARTITIONS.get(partition, DEFAULT)
    return command if there is DEFAULT else _CALL.sub(rf"\g<0> --region {there.region}", command)


def of_arn(arn: str) -> str:
    """The name of the partition in an ARN; of the standard one where there is none."""
    return arn.split(":")[1] if arn.startswith("arn:") else DEFAULT.name


def of_region(region: str) -> Partition:
    """The partition that a region belongs to."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
    return PARTITIONS[next((name for prefix, name in prefixes.items() if region.startswith(prefix)), "aws")]
