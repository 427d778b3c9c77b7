"""Which pragmas cover which secret."""

from __future__ import annotations

import time

import pytest
from helpers import fake
from hypothesis import given
from hypothesis import strategies as st

from leakstop.model import Finding, Location, Origin, Pair, Secret, Triage
from leakstop.rules.rule import Rule
from leakstop.triage import pragmas
from leakstop.triage.silence import Silence

RULE = "github-personal-access-token"
SECRET = fake("github-pat").encode()
KEY = fake("private-key").encode()


def cover(text: str, rule: str = RULE, secret: bytes = SECRET) -> str:
    """The pragma that covers the secret where text says §, the last one if there are several."""
    data = text.encode()
    parts = data.split("§".encode())
    data = secret.join(parts)
    start = len(data) - len(parts[-1]) - len(secret)
    assert data[start : start + len(secret)] == secret
    return pragmas.covering(data, start, start + len(secret), rule)


@pytest.mark.parametrize(
    "text, pragma",
    [
        ('t = "§"  # leakstop: allow', "leakstop: allow"),
        ('t = "§"  # leakstop:allow', "leakstop: allow"),
        ('t = "§"  # LeakStop: Allow\n', "leakstop: allow"),
        ('t = "§"  // leakstop: allow -- made up', "leakstop: allow -- made up"),
        ('t = "§"  # leakstop: allow: made up', "leakstop: allow -- made up"),
        ('t = "§"  # leakstop: allow (made up)', "leakstop: allow -- made up"),
        ('t = "§"  # leakstop: allow made up', "leakstop: allow -- made up"),
        ('t = "§"  # leakstop: allow next week it goes', "leakstop: allow -- next week it goes"),
        ('/* leakstop: allow */ t = "§"', "leakstop: allow"),
        ('<x t="§"/> <!-- leakstop: allow made up -->', "leakstop: allow -- made up"),
        ('{"t": "§", "_": "leakstop: allow"}', "leakstop: allow"),
        ('t = "§"  # leakstop: allow\r\n', "leakstop: allow"),
        ('t = "§"  # leakstop: allow made up\r\nx', "leakstop: allow -- made up"),
        (f't = "§"  # leakstop: allow[{RULE}]', f"leakstop: allow[{RULE}]"),
        (f't = "§"  # leakstop: allow [{RULE}] made up', f"leakstop: allow[{RULE}] -- made up"),
        (f't = "§"  # leakstop: allow[other-rule, {RULE}] made up', f"leakstop: allow[other-rule, {RULE}] -- made up"),
        (f't = "§"  # leakstop: allow {RULE} -- made up', f"leakstop: allow[{RULE}] -- made up"),
        (f't = "§"  # leakstop: allow {RULE}--made up', f"leakstop: allow[{RULE}] -- made up"),
        (f't = "§"  # leakstop: allow {RULE.upper()}', f"leakstop: allow[{RULE}]"),
        (f't = "§"  # leakstop: allow other-rule,{RULE}', f"leakstop: allow[other-rule, {RULE}]"),
        ('# leakstop: allow next line\nt = "§"', "leakstop: allow next line"),
        ('# leakstop: allow-next-line\r\nt = "§"\r\n', "leakstop: allow next line"),
        ('# leakstop: allow nextline made up\nt = "§"', "leakstop: allow next line -- made up"),
        (f'# leakstop: allow next line[{RULE}]\nt = "§"', f"leakstop: allow next line[{RULE}]"),
        ('x = 1  # leakstop: allow next line\nt = "§"', "leakstop: allow next line"),
        ('# leakstop: allow next line\n  # why\n\t// and\n/* more\n * of\n */\nt = "§"', "leakstop: allow next line"),
        ('t = "§"  # gitleaks:allow', "gitleaks:allow"),
        ('t = "§gitleaks:allow"', "gitleaks:allow"),
        ('t = "§"  # betterleaks:allow', "betterleaks:allow"),
        ('t = "§"  # trufflehog:ignore', "trufflehog:ignore"),
        ('t = "§"  # kingfisher:ignore', "kingfisher:ignore"),
        ('t = "§"  # gitleaks:ignore', "gitleaks:ignore (gitleaks itself knows only gitleaks:allow)"),
        *(
            (f't = "§" {comment} pragma: allowlist secret', "pragma: allowlist secret")
            for comment in ("#", "//", "/*", "'", "--", "<!--", ";")
        ),
        ('t = "§" #pragma: allowlist secret', "pragma: allowlist secret"),
        ('t = "§" # pragma:whitelist-secret', "pragma: allowlist secret"),
        ('<!--# pragma: allowlist secret -->"§"', "pragma: allowlist secret"),
        ('# pragma: allowlist nextline secret\nt = "§"', "pragma: allowlist nextline secret"),
        ('  // pragma: allowlist-nextline-secret\r\nt = "§"', "pragma: allowlist nextline secret"),
    ],
)
def test_covers(text, pragma):
    assert cover(text) == pragma


