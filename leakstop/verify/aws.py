"""AWS credentials of a report to their answers: which are sent at all, in which order, and none of them twice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from leakstop.aws import keyid, smtp
from leakstop.aws.client import Credentials, Route
from leakstop.aws.facts import IDENTIFIERS, SECRET, SMTP, TOKEN, key_id, parts
from leakstop.aws.identity import ask
from leakstop.aws.severity import OVER
from leakstop.model import Secret, Verdict
from leakstop.verify.work import CUT_OFF, UNSEEN, each, failed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leakstop.model import Finding, Result
    from leakstop.verify import Options
    from leakstop.verify.contained import Eyes

LOOKERS = 4  # users whose policies are read at the same time: IAM answers a few questions a second
PACE = 5.0  # seconds between two secrets for one id: for about so long STS refuses the second, even if it is the right one

Answers = dict[Credentials, Verdict]


class Claim(NamedTuple):
    """Credentials as one finding has them, the partitions named near them, and how far apart id and secret stand (lines)."""

    credentials: Credentials
    hints: tuple[str, ...]
    distance: int


def verify(results: Sequence[Result], options: Options, advance: Callable[[], object]) -> list[Verdict]:
    """A verdict for each result, in order. Each id is one piece of work: its secrets are tried one after the other."""
    settled = [_settled(result, options) for result in results]
    claims = {number: _claim(results[number]) for number, verdict in enumerate(settled) if verdict is None}
    ids: dict[str, list[Claim]] = {}
    for claim in claims.values():
        ids.setdefault(claim.credentials.key_id, []).append(claim)
    route = Route(options.aws_endpoint, options.aws_region, options.timeout)

    def work(same: list[Claim]) -> Answers:
        try:
            return in_turn(same, route)
        except Exception as error:  # noqa: BLE001 - it must not take the others along
            return dict.fromkeys((claim.credentials for claim in same), failed(error))
        finally:
            advance()

    nothing: Answers = {}
    answers: Answers = {}
    asked = each(work, list(ids.values()), nothing)
    for some in asked:
        answers |= some
    answers |= _looked_into(answers, options, route, interrupted=any(some is nothing for some in asked))
    passwords = _passwords(results, answers)
    verdicts = []
    for number, (result, verdict) in enumerate(zip(results, settled, strict=True)):
        if number in claims:
            verdict = answers.get(claims[number].credentials)
        elif result.finding.rule.id == SMTP:
            verdict = passwords.get(result.finding.secret.reveal(), verdict)
        verdicts.append(_rated(verdict or CUT_OFF))
    return verdicts


def _rated(verdict: Verdict) -> Verdict:
    """What AWS no longer accepts is not as bad as its kind; of a live key those who read its policies tell."""
    if verdict.state not in ("dead", "expired"):
        return verdict
    return verdict._replace(severity=OVER.level, evidence=(*verdict.evidence, OVER.told))


def _looked_into(answers: Answers, options: Options, route: Route, *, interrupted: bool) -> Answers:
    """The live ones with what contains them, if somebody may look."""
    live = [credentials for credentials, verdict in answers.items() if verdict.state == "live"]
    if not live or not (options.aws_leaked_key or options.aws_profile or options.aws_role):
        return {}
    unseen = Verdict("unknown", "")  # a Ctrl-C meanwhile

    def open_eyes(_: None) -> Eyes:
        from leakstop.verify.contained import eyes  # policies take longer to load than a question to be asked

        return eyes(options, route)

    found = [None] if interrupted else each(open_eyes, [None], None)
    seeing = found[0]

    def look(credentials: Credentials) -> Verdict:
        from leakstop.verify.contained import contained

        verdict = answers[credentials]
        try:
            assert seeing is not None
            return contained(credentials, verdict, seeing, route)
        except Exception as error:  # noqa: BLE001 - that it is live matters more
            return verdict._replace(containment="unknown", evidence=(*verdict.evidence, ("not read", failed(error).reason)))

    looked = each(look, live, unseen, LOOKERS) if seeing else [unseen] * len(live)
    return {
        credentials: _unseen(answers[credentials]) if verdict is unseen else verdict
        for credentials, verdict in zip(live, looked, strict=True)
    }


def _unseen(verdict: Verdict) -> Verdict:
    return verdict._replace(containment="unknown", evidence=(*verdict.evidence, UNSEEN))


def in_turn(claims: Sequence[Claim], route: Route) -> Answers:
    """The answers for all that claims to belong to one id, the nearest secret first; what follows from an answer is not asked."""
    answers: Answers = {}
    last = 0.0
    for claim in sorted(claims, key=lambda claim: claim.distance):
        credentials = claim.credentials
        if credentials in answers:
            continue
        verdict = _follows(credentials, answers)
        if verdict is None:
            if last:
                time.sleep(max(0.0, last + PACE - time.monotonic()))
            hints = tuple(dict.fromkeys(hint for same in claims if same.credentials == credentials for hint in same.hints))
            verdict = ask(credentials, hints, route)
            if last and verdict.state == "wrong-secret":
                verdict = ask(credentials, hints, route)
            last = time.monotonic()
        answers[credentials] = verdict
    return answers


def _follows(credentials: Credentials, answers: Answers) -> Verdict | None:
    """What earlier answers for the same id say of further credentials: an id has one secret, and a dead long-term id has none."""
    for verdict in answers.values():
        if verdict.state in ("live", "canary"):
            return Verdict("wrong-secret", "the key id is live with another secret that was found", verdict.evidence)
        if verdict.state == "dead" and not credentials.key_id.startswith(keyid.TEMPORARY):
            return verdict
    return None


def _settled(result: Result, options: Options) -> Verdict | None:
    """The verdict where nothing is to be sent; None: ask."""
    finding, facts = result.finding, dict(result.facts)
    if "expired" in facts:
        return Verdict("expired", f"it was good until {facts['expired']}")
    if finding.rule.id not in (*IDENTIFIERS, SECRET, TOKEN):
        return Verdict("not-sent", "it cannot be checked without being used")
    values, name = parts(finding), key_id(finding)
    if not name:
        return Verdict("not-sent", "its access key id was not found")
    if SECRET not in values:
        return Verdict("not-sent", "its secret access key was not found")
    if keyid.is_example(name) or keyid.is_example(values[SECRET].decode("ascii", "replace")):
        return Verdict("not-sent", "it is an example of AWS's documentation")
    return _forbidden(keyid.account_of(name), options) or _incomplete(name, values)


def _forbidden(account: str | None, options: Options) -> Verdict | None:
    """Whether keys of this account are to be left alone."""
    owner = keyid.canary(account, options.aws_canaries)
    if owner:
        return Verdict("canary", f"a trap ({owner}): not sent, since that would alarm whoever laid it")
    if account is None and (options.aws_accounts or options.aws_skip_accounts):
        return Verdict("not-sent", "only keys of some accounts are to be sent, and this id does not tell its account")
    if account in options.aws_skip_accounts or (options.aws_accounts and account not in options.aws_accounts):
        return Verdict("not-sent", f"keys of account {account} are not to be sent")
    return None


def _incomplete(name: str, values: dict[str, bytes]) -> Verdict | None:
    if name.startswith(keyid.TEMPORARY) and TOKEN not in values:
        return Verdict("needs-token", "a temporary key means nothing without its session token, which was not found")
    return None


def _claim(result: Result) -> Claim:
    finding = result.finding
    values, name = parts(finding), key_id(finding)
    token = Secret(values[TOKEN]) if name.startswith(keyid.TEMPORARY) else None
    partition = dict(result.facts).get("partition", "")
    return Claim(
        Credentials(name, Secret(values[SECRET]), token), tuple(partition.split(" or ")) if partition else (), _distance(finding)
    )


def _distance(finding: Finding) -> int:
    pair = finding.pair
    assert pair is not None  # a claim has both halves
    return abs(pair.line - finding.location.start_line) + (1_000_000 if pair.path != finding.origin.path else 0)


def _passwords(results: Sequence[Result], answers: Answers) -> dict[bytes, Verdict]:
    """SMTP passwords live and die with the key whose secret they were derived from."""
    if not any(result.finding.rule.id == SMTP for result in results):
        return {}
    found = {}
    for credentials, verdict in answers.items():
        reason = f"derived from the secret of {credentials.key_id}: {verdict.reason}"
        for password in smtp.passwords(credentials.secret.reveal()):
            found[password] = verdict._replace(reason=reason)
    return found
