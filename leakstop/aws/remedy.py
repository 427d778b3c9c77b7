"""What to do about one finding of AWS, from what it tells itself and what AWS said of it."""

from __future__ import annotations

import shlex

from leakstop.aws import keyid, respond
from leakstop.aws.account import User
from leakstop.aws.facts import IDENTIFIERS, SECRET, SMTP, TOKEN, key_id
from leakstop.aws.partitions import DEFAULT, located, of_arn, of_region
from leakstop.aws.replacing import GENERAL, replacement
from leakstop.errors import LeakstopError
from leakstop.model import Fix, Step, show_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from leakstop.aws.assessment import Assessment
    from leakstop.aws.vantages import Trust
    from leakstop.model import Result

RESTRICTED = "restricted"  # a verdict of `exposure`, which takes long to load
ID = "aws-service-credential-id"
KEYS = (*IDENTIFIERS, SECRET, TOKEN)  # parts of an access key


def remedy(result: Result) -> Fix | None:
    """The steps at AWS, less those that are about the place where it stands. None: the rule's own words say it all."""
    found = _plan(result)
    if found is None:
        return None
    instead = replacement(show_path(result.finding.origin.path))
    return found._replace(steps=tuple(step._replace(why=instead) if step.why == GENERAL else step for step in found.steps))


def _plan(result: Result) -> Fix | None:
    verdict, facts = result.verification, dict(result.facts)
    if "canary" in facts or (verdict and verdict.state == "canary"):
        return Fix((_trap(facts.get("canary", "")),))
    if verdict and verdict.fix:
        return verdict.fix
    made = PLANS.get(result.finding.rule.id)
    if made is None:
        return None
    if "expired" in facts or (verdict and verdict.state in ("dead", "expired")):
        return Fix((_over(facts.get("key", "") or key_id(result.finding), _partition(result, facts)),))
    return made(result, facts)


def of_principal(arn: str, key: str) -> Fix | None:
    """The steps for a key whose owner AWS named; None for principals of other kinds."""
    from leakstop.aws.identity import principal

    who = principal(arn)
    if who.kind == "root":
        return Fix(tuple(respond.root_plan()), "leakstop aws respond --root")
    if who.kind == "role session":
        return _session(key, of_arn(arn), role=who.name)
    if who.kind == "user" and key.startswith(keyid.TEMPORARY):
        return _session(key, of_arn(arn), user=who.name)
    if who.kind == "user":
        return _of_user(User(who.name, arn), key)
    return None


def of_assessment(found: Assessment, key: str, trust: Trust | None = None) -> Fix:
    """The steps for a key whose policies were read; where they leave it open, with the restriction to attach.

    It is to what the owner calls legitimate (`trust`), or else to what the policies name.
    """
    from leakstop.aws.account import ROLE, USER

    user = found.user
    if user.kind == USER:
        steps, command = respond.plan(user, key, None, found), more(user.partition, user=user.name, key=key)
    else:
        role = user.name if user.kind == ROLE else ""
        steps = respond.session_plan(key, role, "" if role else user.name, None, user.partition)
        command = more(user.partition, user="" if role else user.name, role=role, key=key)
    restriction = None if found.exposure.verdict == RESTRICTED else _restriction(user, trust)
    if restriction is None:
        return Fix(tuple(steps), command)
    step, document = restriction
    at = next(number for number, each in enumerate(steps) if each.what in ("others", "look"))
    return Fix((*steps[:at], step, *steps[at:]), command, document)


_OPTIONS = ("--inside", "--vpce", "--vpc")  # in the order of Trust


def _restriction(user: User, given: Trust | None) -> tuple[Step, dict[str, Any]] | None:
    """The step that ties a principal to networks that are given or that its policies know, else to a placeholder.

    None: IAM would not take it.
    """
    from leakstop.aws import changes
    from leakstop.aws import restriction as made
    from leakstop.aws.account import ROLE
    from leakstop.aws.exposure import NO_TRUST, examine

    role = user.kind == ROLE
    group = "" if role else made.GROUP
    own = given is not None and bool(given.inside or given.vpces or given.vpcs)
    trust = given if given is not None and own else made.proposed(user)
    try:
        plan = made.plan(user, trust, group)
        after = examine(made.attached(plan, user), None, trust)
        if not own and (after.verdict != RESTRICTED or "lockout" in after.notes):
            trust = NO_TRUST
            plan = made.plan(user, trust, group)
    except LeakstopError:  # a name or a size that IAM does not take
        return None
    named = [part for option, values in zip(_OPTIONS, trust, strict=False) for value in values for part in (option, value)]
    command = ["leakstop", "aws", "policy", "--user", user.name, "--account", user.account, *_elsewhere(user.partition)]
    command += named or ["--inside", "YOUR-NETWORK"]
    if role:
        commands = [changes.put_role_policy(user.name, made.NAME, plan.document).within(user.partition).command]
    else:
        commands = [shlex.join(command), *(change.command for change in (changes.restrict(plan) if named else ()))]
    why = "It denies everything from elsewhere and grants nothing. " + (
        f"The networks are those that you named: with it the key is {after.verdict}."
        + (" LOCK-OUT: nothing would work from them, since another policy denies it." if "lockout" in after.notes else "")
        if named and own
        else "The networks are those that its policies name: are they all, and all yours?"
        if named
        else f"Put your networks in place of {made.PLACEHOLDER}; AWS refuses the policy as it is."
    )
    return Step("restrict", "Until it is replaced: let it work from your networks only", why, tuple(commands)), plan.document


