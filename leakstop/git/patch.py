"""Reads what `git diff-index` and `git diff-tree` print with DIFF: the files that a change touches and their new lines."""

from __future__ import annotations

from leakstop.expressions import expression
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Lines = tuple[tuple[int, int], ...]  # first and last line of each run, 1-based, ascending

# Records, which every comparison prints: NUL after each name, so that all names are safe; whole ids; no deletions.
RECORDS = ("--raw", "-z", "--full-index", "--ignore-submodules=none", "--diff-filter=d")
# The patch after them has no context, so that its hunk headers are the new lines; content is never run through programs that the
# repository's attributes name.
PATCH = ("-p", "-U0", "--inter-hunk-context=0", "--no-ext-diff", "--no-textconv", "--submodule=short")
DIFF = (*RECORDS, *PATCH, "-M", "-C")
# A merge against all parents at once: only files that differ from each come out. Without a patch, since in a combined one without
# context the line numbers cannot be told (git leaves out lines that it counts), and it would take longer than all the rest.
COMBINED = (*RECORDS, "-c", "--combined-all-paths")
MERGES = (*COMBINED, "-M")
# Two blobs of any size and kind.
COMPARE = ("diff", *PATCH, "--text", "--full-index")
BODY = expression(rb"(?:[+\-\\][^\n]*\n)+")
SUBMODULE = b"160000"
ABSENT = b"000000"


class Change(NamedTuple):
    """A file that a change adds or alters, against each parent."""

    status: bytes  # one letter per parent: A added, M modified, T type changed, R renamed, C copied, U unmerged
    mode: bytes  # such as 100644; 120000 a symlink, 160000 a submodule
    oid: str
    path: bytes
    olds: tuple[str, ...]  # what it was in each parent; all zeros: nothing
    lines: Lines | None = None  # those that no parent has; None: all of them
    compared: bool = True  # False: git drew no comparison (binary, large, a merge), so `lines` says all

    @property
    def is_new_name(self) -> bool:
        """Whether no parent has a file of this name."""
        return not self.status.strip(b"ARC")


class Output:
    """Reads git's output by its separators, holding one piece at a time."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._buffer = b""
        self._at = 0

    def _more(self) -> bool:
        piece = next(self._pieces, b"")
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return bool(piece)

    def peek(self, size: int = 1) -> bytes:
        """The next bytes, fewer at the end, without taking them."""
        while len(self._buffer) - self._at < size and self._more():
            pass
        return self._buffer[self._at : self._at + size]

    def skip_body(self) -> None:
        """Pass over the lines of a patch's body, this one and what follows."""
        while self.peek():
            at = self._at
            found = BODY.match(self._buffer, at)
            self._at = found.end() if found else at
            if self._at < len(self._buffer):
                if self._buffer[self._at] not in b"+-\\":
                    return
                self.until(b"\n")  # a line that goes on in the next piece

    def until(self, separator: bytes) -> bytes:
        """What stands before the next separator, which is taken too. EOFError: there is none."""
        held = [b""]
        while (end := self._buffer.find(separator, self._at)) < 0:
            held.append(self._buffer[self._at :])
            self._at = len(self._buffer)
            if not self._more():
                raise EOFError
        held.append(self._buffer[self._at : end])
        self._at = end + 1
        return b"".join(held)


def read_changes(pieces: Iterable[bytes]) -> list[Change]:
    """The changes that `git diff-index DIFF` prints."""
    return _group(Output(pieces))


def read_commits(pieces: Iterable[bytes]) -> Iterator[tuple[str, list[Change]]]:
    """For each commit that `git diff-tree --stdin --always DIFF` (or MERGES) prints, its id and changes.

    A commit is given when its end is certain: an error that ends `pieces` leaves out the commit that it struck.
    """
    output = Output(pieces)
    while output.peek():
        commit = output.until(b"\0").decode("ascii")
        changes = _group(output)
        output.peek()
        yield commit, changes


def compare(pieces: Iterable[bytes]) -> Lines | None:
    """The new lines of the one comparison that `git COMPARE old new` prints."""
    return next(iter(_patch(Output(pieces), 0).values()), None)


def _group(output: Output) -> list[Change]:
    """One list of records and the patch after it."""
    changes = []
    while output.peek() == b":":
        changes.append(_record(output))
    if not changes:
        return []
    found: dict[tuple[str, str], Lines | None] = {}
    if output.peek() == b"\0":
        output.until(b"\0")
        found = _patch(output, len(changes[0].oid))
    # Deletions by a merge are listed whatever the filter says.
    return [_settle(change, found) for change in changes if change.mode != ABSENT or b"U" in change.status]


def _record(output: Output) -> Change:
    """One record: a colon for each parent, modes, ids, status letters; then the paths, the present one last."""
    fields = output.until(b"\0")
    parents = len(fields) - len(fields.lstrip(b":"))
    words = fields[parents:].split(b" ")
    status = words[-1].rstrip(b"0123456789")  # R086
    names = parents if parents > 1 else int(status in (b"R", b"C"))
    for _ in range(names):
        output.until(b"\0")
    olds = tuple(word.decode("ascii") for word in words[parents + 1 : -2])
    return Change(status, words[parents], words[-2].decode("ascii"), output.until(b"\0"), olds)


def _settle(change: Change, found: dict[tuple[str, str], Lines | None]) -> Change:
    """The change with its new lines, as the patch has them."""
    if change.oid in change.olds:
        return change._replace(lines=())  # renamed, copied, or another mode: nothing of the content is new
    if not any(old.strip("0") for old in change.olds) or change.status == b"T":
        return change  # nothing to compare with
    lines = found.get((change.olds[0], change.oid)) if len(change.olds) == 1 else None
    return change._replace(lines=lines, compared=lines is not None)


def _patch(output: Output, digits: int) -> dict[tuple[str, str], Lines | None]:
    """The new lines of each comparison, by the ids compared; None where git drew no comparison.

    Ids name a comparison better than paths do: equal ids, equal lines. Ends before the next commit's line, `<id>NUL`; a line of
    content has another first character, and a header no NUL.
    """
    found: dict[tuple[str, str], Lines | None] = {}
    key, lines = ("", ""), [(0, 0)]
    while first := output.peek():
        if first in b"+-\\":
            output.skip_body()
            continue
        if first != b"@" and digits and output.peek(digits + 1)[digits:] == b"\0":
            break
        line = output.until(b"\n")
        if line.startswith(b"@@ "):
            start, _, count = line.split(b" ", 3)[2][1:].partition(b",")  # @@ -a,b +c,d @@
            if count != b"0":
                lines.append((int(start), int(start) + int(count or b"1") - 1))
            found[key] = tuple(lines)
        elif line.startswith(b"index "):
            old, _, new = line.split(b" ")[1].decode("ascii").partition("..")
            key, lines = (old, new), []
            found[key] = ()
        elif line.startswith(b"Binary files "):
            found[key] = None
    return found


def intersect(one: Lines | None, other: Lines | None) -> Lines | None:
    """The lines that are in both; None stands for all lines."""
    if one is None or other is None:
        return other if one is None else one
    both: list[tuple[int, int]] = []
    i = j = 0
    while i < len(one) and j < len(other):
        first, last = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if first <= last:
            both.append((first, last))
        if one[i][1] <= other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(both)


def new_lines(new: bytes, olds: Iterable[bytes]) -> Lines:
    """The lines of `new` that are in none of the old contents, wherever they stood."""
    known = {line for old in olds for line in old.split(b"\n")}
    return tuple((number, number) for number, line in enumerate(new.split(b"\n"), 1) if line not in known)
