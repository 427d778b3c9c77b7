"""What the scanning commands share: command line and configuration into settings, and a report into outputs and an exit code."""

from __future__ import annotations

import os
import sys

from leakstop.commands import output, policy
from leakstop.errors import UsageError
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from leakstop.commands.live import Live
    from leakstop.commands.policy import Change
    from leakstop.config import Config
    from leakstop.git.plumbing import Repository
    from leakstop.model import Chunk, Report, Tally
    from leakstop.pipeline import Settings
    from leakstop.progress import Progress
    from leakstop.verify import Options


class Job(NamedTuple):
    """All that a scan needs besides its source."""

    config: Config
    settings: Settings
    outputs: tuple[output.Output, ...]
    look: output.Look
    bar: bool  # whether there may be a progress bar
    verifying: Options | None = None  # None: nothing is verified
    live: Live | None = None  # the report that is written while the scan goes on

    def progress(self, total: int | None, unit: str, label: str) -> Progress:
        """A progress bar for this scan; it shows only when that makes sense."""
        from leakstop.progress import Progress, wanted

        return Progress(total, unit, self.bar and wanted(), label)

    def kept(self, chunks: Iterator[Chunk], repository: Repository, tally: Tally) -> Iterator[Chunk]:
        """The chunks of a git source without those of paths that the configuration excludes."""
        return _without(_excluder(self.config, repository), chunks, tally) if self.config.exclude else chunks

    def leaving_out(self, repository: Repository) -> Settings:
        """The settings for a source that cannot leave out excluded paths: one blob may have other paths, too."""
        return self.settings._replace(excluded=_excluder(self.config, repository)) if self.config.exclude else self.settings

    def verified(self, report: Report) -> Report:
        """The report with the providers' verdicts, if they are to be asked."""
        if self.verifying is None:
            return report
        from leakstop.commands.verifying import verified

        return verified(report, self)

    def finish(self, report: Report) -> int:
        """Verify what is to be verified and write the report; the exit code."""
        return output.deliver(self.verified(report), self.outputs, self.look, self.live)


def prepare(values: Any, place: str, change: Change | None = None, identity: str = "") -> Job:
    """Read configuration and rules for what is scanned at `place`. Mistakes of the user's come out before anything is scanned.

    With a `change` they are read from the commit that it starts from. identity: see `policy.read`.
    """
    from leakstop.pipeline import Settings
    from leakstop.unpack.limits import Limits

    outputs = output.chosen(values.format, values.output)
    chosen = policy.read(values, place, change, identity)
    config = chosen.config
    limits = Limits(config.archive_depth, config.archive_size, config.archive_count, config.archive_ratio)
    settings = Settings(
        rules=chosen.rules,
        confidence=values.confidence or config.confidence,
        jobs=config.jobs if values.jobs is None else values.jobs,
        time_limit=config.time_limit if values.time_limit is None else values.time_limit,
        silence=chosen.silence,
        unheeded=chosen.unheeded,
        problems=chosen.problems,
        archives=limits if config.archives and not values.no_archives else None,
        strict=values.strict or config.strict,
        canaries=config.aws_canary_accounts,
    )
    look = output.look(values)
    bar = not (values.no_progress or values.quiet)
    live = None
    if output.Output("jsonl") in outputs and not values.verify:  # answers come when everything was read
        from leakstop.commands.live import Live

        live = Live(len(chosen.rules.rules), chosen.rules.digest, show_secrets=look.show_secrets)
        settings = settings._replace(follow=live.follow)
        bar = bar and not sys.stdout.isatty()  # both on one terminal would get into each other's way
    return Job(config, settings, outputs, look, bar, verifying(values, config), live)


def verifying(values: Any, config: Config) -> Options | None:
    """How keys are verified, None if they are not. UsageError for options that mean nothing without --verify."""
    if values.verify:
        from leakstop.commands.verifying import options

        return options(values, config)
    if values.fail_on not in (None, "any"):
        raise UsageError(f"--fail-on {values.fail_on} needs --verify", "Without it nobody knows whether a key is live.")
    return None


def _excluder(config: Config, repository: Repository) -> Callable[[bytes], bool]:
    """Whether a path is excluded: seen from the top of the repository, or from the folder of the configuration further down."""
    from leakstop.sources.globs import matcher

    fits = matcher(config.exclude)
    folder, top = os.fsencode(config.folder) + b"/", (repository.work_tree or repository.git_dir) + b"/"
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