def _of_user(user: User, key: str) -> Fix:
    return Fix(tuple(respond.plan(user, key, None)), more(user.partition, user=user.name, key=key))


def _session(key: str, partition: str, *, role: str = "", user: str = "") -> Fix:
    steps = respond.session_plan(key, role, user, None, partition)
    return Fix(tuple(steps), more(partition, user=user, role=role, key=key))


def more(partition: str, *, user: str = "", role: str = "", key: str = "") -> str:
    """The command that tells the whole plan."""
    options = (("--user", user), ("--role-name", role), ("--key-id", key))
    given = [part for option in options if option[1] for part in option]
    return shlex.join(["leakstop", "aws", "respond", *given, *_elsewhere(partition)]) if given else ""


def _elsewhere(partition: str) -> tuple[str, ...]:
    """The option for a partition that is not the standard one."""
    return () if partition == DEFAULT.name else ("--partition", partition)


def _partition(result: Result, facts: Mapping[str, str]) -> str:
    """Where a credential belongs: as AWS said, as it says itself, or as the text around it has it, the nearest word first."""
    if arn := _arn(result):
        return of_arn(arn)
    return of_region(facts["region"]).name if "region" in facts else facts.get("partition", DEFAULT.name).split(" or ")[0]


def _arn(result: Result) -> str:
    """The ARN of the owner, "" where AWS has not said it."""
    return dict(result.verification.evidence).get("arn", "") if result.verification else ""


def _access_key(result: Result, facts: Mapping[str, str]) -> Fix | None:
    """A key, or what is signed or derived by it: the key is what can be stopped."""
    key = key_id(result.finding) or facts.get("key", "")
    arn = _arn(result)
    found = of_principal(arn, key) if arn and result.live else None
    if found is not None:
        return found
    partition = _partition(result, facts)
    if key.startswith(keyid.TEMPORARY) or (not key and result.finding.rule.id == TOKEN):
        return _session(key, partition)
    steps = respond.plan_by_id(key, None, partition)
    return Fix(tuple(steps), more(partition, key=key) if key else more(partition, user="NAME"))


def _signed(result: Result, facts: Mapping[str, str]) -> Fix | None:
    """A signed request: it ends by itself, or with the key that signed it."""
    found = _access_key(result, facts)
    if found is None or "expires" not in facts:
        return found
    first, *rest = found.steps
    return found._replace(steps=(first._replace(why=f"It works until {facts['expires']}. {first.why}"), *rest))


def _of_service(result: Result, facts: Mapping[str, str]) -> Fix:
    own = result.finding.secret.reveal().decode("ascii", "replace") if result.finding.rule.id == ID else ""
    return Fix(tuple(respond.service_plan(facts.get("user", ""), own, _partition(result, facts))))


def _trap(owner: str) -> Step:
    return Step(
        "leave",
        "Leave it alone: it is a trap",
        (f"{owner[:1].upper()}{owner[1:]}. " if owner else "")
        + "Ask in your organization who laid it. If nobody did, whoever copied it here took it from somebody else.",
    )


def _over(key: str, partition: str) -> Step:
    lookup = f"{respond.LOOKUP} AttributeKey=AccessKeyId,AttributeValue={key}"
    return Step(
        "look",
        "See whether it was used while it worked",
        "It no longer works, so there is nothing to revoke. What somebody made with it before may still be there.",
        (located(lookup, partition),) if key else (),
    )


PLANS: dict[str, Callable[[Result, Mapping[str, str]], Fix | None]] = {
    **dict.fromkeys(KEYS, _access_key),
    **dict.fromkeys((SMTP, "aws-presigned-url", "aws-bedrock-short-term-key"), _signed),
    **dict.fromkeys((ID, "aws-codecommit-password", "aws-bedrock-api-key"), _of_service),
}
