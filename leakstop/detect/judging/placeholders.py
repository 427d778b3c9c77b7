"""Values that stand in for a secret: slots, masks, example words, repetitions.

Each function is a filter as `ordinary` describes them. Words only count whole or between borders, and only in short values: in
random text of some length they come by chance.
"""

from __future__ import annotations

from leakstop.detect.judging import names
from leakstop.detect.judging.place import in_url, place, promising
from leakstop.detect.language.entropy import changes, counting, floor, repeated, shannon
from leakstop.detect.language.model import fluent
from leakstop.detect.language.wordlike import cover, is_word, parts
from leakstop.expressions import expression
from leakstop.memo import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MIXED = 0.45  # of the places between two characters at which case or kind changes: more than in names such as `getUserToken`
LONGEST_WORDED = 40  # bytes; in longer values a word is chance, not language

_SLOT = expression(rb"""(?x)
    ^ [<\[{(] .* [>\]})] $ | ^ < (?: [A-Za-z$] | !-- ) | < [^<>]{1,60} >
    | \$ [{(] | \{\{ | \}\} | \#\{ | <% | %> | \[\[ | \{ [A-Za-z_.\d]{0,40} \}
    | ^ \$ [A-Za-z_{(] | \\x[xX] | ^ % [A-Za-z_(] [^%]{0,60} %? $ | % \( [a-z_]+ \) [sd] | ^ %{0,2} [sdvq@] $
    | ^ [:/@.-]{0,2} (?: % (?:\d\$|\d*) [a-z] ){1,4} [:/@.-]{0,2} $ | %[sdv] (?: %n | $ ) | ^ \$\d{1,2} (?: , | $ )
    | ^ (?: [A-Za-z0-9][:,._/-] ){2,} [A-Za-z0-9] $ | ^ : [a-z_]+ $ | ^ @ [A-Za-z_.\-]+ @? $ | ^ & [A-Za-z_]+ | ^ \* [A-Za-z_]+ $
    | ^ __ [A-Za-z_]+ __ $
    | \.\.\. | \xe2\x80\xa6 | \xe2\x80\xa2 | \*\*\* | ^ [*.xX_\-?\#0]+ $ | [xX]{4}
    """)
