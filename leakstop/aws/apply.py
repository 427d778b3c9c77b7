"""Makes changes in AWS, one call after the other, with somebody's own credentials and never with the leaked key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from leakstop.errors import LeakstopError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakstop.aws.changes import Change


class Caller(Protocol):
    """Who makes the calls; `call` raises an exception with `code` (AWS's) and `reason` when one is refused."""

    arn: str

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """One call."""


class Outcome(NamedTuple):
    """What was done, and what takes it back, the last change first."""

    done: tuple[Change, ...]
    undo: tuple[str, ...]
    failure: str = ""


def make(changes: Sequence[Change], caller: Caller, tell: Callable[[str], None]) -> Outcome:
    """Make the changes; at the first that fails it stops, and what was done stays done and can be taken back."""
    done: list[Change] = []
    undo: list[str] = []
    for change in changes:
        try:
            caller.call(change.service, change.operation, **change.arguments)
        except Exception as error:  # noqa: BLE001 - whatever the library raises, what was done has to be told
            code = str(getattr(error, "code", ""))
            if change.exists and code == change.exists:
                tell(f"there already: {change.command}")
                continue
            reason = str(getattr(error, "reason", type(error).__name__)) + (f" ({code})" if code else "")
            return Outcome(tuple(done), tuple(undo), f"{change.command}: {reason}")
        tell(f"done: {change.command}")
        done.append(change)
        undo[:0] = [back.command for back in change.undo]
    return Outcome(tuple(done), tuple(undo))


def confirm(changes: Sequence[Change], caller: Caller, user: str, ask: Callable[[str], str], tell: Callable[[str], None]) -> None:
    """Show exactly what will be called, and by whom; LeakstopError unless the user's name is typed."""
    if caller.arn.endswith((f":user/{user}", f"/{user}")):
        raise LeakstopError(
            f"{caller.arn} would change itself and could lock itself out", "Use the credentials of somebody else (--profile)."
        )
    tell(f"as {caller.arn}:")
    for change in changes:
        tell(f"  {change.command}")
    if ask(f"Type the user's name ({user}) to go on: ").strip() != user:
        raise LeakstopError("nothing was changed: the name was not typed")
