"""Living with findings: the ignore file and the baseline, with the real command and real git."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from helpers import Repo, fake, run_cli

if TYPE_CHECKING:
    from pathlib import Path

SECRET, OTHER, THIRD = (fake("github-pat", seed) for seed in range(3))
AWS_ID, AWS_SECRET = fake("aws-id"), fake("aws-secret")
PAIR = f"AWS_ACCESS_KEY_ID={AWS_ID}\nAWS_SECRET_ACCESS_KEY={AWS_SECRET}\n"


def scan(repo: Repo, *args: str, cwd: str = ".") -> dict[str, Any]:
    """The JSON report of a command, `scan` if none is given."""
    result = run_cli(*(args or ("scan",)), "-f", "json", cwd=repo.path / cwd)
    assert result.code in (0, 1), result.err
    document: dict[str, Any] = result.json()
    return document


def new(report: dict[str, Any]) -> list[str]:
    return sorted(finding["file"] for finding in report["findings"] if finding["triage"]["status"] == "new")


def ignore(repo: Repo, finding: str, *args: str) -> str:
    result = run_cli("ignore", finding, "--reason", "made up", *args, cwd=repo.path)
    assert result.code == 0, result.err
    return result.out


def fingerprint(report: dict[str, Any], file: str) -> str:
    return next(str(finding["fingerprint"]) for finding in report["findings"] if finding["file"] == file)


@pytest.fixture
def leaky(repo: Repo) -> Repo:
    """A repository with a token in one file and a pair in another."""
    repo.git("config", "user.email", "ada@example.com")
    repo.write("a.env", f"see {SECRET}\n")
    repo.write("pair.env", PAIR)
    repo.stage()
    repo.commit("Leak")
    return repo


@pytest.mark.parametrize("form", ["json", "text"])
def test_fingerprint_of_a_report_can_be_ignored(leaky: Repo, form: str) -> None:
    """Copied from either form, before there is an ignore file; and the fingerprints stay the same afterwards."""
    before = scan(leaky)
    copied = fingerprint(before, "a.env")
    if form == "text":
        assert f"fingerprint {copied}\n" in run_cli("scan", cwd=leaky.path).out

    told = ignore(leaky, copied)

    assert "made .leakstop-ignore; commit it" in told
    after = scan(leaky)
    assert new(after) == ["pair.env"]
    assert [finding["fingerprint"] for finding in after["findings"] if finding["file"] in ("a.env", "pair.env")] == [
        finding["fingerprint"] for finding in before["findings"]
    ]
    assert after["silenced"] == [{"status": "ignored", "by": ".leakstop-ignore", "count": 1}]


def test_everybody_has_the_same_fingerprints(leaky: Repo) -> None:
    """Another user's clone, once the file is committed."""
    ignore(leaky, fingerprint(scan(leaky), "a.env"))
    leaky.stage()
    leaky.commit("Ignore it")
    copy = leaky.clone(leaky.path.parent / "copy")

    report = run_cli("scan", "-f", "json", cwd=copy.path, env={"XDG_DATA_HOME": str(leaky.path.parent / "bob")}).json()

    assert new(report) == ["pair.env"]
    assert fingerprint(report, "pair.env") == fingerprint(scan(leaky), "pair.env")


def test_a_fingerprint_of_another_machine_is_refused(leaky: Repo) -> None:
    """An entry that can never match helps nobody; the place does."""
    elsewhere = run_cli("scan", "-f", "json", cwd=leaky.path, env={"XDG_DATA_HOME": str(leaky.path.parent / "ci")}).json()

    result = run_cli("ignore", fingerprint(elsewhere, "a.env"), "--reason", "x", cwd=leaky.path)

    assert result.code == 2
    assert "made with another salt" in result.err
    assert "leakstop ignore FILE:LINE" in result.err
    assert not (leaky.path / ".leakstop-ignore").exists()
    ignore(leaky, "a.env:1")
    assert new(scan(leaky)) == ["pair.env"]


