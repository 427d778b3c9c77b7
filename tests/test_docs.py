"""What people read is true: options, commands, exit codes and keys equal the code's, and every example runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from aws_helpers import write_example
from helpers import CHECKOUT, PACKAGE_PARENT, Repo, fake, run_cli

from leakstop import config
from leakstop.commands import COMMANDS, find
from leakstop.errors import EXIT_CODES
from leakstop.rules import load, schema, templates

PAGES = ("README.md", "CHANGELOG.md", *(f"docs/{name}" for name in sorted(os.listdir(os.path.join(CHECKOUT, "docs")))))
TEXTS = {name: Path(CHECKOUT, name).read_text(encoding="utf-8") for name in PAGES if name.endswith(".md")}
README = TEXTS["README.md"]
REFERENCE = TEXTS["docs/commands.md"]
GROUPS = tuple({f"{name.partition(' ')[0]} " for name in COMMANDS if " " in name})


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXTS[page], re.MULTILINE | re.DOTALL)


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table whose heading row starts so."""
    table = text[text.index(f"| {heading} |") :].partition("\n\n")[0]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()[2:]]


def words(cell: str) -> list[str]:
    """What stands in backquotes."""
    return re.findall(r"`([^`]+)`", cell)


def test_the_commands_of_the_reference() -> None:
    """All there are, each with the arguments that its help shows."""
    named = [words(row[0])[0].removeprefix("leakstop ") for row in rows(REFERENCE, "command")]

    assert [re.sub(r" [^a-z].*", "", name) for name in named] == list(COMMANDS)
    for name in named:
        command = find(re.sub(r" [^a-z].*", "", name))
        places = [option for option in command.options() if option.positional]
        assert len(name.split()) - name.startswith(GROUPS) - 1 == len(places)
        assert all((" [" in name) != option.needed for option in places)


def test_the_options_of_the_reference() -> None:
    """Every option of every command, and none that does not exist."""
    told = {word for row in rows(REFERENCE, "option") for word in words(row[0])}
    known = {"-h", "--help"}
    for name in COMMANDS:
        known |= {word for option in find(name).options() if not option.positional for word in option.names}

    assert told == known


def test_options_that_belong_to_some_commands() -> None:
    """Where the page says which command an option is for, it is for those."""
    for names, meaning, *_ in rows(REFERENCE, "option"):
        owners = [word for word in words(meaning.partition(":")[0]) if word in COMMANDS] if "`:" in meaning else []
        for option in words(names) if owners else ():
            having = {name for name in COMMANDS if any(option in known.names for known in find(name).options())}
            assert having == set(owners), option


def test_exit_codes_of_the_readme() -> None:
    """The table is the one in errors.py, word for word."""
    assert {int(code): meaning for code, meaning in rows(README, "code")} == EXIT_CODES


def test_number_of_rules() -> None:
    """The README does not boast."""
    promised = int(re.search(r"more than (\d+) kinds of secrets", README)[1])

    assert len(load.load().rules) > promised


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page: str) -> None:
    """Relative links, to files of the repository."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", TEXTS[page]):
        assert os.path.exists(os.path.join(CHECKOUT, os.path.dirname(page), target)), target


@pytest.mark.parametrize("page", TEXTS)
def test_options_in_the_text_exist(page: str) -> None:
    """An option in a `leakstop …` example or after a command's name is one of that command."""
    for line in re.findall(r"leakstop ((?:rules )?[a-z]+ [^`\n|&]*)", TEXTS[page]):
        name = next((name for name in COMMANDS if line.startswith(f"{name} ")), None)
        if name:
            known = {word for option in find(name).options() for word in option.names} | {"--help"}
            assert set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", line.partition(" #")[0])) <= known, line


def test_configuration_examples_load(tmp_path: Path) -> None:
    """Each TOML block of README and page; the page has every key, with the default where it shows one."""
    shown: list[dict[str, object]] = []
    for page in ("README.md", "docs/configuration.md"):
        for number, block in enumerate(blocks(page, "toml")):
            folder = tmp_path / f"{page.replace('/', '-')}-{number}"
            folder.mkdir()
            (folder / ("pyproject.toml" if "[tool.leakstop]" in block else ".leakstop.toml")).write_text(block)
            assert config.load(str(folder)) != config.Config()
            shown.append(tomllib.loads(block))

    everything = shown[1]
    assert set(everything) == set(config._KEYS)
    assert set(config.Config._fields) - {"file", "folder"} == {key.replace("-", "_") for key in everything}
    rules = {rule.id for rule in load.load().rules}
    assert all(set(table.get("disable", ())) <= rules for table in shown)


