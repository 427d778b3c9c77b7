"""The engine as the checks of rules (rules/check.py) need it: they lie below it and take it as TOOLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.detector import Detector
from leakstop.detect.pairs.alone import is_alone
from leakstop.detect.prefilter import choose
from leakstop.detect.tokens.checksums import CHECKSUMS
from leakstop.model import Chunk, Origin
from leakstop.rules.check import Tools
from leakstop.rules.compiled import compile_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakstop.rules.rule import RuleSet


def scanner(rules: RuleSet) -> Callable[[Sequence[bytes]], list[list[tuple[str, bytes]]]]:
    """A function that finds (rule id, secret) in each of some texts, whatever the confidence."""
    detector = Detector(compile_rules(rules))

    def scan(texts: Sequence[bytes]) -> list[list[tuple[str, bytes]]]:
        found: dict[str, list[tuple[str, bytes]]] = {str(number): [] for number in range(len(texts))}
        chunks = [Chunk(text, Origin("file", b"example", ref=str(number))) for number, text in enumerate(texts)]
        for chunk, finding in detector.scan(chunks):
            if is_alone(finding):
                continue  # half of a pair, and nothing without the other
            found[chunk.origin.ref].append((finding.rule.id, finding.secret.reveal()))
        return list(found.values())

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