@pytest.mark.parametrize("half", ["pair.env:1", "pair.env:2", "fingerprint"])
def test_one_half_ignores_the_pair(leaky: Repo, half: str) -> None:
    """And brings nothing back: neither the id of the pair, nor where it stands alone."""
    leaky.write("id.env", f"AWS_ACCESS_KEY_ID={AWS_ID}\n")
    leaky.write("other.env", PAIR.replace(AWS_SECRET, fake("aws-secret", 9)).replace(AWS_ID, fake("aws-id", 9)))
    ignore(leaky, fingerprint(scan(leaky), "pair.env") if half == "fingerprint" else half)

    assert new(scan(leaky, "scan", "--confidence", "low")) == ["a.env", "other.env"]
    assert new(scan(leaky, "history", "--confidence", "low")) == ["a.env"]
    # Only the id is new in this change, so that the finding stands at the id.
    leaky.write("pair.env", "# moved\n" + PAIR.replace("AWS_ACCESS_KEY_ID=", "export AWS_ACCESS_KEY_ID="))
    leaky.stage("pair.env")
    staged = scan(leaky, "staged", "--confidence", "low")
    assert [(finding["rule"], finding["triage"]["status"]) for finding in staged["findings"]] == [
        ("aws-access-key-id", "ignored")
    ]


def test_another_secret_for_an_ignored_id_counts(leaky: Repo) -> None:
    """A rotated key is a new secret, and one that was known by its id only is none that was accepted."""
    ignore(leaky, "pair.env:2")
    leaky.write("next.env", PAIR.replace(AWS_SECRET, fake("aws-secret", 9)))
    assert new(scan(leaky)) == ["a.env", "next.env"]


def test_the_path_of_an_entry_holds_for_both_halves(leaky: Repo) -> None:
    leaky.write("id.env", f"AWS_ACCESS_KEY_ID={AWS_ID}\n")
    ignore(leaky, "pair.env:2", "--path", "pair.env")
    assert new(scan(leaky, "scan", "--confidence", "low")) == ["a.env", "id.env"]


def test_a_known_id_does_not_make_its_secret_known(repo: Repo) -> None:
    """What comes beside it later is new."""
    repo.write("app.env", f"AWS_ACCESS_KEY_ID={AWS_ID}\n")
    assert run_cli("baseline", "create", "--confidence", "low", cwd=repo.path).code == 0
    assert new(scan(repo, "scan", "--confidence", "low")) == []
    repo.write("app.env", PAIR)
    assert new(scan(repo)) == ["app.env"]


@pytest.mark.parametrize("line", [1, 2])
def test_pragma_beside_one_half_ignores_the_pair(repo: Repo, line: int) -> None:
    lines = PAIR.splitlines()
    lines[line - 1] += "  # leakstop: allow -- made up"
    repo.write("pair.env", "\n".join(lines))

    report = scan(repo, "scan", "--confidence", "low")

    assert [finding["triage"]["status"] for finding in report["findings"]] == ["ignored"]
    assert report["silenced"] == [{"status": "ignored", "by": "leakstop: allow", "count": 1}]


def test_survives_moves_renames_rebases_and_squashes(leaky: Repo) -> None:
    """Nothing of place, line or commit goes into an entry."""
    ignore(leaky, "a.env:1")
    ignore(leaky, "pair.env:2")
    leaky.stage()
    leaky.commit("Ignore")
    leaky.switch("work", create=True)
    leaky.git("mv", "a.env", "moved.txt")
    leaky.write("moved.txt", f"one\ntwo\n    see {SECRET}\n")
    leaky.stage()
    leaky.commit("Move")
    leaky.add("pair.env", "# one more line\n" + PAIR, "Shift")
    leaky.switch("main")
    leaky.add("unrelated.txt", "x\n")
    leaky.switch("work")
    leaky.git("rebase", "-q", "main")

    assert new(scan(leaky)) == []
    assert new(scan(leaky, "history")) == []
    assert new(scan(leaky, "range", "main..work")) == []
    leaky.switch("main")
    leaky.git("merge", "-q", "--squash", "work")
    leaky.commit("Squashed")
    assert new(scan(leaky, "range", "main~1..main")) == []
    assert new(scan(leaky, "history")) == []


