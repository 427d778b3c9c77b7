"""Which networks a key was used from, by CloudTrail events up to the moment when it leaked: what a restriction may propose.

Read are the answers of `aws cloudtrail lookup-events` and the log files that a trail writes (gzipped or not).
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop.aws import addresses
from leakstop.aws.account import read_moment
from leakstop.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

ENOUGH_DAYS, ENOUGH_EVENTS = 3, 20  # seen on so many days, or in so many events: a habit
MOSTLY = 0.5  # a share of denied calls, or of mere "who am I", that makes an address suspect
NARROWEST = {4: 28, 6: 64}  # neighbours are put together up to this prefix, never beyond
_GZIP = b"\x1f\x8b"


class Event(NamedTuple):
    """What is needed of an event."""

    moment: datetime
    source: str  # an address, or the host of an AWS service
    name: str
    denied: bool
    agent: str
    forwarded: bool  # an AWS service called on in the key's name
    endpoint: str  # of a VPC, "" over the internet


class Seen(NamedTuple):
    """An address that the key was used from."""

    address: str
    events: int
    days: int
    first: str  # ISO 8601
    last: str
    agents: tuple[str, ...]
    verdict: str  # "" to propose it, else why not


class Proposal(NamedTuple):
    """Networks to trust, and what they rest on."""

    cidrs: tuple[str, ...]
    seen: tuple[Seen, ...]
    endpoints: tuple[str, ...]  # VPC endpoints that it came through before the leak


def read(files: Iterable[str], key_id: str = "", user: str = "") -> list[Event]:
    """The events of some files, of one key or one user where they are named. UsageError for what holds no events."""
    return [event for file in files for row in _records(file) if (event := _event(row, key_id, user))]


def propose(events: Iterable[Event], exposed: datetime) -> Proposal:
    """The networks of habit before the exposure. What came first afterwards is suspect and never proposed."""
    by_address: dict[str, list[Event]] = {}
    endpoints: dict[str, None] = {}
    for event in sorted(events):
        if event.endpoint and event.moment < exposed:
            endpoints[event.endpoint] = None
        source = addresses.parse(event.source)
        if not event.endpoint and not event.forwarded and source and source.size == addresses.public_size(source) == 1:
            by_address.setdefault(event.source, []).append(event)
    seen = [_seen(address, mine, exposed) for address, mine in by_address.items()]
    good = addresses.parsed(one.address for one in seen if not one.verdict)
    return Proposal(
        tuple(_networks(good)), tuple(sorted(seen, key=lambda one: (bool(one.verdict), -one.events))), tuple(endpoints)
    )


def _seen(address: str, events: list[Event], exposed: datetime) -> Seen:
    before = [event for event in events if event.moment < exposed]
    days = {event.moment.date() for event in before}
    idle = sum(event.denied or event.name == "GetCallerIdentity" for event in before)
    verdict = ""
    if not before:
        verdict = "first seen after the exposure: suspect"
    elif idle > MOSTLY * len(before):
        verdict = "mostly denied calls or GetCallerIdentity: suspect"
    elif len(days) < ENOUGH_DAYS and len(before) < ENOUGH_EVENTS:
        verdict = "seen too seldom"
    agents = Counter(event.agent for event in events)
    first, last = events[0].moment.isoformat(), events[-1].moment.isoformat()
    return Seen(address, len(events), len(days), first, last, tuple(agent for agent, _ in agents.most_common(3)), verdict)


def _networks(found: list[addresses.Range]) -> list[str]:
    """Addresses as CIDRs; neighbours of one small block become the block when at least half of it is there."""
    left: list[addresses.Range] = []
    for version in (4, 6):
        mine = [each for each in found if each.version == version]
        width = 1 << ((32 if version == 4 else 128) - NARROWEST[version])
        blocks = Counter(each.first // width for each in mine)
        whole = {block for block, count in blocks.items() if count * 2 >= width or (version == 6 and count > 1)}
        left += [addresses.Range(version, block * width, block * width + width - 1) for block in whole]
        left += [each for each in mine if each.first // width not in whole]
    return addresses.cidrs(left)


def _event(row: Any, key_id: str, user: str) -> Event | None:
    """An event of a record; None for those of others and for what is no event."""
    if not isinstance(row, dict):
        return None
    identity = row.get("userIdentity")
    identity = identity if isinstance(identity, dict) else {}
    if key_id and identity.get("accessKeyId") != key_id and not (user and identity.get("userName") == user):
        return None
    if user and not key_id and identity.get("userName") not in (None, user):
        return None
    moment = read_moment(row.get("eventTime"))
    source = row.get("sourceIPAddress")
    if moment is None or not isinstance(source, str):
        return None
    return Event(
        moment,
        source,
        str(row.get("eventName", "")),
        "errorCode" in row,
        str(row.get("userAgent", "")),
        bool(identity.get("invokedBy")),
        str(row.get("vpcEndpointId") or ""),
    )


def _records(file: str) -> Iterator[Any]:
    """The raw records of a log file, or inside the events of a look-up."""
    try:
        with open(file, "rb") as stream:
            data = stream.read()
        whole = json.loads(gzip.decompress(data) if data.startswith(_GZIP) else data)
    except OSError as error:
        raise UsageError(f"{file}: cannot read it: {error.strerror or 'damaged gzip'}") from None
    except (ValueError, EOFError, RecursionError):
        raise UsageError(f"{file}: this is not JSON") from None
    if isinstance(whole, dict) and isinstance(whole.get("Records"), list):
        yield from whole["Records"]
    elif isinstance(whole, dict) and isinstance(whole.get("Events"), list):
        for event in whole["Events"]:
            try:
                yield json.loads(event["CloudTrailEvent"])
            except (KeyError, TypeError, ValueError):
                continue
    else:
        raise UsageError(
            f"{file}: these are not CloudTrail events: neither Records nor Events",
            "Make it with: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=KEY_ID",
        )
