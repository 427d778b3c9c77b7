"""How long a commit waits: the hook on a change of 2 and of 200 lines, in a small and a large repository.

python benchmarks/hook.py --repo /path/to/a/large/repository
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import corpus
import measure
import peers

if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> None:
    parser = measure.options(__doc__.partition("\n")[0], runs=15)
    parser.add_argument("--repo", nargs="*", default=[], metavar="PATH", help="large repositories; cloned, never changed")
    parser.add_argument("--cold-runs", type=int, default=3, metavar="N", help="runs with a cold cache (default: 3; 0: none)")
    options = parser.parse_args()
    tools = peers.find(options.leakstop, options.peers, options.without, "staged")
    print(f"## Hook\n\n{measure.machine()}\n\n{peers.versions(tools)}")
    with measure.scratch() as folder:
        small = os.path.join(folder, "small")
        corpus.small_repository(small)
        places = [("small repository", small)]
        for number, source in enumerate(options.repo):
            path = os.path.join(folder, f"large{number}")
            corpus.clone(source, path)
            places.append((_name(source, path), path))
        for name, path in places:
            for lines, secret in ((2, False), (200, False), (200, True)):
                files = corpus.stage(path, lines, secret=secret)
                title = f"{name}, {lines} lines staged{', one of them a secret' if secret else ''}"
                _warm(title, tools, path, files, folder, options)
            if options.cold_runs:
                files = corpus.stage(path, 200)
                _cold(f"{name}, 200 lines staged, cold cache", tools, path, files, folder, options)


def _name(source: str, path: str) -> str:
    commits = measure.git("rev-list", "--count", "--all", cwd=path).decode().strip()
    return f"{measure.name_of(source)} ({commits} commits)"


def _warm(title: str, tools: Sequence[peers.Tool], path: str, files: Sequence[str], folder: str, options) -> None:
    env = measure.environment(os.path.join(folder, "home"))
    cases = [tool.case("staged", path, env, files) for tool in tools]
    counts = peers.counts(tools, cases, folder, options.timeout)
    _print(title, measure.compare(cases, options.runs, timeout=options.timeout), counts)


def _cold(title: str, tools: Sequence[peers.Tool], path: str, files: Sequence[str], folder: str, options) -> None:
    """Each run finds an empty home, as on a fresh machine; files that the system has in memory stay there."""
    cases = []
    for tool in tools:
        home = os.path.join(folder, f"home-{tool.name}")
        env = measure.environment(home)
        cases.append(tool.case("staged", path, env, files, prepare=lambda home=home: measure.fresh(home)))
    counts = peers.counts(tools, cases, folder, options.timeout)
    _print(title, measure.compare(cases, options.cold_runs, timeout=options.timeout, warm=False), counts)


def _print(title: str, results: dict[str, list[measure.Usage]], counts: dict[str, str]) -> None:
    print(f"\n### {title}")
    ours = results[peers.LEAKSTOP]
    rows = []
    for name, usages in results.items():
        if usages[-1].failure:
            rows.append([name, usages[-1].failure, measure.NONE, measure.NONE, measure.NONE, counts[name]])
            continue
        times = [
            measure.seconds(value) for value in (measure.median(usages), measure.least(usages), measure.median(usages, "cpu"))
        ]
        rows.append([name, *times, "" if name == peers.LEAKSTOP else measure.ratio(ours, usages), counts[name]])
    measure.table(["", "median", "min", "CPU", "leakstop ÷ it, pair by pair", "findings (distinct)"], rows)


if __name__ == "__main__":
    main()
