"""The command line in a process of its own: help, mistakes, failures, and their exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from helpers import PACKAGE_PARENT, fake, run_cli, start_cli, unread_pipe

import leakstop
from leakstop.commands import COMMANDS, find
from leakstop.commands.options import FORMATS
from leakstop.commands.parser import build
from leakstop.errors import EXIT_CODES
from leakstop.report import WRITERS

if TYPE_CHECKING:
    from pathlib import Path


def test_every_command_is_there() -> None:
    """Each row of the table leads to a command with examples that name it, and to a parser that can be built."""
    for name in COMMANDS:
        command = find(name)
        assert callable(command.run)
        assert command.about.endswith(".")
        assert len(command.examples) >= 2, name
        assert all(f"leakstop {name}" in line for line, _ in command.examples)
        assert all(code in EXIT_CODES for code in command.exits)
        build(name, command).format_help()


def test_formats_are_the_writers() -> None:
    """The choices of --format stand in the option table, so that reading options needs no report code."""
    assert tuple(WRITERS) == FORMATS


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(("--help",), id="--help"),
        pytest.param(("-h",), id="-h"),
        pytest.param(("help",), id="help"),
    ],
)
def test_general_help(tmp_path: Path, args: tuple[str, ...]) -> None:
    """Names every command and exit code."""
    result = run_cli(*args, cwd=tmp_path)

    assert (result.code, result.err) == (0, "")
    for name, (_, summary) in COMMANDS.items():
        assert f"  {name} " in result.out
        assert summary in result.out
    for code, meaning in EXIT_CODES.items():
        assert f"  {code:<4} {meaning}\n" in result.out


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(tmp_path: Path, name: str) -> None:
    """Options, two to five examples, exit codes; the same by `help NAME`, and whatever else stands on the line."""
    command = find(name)
    result = run_cli(*name.split(), "--help", cwd=tmp_path)

    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"usage: leakstop {name} [OPTION...]")
    assert all(line in result.out and purpose in result.out for line, purpose in command.examples)
    assert all(option.names[-1] in result.out for option in command.options() if not option.positional)
    assert "\nexit codes:\n" in result.out
    assert run_cli("help", *name.split(), cwd=tmp_path) == result
    assert run_cli(*name.split(), "--nonsense", "-h", cwd=tmp_path) == result


def test_help_of_a_group(tmp_path: Path) -> None:
    """`leakstop rules` is not a command; its help is an answer, its absence a mistake."""
    asked = run_cli("rules", "--help", cwd=tmp_path)
    unasked = run_cli("rules", cwd=tmp_path)

    assert (asked.code, asked.err) == (0, "")
    assert (unasked.code, unasked.out, unasked.err) == (2, "", asked.out)
    assert "rules show" in asked.out
    assert "staged" not in asked.out


def test_without_arguments(tmp_path: Path) -> None:
    """The help, as a mistake."""
    result = run_cli(cwd=tmp_path)

    assert (result.code, result.out) == (2, "")
    assert result.err == run_cli("--help", cwd=tmp_path).out


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(tmp_path: Path, flag: str) -> None:
    assert run_cli(flag, cwd=tmp_path) == (0, f"leakstop {leakstop.__version__}\n", "")


@pytest.mark.parametrize(
    "args, message, remedy",
    [
        pytest.param("scn", "there is no command 'scn'", 'Did you mean "scan"?', id="near command"),
        pytest.param("xyz", "there is no command 'xyz'", "Try: leakstop --help", id="far command"),
        pytest.param("rules lst", "there is no command 'rules lst'", 'Did you mean "list"?', id="near second word"),
        pytest.param("rules xyz", "there is no command 'rules xyz'", "Try: leakstop rules --help", id="far second word"),
        pytest.param("--versoin", "unknown option --versoin", 'Did you mean "--version"?', id="near option of leakstop"),
        pytest.param("--verbose scan", "the command comes before its options: --verbose", "For example:", id="a common option"),
        pytest.param("--quiet scan", "the command comes before its options: --quiet", "For example:", id="option first"),
        pytest.param("scan --hepl", "scan: unknown option --hepl", 'Did you mean "--help"?', id="near option"),
        pytest.param("scan --outptu=x", "scan: unknown option --outptu", 'Did you mean "--output"?', id="near option, value"),
        pytest.param("scan --apply", "scan: unknown option --apply", "", id="an option of a later day"),
        pytest.param("scan --zzzzzzzz", "scan: unknown option --zzzzzzzz", "Try: leakstop scan --help", id="far option"),
        pytest.param("scan --form json", "scan: unknown option --form", 'Did you mean "--format"?', id="no abbreviations"),
        pytest.param("staged file", "staged: one argument too many: file", "Try: leakstop staged --help", id="too many"),
        pytest.param("message", "message: FILE is missing", "", id="missing argument"),
        pytest.param("scan --config", "scan: --config needs a value", "", id="missing value"),
        pytest.param("history --refs=", "history: the value for --refs is empty", "Is the variable set", id="empty value"),
        pytest.param("scan --exclude=", "scan: the value for --exclude is empty", "Is the variable set", id="empty glob"),
        pytest.param("push origin", "push: URL is missing", "Try: leakstop push --help", id="second argument missing"),
        pytest.param("aws policy --account 12", "aws policy: --account: an account number of", "", id="account"),
        pytest.param("range", "range: which commits?", "leakstop range main..HEAD", id="no revision"),
        pytest.param(
            "scan --format jsno",
            f"scan: --format: 'jsno' is not one of {', '.join(FORMATS)}. Did you mean \"json\"?",
            "Try: leakstop scan --help",
            id="near value",
        ),
        pytest.param("scan --jobs 1.5", "scan: --jobs: a whole number, 0 or more, is expected, not '1.5'", "", id="jobs"),
        pytest.param("scan --time-limit x", "scan: --time-limit: a number of seconds is expected, not 'x'", "", id="time"),
        pytest.param("scan --max-size 1X", "scan: --max-size: a size is a number of bytes,", "", id="size"),
        pytest.param("scan -o jsno=x", "--output jsno=x: there is no format 'jsno'", 'Did you mean "json"?', id="output format"),
        pytest.param("scan -o a -o json=a", "--output: two reports cannot go to a", "", id="one file twice"),
        pytest.param("scan -o json=-", "--output: two reports cannot go to standard output", "", id="standard output twice"),
        pytest.param("scan -o json=", "--output needs the name of a file", "", id="no file"),
        pytest.param(
            "scan --config nope.toml", "nope.toml: cannot read the configuration: No such file", "", id="no configuration"
        ),
        pytest.param("rules show aws-acess-key-id", "there is no rule 'aws-acess-key-id'", "", id="rule"),
        pytest.param("explain a:0", "explain: lines count from 1", "", id="line 0"),
        pytest.param("scan --rules nope.toml", "nope.toml: cannot read the rule file: No such file", "", id="no rule file"),
    ],
)
def test_mistakes(tmp_path: Path, args: str, message: str, remedy: str) -> None:
    """One line that says what is wrong, one that helps, exit code 2."""
    result = run_cli(*args.split(), cwd=tmp_path)

    assert (result.code, result.out) == (2, "")
    first, *rest = result.err.splitlines()
    assert first.startswith(f"leakstop: {message}")
    assert len(rest) <= 1
    assert remedy in "".join(rest)


def test_options_and_arguments_in_any_order(tmp_path: Path) -> None:
    """Options may stand between paths, and `--` ends them."""
    from leakstop.commands.parser import parse

    values = parse("scan", find("scan"), ["a", "--quiet", "b", "--exclude", "x", "--exclude", "y", "--", "-c"])

    assert values is not None
    assert (list(values.path), values.quiet, values.exclude) == (["a", "b", "-c"], True, ("x", "y"))
    assert next(option for option in find("scan").options() if option.key == "exclude").default == ()


def test_names_that_look_like_options(tmp_path: Path) -> None:
    """After `--` everything is a name."""
    (tmp_path / "-q").write_text("hello\n")

    assert run_cli("scan", "-v", "--", "-q", cwd=tmp_path).out.startswith("clean")
    assert "unknown option" in run_cli("scan", "-q", "-x", cwd=tmp_path).err


def test_defaults_do_not_depend_on_the_way(tmp_path: Path) -> None:
    """Without arguments argparse is not asked; it would give the same values."""
    from leakstop.commands.parser import parse

    for name in ("scan", "staged", "range", "history", "rules list", "rules test"):
        command = find(name)
        assert vars(parse(name, command, [])) == {option.key: option.default for option in command.options()}


def test_names_cannot_reach_the_terminal_raw(tmp_path: Path) -> None:
    """Escape sequences in arguments come out escaped."""
    result = run_cli("scan", "\x1b[31mred\n", "--config", "\x1b[31mred\n", cwd=tmp_path)

    assert result.code == 2
    assert "\x1b" not in result.err
    assert "\\x1b[31mred\\n" in result.err


BUG = """
import sys
from leakstop import cli
from leakstop.commands import staged
def run(values):
    secret = "hunter2"
    try:
        {}["hunter2"]
    except KeyError as error:
        raise ValueError(f"no {secret}") from error