def test_the_rule_example(tmp_path: Path) -> None:
    """The file that the page teaches with passes all checks, and the tables name every key and generator."""
    from leakstop.detect.trial import TOOLS
    from leakstop.rules.check import check

    text = TEXTS["docs/rules.md"]
    file = tmp_path / "example.toml"
    file.write_text(blocks("docs/rules.md", "toml")[0])
    entries = load.read(str(file))

    assert list(check(entries, load.load([str(file)]), TOOLS)) == []
    told = {word.strip("[]").removeprefix("rule.") for row in rows(text, "key") for word in words(row[0])}
    assert told == {*schema._RULE, "fragments"}
    named = {
        re.split("[:}]", word[1:])[0] for row in rows(text, "template") for cell in row for word in words(cell) if word[0] == "{"
    }
    assert set(templates.GENERATORS) <= named


def test_the_map_of_the_parts() -> None:
    """The table of architecture.md names every part of the package, and nothing that is not there."""
    named = {word.rstrip("/") for row in rows(TEXTS["docs/architecture.md"], "part") for word in words(row[0])}
    package = os.path.join(CHECKOUT, "leakstop")
    parts = {name for name in os.listdir(package) if not name.startswith("__") and name != "patterns"}

    assert named == {*parts, "patterns"}


def test_the_places_where_things_are_added() -> None:
    """Files, folders and tables that the page sends people to are there."""
    for new, *cells in rows(TEXTS["docs/architecture.md"], "new"):
        told = [word for cell in cells for word in words(cell)]
        places = [word for word in told if ("/" in word and "PROVIDER" not in word) or word.endswith(".py")]
        files = [Path(CHECKOUT, "" if place.startswith("tests/") else "leakstop", place) for place in places]
        assert [str(file) for file in files if not file.exists()] == []
        code = "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
        assert [word for word in told if re.fullmatch(r"_?[A-Z_]{4,}", word) and word not in code] == [], new


SAMPLE = (  # what differs from run to run
    (r"AKIA[A-Z0-9]{16}", "ID"),
    (r"account \d{12}", "account N"),
    (r"(since|last in) [0-9a-f]{10}", r"\1 COMMIT"),
    (r"lk1:[0-9a-f]{32}", "lk1:FINGERPRINT"),
    (r"\S{4}…", "…"),
)


def test_the_sample_of_the_readme(repo: Repo, tmp_path: Path) -> None:
    """A key pair that was pushed, as `leakstop history` tells it."""
    secret = fake("aws-secret", 5)
    repo.add(
        "config/deploy.env", f"# CI\nAWS_ACCESS_KEY_ID={fake('aws-id', 5)}\nAWS_SECRET_ACCESS_KEY={secret}\n", "Deploy from CI"
    )
    repo.remove("config/deploy.env")
    repo.commit("Deploy by role")
    repo.git("init", "-q", "--bare", str(tmp_path / "origin"))
    repo.git("remote", "add", "origin", str(tmp_path / "origin"))
    repo.git("push", "-q", "origin", "HEAD")
    out = run_cli("history", cwd=repo.path).out
    shown = next(block for block in blocks("README.md", "text") if block.startswith("config/deploy.env"))
    for pattern, word in SAMPLE:
        out, shown = re.sub(pattern, word, out), re.sub(pattern, word, shown)

    assert out.startswith(shown)


def test_the_verdict_in_the_readme(tmp_path: Path) -> None:
    """Cut short where it says so."""
    write_example(tmp_path)
    options = ("--authorization-details", "details.json", "--user", "ci", "--inside", "203.0.113.0/24")
    out = iter(run_cli("aws", "exposure", *options, cwd=tmp_path).out.splitlines())
    shown = next(block for block in blocks("README.md", "text") if block.startswith("ci: "))

    assert [line for line in shown.splitlines() if line.strip() != "…" and line not in out] == []


def test_hooks_in_the_readme() -> None:
    """The ids exist, and the version is the present one."""
    yaml = pytest.importorskip("yaml", reason="comes with pre-commit")
    from leakstop import __version__

    manifest = {hook["id"] for hook in yaml.safe_load(Path(CHECKOUT, ".pre-commit-hooks.yaml").read_bytes())}
    documents = [yaml.safe_load(block) for block in blocks("README.md", "yaml")]
    (hooks,) = (document["repos"][0] for document in documents if "repos" in document)

    assert {hook["id"] for hook in hooks["hooks"]} <= manifest
    assert hooks["rev"] == f"v{__version__}"
    assert set(re.findall(r"leakstop@v([0-9.]+)", README)) == {__version__}


