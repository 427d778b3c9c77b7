"""Halves whose names say that they belong together: `PROD_AWS_KEY` and `PROD_AWS_SECRET`, in whatever order they stand."""

from __future__ import annotations

from leakstop.expressions import expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leakstop.detect.pairs.within import Half

_BEFORE = 80  # bytes before a value in which its name stands
_NAME = expression(rb"([A-Za-z][A-Za-z0-9_.\-]{0,60})[\"'\]]{0,2}[ \t]{0,8}(?::=|=>|->|\?=|[:=>])[ \t]{0,8}[\"'`]{0,3}\Z")
_DIGEST = expression(
    rb"(?i)(?:checksum|digest|integrity|etag|sha-?[0-9]{0,3}|md5|hash|crc32?|fingerprint|thumbprint|commit|rev(?:ision)?|signature"
    rb"|salt|iv|nonce)\Z"
)
_SECRET = expression(rb"(?i)secret|passw|private|access_?key|(?:^|[_.\-])(?:sk|key|pw|pwd)\Z|Key\Z")
# What opens a block: a key of YAML or JSON with nothing behind it, a block of HCL, a section of INI or TOML.
_BLOCK = expression(
    rb"[ \t]*-?[ \t]*[\"']?([A-Za-z][\w .\"\-]{0,60}?)[\"']?[ \t]*(?::[ \t]*[{\[]?|=?[ \t]*\{)[ \t]*\r?\Z"
    rb"|[ \t]*\[+([^\]\n]{1,60})\]+[ \t]*\r?\Z"
)
_ABOVE = 4096  # bytes above a value in which the blocks that it is in begin
_BLOCKS = 6  # that are asked, from the innermost
_WORD = expression(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
# What tells which half a value is, and not which pair it is of.
_COMMON = frozenset(
    b"aws amazon s3 access secret secrets key keys id ids kid sk ak pw pass password user username name value token client app"
    b" api credential credentials cred creds auth".split()
)


def alike(text: bytes, leads: Sequence[Half], secrets: Sequence[Half]) -> dict[bytes, Half]:
    """Which of several ids belongs to which secret value, as far as words in both their names tell."""
    ids, keys = ([_words(text, half.at) for half in halves] for halves in (leads, secrets))
    once = _once(ids) & _once(keys)
    lead_of = dict(zip(ids, leads, strict=True))
    return {secret.value: lead_of[words] for words, secret in zip(keys, secrets, strict=True) if words in once}


def _once(names: Sequence[frozenset[bytes] | None]) -> set[frozenset[bytes] | None]:
    """The words that one name alone is made of."""
    seen: set[frozenset[bytes] | None] = set()
    again: set[frozenset[bytes] | None] = {None}
    for words in names:
        (again if words in seen else seen).add(words)
    return seen - again


def ranked(text: bytes, halves: Sequence[Half]) -> tuple[list[Half], list[Half], list[Half]]:
    """Values of a secret's shape by what their names say: a secret, nothing, a digest."""
    tiers: tuple[list[Half], list[Half], list[Half]] = ([], [], [])
    for half in halves:
        found = _NAME.search(text, max(0, half.at - _BEFORE), half.at)
        name = found[1] if found else b""
        tiers[0 if _SECRET.search(name) else 2 if _DIGEST.search(name) else 1].append(half)
    return tiers


def _words(text: bytes, at: int) -> frozenset[bytes] | None:
    """The words of a value's name, and of the blocks that it is in, that tell its pair; None without a name."""
    name = _NAME.search(text, max(0, at - _BEFORE), at)
    if not name:
        return None
    names = b" ".join((name[1], *_blocks(text, name.start())))
    return frozenset(word.lower() for word in _WORD.findall(names)) - _COMMON


def _blocks(text: bytes, at: int) -> Iterator[bytes]:
    """The names of the blocks around a place, by how far lines are indented; a section holds all that follows."""
    above = text[max(0, at - _ABOVE) : at].split(b"\n")
    deep = _depth(above.pop())
    found = 0
    for line in reversed(above):
        depth = _depth(line)
        section = line.lstrip()[:1] == b"["
        if not line.strip() or (depth >= deep and not section):
            continue
        block = _BLOCK.match(line)
        if block:
            yield block[1] or block[2]
            found += 1
        if section or found == _BLOCKS:
            return
        deep = depth


def _depth(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))
