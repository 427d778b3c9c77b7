"""Rule files of gitleaks' form, through the whole engine: what they find, what they allow, and what could not be honoured.

The expected findings are those of gitleaks 8.30 on the same files.
"""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

import pytest
from helpers import Repo, run_cli

from leakstop.errors import RuleError
from leakstop.rules.load import load

if TYPE_CHECKING:
    from pathlib import Path

KEY = "".join(random.Random(7).choices(string.ascii_lowercase + string.digits, k=32))  # made when the test runs
ACME = """
[[rules]]
id = "acme-key"
description = "Acme"
regex = '''acme_key\\s*=\\s*["']?([a-z0-9]{32})'''
"""


def rules(repo: Repo, text: str, name: str = "rules.toml") -> None:
    repo.write(name, text)


def found(repo: Repo, files: dict[str, str], *args: str) -> set[tuple[str, str, int, int]]:
    """Rule, file, line and column of what the rules of the file find; not what built-in rules find."""
    for name, content in files.items():
        repo.write(name, content)
    result = run_cli(*(args or ("scan", *files)), "--rules", "rules.toml", "-f", "json", cwd=repo.path)
    assert result.code in (0, 1), result.err
    return {
        (one["rule"], one["file"], one["start_line"], one["start_column"])
        for one in result.json()["findings"]
        if one["rule"].startswith(("acme", "custom"))
    }


def lines(seen: set[tuple[str, str, int, int]]) -> list[int]:
    return sorted(line for _, _, line, _ in seen)


def test_group_is_the_secret(repo: Repo) -> None:
    rules(repo, ACME)
    assert found(repo, {"a.txt": f"\nacme_key = '{KEY}'\n"}) == {("acme-key", "a.txt", 2, 13)}


@pytest.mark.parametrize(
    ("group", "column"), [("", 5), ("secretGroup = 2", 11), ("secretGroup = 1", 5)], ids=["first", "second", "one"]
)
def test_secret_group(repo: Repo, group: str, column: int) -> None:
    """The first group that is not empty, unless one is named."""
    rules(repo, f"[[rules]]\nid = 'acme-pair'\nregex = '''acm-([a-z]{{5}})-([a-z]{{12}})'''\n{group}\n")
    assert {place[3] for place in found(repo, {"a.txt": "acm-qwxyz-plmoknijbuhv\n"})} == {column}


def test_a_group_that_takes_no_part(repo: Repo) -> None:
    rules(repo, "[[rules]]\nid = 'acme-or'\nregex = '''acm-(?:x([a-z]{12})|y[a-z]{12})'''\n")
    assert {(line, column) for _, _, line, column in found(repo, {"a.txt": "acm-xplmoknijbuhv\nacm-yplmoknijbuhv\n"})} == {
        (1, 6),
        (2, 1),
    }


def test_entropy_has_to_be_more(repo: Repo) -> None:
    """Four different characters are exactly two bits."""
    for entropy, count in (("1.99", 1), ("2.0", 0)):
        rules(repo, f"[[rules]]\nid = 'acme-e'\nregex = '''acm-([abcd]{{4}})'''\nentropy = {entropy}\n")
        assert len(found(repo, {"a.txt": "acm-abcd\n"})) == count


def test_our_filters_leave_them_alone(repo: Repo) -> None:
    """The user's rule says what a secret is: no example words, no counting."""
    rules(repo, "[[rules]]\nid = 'acme-raw'\nregex = '''acm_[a-z]{12}'''\n")
    assert lines(found(repo, {"a.txt": "acm_abcdefghijkl\nacm_examplexxxxx\nacm_aaaaaaaaaaaa\n"})) == [1, 2, 3]


def test_keywords_anywhere_in_the_text(repo: Repo) -> None:
    rules(repo, ACME + 'keywords = ["SPECIAL"]\n')
    assert found(repo, {"a.txt": f"acme_key = '{KEY}'\n"}) == set()
    assert lines(found(repo, {"a.txt": f"acme_key = '{KEY}'\n\n\n# special\n"})) == [1]


