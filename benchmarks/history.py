"""Everything a repository ever held: time, processor time, memory and findings, against the peers and `git cat-file`.

python benchmarks/history.py REPOSITORY...
"""

from __future__ import annotations

import os
from typing import NamedTuple

import measure
import peers

CAT_FILE = "git cat-file --batch"


class Contents(NamedTuple):
    """What a repository holds, and a file with the ids of its blobs."""

    objects: int
    blobs: int
    total: int  # bytes of all blobs, uncompressed
    ids: str


def main() -> None:
    parser = measure.options(__doc__.partition("\n")[0], runs=3)
    parser.add_argument("repositories", nargs="+", metavar="REPOSITORY")
    options = parser.parse_args()
    tools = peers.find(options.leakstop, options.peers, options.without, "history")
    print(f"## History\n\n{measure.machine()}\n\n{peers.versions(tools)}")
    growth = []
    for place in map(os.path.abspath, options.repositories):
        with measure.scratch() as folder:
            held = contents(place, os.path.join(folder, "ids"))
            name = measure.name_of(place)
            print(f"\n### {name}: {held.objects:,} objects, {held.blobs:,} blobs, {measure.size(held.total)}")
            growth.append((name, held, *_one(place, held, tools, folder, options)))
    if len(growth) > 1:
        _growth(growth)


def contents(place: str, ids: str) -> Contents:
    """Count the objects, and list the blobs in the order of the packs, which is the one that git reads fastest."""
    form = "--batch-check=%(objecttype) %(objectsize) %(objectname)"
    listing = measure.git("cat-file", "--batch-all-objects", "--unordered", form, cwd=place).split(b"\n")
    total = blobs = 0
    with open(ids, "wb") as file:
        for line in listing:
            if line.startswith(b"blob"):
                _, size, name = line.split()
                file.write(name + b"\n")
                total += int(size)
                blobs += 1
    return Contents(len(listing) - 1, blobs, total, ids)


def _one(place: str, held: Contents, tools: list[peers.Tool], folder: str, options) -> tuple[list[measure.Usage], measure.Usage]:
    """Measure one repository; leakstop's runs, and its run with the memory sampled."""
    env = measure.environment(os.path.join(folder, "home"))
    cases = [tool.case("history", place, env) for tool in tools]
    counts = peers.counts(tools, cases, folder, options.timeout)
    cases += peers.again(cases)
    batch = ["git", "cat-file", "--batch", "--buffer"]
    # What it prints goes nowhere: kindest to git.
    cases.append(measure.Case(CAT_FILE, batch, place, env, stdin=held.ids, stdout=os.devnull))
    results = measure.compare(cases, options.runs, timeout=options.timeout, warm=False)
    ours, raw = results[peers.LEAKSTOP], results[CAT_FILE]
    rows = []
    for case in cases:
        usages = results[case.name]
        if usages[-1].failure:
            rows.append([case.name, usages[-1].failure, *[measure.NONE] * 6, counts.get(case.name, "")])
            continue
        measure.say(f"{case.name}, memory")
        memory = measure.run(case, timeout=options.timeout, memory=True)
        rows.append(
            [
                case.name,
                measure.seconds(measure.median(usages)),
                measure.seconds(measure.least(usages)),
                "" if case.name == peers.LEAKSTOP else measure.ratio(ours, usages),
                measure.seconds(measure.median(usages, "cpu")),
                measure.ratio(usages, raw, "cpu"),
                measure.size(memory.peak),
                measure.size(memory.own) if memory.own else measure.NONE,
                counts.get(case.name, ""),
            ]
        )
        if case.name == peers.LEAKSTOP:
            sampled = memory
    measure.say("")
    heads = "median, min, leakstop ÷ it, CPU, its CPU ÷ cat-file's, peak memory, of it not files, findings (distinct)"
    measure.table(["", *heads.split(", ")], rows)
    return ours, sampled if not ours[-1].failure else ours[-1]


def _growth(growth: list[tuple[str, Contents, list[measure.Usage], measure.Usage]]) -> None:
    print("\n### Growth: leakstop alone, by size")
    rows = []
    for name, held, usages, memory in sorted(growth, key=lambda row: row[1].total):
        wall, cpu = measure.median(usages), measure.median(usages, "cpu")
        gigabytes, million = held.total / 1e9, held.objects / 1e6
        rows.append(
            [
                name,
                f"{held.objects:,}",
                measure.size(held.total),
                measure.seconds(wall),
                f"{wall / gigabytes:.2f}",
                f"{cpu / gigabytes:.2f}",
                f"{wall / million:.1f}",
                measure.size(memory.peak),
            ]
        )
    heads = "repository, objects, blobs, median, seconds per GB, CPU seconds per GB, seconds per million objects, peak memory"
    measure.table(heads.split(", "), rows)


if __name__ == "__main__":
    main()
