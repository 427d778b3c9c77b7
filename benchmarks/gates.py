"""What people wait for at the gates: the hook as pre-commit and prek run it, and the Action on a pull request of 20 commits.

python benchmarks/gates.py
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import statistics

import corpus
import measure

COMMITS = 20
NOTHING = "nothing"  # a hook that does nothing: what the framework itself takes
CONFIG = """\
repos:
- repo: local
  hooks:
  - id: hook
    name: hook
    language: system
    entry: "{entry}"
    types: []
    pass_filenames: false
    require_serial: true
"""


def main() -> None:
    parser = measure.options(__doc__.partition("\n")[0], runs=15)
    options = parser.parse_args()
    print(f"## Gates\n\n{measure.machine()}")
    with measure.scratch() as folder:
        _hooks(folder, options)
        _action(folder, options)


def _hooks(folder: str, options) -> None:
    """A commit of 200 lines, checked by a framework with a hook that does nothing and with leakstop's, in turn."""
    env = measure.environment(os.path.join(folder, "home"))
    rows = []
    for framework in ("pre-commit", "prek"):
        command = shutil.which(framework)
        if command is None:
            rows.append([framework, *[measure.NONE] * 3, "not installed"])
            continue
        cases = []
        for name, entry in ((NOTHING, "true"), ("leakstop", f"{options.leakstop} staged")):
            path = os.path.join(folder, f"{framework}-{name}")
            corpus.small_repository(path)
            with open(os.path.join(path, ".pre-commit-config.yaml"), "w", encoding="utf-8") as file:
                file.write(CONFIG.format(entry=entry))
            measure.git("add", ".pre-commit-config.yaml", cwd=path)
            measure.git("commit", "-q", "-m", "Configuration", cwd=path)  # what is staged is undone by the next line
            corpus.stage(path, 200)
            cases.append(measure.Case(name, [command, "run"], path, env))
        results = measure.compare(cases, options.runs, timeout=options.timeout)
        alone, with_us = results[NOTHING], results["leakstop"]
        if any(usage.failure for usage in (*alone, *with_us)):
            rows.append([framework, *[measure.NONE] * 3, next(usage.failure for usage in (*alone, *with_us) if usage.failure)])
            continue
        added = [b.wall - a.wall for a, b in zip(alone, with_us, strict=True)]
        spent = statistics.median(b.cpu - a.cpu for a, b in zip(alone, with_us, strict=True))
        rows.append(
            [
                framework,
                measure.seconds(measure.median(alone)),
                measure.seconds(measure.median(with_us)),
                f"{measure.seconds(statistics.median(added))} ({measure.seconds(min(added))} to {measure.seconds(max(added))})",
                measure.seconds(spent),
            ]
        )
    print("\n### A commit of 200 lines")
    measure.table(["framework", "with a hook that does nothing", "with leakstop", "added", "of it processor time"], rows)


def _action(folder: str, options) -> None:
    """From the event of a pull request to the verdict, in a whole checkout, in one of a single commit, and in one git fetch."""
    home = os.path.join(folder, "action")
    server, work = os.path.join(home, "server.git"), os.path.join(home, "work")
    os.makedirs(server)
    measure.git("init", "-q", "--bare", cwd=server)
    measure.git("config", "uploadpack.allowAnySHA1InWant", "true", cwd=server)
    corpus.small_repository(work)
    base = measure.git("rev-parse", "HEAD", cwd=work).decode().strip()
    for number in range(COMMITS):
        with open(os.path.join(work, f"new_{number}.py"), "wb") as file:
            file.write(corpus.text(corpus.code(number), 100))
        measure.git("add", "-A", cwd=work)
        measure.git("commit", "-q", "-m", f"Commit {number}", cwd=work)
    head = measure.git("rev-parse", "HEAD", cwd=work).decode().strip()
    url = f"file://{server}"
    measure.git("push", "-q", url, f"{base}:refs/heads/main", f"{head}:refs/pull/7/head", cwd=work)
    sides = {name: {"ref": name, "sha": sha, "repo": {"full_name": "us/app"}} for name, sha in (("base", base), ("head", head))}
    payload = os.path.join(home, "event.json")
    with open(payload, "w", encoding="utf-8") as file:
        json.dump({"number": 7, "pull_request": {"number": 7, **sides}, "repository": {"default_branch": "main"}}, file)
    env = measure.environment(os.path.join(folder, "home")) | {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": payload,
        "GITHUB_OUTPUT": os.path.join(home, "output"),
        "GITHUB_STEP_SUMMARY": os.path.join(home, "summary"),
    }
    args = ["range", "--github", "--output", f"json={home}/report.json", "--output", f"sarif={home}/report.sarif"]
    argv = [*shlex.split(options.leakstop), *args]

    def checkout(path: str, *depth: str) -> None:
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        measure.git("init", "-q", cwd=path)
        measure.git("remote", "add", "origin", url, cwd=path)
        measure.git("fetch", "-q", *depth, "origin", "+refs/pull/7/head:refs/remotes/pull/7/head", cwd=path)
        measure.git("checkout", "-q", "--detach", head, cwd=path)

    whole, shallow = os.path.join(home, "whole"), os.path.join(home, "shallow")
    checkout(whole)
    cases = [
        measure.Case("whole checkout", argv, whole, env),
        measure.Case(
            "checkout of one commit, the rest fetched", argv, shallow, env, prepare=lambda: checkout(shallow, "--depth=1")
        ),
    ]
    results = measure.compare(cases, options.runs, timeout=options.timeout)
    rows = []
    for name, usages in results.items():
        failure = next((usage.failure for usage in usages if usage.failure), "")
        figures = [measure.NONE] * 2 if failure else [measure.seconds(measure.median(usages, field)) for field in ("wall", "cpu")]
        rows.append([name, *figures, failure])
    print(f"\n### From the event of a pull request of {COMMITS} commits to the verdict, with summary, SARIF and JSON")
    measure.table(["", "time", "processor time", ""], rows)


if __name__ == "__main__":
    main()
