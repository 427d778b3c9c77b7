"""`--apply` of the commands about AWS: who makes the calls, and the confirmation."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from leakstop.commands.aws_live import ENDPOINT, PROFILE, ROLE
from leakstop.commands.options import Option

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakstop.aws.changes import Change
    from leakstop.aws.reader import Reader

APPLY = Option(("--apply",), "make the change in AWS, after showing exactly what will be called and asking")
APPLYING = ("changing AWS", (APPLY, PROFILE, ROLE, ENDPOINT))


def make(values: Any, user: str, changes: Callable[[Reader], Sequence[Change]]) -> int:
    """Show, ask, make, and print what takes it back. `changes` gets whose credentials make them."""
    from leakstop.aws import apply
    from leakstop.aws.client import Route
    from leakstop.aws.reader import auditor
    from leakstop.commands.output import say, tell
    from leakstop.errors import LeakstopError

    caller = auditor(values.profile or "", values.role or "", Route(endpoint=values.aws_endpoint_url or ""))
    calls = changes(caller)
    apply.confirm(calls, caller, user, _ask, tell)
    outcome = apply.make(calls, caller, tell)
    if outcome.undo:
        tell("to take it back:")
        say("".join(f"{command}\n" for command in outcome.undo))
    if outcome.failure:
        raise LeakstopError(f"not done: {outcome.failure}", "What was done before it is above, with what takes it back.")
    return 0


def _ask(question: str) -> str:
    """One line of standard input; nothing when there is none."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline() if sys.stdin else ""
