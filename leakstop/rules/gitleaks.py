"""Rules of gitleaks, and of Betterleaks in its first form, as rules of ours: `.gitleaks.toml`.

What has no counterpart here is left out and told: a note for each thing, with file and rule.
"""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Any

from leakstop.errors import RuleError
from leakstop.model import SEVERITIES
from leakstop.record import NamedTuple
from leakstop.rules.go_regex import GoError, translate
from leakstop.rules.rule import Allowlist, Foreign, Needed, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leakstop.reader import Reader

DEEPEST = 2  # files that extend one another
NEAR = 1024  # bytes from a keyword to a value that has nothing of its own to look for
BOUNDS = (8000, 4000, 2000, 1000, 250, 100, 50, 25)  # tried for repeats without an upper bound
EXPRESSIONS = ("prefilter", "filter", "validate", "analyze", "revoke")  # of Betterleaks: a language of their own
KNOWN = {
    "": {"title", "description", "minVersion", "extend", "rules", "allowlist", "allowlists", *EXPRESSIONS},
    "extend": {"useDefault", "path", "url", "disabledRules"},
    "rules": {
        *("id", "description", "regex", "path", "secretGroup", "entropy", "keywords", "tags", "skipReport", "required"),
        *("allowlist", "allowlists", "severity", "confidence", "components", *EXPRESSIONS),
    },
    "allowlists": {"description", "condition", "commits", "paths", "regexes", "regexTarget", "stopwords", "targetRules"},
}


class Ruleset(NamedTuple):
    """What a file and those that it extends say."""

    rules: tuple[Rule, ...]
    shared: tuple[Allowlist, ...]  # global ones, which are for the built-in rules as well
    disabled: tuple[str, ...]  # ids, as gitleaks names them
    notes: tuple[str, ...]  # what could not be honoured


def is_gitleaks(table: Mapping[str, Any]) -> bool:
    """Whether a parsed TOML file is of this form; ours has [[rule]]."""
    return "rule" not in table and any(key in table for key in ("rules", "extend", "allowlist", "allowlists"))


def read(file: str, table: dict[str, Any], parse: Callable[[str], dict[str, Any]], reader: Reader) -> Ruleset:
    """The rules of a file. RuleError: it is not what gitleaks would take."""
    loading = _Loading(parse, reader)
    rules, lists = loading.tables(file, table, 1)
    general: list[Allowlist] = []
    targeted: dict[str, list[Allowlist]] = {}
    for where, entry in lists:
        found = loading.allowlist(*where, entry)
        for name in entry.get("targetRules", ()):
            targeted.setdefault(str(name), []).append(found)
        if not entry.get("targetRules"):
            general.append(found)
    made = [loading.rule(where, name, entry, (*general, *targeted.pop(name, ()))) for name, (where, entry) in rules.items()]
    for name in sorted(targeted):
        loading.notes.append(f"{file}: an allowlist speaks of rule {name}, which is not in the file")
    ids = {name: rule.id for name, rule in zip(rules, made, strict=True) if rule is not None}
    kept = [_linked(rule, ids) for rule in made if rule is not None]
    for rule in kept:
        for needed in rule.foreign_format.needs if rule.foreign_format else ():
            if needed.rule not in ids.values():
                raise RuleError(file, rule.id, "required", f"there is no rule {needed.rule!r}")
    return Ruleset(tuple(kept), tuple(general), tuple(loading.disabled), tuple(loading.notes))


Where = tuple[str, str]  # file and rule
Rows = dict[str, tuple[str, dict[str, Any]]]  # by id: file and table