@pytest.mark.parametrize(
    "text",
    [
        't = "§"',
        't = "§"  # leakstop: deny',
        't = "§"  # leakstop: allowed',
        't = "§"  # leakstop: allow_this',
        't = "§"  # leakstop: allow-list',
        't = "§"  # noleakstop: allow',
        't = "§"  # leakstop allow',
        't = "§"  # leakstop: allow other-rule -- made up',
        't = "§"  # leakstop: allow[other-rule]',
        't = "§"  # leakstop: allow[]',
        't = "§"  # leakstop: allow[',
        f't = "§"  # leakstop: allow[{RULE}',
        't = "§"  # leakstop: allow well-known example',
        't = "§"  # leakstop: allow next line',
        't = "§"\n# leakstop: allow',
        '# leakstop: allow\nt = "§"',
        '# leakstop: allow next line\n\nt = "§"',
        '# leakstop: allow next line\nx = 1\nt = "§"',
        '# leakstop: allow next line\n#define A "x"\n#define B "§"',
        "# leakstop: allow next line\n---\nt: §",
        "# leakstop: allow next line\n'x',\n'§'",
        '# leakstop: allow next line[other-rule]\nt = "§"',
        't = "§"\n# leakstop: allow next line',
        't = "§"  # gitleaks: allow',
        't = "§"  # Gitleaks:Allow',
        '# gitleaks:allow\nt = "§"',
        't = "§"  # kingfisher:allow',
        't = "§"  # noqa: S105',
        't = "§"  # nosec',
        't = "§" pragma: allowlist secret',
        't = "§" # pragma: allowlist secrets',
        't = "§" # pragma: allowlist',
        't = "§" # pragma: allowlist nextline secret',
        'x = 1 # pragma: allowlist nextline secret\nt = "§"',
        '# pragma: allowlist nextline secret\n# why\nt = "§"',
        '# pragma: allowlist secret\nt = "§"',
    ],
)
def test_does_not_cover(text):
    assert cover(text) == ""


@pytest.mark.parametrize("words", ["leakstop: allow", "gitleaks:allow", "# pragma: allowlist secret", "trufflehog:ignore-0123"])
def test_text_of_the_secret_itself_is_no_pragma(words):
    secret = f"aB3{words}xY9".encode()
    assert cover('password = "§"', secret=secret) == ""
    assert cover('password = "§"  # gitleaks:allow', secret=secret) == "gitleaks:allow"


@pytest.mark.parametrize(
    "text, pragma",
    [
        ('k = """§"""  # leakstop: allow', "leakstop: allow"),
        ('k = """§  # leakstop: allow', "leakstop: allow"),
        ('# leakstop: allow\nk = """§"""', "leakstop: allow"),
        ('k = """  # leakstop: allow -- test key\n§\n"""', "leakstop: allow -- test key"),
        ("# leakstop: allow next line\n§\n", "leakstop: allow next line"),
        ("# kingfisher:ignore\n§\n", "kingfisher:ignore"),
        ("§\n# kingfisher:ignore", "kingfisher:ignore"),
        ("# gitleaks:allow\n§\n", ""),
        ("§\n# gitleaks:allow\n", ""),
        ("§\n# leakstop: allow\n", ""),
        ("# leakstop: allow\n\n§\n", ""),
    ],
)
@pytest.mark.parametrize("secret", [KEY, KEY.replace(b"\n", b"\r\n")], ids=["LF", "CRLF"])
def test_secret_of_several_lines(text, pragma, secret):
    assert cover(text, secret=secret) == pragma


