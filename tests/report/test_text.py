"""The text that people read."""

from __future__ import annotations

import itertools
import subprocess
import sys
import textwrap
from functools import partial

import pytest
from helpers import fake
from report import samples
from report.samples import aws_id, full, github, report, result, rule, token

from leakstop.model import Coverage, Fix, History, Problem, Skipped, Step, Triage, Verdict
from leakstop.report.lines import cells

render = partial(samples.render, form="text")


def expect(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


COMMIT = {
    "commit": "3f2a91c04e" * 4,
    "author": "Ada Lovelace",
    "email": "ada@example.com",
    "date": "2026-03-02T10:11:12+01:00",
    "subject": "Add settings",
}


def test_staged():
    found = result(github(), "src/settings.py", 12)
    assert render(report(found, command="staged", coverage=Coverage(0, 0, 2, 4210, (), 0.0381))) == expect(f"""
        src/settings.py
          12:10   critical  github-personal-access-token  GitHub
             12 │ TOKEN = "ghp_…"
                │          ^^^^^
                = Acts as the user on GitHub within its scopes; revoke under Settings > Developer settings >
                  Personal access tokens. https://docs.github.com/en/authentication
                = fingerprint {found.fingerprint}
                = high confidence: its checksum holds, entropy 4.7

        leakstop: this commit would leak a secret. What to do
          1. Remove it and stage the file again, or leave the file out: git reset -- :/src/settings.py
          2. Keep the value outside of the repository: in the environment or a secret store.
          3. Was it ever pushed, shared or deployed? Then revoke it at its provider first.
          4. Not a secret? Say so on its line: # leakstop: allow[github-personal-access-token] -- why; or:
             leakstop ignore {found.fingerprint} --reason why

        1 secret in 1 file · 2 files, 4.2 kB in 0.04 s · complete
        """)


def test_history():
    first, second = (found.fingerprint for found in full().results if found.triage.status == "new")
    assert render(full()) == expect(f"""
        deploy/settings.py
          3:26    critical  aws-secret-access-key  AWS
              3 │ AWS_SECRET_ACCESS_KEY = 'UkGU…'
                │                          ^^^^^
                = with aws-access-key-id {aws_id()} on line 2
                = since 3f2a91c04e by Ada Lovelace <ada@example.com> on 2026-03-02: Add the settings of the
                  importer
                = not in HEAD, last in 77aa0b1c2d · reachable from main, origin/main, v1.2, v1.3 and 1 more
                  · pushed
                = Signs requests as an IAM user; deactivate and delete the key under IAM > Users > Security
                  credentials.
                = fingerprint {first}
                = high confidence: entropy 4.7

        deploy/settings.py → a.zip → b.env
          40:10   critical  github-personal-access-token  GitHub
             40 │ TOKEN = "ghp_…"
                │          ^^^^^
                = Acts as the user on GitHub within its scopes; revoke under Settings > Developer settings >
                  Personal access tokens. https://docs.github.com/en/authentication
                = fingerprint {second}
                = high confidence: its checksum holds, entropy 4.7
                = decoded: base64 → gzip

        What to do
          1. It was pushed: revoke it at its provider first; that ends the danger, rewriting history does
             not.
          2. Then look at the provider's logs for its use since the day of the first commit.
          3. Rewrite the history if it is worth it (git filter-repo --replace-text):
             https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository
          4. Not a secret? leakstop ignore FINGERPRINT --reason why. All of it known?
             leakstop baseline create

        Not counted: 1 ignored by leakstop: allow, 1 ignored by gitleaks:allow and 1 known by baseline
          (--verbose lists them)

        Not read
          objects/pack/pack-1a2b.pack: object 77aa0b1c2d is corrupt
            → fetch it again: git fetch --refetch

        Left out: 3 blobs (above --max-size)
        2 secrets in 1 file · 8,412 commits, 59,021 objects, 977 MB in 1.2 s · INCOMPLETE: 1 problem, not everything was read
        """)


FIX = Fix((Step("deactivate", "Deactivate the key", "", ("aws x",)), Step("look", "Look"), Step("remove", "Remove it")))


@pytest.mark.parametrize(
    "command, said",
    [
        ("history", "What else\n  1. Not a secret? leakstop ignore lk1:"),
        ("scan", "What else\n  1. leakstop history tells whether git holds it as well.\n  2. Not a secret?"),
        ("staged", "What else\n  1. Remove it and stage the file again"),
        ("range", "What else\n  1. Not pushed yet?"),
        ("verify", None),
    ],
)
def test_a_finding_with_a_fix_of_its_own_is_not_told_twice_what_to_do(command, said):
    """Neither by the rule's words on revoking, nor by the general steps; where another finding has none, these stand."""
    own = result(token("", 40), name="aws-secret-access-key", rule=rule(description="Opens it. Delete it there."))._replace(
        fix=FIX
    )
    text = render(report(own, command=command))
    assert "= Opens it.\n" in text.replace(" https://docs.github.com/en/authentication", "")
    assert "fix: deactivate → look → remove" in text
    assert (said or "1 secret in 1 file") in text
    assert ("What else" in text) is (said is not None)
    assert not [word for word in ("Delete it there", "provider", "deactivate it first", "What to do") if word in text]
    both = render(report(own, result(github(), "b.py"), command=command))
    assert "What to do" in both
    assert "provider" in both or command == "verify"


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize(
    "command, kind, commands",
    [
        ("staged", "index", ["git reset -- :/src/settings.py", "# leakstop: allow[github-personal-access-token] -- why"]),
        ("message", "message", ["git commit -e -F src/settings.py"]),
        ("push", "commit", ["git commit --amend", "git rebase -i"]),
        ("push", "tag", ["git tag -a -f TAG COMMIT"]),
        ("push", "ref", ["git branch -m OLD NEW", "git tag NEW OLD"]),
        ("scan", "file", ["leakstop history", "leakstop ignore {fingerprint} --reason why"]),
        ("history", "commit", ["leakstop ignore {fingerprint} --reason why", "leakstop baseline create"]),
    ],
)
def test_a_command_stays_on_one_line_to_be_copied(command, kind, commands, width):
    found = result(github(), kind=kind)
    text = render(report(found, command=command), color=True, width=width)
    advice = text.partition("What to do")[2]
    assert [one for one in commands if one.format(fingerprint=found.fingerprint) not in advice] == []
    assert "\0" not in text


def test_a_command_of_a_frameworks_environment_is_named_by_its_path(tmp_path, monkeypatch):
    """In each of the steps: what pre-commit installs is not on the user's PATH."""
    program = tmp_path / "bin/leakstop"
    program.parent.mkdir()
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PRE_COMMIT", "1")
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    for command, expected in [("history", ["ignore", "baseline create"]), ("scan", ["history", "ignore"])]:
        text = render(report(result(github()), command=command), width=60)
        assert [rest for rest in expected if f"{program} {rest}" not in text] == []


@pytest.mark.parametrize(
    "subject, shown",
    [
        ("Add the settings", "Add the settings"),
        ("Ten words " * 40, f"{('Ten words ' * 12).strip()} ..."),
        ("x" * 500, f"{'x' * 120} ..."),
    ],
)
def test_a_long_subject_is_cut(subject, shown):
    """Git's subject is the whole first paragraph: people paste files into it."""
    origin = {**COMMIT, "subject": subject}
    past = History("3f2a91c04e" * 4, "77aa0b1c2d" * 4, False, ("refs/heads/main",), True)
    for history in (None, past):
        text = render(report(result(github(), origin=origin, history=history), command="history"), width=400, color=True)
        assert f"on 2026-03-02: {shown}\x1b" in text or f"on 2026-03-02: {shown}\n" in text


def test_one_severity_that_of_the_key_where_it_is_known():
    verdict = Verdict("live", "AWS takes it", (("severity", "low: restricted for good"),), "restricted", severity="low")
    text = render(report(result(github())._replace(verification=verdict)))
    assert "  12:10   low       github-personal-access-token" in text
    assert "= severity low: restricted for good" in text
    assert "critical" not in text


@pytest.mark.parametrize(
    "changes, summary",
    [
        ({}, "clean: no secrets · 1,204 files, 12.3 MB in 0.4 s"),
        ({"coverage": Coverage(seconds=0.004)}, "clean: no secrets · nothing to read in 0.00 s"),
        ({"coverage": Coverage(1, 0, 1, 1, (), 75.2)}, "clean: no secrets · 1 commit, 1 file, 1 B in 1 min 15 s"),
        (
            {"complete": False, "problems": (Problem("a", "gone"), Problem("b", "gone"))},
            "INCOMPLETE: 2 problems, not everything was read · no secrets in what was read · 1,204 files, 12.3 MB in 0.4 s",
        ),
        (
            {"complete": False, "coverage": Coverage(seconds=0.004)},
            "INCOMPLETE: stopped before the end · nothing read in 0.00 s",
        ),
        ({"complete": False}, "INCOMPLETE: stopped before the end · no secrets in what was read · 1,204 files, 12.3 MB in 0.4 s"),
    ],
)
def test_nothing_found(changes, summary):
    assert render(report(**changes)).splitlines()[-1] == summary


def test_clean_is_one_line():
    assert render(report()) == "clean: no secrets · 1,204 files, 12.3 MB in 0.4 s\n"


def test_the_same_secret_in_many_places_is_shown_once():
    results = [result(github(), f"m{number:02}.py", number + 1) for number in range(42)]
    results.insert(1, result(github(), "m00.py", 77))
    text = render(report(*results))
    assert text.count("│ TOKEN") == 1
    assert "= also on line 77\n" in text
    assert "= also in 41 other files: m01.py:2, m02.py:3, m03.py:4, m04.py:5, m05.py:6 and 36 more" in text
    assert text.endswith("1 secret in 42 files · 1,204 files, 12.3 MB in 0.4 s · complete\n")
    assert "m41.py:42" in render(report(*results), verbose=True)


def test_the_same_line_in_several_commits():
    commits = [{**COMMIT, "commit": digit * 40} for digit in "abc"]
    text = render(report(*(result(github(), kind="commit", origin=origin) for origin in commits), command="range"))
    assert "= commit aaaaaaaaaa by Ada Lovelace <ada@example.com> on 2026-03-02: Add settings\n" in text
    assert "= also in 2 other commits: bbbbbbbbbb and cccccccccc\n" in text


def test_five_thousand_findings_stay_readable():
    results = [result(github(number), f"m{number // 100:02}.py", number % 100 + 1) for number in range(5000)]
    lines = render(report(*results)).splitlines()
    assert len(lines) < 1600
    assert sum("│ TOKEN" in line for line in lines) == 50
    assert sum("… and 80 more secrets here; --format json lists all" in line for line in lines) == 50
    assert lines[-1].startswith("5,000 secrets in 50 files")
    everything = render(report(*results), verbose=True)
    assert everything.count("│ TOKEN") == 5000


def test_the_first_of_each_rule_is_explained_once():
    results = [result(github(number), line=number + 1) for number in range(3)]
    text = render(report(*results))
    assert text.count("Acts as the user on GitHub") == 1
    assert text.count("high confidence") == 3


@pytest.mark.parametrize(
    "kind, origin, path, heading",
    [
        ("stdin", {}, "", "standard input"),
        ("message", COMMIT, "", "message of 3f2a91c04e"),
        ("message", {}, ".git/COMMIT_EDITMSG", "message of the commit (.git/COMMIT_EDITMSG)"),
        ("person", COMMIT, "", "author or committer of 3f2a91c04e"),
        ("tag", {"ref": "refs/tags/v1.0"}, "", "message of tag v1.0"),
        ("note", {**COMMIT, "ref": "refs/notes/commits"}, "", "note on 3f2a91c04e in refs/notes/commits"),
        ("note", {**COMMIT, "ref": "refs/notes/commits"}, "9b/1c22d7aa9b1c22d7aa", "note on 9b1c22d7aa in refs/notes/commits"),
        ("reflog", {"ref": "refs/heads/main"}, "", "reflog entry main"),
        ("ref", {"ref": "refs/heads/topic"}, "", "name of branch topic"),
        ("path", {}, "a/b", "a/b (the name itself)"),
        ("blob", {"blob": "9b1c22d7aa" * 4}, "", "blob 9b1c22d7aa"),
        ("file", {"members": ("b.tar", "c/d")}, "a.zip", "a.zip → b.tar → c/d"),
        ("config", {}, ".git/config", ".git/config"),
    ],
)
def test_headings(kind, origin, path, heading):
    text = render(report(result(github(), path, kind=kind, origin=origin)))
    assert text.splitlines()[0] == heading
    assert ("12:10" in text) is (kind not in ("person", "ref", "path", "reflog"))


@pytest.mark.parametrize(
    "history, line",
    [
        (History("a" * 40, "b" * 40, True, ("refs/heads/main",), True), "still in HEAD · reachable from main · pushed"),
        (
            History("a" * 40, "b" * 40, False, ("refs/tags/v1", "refs/stash"), False),
            "not in HEAD, last in bbbbbbbbbb · reachable from v1 and stash@{0} · not on any remote-tracking branch",
        ),
        (History("", "", False, ("index",), None), "staged, not committed"),
        (History("", "", None, ("worktrees/w/index", "index"), None), "staged, not committed (in worktree w)"),
        (History("", "", None, ("refs/tags/index",), None), "HEAD names no commit here · reachable from index"),
        (History("", "", None, (), None), "HEAD names no commit here · not reachable from any ref"),
    ],
)
def test_what_history_says(history, line):
    text = render(
        report(result(github(), kind="blob", history=history, origin={"commit": "c" * 40}), command="history"), width=140
    )
    assert f"= {line}\n" in text
    assert ("= since aaaaaaaaaa\n" in text) is bool(history.first_commit)


def _carets(text: str) -> list[tuple[str, int, int]]:
    """What stands above each run of carets, with its column in cells and its width."""
    found, lines = [], text.splitlines()
    for above, line in itertools.pairwise(lines):
        if line.strip(" │^") == "" and "^" in line:
            column = line.index("^")
            at = next(index for index in range(len(above) + 1) if cells(above[:index]) >= column)
            found.append((above[at:], column, line.count("^")))
    return found


@pytest.mark.parametrize(
    "before", ["T = '", "    ", "# 日本語 トークン: '", "# e\u0301\u0301 '", "# \u202e\u200b '", "ł = '", ""]
)
def test_caret_stands_under_the_secret(before):
    text = render(report(result(github(), before=before, after="' # ghp_… no")))
    ((above, _, width),) = _carets(text)
    assert above.startswith("ghp_…' #")
    assert width == 5


def test_carets_of_secrets_that_look_alike():
    line = "a = 'ghp_…', b = 'ghp_…', c = 'ghp_…'"
    raw = f"a = '{github(1)}', b = '{github(2)}', c = '{github(3)}'"
    results = [result(github(n), before=raw[: raw.index(github(n))], excerpt=line) for n in (1, 2, 3)]
    columns = [column for _, column, _ in _carets(render(report(*results)))]
    assert columns == [10 + line.index(name) + 5 for name in ("a =", "b =", "c =")]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
@pytest.mark.parametrize("before, after", [(300, 300), (0, 600), (600, 0), (30, 30)])
def test_long_lines_are_cut_around_the_secret(width, before, after):
    text = render(report(result(github(), before="x" * before, after="y" * after)), width=width)
    source = next(line for line in text.splitlines() if "ghp_…" in line)
    assert len(source) <= width
    assert ("..." in source) is (before + after + 15 > width)
    ((above, _, size),) = _carets(text)
    assert above.startswith("ghp_…")
    assert size == 5


def test_no_line_is_wider_than_asked_but_for_what_cannot_be_broken():
    for line in render(full(), width=60).splitlines():
        assert len(line) <= 60 or "https://" in line or "secrets in" in line or "->" in line, line


def test_excerpt_without_the_secret_has_no_caret():
    text = render(report(result(github(), excerpt="nothing here")))
    assert "12 │ nothing here\n" in text
    assert "^" not in text


def test_multi_line_secret():
    key = fake("private-key")
    text = render(report(result(key, "id_rsa", 1, before="", after="", name="private-key")))
    lines = key.count("\n") + 1
    assert f"  1:1     high      private-key  Private keys  {lines} lines\n" in text


def test_nothing_of_the_repository_is_written_raw():
    origin = {**COMMIT, "author": "A\x1b]0;x\x07", "subject": "b\rc\u2066d"}
    found = result(github(), b"e\x1b[2J\nv\xff\xe2\x80\xaeil", kind="commit", origin=origin, after="\x9b1m\u200d")
    text = render(report(found, problems=(Problem("x\x1b[1m", "y\n", "z\x00"),), complete=False, command="range"))
    for shown in (r"e\x1b[2J\nv\xff\u202eil", r"A\x1b]0;x\x07", r"b\rc\u2066d", r"\x9b1m\u200d", r"x\x1b[1m: y\n", r"→ z\x00"):
        assert shown in text
    assert set(text) & {chr(code) for code in (*range(10), *range(11, 32), 0x7F, 0x9B, 0x202E, 0x2066, 0x200D)} == set()


def test_colour_only_when_asked():
    plain, coloured = render(full()), render(full(), color=True)
    assert "\x1b" not in plain
    for code in ("0", "1", "2", "31", "32", "33"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == plain
    assert render(report(), color=True).startswith("\x1b[1m\x1b[32mclean")


def test_verbose_lists_what_does_not_count():
    text = render(full(), verbose=True)
    assert "  tests/test_api.py:7:10  github-personal-access-token  ignored: leakstop: allow -- made up\n" in text
    assert "Values judged harmless: 112 by placeholder and 1,240 by variable\n" in text
    assert "--verbose" not in text


def test_ignored_alone_is_clean():
    ignored = result(
        github(), triage=Triage("ignored", "leakstop: allow[github-personal-access-token] -- why", "leakstop: allow")
    )
    assert render(report(ignored)) == expect("""
        Not counted: 1 ignored by leakstop: allow (--verbose lists them)

        clean: no secrets · 1,204 files, 12.3 MB in 0.4 s
        """)


def test_pragma_that_was_not_obeyed_is_told():
    text = render(report(result(github(), triage=Triage("new", "a pragma here was not obeyed: gitleaks:allow"))))
    assert "        = a pragma here was not obeyed: gitleaks:allow\n" in text


def test_problems_are_cut_with_a_count():
    problems = tuple(Problem(f"file {number}", "permission denied") for number in range(50))
    text = render(report(problems=problems, complete=False))
    assert "  … and 30 more; --format json lists all\n" in text
    assert "file 49" in render(report(problems=problems, complete=False), verbose=True)


@pytest.mark.parametrize(
    "paths, command",
    [
        (["a.py"], "git reset -- :/a.py"),
        (["a b.py", "it's"], "git reset -- ':/a b.py' ':/it'\\''s'"),
        (["-rf"], "git reset -- ':(top)-rf'"),
        (["$(x)", ";y"], "git reset -- ':(top)$(x)' ':(top);y'"),
        ([f"{n}.py" for n in range(4)], "git reset -- FILE"),
        (["a\nb"], "git reset -- FILE"),
        ([token("ghp_", 36)], "git reset -- FILE"),
    ],
)
def test_what_to_do_can_be_typed(paths, command):
    found = [result(token("ghp_", 36) if n == 0 else github(n), path, kind="index") for n, path in enumerate(paths)]
    assert f"{command}\n" in render(report(*found, command="staged"), width=200)


NAMES = [
    "plain.py",
    ".env",
    "__init__.py",
    "sub/a b.py",
    "it's",
    "-rf",
    "x[1]*.py",
    "$(touch z)",
    "ünï",
    'q"q',
    "a\\\\b",
    ":/c",
    "%s",
]


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize("born", [True, False], ids=["with HEAD", "before the first commit"])
@pytest.mark.parametrize("name", NAMES)
def test_what_to_do_about_staged_files_does_it(repo, name, born):
    if born:
        repo.add("first", "x")
    for path in (name, "other"):
        repo.write(path, "x")
        repo.git("add", "--", f":(top,literal){path}")
    (repo.path / "deep").mkdir()
    text = render(report(result(github(), name, kind="index"), command="staged"), width=200)
    command = next(line for line in text.splitlines() if "git reset" in line).partition("out: ")[2]
    subprocess.run(["sh", "-c", command], cwd=repo.path / "deep", check=True, capture_output=True)
    assert repo.git("diff", "--cached", "--name-only") == b"other\n"


@pytest.mark.parametrize(
    "command, words",
    [
        ("range", "git rebase -i"),
        ("push", "git rebase -i"),
        ("history", "git filter-repo"),
        ("message", "git commit -e"),
        ("scan", "leakstop history"),
    ],
)
def test_what_to_do_fits_the_command(command, words):
    assert words in render(report(result(github()), command=command))


def test_an_entry_is_spelt_out_where_it_can_only_be_one():
    """With several secrets the word stands for any of their fingerprints, which are shown."""
    one, other = result(github(), "a.py"), result(github(1), "b.py")
    assert f"leakstop ignore {one.fingerprint} --reason why" in render(report(one, command="staged"), width=200)
    assert "leakstop ignore FINGERPRINT --reason why" in render(report(one, other, command="staged"), width=200)


@pytest.mark.parametrize("command, kind", [("message", "message"), ("staged", "path")])
def test_what_has_no_line_for_a_comment_can_be_allowed_too(command, kind):
    found = result(github(), kind=kind)
    text = render(report(found, command=command), width=200)
    assert f"Not a secret? leakstop ignore {found.fingerprint} --reason why\n" in text
    assert "allow[" not in text


def test_a_refused_message_can_be_edited():
    text = render(report(result(github(), ".git/COMMIT_EDITMSG", kind="message"), command="message"))
    assert "git commit -e -F .git/COMMIT_EDITMSG\n" in text


def test_left_out():
    skipped = (Skipped("file", "excluded", 1204), Skipped("symbolic link", "leads out"), Skipped("a", "b"), Skipped("c", "d"))
    text = render(report(coverage=Coverage(files=1, skipped=skipped)))
    assert "Left out: 1,204 files (excluded), 1 symbolic link (leads out), 1 a (b) and 1 more\n" in text