class _Loading:
    """Reads files; collects what could not be honoured."""

    def __init__(self, parse: Callable[[str], dict[str, Any]], reader: Reader) -> None:
        self._parse = parse
        self._reader = reader
        self.notes: list[str] = []
        self.disabled: list[str] = []

    def note(self, where: Where, text: str) -> None:
        """Something that has no counterpart here."""
        file, rule = where
        self.notes.append(f"{self._reader.shown(file)}: {f'rule {rule}: ' if rule else ''}{text}")

    def tables(self, file: str, table: dict[str, Any], depth: int) -> tuple[Rows, list[tuple[Where, dict[str, Any]]]]:
        """The tables of rules and of global allowlists of a file and of those that it extends.

        In the place of gitleaks' own rules (`useDefault`) are the built-in ones, which are there in any case.
        """
        self._unknown((file, ""), "", table)
        extend = _table(file, "", "extend", table.get("extend", {}))
        self._unknown((file, ""), "extend", extend)
        rules: Rows = {}
        lists: list[tuple[Where, dict[str, Any]]] = []
        if extend.get("url"):
            self.note((file, ""), "extend.url was never built in gitleaks either")
        if path := extend.get("path"):
            if extend.get("useDefault"):
                raise RuleError(file, "", "extend", "useDefault and path exclude one another")
            if depth >= DEEPEST:
                self.note((file, ""), f"extend.path: {path} is one file too deep, as in gitleaks")
            else:
                rules, lists = self.tables(str(path), self._parse(str(path)), depth + 1)
        disabled = set(map(str, extend.get("disabledRules", ())))
        self.disabled += sorted(disabled - rules.keys())
        rules = {name: row for name, row in rules.items() if name not in disabled}
        own: set[str] = set()
        for number, row in enumerate(_tables(file, "", "rules", table.get("rules", [])), 1):
            name = row.get("id")
            if not isinstance(name, str) or not name:
                raise RuleError(file, f"rule {number}", "id", "is missing")
            if name in own:
                raise RuleError(file, name, "id", "stands twice in the file")
            own.add(name)
            self._unknown((file, name), "rules", row)
            rules[name] = (file, _merged(rules[name][1], row) if name in rules else row)
        lists += [((file, ""), entry) for entry in _allowlists(file, "", table)]
        return rules, lists

    def rule(self, where: str, name: str, row: dict[str, Any], shared: tuple[Allowlist, ...]) -> Rule | None:
        """A rule of ours; None, with a note, when there can be none."""
        place = (where, name)
        for key in (*EXPRESSIONS, "components"):
            if key in row:
                self.note(place, f"{key} is left out: its language is Betterleaks' own")
        pattern = row.get("regex")
        if not pattern:
            if "path" not in row:
                raise RuleError(where, name, "regex", "is missing: a rule needs regex or path")
            self.note(place, "is left out: it reports files by their name alone")
            return None
        id_ = _our_id(name)
        translated = self._expression(place, "regex", str(pattern))
        group = _number(where, name, "secretGroup", row.get("secretGroup", 0))
        if group > translated.groups:
            raise RuleError(where, name, "secretGroup", f"is {group:g}, but the expression has {translated.groups} groups")
        entropy = _number(where, name, "entropy", row.get("entropy", 0))
        words = tuple(str(word).lower() for word in _texts(where, name, "keywords", row.get("keywords", [])))
        lists = tuple(self.allowlist(where, name, entry) for entry in _allowlists(where, name, row))
        foreign = Foreign(
            self._expression(place, "path", str(row["path"])).pattern if row.get("path") else "",
            words,
            (*lists, *shared),
            tuple(self._needed(where, name, entry) for entry in _tables(where, name, "required", row.get("required", []))),
            bool(row.get("skipReport")),
            not group and translated.groups > 1,
        )
        severity = str(row.get("severity", "high")).lower()
        rule = Rule(
            id_,
            "",
            str(row.get("description") or name),
            severity if severity in SEVERITIES else "high",
            "high",
            "",
            entropy=math.nextafter(entropy, math.inf) if entropy else 0.0,  # gitleaks wants more, not as much
            foreign_format=foreign,
        )
        return self._anchored(place, rule, str(pattern), int(group) or (1 if translated.groups == 1 else 0))

    def _anchored(self, where: Where, rule: Rule, pattern: str, secret: int) -> Rule | None:
        """The rule with its expression, bounded as little as need be, and something to look for; None if there is nothing."""
        from leakstop.rules.anchors import derive
        from leakstop.rules.tree import Unanchored

        words = rule.foreign_format.words if rule.foreign_format else ()
        usable = tuple(word for word in words if len(word) >= 3 and word.isascii())
        reason = ""
        for bound in BOUNDS:
            found = translate(pattern, most=bound, secret=secret, capture=not secret)
            candidate = rule._replace(pattern=found.pattern)
            for attempt in (candidate, candidate._replace(keywords=usable, near=NEAR))[
                : 2 if len(usable) == len(words) > 0 else 1
            ]:
                try:
                    re.compile(attempt.pattern.encode("ascii"))
                    derive(attempt)
                except (Unanchored, re.error) as error:
                    reason = str(error)
                    continue
                if found.open and bound < BOUNDS[2]:
                    self.note(where, f"repeats without an upper bound end at {bound:,}")
                if attempt.keywords:
                    self.note(where, f"its keywords have to stand before the value, at most {NEAR:,} bytes away")
                return attempt
            if not found.open:
                break
        self.note(where, f"is left out: its expression {reason}")
        return None

    def _expression(self, where: Where, key: str, pattern: str) -> Any:
        try:
            found = translate(pattern)
        except GoError as error:
            raise RuleError(where[0], where[1], key, f"is not an expression of Go's: {error}") from None
        if found.inexact:
            self.note(where, f"{key}: characters beyond ASCII are matched byte by byte")
        return found

    def allowlist(self, file: str, rule: str, entry: dict[str, Any]) -> Allowlist:
        """An allowlist. RuleError: it allows nothing, or has an unknown condition or target."""
        self._unknown((file, rule), "allowlists", entry)
        condition = str(entry.get("condition", "OR")).upper()
        if condition not in ("OR", "AND", "||", "&&"):
            raise RuleError(file, rule, "allowlists.condition", f"{condition!r} is neither OR nor AND")
        target = str(entry.get("regexTarget") or "secret").lower()
        if target not in ("secret", "match", "line"):
            raise RuleError(file, rule, "allowlists.regexTarget", f"{target!r} is not one of secret, match, line")
        texts = {key: _texts(file, rule, f"allowlists.{key}", entry.get(key, [])) for key in ("commits", "stopwords")}
        found = {
            key: tuple(
                self._expression((file, rule), f"allowlists.{key}", text).pattern
                for text in _texts(file, rule, f"allowlists.{key}", entry.get(key, []))
            )
            for key in ("paths", "regexes")
        }
        made = Allowlist(
            condition in ("AND", "&&"),
            tuple(text.lower() for text in texts["commits"]),
            found["paths"],
            found["regexes"],
            target,
            tuple(text.lower() for text in texts["stopwords"]),
        )
        if not any((made.commits, made.paths, made.regexes, made.stopwords)):
            raise RuleError(file, rule, "allowlists", "an allowlist without commits, paths, regexes or stopwords")
        return made

    def _needed(self, file: str, rule: str, entry: dict[str, Any]) -> Needed:
        lines, columns = (entry.get(key) for key in ("withinLines", "withinColumns"))
        return Needed(
            str(entry.get("id", "")),
            -1 if lines is None else int(_number(file, rule, "required.withinLines", lines)),
            -1 if columns is None else int(_number(file, rule, "required.withinColumns", columns)),
        )

    def _unknown(self, where: Where, kind: str, table: Mapping[str, Any]) -> None:
        for key in sorted(table.keys() - KNOWN[kind]):
            self.note(where, f"{f'{kind}.' if kind else ''}{key} is not known and left out")


