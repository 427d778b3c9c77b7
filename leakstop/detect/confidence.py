"""How sure one finding is: the rule's confidence, raised or lowered by what the value and its place say.

high    a checksum holds, the other half stands near, or a value that is random beyond doubt stands beside a name that says secret
medium  what the rule says of a shape beside a word; a form that is right but whose check could not be made
low     a value that tests use again and again, a digest in a test, a token that has expired
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leakstop.detect.filters import proved, unproved
from leakstop.expressions import expression
from leakstop.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leakstop.model import Finding
    from leakstop.rules.rule import Rule

SHARED = "used in several tests or documents"
_STRONG = 20  # characters from which a random value that nobody would choose for an example is beyond doubt
_TESTS = expression(
    rb"(?i)(?:^|/)(?:t|tests?|testing|specs?|e2e|integration|fixtures?|testdata|mocks?|cassettes?|__tests__|test[_-][^/]*|[^/]*[_-]tests?"
    rb"|smoke-test[^/]*)/|(?:^|/)(?:test_|conftest)[^/]*$|(?:[_.-](?:test|spec|mock)s?|(?<=[a-z0-9])(?-i:Tests?|Mock|IT|TestCase))\.[A-Za-z]+$"
)
_DOCUMENTS = expression(
    rb"(?i)(?:^|/)(?:docs?|documentation|guides?|examples?|samples?|demos?|tutorials?|website)/|\.(?:md|markdown|rst|adoc|asciidoc|mdx)$"
)
_DIGEST = expression(rb"[0-9a-f]{20,}|[0-9A-F]{20,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Grade(NamedTuple):
    """A confidence and the reasons for it, as people read them."""

    confidence: str
    reasons: tuple[str, ...]


def grade(rule: Rule, value: bytes, key: bytes, path: bytes, *, repeated: bool) -> Grade:
    """The confidence of a finding that stands alone.

    `key` is what leads to the value in its line (see `place`); `repeated`: the value stands in the text more than once.
    """
    if rule.checksum == "jwt" and (ended := _expired(value)):
        return Grade("low", (ended,))
    if proved(rule, value):
        return Grade("high", ("its checksum holds",))
    if not rule.generic:
        if rule.keywords and _DIGEST.fullmatch(value) and in_tests(path):
            return Grade("low", ("hex in a test",))
        if rule.confidence == "high" and unproved(rule, value):
            return Grade("medium", ("its checksum could not be verified",))
        return Grade(rule.confidence, ())
    if in_tests(path):
        if repeated:
            return Grade("low", ("used again and again in a test",))
        if _DIGEST.fullmatch(value):
            return Grade("low", ("hex in a test",))
        return Grade(rule.confidence, ())
    if in_documents(path):
        return Grade("low", ("used again and again in a document",)) if repeated else Grade(rule.confidence, ())
    if strong(value, key):
        return Grade("high", ("random beyond doubt, beside a name that says secret",))
    return Grade(rule.confidence, ())


def _expired(token: bytes) -> str:
    """When a JSON Web Token ended, in words; empty when it has not."""
    import time

    from leakstop.detect.structure import jwt_expiry

    expiry = jwt_expiry(token)
    if expiry is None or not 0 < expiry < time.time():
        return ""
    return time.strftime("expired on %Y-%m-%d", time.gmtime(expiry))


def shared(findings: Iterable[Finding]) -> set[bytes]:
    """The values of generic rules that stand in two files or more, all tests or documents: nobody's secret, a constant."""
    paths: dict[bytes, set[bytes]] = {}
    for finding in findings:
        if finding.rule.generic:
            paths.setdefault(finding.secret.reveal(), set()).add(finding.origin.path)
    return {value for value, own in paths.items() if len(own) > 1 and all(in_tests(path) or in_documents(path) for path in own)}


def in_tests(path: bytes) -> bool:
    """Whether a path says that a file is a test or belongs to one."""
    return _TESTS.search(path) is not None


def in_documents(path: bytes) -> bool:
    """Whether a path says that a file explains something, or shows how it is used."""
    return _DOCUMENTS.search(path) is not None


def strong(value: bytes, key: bytes) -> bool:
    """Whether nobody but a random generator made a value that stands beside a name that says secret or password."""
    if len(value) < _STRONG:
        return False
    from leakstop.detect import names
    from leakstop.detect.entropy import alphabet, random_looking
    from leakstop.detect.language import fluent
    from leakstop.detect.place import in_url, promised

    if not random_looking(value) or fluent(value, 0.3):
        return False
    name = promised(key)
    return (in_url(key) or names.kind(name) in ("password", "secret")) and alphabet(value) != "digits"
