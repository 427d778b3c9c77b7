"""Values that stand in for a secret: slots, masks, example words, repetitions.

Each function is a filter as `ordinary` describes them. Words only count whole or between borders, and only in short values: in
random text of some length they come by chance.
"""

from __future__ import annotations

import re

from leakstop.detect import names
from leakstop.detect.entropy import counting, repeated
from leakstop.detect.place import place
from leakstop.detect.wordlike import cover, parts

LONGEST_WORDED = 40  # bytes; in longer values a word is chance, not language

_SLOT = rb"""(?x)
    ^ [<\[{(] .* [>\]})] $ | ^ < [A-Za-z] | < [^<>]{1,60} >
    | \$ [{(] | \{\{ | \}\} | \#\{ | <% | %> | \[\[ | \{ [A-Za-z_.\d]{0,40} \}
    | ^ \$ [A-Za-z_{(] | ^ % [A-Za-z_(] [^%]{0,60} %? $ | % \( [a-z_]+ \) [sd] | ^ %{0,2} [sdvq@] $
    | ^ : [a-z_]+ $ | ^ @ [A-Za-z_.\-]+ @? $ | ^ & [A-Za-z_]+ | ^ \* [A-Za-z_]+ $ | ^ __ [A-Za-z_]+ __ $
    | \.\.\. | \xe2\x80\xa6 | \xe2\x80\xa2 | \*\*\* | ^ [*.xX_\-?\#0]+ $ | [xX]{4}
    """
_WORDS = frozenset(
    b"example examples sample samples dummy fake mock mocked testing tests tester demo placeholder changeme changeit "
    b"changethis insert enter replace replaceme your yours foo bar baz qux quux foobar foobaz barfoo lorem ipsum abc abcd "
    b"abcde abcdef xyz deadbeef cafebabe badcafe letmein secret secrets password passwd passw passwort pass pwd default none "
    b"null nil undefined true false empty string str value token tokens todo tbd fixme redacted masked filtered hidden removed "
    b"invalid expired revoked wrong correct whatever something anything nothing nope unknown unset optional required bogus "
    b"supersecret topsecret mysecret mypassword mypass mytoken mykey myapikey somesecret sometoken somepassword sekrit sekret "
    b"sikrit hackme asdf asdfgh qwerty qwertyuiop abcabc aaa bbb ccc xxx yyy zzz xxxx apikey secretkey accesskey user username "
    b"usuario admin root guest bearer basic credentials credential hunter swordfish opensesame ersetzen votre motdepasse "
    b"tuclave contrasena suasenha senha inserire hier kennwort".split()
)
# As any part of a short value; the last are "your" and "password" in Russian, Chinese, Japanese and Korean.
_ANYWHERE = (
    *b"your changeme change-me change_me replace example placeholder redacted password passwd insert dummy xxxx".split(),
    *(word.encode() for word in ("ваш", "пароль", "你的", "密码", "パスワード", "비밀번호")),
)
_LEET = bytes.maketrans(b"01345$@!", b"oleassai")
_DISGUISED = (b"secret", b"password", b"passwd", b"changeme", b"letmein")
# Beginnings of published example values: the Azure storage emulator, AWS, RFC 6749, RFC 6455, TOTP.
_PUBLISHED = (b"Eby8vdM02xNOcqFl", b"wJalrXUtnFEMI", b"2YotnFZFEjr1", b"tGzv3JOkF0XG", b"dGhlIHNhbXBsZSBub25j", b"JBSWY3DPEHPK")
_FILLERS = frozenset(
    b"my your the our new old some an this that test user db app api key secret token password pass pwd passwd value default "
    b"here sample example foo bar dummy fake admin root name id client server service x y".split()
)
_ROWS = (
    *b"1234567890 qwertyuiop asdfghjkl zxcvbnm 1qaz2wsx3edc4rfv5tgb6yhn qazwsxedcrfvtgbyhn abcdefghijklmnopqrstuvwxyz".split(),
    b"!@#$%^&*()",
)
_STEPS = frozenset(way[at : at + 3] for row in _ROWS for way in (row, row[::-1]) for at in range(len(row) - 2))


def slot(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`<password>`, `${TOKEN}`, `%s`, `{{ key }}`, `xxxx`, `***`, `...`."""
    return re.search(_SLOT, value) is not None


def example(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`changeme`, `your-api-key`, `test-secret`, `foo`, `P@ssw0rd`, and values that documentation made famous."""
    if value.startswith(_PUBLISHED):
        return True
    if len(value) > LONGEST_WORDED:
        return False
    low = value.lower()
    if any(word in low for word in _ANYWHERE) or any(word in low.translate(_LEET) for word in _DISGUISED):
        return True
    spoken = parts(value)
    return any(word in _WORDS for word in spoken) and sum(map(len, spoken)) >= 0.5 * len(value) and cover(value) >= 0.4


def same_as_name(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`password: "password"`, `apiKey: API_KEY`, `secret: "my-secret"`, `postgres://postgres:postgres@`."""
    spoken = names.words(value)
    if not spoken or len(value) > LONGEST_WORDED:
        return False
    said = names.words(place(value, key, line).name)
    if b"".join(spoken) == b"".join(said):
        return True
    return sum(map(len, spoken)) >= 0.7 * len(value) and all(word in said or word in _FILLERS for word in spoken)


def keyboard(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`123456`, `qwerty12`, `1qaz2wsx`: most of the value is rows of the keyboard or the alphabet."""
    low = value.lower()
    walked: set[int] = set()
    for at in range(len(low) - 2):
        if low[at : at + 3] in _STEPS:
            walked.update((at, at + 1, at + 2))
    return len(walked) >= 0.6 * len(low)


def repeating(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`aaaaaaaa`, `abcabcabc`, `0123456789abcdef`."""
    return repeated(value) or counting(value) or len(set(value.lower())) < min(4, len(value) - 1)
