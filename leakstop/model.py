"""The records that travel through leakstop. All are frozen; a stage wraps what it got and never edits it.

    source --Chunk--> detect --Finding--> triage --Result--> Report --> writer --> exit code

Positions are byte offsets until a `Location` is made of them. Paths are the raw bytes that git or the file system holds;
text for people is decoded once, at the edge (`show_path`).
"""

from __future__ import annotations

from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from leakstop.rules.rule import Rule

SEVERITIES = ("low", "medium", "high", "critical")
CONFIDENCES = ("low", "medium", "high")
# State of a Verdict -> what it means. Only `live`, `dead` and `expired` say something of the whole credential.
VERDICTS = {
    "live": "the provider takes it",
    "wrong-secret": "the id is live, the secret is not its secret",
    "dead": "unknown, deleted or deactivated",
    "expired": "it was genuine, and is over",
    "needs-token": "temporary credentials without their session token; not sent",
    "canary": "a trap: using it alarms whoever laid it; not sent",
    "not-sent": "left out, for the reason that it gives",
    "blocked": "a proxy or gateway on the way refused",
    "throttled": "the provider had too many requests",
    "unknown": "no answer that says anything",
}


def show_path(path: bytes) -> str:
    r"""A path as printable text: invalid UTF-8 and control characters become `\xNN` escapes.

    Nothing that a repository names a file can reach a terminal raw (escape sequences, newlines, bidi overrides).
    """
    return show_text(path.decode("utf-8", "backslashreplace"))