def _linked(rule: Rule, ids: Mapping[str, str]) -> Rule:
    """The rule, those that it needs under their names here."""
    if rule.foreign_format is None or not rule.foreign_format.needs:
        return rule
    needs = tuple(needed._replace(rule=ids.get(needed.rule, needed.rule)) for needed in rule.foreign_format.needs)
    return rule._replace(foreign_format=rule.foreign_format._replace(needs=needs))


def _our_id(name: str) -> str:
    """A name in the form of ours: small letters and digits, at least one hyphen."""
    words = [word for word in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()) if word]
    return "-".join(words if len(words) > 1 else ["custom", *words])


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A rule that extends another one: its own fields win, allowlists and needs are added."""
    merged = {**base, **own}
    lists = [*_allowlists("", "", base), *_allowlists("", "", own)]
    merged.pop("allowlist", None)
    merged["allowlists"] = lists
    if "required" in base and "required" in own:
        merged["required"] = [*base["required"], *own["required"]]
    return merged


def _allowlists(file: str, rule: str, table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those of the new form and the one of the old."""
    if "allowlist" in table and "allowlists" in table:
        raise RuleError(file, rule, "allowlist", "both allowlist, the old form, and allowlists")
    if "allowlist" in table:
        return [_table(file, rule, "allowlist", table["allowlist"])]
    return _tables(file, rule, "allowlists", table.get("allowlists", []))


def _table(file: str, rule: str, key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RuleError(file, rule, key, "a table is expected")
    return value


def _tables(file: str, rule: str, key: str, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise RuleError(file, rule, key, f"a list of tables is expected: [[{os.path.basename(key)}]]")
    return value


def _texts(file: str, rule: str, key: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RuleError(file, rule, key, "a list of texts is expected")
    return value


def _number(file: str, rule: str, key: str, value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or value < 0:
        raise RuleError(file, rule, key, "a number from 0 up is expected")
    return float(value)
