"""What the tests share: real repositories, the real command, and made-up secrets that the real rules find.

Import it as `import helpers` or `from helpers import Repo, fake, run_cli`: pytest puts `tests/` on the path (see pyproject.toml).
The folders under `tests/` have no `__init__.py`, so that none of them hides an installed package of the same name.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import random
import string
import subprocess
import sys
import zlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import leakstop
from leakstop import store
from leakstop.detect.language.entropy import random_looking
from leakstop.rules.load import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

PACKAGE_PARENT = os.path.dirname(os.path.dirname(os.path.abspath(leakstop.__file__)))
CHECKOUT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# What a developer's or a CI machine's environment may hold and no test may depend on.
SCRUBBED_PREFIXES = (
    "GIT_",
    "AWS_",
    "LEAKSTOP_",
    "GITHUB_",
    "GITLAB_",
    "GL_",
    "CI_",
    "PRE_COMMIT",
    "BETTERLEAKS_",
    "GITLEAKS_",
    "XDG_",
    "SSH_",
)
SCRUBBED = (
    "CI",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "PAGER",
    "EDITOR",
    "VISUAL",
    "LANGUAGE",
    "PYTHONWARNINGS",
)
FIRST_COMMIT = 1_767_225_600  # 2026-01-01T00:00:00Z; each further commit is a minute later


def scrub(environ: MutableMapping[str, str], home: str) -> None:
    """Make an environment neutral: no GIT_*, no CI service, no credentials, an empty home, C locale, no way out to the network.

    CI stays set, so that no process is left behind (see `detect.background`).
    """
    for name in [name for name in environ if name.startswith(SCRUBBED_PREFIXES) or name in SCRUBBED]:
        del environ[name]
    environ.update(
        HOME=home,
        USERPROFILE=home,
        GIT_CONFIG_NOSYSTEM="1",
        GIT_DEFAULT_HASH="sha1",
        GIT_DEFAULT_REF_FORMAT="files",
        GIT_TERMINAL_PROMPT="0",
        CI="true",
        LC_ALL="C.UTF-8",
        TERM="dumb",
        TZ="UTC",
        AWS_EC2_METADATA_DISABLED="true",
        HTTP_PROXY="http://127.0.0.1:9",
        HTTPS_PROXY="http://127.0.0.1:9",
        NO_PROXY="127.0.0.1,localhost",
    )


class Result(NamedTuple):
    """What a command gave. The streams are text; bytes that are not UTF-8 stay visible as surrogates."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def run_cli(
    *args: str | bytes | os.PathLike[str],
    cwd: str | bytes | os.PathLike[str],
    input: bytes | str | None = None,  # noqa: A002 - as subprocess names it
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
    through: tuple[str, ...] = (),
    stdout: int | BinaryIO = subprocess.PIPE,
) -> Result:
    """Run `leakstop ARGS` in a process of its own, with the scrubbed environment of the test process and `env` on top.

    The package is the one that this process imports; `-P` keeps a folder `leakstop` in `cwd` from being taken for it. `through`
    is a command that starts the one that follows it, such as UNPRIVILEGED. What goes to another `stdout` is not in the result.
    """
    environ = {**os.environ, "PYTHONPATH": PACKAGE_PARENT, **(env or {})}
    done = subprocess.run(
        [*through, sys.executable, "-P", "-m", "leakstop", *args],
        cwd=cwd,
        env=environ,
        input=input.encode() if isinstance(input, str) else (input or b""),
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=timeout,
        check=False,
    )
    _forget_wishes()
    return Result(done.returncode, *((text or b"").decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr)))


def _forget_wishes() -> None:
    """A database is made when it is missed for the second time, which takes seconds: not for rules that a test makes up."""
    for wish in Path(store.folder()).glob("*-wanted"):
        if _builtin_key() not in wish.name:
            wish.unlink(missing_ok=True)


@cache
def _builtin_key() -> str:
    ready = load().ready
    assert ready is not None
    return ready.key


