"""`leakstop ignores list` and `check`: what does not count, and what of that is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.columns import aligned
from leakstop.commands.everything import GROUPS, complete, everything, tell_problems, top
from leakstop.commands.options import CONFIG, IGNORE_FILE, Command
from leakstop.errors import LeakstopError

if TYPE_CHECKING:
    from leakstop.triage.ignores import Entry, IgnoreFile


def run_list(values: Any) -> int:
    """Print all entries; 0."""
    from leakstop import config as configuration
    from leakstop.commands import policy
    from leakstop.commands.output import say
    from leakstop.reader import DISK
    from leakstop.triage.load import load

    values = complete(values)
    config = configuration.load(".", values.config)
    files = load(DISK, policy.names_of(values, config, top(), DISK))
    lines = [f"{file.name}: {len(file.entries):,} known" for file in files.known]
    numbers: dict[str, int] = {}
    for name, _ in files.foreign.entries():
        numbers[name] = numbers.get(name, 0) + 1
    lines += [f"{name}: {number:,} of another scanner" for name, number in numbers.items()]
    told = "".join((*map(_table, files.ignores), *(f"{line}\n" for line in lines)))
    say(told or "nothing is ignored here\n")
    return 0


def run_check(values: Any) -> int:
    """Scan, and print the entries that have expired or that nothing needs; 1 if there are any."""
    from leakstop.commands.output import say
    from leakstop.reader import DISK
    from leakstop.report.lines import count
    from leakstop.triage.load import load

    values = complete(values)
    values.no_ignores = False
    values.confidence = values.confidence or "low"  # an entry may speak of what is only seen there
    found = everything(values, ignored_files=True)
    files = load(DISK, found.names)
    told = [
        f"{file.name}:{entry.line}: {trouble}: {_words(entry)}"
        for file in files.ignores
        for entry in file.entries
        if (trouble := _trouble(entry, found.silence.used, certain=not found.problems))
    ]
    hint = "Remove these lines, or renew one: leakstop ignore FINGERPRINT --reason why --until DATE\n" if told else ""
    say("".join(f"{line}\n" for line in told) + hint + tell_problems(found.problems))
    number = sum(len(file.entries) for file in files.ignores)
    if found.problems:
        say("not everything could be read, so entries without use cannot be told\n")
    elif not told:
        say(f"{count(number, 'entry')} checked: in use, and not expired\n" if number else "there are no entries\n")
    return 1 if told else LeakstopError.exit_code if found.problems else 0


def _trouble(entry: Entry, used: set[tuple[str, str]], *, certain: bool) -> str:
    if entry.expired:
        return f"expired on {entry.until}"
    return "" if (entry.fingerprint, entry.path) in used or not certain else "not found any more"


def _table(file: IgnoreFile) -> str:
    rows = [(entry.fingerprint, entry.path or "everywhere", _until(entry), entry.owner, entry.reason) for entry in file.entries]
    return aligned(rows)


def _until(entry: Entry) -> str:
    if not entry.until:
        return "for ever"
    return f"EXPIRED {entry.until}" if entry.expired else f"until {entry.until}"


def _words(entry: Entry) -> str:
    return " ".join(filter(None, (entry.fingerprint, entry.path, entry.owner, entry.reason and f"-- {entry.reason}")))


LIST = Command(
    run_list,
    "Lists the entries of the ignore file with owner, reason and last day, and how many findings baselines and the files of other"
    " scanners hold.",
    (
        ("leakstop ignores list", "what does not count here"),
        ("leakstop ignores list --ignore-file .leakstop-ignore", "in this file"),
    ),
    (("which file", (IGNORE_FILE, CONFIG)),),
    (0, 2),
)
CHECK = Command(
    run_check,
    "Looks through history and files and lists the entries that have expired and those that match nothing any more. Exit code 1"
    " if there are any.",
    (
        ("leakstop ignores check", "in a CI job once a week"),
        ("leakstop ignores check --no-progress --jobs 1", "on a machine that has other things to do"),
    ),
    GROUPS,
    (0, 1, 2, 3, 130),
)
