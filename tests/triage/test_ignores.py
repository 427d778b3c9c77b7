"""The ignore file: what its lines mean, how it is written, and how git merges it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakstop.errors import ConfigError
from leakstop.triage.fingerprint import fingerprint
from leakstop.triage.ignores import Entry, IgnoreFile, header, new, parse, show, with_entry

SALT = bytes(range(16))
FIRST, SECOND, THIRD = sorted(fingerprint("a-b", value, SALT) for value in (b"1", b"2", b"3"))


def parsed(*lines: str) -> IgnoreFile:
    return parse("f", "\n".join([header(SALT), *lines]).encode())


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        (FIRST, Entry(FIRST)),
        (f"{FIRST} -- why", Entry(FIRST, reason="why")),
        (f"  {FIRST}   path=a/b.env  -- a -- b ", Entry(FIRST, "a/b.env", reason="a -- b")),
        (
            f'{FIRST} path="a -- b/\\"c\\".env" until=2099-02-28 owner=ada@x',
            Entry(FIRST, 'a -- b/"c".env', "2099-02-28", "ada@x"),
        ),
        (f'{FIRST} owner="Ada, the first"', Entry(FIRST, owner="Ada, the first")),
    ],
)
def test_lines(line: str, entry: Entry) -> None:
    assert parsed("# a comment", "", line).entries == (entry._replace(line=4),)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("lk1:12", "f:2: a fingerprint is lk1: and 32 hex digits"),
        (f"{FIRST} because", "f:2: 'because' is not a field; the reason comes after --"),
        (f"{FIRST} until=2027-02-30", "f:2: until=2027-02-30 is not a date such as 2027-01-31"),
        (f"{FIRST} until=soon", "f:2: until=soon is not a date"),
        (f"{FIRST} path=a path=b", "f:2: 'path=b' is not a field"),
        (f'{FIRST} path="a', "f:2: 'path=\"a' is not a field"),
        ("<<<<<<< HEAD", "f:2: a merge that is not finished"),
        ("leakstop-ignore 1 salt 12", "f:2: a fingerprint is"),
    ],
)
def test_mistakes_name_the_line(line: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(line)
    assert str(caught.value).startswith(complaint)


def test_entries_without_a_salt_can_never_match() -> None:
    """Better an error than a file that silently does nothing."""
    with pytest.raises(ConfigError, match="the header with the salt is missing"):
        parse("f", FIRST.encode())
    assert parse("f", b"# nothing yet\n") == IgnoreFile("f", (), ())


def test_two_salts_of_files_that_were_joined() -> None:
    other = SALT[::-1]
    assert parse("f", f"{header(SALT)}\n{header(other)}\n{header(SALT)}\n".encode()).salts == (SALT, other)


@pytest.mark.parametrize(("until", "expired"), [("", False), ("2000-01-01", True), ("2999-12-31", False)])
def test_expiry(until: str, expired: bool) -> None:
    assert Entry(FIRST, until=until).expired is expired


def test_the_last_day_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setattr(time, "gmtime", lambda: time.strptime("2027-01-31", "%Y-%m-%d"))
    assert not Entry(FIRST, until="2027-01-31").expired
    assert Entry(FIRST, until="2027-01-30").expired


@pytest.mark.parametrize(
    ("path", "there", "not_there"),
    [("", ["a", "b/c"], []), ("a/b", ["a/b"], ["a", "a/b/c", "a/bc", "x/a/b"]), ("a/", ["a/b", "a/b/c"], ["a", "ab/c", "x/a/b"])],
)
def test_paths(path: str, there: list[str], not_there: list[str]) -> None:
    assert all(Entry(FIRST, path).covers(name) for name in there)
    assert not any(Entry(FIRST, path).covers(name) for name in not_there)


def test_writing_keeps_everything_else() -> None:
    """Sorted, comments with the entries that they stand over, a second time in place of the first."""
    text = with_entry(new(SALT), Entry(THIRD, reason="last"))
    text = text.replace(THIRD, f"# over the last\n{THIRD}").replace("\n# over", "\n\n# over")
    text = with_entry(text, Entry(FIRST, owner="ada"))
    text = with_entry(text, Entry(SECOND, "a/"))
    text = with_entry(text, Entry(FIRST, owner="bob"))
    text = with_entry(text, Entry(SECOND))

    head = new(SALT).splitlines()
    assert text.splitlines() == [
        *head,
        f"{FIRST} owner=bob",
        SECOND,
        f"{SECOND} path=a/",
        "",
        "# over the last",
        f"{THIRD} -- last",
    ]


words = st.text(st.characters(codec="utf-8"), max_size=20)
sentences = words.map(lambda text: " ".join(text.split()))
entries_of = st.tuples(st.sampled_from([FIRST, SECOND, THIRD]), words, st.sampled_from(["", "2027-01-31"]), words, sentences)


@given(st.lists(entries_of.map(lambda fields: Entry(*fields)), max_size=5))
def test_what_is_written_is_read(entries: list[Entry]) -> None:
    """Whatever stands in the fields."""
    text = new(SALT)
    for entry in entries:
        text = with_entry(text, entry)
    wanted = {(entry.fingerprint, entry.path): entry for entry in entries}
    found = parse("f", text.encode()).entries
    assert {(entry.fingerprint, entry.path): entry._replace(line=0) for entry in found} == wanted
    assert len(found) == len(wanted)


def test_reason_is_one_line() -> None:
    assert show(Entry(FIRST, reason="two\nlines ")) == f"{FIRST} -- two lines"
