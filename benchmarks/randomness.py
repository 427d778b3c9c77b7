"""How well entropy and the character model tell keys from words: the curves of both on labelled data.

usage: python benchmarks/randomness.py LABELLED [--csv FILE]

LABELLED is a folder as `accuracy.py --labelled` takes it. The values are what stands behind the operator on each labelled line,
between quotes or to the blank: T those of credentials, F of lines that hold none. For each measure: the share of credentials
that is kept for some shares of the others that are let through, and the area under the curve, also by length. Prints Markdown.
"""

from __future__ import annotations

import argparse
import csv
import glob
import itertools
import os
import re
import sys
from typing import TYPE_CHECKING

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from leakstop.detect.language.entropy import floor, shannon
from leakstop.detect.language.model import surprise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

VALUE = re.compile(rb"""[:=,(]\s*(?:["'`](?P<quoted>[^"'`]{6,200})["'`]|(?P<bare>[^\s"'`,;(){}\[\]]{6,200}))""")
LET_THROUGH = (0.01, 0.02, 0.05, 0.1, 0.2)
BIG = "2ba83c6a.csv"  # of CredData: a crypto library, whose test keys would outweigh everything else
LENGTHS = ((6, 11), (12, 19), (20, 39), (40, 200))
MEASURES: dict[str, Callable[[bytes], float]] = {
    "Shannon entropy": shannon,
    "entropy above its floor": lambda value: shannon(value) - floor(value),
    "character model": surprise,
}


def values(folder: str) -> tuple[list[bytes], list[bytes]]:
    """The distinct values of credentials, and of lines that hold none."""
    lines: dict[str, list[bytes]] = {}
    found: dict[str, set[bytes]] = {"T": set(), "F": set()}
    for name in sorted(glob.glob(os.path.join(folder, "labels", "*.csv"))):
        if os.path.basename(name) == BIG:
            continue
        with open(name, newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["label"] in found and row["first_line"] == row["last_line"]]
        for row in rows:
            if row["file"] not in lines:
                with open(os.path.join(folder, row["file"]), "rb") as source:
                    lines[row["file"]] = source.read().split(b"\n")
            own = lines[row["file"]]
            number = int(row["first_line"]) - 1
            match = VALUE.search(own[number]) if number < len(own) else None
            if match:
                found[row["label"]].add(match["quoted"] or match["bare"])
    return sorted(found["T"] - found["F"]), sorted(found["F"])


def curve(measure: Callable[[bytes], float], secrets: Sequence[bytes], others: Sequence[bytes]) -> list[tuple[float, float]]:
    """(share of others let through, share of secrets kept) at every threshold."""
    scored = sorted([(measure(value), 1) for value in secrets] + [(measure(value), 0) for value in others], reverse=True)
    points, kept, through = [(0.0, 0.0)], 0, 0
    for _, secret in scored:
        kept, through = kept + secret, through + 1 - secret
        points.append((through / max(1, len(others)), kept / max(1, len(secrets))))
    return points


def area(points: Sequence[tuple[float, float]]) -> float:
    """Under the curve: the chance that a secret scores higher than another value."""
    return sum((x - before) * y for (before, _), (x, y) in itertools.pairwise(points))


def kept(points: Sequence[tuple[float, float]], share: float) -> float:
    """The most secrets kept while no more than a share of the others is let through."""
    return max(y for x, y in points if x <= share)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled", metavar="LABELLED")
    parser.add_argument("--csv", default="", metavar="FILE", help="write every hundredth point of the curves")
    options = parser.parse_args()
    secrets, others = values(options.labelled)
    curves = {name: curve(measure, secrets, others) for name, measure in MEASURES.items()}
    print(f"{len(secrets):,} values of credentials, {len(others):,} others.")
    print("Credentials kept when a share of the others is let through:\n")
    print(f"| measure | {' | '.join(f'{share:.0%}' for share in LET_THROUGH)} | area under the curve |")
    print(f"| --- |{' --- |' * (len(LET_THROUGH) + 1)}")
    for name, points in curves.items():
        print(f"| {name} | {' | '.join(f'{kept(points, share):.1%}' for share in LET_THROUGH)} | {area(points):.3f} |")
    print("\nArea by length of the value:\n")
    print(f"| measure | {' | '.join(f'{low}-{high}' for low, high in LENGTHS)} |\n| --- |{' --- |' * len(LENGTHS)}")
    for name, measure in MEASURES.items():
        cells = []
        for low, high in LENGTHS:
            own = [[value for value in side if low <= len(value) <= high] for side in (secrets, others)]
            cells.append(f"{area(curve(measure, *own)):.3f}")
        print(f"| {name} | {' | '.join(cells)} |")
    if options.csv:
        with open(options.csv, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["measure", "others let through", "credentials kept"])
            for name, points in curves.items():
                writer.writerows((name, f"{x:.4f}", f"{y:.4f}") for x, y in points[:: max(1, len(points) // 100)])


if __name__ == "__main__":
    main()
