"""What no writer may do, whatever it is given: let a secret out, send control characters, write JSON that is not the schema's."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from xml.etree import ElementTree as ET

import pytest
from helpers import CHECKOUT, fake
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from report.samples import KEY, aws_id, aws_secret, full, github, render, report, result, rule

from leakstop.fix import fixed
from leakstop.model import (
    CONFIDENCES,
    SEVERITIES,
    Coverage,
    Finding,
    History,
    Location,
    Origin,
    Pair,
    Problem,
    Result,
    Secret,
    Skipped,
    Triage,
    redact,
    show_text,
)
from leakstop.report import WRITERS
from leakstop.report.scrub import IDENTIFIERS
from leakstop.rules import load
from leakstop.triage.fingerprint import fingerprint

with open(f"{CHECKOUT}/docs/report.schema.json", encoding="utf-8") as file:
    SCHEMA = json.load(file)
REGISTRY = Registry().with_resource(SCHEMA["$id"], Resource.from_contents(SCHEMA))
DOCUMENT = Draft202012Validator(SCHEMA)
LINE = Draft202012Validator({"$ref": f"{SCHEMA['$id']}#/$defs/line"}, registry=REGISTRY)
KINDS = SCHEMA["$defs"]["finding"]["properties"]["origin"]["properties"]["kind"]["enum"]


# ---- reports of any kind

# Where text may stand: with the secret (§ as it is, ¤ escaped for display) and with everything that hurts.
TEMPLATES = [
    "",
    "a",
    "§",
    "x§y",
    "§§",
    "¤",
    "a/§/b",
    "\x1b[31m",
    "a\n§",
    "\u202e§\u2066",
    "… §…",
    "日本§",
    "\udcff",
    "\x00¤",
    '"§',
    "\\§",
    "\t \r",
]
numbers = st.integers(0, 10**9)


def texts(secret: bytes) -> st.SearchStrategy[str]:
    raw = secret.decode("utf-8", "backslashreplace")
    return st.sampled_from([template.replace("§", raw).replace("¤", show_text(raw)) for template in TEMPLATES])


@st.composite
def results(draw, secret: bytes) -> Result:
    """A finding into which the secret is put wherever text may stand."""
    text = texts(secret)
    path = st.sampled_from([b"", b"a/b", secret, b"a/" + secret + b"\xff", b"\x1b\n/" + secret])
    few = st.lists(text, max_size=2).map(tuple)
    start, lines = draw(st.integers(1, 500)), draw(st.integers(0, 3))
    pair = Pair(draw(st.sampled_from(["other-half", "aws-secret-access-key"])), start, draw(path), Secret(secret))
    history = History(draw(text), draw(text), draw(st.sampled_from([None, True, False])), draw(few), None)
    finding = Finding(
        rule(draw(st.sampled_from(["some-rule", "aws-secret-access-key", "aws-session-token", "aws-codecommit-password"]))),
        Secret(secret),
        Location(start, start + lines, draw(st.integers(1, 90)), 90),
        Origin(draw(st.sampled_from(KINDS)), draw(path), *draw(st.tuples(*[text] * 7)), draw(few), draw(few)),
        draw(st.sampled_from(SEVERITIES)),
        draw(st.sampled_from(CONFIDENCES)),
        draw(st.floats(0, 8)),
        draw(few),
        draw(text) + draw(st.sampled_from(["", redact(secret)])) + draw(text),
        draw(st.sampled_from([None, pair, pair._replace(also=(pair,))])),
        draw(st.sampled_from([None, history])),
    )
    triage = Triage(draw(st.sampled_from(["new", "new", "known", "ignored"])), draw(text))
    return Result(finding, fingerprint(finding.rule.id, secret, KEY), triage)


@st.composite
def reports(draw, secret: bytes):
    text = texts(secret)
    made = report(
        *draw(st.lists(results(secret), min_size=1, max_size=3)),
        command=draw(st.sampled_from(["scan", "staged", "range", "history", "message", "push"])),
        problems=tuple(draw(st.lists(st.builds(Problem, text, text, text), max_size=1))),
        coverage=Coverage(
            1, 0, 3, draw(numbers), (Skipped(draw(text), draw(text), draw(st.integers(1, 3))),), draw(st.floats(0, 1e5))
        ),
        complete=draw(st.booleans()),
        dropped=(("placeholder", draw(numbers)),),
    )
    return made._replace(results=fixed(made.results, made.command)) if draw(st.booleans()) else made


# Secrets that cannot coincide with what a report says anyway: the marks stand nowhere else.
secrets = st.builds(
    lambda body, tail: body + tail,
    st.sampled_from([b"Zq~", b"\xffZ~", "ŁZ~".encode(), b"Z~\n~Z~Z~Z~Z~Z~Z~Z~Z", b"\x1b~Z"]),
    st.lists(
        st.sampled_from([b"7", b"~Z", b"\\", b'"', b"\x00", b"\xe2\x80\xae", b"/", b"<", b" ", b"'"]), min_size=8, max_size=30
    ).map(b"".join),
)
reports_with_secret = secrets.flatmap(lambda secret: st.tuples(st.just(secret), reports(secret)))
looks = st.fixed_dictionaries(
    {"color": st.booleans(), "verbose": st.booleans(), "width": st.sampled_from([20, 40, 80, 100, 300])}
)


def written_forms(secret: bytes) -> list[str]:
    text = secret.decode("utf-8", "backslashreplace")
    return [text, show_text(text), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]]


def strings(value: object) -> list[str]:
    """Every string in a decoded JSON value, keys too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in strings(part)]
    return [text for part in value for text in strings(part)] if isinstance(value, list) else []


