"""Every object of a repository, wherever it stands: packs, loose files, alternates; each id once, however often it is stored."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from leakstop.errors import SourceError
from leakstop.git.ascending import lacking
from leakstop.git.folders import object_folders
from leakstop.git.inflate import ERRORS, TooLarge, explain
from leakstop.git.loose import LooseObject, list_loose, loose_header, read_loose, stream_loose
from leakstop.git.mentions import Ids
from leakstop.git.pack import COMMIT, KINDS, TAG, Pack, open_pack
from leakstop.git.packindex import REMEDY, Index, PackError, read_multi_index
from leakstop.git.walk import LARGE, Aside, read_indices, read_one, stream
from leakstop.model import Problem, show_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from leakstop.git.plumbing import Repository


class ObjectStore:
    """The objects of one repository.

    `packs` are to be walked in this order; `hidden[k]` marks the objects of pack k that do not count there: a pack before it has
    them too, or they cannot be read. `problems` tells what could not be opened, and grows while reading.
    """

    def __init__(self, width: int, *, promisor: bool = False) -> None:
        self.width = width  # bytes of an id
        self.packs: list[Pack] = []
        self.hidden: list[NDArray[np.bool_]] = []
        self.problems: list[Problem] = []
        self.promisor = promisor  # objects may be missing here and stand with a remote that promised them
        self._folders: tuple[bytes, ...] = ()
        self._loose: dict[bytes, bytes] = {}  # id -> objects folder; not those that a pack has
        self._headers: dict[bytes, LooseObject] | None = None

    @classmethod
    def open(cls, repo: Repository, environ: Mapping[str, str] = os.environ) -> Self:
        """Open all packs and list the loose objects. What cannot be read becomes a problem."""
        store = cls(32 if repo.object_format == "sha256" else 20, promisor=repo.partial)
        folders = object_folders(repo, environ)
        store._folders = folders.paths
        store.problems.extend(folders.problems)
        for folder in folders.paths:
            store._open_packs(os.path.join(folder, b"pack"))
        found: dict[bytes, bytes] = {}
        for folder in folders.paths:
            for oid in list_loose(folder, store.width, store._unreadable):
                found.setdefault(oid, folder)
        store._hide(found)
        return store

    def _unreadable(self, path: bytes, error: OSError) -> None:
        self.problems.append(
            Problem(show_path(path), f"cannot be read: {error.strerror}", "Give this user the right to read it.")
        )

    def _open_packs(self, folder: bytes) -> None:
        try:
            names = set(os.listdir(folder))
        except FileNotFoundError:
            return
        except OSError as error:
            self._unreadable(folder, error)
            return
        for name in sorted(names):
            if not name.startswith(b"pack-"):
                continue  # temporary ones of a git that is at work, or was killed
            path = os.path.join(folder, name)
            try:
                if name.endswith(b".pack"):
                    self._open_pack(path, names)
                elif name.endswith(b".idx") and name[:-4] + b".pack" not in names:
                    raise PackError(f"{show_path(path)} has no pack beside it", REMEDY)
            except SourceError as error:
                self.problems.append(Problem(show_path(path), error.message, error.remedy))

    def _open_pack(self, path: bytes, names: set[bytes]) -> None:
        index: Index | None = None
        folder, name = os.path.split(path)
        if name[:-5] + b".idx" not in names:
            if b"multi-pack-index" not in names:
                raise PackError(f"{show_path(path)} has no index", f"Run `git index-pack {show_path(path)}`.")
            several = read_multi_index(os.path.join(folder, b"multi-pack-index"), self.width)
            if name[:-5] + b".idx" not in several.packs:
                raise PackError(f"{show_path(path)} has no index", f"Run `git index-pack {show_path(path)}`.")
            index = several.part(several.packs.index(name[:-5] + b".idx"))
        pack = open_pack(path, self.width, index)
        self.problems.extend(Problem(show_path(path), problem, REMEDY) for problem in pack.problems)
        self.packs.append(pack)

    def _hide(self, loose: dict[bytes, bytes]) -> None:
        """Count each object once: in the first pack that has it readable, else as a loose file."""
        self.hidden = [pack.kinds == 0 for pack in self.packs]
        for pack, hidden in zip(self.packs, self.hidden, strict=True):
            hidden[pack.unnamed] = True
        hide_repeated(self.packs, self.hidden)
        if loose:
            wanted = np.frombuffer(b"".join(loose), np.uint8).reshape(-1, self.width)
            packed = np.zeros(len(wanted), np.bool_)
            for pack in self.packs:
                places = pack.locate(wanted)
                packed |= (places >= 0) & (pack.kinds[places] > 0) if len(pack.kinds) else False
            self._loose = {oid: folder for (oid, folder), there in zip(loose.items(), packed.tolist(), strict=True) if not there}
        for pack in self.packs:
            lost = [oid for oid in pack.oids(lacking(np.flatnonzero(pack.kinds == 0), pack.unnamed)) if oid not in self]
            if lost:
                shown_ids = ", ".join(oid.hex() for oid in lost[:3]) + (", …" if len(lost) > 3 else "")
                message = f"{len(lost)} of its {len(pack.kinds)} objects cannot be read: {shown_ids}"
                self.problems.append(Problem(show_path(pack.path), message, REMEDY))

    @cached_property
    def ids(self) -> Ids:
        """The ids of all objects, those that cannot be read among them."""
        loose = np.frombuffer(b"".join(self._loose), np.uint8).reshape(-1, self.width)
        return Ids(np.concatenate([loose, *(pack.names for pack in self.packs)]))

    def __contains__(self, oid: bytes) -> bool:
        return oid in self._loose or any(True for _ in self._places(oid))

    def count(self, kind: int) -> int:
        """How many objects of a kind there are."""
        packed = sum(int(((pack.kinds == kind) & ~hidden).sum()) for pack, hidden in zip(self.packs, self.hidden, strict=True))
        return packed + len(self.loose(kind))

    def oids(self, kind: int) -> Iterator[bytes]:
        """The ids of all objects of a kind, each once."""
        for pack, hidden in zip(self.packs, self.hidden, strict=True):
            yield from pack.oids(np.flatnonzero((pack.kinds == kind) & ~hidden))
        yield from (header.oid for header in self.loose(kind))

    def loose(self, kind: int) -> list[LooseObject]:
        """The loose objects of a kind, by their headers alone; not those that a pack has too."""
        return [header for header in self._loose_headers().values() if header.kind == kind]

    def _loose_headers(self) -> dict[bytes, LooseObject]:
        if self._headers is None:
            self._headers = {}
            for oid, folder in self._loose.items():
                try:
                    self._headers[oid] = loose_header(folder, oid)
                except ERRORS as error:
                    self._damaged(oid, explain(error))
        return self._headers

    def kind(self, oid: bytes) -> int | None:
        """COMMIT, TREE, BLOB or TAG; None: not here, or unreadable."""
        for pack, index in self._places(oid):
            return int(pack.kinds[index])
        header = self._loose_headers().get(oid) if oid in self._loose else None
        return header.kind if header else None

    def read(self, oid: bytes) -> tuple[int, bytes] | None:
        """Kind and content, from any copy that is in order. None: there is no such object, or a problem tells why not."""
        reasons: list[str] = []
        for pack, index in self._places(oid):
            try:
                return int(pack.kinds[index]), read_one(pack, index)
            except ERRORS as error:
                reasons.append(explain(error))
        for folder in self._folders:
            try:
                header = loose_header(folder, oid)
                if header.size > LARGE:
                    raise TooLarge(header.size)
                return header.kind, read_loose(folder, header)
            except FileNotFoundError:
                continue
            except ERRORS as error:
                reasons.append(explain(error))
        if reasons:
            self._damaged(oid, reasons[0])
        return None

    def read_many(self, oids: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """(id, content) of many objects, in the order that rebuilds each base once.

        What is not here is left out without a word; what is unreadable, or larger than LARGE, becomes a problem.
        """
        left = np.frombuffer(b"".join(dict.fromkeys(oids)), np.uint8).reshape(-1, self.width)
        for pack in self.packs:
            places = pack.locate(left)
            here = (places >= 0) & (pack.kinds[places] > 0) if len(pack.kinds) else places >= 0
            aside = Aside.empty()
            for index, data in read_indices(pack, places[here], aside):
                yield pack.oid(index), data
            again = [bytes.fromhex(oid) for oid, _ in aside.damaged] + [
                pack.oid(index) for index in aside.large + aside.oversized
            ]
            yield from self._singly(again)
            left = left[~here]
        yield from self._singly(oid.tobytes() for oid in left)

    def _singly(self, oids: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        for oid in oids:
            found = self.read(oid)
            if found:
                yield oid, found[1]

    def stream(self, oid: bytes, window: int) -> Iterator[bytes]:
        """The content in windows of `window` bytes, the last one shorter, for objects of any size.

        ValueError: it stands in a pack as a delta, so it is for `git cat-file`. A problem tells when its end could not be read.
        """
        damaged: list[tuple[str, str]] = []
        for pack, index in self._places(oid):
            yield from stream(pack, index, window, damaged)
            break
        else:
            folder = self._loose[oid]
            try:
                yield from stream_loose(folder, loose_header(folder, oid), window)
            except ERRORS as error:
                damaged.append((oid.hex(), explain(error)))
        for _, message in damaged:
            self._damaged(oid, message)

    def beginnings(self, oids: Iterable[bytes]) -> tuple[list[tuple[str, bytes, bytes]], list[tuple[str, str]]]:
        """What large commits and tags begin with (kind, id, content), and of all that something is missing (id in hex, what)."""
        begun: list[tuple[str, bytes, bytes]] = []
        faults = []
        for oid in oids:
            kind = self.kind(oid)
            try:
                content = next(self.stream(oid, LARGE), b"") if kind in (COMMIT, TAG) else b""
            except ValueError:
                content = b""  # a change of another one
            if content and kind:
                begun.append((KINDS[kind], oid, content))
            size = f"{LARGE >> 20} MB"
            faults.append((oid.hex(), f"only its first {size} were searched" if content else f"more than {size}, and not read"))
        return begun, faults

    def _places(self, oid: bytes) -> Iterator[tuple[Pack, int]]:
        """Where an object stands in packs, as far as it can be read by what the headers say."""
        for pack in self.packs:
            index = pack.locate_one(oid)
            if index >= 0 and pack.kinds[index]:
                yield pack, index

    def _damaged(self, oid: bytes, message: str) -> None:
        self.problems.append(Problem(oid.hex(), message, REMEDY))


def hide_repeated(packs: list[Pack], hidden: list[NDArray[np.bool_]]) -> None:
    """Mark in `hidden` what stands, not hidden, in a pack before, or before it in the same pack."""
    if not packs:
        return
    keys = np.concatenate([np.ascontiguousarray(pack.names[:, :8]).view(">u8").reshape(-1) for pack in packs]).astype(np.uint64)
    firsts = np.cumsum([0] + [len(pack.names) for pack in packs])
    shown = np.flatnonzero(np.concatenate([~mask[pack.ranks] for pack, mask in zip(packs, hidden, strict=True)]))
    if len(packs) > 1:  # one pack has them in order; of several the orders are merged
        shown = shown[np.argsort(keys[shown], kind="stable")]
    keys = keys[shown]
    alike = np.flatnonzero(keys[1:] == keys[:-1])
    same = (_ids(packs, firsts, shown[alike]) == _ids(packs, firsts, shown[alike + 1])).all(axis=1)
    again = shown[alike[same] + 1]
    for pack, mask, first in zip(packs, hidden, firsts.tolist(), strict=False):
        rows = again[(again >= first) & (again < first + len(pack.names))] - first
        mask[pack.ranks[rows]] = True


def _ids(packs: list[Pack], firsts: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The ids in rows of all packs' names, one pack's names behind the other's."""
    found = np.empty((len(rows), packs[0].width), np.uint8)
    for pack, first in zip(packs, firsts.tolist(), strict=False):
        here = (rows >= first) & (rows < first + len(pack.names))
        found[here] = pack.names[rows[here] - first]
    return found
