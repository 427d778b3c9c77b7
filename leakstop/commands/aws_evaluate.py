"""`leakstop aws evaluate`: would AWS allow this request? Offline, from exported policies."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from leakstop.commands.aws_files import POLICIES, read, user_of
from leakstop.commands.options import Command, Option
from leakstop.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakstop.aws.account import Account, Organization
    from leakstop.aws.evaluate import Context

REQUEST = ("user", "action", "resource", "context")


def run(values: Any) -> int:
    """One line of JSON for each request, in order."""
    from leakstop.commands.output import say

    if values.requests and (values.user or values.action):
        raise UsageError("aws evaluate: --requests FILE, or --user and --action, not both")
    if not values.requests and not (values.user and values.action):
        raise UsageError("aws evaluate: --user and --action are needed, or --requests FILE")
    account, organization = read(values)
    if values.requests:
        requests = list(_requests(values.requests))
    else:
        user_of(account, values.user)
        _check(values.action, "--action")
        context = _pairs(values.context)
        requests = [{"user": values.user, "action": values.action, "resource": values.resource, "context": context}]
    say("".join(json.dumps(answer) + "\n" for answer in _answers(requests, account, organization)))
    return 0


def _answers(requests: list[dict[str, Any]], account: Account, organization: Organization) -> Iterator[dict[str, Any]]:
    """The decisions; what binds a user is put together once."""
    from leakstop.aws.bind import Parser, bind
    from leakstop.aws.evaluate import UNKNOWN, Decision, decide, lookup_in, principal

    parser = Parser()
    bindings = {}
    for request in requests:
        name = request["user"]
        user = account.users.get(name)
        if user is None:
            decision = Decision(UNKNOWN, ("there is no such user in the account",))
        else:
            if name not in bindings:
                bindings[name] = bind(user, organization, parser), principal(user)
            binding, context = bindings[name]
            lookup = lookup_in({**context, **_context(request["context"])}, user)
            decision = decide(binding, request["action"], request["resource"], lookup)
        answer = {key: request[key] for key in REQUEST[:3]}
        yield {**answer, "decision": decision.decision, "by": list(decision.by)}


def _context(given: dict[str, Any]) -> Context:
    """Context keys as the evaluator knows them; a key without a value is absent."""
    return {key.lower(): tuple(_text(each) for each in _listed(value)) for key, value in given.items()}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _pairs(texts: tuple[str, ...]) -> dict[str, list[str]]:
    """KEY=VALUE options; a key that is given several times has several values."""
    context: dict[str, list[str]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or ":" not in key:
            raise UsageError(f"--context {text}: KEY=VALUE is expected, such as aws:SourceIp=203.0.113.9")
        context.setdefault(key, []).append(value)
    return context


def _requests(file: str) -> Iterator[dict[str, Any]]:
    """The requests of a file, one JSON object a line; UsageError with file and line for what is none."""
    from leakstop.aws.details import read_text

    for number, line in enumerate(read_text(file).split("\n"), 1):
        if line.strip():
            yield _request(line, f"{file}:{number}")


def _request(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        raise UsageError(f"{where}: this is not a JSON object") from None
    if not isinstance(row, dict):
        raise UsageError(f"{where}: this is not a JSON object")
    request = {"resource": "*", "context": {}, **row}
    strange = [key for key in request if key not in REQUEST]
    if strange:
        raise UsageError(f"{where}: unknown key {strange[0]!r}", nearest(strange[0], REQUEST, f"Keys: {', '.join(REQUEST)}."))
    for key in REQUEST[:3]:
        if not isinstance(request.get(key), str):
            raise UsageError(f"{where}: {key} is not a text" if key in request else f"{where}: {key} is missing")
    _check(request["action"], f"{where}: action")
    request["context"] = request["context"] or {}
    if not isinstance(request["context"], dict) or not all(map(_is_value, request["context"].values())):
        raise UsageError(f"{where}: context is not an object of texts and lists of texts")
    return request


def _check(action: str, where: str) -> None:
    """UsageError for what nobody can ask of AWS: every call is one action."""
    if not re.fullmatch(r"[\w-]+:[\w-]+", action, re.ASCII):
        raise UsageError(f"{where} {action!r}: one action is expected, such as s3:GetObject")


def _is_value(value: Any) -> bool:
    return all(isinstance(each, (str, int, float)) for each in _listed(value))


COMMAND = Command(
    run,
    "Answers requests as AWS would, from exported policies and without any network: allowed, explicit-deny, implicit-deny, or"
    " unknown where something could not be read. Each answer is one line of JSON that names the deciding statements. Context keys"
    " that follow from the user are filled in; any other key is absent unless it is given.",
    (
        (
            "leakstop aws evaluate --authorization-details details.json --user ci --action iam:ListUsers",
            "one request",
        ),
        ("leakstop aws evaluate --authorization-details details.json --requests requests.jsonl", "many at once"),
    ),
    (
        ("exported files", POLICIES),
        (
            "requests",
            (
                Option(
                    ("--requests",),
                    'a file with one request a line: {"user", "action", "resource", "context": {key: value or list}}',
                    "FILE",
                    completes="file",
                ),
                Option(("--user",), "name of the user who asks", "NAME"),
                Option(("--action",), "such as s3:GetObject", "ACTION"),
                Option(("--resource",), "an ARN (default: *)", "ARN", "*"),
                Option(
                    ("--context",), "a context key, such as aws:SourceIp=203.0.113.9 (repeatable)", "KEY=VALUE", (), many=True
                ),
            ),
        ),
    ),
    (0, 2),
)
