"""`leakstop receive`: what a push brings, on the server, before any ref is moved (the pre-receive hook)."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from leakstop.commands.options import CHANGE, COMMON, Command, Option
from leakstop.commands.output import say
from leakstop.errors import LeakstopError, UsageError
from leakstop.model import show_text

LIMIT = 30.0  # seconds, when nobody says otherwise: the pusher waits
GITLAB = "GL-HOOK-ERR: "  # GitLab shows lines that begin so in its web editor as well


def run(values: Any) -> int:
    """Scan what the refs on standard input bring; the exit code. With any but 0 git refuses the whole push."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("receive: git tells this hook on standard input what is pushed", "Git runs it on the server.")
    prefix = GITLAB if os.environ.get("GL_ID") or os.environ.get("GL_PROTOCOL") else ""
    reason = push_option(values.skip_option)
    if reason is not None:
        say(f"{prefix}leakstop: not checked, since the push asked for that{f': {reason}' if reason else ''}\n")
        return 0
    try:
        code = _scan(values, prefix)
    except LeakstopError as error:
        if not prefix and not (values.fail_open and error.exit_code == LeakstopError.exit_code):
            raise
        code = error.exit_code
        say("".join(f"{prefix}{line}\n" for line in (f"leakstop: {error.message}", error.remedy) if line))
    if code == LeakstopError.exit_code and values.fail_open:
        say(f"{prefix}leakstop: let through although not everything could be read (--fail-open)\n")
        return 0
    return code


def _scan(values: Any, prefix: str) -> int:
    from leakstop.commands.range import job_of, scan
    from leakstop.git.plumbing import open_repository
    from leakstop.git.updates import arrivals, present, received

    begin = time.monotonic()
    updates = received(sys.stdin.buffer.read())
    repository = open_repository(".")
    new = arrivals(repository, updates, present(repository))
    job = job_of(values, repository, new)
    limit = job.settings.time_limit or (LIMIT if values.time_limit is None else 0.0)
    if limit:
        limit = max(1e-6, limit - (time.monotonic() - begin))  # 0 would be no limit at all
    job = job._replace(settings=job.settings._replace(time_limit=limit), look=job.look._replace(prefix=prefix))
    return scan("receive", job, repository, new)


def push_option(name: str | None) -> str | None:
    """The value of a push option (`git push -o NAME=VALUE`); "" when it has none, None when it was not given."""
    number = os.environ.get("GIT_PUSH_OPTION_COUNT", "")
    for place in range(int(number) if number.isdecimal() else 0):
        given, _, value = os.environ.get(f"GIT_PUSH_OPTION_{place}", "").partition("=")
        if name and given == name:
            return show_text(value)
    return None


COMMAND = Command(
    run,
    "Scans what a push brings, on the server and before any ref moves: all refs that git names on standard input, and of each the"
    " commits that no ref of the repository reaches yet. A push with a secret is refused as a whole, and so is one that could not"
    " be read to the end in time, unless --fail-open lets that through. This is what the pre-receive hook runs;"
    " `leakstop install --pre-receive` in the bare repository writes it.",
    (
        ("leakstop receive", "in a pre-receive hook of your own"),
        ("leakstop receive --time-limit 4", "where the server ends hooks after 5 seconds"),
        ("leakstop receive --skip-option leakstop.skip", "git push -o leakstop.skip='test data' is not checked"),
    ),
    (
        (
            "what is let through",
            (
                Option(("--fail-open",), "let a push through that could not be read completely; findings still stop it"),
                Option(("--skip-option",), "let a push that has the push option NAME through, unread (default: none)", "NAME"),
            ),
        ),
        CHANGE,
        *COMMON,
    ),
)
