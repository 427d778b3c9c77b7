"""Takes apart what a commit or a tag says of itself, as git stores it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import NamedTuple


class Person(NamedTuple):
    """Who did it and when."""

    text: bytes  # `Name <email>`
    name: str
    email: str
    date: str  # ISO 8601 with offset; empty if the stored one is no date


class Note(NamedTuple):
    """A commit or a tag: its known headers, the lines of all others with their names, and the message."""

    headers: dict[bytes, list[bytes]]
    others: tuple[tuple[str, bytes], ...]
    message: bytes
    encoding: str  # as stated; empty: UTF-8


KNOWN = (b"tree", b"parent", b"author", b"committer", b"encoding", b"object", b"type", b"tag", b"tagger")
NOBODY = Person(b"", "", "", "")
ASCII_WIDE = ("utf16", "utf32", "ucs", "utf7")  # encodings in which an ASCII letter is not the one byte that it is elsewhere


def read_note(content: bytes) -> Note:
    """The parts of a commit's or tag's content; whatever is odd about it stands in one of them."""
    head, _, message = content.partition(b"\n\n")
    headers: dict[bytes, list[bytes]] = {}
    others: list[list[bytes]] = []  # gpgsig, mergetag, or anything that someone put there
    for line in head.split(b"\n"):
        name, _, value = line.partition(b" ")
        if name in KNOWN:
            headers.setdefault(name, []).append(value)
        elif not name and others:
            others[-1].append(value)  # a further line of the same header
        elif line:
            others.append([line])
    encoding = headers.get(b"encoding", [b""])[0].decode("ascii", "replace")
    named = tuple((decode(lines[0].partition(b" ")[0]), b"\n".join(lines)) for lines in others)
    return Note(headers, named, as_utf8(message, encoding), encoding)


def read_person(field: bytes, encoding: str = "") -> Person:
    """Of `Name <email> seconds zone`."""
    who, _, when = field.rpartition(b"> ")
    if not who:
        return Person(field, decode(field, encoding), "", "")
    name, _, email = who.rpartition(b"<")
    return Person(who + b">", decode(name.strip(), encoding), decode(email, encoding), _date(when))


def _date(when: bytes) -> str:
    seconds, _, zone = when.partition(b" ")
    try:
        offset = int(zone[:-2]) * 60 + int(zone[:1] + zone[-2:])
        return iso(int(seconds), offset)
    except ValueError:
        return ""


def iso(seconds: int, offset: int = 0) -> str:
    """A moment since 1970 as ISO 8601, `offset` in minutes; empty for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, timezone(timedelta(minutes=offset))).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def subject(message: bytes, encoding: str = "") -> str:
    """The first line that says something."""
    return decode(message.lstrip().partition(b"\n")[0].rstrip(), encoding)


def decode(text: bytes, encoding: str = "") -> str:
    """Text for people: UTF-8, else what the commit says, else Latin-1, which fits everything."""
    for name in ("utf-8", encoding or "latin-1"):
        try:
            return text.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return text.decode("latin-1")


def as_utf8(text: bytes, encoding: str) -> bytes:
    """The text as it is, unless its encoding hides ASCII: then in UTF-8."""
    if encoding.lower().replace("-", "").replace("_", "").startswith(ASCII_WIDE):
        try:
            return text.decode(encoding).encode("utf-8", "surrogatepass")
        except (UnicodeDecodeError, LookupError):
            pass  # not what it says
    return text
