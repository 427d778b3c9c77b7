"""JSON and JSON Lines: what a program reads."""

from __future__ import annotations

import io
import json

import pytest
from report.samples import aws_id, full, github, render, report, result

import leakstop
from leakstop.errors import UsageError
from leakstop.report import WRITERS, writer
from leakstop.report.read import findings
from leakstop.report.read import result as read_result


def test_document():
    document = json.loads(render(full()))
    finding = document.pop("findings")[0]
    assert document == {
        "schema": "leakstop/report/1",
        "tool": {"name": "leakstop", "version": leakstop.__version__, "rules": 231, "rules_digest": "0123456789abcdef"},
        "command": "history",
        "complete": False,
        "problems": [
            {
                "where": "objects/pack/pack-1a2b.pack",
                "message": "object 77aa0b1c2d is corrupt",
                "remedy": "fetch it again: git fetch --refetch",
            }
        ],
        "coverage": {
            "commits": 8412,
            "objects": 59021,
            "files": 0,
            "bytes": 977000000,
            "skipped": [{"what": "blob", "why": "above --max-size", "count": 3}],
            "seconds": 1.184,
            "remembered": 0,
            "unread": [],
        },
        "filters": {"placeholder": 112, "variable": 1240},
        "silenced": [
            {"status": "ignored", "by": "leakstop: allow", "count": 1},
            {"status": "ignored", "by": "gitleaks:allow", "count": 1},
            {"status": "known", "by": "baseline", "count": 1},
        ],
        "unheeded": [],
    }
    assert finding.pop("fingerprint").startswith("lk1:")
    assert finding == {
        "rule": "aws-secret-access-key",
        "provider": "AWS",
        "description": "Signs requests as an IAM user; deactivate and delete the key under IAM > Users > Security credentials.",
        "severity": "critical",
        "confidence": "high",
        "secret": "UkGU…",
        "file": "deploy/settings.py",
        "start_line": 3,
        "end_line": 3,
        "start_column": 26,
        "end_column": 65,
        "origin": {
            "kind": "blob",
            "commit": "3f2a91c04e" * 4,
            "author": "Ada Lovelace",
            "email": "ada@example.com",
            "date": "2026-03-02T10:11:12+01:00",
            "subject": "Add the settings of the importer",
            "blob": "9b1c22d7aa" * 4,
            "ref": None,
            "members": [],
            "decoded": [],
        },
        "history": {
            "first_commit": "3f2a91c04e" * 4,
            "last_commit": "77aa0b1c2d" * 4,
            "last_date": "2026-05-20T08:00:00+00:00",
            "in_head": False,
            "refs": ["refs/heads/main", "refs/remotes/origin/main", "refs/tags/v1.2", "refs/tags/v1.3", "refs/stash"],
            "pushed": True,
        },
        "pair": {"rule": "aws-access-key-id", "file": "deploy/settings.py", "line": 2, "value": aws_id(), "also": []},
        "entropy": 4.66,
        "reasons": ["stands with its other half, aws-access-key-id on line 2"],
        "triage": {"status": "new", "reason": "", "by": None},
        "facts": {},
        "verification": None,
        "fix": None,
    }


def test_what_does_not_apply_is_null():
    finding = json.loads(render(report(result(github()))))["findings"][0]
    assert finding["history"] is finding["pair"] is finding["verification"] is None
    assert {value for value in finding["origin"].values() if not isinstance(value, list)} == {"file", None}


def test_ignored_and_known_findings_are_listed():
    statuses = [finding["triage"]["status"] for finding in json.loads(render(full()))["findings"]]
    assert statuses == ["new", "new", "ignored", "ignored", "known"]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_the_look_changes_nothing(form):
    assert render(full(), form) == render(full(), form, color=True, verbose=True, width=10)


def test_names_are_exact_but_never_raw():
    path = "\x1b[31m\u202e日本\U000e0041 é\n".encode() + b"\xff"
    text = render(report(result(github(), path)))
    assert json.loads(text)["findings"][0]["file"] == "\x1b[31m\u202e日本\U000e0041 é\n\\xff"
    assert "\\u001b[31m\\u202e日本\\udb40\\udc41 é\\n\\\\xff" in text


def test_lines():
    text = render(full(), "jsonl")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["type"] for line in lines] == ["header", *["finding"] * 5, "problem", "summary"]
    assert lines[0]["schema"] == "leakstop/report/1"
    assert lines[-1]["counts"] == {"new": 2, "known": 1, "ignored": 2, "problems": 1}
    assert lines[-1]["complete"] is False


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_what_is_written_is_read_again(form):
    """`leakstop verify REPORT` makes the report anew: all but what it asks AWS for, and what the rule says by now."""
    written = render(full(), form, show_secrets=True)
    told = [{key: part for key, part in value.items() if key != "type"} for value in findings(written, "report.json")]
    again = render(report(*(read_result(value, {}) for value in told)), show_secrets=True)
    assert json.loads(again)["findings"] == told


def test_each_line_goes_out_at_once():
    class Stream(io.StringIO):
        seen = 0

        def flush(self):
            assert self.getvalue().count("\n") == self.seen + 1
            self.seen += 1

    stream = Stream()
    writer("jsonl")(full(), stream)
    assert stream.seen == stream.getvalue().count("\n")


def test_every_writer_loads_and_unknown_ones_are_named():
    for form in WRITERS:
        assert callable(writer(form))
    with pytest.raises(UsageError) as raised:
        writer("yaml")
    assert "text, json, jsonl" in raised.value.remedy
