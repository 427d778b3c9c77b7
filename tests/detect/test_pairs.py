"""An AWS key id and its secret are one finding, wherever and in whatever notation they stand in one text."""

from __future__ import annotations

import base64
import json
import random

import pytest
from helpers import fake
from hypothesis import given
from hypothesis import strategies as st

from leakstop.detect.detector import Detector
from leakstop.detect.pairs.within import Half, nearest
from leakstop.model import Chunk, Origin
from leakstop.rules.compiled import compile_rules
from leakstop.rules.load import load
from leakstop.rules.templates import expand

ID, SECRET = fake("aws-id"), fake("aws-secret")
OTHER_ID, OTHER_SECRET = fake("aws-id", seed=7), fake("aws-secret", seed=7)
FILLER = "# nothing to see on this line\n" * 2000

NOTATIONS = {
    "environment": "AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n",
    "secret first": "secret: {secret}\nid: {id}\n",
    "positional arguments": 'Client("{id}", "{secret}")\n',
    "CSV as the console writes it": "Access key ID,Secret access key\r\n{id},{secret}\r\n",
    "JSON": '{{"AccessKeyId": "{id}", "SecretAccessKey": "{secret}"}}',
    "YAML without names": "- {id}\n- {secret}\n",
    "INI profile": "[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n",
    "XML": "<key>{id}</key>\n<value>{secret}</value>",
    "Markdown table": "| {id} | {secret} |\n",
    "far apart": "{id}\n" + FILLER + "{secret}\n",
    "URL": "s3://{id}:{secret}@bucket/path\n",
    "no line end": "{id} {secret}",
    "tab separated": "{id}\t{secret}\n",
    "shell": "export A={id} B='{secret}'; run\n",
    "source code": 'const id = "{id}";\nconst s = `{secret}`;\n',
}


def scan(detector, *texts: str, **fields):
    chunks, offset, line = [], 0, 1
    for number, text in enumerate(texts):
        data = text.encode()
        chunks.append(Chunk(data, Origin("file", b"deploy.txt"), line, offset, last=number == len(texts) - 1, **fields))
        offset, line = offset + len(data), line + data.count(b"\n")
    return [finding for _, finding in detector.scan(chunks)]


@pytest.mark.parametrize("text", NOTATIONS.values(), ids=NOTATIONS)
def test_a_pair_is_one_finding_at_its_secret(detector, text):
    """Whatever the notation: one finding, the secret's, with the id beside it."""
    [finding] = scan(detector, text.format(id=ID, secret=SECRET))
    assert finding.rule.id == "aws-secret-access-key"
    assert finding.secret.reveal() == SECRET.encode()
    assert finding.pair
    assert finding.pair.what == "aws-access-key-id"
    assert finding.pair.value.reveal() == ID.encode()
    assert finding.confidence == "high"


@pytest.mark.parametrize(
    "text",
    [
        "{0} {1}\n{2} {3}\n",  # rows
        "{1} {0}\n{3} {2}\n",  # reversed rows
        "{0}\n{2}\n{1}\n{3}\n",  # ids, then secrets
    ],
)
def test_several_pairs_are_told_apart(detector, text):
    """Two ids and two secrets: each secret gets its own id."""
    findings = scan(detector, text.format(ID, SECRET, OTHER_ID, OTHER_SECRET))
    pairs = {finding.secret.reveal(): finding.pair.value.reveal() for finding in findings}
    assert pairs == {SECRET.encode(): ID.encode(), OTHER_SECRET.encode(): OTHER_ID.encode()}


@pytest.mark.parametrize(
    "text",
    [
        "PROD_AWS_KEY={0}\nDEV_AWS_KEY={2}\nDEV_AWS_SECRET={3}\nPROD_AWS_SECRET={1}\n",
        "aws.prod.accessKey={0}\naws.test.accessKey={2}\naws.test.secretKey={3}\naws.prod.secretKey={1}\n",
        '{{"keys": {{"a": "{0}", "b": "{2}"}}, "secrets": {{"b": "{3}", "a": "{1}"}}}}',
        "devAccessKey: {0}\nprodAccessKey: {2}\nprodSecretKey: {3}\ndevSecretKey: {1}\n",
        "prod:\n  secret: {1}\nstage:\n  secret: {3}\n  id: {2}\nids:\n  prod: {0}\n",
        (
            '{{\n  "prod": {{\n    "secret": "{1}"\n  }},\n'
            '  "stage": {{\n    "id": "{2}",\n    "secret": "{3}"\n  }},\n  "prodId": "{0}"\n}}'
        ),
        "[prod]\nsecret = {1}\n\n[stage]\nsecret = {3}\nid = {2}\n\n[ids]\nprod = {0}\n",
    ],
)
def test_names_tell_which_belong_together(detector, text):
    """Where words in their names say it, the order does not matter."""
    findings = scan(detector, text.format(ID, SECRET, OTHER_ID, OTHER_SECRET))
    pairs = {finding.secret.reveal(): finding.pair.value.reveal() for finding in findings}
    assert pairs == {SECRET.encode(): ID.encode(), OTHER_SECRET.encode(): OTHER_ID.encode()}


