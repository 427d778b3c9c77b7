"""A folder as it is on disk: time, processor time, memory and findings, against the peers and `rg`.

    python benchmarks/tree.py FOLDER_OR_REPOSITORY...

Of a repository (bare ones, too) the files of HEAD are measured, in a copy without `.git`, so that all read the same bytes.
"""

from __future__ import annotations

import os
import shutil

import measure
import peers

LITERAL = "a-literal-that-stands-nowhere"


def main() -> None:
    parser = measure.options(__doc__.partition("\n")[0], runs=5)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    options = parser.parse_args()
    tools = peers.find(options.leakstop, options.peers, options.without, "tree")
    ripgrep = ("rg",) if shutil.which("rg") else ()
    print(f"## Working tree\n\n{measure.machine()}\n\n{peers.versions(tools, *ripgrep)}")
    for place in map(os.path.abspath, options.folders):
        with measure.scratch() as folder:
            tree = export(place, os.path.join(folder, "tree")) if is_repository(place) else place
            sizes = [os.lstat(os.path.join(path, name)).st_size for path, _, names in os.walk(tree) for name in names]
            print(f"\n### {measure.name_of(place)}: {len(sizes):,} files, {measure.size(sum(sizes))}")
            _one(tree, tools, bool(ripgrep), folder, options)


def is_repository(place: str) -> bool:
    """Whether a folder is a repository or the work tree of one."""
    return os.path.exists(os.path.join(place, ".git")) or os.path.exists(os.path.join(place, "HEAD"))


def export(repository: str, target: str) -> str:
    """The files of HEAD in the folder `target`, through an index of their own: the repository is left as it is."""
    env = os.environ | {"GIT_INDEX_FILE": f"{target}.index"}
    measure.git("read-tree", "HEAD", cwd=repository, env=env)
    if measure.git("rev-parse", "--is-bare-repository", cwd=repository).strip() == b"true":
        env |= {"GIT_WORK_TREE": os.path.dirname(target), "GIT_DIR": repository}
    measure.git("checkout-index", "--all", "--quiet", f"--prefix={target}/", cwd=repository, env=env)
    return target


def _one(tree: str, tools: list[peers.Tool], ripgrep: bool, folder: str, options) -> None:
    env = measure.environment(os.path.join(folder, "home"))
    cases = [tool.case("tree", tree, env) for tool in tools]
    counts = peers.counts(tools, cases, folder, options.timeout)
    cases += peers.again(cases)
    if ripgrep:
        cases.append(measure.Case("rg -c", ["rg", "-c", "--no-ignore", "--hidden", LITERAL, tree], None, env, (0, 1)))
    results = measure.compare(cases, options.runs, timeout=options.timeout)
    ours = results[peers.LEAKSTOP]
    rows = []
    for case in cases:
        usages = results[case.name]
        if usages[-1].failure:
            rows.append([case.name, usages[-1].failure, *[measure.NONE] * 4, counts.get(case.name, "")])
            continue
        measure.say(f"{case.name}, memory")
        rows.append(
            [
                case.name,
                measure.seconds(measure.median(usages)),
                measure.seconds(measure.least(usages)),
                "" if case.name == peers.LEAKSTOP else measure.ratio(ours, usages),
                measure.seconds(measure.median(usages, "cpu")),
                measure.size(measure.run(case, timeout=options.timeout, memory=True).peak),
                counts.get(case.name, ""),
            ]
        )
    measure.say("")
    measure.table(["", "median", "min", "leakstop ÷ it, pair by pair", "CPU", "peak memory", "findings (distinct)"], rows)


if __name__ == "__main__":
    main()
