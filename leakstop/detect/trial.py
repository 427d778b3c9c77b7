"""The engine as the checks of rules need it: `rules.check.check(entries, rules, TOOLS)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.checksums import CHECKSUMS
from leakstop.detect.detector import Detector
from leakstop.detect.prefilter import choose
from leakstop.model import Chunk, Origin
from leakstop.rules.check import Tools
from leakstop.rules.compiled import compile_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakstop.rules.rule import RuleSet


def scanner(rules: RuleSet) -> Callable[[bytes], list[tuple[str, bytes]]]:
    """A function that finds (rule id, secret) in a text, of any confidence."""
    detector = Detector(compile_rules(rules))

    def scan(text: bytes) -> list[tuple[str, bytes]]:
        chunk = Chunk(text, Origin("file", b"example"))
        return [(finding.rule.id, finding.secret.reveal()) for _, finding in detector.scan([chunk])]

    return scan


def hits(rules: RuleSet, texts: Sequence[bytes]) -> list[int]:
    """How often the anchors of each rule hit in the texts."""
    compiled = compile_rules(rules)
    counts = [0] * len(rules.rules)
    for found in choose(compiled, None).search(texts):
        for anchor, _, _ in found:
            for number in compiled.users[anchor]:
                counts[number] += 1
    return counts


TOOLS = Tools(scanner, hits, {name: checksum.seal for name, checksum in CHECKSUMS.items()})