def test_keywords_for_values_without_a_shape(repo: Repo) -> None:
    rules(repo, "[[rules]]\nid = 'acme-bare'\nregex = '''\\b[0-9a-f]{24}\\b'''\nkeywords = ['acmehost']\n")
    value = "0a9f8e7d6c5b4a3f2e1d0c9b"
    assert lines(found(repo, {"a.txt": f"{value}\n{'x' * 500}\nacmehost: x\n{value}\n"})) == [4]


@pytest.mark.parametrize(
    ("allow", "left"),
    [
        ("stopwords = ['BAD']", [1, 3, 4]),
        ("regexes = ['''^bad''']", [1, 3, 4]),
        ("regexes = ['''acme_key = .bad''']", [1, 2, 3, 4]),
        ("regexTarget = 'match'\nregexes = ['''acme_key = .bad''']", [1, 3, 4]),
        ("regexTarget = 'line'\nregexes = ['''fixture''']", [1, 2, 4]),
        ("paths = ['''^other/''']", [1, 2, 3, 4]),
        ("paths = ['''\\.txt$''']", []),
        ("condition = 'AND'\npaths = ['''\\.txt$''']\nstopwords = ['bad']", [1, 3, 4]),
        ("condition = '&&'\npaths = ['''\\.md$''']\nstopwords = ['bad']", [1, 2, 3, 4]),
        ("condition = '||'\npaths = ['''\\.md$''']\nstopwords = ['bad']", [1, 3, 4]),
        ("commits = ['0123456789012345678901234567890123456789']", [1, 2, 3, 4]),
    ],
)
def test_allowlists(repo: Repo, allow: str, left: list[int]) -> None:
    check_allowlist(repo, "[[rules.allowlists]]", allow, left)


@pytest.mark.parametrize("form", ["[rules.allowlist]", "[[allowlists]]", "[allowlist]"])
def test_forms_of_allowlists(repo: Repo, form: str) -> None:
    check_allowlist(repo, form, "stopwords = ['bad']", [1, 3, 4])


def check_allowlist(repo: Repo, form: str, allow: str, left: list[int]) -> None:
    rules(repo, f"{ACME}\n{form}\n{allow}\n")
    text = f"acme_key = '{KEY}'\nacme_key = 'bad{KEY[3:]}'\nacme_key = '{KEY[::-1]}' # fixture\nacme_key={KEY[1:]}x\n"
    assert lines(found(repo, {"a.txt": text})) == left


def test_commits(repo: Repo) -> None:
    commit = repo.add("a.txt", f"acme_key = '{KEY}'\n")
    rules(repo, ACME)
    assert len(found(repo, {}, "history")) == 1
    rules(repo, f"{ACME}\n[[allowlists]]\ncommits = ['{commit.upper()}']\n")
    assert found(repo, {}, "history") == set()


def test_allowed_by_the_near_rule_is_not_brought_back(repo: Repo) -> None:
    """By a generic rule of ours, which knows less of the value."""
    repo.write("a.env", f"acme_key={KEY}\n")
    assert run_cli("scan", "a.env", cwd=repo.path).code == 1
    rules(repo, ACME + f"[[rules.allowlists]]\nstopwords = ['{KEY[:4]}']\n")
    assert run_cli("scan", "a.env", "--rules", "rules.toml", cwd=repo.path).code == 0


def test_global_allowlists_are_for_all_rules(repo: Repo) -> None:
    """Those without targetRules; a path that the team has left out is left out."""
    repo.write("vendor/a.env", f"api_key={KEY}\n")
    repo.write("b.env", f"api_key={KEY}\n")
    rules(repo, "[extend]\nuseDefault = true\n[[allowlists]]\npaths = ['''^vendor/''']\n")
    result = run_cli("scan", "vendor", "b.env", "--rules", "rules.toml", "-f", "json", cwd=repo.path).json()
    assert [one["file"] for one in result["findings"]] == ["b.env"]


