"""What four times as many rules cost: the same scans with leakstop's rules, and with three copies more of each.

    python benchmarks/rules.py FOLDER_OR_REPOSITORY...

A copy has the shape of its original, but other literals: every letter outside character classes is moved on in the alphabet, in
prefixes and in keywords. So the copies find nothing, as most rules do in most repositories; what they cost is looking for them.
They are built in like the original ones.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import string
import subprocess
import tomllib
from typing import Any

import corpus
import measure
import peers
from startup import interpreter
from tree import is_repository

SHIFTS = (5, 11, 17)  # by how many letters each copy's literals are moved on

# What stands in an expression and is no literal: heads of groups, classes, escapes, repeats.
_SYNTAX = re.compile(
    r"\(\?(?:P?<\w+>|P=\w+\)|P>\w+\)|<?[=!]|[aiLmsux-]*[:)]|>|#[^)]*\))|\[\^?\]?(?:\\.|[^\]\\])*\]|\\x..|\\.|\{[\d,]*\}",
    re.DOTALL,
)

_FRAGMENT = re.compile(r"\{\{([a-z_]+)\}\}")

_INDEX = """
import sys
from leakstop.rules import index, load
rules = [entry.rule for entry in load.read(sys.argv[1])]
with open(f"{sys.argv[1]}/{index.NAME}", "wb") as file:
    file.write(index.dump(rules, load.digest(rules)))
print(len(rules))
"""


def main() -> None:
    parser = measure.options(__doc__.partition("\n")[0], runs=5)
    parser.add_argument("places", nargs="*", metavar="PLACE", help="folders to scan, repositories whose history to scan")
    options = parser.parse_args()
    [tool] = peers.find(options.leakstop, [], [name for name in peers.PEERS if name != peers.LEAKSTOP], "staged")
    python = interpreter(tool.argv)
    print(f"## Number of rules\n\n{measure.machine()}\n\n{peers.versions([tool])}")
    with measure.scratch() as folder:
        package = os.path.dirname(_output(python, "-P", "-c", "import leakstop; print(leakstop.__file__)"))
        patterns = next(filter(os.path.isdir, (os.path.join(package, "patterns"), os.path.join(package, "..", "patterns"))))
        more = os.path.join(folder, "more")
        multiply(patterns, more)
        variants: list[tuple[str, str]] = []
        for name, sources in (("as they are", [patterns]), ("4 times as many", [patterns, more])):
            place = os.path.join(folder, f"package{len(variants)}")
            number = _package(python, package, sources, place)
            variants.append((f"{name} ({number})", place))
        for where in ("", *map(os.path.abspath, options.places)):
            _one(where, variants, python, folder, options)


def multiply(patterns: str, target: str) -> None:
    """Write copies of all rules, with other literals, into a folder; the copies' examples would say nothing and are left out."""
    os.makedirs(target)
    for name in sorted(os.listdir(patterns)):
        if not name.endswith(".toml"):
            continue
        with open(os.path.join(patterns, name), "rb") as file:
            table = tomllib.load(file)
        for shift in SHIFTS:
            rules = [_moved(rule, table.get("fragments", {}), shift) for rule in table.get("rule", [])]
            top = {key: value for key, value in table.items() if key not in ("rule", "fragments")}
            text = _toml(top) + "".join(f"[[rule]]\n{_toml(rule)}" for rule in rules)
            with open(os.path.join(target, f"copy{shift}-{name}"), "w", encoding="ascii") as file:
                file.write(text)


def _moved(rule: dict[str, Any], fragments: dict[str, str], shift: int) -> dict[str, Any]:
    moved = {key: value for key, value in rule.items() if key not in ("tests", "allow")}
    moved["id"] += f"-copy{shift}"
    pattern = rule["pattern"]
    while _FRAGMENT.search(pattern):  # these may name others
        pattern = _FRAGMENT.sub(lambda found: fragments[found[1]], pattern)
    moved["pattern"] = _shifted(pattern, shift)
    if "keywords" in rule:
        moved["keywords"] = [word.translate(_letters(shift)) for word in rule["keywords"]]
    if "pair" in rule:
        pair = dict(rule["pair"])
        pair["rule"] += f"-copy{shift}"
        pair["pattern"] = _shifted(pair["pattern"], shift)
        if "also" in pair:
            pair["also"] = [f"{name}-copy{shift}" for name in pair["also"]]
        moved["pair"] = pair
    return moved