def unread_pipe() -> BinaryIO:
    """For run_cli(stdout=…): a pipe whose reader has gone away, as in `leakstop … | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    return open(writer, "wb")


def start_cli(
    *args: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Start `leakstop ARGS` as run_cli does, and do not wait for it: whoever starts it ends it."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "leakstop", *args],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": PACKAGE_PARENT, **(env or {})},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def starter(preparation: str) -> tuple[str, ...]:
    """A command that runs some Python and then becomes the command that follows it."""
    return (sys.executable, "-c", f"import os, sys; {preparation}; os.execv(sys.argv[1], sys.argv[1:])")


# For run_cli(through=…): permissions bind this process even if it is root's (Linux: no CAP_DAC_OVERRIDE, no CAP_DAC_READ_SEARCH).
UNPRIVILEGED = starter("import ctypes; libc = ctypes.CDLL(None); [libc.prctl(24, number, 0, 0, 0) for number in (1, 2)]")
# No file can grow: every write fails as on a full disk.
FULL_DISK = starter("import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))")


@cache
def knows_reftable() -> bool:
    """Whether git can keep refs in the reftable format."""
    return b"--ref-format" in subprocess.run(["git", "init", "-h"], capture_output=True, check=False).stdout


class Repo:
    """A real git repository in a folder. Commits have a fixed identity and dates, so ids are the same in every run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = FIRST_COMMIT

    @classmethod
    def init(cls, path: Path, *options: str) -> Repo:
        """Create a repository (`--bare`, `--object-format=sha256`, … as options) whose first branch is main."""
        path.mkdir(parents=True, exist_ok=True)
        repo = cls(path)
        repo.git("init", "-q", "-b", "main", *options)
        return repo

    def clone(self, path: Path, *options: str) -> Repo:
        """Clone into `path`; a URL of the file scheme, so that --depth and --filter are obeyed."""
        self.git("clone", "-q", *options, self.path.absolute().as_uri(), path)
        copy = Repo(path)
        copy.clock = self.clock
        return copy

    def git(
        self,
        *args: str | bytes | os.PathLike[str],
        input: bytes | None = None,  # noqa: A002 - as subprocess names it
        check: bool = True,
        **env: str,
    ) -> bytes:
        """Run git here and give its standard output; a failure shows what git said. Keywords are environment variables."""
        stamp = f"{self.clock} +0000"
        identity = {
            "GIT_AUTHOR_NAME": "Ada Author",
            "GIT_AUTHOR_EMAIL": "ada@example.com",
            "GIT_AUTHOR_DATE": stamp,
            "GIT_COMMITTER_NAME": "Cem Committer",
            "GIT_COMMITTER_EMAIL": "cem@example.com",
            "GIT_COMMITTER_DATE": stamp,
        }
        # No garbage collection behind the test's back; file URLs allowed for clones and submodules; line ends untouched.
        config = (
            "gc.auto=0",
            "maintenance.auto=false",
            "protocol.file.allow=always",
            "core.autocrlf=false",
            "commit.gpgSign=false",
        )
        options = [part for pair in config for part in ("-c", pair)]
        done = subprocess.run(
            ["git", *options, *args],
            cwd=self.path,
            env={**os.environ, **identity, **env},
            input=input or b"",
            capture_output=True,
            check=False,
        )
        if check and done.returncode:
            message = f"git {args!r} gave {done.returncode}: {done.stderr.decode('utf-8', 'replace')}"
            raise AssertionError(message)
        return done.stdout

    def write(self, path: str | bytes, content: str | bytes) -> Path:
        """Write a file of the working tree, making its folders. Paths are relative; bytes for names that are not UTF-8."""
        target = self.path / os.fsdecode(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def remove(self, *paths: str | bytes) -> None:
        """`git rm`: from index and working tree."""
        self.git("rm", "-q", "-r", "--", *paths)

    def stage(self, *paths: str | bytes) -> None:
        """`git add` of the paths, of everything if there are none; ignored files too."""
        self.git("add", "-f", "--", *paths) if paths else self.git("add", "-A")

    def commit(self, msg: str = "A change", **env: str) -> str:
        """Commit what is staged (nothing is fine) and give the commit's id. Keywords override identity and dates."""
        self.clock += 60
        self.git(
            "commit",
            "-q",
            "--allow-empty",
            "--allow-empty-message",
            "--cleanup=verbatim",
            "--no-verify",
            "-F",
            "-",
            input=msg.encode(),
            **env,
        )
        return self.rev()

    def add(self, path: str | bytes, content: str | bytes, msg: str = "A change") -> str:
        """Write, stage and commit one file; the commit's id."""
        self.write(path, content)
        self.stage(path)
        return self.commit(msg)

    def branch(self, name: str, start: str = "HEAD") -> None:
        """Create a branch without switching to it."""
        self.git("branch", name, start)

    def switch(self, name: str, *, create: bool = False) -> None:
        """Switch to a branch."""
        self.git("switch", "-q", *(["-c"] if create else []), name)

    def merge(self, *names: str, msg: str = "Merge", check: bool = True, options: tuple[str, ...] = ()) -> str:
        """Merge branches with a merge commit; with `check=False` conflicts are left in the index. The id of HEAD."""
        self.clock += 60
        self.git("merge", "-q", "--no-ff", "-m", msg, *options, *names, check=check)
        return self.rev()

    def tag(self, name: str, message: str | None = None, target: str = "HEAD") -> None:
        """A lightweight tag, or an annotated one when there is a message."""
        self.git("tag", *(["-m", message] if message is not None else []), name, target)

    def rev(self, name: str = "HEAD") -> str:
        """The object id that a revision names."""
        return self.git("rev-parse", "--verify", name).decode().strip()


# ---- made-up secrets

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
HEX = "0123456789abcdef"


def fake(kind: str, seed: int = 0) -> str:
    """A made-up secret of a kind in FAKES: right prefix, alphabet, length and checksum; the same for the same seed.

    Built when the test runs, so that nothing which looks alive stands in the repository.
    """
    return FAKES[kind](random.Random(f"{kind}/{seed}"))


def made(size: int, alphabet: str = BASE62, seed: int = 0) -> str:
    """A value from a random generator that looks random, never written down; the same for the same arguments."""
    rng = random.Random(f"{size}/{alphabet}/{seed}")
    drawn = (_chars(rng, alphabet, size) for _ in range(1000))
    return next(value for value in drawn if random_looking(value.encode()))


def numbered(count: int) -> str:
    """Lines that hold 1, 2, …"""
    return "".join(f"{number}\n" for number in range(1, count + 1))


def base62_crc(text: str) -> str:
    """CRC-32 of `text` as six base62 digits, as GitHub and npm end their tokens."""
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits


def _chars(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choices(alphabet, k=length))


def _checked(prefix: str) -> Callable[[random.Random], str]:
    def make(rng: random.Random) -> str:
        body = _chars(rng, BASE62, 30)
        return prefix + body + base62_crc(body)

    return make


def _aws_id(prefix: str) -> Callable[[random.Random], str]:
    """Ids of today's layout: a flag bit, 40 bits of account number, 39 random bits, in base32."""

    def make(rng: random.Random) -> str:
        bits = (1 << 79) | (rng.randrange(10**11, 10**12) << 39) | rng.getrandbits(39)
        return prefix + base64.b32encode(bits.to_bytes(10, "big")).decode()

    return make


def _aws_secret(rng: random.Random) -> str:
    """40 base64 characters with upper case, lower case and digits, as all real ones have."""
    while True:
        value = base64.b64encode(rng.randbytes(30)).decode()
        if any(map(str.isupper, value)) and any(map(str.islower, value)) and any(map(str.isdigit, value)):
            return value


def _aws_session_token(rng: random.Random) -> str:
    return base64.b64encode(b"\x21\x0a\x09origin_ec" + rng.randbytes(255)).decode()


def _jwt(rng: random.Random) -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    header = json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode()
    claims = json.dumps({"sub": _chars(rng, HEX, 24), "iat": FIRST_COMMIT, "role": "admin"}, separators=(",", ":")).encode()
    return ".".join(map(part, (header, claims, rng.randbytes(32))))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    length = bytes([size]) if size < 128 else bytes([0x80 | len(raw)]) + raw
    return bytes([tag]) + length + content


def _rsa_key(rng: random.Random) -> str:
    """A PEM block whose body is DER of the right structure; its numbers are random, so it is no working key."""

    def integer(size: int) -> bytes:
        return _der(2, b"\x00" + bytes([rng.randrange(128, 256)]) + rng.randbytes(size - 1))

    body = _der(
        0x30, _der(2, b"\0") + integer(256) + _der(2, b"\1\0\1") + integer(256) + b"".join(integer(128) for _ in range(5))
    )
    text = base64.b64encode(body).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN RSA " + "PRIVATE KEY-----", *lines, "-----END RSA " + "PRIVATE KEY-----"])


def _pypi(rng: random.Random) -> str:
    return "pypi-" + base64.urlsafe_b64encode(b"\x02\x01\x08pypi.org" + rng.randbytes(130)).decode().rstrip("=")


FAKES: dict[str, Callable[[random.Random], str]] = {
    "aws-id": _aws_id("AKIA"),
    "aws-session-id": _aws_id("ASIA"),
    "aws-secret": _aws_secret,
    "aws-session-token": _aws_session_token,
    "github-pat": _checked("ghp_"),
    "github-oauth": _checked("gho_"),
    "npm": _checked("npm_"),
    "pypi": _pypi,
    "jwt": _jwt,
    "private-key": _rsa_key,
    "hex32": lambda rng: _chars(rng, HEX, 32),
    "uuid": lambda rng: "-".join(binascii.hexlify(rng.randbytes(size)).decode() for size in (4, 2, 2, 2, 6)),
    "password": lambda rng: _chars(rng, BASE62, 24),
}
