"""Made-up text: lines of code, log lines, a token, repositories. The same seed gives the same text.

No token stands here: it is built when asked for.
"""

from __future__ import annotations

import os
import random
import zlib
from typing import TYPE_CHECKING

from measure import git

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOUNS = (  # noqa: SIM905 - ninety words with quotes and commas are hard to read
    "account address archive batch buffer bucket cache channel client cluster column command config container cursor document "
    "domain event field filter folder handler header image index invoice job key label layer limit listener member message "
    "metric model module node number object offset order packet page parser payload pipeline plugin policy price process "
    "product profile project queue record region report request resource response result role route rule schema segment "
    "server service session signal source stage status storage stream table target task template tenant thread ticket "
    "topic user value vector version volume window worker zone"
).split()
_VERBS = (  # noqa: SIM905 - as above
    "add apply build check close collect compare compute convert copy count create decode delete encode fetch filter find flush "
    "format get handle insert join load lock merge move open parse publish query read release remove render reset resolve "
    "restore retry run save scan send set sort split start stop store sync update validate wait write"
).split()
_CODE = (
    "def {v}_{n}({m}, {k}=None):",
    "    {n} = self.{v}_{m}({k}, limit={d})",
    "    if not {n}.{m} or len({k}) > {d}:",
    '        raise ValueError(f"no {n} for {{{m}}}")',
    "    # {v} the {n} before the {m} changes, see #{d}",
    '    {n}_{m} = os.environ.get("{N}_{M}", "{k}")',
    '    url = f"https://{n}.example.com/api/v{e}/{m}s/{{{k}_id}}"',
    "    return [{n}.{m} for {n} in {k}s if {n}.{v}()]",
    "        logger.info('%s %s in %d ms', {n}.name, {m}, {d})",
    "    except {k}.{M}Error as error:",
    "    assert {v}_{n}({m}, {d}) == {{'{k}': {e}, '{n}': None}}",
    "class {M}{n}(Base):",
    '    """Give the {n} of a {m}; {v} it first."""',
    "    with open(os.path.join(self.{n}_dir, '{m}.{k}.json')) as handle:",
    "            {n}[{m}] += {d} * self.{k}_weight",
    "",
)
# Lines with the words that scanners look for. None holds a secret. In ansible, git and rails such words
# stand in 0.6 to 1.5 of 100 lines; here in 2.
_TOUCHY = (
    '    headers = {{"Authorization": f"Bearer {{{n}_token}}", "X-Request-Id": str({m}_id)}}',
    '    password = getpass("{n} password: ")',
    '    api_key = settings["{n}"]["api_key"]',
    "    secret = load_secret(name='{n}-{m}', version={e})",
    "    {n}.auth_token = {m}.{v}_token(request.{k}, timeout={d})",
)
_TOUCHY_SHARE = 0.02
_LOG = "2026-{a:02}-{b:02}T{c:02}:{f:02}:{g:02}.{d:03}Z INFO  [{n}-{e}] {m}.{k}: {v} {n} id={d} status=200 size={h} took={g}ms"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def code(seed: int) -> Iterator[str]:
    """Lines of code without end."""
    source = random.Random(seed)
    while True:
        n, m, k = source.sample(_NOUNS, 3)
        d, e = source.randrange(10000), source.randrange(10)
        line = source.choice(_TOUCHY if source.random() < _TOUCHY_SHARE else _CODE)
        yield line.format(n=n, m=m, k=k, v=source.choice(_VERBS), N=n.upper(), M=m.upper(), d=d, e=e)


def log(seed: int) -> Iterator[str]:
    """Lines of a log without end."""
    source = random.Random(seed)
    while True:
        n, m, k = source.sample(_NOUNS, 3)
        numbers = {name: source.randrange(low, high) for name, low, high in _LOG_RANGES}
        yield _LOG.format(n=n, m=m, k=k, v=source.choice(_VERBS), **numbers)


_LOG_RANGES = (
    ("a", 1, 13), ("b", 1, 29), ("c", 0, 24), ("f", 0, 60), ("g", 0, 60), ("d", 0, 1000), ("e", 0, 32), ("h", 100, 90000),
)  # fmt: skip


def text(lines: Iterator[str], count: int) -> bytes:
    """So many of the lines."""
    return "".join(f"{next(lines)}\n" for _ in range(count)).encode()


def blocks(lines: Iterator[str], total: int) -> Iterator[bytes]:
    """About `total` bytes of lines, quickly: one block again and again, each time with other digits, so that lines differ."""
    block = text(lines, 60_000)
    digits = random.Random(total)
    while total > 0:
        yield block[:total]
        total -= len(block)
        block = block.translate(bytes.maketrans(b"0123456789", bytes(digits.sample(b"0123456789", 10))))


def token(seed: int) -> str:
    """A GitHub token that never was one: random, but with the right checksum, so that each scanner has to find it."""
    source = random.Random(seed)
    body = "".join(source.choices(_ALPHABET, k=30))
    number = zlib.crc32(body.encode())
    check = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = _ALPHABET[digit] + check
    return f"ghp_{body}{check}"


def small_repository(path: str) -> None:
    """A repository with 30 files of code in one commit."""
    os.makedirs(path)
    git("init", "-q", ".", cwd=path)
    _identity(path)
    for number in range(30):
        folder = os.path.join(path, f"part{number % 3}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"module{number}.py"), "wb") as file:
            file.write(text(code(number), 150))
    git("add", ".", cwd=path)
    git("commit", "-q", "-m", "Start", cwd=path)


def clone(source: str, path: str) -> None:
    """A repository that shares the objects of another and has its files checked out."""
    git("clone", "-q", "-s", os.path.abspath(source), path, cwd=os.path.dirname(path))
    _identity(path)


def _identity(path: str) -> None:
    """Everybody who commits has one, and a peer makes a commit of what is staged: without an identity it finds nothing."""
    git("config", "user.name", "Benchmark", cwd=path)
    git("config", "user.email", "benchmark@example.invalid", cwd=path)


def stage(path: str, lines: int, *, secret: bool = False) -> list[str]:
    """Stage so many new lines at the end of existing files (one to five); their names. What was staged before is undone."""
    git("reset", "-q", "--hard", cwd=path)
    names = [name for name in git("ls-files", "-z", cwd=path).decode(errors="surrogateescape").split("\0") if name]
    suffixes = [os.path.splitext(name)[1] for name in names if name.endswith((".py", ".c", ".rb", ".go", ".js", ".java", ".rs"))]
    most = max(sorted(set(suffixes)), key=suffixes.count)
    sizes = {name: os.path.getsize(os.path.join(path, name)) for name in names if name.endswith(most)}
    ordinary = sorted(name for name, size in sizes.items() if 2_000 <= size <= 40_000)
    chosen = random.Random(lines).sample(ordinary, min(5, -(-lines // 40)))
    added = code(lines)
    for number, name in enumerate(chosen):
        share = lines // len(chosen) + (number < lines % len(chosen))
        more = text(added, share - (secret and number == 0))
        if secret and number == 0:
            more += f'    token = "{token(lines)}"\n'.encode()
        with open(os.path.join(path, name), "ab") as file:
            file.write(more)
    git("add", "--", *chosen, cwd=path)
    git("update-index", "-q", "--refresh", cwd=path)
    return chosen
