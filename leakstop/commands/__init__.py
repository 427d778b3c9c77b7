"""The commands: one module each, imported when chosen."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leakstop.commands.options import Command

COMMANDS = {
    "scan": ("leakstop.commands.scan:COMMAND", "files and folders, or standard input"),
    "staged": ("leakstop.commands.staged:COMMAND", "what the next commit would add (the pre-commit hook)"),
    "range": ("leakstop.commands.range:COMMAND", "every commit of a change, such as main..HEAD"),
    "push": ("leakstop.commands.push:COMMAND", "what a push would bring to the remote (the pre-push hook)"),
    "receive": ("leakstop.commands.receive:COMMAND", "what a push brings to a server (the pre-receive hook)"),
    "message": ("leakstop.commands.message:COMMAND", "a commit message (the commit-msg hook)"),
    "install": ("leakstop.commands.install:INSTALL", "write git hooks for this repository, or for all of yours"),
    "uninstall": ("leakstop.commands.install:UNINSTALL", "remove them again"),
    "history": ("leakstop.commands.history:COMMAND", "everything that a repository holds"),
    "verify": ("leakstop.commands.verify:COMMAND", "whether AWS keys are live: of a report, or one that you give"),
    "ignore": ("leakstop.commands.ignore:COMMAND", "record that a finding does not count"),
    "ignores list": ("leakstop.commands.ignores:LIST", "what does not count, and why"),
    "ignores check": ("leakstop.commands.ignores:CHECK", "entries that have expired or match nothing any more"),
    "baseline create": ("leakstop.commands.baseline:CREATE", "accept everything that is found now as known"),
    "baseline update": ("leakstop.commands.baseline:UPDATE", "bring the baseline up to date"),
    "migrate": ("leakstop.commands.migrate:COMMAND", "convert ignore files of other scanners into leakstop's own"),
    "rules list": ("leakstop.commands.rules:LIST", "all rules, one line each"),
    "rules show": ("leakstop.commands.rules:SHOW", "everything about one rule"),
    "rules test": ("leakstop.commands.rules:TEST", "check rule files and run their examples"),
    "explain": ("leakstop.commands.explain:COMMAND", "why a value is reported or is not"),
    "aws evaluate": ("leakstop.commands.aws_evaluate:COMMAND", "would AWS allow a request? Offline, from exported policies"),
    "aws exposure": ("leakstop.commands.aws_exposure:COMMAND", "can an outsider use a key? The verdict, with its reasons"),
    "aws policy": ("leakstop.commands.aws_policy:COMMAND", "the policy that ties a user to your networks, checked first"),
    "aws respond": ("leakstop.commands.aws_respond:COMMAND", "what to do about a leaked key, in order, with commands"),
    "completion": ("leakstop.commands.completion:COMMAND", "completion for bash, zsh or fish"),
}


def find(name: str) -> Command:
    """The command of a name in COMMANDS; its module is imported now."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    command: Command = getattr(import_module(module), attribute)
    return command
