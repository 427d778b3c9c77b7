"""Halves of a credential in sibling files and in versions of a file become one finding."""

from __future__ import annotations

import json

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
    ],
)
def test_sibling_files(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    [finding] = findings("scan", ".", cwd=tmp_path)
    assert finding["rule"] == "aws-secret-access-key"
    assert finding["confidence"] == "high"
    assert finding["pair"]["rule"] == "aws-access-key-id"
    assert finding["pair"]["file"] != finding["file"]


@pytest.mark.parametrize(
    "files",
    [
        {"one/.env": NAMED_ID, "two/.env": NAMED_SECRET},
        {".env": NAMED_ID + f"AWS_ACCESS_KEY_ID={OTHER_ID}\n", ".env.local": NAMED_SECRET},
    ],
)
def test_no_pair_where_there_is_a_choice_or_nothing_in_common(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = findings("scan", ".", cwd=tmp_path)
    assert {finding["rule"] for finding in found} == {"aws-access-key-id", "aws-secret-access-key"}
    assert not any(finding["pair"] for finding in found)


def test_versions_of_a_file(repo):
    """The id goes when the secret comes: no version holds both."""
    for text in (NAMED_ID + "REGION=eu-west-1\n", "REGION=eu-west-1\n", NAMED_SECRET):
        repo.write("config.env", text)
        repo.git("add", "-A")
        repo.commit()
    [finding] = findings("history", ".", cwd=repo.path)
    assert finding["pair"]["rule"] == "aws-access-key-id"