def test_a_digest_that_is_nearer_is_no_secret(detector):
    """What is called a secret goes before what is called a digest, though both have its shape."""
    text = "- sha: {2}\n  secret: {1}\n  etag: {2}\n  id: {0}\n"
    digest = base64.b64encode(random.Random(5).randbytes(30)).decode()
    [finding] = [finding for finding in scan(detector, text.format(ID, SECRET, digest)) if finding.pair]
    assert finding.secret.reveal() == SECRET.encode()


def test_a_secret_beside_an_id_under_the_name_of_a_store(detector):
    """MinIO in front of S3 gets keys of AWS; far from the id it is MinIO's own."""
    near = "MINIO_ROOT_USER: {0}\nMINIO_ROOT_PASSWORD: {1}\n"
    assert [bool(finding.pair) for finding in scan(detector, near.format(ID, SECRET))] == [True]
    far = "AWS_ID: {0}\n" + FILLER + "MINIO_ROOT_PASSWORD: {1}\n"
    assert {finding.rule.provider for finding in scan(detector, far.format(ID, SECRET))} == {"Amazon Web Services", "MinIO"}


@pytest.mark.parametrize("text", ["{0}\n{1}\n\n{2}\n", "{2}\n\n{0}\n{1}\n"])
def test_ids_of_two_kinds_do_not_share_a_secret(detector, text):
    """A temporary key's id further away, in a presigned URL say, does not take the secret from the one beside it."""
    findings = scan(detector, text.format(ID, SECRET, fake("aws-session-id")))
    found = {finding.rule.id: finding.pair and finding.pair.value.reveal() for finding in findings}
    assert found == {"aws-secret-access-key": ID.encode(), "aws-temporary-access-key-id": None}


@pytest.mark.parametrize("text", ["{id}\n" + FILLER, FILLER + "{id}"])
def test_an_id_alone_is_reported_as_an_id(detector, text):
    """Without a secret in the text the id stands for itself."""
    [finding] = scan(detector, text.format(id=ID))
    assert finding.rule.id == "aws-access-key-id"
    assert finding.pair is None


def test_halves_in_different_windows_of_a_large_file_are_one_finding(detector):
    """A file too large to be held whole is searched in windows; its pairs are still found, once."""
    [finding] = scan(detector, FILLER + f"{ID}\n", FILLER, FILLER + f"'{SECRET}'\n" + FILLER)
    assert finding.rule.id == "aws-secret-access-key"
    assert finding.pair.value.reveal() == ID.encode()
    assert (finding.pair.line, finding.location.start_line) == (2001, 6002)


def test_the_secret_before_the_id_in_windows(detector):
    """The order does not matter."""
    [finding] = scan(detector, FILLER + f"'{SECRET}'\n", FILLER, f"{ID}\n")
    assert finding.pair.value.reveal() == ID.encode()


SCALEWAY_ID = "SCW" + "".join(random.Random(3).choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=17))


@pytest.mark.parametrize("windows", [(1, 2), (2, 1), (5, 1)], ids=["a window before the id", "behind it", "far behind it"])
def test_other_halves_that_nothing_names_from_the_window_before_the_id_on(detector, windows):
    secret, lead = windows
    texts = [FILLER] * 6
    texts[secret] += f"'{fake('uuid')}'\n"
    texts[lead] = f"{SCALEWAY_ID}\n" + texts[lead]
    [finding] = scan(detector, *texts)
    assert (finding.rule.id, finding.pair.what) == ("scaleway-secret-key", "scaleway-access-key-id")


def test_the_rule_of_the_other_half_is_disabled():
    """Then there are no pairs, and nothing fails, in one text as in windows and in files."""
    detector = Detector(compile_rules(load(disable=["aws-secret-access-key"])))
    for texts in ((f"{ID} {SECRET}\n",), (f"{ID}\n" + FILLER, f"'{SECRET}'\n")):
        [finding] = scan(detector, *texts)
        assert (finding.rule.id, finding.pair) == ("aws-access-key-id", None)


@pytest.mark.parametrize(("added", "rule"), [((2, 2), "aws-secret-access-key"), ((1, 1), "aws-access-key-id")])
def test_a_change_that_adds_one_half_is_reported_there(detector, added, rule):
    """Of a change only added lines are reported; the other half is found in the lines that were there."""
    [finding] = scan(detector, f"{ID}\n{SECRET}\n", added=(added,))
    assert finding.rule.id == rule
    assert finding.location.start_line == added[0]
    assert finding.pair.line == 3 - added[0]


