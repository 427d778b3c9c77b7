"""Ordinary text that a generic rule takes for a secret: one named filter for each reason to drop it.

A generic rule knows no provider's shape, only a name and a value (`db_password = "…"`), so nearly all the noise of a scanner
comes from it. A filter gets a candidate as `place` describes it and answers True to drop it. The table is roughly in order of
cost; the first True names the reason that `explain` shows. Expressions are compiled on their first use, by `re` itself: most
candidates are dropped before they need one, and all of them would cost the hook as much as starting git.
"""

from __future__ import annotations

import os

from leakstop.detect.judging import encoded, misfits, names, placeholders, public
from leakstop.detect.judging.figures import figures
from leakstop.detect.judging.harmless import attribute, harmless_name
from leakstop.detect.judging.passphrases import passphrase
from leakstop.detect.judging.place import in_url, place, promising, quoted
from leakstop.detect.language.entropy import alphabet, changes, floor, in_groups, shannon
from leakstop.detect.language.model import fluent
from leakstop.detect.language.wordlike import cover, is_word, parts
from leakstop.expressions import compiled, expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Filter = Callable[[bytes, bytes, bytes, bytes], bool]

LOCK_FILE, CODE = "lock file", "unquoted code"
LONGEST_LINE = 2000  # bytes; longer lines are minified or generated: only rules with a prefix are believed there

# --- the file ----------------------------------------------------------------------------------------------------------------

_LOCKS = frozenset(
    b"package-lock.json npm-shrinkwrap.json pnpm-lock.yaml yarn.lock go.sum go.work.sum cargo.lock poetry.lock uv.lock "
    b"pipfile.lock pdm.lock composer.lock gemfile.lock podfile.lock package.resolved packages.lock.json pubspec.lock "
    b"mix.lock flake.lock verification-metadata.xml .terraform.lock.hcl deno.lock bun.lock conan.lock chart.lock "
    b"module.bazel.lock gradle.lockfile tags".split()
)
_GENERATED = tuple(
    b".min.js .min.css .map .svg .css .scss .less .bundle .storyboard .xib .csproj .vcxproj .sln .wxs .resx "
    b".pot .po .mo .arb .xliff .xlf .strings .rrc".split()
)
_TRANSLATIONS = expression(
    rb"(?i)(?:^|[/_.-])(?:locales?|i18n|l10n|langs?|languages|translations?)(?:[/.]|$)"
    rb"|messages_[a-z]{2}(?:_[a-z]{2})?\.properties$|(?:^|/)values-(?:[a-z]{2,3}(?:-r[a-z]{2})?|b\+[a-z0-9+]+)/[^/]+\.xml$"
    rb"|(?:^|/)msgs?/[a-z]{2,3}(?:[_-][a-z]+)?\.msg$"
)
# Languages in which a literal is quoted: what stands bare on the right-hand side is code.
_CODE = frozenset(
    b"c h cc cpp cxx hpp hh m mm cs java kt kts scala sc go rs swift js jsx mjs cjs ts tsx mts cts vue svelte py pyi "
    b"pyx rb erb php phtml pl pm r lua ex exs erl hs ml fs fsx vb groovy gradle tf dart clj cljs sol graphql gql proto "
    b"sql ps1 psm1 jl nim zig d v sv coffee haml slim xaml rst adoc bats t".split()
)
_SHELLS = frozenset((b"ps1", b"psm1", b"bats"))  # of these, those in which the arguments of commands stand bare