def _shifted(pattern: str, shift: int) -> str:
    """An expression whose literal letters are others."""
    pieces, at = [], 0
    for syntax in _SYNTAX.finditer(pattern):
        pieces += [pattern[at : syntax.start()].translate(_letters(shift)), syntax[0]]
        at = syntax.end()
    return "".join(pieces) + pattern[at:].translate(_letters(shift))


def _letters(shift: int) -> dict[int, int]:
    low, high = string.ascii_lowercase, string.ascii_uppercase
    return str.maketrans(low + high, low[shift:] + low[:shift] + high[shift:] + high[:shift])


def _toml(table: dict[str, Any]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_value(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value)  # TOML writes texts, numbers, truth values and lists as JSON does


def _package(python: str, package: str, sources: list[str], place: str) -> int:
    """A copy of the package whose built-in rules are those of the folders `sources`, with an index as in a wheel; how many."""
    target = os.path.join(place, "leakstop")
    shutil.copytree(package, target, ignore=shutil.ignore_patterns("patterns", "__pycache__"))
    patterns = os.path.join(target, "patterns")
    for source in sources:
        names = shutil.ignore_patterns("index.jsonl")
        shutil.copytree(source, patterns, ignore=names, dirs_exist_ok=True)
    return int(_output(python, "-P", "-c", _INDEX, patterns, path=place))


def _output(python: str, *args: str, path: str = "") -> str:
    env = os.environ | ({"PYTHONPATH": path} if path else {})
    return subprocess.run([python, *args], env=env, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def _one(where: str, variants: list[tuple[str, str]], python: str, folder: str, options) -> None:
    if not where:
        title, work, place = "the hook, 200 lines staged in a small repository", "staged", os.path.join(folder, "small")
        corpus.small_repository(place)
        corpus.stage(place, 200)
    elif is_repository(where):
        title, work, place = f"history of {os.path.basename(where.removesuffix('/repo'))}", "history", where
    else:
        title, work, place = f"scan of {os.path.basename(where)}", "tree", where
    print(f"\n### {title}")
    cases, first, counts = [], [], []
    for number, (name, path) in enumerate(variants):
        env = measure.environment(os.path.join(folder, f"home{number}"))
        tool = peers.Tool(peers.LEAKSTOP, (python, "-P", "-m", "leakstop"), "")
        search = os.pathsep.join(filter(None, (path, os.environ.get("PYTHONPATH"))))
        case = tool.case(work, place, env | {"PYTHONPATH": search})
        case = case._replace(name=name)
        peers.count(tool, case, folder, options.timeout)  # compiles the copied modules
        measure.fresh(env["HOME"])
        first.append(measure.run(case, timeout=options.timeout))
        counts.append(str(peers.count(tool, case, folder, options.timeout)))  # a hook makes the databases when it runs again
        cases.append(case)
    results = measure.compare(cases, options.runs, timeout=options.timeout)
    base = results[cases[0].name]
    rows = []
    for case, cold, count in zip(cases, first, counts, strict=True):
        usages = results[case.name]
        if usages[-1].failure or cold.failure:
            rows.append([case.name, usages[-1].failure or cold.failure, *[measure.NONE] * 4, count])
            continue
        shown = (measure.median(usages), measure.least(usages))
        against = "" if case is cases[0] else measure.ratio(usages, base)
        cpu = measure.seconds(measure.median(usages, "cpu"))
        rows.append([case.name, *map(measure.seconds, shown), against, cpu, measure.seconds(cold.wall), count])
    measure.table(["rules", "median", "min", "÷ as they are", "CPU", "one cold run", "findings (distinct)"], rows)


if __name__ == "__main__":
    main()