def test_a_change_beside_a_pair_is_no_finding(detector):
    """Neither half is added: nothing to report."""
    assert scan(detector, f"{ID}\n{SECRET}\nnew\n", added=((3, 3),)) == []


@pytest.mark.parametrize("value", ["0123456789abcdef" * 2 + "01234567", "a" * 40, "usr/share/doc/packages/readme/first/now"])
def test_what_is_no_secret_is_not_made_one_by_an_id(detector, value):
    """A hash, a run, a path of forty characters beside an id."""
    findings = scan(detector, f"{ID}\n{value.ljust(40, 'x')}\n")
    assert [finding.rule.id for finding in findings] == ["aws-access-key-id"]


# --- halves of one shape ---------------------------------------------------------------------------------------------------

TWINS = {
    "names": ("BINANCE_API_KEY={key}\nBINANCE_API_SECRET={secret}\n", "binance-api-key", "{A-Za-z0-9:64}"),
    "reversed and apart": (
        "dropbox_app_secret: {secret}\n" + FILLER + "dropbox_app_key: {key}\n",
        "dropbox-app-secret",
        "{a-z0-9:15}",
    ),
    "the provider named once": ('{{"mailjet": {{"key": "{key}", "secret": "{secret}"}}}}', "mailjet-api-key", "{a-f0-9:32}"),
    "ids": ("spotify_client_id = '{key}'\nspotify_client_secret = '{secret}'\n", "spotify-client-secret", "{a-f0-9:32}"),
}


@pytest.mark.parametrize(("text", "rule", "shape"), TWINS.values(), ids=TWINS)
def test_halves_of_one_shape_are_told_apart_by_their_names(detector, text, rule, shape):
    """One finding, at what is called a secret, with what is called a key or an id beside it."""
    key, secret = expand(shape, "key").decode(), expand(shape, "secret").decode()
    [finding] = scan(detector, text.format(key=key, secret=secret))
    assert (finding.rule.id, finding.secret.reveal()) == (rule, secret.encode())
    assert finding.pair
    assert finding.pair.value.reveal() == key.encode()


def test_the_type_of_a_resource_names_its_attributes(detector):
    """In a state of Terraform's the provider stands lines above the names of the values, and nowhere near the second pair."""
    rng = random.Random(8)
    halves = ["".join(rng.choices("0123456789abcdef", k=32)) for _ in range(4)]
    resources = [
        {"mode": "managed", "type": "twilio_account", "name": "main", "provider": "x" * 90, "instances": [{
            "schema_version": 0, "attributes": {"created": "2026-01-01", "sid": f"AC{halves[0]}", "auth_token": halves[1]}}]},
        {"mode": "managed", "type": "random_thing", "name": "main", "provider": "x" * 90, "instances": [{
            "schema_version": 0, "attributes": {"id": f"AB{halves[2]}", "auth_token": halves[3]}}]},
    ]  # fmt: skip
    state = json.dumps({"version": 4, "terraform_version": "1.9.0", "resources": resources}, indent=2)
    pairs = [(finding.pair.value.reveal(), finding.secret.reveal()) for finding in scan(detector, state) if finding.pair]
    assert pairs == [(f"AC{halves[0]}".encode(), halves[1].encode())]


def test_two_keys_are_no_pair(detector):
    """Without a name that says secret there is nothing to lead to."""
    keys = [expand("{A-Za-z0-9:64}", seed).decode() for seed in "ab"]
    found = scan(detector, "BINANCE_API_KEY={}\nBINANCE_KEY_2={}\n".format(*keys))
    assert [finding.pair for finding in found] == [None, None]


def nearest_of_all(leads, secrets):
    """What `nearest` says, by looking at all couples."""
    ranked = sorted((abs(secret.at - lead.at), lead.at, secret.at, lead, secret) for lead in leads for secret in secrets)
    couples = {}
    for *_, lead, secret in ranked:
        if secret.value not in couples and lead not in couples.values():
            couples[secret.value] = lead
    return couples


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4), st.booleans()), max_size=14, unique_by=lambda entry: entry[0]),
)
def test_nearest_first(entries):
    """Neighbours are enough: the same couples as those of all with all, values that stand several times among them."""
    leads = [Half(b"id %d" % number, at) for at, number, leading in entries if leading]
    secrets = [Half(b"secret %d" % number, at) for at, number, leading in entries if not leading]
    assert nearest(leads, secrets) == nearest_of_all(leads, secrets)


def test_thousands_of_pairs():
    """Each finds its own, in time that grows with their number: all with all would be two hundred million couples."""
    leads = [Half(b"id %d" % number, number * 100) for number in range(20_000)]
    secrets = [Half(b"secret %d" % number, number * 100 + 40) for number in range(10_000)]
    assert nearest(leads, secrets) == dict(zip((half.value for half in secrets), leads[:10_000], strict=True))
