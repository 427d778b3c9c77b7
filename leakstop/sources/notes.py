"""What commits and tags say of themselves, as chunks: message, unusual headers, people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.git.people import NOBODY, read_person, subject
from leakstop.model import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.git.people import Note
    from leakstop.model import Origin

ROLES = (b"author", b"committer", b"tagger")  # the headers that name people: two of a commit, one of a tag


def signed(origin: Origin, note: Note, role: bytes) -> Origin:
    """The origin with author, email, date and subject; `role` is the header that names the author."""
    encoding = note.encoding
    person = read_person(note.headers[role][0], encoding) if role in note.headers else NOBODY
    return origin._replace(author=person.name, email=person.email, date=person.date, subject=subject(note.message, encoding))


def texts(note: Note, origin: Origin, known: set[bytes]) -> Iterator[Chunk]:
    """Message, unusual headers (a signed merge holds the tag's message there), and those people that are not `known` yet.

    Lines of a header are counted in it: it is told apart from the message as a member of an archive is from its archive.
    """
    if origin.kind != "tag":
        origin = origin._replace(kind="message")
    if note.message:
        yield Chunk(note.message, origin)
    for name, text in note.others:
        yield Chunk(text, origin._replace(members=(name,)))
    for person in people(note):
        if person not in known:
            known.add(person)
            yield Chunk(person, origin._replace(kind="person"))


def people(note: Note) -> Iterator[bytes]:
    """Who is named in the headers of a commit or a tag: name and address."""
    return (read_person(field).text for role in ROLES for field in note.headers.get(role, ()))
