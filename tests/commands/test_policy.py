"""A change does not decide about itself: pull requests that try each way to silence the scanner, in real repositories."""

from __future__ import annotations

import hashlib
import json

import pytest
from helpers import Repo, fake, run_cli

SECRET = fake("github-pat")
LINE = f"see {SECRET}\n"
RULE = "github-personal-access-token"
HARMLESS = """
[[rule]]
id = "github-personal-access-token"
description = "Takes the place of the built-in rule and finds nothing."
severity = "low"
confidence = "low"
pattern = '''(?<![A-Za-z0-9])ghp_never_there[a-z]{40}'''
[rule.tests]
match = ["ghp_never_there{a-z:40}", "x = ghp_never_there{a-z:40}"]
ignore = ["ghp_", "x"]
"""
Files = dict[str, str]


def write(repo: Repo, files: Files) -> None:
    """Write files; a content that starts with -> is a link."""
    for name, content in files.items():
        if content.startswith("->"):
            (repo.path / name).symlink_to(content[2:])
        else:
            repo.write(name, content)


# Each silences app.env when it stands in the base, and must do nothing when it comes with the secret.
CONFIGS: dict[str, Files] = {
    "exclude": {".leakstop.toml": 'exclude = ["app.env"]\n'},
    "exclude in pyproject": {"pyproject.toml": '[tool.leakstop]\nexclude = ["*.env"]\n'},
    "disable": {".leakstop.toml": f'disable = ["{RULE}"]\n'},
    "a rule in place of the rule": {".leakstop.toml": 'rules = ["rules.toml"]\n', "rules.toml": HARMLESS},
    "a folder of rules": {".leakstop.toml": 'rules = ["rules"]\n', "rules/mine.toml": HARMLESS},
    "linked configuration": {".leakstop.toml": "->ci/hidden.toml", "ci/hidden.toml": 'exclude = ["app.env"]\n'},
    "time limit": {".leakstop.toml": "time-limit = 0.000001\n"},
    "trusting itself": {".leakstop.toml": 'trust-changes = ["config", "ignores", "pragmas"]\nexclude = ["app.env"]\n'},
}
SPELLINGS = {
    "leakstop: allow": "see {}  # leakstop: allow\n",
    "with a rule": f"see {{}}  # leakstop: allow[{RULE}] -- honest\n",
    "next line": "# leakstop: allow next line\nsee {}\n",
    "gitleaks:allow": "see {}  # gitleaks:allow\n",
    "gitleaks:ignore": "see {}  # gitleaks:ignore\n",
    "betterleaks:allow": "see {}  # betterleaks:allow\n",
    "trufflehog:ignore": "see {}  # trufflehog:ignore\n",
    "kingfisher:ignore": "see {}  # kingfisher:ignore\n",
    "pragma: allowlist secret": "see {}  # pragma: allowlist secret\n",
    "pragma: whitelist-secret": "see {}  # pragma: whitelist-secret\n",
    "nextline": "# pragma: allowlist nextline secret\nsee {}\n",
}
ALLOWED = SPELLINGS["leakstop: allow"].format(SECRET)
# One file for each spelling, each with a secret of its own.
PRAGMAS = {f"f{number}.env": text.format(fake("github-pat", number)) for number, text in enumerate(SPELLINGS.values())}


@pytest.fixture
def base(repo: Repo) -> Repo:
    """A repository with something on main, and the branch `change`."""
    repo.add("readme.txt", "hello\n")
    return repo


def review(repo: Repo, *options: str, since: str = "main") -> tuple[int, dict[str, object]]:
    """What a pull request from `change` gets: exit code and report."""
    result = run_cli("range", f"{since}..change", "--format", "json", *options, cwd=repo.path)
    return result.code, result.json() if result.out else {"err": result.err}


def attempt(repo: Repo, change: Files, before: Files | None = None) -> None:
    """Commit `before` to main and `change` to a branch."""
    write(repo, before or {})
    repo.stage()
    repo.commit("Policy")
    repo.switch("change", create=True)
    write(repo, change)
    repo.stage()
    repo.commit("Change")


@pytest.mark.parametrize("way", CONFIGS)
def test_configuration_of_the_change_does_not_count(base: Repo, way: str) -> None:
    """It is told, and does nothing."""
    attempt(base, {"app.env": LINE, **CONFIGS[way]})

    code, report = review(base)

    assert code == 1
    assert [(finding["file"], finding["triage"]["status"]) for finding in report["findings"]] == [("app.env", "new")]
    assert any("configuration" in line for line in report["unheeded"]), report["unheeded"]


@pytest.mark.parametrize("way", CONFIGS)
def test_the_same_in_the_base_counts(base: Repo, way: str) -> None:
    """Which shows that each of these ways would have worked."""
    attempt(base, {"app.env": LINE}, CONFIGS[way])

    code, report = review(base)

    assert code == (3 if way == "time limit" else 0), report
    assert report["unheeded"] == []


