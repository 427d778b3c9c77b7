"""A report in JSON or JSON Lines, back to results: what `leakstop verify` takes up again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leakstop.errors import UsageError
from leakstop.model import Finding as Found
from leakstop.model import History, Location, Origin, Pair, Result, Secret, Triage
from leakstop.report.values import OF_ORIGIN, SCHEMA
from leakstop.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

REDACTED = "…"  # the end of every redacted value, and of no secret


def findings(text: str, name: str) -> list[dict[str, Any]] | None:
    """The findings of a report as plain values; None when the text is no report of ours. UsageError: one that is cut off."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return _lines(text, name)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        return None
    if document.get("type") == "header":
        raise UsageError(f"{name}: the report is cut off", "Make it again.")
    return [value for value in document.get("findings", ()) if isinstance(value, dict)]


def _lines(text: str, name: str) -> list[dict[str, Any]] | None:
    if f'"{SCHEMA}"' not in text.partition("\n")[0]:
        return None
    try:
        values = [json.loads(line) for line in text.splitlines()]
        kinds = [value["type"] for value in values]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise UsageError(f"{name}: the report is damaged", "Make it again.") from None
    if kinds[-1] != "summary":
        raise UsageError(f"{name}: the report is cut off", "Make it again.")
    found = dict(enumerate((value for value, kind in zip(values, kinds, strict=True) if kind == "finding"), 1))
    found |= {value["number"]: value for value, kind in zip(values, kinds, strict=True) if kind == "revised"}
    withdrawn = {value["number"] for value, kind in zip(values, kinds, strict=True) if kind == "withdrawn"}
    return [value for number, value in found.items() if number not in withdrawn]


def redacted(value: Mapping[str, Any]) -> bool:
    """Whether a finding's values are hidden."""
    pair = value.get("pair") or {}
    shown = [value["secret"], *(part["value"] for part in (pair, *pair.get("also", ())) if part)]
    return any(str(text).endswith(REDACTED) for text in shown)


def result(value: Mapping[str, Any], rules: Mapping[str, Rule]) -> Result:
    """A finding of a report as a result. KeyError, TypeError: it is not as the schema says."""
    spec = rules.get(value["rule"]) or Rule(
        value["rule"], value["provider"], value["description"], value["severity"], value["confidence"], ""
    )
    origin, history, pair = value["origin"], value["history"], value["pair"]
    told: dict[str, Any] = {key: origin[key] or "" for key in OF_ORIGIN}
    found = Found(
        spec,
        _secret(value["secret"]),
        Location(*(int(value[key]) for key in ("start_line", "end_line", "start_column", "end_column"))),
        Origin(
            origin["kind"],
            _bytes(value["file"]),
            **told,
            members=tuple(origin["members"]),
            decoded=tuple(origin["decoded"]),
        ),
        spec.severity,  # not the report's: what AWS said of the key then is asked again
        value["confidence"],
        value["entropy"],
        tuple(value["reasons"]),
        "",
        _part(pair)._replace(also=tuple(map(_part, pair["also"]))) if pair else None,
        History(
            history["first_commit"] or "",
            history["last_commit"] or "",
            history["in_head"],
            tuple(history["refs"]),
            history["pushed"],
            history.get("last_date") or "",  # which older reports have not got
        )
        if history
        else None,
    )
    triage = Triage(value["triage"]["status"], value["triage"]["reason"], value["triage"].get("by") or "")
    return Result(found, value["fingerprint"], triage, tuple(value.get("facts", {}).items()))


def _part(value: Mapping[str, Any]) -> Pair:
    return Pair(value["rule"], int(value["line"]), _bytes(value["file"]), _secret(value["value"]))


def _secret(text: str) -> Secret:
    return Secret(_bytes(text))


def _bytes(text: str) -> bytes:
    r"""Paths and values were decoded with `\xNN` for what is not UTF-8; those stay as they are, for they are only shown."""
    return text.encode("utf-8", "surrogatepass")
