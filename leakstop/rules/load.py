"""Rule files into rules: the built-in ones from the wheel's index or the checkout's `patterns/`, and those of the user.

    patterns/*.toml --read--> rules and examples --load--> RuleSet <--index-- index.jsonl

The index is made when the wheel is built (`hatch_build.py`): reading many TOML files would cost the hook as much as git does. For
a checkout, and an editable install of one, it is made in the cache whenever a file has changed.
"""

from __future__ import annotations

import os

from leakstop.errors import RuleError, nearest
from leakstop.memo import partial
from leakstop.reader import DISK
from leakstop.record import NamedTuple
from leakstop.rules import index
from leakstop.rules.rule import Foreign, Rule, RuleSet, RuleTests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from leakstop.reader import Reader
    from leakstop.rules.rule import Allowlist

FORMAT = 1  # of the digest
_DESCRIBING = ("provider", "description", "docs", "verify")  # what a rule says, not what it finds: no part of the digest


class Entry(NamedTuple):
    """A rule as it stands in a file."""

    file: str
    rule: Rule
    tests: RuleTests


def load(extra: Sequence[str] = (), disable: Collection[str] = (), reader: Reader = DISK) -> RuleSet:
    """The built-in rules, then those of the files and folders in `extra`, without the ids in `disable`.

    A rule of the user's with the id of a built-in one takes its place. Raises RuleError, which names file, rule and key, for a
    file that is malformed, for two rules with one id, and for an id to disable that no rule has.
    """
    builtin = _builtin()
    if not extra and not disable:
        return builtin
    sources = [source for path in extra for source in _sources(path, reader)]
    added = _unique(entry._replace(rule=entry.rule._replace(foreign=True)) for source in sources for entry in source.entries)
    rules = {rule.id: rule for rule in builtin.rules} | {entry.rule.id: entry.rule for entry in added}
    for entry in added:
        if entry.rule.foreign_format is None:
            _check(entry, rules)
    shared = tuple(allowlist for source in sources for allowlist in source.shared)
    if shared:
        lists = Foreign(lists=shared, ours=True)
        rules |= {rule.id: rule._replace(foreign_format=lists) for rule in builtin.rules if rules[rule.id] is rule}
    notes, others = [note for source in sources for note in source.notes], []
    for id_ in (id_ for source in sources for id_ in source.disabled):
        others.append(id_) if id_ in rules else notes.append(f"disabledRules: {id_} is not a rule here; `leakstop rules list`")
    for id_ in sorted(set(disable) - rules.keys()):
        raise RuleError("", id_, "", "there is no such rule to disable", nearest(id_, rules))
    kept = tuple(rule for rule in rules.values() if rule.id not in disable and rule.id not in others)
    if sources or builtin.ready is None:
        return RuleSet(kept, digest(kept), None, tuple(notes))
    numbers = [number for number, rule in enumerate(builtin.rules) if rule.id not in disable]
    return RuleSet(kept, digest(kept), index.without(builtin.ready, builtin.rules, numbers))


def read(path: str, reader: Reader = DISK) -> list[Entry]:
    """The entries of a TOML file, or of all in a folder. Keys and values are checked, expressions are not yet tried.

    Raises RuleError for a file that cannot be read or is malformed.
    """
    return [entry for source in _sources(path, reader) for entry in source.entries]


class _Source(NamedTuple):
    """What a rule file says, whatever its form."""

    entries: list[Entry]
    shared: tuple[Allowlist, ...] = ()  # of gitleaks: for the built-in rules, too
    disabled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _sources(path: str, reader: Reader) -> Iterator[_Source]:
    from leakstop.rules import gitleaks
    from leakstop.rules.schema import entries, parse

    for file in files(path, reader):
        table = parse(file, reader)
        if gitleaks.is_gitleaks(table):
            found = gitleaks.read(file, table, partial(parse, reader=reader), reader)
            rules = [Entry(file, rule, RuleTests((), ())) for rule in found.rules]
            yield _Source(rules, found.shared, found.disabled, found.notes)
        else:
            shown = reader.shown(file) if reader is not DISK else file  # of a commit, if it is one's
            own = [Entry(shown, rule, tests) for rule, tests in entries(shown, table)]
            if not own:
                raise RuleError(shown, "", "", "holds no rule", "Each rule begins with [[rule]].")
            yield _Source(own)


def files(path: str, reader: Reader = DISK) -> list[str]:
    """The rule file itself, or the TOML files of a folder by name. Raises RuleError when a folder has none."""
    names = reader.names(path)
    if names is None:
        return [path]
    found = [os.path.join(path, name) for name in names if name.endswith(".toml")]
    if not found:
        raise RuleError(path, "", "", "the folder holds no rule file (*.toml)")
    return found


def folder() -> str:
    """Where the built-in rule files are: beside the package in a checkout, inside it when installed."""
    return _place()[0]


def digest(rules: Iterable[Rule]) -> str:
    """16 hex digits over everything in the rules that decides findings."""
    import json
    from _blake2 import blake2b  # hashlib would load OpenSSL: 3 ms

    rows = [[value for name, value in zip(Rule._fields, rule, strict=True) if name not in _DESCRIBING] for rule in rules]
    return blake2b(json.dumps([FORMAT, rows], separators=(",", ":")).encode(), digest_size=8).hexdigest()


def _builtin() -> RuleSet:
    place, installed = _place()
    if installed:
        from leakstop import store

        try:
            return index.parse(store.mapped_file(os.path.join(place, index.NAME)))
        except FileNotFoundError:
            pass  # an installation that was made by copying files
    return _indexed(place)


def _indexed(place: str) -> RuleSet:
    """The rules of a folder through an index in the cache, which is made again when a file changes."""
    from _blake2 import blake2b

    stamp = [FORMAT, index.FORMAT, *_versions(place, ".toml"), *_versions(os.path.dirname(__file__), ".py")]
    name = f"index-{blake2b(repr(stamp).encode(), digest_size=12).hexdigest()}"

    def made() -> bytes:
        rules = tuple(entry.rule for entry in _unique(read(place)))
        return index.dump(rules, digest(rules))

    return index.kept(name, made)


def _versions(place: str, ending: str) -> list[tuple[str, int, int]]:
    """What tells one version of a folder's files from another."""
    with os.scandir(place) as entries:
        return sorted(
            (entry.path, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in entries if entry.path.endswith(ending)
        )


def _place() -> tuple[str, bool]:
    """The folder of the built-in rule files, and whether it is an installed one."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    checkout = os.path.dirname(package)
    # Not just "is there a folder patterns": beside an installed package that may be anybody's.
    installed = not os.path.isfile(os.path.join(checkout, "hatch_build.py"))
    return os.path.join(package if installed else checkout, "patterns"), installed


def _unique(entries: Iterable[Entry]) -> list[Entry]:
    seen: dict[str, Entry] = {}
    for entry in entries:
        first = seen.setdefault(entry.rule.id, entry)
        if first is not entry:
            raise RuleError(entry.file, entry.rule.id, "id", f"is taken by a rule in {first.file}")
    return list(seen.values())


def _check(entry: Entry, rules: Collection[str]) -> None:
    """What only needs looking at in a user's rule: the tests hold the built-in ones to it."""
    from leakstop.rules.schema import check_expressions

    check_expressions(entry.file, entry.rule)
    pair = entry.rule.pair
    for id_ in (pair.rule, *pair.also) if pair else ():
        if id_ not in rules:
            raise RuleError(entry.file, entry.rule.id, "pair", f"there is no rule {id_!r}", nearest(id_, rules))
