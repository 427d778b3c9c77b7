"""A hundred places and more in which one repository can hold an AWS key pair, each with a pair of its own.

Files are a table of makers: what stands in a file of that name when it holds a key id and a secret. What is not a file of the
last commit is in `GIT`, as functions that put it into a repository.
"""

from __future__ import annotations

import base64
import gzip
import json
import string
import urllib.parse
import zlib
from typing import TYPE_CHECKING

import containers
from containers import COMPRESSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpers import Repo

    Make = Callable[[str, str], str | bytes]


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def each(form: str, text: str) -> str:
    return "".join(form.format(ord(char)) for char in text)


def profile(key: str, secret: str) -> str:
    return f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"


def halves(text: str, at: int) -> tuple[str, str]:
    return text[:at], text[at:]


def notebook(key: str, secret: str, *, output: bool) -> str:
    lines = ["import boto3\n", f'session = boto3.Session("{key}",\n', f'    "{secret}")\n']
    shown = [{"output_type": "stream", "name": "stdout", "text": [f"key id\n{key}\n", f"{secret}\n"]}]
    cell = {
        "cell_type": "code",
        "metadata": {},
        "source": ["print(key)"] if output else lines,
        "outputs": shown if output else [],
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def har(entry: dict[str, object]) -> str:
    return json.dumps({"log": {"version": "1.2", "entries": [entry]}})


def nested(data: bytes) -> bytes:
    return containers.zipped(COMPRESSED["xz"](containers.tarred(containers.zipped(data), "b.zip")), "c.tar.xz")


LANGUAGES: dict[str, Make] = {
    "src/a.py": lambda i, s: f'ACCESS_KEY = "{i}"\nSECRET_KEY = "{s}"\n',
    "src/call.py": lambda i, s: f'client = boto3.client("s3", aws_access_key_id="{i}", aws_secret_access_key="{s}")\n',
    "src/positional.py": lambda i, s: f'connection = S3Connection("{i}", "{s}")\n',
    "src/tuple.py": lambda i, s: f'KEYS = [("build", "{i}", "{s}")]\n',
    "src/comment.py": lambda i, s: f"# old key: {i} / {s}\nx = 1\n",
    "src/a.js": lambda i, s: f"const s3 = new AWS.S3({{accessKeyId: '{i}', secretAccessKey: '{s}'}});\n",
    "src/a.ts": lambda i, s: f'export const creds: Creds = {{\n  id: "{i}",\n  secret: "{s}",\n}};\n',
    "src/min.js": lambda i, s: f'!function(e){{var t={{a:"{i}",b:"{s}"}};e.exports=t}}(window);' + "var q=1;" * 400,
    "src/A.java": lambda i, s: f'AWSCredentials c = new BasicAWSCredentials("{i}", "{s}");\n',
    "src/a.kt": lambda i, s: f'val id = "{i}"\nval key = "{s}"\n',
    "src/a.scala": lambda i, s: f'val conf = Map("fs.s3.id" -> "{i}", "fs.s3.key" -> "{s}")\n',
    "src/a.go": lambda i, s: f'creds := credentials.NewStaticCredentials("{i}", "{s}", "")\n',
    "src/a.rs": lambda i, s: f'let c = Credentials::new("{i}", "{s}", None, None, "static");\n',
    "src/a.c": lambda i, s: f'#define KEY_ID "{i}"\n#define KEY "{s}"\n',
    "src/a.cpp": lambda i, s: f'Aws::Auth::AWSCredentials c{{"{i}", "{s}"}};\n',
    "src/A.cs": lambda i, s: f'var client = new AmazonS3Client("{i}", "{s}", RegionEndpoint.EUWest1);\n',
    "src/a.php": lambda i, s: f"<?php return ['key' => '{i}', 'secret' => '{s}'];\n",
    "src/a.rb": lambda i, s: f"Aws.config.update(credentials: Aws::Credentials.new('{i}', '{s}'))\n",
    "src/a.pl": lambda i, s: f"my $s3 = Amazon::S3->new({{ id => '{i}', key => '{s}' }});\n",
    "src/a.lua": lambda i, s: f'local id, key = "{i}", "{s}"\n',
    "src/a.swift": lambda i, s: f'let provider = AWSStaticCredentialsProvider(accessKey: "{i}", secretKey: "{s}")\n',
    "src/a.R": lambda i, s: f'Sys.setenv("AWS_ACCESS_KEY_ID" = "{i}", "AWS_SECRET_ACCESS_KEY" = "{s}")\n',
    "src/a.exs": lambda i, s: f'config :ex_aws, access_key_id: "{i}", secret_access_key: "{s}"\n',
    "src/a.clj": lambda i, s: f'(def cred {{:access-key "{i}" :secret-key "{s}"}})\n',
    "src/a.hs": lambda i, s: f'cred = Credentials "{i}" "{s}"\n',
    "src/a.dart": lambda i, s: f"final c = AwsClientCredentials(accessKey: '{i}', secretKey: '{s}');\n",
    "src/a.vb": lambda i, s: f'Dim id = "{i}"\nDim key = "{s}"\n',
    "src/a.m": lambda i, s: f'NSString *key = @"{i}";\nNSString *secret = @"{s}";\n',
    "src/a.sql": lambda i, s: f"COPY t FROM 's3://b/x' CREDENTIALS 'aws_access_key_id={i};aws_secret_access_key={s}' CSV;\n",
    "src/insert.sql": lambda i, s: f"INSERT INTO keys (id, name, secret) VALUES (7, '{i}', '{s}');\n",
    "src/Jenkinsfile": lambda i, s: f"withEnv(['AWS_ACCESS_KEY_ID={i}', 'AWS_SECRET_ACCESS_KEY={s}']) {{ sh 'make' }}\n",
}
NOTATIONS: dict[str, Make] = {
    "conf/.env": lambda i, s: f"AWS_ACCESS_KEY_ID={i}\nAWS_SECRET_ACCESS_KEY={s}\n",
    "conf/unnamed.env": lambda i, s: f"A={i}\nB={s}\n",
    "conf/credentials": profile,
    "conf/rclone.conf": lambda i, s: f"[s3]\ntype = s3\naccess_key_id = {i}\nsecret_access_key = {s}\n",
    "conf/.s3cfg": lambda i, s: f"[default]\naccess_key = {i}\nsecret_key = {s}\n",
    "conf/a.yaml": lambda i, s: f"aws:\n  id: {i}\n  secret: {s}\n",
    "conf/env-list.yaml": lambda i, s: f"env:\n  - name: KEY_ID\n    value: {i}\n  - name: SECRET_KEY\n    value: {s}\n",
    "conf/docker-compose.yml": lambda i, s: f"environment:\n  - AWS_ACCESS_KEY_ID={i}\n  - AWS_SECRET_ACCESS_KEY={s}\n",
    "conf/ci.yml": lambda i, s: f"variables: {{AWS_ACCESS_KEY_ID: {i}, AWS_SECRET_ACCESS_KEY: '{s}'}}\n",
    "conf/a.json": lambda i, s: json.dumps({"AccessKey": {"AccessKeyId": i, "SecretAccessKey": s}}, indent=2),
    "conf/min.json": lambda i, s: json.dumps({"a": 1, "k": [i, s], "z": {"b": 2}}, separators=(",", ":")),
    "conf/lines.jsonl": lambda i, s: json.dumps({"level": "debug", "msg": f"using {i} with {s}"}) + "\n",
    "conf/a.toml": lambda i, s: f'[aws]\nid = "{i}"\nsecret = "{s}"\n',
    "conf/a.xml": lambda i, s: f"<aws><accessKey>{i}</accessKey><secretKey>{s}</secretKey></aws>\n",
    "conf/attributes.xml": lambda i, s: f'<add key="AWSAccessKey" value="{i}"/>\n<add key="AWSSecretKey" value="{s}"/>\n',
    "conf/core-site.xml": lambda i, s: (
        f"<property><name>fs.s3a.access.key</name><value>{i}</value></property>\n"
        f"<property><name>fs.s3a.secret.key</name><value>{s}</value></property>\n"
    ),
    "conf/a.properties": lambda i, s: f"cloud.aws.credentials.access-key={i}\ncloud.aws.credentials.secret-key={s}\n",
    "conf/a.tf": lambda i, s: f'provider "aws" {{\n  access_key = "{i}"\n  secret_key = "{s}"\n}}\n',
    "conf/terraform.tfstate": lambda i, s: json.dumps(
        {"resources": [{"type": "aws_iam_access_key", "instances": [{"attributes": {"id": i, "secret": s, "status": "Active"}}]}]}
    ),
    "conf/Dockerfile": lambda i, s: f"FROM alpine\nENV AWS_ACCESS_KEY_ID={i} \\\n    AWS_SECRET_ACCESS_KEY={s}\n",
    "conf/arg.Dockerfile": lambda i, s: f"ARG id={i}\nARG key={s}\n",
    "conf/a.service": lambda i, s: f'[Service]\nEnvironment="AWS_ACCESS_KEY_ID={i}" "AWS_SECRET_ACCESS_KEY={s}"\n',
    "conf/a.sh": lambda i, s: f"export AWS_ACCESS_KEY_ID='{i}'\nexport AWS_SECRET_ACCESS_KEY='{s}'\n",
    "conf/prefix.sh": lambda i, s: f"AWS_ACCESS_KEY_ID={i} AWS_SECRET_ACCESS_KEY={s} aws s3 ls\n",
    "conf/configure.sh": lambda i, s: f"aws configure set aws_access_key_id {i}\naws configure set aws_secret_access_key {s}\n",
    "conf/mc.sh": lambda i, s: f"mc alias set s3 https://s3.amazonaws.com {i} {s}\n",
    "conf/a.fish": lambda i, s: f"set -x AWS_ACCESS_KEY_ID {i}\nset -x AWS_SECRET_ACCESS_KEY {s}\n",
    "conf/a.ps1": lambda i, s: f'$Env:AWS_ACCESS_KEY_ID="{i}"\nSet-AWSCredential -AccessKey {i} -SecretKey {s}\n',
    "conf/a.bat": lambda i, s: f"SET AWS_ACCESS_KEY_ID={i}\r\nSET AWS_SECRET_ACCESS_KEY={s}\r\n",
    "conf/accessKeys.csv": lambda i, s: f"Access key ID,Secret access key\n{i},{s}\n",
    "conf/users.csv": lambda i, s: f'User name,Password,Access key ID,Secret access key,Console login link\nbuild,,{i},{s},"https://x"\n',
    "conf/a.tsv": lambda i, s: f"name\tkey\tsecret\nprod\t{i}\t{s}\n",
    "conf/curl.sh": lambda i, s: f"curl --aws-sigv4 aws:amz:eu-west-1:s3 --user {i}:{s} https://b.s3.amazonaws.com/\n",
    "conf/url.txt": lambda i, s: f"s3://{i}:{s.replace('/', '%2F').replace('+', '%2B')}@bucket/path\n",
    "conf/plain-url.txt": lambda i, s: f"s3://{i}:{s}@bucket/path\n",
    "conf/form.txt": lambda i, s: "POST / HTTP/1.1\n\n" + urllib.parse.urlencode({"id": i, "secret": s}) + "\n",
    "conf/spark.sh": lambda i, s: f"spark-submit --conf fs.s3a.access.key={i} --conf fs.s3a.secret.key={s}\n",
    "docs/table.md": lambda i, s: f"| account | id | secret |\n| --- | --- | --- |\n| build | `{i}` | `{s}` |\n",
    "docs/list.md": lambda i, s: f"* Access key: **{i}**\n* Secret: **{s}**\n",
    "docs/a.rst": lambda i, s: f"Keys::\n\n    id      {i}\n    secret  {s}\n",
    "docs/a.html": lambda i, s: f"<table><tr><td>{i}</td><td>{s}</td></tr></table>\n",
    "docs/a.tex": lambda i, s: f"\\texttt{{{i}}} and \\texttt{{{s}}}\n",
    "docs/a.patch": lambda i, s: f"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-id = {i}\n-secret = {s}\n+id = ENV\n",
    "docs/a.log": lambda i, s: f"2026-01-01 12:00:00 DEBUG env={{'AWS_ACCESS_KEY_ID': '{i}', 'AWS_SECRET_ACCESS_KEY': '{s}'}}\n",
    "docs/a.ipynb": lambda i, s: notebook(i, s, output=False),
    "docs/output.ipynb": lambda i, s: notebook(i, s, output=True),
    "docs/a.har": lambda i, s: har({"request": {"headers": [{"name": "id", "value": i}, {"name": "key", "value": s}]}}),
    "docs/body.har": lambda i, s: har({"response": {"content": {"encoding": "base64", "text": b64(profile(i, s))}}}),
    "docs/history.txt": lambda i, s: f"  501  export AWS_ACCESS_KEY_ID={i}\n  502  export AWS_SECRET_ACCESS_KEY={s}\n",
}  # fmt: skip
ENCODINGS: dict[str, Make] = {
    "enc/base64.txt": lambda i, s: f"CONFIG={b64(profile(i, s))}\n",
    "enc/base64-each.txt": lambda i, s: f"{b64(i)}\n{b64(s)}\n",
    "enc/base64-wrapped.txt": lambda i, s: base64.encodebytes((profile(i, s) + "region = eu-west-1\n").encode()),
    "enc/base64-url.txt": lambda i, s: base64.urlsafe_b64encode(f"{i}:{s}".encode()).rstrip(b"=") + b"\n",
    "enc/base64-twice.txt": lambda i, s: f"x: {b64(b64(profile(i, s)))}\n",
    "enc/data-url.html": lambda i, s: f'<a href="data:text/plain;base64,{b64(profile(i, s))}">x</a>\n',
    "enc/kubernetes.yaml": lambda i, s: f"kind: Secret\ndata:\n  id: {b64(i)}\n  secret: {b64(s)}\n",
    "enc/kubernetes.json": lambda i, s: json.dumps({"kind": "Secret", "data": {"a": b64(i), "b": b64(s)}}),
    "enc/user-data.tfstate": lambda i, s: json.dumps({"user_data": b64(f"#!/bin/sh\nexport ID={i}\nexport KEY={s}\n")}),
    "enc/gzip.txt": lambda i, s: base64.b64encode(gzip.compress(profile(i, s).encode())) + b"\n",
    "enc/zlib.txt": lambda i, s: base64.b64encode(zlib.compress(profile(i, s).encode())) + b"\n",
    "enc/powershell.ps1": lambda i, s: b"powershell -enc " + base64.b64encode(f'$id="{i}"; $key="{s}"'.encode("utf-16-le")),
    "enc/base32.txt": lambda i, s: b"x=" + base64.b32encode(profile(i, s).encode()) + b"\n",
    "enc/hex.txt": lambda i, s: f"{profile(i, s).encode().hex()}\n",
    "enc/hex-each.txt": lambda i, s: f"id={i.encode().hex()}\nkey={s.encode().hex().upper()}\n",
    "enc/percent.txt": lambda i, s: f"/?id={each('%{:02X}', i)}&key={each('%{:02X}', s)}\n",
    "enc/percent-some.txt": lambda i, s: f"https://x.example/?user%3D{i}%26key%3D{urllib.parse.quote(s, safe='')}\n",
    "enc/u.json": lambda i, s: f'{{"id": "{each(chr(92) + "u{:04x}", i)}", "key": "{each(chr(92) + "u{:04x}", s)}"}}\n',
    "enc/u-some.json": lambda i, s: json.dumps({"id": i, "key": s}).replace("+", "\\u002b").replace("/", "\\u002F"),
    "enc/slash.json": lambda i, s: json.dumps({"id": i, "key": s}).replace("/", "\\/"),
    "enc/x.c": lambda i, s: f'id = "{each(chr(92) + "x{:02x}", i)}";\nkey = "{each(chr(92) + "x{:02x}", s)}";\n',
    "enc/entities.html": lambda i, s: f"<p>{each('&#{};', i)}</p><p>{each('&#x{:X};', s)}</p>\n",
    "enc/entities-some.xml": lambda i, s: f"<id>{i}</id><key>{s.replace('/', '&#47;').replace('+', '&#43;')}</key>\n",
    "enc/codes.js": lambda i, s: f"String.fromCharCode({','.join(str(ord(char)) for char in i + ' ' + s)});\n",
    "enc/json-in-json.json": lambda i, s: json.dumps({"message": json.dumps({"env": f"ID={i}\nKEY={s}\n"})}),
    "enc/utf-16.txt": lambda i, s: profile(i, s).encode("utf-16"),
    "enc/utf-16-be.reg": lambda i, s: profile(i, s).encode("utf-16-be"),
    "enc/utf-32.txt": lambda i, s: profile(i, s).encode("utf-32"),
    "enc/qp.eml": lambda i, s: containers.mail(f"{profile(i, s)}é {'x' * 90}\n", encoding="quoted-printable"),
    "enc/base64.eml": lambda i, s: containers.mail(profile(i, s)),
}  # fmt: skip
DIVIDED: dict[str, Make] = {
    "cut/plus.py": lambda i, s: 'id = "{}" + "{}"\nkey = "{}" + "{}"\n'.format(*halves(i, 8), *halves(s, 19)),
    "cut/implicit.py": lambda i, s: 'id = ("{}"\n      "{}")\nkey = ("{}"\n       "{}")\n'.format(*halves(i, 11), *halves(s, 23)),
    "cut/plus.js": lambda i, s: "const id = '{}' +\n  '{}';\nconst key = '{}' +\n  '{}';\n".format(
        *halves(i, 10), *halves(s, 20)
    ),
    "cut/A.java": lambda i, s: 'String id = "{}"\n    + "{}";\nString key = "{}"\n    + "{}";\n'.format(
        *halves(i, 9), *halves(s, 21)
    ),
    "cut/dot.php": lambda i, s: "$id = '{}' . '{}'; $key = '{}' . '{}';\n".format(*halves(i, 7), *halves(s, 22)),
    "cut/dots.lua": lambda i, s: 'id = "{}" .. "{}"\nkey = "{}" .. "{}"\n'.format(*halves(i, 12), *halves(s, 18)),
    "cut/and.vb": lambda i, s: 'id = "{}" & _\n  "{}"\nkey = "{}" & "{}"\n'.format(*halves(i, 6), *halves(s, 17)),
    "cut/adjacent.c": lambda i, s: 'char *id = "{}" "{}";\nchar *key = "{}" "{}";\n'.format(*halves(i, 13), *halves(s, 16)),
    "cut/continued.sh": lambda i, s: "export ID={}\\\n{}\nexport KEY={}\\\n{}\n".format(*halves(i, 5), *halves(s, 24)),
    "cut/only-the-secret.py": lambda i, s: 'id = "{}"\nkey = ("{}"\n       "{}")\n'.format(i, *halves(s, 25)),
}
CONTAINERS: dict[str, Make] = {
    "box/a.gz": lambda i, s: COMPRESSED["gz"](profile(i, s).encode()),
    "box/a.bz2": lambda i, s: COMPRESSED["bz2"](profile(i, s).encode()),
    "box/a.xz": lambda i, s: COMPRESSED["xz"](profile(i, s).encode()),
    "box/a.zst": lambda i, s: COMPRESSED["zst"](profile(i, s).encode()),
    "box/a.zip": lambda i, s: containers.zipped(profile(i, s).encode()),
    "box/a.jar": lambda i, s: containers.zipped(f"aws.id={i}\naws.key={s}\n".encode(), "app.properties"),
    "box/a.tar": lambda i, s: containers.tarred(profile(i, s).encode()),
    "box/a.tgz": lambda i, s: COMPRESSED["gz"](containers.tarred(profile(i, s).encode())),
    "box/a.7z": lambda i, s: containers.sevenzip(profile(i, s).encode()),
    "box/nested.zip": lambda i, s: nested(profile(i, s).encode()),
    "box/encoded.zip": lambda i, s: containers.zipped(f"kind: Secret\na: {b64(i)}\nb: {b64(s)}\n".encode(), "secret.yaml"),
    "box/no-ending": lambda i, s: containers.zipped(profile(i, s).encode()),
    "box/a.docx": lambda i, s: containers.docx(f"The key is {i}\nand its secret\n{s}\n"),
    "box/a.xlsx": lambda i, s: containers.xlsx("Access key ID", "Secret access key", i, s),
    "box/a.pptx": lambda i, s: containers.pptx(f"Key: {i}\nSecret: {s}\n"),
    "box/a.odt": lambda i, s: containers.odt(f"Key: {i}\nSecret: {s}\n"),
    "box/a.pdf": lambda i, s: containers.pdf(f"Key: {i}\nSecret: {s}\n"),
    "box/a.sqlite": lambda i, s: containers.sqlite(name="prod", id=i, key=s),
    "box/attached.eml": lambda i, s: containers.mail("See there", attached=containers.zipped(profile(i, s).encode())),
}  # fmt: skip
FILES = {**LANGUAGES, **NOTATIONS, **ENCODINGS, **DIVIDED, **CONTAINERS}


def commit_message(repo: Repo, key: str, secret: str) -> None:
    repo.commit(f"Use the new key\n\nid {key}\nsecret {secret}\n")


def encoded_message(repo: Repo, key: str, secret: str) -> None:
    repo.commit(f"Encoded\n\n{b64(profile(key, secret))}\n")


def tag_message(repo: Repo, key: str, secret: str) -> None:
    repo.tag("v1.0", f"Release\n\nDeployed with {key} and {secret}")


def note(repo: Repo, key: str, secret: str) -> None:
    repo.git("notes", "add", "-m", f"key {key}\nsecret {secret}", "HEAD")


def stash(repo: Repo, key: str, secret: str) -> None:
    repo.write("kept", profile(key, secret))
    repo.git("stash", "push", "-q", "-u")


def dropped_stash(repo: Repo, key: str, secret: str) -> None:
    repo.write("dropped", profile(key, secret))
    repo.git("stash", "push", "-q", "-u")
    repo.git("stash", "drop", "-q")


def staged_only(repo: Repo, key: str, secret: str) -> None:
    repo.write("staged", profile(key, secret))
    repo.stage("staged")
    repo.git("rm", "-q", "--cached", "-f", "staged")
    (repo.path / "staged").unlink()


def deleted_branch(repo: Repo, key: str, secret: str) -> None:
    repo.switch("gone", create=True)
    repo.add("on-a-branch", profile(key, secret))
    repo.switch("main")
    repo.git("branch", "-q", "-D", "gone")


def amended(repo: Repo, key: str, secret: str) -> None:
    repo.add("amended", profile(key, secret))
    repo.write("amended", "nothing\n")
    repo.stage()
    repo.git("commit", "-q", "--amend", "-m", "Amended")


def removed(repo: Repo, key: str, secret: str) -> None:
    repo.add("removed.ini", profile(key, secret))
    repo.remove("removed.ini")
    repo.commit("Removed")


def merge_only(repo: Repo, key: str, secret: str) -> None:
    repo.switch("side", create=True)
    repo.add("side.txt", "side\n")
    repo.switch("main")
    repo.add("main.txt", "main\n")
    repo.git("merge", "-q", "--no-ff", "--no-commit", "side")
    repo.add("merged", profile(key, secret), "Merge")


def file_name(repo: Repo, key: str, secret: str) -> None:
    repo.add(f"dump/{key}_{secret.replace('/', '%2F')}.txt", "empty\n")


def symbolic_link(repo: Repo, key: str, secret: str) -> None:
    (repo.path / "link").symlink_to(f"s3://{key}:{secret}@bucket")
    repo.stage()
    repo.commit("A link")


def submodule_address(repo: Repo, key: str, secret: str) -> None:
    repo.add(".gitmodules", f'[submodule "x"]\n\tpath = x\n\turl = https://{key}:{secret}@git.example.com/x\n')


def versions(repo: Repo, key: str, secret: str) -> None:
    repo.add("turns.env", f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY=\n")
    repo.add("turns.env", f"AWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY={secret}\n")


def siblings(repo: Repo, key: str, secret: str) -> None:
    repo.add("app/.env", f"AWS_ACCESS_KEY_ID={key}\n")
    repo.add("app/.env.local", f"AWS_SECRET_ACCESS_KEY={secret}\n")


def large_file(repo: Repo, key: str, secret: str) -> None:
    """Beyond what is kept in memory, its halves in different windows."""
    filler = (string.ascii_lowercase + "\n") * 340_000
    repo.add("large.log", f"id {key}\n{filler}secret {secret}\n{filler}")


def reflog_message(repo: Repo, key: str, secret: str) -> None:
    repo.git("update-ref", "-m", f"deploy with {key} {secret}", "--create-reflog", "refs/heads/logged", "HEAD")


def branch_name(repo: Repo, key: str, secret: str) -> None:
    """Its secret has no sign that a name must not have."""
    repo.branch(f"deploy/{key}/{secret}")


def author_name(repo: Repo, key: str, secret: str) -> None:
    repo.commit("By somebody", GIT_AUTHOR_NAME=f"{key} {secret}")


GIT: dict[str, Callable[[Repo, str, str], None]] = {
    "a commit message": commit_message,
    "an encoded commit message": encoded_message,
    "a tag's message": tag_message,
    "a note": note,
    "a stash": stash,
    "a dropped stash": dropped_stash,
    "staged and never committed": staged_only,
    "a deleted branch": deleted_branch,
    "an amended commit": amended,
    "a removed file": removed,
    "a merge alone": merge_only,
    "a file's name": file_name,
    "a symbolic link": symbolic_link,
    "a submodule's address": submodule_address,
    "two versions of a file": versions,
    "two files of a folder": siblings,
    "a large file": large_file,
    "a reflog": reflog_message,
    "a branch's name": branch_name,
    "an author's name": author_name,
}