@pytest.mark.parametrize("way", ["exclude", "a folder of rules", "linked configuration"])
def test_unless_the_job_lets_it(base: Repo, way: str) -> None:
    """An option for protected settings."""
    attempt(base, {"app.env": LINE, **CONFIGS[way]})

    assert review(base, "--trust-changes", "config")[0] == 0


def test_pragmas_of_the_change_do_not_count(base: Repo) -> None:
    """Whatever their spelling; each finding says that there is one."""
    attempt(base, PRAGMAS)

    code, report = review(base)

    assert code == 1
    assert sorted(finding["file"] for finding in report["findings"]) == sorted(PRAGMAS)
    for finding in report["findings"]:
        assert finding["triage"]["status"] == "new"
        assert finding["triage"]["reason"].startswith("the change brings this itself")
    assert review(base, "--trust-changes", "pragmas")[0] == 0


def test_pragmas_of_the_base_count_wherever_the_line_goes(base: Repo) -> None:
    """Moved into another file, indented: the base has allowed that very value."""
    moved = {f"src/{name}": "# moved\n" + "".join(f"  {line}\n" for line in text.splitlines()) for name, text in PRAGMAS.items()}
    attempt(base, moved, PRAGMAS)

    code, report = review(base)

    assert code == 0
    assert [finding["triage"]["status"] for finding in report["findings"]] == ["ignored"] * len(PRAGMAS)


def test_a_pragma_of_the_base_covers_no_other_value(base: Repo) -> None:
    """A line of the base is left standing, and the value below it is exchanged."""
    above = "# leakstop: allow next line -- test server\n"
    attempt(base, {"app.env": above + LINE}, {"app.env": above + f"TOKEN = {fake('github-pat', 7)}\n"})

    assert review(base)[0] == 1


def test_base_may_let_pragmas_count(base: Repo) -> None:
    """The base's configuration can do what the option does."""
    text = ALLOWED
    attempt(base, {"app.env": text}, {".leakstop.toml": 'trust-changes = ["pragmas"]\n'})

    assert review(base)[0] == 0


def test_moving_the_configuration(base: Repo) -> None:
    """A strict configuration that the change removes or hides behind a nearer one still counts."""
    attempt(base, {"app.env": ALLOWED}, {".leakstop.toml": 'pragmas = false\nconfidence = "low"\n'})
    base.remove(".leakstop.toml")
    write(base, {"pyproject.toml": '[tool.leakstop]\ntrust-changes = ["pragmas", "config"]\n', "src/x": ""})
    base.stage()
    base.commit("Move it")

    code, report = review(base)

    assert code == 1
    assert "trust-changes in pyproject.toml" in " ".join(report["unheeded"])


def test_nested_configuration(base: Repo) -> None:
    """Run further down, a nearer file of the change does not count either."""
    attempt(base, {"src/app.env": LINE, "src/.leakstop.toml": 'exclude = ["app.env"]\n'}, {"src/code.py": ""})

    result = run_cli("range", "main..change", "-f", "json", cwd=base.path / "src")

    assert result.code == 1
    assert "src/.leakstop.toml" in " ".join(result.json()["unheeded"])


@pytest.mark.parametrize("line", ["*.env -diff", "*.env binary diff=x", "*.env linguist-generated filter=lfs"])
def test_attributes_hide_nothing(base: Repo, line: str) -> None:
    """Attributes say how git shows a file, not what it holds."""
    attempt(base, {"app.env": LINE, ".gitattributes": line + "\n"}, {".gitattributes": line + "\n"})

    assert review(base)[0] == 1


@pytest.mark.parametrize(("leaks", "expected"), [(True, 1), (False, 3)])
@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({".leakstop.toml": "exclude = 1\n"}, "exclude"),
        ({".leakstop.toml": "exclud = []\n"}, "unknown key 'exclud'"),
        ({".leakstop.toml": 'rules = ["r.toml"]\n', "r.toml": '[[rule]]\nid = "x"\n'}, "r.toml"),
        ({".leakstop-ignore": "lsk1:short\n"}, ".leakstop-ignore"),
        ({".leakstop-baseline.json": "{"}, ".leakstop-baseline.json"),
    ],
    ids=["value", "key", "rules", "ignores", "baseline"],
)
def test_wrong_policy_of_the_change_is_told_and_does_not_pass(
    base: Repo, files: Files, said: str, leaks: bool, expected: int
) -> None:
    """It ends no scan before it begins; but once it is merged, every check would end with 2."""
    attempt(base, {"app.env": LINE if leaks else "A=1\n", **files})

    code, report = review(base)

    assert code == expected
    (problem,) = report["problems"]
    assert problem["where"] == "policy of the change"
    assert said in problem["message"]
    assert "once that is merged" in problem["remedy"]


