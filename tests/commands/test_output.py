"""Where reports go, and the exit codes, with the real command on real files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from helpers import PACKAGE_PARENT, UNPRIVILEGED, fake, run_cli, unread_pipe

if TYPE_CHECKING:
    from pathlib import Path

SECRET = fake("github-pat")
THROUGH = UNPRIVILEGED if hasattr(os, "geteuid") and os.geteuid() == 0 else ()


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports that had to go elsewhere go here."""
    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("rescued")))


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    """A folder with one secret."""
    (tmp_path / "leak.env").write_text(f"TOKEN={SECRET}\n")
    return tmp_path


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A folder without secrets."""
    (tmp_path / "hello.txt").write_text("hello\n")
    return tmp_path


@pytest.fixture
def broken(leaky: Path) -> Path:
    """A folder with one secret and something that cannot be read."""
    (leaky / "sub").mkdir()
    (leaky / "sub" / "unreadable").write_text("x")
    os.chmod(leaky / "sub", 0)
    yield leaky
    os.chmod(leaky / "sub", 0o755)


def test_codes_of_clean_and_found(clean: Path) -> None:
    """0 and 1; the text ends with the summary, and nothing stands on standard error."""
    before = run_cli("scan", cwd=clean)
    (clean / "leak.env").write_text(f"TOKEN={SECRET}\n")
    after = run_cli("scan", cwd=clean)

    assert (before.code, before.err) == (0, "")
    assert before.out.splitlines()[-1].startswith("clean: no secrets")
    assert (after.code, after.err) == (1, "")
    assert SECRET not in after.out
    assert "github-personal-access-token" in after.out
    assert after.out.splitlines()[-1].startswith("1 secret in 1 file")


def test_json_on_standard_output(leaky: Path) -> None:
    """The summary goes to standard error then, so that a person sees it too."""
    result = run_cli("scan", "--format", "json", cwd=leaky)

    assert result.code == 1
    assert result.json()["findings"][0]["file"] == "leak.env"
    assert result.err.startswith("1 secret in 1 file")
    assert result.err.count("\n") == 1


def test_several_outputs_in_one_run(leaky: Path) -> None:
    """Text to read, and two files for programs."""
    result = run_cli("scan", "leak.env", "-o", "json=a.json", "--output", "jsonl=b.jsonl", cwd=leaky)

    assert (result.code, result.err) == (1, "")
    assert "leak.env" in result.out
    assert json.loads((leaky / "a.json").read_text())["schema"] == "leakstop/report/1"
    assert [json.loads(line)["type"] for line in (leaky / "b.jsonl").read_text().splitlines()] == ["header", "finding", "summary"]


@pytest.mark.parametrize(
    "args, starts",
    [
        (("-o", "r.json"), "{"),
        (("-o", "r.jsonl"), '{"type"'),
        (("-o", "r.txt"), "leak.env"),
        (("-o", "r.unknown"), "leak.env"),
        (("-o", "r.unknown", "-f", "json"), "{"),
        (("-o", "./a=b.json"), "{"),
    ],
)
def test_a_file_in_place_of_standard_output(leaky: Path, args: tuple[str, ...], starts: str) -> None:
    """The format is the one asked for, else the one that the name tells; the summary is on standard error."""
    result = run_cli("scan", "leak.env", *args, cwd=leaky)

    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("1 secret in 1 file")
    assert (leaky / args[1]).read_text().startswith(starts)
    assert sorted(path.name for path in leaky.iterdir()) == sorted(["leak.env", os.path.basename(args[1])])


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_files_with_secrets_are_private(leaky: Path) -> None:
    """Whole secrets only when asked for, and then for the user's eyes; also when the file is there already."""
    (leaky / "old.json").write_text("{}")
    os.chmod(leaky / "old.json", 0o644)
    run_cli("scan", "leak.env", "-o", "json=redacted.json", cwd=leaky)
    shown = run_cli("scan", "leak.env", "--show-secrets", "-o", "json=old.json", "-o", "jsonl=new.jsonl", cwd=leaky)

    modes = {name: stat.S_IMODE((leaky / name).stat().st_mode) for name in ("redacted.json", "old.json", "new.jsonl")}
    umask = os.umask(0o077)
    os.umask(umask)
    assert modes == {"redacted.json": 0o666 & ~umask, "old.json": 0o600, "new.jsonl": 0o600}
    assert SECRET in (leaky / "old.json").read_text()
    assert SECRET not in (leaky / "redacted.json").read_text()
    assert SECRET in shown.out


