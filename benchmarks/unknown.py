"""How many kinds of credentials are found whose providers have no rule: each provider's own examples, without its rules.

usage: python benchmarks/unknown.py [--misses N]

The values of the built-in rules' examples are put into notations as documents and tests of such services show them, and scanned
with the rules alone that know no provider. Prints, as Markdown, the share of values that is reported at the default confidence,
by kind of notation and by form of the value; with --misses some lines that were not found, of made-up values.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from leakstop.detect.detector import Detector
from leakstop.detect.judging import misfits
from leakstop.detect.tokens.checksums import CHECKSUMS
from leakstop.model import Chunk, Origin
from leakstop.rules import load
from leakstop.rules.compiled import compile_rules
from leakstop.rules.rule import RuleSet
from leakstop.rules.templates import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leakstop.rules.load import Entry

GENERAL = {
    *("generic", "http-credentials", "connection-strings", "connection-urls", "credential-files"),
    *("jwt", "keystores", "password-hashes", "private-keys"),
}
FILLING = b"\n" + b" " * 300 + b"\n"  # in a tiny text any value could be half of a pair
# {n}, {h}, {u}, {p}: the provider's name with underscores, with hyphens, in capitals, in camel case; {v}: the value
NOTATIONS = {
    "beside a name": ("{n}_api_key = '{v}'", "{u}_TOKEN={v}", "{n}_secret: {v}", "const {n}Key = '{v}';", "{n} key = {v}"),
    "in a block": ("{n}:\n  key: {v}", '{{"{n}": {{"key": "{v}"}}}}', "[{n}]\nauth = '{v}'", "{n}:\n  credentials: {v}"),
    "in a header": (
        "curl -H 'X-{p}-Key: {v}' https://api.service.net",
        "curl -H 'Authorization: Bearer {v}' https://api.service.net",
        "curl -H 'Authorization: Token {v}' https://api.service.net",
        "curl -u '{v}:' https://api.service.net",
    ),
    "in a URL": (
        "https://api.service.net/v1?key={v}&page=1",
        "https://api.service.net/v1?apikey={v}",
        "https://{v}@api.service.net/v1",
        "https://hooks.service.net/services/{v}",
    ),
    "in a call": ("client = {p}Client('{v}')", "new {p}('{v}');", "{p}.init('{v}');", "{p}(key='{v}')", "Client('robot', '{v}')"),
    "in prose": ("Your {p} API key is {v}.", "{n} token {v}", "the {p} API key: `{v}`", "{n}.com key '{v}'"),
    "in an option": ("{h} --api-key {v}", "{h} --key {v}", "{h} auth {v}", "{h} config set token {v}"),
    "beside the provider alone": ("{n}: '{v}'", "{u}={v}", "{n} {v}"),
    "alone": ("{v}", "x = '{v}'"),
}
FORMS = (
    ("digits", r"\d+"),
    ("UUID", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("hex", r"[0-9a-f]+|[0-9A-F]+"),
    ("letters and digits, under 20", r"[A-Za-z0-9]{1,19}"),
    ("letters and digits", r"[A-Za-z0-9]+"),
    ("with a prefix", r"[A-Za-z][A-Za-z0-9]{0,14}[_.:-][A-Za-z0-9].{14,}"),
)


class Kind(NamedTuple):
    """A kind of credentials: its rule, the provider's name, and a made-up value."""

    rule: str
    provider: str
    value: str


def kinds(entries: Iterable[Entry]) -> Iterator[Kind]:
    """One for each rule of a provider whose value stands on one line."""
    rules = tuple(entry.rule for entry in entries)
    detector = Detector(compile_rules(RuleSet(rules, load.digest(rules))))
    for entry in entries:
        if provider(entry) in GENERAL or entry.rule.generic:
            continue
        check = CHECKSUMS.get(entry.rule.checksum)
        text = expand(entry.tests.match[0], entry.rule.id, check.seal if check else None)
        value = next((secret for id_, secret in reported(detector, text) if id_ == entry.rule.id), b"").decode("latin-1")
        if 8 <= len(value) <= 400 and not re.search(r"\s|^https?:", value):
            yield Kind(entry.rule.id, provider(entry), value)


def provider(entry: Entry) -> str:
    """The name of a rule file."""
    return os.path.splitext(os.path.basename(entry.file))[0]


def reported(detector: Detector, text: bytes, *, standing: bool = False) -> list[tuple[str, bytes]]:
    """Rules and values of what is found at the default confidence; with `standing`, of a decoded one the text that holds it."""
    findings = [found for _, found in detector.scan([Chunk(text + FILLING, Origin("file", b"notes.txt"))])]
    return [
        (found.rule.id, text if standing and found.origin.decoded else found.secret.reveal())
        for found in findings
        if found.confidence != "low"
    ]


def form(value: str) -> str:
    """What a value is made of."""
    return next((name for name, expression in FORMS if re.fullmatch(expression, value)), "other")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", type=int, default=0)
    options = parser.parse_args()
    entries = load.read(load.folder())
    everything = list(kinds(entries))
    misfits.PREFIXES = (b"\0",)  # they are known because their providers have rules
    general = tuple(entry.rule for entry in entries if provider(entry) in GENERAL)
    detector = Detector(compile_rules(RuleSet(general, load.digest(general))))
    tables: tuple[defaultdict[str, list[bool]], ...] = (defaultdict(list), defaultdict(list))
    missed = []
    for kind in everything:
        words = kind.provider.split("-")
        names = {"n": "_".join(words), "h": kind.provider, "u": "_".join(words).upper(), "p": "".join(map(str.title, words))}
        for group, notations in NOTATIONS.items():
            for notation in notations:
                text = notation.format(**names, v=kind.value)
                found = any(kind.value.encode() in value for _, value in reported(detector, text.encode(), standing=True))
                tables[0][group].append(found)
                if group not in ("beside the provider alone", "alone"):
                    tables[1][form(kind.value)].append(found)
                missed += [] if found else [text]
    for title, table in zip(("notation", "form of the value, beside a word"), tables, strict=True):
        print(f"| {title} | found |\n| --- | --- |")
        print("".join(f"| {name} | {sum(found) / len(found):.0%} |\n" for name, found in table.items()))
    print(f"{len(everything):,} kinds")
    for text in random.Random(1).sample(missed, min(options.misses, len(missed))):
        print(repr(text))


if __name__ == "__main__":
    main()