def test_wrong_configuration_of_the_base_is_told(base: Repo) -> None:
    """With the commit that it was read from."""
    attempt(base, {"app.env": LINE}, {".leakstop.toml": "exclud = []\n"})

    result = run_cli("range", "main..change", cwd=base.path)

    assert result.code == 2
    assert f".leakstop.toml (in {base.rev('main')[:12]}): unknown key 'exclud'" in result.err


def test_wrong_rules_of_the_base_are_told(base: Repo) -> None:
    """With their commit, since the file on the disk may be another one; and an earlier commit can stand in."""
    wrong = '[[rule]]\nid = "x"\n'
    attempt(base, {"app.env": LINE, "r.toml": HARMLESS}, {".leakstop.toml": 'rules = ["r.toml"]\n', "r.toml": wrong})

    result = run_cli("range", "main..change", cwd=base.path)

    assert result.code == 2
    assert f"r.toml (in {base.rev('main')[:12]}): x: id: " in result.err
    assert review(base, "--policy", "main~1")[0] == 1


OTHERS: Files = {
    ".LeakStop.toml": 'exclude = ["*"]\n',
    "leakstop.toml": 'exclude = ["*"]\n',
    ".gitleaks.toml": '[allowlist]\npaths = [".*"]\n',
    ".github/secret_scanning.yml": 'paths-ignore:\n  - "**"\n',
    ".gitguardian.yaml": "version: 2\nsecret:\n  ignored_paths: ['**']\n",
    ".secretsignore": "*\n",
    ".gitallowed": ".*\n",
    ".talismanrc": "fileignoreconfig:\n- filename: app.env\n",
    ".mailmap": "x <x@example.com> y <y@example.com>\n",
    ".gitattributes": "*.env export-ignore -diff filter=lfs merge=ours\n",
    "leakstop/__init__.py": "raise SystemExit(0)\n",
    "sitecustomize.py": "raise SystemExit(0)\n",
}


def test_what_speaks_to_others_says_nothing_here(base: Repo) -> None:
    """Files of other tools that would hide it there; names that are not quite ours; modules that Python would take."""
    attempt(base, {"app.env": LINE, **OTHERS})

    assert review(base)[0] == 1


def test_a_linked_configuration_of_the_base(base: Repo) -> None:
    """The link is followed in the base; one that leads nowhere is not waiting to be filled by a change."""
    linked: Files = {".leakstop.toml": "->ci/real.toml", "ci/real.toml": "exclude = []\n"}
    attempt(base, {"app.env": LINE, "ci/real.toml": 'exclude = ["*"]\n'}, linked)
    assert review(base)[0] == 1
    base.switch("main")
    base.remove("ci/real.toml")
    base.commit("Nowhere")
    base.git("switch", "-q", "-C", "change")
    base.add("app.env", LINE)
    base.add("ci/real.toml", 'exclude = ["*"]\n')
    assert review(base)[0] == 2


@pytest.mark.parametrize("inside", [True, False])
def test_named_configuration(base: Repo, inside: bool) -> None:
    """One inside of the repository is read from the base, one from elsewhere is the job's own."""
    attempt(base, {"app.env": LINE, "ci/leakstop.toml": 'exclude = ["app.env"]\n'}, {"ci/leakstop.toml": ""})
    own = base.path.parent / "own.toml"
    own.write_text('exclude = ["app.env"]\n')

    assert review(base, "--config", "ci/leakstop.toml" if inside else str(own))[0] == (1 if inside else 0)


def test_options_are_the_job(base: Repo) -> None:
    """Rules that are named on the command line are read from the base, too."""
    attempt(base, {"app.env": LINE, "rules.toml": HARMLESS}, {"rules.toml": HARMLESS.replace("personal-access", "other-kind-of")})

    code, report = review(base, "--rules", "rules.toml")

    assert code == 1
    assert [line for line in report["unheeded"] if line.startswith("rules: rules.toml")]


@pytest.mark.parametrize("form", ["main...change", "^main change", "change^!"])
def test_forms_of_ranges(base: Repo, form: str) -> None:
    """Whatever a range looks like, the commits that it leaves out are the base."""
    attempt(base, {"app.env": LINE, ".leakstop.toml": 'exclude = ["app.env"]\n'})

    assert run_cli("range", *form.split(), "-q", cwd=base.path).code == 1


def test_policy_of_another_commit(base: Repo) -> None:
    """Named on the command line."""
    attempt(base, {"app.env": LINE}, {".leakstop.toml": 'exclude = ["app.env"]\n'})

    assert review(base, "--policy", "main")[0] == 0
    assert review(base, "--policy", "main~1")[0] == 1
    assert run_cli("range", "main..change", "--policy", "nowhere", cwd=base.path).code == 3


