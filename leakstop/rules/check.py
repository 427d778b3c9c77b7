r"""The checks that every rule has to pass, for the tests and for `leakstop rules test`.

    entries --check--> failures

A rule is described, bounded and cheap to look for; its examples are found by it and by no other rule, in the notations that
secrets come in; none of its counter-examples is; no text can make its expression run wild. The engine comes in as an
argument (`Tools`), since rules know nothing of what uses them.
"""

from __future__ import annotations

import re
from time import process_time
from typing import TYPE_CHECKING, NamedTuple

from leakstop.errors import RuleError
from leakstop.rules.schema import check_expressions
from leakstop.rules.templates import expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from leakstop.rules.load import Entry
    from leakstop.rules.rule import Rule, RuleSet

    Scan = Callable[[Sequence[bytes]], Sequence[Sequence[tuple[str, bytes]]]]

LEAST_EXAMPLES = 2  # of each kind
HOSTILE_BYTES = 20_000
HOSTILE_SECONDS = 0.05  # for one hostile text: 2.5 µs a byte, five times what good expressions need
HOSTILE_EXAMPLES = 2  # of a rule, from which hostile texts are made
ATTEMPTS = 3  # a busy machine may be slow once
HITS_PER_MB = 10  # of a rule's anchors in ordinary source text: each costs as much as searching three kilobytes
GENERIC_HITS_PER_MB = 75  # of a rule for any provider's secrets, which looks for words that are common


class Tools(NamedTuple):
    """What the checks need of the engine (see `detect.trial`)."""

    scanner: Callable[[RuleSet], Scan]  # finds (rule id, secret) in each of some texts
    hits: Callable[[RuleSet, Sequence[bytes]], list[int]]  # how often each rule's anchors hit in the texts
    seals: Mapping[str, Callable[[bytes], bytes] | None]  # of the checksums


class Failure(NamedTuple):
    """What is wrong with a rule. Messages hold no text of an example."""

    file: str
    rule: str
    check: str
    message: str


class Case(NamedTuple):
    """A text, and whether the rule must find something in it. The name tells example and wrapping."""

    name: str
    text: bytes
    wanted: bool


def check(entries: Sequence[Entry], rules: RuleSet, tools: Tools, corpus: Sequence[bytes] = ()) -> Iterator[Failure]:
    """All that is wrong with some of the rules, in their order. `rules` is the set they work in, built-in ones included.

    `corpus` are texts in which anchors may seldom hit; without one that is not checked.
    """
    scan = tools.scanner(rules)
    crowded = {failure.rule: failure for failure in selectivity(entries, rules, tools, corpus)} if corpus else {}
    for entry in entries:
        slow = list(harmless(entry, tools))
        problems = [*described(entry), *slow, *([] if slow else examples(entry, tools, scan))]  # they might not come to an end
        yield from (Failure(entry.file, entry.rule.id, name, message) for name, message in problems)
        if entry.rule.id in crowded:
            yield crowded[entry.rule.id]


def described(entry: Entry) -> Iterator[tuple[str, str]]:
    """What a rule must say for people, and what its expressions must be."""
    rule, tests = entry.rule, entry.tests
    for key in ("provider", "docs"):
        if not getattr(rule, key):
            yield key, "is missing, in the rule and at the top of the file"
    if not rule.docs.startswith("https://"):
        yield "docs", "is not an https address"
    if not rule.description.endswith("."):
        yield "description", "is not a sentence: it has no full stop at its end"
    for key in ("match", "ignore"):
        if len(getattr(tests, key)) < LEAST_EXAMPLES:
            yield f"tests.{key}", f"has fewer than {LEAST_EXAMPLES} examples"
    try:
        check_expressions(entry.file, rule)
    except RuleError as error:
        yield error.key, error.message.rpartition(f"{error.key}: ")[2]


