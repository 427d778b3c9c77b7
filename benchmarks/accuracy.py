"""What leakstop and its peers find, miss and get wrong.

usage: python benchmarks/accuracy.py [--labelled DIR] [--trees DIR…] [--leakstop COMMAND] [--peers DIR…]

--labelled: a folder with `data/` (files) and `labels/*.csv` (file, first_line, last_line, label, category; T is a credential,
F is none), such as a part of CredData. For each source of data and each category: found, missed, wrong. A line counts as found
when a finding touches it. --trees: checkouts of projects that should hold no secrets: findings per MB, private keys apart.

All run with their own defaults, and nothing is verified over the network. Prints Markdown.
"""

from __future__ import annotations

import argparse
import collections
import csv
import glob
import json
import os
import shlex
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any, NamedTuple

from peers import own_binary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# Categories that are no secrets by themselves, and cores of what people mean by one.
NOT_CORE = {"UUID", "Nonce", "Salt", "Other", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID"}
BIG = "2ba83c6a/"  # in CredData: a crypto library, most of whose labels are its own test keys
PRIVATE_KEY = ("private-key", "private key", "pem", "keystore")
SHOWN = 12  # categories in the table


class Found(NamedTuple):
    """Lines of a file that a program reports, and under which rule."""

    path: str
    first: int
    last: int
    rule: str


class Scanner(NamedTuple):
    """How a program is asked for a folder, and how its report is read. `{place}` and `{report}` are filled in."""

    program: str
    arguments: str
    read: Callable[[Any], Iterator[Found]]
    report: str = "{report}"  # where it is written; "": it is printed
    here: bool = False  # paths in the report start at the folder


def _leakstop(report: Any) -> Iterator[Found]:
    for entry in report["findings"]:
        yield Found(entry["file"], entry["start_line"], entry["end_line"], entry["rule"])


def _betterleaks(report: Any) -> Iterator[Found]:
    for entry in report["findings"]:
        place = entry["location"]
        yield Found(place["path"], place["start_line"], place["end_line"], entry["rule_id"])


def _gitleaks(report: Any) -> Iterator[Found]:
    for entry in report:
        yield Found(entry["File"], entry["StartLine"], entry["EndLine"], entry["RuleID"])


def _kingfisher(report: Any) -> Iterator[Found]:
    for entry in report["findings"]:
        finding = entry["finding"]
        line = finding["line"]
        yield Found(finding["path"], line, line + finding["snippet"].count("\n"), entry["rule"]["id"])


def _detect_secrets(report: Any) -> Iterator[Found]:
    for path, entries in report["results"].items():
        for entry in entries:
            yield Found(path, entry["line_number"], entry["line_number"], entry["type"])


def _credsweeper(report: Any) -> Iterator[Found]:
    for entry in report:
        for line in entry["line_data_list"]:
            yield Found(line["path"], line["line_num"], line["line_num"], entry["rule"])


SCANNERS = {
    "leakstop": Scanner("leakstop", "scan {place} --format json --no-progress --output {report}", _leakstop),
    "leakstop, high": Scanner(
        "leakstop", "scan {place} --confidence high --format json --no-progress --output {report}", _leakstop
    ),
    "betterleaks": Scanner("betterleaks", "filesystem --no-banner {place} --output {report}.json", _betterleaks, "{report}.json"),
    "gitleaks": Scanner("gitleaks", "dir --no-banner {place} --report-format json --report-path {report}", _gitleaks),
    "kingfisher": Scanner(
        "kingfisher",
        "scan --no-validate --no-update-check --max-file-size 0 --git-history none {place} --format json --output {report}",
        _kingfisher,
    ),
    "detect-secrets": Scanner("detect-secrets", "scan --all-files --no-verify .", _detect_secrets, "", here=True),
    "credsweeper": Scanner("credsweeper", "--path {place} --save-json {report}", _credsweeper),
}


class Label(NamedTuple):
    """What people say of some lines."""

    path: str
    first: int
    last: int
    label: str
    categories: frozenset[str]

    @property
    def core(self) -> bool:
        """Whether a scanner should find it, or leave it alone, by itself."""
        return not (self.categories <= NOT_CORE or BIG in self.path)


def labels(folder: str) -> list[Label]:
    """All labels; where lines have several, the graver one (T, F, X) counts."""
    known: dict[tuple[str, int, int], tuple[str, set[str]]] = {}
    for name in sorted(glob.glob(os.path.join(folder, "labels", "*.csv"))):
        with open(name, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                key = (row["file"], int(row["first_line"]), int(row["last_line"]))
                label, categories = known.get(key, ("X", set()))
                if "TFX".index(row["label"]) < "TFX".index(label):
                    label, categories = row["label"], set()
                if row["label"] == label:
                    categories.update(row["category"].split(":"))
                known[key] = (label, categories)
    return [Label(*key, label, frozenset(categories)) for key, (label, categories) in known.items()]


def scan(scanner: Scanner, argv: Sequence[str], place: str, timeout: float) -> list[Found] | None:
    """What a program reports of a folder, paths relative to it; None when it failed."""
    with tempfile.TemporaryDirectory() as folder:
        report = scanner.report.format(report=os.path.join(folder, "report"))
        words = [word.format(place=place, report=os.path.join(folder, "report")) for word in shlex.split(scanner.arguments)]
        printed = subprocess.DEVNULL if report else subprocess.PIPE
        try:
            done = subprocess.run(
                [*argv, *words], cwd=place, stdout=printed, stderr=subprocess.DEVNULL, timeout=timeout, check=False
            )
            text = done.stdout
            if report:
                with open(report, "rb") as file:
                    text = file.read()
            found = list(scanner.read(json.loads(text)))
        except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
            sys.stderr.write(f"{argv[0]}: no report of {place} ({type(error).__name__})\n")
            return None
    if scanner.here:
        return found
    return [entry._replace(path=os.path.relpath(os.path.join(place, entry.path), place)) for entry in found]


class Score(NamedTuple):
    """Found, missed and wrong."""

    found: int
    missed: int
    wrong: int

    def __str__(self) -> str:
        """For a table."""
        return f"{self.found} / {self.missed} / {self.wrong}"

    @property
    def precision(self) -> float:
        """Of what is reported and labelled, the share that is right."""
        return self.found / max(1, self.found + self.wrong)

    @property
    def recall(self) -> float:
        """Of what is labelled as a credential, the share that is found."""
        return self.found / max(1, self.found + self.missed)


def score(judged: Iterable[Label], found: Sequence[Found]) -> Score:
    """Compare labels with findings, line by line."""
    lines: dict[str, set[int]] = collections.defaultdict(set)
    for entry in found:
        lines[entry.path].update(range(entry.first, entry.last + 1))
    counts: collections.Counter[tuple[str, bool]] = collections.Counter()
    for label in judged:
        hit = not lines.get(label.path, set()).isdisjoint(range(label.first, label.last + 1))
        counts[label.label, hit] += 1
    return Score(counts["T", True], counts["T", False], counts["F", True])


def labelled(folder: str, tools: dict[str, list[str]], timeout: float) -> None:
    """The tables of labelled data."""
    known = labels(folder)
    core = [label for label in known if label.core]
    reports = {name: scan(SCANNERS[name], argv, folder, timeout) for name, argv in tools.items()}
    scanned = {
        name: [entry for entry in found if entry.path.startswith("data/")] for name, found in reports.items() if found is not None
    }
    print(f"### Labelled lines: {sum(label.label == 'T' for label in core):,} credentials, ", end="")
    print(f"{sum(label.label == 'F' for label in core):,} that are none\n")
    print("| | found | missed | wrong | precision | recall | F1 |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, found in scanned.items():
        it = score(core, found)
        both = it.precision + it.recall
        harmonic = 2 * it.precision * it.recall / both if both else 0.0
        print(f"| {name} | {it.found} | {it.missed} | {it.wrong} | {it.precision:.3f} | {it.recall:.3f} | {harmonic:.3f} |")
    sizes = collections.Counter(name for label in core for name in label.categories)
    _table("category", [name for name, _ in sizes.most_common(SHOWN)], core, scanned, lambda label, key: key in label.categories)
    sources = collections.Counter(label.path.split("/")[1] for label in core if label.label == "T")
    _table(
        "source",
        [name for name, _ in sources.most_common(SHOWN)],
        core,
        scanned,
        lambda label, key: label.path.startswith(f"data/{key}/"),
    )


def _table(
    title: str,
    keys: Sequence[str],
    judged: Sequence[Label],
    scanned: dict[str, list[Found]],
    belongs: Callable[[Label, str], bool],
) -> None:
    """One row for each key: found / missed / wrong of every program."""
    print(f"\nFound / missed / wrong by {title}:\n")
    print(f"| {title} | {' | '.join(scanned)} |\n| --- |{' --- |' * len(scanned)}")
    for key in keys:
        own = [label for label in judged if belongs(label, key)]
        print(f"| {key} | {' | '.join(str(score(own, found)) for found in scanned.values())} |")


def trees(places: Sequence[str], tools: dict[str, list[str]], timeout: float) -> None:
    """The table of clean projects."""
    print("\n### Clean projects: findings, in brackets private keys among them, and the others per MB\n")
    print(f"| project | MB | {' | '.join(tools)} |\n| --- | --- |{' --- |' * len(tools)}")
    total: dict[str, int] = collections.Counter()
    size = 0.0
    for place in places:
        megabytes = _megabytes(place)
        size += megabytes
        cells = []
        for name, argv in tools.items():
            found = scan(SCANNERS[name], argv, os.path.abspath(place), timeout)
            if found is None:
                cells.append("-")
                continue
            keys = sum(any(word in entry.rule.lower() for word in PRIVATE_KEY) for entry in found)
            total[name] += len(found) - keys
            cells.append(f"{len(found)} ({keys}) {(len(found) - keys) / megabytes:.2f}")
        print(f"| {os.path.basename(os.path.abspath(place))} | {megabytes:.1f} | {' | '.join(cells)} |", flush=True)
    print(f"| all | {size:.1f} | {' | '.join(f'{total[name] / size:.2f}' for name in tools)} |")


def _megabytes(place: str) -> float:
    size = 0
    for folder, folders, names in os.walk(place):
        folders[:] = [name for name in folders if name != ".git"]
        paths = (os.path.join(folder, name) for name in names)
        size += sum(os.path.getsize(path) for path in paths if os.path.isfile(path) and not os.path.islink(path))
    return size / 1e6


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", default="", metavar="DIR")
    parser.add_argument("--trees", nargs="*", default=[], metavar="DIR")
    parser.add_argument("--leakstop", default="leakstop", metavar="COMMAND")
    parser.add_argument("--peers", nargs="*", default=[], metavar="DIR")
    parser.add_argument("--timeout", type=float, default=900.0, metavar="SECONDS")
    options = parser.parse_args()
    tools: dict[str, list[str]] = {}
    for name, scanner in SCANNERS.items():
        argv = shlex.split(options.leakstop) if scanner.program == "leakstop" else [own_binary(scanner.program, options.peers)]
        if argv[0]:
            tools[name] = argv
        else:
            sys.stderr.write(f"{name}: not installed, left out\n")
    if options.labelled:
        labelled(os.path.abspath(options.labelled), tools, options.timeout)
    if options.trees:
        trees(options.trees, {name: argv for name, argv in tools.items() if name != "leakstop, high"}, options.timeout)


if __name__ == "__main__":
    main()
