"""Rule files into rules: defaults, errors that name file, rule and key, users' own rules, and the index of the wheel."""

from __future__ import annotations

import pytest

from leakstop.errors import RuleError
from leakstop.rules import index, load, schema
from leakstop.rules.compiled import compile_rules
from leakstop.rules.rule import RuleSet

RULE = '''
[[rule]]
id = "acme-token"
description = "Opens the door."
severity = "high"
confidence = "high"
pattern = """acme_[a-z0-9]{32}"""
'''


@pytest.fixture
def write(tmp_path):
    def write(text, name="acme.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_rule_takes_the_defaults_of_its_file(write):
    file = write(f'provider = "Acme"\ndocs = "https://acme.example/tokens"\n{RULE}')
    [entry] = load.read(file)
    assert entry.rule.provider == "Acme"
    assert entry.rule.docs == "https://acme.example/tokens"
    assert (entry.rule.near, entry.rule.keywords, entry.rule.pair, entry.tests.match) == (40, (), None, ())


def test_all_keys(write):
    file = write(
        RULE
        + """
keywords = ["Acme", "door"]
near = 60
entropy = 3
checksum = "crc32-base62"
allow = ['''acme_0{32}''']
generic = true
verify = "acme"
provider = "Acme"
[rule.pair]
rule = "acme-token"
pattern = '''[a-z]{9}'''
entropy = 2.5
also = ["acme-token"]
[rule.tests]
match = ["acme_{a-z0-9:32}"]
ignore = ["acme"]
"""
    )
    [entry] = load.read(file)
    assert entry.rule.keywords == ("acme", "door")
    assert (entry.rule.near, entry.rule.entropy, entry.rule.checksum, entry.rule.generic) == (60, 3.0, "crc32-base62", True)
    assert entry.rule.pair == ("acme-token", "[a-z]{9}", 2.5, ("acme-token",))
    assert entry.tests == (("acme_{a-z0-9:32}",), ("acme",))


@pytest.mark.parametrize(
    "old, new, key, says",
    [
        ("severity", "severitty", "severitty", "unknown key"),
        (
            '"high"\nconfidence',
            '"hihg"\nconfidence',
            "severity",
            "'hihg' is not one of low, medium, high, critical. Did you mean \"high\"?",
        ),
        ('id = "acme-token"', 'id = "Acme Token"', "id", "small letters and digits joined by hyphens"),
        ('id = "acme-token"', "id = 7", "id", "small letters"),
        ('description = "Opens the door."', "", "description", "is missing"),
        ('description = "Opens the door."', 'description = " "', "description", "a text is expected"),
        ("[[rule]]", '[[rule]]\nkeywords = ["ab"]', "keywords", "'ab': a keyword has three or more"),
        ("[[rule]]", "[[rule]]\nkeywords = 'abc'", "keywords", "a list of texts"),
        ("[[rule]]", "[[rule]]\nnear = 2.5", "near", "a whole number of bytes"),
        ("[[rule]]", "[[rule]]\nentropy = 9", "entropy", "a number from 0 to 8"),
        ("[[rule]]", "[[rule]]\ngeneric = 'yes'", "generic", "true or false"),
        ("[[rule]]", "[[rule]]\nchecksum = 'crc32-base26'", "checksum", 'Did you mean "crc32-base62"?'),
        ("[[rule]]", "[[rule]]\npair = 'x'", "pair", "write [rule.pair]"),
        ("[[rule]]", "[[rule]]\npair = {rule = 'acme-token'}", "pair", "pattern is missing"),
        ("[[rule]]", "[[rule]]\npair = {ruel = 'acme-token'}", "pair.ruel", "unknown key"),
        ("[[rule]]", "[rule]", "rule", "write [[rule]]"),
        ("[[rule]]", "providr = 'x'\n[[rule]]", "providr", "unknown key"),
    ],
)
def test_a_malformed_file_is_an_error_that_names_the_key(write, old, new, key, says):
    file = write(RULE.replace(old, new, 1))
    with pytest.raises(RuleError) as caught:
        load.read(file)
    assert caught.value.file == file
    assert caught.value.key == key
    assert says in caught.value.message
    assert caught.value.exit_code == 2


def test_an_unknown_key_names_the_nearest_one(write):
    with pytest.raises(RuleError) as caught:
        load.read(write(RULE.replace("pattern", "patern")))
    assert caught.value.remedy == 'Did you mean "pattern"?'


@pytest.mark.parametrize(
    "text, says", [("x = ", "not valid TOML"), ("x = 1\nx = 2", "not valid TOML"), ("[[rule]]\nx = '\udc80'", "UTF-8")]
)
def test_what_is_no_toml(tmp_path, text, says):
    path = tmp_path / "x.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RuleError, match=says):
        load.read(str(path))


def test_a_file_that_does_not_exist(tmp_path):
    with pytest.raises(RuleError, match="cannot read the rule file: No such file"):
        load.load(extra=[str(tmp_path / "none.toml")])


def test_an_empty_folder(tmp_path):
    with pytest.raises(RuleError, match="holds no rule file"):
        load.load(extra=[str(tmp_path)])


@pytest.mark.parametrize(
    "pattern, says",
    [
        ("acme_[a-z{32}", "is not a regular expression: unterminated character set at position 5: [a-z{32}"),
        ("acme_[a-z]+", "pattern: repeats without an upper bound"),
        ("acme_[a-z]*x", "repeats without an upper bound"),
        ("(?:acme_[a-z]{3,})", "repeats without an upper bound"),
        ("(?:acme)?", "can match the empty string"),
        ("[a-f0-9]{32}", "has no literal"),
        ("(?i)acme_[a-z]{32}", "sets flags for all of the expression"),
        ("acme_é[a-z]{32}", "holds 'é' at position 5"),
        ("acme_(?P<key>[a-z]{32})", "names a group 'key'"),
        ("acme_[a-z]{20000}", "can match 20,005 bytes"),
    ],
)
def test_an_expression_of_the_users_is_checked(write, pattern, says):
    file = write(RULE.replace('"""acme_[a-z0-9]{32}"""', f"'''{pattern}'''"))
    with pytest.raises(RuleError) as caught:
        load.load(extra=[file])
    assert (caught.value.file, caught.value.rule, caught.value.key) == (file, "acme-token", "pattern")
    assert says in str(caught.value)


def test_other_expressions_are_checked_too(write):
    file = write(RULE + "allow = ['x*']\n")
    with pytest.raises(RuleError, match=r"acme-token: allow: repeats"):
        load.load(extra=[file])
    file = write(RULE + "pair = {rule = 'acme-token', pattern = '(x'}\n")
    with pytest.raises(RuleError, match=r"acme-token: pair.pattern: is not a regular expression"):
        load.load(extra=[file])


def test_a_pair_with_a_rule_that_does_not_exist(write):
    file = write(RULE + "pair = {rule = 'acme-tokn', pattern = 'x{9}'}\n")
    with pytest.raises(RuleError, match="there is no rule 'acme-tokn'") as caught:
        load.load(extra=[file])
    assert caught.value.remedy == 'Did you mean "acme-token"?'


def test_two_rules_with_one_id(write):
    write(RULE, "a.toml")
    second = write(RULE, "b.toml")
    with pytest.raises(RuleError, match=r"is taken by a rule in .*a\.toml") as caught:
        load.load(extra=[second.rpartition("/")[0]])
    assert caught.value.file == second


def test_rules_of_the_users_come_after_the_built_in_ones(write):
    builtin = load.load()
    rules = load.load(extra=[write(RULE)])
    assert [rule.id for rule in rules.rules] == [*(rule.id for rule in builtin.rules), "acme-token"]
    assert rules.digest != builtin.digest


def test_a_rule_of_the_users_replaces_a_built_in_one_in_its_place(write):
    builtin = load.load()
    own = builtin.rules[3].id
    rules = load.load(extra=[write(RULE.replace("acme-token", own))])
    assert [rule.id for rule in rules.rules] == [rule.id for rule in builtin.rules]
    assert rules.rules[3].description == "Opens the door."


def test_disabled_rules_are_gone():
    builtin = load.load()
    rules = load.load(disable={builtin.rules[0].id, builtin.rules[2].id})
    assert tuple(rules.rules) == (builtin.rules[1], *builtin.rules[3:])
    assert rules.digest != builtin.digest


def test_disabling_what_does_not_exist():
    with pytest.raises(RuleError, match="there is no such rule") as caught:
        load.load(disable=["github-personal-acess-token"])
    assert caught.value.remedy == 'Did you mean "github-personal-access-token"?'


def test_the_digest_covers_what_decides_findings(write):
    def digest(text):
        return load.digest(entry.rule for entry in load.read(write(text)))

    base = digest(RULE)
    assert len(bytes.fromhex(base)) == 8
    assert digest(RULE.replace("the door", "a gate")) == base
    changed = [RULE + line for line in ("entropy = 2.0", "near = 30", 'keywords = ["acme"]', "generic = true", "allow = ['x']")]
    changed += [RULE.replace("{32}", "{33}"), RULE.replace('confidence = "high"', 'confidence = "low"')]
    assert len({base, *map(digest, changed)}) == len(changed) + 1


def test_a_boundary_lets_escapes_stand_before_the_token():
    import re

    pattern = re.compile(schema.boundary("(?<![A-Za-z0-9_])ghp_x").encode())
    for before in (b"", b" ", b"\\n", b"\\r", b"\\t", b"%3D", b"\\u003d", b"\\x3d", b"(", b"="):
        assert pattern.search(before + b"ghp_x"), before
    for before in (b"n", b"_", b"\\d", b"3D", b"u003d", b"%3", b"9"):
        assert not pattern.search(before + b"ghp_x"), before
    assert schema.boundary(r"x(?<![a-z])y") == r"x(?<![a-z])y"


def whole(rules):
    """All that searching needs to know of rules."""
    found = compile_rules(rules)
    return tuple(found.shapes), tuple(found.anchors), tuple(found.users), found.key, found.halves


def test_the_index_gives_the_same_rules_as_the_files(monkeypatch, tmp_path):
    entries = [entry for entry in load.read(load.folder()) if not entry.rule.generic]
    own = [entry.rule for entry in entries]
    (tmp_path / index.NAME).write_bytes(index.dump(own, load.digest(own)))
    monkeypatch.setattr(load, "_place", lambda: (str(tmp_path), True))
    rules = load.load()
    assert tuple(rules.rules) == tuple(own)
    assert rules.digest == load.digest(rules.rules)
    assert whole(rules) == whole(RuleSet(tuple(own), rules.digest))
    without = load.load(disable=[own[0].id])
    assert tuple(without.rules) == tuple(own[1:])
    assert whole(without) == whole(RuleSet(tuple(own[1:]), without.digest))


def test_a_rule_of_the_index_is_made_when_it_is_asked_for(monkeypatch, tmp_path):
    own = [entry.rule for entry in load.read(load.folder())]
    lines = index.dump(own, load.digest(own)).split(b"\n")
    lines[7] = b"not JSON"  # behind the head, the ids, the owners and four rules
    (tmp_path / index.NAME).write_bytes(b"\n".join(lines))
    monkeypatch.setattr(load, "_place", lambda: (str(tmp_path), True))
    rules = load.load().rules
    assert (len(rules), rules[3]) == (len(own), own[3])
    with pytest.raises(ValueError, match="no JSON"):
        rules[4]


def test_what_the_index_says_of_pairs_and_numbers_is_what_the_rules_do(monkeypatch, tmp_path):
    own = [entry.rule for entry in load.read(load.folder())]
    (tmp_path / index.NAME).write_bytes(index.dump(own, load.digest(own)))
    monkeypatch.setattr(load, "_place", lambda: (str(tmp_path), True))
    compiled = compile_rules(load.load())
    assert dict(compiled.numbers) == {rule.id: number for number, rule in enumerate(own)}
    assert compiled.with_pair() == [rule for rule in own if rule.pair]
    assert {own[number].id for number in compiled.halves} >= {rule.pair.rule for rule in own if rule.pair}
    assert compiled.named("aws-access-key-id") == own[compiled.numbers["aws-access-key-id"]]
    assert compiled.named("no-such-rule") is None
    words, prefixes = compiled.owners["words"], compiled.owners["prefixes"]
    for number, rule in enumerate(own):
        listed = len(rule.keywords) > 64  # names of services whose keys have no form to miss
        assert all((number in words.get(word.lower(), ())) is not listed for word in rule.keywords)
    assert compiled.numbers["huggingface-access-token"] in words["hugging_face"]
    assert [own[number].id for number in prefixes["glpat-"]] >= ["gitlab-personal-access-token"]
    assert not {number for numbers in prefixes.values() for number in numbers if own[number].generic or own[number].keywords}


def test_an_index_in_a_checkout_is_stale(monkeypatch, tmp_path, write):
    (tmp_path / index.NAME).write_text("{}", encoding="ascii")
    write(RULE)
    monkeypatch.setattr(load, "_place", lambda: (str(tmp_path), False))
    assert [rule.id for rule in load.load().rules] == ["acme-token"]


def test_rules_from_the_index_need_no_toml(monkeypatch, tmp_path):
    """The hook reads one JSON file, and gets the same rules."""
    entries = load.read(load.folder())
    rules = [entry.rule for entry in entries]
    (tmp_path / index.NAME).write_bytes(index.dump(rules, load.digest(rules)))
    monkeypatch.setattr(load, "_place", lambda: (str(tmp_path), True))
    monkeypatch.setattr(load, "read", lambda _path: pytest.fail("a TOML file was read"))

    found = load.load()

    assert tuple(found.rules) == tuple(rules)


def test_fragments_stand_in_patterns_and_in_each_other(tmp_path):
    text = RULE.replace("[[rule]]", "[fragments]\nletter = '[a-z]'\nword = '{{letter}}{8}'\n[[rule]]", 1)
    found = text.index("pattern = ")
    end = text.index("\n", found)
    (tmp_path / "a.toml").write_text(f"{text[:found]}pattern = 'acme_{{{{word}}}}'{text[end:]}")
    (entry,) = load.read(str(tmp_path / "a.toml"))
    assert entry.rule.pattern == "acme_[a-z]{8}"


@pytest.mark.parametrize(
    ("fragments", "message"), [("word = 'a'", "no fragment 'wort'"), ("wort = '{{wort}}{{wort}}'", "longer")]
)
def test_fragments_that_are_not_there_or_never_end(tmp_path, fragments, message):
    text = RULE.replace("[[rule]]", f"[fragments]\n{fragments}\n[[rule]]", 1)
    found = text.index("pattern = ")
    end = text.index("\n", found)
    (tmp_path / "a.toml").write_text(f"{text[:found]}pattern = 'acme_{{{{wort}}}}'{text[end:]}")
    with pytest.raises(RuleError, match=message):
        load.read(str(tmp_path / "a.toml"))
