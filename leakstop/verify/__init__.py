"""Verification: findings to their provider, answers back. Off unless asked; nothing here raises, and no finding is ever lost.

A rule names its provider (`verify = "aws"`); each provider is a function that takes all of its findings at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from leakstop.verify.work import failed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakstop.model import Result, Verdict

# Provider, as rules name it -> "module:function", imported when there is a finding of it.
PROVIDERS = {"aws": "leakstop.verify.aws:verify"}


class Options(NamedTuple):
    """How providers are asked; everything comes from the command line or the configuration, nothing from the environment."""

    aws_endpoint: str = ""  # URL that all calls to AWS go to
    aws_region: str = ""
    aws_accounts: tuple[str, ...] = ()  # only keys of these accounts are sent; empty: of all
    aws_skip_accounts: tuple[str, ...] = ()  # keys of these are not
    aws_canaries: tuple[str, ...] = ()  # neither are keys of these, which hold traps
    aws_profile: str = ""  # an auditor's profile of this machine, who reads what contains live keys
    aws_role: str = ""  # a role that the auditor assumes
    aws_leaked_key: bool = False  # live keys read that themselves
    timeout: float = 10.0  # seconds for one answer


class Provider(Protocol):
    """What every entry of PROVIDERS is."""

    def __call__(self, results: Sequence[Result], options: Options, advance: Callable[[], object]) -> list[Verdict]:
        """A verdict for each result, in order. `advance` is called with every credential that is done."""


def verify(results: Sequence[Result], options: Options, advance: Callable[[], object] = lambda: None) -> list[Result]:
    """The results with the answers of their providers; what no provider knows, or the user ignores, stays as it is."""
    answers: dict[int, Verdict] = {}
    for name, place in PROVIDERS.items():
        numbers = [number for number, result in enumerate(results) if _concerns(result, name)]
        if not numbers:
            continue
        module, _, function = place.partition(":")
        try:
            provider = cast("Provider", getattr(import_module(module), function))
            verdicts = provider([results[number] for number in numbers], options, advance)
        except Exception as error:  # noqa: BLE001 - the findings matter more than why they cannot be verified
            verdicts = [failed(error)] * len(numbers)
        answers.update(zip(numbers, verdicts, strict=True))
    return [result._replace(verification=answers.get(number)) for number, result in enumerate(results)]


def _concerns(result: Result, provider: str) -> bool:
    return result.finding.rule.verify == provider and result.triage.status != "ignored"
