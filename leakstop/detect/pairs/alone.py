"""Secrets that have a small file to themselves: nothing in it says what they are, but an id next door may be their other half.

`secrets/aws_secret_access_key` holds forty characters and no name. Such values become findings that are reported only if `across`
finds their id in a sibling file, another member of the container or another version of the file.
"""

from __future__ import annotations

from leakstop.detect.describe import describe
from leakstop.detect.matcher import Match
from leakstop.detect.pairs.within import could_be
from leakstop.expressions import expression, over_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.model import Chunk, Finding
    from leakstop.rules.compiled import Compiled

_REASON = "has a small file to itself"
_BINARY = expression(rb"[\0-\x08\x0e-\x1f]")
_RUN = expression(rb"[A-Za-z0-9+/_-]{20,}+")


def is_alone(finding: Finding) -> bool:
    """Whether only its other half can make a secret of it."""
    return _REASON in finding.reasons


class Alone:
    """Looks at small texts for what the rules with a pair are paired with, where the id itself needs no word beside it."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._known: list[tuple[int, str, float]] = []

    def _shapes(self) -> list[tuple[int, str, float]]:
        """The numbers of the rules for such values, with the expression for one and the entropy that it needs."""
        if not self._known:
            numbers = self._compiled.numbers
            pairs = [rule.pair for rule in self._compiled.with_pair() if rule.pair and not rule.keywords]
            self._known = sorted({(numbers[pair.rule], pair.pattern, pair.entropy) for pair in pairs if pair.rule in numbers})
        return self._known

    def findings(self, chunk: Chunk) -> list[Finding]:
        """One for each rule that a value could be of, if it is the only one in the text."""
        text = chunk.data
        if not any(run.lower() != run != run.upper() for run in _RUN.findall(text)) or _BINARY.search(text):
            return []
        found = [
            finding for match in self._matches(text) for finding in describe(self._compiled, chunk, [match])
        ] or self._decoded(chunk)
        return [finding._replace(confidence="low", reasons=(*finding.reasons, _REASON)) for finding in found]

    def _decoded(self, chunk: Chunk) -> list[Finding]:
        from leakstop.detect.decode.seen import described
        from leakstop.detect.decode.unveil import unveil

        view = unveil(chunk.data)
        if view is None:
            return []
        return [
            told.finding for match in self._matches(view.text) for told in described(self._compiled, chunk, view, [match], None)
        ]

    def _matches(self, text: bytes) -> Iterator[Match]:
        rules = self._compiled.rules.rules
        for number, pattern, entropy in self._shapes():
            found = list(over_bytes(pattern).finditer(text))
            if len(found) != 1:
                continue
            first, last = found[0].span()
            value = text[first:last]
            if could_be(rules[number], entropy, value):
                yield Match(number, first, last, first, last)
