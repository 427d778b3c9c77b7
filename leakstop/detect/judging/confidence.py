"""How sure one finding is: the rule's confidence, raised or lowered by what the value and its place say.

high    a checksum holds, the other half stands near, or a value that is random beyond doubt stands beside a name that says secret
medium  what the rule says of a shape beside a word; a form that is right but whose check could not be made
low     a value that tests use again and again, a digest in a test, an example, a token that has expired
"""

from __future__ import annotations

from leakstop.detect.judging.filters import proved, unproved
from leakstop.expressions import expression
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leakstop.model import Finding, Origin
    from leakstop.rules.rule import Rule

SHARED = "a constant of several tests or documents, or of a program"
OTHERS = "in the code of others"
CROWDED = "one of very many alike in one file"
_VERSIONS = 4  # documents in which a token is an example
_AGAIN, _OFTEN = 2, 3  # places of tests and documents in which one that tests make is
_CROWD = 50  # distinct values of generic rules in one file: a set made up for a test
_SHAPES = 12  # distinct shapes near one word: ids, or a recording
_STRONG = 20  # characters from which a random value that nobody would choose for an example is beyond doubt
_TESTS = expression(
    rb"(?i)(?:^|/)(?:t|tests?|testing|(?-i:[a-z]+Tests?)|suites?|specs?|e2e|integration|fixtures?|testdata|mocks?|cassettes?|__tests__|test(?:helpers?|utils?|lib|support|kit)|test[_-][^/]*|[^/]*[_-]tests?"
    rb"|acceptance|conformance|certification|interop|goldens?|\.?snapshots|__snapshots__|corpus|fuzz"
    rb"|smoke-test[^/]*)/|(?:^|/)(?:[a-z0-9_-]*[_-])?(?:tests?[_-]|mock[_-]|fake[_-]|stub[_-]|conftest|phpunit\.)[^/]*$|(?:[_.-](?:test|spec|mock)s?|(?<=[a-z0-9])(?-i:Tests?|Specs?|Mock|IT|TestCase)|(?-i:_SUITE))\.[A-Za-z]+$|\.feature$"
)
_DOCUMENTS = expression(
    rb"(?i)(?:^|/)(?:docs?|documentation|guides?|(?:examples?|samples?)(?:[_-][a-z_-]+)?|demos?|tutorials?|website|api-ref|playgrounds?|quickstarts?|vignettes)/"
    rb"|\.(?:md|markdown|rst|adoc|asciidoc|mdx|rmd|qmd|livemd|lhs|rd|ronn|pod|texi)$|(?:^|/)[A-Za-z0-9_-]+\.[1-8]$|(?:^|/)(?:demo|sample|example)[_-][^/]*$|\.(?:example|sample|template|dist)(?:\.[a-z]{1,5})?$"
    rb"|(?:^|/)(?:swagger|openapi)[^/]*\.(?:ya?ml|json)$|(?:^|/)(?-i:README|USAGE|CHANGELOG|CHANGES|NEWS|HISTORY)$"
    rb"|(?:^|/)(?:htmlcov|lcov-report)/"
)
_SAMPLES = expression(rb"(?i)(?:^|/)(?:gallery|stories|api-ref|playgrounds?)/|\.stories\.[a-z]+$")
_TABLES = expression(rb"(?i)\.(?:csv|tsv)(?:\.[a-z0-9]{2,3})?$")
_TEXTS = expression(rb"(?i)\.(?:md|markdown|rst|adoc|asciidoc|mdx)$")
_CI = expression(
    rb"(?:^|/)(?:\.github|\.gitlab|\.circleci|\.buildkite|\.azure-pipelines|ci)/|(?:^|/)(?:\.gitlab-ci|\.travis|appveyor)\.yml$"
)
_DIGEST = expression(rb"(?:[0-9a-f]{20,}:|0x)?[0-9a-f]{20,}|[0-9A-F]{20,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TAGGED = expression(rb"(?:(?:[a-z]{2,20}|[0-9]{2,20})[._-]){1,3}[0-9a-f]{32,64}")


class Grade(NamedTuple):
    """A confidence and the reasons for it, as people read them."""

    confidence: str
    reasons: tuple[str, ...]


# Rules whose findings open little where they are part of a test, a document, or written for people: sessions are over, keystores
# are for TLS tests, and an AWS secret without its id is what a server of that kind printed.
_SETTLED: dict[str, tuple[Callable[[bytes], bool], ...]] = {}


def grade(rule: Rule, value: bytes, key: bytes, path: bytes, doubt: str) -> Grade:
    """The confidence of a finding that stands alone.

    `key` is what leads to the value in its line (see `place`), `doubt` why its surroundings say that it matters little (see
    `surroundings`), or "".
    """
    if rule.checksum == "jwt":
        if ended := doubt or _over(value, path):
            return Grade("low", (ended,))
        if in_tests(path) or in_documents(path):
            return Grade("medium", ("in a test or document",))
    if any(is_one(path) for is_one in _SETTLED.get(rule.id, ())):
        return Grade("low", ("of its kind, part of a test or document",))
    if proved(rule, value) and doubt != OTHERS:
        return Grade("high", ("its checksum holds",))
    if doubt:
        return Grade("low", (doubt,))
    if not rule.generic:
        if rule.keywords and _DIGEST.fullmatch(value) and in_tests(path):
            return Grade("low", ("hex in a test",))
        if rule.confidence == "high" and unproved(rule, value):
            return Grade("medium", ("its checksum could not be verified",))
        return Grade(rule.confidence, ())
    digest = _DIGEST.fullmatch(value)
    marked = not digest or value.startswith(b"0x") or weak(key)  # no more than an id, or a number
    if (digest or _TAGGED.fullmatch(value)) and (_SAMPLES.search(path) or (in_tests(path) and marked)):
        return Grade("low", ("hex in a test or sample",))
    if weak(key) and (in_documents(path) or _TABLES.search(path) or _CI.search(path)):
        return Grade("low", ("beside a name that promises little, in a document, a table or what builds the project",))
    if not in_tests(path) and not in_documents(path) and strong(value, key):
        return Grade("high", ("random beyond doubt, beside a name that says secret",))
    return Grade(rule.confidence, ())


def _over(token: bytes, path: bytes) -> str:
    """That a JSON Web Token claims nothing (`{"foo": "bar"}`), that a test made it, that nobody signed it, that it is one of
    NATS', who wants the seed of the nkey in it as well, or when it ended, in words; else empty.
    """
    import time

    from leakstop.detect.judging.placeholders import made_up, sample_claims
    from leakstop.detect.tokens.structure import jwt_algorithm, jwt_claims, jwt_expiry

    algorithm = jwt_algorithm(token).lower()
    if algorithm.startswith("ed25519"):
        return "opens nothing without the seed of its nkey"
    if algorithm == "none":
        return "nobody has signed it"
    claims = jwt_claims(token)
    if sample_claims(claims):
        return "its claims are an example"
    if (in_tests(path) or in_documents(path)) and made_up(claims):
        return "its claims are those of a test"
    expiry = jwt_expiry(token)
    if expiry is None or not 0 < expiry < time.time():
        return ""
    return time.strftime("expired on %Y-%m-%d", time.gmtime(expiry))


def shared(findings: Iterable[Finding]) -> set[bytes]:
    """The values of generic rules that stand in two files or more, all tests or documents: nobody's secret, a constant.

    What builds and tests a project (`.github/`) may use it too. A token that says what it is has to stand in several documents,
    and nowhere else: each version of them shows it as an example. Tokens that a program signs or that belong to a test mode, and
    shapes beside a word, only have to stand twice, and others without a checksum three times, in tests or documents alone.
    """
    paths: dict[bytes, set[bytes]] = {}
    told: dict[bytes, set[bytes]] = {}
    made: dict[tuple[bytes, int], list[bool]] = {}
    for finding in findings:
        if finding.pair is None:
            path, value, rule = inner(finding.origin), finding.secret.reveal(), finding.rule
            places = paths if rule.generic else told
            if finding.confidence != "low" or in_tests(path) or in_documents(path):
                places.setdefault(value, set()).add(path)
            own = rule.checksum == "jwt" or rule.confidence != "high" or "test" in rule.id.split("-")
            if not rule.generic and (own or not rule.checksum):
                made.setdefault((value, _AGAIN if own else _OFTEN), []).append(in_tests(path) or in_documents(path))
            elif rule.id == "generic-api-key" and finding.confidence == "medium" and _DIGEST.fullmatch(value):
                made.setdefault((value, _OFTEN), []).append(True)  # under a bare `key`: an id, which a program compares with

    def constant(own: set[bytes]) -> bool:
        tests = {path for path in own if in_tests(path) or in_documents(path)}
        return len(tests) > 1 and all(_CI.search(path) for path in own - tests)

    examples = {value for value, own in told.items() if len(own) >= _VERSIONS and all(map(in_documents, own))}
    examples.update(value for (value, least), own in made.items() if len(own) >= least and all(own))
    return {value for value, own in paths.items() if constant(own)} | examples


class Crowd(NamedTuple):
    """What findings of one file have in common that may be too many to be secrets: the word near them, or their generic rule."""

    path: bytes
    word: str
    rule: str

    @property
    def most(self) -> int:
        """Distinct values that may be secrets."""
        return _SHAPES if self.word else _CROWD


def crowded(findings: Iterable[Finding]) -> set[Crowd]:
    """The crowds that are so large that somebody made their values up, or that they are ids."""
    values: dict[Crowd, set[bytes]] = {}
    for finding in findings:
        if own := crowd(finding):
            values.setdefault(own, set()).add(finding.secret.reveal())
    return {own for own, those in values.items() if len(those) > own.most}


def crowd(finding: Finding) -> Crowd | None:
    """With what a finding makes a crowd: shapes near the same word in its file, or in a test or document the others that the
    same generic rule finds. None when it stands for itself.
    """
    rule, path = finding.rule, inner(finding.origin)
    if rule.generic:
        return Crowd(path, "", rule.id) if in_tests(path) or in_documents(path) else None
    alike = finding.near and rule.confidence != "high" and finding.pair is None
    return Crowd(path, finding.near, "") if alike and path else None


def inner(origin: Origin) -> bytes:
    """The path of a file, and the way on into the container that it is."""
    if not origin.members:
        return origin.path
    return b"/".join((origin.path, *(member.encode("utf-8", "backslashreplace") for member in origin.members)))


def in_tests(path: bytes) -> bool:
    """Whether a path says that a file is a test or belongs to one."""
    return _TESTS.search(path) is not None


def in_documents(path: bytes) -> bool:
    """Whether a path says that a file explains something, or shows how it is used."""
    return _DOCUMENTS.search(path) is not None


def _is_text(path: bytes) -> bool:
    return _TEXTS.search(path) is not None


_SETTLED |= {
    **{
        f"password-hash-{kind}": (in_tests, in_documents) for kind in ("argon2", "bcrypt", "cisco", "crypt", "kerberos", "pbkdf2")
    },
    "http-session-cookie": (in_tests, in_documents),
    "keystore-without-password": (in_tests,),
    "aws-session-token": (in_tests, in_documents),
    "stripe-client-secret": (in_tests, in_documents),
    "aws-secret-access-key": (_is_text,),
    "minio-secret-key": (_is_text,),
    "rails-secret-key-base": (_is_text,),
}


def weak(key: bytes) -> bool:
    """Whether the name before a value says no more than `key` or `auth`: `derivation_key`, not `api_key`."""
    from leakstop.detect.judging import names
    from leakstop.detect.judging.place import promised

    return names.kind(promised(key)) == "key"


def strong(value: bytes, key: bytes) -> bool:
    """Whether nobody but a random generator made a value that stands beside a name that says secret or password."""
    if len(value) < _STRONG:
        return False
    from leakstop.detect.judging import names
    from leakstop.detect.judging.place import in_url, promised
    from leakstop.detect.language.entropy import alphabet, random_looking
    from leakstop.detect.language.model import fluent

    if not random_looking(value) or fluent(value, 0.3):
        return False
    if (b"(" in key or b"\t" in key) and _DIGEST.fullmatch(value):  # an argument, a cell: as likely a thumbprint, an id
        return False
    name = promised(key)
    return (in_url(key) or names.kind(name) in ("password", "secret")) and alphabet(value) != "digits"
