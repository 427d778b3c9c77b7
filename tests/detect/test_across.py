"""Halves of a credential in sibling files and in versions of a file become one finding."""

from __future__ import annotations

import io
import json
import zipfile
from base64 import b64encode

import pytest
from helpers import fake, run_cli

ID, SECRET = fake("aws-id"), fake("aws-secret")
OTHER_ID, OTHER_SECRET = fake("aws-id", seed=7), fake("aws-secret", seed=7)
NAMED_ID, NAMED_SECRET = f"AWS_ACCESS_KEY_ID={ID}\n", f"AWS_SECRET_ACCESS_KEY={SECRET}\n"


def findings(*args, cwd):
    return json.loads(run_cli(*args, "--format", "json", cwd=cwd).out)["findings"]


@pytest.mark.parametrize(
    "files",
    [
        {".env": NAMED_ID, ".env.local": NAMED_SECRET},
        {"deploy/id.txt": NAMED_ID, "deploy/secret.txt": NAMED_SECRET, "other/readme.txt": "nothing\n"},
        {"secrets/aws_access_key_id": ID, "secrets/aws_secret_access_key": SECRET},  # nothing but the file's name names it
        {"a.json": f'{{"user": "{ID}"}}', "b.json": f'{{"value": "{SECRET}"}}'},
        {"a.json": f'{{"id": "{ID}"}}', "b.json": f'{{"secret": "{SECRET}", "note": "{"long " * 80}"}}'},
        {"id.b64": b64encode(ID.encode()), "secret.b64": b64encode(SECRET.encode())},
    ],
)
def test_sibling_files(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    [finding] = findings("scan", ".", cwd=tmp_path)
    assert finding["rule"] == "aws-secret-access-key"
    assert finding["confidence"] == "high"
    assert finding["pair"]["rule"] == "aws-access-key-id"
    assert finding["pair"]["file"] != finding["file"]


def test_names_tell_which_belong_together(tmp_path):
    (tmp_path / "dev.id").write_text(NAMED_ID)
    (tmp_path / "dev.secret").write_text(NAMED_SECRET)
    (tmp_path / "prod.id").write_text(f"AWS_ACCESS_KEY_ID={OTHER_ID}\n")
    found = findings("scan", ".", cwd=tmp_path)
    assert {(finding["file"], finding["pair"] and finding["pair"]["file"]) for finding in found} == {
        ("dev.secret", "dev.id"),
        ("prod.id", None),
    }


def test_members_of_a_container(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one/id.txt", ID)
        archive.writestr("two/secret.txt", SECRET)
    (tmp_path / "keys.zip").write_bytes(packed.getvalue())
    (tmp_path / "lone.txt").write_text(OTHER_ID)
    found = findings("scan", ".", cwd=tmp_path)
    assert {(finding["file"], bool(finding["pair"])) for finding in found} == {("keys.zip", True), ("lone.txt", False)}


def test_a_value_that_nothing_names_is_nothing_alone(tmp_path):
    (tmp_path / "notes").write_text(SECRET)
    assert not findings("scan", ".", "--confidence", "low", cwd=tmp_path)


def test_versions_that_nothing_names(repo):
    for text in (f"{ID}\n", f"{SECRET}\n"):
        repo.add("key", text)
    [finding] = findings("history", ".", cwd=repo.path)
    assert finding["pair"]["rule"] == "aws-access-key-id"


@pytest.mark.parametrize(
    "files",
    [
        {"one/.env": NAMED_ID, "two/.env": NAMED_SECRET, "three/.env": f"AWS_ACCESS_KEY_ID={OTHER_ID}\n"},
        {"one/.env": NAMED_ID, "two/notes": SECRET},  # nothing says that it is one
        {".env": NAMED_ID + f"AWS_ACCESS_KEY_ID={OTHER_ID}\n", ".env.local": NAMED_SECRET},
    ],
)
def test_no_pair_where_there_is_a_choice_or_nothing_in_common(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = findings("scan", ".", cwd=tmp_path)
    assert "aws-access-key-id" in {finding["rule"] for finding in found}
    assert not any(finding["pair"] for finding in found)


@pytest.mark.parametrize(
    "files",
    [
        {"config/a.yml": f"access_key: {ID}\n", "secrets/b.yml": f"aws_secret_key: {SECRET}\n"},
        {"aws/id/value": ID, "aws/secret/value": SECRET},
        {"src/main/app.yml": NAMED_ID, "deploy/prod.env": NAMED_SECRET},
    ],
)
def test_the_only_two_halves_belong_together_wherever_they_stand(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    [finding] = findings("scan", ".", cwd=tmp_path)
    assert finding["pair"]["rule"] == "aws-access-key-id"


def test_halves_in_a_commit(repo):
    """The author's name holds one and the message the other; so do a file and the message of the commit that brings it."""
    repo.git("add", "-A")
    repo.commit(f"The secret key is {SECRET}", GIT_AUTHOR_NAME=ID)
    repo.add("notes.txt", f"id: {OTHER_ID}\n", f"Add it\n\naws_secret_access_key: {OTHER_SECRET}\n")
    found = findings("history", ".", "--show-secrets", cwd=repo.path)
    assert {(finding["pair"]["value"], finding["secret"]) for finding in found} == {(ID, SECRET), (OTHER_ID, OTHER_SECRET)}


def test_versions_of_a_file(repo):
    """The id goes when the secret comes: no version holds both."""
    for text in (NAMED_ID + "REGION=eu-west-1\n", "REGION=eu-west-1\n", NAMED_SECRET):
        repo.write("config.env", text)
        repo.git("add", "-A")
        repo.commit()
    [finding] = findings("history", ".", cwd=repo.path)
    assert finding["pair"]["rule"] == "aws-access-key-id"