def selectivity(entries: Sequence[Entry], rules: RuleSet, tools: Tools, corpus: Sequence[bytes]) -> Iterator[Failure]:
    """Rules whose anchors hit so often in ordinary text that looking at the hits would cost more than the search."""
    megabytes = sum(map(len, corpus)) / 1e6
    hits = dict(zip((rule.id for rule in rules.rules), tools.hits(rules, corpus), strict=True))
    for file, rule, _ in entries:
        limit = GENERIC_HITS_PER_MB if rule.generic else HITS_PER_MB
        if (rate := hits[rule.id] / megabytes) > limit:
            message = f"its anchors hit {rate:.0f} times in a megabyte of ordinary text; {limit} are allowed"
            yield Failure(file, rule.id, "pattern" if not rule.keywords else "keywords", message)


# --- examples ----------------------------------------------------------------------------------------------------------------


def examples(entry: Entry, tools: Tools, scan: Scan) -> Iterator[tuple[str, str]]:
    """What goes wrong with a rule's examples in the whole engine."""
    try:
        tried = list(cases(entry, tools))
    except ValueError as error:
        yield "tests", str(error)
        return
    for case, found in zip(tried, scan([case.text for case in tried]), strict=True):
        if message := judge(entry.rule, case, [id_ for id_, _ in found]):
            yield case.name, message


def cases(entry: Entry, tools: Tools) -> Iterator[Case]:
    """The examples as they stand, and each token of theirs in the usual notations. Raises ValueError for a broken template."""
    rule, tests = entry.rule, entry.tests
    for kind in ("match", "ignore"):
        for number, template in enumerate(getattr(tests, kind), 1):
            text = expand(template, f"{rule.id}/{kind}/{number}", tools.seals.get(rule.checksum))
            name = f"tests.{kind} {number}"
            yield Case(name, text, kind == "match")
            if kind == "match":
                yield Case(f"{name}, lines ending in CR LF", text.replace(b"\n", b"\r\n") + b"\r\n", wanted=True)
                for wrapping, wrapped in wrapped_tokens(rule, text):
                    yield Case(f"{name}, {wrapping}", wrapped, wanted=True)


def judge(rule: Rule, case: Case, found: Sequence[str]) -> str:
    """What is wrong with the rules that found something in a case, or nothing."""
    others = ", ".join(sorted(set(found) - {rule.id}))
    if not case.wanted:
        return "is found" if rule.id in found else ""
    if rule.id not in found:
        return f"is not found{f', but by {others}' if others else ''}"
    return f"is also found by {others}" if others else ""


_URL_SAFE = re.compile(rb"[A-Za-z0-9._~-]+")
_PLAIN = re.compile(rb"[!#-&(-;=-~]+")  # printable ASCII without blanks, quotes and <
_WRAPPINGS = {  # what may stand around a token: name, token
    "an environment file": b"export %(upper)s_KEY=%(token)s\n",
    "a quoted assignment": b'    self.%(lower)s_key = "%(token)s"\n',
    "a single-quoted assignment": b"const %(lower)sKey = '%(token)s';\n",
    "YAML": b"%(lower)s:\n  key: %(token)s\nnext: 1\n",
    "JSON": b'{"%(lower)s_key": "%(token)s", "next": 1}',
    "JSON in a string": b'"{\\"%(lower)s_key\\": \\"%(token)s\\"}"',
    "a call": b'client = %(lower)s.Client("%(token)s", timeout=30)\n',
    "XML": b'<add key="%(lower)s" value="%(token)s" />\n<%(lower)s>%(token)s</%(lower)s>\n',
    "a header": b"curl -H 'X-%(lower)s-Key: %(token)s' https://api.service.net/v1\n",
    "a command line": b"tool --%(lower)s=%(token)s --verbose\n",
    "Markdown": b"Set %(lower)s to `%(token)s`.\n",
    "brackets": b"{%(lower)s: [%(token)s]}\n",
    "the end of the text": b"%(lower)s=%(token)s",
    "an escaped line end": b'"%(lower)s:\\n%(token)s\\nnext"',
}
_LITERALS = ("a quoted assignment", "JSON", "a call")
_URL = b"https://api.service.net/v1?%(lower)s=%(token)s&page=2\n"
_ENCODED = b"callback=https%%3A%%2F%%2Fservice.net%%2F%%3F%(lower)s%%3D%(token)s%%26page%%3D2\n"


