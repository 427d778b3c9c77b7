"""`leakstop completion`: the shell's completion, made from the same tables as the parser.

Names of branches are not offered: a ref may be named `$(command)`, and shells expand what is offered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leakstop.commands import COMMANDS, find
from leakstop.commands.options import Command, Option

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHELLS = ("bash", "zsh", "fish")
RULE_IDS = "leakstop rules list 2>/dev/null | cut -d' ' -f1"  # of letters, digits and hyphens only
HELP = Option(("-h", "--help"), "show the help")


def run(values: Any) -> int:
    """Print the script of one shell."""
    from leakstop.commands.output import say

    commands = {name: find(name) for name in COMMANDS}
    say({"bash": bash, "zsh": zsh, "fish": fish}[values.shell](commands))
    return 0


def bash(commands: Mapping[str, Command]) -> str:
    """For bash 3.2 and later. Where nothing is offered, `-o default` offers files."""
    cases = []
    for name, command in commands.items():
        valued = [f"{'|'.join(option.names)}) {_bash_offer(option)} ;;" for option in _flags(command) if option.metavar]
        words = _bash_words(word for option in _flags(command) for word in option.names)
        places = [_bash_offer(option) for option in command.options() if option.positional]
        cases.append(
            f'"{name}")\n'
            f"            case $before in\n"
            + "".join(f"                {line}\n" for line in valued)
            + f"                *) case $current in\n"
            f"                    -*) {words} ;;\n"
            f"                    *) {places[0] if places else ':'} ;;\n"
            f"                esac ;;\n"
            f"            esac ;;"
        )
    groups = "".join(
        f"    if ((COMP_CWORD == 2)) && [[ ${{COMP_WORDS[1]}} == {group} ]]; then {_bash_words(words)}; return; fi\n"
        f'    [[ ${{COMP_WORDS[1]}} == {group} ]] && name="{group} ${{COMP_WORDS[2]}}"\n'
        for group, words in _groups().items()
    )
    return (
        "# bash completion of leakstop: leakstop completion bash > ~/.local/share/bash-completion/completions/leakstop\n"
        "_leakstop() {\n"
        '    local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD - 1]}" name="${COMP_WORDS[1]}"\n'
        "    COMPREPLY=()\n"
        f"    if ((COMP_CWORD == 1)); then {_bash_words(_first_words())}; return; fi\n"
        f"{groups}"
        "    case $name in\n" + "".join(f"        {case}\n" for case in cases) + "    esac\n"
        "}\n"
        "complete -o default -F _leakstop leakstop\n"
    )


def zsh(commands: Mapping[str, Command]) -> str:
    """For zsh, as a file `_leakstop` on its fpath."""
    functions = []
    for name, command in commands.items():
        specs = [_zsh_spec(option) for option in _flags(command)]
        specs += [_zsh_place(option) for option in command.options() if option.positional]
        lines = " \\\n        ".join(specs)
        functions.append(f"_leakstop_{name.replace(' ', '_')}() {{\n    _arguments -s -S : \\\n        {lines}\n}}\n")
    groups = "".join(
        f"_leakstop_{group}() {{\n"
        f"    local -a names=({_zsh_described({word: COMMANDS[f'{group} {word}'][1] for word in words})})\n"
        f"    if ((CURRENT == 2)); then _describe command names; return; fi\n"
        f"    local name=_leakstop_{group}_$words[2]\n"
        f"    shift words; ((CURRENT--))\n"
        f"    (($+functions[$name])) && $name\n"
        "}\n"
        for group, words in _groups().items()
    )
    return (
        "#compdef leakstop\n"
        "# zsh completion of leakstop: leakstop completion zsh > _leakstop, in a folder of your fpath\n"
        + "".join(functions)
        + groups
        + "_leakstop() {\n"
        f"    local -a names=({_zsh_described(_first_words())})\n"
        "    if ((CURRENT == 2)); then _describe command names; return; fi\n"
        "    local name=_leakstop_$words[2]\n"
        "    shift words; ((CURRENT--))\n"
        "    (($+functions[$name])) && $name\n"
        "}\n"
        '[[ $funcstack[1] == _leakstop ]] && _leakstop "$@" || compdef _leakstop leakstop\n'
    )


def fish(commands: Mapping[str, Command]) -> str:
    """For fish."""
    lines = [
        "# fish completion of leakstop: leakstop completion fish > ~/.config/fish/completions/leakstop.fish",
        "complete -c leakstop -f",
    ]
    for word, summary in _first_words().items():
        lines.append(f"complete -c leakstop -n __fish_use_subcommand -a {word} -d {_fish_quote(summary)}")
    for group, words in _groups().items():
        unless = f"__fish_seen_subcommand_from {group}; and not __fish_seen_subcommand_from {' '.join(words)}"
        for word in words:
            summary = COMMANDS[f"{group} {word}"][1]
            lines.append(f"complete -c leakstop -n {_fish_quote(unless)} -a {word} -d {_fish_quote(summary)}")
    for name, command in commands.items():
        seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in name.split())
        for option in [*_flags(command), *(option for option in command.options() if option.positional)]:
            names = [f"-{'s' if len(word) == 2 else 'l'} {word.lstrip('-')}" for word in option.names if word.startswith("-")]
            parts = [*names, _fish_value(option), f"-d {_fish_quote(option.help)}" if names else ""]
            lines.append(" ".join(part for part in (f"complete -c leakstop -n {_fish_quote(seen)}", *parts) if part))
    return "\n".join(lines) + "\n"


def _flags(command: Command) -> list[Option]:
    return [*(option for option in command.options() if not option.positional), HELP]


def _first_words() -> dict[str, str]:
    """What may follow `leakstop`, with a summary."""
    words = {}
    for name, (_, summary) in COMMANDS.items():
        word, _, second = name.partition(" ")
        words[word] = ", ".join(_groups()[word]) if second else summary
    return words


def _groups() -> dict[str, list[str]]:
    """The first words that need a second one, with all of those."""
    groups: dict[str, list[str]] = {}
    for name in COMMANDS:
        word, _, second = name.partition(" ")
        if second:
            groups.setdefault(word, []).append(second)
    return groups


def _bash_words(words: Iterable[str]) -> str:
    return f'COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$current"))'


def _bash_offer(option: Option) -> str:
    if option.choices:
        return _bash_words(option.choices)
    return _bash_words([f"$({RULE_IDS})"]) if option.completes == "rule" else ":"


def _zsh_quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _zsh_described(words: Mapping[str, str]) -> str:
    return " ".join(_zsh_quote(f"{word}:{summary}") for word, summary in words.items())


def _zsh_spec(option: Option) -> str:
    """One argument of _arguments for each spelling: `'--format[form]:FORMAT:(text json)'`."""
    about = option.help.translate({ord("["): "(", ord("]"): ")", ord(":"): "\\:"})
    star = "*" if option.many else ""
    value = f":{_zsh_action(option)}" if option.metavar else ""
    return " ".join(_zsh_quote(f"{star}{word}[{about}]{value}") for word in option.names)


def _zsh_place(option: Option) -> str:
    return _zsh_quote(f"{'*' if option.many else ''}:{_zsh_action(option)}")


def _zsh_action(option: Option) -> str:
    label = option.metavar.translate({ord("["): "(", ord("]"): ")", ord(":"): "\\:"})
    if option.choices:
        return f"{label}:({' '.join(option.choices)})"
    if option.completes == "rule":
        return f"{label}:($({RULE_IDS}))"
    return f"{label}:{'_files' if option.completes == 'file' else ''}"


def _fish_quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish_value(option: Option) -> str:
    if not option.metavar:
        return ""
    offer = "" if option.positional else "-x "  # -x: a value must follow, and it is no file
    if option.choices:
        return f"{offer}-a {_fish_quote(' '.join(option.choices))}"
    if option.completes == "rule":
        return f"{offer}-a {_fish_quote(f'({RULE_IDS})')}"
    if option.completes == "file":
        return "-F" if option.positional else "-r -F"
    return offer.strip()


COMMAND = Command(
    run,
    "Prints a script that makes the shell complete commands, options and values.",
    (
        ("leakstop completion bash > ~/.local/share/bash-completion/completions/leakstop", "for bash"),
        ("leakstop completion zsh > ~/.zfunc/_leakstop", "for zsh, with ~/.zfunc in fpath"),
        ("leakstop completion fish > ~/.config/fish/completions/leakstop.fish", "for fish"),
        ('eval "$(leakstop completion bash)"', "for this shell only"),
    ),
    (("arguments", (Option(("shell",), "the shell", "SHELL", needed=True, choices=SHELLS),)),),
    (0, 2),
)