_WORDS = frozenset(
    b"example examples sample samples dummy fake mock mocked testing tests tester demo placeholder changeme changeit "
    b"changethis insert enter replace replaceme your yours foo bar baz qux quux foobar foobaz barfoo lorem ipsum abc abcd "
    b"abcde abcdef xyz deadbeef cafebabe badcafe letmein secret secrets password passwd passw passwort pass pwd default none "
    b"null nil undefined true false empty string str value token tokens todo tbd fixme redacted masked filtered hidden removed "
    b"invalid expired revoked wrong correct whatever something anything nothing nope unknown unset optional required bogus "
    b"supersecret topsecret mysecret mypassword mypass mytoken mykey myapikey somesecret sometoken somepassword sekrit sekret "
    b"sikrit hackme asdf asdfgh qwerty qwertyuiop abcabc aaa bbb ccc xxx yyy zzz xxxx apikey secretkey accesskey user username "
    b"usuario admin root guest bearer basic credentials credential hunter swordfish opensesame ersetzen votre motdepasse "
    b"tuclave contrasena suasenha senha inserire hier kennwort postgres postgresql mysql mariadb redis mongo mongodb rabbitmq "
    b"minio minioadmin grafana zabbix elastic elasticsearch kibana jenkins sonar nexus tomcat oracle keycloak airflow superset "
    b"blarg rootme vagrant ubuntu debian centos raspberry hello lulz".split()
)
# As any part of a short value; the last are "your" and "password" in Russian, Chinese, Japanese and Korean.
_ANYWHERE = (
    *b"your changeme change-me change_me replace example placeholder redacted password passwd insert dummy xxxx".split(),
    *b"mypass my-pass my_pass mysecret my-secret my_secret".split(),
    *(word.encode() for word in ("ваш", "пароль", "你的", "密码", "パスワード", "비밀번호")),
)
_LEET = bytes.maketrans(b"0134567$@!", b"oleasgtsai")
_DISGUISED = (b"secret", b"password", b"passwd", b"changeme", b"letmein")
# Beginnings of published values: the Azure storage emulator's, AWS's examples, those of RFC 6749, 6750, 6455, TOTP, Unity's.
_PUBLISHED = tuple(
    b"Eby8vdM02xNOcqFl wJalrXUtnFEMI 2YotnFZFEjr1 tGzv3JOkF0XG dGhlIHNhbXBsZSBub25j JBSWY3DPEHPK mF_9.B5f-4.1 "
    b"258EAFA5-E914 frAQBc8Wsa1xVPfv".split()
)
_NAMED = expression(rb"(?i)[a-z0-9]{2,12}[_-](?:api[_-]?key|token|secret|password)")  # the name of a field: `ns1_api_key`
_NOWHERE = expression(r"(?:[@/.]|^)(?:example\.(?:com|org|net)|[a-z0-9-]+\.example|localhost)(?:[:/]|$)")  # RFC 2606
_REMOTE = expression(rb"(?i)@(?:[a-z0-9-]{1,40}\.){1,4}[a-z]{2,12}(?=[:/\"'`\s]|$)")
_NO_HOST = expression(
    rb"(?i)example|domain|company|your|hostname|localhost|foo|bar\.|\btest|\.(?:local|localdomain|internal|invalid|lan|svc)\b"
)
_NAMELESS = frozenset(("exp", "nbf", "iat", "scope", "scp"))  # claims that say neither who nor for whom
_REGISTERED = frozenset(("iss", "sub", "aud", "exp", "nbf", "iat", "jti"))  # RFC 7519, section 4.1
_TESTED = _WORDS | {b"test", b"audience"}
_ANNOUNCED = tuple(
    word + sign for word in (b"my", b"sample", b"example", b"dummy", b"fake", b"placeholder", b"demo") for sign in (b"-", b"_")
)
_BEGUN = (b"Testing", b"Example", b"Sample", b"Dummy")
_HIDDEN = (b"secret", b"sekret", b"password", b"passwd", b"pass", b"changeme", b"letmein", b"admin", b"hello", b"vroom", b"pwned")
_FILLERS = frozenset(
    b"my your the our new old some an this that test user db app api key secret token password pass pwd passwd value default "
    b"here sample example foo bar dummy fake admin root name id client server service x y".split()
)
_ROWS = (
    *b"1234567890 qwertyuiop asdfghjkl zxcvbnm 1qaz2wsx3edc4rfv5tgb6yhn qazwsxedcrfvtgbyhn abcdefghijklmnopqrstuvwxyz".split(),
    b"!@#$%^&*()",
)
_PARTS = expression(rb"[A-Za-z0-9]{16,}")
_DATED = expression(rb"(?:19|20)[0-9]{6}")
_ABBREVIATED = 5  # letters of what abbreviates a name
_MASHED = 8  # letters of one row
_WORD_AND_NUMBER = expression(rb"[A-Z][a-z]{3,15}(?:[A-Z][a-z]{2,15})?[@#!_.-]?[0-9]{2,6}[!@#$.]?")
_CHOSEN, _FIGURES = 8, 2  # characters of a password, and digits in it, that a policy asks for
_NO_LETTERS = bytes(byte for byte in range(256) if not 97 <= byte <= 122)
_NO_FIGURES = bytes(byte for byte in range(256) if not 48 <= byte <= 57)
_STEPS = frozenset(way[at : at + 3] for row in _ROWS for way in (row, row[::-1]) for at in range(len(row) - 2))


@cache
def digests() -> frozenset[bytes]:
    """MD5, SHA-1 and SHA-256 of example words, in hex."""
    from hashlib import md5, sha1, sha256

    words = (*_WORDS, *(b"%d" % number for number in range(10)), b"123456", b"12345678", b"hello", b"world", b"hello world", b"")
    kinds = (md5, sha1, sha256)
    return frozenset(kind(word, usedforsecurity=False).hexdigest().encode() for word in words for kind in kinds)


