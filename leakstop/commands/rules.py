"""`leakstop rules`: the catalogue, and the checks for rules of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.columns import aligned
from leakstop.commands.options import CONFIG, RULES, Command, Option
from leakstop.errors import UsageError, nearest
from leakstop.model import show_text

if TYPE_CHECKING:
    from leakstop.rules.rule import Rule, RuleSet

FORM = Option(("-f", "--format"), "form of the output (default: text)", "FORMAT", "text", choices=("text", "json"))


def list_rules(values: Any) -> int:
    """One line for each rule."""
    from leakstop.commands.output import say

    rules = sorted(_rules(values).rules)
    if values.format == "json":
        say(
            _json(
                [
                    {key: getattr(rule, key) for key in ("id", "provider", "severity", "confidence", "description")}
                    for rule in rules
                ]
            )
        )
        return 0
    say(aligned([(rule.id, show_text(rule.provider), rule.severity, rule.confidence) for rule in rules]))
    return 0


def show_rule(values: Any) -> int:
    """Everything about one rule, with the anchors that it is looked for by."""
    from leakstop.commands.output import say
    from leakstop.rules.anchors import derive

    rules = {rule.id: rule for rule in _rules(values).rules}
    rule = rules.get(values.id)
    if rule is None:
        raise UsageError(f"there is no rule {values.id!r}", nearest(values.id, rules, "All: leakstop rules list"))
    fields = _fields(rule)
    fields["anchors"] = [anchor.expression for anchor in derive(rule).anchors]
    if values.format == "json":
        say(_json(fields))
        return 0
    width = max(map(len, fields)) + 2
    rows = [
        (key, show_text(str(item)))
        for key, value in fields.items()
        for item in (value if isinstance(value, (list, tuple)) else [value])
    ]
    say(
        "".join(
            f"{'' if index and rows[index - 1][0] == key else key:<{width}}{item}\n" for index, (key, item) in enumerate(rows)
        )
    )
    return 0


def test_rules(values: Any) -> int:
    """Check rule files: whether they are well formed, and whether the whole engine does what their examples say."""
    from leakstop.commands.output import say
    from leakstop.detect.trial import TOOLS
    from leakstop.errors import ConfigError
    from leakstop.report.lines import count
    from leakstop.rules import load
    from leakstop.rules.check import check

    paths = tuple(values.path)
    entries = [entry for path in paths or (load.folder(),) for entry in load.read(path)]
    rules = load.load(paths)
    own = [entry for entry in entries if entry.rule.foreign_format is None]  # others bring no examples
    failed = set()
    for failure in check(own, rules, TOOLS):
        failed.add((failure.file, failure.rule))
        say(show_text(f"{failure.file}: {failure.rule}: {failure.check}: {failure.message}") + "\n")
    say("".join(f"note: {show_text(note)}\n" for note in rules.notes))
    read = f"{count(len(entries) - len(own), 'rule')} of another scanner read, " if len(own) < len(entries) else ""
    say(f"{read}{count(len(own), 'rule')} checked, {f'{len(failed):,} failed' if failed else 'all good'}\n")
    return ConfigError.exit_code if failed else 0


def _fields(rule: Rule) -> dict[str, Any]:
    """What the rule says, without what it leaves open."""
    fields: dict[str, Any] = {key: value for key, value in rule._asdict().items() if value not in ("", (), None, 0.0, False)}
    if not rule.keywords:
        fields.pop("near", None)
    if rule.pair:
        fields["pair"] = [f"{key} {value}" for key, value in rule.pair._asdict().items() if value]
    return fields


def _rules(values: Any) -> RuleSet:
    from leakstop import config as configuration
    from leakstop.commands.policy import load_rules

    return load_rules(configuration.load(".", values.config), values.rules)


def _json(value: object) -> str:
    import json

    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


LIST = Command(
    list_rules,
    "Lists all rules: id, provider, severity, confidence.",
    (
        ("leakstop rules list", "all"),
        ("leakstop rules list --format json", "with descriptions, for programs"),
        ("leakstop rules list --rules my-rules.toml", "with rules of your own"),
    ),
    (("options", (CONFIG, RULES, FORM)),),
    (0, 2),
)
SHOW = Command(
    show_rule,
    "Shows everything about one rule: what it opens and how to revoke it, its expression, and its anchors.",
    (
        ("leakstop rules show github-personal-access-token", "one rule"),
        ("leakstop rules show --format json aws-access-key-id", "for programs"),
    ),
    (
        ("arguments", (Option(("id",), "the rule's id", "ID", needed=True, completes="rule"),)),
        ("options", (CONFIG, RULES, FORM)),
    ),
    (0, 2),
)
TEST = Command(
    test_rules,
    "Checks rule files: their form, their expressions (bounded, fast on hostile text, with something to look for), and their own"
    " examples and counter-examples, run through the whole engine.",
    (
        ("leakstop rules test my-rules.toml", "before you use them with --rules"),
        ("leakstop rules test", "the rules that leakstop brings along"),
    ),
    (
        (
            "arguments",
            (
                Option(
                    ("path",),
                    "rule files and folders of them (default: the built-in rules)",
                    "PATH",
                    (),
                    many=True,
                    completes="file",
                ),
            ),
        ),
    ),
    (0, 2),
)
