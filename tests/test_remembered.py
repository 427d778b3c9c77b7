"""A second scan of a history reads again only what is new, and finds the same."""

import pytest
from helpers import Repo, fake, run_cli

MANY = 4100


@pytest.fixture
def large(repo: Repo) -> Repo:
    """A repository of more than 4,000 objects: versions of one file, a leak in one of them, half of a pair in another file."""
    stream = []
    for number in range(MANY):
        text = f"{number}\n" + "plain words\n" * 5
        if number == 2000:
            text += f"token: {fake('github-pat')}\n"
        data = text.encode()
        stream.append(b"blob\nmark :%d\ndata %d\n%s\n" % (number + 1, len(data), data))
    stream.append(b"commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\ndata 5\nMany\n\n")
    stream += [b"M 100644 :%d folder%d/%d.txt\n" % (number + 1, number % 7, number) for number in range(MANY)]
    repo.git("fast-import", "--quiet", "--force", input=b"".join(stream))
    return repo


def scan(repo: Repo, *options: str, code: int = 1):
    result = run_cli("history", "--format", "json", *options, cwd=repo.path)
    assert result.code == code, result.err
    report = result.json()
    coverage = report["coverage"]
    found = sorted((entry["rule"], entry["file"], entry["origin"]["commit"]) for entry in report["findings"])
    return coverage["remembered"], found, coverage


def test_what_is_known_is_not_read_again(large: Repo):
    first, found, read = scan(large)
    assert first == 0
    assert [file for _, file, _ in found] == ["folder5/2000.txt"]
    again, same, counted = scan(large)
    assert same == found
    assert MANY - 100 < again < MANY  # all but the one that holds something and those that are changes of it
    assert {name: counted[name] for name in ("commits", "objects", "bytes")} == {
        name: read[name] for name in ("commits", "objects", "bytes")
    }
    assert "known clean from an earlier scan" in run_cli("history", cwd=large.path).out
    assert scan(large, "--fresh")[:2] == (0, found)
    assert scan(large)[0] == again  # kept by that one


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_what_is_new_is_found(large: Repo, packed: bool):
    _, found, _ = scan(large)
    large.git("reset", "--quiet", "--hard", "main")
    large.add("folder1/1.txt", f"1\nplain words\nkey: {fake('github-pat', 2)}\n", msg="A leak, in a file that was clean")
    large.add("folder1/8.txt", "8\nplain words\nnothing here\n", msg="No leak")
    if packed:
        large.git("repack", "-adq")
    known, now, _ = scan(large)
    assert {file for _, file, _ in now} == {"folder1/1.txt", *(file for _, file, _ in found)}
    assert 0 < known < MANY
    assert scan(large)[1] == now


def test_other_rules_search_everything(large: Repo, tmp_path):
    scan(large)
    rules = tmp_path / "rules.toml"
    rules.write_text(
        'provider = "Own"\n[[rule]]\nid = "own-word"\ndescription = "A word. Remove it."\nseverity = "low"\nconfidence = "high"\n'
        "pattern = '2001[\\r\\n]plain'\n"
    )
    known, found, _ = scan(large, "--rules", str(rules))
    assert known == 0
    assert "folder6/2001.txt" in {file for rule, file, _ in found if rule == "own-word"}


def test_containers_are_opened_again(large: Repo):
    """What of a container was not read is told each time, so containers are not remembered."""
    large.git("reset", "--quiet", "--hard", "main")
    (large.path / "x.gz").write_bytes(b"\x1f\x8b\x08\0" + b"\0" * 6 + b"this is not deflated")
    large.git("add", ".")
    large.commit()
    first = run_cli("history", "--format", "json", cwd=large.path)
    second = run_cli("history", "--format", "json", cwd=large.path)
    assert first.json()["coverage"]["unread"] == second.json()["coverage"]["unread"] != []
    assert second.json()["coverage"]["remembered"] > MANY - 100


def test_a_damaged_memory_is_none(large: Repo, tmp_path):
    env = {"LEAKSTOP_CACHE": str(tmp_path / "cache")}
    first = run_cli("history", "--format", "json", cwd=large.path, env=env).json()
    [entry] = (tmp_path / "cache").glob("searched-*")
    assert fake("github-pat").encode() not in entry.read_bytes()
    entry.write_bytes(entry.read_bytes()[:-7])
    again = run_cli("history", "--format", "json", cwd=large.path, env=env).json()
    assert again["coverage"]["remembered"] == 0
    assert [one["file"] for one in again["findings"]] == [one["file"] for one in first["findings"]] != []


def test_small_repositories_are_not_worth_it(repo: Repo, tmp_path):
    repo.add("x.txt", "nothing\n")
    env = {"LEAKSTOP_CACHE": str(tmp_path / "cache")}
    assert run_cli("history", cwd=repo.path, env=env).code == 0
    assert not list((tmp_path / "cache").glob("searched-*"))
