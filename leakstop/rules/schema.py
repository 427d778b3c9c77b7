r"""What may stand in a rule file: the keys, what each must hold, and what an expression must be.

Two things are put right while reading, so that no rule has to spell them out: the provider's name and page are defaults of its
rules, and a boundary at the start of a pattern lets escapes stand before the token (`boundary`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from leakstop.errors import RuleError, nearest
from leakstop.model import CONFIDENCES, SEVERITIES
from leakstop.reader import DISK
from leakstop.rules.rule import CHECKSUM_NAMES, PairSpec, Rule, RuleTests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leakstop.reader import Reader

    Check = Callable[[Any], Any]

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")  # provider-thing

_FRAGMENT = re.compile(r"\{\{([a-z_]+)\}\}")
_LONGEST_PATTERN = 20_000  # characters
_LEFT = re.compile(r"\(\?<!(\[(?:[^\]\\]|\\.)+\])\)")
# What may end in a letter or a digit and yet is no part of the token behind it: \n, %3D, \u003d, \x3d.
_ESCAPES = r"(?<!\\[nrt])(?<!%[0-9A-Fa-f]{2})(?<!\\u00[0-9A-Fa-f]{2})(?<!\\x[0-9A-Fa-f]{2})"


def parse(file: str, reader: Reader = DISK) -> dict[str, Any]:
    """The TOML table of a file. Raises RuleError, with line and column where there are any."""
    import tomllib

    shown = reader.shown(file) if reader is not DISK else file
    try:
        return tomllib.loads(reader.read(file).decode("utf-8-sig"))
    except OSError as error:
        raise RuleError(shown, "", "", f"cannot read the rule file: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RuleError(shown, "", "", "is not UTF-8", "TOML files are always UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise RuleError(shown, "", "", f"not valid TOML: {error}") from None
    except RecursionError:
        raise RuleError(shown, "", "", "not valid TOML: nested too deeply") from None


def entries(file: str, table: Mapping[str, Any]) -> Iterator[tuple[Rule, RuleTests]]:
    """The rules of a parsed file with their examples."""
    top = _checked(file, "", "", table, _TOP)
    fragments = top.pop("fragments", {})
    for number, entry in enumerate(top.pop("rule", ()), 1):
        id_ = entry.get("id")
        entry = _expanded(file, id_ if isinstance(id_, str) else f"rule {number}", entry, fragments)
        values = _checked(file, id_ if isinstance(id_, str) else f"rule {number}", "", entry, _RULE)
        missing = [key for key in _REQUIRED if key not in values]
        if missing:
            raise RuleError(file, values.get("id", f"rule {number}"), missing[0], "is missing")
        tests = values.pop("tests", {})
        yield Rule(**{"provider": "", **top, **values}), RuleTests(tests.get("match", ()), tests.get("ignore", ()))


def _expanded(file: str, id_: str, entry: dict[str, Any], fragments: Mapping[str, str]) -> dict[str, Any]:
    """A rule whose pattern has the file's fragments in place of their names, `{{name}}`."""
    pattern = entry.get("pattern")
    if not fragments or not isinstance(pattern, str):
        return entry

    def put(found: re.Match[str]) -> str:
        if found[1] not in fragments:
            raise RuleError(file, id_, "pattern", f"there is no fragment {found[1]!r}", nearest(found[1], fragments))
        return fragments[found[1]]

    while _FRAGMENT.search(pattern):  # fragments may name others; a circle grows until it is too long for a pattern
        pattern = _FRAGMENT.sub(put, pattern)
        if len(pattern) > _LONGEST_PATTERN:
            raise RuleError(file, id_, "pattern", "fragments make it longer than an expression may be")
    return {**entry, "pattern": pattern}


def boundary(pattern: str) -> str:
    r"""The pattern, its look-behind for token characters at the very start made to let escapes pass.

    In `"a\nghp_…"` the byte before the token is the letter n, in `token%3Dghp_…` a D: both are classic misses.
    """
    left = _LEFT.match(pattern)
    return pattern if left is None else f"(?<!{left[1]}{_ESCAPES}){pattern[left.end() :]}"


def check_expressions(file: str, rule: Rule) -> None:
    """Raise RuleError for an expression that does not compile, is unbounded, can match nothing, or has nothing to look for."""
    from leakstop.rules.anchors import derive
    from leakstop.rules.tree import Unanchored
    from leakstop.rules.tree import parse as parse_expression

    expressions = [("pattern", rule.pattern), *(("allow", pattern) for pattern in rule.allow)]
    if rule.pair:
        expressions.append(("pair.pattern", rule.pair.pattern))
    for key, pattern in expressions:
        _check_syntax(file, rule.id, key, pattern)
        try:
            if key == "pattern":
                derive(rule)
            else:
                parse_expression(pattern)
        except Unanchored as error:
            raise RuleError(file, rule.id, key, str(error)) from None


