"""Hyperscan's databases of a rule set: two, made once on a machine and kept in the cache.

Hyperscan looks for the literals of all expressions at once, in eight groups; what a group cannot tell from its literals is looked
at again, and that is most of the work. Exact literals and words of any case together get in each other's way: a database for each
is searched faster than one for both. What may be encoded (`decode.spots`: exact, and long) costs half as much beside the exact
ones as by itself.
"""

from __future__ import annotations

import os
import sys

from leakstop.memo import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.machinery import ModuleSpec
    from typing import Any

    from leakstop.rules.compiled import Compiled

_FORMAT = 16  # of the file, and of what `decode.spots` looks for
_KIND = "hyperscan-"  # what the names of entries begin with
_LIBRARY = "hyperscan._hs_ext"
_SIZE = 8  # bytes of a number in the file
# With a literal of two bytes among them Hyperscan looks at every byte for the first eight of all literals, not at every second
# one: it then takes far less often for one what is none, and needs two thirds of the time. Never reported.
_FINE = rb"\xfe\xff"
_COUNTED = 8  # runs that may be this long are not counted


def library() -> Any:
    """The compiled part of `hyperscan`; the package around it imports `typing`, which costs the hook as much as searching.

    ImportError: there is none.
    """
    if (known := sys.modules.get(_LIBRARY)) is not None:
        return known
    spec = _spec()
    if spec is None or spec.loader is None:
        import hyperscan  # it has another structure; ImportError, if it is not there at all

        return hyperscan
    from importlib import _bootstrap

    found = sys.modules[_LIBRARY] = _bootstrap.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@cache
def _spec() -> ModuleSpec | None:
    """Where the compiled part is, which is not loaded for that."""
    from importlib.machinery import PathFinder

    package = PathFinder.find_spec("hyperscan")
    return package and PathFinder.find_spec(_LIBRARY, package.submodule_search_locations)


def of(compiled: Compiled) -> list[Any]:
    """The databases. They report an anchor by its number; the expressions of `decode.spots` are numbered behind the last one."""
    return _kept(name_of(compiled)) or _built(name_of(compiled), _parts(compiled))


def at_hand(compiled: Compiled) -> list[Any]:
    """The databases, if they lie ready or it is time to make them: when they are missed, or damaged, for the second time, and
    nothing makes them in the background. Else none, as where there is no library.
    """
    from leakstop import store

    try:
        name = name_of(compiled)
    except ImportError:
        return []
    if store.has(name):
        if found := _kept(name):
            return found
        store.release(name)
    from leakstop.detect import background

    if background.later(compiled):
        return []
    if store.has(_wish(name)):
        return _built(name, _parts(compiled))
    store.write(_wish(name), b"")
    return []


def name_of(compiled: Compiled) -> str:
    """The name of their entry in the cache. ImportError: there is no library.

    A home may be that of several machines: each library and kind of processor has databases of its own.
    """
    return f"{_KIND}{_FORMAT}-{compiled.key}-{_maker()}"


def _wish(name: str) -> str:
    return f"{name}-wanted"


def _parts(compiled: Compiled) -> list[dict[int, bytes]]:
    """What is in each database: expressions by the number that they are reported under."""
    import re

    from leakstop.detect.decode.spots import expressions

    anchors = [anchor.expression for anchor in compiled.anchors]
    any_case = re.compile(r"\[\\x(?:4[1-9a-f]\\x6|5[0-9a]\\x7)[0-9a-f]\]")  # such as [\x41\x61]
    words = {number: _loose(anchor).encode("ascii") for number, anchor in enumerate(anchors) if any_case.search(anchor)}
    exact = {number: anchor.encode("ascii") for number, anchor in enumerate(anchors) if number not in words}
    return [words, {**exact, **dict(enumerate(expressions(anchors), len(anchors)))}]


def _loose(expression: str) -> str:
    """An expression that also takes longer runs of what it takes some of: [a-z]* for [a-z]{0,16}.

    Each byte that is counted is a state in an automaton of Hyperscan, which starts wherever a word such as `key` stands; with
    a quarter of the states these take half the time. What is reported beyond the expression is for the matcher to turn down. Runs
    that go on over the end of a line stay as they are: they could go on to the end of the text.
    """
    import re

    def loose(run: re.Match[str]) -> str:
        taken, low, high = run.groups()
        if int(high) < _COUNTED or re.match(taken, "\n"):
            return run[0]
        return taken + ("*" if low == "0" else f"{{{low},}}")

    return re.sub(r"(\[[^]]*\]|\\x..)\{([0-9]+),([0-9]+)\}", loose, expression)


def _kept(name: str) -> list[Any]:
    """The databases in the cache; none if they are missing or damaged."""
    from leakstop import store

    hyperscan = library()

    file = store.opened(name)
    if file is None:
        return []
    databases = []
    with file:  # each is read by itself: a copy of these megabytes costs as much as a search
        try:
            count, left = file.read(1), os.fstat(file.fileno()).st_size
            while size := int.from_bytes(file.read(_SIZE), "little"):
                dump = file.read(min(size, left))
                if len(dump) < size:
                    return []
                database = hyperscan.loadb(dump, hyperscan.HS_MODE_BLOCK)
                database.scratch = hyperscan.Scratch(database)
                databases.append(database)
        except (OSError, hyperscan.HyperscanError):
            return []  # damaged, which Hyperscan's own checksum tells, or for another processor after all
    return databases if bytes([len(databases)]) == count else []


def _built(name: str, parts: list[dict[int, bytes]]) -> list[Any]:
    """Databases, compiled now and kept."""
    from leakstop import store

    hyperscan = library()

    databases = [_compiled(part) for part in parts if part]
    dumps = [hyperscan.dumpb(database) for database in databases]
    sized = (len(dump).to_bytes(_SIZE, "little") + dump for dump in dumps)
    store.write(name, bytes([len(dumps)]) + b"".join(sized))
    store.release(_wish(name))
    store.prune(_KIND)
    return databases


def _compiled(expressions: Mapping[int, bytes]) -> Any:
    hyperscan = library()

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    size = len(expressions) + 1
    database.compile(
        expressions=[*expressions.values(), _FINE],
        ids=[*expressions, max(expressions) + 1],
        elements=size,
        flags=[*[0] * (size - 1), hyperscan.HS_FLAG_QUIET],
    )
    return database


@cache
def _maker() -> str:
    """Tells apart what databases are made by and for: the library, and the processor with its abilities."""
    from _blake2 import blake2b

    spec = _spec()
    file = os.stat(spec.origin if spec is not None and spec.origin else library().__file__)
    machine = f"{file.st_size} {file.st_mtime_ns} {sys.platform} {sys.maxsize}".encode()
    return blake2b(machine + _processor(), digest_size=8).hexdigest()


def _processor() -> bytes:
    """What tells processors apart that need a database of their own; empty where the system does not say."""
    try:
        with open("/proc/cpuinfo", "rb") as file:
            head = file.read(8192)
    except OSError:
        return b""
    return b"".join(line for line in head.split(b"\n\n", 1)[0].split(b"\n") if line.startswith((b"flags", b"Features")))
