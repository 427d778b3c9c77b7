"""Passwords in tables: the header says which column, each row's value is found at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from helpers import fake

from leakstop.detect.prefilter import available
from leakstop.model import Chunk, Origin

if TYPE_CHECKING:
    from leakstop.detect.detector import Detector

VALUES = (
    fake("aws-secret", 21)[:14].replace("/", "x").replace("+", "y"),
    fake("aws-secret", 22)[:12].replace("/", "x").replace("+", "y"),
)
ONE, TWO = VALUES
TOKEN = fake("aws-secret", 23)[:32].replace("/", "x").replace("+", "y")
NOISE = b"def compute(total, value):\n    return total + value * 3  # nothing to see\n" * 4500  # more than a small scan

TABLES = {
    "INSERT": f"INSERT INTO users (id, name, password) VALUES (1, 'robot', '{ONE}'), (2, 'it''s', '{TWO}');\n",
    "INSERT, quoted names, over lines": (
        f"insert into `users` (`passwd`, `at`)\nvalues\n  ('{ONE}', now()),\n  ('{TWO}', date('x', 'y'));\n"
    ),
    "COPY": f"COPY public.users (id, name, password) FROM stdin;\n1\trobot\t{ONE}\n2\tada\t{TWO}\n\\.\n",
    "comma-separated": f"name,url,username,password\nshop,https://x,robot,{ONE}\nbank,https://y,ada,{TWO}\n",
    "semicolons": f"id;login;password;mail\n1;robot;{ONE};r@x.io\n2;ada;{TWO};a@x.io\n",
    "tabs": f"user\tpassword\nrobot\t{ONE}\nada\t{TWO}\n",
    "quoted": f'"Account","Login Name","Password","Comments"\n"a, b","robot","{ONE}","x ""y"""\n"c","ada","{TWO}",""\n',
    "Markdown": f"# Users\n\n| user | password |\n| --- | --- |\n| robot | `{ONE}` |\n| ada | {TWO} |\n",
    "drawn": f"+-------+----------+\n| user  | password |\n+-------+----------+\n| robot | {ONE} |\n| ada | {TWO} |\n+-------+\n",
    "Gherkin": f"Given the users:\n  | name | password |\n  | robot | {ONE} |\n  | ada | {TWO} |\n",
    "HTML": (
        "<table><tr><th>User</th><th>Password</th></tr>"
        f"<tr><td>robot</td><td><code>{ONE}</code></td></tr>\n<tr><td>ada</td><td>{TWO}</td></tr></table>\n"
    ),
}
NOTHING = {
    "other columns": f"INSERT INTO files (name, digest) VALUES ('a', '{ONE}');\n",
    "words": "user,password\nrobot,password\nada,secret\n",
    "a list of types": "| name | password |\n|---|---|\n| string | string |\n| required | optional |\n",
    "code": f"call(user,password,host)\nx = '{ONE}'\n",
    "hidden": "user;password\nrobot;********\nada;${PASSWORD}\n",
}


def passwords(detector: Detector, text: str, *, large: bool) -> list[tuple[str, str, str]]:
    chunks = [Chunk(text.encode(), Origin("file", b"it")), *([Chunk(NOISE, Origin("file", b"noise"))] if large else [])]
    return [
        (each.secret.reveal().decode(), text.encode()[each.location.start : each.location.end].decode(), each.rule.id)
        for _, each in detector.scan(chunks)
    ]


@pytest.mark.parametrize(
    "large", [False, pytest.param(True, marks=pytest.mark.skipif(not available(), reason="needs Hyperscan"))]
)
@pytest.mark.parametrize("name", TABLES)
def test_each_row(detector: Detector, name: str, large: bool):
    found = passwords(detector, TABLES[name], large=large)
    assert [(secret, place) for secret, place, _ in found] == [(ONE, ONE), (TWO, TWO)]
    assert {rule for *_, rule in found} == {"generic-password"}


@pytest.mark.parametrize(
    "large", [False, pytest.param(True, marks=pytest.mark.skipif(not available(), reason="needs Hyperscan"))]
)
@pytest.mark.parametrize(
    "header",
    [
        "name,account,token",
        "name;account;api_key",
        "name\taccount\tSecret Key",
        'name,account,"Access Key"',
        "name,account,auth_token",
    ],
)
def test_tokens_of_separated_values(detector: Detector, header: str, large: bool):
    mark = header[4]
    text = f"{header}\nshop{mark}robot{mark}{TOKEN}\n"
    assert [secret for secret, *_ in passwords(detector, text, large=large)] == [TOKEN]


@pytest.mark.parametrize("name", NOTHING)
def test_no_password(detector: Detector, name: str):
    assert passwords(detector, NOTHING[name], large=False) == []
