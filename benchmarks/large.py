"""Bounded memory: a file of 300 MB, one of a single line, and a repository with a pack of 1 GB, all made here.

    python benchmarks/large.py

Each holds tokens (three in the files, one of them at the very end), so that who reads only a part is seen to find less.
"""

from __future__ import annotations

import base64
import os
import random
import subprocess
from typing import TYPE_CHECKING, BinaryIO

import corpus
import measure
import peers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MILLION = 1_000_000


def main() -> None:
    parser = measure.options(__doc__.partition("\n")[0], runs=1)
    parser.add_argument("--file-mb", type=int, default=300, metavar="MB", help="size of the files (default: 300)")
    parser.add_argument("--pack-mb", type=int, default=1000, metavar="MB", help="size of the pack, about (default: 1000)")
    options = parser.parse_args()
    print(f"## Large inputs\n\n{measure.machine()}")
    with measure.scratch() as folder:
        for title, name, ends in (("lines of code", "code.py", True), ("a single line", "line.txt", False)):
            path = os.path.join(folder, name)
            _file(path, options.file_mb * MILLION, ends)
            print(f"\n### {options.file_mb} MB in one file, {title}, 3 tokens")
            _one("tree", path, folder, options)
            os.unlink(path)
        path = os.path.join(folder, "repository")
        tokens, contents, largest = _repository(path, options.pack_mb * MILLION)
        packs = os.path.join(path, "objects", "pack")
        size = sum(entry.stat().st_size for entry in os.scandir(packs) if entry.name.endswith(".pack"))
        blobs = f"{measure.size(contents)} of blobs, the largest {measure.size(largest)}"
        print(f"\n### A pack of {measure.size(size)} ({blobs}), {tokens} tokens")
        _one("history", path, folder, options)


def _file(path: str, size: int, ends: bool) -> None:
    """Code, with a token after a third, after two thirds and at the end."""
    with open(path, "wb") as file:
        for number in range(3):
            parts = corpus.blocks(corpus.code(number), size // 3)
            file.writelines(parts if ends else (part.replace(b"\n", b" ") for part in parts))
            file.write(f' token = "{corpus.token(number)}" '.encode())


def _repository(path: str, size: int) -> tuple[int, int, int]:
    """A bare repository whose pack has about `size` bytes; how many tokens it holds, the bytes of its blobs and of the largest.

    Two fifths of the pack are random bytes, two fifths base64 of such, the rest comes from logs that take five
    times that when read.
    """
    measure.git("init", "-q", "--bare", path, cwd=os.path.dirname(path))
    importing = ["git", "-c", "core.compression=1", "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--depth=0"]
    total = tokens = largest = 0
    with subprocess.Popen(importing, cwd=path, stdin=subprocess.PIPE) as process:
        for number, (name, content) in enumerate(_contents(size)):
            text = b"".join(content)
            if not name.endswith(".bin"):
                text += f'\ntoken = "{corpus.token(number)}"\n'.encode()
                tokens += 1
            total += len(text)
            largest = max(largest, len(text))
            _commit(process.stdin, number, name, text)
    if process.returncode:
        raise SystemExit("git fast-import failed")
    return tokens, total, largest


def _contents(size: int) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Names and contents of the blobs, each of one to 128 MB."""
    source = random.Random(size)
    left = {"bin": size * 2 // 5, "b64": size * 8 // 15, "log": size}
    large = min(128 * MILLION, size // 4)
    for number in range(10**9):
        kind = max(left, key=left.__getitem__)
        if left[kind] <= 0:
            return
        length = min(large if number < 3 else source.randrange(1, 17) * MILLION, left[kind])
        left[kind] -= length
        match kind:
            case "bin":
                content: Iterable[bytes] = [source.randbytes(length)]
            case "b64":
                content = [base64.encodebytes(source.randbytes(length * 3 // 4))]
            case _:
                content = corpus.blocks(corpus.log(number), length)
        yield f"part{number % 7}/{number}.{kind}", content


def _commit(stream: BinaryIO, number: int, name: str, text: bytes) -> None:
    message = b"Add a file"
    head = f"commit refs/heads/main\ncommitter B <b@example.invalid> {1_700_000_000 + number} +0000\ndata {len(message)}\n"
    stream.write(head.encode() + message + f"\nM 100644 inline {name}\ndata {len(text)}\n".encode())
    stream.write(text)
    stream.write(b"\n")


def _one(work: str, place: str, folder: str, options) -> None:
    env = measure.environment(os.path.join(folder, "home"))
    tools = peers.find(options.leakstop, options.peers, options.without, work)
    rows = []
    for tool in tools:
        case = tool.case(work, place, env)
        measure.say(f"{tool.name}, counting")
        count = peers.count(tool, case, folder, options.timeout)
        usages = measure.compare([case], options.runs, timeout=options.timeout, warm=False)[tool.name]
        if usages[-1].failure:
            rows.append([tool.name, usages[-1].failure, *[measure.NONE] * 3, str(count)])
            continue
        measure.say(f"{tool.name}, memory")
        memory = measure.run(case, timeout=options.timeout, memory=True)
        times = [measure.seconds(measure.median(usages)), measure.seconds(measure.median(usages, "cpu"))]
        rows.append(
            [tool.name, *times, measure.size(memory.peak), measure.size(memory.own) if memory.own else measure.NONE, str(count)]
        )
    measure.say("")
    measure.table(["", "time", "CPU", "peak memory", "of it not files", "findings (distinct)"], rows)


if __name__ == "__main__":
    main()