def test_target_rules(repo: Repo) -> None:
    second = ACME.replace("acme-key", "acme-two").replace("acme_key", "acme_two")
    rules(repo, f"{ACME}{second}\n[[allowlists]]\ntargetRules = ['acme-two']\npaths = ['''txt''']\n")
    assert {one[0] for one in found(repo, {"a.txt": f"acme_key={KEY}\nacme_two={KEY}\n"})} == {"acme-key"}


def test_path_of_a_rule(repo: Repo) -> None:
    rules(repo, ACME + "path = '''\\.conf$'''\n")
    assert {one[1] for one in found(repo, {"a.txt": f"acme_key={KEY}\n", "a.conf": f"acme_key={KEY}\n"})} == {"a.conf"}


@pytest.mark.parametrize(("within", "left"), [("", [1, 6]), ("withinLines = 2", [1]), ("withinColumns = 3", [6])])
@pytest.mark.parametrize("command", ["scan", "staged", "history"])
def test_composite_rules(repo: Repo, within: str, left: list[int], command: str) -> None:
    helper = "[[rules]]\nid = 'acme-user'\nregex = '''acmeUser=\\w+'''\nskipReport = true\n"
    rules(
        repo,
        f"[[rules]]\nid = 'acme-combo'\nregex = '''combo-[0-9]{{6}}'''\n[[rules.required]]\nid = 'acme-user'\n{within}\n{helper}",
    )
    text = "combo-918273\n\n     acmeUser=ada\n\n\n    combo-546372\n"
    repo.write("a.txt", text)
    repo.write("none.txt", "combo-918273\n")
    repo.stage("a.txt", "none.txt")
    if command == "history":
        repo.commit()
    seen = found(repo, {}, *(["scan", "a.txt", "none.txt"] if command == "scan" else [command]))
    assert {name for _, name, _, _ in seen} == {"a.txt"}
    assert lines(seen) == left


def test_composite_with_the_helper_outside_of_the_change(repo: Repo) -> None:
    """The helper may stand in a part of the file that the commit leaves alone."""
    rules(repo, "[[rules]]\nid = 'acme-c'\nregex = '''combo-[0-9]{6}'''\n[[rules.required]]\nid = 'acme-u'\n"
                "[[rules]]\nid = 'acme-u'\nregex = '''acmeUser=\\w+'''\nskipReport = true\n")  # fmt: skip
    repo.add("a.txt", "acmeUser=ada\n" + "\n" * 300)
    repo.write("a.txt", "acmeUser=ada\n" + "\n" * 300 + "combo-918273\n")
    repo.stage("a.txt")
    assert lines(found(repo, {}, "staged")) == [302]


def test_extend(repo: Repo) -> None:
    """Own fields win, allowlists are added, disabled rules go; the path is seen from the current folder."""
    other = ACME.replace("acme-key", "acme-other").replace("acme_key", "acme_other")
    rules(repo, f"{ACME}{other}[[rules.allowlists]]\nstopwords = ['{KEY[:3]}']\n", "ci/base.toml")
    rules(
        repo,
        "[extend]\npath = 'ci/base.toml'\ndisabledRules = ['acme-key']\n"
        "[[rules]]\nid = 'acme-other'\ndescription = 'Mine'\n[[rules.allowlists]]\nstopwords = ['zzz']\n",
    )
    text = f"acme_key={KEY}\nacme_other={KEY}\nacme_other=zzz{KEY[3:]}\nacme_other=a{KEY[1:]}\n"
    assert found(repo, {"a.txt": text}) == {("acme-other", "a.txt", 4, 12)}


