"""SARIF: the standard's schema, GitHub's rules, and what keeps alerts apart and recognises them again."""

from __future__ import annotations

import json
import os
from urllib.parse import unquote

import pytest
from helpers import CHECKOUT
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from report.samples import aws_id, full, github, render, report, result, rule
from report.test_safety import reports_with_secret

from leakstop.model import Pair, Secret, Triage
from leakstop.report import sarif

with open(f"{CHECKOUT}/tests/report/schemas/sarif-2.1.0.json", encoding="utf-8") as file:
    SCHEMA = Draft202012Validator(json.load(file), format_checker=Draft202012Validator.FORMAT_CHECKER)


def run_of(a_report) -> dict:
    log = json.loads(render(a_report, "sarif"))
    SCHEMA.validate(log)
    check_for_github(log)
    return log["runs"][0]


def check_for_github(log: dict) -> None:
    """What code scanning asks for beyond the schema."""
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({entry["id"] for entry in rules}) == len(rules)
    for entry in rules:
        assert 0.0 < float(entry["properties"]["security-severity"]) <= 10.0
        assert entry["help"]["text"]
        assert entry["help"]["markdown"]
        assert len(entry["fullDescription"]["text"]) <= 1024
        assert "security" in entry["properties"]["tags"]
        assert len(entry["properties"]["tags"]) <= 20
    assert len(run["results"]) <= 25_000
    for entry in run["results"]:
        assert rules[entry["ruleIndex"]]["id"] == entry["ruleId"]
        assert entry["message"]["text"]
        assert entry["partialFingerprints"]["primaryLocationLineHash"]
        (location,) = entry["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert artifact["uri"]
        assert artifact["uri"].startswith("file:///") or artifact["uriBaseId"] == "%SRCROOT%"
        assert location["physicalLocation"].get("region", {"startLine": 1})["startLine"] >= 1
        assert entry.get("relatedLocations") != []


@given(data=reports_with_secret)
@settings(max_examples=25)
def test_every_report_is_valid(data):
    run_of(data[1])


def test_result():
    run = run_of(full())
    first = run["results"][0]
    assert first["message"]["text"].startswith(
        "aws-secret-access-key (AWS): UkGU… in deploy/settings.py:3. With aws-access-key-id AKIA"
    )
    assert first["level"] == "error"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "deploy/settings.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 3, "startColumn": 26, "endLine": 3, "endColumn": 66}
    assert place["contextRegion"]["snippet"] == {"text": "AWS_SECRET_ACCESS_KEY = 'UkGU…'"}
    assert first["relatedLocations"][0]["message"]["text"] == f"aws-access-key-id {aws_id()}"
    assert first["properties"]["history"]["last_date"] == "2026-05-20T08:00:00+00:00"


def test_an_incomplete_scan_was_not_successful():
    (invocation,) = run_of(full())["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "pack-1a2b.pack: object 77aa0b1c2d is corrupt" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert run_of(report())["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_what_does_not_count_is_suppressed_with_its_reason():
    suppressions = [entry["suppressions"] for entry in run_of(full())["results"]]
    assert suppressions == [
        [],
        [],
        [{"kind": "inSource", "status": "accepted", "justification": "leakstop: allow -- made up"}],
        [{"kind": "inSource", "status": "accepted", "justification": "gitleaks:allow"}],
        [{"kind": "external", "status": "accepted", "justification": "baseline"}],
    ]


def test_each_command_has_a_category_of_its_own():
    """Else the upload for a pull request would close the alerts of the history."""
    categories = {
        run_of(report(command=command))["automationDetails"]["id"].rpartition("/")[0] for command in ("history", "range", "scan")
    }
    assert categories == {"leakstop/history", "leakstop/range", "leakstop/scan"}


def fingerprints(*results) -> list[str]:
    return [entry["partialFingerprints"]["primaryLocationLineHash"] for entry in run_of(report(*results))["results"]]


def test_fingerprints_survive_moved_lines_and_other_machines():
    before = result(github(), line=3)
    moved = result(github(), line=300)._replace(fingerprint="lk1:" + "0" * 32)  # the key of another user
    assert fingerprints(before) == fingerprints(moved)


def test_fingerprints_tell_findings_apart():
    one, two = result(github(1), line=1), result(github(2), line=2)
    others = [
        result(github(1), "other.py"),
        result(github(1), before="OTHER = '"),
        result(github(1), name="generic-password"),
        result(github(1), origin={"members": ("a.zip",)}),
    ]
    names = fingerprints(one, two, *others)
    assert len(set(names)) == len(names)
    assert [name.rpartition(":")[2] for name in names] == ["1", "2", "1", "1", "1", "1"]


@pytest.mark.parametrize(
    "path, uri",
    [
        ("a b/ü#?.py", "a b/ü#?.py"),
        ("./x.py", "x.py"),
        (f"{os.getcwd()}/inside/y.py", "inside/y.py"),
        ("c:colon.py", "c:colon.py"),
        ("100%.py", "100%.py"),
    ],
)
def test_paths_are_relative_uris(path, uri):
    location = run_of(report(result(github(), path)))["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert unquote(location["uri"]) == uri
    assert not set(location["uri"]) & set(" #?:ü")
    assert location["uriBaseId"] == "%SRCROOT%"


def test_a_path_outside_of_the_root_is_absolute():
    location = run_of(report(result(github(), "/etc/some where/x.conf")))["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "file:///etc/some%20where/x.conf"}


@pytest.mark.parametrize("kind", ["message", "person", "tag", "note", "ref", "reflog"])
def test_places_without_a_file(kind):
    entry = run_of(report(result(github(), b"", kind=kind, origin={"commit": "3f2a91c04e" * 4, "ref": "refs/tags/v1"})))
    assert entry["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == f".git/{kind}/3f2a91c04e"


def test_more_results_than_github_takes(monkeypatch):
    monkeypatch.setattr(sarif, "MOST", 3)
    known = [result(github(number), f"{number}.py", triage=Triage("known", "baseline")) for number in range(3)]
    minor = [result(github(number), f"{number}.py", name="generic-password") for number in range(3)]
    worst = result(github(), "z.py")
    run = run_of(report(*known, *minor, worst))
    assert [entry["ruleId"] for entry in run["results"]] == ["github-personal-access-token", *["generic-password"] * 2]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith("4 findings left out")


def test_links_go_to_documentation_only():
    odd = rule("odd-rule", docs="javascript:alert(1)")
    (entry,) = run_of(report(result(github(), rule=odd)))["tool"]["driver"]["rules"]
    assert "helpUri" not in entry


def test_twenty_thousand_parts_of_a_pair_are_cut():
    part = Pair("other-half", 3, b"x", Secret(b"~~~~~~~~"))
    entry = run_of(report(result(github(), pair=part._replace(also=(part,) * 200))))["results"][0]
    assert len(entry["relatedLocations"]) == 100
