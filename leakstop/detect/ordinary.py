"""Ordinary text that a generic rule takes for a secret: one named filter for each reason to drop it.

A generic rule knows no provider's shape, only a name and a value (`db_password = "…"`), so nearly all the noise of a scanner comes
from it (facts: noise, section 1). A filter is asked about one value in its place:

    value  the candidate
    key    what stands from the start of the match to the value: name, operator, quote (`"db_password": "`, `mysql://root:`)
    line   the line that holds both
    path   where it was read, "" when unknown

and answers True to drop it. The table is in order of cost; the first True names the reason that `explain` shows.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from leakstop.detect import names
from leakstop.detect.entropy import alphabet, counting, floor, repeated, shannon
from leakstop.detect.wordlike import cover, fluency, parts

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_LINE = 2000  # bytes; longer lines are minified or generated: only rules with a prefix are believed there
LONGEST_WORDED = 40  # bytes; in longer values a word is chance, not language

# --- the place ---------------------------------------------------------------------------------------------------------------

_LOCKS = frozenset(
    b"package-lock.json npm-shrinkwrap.json pnpm-lock.yaml yarn.lock go.sum go.work.sum cargo.lock poetry.lock uv.lock pipfile.lock pdm.lock "
    b"composer.lock gemfile.lock podfile.lock package.resolved packages.lock.json pubspec.lock mix.lock flake.lock verification-metadata.xml "
    b".terraform.lock.hcl deno.lock bun.lock conan.lock chart.lock module.bazel.lock gradle.lockfile".split()
)
_GENERATED = (
    b".min.js",
    b".min.css",
    b".map",
    b".svg",
    b".css",
    b".scss",
    b".less",
    b".sum",
    b".lock",
    b".bundle",
    b".pbxproj",
    b".storyboard",
    b".xib",
    b".csproj",
    b".vcxproj",
    b".sln",
    b".wxs",
    b".resx",
    b".pot",
    b".po",
    b".arb",
    b".xliff",
    b".xlf",
    b".strings",
    b".rrc",
)
_TRANSLATIONS = re.compile(
    rb"(?i)(?:^|[/_.-])(?:locales?|i18n|l10n|lang|langs|languages|translations?|messages_[a-z]{2}(?:_[a-z]{2})?\.properties)(?:[/.]|$)"
)
# Languages in which a literal is quoted: what stands bare on the right-hand side is code.
_CODE = frozenset(
    b"c h cc cpp cxx hpp hh m mm cs java kt kts scala sc go rs swift js jsx mjs cjs ts tsx mts cts vue svelte py pyi pyx rb erb php phtml pl pm r "
    b"lua ex exs erl hs ml fs fsx vb groovy gradle tf dart clj cljs sol graphql gql proto sql ps1 psm1 jl nim zig d v sv coffee haml slim "
    b"xaml rst adoc bats t".split()
)


def _long_line(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    return len(line) > LONGEST_LINE


def _lock_file(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Lock files, bundles, style sheets, project files: full of digests and ids beside words like key and hash."""
    name = os.path.basename(path).lower()
    return name in _LOCKS or name.endswith(_GENERATED)


