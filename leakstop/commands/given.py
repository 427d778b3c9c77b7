"""Keys that somebody gave, as results: the same record as of a finding, so that everything behind it is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.aws.facts import IDENTIFIERS, SECRET, TOKEN, facts
from leakstop.aws.keyid import TEMPORARY
from leakstop.detect.language.entropy import shannon
from leakstop.model import Finding, Location, Origin, Pair, Result, Secret, Triage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leakstop.aws.pasted import Given
    from leakstop.rules.rule import Rule


def results(
    keys: Sequence[Given],
    kind: str,
    rules: Mapping[str, Rule],
    identify: Callable[[str, bytes], str],
    canaries: tuple[str, ...] = (),
) -> list[Result]:
    """A result for each key. `identify` makes a fingerprint of rule id and secret. KeyError: the rules lack those of AWS."""
    made = []
    for given in keys:
        rule, secret = rules[SECRET], given.secret.encode()
        token = (Pair(TOKEN, 1, b"", Secret(given.token.encode())),) if given.token else ()
        name = IDENTIFIERS[given.key_id.startswith(TEMPORARY)]
        pair = Pair(name, 1, b"", Secret(given.key_id.encode()), token)
        finding = Finding(
            rule,
            Secret(secret),
            Location(1, 1, 1, len(secret)),
            Origin(kind),
            rule.severity,
            "high",
            round(shannon(secret), 2),
            pair=pair,
        )
        made.append(Result(finding, identify(rule.id, secret), Triage(), facts(finding, b"", canaries)))
    return made
