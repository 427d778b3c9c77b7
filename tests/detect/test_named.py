"""Files that are known by their name: what stands in them is found, in a tree and in a history."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from helpers import Repo, fake, run_cli

VALUE = fake("aws-secret", 11).replace("/", "x").replace("+", "y")
HEX = sha256(VALUE.encode()).hexdigest()

# name -> text, what is found, the rule
FILES = {
    "config/master.key": (HEX[:32], HEX[:32], "rails-master-key"),
    "config/credentials/production.key": (f"{HEX[:32]}\n", HEX[:32], "rails-master-key"),
    ".vault-token": (f"s.{VALUE[:24]}\n", f"s.{VALUE[:24]}", "hashicorp-vault-legacy-token"),
    "ansible/.vault_pass": (f"{VALUE[:16]}\n", VALUE[:16], "generic-password"),
    "secrets/hudson.util.Secret": (HEX[:64], HEX[:64], "generic-secret"),
    "secrets/db_password.txt": (VALUE[:18], VALUE[:18], "generic-password"),
    "run/api_token": (f"{VALUE}\n", VALUE, "generic-secret"),
    "vpn/auth.txt": (f"robot\n{VALUE[:14]}\n", VALUE[:14], "generic-password"),
    "home/.pgpass": (f"*:*:shop:app:{VALUE[:14]}\n", VALUE[:14], "generic-password"),
    "ppp/chap-secrets": (f"robot * {VALUE[:14]} *\n", VALUE[:14], "generic-password"),
    "home/.rediscli_history": (f"AUTH {VALUE[:14]}\n", VALUE[:14], "generic-password"),
    "postfix/sasl_passwd": (f"[mx.service.net]:587 robot@service.net:{VALUE[:14]}\n", VALUE[:14], "generic-password"),
    "drop/one.txt": (f"xqz_{VALUE[:32]}\n", f"xqz_{VALUE[:32]}", "generic-secret"),
    "drop/two": (f"xqz_live_{HEX[:40]}", f"xqz_live_{HEX[:40]}", "generic-prefixed-token"),
    "etc/rsyncd.secrets": (f"robot:{VALUE[:14]}\n", VALUE[:14], "generic-password"),
}
NOTHING = {
    "VERSION": "1.2.3\n",
    "REVISION": HEX[:40],
    "docs/password.txt": "password\n",
    "config/token": "${TOKEN}\n",
    "build/tag.txt": f"release-{HEX[:40]}\n",
    "build/image": f"app-2024-{HEX[:7]}-bookworm-slim\n",
    "src/tokenizer.key": "a tokenizer takes 3 words\n",
    "one/robot.txt": f"{VALUE[:18]}\n",
}


def found(*command, cwd):
    findings = json.loads(run_cli(*command, "--format", "json", "--show-secrets", cwd=cwd).out)["findings"]
    return {entry["file"]: (entry["secret"], entry["rule"]) for entry in findings}


@pytest.mark.parametrize("command", ["scan", "history"])
def test_known_by_name(repo: Repo, command: str):
    for name, (text, *_) in FILES.items():
        repo.write(name, text)
    for name, text in NOTHING.items():
        repo.write(name, text)
    repo.stage()
    repo.commit()
    assert found(command, ".", cwd=repo.path) == {name: (value, rule) for name, (_, value, rule) in FILES.items()}
