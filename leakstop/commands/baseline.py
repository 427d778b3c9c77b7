"""`leakstop baseline create` and `update`: findings that are known."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from leakstop.commands.everything import GROUPS, Everything, complete, everything, tell_problems, top
from leakstop.commands.options import Command
from leakstop.errors import LeakstopError, UsageError
from leakstop.reader import DISK

if TYPE_CHECKING:
    from leakstop.triage.baseline import Known

REVOKE = "What is in a baseline is still leaked: revoke it at its provider.\n"


def run_create(values: Any) -> int:
    """Write a baseline of all that counts now; 0, or 3 if not everything was read."""
    from leakstop.commands.files import write_text
    from leakstop.commands.output import say
    from leakstop.triage.baseline import dump
    from leakstop.triage.load import label
    from leakstop.triage.names import Names

    values = complete(values)
    wanted, values.baseline = values.baseline, ()
    path = _one(wanted) or _configured(values) or Names(top()).baseline
    if os.path.lexists(path):
        raise UsageError(
            f"baseline create: {DISK.shown(path)} already exists", "To bring it up to date: leakstop baseline update"
        )
    found = everything(values)
    findings = _findings(found)
    write_text(path, dump(found.silence.salt, findings))
    told = f"{label(found.names, path)}: {len(findings):,} known; commit it\n{REVOKE if findings else ''}"
    say(tell_problems(found.problems) + told)
    return LeakstopError.exit_code if found.problems else 0


def run_update(values: Any) -> int:
    """Bring a baseline up to date; 0, or 3 if not everything was read."""
    from leakstop.commands.files import write_text
    from leakstop.commands.output import say
    from leakstop.triage import baseline
    from leakstop.triage.load import label, read_json
    from leakstop.triage.names import Names

    values = complete(values)
    path = _one(values.baseline) or _configured(values) or Names(top()).baseline
    if not DISK.is_file(path):
        raise UsageError(f"baseline update: there is no {DISK.shown(path)}", "To make it: leakstop baseline create")
    values.baseline = (path,)
    document = read_json(DISK, path)
    old = baseline.parse(DISK.shown(path), document if isinstance(document, dict) else {})
    found = everything(values)
    known = {one.fingerprint for one in old.findings}
    stayed = [one for one in old.findings if found.problems or (one.fingerprint, "") in found.silence.used]
    added = [one for one in _findings(found) if one.fingerprint not in known]
    write_text(path, baseline.dump(old.salt, [*stayed, *added]))
    lines = [f"added: {one.file}: {one.rule} {one.fingerprint}\n" for one in added]
    lines.append(tell_problems(found.problems))
    if found.problems:
        lines.append("not everything could be read, so nothing was removed\n")
    gone = len(old.findings) - len(stayed)
    lines.append(f"{label(found.names, path)}: {len(stayed) + len(added):,} known, {len(added):,} added, {gone:,} removed\n")
    say("".join(lines))
    return LeakstopError.exit_code if found.problems else 0


def _findings(found: Everything) -> list[Known]:
    """What counts, as entries of a baseline."""
    from leakstop.model import show_path
    from leakstop.triage.baseline import Known

    return sorted(
        {
            Known(result.fingerprint, result.finding.rule.id, show_path(result.finding.origin.path) or result.finding.origin.kind)
            for result in found.results
            if result.new
        }
    )


def _one(files: tuple[str, ...]) -> str:
    if len(files) > 1:
        raise UsageError("baseline: one --baseline at a time")
    return files[0] if files else ""


def _configured(values: Any) -> str:
    from leakstop import config as configuration

    return configuration.load(".", values.config).baseline


CREATE = Command(
    run_create,
    "Writes down all that history and files hold now, so that only what is new counts from then on. The file holds fingerprints,"
    " rules and paths, and no secret.",
    (
        ("leakstop baseline create", "once, when leakstop comes to a repository; then commit the file"),
        ("leakstop baseline create --baseline known.json", "another file; `baseline` in the configuration names it for good"),
    ),
    GROUPS,
    (0, 2, 3, 130),
)
UPDATE = Command(
    run_update,
    "Adds what is new to the baseline, lists it, and takes out what is not found any more.",
    (
        ("leakstop baseline update", "after a clean-up"),
        ("leakstop baseline update --confidence high", "with what is certain only"),
    ),
    GROUPS,
    (0, 2, 3, 130),
)
