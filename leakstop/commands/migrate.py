"""`leakstop migrate`: the ignore files and baselines of other scanners into `.leakstop-ignore`."""

from __future__ import annotations

from typing import Any

from leakstop.commands.everything import GROUPS, complete, everything, tell_problems
from leakstop.commands.options import Command
from leakstop.errors import LeakstopError
from leakstop.reader import DISK


def run(values: Any) -> int:
    """Write an entry for each finding that another scanner's file silences; 0, or 3 if not everything was read."""
    from leakstop.commands.ignore import add
    from leakstop.commands.output import say
    from leakstop.model import show_text
    from leakstop.triage.ignores import Entry
    from leakstop.triage.load import label, load

    values = complete(values)
    values.no_pragmas = True  # what a comment allows as well has to be found, too
    found = everything(values, ignored_files=True)
    files = load(DISK, found.names)
    every = files.foreign.entries()
    if not every and not files.foreign.others:
        say("there are no files of other scanners here: .gitleaksignore, .secrets.baseline, gitleaks-baseline.json\n")
        return 0
    foreign = {name for name, _ in every}
    entries = {
        (result.fingerprint, name): Entry(result.fingerprint, name, reason=f"from {result.triage.reason.replace(' -- ', ': ')}")
        for result in found.results
        if result.triage.by in foreign and (name := found.silence.name(result.finding))
    }
    told = add(found.names, list(entries.values()), found.silence.salt) if entries else ""
    used = found.silence.foreign.used if found.silence.foreign else set()
    left = [*(row for row in every if row not in used), *files.foreign.others]
    say(
        told
        + tell_problems(found.problems)
        + "".join(f"not carried over: {name}: {show_text(text)}\n" for name, text in left)
        + f"{label(found.names, found.names.ignores)}: {len(entries):,} entries from {', '.join(sorted(foreign))}\n"
        + ("What was not carried over matches nothing that leakstop finds.\n" if left else "")
        + "Remove the old files once the new one is committed.\n"
    )
    return LeakstopError.exit_code if found.problems else 0


COMMAND = Command(
    run,
    "Looks through history and files for what .gitleaksignore, .secrets.baseline and gitleaks baselines (--baseline FILE)"
    " silence, and writes an entry for each finding into .leakstop-ignore. These files count where they lie, too; but their"
    " entries hang on lines or files, and leakstop's on the secret.",
    (
        ("leakstop migrate", "then look at .leakstop-ignore and commit it"),
        ("leakstop migrate --confidence low", "also what leakstop itself would not report by default"),
    ),
    GROUPS,
    (0, 2, 3, 130),
)
