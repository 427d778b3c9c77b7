"""Which questions are asked for one id, in which order; who is never asked; what failures cost."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest
from helpers import fake

import leakstop.verify as verification
from leakstop.aws.client import Credentials, Route
from leakstop.model import Finding, Location, Origin, Pair, Result, Secret, Triage, Verdict
from leakstop.rules.rule import Rule
from leakstop.verify import Options, aws, fork, work
from leakstop.verify.aws import Claim

ID, TEMPORARY = fake("aws-id"), fake("aws-session-id")
RULE = Rule("aws-secret-access-key", "AWS", "", "critical", "medium", "x", verify="aws")


def claim(number: int, distance: int, name: str = ID, hints: tuple[str, ...] = ()) -> Claim:
    return Claim(Credentials(name, Secret(fake("aws-secret", number).encode())), hints, distance)


@pytest.fixture
def asked(monkeypatch):
    """What is asked, and a script of answers: for each secret a list of states."""
    log: list[tuple[int, tuple[str, ...]]] = []
    script: dict[int, list[str]] = {}
    numbers = {Secret(fake("aws-secret", number).encode()): number for number in range(10)}

    def ask(credentials, hints, route):
        number = numbers[credentials.secret]
        log.append((number, tuple(hints)))
        left = script.get(number, ["wrong-secret"])
        return Verdict(left.pop(0) if len(left) > 1 else left[0], "as the script says")

    pauses: list[float] = []
    monkeypatch.setattr(aws, "ask", ask)
    monkeypatch.setattr(aws.time, "sleep", pauses.append)
    return log, script, pauses


def turn(*claims: Claim) -> list[str]:
    answers = aws.in_turn(claims, Route())
    return [answers[each.credentials].state for each in claims]


def test_nearest_first_and_none_after_a_live_one(asked):
    log, script, _ = asked
    script[2] = ["live"]
    assert turn(claim(1, 9), claim(2, 1), claim(3, 5)) == ["wrong-secret", "live", "wrong-secret"]
    assert [number for number, _ in log] == [2]


def test_a_second_secret_waits_and_is_asked_twice(asked):
    """STS refuses the second of two secrets within five seconds even if it is right."""
    log, script, pauses = asked
    script[2] = ["wrong-secret", "live"]
    assert turn(claim(1, 1), claim(2, 2)) == ["wrong-secret", "live"]
    assert [number for number, _ in log] == [1, 2, 2]
    assert len(pauses) == 1
    assert 0 < pauses[0] <= aws.PACE


def test_a_dead_id_has_no_live_secret(asked):
    log, script, _ = asked
    script[1] = ["dead"]
    assert turn(claim(1, 1), claim(2, 2)) == ["dead", "dead"]
    assert len(log) == 1


def test_a_temporary_id_may_be_dead_for_its_token_only(asked):
    log, script, _ = asked
    script[1], script[2] = ["dead"], ["live"]
    assert turn(claim(1, 1, TEMPORARY), claim(2, 2, TEMPORARY)) == ["dead", "live"]
    assert len(log) == 2


def test_the_same_credentials_are_asked_once_with_all_hints(asked):
    log, script, _ = asked
    script[1] = ["live"]
    turn(claim(1, 5, hints=("aws-cn",)), claim(1, 1), claim(1, 3, hints=("aws", "aws-cn")))
    assert log == [(1, ("aws-cn", "aws"))]


def results(count: int) -> list[Result]:
    made = []
    for number in range(count):
        pair = Pair("aws-access-key-id", 1, b"a", Secret(fake("aws-id", number).encode()))
        secret = Secret(fake("aws-secret", number).encode())
        finding = Finding(RULE, secret, Location(2, 2, 1, 40), Origin("file", b"a"), "critical", "high", 4.0, pair=pair)
        made.append(Result(finding, "lk1:0", Triage()))
    return made


@pytest.mark.parametrize("broken", [RuntimeError("secret text"), MemoryError(), RecursionError()])
def test_a_call_that_fails_costs_no_finding(monkeypatch, broken):
    def ask(credentials, hints, route):
        if credentials.key_id == fake("aws-id", 1):
            raise broken
        return Verdict("live", "")

    monkeypatch.setattr(aws, "ask", ask)
    found = verification.verify(results(3), Options())
    assert [result.verification.state for result in found] == ["live", "unknown", "live"]


def test_a_provider_that_fails_costs_no_finding(monkeypatch):
    monkeypatch.setitem(verification.PROVIDERS, "aws", "leakstop.verify.nothing:verify")
    found = verification.verify(results(2), Options())
    assert [result.verification.state for result in found] == ["unknown", "unknown"]
    assert "ModuleNotFoundError" in found[0].verification.reason


def test_progress_counts_ids(monkeypatch):
    monkeypatch.setattr(aws, "ask", lambda *_: Verdict("dead", ""))
    steps: list[int] = []
    verification.verify([*results(3), *results(3)], Options(), lambda: steps.append(1))
    assert len(steps) == 3


def test_other_providers_are_left_alone():
    other = results(1)[0]
    other = other._replace(finding=other.finding._replace(rule=RULE._replace(verify="")))
    assert verification.verify([other], Options()) == [other]


def test_work_keeps_order_and_bounds():
    lock, running, most = threading.Lock(), 0, 0

    def square(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1
        return number * number

    assert work.each(square, range(50), -1, threads=4) == [number * number for number in range(50)]
    assert most <= 4
    assert work.each(square, [], -1) == []


def test_an_interruption_keeps_the_answers_that_are_there(monkeypatch):
    """The third answer comes after Ctrl-C: it is cut off, and the report says that it was interrupted."""
    hold = threading.Event()

    def ask(credentials, hints, route):
        if credentials.key_id == fake("aws-id", 2):
            os.kill(os.getpid(), signal.SIGINT)
            hold.wait(60)
        return Verdict("live", "")

    monkeypatch.setattr(aws, "ask", ask)
    monkeypatch.setattr(work.each, "__defaults__", (1,))
    found = verification.verify(results(4), Options())
    hold.set()
    assert [result.verification.state for result in found] == ["live", "live", "unknown", "unknown"]
    assert found[3].verification is work.CUT_OFF


def event(tmp_path, head: str | None) -> str:
    file = tmp_path / "event.json"
    repository = {"full_name": head} if head else None
    file.write_text(json.dumps({"pull_request": {"head": {"repo": repository}, "base": {"repo": {"full_name": "me/it"}}}}))
    return str(file)


GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request"}
GITLAB = {"GITLAB_CI": "true", "CI_MERGE_REQUEST_PROJECT_ID": "1"}
FORKS = {
    "no CI": ({}, False),
    "push": ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}, False),
    "no event": ({**GITHUB, "GITHUB_EVENT_PATH": "/nothing"}, True),
    "GitLab, own": ({**GITLAB, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1"}, False),
    "GitLab, fork": ({**GITLAB, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}, True),
    "GitLab, branch": ({"GITLAB_CI": "true"}, False),
    "Azure, fork": ({"SYSTEM_PULLREQUEST_ISFORK": "True"}, True),
    "Azure, own": ({"SYSTEM_PULLREQUEST_ISFORK": "False"}, False),
    "CircleCI, fork": ({"CIRCLE_PR_REPONAME": "it"}, True),
    "Travis, fork": ({"TRAVIS_PULL_REQUEST_SLUG": "you/it", "TRAVIS_REPO_SLUG": "me/it"}, True),
    "Travis, own": ({"TRAVIS_PULL_REQUEST_SLUG": "me/it", "TRAVIS_REPO_SLUG": "me/it"}, False),
}


@pytest.mark.parametrize("name", FORKS)
def test_forks(name):
    environ, expected = FORKS[name]
    assert fork.fork(environ) is expected


@pytest.mark.parametrize(("head", "expected"), [("me/it", False), ("you/it", True), (None, True)])
def test_forks_on_github(tmp_path, head, expected):
    for kind in ("pull_request", "pull_request_target"):
        assert fork.fork({**GITHUB, "GITHUB_EVENT_NAME": kind, "GITHUB_EVENT_PATH": event(tmp_path, head)}) is expected
