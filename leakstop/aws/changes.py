"""Changes to an account as single calls: shown as commands, made with --apply, taken back by the commands that are printed."""

from __future__ import annotations

import json
import re
import shlex

from leakstop.aws.partitions import located
from leakstop.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from leakstop.aws.restriction import Plan


class Change(NamedTuple):
    """One call of AWS. `undo` takes it back; `exists` is the error code that means it was done before."""

    service: str
    operation: str  # as boto3 names it: update_access_key
    arguments: Mapping[str, Any]
    undo: tuple[Change, ...] = ()
    exists: str = ""
    partition: str = "aws"

    @property
    def command(self) -> str:
        """The same call as a command of the AWS CLI."""
        parts = ["aws", self.service, self.operation.replace("_", "-")]
        for name, value in self.arguments.items():
            parts += [_option(name), value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))]
        return located(shlex.join(parts), self.partition)

    def within(self, partition: str) -> Change:
        """The same in another partition, and what takes it back."""
        return self._replace(partition=partition, undo=tuple(back._replace(partition=partition) for back in self.undo))


def deactivate(user: str, key_id: str) -> Change:
    """Stops a key: it can be activated again, and keeps what is known of its use."""
    back = Change("iam", "update_access_key", {"UserName": user, "AccessKeyId": key_id, "Status": "Active"})
    return Change("iam", "update_access_key", {"UserName": user, "AccessKeyId": key_id, "Status": "Inactive"}, (back,))


def put_policy(user: str, name: str, document: Any) -> Change:
    """Gives a user an inline policy."""
    back = Change("iam", "delete_user_policy", {"UserName": user, "PolicyName": name})
    text = json.dumps(document, separators=(",", ":"))
    return Change("iam", "put_user_policy", {"UserName": user, "PolicyName": name, "PolicyDocument": text}, (back,))


def put_role_policy(role: str, name: str, document: Any) -> Change:
    """Gives a role an inline policy."""
    back = Change("iam", "delete_role_policy", {"RoleName": role, "PolicyName": name})
    text = json.dumps(document, separators=(",", ":"))
    return Change("iam", "put_role_policy", {"RoleName": role, "PolicyName": name, "PolicyDocument": text}, (back,))


def restrict(plan: Plan) -> list[Change]:
    """Attaches a restriction."""
    return [change.within(plan.partition) for change in _restrict(plan)]


def _restrict(plan: Plan) -> list[Change]:
    from leakstop.aws.restriction import NAME

    if plan.inline:
        return [put_policy(plan.user, NAME, plan.document)]
    text = json.dumps(plan.document, separators=(",", ":"))
    drop = Change("iam", "delete_policy", {"PolicyArn": plan.arn})
    made = [Change("iam", "create_policy", {"PolicyName": NAME, "PolicyDocument": text}, (drop,))]
    if not plan.group:
        target = {"UserName": plan.user, "PolicyArn": plan.arn}
        return [*made, Change("iam", "attach_user_policy", target, (Change("iam", "detach_user_policy", target),))]
    group, target = {"GroupName": plan.group}, {"GroupName": plan.group, "PolicyArn": plan.arn}
    member = {"GroupName": plan.group, "UserName": plan.user}
    return [
        *made,
        Change("iam", "create_group", group, (Change("iam", "delete_group", group),), exists="EntityAlreadyExists"),
        Change("iam", "attach_group_policy", target, (Change("iam", "detach_group_policy", target),)),
        Change("iam", "add_user_to_group", member, (Change("iam", "remove_user_from_group", member),)),
    ]


def _option(name: str) -> str:
    """PolicyArn -> --policy-arn."""
    return "--" + re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