def test_between_the_lines_of_a_secret_only_a_comment_counts():
    first, _, rest = KEY.partition(b"\n")
    assert cover("§", secret=first + b" # leakstop: allow\n" + rest) == "leakstop: allow"
    assert cover("§", secret=first + b"\nleakstop: allow\n" + rest) == ""


@pytest.mark.parametrize(
    "text, covered",
    [
        ("x" * 900 + " § // leakstop: allow", True),
        ("/* leakstop: allow */" + "x" * 900 + " §", True),
        ("x" * 5000 + " § /* gitleaks:allow */" + "x" * 5000, True),
        ("x" * 5000 + "/* gitleaks:allow */ §" + "x" * 5000, True),
        ("x" * 5000 + " §" + "x" * 300 + " /* gitleaks:allow */" + "x" * 5000, True),
        ("x" * 5000 + " §" + "x" * 500 + " /* gitleaks:allow */" + "x" * 5000, False),
        ("x" * 5000 + "/* gitleaks:allow */" + "x" * 300 + " §" + "x" * 5000, False),
        ("/* leakstop: allow */" + "x" * 5000 + " §", False),
        ("// leakstop: allow next line\n" + "x" * 500 + " §" + "x" * 5000, True),
        ("// leakstop: allow next line\n" + "x" * 5000 + " §", False),
    ],
)
def test_a_pragma_does_not_reach_far_on_a_long_line(text, covered):
    assert bool(cover(text)) is covered


def test_a_pragma_cut_by_the_end_of_the_reach_does_not_get_wider():
    for distance in range(340, 420):
        assert cover("x" * 5000 + "§" + " " * distance + "leakstop: allow[other-rule]" + "x" * 5000) == ""


def test_one_pragma_of_several_is_enough():
    assert cover(f't = "§"  # leakstop: allow[other-rule] leakstop: allow[{RULE}]') == f"leakstop: allow[{RULE}]"


def test_a_reason_is_cut_and_never_holds_what_follows_it():
    assert cover("# leakstop: allow it: §") == "leakstop: allow -- it"
    assert len(cover("§ # leakstop: allow " + "é" * 500)) < 200
    assert cover("§ # leakstop: allow a\x1b[31m\u202eb") == "leakstop: allow -- a\\x1b[31m\\u202eb"


def test_verdicts():
    data = SECRET + b" # leakstop: allow -- made up"
    span = (0, len(SECRET))
    assert pragmas.judge(data, *span, RULE) == Triage("ignored", "leakstop: allow -- made up", "leakstop: allow")
    assert pragmas.judge(data, *span, RULE, obey=False) == Triage(
        "new", "a pragma here was not obeyed: leakstop: allow -- made up"
    )
    assert pragmas.judge(SECRET, *span, RULE) == pragmas.judge(SECRET, *span, RULE, obey=False) == Triage()
    narrow = pragmas.judge(SECRET + b" # leakstop: allow[other-rule]", *span, RULE)
    assert narrow == Triage("new", "the pragma here allows only other-rule")
    taken = pragmas.judge(SECRET + b" # leakstop: allow well-known example", *span, RULE)
    assert taken == Triage("new", "the pragma here allows only well-known (if that is a reason, write -- before it)")
    assert pragmas.judge(SECRET + b" # leakstop: allow[", *span, RULE).status == "new"


def test_scan_lists_them_all():
    text = b"a # gitleaks:allow\n\nb # leakstop: allow[x-y] why\n# pragma: allowlist nextline secret\nc leakstop: allow next line"
    found = pragmas.scan(text)
    assert [(p.tool, p.line, p.below, p.rules, p.reason) for p in found] == [
        ("gitleaks", 1, False, (), ""),
        ("leakstop", 3, False, ("x-y",), "why"),
        ("detect-secrets", 4, True, (), ""),
        ("leakstop", 5, True, (), ""),
    ]
    assert [text[p.start : p.end] for p in found][1] == b"leakstop: allow[x-y]"


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_any_bytes_are_read(data, start, length):
    start = min(start, len(data))
    pragmas.judge(data, start, min(len(data), start + length), RULE)
    pragmas.scan(data)