def test_branches_that_both_ignore_something_merge(leaky: Repo) -> None:
    """Whatever they add, also when both of them make the file."""
    leaky.add("b.env", f"see {OTHER}\n")
    for branch, place in (("one", "a.env:1"), ("two", "b.env:1"), ("three", "pair.env:2")):
        leaky.git("switch", "-q", "-c", branch, "main")
        ignore(leaky, place)
        leaky.stage(".leakstop-ignore", ".gitattributes")
        leaky.commit(f"Ignore in {branch}")
    leaky.switch("main")
    for branch in ("one", "two", "three"):
        leaky.merge(branch)

    assert new(scan(leaky)) == []
    text = (leaky.path / ".leakstop-ignore").read_text()
    assert text.count("leakstop-ignore 1 salt") == 1  # the same place on the same machine: the same salt
    assert text.count("lk1:") == 3
    assert run_cli("ignores", "check", cwd=leaky.path).code == 0


def test_files_that_two_people_made_are_joined(leaky: Repo) -> None:
    """Each has a salt of its own; both count."""
    leaky.branch("two")
    for branch, place, home in (("main", "a.env:1", "ada"), ("two", "pair.env:1", "bob")):
        leaky.switch(branch)
        env = {"XDG_DATA_HOME": str(leaky.path.parent / home)}
        assert run_cli("ignore", place, "--reason", "x", cwd=leaky.path, env=env).code == 0
        leaky.stage()
        leaky.commit(branch)
    leaky.switch("main")
    leaky.merge("two")

    assert new(scan(leaky)) == []
    assert (leaky.path / ".leakstop-ignore").read_text().count("leakstop-ignore 1 salt") == 2


def test_apart_in_the_file_they_merge_without_the_attribute(leaky: Repo) -> None:
    """On servers that do not know merge=union: an entry is one line and no other line changes."""
    leaky.write("many.txt", "".join(f"see {fake('github-pat', seed)}\n" for seed in range(10, 30)))
    report = scan(leaky)
    prints = sorted({finding["fingerprint"] for finding in report["findings"]})
    for number, one in enumerate(prints):
        if number not in (3, 15):
            ignore(leaky, one)
    (leaky.path / ".gitattributes").unlink()
    leaky.stage()
    leaky.commit("Many")
    for branch, number in (("one", 3), ("two", 15)):
        leaky.git("switch", "-q", "-c", branch, "main")
        ignore(leaky, prints[number])
        leaky.stage(".leakstop-ignore")
        leaky.commit(branch)
    leaky.merge("one")

    assert new(scan(leaky)) == []


def past(repo: Repo) -> None:
    """Let time go by until the entries up to January 2100 have expired."""
    file = repo.path / ".leakstop-ignore"
    file.write_text(file.read_text().replace("2100-01-31", "2020-01-31"))


