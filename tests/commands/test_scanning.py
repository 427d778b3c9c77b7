"""What configuration and command line make of a scan, with the real command in real repositories."""

from __future__ import annotations

import pytest
from helpers import Repo, fake, run_cli

SECRET = fake("github-pat")
LINE = f"TOKEN={SECRET}\n"


def found(repo: Repo, *args: str, cwd: str = ".") -> list[str]:
    """The files in which a command finds something."""
    result = run_cli(*args, "--format", "json", cwd=repo.path / cwd)
    assert result.code in (0, 1), result.err
    return sorted(finding["file"] for finding in result.json()["findings"] if finding["triage"]["status"] == "new")


@pytest.fixture
def leaky(repo: Repo) -> Repo:
    """A repository with the same secret in four files, committed, and staged once more."""
    repo.add("readme.txt", "hello\n")
    for name in ("top.env", "vendor/lib.env", "src/app.env", "src/gen/made.env"):
        repo.write(name, LINE)
    repo.stage()
    repo.commit("Leak")
    for name in ("top.env", "vendor/lib.env", "src/app.env", "src/gen/made.env"):
        repo.write(name, LINE + f"SECOND={fake('github-pat', 1)}\n")
    repo.stage()
    return repo


@pytest.mark.parametrize("command", [["scan"], ["staged"], ["range", "HEAD~1..HEAD"], ["history"]], ids=" ".join)
@pytest.mark.parametrize(
    "place, exclude, left",
    [
        (".", '["vendor/"]', {"top.env", "src/app.env", "src/gen/made.env"}),
        (".", '["src/gen/**", "/top.env"]', {"vendor/lib.env", "src/app.env"}),
        (".", '["made.env", "src/*.env"]', {"top.env", "vendor/lib.env"}),
        ("src", '["gen/made.env"]', {"top.env", "vendor/lib.env", "src/app.env"}),
        ("src", '["/app.env"]', {"top.env", "vendor/lib.env", "src/gen/made.env"}),
    ],
)
def test_exclude(leaky: Repo, command: list[str], place: str, exclude: str, left: set[str]) -> None:
    """One meaning for every source, seen from the folder of the configuration; what is left out is counted."""
    leaky.write(f"{place}/.leakstop.toml", f"exclude = {exclude}\n")
    if command[0] == "range":  # which reads no configuration that is not committed
        leaky.stage()
        command = ["range", f"{leaky.commit()}~2..HEAD~1", "--policy", "HEAD"]
    files = set(found(leaky, *command, cwd=place)) - {""}  # what is staged has no path yet in a history

    if command == ["scan"] and place == "src":  # it reads this folder only, and names what is in it
        assert files == {name.removeprefix("src/") for name in left if name.startswith("src/")}
    else:
        assert files == left


def test_excluded_is_counted(leaky: Repo) -> None:
    """A report tells that something was left out on purpose."""
    leaky.write(".leakstop.toml", 'exclude = ["vendor/"]\n')
    skipped = run_cli("staged", "-f", "json", cwd=leaky.path).json()["coverage"]["skipped"]

    assert [entry for entry in skipped if entry["why"] == "excluded"] == [{"what": "file", "why": "excluded", "count": 1}]


def test_options_win_over_configuration(leaky: Repo) -> None:
    """What is said now counts more than what is written down."""
    leaky.write(".leakstop.toml", 'confidence = "high"\ntime-limit = 0.000001\n')
    leaky.write("weak.env", f"db_password = {'bq7-Mill'}3r\n")  # what a person makes up is less certain

    assert run_cli("scan", "-q", "readme.txt", "weak.env", cwd=leaky.path).code == 3
    assert found(leaky, "scan", "weak.env", "--time-limit", "0") == []
    assert found(leaky, "scan", "weak.env", "--time-limit", "0", "--confidence", "medium") == ["weak.env"]


def test_pragmas(repo: Repo) -> None:
    """Comments allow, until --no-pragmas or the configuration says otherwise."""
    repo.write("a.env", f"TOKEN={SECRET}  # leakstop: allow\n")

    assert found(repo, "scan", "a.env") == []
    assert found(repo, "scan", "a.env", "--no-pragmas") == ["a.env"]
    repo.write(".leakstop.toml", "pragmas = false\n")
    assert found(repo, "scan", "a.env") == ["a.env"]


def test_rules_of_ones_own(repo: Repo) -> None:
    """From the command line and from the configuration, beside the built-in ones; the path is relative to the configuration."""
    repo.write(
        "conf/rules.toml",
        'provider = "Own"\n[[rule]]\nid = "own-key"\ndescription = "A key."\nseverity = "high"\nconfidence = "high"\n'
        "pattern = '''(?<![A-Za-z0-9])own_[0-9]{12}(?![A-Za-z0-9])'''\n",
    )
    repo.write("a.env", "x own_482915036172\n")
    repo.write("b.env", LINE)

    assert found(repo, "scan", "a.env", "b.env") == ["b.env"]
    assert found(repo, "scan", "a.env", "b.env", "--rules", "conf/rules.toml") == ["a.env", "b.env"]
    repo.write("conf/.leakstop.toml", 'rules = ["rules.toml"]\n')
    assert found(repo, "scan", "a.env", "b.env", "--config", "conf/.leakstop.toml") == ["a.env", "b.env"]


@pytest.mark.parametrize(
    "rules, text, told",
    [
        (
            "gone.toml",
            "",
            "gone.toml: cannot read the rule file: No such file or directory\n  It is named by `rules` in .leakstop.toml;",
        ),
        ("empty", "", "empty: the folder holds no rule file (*.toml)\n  It is named by `rules` in .leakstop.toml;"),
        ("own.toml", "", "own.toml: holds no rule\n  Each rule begins with [[rule]]."),
        ("own.toml", 'provider = "Own"\n', "own.toml: holds no rule\n  Each rule begins with [[rule]]."),
    ],
)
def test_rules_that_the_configuration_names_in_vain(repo: Repo, rules: str, text: str, told: str) -> None:
    """A mistake says where the name stands, and nothing is taken for a file of rules that has none."""
    (repo.path / "empty").mkdir()
    repo.write("own.toml", text)
    repo.write(".leakstop.toml", f'rules = ["{rules}"]\n')

    wrong = run_cli("scan", cwd=repo.path)

    assert (wrong.code, wrong.out) == (2, "")
    assert told in wrong.err


def test_rules_switched_off(repo: Repo) -> None:
    """By id; one that does not exist is an error that names the nearest."""
    repo.write("b.env", f"x {SECRET}\n")
    repo.write(".leakstop.toml", 'disable = ["github-personal-access-token"]\n')
    off = found(repo, "scan", "b.env")
    repo.write(".leakstop.toml", 'disable = ["github-personal-acces-token"]\n')
    wrong = run_cli("scan", cwd=repo.path)

    assert off == []
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err == (
        "leakstop: .leakstop.toml: disable: there is no rule 'github-personal-acces-token'\n"
        '  Did you mean "github-personal-access-token"?\n'
    )


def test_the_configuration_of_what_is_scanned(tmp_path) -> None:
    """Not that of the folder one happens to stand in."""
    here, there = Repo.init(tmp_path / "here"), Repo.init(tmp_path / "there")
    here.write(".leakstop.toml", "nonsense = 1\n")
    there.write("a.env", LINE)

    assert run_cli("scan", "../there", cwd=here.path).code == 1
    assert run_cli("scan", cwd=here.path).code == 2
    assert run_cli("scan", "../there", ".", cwd=here.path).code == 1  # what they have in common has none
