"""The detector: chunks in, findings out. It does not know where bytes come from.

chunks -> prefilter (hits) -> matcher (matches) -> describe (findings)
"""

from __future__ import annotations

from leakstop.detect.decode.wide import is_wide, narrowed
from leakstop.detect.matcher import Matcher
from leakstop.detect.prefilter import SMALL, Hyperscan, Literals, choose
from leakstop.model import Secret, show_path
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leakstop.detect.decode.decoder import Decoder
    from leakstop.detect.matcher import Match
    from leakstop.detect.named import Named
    from leakstop.detect.nearby import Nearby
    from leakstop.detect.pairs.alone import Alone
    from leakstop.detect.pairs.apart import Apart
    from leakstop.detect.prefilter import Hit, Prefilter
    from leakstop.model import Chunk, Finding
    from leakstop.rules.compiled import Compiled

_BATCH_BYTES = 4 * 1024 * 1024
_BATCH_CHUNKS = 4096
SHORT = 4096  # bytes of a text that is decoded rather than looked at more closely
TINY = 256  # bytes of a text in which a secret may stand alone
_LARGE = 1 << 20  # bytes of a text that takes long to decode
LINES = (b"pgpass", b"pgpass.conf", b"-secrets", b"sasl_passwd", b".rediscli_history", b"rsyncd.secrets")  # names of longer ones


class Considered(NamedTuple):
    """A value that some rule matched, for `explain`: which filter dropped it, or "" when it is reported."""

    rule: str
    secret: Secret
    start: int
    end: int
    dropped: str


