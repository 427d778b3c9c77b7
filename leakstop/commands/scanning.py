"""What the scanning commands share: command line and configuration into settings, and a report into outputs and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop import config as configuration
from leakstop.commands import output
from leakstop.errors import ConfigError, RuleError

if TYPE_CHECKING:
    from leakstop.config import Config
    from leakstop.model import Report
    from leakstop.pipeline import Settings
    from leakstop.rules.rule import RuleSet


class Job(NamedTuple):
    """All that a scan needs besides its source."""

    config: Config
    settings: Settings
    outputs: tuple[output.Output, ...]
    look: output.Look

    def finish(self, report: Report) -> int:
        """Write the report; the exit code."""
        return output.deliver(report, self.outputs, self.look)


def prepare(values: Any, place: str) -> Job:
    """Read configuration and rules for what is scanned at `place`. Mistakes of the user's come out before anything is scanned."""
    from leakstop.pipeline import Settings

    outputs = output.chosen(values.format, values.output)
    config = configuration.load(place, values.config)
    rules = load_rules(config, values.rules)
    settings = Settings(
        rules=rules,
        confidence=values.confidence or config.confidence,
        pragmas=config.pragmas and not values.no_pragmas,
        jobs=config.jobs if values.jobs is None else values.jobs,
        time_limit=config.time_limit if values.time_limit is None else values.time_limit,
    )
    return Job(config, settings, outputs, output.look(values))


def load_rules(config: Config, extra: tuple[str, ...]) -> RuleSet:
    """The rules that configuration and command line choose. ConfigError: a rule is to be disabled that does not exist."""
    from leakstop.rules.load import load

    try:
        return load((*config.rules, *extra), config.disable)
    except RuleError as error:
        if error.rule in config.disable and not error.file:
            raise ConfigError(f"{config.file}: disable: there is no rule {error.rule!r}", error.remedy) from None
        raise