def test_path_until_and_owner(leaky: Repo) -> None:
    """Narrowed to a folder; only for some time; what has expired is told and counts again."""
    leaky.write("sub/c.env", f"see {SECRET}\n")
    ignore(leaky, "a.env:1", "--path", "sub", "--until", "90 days", "--owner", "Bob B")
    report = scan(leaky)
    assert new(report) == ["a.env", "pair.env"]
    [told] = [finding["triage"]["reason"] for finding in report["findings"] if finding["file"] == "sub/c.env"]
    assert told.startswith(".leakstop-ignore (until 20")
    assert told.endswith(", Bob B) -- made up")
    assert new(scan(leaky, "scan", cwd="sub")) == []

    ignore(leaky, "a.env:1", "--until", "2100-01-31")
    past(leaky)
    report = scan(leaky)
    assert new(report) == ["a.env", "pair.env"]
    assert "the entry in .leakstop-ignore expired on 2020-01-31 (ada@example.com) -- made up" in [
        finding["triage"]["reason"] for finding in report["findings"]
    ]


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["a.env:1"], "ignore: why?"),
        (["a.env:1", "--reason", " "], "ignore: why?"),
        (["a.env:7", "--reason", "x"], "nothing is found at a.env:7"),
        (["nowhere.env:1", "--reason", "x"], "nowhere.env"),
        (["lk1:123", "--reason", "x"], "a fingerprint is lk1:"),
        (["something", "--reason", "x"], "neither a fingerprint nor FILE:LINE"),
        (["a.env:1", "--reason", "x", "--until", "soon"], "--until: 'soon' is not a date"),
        (["a.env:1", "--reason", "x", "--until", "2027-02-30"], "--until: '2027-02-30' is not a date"),
        (["a.env:1", "--reason", "x", "--until", "2020-01-31"], "--until: 2020-01-31 is over"),
        (["a.env:1", "--reason", "x", "--path", "../elsewhere"], "lies outside"),
    ],
)
def test_mistakes(leaky: Repo, args: list[str], complaint: str) -> None:
    result = run_cli("ignore", *args, cwd=leaky.path)

    assert result.code == 2
    assert complaint in result.err
    assert not (leaky.path / ".leakstop-ignore").exists()


def test_a_file_that_an_editor_of_windows_saved(leaky: Repo) -> None:
    """With a byte order mark and other line ends it says the same, also after another entry."""
    ignore(leaky, "a.env:1")
    path = leaky.path / ".leakstop-ignore"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    ignore(leaky, "pair.env:2")

    assert run_cli("scan", "a.env", "pair.env", cwd=leaky.path).code == 0


def test_a_broken_file_is_an_error(leaky: Repo) -> None:
    """Never is it taken for an empty one, or written over."""
    leaky.write(".leakstop-ignore", "<<<<<<< HEAD\n")

    for command in (["scan"], ["ignore", "a.env:1", "--reason", "x"]):
        result = run_cli(*command, cwd=leaky.path)
        assert result.code == 2
        assert ".leakstop-ignore:1: a merge that is not finished" in result.err
    assert (leaky.path / ".leakstop-ignore").read_text() == "<<<<<<< HEAD\n"


def test_check_and_list(leaky: Repo) -> None:
    """What has expired, what matches nothing."""
    assert "no entries" in run_cli("ignores", "check", cwd=leaky.path).out
    ignore(leaky, "a.env:1")
    assert "1 entry checked: in use, and not expired" in run_cli("ignores", "check", cwd=leaky.path).out
    ignore(leaky, "pair.env:2", "--until", "2100-01-31")
    past(leaky)
    leaky.write("gone.env", f"see {THIRD}\n")
    ignore(leaky, "gone.env:1", "--path", "gone.env")
    (leaky.path / "gone.env").unlink()

    result = run_cli("ignores", "check", cwd=leaky.path)

    assert result.code == 1
    *told, hint = result.out.splitlines()
    assert hint == "Remove these lines, or renew one: leakstop ignore FINGERPRINT --reason why --until DATE"
    lines = sorted(line.partition(": ")[2].partition(": ")[0] for line in told)
    assert lines == ["expired on 2020-01-31", "not found any more"]
    listed = run_cli("ignores", "list", cwd=leaky.path).out
    assert "EXPIRED 2020-01-31" in listed
    assert "gone.env" in listed
    assert "ada@example.com  made up" in listed


