"""What to do about each finding, in order: at its provider, then where it stands. Reports only write it down.

A secret that has not left this machine yet is taken out first; one that has is revoked first.
"""

from __future__ import annotations

from leakstop.model import Fix, Step, show_path, show_text
from leakstop.report.advice import from_top, quoted
from leakstop.report.places import short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leakstop.model import Finding, Result

BEFORE = ("staged", "message", "push", "receive")  # commands that run before anything leaves the machine
VALUES = "values.txt"  # the file that git filter-repo reads: one secret a line, written with an editor
FILTER = f"git filter-repo --replace-text {VALUES}"
REPLACE = Step(
    "replace",
    "Replace it",
    "Keep the new one outside of the repository: in the environment or a secret store.",
)


def fixed(results: Iterable[Result], command: str) -> tuple[Result, ...]:
    """The results, each with its fix."""
    return tuple(result._replace(fix=fix(result, command)) for result in results)


def fix(result: Result, command: str) -> Fix:
    """The fix of one finding that a command brought up."""
    finding = result.finding
    at_provider = _at_provider(result)
    early = command in BEFORE
    if early:
        shared = [step._replace(why=f"If it was ever shared, pushed or deployed. {step.why}") for step in at_provider.steps[:1]]
        at_provider = at_provider._replace(steps=(*shared, *at_provider.steps[1:]))
    removal = _removal(finding, command)
    steps = (*removal, *at_provider.steps) if early else (*at_provider.steps, *removal)
    return at_provider._replace(steps=steps)


def _at_provider(result: Result) -> Fix:
    rule = result.finding.rule
    if rule.id.startswith("aws-"):
        from leakstop.aws.remedy import remedy

        found = remedy(result)
        if found is not None:
            return found
    docs = f" {rule.docs}" if rule.docs else ""
    return Fix((Step("revoke", f"Revoke it at its provider ({rule.provider})", f"{rule.description}{docs}"), REPLACE))


def _removal(finding: Finding, command: str) -> tuple[Step, ...]:
    """How it goes from where it stands."""
    origin, place = finding.origin, _place(finding)
    match origin.kind:
        case "index":
            why = "Or remove it from the file, and stage the file again."
            return (Step("remove", f"Take it out of the commit: {place}", why, (f"git reset -- {_typed(finding, from_top)}",)),)
        case "stdin" | "environment":
            return ()
        case "message" if not origin.commit:
            why = "Nothing is committed yet."
            return (Step("remove", "Write the message again without it", why, (f"git commit -e -F {_typed(finding)}",)),)
        case "file" | "config" | "hook":
            return (
                Step(
                    "remove",
                    f"Take it out of {place}",
                    "leakstop history tells whether git holds it as well.",
                    ("leakstop history",),
                ),
            )
        case "reflog":
            why = "Entries of a reflog stay on this machine."
            return (Step("remove", f"Take it out of the {place}", why, ("git reflog expire --expire=now --all",)),)
    if command in ("push", "receive", "range") and finding.history is None:
        return _of_change(finding, place, pushed=command == "range")
    return _of_history(finding, place)


def _of_change(finding: Finding, place: str, *, pushed: bool) -> tuple[Step, ...]:
    """From commits that are new."""
    commit = short(finding.origin.commit)
    why = "Deleting it in a new commit is not enough: the old one stays."
    if pushed:
        why += " Whoever fetched the branch has it; push the new one with --force-with-lease."
    commands = (f"git rebase -i {commit}^",) if commit else ()
    return (Step("remove", f"Take it out of {_of(finding, place)}", why, commands),)


def _of_history(finding: Finding, place: str) -> tuple[Step, ...]:
    """From what git holds, for ever if nobody rewrites it."""
    origin, past = finding.origin, finding.history
    refs = past.refs if past else ()
    if past and not refs:
        why = "No ref reaches it, so it goes with the next clean-up; clones may have it."
        clean = ("git reflog expire --expire-unreachable=now --all", "git gc --prune=now")
        return (Step("remove", f"Let git forget {_of(finding, place)}", why, clean),)
    if past and past.staged and origin.kind == "blob" and not origin.commit:
        why = "It is staged, and in no commit yet."
        return (Step("remove", f"Take it out of the index: {place}", why, (f"git reset -- {_typed(finding)}",)),)
    if refs == ("refs/stash",):
        drop = ("git stash list", "git stash drop STASH")
        return (Step("remove", f"Drop the stash that holds it: {_of(finding, place)}", "", drop),)
    steps = []
    if past and past.in_head and origin.kind in ("blob", "commit"):
        first = "Commit that before the history is rewritten."
        steps.append(Step("take-out", f"Take it out of the current version: {place}", first))
    why = (
        f"It only spares you the next alarm: whoever has a clone has the secret. {VALUES} holds it, one value a line: write it"
        " with an editor, outside of the repository. Everyone has to clone again afterwards."
    )
    commands = {
        "message": (f"git filter-repo --replace-message {VALUES}",),
        "tag": (f"git filter-repo --replace-message {VALUES}",),
        "note": ("git notes list", "git notes remove OBJECT"),
        "person": ("git filter-repo --mailmap MAILMAP",),
        "path": ("git filter-repo --path-rename OLD:NEW",),
        "ref": ("git branch -m OLD NEW",),
    }.get(origin.kind, (FILTER,))
    if past and past.pushed:
        commands = (*commands, "git push --force --mirror origin")
    steps.append(Step("remove", f"Remove it from the history, last: {_of(finding, place)}", why, commands))
    return tuple(steps)


def _of(finding: Finding, place: str) -> str:
    """The place with the commit that brought it in."""
    past = finding.history
    commit = (past.first_commit if past else "") or finding.origin.commit
    return f"{place}, since commit {short(commit)}" if commit else place


def _place(finding: Finding) -> str:
    origin = finding.origin
    ref = show_text(origin.ref)
    name = _name(finding) or ref or origin.kind
    if origin.kind in ("message", "person", "tag", "note", "reflog", "ref", "path"):
        return f"{origin.kind}{f' {ref}' if ref else ''}"
    return f"{name}:{finding.location.start_line}"


def _name(finding: Finding) -> str:
    return show_path(finding.origin.path)


def _typed(finding: Finding, spell: Callable[[str], str] = str) -> str:
    """The file for a command line, a word in its place when its name needs quotes: what stands in quotes cannot be scrubbed."""
    name = _name(finding)
    return spell(name) if name and quoted(name) == name else "FILE"
