"""`leakstop rules`: the catalogue and the checks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from helpers import run_cli

from leakstop.rules.load import load

if TYPE_CHECKING:
    from pathlib import Path

OWN = """\
provider = "Own"
docs = "https://docs.service.net/keys"
[[rule]]
id = "own-key"
description = "Opens everything. Revoke it in the settings."
severity = "high"
confidence = "high"
pattern = \'\'\'(?<![A-Za-z0-9])own_[A-Za-z0-9]{24}(?![A-Za-z0-9])\'\'\'
[rule.tests]
match = ["own_{A-Za-z0-9:24}", 'key = "own_{A-Za-z0-9:24}"']
ignore = ["own_{A-Za-z0-9:23}", "own_xxxxxxxxxxxxxxxxxxxxxxxx"]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A rule file of a user's."""
    file = tmp_path / "own.toml"
    file.write_text(OWN)
    return file


def test_list(tmp_path: Path, own: Path) -> None:
    """One line a rule, by id, in columns; the user's among them."""
    result = run_cli("rules", "list", "--rules", own, cwd=tmp_path)
    rows = [line.split("  ") for line in result.out.splitlines()]
    ids = [row[0].strip() for row in rows]

    assert (result.code, result.err) == (0, "")
    assert ids == sorted([*(rule.id for rule in load().rules), "own-key"])
    own_row = result.out[result.out.index("own-key") :].partition("\n")[0]
    assert own_row.split() == ["own-key", "Own", "high", "high"]
    assert not any(line.endswith(" ") for line in result.out.splitlines())


def test_list_as_json(tmp_path: Path) -> None:
    """With descriptions."""
    listed = run_cli("rules", "list", "--format", "json", cwd=tmp_path).json()

    assert [entry["id"] for entry in listed] == sorted(rule.id for rule in load().rules)
    assert set(listed[0]) == {"id", "provider", "severity", "confidence", "description"}


def test_list_follows_the_configuration(tmp_path: Path) -> None:
    """It shows what a scan here would use."""
    (tmp_path / ".leakstop.toml").write_text('disable = ["github-personal-access-token"]\n')

    assert "\ngithub-personal-access-token " not in run_cli("rules", "list", cwd=tmp_path).out


def test_show(tmp_path: Path, own: Path) -> None:
    """Everything that the rule says, and its anchor; nothing that it does not."""
    result = run_cli("rules", "show", "own-key", "--rules", own, cwd=tmp_path)
    shown = dict(line.split(maxsplit=1) for line in result.out.splitlines())

    assert (result.code, result.err) == (0, "")
    assert shown["description"] == "Opens everything. Revoke it in the settings."
    assert shown["docs"] == "https://docs.service.net/keys"
    assert "own_" in shown["pattern"]
    assert "anchors" in shown
    assert not {"keywords", "near", "pair", "checksum", "generic", "allow"} & set(shown)


def test_show_lists_one_item_a_line(tmp_path: Path) -> None:
    """Keywords and pairs are read more easily so."""
    result = run_cli("rules", "show", "datadog-api-key", cwd=tmp_path)
    lines = result.out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("keywords"))

    assert [line.split()[-1] for line in lines[start : start + 2]] == ["datadog", "dd_api_key"]
    assert lines[start + 1].startswith(" ")
    assert any(line.startswith("near") for line in lines)


def test_show_as_json(tmp_path: Path) -> None:
    """The same for programs."""
    shown = run_cli("rules", "show", "-f", "json", "datadog-api-key", cwd=tmp_path).json()

    assert shown["keywords"][0] == "datadog"
    assert shown["anchors"]


def test_show_unknown(tmp_path: Path) -> None:
    """The nearest id is named."""
    result = run_cli("rules", "show", "github-personal-acces-token", cwd=tmp_path)

    assert (result.code, result.out) == (2, "")
    assert 'Did you mean "github-personal-access-token"?' in result.err


def test_every_rule_can_be_shown(tmp_path: Path) -> None:
    """Whatever keys a rule has."""
    from types import SimpleNamespace

    from leakstop.commands import rules

    for rule in load().rules:
        fields = rules._fields(rule)
        assert json.dumps(fields)
    assert rules.show_rule(SimpleNamespace(id=rule.id, config=None, rules=(), format="json")) == 0


def test_test(tmp_path: Path, own: Path) -> None:
    """A good file passes; a bad one fails with exit code 2 and says where."""
    good = run_cli("rules", "test", own, cwd=tmp_path)
    own.write_text(OWN.replace("{A-Za-z0-9:23}", "{A-Za-z0-9:24}"))
    bad = run_cli("rules", "test", "own.toml", cwd=tmp_path)
    own.write_text(OWN.replace("[[rule]]", "[[rul]]"))
    broken = run_cli("rules", "test", "own.toml", cwd=tmp_path)

    assert (good.code, good.out, good.err) == (0, "1 rule checked, all good\n", "")
    assert bad.code == 2
    assert bad.out.startswith("own.toml: own-key: tests.ignore 1: is found\n")
    assert bad.out.endswith("1 rule checked, 1 failed\n")
    assert (broken.code, broken.out) == (2, "")
    assert broken.err == 'leakstop: own.toml: rul: unknown key\n  Did you mean "rule"?\n'


def test_names_in_rule_files_are_not_trusted(tmp_path: Path, own: Path) -> None:
    """A provider's name may hold anything; the terminal gets none of it raw."""
    own.write_text(OWN.replace('"Own"', '"Own\\u001b[31m"'))

    for args in (("list",), ("show", "own-key")):
        result = run_cli("rules", *args, "--rules", own, cwd=tmp_path)
        assert "\x1b" not in result.out
        assert "\\x1b[31m" in result.out
