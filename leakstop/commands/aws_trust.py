"""The options that name what is legitimate: the owner's addresses, VPC endpoints and organization."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from leakstop.commands.options import Option
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from leakstop.aws.vantages import Trust


def trusted(values: Any) -> Trust:
    """What the options call legitimate. UsageError for what is no address."""
    from leakstop.aws import addresses
    from leakstop.aws.vantages import Trust

    for text in values.inside:
        if addresses.parse(text) is None:
            raise UsageError(f"--inside {text}: a CIDR or an address is expected, such as 203.0.113.0/24")
    for text in values.vpc_source:
        if (addresses.parse(text) or addresses.everything(4)).size != 1:
            raise UsageError(f"--vpc-source {text}: an address is expected, such as 10.0.0.9")

    for option, given, example in (
        ("vpce", values.vpce, "vpce-0a1b2c3d4e5f67890"),
        ("vpc", values.vpc, "vpc-0a1b2c3d4e5f67890"),
        ("org", values.org, "o-a1b2c3d4e5"),
    ):
        start = example.partition("-")[0]
        for text in given:
            if not re.fullmatch(f"{start}-[0-9a-z]+", text):
                raise UsageError(f"--{option} {text}: an id is expected, such as {example}")
    return Trust(values.inside, values.vpce, values.vpc, values.vpc_source, values.org)


TRUST = (
    "what is legitimate",
    (
        Option(("--inside",), "addresses that the owner calls from, such as 203.0.113.0/24 (repeatable)", "CIDR", (), many=True),
        Option(("--vpce",), "a VPC endpoint of the owner's (repeatable)", "ID", (), many=True),
        Option(("--vpc",), "a VPC of the owner's (repeatable)", "ID", (), many=True),
        Option(
            ("--vpc-source",), "a private address that the owner calls from, inside the VPC (repeatable)", "IP", (), many=True
        ),
        Option(("--org",), "the owner's organization (repeatable)", "ID", (), many=True),
    ),
)