def slot(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`<password>`, `${TOKEN}`, `%s`, `{{ key }}`, `xxxx`, `***`, `...`."""
    return _SLOT.search(value) is not None


def example(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`changeme`, `your-api-key`, `test-secret`, `foo`, `P@ssw0rd`, and values that documentation made famous."""
    low = value.lower()
    if _NAMED.fullmatch(value) or low.startswith(_ANNOUNCED) or value.startswith(_PUBLISHED) or value.startswith(_BEGUN):
        return True
    if len(value) > LONGEST_WORDED:
        return False
    if any(word in low for word in _ANYWHERE):
        return True
    plain = low.translate(_LEET)
    made = [part.lower().translate(_LEET) for part in _PARTS.findall(value) if generated(part)]
    if made and not any(word in part for word in _DISGUISED for part in made):  # `secret_` is a prefix
        return False
    if any(word in plain for word in _DISGUISED) or (plain != low and plain in _WORDS):
        return True
    if _disguised(low):
        return True
    if low.endswith((b"pw", b"pwd", b"pass")) and is_word(low.removesuffix(b"pass").removesuffix(b"pwd").removesuffix(b"pw")):
        return True  # `onepw`, `OldPw`
    spoken = parts(value)
    if b"".join(spoken) in _WORDS:
        return len(value) <= 12
    return any(word in _WORDS for word in spoken) and sum(map(len, spoken)) >= 0.5 * len(value) and cover(value) >= 0.4


def generated(part: bytes) -> bool:
    """Whether letters and figures without a sign between are what a generator made: no word, no date."""
    size, digits = len(part), sum(48 <= byte <= 57 for byte in part)
    mixed = digits >= 3 or (size >= 20 and changes(part) >= MIXED)
    return mixed and digits < size and shannon(part) >= floor(part) and not fluent(part, 0.3) and not _DATED.match(part)


def _disguised(low: bytes) -> bool:
    """A word in which signs and figures take the place of letters, or stand beside them: `s$cr$t`, `03#pa33w0rd`, `sec@ret`."""
    if not 4 <= len(low) <= 14 or sum(97 <= byte <= 122 for byte in low) < 0.4 * len(low):
        return False
    return not low.isalpha() and any(_hides(low, word) for word in _HIDDEN)


def _hides(low: bytes, word: bytes) -> bool:
    """Whether a word is left where each sign or figure is one of its letters, or none.

    No expression is made of a value: expressions are kept in the cache, where nothing of a secret may be.
    """
    ends = {0}  # of what was read of the word
    for byte in low:
        if 97 <= byte <= 122:
            ends = {end + 1 for end in ends if word[end : end + 1] == bytes((byte,))}
        else:
            ends |= {end + 1 for end in ends if end < len(word)}
        if not ends:
            return False
    return len(word) in ends


def is_example(word: str) -> bool:
    """Whether a word is one that examples are made of: `foo`, `hello`, `token`."""
    return word.lower().encode() in _WORDS


def sample_claims(claims: dict[str, Any]) -> bool:
    """Whether a JSON Web Token says nothing, what that of jwt.io says, or that a sample issued it: `{"foo": "bar"}`,
    `"sub": "1234567890"`, `"iss": "contoso-demo"`, `"aud": "https://example.com"`.
    """
    if not claims:
        return False
    issuer = str(claims.get("iss", "")).encode()
    if any(_NOWHERE.search(str(claims.get(name, ""))) for name in ("iss", "aud", "sub")):
        return True
    return (
        claims.get("sub") == "1234567890"
        or all(len(name) == 1 or is_example(name) for name in claims)
        or (
            not claims.keys() & _REGISTERED
            and all(isinstance(said, str) and is_word(said.lower().encode()) for said in claims.values())
        )
        or (b"." not in issuer and any(word in _WORDS for word in parts(issuer)))
    )


def made_up(claims: dict[str, Any]) -> bool:
    """Whether the claims of a JSON Web Token in a test are the test's own: `"sub": "test-subject"`, or an end and no name."""
    said = (word for text in _texts(claims) for word in parts(text.encode()))
    nobody = all(name in _NAMELESS or is_example(name) for name in claims)
    return bool(claims) and (nobody or any(map(_TESTED.__contains__, said)))


def _texts(claim: Any) -> Iterator[str]:
    """The texts in a claim, however deep."""
    if isinstance(claim, str):
        yield claim
    elif isinstance(claim, dict | list):
        for inner in claim.values() if isinstance(claim, dict) else claim:
            yield from _texts(inner)


def stand_in(user: bytes, password: bytes) -> bool:
    """Whether a user's password is none: `alice:secret-passwd`, `spring:boot`, `user:user`."""
    path = b""
    if len(password) < 4 or example(password, user, path, path) or keyboard(password, user, path, path):
        return True
    spoken = parts(password)
    letters = sum(map(len, spoken))
    return (
        repeating(password, user, path, path)
        or password.lower() in user.lower()
        or (letters >= 0.6 * len(password) and cover(password) * len(password) >= 0.8 * letters)
    )


def same_as_name(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`password: "password"`, `apiKey: API_KEY`, `secret: "my-secret"`, `postgres://postgres:postgres@`, and what abbreviates the
    name: `GenericPassword = "genp"`.
    """
    spoken = names.words(value)
    if not spoken or len(value) > LONGEST_WORDED:
        return False
    said = names.words(place(value, key, line).name)
    if b"".join(spoken) == b"".join(said) or (len(value) <= _ABBREVIATED and _abbreviates(value.lower(), said)):
        return True
    return sum(map(len, spoken)) >= 0.7 * len(value) and all(
        len(word) == 1 or word in said or word in _FILLERS for word in spoken
    )


def served(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Whether a password in a URL is in use, though made of words: it has what policies ask for, and opens a host that has a full
    name.
    """
    host = _REMOTE.match(place(value, key, line).after) if in_url(key) else None
    return host is not None and not _NO_HOST.search(host[0]) and _asked_for(value, key, line, path)


def dated(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """The same of a password beside its name: a word and a number, `Lantern2016`, no more."""
    if in_url(key) or not _WORD_AND_NUMBER.fullmatch(value) or not _asked_for(value, key, line, path):
        return False
    where = place(value, key, line)
    return where.kind == "password" and promising(key) and _TESTED.isdisjoint(parts(value))


def _asked_for(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """Whether a value has letters of both kinds and figures, as policies ask for: `Jenkins2021`. What explains or tests something
    shows such ones as examples.
    """
    from leakstop.detect.judging.confidence import in_documents, in_tests

    if len(value) < _CHOSEN or in_tests(path) or in_documents(path):
        return False
    plain = value.lower().translate(_LEET)
    if any(word in plain or word in value.lower() for word in (*_HIDDEN, *_ANYWHERE)) or keyboard(value, key, line, path):
        return False
    figures = sum(48 <= byte <= 57 for byte in value)
    return figures >= _FIGURES and value.lower() != value != value.upper()


def _abbreviates(value: bytes, said: tuple[bytes, ...]) -> bool:
    """Whether a value takes its letters from a name in their order, from the beginning of a word on."""
    for first, word in enumerate(said):
        rest = iter(b"".join(said[first:]))
        if word[:1] == value[:1] and all(letter in rest for letter in value):
            return True
    return False


def keyboard(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`123456`, `qwerty12`, `1qaz2wsx`: most of the value is rows of the keyboard or the alphabet."""
    low = value.lower()
    if _walked(low):
        return True
    letters, figures = low.translate(None, _NO_LETTERS), low.translate(None, _NO_FIGURES)  # q1w2e3: a row each
    return len(letters) >= 3 <= len(figures) and len(letters) + len(figures) == len(low) and _walked(letters) and _walked(figures)


def _walked(low: bytes) -> bool:
    if len(low) >= _MASHED and any(not low.translate(None, row) for row in (_ROWS[1], _ROWS[2])):
        return True  # `slkdfjsldkfj`
    walked: set[int] = set()
    for at in range(len(low) - 2):
        if low[at : at + 3] in _STEPS:
            walked.update((at, at + 1, at + 2))
    return len(walked) >= 0.6 * len(low)


def repeating(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`aaaaaaaa`, `abcabcabc`, `0123456789abcdef`, `1122334455`."""
    return (
        repeated(value)
        or counting(value)
        or (value[::2] == value[1::2] and counting(value[::2]))
        or len(set(value.lower())) < min(4, len(value) - 1)
    )
