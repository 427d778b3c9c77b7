"""What takes findings out of the count: pragmas, the ignore file, baselines, the files of other scanners.

A finding is looked at twice: when it is seen, with the text around it (pragmas, other scanners' files); and at the end with all
others, since ignoring one half of a pair ignores the pair, wherever either half stands.
"""

from __future__ import annotations

from leakstop.armor import plain
from leakstop.model import Result, Triage
from leakstop.record import NamedTuple
from leakstop.triage import pragmas
from leakstop.triage.fingerprint import fingerprint, own_salt
from leakstop.triage.ignores import merged
from leakstop.triage.parts import parts, secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from leakstop.model import Finding
    from leakstop.triage.foreign import Foreign
    from leakstop.triage.ignores import Entry, IgnoreFile
    from leakstop.triage.parts import Part

    Standing = Callable[[bytes], Iterable[bytes]]

OWN = "the change brings this itself, so it does not count"
_COPIES = 50  # of the other half in a text that are looked at for a pragma


class Book(NamedTuple):
    """Entries by fingerprint, each with the name of its file, and what they make of a finding."""

    status: str  # ignored, known
    entries: dict[str, list[tuple[str, Entry]]]


class Silence:
    """What takes findings out of the count. `used` holds the fingerprints and paths of the entries that did."""

    def __init__(
        self,
        salts: tuple[bytes, ...],
        ignores: Iterable[IgnoreFile] = (),
        known: Iterable[IgnoreFile] = (),
        foreign: Foreign | None = None,
        *,
        obey_pragmas: bool = True,
        standing: Standing | None = None,
        name: Callable[[Finding], str] | None = None,
        own: Silence | None = None,
    ) -> None:
        """`salts`: at least one, the first is that of the fingerprints shown.

        standing: for a change, the texts in which a secret stood before it. name: the path of a finding from the top of the
        repository. own: what the change brings itself; what that would silence is told, and counts.
        """
        self.salt = salts[0]
        self._salts = salts
        self._books = [Book("ignored", merged(ignores)), Book("known", merged(known))]
        self.foreign = foreign
        self._obey = obey_pragmas
        self._standing = standing
        self.name = name or _path
        self._own = own
        self._known: dict[tuple[str, bytes], bool] = {}  # what `standing` was asked
        self.used: set[tuple[str, str]] = set()

    def first_look(self, finding: Finding, data: bytes) -> Result:
        """A finding as a result, judged by what stands in the text `data` around it."""
        triage = self._by_pragma(finding, data)
        if triage.status == "new":
            triage = self._by_foreign(finding, data) or triage
        return Result(finding, fingerprint(finding.rule.id, plain(finding.secret.reveal()), self.salt), triage)

    def settle(self, results: list[Result]) -> list[Result]:
        """The results, those that an entry speaks of taken out of the count."""
        if any(book.entries for book in self._books):
            results = self._settle(results)
        if self._own is None:
            return results
        # What the change brings itself: what it would have made of those that count.
        return [
            result._replace(triage=Triage("new", f"{OWN}: {told.triage.by}{_because(told.triage)}"))
            if result.new and not told.new
            else result
            for result, told in zip(results, self._own.settle(results), strict=True)
        ]

    def _settle(self, results: list[Result]) -> list[Result]:
        passed_on: dict[str, tuple[Triage, Entry]] = {}  # by fingerprint: the halves of pairs that an entry speaks of
        settled: list[Result] = []
        for result in results:
            decided = self._decide(result.finding)
            if decided and decided[0].status != "new" and result.finding.pair is not None:
                passed_on.update(dict.fromkeys(self._fingerprints(parts(result.finding)), decided))
            settled.append(result._replace(triage=decided[0]) if decided and result.new else result)
        return [self._alone(result, passed_on) if passed_on else result for result in settled]

    def _alone(self, result: Result, passed_on: dict[str, tuple[Triage, Entry]]) -> Result:
        """A half that stands alone, where an entry speaks of its pair. Another secret beside the same id is another pair."""
        if result.new and result.finding.pair is None:
            for one in self._fingerprints(parts(result.finding)):
                if one in passed_on and passed_on[one][1].covers(self.name(result.finding)):
                    return result._replace(triage=passed_on[one][0])
        return result

    def _fingerprints(self, values: Iterable[Part]) -> Iterator[str]:
        """Of some values, with each salt; of key blocks also as they stand, which is what fingerprints were made of once."""
        for part in values:
            for value in dict.fromkeys((plain(part.value), part.value)):
                for salt in self._salts:
                    yield fingerprint(part.rule, value, salt)

    def _decide(self, finding: Finding) -> tuple[Triage, Entry] | None:
        """What the entries say of a finding. Either half of a pair may be ignored; what is known is the secret."""
        expired = None
        for book in self._books:
            for one in self._fingerprints(parts(finding) if book.status == "ignored" else secrets(finding)):
                for file, entry in book.entries.get(one, ()):
                    if not entry.covers(self.name(finding)):
                        continue
                    self.used.add((entry.fingerprint, entry.path))
                    if not entry.expired:
                        return Triage(book.status, f"{file}{_tail(entry)}", file), entry
                    reason = f"the entry in {file} expired on {entry.until}{_tail(entry._replace(until=''))}"
                    expired = Triage("new", reason), entry
        return expired

    def _by_pragma(self, finding: Finding, data: bytes) -> Triage:
        at, rule, value = finding.location, finding.rule.id, finding.secret.reveal()
        triage = pragmas.judge(data, at.start, at.end, rule, obey=self._obey)
        if triage == Triage() and finding.pair is not None:
            for rule, value, _ in list(parts(finding))[1:]:
                triage = self._beside_half(data, rule, value)
                if triage.status == "ignored":
                    break
        if triage.status == "ignored" and not self._stood(rule, value):
            return Triage("new", f"{OWN}: {triage.reason}")
        return triage

    def _stood(self, rule: str, value: bytes) -> bool:
        """Whether a pragma may count: it does unless it comes with a change whose base did not allow that value."""
        if self._standing is None:
            return True
        if (rule, value) not in self._known:
            self._known[rule, value] = pragmas.stood(value, rule, self._standing)
        return self._known[rule, value]

    def _beside_half(self, data: bytes, rule: str, value: bytes) -> Triage:
        """What a pragma beside the other half says."""
        at = copies = 0
        for low, high in pragmas.reach(data):
            at = max(at, low - len(value))
            while copies < _COPIES and (start := data.find(value, at, high + len(value))) >= 0:
                triage = pragmas.judge(data, start, start + len(value), rule, obey=self._obey)
                if triage != Triage():
                    return triage
                at, copies = start + 1, copies + 1
        return Triage()

    def _by_foreign(self, finding: Finding, data: bytes) -> Triage | None:
        path = self.name(finding)
        if self.foreign is not None and (triage := self.foreign.judge(finding, path, data)):
            return triage
        if self._own is not None and self._own.foreign is not None and (triage := self._own.foreign.judge(finding, path, data)):
            return Triage("new", f"{OWN}: {triage.reason}")
        return None


def silence() -> Silence:
    """Pragmas alone, and this user's fingerprints."""
    return Silence((own_salt(""),))


def _path(finding: Finding) -> str:
    return finding.origin.path.decode("utf-8", "backslashreplace")


def _tail(entry: Entry) -> str:
    """Who, how long and why: " (until 2027-01-31, ada@example.com) -- the reason"."""
    facts = ", ".join(filter(None, (f"until {entry.until}" if entry.until else "", entry.owner)))
    return (f" ({facts})" if facts else "") + (f" -- {entry.reason}" if entry.reason else "")


def _because(triage: Triage) -> str:
    return triage.reason.removeprefix(triage.by)
