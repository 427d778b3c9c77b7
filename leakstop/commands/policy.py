"""Whose configuration, rules, ignores and pragmas count: those of the disk, or for a change those of the commit it starts from.

Otherwise a pull request could bring a secret together with the configuration that hides it. What a change brings of its own is
told in the report and does not count, unless the base's configuration (`trust-changes`) or the command line (`--trust-changes`)
lets it.
"""

from __future__ import annotations

import os

from leakstop import config as configuration
from leakstop.commands.output import tell
from leakstop.errors import ConfigError, LeakstopError, RuleError
from leakstop.memo import partial
from leakstop.model import Problem
from leakstop.reader import DISK
from leakstop.record import NamedTuple
from leakstop.triage.names import BASELINE, IGNORES, Names, check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from leakstop.config import Config
    from leakstop.git.plumbing import Repository
    from leakstop.git.revisions import Revisions
    from leakstop.model import Finding
    from leakstop.reader import Reader
    from leakstop.rules.rule import RuleSet
    from leakstop.triage.load import Files
    from leakstop.triage.silence import Silence

AHEAD = (configuration.FILE, configuration.PYPROJECT, IGNORES, BASELINE)  # what is looked for in each folder
ON_DISK = ("file", "config", "hook")  # kinds of origin
UNNAMED = ("file", "folder")  # fields of a configuration that no key sets


class Change(NamedTuple):
    """A change that must not decide about itself."""

    repository: Repository
    base: str  # id of the commit (or tree) whose policy counts; the empty tree's: nobody's, all is as by default
    head: str  # id of the newest commit

    @classmethod
    def of(cls, repository: Repository, revisions: Revisions, policy: str = "") -> Change | None:
        """The change between revisions; None if they start nowhere, and there is nothing that it could be held against.

        Of several bases the first one counts. `policy`: id of another commit to take it from.
        """
        base = policy or next(iter(revisions.bases), "")
        return cls(repository, base, revisions.heads[-1]) if base and revisions.heads else None


class Policy(NamedTuple):
    """What decides about findings."""

    config: Config
    rules: RuleSet
    silence: Callable[[], Silence]  # what takes findings out of the count; read when there is one
    unheeded: tuple[str, ...] = ()  # what the change brings itself, and does not count
    problems: tuple[Problem, ...] = ()  # what is wrong in it


def read(values: Any, place: str, change: Change | None = None, identity: str = "") -> Policy:
    """The policy for what is scanned at `place`. ConfigError, RuleError: a mistake of the user's, or of the base's.

    identity: what the fingerprints of a place without a salt of its own hang on; by default the top of its repository.
    """
    if change is None:
        config, rules = _read(values, place, DISK)
        names = names_of(values, config, DISK.folders(place)[-1], DISK)
        if getattr(values, "baseline", ()) or getattr(values, "ignore_file", None):
            files = _load(values, names, DISK)  # one that is named and is none is a mistake, whatever is found
            return Policy(config, rules, lambda: _silence(values, config, names, identity, lambda: files))
        return Policy(config, rules, lambda: _silence(values, config, names, identity, lambda: _load(values, names, DISK)))
    return _of_change(values, place, change)


def _of_change(values: Any, place: str, change: Change) -> Policy:
    from leakstop.git.snapshot import Snapshot
    from leakstop.triage.load import additions

    base, head = (Snapshot(change.repository, oid, AHEAD) for oid in (change.base, change.head))
    config, rules = _read(values, place, base)
    trusted = {*config.trust_changes, *getattr(values, "trust_changes", ())}
    told: list[str] = []
    wrong: list[Problem] = []
    if "config" in trusted:
        config, rules = _read(values, place, head)
    else:
        try:
            told += _differences(config, rules, values, place, head)
        except LeakstopError as error:
            wrong.append(_wrong(error))
    names = names_of(values, config, base.folders(place)[-1], head if "ignores" in trusted else base)
    files = _load(values, names, head if "ignores" in trusted else base)
    own: Files | None = None
    if "ignores" not in trusted:
        try:
            own = _load(values, names, head)
            told += additions(files, own)
        except LeakstopError as error:
            wrong.append(_wrong(error))
    standing = None if "pragmas" in trusted else base.holding
    silence = partial(_silence, values, config, names, "", lambda: files, own, standing)
    return Policy(config, rules, silence, tuple(told), tuple(wrong))


