"""Where the time of a start goes: interpreter, imports, rules, Hyperscan's database.

python benchmarks/startup.py
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

import corpus
import measure
import peers

SHOWN = 15  # modules, the most expensive ones

# Each runs in an interpreter of its own and prints seconds, and then what it was about.
_INSTALLED = """
import time
from leakstop.rules.compiled import compile_rules
from leakstop.rules.load import load
begin = time.perf_counter()
rules = load()
loaded = time.perf_counter()
compiled = compile_rules(rules)
print(loaded - begin, time.perf_counter() - loaded, len(rules.rules), len(compiled.anchors))
"""
_FILES = """
import os, time
import leakstop
from leakstop.rules.compiled import compile_rules
from leakstop.rules.load import digest, read
from leakstop.rules.rule import RuleSet
package = os.path.dirname(leakstop.__file__)
places = [os.path.join(package, "patterns"), os.path.join(os.path.dirname(package), "patterns")]
begin = time.perf_counter()
rules = tuple(entry.rule for entry in read(next(filter(os.path.isdir, places))))
loaded = time.perf_counter()
compile_rules(RuleSet(rules, digest(rules)))
print(loaded - begin, time.perf_counter() - loaded)
"""
_HYPERSCAN = """
import time
from leakstop.detect.prefilter import Hyperscan
from leakstop.rules.compiled import compile_rules
from leakstop.rules.load import load
compiled = compile_rules(load())
begin = time.perf_counter()
import hyperscan
imported = time.perf_counter()
Hyperscan(compiled)
print(imported - begin, time.perf_counter() - imported)
"""


def main() -> None:
    parser = measure.options(__doc__.partition("\n")[0], runs=15)
    options = parser.parse_args()
    [tool] = peers.find(options.leakstop, [], [name for name in peers.PEERS if name != peers.LEAKSTOP], "staged")
    python = interpreter(tool.argv)
    print(f"## Start-up\n\n{measure.machine()}\n\n{peers.versions([tool])}, {_version(python)}")
    with measure.scratch() as folder:
        repository = os.path.join(folder, "repository")
        corpus.small_repository(repository)
        env = measure.environment(os.path.join(folder, "home"))
        _times(tool, python, repository, env, options)
        _modules(tool, python, repository, env)
        _compiling(python, env, options.runs)


def interpreter(argv: tuple[str, ...]) -> str:
    """The interpreter that runs a command: the command itself, or the one that its first lines name."""
    path = shutil.which(argv[0]) or argv[0]
    if os.path.basename(path).startswith("python"):
        return path
    with open(path, "rb") as file:
        head = file.read(1024).decode(errors="replace").split("\n")
    # A long path does not fit behind #!: then the second line of a small shell script holds it.
    line = head[1].removeprefix("'''exec'") if head[0].endswith("/sh") else head[0].removeprefix("#!")
    return shlex.split(line)[0]


def _version(python: str) -> str:
    return subprocess.run([python, "--version"], capture_output=True, check=True).stdout.decode().strip()


def _times(tool: peers.Tool, python: str, repository: str, env: dict[str, str], options) -> None:
    print("\n### Times")
    cases = [
        measure.Case("bare interpreter: `python -c pass`", [python, "-c", "pass"], repository, env),
        measure.Case("`leakstop --version`", [*tool.argv, "--version"], repository, env),
        measure.Case("`leakstop staged`, nothing staged", [*tool.argv, "staged"], repository, env),
        measure.Case("`git diff --cached --quiet`", ["git", "diff", "--cached", "--quiet"], repository, env),
    ]
    results = measure.compare(cases, options.runs, timeout=options.timeout)
    rows = []
    for name, usages in results.items():
        failure = usages[-1].failure
        times = [measure.median(usages), measure.least(usages), measure.median(usages, "cpu")]
        rows.append([name, *([failure, measure.NONE, measure.NONE] if failure else map(measure.seconds, times))])
    measure.table(["", "median", "min", "CPU"], rows)


def _modules(tool: peers.Tool, python: str, repository: str, env: dict[str, str]) -> None:
    """What `leakstop staged` imports beyond a bare interpreter, with nothing and with 200 lines staged."""
    bare = set(_imports([python, "-c", "pass"], repository, env))
    print("\n### Modules imported beyond those of a bare interpreter (each import is slower while it is timed)")
    corpus.stage(repository, 200)
    some = _imports([*tool.argv, "staged"], repository, env)
    measure.git("reset", "-q", "--hard", cwd=repository)
    none = _imports([*tool.argv, "staged"], repository, env)
    rows = []
    for title, found in (("nothing staged", none), ("200 lines staged", some)):
        own = {name: time for name, time in found.items() if name not in bare}
        costly = sorted(own, key=own.__getitem__, reverse=True)[:SHOWN]
        listed = ", ".join(f"{name} {own[name] / 1000:.1f}" for name in costly)
        ours = sum(name.partition(".")[0] == "leakstop" for name in own)
        rows.append([title, f"{len(own)} ({ours})", f"{sum(own.values()) / 1000:.1f} ms", listed])
    measure.table(["", "modules (leakstop's)", "in all", f"the {SHOWN} slowest, ms, each without what it imports"], rows)


def _imports(argv: list[str], cwd: str, env: dict[str, str]) -> dict[str, int]:
    """Microseconds that each module's own import takes."""
    timed = subprocess.run(argv, cwd=cwd, env=env | {"PYTHONPROFILEIMPORTTIME": "1"}, capture_output=True, check=False)
    times = {}
    for line in timed.stderr.decode(errors="replace").splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        if line.startswith("import time:") and own.strip().isdigit():
            times[rest.partition("|")[2].strip()] = int(own)
    return times


def _compiling(python: str, env: dict[str, str], runs: int) -> None:
    print("\n### Rules and Hyperscan's database, inside the process")
    results: dict[str, list[float]] = {}
    about = ""
    for _ in range(runs):
        measure.fresh(env["HOME"])
        load, derive, rules, anchors = _inside(python, _INSTALLED, env)
        about = f"{rules:.0f} rules, {anchors:.0f} anchors"
        results.setdefault("rules and anchors as installed (a wheel's index; in a checkout the TOML files)", []).append(
            load + derive
        )
        measure.fresh(env["HOME"])
        for cache in ("cold", "cached"):
            load, derive = _inside(python, _FILES, env)
            results.setdefault("rules from TOML files", []).append(load)
            results.setdefault(f"their anchors, {cache}", []).append(derive)
        for cache in ("cold", "cached"):
            library, database = _inside(python, _HYPERSCAN, env)
            results.setdefault(f"Hyperscan's database, {cache}", []).append(database)
        results.setdefault("importing hyperscan", []).append(library)
    rows = [
        [name, measure.seconds(sorted(times)[len(times) // 2]), measure.seconds(min(times))] for name, times in results.items()
    ]
    measure.table([about, "median", "min"], rows)


def _inside(python: str, script: str, env: dict[str, str]) -> list[float]:
    output = subprocess.run([python, "-c", script], env=env, capture_output=True, check=True).stdout
    return [float(word) for word in output.split()]


if __name__ == "__main__":
    main()
