"""Whose configuration, rules and pragmas count: those of the disk, or for a change those of the commit that it starts from.

Otherwise a pull request could bring a secret together with the configuration that hides it. What a change brings of its own is
told in the report and does not count, unless the base's configuration (`trust-changes`) or the command line (`--trust-changes`)
lets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop import config as configuration
from leakstop.errors import ConfigError, LeakstopError, RuleError
from leakstop.reader import DISK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leakstop.config import Config
    from leakstop.git.plumbing import Repository
    from leakstop.git.revisions import Revisions
    from leakstop.reader import Reader
    from leakstop.rules.rule import RuleSet

AHEAD = (configuration.FILE, configuration.PYPROJECT)  # what is looked for in each folder
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
    standing: Callable[[bytes], Iterator[bytes]] | None = (
        None  # files of the base with a secret: a pragma counts if it stands there
    )
    unheeded: tuple[str, ...] = ()  # what the change brings itself, and does not count


def read(values: Any, place: str, change: Change | None = None) -> Policy:
    """The policy for what is scanned at `place`. ConfigError, RuleError: a mistake of the user's, or of the base's."""
    if change is None:
        return Policy(*_read(values, place, DISK))
    from leakstop.git.snapshot import Snapshot

    base, head = (Snapshot(change.repository, oid, AHEAD) for oid in (change.base, change.head))
    config, rules = _read(values, place, base)
    trusted = {*config.trust_changes, *getattr(values, "trust_changes", ())}
    unheeded: tuple[str, ...] = ()
    if "config" in trusted:
        config, rules = _read(values, place, head)
    else:
        unheeded = _differences(config, rules, values, place, head)
    return Policy(config, rules, None if "pragmas" in trusted else base.holding, unheeded)


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
        raise


def _differences(config: Config, rules: RuleSet, values: Any, place: str, head: Reader) -> tuple[str, ...]:
    """What configuration and rules of the change say that those of the base do not."""
    try:
        own = configuration.load(place, values.config, head)
        own_rules = load_rules(own, values.rules, head) if (own.rules, own.disable, values.rules) != ((), (), ()) else None
    except LeakstopError as error:
        return (f"configuration or rules, which are wrong there: {error.message}",)
    keys = [name.replace("_", "-") for name in own._fields if name not in UNNAMED and getattr(own, name) != getattr(config, name)]
    told = []
    if keys:
        told.append(f"configuration: {', '.join(keys)} in {own.file or config.file}")
    if own_rules is not None and own_rules.digest != rules.digest and not {"rules", "disable"}.intersection(keys):
        told.append(f"rules: {', '.join(map(head.shown, (*own.rules, *values.rules)))}")
    return tuple(told)