# Formats that are uploaded somewhere: redacted whatever is asked for.
UPLOADED = {"sarif", "junit", "markdown", "github", "gitlab", "gitlab-codequality"}


def decoded(form: str, text: str) -> list[str]:
    """The strings that a reader of the format gets."""
    match form:
        case "json" | "sarif" | "gitlab" | "gitlab-codequality":
            return strings(json.loads(text))
        case "jsonl":
            return strings([json.loads(line) for line in text.splitlines()])
        case "csv":
            return strings(list(csv.reader(io.StringIO(text))))
        case "html":
            data = text.partition('id="data">')[2].partition("</script>")[0]
            return strings(json.loads(data))
        case "junit":
            elements = list(ET.fromstring(text).iter())
            return [part for element in elements for part in (element.text or "", *element.attrib.values())]
        case _:
            return [text]


@given(data=reports_with_secret, look=looks)
@settings(max_examples=100)
def test_no_secret_gets_out(data, look):
    secret, a_report = data
    for form in WRITERS:
        text = render(a_report, form, **look)
        parts = [text, *decoded(form, text)]
        assert not any(written in part for written in written_forms(secret) for part in parts), form


@given(data=reports_with_secret, look=looks, show=st.booleans())
@settings(max_examples=40)
def test_no_control_characters_get_out(data, look, show):
    for form in WRITERS:
        text = render(data[1], form, **look, show_secrets=show)
        if look["color"]:
            for code in ("0", "1", "2", "31", "32", "33"):
                text = text.replace(f"\x1b[{code}m", "")
        odd = {char for char in set(text) if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char != "\n"}
        assert odd == set(), form


@given(data=reports_with_secret, show=st.booleans())
@settings(max_examples=40)
def test_json_is_always_the_schemas(data, show):
    a_report = data[1]
    document = json.loads(render(a_report, "json", show_secrets=show))
    DOCUMENT.validate(document)
    lines = [json.loads(line) for line in render(a_report, "jsonl", show_secrets=show).splitlines()]
    for line in lines:
        LINE.validate(line)
    assert [line["type"] for line in lines] == [
        "header",
        *["finding"] * len(a_report.results),
        *["problem"] * len(a_report.problems),
        "summary",
    ]
    assert [dict(line, type=None) for line in lines[1:-1]] == [
        dict(entry, type=None) for entry in [*document["findings"], *document["problems"]]
    ]


