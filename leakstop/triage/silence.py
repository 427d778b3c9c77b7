"""What takes findings out of the count: pragmas, the ignore file, baselines, the files of other scanners.

A finding is looked at twice: when it is seen, with the text around it (pragmas, other scanners' files); and at the end with all
others, since ignoring one half of a pair ignores the pair, wherever either half stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from leakstop.model import Result, Triage
from leakstop.triage import pragmas
from leakstop.triage.fingerprint import fingerprint, own_salt
from leakstop.triage.ignores import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from leakstop.model import Finding
    from leakstop.triage.foreign import Foreign
    from leakstop.triage.ignores import Entry, IgnoreFile

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
        self.used: set[tuple[str, str]] = set()

    def first_look(self, finding: Finding, data: bytes) -> Result:
        """A finding as a result, judged by what stands in the text `data` around it."""
        triage = self._by_pragma(finding, data)
        if triage.status == "new":
            triage = self._by_foreign(finding, data) or triage
        return Result(finding, fingerprint(finding.rule.id, finding.secret.reveal(), self.salt), triage)

    def settle(self, results: list[Result]) -> list[Result]:
        """The results, those that an entry speaks of taken out of the count."""
        if any(book.entries for book in self._books):
            results = self._settle(results)
        if self._own is None:
            return results
        # What the change brings itself: what it would have made of those that count.
        return [
            result._replace(triage=Triage("new", f"{OWN}: {told.triage.by}{_because(told.triage)}"))
            if result.triage.status == "new" and told.triage.status != "new"
            else result
            for result, told in zip(results, self._own.settle(results), strict=True)
        ]

    def _settle(self, results: list[Result]) -> list[Result]:
        passed_on: dict[str, Triage] = {}  # by fingerprint: the halves of ignored pairs
        settled: list[Result] = []
        for result in results:
            parts = list(self._fingerprints(result.finding))
            triage = next(filter(None, (self._look_up(part, result) for part in parts)), None)
            if triage is not None and triage.status != "new" and result.finding.pair is not None:
                passed_on.update(dict.fromkeys(parts, triage))
            settled.append(result._replace(triage=triage) if triage and result.triage.status == "new" else result)
        return [
            result._replace(triage=passed_on[part])
            if passed_on
            and result.triage.status == "new"
            and (part := next((part for part in self._fingerprints(result.finding) if part in passed_on), ""))
            else result
            for result in settled
        ]

    def _fingerprints(self, finding: Finding) -> Iterator[str]:
        """Of the finding and of the other parts of its credential, with each salt."""
        for rule, value in _parts(finding):
            for salt in self._salts:
                yield fingerprint(rule, value, salt)

    def _look_up(self, part: str, result: Result) -> Triage | None:
        expired = None
        for book in self._books:
            for file, entry in book.entries.get(part, ()):
                if not entry.covers(self.name(result.finding)):
                    continue
                self.used.add((entry.fingerprint, entry.path))
                if not entry.expired:
                    return Triage(book.status, f"{file}{_tail(entry)}", file)
                expired = Triage("new", f"the entry in {file} has expired on {entry.until}{_tail(entry._replace(until=''))}")
        return expired

    def _by_pragma(self, finding: Finding, data: bytes) -> Triage:
        at, rule, value = finding.location, finding.rule.id, finding.secret.reveal()
        triage = pragmas.judge(data, at.start, at.end, rule, obey=self._obey)
        if triage == Triage() and finding.pair is not None:
            for rule, value in list(_parts(finding))[1:]:
                triage = self._beside_half(data, rule, value)
                if triage.status == "ignored":
                    break
        if triage.status == "ignored" and self._standing is not None and not pragmas.stood(value, rule, self._standing):
            return Triage("new", f"{OWN}: {triage.reason}")
        return triage

    def _beside_half(self, data: bytes, rule: str, value: bytes) -> Triage:
        """What a pragma beside the other half says."""
        start = -1
        for _ in range(_COPIES):
            start = data.find(value, start + 1)
            if start < 0:
                break
            triage = pragmas.judge(data, start, start + len(value), rule, obey=self._obey)
            if triage != Triage():
                return triage
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


def _parts(finding: Finding) -> Iterator[tuple[str, bytes]]:
    """Rule and value of a finding, and of the other parts of its credential."""
    yield finding.rule.id, finding.secret.reveal()
    if finding.pair is not None:
        for part in (finding.pair, *finding.pair.also):
            yield part.what, part.value.reveal()


def _path(finding: Finding) -> str:
    return finding.origin.path.decode("utf-8", "backslashreplace")


def _tail(entry: Entry) -> str:
    """Who, how long and why: " (until 2027-01-31, ada@example.com) -- the reason"."""
    facts = ", ".join(filter(None, (f"until {entry.until}" if entry.until else "", entry.owner)))
    return (f" ({facts})" if facts else "") + (f" -- {entry.reason}" if entry.reason else "")


def _because(triage: Triage) -> str:
    return triage.reason.removeprefix(triage.by)