def test_betterleaks_expressions_and_others_are_told(repo: Repo) -> None:
    more = "validate = 'x'\nfilter = 'y'\nnovelty = 1\n[[rules]]\nid = 'files'\npath = '''\\.p12$'''\n"
    lonely = "[[rules]]\nid = 'lonely'\nregex = '''[A-Z]{30}'''\n"
    rules(repo, f"{ACME}{more}{lonely}[extend]\nuseDefault = true\ndisabledRules = ['no-such', 'jwt-token']\n")
    result = run_cli("rules", "test", "rules.toml", cwd=repo.path)
    assert result.code == 0, result.err
    without = "has no literal of three characters that every match holds; give the rule keywords"
    assert sorted(line for line in result.out.splitlines() if line.startswith("note: ")) == [
        "note: disabledRules: no-such is not a rule here; `leakstop rules list`",
        "note: rules.toml: rule acme-key: filter is left out: its language is Betterleaks' own",
        "note: rules.toml: rule acme-key: rules.novelty is not known and left out",
        "note: rules.toml: rule acme-key: validate is left out: its language is Betterleaks' own",
        "note: rules.toml: rule files: is left out: it reports files by their name alone",
        f"note: rules.toml: rule lonely: is left out: its expression {without}",
    ]
    repo.write("a.txt", f"acme_key={KEY}\n")
    skipped = run_cli("scan", "a.txt", "--rules", "rules.toml", "-f", "json", cwd=repo.path).json()["coverage"]["skipped"]
    assert len([one for one in skipped if one["what"] == "setting of a rule file"]) == 6
    assert "jwt-token" not in run_cli("rules", "list", "--rules", "rules.toml", cwd=repo.path).out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[rules]]\nregex = 'a'\n", "rule 1: id: is missing"),
        ("[[rules]]\nid = 'acme'\n", "acme: regex: is missing"),
        ("[[rules]]\nid = 'acme'\nregex = '(?=a)'\n", "acme: regex: is not an expression of Go's"),
        (ACME + ACME, "acme-key: id: stands twice"),
        (ACME + "secretGroup = 3\n", "acme-key: secretGroup: is 3, but the expression has 1 groups"),
        (ACME + "entropy = 'high'\n", "acme-key: entropy: a number"),
        (ACME + "keywords = 'acme'\n", "acme-key: keywords: a list"),
        (ACME + "[[rules.allowlists]]\ndescription = 'x'\n", "an allowlist without commits, paths, regexes or stopwords"),
        (ACME + "[[rules.allowlists]]\nstopwords=['x']\ncondition = 'NOR'\n", "'NOR' is neither OR nor AND"),
        (ACME + "[[rules.allowlists]]\nregexes=['x']\nregexTarget = 'file'\n", "'file' is not one of secret, match, line"),
        (ACME + "[[rules.allowlists]]\nstopwords=['x']\n[rules.allowlist]\nstopwords=['x']\n", ""),
        (ACME + "[[rules.required]]\nid = 'nobody'\n", "acme-key: required: there is no rule 'nobody'"),
        ("[extend]\nuseDefault = true\npath = 'x'\n", "useDefault and path exclude one another"),
        ("[extend]\npath = 'missing.toml'\n", "missing.toml: cannot read the rule file"),
        ("rules = 3\n", "rules: a list of tables is expected"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text)
    with pytest.raises(RuleError) as caught:
        load((str(file),))
    assert complaint in str(caught.value)


def test_hostile_expressions_end(repo: Repo) -> None:
    """What Go does in linear time may explode here: it is given up, and told, and the scan is not clean."""
    rules(repo, "[[rules]]\nid = 'acme-slow'\nregex = '''acm(?:a|aa|a?a)+(?:a|aa)+!'''\n")
    repo.write("a.txt", "acm" + "a" * 2000 + "\n")
    result = run_cli("scan", "a.txt", "--rules", "rules.toml", cwd=repo.path)
    assert result.code in (0, 3)
    assert result.code == 0 or "took too long" in result.out


def test_names_become_ours() -> None:
    from leakstop.rules.gitleaks import _our_id

    assert [_our_id(name) for name in ("acme-key", "AcmeKey", "acme_key", "acme", "AWS Key!")] == [
        "acme-key",
        "acme-key",
        "acme-key",
        "custom-acme",
        "aws-key",
    ]