FULL = pytest.param("/dev/full", marks=pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here"))


@pytest.mark.parametrize("place", ["missing/report.json", ".", FULL])
def test_a_report_that_cannot_be_written_is_put_elsewhere(clean: Path, place: str) -> None:
    """The exit code is 3 although nothing was found, the other outputs are written, and the lost one is named."""
    result = run_cli("scan", "-o", f"json={place}", "-o", "jsonl=good.jsonl", cwd=clean)

    assert result.code == 3
    assert result.out.startswith("clean: ")
    assert (clean / "good.jsonl").exists()
    first, second = result.err.splitlines()
    assert first.startswith(f"leakstop: cannot write {place}: ")
    rescued = second.removeprefix("  The report is in ")
    assert rescued.endswith(".json")
    with open(rescued) as file:
        assert json.load(file)["complete"] is True
    assert stat.S_IMODE(os.stat(rescued).st_mode) == 0o600


@pytest.mark.parametrize("form, ending", [("text", ".txt"), ("markdown", ".md"), ("junit", ".xml"), ("github", ".txt")])
def test_a_report_put_elsewhere_has_the_ending_of_its_format(clean: Path, form: str, ending: str) -> None:
    """So that the program that opens it shows it."""
    result = run_cli("scan", "-f", form, "-o", "missing/report", cwd=clean)

    assert result.err.splitlines()[1].endswith(ending)


def test_findings_weigh_more_than_an_output_that_failed(leaky: Path) -> None:
    """Exit 1 whatever else happened."""
    result = run_cli("scan", "-o", "json=missing/report.json", cwd=leaky)

    assert result.code == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_standard_output_on_a_full_disk(clean: Path) -> None:
    """As any other output that cannot be written."""
    with open("/dev/full", "wb") as full:
        result = run_cli("scan", "-f", "json", cwd=clean, stdout=full)

    lines = result.err.splitlines()
    assert result.code == 3
    assert lines[0] == "leakstop: cannot write to standard output: No space left on device"
    rescued = lines[1].removeprefix("  The report is in ")
    assert os.path.exists(rescued)


@pytest.mark.parametrize("number", [1, 300])
def test_a_reader_that_goes_away_keeps_the_exit_code(leaky: Path, number: int) -> None:
    """`leakstop scan | head -1` in a script with pipefail; of a long report the first part is already too much."""
    for name in range(1, number):
        (leaky / f"{name}.env").write_text(f"TOKEN_{name}={SECRET}\n")
    with unread_pipe() as pipe:
        result = run_cli("scan", cwd=leaky, stdout=pipe)

    assert (result.code, result.err) == (1, "")


@pytest.mark.skipif(os.name != "posix", reason="links, devices and pipes")
def test_special_targets(leaky: Path) -> None:
    """A link stays a link, a device is written to, a write-protected file is left alone."""
    (leaky / "real.json").write_text("old")
    os.symlink("real.json", leaky / "link.json")

    assert run_cli("scan", "leak.env", "-o", "json=link.json", "-o", "jsonl=/dev/null", cwd=leaky).code == 1
    assert os.path.islink(leaky / "link.json")
    assert json.loads((leaky / "real.json").read_text())["complete"]
    assert not os.path.isfile("/dev/null")


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_write_protected_file_and_folder(leaky: Path) -> None:
    """A protected file keeps its content; a file in a protected folder is written in place."""
    (leaky / "out").mkdir()
    for name in ("protected.json", "out/inside.json"):
        (leaky / name).write_text("old")
    os.chmod(leaky / "protected.json", 0o444)
    os.chmod(leaky / "out", 0o555)
    result = run_cli("scan", "leak.env", "-o", "json=protected.json", "-o", "jsonl=out/inside.json", cwd=leaky, through=THROUGH)
    os.chmod(leaky / "out", 0o755)

    assert "cannot write protected.json" in result.err
    assert (leaky / "protected.json").read_text() == "old"
    assert (leaky / "out" / "inside.json").read_text().startswith('{"type"')


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_incomplete(broken: Path) -> None:
    """Findings and something unread: 1, and the text says both. Without the findings: 3."""
    both = run_cli("scan", cwd=broken, through=THROUGH)
    excused = run_cli("scan", "--exit-zero", cwd=broken, through=THROUGH)
    (broken / "leak.env").unlink()
    unread = run_cli("scan", "-q", cwd=broken, through=THROUGH)

    assert (both.code, excused.code, unread.code) == (1, 3, 3)
    assert "INCOMPLETE" in both.out
    assert "1 secret" in both.out
    assert "INCOMPLETE" in unread.out


def test_quiet(clean: Path) -> None:
    """Nothing to say: nothing said. Findings are said."""
    assert run_cli("scan", "-q", cwd=clean) == (0, "", "")
    silent = run_cli("scan", "-q", "-f", "json", cwd=clean)
    assert (silent.code, silent.err) == (0, "")
    assert silent.json()["findings"] == []
    (clean / "leak.env").write_text(f"TOKEN={SECRET}\n")
    assert "leak.env" in run_cli("scan", "-q", cwd=clean).out


def test_exit_zero(leaky: Path) -> None:
    """Findings are reported and do not count."""
    result = run_cli("scan", "--exit-zero", cwd=leaky)

    assert result.code == 0
    assert "1 secret in 1 file" in result.out


def test_color(leaky: Path) -> None:
    """Never in a pipe, unless asked for; never in a file."""
    plain = run_cli("scan", "leak.env", cwd=leaky)
    coloured = run_cli("scan", "leak.env", "--color", "-o", "text=file.txt", cwd=leaky, env={"NO_COLOR": "1"})

    assert "\x1b" not in plain.out
    assert "\x1b[" in coloured.out
    assert "\x1b" not in (leaky / "file.txt").read_text()


TERMINAL = """
import os, pty, sys
def run(*args):
    out = b""
    def read(handle):
        nonlocal out
        data = os.read(handle, 65536)
        out += data
        return data
    pty.spawn([sys.executable, "-P", "-m", "leakstop", *args], read)
    return out
first, second = run("scan", "leak.env"), run("scan", "leak.env", "--no-color")
os.environ["NO_COLOR"] = "1"
third = run("scan", "leak.env")
sys.exit(not (b"\\x1b[" in first and b"\\x1b" not in second + third and b"leak.env" in second))
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_color_on_a_terminal(leaky: Path) -> None:
    """Colour when a person looks, not with --no-color or NO_COLOR."""
    environ = {**os.environ, "PYTHONPATH": PACKAGE_PARENT, "TERM": "xterm"}
    done = subprocess.run([sys.executable, "-c", TERMINAL], cwd=leaky, env=environ, capture_output=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr


def test_what_programs_read_is_utf_8(leaky: Path) -> None:
    """Whatever the locale: JSON with escapes of another encoding would be broken."""
    (leaky / "gänse.env").write_text(f"TOKEN={SECRET}\n")
    result = run_cli("scan", "-f", "json", "gänse.env", cwd=leaky, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"})

    assert result.json()["findings"][0]["file"] == "gänse.env"
