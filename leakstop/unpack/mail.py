"""E-mails: each part decoded. A mailbox is a row of mails."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from leakstop.unpack.limits import Damaged
from leakstop.unpack.members import Member, reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

_BETWEEN = re.compile(rb"^From [^\n]*\d{4}[^\n]*\n", re.MULTILINE)  # RFC 4155


def mail(file: IO[bytes], _name: str) -> Iterator[Member]:
    """The parts of the mails in a file that are encoded; the others stand in the file as they are."""
    from email import message_from_bytes

    data = file.read()
    starts = [match.start() for match in _BETWEEN.finditer(data)] if data.startswith(b"From ") else []
    several = len(starts) > 1
    for number, (start, end) in enumerate(zip(starts or [0], [*starts[1:], len(data)], strict=True), 1):
        try:
            message = message_from_bytes(data[start:end])
            for place, part in enumerate(message.walk()):
                if not part.is_multipart() and str(part.get("Content-Transfer-Encoding", "")).strip().lower() in _ENCODED:
                    name = _title(part, place)
                    yield Member(f"mail {number}: {name}" if several else name, reader(_text(part)))
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise Damaged(type(error).__name__) from None


_ENCODED = ("base64", "quoted-printable")


def _title(part: Message, place: int) -> str:
    return part.get_filename() or (f"part {place}" if place else "body")


def _text(part: Message) -> bytes:
    """The decoded content, in UTF-8 where it is text in another encoding."""
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    charset = part.get_content_charset("utf-8")
    if part.get_content_maintype() != "text" or charset in {"utf-8", "us-ascii"}:
        return data
    try:
        return data.decode(charset).encode()
    except (LookupError, UnicodeError):
        return data
