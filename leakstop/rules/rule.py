"""One rule, as the engine uses it: what `patterns/*.toml` says, checked and with defaults filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from leakstop.rules.shape import Shape

NEAR = 40  # bytes between a keyword's end and the value, when a rule does not say


class PairSpec(NamedTuple):
    """How a rule's value finds its other half in the same file."""

    rule: str  # id of the rule that the other half is reported under
    pattern: str  # the bare shape of the other half, looked for only when this half is there
    entropy: float = 0.0  # Shannon floor of the other half, bits per character
    also: tuple[str, ...] = ()  # rules whose findings in the same text are further parts of the same credential


class Rule(NamedTuple):
    """A kind of secret.

    pattern is a regular expression over bytes, in the syntax that `re` and `regex` share, of bounded width; the secret is the
    group named `secret`, else the whole match. When `keywords` is not empty the pattern only counts if one of them (any case)
    ends at most `near` bytes before the match starts.
    """

    id: str
    provider: str
    description: str
    severity: str  # low, medium, high, critical
    confidence: str  # low, medium, high
    pattern: str
    keywords: tuple[str, ...] = ()
    near: int = NEAR
    entropy: float = 0.0  # Shannon floor of the secret, bits per character
    checksum: str = ""  # a name in `detect.checksums.CHECKSUMS`
    pair: PairSpec | None = None
    allow: tuple[str, ...] = ()  # expressions: a secret that one of them matches whole is no finding
    generic: bool = False  # no provider's own shape: the filters for ordinary text apply
    verify: str = ""  # a name in the table of verifiers
    docs: str = ""


class RuleTests(NamedTuple):
    """A rule's own examples, as templates (see `rules.templates`)."""

    match: tuple[str, ...]
    ignore: tuple[str, ...]


class RuleSet(NamedTuple):
    """Rules in a fixed order; a rule's index in `rules` is its number everywhere in the engine."""

    rules: tuple[Rule, ...]
    digest: str  # of all that decides findings: hex, 16 digits
    shapes: tuple[Shape, ...] = ()  # as the wheel's index holds them; empty: still to be derived