# --- examples ----------------------------------------------------------------------------------------------------------------

NETWORK = re.compile(r"https?://|pip install|pipx |leakstop verify(?! report)")  # or needs a key that is given
SHELL = [
    pytest.param(line, id=f"{page}: {line}")
    for page in TEXTS
    for block in blocks(page, "sh")
    for line in block.splitlines()
    if line and not line.startswith("#!") and not NETWORK.search(line)
]
HELP = [
    pytest.param(line, id=line)
    for name in COMMANDS
    for line, _ in find(name).examples
    if not NETWORK.search(line) and line != "leakstop rules test"  # every rule's examples: tests/rules does it
]


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which every example has something to read, and a command `leakstop`."""
    base = tmp_path_factory.mktemp("playground")
    other = Repo.init(base / "other")
    other.add("readme.txt", "hello\n")
    repo = Repo.init(base / "project")
    repo.add("config.py", "# settings\n" * 11 + f'TOKEN = "{fake("github-pat")}"\n')
    repo.tag("v1.0")
    repo.add("deploy/main.tfvars", 'region = "eu"\n')
    repo.tag("v2.0")
    for name in ("feature", "hotfix"):
        repo.switch(name, create=True)
        repo.add(f"{name}.txt", name)
        repo.switch("main") if name == "hotfix" else None
    repo.switch("feature")
    repo.write("sample.txt", "nothing\n")
    repo.write("tests/keys.py", "# keys\n" * 11 + f'TOKEN = "{fake("github-pat", 3)}"\n')
    repo.write(".env", "USER=me\n")
    repo.write("config/app.ini", "[app]\n")
    repo.write("my-rules.toml", blocks("docs/rules.md", "toml")[0])
    write_example(repo.path)
    (repo.path / ".git" / "COMMIT_EDITMSG").write_text("A message\n")
    # What examples read that others make: each runs by itself, in any order.
    assert run_cli("scan", "-f", "json", "-o", "report.json", cwd=repo.path).code == 1
    known = run_cli("scan", "tests", "-f", "json", cwd=repo.path).json()["findings"][0]
    assert run_cli("ignore", known["fingerprint"], "--reason", "made up", cwd=repo.path).code == 0
    for folder in (".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"):
        (base / "home" / folder).mkdir(parents=True)
    (base / "other" / "service").mkdir()
    (base / "service").symlink_to("other")
    (base / "bin").mkdir()
    command = base / "bin" / "leakstop"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{PACKAGE_PARENT}" exec "{sys.executable}" -P -m leakstop "$@"\n')
    command.chmod(0o755)
    return base


@pytest.mark.skipif(os.name != "posix", reason="examples are for a POSIX shell")
@pytest.mark.parametrize("line", [*SHELL, *HELP])
def test_every_example_runs(playground: Path, line: str) -> None:
    """Exit 0 or 1, and no complaint. A fingerprint of the examples stands for one of this repository's."""
    env = {"HOME": str(playground / "home"), "XDG_CACHE_HOME": os.path.join(os.environ["HOME"], ".cache")}
    baseline = playground / "project" / ".leakstop-baseline.json"
    if "baseline create" in line:
        baseline.unlink(missing_ok=True)
    elif "baseline" in line and not baseline.exists():
        assert run_cli("baseline", "create", cwd=playground / "project", env=env).code == 0
    if "lk1:0f3a…" in line:
        report = run_cli("scan", "tests", "--no-ignores", "-f", "json", cwd=playground / "project", env=env).json()
        line = line.replace("lk1:0f3a…", report["findings"][0]["fingerprint"])
    done = subprocess.run(
        ["bash" if "bash" in line else "sh", "-c", line, "hook", ".git/COMMIT_EDITMSG", "."],
        cwd=playground / "project",
        env={
            **os.environ,
            **env,
            "PATH": f"{playground / 'bin'}{os.pathsep}{os.environ['PATH']}",
        },
        capture_output=True,
        check=False,
        timeout=120,
    )

    assert done.returncode in (0, 1), done.stderr.decode()
    assert b"leakstop: " not in done.stderr, done.stderr.decode()
    assert "--show-secrets" in line or fake("github-pat").encode() not in done.stdout + done.stderr


def test_notes_on_exposures() -> None:
    """The page explains each word, as the tool itself does."""
    from leakstop.aws.notes import NOTES

    assert {words(word)[0]: meaning for word, meaning in rows(TEXTS["docs/aws.md"], "note")} == NOTES
