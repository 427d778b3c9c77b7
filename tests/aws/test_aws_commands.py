"""`leakstop aws evaluate` and `leakstop aws exposure` as commands: files in, JSON and text out, mistakes told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from aws_helpers import ALLOW_ALL, OFFICE, allow, deny, document, exported, exported_role, exported_user
from helpers import run_cli

if TYPE_CHECKING:
    from pathlib import Path

NET = document(deny(condition={"NotIpAddress": {"aws:SourceIp": OFFICE}, "Bool": {"aws:ViaAWSService": "false"}}))
OURS = (
    *("--inside", "203.0.113.0/24", "--vpce", "vpce-0aaaabbbbccccdddd", "--vpc", "vpc-0ours0000000001"),
    *("--vpc-source", "10.20.0.9", "--org", "o-ours000001"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    details = exported(
        exported_user("shut", ALLOW_ALL, NET),
        exported_user("bare", ALLOW_ALL),
        exported_user(
            "half", document(allow(["s3:*", "iam:*"])), document(deny("s3:*", condition=NET["Statement"][0]["Condition"]))
        ),
        exported_user(
            "mute", ALLOW_ALL, AttachedManagedPolicies=[{"PolicyName": "x", "PolicyArn": "arn:aws:iam::123456789012:policy/x"}]
        ),
    )
    (tmp_path / "details.json").write_text(json.dumps(details))
    (tmp_path / "root.json").write_text(json.dumps([ALLOW_ALL]))
    (tmp_path / "net.json").write_text(json.dumps([ALLOW_ALL, NET]))
    (tmp_path / "unread.json").write_text("null")
    return tmp_path


def exposure(folder: Path, *args: str):
    result = run_cli("aws", "exposure", "--authorization-details", "details.json", *args, cwd=folder)
    assert (result.code, result.err) == (0, "")
    return result


def test_exposure_as_json(folder: Path):
    found = exposure(folder, "--user", "shut", *OURS, "--scp", "root.json", "--format", "json").json()
    assert {key: found[key] for key in ("user", "verdict", "kind", "open", "notes", "legitimate", "unread")} == {
        "user": "shut",
        "verdict": "restricted",
        "kind": "explicit",
        "open": [],
        "notes": ["ipv6-clients-blocked", "tamper"],
        "legitimate": {"inside": "ok", "inside-fas": "ok", "our-vpce": "blocked", "fas-after-vpce": "ok"},
        "unread": [],
    }
    assert "user shut, inline policy p2, statement 1" in found["evidence"][1]


def test_what_is_open(folder: Path):
    found = exposure(folder, "--user", "half", "--format", "json").json()
    assert found["verdict"] == "partial"
    assert {"action": "iam:ListUsers", "resource": "*", "from": "vpce"} in found["open"]
    assert not [each for each in found["open"] if each["action"].startswith("s3:")]


def test_levels(folder: Path):
    scps = ("--scp", "root.json", "--scp", "net.json")
    assert exposure(folder, "--user", "bare", *scps, "--format", "json").json()["verdict"] == "restricted"
    managing = exposure(folder, "--user", "bare", *scps, "--management-account", "--format", "json").json()
    assert (managing["verdict"], managing["notes"]) == ("unrestricted", [])
    unread = exposure(folder, "--user", "bare", "--scp", "unread.json", "--format", "json").json()
    assert (unread["verdict"], unread["notes"]) == ("unknown", ["scp-unseen"])
    assert [each["permission"] for each in unread["unread"]] == ["organizations:DescribePolicy"]
    (folder / "none.json").write_text("[]")
    nothing = exposure(folder, "--user", "bare", "--scp", "root.json", "--scp", "none.json", "--format", "json").json()
    assert nothing["notes"] == ["no-permissions", "lockout"]
    assert nothing["evidence"][-1] == "service control policies, level 2: there is none, so nothing is allowed"


def test_what_was_not_read_names_the_permission(folder: Path):
    found = exposure(folder, "--user", "mute", "--format", "json").json()
    assert found["verdict"] == "unknown"
    assert [each["permission"] for each in found["unread"]] == ["iam:GetPolicyVersion"]


def test_all_users_worst_first(folder: Path):
    table = exposure(folder, "--all").out.splitlines()
    assert [line.split()[:3] for line in table] == [
        ["user", "severity", "verdict"],
        ["bare", "critical", "unrestricted"],
        ["mute", "critical", "unknown"],
        ["half", "critical", "partial"],
        ["shut", "high", "restricted"],
    ]
    rows = exposure(folder, "--all", "--format", "json").json()
    assert [row["user"] for row in rows] == ["bare", "mute", "half", "shut"]


def test_a_part_of_the_users_is_not_taken_for_all(folder: Path):
    page = json.loads((folder / "details.json").read_text())
    (folder / "details.json").write_text(json.dumps({**page, "IsTruncated": True}))
    result = run_cli("aws", "exposure", "--authorization-details", "details.json", "--all", cwd=folder)
    assert (result.code, len(result.out.splitlines())) == (3, 5)
    assert "not everything was read: the rest of details.json: the export is one page of several" in result.err


def test_exposure_as_text(folder: Path):
    text = exposure(folder, "--user", "half").out
    assert text.startswith("half: PARTIAL, severity critical\n")
    assert "iam:CreateAccessKey on arn:aws:iam::123456789012:user/example, from the IPv4 internet" in text
    assert "evidence\n" in text


TAGGED = document(deny(condition={**NET["Statement"][0]["Condition"], "StringEquals": {"aws:PrincipalTag/net": "office"}}))
# role -> its row, its verdict, what is not read
ROLES = {
    "by its own policy": (exported_role("r", ALLOW_ALL, NET), "restricted", []),
    "open": (exported_role("r", ALLOW_ALL), "unrestricted", []),
    "by its boundary": (
        exported_role("r", ALLOW_ALL, PermissionsBoundary={"PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/edge"}),
        *("restricted", []),
    ),
    "by its tags": (exported_role("r", ALLOW_ALL, TAGGED, Tags=[{"Key": "net", "Value": "office"}]), "restricted", []),
    "tags of a session": (
        exported_role("r", ALLOW_ALL, TAGGED, trust="sts:*"),
        "unknown",
        ["the tags of this session of role r"],
    ),
    "tags that are not in the file": (exported_role("r", ALLOW_ALL, TAGGED, Tags=None), "unknown", ["the tags of role r"]),
}


@pytest.mark.parametrize("name", ROLES)
def test_temporary_keys_of_a_role(tmp_path: Path, name: str):
    """As when AWS itself is asked: what only the maker of a session knows is unknown."""
    row, verdict, unread = ROLES[name]
    edge = {"Arn": "arn:aws:iam::123456789012:policy/edge", "DefaultVersionId": "v1"}
    edge["PolicyVersionList"] = [{"VersionId": "v1", "Document": document(allow(), NET["Statement"][0])}]
    (tmp_path / "details.json").write_text(json.dumps(exported(roles=[row], policies=[edge])))
    found = exposure(tmp_path, "--role-name", "r", "--format", "json").json()
    assert (found["user"], found["verdict"], [each["what"] for each in found["unread"]]) == ("r", verdict, unread)
    assert found["fix"]["more"] == "leakstop aws respond --role-name r"
    plan = run_cli("aws", "respond", "--authorization-details", "details.json", "--role-name", "r", cwd=tmp_path)
    assert plan.out.startswith(f"severity {found['severity']}: ")
    assert "aws iam put-role-policy --role-name r " in plan.out
    assert "this role may do" in exposure(tmp_path, "--role-name", "r").out or verdict in ("unrestricted", "unknown")


def test_names_do_not_reach_the_terminal_raw(tmp_path: Path):
    (tmp_path / "details.json").write_text(json.dumps(exported(exported_user("\x1b[31mx", document(allow("s3:\x1b[0m"))))))
    for args in (("--all",), ("--user", "\x1b[31mx")):
        assert "\x1b" not in exposure(tmp_path, *args).out


def ask(folder: Path, *args: str):
    return run_cli("aws", "evaluate", "--authorization-details", "details.json", *args, cwd=folder)


def test_one_request(folder: Path):
    request = (
        "--user",
        "shut",
        "--action",
        "s3:GetObject",
        "--resource",
        "arn:aws:s3:::x/y",
        "--context",
        "aws:ViaAWSService=false",
    )
    inside = ask(folder, *request, "--context", "aws:SourceIp=203.0.113.9")
    outside = ask(folder, *request, "--context", "aws:SourceIp=8.8.8.8")
    assert (inside.code, inside.json()["decision"]) == (0, "allowed")
    assert (outside.code, outside.json()) == (
        0,
        {
            "user": "shut",
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::x/y",
            "decision": "explicit-deny",
            "by": ["user shut, inline policy p2, statement 1"],
        },
    )


def test_many_requests_over_many_users(tmp_path: Path):
    count = 2000
    users = [
        exported_user(f"u{number}", ALLOW_ALL, NET, document(allow("s3:*", f"arn:aws:s3:::b{number}/*")))
        for number in range(count)
    ]
    (tmp_path / "details.json").write_text(json.dumps(exported(*users)))
    with (tmp_path / "requests.jsonl").open("w") as stream:
        for number in range(count):
            address = "203.0.113.9" if number % 2 else "8.8.8.8"
            context = {"aws:SourceIp": address, "aws:ViaAWSService": False, "aws:CalledVia": []}
            request = {
                "user": f"u{number}",
                "action": "s3:GetObject",
                "resource": f"arn:aws:s3:::b{number}/x",
                "context": context,
            }
            stream.write(json.dumps(request) + "\n")
    answers = [json.loads(line) for line in ask(tmp_path, "--requests", "requests.jsonl").out.splitlines()]
    assert [answer["user"] for answer in answers] == [f"u{number}" for number in range(count)]
    assert [answer["decision"] for answer in answers] == ["explicit-deny", "allowed"] * (count // 2)


def test_lists_and_missing_values_of_the_context(folder: Path):
    lines = [
        {
            "user": "shut",
            "action": "iam:ListUsers",
            "resource": "*",
            "context": {"aws:SourceIp": ["8.8.8.8"], "aws:ViaAWSService": "false"},
        },
        {
            "user": "shut",
            "action": "iam:ListUsers",
            "resource": "*",
            "context": {"aws:SourceIp": None, "aws:ViaAWSService": "false"},
        },
        {"user": "shut", "action": "iam:ListUsers"},
        {"user": "nobody", "action": "iam:ListUsers", "resource": "*", "context": {}},
    ]
    (folder / "r.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    answers = [json.loads(line)["decision"] for line in ask(folder, "--requests", "r.jsonl").out.splitlines()]
    assert answers == ["explicit-deny", "explicit-deny", "allowed", "unknown"]


@pytest.mark.parametrize(
    "args, message",
    [
        (("evaluate",), "--user and --action are needed"),
        (("evaluate", "--user", "shut", "--action", "s3:Get"), "--authorization-details FILE is missing"),
        (("evaluate", "--requests", "r", "--user", "x"), "not both"),
        (("evaluate", "--authorization-details", "details.json", "--requests", "none"), "none: cannot read it: No such file"),
        (
            ("evaluate", "--authorization-details", "details.json", "--requests", "bad.jsonl"),
            "bad.jsonl:2: this is not a JSON object",
        ),
        (("evaluate", "--authorization-details", "details.json", "--requests", "key.jsonl"), "key.jsonl:1: unknown key 'acton'"),
        (
            ("evaluate", "--authorization-details", "details.json", "--requests", "context.jsonl"),
            "context is not an object of texts",
        ),
        (("evaluate", "--authorization-details", "details.json", "--user", "shot", "--action", "x:y"), "there is no user 'shot'"),
        (
            ("evaluate", "--authorization-details", "details.json", "--user", "shut", "--action", "x:y", "--context", "SourceIp"),
            "--context SourceIp: KEY=VALUE is expected",
        ),
        (
            ("evaluate", "--authorization-details", "details.json", "--user", "shut", "--action", "s3:*"),
            "--action 's3:*': one action is expected",
        ),
        (
            ("evaluate", "--authorization-details", "details.json", "--requests", "action.jsonl"),
            "action.jsonl:1: action 'GetObject': one action is expected",
        ),
        (("policy", "--user", "x", "--vpce", "vpce-*"), "--vpce vpce-*: an id is expected, such as vpce-0a1b2c3d4e5f67890"),
        (("policy", "--user", "x", "--vpc", "office"), "--vpc office: an id is expected"),
        (("exposure", "--authorization-details", "details.json", "--all", "--org", "acme"), "--org acme: an id is expected"),
        (("exposure", "--authorization-details", "details.json"), "--user NAME, --role-name NAME or --all is needed"),
        (("exposure", "--authorization-details", "details.json", "--role-name", "x"), "there is no role 'x' in the account"),
        (("exposure", "--role-name", "x", "--user", "shut"), "either --role-name or --user"),
        (("exposure", "--role-name", "x", "--leaked-key"), "either --role-name or the leaked key"),
        (("exposure", "--role-name", "x", "--all"), "either one user or --all"),
        (("exposure", "--authorization-details", "root.json", "--all"), "UserDetailList is missing"),
        (("exposure", "--authorization-details", "details.json", "--all", "--scp", "nope"), "nope: cannot read it"),
        (("exposure", "--authorization-details", "details.json", "--all", "--inside", "office"), "--inside office"),
        (("exposure", "--authorization-details", "details.json", "--all", "--vpc-source", "10.0.0.0/8"), "--vpc-source"),
    ],
)
def test_mistakes(folder: Path, args: tuple[str, ...], message: str):
    good = json.dumps({"user": "shut", "action": "s3:GetObject", "resource": "*", "context": {}})
    (folder / "bad.jsonl").write_text(f"{good}\n[]\n")
    (folder / "key.jsonl").write_text(good.replace("action", "acton") + "\n")
    (folder / "action.jsonl").write_text(good.replace("s3:GetObject", "GetObject") + "\n")
    (folder / "context.jsonl").write_text(good.replace("{}", '{"aws:SourceIp": {"a": 1}}') + "\n")
    result = run_cli("aws", *args, cwd=folder)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert len(result.err.splitlines()) <= 2