staged.COMMAND = staged.COMMAND._replace(run=run)
sys.exit(cli.main(["staged"]))
"""


def test_a_bug_gives_a_report_without_values(tmp_path: Path) -> None:
    """Types and places, versions, exit code 3; neither the exception's text nor any value."""
    result = python(BUG, tmp_path)

    assert (result.returncode, result.stdout) == (3, b"")
    assert b"hunter2" not in result.stderr
    lines = result.stderr.decode().splitlines()
    assert lines[0].startswith("leakstop: internal error")
    assert lines[1].startswith(f"  leakstop {leakstop.__version__}, Python 3.")
    assert lines[2].startswith("  ValueError at leakstop/cli.py:")
    assert lines[3].startswith("  KeyError at ")
    assert len(lines) == 4


@pytest.mark.parametrize(
    "error, code, told",
    [
        ("KeyboardInterrupt", 130, "leakstop: interrupted\n"),
        ("MemoryError", 3, "leakstop: out of memory\n  Fewer processes need less: --jobs 1\n"),
        ("SourceError('no\\x1b luck', 'Go on.')", 3, "leakstop: no\\x1b luck\n  Go on.\n"),
        ("UsageError('wrong')", 2, "leakstop: wrong\n"),
    ],
)
def test_failures_and_their_codes(tmp_path: Path, error: str, code: int, told: str) -> None:
    """`main` is where every failure ends."""
    result = python(
        "import sys\nfrom leakstop import cli\nfrom leakstop.errors import *\nfrom leakstop.commands import staged\n"
        f"def run(values): raise {error}\n"
        "staged.COMMAND = staged.COMMAND._replace(run=run)\nsys.exit(cli.main(['staged']))",
        tmp_path,
    )

    assert (result.returncode, result.stderr.decode()) == (code, told)