PIECES = [
    "leakstop: allow",
    "leakstop: allow next line",
    "[",
    "]",
    "x-y",
    RULE,
    "#",
    "//",
    "\n",
    "\r\n",
    " ",
    "gitleaks:allow",
    "'",
    "--",
    "q",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.lists(st.sampled_from(PIECES), max_size=12))
def test_what_covers_is_near_and_names_the_rule(before, after):
    text = "".join(before) + "§" + "".join(after)
    for pragma in (cover(text), cover(text, rule="no-such-rule")):
        if pragma:
            assert pragma.startswith(("leakstop: allow", "gitleaks:allow"))
    if "[" in cover(text, rule="no-such-rule").partition(" -- ")[0]:
        pytest.fail("a pragma that names rules covered another")
    head, tail = text.split("§")
    lines = (head.rpartition("\n")[0].splitlines() or [""])[-11:]
    nearby = "\n".join([*lines, head.rpartition("\n")[2], tail.partition("\n")[0]])
    assert bool(cover(text)) <= ("allow" in nearby)


STUCK = 60  # seconds: no measurement, but far below what anything quadratic would take here


def test_time_does_not_depend_on_the_size_of_a_line():
    data = b"x" * 20_000_000 + SECRET + b" # leakstop: allow" + b"x" * 20_000_000
    start = time.perf_counter()
    for _ in range(100):
        pragmas.covering(data, 20_000_000, 20_000_000 + len(SECRET), RULE)
    assert time.perf_counter() - start < STUCK


@pytest.mark.parametrize(
    "piece", [b"leakstop: allow a-", b"a-", b"leakstop: allow ", b"leakstop:\t", b"pragma: ", b"#pragma:", b"# "]
)
def test_hostile_text_takes_no_time(piece):
    data = b"leakstop: allow " + piece * 60_000
    start = time.perf_counter()
    pragmas.scan(data)
    pragmas.covering(data + SECRET, len(data), len(data) + len(SECRET), RULE)
    assert time.perf_counter() - start < STUCK


class Watched(bytes):
    """A text that knows how many bytes of it were searched."""

    searched = 0

    def find(self, what: bytes, begin: int = 0, end: int | None = None) -> int:
        stop = len(self) if end is None else min(end, len(self))
        found = super().find(what, begin, stop)
        self.searched += (stop if found < 0 else found) - begin
        return found


@pytest.mark.parametrize("allowed", [False, True])
def test_the_other_half_is_looked_for_where_pragmas_stand(allowed: bool):
    """Thousands of ids before thousands of secrets: whoever looked for each id from the beginning would never end."""
    key = fake("aws-id").encode()
    mark = b"  # leakstop: allow" if allowed else b""
    text = Watched(b"id = other\n" * 50_000 + key + mark + b"\n" + b"id = other\n" * 50_000 + b"key = " + SECRET + b"\n")
    start = text.index(SECRET)
    finding = Finding(
        Rule("aws-secret-access-key", "AWS", "", "critical", "high", "x"),
        Secret(SECRET),
        Location(100_002, 100_002, 7, 46, start, start + len(SECRET)),
        Origin("file", b"it"),
        "critical",
        "high",
        4.5,
        pair=Pair("aws-access-key-id", 50_001, b"it", Secret(key)),
    )
    status = Silence((b"salt",)).first_look(finding, text).triage.status
    assert status == ("ignored" if allowed else "new")
    assert text.searched < 100_000


@pytest.mark.parametrize("distance", [0, 5, 11, 12, 13, 200])
@pytest.mark.parametrize("fill", [16_370, 16_384, 16_390, 40_000])
def test_a_pragma_counts_wherever_it_stands_in_a_large_text(distance: int, fill: int):
    """Texts are looked through block by block; at their borders nothing is different."""
    data = b"x" * (fill - 1 - distance) + b"\n" + b"y" * distance + SECRET + b"  # leakstop: allow\nend"
    start = data.index(SECRET)
    assert pragmas.covering(data, start, start + len(SECRET), RULE) == "leakstop: allow"
    (part,) = pragmas.reach(data)
    assert part[0] <= start < part[1]