class Detector:
    """Searches chunks with one rule set. `drops` are the distinct values that filters dropped, `timeouts` the slow rules."""

    def __init__(self, compiled: Compiled, prefilter: Prefilter | None = None) -> None:
        self.compiled = compiled
        self.timeouts: set[str] = set()
        self.crowded: set[str] = set()  # names of what was not searched to its end, see `prefilter.CROWDED`
        self.drops: set[tuple[str, int, bytes]] = set()
        self.matcher = Matcher(compiled, self.timeouts.add, self.on_drop)
        self._prefilter = prefilter
        self._large = prefilter is not None  # each text is a part of many
        self._literals: Literals | None = None
        self._apart: Apart | None = None
        self._nearby: Nearby | None = None
        self._decoder: Decoder | None = None
        self._alone: Alone | None = None
        self._named: Named | None = None

    def scan(self, chunks: Iterable[Chunk], *, many: bool = False) -> Iterator[tuple[Chunk, Finding]]:
        """Findings in the order of the chunks. Reads ahead by a few megabytes, so that the prefilter is called seldom.

        many: the chunks are few of many, which are all looked at in the same way.
        """
        batch: list[Chunk] = []
        size = 0
        for chunk in chunks:
            if is_wide(chunk.data):
                chunk = narrowed(chunk)
            batch.append(chunk)
            size += len(chunk.data)
            if size >= _BATCH_BYTES or len(batch) >= _BATCH_CHUNKS:
                yield from self._batch(batch, None)
                batch, size, many = [], 0, True
        if batch:
            yield from self._batch(batch, None if many else size)

    def search(self, texts: list[bytes], total: int | None = None) -> list[list[Match]]:
        """Confirmed matches of each text, before anything that depends on the place is asked."""
        hits = self.prefilter(total).search(texts)
        return [self.matcher.matches(text, found) if found else [] for text, found in zip(texts, hits, strict=True)]

    def findings(self, chunk: Chunk, matches: list[Match]) -> list[Finding]:
        """What becomes of a chunk's matches."""
        if not matches:
            return []
        from leakstop.detect.describe import describe  # most commits have hits, few have matches

        return describe(self.compiled, chunk, matches, self.on_drop)

    def explain(self, chunk: Chunk) -> list[Considered]:
        """Every value in the chunk that a rule matched, reported or dropped, and by what."""
        from leakstop.detect.describe import describe

        drops: list[tuple[int, str, bytes]] = []
        matcher = Matcher(self.compiled, self.timeouts.add, lambda *drop: drops.append(drop))
        prefilter = self.prefilter(len(chunk.data))
        hits = prefilter.search([chunk.data])[0]
        matches = matcher.matches(chunk.data, hits)
        found = describe(self.compiled, chunk, matches, lambda *drop: drops.append(drop))
        reported = {(finding.location.start, finding.location.end): finding.rule.id for finding in found}
        considered = [
            Considered(self.compiled.rules.rules[number].id, Secret(value), start, start + len(value), name)
            for number, name, value in dict.fromkeys(drops)
            for start in _places(chunk.data, value)
            if reported.get((start, start + len(value))) != self.compiled.rules.rules[number].id  # elsewhere it is dropped
        ]
        dropped = {(entry.rule, entry.start) for entry in considered}
        for match in matches:
            rule = self.compiled.rules.rules[match.rule].id
            if (rule, match.first) not in dropped:
                winner = reported.get((match.first, match.last))
                why = "" if winner == rule else "reported under another rule, or as part of a pair"
                considered.append(Considered(rule, Secret(chunk.data[match.first : match.last]), match.first, match.last, why))
        plain = {entry.secret for entry in considered if not entry.dropped}
        for finding in self.decoder.findings(chunk, prefilter):
            if finding.secret not in plain:
                at = finding.location
                considered.append(Considered(finding.rule.id, finding.secret, at.start, at.end, ""))
        return sorted(considered, key=lambda entry: (entry.start, entry.rule))

    def prefilter(self, total: int | None = None) -> Prefilter:
        """The prefilter that suits `total` bytes; once Hyperscan is loaded it stays."""
        if self._prefilter is not None:
            return self._prefilter
        if total is not None and self._literals is not None:
            return self._literals
        chosen = choose(self.compiled, total)
        if isinstance(chosen, Literals) and total is not None:
            self._literals = chosen  # for now: more may come
        else:
            self._prefilter = chosen
        return chosen

    def ready(self) -> None:
        """Load what many texts are searched with, before several processes share it."""
        self.promising([b""])

    def _batch(self, batch: list[Chunk], total: int | None) -> Iterator[tuple[Chunk, Finding]]:
        found_hits = list(self._hits(batch, total))  # first: what may be encoded is seen in the same pass
        encoded = self._encoded(batch, total)
        for number, (chunk, hits) in enumerate(zip(batch, found_hits, strict=True)):
            matches = self.matcher.matches(chunk.data, hits) if hits else []
            again = number in encoded or self.asks(chunk, hits, matches, total)
            if chunk.offset or not chunk.last:
                yield from self._windows().add(chunk, matches)
                for finding in self.decoder.findings(chunk, self.prefilter(total)) if again else ():
                    yield chunk, finding
                continue
            found = self.findings(chunk, matches)
            if again and (decoded := self.decoder.told(chunk, self.prefilter(total))):
                from leakstop.detect.decode.seen import merged

                found = merged(found, decoded)
            if (len(chunk.data) <= TINY and (chunk.origin.path or chunk.origin.blob)) or chunk.origin.path.endswith(LINES):
                found = [*found, *self.alone(chunk, found, total)]
            for finding in found:
                yield chunk, finding

    def alone(self, chunk: Chunk, found: Sequence[Finding] = (), total: int | None = None) -> list[Finding]:
        """What a small text may hold where nothing was found: what its name says, or half of a pair."""
        if found:
            return []
        if self._alone is None or self._named is None:
            from leakstop.detect.named import Named
            from leakstop.detect.pairs.alone import Alone

            self._alone, self._named = Alone(self.compiled), Named(self.compiled, self.decoder)
        return [*self._named.findings(chunk, self.prefilter(total)), *self._alone.findings(chunk)]

    def asks(self, chunk: Chunk, hits: list[Hit], matches: list[Match], total: int | None = None) -> bool:
        """Whether what was found plain is reason enough to decode the text, which is one of those of `total` bytes.

        In megabytes of base64 halves of pairs stand by chance, and decoding those takes seconds: there only what is believed
        counts.
        """
        text = chunk.data
        if matches and self.decoder.pairing(matches):
            from leakstop.detect.describe import believed

            if len(text) <= _LARGE or self.decoder.pairing(believed(self.compiled, chunk, matches, self.on_drop)):
                return True
        if not hits:
            return False
        from leakstop.detect.decode.signals import escaped_before

        places = list(escaped_before(text, hits))
        return bool(places) and (len(text) <= SHORT or self.decoder.judged(text, places, self.prefilter(total)))

    @property
    def decoder(self) -> Decoder:
        """The second look."""
        if self._decoder is None:
            from leakstop.detect.decode.decoder import Decoder

            self._decoder = Decoder(self.compiled, self.matcher, self.on_drop)
        return self._decoder

    def promising(self, texts: list[bytes], total: int | None = None) -> set[int]:
        """The numbers of the texts in which something may be encoded."""
        if total is None or total > SMALL or self._large:
            prefilter = self.prefilter(total)
            if isinstance(prefilter, Hyperscan):
                return self.decoder.promising(texts, prefilter)
        from leakstop.detect.decode.signals import likely

        if self._decoder is not None:
            self._decoder.rarely = True  # no spot says
        return {number for number, text in enumerate(texts) if likely(text)}

    def _encoded(self, batch: list[Chunk], total: int | None) -> set[int]:
        """The same for chunks; of a change its added lines are asked."""
        if all(chunk.added is None for chunk in batch):
            return self.promising([chunk.data for chunk in batch], total)
        from leakstop.detect.nearby import around

        return self.promising([chunk.data if chunk.added is None else around(chunk) for chunk in batch], total)

    def _hits(self, batch: list[Chunk], total: int | None) -> Iterator[list[Hit]]:
        """The hits of each chunk that matter: of a chunk with added lines those that can lead to a finding there."""
        if all(chunk.added is None for chunk in batch):
            yield from self._searched(batch, self.prefilter(total))
            return
        from leakstop.detect.nearby import Nearby

        self._nearby = self._nearby or Nearby(self.compiled)
        prefilter = self.prefilter(total)
        if isinstance(prefilter, Literals):
            for chunk in batch:
                yield self._searched([chunk], prefilter)[0] if chunk.added is None else self._nearby.search(chunk)
            return
        for chunk, hits in zip(batch, self._searched(batch, prefilter), strict=True):
            yield hits if chunk.added is None else self._nearby.keep(chunk, hits)

    def _searched(self, batch: list[Chunk], prefilter: Prefilter) -> list[list[Hit]]:
        """What the prefilter says of each chunk; those that it did not search to their ends are noted."""
        found = prefilter.search([chunk.data for chunk in batch])
        for number in prefilter.crowded:
            origin = batch[number].origin
            self.crowded.add(show_path(origin.path) if origin.path else origin.blob or origin.commit or origin.kind)
        return found

    def _windows(self) -> Apart:
        if self._apart is None:
            from leakstop.detect.pairs.apart import Apart

            self._apart = Apart(self.compiled, self.on_drop)
        return self._apart

    def on_drop(self, number: int, name: str, value: bytes) -> None:
        """Count a value that a filter dropped."""
        self.drops.add((name, number, value))


def _places(text: bytes, value: bytes) -> Iterator[int]:
    at = text.find(value)
    while at >= 0:
        yield at
        at = text.find(value, at + 1)
