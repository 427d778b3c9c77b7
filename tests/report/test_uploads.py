"""JUnit, CSV, GitHub's commands, Markdown and GitLab's reports, each read by a reader that is not ours where there is one."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import CHECKOUT, fake, run_cli
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from junitparser import Error, Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt
from report.samples import aws_id, aws_secret, full, github, render, report, result
from report.test_safety import reports_with_secret

from leakstop.model import SEVERITIES, Pair, Problem, Secret, Verdict
from leakstop.report import markdown, writer
from leakstop.report.github import command, masks

with open(f"{CHECKOUT}/tests/report/schemas/gitlab-secret-detection.json", encoding="utf-8") as file:
    GITLAB = Draft202012Validator(json.load(file))

if TYPE_CHECKING:
    from pathlib import Path

    from helpers import Repo

START = set("=+-@|%\t\r \uff1d\uff0b\uff0d\uff20")  # of a cell that a spreadsheet takes for a formula, or a blank before it
HOSTILE = "<script>alert(1)</script> \"'&]]> %0A::error::x ##[error]y @everyone #1 [a](b) ![c](d) `e` |\n::add-mask::f\r\n* g"


def hostile(**changes):
    origin = {"commit": "3f2a91c04e" * 4, "author": HOSTILE, "email": HOSTILE, "subject": HOSTILE, "members": (HOSTILE,)}
    found = result(github(), HOSTILE, kind="commit", origin=origin, excerpt=HOSTILE, reasons=(HOSTILE,))
    return report(found, problems=(Problem(HOSTILE, HOSTILE, HOSTILE),), complete=False, **changes)


# ---- JUnit


@given(data=reports_with_secret)
@settings(max_examples=25)
def test_junit_is_read_and_counted_right(data):
    a_report = data[1]
    read = JUnitXml.fromstring(render(a_report, "junit").encode())
    cases = [case for suite in read for case in suite]
    outcomes = [[type(outcome) for outcome in case.result] for case in cases]
    new = sum(entry.triage.status == "new" for entry in a_report.results)
    assert outcomes.count([Failure]) == read.failures == new
    assert outcomes.count([Skipped]) == read.skipped == len(a_report.results) - new
    assert outcomes.count([Error]) == read.errors == len(a_report.problems)
    assert len(cases) == read.tests
    assert len({(case.classname, case.name) for case in cases if [type(one) for one in case.result] != [Error]}) == len(
        a_report.results
    )


def test_junit_without_findings_passes():
    (suite,) = JUnitXml.fromstring(render(report(), "junit").encode())
    (case,) = suite
    assert case.is_passed
    assert (case.classname, case.name) == ("leakstop", "no secrets")


def test_junit_failure():
    case = next(iter(next(iter(JUnitXml.fromstring(render(full(), "junit").encode())))))
    assert (case.classname, case.name) == ("deploy/settings.py", "aws-secret-access-key 3:26")
    assert case._elem.attrib["file"] == "deploy/settings.py"
    assert case.result[0].message == "UkGU… in deploy/settings.py:3"
    assert f"With aws-access-key-id {aws_id()}".lower() in case.result[0].text.lower()


# ---- CSV


def rows(a_report, **options) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(a_report, "csv", **options))))


@given(data=reports_with_secret)
@settings(max_examples=25)
def test_csv_has_a_row_for_everything_and_no_formula(data):
    a_report = data[1]
    read = rows(a_report)
    assert [row["status"] for row in read] == [
        *(entry.triage.status for entry in a_report.results),
        *["not read"] * len(a_report.problems),
    ]
    assert all(value is not None and None not in row for row in read for value in row.values())
    assert not any(value.strip() and value.lstrip()[0] in START for row in read for value in row.values())


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\n=", "|", "%", "\uff1d"])
def test_formulas_become_text(start):
    path = start + "cmd|' /C calc'!A0"
    (row,) = rows(report(result(github(), path)))
    shown = path.encode("unicode_escape").decode() if start[0] in "\t\r\n" else path
    assert row["file"] in (f"'{shown}", shown)
    assert row["file"][0] not in START


def test_csv_values():
    row = rows(full())[0]
    assert (row["file"], row["line"], row["in_head"], row["pushed"]) == ("deploy/settings.py", "3", "no", "yes")
    assert row["pair_value"] == aws_id()
    assert row["secret"] == "UkGU…"
    assert rows(full(), show_secrets=True)[0]["secret"].lstrip("'") == aws_secret()


# ---- GitHub


def parsed(line: str) -> tuple[str, dict[str, str], str] | None:
    """What a runner makes of a line: ActionCommand.TryParseV2 of actions/runner, in a few lines."""
    match = re.match(r"\s*::(?P<name>[^\s:]+)(?: (?P<properties>(?:(?!::).)*))?::(?P<data>.*)", line)
    if match is None:
        return None

    def unescape(text: str, *, inside: bool) -> str:
        for code, char in (("%0D", "\r"), ("%0A", "\n"), *((("%3A", ":"), ("%2C", ",")) if inside else ()), ("%25", "%")):
            text = text.replace(code, char)
        return text

    pairs = [part.partition("=") for part in (match["properties"] or "").split(",") if part]
    return match["name"], {name: unescape(value, inside=True) for name, _, value in pairs}, unescape(match["data"], inside=False)


@given(data=reports_with_secret)
@settings(max_examples=25)
def test_github_gets_only_our_commands(data):
    for line in render(data[1], "github").splitlines():
        assert "##[" not in line
        read = parsed(line)
        if read:
            name, properties, _ = read
            assert name in ("error", "warning", "notice")
            assert properties.keys() <= {"file", "line", "endLine", "col", "endColumn", "title"}
        else:
            assert not line.lstrip().startswith("::")


def test_github_hostile_names_issue_no_commands():
    lines = render(hostile(), "github").splitlines()
    assert len(lines) == 3  # the problem, the finding, the summary
    assert [parsed(line)[0] for line in lines[:2]] == ["error", "error"]
    assert "##[" not in "".join(lines)


def test_github_annotation():
    lines = [parsed(line) for line in render(full(), "github").splitlines()]
    assert lines[0][1]["title"] == "leakstop: INCOMPLETE, not everything was read"
    assert lines[0][2].splitlines() == [
        "objects/pack/pack-1a2b.pack: object 77aa0b1c2d is corrupt",
        "fetch it again: git fetch --refetch",
    ]
    name, properties, text = lines[1]
    assert name == "error"
    assert properties == {
        "file": "deploy/settings.py",
        "line": "3",
        "endLine": "3",
        "col": "26",
        "endColumn": "65",
        "title": "aws-secret-access-key (AWS), critical",
    }
    assert text.startswith(f"UkGU… in deploy/settings.py:3\nwith aws-access-key-id {aws_id()} on line 2")


def test_github_limits_worst_first():
    names = {"critical": "github-personal-access-token", "high": "private-key", "medium": "generic-password", "low": "some-rule"}
    order = [severity for severity in SEVERITIES for _ in range(12)]  # low first
    found = [result(f"{fake('password', number)}", f"{number}.py", name=names[kind]) for number, kind in enumerate(order)]
    lines = render(report(*found), "github").splitlines()
    kinds = [parsed(line)[0] for line in lines[:-2]]
    assert {kind: kinds.count(kind) for kind in kinds} == {"error": 10, "warning": 10, "notice": 10}
    assert all("critical" in parsed(line)[1]["title"] for line in lines[:10])
    assert lines[-2].startswith("18 more findings")
    assert lines[-1].startswith("48 secrets")


def test_github_what_is_open_to_outsiders_comes_first():
    def live(number, containment):
        verdict = Verdict("live", "AWS takes it", (), containment)
        return result(github(number), f"{containment}.py", name="generic-password")._replace(verification=verdict)

    found = [result(github(0), "a.py"), live(1, "restricted"), live(2, "partial"), live(3, "unrestricted")]
    lines = [parsed(line) for line in render(report(*found), "github").splitlines()[:4]]
    assert [properties["file"] for _, properties, _ in lines] == ["unrestricted.py", "partial.py", "restricted.py", "a.py"]


def test_github_masks_are_for_runners_only(monkeypatch, capsys):
    key = fake("private-key")
    a_report = report(
        result(key, "k.pem", name="private-key"),
        result(aws_secret(), pair=Pair("aws-access-key-id", 2, b"x", Secret(aws_id().encode()))),
        result("abc", "short.py"),
    )
    assert "add-mask" not in render(a_report, "github")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "add-mask" not in render(a_report, "github")  # a file is not read by the runner
    writer("github")(a_report, sys.stdout)
    commands = [parsed(line) for line in capsys.readouterr().out.splitlines()]
    assert [data for name, _, data in filter(None, commands) if name == "add-mask"] == sorted([key, aws_secret()])


def test_command_escapes_what_runners_unescape():
    text = "100%25 %0A ::x::\r\n,:"
    assert parsed(command("error", text, title=text)) == ("error", {"title": text}, text)
    assert command("notice", "x", file="", line=0) == "::notice::x"
    assert list(masks(report(result("a%b\nc")))) == ["::add-mask::a%25b%0Ac"]


# ---- Markdown


def test_markdown_hostile_names_stay_text():
    html = MarkdownIt("gfm-like", {"linkify": False}).render(render(hostile(), "markdown"))
    assert not re.search(r"<(script|img|a|em|strong)\b", html)
    assert "@everyone" not in re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    assert html.count("<table>") == 1
    assert html.count("<tr>") == html.count("</tr>") == 2


def test_markdown_says_all_of_it():
    text = render(full(), "markdown")
    for part in ("❌ leakstop: 2 secrets", "deploy/settings.py:3", "What to do", "Not read", "3 findings not counted", aws_id()):
        assert part in text
    assert render(report(), "markdown").startswith("## ✅ leakstop: clean")
    assert render(report(complete=False), "markdown").startswith("## ⚠️ leakstop: INCOMPLETE")


def test_markdown_is_small_enough_for_a_job_summary(monkeypatch):
    assert markdown.MOST < 2**20
    monkeypatch.setattr(markdown, "MOST", 2000)
    text = render(report(*[result(github(number), f"{number}.py") for number in range(50)]), "markdown")
    assert "more findings" in text
    assert len(text.encode()) < 4000


# ---- GitLab


@given(data=reports_with_secret)
@settings(max_examples=25)
def test_gitlab_is_valid_and_holds_what_counts(data):
    document = json.loads(render(data[1], "gitlab"))
    GITLAB.validate(document)
    assert len(document["vulnerabilities"]) == sum(entry.triage.status == "new" for entry in data[1].results)
    assert document["scan"]["status"] == ("success" if data[1].complete else "failure")
    ids = [entry["id"] for entry in document["vulnerabilities"]]
    assert len(set(ids)) == len(ids)


def test_gitlab_names_the_commit(monkeypatch):
    found = result(github())
    assert json.loads(render(report(found), "gitlab"))["vulnerabilities"][0]["location"]["commit"] == {"sha": "0000000"}
    monkeypatch.setenv("CI_COMMIT_SHA", "abc123")
    assert json.loads(render(report(found), "gitlab"))["vulnerabilities"][0]["location"]["commit"] == {"sha": "abc123"}
    first = json.loads(render(full(), "gitlab"))["vulnerabilities"][0]
    assert first["location"]["commit"]["sha"] == "3f2a91c04e" * 4
    assert first["severity"] == "Critical"


def test_gitlab_code_quality():
    issues = json.loads(render(full(), "gitlab-codequality"))
    assert len(issues) == 2
    assert issues[0].keys() == {"description", "check_name", "fingerprint", "severity", "location"}
    assert issues[0]["location"] == {"path": "deploy/settings.py", "lines": {"begin": 3}}
    assert {issue["severity"] for issue in issues} <= {"info", "minor", "major", "critical", "blocker"}
    assert len({issue["fingerprint"] for issue in issues}) == 2
    assert json.loads(render(report(), "gitlab-codequality")) == []


# ---- text in the log of a CI system


@pytest.mark.parametrize(
    "start", ["::error::", "  ::add-mask::", "##[error]", "x ##vso[task.setvariable variable=a]", "##teamcity[x"]
)
def test_text_issues_no_commands(start):
    for found in (
        result(github(), start + "a.py"),
        result(github(), excerpt=start + "b"),
        result(github(), kind="commit", origin={"commit": "1" * 40, "subject": "a " * 60 + start}),
    ):
        lines = render(report(found, problems=(Problem(start, start, start),), complete=False), "text", width=60).splitlines()
        assert not [line for line in lines if line.lstrip().startswith("::") or re.search(r"##(\[|vso\[|teamcity\[)", line)]


# ---- the command


def test_all_of_them_of_a_real_history(repo: Repo, tmp_path: Path):
    secret = fake("aws-secret")
    repo.add("a b.env", f"AWS_ACCESS_KEY_ID={fake('aws-id')}\nAWS_SECRET_ACCESS_KEY={secret}\n", msg="::error::no")
    repo.add("allowed.py", f"TOKEN = '{fake('npm')}'  # leakstop: allow -- made up\n")
    forms = {"sarif": "x.sarif", "junit": "x.xml", "csv": "x.csv", "markdown": "x.md", "gitlab": "gl.json", "github": "x.txt"}
    done = run_cli(
        "history", *[part for form, name in forms.items() for part in ("-o", f"{form}={tmp_path / name}")], cwd=repo.path
    )
    assert done.code == 1
    texts = {form: (tmp_path / name).read_text(encoding="utf-8") for form, name in forms.items()}
    assert not any(secret in text for text in texts.values())
    (found, allowed) = json.loads(texts["sarif"])["runs"][0]["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.env"
    assert [entry["kind"] for entry in allowed["suppressions"]] == ["inSource"]
    assert JUnitXml.fromstring(texts["junit"].encode()).failures == 1
    assert [row["status"] for row in csv.DictReader(io.StringIO(texts["csv"]))] == ["new", "ignored"]
    (vulnerability,) = json.loads(texts["gitlab"])["vulnerabilities"]
    assert vulnerability["location"]["commit"]["sha"] == repo.rev("HEAD~1")
    assert parsed(texts["github"].splitlines()[0])[1]["file"] == "a b.env"
