"""The engine as the checks of rules need it, and the checks run with it.

failures = trial.run(paths, trial.corpus(folders))        (`leakstop rules test [PATH…] [--corpus FOLDER]`)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leakstop.detect.detector import Detector
from leakstop.detect.pairs.alone import is_alone
from leakstop.detect.prefilter import choose
from leakstop.detect.tokens.checksums import CHECKSUMS
from leakstop.model import Chunk, Origin
from leakstop.rules import load
from leakstop.rules.check import Tools, check
from leakstop.rules.compiled import compile_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leakstop.rules.check import Failure
    from leakstop.rules.rule import RuleSet

_LARGEST = 4_000_000  # bytes of a file of the corpus
_ENOUGH = 64_000_000  # bytes of the corpus


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


def run(paths: Sequence[str] = (), texts: Sequence[bytes] = ()) -> Iterator[Failure]:
    """All that is wrong with the rules in files and folders, which work among the built-in ones; without paths, with those.

    `texts` are ordinary ones in which anchors may seldom hit (see `corpus`). Raises RuleError for a file that is malformed.
    """
    entries = [entry for path in paths or [load.folder()] for entry in load.read(path)]
    return check(entries, load.load(extra=paths), TOOLS, texts)


def corpus(folders: Sequence[str] = ()) -> list[bytes]:
    """Text files of the folders, of Python's own library when none is given; 64 MB at most, in the order of names."""
    import sysconfig

    texts, size = [], 0
    for path in (path for folder in folders or [sysconfig.get_path("stdlib")] for path in _files(folder)):
        try:
            with open(path, "rb") as file:
                text = file.read(_LARGEST)
        except OSError:
            continue  # a sample needs no completeness
        if b"\0" not in text:
            texts.append(text)
            size += len(text)
        if size > _ENOUGH:
            break
    return texts


def _files(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in {".git", "__pycache__", "site-packages"})
        yield from (path for path in (os.path.join(place, name) for name in sorted(names)) if os.path.isfile(path))