def _long_line(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    return len(line) > LONGEST_LINE


def is_lock_file(path: bytes) -> bool:
    """Whether a file lists packages with their digests, or a program made it: of names and their places, of objects' ids."""
    name = os.path.basename(path).lower()
    return name in _LOCKS or name.endswith((b".sum", b".lock", b".pb.go", b".pbxproj"))


def _lock_file(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Lock files, bundles, style sheets, project files: full of digests and ids beside words like key and hash."""
    return is_lock_file(path) or path.lower().endswith(_GENERATED)


def _translation(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """The word for a password in a language file."""
    return _TRANSLATIONS.search(path) is not None and not any(48 <= byte <= 57 for byte in value)


# --- code and references -----------------------------------------------------------------------------------------------------

_REFERENCE = expression(rb"""(?x)
    \b (?: os\.environ | process\.env | (?:System\.)?getenv | ENV\[ | environ\[ | params\[ | data\.[a-z_]+\.
        | env\.[A-Za-z] | (?:config|settings|secrets|self|this|args|req|request|props|state|vault)\.
        | (?:var|local|module)\.[a-z_] )
    | ^ [A-Za-z_$][\w$]* (?: [(\[] | :: | -> | (?: \.[A-Za-z_$][\w$]* ){1,4} [(\[] )  # a call, an index, a member's call
    | ^ [a-z_]+ : [a-z_]\w* \( | ^ \# (?: if | elif | else | endif ) $  # Erlang's; the next line of a preprocessor
    | \(\) | \) $ | ^ \( | => \s* $ | ^ (?: new | await | typeof | nameof | lambda | function | return ) \b
    | ^ nullptr\b | ^ ! (?: Ref | Sub | GetAtt | secret | vault | ImportValue | env_var ) \b | ^ arn:aws
    | ^ (?: vault | secret | ssm | env | file | ref ) (?: \+ [a-z]+ )? :/{0,2} [A-Za-z]
    | ^ [A-Z][A-Z0-9]* (?: _[A-Z0-9]+ )+ = | ^ [^;]{0,3} ; [A-Za-z][A-Za-z\x20]{1,24} =  # what is assigned next
    | ^ --? [a-z][a-z0-9-]{0,30} (?: = | $ ) | / aws4_request $ | ^ 0[xX] [0-9A-Fa-f]{1,16} [uUlL]{0,3} $
    """)
_LOOKED_UP = expression(
    rb"=\s*[\"']?(?:\{\{)?\s*[A-Za-z_.\[\]0-9]{0,60}(?:(?<![A-Za-z])(?:get|lookup|(?:get|has)_?option|get_?property)|getenv)"
    rb"\([ \t]*[\"']$"
)
_ARN = expression(rb"\barn:[^\s\"']{3,200}:$")
_UUID = expression(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TAGGED_UUID = expression(rb"[A-Za-z0-9]{1,12}(?:[_.-][0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}){1,2}")
_IDENTIFIER = expression(rb"[A-Za-z_$@][\w$]*(?:[.\-:/\\#][\w$]+)*")
_TYPES = frozenset(
    b"nfc nfd nfkc nfkd ucs2 ucs-2 utf16le utf-16le utf_8 utf_16_le iso-8859-1 iso8859-1 iso_8859_1 us-ascii windows-1252 cp1252 "
    b"utf utf8 utf-8 utf-16 ascii latin1 latin-1 base64 hex string str int integer bool boolean bytes byte char object "
    b"any void null none nil undefined true false varchar text number float double long uuid date datetime list dict "
    b"map array optional literal required nullable self public private protected static final const readonly function "
    b"yes no on off auto inherit initial unset prompt ask always never basic digest ntlm kerberos negotiate ldap pam saml "
    b"oauth oidc plain login scram md5 peer trust cert no_log".split()
)
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"), (b"<", b">"))
_LONG = 24  # bytes from which a bare word with figures in it is no identifier
_COMMENT = (b"#", b"//", b"*", b"--", b";", b"/*")


def _unquoted_code(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """A bare right-hand side in a language of quoted literals, outside of strings and comments; a bare argument anywhere."""
    if quoted(key) or in_url(key):
        return False
    if key.rstrip()[-1:] in b",(" and promising(key) and not path.lower().endswith((b".csv", b".tsv")):
        return not _beyond_doubt(value.rstrip(b",;)}]"))
    language = os.path.splitext(path)[1][1:].lower()
    if language not in _CODE or (language in _SHELLS and not promising(key)):
        return False
    bare = value.rstrip(b",;)}]{")
    if key.endswith(b"->") and _IDENTIFIER.fullmatch(bare):
        return True  # a member, in a comment too
    before = place(value, key, line).before
    led = before + key
    in_string = any((led.count(quote) - led.count(b"\\" + quote)) % 2 for quote in (b'"', b"'", b"`"))
    if in_string or before.lstrip().startswith(_COMMENT):
        return False
    if len(bare) >= 20 and bare.isalnum() and not bare.isalpha() and alphabet(bare) != "base62":
        return False  # no identifier: a line of a longer string
    if any(bare.count(opened) > bare.count(closed) for opened, closed in _BRACKETS):
        return True  # `md5.Size+len(prefix`, `Vec<_`
    return bool(_IDENTIFIER.fullmatch(bare)) or value[:1] in b"([{&*!~-+?" or bare.isdigit()


def _beyond_doubt(value: bytes) -> bool:
    """Whether no programmer would have named something so: long, random, with several figures in it."""
    figures = sum(48 <= byte <= 57 for byte in value)
    return len(value) >= _LONG and 3 <= figures < len(value) and _random(value) and not fluent(value, 0.3)


def _reference(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Calls, members, environment look-ups, pipes of a template (`{{ .secret | b64enc }}`): the secret is somewhere else."""
    if _REFERENCE.search(value) or _LOOKED_UP.search(key):
        return True
    before = place(value, key, line).before
    return not quoted(key) and (before.rfind(b"{{") > before.rfind(b"}}") or _ARN.search(before) is not None)


def _type_or_constant(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`password: string`, `token = None`."""
    return value.lower().rstrip(b"?,;)}]>") in _TYPES


_BEGINNING = expression(rb"[A-Za-z]+(?:[_-]?v?[0-9])?[.:=_-]")  # `token_`, `SCRV1:`, `acme_v1_`
_ELEMENT = expression(rb"[\w\"'/]>$")
_CONTRACTED = expression(rb"'(?:t|s|ll|re|ve|d)\b")  # `password didn't match`
_MORE = expression(rb"[ \t]{1,4}[^\s<]")


def _cut_off(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Not the whole of what stands there: a bare word with punctuation behind it, the first word of a quoted text, an element's
    or a list's.
    """
    after = place(value, key, line).after
    if quoted(key):
        if _BEGINNING.fullmatch(value):  # what names begin with
            return True
        after = after[2:] if after[:2] in {b"\\r", b"\\n"} else after  # what types it ends with the line
        return after.lstrip(b"\\:xX")[:1] != key[-1:]  # `-u "token:"`, `-u "token:x"`
    if value[:1] in b",;>)" or value[-1:] in b".,;:)]}*" or b"]]>" in value or _CONTRACTED.match(after):
        return True
    if (value[:1] == b"[" and (after[:1] == b"," or b"]" not in value)) or (_ELEMENT.search(key) and _MORE.match(after)):
        return True
    if value[-2:] in (b"--", b"++") and key.rstrip()[-2:] == b"->":  # `passwords->count--`
        return True
    padded = value[-1:] == b"=" and len(value) >= 20 and len(value) % 4 == 0  # base64, not `name="`
    return after[:1] in (b'"', b"'", b"`") and value[-1:] in b"=([{:" and not padded


def _uuid(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """A UUID only names something, unless the name says secret or password, or whose key it is: `acmeKey`, not `key`. One that
    the file is called after names that.
    """
    if not _UUID.fullmatch(value):
        return False
    where = place(value, key, line)
    timed = value[14:15] == b"1"  # RFC 9562, version 1: a clock and an address, nothing random
    return timed or value in path or names.identifier(where.name)


# --- other things that values are --------------------------------------------------------------------------------------------

_ADDRESS = expression(rb"""(?xi)
    ^ [a-z][a-z0-9+.\-]*:// | ^ jdbc: | \]\( | :// [^/@\s]* (?: / | $ )
    | ^ (?: mailto | tel | data | urn | cid | about | javascript | file | ssh | git ) :
    | ^ [\w.+\-]+ @ [\w\-]+ (?: \.[\w\-]+ )+ $ | ^ (?: \d{1,3}\. ){3} \d{1,3} (?: :\d+ )? $
    | ^ (?: localhost | [a-z0-9\-]+ (?: \.[a-z0-9\-]+ )*
        \. (?: com | org | net | io | dev | local | internal | cloud | co | de | uk | fr | cn | ru | edu | gov | app | xyz | test
            | example | invalid | svc ) ) (?: :\d+ )? (?: /.* )? $
    """)
_IMAGE = expression(rb"[A-Za-z0-9]/$")
_PATH = expression(rb"""(?x)
    ^ (?: [./~\\] | \*\. | [A-Za-z]:[\\/] ) | ^ [\w.\-@]+ (?: [/\\] [\w.\-@*{}]+ ){2,} /? $
    | ^ [\w\-./\\]* \. (?: pem | key | crt | cer | cert | p12 | pfx | jks | json | ya?ml | toml | ini | cfg | conf | txt | xml
        | html? | properties | env | mod | py | js | tsx? | go | rb | java | cs | php | sh | md | png | jpe?g | svg | gif | gz
        | zip | avro | parquet | tar | db | sqlite | log | csv | pub | kdbx | keystore | erb | vue ) $
    """)
_REGEX = expression(rb"^\^|\\[dwsSWDb]|\(\?[:=!<P]|\[\^|\[[a-zA-Z0-9]-[a-zA-Z0-9]|\{\d+,\d*\}|\.\*|\.\+")
_MATCHED = expression(rb"(?:\(|=~ ?)/[^/]{0,60}$")
_MARKUP = expression(  # of HTML, of strings, of manual pages: `\\fIword\\fR`, `\\*(Aq`
    rb"</?[A-Za-z]|/>|&(?:lt|gt|amp|quot|nbsp);|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\f[BIPR]|\\\*\("
)
_SEPARATORS = expression(rb"[^A-Za-z0-9+/=]")


_SIGNED = expression(rb"\bSharedKey(?:Lite)? $|\bHawk [^\r\n]{0,200}\bmac=\\?\"$")


def _request_signature(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """What proves one request and no other, as recordings hold it: `SharedKey account:…` of Azure, `Hawk mac="…"`."""
    return _SIGNED.search(place(value, key, line).before + key) is not None


def _port(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """What stands behind the colon of `//host:80?next=user@host` is no password."""
    return in_url(key) and compiled(rb"\d{1,5}(?:[?#]|$)").match(value) is not None


def _address(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """URLs without a password, hosts, e-mail and IP addresses, the tag of an image (`quay.io/acme/token-refresher:1f2e`)."""
    return _ADDRESS.search(value) is not None or (
        key.endswith(b":") and _IMAGE.search(place(value, key, line).before) is not None
    )


def _path_like(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`./certs/server.key`, `/run/secrets/db`, `config/app.yml`; not base64 that happens to hold slashes."""
    return value.startswith((b"./", b"../")) or (
        _PATH.search(value) is not None and (len(value) < 16 or shannon(value) < floor(value) or cover(value) >= 0.3)
    )


def _expression(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Regular expressions (`assert_match(/token: 1a2b/, …`), markup, escapes, text in other alphabets, signs alone."""
    if not any(48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 for byte in value):
        return True
    if any(byte < 32 or byte == 127 for byte in value):
        return True
    if value.endswith(b"/") and _MATCHED.search(place(value, key, line).before):
        return True
    other = not value.isascii() and not _strong_password(value)  # `§` is a sign as well
    return other or bool(_MARKUP.search(value)) or (len(value) < 64 and bool(_REGEX.search(value)))


def _worded(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Words and identifiers: `getUserToken`, `my_database`, `com.example.Service`, `access-token-expired`."""
    spoken = parts(value)
    letters = sum(map(len, spoken))
    if len(value) > 160 or letters < 0.5 * len(value) or (letters < len(value) and alphabet(value) == "hex"):
        return False
    if max(map(len, spoken)) < 4:  # so short a run is chance, unless all of them are words
        figures = any(48 <= byte <= 57 for byte in value)  # with them a single letter is no word
        return (
            letters >= 3 and all(is_word(part) or (len(part) == 1 and not figures) for part in spoken) and letters > len(spoken)
        )
    if _tokenish(value):
        return False
    share, plain = cover(value) * len(value) / letters, _IDENTIFIER.fullmatch(value) is not None
    if _strong_password(value):
        return share >= 0.8 and plain
    chosen = place(value, key, line).kind == "password"
    if share >= 0.6 or (share >= 0.34 and fluent(value, 0.5, chosen=chosen)):
        return True
    return fluent(value, (-0.3 if chosen else 0.0) - (0.0 if plain else 0.5), chosen=chosen)


def _strong_password(value: bytes) -> bool:
    """Letters of both cases, a digit and a sign: what a password policy asks for and an identifier seldom has."""
    return (
        8 <= len(value) <= placeholders.LONGEST_WORDED
        and any(97 <= byte <= 122 for byte in value)
        and any(65 <= byte <= 90 for byte in value)
        and any(48 <= byte <= 57 for byte in value)
        and any(byte in b"!@#$%^&*+=?~|;," for byte in value)
    )


_PARTS = expression(rb"[A-Za-z0-9]{16,}")
_ARGUMENT = expression(rb"\(|^\w+,")
_CODE_OF_AN_ERROR = expression(rb"[A-Z]{2,8}[0-9]{1,5}")


def _random(value: bytes) -> bool:
    """Whether a value has the entropy of its alphabet, or its long parts that of theirs: hex or a UUID behind a prefix."""
    if shannon(value) >= floor(value) or _TAGGED_UUID.fullmatch(value) or in_groups(value):
        return True
    long = _PARTS.findall(value)
    return 2 * sum(map(len, long)) >= len(value) and long != [value] and all(shannon(part) >= floor(part) for part in long)


def _tokenish(value: bytes) -> bool:
    """Whether words stand only before what a generator made: `acme_live_9f8a…`, `acme-token-` and a UUID."""
    long = _PARTS.findall(value)
    return any(map(placeholders.generated, long)) if long and long != [value] else _UUID.search(value) is not None


def _not_random(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """What a password may be, a token may not: short, of one kind of character, near to language."""
    kind = place(value, key, line).kind
    if kind == "password":
        return shannon(value) < 0.7 * floor(value)
    size, digits = len(value), sum(48 <= byte <= 57 for byte in value)
    drawn = not digits and size >= _LONG and changes(value) >= placeholders.MIXED  # of letters alone
    # Many generators draw the kind of a character first: as many digits as letters, so less entropy than an even draw has.
    mixed = drawn or (kind == "secret" and size >= 20 and value.isalnum() and size <= 4 * digits <= 3 * size)
    if shannon(value) < floor(value) * (0.9 if mixed else 1) and not _random(value):
        return True
    if kind == "secret":
        if _CODE_OF_AN_ERROR.fullmatch(value):
            return True
        short_hex = size < 10 and alphabet(value) in ("digits", "hex")  # an abbreviated object id
        short = size < 16 and (_ARGUMENT.search(key) is not None or value.isupper())  # an argument; a keyword, such as KEEPTTL
        return short_hex or (digits == 0 and (short or fluent(value)))
    return (
        size < 16
        or digits == size
        or (digits == 0 and not drawn and (size < _LONG or fluent(value, 0.8)))
        or (digits < 3 and alphabet(value) == "base64" and fluent(value))
        or (max(map(len, _SEPARATORS.split(value))) < 12 and not in_groups(value))  # `app-1.2-stage`, `2024-01-01-run`
    )


def _unless(drops: Filter, *spares: Filter) -> Filter:
    """The filter, for all values but those that one of others knows to be in use."""

    def judged(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
        return drops(value, key, line, path) and not any(spared(value, key, line, path) for spared in spares)

    return judged


def _policy(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Whether a walk on the keyboard is what somebody has found whom a policy asks for all kinds of signs: `1qaz!QAZ`."""
    from leakstop.detect.judging.confidence import in_documents, in_tests

    return _strong_password(value) and place(value, key, line).kind == "password" and not (in_tests(path) or in_documents(path))


ORDINARY: tuple[tuple[str, Filter], ...] = (
    ("long line", _long_line),
    (LOCK_FILE, _lock_file),
    (CODE, _unquoted_code),
    ("harmless name", harmless_name),
    ("cut off", _cut_off),
    ("type or constant", _type_or_constant),
    ("placeholder", placeholders.slot),
    ("encrypted", encoded.encrypted),
    ("reference", _reference),
    ("number or date", figures),
    ("address", _address),
    ("expression", _expression),
    ("digest", public.digest),
    ("public key", public.public_key),
    ("digest of a word", public.digest_of_a_word),
    ("signature of a request", _request_signature),
    ("port", _port),
    ("uuid", _uuid),
    ("same as its name", _unless(placeholders.same_as_name, placeholders.served)),
    ("example word", _unless(placeholders.example, placeholders.served)),
    ("repeated", placeholders.repeating),
    ("encoded text", encoded.encoded),
    ("keyboard", _unless(placeholders.keyboard, _policy)),
    ("attribute", attribute),
    ("path", _path_like),
    ("translation", _translation),
    ("words", _unless(_worded, placeholders.served, placeholders.dated, passphrase)),
    ("mangled", misfits.mangled),
    ("not random", _not_random),
)
