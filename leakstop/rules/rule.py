"""One rule, as the engine uses it: what `patterns/*.toml` says, checked and with defaults filled in."""

from __future__ import annotations

from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from leakstop.rules.index import Ready

# The keys of `detect.tokens.checksums.CHECKSUMS`. Rules import nothing from detect; a test holds the two equal.
CHECKSUM_NAMES = (
    "crc32-base62",
    "crc32-base62-hint",
    "crc32-hex",
    "crc32-hex-hint",
    "vercel",
    "synapse",
    "matrix",
    "grafana",
    "atlassian",
    "trello-hint",
    "gitlab-routable",
    "github-fine-grained-hint",
    "azure-identifiable-hint",
    "azure-annotated-hint",
    "azure-client-secret-hint",
    "bech32",
    "base58check",
    "ripple-seed",
    "cisco-type-7",
    "solana-keypair",
    "ngc",
    "nkey",
    "stellar-seed",
    "putty-mac",
    "pgp-crc24",
    "seed-phrase",
    "secp256k1",
    "jwt",
    "pem",
    "basic-auth",
    "base64-uuid",
    "pypi-macaroon",
    "aws-session-token",
    "aws-bedrock-key",
    "aws-presigned-key",
    "aws-ecr-password",
    "artifactory-reference",
    "atlassian-server",
    "cloudflare-tunnel",
    "discord-bot",
    "elastic-cloud",
    "elastic-encoded",
    "elastic-service",
    "grafana-cloud",
    "grafana-legacy",
    "intercom",
    "mapbox",
    "onepassword",
    "sentry-organization",
    "snyk",
    "supabase-service-role",
)

NEAR = 40  # bytes between a keyword's end and the value, when a rule does not say


class PairSpec(NamedTuple):
    """How a rule's value finds its other half in the same file."""

    rule: str  # id of the rule that the other half is reported under
    pattern: str  # the bare shape of the other half, looked for only when this half is there
    entropy: float = 0.0  # Shannon floor of the other half, bits per character
    also: tuple[str, ...] = ()  # rules whose findings in the same text are further parts of the same credential


class Allowlist(NamedTuple):
    """What a foreign rule does not want: kinds of criteria, of which one or every one must hold. Expressions are ours."""

    every: bool
    commits: tuple[str, ...] = ()  # ids
    paths: tuple[str, ...] = ()  # expressions over the path
    regexes: tuple[str, ...] = ()  # expressions over `target`
    target: str = "secret"  # or match, line
    stopwords: tuple[str, ...] = ()  # in the secret, in small letters


class Needed(NamedTuple):
    """A rule that must match nearby; -1: however far."""

    rule: str
    lines: int
    columns: int


class Foreign(NamedTuple):
    """What rules of gitleaks' form have beside an expression. Our own filters leave the values of such rules alone."""

    path: str = ""  # expression: only in files whose path it matches
    words: tuple[str, ...] = ()  # one of them must stand in the text, in small letters
    lists: tuple[Allowlist, ...] = ()
    needs: tuple[Needed, ...] = ()
    silent: bool = False  # never reported, but others need it
    first_group: bool = False  # the secret is the first group that is not empty
    ours: bool = False  # a rule of ours, with allowlists of theirs


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
    checksum: str = ""  # one of CHECKSUM_NAMES
    pair: PairSpec | None = None
    allow: tuple[str, ...] = ()  # expressions: a secret that one of them matches whole is no finding
    generic: bool = False  # no provider's own shape: the filters for ordinary text apply
    foreign: bool = False  # from a user's file: its expression runs under a time limit
    verify: str = ""  # a name in `verify.PROVIDERS`
    docs: str = ""
    twins: bool = False  # both halves of a credential have this shape: their names tell which is which
    foreign_format: Foreign | None = None  # how gitleaks judges it; None: as ours are judged


class RuleTests(NamedTuple):
    """A rule's own examples, as templates (see `rules.templates`)."""

    match: tuple[str, ...]
    ignore: tuple[str, ...]


class RuleSet(NamedTuple):
    """Rules in a fixed order; a rule's index in `rules` is its number everywhere in the engine."""

    rules: Sequence[Rule]
    digest: str  # of all that decides findings: hex, 16 digits
    ready: Ready | None = None  # as the wheel's index holds it; None: still to be derived
    notes: tuple[str, ...] = ()  # what of foreign rule files could not be honoured
