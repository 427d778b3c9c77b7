"""Secrets that have a small file to themselves: nothing in it says what they are, but an id next door may be their other half.

`secrets/aws_secret_access_key` holds forty characters and no name. Such values become findings that are reported only if `across`
finds their id in a sibling file, another member of the container or another version of the file.
"""

from __future__ import annotations

from leakstop.detect.describe import describe
from leakstop.detect.matcher import Match, compile_pattern
from leakstop.detect.pairs import could_be
from leakstop.expressions import expression

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
        rules = compiled.rules.rules
        numbers = {rule.id: number for number, rule in enumerate(rules)}
        self._compiled = compiled
        self._shapes = sorted(
            {
                (numbers[rule.pair.rule], rule.pair.pattern, rule.pair.entropy)
                for rule in rules
                if rule.pair and not rule.keywords and rule.pair.rule in numbers
            }
        )

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
            finding for match in self._matches(view.text) for finding in described(self._compiled, chunk, view, [match], None)
        ]

    def _matches(self, text: bytes) -> Iterator[Match]:
        rules = self._compiled.rules.rules
        for number, pattern, entropy in self._shapes:
            found = list(compile_pattern(pattern).finditer(text))
            if len(found) != 1:
                continue
            first, last = found[0].span()
            value = text[first:last]
            if could_be(rules[number], entropy, value):
                yield Match(number, first, last, first, last)
