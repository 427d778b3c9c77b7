"""Findings as the alerts of other systems (code scanning, merge requests, test reports): a title, a text, a stable name.

Such reports are kept and shown where others read them, so they stay redacted whatever --show-secrets says: their writers use no
options.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING

from leakstop.model import CONFIDENCES, SEVERITIES
from leakstop.report import places
from leakstop.report.advice import advice
from leakstop.report.scrub import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakstop.model import Finding, Result
    from leakstop.report.scrub import Scrubber

WEAKNESS = 798  # CWE-798: use of hard-coded credentials


def worst_first(results: Iterable[Result]) -> list[Result]:
    """What is known to work, open to outsiders before restricted; then by severity and confidence; then as in the report."""

    def rank(result: Result) -> tuple[int, int, int]:
        return result.urgency, -SEVERITIES.index(result.severity), -CONFIDENCES.index(result.finding.confidence)

    return sorted(results, key=rank)


def title(found: Finding, scrub: Scrubber) -> str:
    """What it is: "github-personal-access-token (GitHub)"."""
    return f"{places.text(found.rule.id, scrub)} ({places.text(found.rule.provider, scrub)})"


def where(found: Finding, scrub: Scrubber) -> str:
    """The place with its line: "src/settings.py:12", "message of 3f2a91c04e:3"."""
    line = f":{found.location.start_line}" if places.position(found) else ""
    return places.title(found, scrub) + line


def sentences(result: Result, scrub: Scrubber) -> list[str]:
    """All that one has to know of a finding, a sentence or phrase each."""
    found = result.finding
    lines = [f"{shown(found.secret)} in {where(found, scrub)}"]
    lines += [places.half(part, found, scrub) for part in found.partners]
    lines += [places.verdict(result, scrub), places.evidence(result, scrub), places.facts(result, scrub)]
    lines += places.past(found, scrub) or [places.change(found, scrub)]
    if found.origin.decoded:
        lines.append("decoded: " + " → ".join(places.text(step, scrub, found) for step in found.origin.decoded))
    if result.triage.reason:
        lines.append(f"{result.triage.status}: {places.text(result.triage.reason, scrub, found)}")
    lines.append(f"{found.confidence} confidence")
    lines.append(places.text(found.rule.description, scrub))
    return [line for line in lines if line]


def prose(result: Result, scrub: Scrubber) -> str:
    """The same as one paragraph, the title first."""
    first, *rest = sentences(result, scrub)
    told = [f"{title(result.finding, scrub)}: {first}", *(line[:1].upper() + line[1:] for line in rest)]
    return " ".join(line if line.endswith(".") else f"{line}." for line in told)


def steps(command: str, result: Result, scrub: Scrubber) -> list[str]:
    """What to do about this one finding."""
    return [step.replace("FINGERPRINT", result.fingerprint) for step in advice(command, [result.finding], scrub)]


def in_file(found: Finding) -> bool:
    """Whether it stands in a file that people know by its name."""
    return bool(found.origin.path) and found.origin.kind not in ("message", "note")


def file(found: Finding, scrub: Scrubber) -> str:
    """A path for systems that need one: where there is no file, one in `.git`, since that is where it stands, or a word."""
    origin = found.origin
    if in_file(found):
        return places.path(origin.path, scrub, found).removeprefix("./")
    if origin.kind in ("stdin", "environment"):
        return origin.kind
    unique = places.short(origin.commit) or places.text(origin.ref, scrub, found) or places.short(origin.blob)
    return "/".join(filter(None, (".git", places.text(origin.kind, scrub), unique)))


class Names:
    """Names of findings that stay the same while code moves: neither line numbers nor the user's fingerprint key go in.

    A name is a hash of rule, place and source line, the secrets in it redacted, and a number that counts those which are alike in
    one file. So the alert of yesterday is recognised today, on whichever machine the scan ran.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def name(self, found: Finding, scrub: Scrubber) -> str:
        """The next finding's: 16 hex digits, a colon, a number from 1 (what GitHub calls primaryLocationLineHash)."""
        line = "".join(scrub.excerpt(found.excerpt, found).split())
        parts = (found.rule.id, file(found, scrub), *found.origin.members, line)
        digest = blake2b("\0".join(parts).encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()
        self._seen[digest] += 1
        return f"{digest}:{self._seen[digest]}"