def _check_syntax(file: str, id_: str, key: str, pattern: str) -> None:
    try:
        compiled = re.compile(pattern.encode("ascii"))
    except UnicodeEncodeError as error:
        message = f"holds {pattern[error.start]!r} at position {error.start}"
        raise RuleError(file, id_, key, message, "Expressions are ASCII and match bytes; write \\xNN.") from None
    except re.error as error:
        at = "" if error.pos is None else f" at position {error.pos}: {pattern[error.pos : error.pos + 20]}"
        raise RuleError(file, id_, key, f"is not a regular expression: {error.msg}{at}") from None
    if compiled.flags:
        raise RuleError(file, id_, key, "sets flags for all of the expression", "Write a group with the flag, such as (?i:…).")
    names = sorted(compiled.groupindex.keys() - {"secret"})
    if names:
        raise RuleError(file, id_, key, f"names a group {names[0]!r}", "The one group with a meaning is (?P<secret>…).")


# --- keys and values ---------------------------------------------------------------------------------------------------------


def _checked(file: str, id_: str, prefix: str, table: Mapping[str, Any], known: Mapping[str, Check]) -> dict[str, Any]:
    """A table's values, each checked; the errors say which key is wrong and which one is near."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            hint = nearest(key, known, f"Known keys: {', '.join(sorted(known))}.")
            raise RuleError(file, id_, prefix + key, "unknown key", hint)
        try:
            if key in _TABLES and not prefix:
                value = _checked(file, id_, f"{key}.", _table(value, key), _TABLES[key])
            values[key] = known[key](value)
        except ValueError as error:
            raise RuleError(file, id_, prefix + key, str(error)) from None
    return values


def _table(value: Any, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"a table is expected: write [rule.{key}]")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is expected")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise ValueError('a list of texts is expected, such as ["a", "b"]')
    return tuple(value)


def _named_texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError("texts with names are expected: write [fragments], then name = '…'")
    return value


def _tables(value: Any) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("a list of tables is expected: write [[rule]]")
    return tuple(value)


def _id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise ValueError("small letters and digits joined by hyphens are expected, such as provider-thing")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false is expected")
    return value


def _entropy(value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= 8:
        raise ValueError("a number from 0 to 8 is expected")
    return float(value)


def _one_of(*known: str) -> Check:
    def check(value: Any) -> str:
        if value not in known:
            hint = nearest(value, known) if isinstance(value, str) else ""
            raise ValueError(f"{value!r} is not one of {', '.join(known)}. {hint}".rstrip())
        return str(value)

    return check


def _keywords(value: Any) -> tuple[str, ...]:
    words = _texts(value)
    for word in words:
        if len(word) < 3 or not word.isascii():
            raise ValueError(f"{word!r}: a keyword has three or more ASCII characters")
    return tuple(word.lower() for word in words)


def _pattern(value: Any) -> str:
    return boundary(_text(value))


def _near(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1024:
        raise ValueError("a whole number of bytes from 0 to 1024 is expected")
    return value


def _pair(values: dict[str, Any]) -> PairSpec:
    for key in ("rule", "pattern"):
        if key not in values:
            raise ValueError(f"{key} is missing")
    return PairSpec(**values)


_TOP: dict[str, Check] = {"provider": _text, "docs": _text, "fragments": _named_texts, "rule": _tables}
_RULE: dict[str, Check] = {
    "id": _id,
    "provider": _text,
    "description": _text,
    "severity": _one_of(*SEVERITIES),
    "confidence": _one_of(*CONFIDENCES),
    "pattern": _pattern,
    "keywords": _keywords,
    "near": _near,
    "entropy": _entropy,
    "checksum": _one_of(*CHECKSUM_NAMES),
    "pair": _pair,
    "allow": _texts,
    "generic": _flag,
    "twins": _flag,
    "verify": _text,
    "docs": _text,
    "tests": dict,
}
_REQUIRED = ("id", "description", "severity", "confidence", "pattern")
_TABLES: dict[str, dict[str, Check]] = {
    "pair": {"rule": _id, "pattern": _text, "entropy": _entropy, "also": _texts},  # the engine wants plain borders there
    "tests": {"match": _texts, "ignore": _texts},
}