def test_without_a_base_the_disk_decides(base: Repo) -> None:
    """The whole history of a branch is no change."""
    write(base, {"app.env": LINE})
    base.stage()
    base.commit("All of it")
    base.write(".leakstop.toml", 'exclude = ["app.env"]\n')

    assert run_cli("range", "HEAD", "-q", cwd=base.path).code == 0


def test_partial_clone(base: Repo) -> None:
    """A configuration of the base whose content is not here is not taken for none."""
    attempt(base, {"app.env": LINE}, {".leakstop.toml": "pragmas = false\n"})
    base.git("config", "uploadpack.allowFilter", "true")
    partial = base.clone(base.path.parent / "partial", "--filter=blob:none", "--no-checkout")

    result = run_cli("range", "origin/main..change", cwd=partial.path)

    assert result.code == 3
    assert "partial clone" in result.err


def test_bare_repository(base: Repo) -> None:
    """Where there is no work tree, the top of the commit is where configuration stands."""
    attempt(base, {"app.env": LINE, "b.env": LINE}, {".leakstop.toml": 'exclude = ["app.env"]\n'})
    bare = base.clone(base.path.parent / "bare.git", "--bare")

    code, report = review(bare)

    assert code == 1
    assert [finding["file"] for finding in report["findings"]] == ["b.env"]


IGNORES: dict[str, Files] = {
    ".leakstop-ignore": {},
    "--ignore-file": {},
    ".leakstop-baseline.json": {},
    ".gitleaksignore": {".gitleaksignore": "app.env:github-pat:1\n"},
    ".secrets.baseline": {
        ".secrets.baseline": json.dumps(
            {
                "version": "1.5.0",
                "results": {"app.env": [{"type": "x", "hashed_secret": hashlib.sha1(SECRET.encode()).hexdigest()}]},
            }
        )
    },
    "gitleaks-baseline.json": {
        "gitleaks-baseline.json": json.dumps([{"RuleID": "github-pat", "File": "app.env", "StartLine": 1, "Secret": SECRET}])
    },
}


def silencing(repo: Repo, way: str) -> Files:
    """The files of one way in IGNORES; ours are made by our own commands."""
    if IGNORES[way]:
        return IGNORES[way]
    (repo.path / "app.env").write_text(LINE)
    if way == ".leakstop-baseline.json":
        made = run_cli("baseline", "create", cwd=repo.path)
        name = way
    else:
        name = "ignored" if way == "--ignore-file" else way
        made = run_cli("ignore", "app.env:1", "--reason", "x", "--ignore-file", name, cwd=repo.path)
    assert made.code == 0, made.err
    text = (repo.path / name).read_text()
    repo.git("clean", "-fdq")
    files = {name: text}
    if way == "--ignore-file":
        files[".leakstop.toml"] = 'ignore-file = "ignored"\n'
    return files


@pytest.mark.parametrize("way", IGNORES)
def test_ignores_of_the_change_do_not_count(base: Repo, way: str) -> None:
    """They are told one by one, and at the finding."""
    attempt(base, {"app.env": LINE, **silencing(base, way)})

    code, report = review(base)

    assert code == 1
    [finding] = [finding for finding in report["findings"] if finding["file"] == "app.env"]
    assert finding["triage"]["status"] == "new"
    if way == "--ignore-file":
        assert report["unheeded"] == ["configuration: ignore-file in .leakstop.toml (in " + base.rev("change")[:12] + ")"]
    else:
        assert finding["triage"]["reason"].startswith(f"the change brings this itself, so it does not count: {way}")
        assert [line.partition(":")[0] for line in report["unheeded"]] == [way]
        _, trusting = review(base, "--trust-changes", "ignores")
        assert "app.env" not in [found["file"] for found in trusting["findings"] if found["triage"]["status"] == "new"]


@pytest.mark.parametrize("way", IGNORES)
def test_ignores_of_the_base_count(base: Repo, way: str) -> None:
    """Whatever the change does to the file."""
    files = silencing(base, way)
    attempt(base, {"app.env": LINE}, files)
    for name in files:
        base.remove(name)
    base.commit("Remove them")

    code, report = review(base)

    assert code == 0, report
    assert [line.partition(" in ")[0] for line in report["unheeded"]] == (
        ["configuration: ignore-file"] if way == "--ignore-file" else []
    )


def test_text_report_tells(base: Repo) -> None:
    """People see what did not count."""
    attempt(base, {"app.env": LINE, **CONFIGS["exclude"]})

    assert (
        "Brought by the change itself, so it does not count\n  configuration: exclude in .leakstop.toml"
        in run_cli("range", "main..change", cwd=base.path).out
    )
