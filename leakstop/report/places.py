"""Where a finding stands, in words: titles of files and other places, commits, what history says."""

from __future__ import annotations

from leakstop.model import show_path, show_text
from leakstop.report.lines import CUT, join
from leakstop.report.scrub import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leakstop.model import Finding, Origin, Pair, Result
    from leakstop.report.scrub import Scrubber

COMMIT = 10  # digits of a commit id that are shown
SUBJECT = 120  # characters of a subject that are shown: git's is the whole first paragraph, pages of it sometimes
REFS = 4  # names of refs that are shown
IDENTITY = ("account", "arn", "user id", "kind", "endpoint", "time")  # evidence of whose key it is, which the reason has
# Steps of a fix that one line names; the others are told with the whole.
SHORT = (
    *("deactivate", "deny-sessions", "quarantine", "restrict", "delete", "leave"),
    *("look", "rotate", "replace", "take-out", "remove"),
)
_REFS = {"refs/heads/": "branch", "refs/tags/": "tag", "refs/remotes/": "remote-tracking branch"}  # folder -> what is in it
IN_COMMITS = ("message", "person")  # kinds of origin that stay in their commit
WITHOUT_LINES = ("person", "ref", "path", "reflog", "environment")  # kinds of origin where a line number says nothing


def text(value: str, scrub: Scrubber, found: Finding | None = None) -> str:
    """Free text for a terminal: no secret, nothing unprintable."""
    return show_text(scrub.name(value, found))


def path(value: bytes, scrub: Scrubber, found: Finding) -> str:
    """A path for a terminal."""
    return text(show_path(value), scrub, found)


def title(found: Finding, scrub: Scrubber) -> str:
    """The place without the line; what is grouped under one heading."""
    origin = found.origin
    name = path(origin.path, scrub, found)
    ref = text(short_ref(origin.ref), scrub, found)
    commit = short(origin.commit)
    of = f" of {commit}" if commit else ""
    match origin.kind:
        case "stdin":
            name = "standard input"
        case "environment":
            name = "environment"
        case "message":
            name = f"message{of or ' of the commit'}" + (f" ({name})" if name else "")
        case "person":
            name = f"author or committer{of}"
        case "tag":
            name = f"message of tag {ref}"
        case "note":
            on = short(name.replace("/", "")) or commit
            name = f"note{f' on {on}' if on else ''}" + (f" in {ref}" if ref else "")
        case "reflog":
            name = f"reflog entry {ref}".strip()
        case "ref":
            name = f"name of {_kind_of_ref(origin.ref)} {ref}"
        case "path":
            name = f"{name} (the name itself)"
        case _:
            name = name or f"{text(origin.kind, scrub, found)} {short(origin.blob)}".strip() + of
    return name + "".join(f" → {text(member, scrub, found)}" for member in origin.members)


def position(found: Finding) -> str:
    """Line and column: "12:5"; an empty string where there are no lines."""
    if found.origin.kind in WITHOUT_LINES:
        return ""
    return f"{found.location.start_line}:{found.location.start_column}"


def change(found: Finding, scrub: Scrubber) -> str:
    """The commit of a finding: "commit 3f2a91c04e by Ada <ada@example.com> on 2026-03-02: Add settings"; for an entry of a reflog
    the one that the ref was moved to, and by whom.
    """
    origin = found.origin
    if not origin.commit:
        return ""
    parts = [f"{'moved to' if origin.kind == 'reflog' else 'commit'} {short(origin.commit)}", by(origin, scrub, found)]
    return "".join(parts) + _subject(found, scrub)


def by(origin: Origin, scrub: Scrubber, found: Finding) -> str:
    """Who and when: " by Ada <ada@example.com> on 2026-03-02"."""
    author = " ".join(
        filter(None, (text(origin.author, scrub, found), f"<{text(origin.email, scrub, found)}>" if origin.email else ""))
    )
    day = text(origin.date[:10], scrub)
    return (f" by {author}" if author else "") + (f" on {day}" if day else "")