def _translation(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`password: "Kennwort"` in a language file."""
    return bool(_TRANSLATIONS.search(path)) and (not value.isascii() or not any(48 <= byte <= 57 for byte in value))


# --- the name ----------------------------------------------------------------------------------------------------------------

_name_start = re.compile(rb"[A-Za-z0-9_.\-]*\Z")
_names = re.compile(rb"[A-Za-z][A-Za-z0-9_.\-]*")
_promising = re.compile(rb"(?i)pass|pwd|secret|token|cred|key|auth|bearer")
_user = re.compile(rb"://([^:/@\s]*):")


class _Place(NamedTuple):
    """Where a value stands in its line."""

    name: bytes  # of a URL the user's; empty when the rule's expression says what the value is, and no name does
    kind: str  # what the name promises: password, secret, key
    before: bytes  # the line up to the name
    after: bytes  # the line behind the value


@lru_cache(maxsize=8)  # every filter asks
def _place(value: bytes, key: bytes, line: bytes) -> _Place:
    at = line.find(key + value)
    if at >= 0:
        end = at + len(key) + len(value)
    else:  # the match began on a line before
        at = max(line.find(value), 0)
        end = at + len(value)
    after = line[end:]
    user = _user.search(key)
    if user:
        return _Place(user[1], "password", line[:at], after)
    if not _promising.search(key):
        return _Place(b"", "password", line[:at], after)
    lead = _name_start.search(line, max(0, at - 80), at)
    start = lead.start() if lead and line.startswith(key, at) else at
    said = _names.findall(line[start:at] + key)
    name = next((word for word in said if names.kind(word)), said[0] if said else b"")
    return _Place(name, names.kind(name), line[:start], after)


def _in_url(key: bytes) -> bool:
    return b"://" in key


def _quoted(key: bytes) -> bool:
    return key.endswith((b'"', b"'", b"`"))


def _harmless_name(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`token_type`, `password_field`, `public_key`, `monkey`."""
    return not _in_url(key) and names.harmless(_place(value, key, line).name)


def _same_as_name(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`password: "password"`, `apiKey: API_KEY`, `secret: "my-secret"`, `postgres://postgres:postgres@`."""
    said = frozenset(names.words(_place(value, key, line).name))
    spoken = names.words(value)
    if not spoken or len(value) > LONGEST_WORDED:
        return False
    if b"".join(spoken) == b"".join(names.words(_place(value, key, line).name)):
        return True
    return sum(map(len, spoken)) >= 0.7 * len(value) and all(word in said or word in _FILLERS for word in spoken)


# --- placeholders ------------------------------------------------------------------------------------------------------------

_FILLERS = frozenset(
    b"my your the our new old some an this that test user db app api key secret token password pass pwd passwd value default "
    b"here sample example foo bar dummy fake admin root name id client server service x y".split()
)
_MARKERS = re.compile(
    rb"""(?x)
    ^[<\[{(].*[>\]})]$ | ^<[A-Za-z] | <[^<>]{1,60}>
    | \$\{ | \$\( | \{\{ | \}\} | \#\{ | <% | %> | \[\[ | \{[A-Za-z_.\d]{0,40}\}
    | ^\$[A-Za-z_{(] | ^%[A-Za-z_(][^%]{0,60}%?$ | %\([a-z_]+\)[sd] | ^%?%?[sdvq@]$ | ^:[a-z_]+$ | ^@[A-Za-z_.\-]+@?$ | ^&[A-Za-z_]+ | ^\*[A-Za-z_]+$
    | ^__[A-Za-z_]+__$ | \.\.\. | \xe2\x80\xa6 | \xe2\x80\xa2 | \*\*\* | ^[*.xX_\-?#0]+$ | ^_+$ | [xX]{4}
    """
)
_PLACEHOLDERS = frozenset(
    b"example examples sample samples dummy fake mock mocked testing tests tester demo placeholder changeme changeit changethis insert enter replace "
    b"replaceme your yours foo bar baz qux quux foobar foobaz barfoo lorem ipsum abc abcd abcde abcdef xyz deadbeef cafebabe badcafe letmein secret secrets "
    b"password passwd passw passwort pass pwd default none null nil undefined true false empty string str value token tokens todo tbd fixme redacted masked "
    b"filtered hidden removed invalid expired revoked wrong correct whatever something anything nothing nope unknown unset optional required bogus "
    b"supersecret topsecret mysecret mypassword mypass mytoken mykey myapikey somesecret sometoken somepassword sekrit sekret sikrit hackme asdf asdfgh qwerty qwertyuiop "
    b"abcabc aaa bbb ccc xxx yyy zzz xxxx apikey secretkey accesskey user username usuario admin root guest bearer basic credentials credential "
    b"hunter swordfish opensesame ersetzen votre motdepasse tuclave contrasena suasenha senha inserire hier kennwort".split()
)
_UNSPOKEN = (
    b"your",
    b"changeme",
    b"change-me",
    b"change_me",
    b"replace",
    b"example",
    b"placeholder",
    b"redacted",
    b"password",
    b"passwd",
    b"insert",
    b"dummy",
    b"xxxx",
    b"\xd0\xb2\xd0\xb0\xd1\x88",
    b"\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c",
    b"\xe4\xbd\xa0\xe7\x9a\x84",
    b"\xe5\xaf\x86\xe7\xa0\x81",
    b"\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89",
    b"\xeb\xb9\x84\xeb\xb0\x80\xeb\xb2\x88\xed\x98\xb8",
)
_KEYBOARD = (
    b"1234567890",
    b"qwertyuiop",
    b"asdfghjkl",
    b"zxcvbnm",
    b"1qaz2wsx3edc4rfv5tgb6yhn",
    b"!@#$%^&*()",
    b"abcdefghijklmnopqrstuvwxyz",
    b"qazwsxedcrfvtgbyhn",
)


def _marker(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Slots and masks: `<password>`, `${TOKEN}`, `%s`, `{{ key }}`, `xxxx`, `***`, `...`."""
    return bool(_MARKERS.search(value))


def _placeholder(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`changeme`, `your-api-key`, `test-secret`, `foo`: a word of that kind, whole or between borders."""
    if len(value) > LONGEST_WORDED:
        return False
    low = value.lower()
    if any(word in low for word in _UNSPOKEN):
        return True
    spoken = parts(value)
    letters = sum(map(len, spoken))
    return bool(spoken) and any(word in _PLACEHOLDERS for word in spoken) and letters >= 0.5 * len(value) and cover(value) >= 0.4


_STEPS = frozenset(row[at : at + 3] for way in _KEYBOARD for row in (way, way[::-1]) for at in range(len(row) - 2))


def _keyboard(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`123456`, `qwerty12`, `1qaz2wsx`: most of the value is rows of the keyboard or the alphabet."""
    low = value.lower()
    walked = set()
    for at in range(len(low) - 2):
        if low[at : at + 3] in _STEPS:
            walked.update((at, at + 1, at + 2))
    return len(walked) >= 0.6 * len(low)


def _repeating(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`aaaaaaaa`, `abcabcabc`, `0123456789abcdef`."""
    return repeated(value) or counting(value) or len(set(value.lower())) < min(4, len(value) - 1)


# --- code and references -----------------------------------------------------------------------------------------------------

_REFERENCE = re.compile(
    rb"""(?x)
    \b(?:os\.environ|process\.env|System\.getenv|getenv|ENV\[|environ\[|config\.|settings\.|secrets\.|params\[|self\.|this\.|args\.|req\.|request\.|props\.|state\.
        |vault\.|data\.[a-z_]+\.|var\.[a-z_]|local\.[a-z_]|module\.[a-z_]|env\.[A-Za-z])
    | ^[A-Za-z_$][\w$]*(?:\(|\[|::|->|\.[A-Za-z_$][\w$]*[(\[])      # a call, an index, a member's call
    | \(\) | \)$ | ^\( | =>\s*$ | ^(?:new|await|typeof|nameof|lambda|function|return)\b | ^[A-Za-z_]+\(
    | ^!(?:Ref|Sub|GetAtt|secret|vault|ImportValue|env_var)\b | ^arn:aws | ^(?:vault|secret|ssm|env|file|ref)(?:\+[a-z]+)?:/{0,2}[A-Za-z]
    | ^0[xX][0-9A-Fa-f]{1,16}[uUlL]{0,3}$
    """
)
_ENCRYPTED = re.compile(
    rb"^(?:ENC[\[(]|\$ANSIBLE_VAULT|!vault|\{cipher\}|encrypted:|v1:[A-Za-z0-9+/=]{10,}:|AgB[A-Za-z0-9+/]{100,}|vault:v\d+:|AQICAH|\$(?:2[abxy]|[1569y]|5|6|7|argon2\w*|pbkdf2[\w-]*|scrypt|apr1)\$|"
    rb"pbkdf2[_:]sha|sha(?:1|256|512)[$:-]|scrypt:\d|bcrypt[_$]|\{(?:S?SHA\d*|S?MD5|CRYPT|BCRYPT|bcrypt|noop|pbkdf2)\}|md5[0-9a-f]{32}$)"
)
_DIGEST_LEAD = re.compile(rb"^(?:sha(?:1|224|256|384|512)[-:=@_]|md5[-:=]|h1:|zh:|W/)|^[0-9a-f]{7,64}$", re.IGNORECASE)
_IDENTIFIER = re.compile(rb"[A-Za-z_$@][\w$]*(?:[.\-:/\\#][\w$]+)*")
_TYPES = frozenset(
    b"utf utf8 utf-8 utf-16 ascii latin1 latin-1 base64 hex string str int integer bool boolean bytes byte char object any void null none nil undefined true false varchar text number float double long "
    b"uuid date datetime list dict map array optional literal required nullable self public private protected static final const readonly "
    b"function yes no on off auto inherit initial unset prompt ask always never".split()
)


def _unquoted_code(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """A bare right-hand side in a language of quoted literals, outside of strings and comments."""
    if _quoted(key) or _in_url(key) or _extension(path) not in _CODE:
        return False
    before = _place(value, key, line).before
    if any((before.count(quote) - before.count(b"\\" + quote)) % 2 for quote in (b'"', b"'", b"`")):
        return False
    lead = before.lstrip()
    if lead.startswith((b"#", b"//", b"*", b"--", b";", b"/*")):
        return False
    bare = value.rstrip(b",;)}]")
    if len(bare) >= 20 and bare.isalnum() and not bare.isalpha() and alphabet(bare) != "base62":  # noqa: PLR2004: no name, in a raw string
        return False
    return bool(_IDENTIFIER.fullmatch(bare)) or value[:1] in b"([{&*!~-+" or value.isdigit()


def _extension(path: bytes) -> bytes:
    return os.path.splitext(path)[1][1:].lower()


def _reference(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Calls, members, environment look-ups: the secret is somewhere else."""
    return bool(_REFERENCE.search(value))


def _type_or_constant(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`password: string`, `token = None`."""
    return value.lower().rstrip(b"?,;)}]>") in _TYPES


def _encrypted(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Values encrypted or hashed where they stand: SOPS, Ansible Vault, sealed secrets, `$2b$…`."""
    return bool(_ENCRYPTED.match(value))


def _digest(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`sha256-…`, and hex below a name that says commit, checksum or etag."""
    found = _DIGEST_LEAD.match(value)
    return found is not None and (found.end() < len(value) or names.digest(_place(value, key, line).name))


_UUID = re.compile(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def _uuid(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """A UUID only names something, unless the name says secret or password."""
    return bool(_UUID.fullmatch(value)) and (
        names.identifier(_place(value, key, line).name) or _place(value, key, line).kind == "key"
    )


# --- other things that values are --------------------------------------------------------------------------------------------

_ADDRESS = re.compile(
    rb"""(?xi)
    ^[a-z][a-z0-9+.\-]*:// | ^jdbc: | \]\( | ://[^/@\s]*(?:/|$) | ^(?:mailto|tel|data|urn|cid|about|javascript|file|ssh|git):   | ^[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+$   | ^(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?$
    | ^(?:localhost|[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.(?:com|org|net|io|dev|local|internal|cloud|co|de|uk|fr|cn|ru|edu|gov|app|xyz|test|example|invalid|svc))(?::\d+)?(?:/.*)?$
    """
)
_PATH = re.compile(
    rb"^(?:[./~\\]|[A-Za-z]:[\\/])|^[\w.\-@]+(?:[/\\][\w.\-@*{}]+){2,}/?$|^[\w\-./\\]*\.(?:pem|key|crt|cer|cert|p12|pfx|jks|json|ya?ml|toml|ini|cfg|conf|txt|xml|html?|properties|env|py|js|ts|go|rb|java|cs|php|sh|md|png|jpe?g|svg|gif|gz|zip|tar|db|sqlite|log|csv|pub|kdbx|keystore|erb|vue|tsx?)$"
)
_FIGURES = re.compile(
    rb"(?i)^(?:v?\d+(?:\.\d+){1,4}(?:[-+.][\w.]+)?|\d{4}[-/.]\d\d?[-/.]\d\d?(?:[t ].*)?|\d+(?:\.\d+)?(?:px|em|rem|ms|s|m|h|d|kb|mb|gb|%)?|[-+]?\d+|\d\d?:\d\d(?::\d\d)?|#[0-9a-f]{3,8}|[a-z]{2}[-_][a-z]{2})$"
)
_REGEX = re.compile(rb"^\^|\\[dwsSWDb]|\(\?[:=!<P]|\[\^|\[[a-zA-Z0-9]-[a-zA-Z0-9]|\{\d+,\d*\}|\.\*|\.\+")
_MARKUP = re.compile(rb"</?[A-Za-z]|/>|&(?:lt|gt|amp|quot|nbsp);|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}")


def _address(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """URLs without a password, hosts, e-mail and IP addresses."""
    return bool(_ADDRESS.search(value))


def _path_like(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`./certs/server.key`, `/run/secrets/db`, `config/app.yml`; not base64 that happens to hold slashes."""
    found = _PATH.search(value)
    return found is not None and (len(value) < 16 or not _random(value) or cover(value) >= 0.3)


def _figures(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Numbers, dates, versions, sizes, colours, locales. Long runs of digits stay: they may be a key, and PINs a password."""
    if not _FIGURES.match(value):
        return False
    return not value.isdigit() or len(value) < (6 if _place(value, key, line).kind == "password" else 16)


def _cut_off(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Not the whole of what stands there: a bare word with punctuation behind it, the first word of a quoted text."""
    after = _place(value, key, line).after
    if _quoted(key):
        return after.lstrip(b"\\")[:1] != key[-1:]
    return value[-1:] in b",;:)]}" or (after[:1] in (b'"', b"'", b"`") and value[-1:] in b"=([{:")


def _expression(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Regular expressions, markup, escapes, text in other alphabets."""
    return bool(_REGEX.search(value) if len(value) < 64 else None) or bool(_MARKUP.search(value)) or not value.isascii()


def _worded(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Words and identifiers: `getUserToken`, `my_database`, `com.example.Service`, `access-token-expired`."""
    if len(value) > 4 * LONGEST_WORDED:
        return False
    letters = sum(map(len, parts(value)))
    if letters < len(value) and alphabet(value) == "hex":
        return False
    if letters < 0.5 * len(value) or max(map(len, parts(value))) < 4:  # noqa: PLR2004: shorter runs are chance
        return False
    share, flow = cover(value) * len(value) / letters, fluency(value)
    plain = _IDENTIFIER.fullmatch(value) is not None
    if _strong_password(value) and len(value) <= LONGEST_WORDED:
        return share >= 0.8 and plain
    if share >= 0.6 or (share >= 0.34 and flow > 0) or flow > 0.45:
        return True
    return plain and flow > 0.1


def _strong_password(value: bytes) -> bool:
    """Letters of both cases, a digit and a sign: what a password policy asks for and an identifier seldom has."""
    return (
        len(value) >= 8
        and any(97 <= byte <= 122 for byte in value)
        and any(65 <= byte <= 90 for byte in value)
        and any(48 <= byte <= 57 for byte in value)
        and any(byte in b"!@#$%^&*+=?~|;," for byte in value)
    )


_separators = re.compile(rb"[^A-Za-z0-9+/=]")


def _random(value: bytes) -> bool:
    return shannon(value) >= floor(value)


def _not_random(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """What a password may be, a token may not: short, of one kind of character, near to language."""
    kind = _place(value, key, line).kind
    if kind == "password":
        return shannon(value) < 0.7 * floor(value)
    if not _random(value):
        return True
    digits = sum(48 <= byte <= 57 for byte in value)
    flow = fluency(value)
    if kind == "secret":
        return digits == 0 and (flow > -0.1 or (b"(" in key and len(value) < 16))
    if max(map(len, _separators.split(value))) < 12:  # `app-1.2-stage`, `2024-01-01-run`: several short parts
        return True
    return (
        len(value) < 16
        or (digits == 0 and (flow > -0.8 or len(value) < 24))
        or (digits == len(value))
        or (alphabet(value) == "base64" and flow > -0.2 and digits < 3)
    )


ORDINARY: tuple[tuple[str, Callable[[bytes, bytes, bytes, bytes], bool]], ...] = (
    ("long line", _long_line),
    ("lock file", _lock_file),
    ("unquoted code", _unquoted_code),
    ("harmless name", _harmless_name),
    ("cut off", _cut_off),
    ("type or constant", _type_or_constant),
    ("placeholder", _marker),
    ("encrypted", _encrypted),
    ("reference", _reference),
    ("number or date", _figures),
    ("address", _address),
    ("expression", _expression),
    ("digest", _digest),
    ("uuid", _uuid),
    ("same as its name", _same_as_name),
    ("placeholder word", _placeholder),
    ("repeated", _repeating),
    ("keyboard", _keyboard),
    ("path", _path_like),
    ("translation", _translation),
    ("words", _worded),
    ("not random", _not_random),
)
