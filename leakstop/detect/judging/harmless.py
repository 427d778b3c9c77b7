"""Names that hold a word for a secret and mean something else where they stand: a setting, a variable in a text, an attribute.

Each function is a filter as `ordinary` describes them; what the words of a name say wherever it stands is in `names`.
"""

from __future__ import annotations

from leakstop.detect.judging import names
from leakstop.detect.judging.place import Place, in_url, place
from leakstop.detect.language.wordlike import is_word
from leakstop.expressions import expression

_OF_A_USER = expression(rb"(?i)(?:^|[^A-Za-z_-])user_?name[\"']?\s{0,4}(?::|=>?)\s{0,4}[\"']$")  # `credentials: {username: "…`
_IDENTIFIED = expression(rb"identified[ ]+by[ ]+$")
_STATEMENT = expression(rb"(?i)\b(?:user|role|grant|database|profile)\b|^\W*(?:set|to)\b")  # SQL, in which a user is identified
_INTERPOLATED = expression(rb"\}[\"']?,\s*[\"']$")  # not `${password} = "…"`, as PowerShell assigns
_ANOTHERS = expression(rb"[)\]],\s{1,40}[\"']$")  # the name is an argument of a call that ended
_MESSAGE = expression(rb"(?i)(?:message|label|title|hint|caption) $")  # `czechMessage Password = "Heslo"`
_PWM = expression(rb"(?i)[A-Za-z0-9_.-]*[_.]pw[a-ce-nqrt-z]")  # not `_pw`, `_pwd`, `_pword`
_IN_BRACKETS = expression(rb"^[^<>\s]*>[ \t]+$")
_SNAKE = expression(rb"[a-z]+(?:[_-](?:[a-z]+|v[0-9]))+")
_SHORT = 5  # letters of what may be an abbreviation
_ATTRIBUTE = expression(
    rb"""(?x) ["'][ \t]+ (?: class | className | style | id | for | type | name | label | title | placeholder | autocomplete | rel
    | role | target | href | src | alt | aria-[a-z]+ | v-[a-z-]+ | [@:\#] [A-Za-z][A-Za-z:.-]* ) = ["']?$"""
)


def harmless_name(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """`token_type`, `password_field`, `public_key`, `monkey`; what `_elsewhere`, `_in_prose` and `_step` tell."""
    where = place(value, key, line)
    if in_url(key):
        return False
    return names.harmless(where.name) or _elsewhere(where, value, key) or _in_prose(where, value, key) or _step(where, value)


def _elsewhere(where: Place, value: bytes, key: bytes) -> bool:
    """C's `struct passwd`, `/etc/passwd`, a folder `${PWD:+x}`, a variable in a text (`#{pass}, "…"`), a slot before the value
    (`<auth_password> priv`), the name of a user, a project of SonarQube's, an object of S3, what a call is compared to, a
    message, a `slow_pwm`.
    """
    before, name = where.before, where.name
    if before.endswith((b"struct ", b"/etc/")) or name.lower().endswith((b"sonar.projectkey", b"s3key", b"s3_key")):
        return True
    if _ANOTHERS.search(key) or _MESSAGE.search(before) or _PWM.match(key):
        return True
    if name == b"PWD" and (before.endswith(b"{") or value.isupper()):
        return True
    if before.endswith((b"#{", b"${")) and _INTERPOLATED.search(key):
        return True
    if before.endswith(b"<") and _IN_BRACKETS.match(key) and not where.after.lstrip().startswith(b"</"):
        return True
    return _OF_A_USER.search(key) is not None


def _in_prose(where: Place, value: bytes, key: bytes) -> bool:
    """`The tests pass: yes`, `in that pass, `2bb3ff031b``, `a bug identified by Stephen`."""
    if key.startswith(b"pass") and (where.before.endswith((b"tests ", b"test ")) or key.endswith(b", `")):
        return True
    return value[:1].isalpha() and _IDENTIFIED.match(key) is not None and not _STATEMENT.search(where.before)


def _step(where: Place, value: bytes) -> bool:
    """`pass: 'rcpt_to'`, `pass: app-v3`: which step passes, where to. Joined words, one of them known and the others short."""
    if where.name != b"pass" or not _SNAKE.fullmatch(value):
        return False
    said = value.replace(b"-", b"_").split(b"_")
    return any(map(is_word, said)) and all(len(part) <= _SHORT or is_word(part) for part in said)


def attribute(value: bytes, key: bytes, line: bytes, path: bytes) -> bool:
    """The next attribute of an element: `<Error :message="form.errors.password" class="mt-2">`."""
    return _ATTRIBUTE.search(key) is not None