def python(code: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    environ = {**os.environ, "PYTHONPATH": PACKAGE_PARENT}
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, env=environ, capture_output=True, check=False, timeout=60)


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    """`leakstop … | head`: silent, and the exit code is the command's own."""
    with unread_pipe() as pipe:
        result = run_cli("rules", "list", cwd=tmp_path, stdout=pipe)

    assert (result.code, result.err) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_a_failure(tmp_path: Path) -> None:
    """What was to be printed did not arrive."""
    with open("/dev/full", "wb") as full:
        result = run_cli("--help", cwd=tmp_path, stdout=full)

    assert (result.code, result.err) == (3, "leakstop: cannot write to standard output: No space left on device\n")


@pytest.mark.parametrize(
    ("args", "name"),
    [
        ("scan|", "PATH"),
        ("scan|.|--config|", "--config"),
        ("scan|.|--rules|", "--rules"),
        ("explain|", "FILE[:LINE]"),
        ("message|", "FILE"),
        ("history|", "REPO"),
    ],
)
def test_paths_that_are_empty(tmp_path: Path, args: str, name: str) -> None:
    """As when a script's variable is not set: nothing else is scanned in its place."""
    result = run_cli(*args.split("|"), cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert f"the path for {name} is empty" in result.err


CLOSED = {  # by command and what is closed: exit code, what standard output and standard error hold
    ("scan .", ">&-"): (1, "", "cannot write to standard output"),
    ("scan .", "2>&-"): (1, "1 secret in 1 file", ""),
    ("scan .", "<&- >&- 2>&-"): (1, "", ""),
    ("scan --exclude settings.py .", "<&- 2>&-"): (0, "clean: no secrets", ""),
    ("scan -", "<&-"): (2, "", "standard input is closed"),
    ("scan -", "0>/dev/null"): (3, "INCOMPLETE", ""),
    ("verify", "<&-"): (2, "", "standard input is closed"),
    ("push origin url", "<&-"): (2, "", "on standard input"),
    ("receive", "<&-"): (2, "", "on standard input"),
    ("rules list", ">&-"): (3, "", "cannot write to standard output"),
    ("--version", "<&- >&- 2>&-"): (3, "", ""),
}


@pytest.mark.skipif(os.name != "posix", reason="a shell closes them")
@pytest.mark.parametrize(("command", "closed"), CLOSED, ids=" ".join)
def test_streams_that_are_closed(tmp_path: Path, command: str, closed: str) -> None:
    """As by a cron or a daemon: nobody's report is lost without a word, and no crash is taken for findings."""
    (tmp_path / "settings.py").write_text(f"token = '{fake('github-pat')}'\n")
    script = f'"$0" -P -m leakstop {command} {closed}'
    environ = {**os.environ, "PYTHONPATH": PACKAGE_PARENT}
    done = subprocess.run(["/bin/sh", "-c", script, sys.executable], cwd=tmp_path, env=environ, capture_output=True, check=False)
    code, out, err = CLOSED[command, closed]
    assert done.returncode == code, done.stderr
    assert out in done.stdout.decode()
    assert err in done.stderr.decode()
    assert bool(out) == bool(done.stdout)
    assert b"internal error" not in done.stderr


@pytest.mark.parametrize(
    ("encoding", "name", "line", "end"),
    [
        ("ascii", "\\u0436.py", "1 | token = 'ghp_...'", " - complete"),
        ("cp1252", "\\u0436.py", "1 | token = 'ghp_\u2026'", " \u00b7 complete"),
        ("shift_jis", "\u0436.py", "1 \u2502 token = 'ghp_\u2026'", " - complete"),
        ("utf-8", "\u0436.py", "1 \u2502 token = 'ghp_\u2026'", " \u00b7 complete"),
    ],
)
def test_what_an_encoding_lacks(tmp_path: Path, encoding: str, name: str, line: str, end: str) -> None:
    """Reports are drawn with plain characters there; others are told by their numbers."""
    (tmp_path / "\u0436.py").write_text(f"token = '{fake('github-pat')}'\n")
    result = run_cli("scan", ".", cwd=tmp_path, env={"PYTHONIOENCODING": encoding})
    assert result.code == 1
    text = result.out.encode("utf-8", "surrogateescape").decode(encoding)
    assert text.startswith(f"{name}\n")
    assert line in text
    assert text.endswith(f"{end}\n")


ENDINGS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("number", ENDINGS, ids=lambda number: number.name)
def test_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, the end of a job's time or of its terminal: what was found so far is reported, marked incomplete; exit code 130."""
    with start_cli("scan", "-", cwd=tmp_path, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(f"token = {fake('github-pat')}\n")
        process.stdin.flush()
        _wait_until_read(process.stdin.fileno())
        process.send_signal(number)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "INCOMPLETE" in out
    assert "Traceback" not in err


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_an_interruption_that_a_library_hides(tmp_path: Path) -> None:
    """Such as numpy, while it is imported: no internal error."""
    code = """
import os, signal, sys
from leakstop import __main__, cli
def run(args):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        signal.pause()
    except KeyboardInterrupt:
        raise ImportError("numpy failed") from None
cli._run = run
__main__.main()
"""
    done = python(code, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"leakstop: interrupted\n")


AT_AN_IMPORT = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == {place!r}:
            os.kill(os.getpid(), {number})
sys.meta_path.insert(0, Finder())
from leakstop.__main__ import main
sys.argv = ["leakstop", "rules", "list"]
main()
"""


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("number", ENDINGS, ids=lambda number: number.name)
@pytest.mark.parametrize("place", ["leakstop.cli", "leakstop.errors", "leakstop.commands.options", "leakstop.rules.rule"])
def test_an_interruption_while_leakstop_is_loaded(tmp_path: Path, number: signal.Signals, place: str) -> None:
    """However early, it ends with one line or none, and no way through our imports."""
    done = python(AT_AN_IMPORT.format(place=place, number=number.value), tmp_path)
    assert (done.returncode, done.stdout) == (130, b"")
    assert done.stderr in (b"", b"leakstop: interrupted\n")


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(
    "moment",
    ["cli.gc.set_threshold = end", "cli._run = end", "cli._interrupted = again\ncli._run = end", "atexit.register(end)"],
    ids=["before the command", "in it", "twice", "after it"],
)
def test_an_interruption_at_any_moment(tmp_path: Path, moment: str) -> None:
    code = f"""
import atexit, os, signal, sys, time
from leakstop import __main__, cli
def end(*_):
    os.kill(os.getpid(), signal.SIGINT)
    signal.pause()
def again():
    time.sleep(0.3)  # sooner it would be the same wish
    end()
{moment}
sys.argv = ["leakstop", "--version"]
__main__.main()
"""
    done = python(code, tmp_path)
    assert done.returncode == 130
    assert done.stderr in (b"", b"leakstop: interrupted\n")


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_an_interruption_that_python_drops(tmp_path: Path) -> None:
    """As in the callbacks of weak references, with which imports end: it is given again, and nothing of it is shown."""
    code = """
import os, signal, weakref
from leakstop import __main__, cli
def run(args):
    class Kept: pass
    kept = Kept()
    watched = weakref.ref(kept, lambda _: os.kill(os.getpid(), signal.SIGINT))
    del kept
    signal.pause()
cli._run = run
__main__.main()
"""
    done = python(code, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"leakstop: interrupted\n")


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("number", ENDINGS, ids=lambda number: number.name)
def test_signals_that_are_ignored(tmp_path: Path, number: signal.Signals) -> None:
    """As Ctrl-C is for a job that a script has put in the background."""
    code = f"""
import os, signal
from leakstop import __main__, cli
signal.signal({number.value}, signal.SIG_IGN)
cli._run = lambda args: os.kill(os.getpid(), {number.value}) or 0
__main__.main()
"""
    done = python(code, tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


def _wait_until_read(pipe: int) -> None:
    """Until the other side has taken everything out of a pipe, and a moment more."""
    import fcntl
    import termios

    waiting = b"\1" * 4
    deadline = time.monotonic() + 60
    while any(waiting) and time.monotonic() < deadline:
        time.sleep(0.05)
        waiting = fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4)
    time.sleep(0.3)


def test_the_hook_without_options_needs_no_argparse(tmp_path: Path) -> None:
    """The defaults stand in the tables: it saves some milliseconds at each commit."""
    result = python(
        "import sys\nfrom leakstop import cli\nfrom leakstop.commands import staged\n"
        "staged.COMMAND = staged.COMMAND._replace(run=lambda values: 0)\ncli.main(['staged'])\n"
        "print(*sorted({'argparse', 'gettext', 'shutil', 'textwrap', 'difflib', 'tomllib', 'json'} & set(sys.modules)))",
        tmp_path,
    )

    assert result.stdout == b"\n"
