"""What the scanning commands share: command line and configuration into settings, and a report into outputs and an exit code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop import config as configuration
from leakstop.commands import output
from leakstop.errors import ConfigError, RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.config import Config
    from leakstop.git.plumbing import Repository
    from leakstop.model import Chunk, Report, Tally
    from leakstop.pipeline import Settings
    from leakstop.progress import Progress
    from leakstop.rules.rule import RuleSet


class Job(NamedTuple):
    """All that a scan needs besides its source."""

    config: Config
    settings: Settings
    outputs: tuple[output.Output, ...]
    look: output.Look
    bar: bool  # whether there may be a progress bar

    def progress(self, total: int | None, unit: str, label: str) -> Progress:
        """A progress bar for this scan; it shows only when that makes sense."""
        from leakstop.progress import Progress, wanted

        return Progress(total, unit, self.bar and wanted(), label)

    def kept(self, chunks: Iterator[Chunk], repository: Repository, tally: Tally) -> Iterator[Chunk]:
        """The chunks of a git source without those of paths that the configuration excludes."""
        return _without(self.config, repository.work_tree, chunks, tally) if self.config.exclude else chunks

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
    return Job(config, settings, outputs, output.look(values), not (values.no_progress or values.quiet))


def load_rules(config: Config, extra: tuple[str, ...]) -> RuleSet:
    """The rules that configuration and command line choose. ConfigError: a rule is to be disabled that does not exist."""
    from leakstop.rules.load import load

    try:
        return load((*config.rules, *extra), config.disable)
    except RuleError as error:
        if error.rule in config.disable and not error.file:
            raise ConfigError(f"{config.file}: disable: there is no rule {error.rule!r}", error.remedy) from None
        raise


def _without(config: Config, top: bytes | None, chunks: Iterator[Chunk], tally: Tally) -> Iterator[Chunk]:
    """Globs are seen from the top of the repository and from the folder of the configuration, which may be further down."""
    from leakstop.sources.globs import matcher

    excluded = matcher(config.exclude)
    folder, above = os.fsencode(config.folder) + b"/", (top or b"") + b"/"
    down = folder[len(above) :] if folder.startswith(above) else b""
    for chunk in chunks:
        path = chunk.origin.path
        if excluded and path and (excluded(path) or (down and path.startswith(down) and excluded(path[len(down) :]))):
            tally.skip("file", "excluded")
        else:
            yield chunk