def test_check_cannot_tell_when_something_is_missing(leaky: Repo) -> None:
    """An entry is not called unused if the scan is incomplete."""
    ignore(leaky, "a.env:1")
    blob = leaky.git("rev-parse", "HEAD:a.env").decode().strip()
    path = leaky.path / ".git" / "objects" / blob[:2] / blob[2:]
    path.chmod(0o600)
    path.write_bytes(b"garbage")
    (leaky.path / "a.env").unlink()

    result = run_cli("ignores", "check", cwd=leaky.path)

    assert result.code == 3
    assert "not found any more" not in result.out


def test_options(leaky: Repo) -> None:
    """Another file, none of them, one that is not there."""
    (leaky.path / "ci").mkdir()
    ignore(leaky, "a.env:1", "--ignore-file", "ci/ignored")
    assert new(scan(leaky)) == ["a.env", "pair.env"]
    assert new(scan(leaky, "scan", "--ignore-file", "ci/ignored")) == ["pair.env"]
    leaky.write(".leakstop.toml", 'ignore-file = "ci/ignored"\n')
    assert new(scan(leaky)) == ["pair.env"]
    assert new(scan(leaky, "scan", "--no-ignores")) == ["a.env", "pair.env"]
    ignore(leaky, "pair.env:1")
    assert new(scan(leaky)) == []
    missing = run_cli("scan", "--ignore-file", "nowhere", cwd=leaky.path)
    assert missing.code == 2
    assert "nowhere: there is no such ignore file" in missing.err


def test_the_file_itself_is_no_finding(leaky: Repo) -> None:
    """Neither ours nor the baseline looks like a secret."""
    ignore(leaky, "a.env:1")
    run_cli("baseline", "create", cwd=leaky.path)

    assert new(scan(leaky, "scan", "--confidence", "low", ".leakstop-ignore", ".leakstop-baseline.json")) == []


# ---- baseline


def test_baseline(leaky: Repo) -> None:
    """What is there becomes known; what comes counts; moves do not matter; no secret is in the file."""
    created = run_cli("baseline", "create", cwd=leaky.path)
    assert created.code == 0, created.err
    assert ".leakstop-baseline.json: 2 known; commit it" in created.out
    text = (leaky.path / ".leakstop-baseline.json").read_text()
    assert not [value for value in (SECRET, AWS_ID, AWS_SECRET) if value in text]
    report = scan(leaky)
    assert {finding["triage"]["status"] for finding in report["findings"]} == {"known"}
    assert report["silenced"] == [{"status": "known", "by": ".leakstop-baseline.json", "count": 2}]
    assert fingerprint(report, "a.env") in text
    assert run_cli("baseline", "create", cwd=leaky.path).code == 2

    leaky.git("mv", "a.env", "b.env")
    leaky.add("b.env", f"# moved\nsee {SECRET}\nand {OTHER}\n")
    assert new(scan(leaky)) == ["b.env"]
    assert new(scan(leaky, "history")) == ["b.env"]
    (leaky.path / ".leakstop-baseline.json").rename(leaky.path / "known.json")
    assert new(scan(leaky)) == ["b.env", "b.env", "pair.env"]
    assert new(scan(leaky, "scan", "--baseline", "known.json")) == ["b.env"]
    leaky.write(".leakstop.toml", 'baseline = "known.json"\n')
    assert new(scan(leaky)) == ["b.env"]


def test_baseline_update(repo: Repo) -> None:
    """Adds and lists what is new, takes out what is gone, keeps the salt."""
    repo.write("a.env", f"see {SECRET}\n")
    repo.write("b.env", f"see {OTHER}\n")
    run_cli("baseline", "create", cwd=repo.path)
    before = json.loads((repo.path / ".leakstop-baseline.json").read_text())
    repo.write("a.env", "nothing\n")
    repo.write("c.env", f"see {THIRD}\n")

    result = run_cli("baseline", "update", cwd=repo.path)

    assert result.code == 0, result.err
    assert "added: c.env: github-personal-access-token lk1:" in result.out
    assert ".leakstop-baseline.json: 2 known, 1 added, 1 removed" in result.out
    after = json.loads((repo.path / ".leakstop-baseline.json").read_text())
    assert after["salt"] == before["salt"]
    assert sorted(row["file"] for row in after["findings"]) == ["b.env", "c.env"]
    assert run_cli("baseline", "update", cwd=repo.path).out.endswith("2 known, 0 added, 0 removed\n")