def _wrong(error: LeakstopError) -> Problem:
    """A mistake in what a change brings. It does not count yet, but would for everybody as soon as the change is in."""
    told = " ".join(
        filter(None, (error.remedy, "Mend it in the change: once that is merged, every check ends with exit code 2."))
    )
    return Problem("policy of the change", error.message, told)


def names_of(values: Any, config: Config, top: str, reader: Reader) -> Names:
    """The files that take findings out of the count. ConfigError: one is named that is not there."""
    baselines = tuple(values.baseline) or ((config.baseline,) if config.baseline else ())
    names = Names(top, values.ignore_file or config.ignore_file, baselines, config.foreign_ignores)
    check(reader, names)
    return names


def _load(values: Any, names: Names, reader: Reader) -> Files:
    from leakstop.triage.foreign import Foreign
    from leakstop.triage.load import load

    files = load(reader, names)
    return files._replace(ignores=(), known=(), foreign=Foreign()) if values.no_ignores else files


def _silence(
    values: Any,
    config: Config,
    names: Names,
    identity: str,
    files: Callable[[], Files],
    own: Files | None = None,
    standing: Callable[[bytes], Iterator[bytes]] | None = None,
) -> Silence:
    from leakstop.triage.fingerprint import own_salt, passing
    from leakstop.triage.silence import Silence

    obeyed = files()
    salts = tuple(dict.fromkeys((*obeyed.salts, *(own.salts if own else ()))))
    if not salts:
        salts = (own_salt(identity or os.path.realpath(names.top)),)
        if not getattr(values, "quiet", False) and (told := passing()):
            tell(f"leakstop: {told}")
    return Silence(
        salts,
        obeyed.ignores,
        obeyed.known,
        obeyed.foreign,
        obey_pragmas=config.pragmas and not values.no_pragmas,
        standing=standing,
        name=partial(_name, names.top),
        own=Silence(salts, own.ignores, own.known, own.foreign, name=partial(_name, names.top)) if own else None,
    )


def _name(top: str, finding: Finding) -> str:
    """The path of a finding from the top: those of files on the disk are seen from the current folder."""
    path = finding.origin.path
    if finding.origin.kind in ON_DISK and path:
        path = os.path.relpath(os.path.abspath(path), os.fsencode(top)).replace(os.fsencode(os.sep), b"/")
    return path.decode("utf-8", "backslashreplace")


def _read(values: Any, place: str, reader: Reader) -> tuple[Config, RuleSet]:
    config = configuration.load(place, values.config, reader)
    return config, load_rules(config, values.rules, reader)


def load_rules(config: Config, extra: tuple[str, ...], reader: Reader = DISK) -> RuleSet:
    """The rules that configuration and command line choose. ConfigError: a rule is to be disabled that does not exist."""
    from leakstop.rules.load import load

    try:
        return load((*config.rules, *extra), config.disable, reader)
    except RuleError as error:
        if error.rule in config.disable and not error.file:
            raise ConfigError(f"{config.file}: disable: there is no rule {error.rule!r}", error.remedy) from None
        if not error.remedy and error.file in (*config.rules, *map(reader.shown, config.rules)):
            where = f"It is named by `rules` in {config.file}; paths there are relative to that file."
            raise ConfigError(error.message, where) from None
        raise


def _differences(config: Config, rules: RuleSet, values: Any, place: str, head: Reader) -> list[str]:
    """What configuration and rules of the change say that those of the base do not. ConfigError, RuleError: a mistake in them."""
    own = configuration.load(place, values.config, head)
    own_rules = load_rules(own, values.rules, head) if (own.rules, own.disable, values.rules) != ((), (), ()) else None
    keys = [name.replace("_", "-") for name in own._fields if name not in UNNAMED and getattr(own, name) != getattr(config, name)]
    told = []
    if keys:
        told.append(f"configuration: {', '.join(keys)} in {own.file or config.file}")
    if own_rules is not None and own_rules.digest != rules.digest and not {"rules", "disable"}.intersection(keys):
        told.append(f"rules: {', '.join(map(head.shown, (*own.rules, *values.rules)))}")
    return told
