"""Files made to be slow: how the time grows from 300 kB to four times as much.

    python benchmarks/hostile.py [KIND...]

Each kind has something at every step that a scanner has to look at. Where the time grows sixteenfold and not fourfold, somebody
goes through the whole text for each value in it, and a file of a few megabytes stops a pipeline.
"""

from __future__ import annotations

import base64
import io
import json
import os
import random
import tarfile
import zipfile
from itertools import count
from typing import TYPE_CHECKING

import corpus
import measure
import peers

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE, TIMES = 300_000, 4  # bytes of the small file, and how many times larger the large one is
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SOURCE = random.Random(5)


def some(count: int, letters: str = LETTERS) -> str:
    return "".join(SOURCE.choices(letters, k=count))


def key_id() -> str:
    """Of AWS: what it begins with is put together here, so that it stands nowhere."""
    return f"AK{'IA'}{some(16, BASE32)}"


def each(entry: Callable[[], str]) -> Callable[[int], bytes]:
    """One entry behind the other, up to a size."""

    def text(size: int) -> bytes:
        parts: list[str] = []
        while size > 0:
            parts.append(entry())
            size -= len(parts[-1])
        return "".join(parts).encode()

    return text


def behind_an_id(rest: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """The other half of a pair is looked for in all of the rest, decoded in every way."""
    return lambda size: f"{key_id()}\n".encode() + rest(size)


def members(size: int, pack: Callable[[list[tuple[str, bytes]]], bytes], each_takes: int) -> bytes:
    """A container of as many tiny members as make up a size, a token in each hundredth."""
    texts = (f"token = {corpus.token(SOURCE.randrange(50))}\n" if number % 100 == 0 else "x\n" for number in count())
    return pack([(f"{number}.txt", text.encode()) for number, text in zip(range(size // each_takes), texts, strict=False)])


def tar(files: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def notebook(size: int) -> bytes:
    """One cell with a line of output for each token."""
    lines = [f"{some(8)} token = {corpus.token(SOURCE.randrange(50))}\n" for _ in range(size // 80)]
    return json.dumps({"cells": [{"cell_type": "code", "outputs": [{"text": lines}]}]}, indent=1).encode()


def steps(size: int) -> bytes:
    """Blocks of YAML within blocks: each line is indented deeper than the one before."""
    return b"".join(b" " * depth + b"password:\n" for depth in range(int((2 * size) ** 0.5)))


def words(size: int) -> bytes:
    return each(lambda: f"the password of a {some(5).lower()}, the secret_ of a key and what api_key means\n")(size)


KINDS: dict[str, Callable[[int], bytes]] = {
    "assignments": each(lambda: f"key={some(20)}\n"),
    "passwords": each(lambda: f'password: "{some(12)}"\n'),
    "tokens": each(lambda: f"token = {corpus.token(SOURCE.randrange(50))}\n"),
    "tokens in one line": each(lambda: f'"{corpus.token(SOURCE.randrange(50))}",'),
    "ids of AWS": each(lambda: f"id = {key_id()}\n"),
    "ids of AWS in one line": each(lambda: f"{key_id()},"),
    "pairs of AWS": each(lambda: f"{key_id()} {some(40)}\n"),
    "ids, then secrets": lambda size: each(lambda: f"{key_id()}\n")(size // 2) + each(lambda: f"{some(40)}\n")(size // 2),
    "rows of SQL": lambda size: (
        b"INSERT INTO users (name, password) VALUES " + each(lambda: f"('{some(6)}','{some(10)}'),")(size)
    ),
    "rows of CSV": lambda size: b"user,password,group\n" + each(lambda: f"{some(6)},{some(10)},x\n")(size),
    "URLs": each(lambda: f"https://{some(6)}:{some(12)}@{some(6).lower()}.example.org/\n"),
    "headers": each(lambda: f"Authorization: Bearer {some(40)}\n"),
    "state of Terraform": lambda size: (
        b'{"instances": [' + each(lambda: f'{{"attributes": {{"password": "{some(12)}"}}}},')(size)
    ),
    "Secrets of Kubernetes": lambda size: (
        b"kind: Secret\ndata:\n" + each(lambda: f"  k: {base64.b64encode(some(12).encode()).decode()}\n")(size)
    ),
    "key blocks without an end": each(lambda: f"-----BEGIN RSA PRIVATE KEY-----\n{some(64)}\n{some(64)}\n"),
    "lists of strings": each(lambda: f'["{some(4)}", "{some(4)}", "{some(4)}"],\n'),
    "JSON": lambda size: json.dumps({some(8): some(20) for _ in range(size // 34)}).encode(),
    "random base64": lambda size: base64.encodebytes(SOURCE.randbytes(size * 3 // 4)),
    "words in base64": lambda size: base64.b64encode(words(size * 3 // 4)),
    "words in base64, in lines": lambda size: base64.encodebytes(words(size * 3 // 4)),
    "an id and base64": behind_an_id(lambda size: base64.b64encode(SOURCE.randbytes(size * 3 // 4))),
    "an id and hex": behind_an_id(lambda size: SOURCE.randbytes(size // 2).hex().encode()),
    "an id and quotes": behind_an_id(lambda size: b'"' * size),
    "an id and backslashes": behind_an_id(lambda size: b"\\" * size),
    "an id and escapes": behind_an_id(lambda size: b"\\x41" * (size // 4)),
    "an id and percents": behind_an_id(lambda size: b"%41" * (size // 3)),
    "an id and pieces": behind_an_id(each(lambda: f'"{some(4)}" + ')),
    "an id and brackets": behind_an_id(lambda size: b"[" * size),
    "an id and empty lines": behind_an_id(lambda size: b"\n" * size),
    "objects in objects": lambda size: b'{"password":' * (size // 12),
    "elements in elements": lambda size: b"<password>" * (size // 10),
    "blocks in blocks": steps,
    "heads of keys in one line": lambda size: b"-----BEGIN RSA PRIVATE KEY-----" * (size // 31),
    "UTF-16": lambda size: each(lambda: f'password: "{some(12)}"\r\n')(size // 2).decode().encode("utf-16"),
    "a notebook": notebook,
    "pragmas": each(lambda: f'password = "{some(12)}"  # leakstop: allow\n'),
    "ids with pragmas, then secrets": lambda size: (
        each(lambda: f"{key_id()}  # leakstop: allow\n")(size // 2) + each(lambda: f"{some(40)}\n")(size // 2)
    ),
    "a tar of tiny files": lambda size: members(size, tar, 1024),
    "a zip of tiny files": lambda size: members(size, zipped, 120),
    "an id and names": behind_an_id(each(lambda: f'a{some(3)} = "{some(20)}"\nb = a + a\n')),
}


def main() -> None:
    parser = measure.options(__doc__.partition("\n")[0], runs=1)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"default: all of them ({', '.join(KINDS)})")
    options = parser.parse_args()
    print(f"## Files made to be slow\n\n{measure.machine()}\n")
    (ours,) = peers.find(options.leakstop, [], [name for name in peers.PEERS if name != peers.LEAKSTOP], "tree")
    heads = f"text, CPU for {measure.size(SIZE)}, for {TIMES} times as much, ratio, findings in the small one (distinct)".split(
        ", "
    )
    print(f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
    with measure.scratch() as folder:
        env = measure.environment(os.path.join(folder, "home"))
        for kind in options.kinds or KINDS:
            cases = []
            for size in (SIZE, SIZE * TIMES):
                path = os.path.join(folder, f"{size}.txt")
                with open(path, "wb") as file:
                    file.write(KINDS[kind](size))
                cases.append(ours.case("tree", path, env)._replace(name=measure.size(size)))
            measure.say(kind)
            count = peers.count(ours, cases[0], folder, options.timeout)  # warms the caches, too
            usages = measure.compare(cases, options.runs, timeout=options.timeout, warm=False)
            small, large = (measure.median(found, "cpu") for found in usages.values())
            measure.say("")
            cells = [kind, measure.seconds(small), measure.seconds(large), f"{large / small:.1f}", str(count)]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