def test_ignore_takes_the_salt_of_the_baseline(leaky: Repo) -> None:
    """One salt for a repository, whichever file comes first."""
    run_cli("baseline", "create", cwd=leaky.path, env={"XDG_DATA_HOME": str(leaky.path.parent / "ada")})
    leaky.write("new.env", f"see {OTHER}\n")
    ignore(leaky, fingerprint(scan(leaky), "new.env"))

    assert new(scan(leaky)) == []
    salt = json.loads((leaky.path / ".leakstop-baseline.json").read_text())["salt"]
    assert salt in (leaky.path / ".leakstop-ignore").read_text()


def test_a_report_of_ours_is_a_baseline(leaky: Repo) -> None:
    run_cli("scan", "-o", "json=../report.json", cwd=leaky.path)

    assert new(scan(leaky, "scan", "--baseline", "../report.json")) == []


@pytest.mark.parametrize("text", ["", "{", "[1]", "{}", '{"results": []}', '{"salt": "00", "findings": []}', "3"])
def test_broken_baselines(leaky: Repo, text: str) -> None:
    """None is taken for an empty one; doing what the remedy says mends it."""
    leaky.write(".leakstop-baseline.json", text)

    result = run_cli("scan", cwd=leaky.path)

    assert result.code == 2
    assert ".leakstop-baseline.json" in result.err
    if "leakstop baseline create" in result.err:
        assert "remove it" in result.err
        (leaky.path / ".leakstop-baseline.json").unlink()
        assert run_cli("baseline", "create", cwd=leaky.path).code == 0


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "junit", "csv", "github", "gitlab"])
def test_every_report_says_what_was_silenced(leaky: Repo, form: str) -> None:
    """In itself or beside it."""
    ignore(leaky, "a.env:1")
    leaky.write("pair.env", PAIR.replace("\n", "  # leakstop: allow\n"))

    result = run_cli("scan", "-f", form, cwd=leaky.path)

    assert result.code == 0, result.out
    assert result.err.splitlines()[-1] == "Not counted: 1 ignored by .leakstop-ignore and 1 ignored by leakstop: allow"


@pytest.mark.parametrize("home", ["nowhere", "kept"])
def test_fingerprints_that_do_not_last_are_told(tmp_path: Path, home: str) -> None:
    """Where no key can be kept each run makes a new one, until the repository has a salt of its own; a clean run needs none."""
    repo = Repo(tmp_path / "repo")
    repo.write("a.txt", f"token = {fake('github-pat')}\n")
    repo.write("clean.txt", "nothing\n")
    (tmp_path / "nowhere").write_text("a file where the folder should be")
    env = {"XDG_DATA_HOME": str(tmp_path / home), "HOME": str(tmp_path / home), "LOCALAPPDATA": str(tmp_path / home)}

    def scan(*arguments: str) -> tuple[str, list[str]]:
        result = run_cli("scan", *arguments, "--format", "json", cwd=repo.path, env=env)
        findings = json.loads(result.out)["findings"]
        lines = [line for line in result.err.splitlines() if "fingerprints are others in each run" in line]
        return findings[0]["fingerprint"] if findings else "", lines

    (first, told), (second, _) = scan("a.txt"), scan("a.txt")
    assert (first == second, len(told)) == ((True, 0) if home == "kept" else (False, 1))
    assert scan("clean.txt") == ("", [])
    assert scan("a.txt", "--quiet")[1] == []
    assert run_cli("ignore", "a.txt:1", "--reason", "made up", cwd=repo.path, env=env).code == 0
    assert scan("a.txt") == scan("a.txt")
    assert scan("a.txt")[1] == []