def test_schema_is_sound_and_refuses():
    Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(render(full(), "json"))
    for key in document:
        assert not DOCUMENT.is_valid({name: value for name, value in document.items() if name != key})
    for key in document["findings"][0]:
        finding = {name: value for name, value in document["findings"][0].items() if name != key}
        assert not DOCUMENT.is_valid({**document, "findings": [finding]})


def test_schema_names_every_key():
    """Extra keys are valid for readers of older schemas, but ours says all that there is."""

    def undescribed(value, schema, where=""):
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        if isinstance(value, list):
            return [name for entry in value for name in undescribed(entry, schema["items"], where)]
        if not isinstance(value, dict) or "additionalProperties" in schema:
            return []
        shapes = [schema, *(part for part in schema.get("oneOf", ()) if "properties" in part)]
        known = {name: part for shape in shapes for name, part in shape.get("properties", {}).items()}
        return [
            *(f"{where}.{name}" for name in value.keys() - known.keys()),
            *(name for key in value.keys() & known.keys() for name in undescribed(value[key], known[key], f"{where}.{key}")),
        ]

    assert undescribed(json.loads(render(full(), "json")), SCHEMA) == []


# ---- single cases


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("show", [False, True])
def test_show_secrets_is_the_only_way(form, show):
    secret, partner = aws_secret(), aws_id()
    text = render(full(), form, show_secrets=show)
    assert (secret in text) is (show and form not in UPLOADED)
    assert (github() in text) is (show and form not in UPLOADED)
    assert partner in text  # it says which key to revoke


def test_identifiers_are_rules_that_look_for_a_secret_half():
    rules = {entry.rule.id: entry.rule for entry in load.read(load.folder())}
    assert all(rules[name].pair for name in IDENTIFIERS)
    assert not set(IDENTIFIERS) & {one.pair.rule for one in rules.values() if one.pair}


def test_identifiers_are_shown_only_as_the_other_half():
    lone = report(result(aws_id(), name="aws-access-key-id"))
    for form in WRITERS:
        assert aws_id() not in render(lone, form)
    turned = report(
        result(aws_id(), name="aws-access-key-id", pair=Pair("aws-secret-access-key", 3, b"x", Secret(aws_secret().encode())))
    )
    for form in WRITERS:
        assert aws_secret() not in render(turned, form)


@pytest.mark.parametrize("form", WRITERS)
def test_a_token_is_cut_out_of_the_names_of_another_finding(form):
    token = fake("github-pat", 3)
    other = result(
        github(9), f"backup/{token}/x.txt", origin={"subject": f"Use {token}", "ref": f"refs/heads/{token}"}, kind="commit"
    )
    text = render(report(result(token, "a.txt"), other, problems=(Problem(f"b/{token}", "gone"),), complete=False), form)
    assert token not in text
    assert "backup/ghp_…/x.txt" in text


def test_an_ordinary_word_as_password_does_not_break_paths():
    word = "postgres"
    document = json.loads(render(report(result(word, "postgres/compose.yml", name="generic-password")), "json"))
    assert document["findings"][0]["file"] == "postgres/compose.yml"
    assert document["findings"][0]["secret"] == "po…"
    itself = render(report(result(word, "postgres/compose.yml", kind="path", excerpt="postgres/compose.yml")), "text")
    assert word not in itself


@pytest.mark.parametrize("secret", [b"a", b"ab", b"hunter2", b"pass word", "пароль".encode(), b"\xff\xfe\xfd", b"x" * 5000])
def test_an_excerpt_never_holds_its_own_secret(secret):
    raw = secret.decode("utf-8", "backslashreplace")
    for excerpt in (f"p = {raw}", f"{raw} = {redact(secret)} # {raw}", show_text(f"\t{raw}")):
        text = render(report(result(secret, "q.q", excerpt=excerpt, name="generic-password")), "text")
        source = next(line for line in text.splitlines() if "│" in line)
        assert raw not in source.partition("│")[2]


def test_lines_of_a_key_block_do_not_get_out():
    key = fake("private-key")
    body = key.splitlines()
    text = render(
        report(result(key, "k.pem", excerpt=f"{body[0]} {body[3]}", origin={"subject": body[5]}, kind="commit")), "text"
    )
    assert not any(line in text for line in body[1:-1])
