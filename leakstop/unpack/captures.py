"""What went over a network: captures of packets (pcap, pcapng) as the streams that they carried, and archives of the web (WARC).

Texts in one packet stand in the file as they are; this is for what was cut into packets, into chunks, or compressed.
"""

from __future__ import annotations

import re
import struct
from typing import IO, TYPE_CHECKING, NamedTuple

from leakstop.unpack.members import Member, reader

if TYPE_CHECKING:
    from collections.abc import Iterator

_TCP = 6
_MOST = 0xFFFFFF  # bytes of a packet or block
# Bytes before the IP header, by link type (tcpdump.org/linktypes.html): Ethernet, loopback, raw IP, Linux "any" (two versions).
_LINKS = {0: 4, 1: 14, 12: 0, 101: 0, 108: 4, 113: 16, 228: 0, 229: 0, 276: 20}
_TAGS = (b"\x81\x00", b"\x88\xa8")  # of virtual networks: four bytes more
_NG_LINK, _NG_SIMPLE, _NG_PACKET = 1, 3, 6  # kinds of blocks
_HEAD = re.compile(
    rb"(?:HTTP/1\.[01] [0-9]{3}|(?:POST|PUT|PATCH) [^\r\n]{1,8192} HTTP/1\.[01])[^\r\n]{0,200}\r\n"
    rb"((?:[^\r\n]{1,8192}\r\n){1,200})\r\n"
)
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*([0-9]{1,12})\r?$")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding:.*chunked")
_ENCODED = re.compile(rb"(?im)^content-encoding:[ \t]*([a-z]{2,10})")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r\n")


class _Packet(NamedTuple):
    """A piece of a stream: who sends it to whom, where it stands in the stream, what it is."""

    ends: tuple[bytes, bytes]
    place: int
    data: bytes


def pcap(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The bodies of HTTP messages that are chunked or compressed, and streams of several packets, of a file of libpcap's."""
    head = file.read(24)
    order = "<" if head[:1] in (b"\xd4", b"\x4d") else ">"
    link = struct.unpack(order + "I", head[20:24])[0] & 0xFFFF if len(head) == 24 else -1

    def frames() -> Iterator[tuple[int, bytes]]:
        while len(told := file.read(16)) == 16:
            yield link, file.read(struct.unpack(order + "I", told[8:12])[0] & _MOST)

    yield from _streams(frames())


def pcapng(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The same of a newer format (draft-ietf-opsawg-pcapng)."""

    def frames() -> Iterator[tuple[int, bytes]]:
        order, links = "<", list[int]()
        while len(head := file.read(8)) == 8:
            if head[:4] == b"\n\r\r\n":
                mark = file.read(4)
                order = ">" if mark == b"\x1a\x2b\x3c\x4d" else "<"
                links = []
                file.seek(-4, 1)
            kind, size = struct.unpack(order + "II", head)
            if not 12 <= size <= _MOST:
                return
            body = file.read(size - 8)[:-4]
            if kind == _NG_LINK and len(body) > 1:
                links.append(struct.unpack(order + "H", body[:2])[0])
            elif kind == _NG_PACKET and len(body) >= 20:
                at, length = struct.unpack(order + "I8xI4x", body[:20])
                yield links[at] if at < len(links) else -1, body[20 : 20 + length]
            elif kind == _NG_SIMPLE:
                yield links[0] if links else -1, body[4:]

    yield from _streams(frames())


def warc(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The bodies that a crawler saw (ISO 28500), as far as they are chunked or compressed."""
    yield from _bodies(file.read(), "response")


def _streams(frames: Iterator[tuple[int, bytes]]) -> Iterator[Member]:
    pieces: dict[tuple[bytes, bytes], dict[int, bytes]] = {}
    for link, frame in frames:
        packet = _packet(link, frame)
        if packet and packet.data:
            seen = pieces.setdefault(packet.ends, {})
            if len(seen.get(packet.place, b"")) < len(packet.data):
                seen[packet.place] = packet.data
    for number, parts in enumerate(pieces.values(), 1):
        # Numbers start anywhere and go round: the first packet's is the beginning.
        start = next(iter(parts))
        data = b"".join(parts[place] for place in sorted(parts, key=lambda place: (place - start + (1 << 31)) & 0xFFFFFFFF))
        if len(parts) > 1:
            yield Member(f"stream {number}", reader(data))
        yield from _bodies(data, f"stream {number}, body")


def _packet(link: int, frame: bytes) -> _Packet | None:
    """What a frame carries, if it is TCP over IP."""
    skip = _LINKS.get(link)
    if skip is None:
        return None
    if link == 1:
        while frame[skip - 2 : skip] in _TAGS:
            skip += 4
    ip = frame[skip:]
    version = ip[0] >> 4 if ip else 0
    if version == 4 and len(ip) >= 20 and ip[9] == _TCP:
        head, ends, whole = (ip[0] & 15) * 4, (ip[12:16], ip[16:20]), int.from_bytes(ip[2:4], "big")
    elif version == 6 and len(ip) >= 40 and ip[6] == _TCP:
        head, ends, whole = 40, (ip[8:24], ip[24:40]), 40 + int.from_bytes(ip[4:6], "big")
    else:
        return None
    tcp = ip[head : whole if whole > head else len(ip)]  # no padding; offloading leaves the size out
    if len(tcp) < 20:
        return None
    return _Packet((ends[0] + tcp[:2], ends[1] + tcp[2:4]), int.from_bytes(tcp[4:8], "big"), tcp[(tcp[12] >> 4) * 4 :])


def _bodies(stream: bytes, name: str) -> Iterator[Member]:
    """The bodies of HTTP/1 messages that do not stand in the stream as they are (RFC 9112, 6 and 7)."""
    for number, head in enumerate(_HEAD.finditer(stream), 1):
        fields = head[1]
        encoding = _ENCODED.search(fields)
        if _CHUNKED.search(fields):
            body = _unchunked(stream, head.end())
        elif encoding:
            length = _LENGTH.search(fields)
            body = stream[head.end() : head.end() + int(length[1]) if length else len(stream)]
        else:
            continue
        why = "a format that cannot be read: brotli" if encoding and encoding[1].lower() == b"br" else ""
        yield Member(f"{name} {number}", reader(body), why)


def _unchunked(stream: bytes, at: int) -> bytes:
    parts = []
    while (head := _CHUNK.match(stream, at)) and (size := int(head[1], 16)):
        parts.append(stream[head.end() : head.end() + size])
        at = head.end() + size + 2
    return b"".join(parts)
