"""The fix: the restriction and its forms, networks from CloudTrail, the plan, and changes that can be taken back."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest
from aws_helpers import ALLOW_ALL, ARN, allow, document, exported, exported_user, user
from helpers import fake, run_cli

from leakstop.aws import apply, changes, respond, restriction, templates, trail
from leakstop.aws.account import AccessKey
from leakstop.aws.exposure import examine
from leakstop.aws.policy import statements
from leakstop.aws.vantages import Trust
from leakstop.errors import LeakstopError, UsageError

NOW = datetime(2026, 11, 21, tzinfo=UTC)
OFFICE, VPCE, VPC = ("203.0.113.0/24",), ("vpce-0aaaabbbbccccdddd",), ("vpc-0ours0000000001",)
WHO = user(ALLOW_ALL)
MANY = tuple(f"203.{number}.113.{even}" for number in range(4) for even in range(0, 256, 2))


def planned(trust=Trust(OFFICE), group="network-restricted"):  # noqa: B008 - a frozen record
    return restriction.plan(WHO, trust, group)


@pytest.mark.parametrize(
    "trust, legitimate",
    [
        (Trust(OFFICE), "ok ok blocked ok"),
        (Trust(("203.0.113.9", "2001:db8:1::/48")), "ok ok blocked ok"),
        (Trust(OFFICE, vpces=VPCE), "ok ok ok ok"),
        (Trust(OFFICE, vpcs=VPC), "ok ok ok ok"),
        (Trust((), vpces=VPCE), "ok ok ok ok"),
        (Trust(OFFICE, vpces=VPCE, vpcs=VPC), "ok ok ok ok"),
    ],
)
@pytest.mark.parametrize("group", ["network-restricted", ""])
def test_every_form_restricts_and_leaves_the_owner_in(trust, legitimate, group):
    plan = planned(trust, group)
    assert not any(each.problem for each in statements(plan.document))
    found = restriction.check(plan, WHO, None, trust)
    assert (found.before.verdict, found.after.verdict, found.after.kind) == ("unrestricted", "restricted", "explicit")
    if trust.inside:
        assert " ".join(found.after.legitimate.values()) == legitimate
    assert "lockout" not in found.after.notes


def test_addresses_become_the_fewest_cidrs():
    plan = planned(Trust(("203.0.113.0/25", "203.0.113.128/25", "203.0.113.7", "2001:db8::1", "198.51.100.9/24")))
    assert plan.document["Statement"][0]["Condition"]["NotIpAddress"]["aws:SourceIp"] == [
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::1/128",
    ]


@pytest.mark.parametrize(
    "trust, message",
    [
        (Trust(("10.0.0.0/8",)), "never a private address"),
        (Trust(("3.0.0.0/8",)), "holds strangers"),
        (Trust(("::/0",)), "holds strangers"),
        (Trust(("office",)), "a CIDR or an address is expected"),
        (Trust(MANY), "IAM takes 6144"),
    ],
)
def test_networks_that_cannot_be_meant(trust, message):
    with pytest.raises(UsageError, match=message):
        planned(trust)


def test_nothing_known_gives_a_policy_that_cannot_be_applied_by_mistake():
    plan = planned(Trust())
    assert restriction.PLACEHOLDER in json.dumps(plan.document)
    assert "placeholder" in restriction.check(plan, WHO, None, Trust()).warnings[0]


def test_warnings():
    shut = restriction.check(planned(Trust(OFFICE)), WHO, None, Trust(OFFICE, vpces=VPCE))
    assert any(warning.startswith("our-vpce: ok before, blocked after") for warning in shut.warnings)
    assert any(warning.startswith("the user itself can undo it: iam:") for warning in shut.warnings)
    assert planned(Trust(("52.0.0.0/12",))).warnings == ("52.0.0.0/12 is large: are all of its 1048576 addresses yours?",)


def test_a_long_policy_goes_on_a_user_as_a_managed_one():
    many = Trust(tuple(f"203.0.113.{even}" for even in range(0, 256, 2)))
    assert planned(Trust(OFFICE), "").inline
    assert not planned(many, "").inline
    assert [change.operation for change in changes.restrict(planned(many, ""))] == ["create_policy", "attach_user_policy"]


@pytest.mark.parametrize("name", ["a b", "$(x)", "", "x" * 129, "né"])
def test_names_are_iam_names(name):
    with pytest.raises(UsageError, match="cannot be the name of a group") if name else pytest.raises(AssertionError):
        planned(Trust(OFFICE), name)
        raise AssertionError


def test_commands():
    group = [change.command for change in changes.restrict(planned())]
    document_text = json.dumps(planned().document, separators=(",", ":"))
    assert group == [
        f"aws iam create-policy --policy-name DenyOutsideTrustedNetworks --policy-document '{document_text}'",
        "aws iam create-group --group-name network-restricted",
        f"aws iam attach-group-policy --group-name network-restricted --policy-arn {planned().arn}",
        "aws iam add-user-to-group --group-name network-restricted --user-name leaky",
    ]
    there = changes.deactivate("leaky", "AKIAIOSFODNN7EXAMPLE").within("aws-cn")
    assert all(call.command.startswith("aws iam update-access-key --region cn-north-1 --u") for call in (there, *there.undo))
    assert changes.deactivate("leaky", "AKIAIOSFODNN7EXAMPLE").command == (
        "aws iam update-access-key --user-name leaky --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive"
    )


def test_commands_and_operations_exist():
    import boto3

    client = boto3.client("iam", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    made = [
        *changes.restrict(planned()),
        *changes.restrict(planned(group="")),
        changes.deactivate("leaky", "AKIAIOSFODNN7EXAMPLE"),
    ]
    for change in [*made, *(back for one in made for back in one.undo)]:
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[change.operation])
        assert set(change.arguments) <= set(model.input_shape.members)
        assert set(model.input_shape.required_members) <= set(change.arguments)


def test_terraform():
    assert templates.terraform(planned(group="")) == (
        'data "aws_iam_policy_document" "net" {\n'
        "  statement {\n"
        '    sid       = "DenyOutsideTrustedNetworks"\n'
        '    effect    = "Deny"\n'
        '    actions   = ["*"]\n'
        '    resources = ["*"]\n'
        "    condition {\n"
        '      test     = "NotIpAddress"\n'
        '      variable = "aws:SourceIp"\n'
        '      values   = ["203.0.113.0/24"]\n'
        "    }\n"
        "    condition {\n"
        '      test     = "BoolIfExists"\n'
        '      variable = "aws:ViaAWSService"\n'
        '      values   = ["false"]\n'
        "    }\n"
        "  }\n"
        "}\n"
        "\n"
        'resource "aws_iam_user_policy" "net" {\n'
        '  name   = "DenyOutsideTrustedNetworks"\n'
        '  user   = "leaky"\n'
        "  policy = data.aws_iam_policy_document.net.json\n"
        "}\n"
    )
    whole = templates.terraform(planned())
    for kind in ("aws_iam_policy", "aws_iam_group", "aws_iam_group_policy_attachment", "aws_iam_user_group_membership"):
        assert f'resource "{kind}" "net" {{' in whole
    assert whole.count("{") == whole.count("}")


@pytest.mark.parametrize("group, kinds", [("net", {"ManagedPolicy", "Group", "UserToGroupAddition"}), ("", {"UserPolicy"})])
def test_cloudformation(group, kinds):
    found = json.loads(templates.cloudformation(planned(group=group)))
    assert {each["Type"].rpartition("::")[2] for each in found["Resources"].values()} == kinds
    assert found["Resources"]["Restriction"]["Properties"]["PolicyDocument"] == planned().document


# ---- CloudTrail


def event(address, day, hour=9, **more):
    row = {
        "eventTime": f"2026-11-{day:02}T{hour:02}:00:00Z",
        "eventName": "PutObject",
        "sourceIPAddress": address,
        "userAgent": "aws-cli/2",
        "userIdentity": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "leaky"},
    }
    return {**row, **more}


def proposal(tmp_path, *rows, exposed=NOW, key="AKIAIOSFODNN7EXAMPLE"):
    (tmp_path / "events.json").write_text(json.dumps({"Records": rows}))
    return trail.propose(trail.read([str(tmp_path / "events.json")], key, "leaky"), exposed)


def test_networks_of_habit_before_the_leak(tmp_path):
    found = proposal(
        tmp_path,
        *(event("203.0.113.9", day) for day in (1, 2, 3, 22)),  # a habit
        *(event("198.51.100.7", 5, hour) for hour in range(20)),  # many in one day
        *(event("192.0.2.1", day) for day in (1, 2)),  # too seldom
        *(event("8.8.8.8", day) for day in (21, 22, 23)),  # after the leak
        *(event("9.9.9.9", day, errorCode="AccessDenied") for day in (1, 2, 3)),
        *(event("9.9.9.8", day, eventName="GetCallerIdentity") for day in (1, 2, 3)),
        *(event("10.1.2.3", day, vpcEndpointId="vpce-0aaaabbbbccccdddd") for day in (1, 2, 3)),
        *(event("cloudformation.amazonaws.com", day) for day in (1, 2, 3)),
        *(event("52.1.1.1", day, userIdentity={"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "invokedBy": "x"}) for day in (1, 2, 3)),
        *(event("7.7.7.7", day, userIdentity={"accessKeyId": "AKIAI44QH8DHBEXAMPLE"}) for day in (1, 2, 3)),
    )
    assert found.cidrs == ("198.51.100.7/32", "203.0.113.9/32")
    assert found.endpoints == ("vpce-0aaaabbbbccccdddd",)
    assert {each.address: each.verdict for each in found.seen} == {
        "203.0.113.9": "",
        "198.51.100.7": "",
        "192.0.2.1": "seen too seldom",
        "8.8.8.8": "first seen after the exposure: suspect",
        "9.9.9.9": "mostly denied calls or GetCallerIdentity: suspect",
        "9.9.9.8": "mostly denied calls or GetCallerIdentity: suspect",
    }
    habit = next(each for each in found.seen if each.address == "203.0.113.9")
    assert (habit.events, habit.days, habit.first[:10], habit.last[:10]) == (4, 3, "2026-11-01", "2026-11-22")


def test_neighbours_become_a_block_and_no_larger_one(tmp_path):
    rows = [event(f"203.0.113.{last}", day) for last in range(12) for day in (1, 2, 3)]
    assert proposal(tmp_path, *rows).cidrs == ("203.0.113.0/28",)
    rows = [event(f"203.0.113.{last}", day) for last in (1, 200) for day in (1, 2, 3)]
    assert proposal(tmp_path, *rows).cidrs == ("203.0.113.1/32", "203.0.113.200/32")


def test_forms_of_event_files(tmp_path):
    rows = [event("203.0.113.9", day) for day in (1, 2, 3)]
    (tmp_path / "lookup.json").write_text(json.dumps({"Events": [{"CloudTrailEvent": json.dumps(row)} for row in rows] + [{}]}))
    (tmp_path / "log.json.gz").write_bytes(gzip.compress(json.dumps({"Records": [*rows, 7]}).encode()))
    for name in ("lookup.json", "log.json.gz"):
        assert len(trail.read([str(tmp_path / name)], "AKIAIOSFODNN7EXAMPLE")) == 3


@pytest.mark.parametrize("content", [b"{}", b"[]", b"x", b"\x1f\x8bx", b'{"Records": 1}'])
def test_no_event_file(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(UsageError, match=r"x: (these are not CloudTrail events|this is not JSON|cannot read it)"):
        trail.read([str(tmp_path / "x")])


# ---- the plan and its changes


def test_the_order_of_response():
    who = user(ALLOW_ALL, keys=(AccessKey("AKIAIOSFODNN7EXAMPLE", "Active"), AccessKey("AKIAI44QH8DHBEXAMPLE", "Inactive")))
    steps = respond.plan(who, "", NOW)
    text = json.dumps(steps)
    assert [step.title.split()[0] for step in steps[:3]] == ["Deactivate", "Deny", "If"]
    assert steps[0].commands[0].endswith("--access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive")
    assert '"aws:TokenIssueTime":"2026-11-21T00:00:00Z"' in steps[1].commands[0]
    assert text.index("deny-sessions") < text.index("create-access-key") < text.index("Roles Anywhere")
    assert "KEY_ID" in json.dumps(respond.plan(WHO, "", NOW))
    assert all(step.why for step in [*steps, *respond.root_plan()])


def test_what_the_plan_attaches_does_what_it_says():
    revoked = user(ALLOW_ALL, respond._older_than(NOW))
    assert examine(revoked, None, now=NOW).verdict == "unrestricted"  # the key itself has no issue time
    assert "no-permissions" in examine(user(ALLOW_ALL, respond.QUARANTINE), None, now=NOW).notes


class Fake:
    """Takes calls and refuses some."""

    def __init__(self, arn="arn:aws:iam::123456789012:user/admin", refuse=None):
        self.arn, self.refuse, self.calls = arn, refuse or {}, []

    def call(self, service, operation, **arguments):
        if operation in self.refuse:
            error = RuntimeError("never shown")
            error.code, error.reason = self.refuse[operation], "AWS denied the call"
            raise error
        self.calls.append((service, operation, arguments))
        return {}


def test_changes_are_made_in_order_and_taken_back_in_reverse():
    caller, told = Fake(), []
    outcome = apply.make(changes.restrict(planned()), caller, told.append)
    assert [operation for _, operation, _ in caller.calls] == [
        *("create_policy", "create_group", "attach_group_policy", "add_user_to_group"),
    ]
    assert [command.split()[2] for command in outcome.undo] == [
        *("remove-user-from-group", "detach-group-policy", "delete-group", "delete-policy"),
    ]
    assert not outcome.failure


def test_a_group_that_is_there_is_fine_and_stays():
    outcome = apply.make(changes.restrict(planned()), Fake(refuse={"create_group": "EntityAlreadyExists"}), lambda _: None)
    assert not outcome.failure
    assert not any("delete-group " in command for command in outcome.undo)


def test_the_first_failure_stops():
    caller = Fake(refuse={"attach_group_policy": "AccessDenied"})
    outcome = apply.make(changes.restrict(planned()), caller, lambda _: None)
    assert "attach-group-policy" in outcome.failure
    assert outcome.failure.endswith("AWS denied the call (AccessDenied)")
    assert [command.split()[2] for command in outcome.undo] == ["delete-group", "delete-policy"]


def test_the_confirmation_shows_exactly_what_will_be_called():
    told = []
    made = [changes.deactivate("leaky", "AKIAIOSFODNN7EXAMPLE")]
    apply.confirm(made, Fake(), "leaky", lambda _: "leaky\n", told.append)
    assert told == ["as arn:aws:iam::123456789012:user/admin:", f"  {made[0].command}"]
    for answer in ("", "y\n", "Leaky\n"):
        with pytest.raises(LeakstopError, match="nothing was changed"):
            apply.confirm(made, Fake(), "leaky", lambda _, answer=answer: answer, told.append)
    with pytest.raises(LeakstopError, match="would change itself"):
        apply.confirm(made, Fake(ARN), "leaky", lambda _: "leaky\n", told.append)


# ---- the commands


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "details.json").write_text(json.dumps(exported(exported_user("ci", document(allow("s3:*"))))))
    rows = [event("203.0.113.9", day, userIdentity={"userName": "ci"}) for day in (1, 2, 3)]
    (tmp_path / "events.json").write_text(json.dumps({"Records": [*rows, event("8.8.8.8", 25, userIdentity={"userName": "ci"})]}))
    return tmp_path


def run(folder, *args, **more):
    return run_cli("aws", *args, cwd=folder, **more)


def test_policy_as_a_command(folder):
    args = ("policy", "--user", "ci", "--authorization-details", "details.json", "--inside", "203.0.113.0/24")
    text = run(folder, *args)
    assert (text.code, text.err) == (0, "")
    assert text.out.startswith("ci: unrestricted now, restricted with this policy\n")
    alone = run(folder, *args, "--format", "json").json()
    full = run(folder, *args, "--format", "full").json()
    assert alone == full["policy"]
    assert (full["before"], full["after"], full["legitimate"]["inside"]) == ("unrestricted", "restricted", "ok")
    assert run(folder, *args, "--format", "cli", "--on", "user").out.splitlines()[-1].startswith("aws iam put-user-policy")
    assert 'resource "aws_iam_group" "net"' in run(folder, *args, "--format", "terraform").out
    assert "Resources" in run(folder, *args, "--format", "cloudformation").json()


def test_networks_from_cloudtrail(folder):
    found = run(
        folder,
        *("policy", "--user", "ci", "--cloudtrail", "events.json", "--exposed-at", "2026-11-21T00:00:00Z", "--format", "full"),
    ).json()
    assert found["policy"]["Statement"][0]["Condition"]["NotIpAddress"]["aws:SourceIp"] == ["203.0.113.9/32"]
    assert [each["verdict"] for each in found["addresses"]] == ["", "first seen after the exposure: suspect"]


def test_respond_as_a_command(folder):
    found = run(folder, "respond", "--user", "ci", "--authorization-details", "details.json", "--format", "json").json()
    assert found["severity"]["level"] == "high"
    assert found["steps"][0]["title"] == "Deactivate the key"
    assert run(folder, "respond", "--root").out.startswith("1. Delete the key\n")


@pytest.mark.parametrize(
    "args, message",
    [
        (("policy", "--inside", "203.0.113.9"), "--user NAME is needed"),
        (("policy", "--user", "ci", "--inside", "10.0.0.1"), "never a private address"),
        (("policy", "--user", "ci", "--cloudtrail", "events.json"), "--cloudtrail needs --exposed-at TIME"),
        (("policy", "--user", "ci", "--exposed-at", "yesterday"), "a time is expected"),
        (("policy", "--user", "ci", "--apply"), "it would not be attached as it is"),
        (("respond",), "--user NAME, --key-id ID, --role-name NAME or --root is needed"),
        (("respond", "--user", "ci", "--root"), "--user NAME, --key-id ID, --role-name NAME or --root is needed"),
        (("respond", "--user", "ci", "--apply"), "--key-id ID are needed"),
    ],
)
def test_mistakes(folder, args, message):
    result = run(folder, *args)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_a_secret_in_place_of_the_id_is_refused(folder):
    secret = fake("aws-secret")
    result = run(folder, "respond", "--user", "ci", "--key-id", secret)
    assert result.code == 2
    assert "an access key id is expected" in result.err
    assert secret[:8] not in result.out + result.err
