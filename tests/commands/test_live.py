"""JSON Lines on standard output while the scan goes on, with the real command."""

from __future__ import annotations

import json
import os
import subprocess
from threading import Timer
from typing import TYPE_CHECKING

import pytest
from helpers import fake, run_cli, start_cli, unread_pipe
from report.samples import full, github, report, result

from leakstop.model import Secret, Triage
from leakstop.report.jsonl import Lines
from leakstop.report.read import findings
from leakstop.report.scrub import Scrubber

if TYPE_CHECKING:
    from pathlib import Path

    from helpers import Repo

BATCH = 5 << 20  # bytes, more than the detector reads ahead


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_findings_appear_while_the_scan_goes_on(tmp_path: Path) -> None:
    """Standard input, the last to be read, is still open when the finding of the first file arrives."""
    for number in (1, 2):
        (tmp_path / f"{number}.env").write_text(f"TOKEN={fake('github-pat', number)}\n" + "nothing here\n" * (BATCH // 13))
    with start_cli("scan", "1.env", "2.env", "-", "-f", "jsonl", cwd=tmp_path, stdin=subprocess.PIPE) as process:
        late = Timer(60, process.stdin.close)  # so that the test ends when nothing comes
        late.start()
        header, first = json.loads(process.stdout.readline()), json.loads(process.stdout.readline())
        late.cancel()
        assert process.poll() is None
        process.stdin.write(f"TOKEN={fake('github-pat', 3)}\n")
        process.stdin.close()
        rest = lines(process.stdout.read())
    assert (header["type"], header["command"], first["type"], first["file"]) == ("header", "scan", "finding", "1.env")
    assert [line["type"] for line in rest] == ["finding", "finding", "summary"]
    assert rest[-1]["counts"]["new"] == 3
    assert process.returncode == 1


@pytest.mark.parametrize("command", ["scan", "range", "history"])
def test_it_says_what_the_report_says_at_the_end(repo: Repo, tmp_path: Path, command: str) -> None:
    """Of a repository with ignored and excluded findings, in many files and commits."""
    repo.add(".leakstop.toml", 'exclude = ["left/"]\n')
    for number in range(6):
        repo.add(f"{'left' if number == 3 else 'kept'}/{number}.env", f"TOKEN={fake('github-pat', number)}\n")
    repo.add("kept/allowed.py", f"TOKEN = '{fake('npm')}'  # leakstop: allow -- made up\n", msg="Allowed")
    target = tmp_path / "report.json"
    revisions = ("HEAD",) if command == "range" else ()
    done = run_cli(command, *revisions, "-f", "jsonl", "-o", f"json={target}", cwd=repo.path)
    told = findings(done.out, "standard output")
    document = json.loads(target.read_text())
    assert done.code == 1
    assert len(told) >= 6
    key = lambda value: json.dumps({**value, "type": None, "number": None}, sort_keys=True)  # noqa: E731
    assert sorted(map(key, told)) == sorted(map(key, document["findings"]))
    assert not any("left/" in value["file"] for value in told)
    summary = lines(done.out)[-1]
    assert summary["type"] == "summary"
    assert {name: summary[name] for name in ("filters", "silenced")} == {name: document[name] for name in ("filters", "silenced")}


def test_a_token_in_a_name_is_cut_out_before_it_is_found(tmp_path: Path) -> None:
    """The file that holds it is read after the one whose path has it."""
    token = fake("github-pat", 7)
    (tmp_path / token).mkdir()
    (tmp_path / token / "a.env").write_text(f"TOKEN={fake('github-pat', 1)}\n")
    (tmp_path / "z.env").write_text(f"TOKEN={token}\n")
    done = run_cli("scan", f"{token}/a.env", "z.env", "-f", "jsonl", cwd=tmp_path)
    assert [line["type"] for line in lines(done.out)] == ["header", "finding", "finding", "summary"]
    assert token not in done.out


def test_nothing_found(tmp_path: Path) -> None:
    assert [line["type"] for line in lines(run_cli("scan", "-f", "jsonl", cwd=tmp_path).out)] == ["header", "summary"]


def test_files_are_written_at_the_end_whole(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text(f"TOKEN={fake('github-pat')}\n")
    run_cli("scan", "a.env", "-f", "jsonl", "-o", "jsonl=b.jsonl", "-q", cwd=tmp_path)
    assert [line["type"] for line in lines((tmp_path / "b.jsonl").read_text())] == ["header", "finding", "summary"]


def test_what_the_end_changes_is_revised_and_withdrawn(tmp_path: Path) -> None:
    one, two, three = (result(github(number), f"{number}.py") for number in range(3))
    ignored = two._replace(triage=Triage("ignored", "its other half is ignored"))
    with (tmp_path / "x").open("w+") as stream:
        live = Lines(stream, Scrubber(None))
        live.begin("scan", 1, "0")
        live.findings([one, two], [])
        live.findings([three], [])
        live.end(report(one, ignored))
        stream.seek(0)
        text = stream.read()
    kinds = [line["type"] for line in lines(text)]
    assert kinds == ["header", "finding", "finding", "finding", "revised", "withdrawn", "summary"]
    assert lines(text)[4]["triage"]["status"] == "ignored"
    assert (lines(text)[4]["number"], lines(text)[5]["number"]) == (2, 3)
    assert [value["file"] for value in findings(text, "x")] == ["0.py", "1.py"]
    assert findings(text, "x")[1]["triage"]["status"] == "ignored"


def test_suspects_do_not_get_out(tmp_path: Path) -> None:
    with (tmp_path / "x").open("w+") as stream:
        live = Lines(stream, Scrubber(None))
        live.findings([result(github(1), f"{github(2)}/x.py")], [Secret(github(2).encode())])
        live.end(full())
        stream.seek(0)
        assert github(2) not in stream.read()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk(tmp_path: Path) -> None:
    """The report is put elsewhere, whole."""
    for number in range(3):
        (tmp_path / f"{number}.env").write_text(f"TOKEN={fake('github-pat', number)}\n")
    with open("/dev/full", "wb") as target:
        result = run_cli("scan", "-f", "jsonl", "--exit-zero", cwd=tmp_path, env={"TMPDIR": str(tmp_path)}, stdout=target)
    told = result.err.splitlines()
    assert result.code == 3
    assert told[0] == "leakstop: cannot write to standard output: No space left on device"
    with open(told[1].removeprefix("  The report is in ")) as file:
        assert len(findings(file.read(), "x")) == 3


def test_a_reader_that_goes_away_keeps_the_exit_code(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.env").write_text(f"TOKEN={fake('github-pat', number)}\n")
    with unread_pipe() as pipe:
        result = run_cli("scan", "-f", "jsonl", "-q", cwd=tmp_path, stdout=pipe)
    assert (result.code, result.err) == (1, "")
