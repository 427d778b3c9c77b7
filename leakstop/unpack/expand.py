"""Chunks and what is in them: behind each chunk that is a container come those of its members, at any depth, within limits.

What cannot be unpacked is told: over a limit as a problem; damaged, encrypted or packed in a way that is not supported as unread.
The bytes of a container itself are searched too, so that nothing is lost.
"""

from __future__ import annotations

from leakstop.model import Chunk, show_path, show_text
from leakstop.unpack.limits import Budget, Damaged, OverLimit, Unsupported, empty
from leakstop.unpack.magic import CERTAIN, kind
from leakstop.windows import windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO

    from leakstop.model import Origin, Tally
    from leakstop.unpack.limits import Limits
    from leakstop.unpack.members import Member

_IN_MEMORY = 32 << 20  # bytes of a container that is kept in memory while it is open
_BY_HAND = "Unpack it and scan what comes out, or leave it out with `exclude`."
_REMEDY = "Raise the limit in the configuration, or leave it out with `exclude`."


def expanded(chunks: Iterable[Chunk], tally: Tally, limits: Limits) -> Iterator[Chunk]:
    """The chunks, each followed by those of its members. Large objects come in windows, one behind the other."""
    kept: _Kept | None = None
    for chunk in chunks:
        yield chunk
        if not chunk.offset:
            what = kind(chunk.data, chunk.origin.path)
            kept = _Kept(what) if what else None
        if kept:
            kept.add(chunk)
            if chunk.last:
                with kept.file as file:
                    yield from _opened(file, kept.kind, kept.size, chunk.origin, tally, limits)
                kept = None


class _Kept:
    """A container put together again from its windows."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.size = 0
        self._file: IO[bytes] | None = None

    def add(self, chunk: Chunk) -> None:
        """The next window; it may overlap the one before."""
        if self._file is None:
            self._file = _file(chunk.data, whole=chunk.last)
        else:
            self._file.write(chunk.data[self.size - chunk.offset :])
        self.size = chunk.offset + len(chunk.data)

    @property
    def file(self) -> IO[bytes]:
        """From the beginning."""
        assert self._file is not None
        self._file.seek(0)
        return self._file


def _file(data: bytes, *, whole: bool) -> IO[bytes]:
    """A file that holds the bytes; on the disk when more come and it grows large."""
    if whole:
        from io import BytesIO

        return BytesIO(data)
    from tempfile import SpooledTemporaryFile

    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by whoever opens the container
    file.write(data)
    return file


def _opened(file: IO[bytes], what: str, size: int, origin: Origin, tally: Tally, limits: Limits) -> Iterator[Chunk]:
    """The chunks of an outermost container's members."""
    unpacking = _Unpacking(tally, limits, Budget(limits, size))
    try:
        yield from unpacking.container(file, what, origin)
    except OverLimit as error:
        tally.problem(_where(origin), f"not unpacked to the end: {error}", _REMEDY)


def _where(origin: Origin) -> str:
    name = show_path(origin.path) if origin.path else f"{origin.kind} {origin.blob}".strip()
    return " → ".join((name, *map(show_text, filter(None, origin.members))))


class _Unpacking:
    """One outermost container on its way out."""

    def __init__(self, tally: Tally, limits: Limits, budget: Budget) -> None:
        self._tally = tally
        self._limits = limits
        self._budget = budget

    def container(self, file: IO[bytes], what: str, origin: Origin) -> Iterator[Chunk]:
        """The chunks of all that is in a container. Raises OverLimit."""
        if len(origin.members) >= self._limits.depth:
            raise OverLimit(f"containers within containers, more than {self._limits.depth} of them (archive-depth)")
        from leakstop.unpack.openers import opener

        path = (origin.members[-1] if origin.members else show_path(origin.path)).rpartition("/")[2]
        try:
            for member in opener(what)(file, path):
                self._budget.member()
                within = origin._replace(members=(*origin.members, member.name))
                if member.why:
                    self._tally.unread(_where(within), member.why, _BY_HAND)
                elif member.decoded:
                    yield from self._member(member, origin._replace(decoded=(*origin.decoded, member.decoded)))
                else:
                    yield from self._member(member, within)
        except Damaged:
            if what in CERTAIN:
                self._tally.unread(_where(origin), "damaged; its bytes were searched")
            else:
                self._tally.skip("container", "damaged, or none after all; its bytes were searched")
        except Unsupported as error:
            self._tally.unread(_where(origin), f"cannot be unpacked: {error}", _BY_HAND)
        except OverLimit:
            raise
        except Exception as error:  # noqa: BLE001 - a library stumbled over what somebody made to trip it
            self._tally.problem(
                _where(origin), f"cannot be unpacked ({type(error).__name__})", "Please report it, with the file."
            )

    def _member(self, member: Member, origin: Origin) -> Iterator[Chunk]:
        """The chunks of a member, and what is in it if it is a container itself."""
        kept: _Kept | None = None
        for window in windows(self._budget.counted(self._as_far_as_it_goes(member.read, origin))):
            if window.data:
                chunk = Chunk(window.data, origin, window.line, window.offset, None, window.last)
                if not window.offset or window.last or not empty(window.data):  # its neighbours hold its ends, too
                    yield _in_words(chunk) if not window.offset and window.last else chunk
                if not window.offset and not member.decoded:
                    what = kind(window.data, member.name.encode(errors="replace"))
                    kept = _Kept(what) if what else None
                if kept:
                    kept.add(chunk)
        if kept:
            with kept.file as file:
                yield from self.container(file, kept.kind, origin)

    def _as_far_as_it_goes(self, read: Callable[[int], bytes], origin: Origin) -> Callable[[int], bytes]:
        """A reader for which damage is the end."""

        def reading(size: int) -> bytes:
            try:
                return read(size)
            except Damaged:
                self._tally.unread(_where(origin), "damaged; read as far as it goes")
                return b""

        return reading


def _in_words(chunk: Chunk) -> Chunk:
    """XML of an office document as its text: formatting would cut values into pieces. Any other member as it is."""
    if not chunk.data[:256].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        return chunk
    from leakstop.unpack.documents import words

    text = words(chunk.origin.members[-1], chunk.data)
    return chunk._replace(data=text, origin=chunk.origin._replace(decoded=("text of the document",))) if text else chunk