def past(found: Finding, scrub: Scrubber) -> list[str]:
    """What the history says: since when, until when, whether it is still there, what reaches it, whether it was pushed."""
    history = found.history
    if history is None:
        return []
    lines = []
    if history.first_commit:
        known = history.first_commit == found.origin.commit
        since = f"since {short(history.first_commit)}{by(found.origin, scrub, found) if known else ''}"
        lines.append(since + (_subject(found, scrub) if known else ""))
    if history.staged:
        trees = [text(tree, scrub, found) for _, tree, _ in (ref.split("/") for ref in history.refs if "/" in ref)]
        return [*lines, "staged, not committed" + (f" (in worktree {join(trees, REFS)})" if trees else "")]
    pushed = {True: "pushed", False: "not on any remote-tracking branch", None: ""}[history.pushed]
    if found.origin.kind == "ref":
        at = f"points to {short(history.last_commit)}" if history.last_commit else ""
        return [" · ".join(filter(None, (at, "checked out" if history.in_head else "", pushed)))]
    head = {True: "still in HEAD", False: "not in HEAD", None: "HEAD names no commit here"}[history.in_head]
    if found.origin.kind == "tag":
        head = ""  # it has the tag's commit
    if history.in_head is False and history.last_commit and found.origin.kind not in IN_COMMITS:
        head += f", last in {short(history.last_commit)}"
    refs = join([text(short_ref(ref), scrub, found) for ref in history.refs], REFS)
    reached = f"reachable from {refs}" if refs else "not reachable from any ref"
    return [*lines, " · ".join(filter(None, (head, reached, pushed)))]


def _subject(found: Finding, scrub: Scrubber) -> str:
    """The subject of the commit behind a colon, cut at a blank when it is long; "" if there is none."""
    subject = text(found.origin.subject, scrub, found).strip()
    if len(subject) > SUBJECT:
        subject = f"{subject[:SUBJECT].rpartition(' ')[0] or subject[:SUBJECT]} {CUT}"
    return f": {subject}" if subject else ""


def half(part: Pair, found: Finding, scrub: Scrubber) -> str:
    """The other half of a pair: "with aws-access-key-id AKIA… on line 3", with the file if that is another one."""
    value = show_text(shown(part.value, part.what, reveal=scrub.off))
    elsewhere = f" of {path(part.path, scrub, found)}" if part.path != found.origin.path else ""
    return f"with {text(part.what, scrub)} {value} on line {part.line}{elsewhere}"


def verdict(result: Result, scrub: Scrubber) -> str:
    """What the provider says: "live: AWS takes it as arn:… · unrestricted from outside"; empty if nobody asked."""
    told = result.verification
    if told is None:
        return ""
    outside = f" · {told.containment} from outside" if told.containment else ""
    return f"{told.state}: {text(told.reason, scrub, result.finding)}{outside}"


def evidence(result: Result, scrub: Scrubber) -> str:
    """What is known of a live key beyond its name: "severity critical: … · open from outside iam:CreateUser · …"."""
    told = result.verification.evidence if result.verification else ()
    return " · ".join(text(f"{name} {value}", scrub, result.finding) for name, value in told if name not in IDENTITY)


def tells_all(result: Result) -> bool:
    """Whether the fix says how to revoke it; else the rule's own words do."""
    return result.fix is not None and not any(step.what == "revoke" for step in result.fix.steps)


def order_of_response(result: Result, scrub: Scrubber) -> str:
    """The steps of the fix by their names: "fix: deactivate → deny sessions → rotate"; "" where the rule's own words say it."""
    fix = result.fix
    if fix is None or not tells_all(result):
        return ""
    names = [text(step.what, scrub).replace("-", " ") for step in fix.steps if step.what in SHORT]
    return f"fix: {' → '.join(names)}"


def next_commands(result: Result, scrub: Scrubber) -> list[str]:
    """The commands of the first step at the provider, and the one that tells all steps."""
    fix, found = result.fix, result.finding
    if fix is None or not order_of_response(result, scrub):
        return []
    first = fix.steps[0]
    everything = [f"{fix.more}  # all steps"] if fix.more else []
    meanwhile = [command for other in fix.steps for command in other.commands[:1] if other.what == "restrict"]
    commands = everything if first.what == "remove" else [*first.commands, *meanwhile, *everything]
    return [step(command, scrub, found) for command in commands]


def step(told: str, scrub: Scrubber, found: Finding) -> str:
    """A text of a fix or a fact: no secret, nothing unprintable, but ids of credentials stay."""
    return show_text(scrub.step(told, found))


def facts(result: Result, scrub: Scrubber) -> str:
    """What the value itself tells: "long-term access key · account 123456789012 · canary canarytokens.org; …"."""
    return " · ".join(
        step(value if name in ("kind", "note") else f"{name} {value}", scrub, result.finding) for name, value in result.facts
    )


def short(commit: str) -> str:
    """A commit id as people read it."""
    return show_text(commit[:COMMIT])


def short_ref(ref: str) -> str:
    """A ref as people call it."""
    if ref == "refs/stash":
        return "stash@{0}"  # as git calls the older ones
    return next((ref[len(prefix) :] for prefix in _REFS if ref.startswith(prefix)), ref)


def _kind_of_ref(ref: str) -> str:
    return next((kind for prefix, kind in _REFS.items() if ref.startswith(prefix)), "ref")