def show_text(text: str) -> str:
    r"""Text with every unprintable character but the blank as an escape (`\x1b`, `\u202e`)."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


class Secret:
    """A secret value that hides itself: `str`, `repr` and formatting give the redacted form.

    Only `reveal()` gives the bytes, so that every place that does can be found with grep.
    """

    __slots__ = ("__value",)

    def __init__(self, value: bytes) -> None:
        self.__value = value

    def reveal(self) -> bytes:
        """The secret itself."""
        return self.__value

    def __str__(self) -> str:
        return redact(self.__value)

    def __repr__(self) -> str:
        return f"Secret({redact(self.__value)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.__value

    def __hash__(self) -> int:
        return hash(self.__value)

    def __len__(self) -> int:
        return len(self.__value)

    def __reduce__(self) -> tuple[type[Secret], tuple[bytes]]:
        return (Secret, (self.__value,))


def redact(value: bytes) -> str:
    """At most the first four characters (a quarter of short values), an ellipsis, and nothing of the rest.

    Four characters name the kind (`AKIA`, `ghp_`) and leave the value unguessable; the length is not told either.
    """
    lead = value[: min(4, len(value) // 4)].decode("ascii", "replace")
    return show_text(lead.replace("\ufffd", "?")) + "…"


class Origin(NamedTuple):
    """Where a chunk of bytes comes from. Empty strings stand for what does not apply.

    kind is one of: file, stdin, index, commit (a file's content in one commit), blob (a file's content in history), message,
    person (author or committer), tag, note, ref (the name of a ref), path (the name of a file), reflog, config, hook,
    environment.
    """

    kind: str
    path: bytes = b""
    commit: str = ""
    author: str = ""
    email: str = ""
    date: str = ""  # ISO 8601 with offset
    subject: str = ""
    blob: str = ""
    ref: str = ""
    members: tuple[str, ...] = ()  # the way into archives, outermost first
    decoded: tuple[str, ...] = ()  # decoding steps, outermost first


class Chunk(NamedTuple):
    """A piece of content to scan: a whole file, or one window of a very large one."""

    data: bytes
    origin: Origin
    line: int = 1  # line number of the first byte
    offset: int = 0  # of the first byte in the whole object
    added: tuple[tuple[int, int], ...] | None = None  # lines (first, last) that may be reported; None: all
    last: bool = True  # no further window of the same object follows


class Location(NamedTuple):
    """1-based lines and columns (columns count characters of the decoded line), the end inclusive."""

    start_line: int
    end_line: int
    start_column: int
    end_column: int
    start: int = 0  # byte span of the secret in its chunk
    end: int = 0


class Pair(NamedTuple):
    """The other half of a credential that needs two values."""

    what: str  # rule id of the other half
    line: int
    path: bytes
    value: Secret
    also: tuple[Pair, ...] = ()  # further parts, such as the session token of a temporary key


class History(NamedTuple):
    """What the whole history says of one finding; `None` where it could not be told."""

    first_commit: str
    last_commit: str
    in_head: bool | None
    refs: tuple[str, ...]
    pushed: bool | None  # a remote-tracking ref, or any ref of a mirror, reaches it; None: the repository has none
    last_date: str = ""  # of the last commit that holds it, by its committer: ISO 8601

    @property
    def staged(self) -> bool:
        """Whether it is in no commit, and in an index: worktrees/NAME/index is one of them, refs/tags/index is a tag."""
        indexes = [ref == "index" or (ref.endswith("/index") and not ref.startswith("refs/")) for ref in self.refs]
        return bool(indexes) and all(indexes)


class Finding(NamedTuple):
    """A secret at a place. `reasons` says in words why it is believed (checksum, entropy, context, what was decoded)."""

    rule: Rule
    secret: Secret
    location: Location
    origin: Origin
    severity: str
    confidence: str
    entropy: float  # Shannon, bits per character
    reasons: tuple[str, ...] = ()
    excerpt: str = ""  # the source line, every secret in it redacted, printable
    pair: Pair | None = None
    history: History | None = None
    near: str = ""  # the word of its rule that stands nearest before it, where a rule needs one

    @property
    def partners(self) -> tuple[Pair, ...]:
        """The other parts of its credential: its other half, then what else belongs to the two; none for a secret alone."""
        return (self.pair, *self.pair.also) if self.pair is not None else ()


class Triage(NamedTuple):
    """What became of a finding: `new`, `known` (baseline) or `ignored`, and by what."""

    status: str = "new"
    reason: str = ""
    by: str = ""  # what decided: the file, or the kind of pragma; empty for new ones


class Step(NamedTuple):
    """One step of a fix. No text of it holds a secret; the id of a key is none."""

    what: str  # a short name: revoke, deactivate, deny-sessions, quarantine, restrict, look, rotate, replace, remove, ...
    title: str
    why: str = ""
    commands: tuple[str, ...] = ()  # none: it is done by hand


class Fix(NamedTuple):
    """What to do about a finding, in order."""

    steps: tuple[Step, ...]
    more: str = ""  # the command that tells all of it, "" when this is all
    policy: Mapping[str, Any] | None = None  # AWS: the restriction to attach until the key is replaced


class Verdict(NamedTuple):
    """What the provider says of a credential; a state of VERDICTS, the reason in words, and facts that it rests on.

    containment says what an outsider can do with a live one: restricted, partial, unrestricted or unknown; "" if nobody asked.
    """

    state: str
    reason: str
    evidence: tuple[tuple[str, str], ...] = ()  # name, text
    containment: str = ""
    fix: Fix | None = None  # where more is known than the finding tells: the owner and its policies
    severity: str = ""  # where more is known than the rule tells; the evidence says why


class Result(NamedTuple):
    """A finding with its fingerprint and triage, ready for a report."""

    finding: Finding
    fingerprint: str
    triage: Triage
    facts: tuple[tuple[str, str], ...] = ()  # what the value itself tells: (name, text), such as ("account", "123456789012")
    verification: Verdict | None = None  # None: not asked
    fix: Fix | None = None  # None: nobody has worked it out yet (`fix.fixed`)

    @property
    def severity(self) -> str:
        """How bad it is, one of SEVERITIES: of this very credential where its provider was asked, else of its kind."""
        return (self.verification.severity if self.verification else "") or self.finding.severity

    @property
    def new(self) -> bool:
        """Whether it counts: it is neither known nor ignored."""
        return self.triage.status == "new"

    @property
    def live(self) -> bool:
        """Whether its provider takes it."""
        return self.verification is not None and self.verification.state == "live"

    @property
    def urgency(self) -> int:
        """0: live and open to outsiders; 1: live, as far as is known; 2: live, and restricted; 3: all others."""
        if self.verification is None or not self.live:
            return 3
        return {"unrestricted": 0, "restricted": 2}.get(self.verification.containment, 1)


class Problem(NamedTuple):
    """Something that could not be read; while there is one, no scan is clean."""

    where: str
    message: str
    remedy: str = ""


class Unread(Problem):
    """A container that could not be opened, through nobody's fault: damaged, encrypted, of a format that cannot be read.

    It is told by its name, and no reason to fail unless the user is strict about it.
    """

    __slots__ = ()


class Skipped(NamedTuple):
    """Something left out on purpose, with the reason and how often."""

    what: str
    why: str
    count: int = 1  # type: ignore[assignment]  # a field, not the method of tuples


class Coverage(NamedTuple):
    """What was read."""

    commits: int = 0
    objects: int = 0
    files: int = 0
    bytes: int = 0
    skipped: tuple[Skipped, ...] = ()
    seconds: float = 0.0
    remembered: int = 0  # of the objects or files: those not read again, since a scan before found nothing in them
    unread: tuple[Problem, ...] = ()  # containers that could not be opened, unless they count as problems


class Report(NamedTuple):
    """All that a writer needs. `results` holds the new ones first-class and the ignored ones too; order is final."""

    command: str
    results: tuple[Result, ...]
    problems: tuple[Problem, ...]
    coverage: Coverage
    complete: bool
    rules: int
    rules_digest: str
    dropped: tuple[tuple[str, int], ...] = ()  # filter name, how many distinct values it dropped
    interrupted: bool = False
    unheeded: tuple[str, ...] = ()  # what a change brings to decide about itself, and does not count, in words

    def new(self) -> list[Result]:
        """The results that count."""
        return [result for result in self.results if result.new]

    def aside(self) -> list[Result]:
        """Those that do not, being known or ignored."""
        return [result for result in self.results if not result.new]


class Tally:
    """The one counter that a source fills while it reads; frozen into a `Coverage` and problems at the end."""

    __slots__ = ("bytes", "commits", "files", "objects", "problems", "remembered", "skipped")

    def __init__(self) -> None:
        self.commits = 0
        self.objects = 0
        self.files = 0
        self.bytes = 0
        self.remembered = 0
        self.problems: list[Problem] = []
        self.skipped: dict[tuple[str, str], int] = {}

    def problem(self, where: str, message: str, remedy: str = "") -> None:
        """Record something unreadable: the scan goes on, and ends incomplete (exit 3)."""
        self.problems.append(Problem(where, message, remedy))

    def unread(self, where: str, why: str, remedy: str = "") -> None:
        """Record a container that could not be opened."""
        self.problems.append(Unread(where, why, remedy))

    def skip(self, what: str, why: str, count: int = 1) -> None:
        """Record something left out on purpose."""
        self.skipped[what, why] = self.skipped.get((what, why), 0) + count

    def add(self, other: Tally) -> None:
        """Take in the counts of another one, its problems left out."""
        self.commits += other.commits
        self.objects += other.objects
        self.files += other.files
        self.bytes += other.bytes
        for (what, why), count in other.skipped.items():
            self.skip(what, why, count)

    def troubles(self) -> int:
        """How much was left out or not read: grows with each."""
        return len(self.problems) + sum(self.skipped.values())

    def settled(self, *, strict: bool) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
        """What makes the scan incomplete, and what is only told; if `strict`, all of it counts."""
        told = [problem for problem in dict.fromkeys(self.problems) if isinstance(problem, Unread) and not strict]
        return tuple(problem for problem in self.problems if strict or not isinstance(problem, Unread)), tuple(told)

    def coverage(self, seconds: float, unread: tuple[Problem, ...] = ()) -> Coverage:
        """The frozen counts."""
        skipped = tuple(Skipped(what, why, count) for (what, why), count in sorted(self.skipped.items()))
        return Coverage(self.commits, self.objects, self.files, self.bytes, skipped, seconds, self.remembered, unread)