def wrapped_tokens(rule: Rule, text: bytes) -> Iterator[tuple[str, bytes]]:
    """The secret that the rule's expression finds in an example, put into the usual notations as far as its characters allow.

    A rule with keywords gets the first of them as the name of the value. An expression that matches more than the secret brings
    its own notation: its match only stands in a literal of a program or of JSON.
    """
    found = re.search(rule.pattern.encode("ascii"), text)
    if found is None or not _PLAIN.fullmatch(found[0]):
        return
    token = found[0]
    alone = "secret" not in found.re.groupindex or found["secret"] == token
    name = next(
        (word for word in rule.keywords if word.replace("_", "").isalnum()), rule.keywords[0] if rule.keywords else "service"
    )
    parts = {b"token": token, b"lower": name.encode(), b"upper": name.upper().encode()}
    for wrapping, form in _WRAPPINGS.items():
        if alone or wrapping in _LITERALS:
            yield wrapping, form % parts
    if _URL_SAFE.fullmatch(token) and alone:
        yield "a URL", _URL % parts
        if not rule.keywords:
            yield "a percent-encoded URL", _ENCODED % parts
    if not rule.keywords:
        yield "nothing around it", token


# --- hostile texts -----------------------------------------------------------------------------------------------------------


def harmless(entry: Entry, tools: Tools) -> Iterator[tuple[str, str]]:
    """Texts that make one of the rule's expressions run too long."""
    rule = entry.rule
    expressions = [("pattern", rule.pattern), *([("pair.pattern", rule.pair.pattern)] if rule.pair else [])]
    try:
        check_expressions(entry.file, rule)
        tokens = [case.text for case in cases(entry, tools) if case.wanted and "," not in case.name][:HOSTILE_EXAMPLES]
    except (ValueError, RuleError):
        return  # another check's business
    for name, text in hostile(rule, tokens):
        for key, pattern in expressions:
            if not _quick(pattern.encode("ascii"), text):
                yield key, f"takes more than {HOSTILE_SECONDS * 1000:.0f} ms for {len(text) // 1000} KB of {name}"


def hostile(rule: Rule, tokens: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Texts that look like a match again and again and are none."""
    for character in (b"a", b"A", b"0", b" ", b'"', b"a-", b"a.b:", b"0123456789abcdef "):
        yield f"{character!r} repeated", _filled(character)
    for token in tokens:
        half = token[: len(token) // 2]
        yield "an example's beginning repeated", _filled(token[:8])
        yield "half an example repeated", _filled(half)
        yield "an example without its last character, repeated", _filled(token[:-1] + b" ")
        yield "an example with a wrong last character, repeated", _filled(token[:-1] + b"!")
        yield "an example's last character repeated behind its half", half + _filled(token[-1:])
        yield "an example's middle repeated behind its half", half + _filled(token[len(half) : len(half) + 1])
        yield "an example repeated", _filled(token)
    for word in rule.keywords[:1]:
        yield "a keyword repeated", _filled(word.encode() + b" = ")


def _filled(unit: bytes) -> bytes:
    return (unit * (HOSTILE_BYTES // len(unit) + 1))[:HOSTILE_BYTES] if unit else b""


def _quick(pattern: bytes, text: bytes) -> bool:
    """Whether both libraries find all matches in time: users' expressions run with `regex`, which can give up, ours with `re`."""
    import regex

    limited, plain = regex.compile(pattern), re.compile(pattern)
    for _ in range(ATTEMPTS):
        try:
            for _match in limited.finditer(text, timeout=HOSTILE_SECONDS):
                pass
        except TimeoutError:
            continue
        start = process_time()
        for _match in plain.finditer(text):
            pass
        if process_time() - start <= HOSTILE_SECONDS:
            return True
    return False
