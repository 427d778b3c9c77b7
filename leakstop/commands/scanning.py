"""What the scanning commands share: command line and configuration into settings, and a report into outputs and an exit code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from leakstop import config as configuration
from leakstop.commands import output
from leakstop.errors import ConfigError, RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
        return _without(_excluder(self.config, repository), chunks, tally) if self.config.exclude else chunks

    def without_excluded(self, report: Report, repository: Repository) -> Report:
        """The report of a history without the findings in excluded paths: one blob may have other paths, too."""
        if not self.config.exclude:
            return report
        from leakstop.model import Skipped

        excluded = _excluder(self.config, repository)
        results = tuple(result for result in report.results if not excluded(result.finding.origin.path))
        left_out = Skipped("finding", "excluded", len(report.results) - len(results))
        skipped = (*report.coverage.skipped, *([left_out] if left_out.count else []))
        return report._replace(results=results, coverage=report.coverage._replace(skipped=skipped))

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


def _excluder(config: Config, repository: Repository) -> Callable[[bytes], bool]:
    """Whether a path is excluded: seen from the top of the repository, or from the folder of the configuration further down."""
    from leakstop.sources.globs import matcher

    fits = matcher(config.exclude)
    folder, top = os.fsencode(config.folder) + b"/", (repository.work_tree or b"") + b"/"
    down = folder[len(top) :] if folder.startswith(top) else b""

    def excluded(path: bytes) -> bool:
        names = (path, path[len(down) :]) if down and path.startswith(down) else (path,)
        return bool(path) and fits is not None and any(map(fits, names))

    return excluded


def _without(excluded: Callable[[bytes], bool], chunks: Iterator[Chunk], tally: Tally) -> Iterator[Chunk]:
    for chunk in chunks:
        if excluded(chunk.origin.path):
            tally.skip("file", "excluded")
        else:
            yield chunk
