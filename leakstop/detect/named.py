"""Files known by their name to hold a credential and nothing that names it: `master.key`, `.vault-token`, `db_password.txt`; and
files of any name that hold nothing but a token of some service (`xau_…`).

Such a file is read as what its name makes of it, an assignment (`rails_master_key = "…"`), and then looked at by the same rules
and filters as any other. In a history the name comes last: there what could be meant is kept until it is known.
"""

from __future__ import annotations

from leakstop.detect.describe import Lines, finding_of
from leakstop.detect.matcher import Match
from leakstop.expressions import expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from leakstop.detect.decode.decoder import Decoder
    from leakstop.detect.prefilter import Prefilter
    from leakstop.model import Chunk, Finding
    from leakstop.rules.compiled import Compiled

STEP = "file name"
_RULE = "generic-secret"  # what a value is kept as until its file's name is known
_WHOLE = rb"\A\s*(?P<v>[!-~]{6,400})\s*\Z"
# A few letters, then what a generator makes: no bare digest, which stands alone as a checksum or a commit.
_TOKEN = (
    rb"\A\s*(?P<v>[a-z]{2,9}[0-9]?(?:[_-][a-z]{2,8})?(?:_[0-9a-f]{32,128}|[_-](?=(?:[A-Za-z_-]{0,24}[0-9]){2})(?=[a-z0-9_-]{0,24}[A-Z])"
    rb"(?=[A-Z0-9_-]{0,24}[a-z])[A-Za-z0-9_-]{24,160}|[_-][0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}))\s*\Z"
)
_SECOND = rb"\A\S{1,64}[ \t]*\r?\n(?P<v>[!-~]{4,100})\s*\Z"
_PGPASS = rb"(?m)^[^:#\s]{1,100}:[0-9*]{1,5}:[^:\s]{1,64}:[^:\s]{1,64}:(?P<v>\S{4,100})$"
_CHAP = rb"(?m)^[ \t]*\"?[^\s#\"]{1,64}\"?[ \t]+\S{1,64}[ \t]+\"?(?P<v>[^\s\"]{4,100})"
# The end of the path, expression for the values in it, and their name.
_FILES: tuple[tuple[str, bytes, bytes], ...] = (
    (r"(?:master|credentials/[^/]{1,60})\.key", _WHOLE, b"rails_master_key"),  # guides.rubyonrails.org/security.html
    (r"\.vault-token", _WHOLE, b"vault_token"),  # developer.hashicorp.com/vault/docs/commands
    (r"\.?(?:ansible[_-]?)?vault[_-]?pass(?:word|wd)?(?:[_-]file)?(?:\.txt)?", _WHOLE, b"ansible_vault_password"),
    (r"hudson\.util\.Secret", _WHOLE, b"master_secret_key"),
    (r"rsyncd?\.(?:pass|passwd|password)", _WHOLE, b"rsync_password"),
    # OpenVPN's --auth-user-pass: the user's name, and a line below it the password
    (r"(?:auth|(?:auth[_-]?)?user[_-]?pass|vpn[_-]?auth|credentials|login)(?:\.(?:txt|conf|cfg))?", _SECOND, b"password"),
    (r"\.?pgpass(?:\.conf)?", _PGPASS, b"password"),  # postgresql.org/docs/current/libpq-pgpass.html
    (r"(?:chap|pap)-secrets", _CHAP, b"password"),  # pppd(8): client, server, secret, addresses
    (r"\.rediscli_history", rb"(?im)^auth[ ](?:\S{1,40}[ ])?(?P<v>\S{4,100})[ \t]*\r?$", b"password"),
    (r"\.?sasl_passwd", rb"(?m)^\S{1,100}[ \t]+[^\s:]{1,100}:(?P<v>\S{4,100})$", b"password"),
    (r"\.?rsyncd\.secrets", rb"(?m)^[^\s:#]{1,64}:(?P<v>\S{4,100})$", b"password"),
)
_PROMISING = expression(rb"(?i)passw|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential")
_ENDINGS = expression(rb"(?i)\.(?:txt|key|token|secret|password|passwd|pass|pwd|dat|conf)$")
_OTHERS = expression(rb"[^A-Za-z0-9]+")
# A few words, letters and digits in the last but one or the last, none a requirement or a version: what is kept of a history.
_KEPT = expression(
    rb"\A(?:[^\s<>=~;,()]{1,100}(?:[ \t]{1,8}|[ \t]{0,8}\r?\n)){0,3}(?=[^\s0-9]{0,200}[0-9])(?=[^\sA-Za-z]{0,200}[A-Za-z])"
    rb"(?!\S{0,60}[0-9]\.[0-9])[^\s<>=~;,()]{6,200}={0,2}(?:[ \t]{1,8}[*0-9.:/]{1,60})?\s*\Z"
)


class Named:
    """Looks at small files by their names."""

    def __init__(self, compiled: Compiled, decoder: Decoder) -> None:
        self._compiled = compiled
        self._decoder = decoder
        self._any = _ends("|".join(end for end, _, _ in _FILES))
        self._token = expression(_TOKEN)
        self._files = [(_ends(end), expression(values), name) for end, values, name in _FILES]

    def findings(self, chunk: Chunk, prefilter: Prefilter) -> list[Finding]:
        """What the rules find in a file that is read by its name; without a path what might be found."""
        path = chunk.origin.members[-1].encode("utf-8", "replace") if chunk.origin.members else chunk.origin.path
        if not path:
            return self._kept(chunk)
        spans = list(self._spans(chunk.data, path))
        if not spans:
            return []
        from leakstop.detect.decode.seen import described
        from leakstop.detect.decode.view import Cut, View

        cuts = [
            Cut(first, last, b"\n" + name + b' = "' + chunk.data[first:last] + b'"\n', (STEP,)) for first, last, name in spans
        ]
        view = View(chunk.data).cut(cuts)
        matches = self._decoder.matches(view, prefilter)
        return [told.finding for told in described(self._compiled, chunk, view, matches, None)]

    def _spans(self, text: bytes, path: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Where values stand, and their names."""
        if self._any.search(path):
            for known, values, name in self._files:
                if known.search(path):
                    yield from ((*match.span("v"), name) for match in values.finditer(text))
                    return
        name = path.rpartition(b"/")[2]
        if token := self._token.match(text):
            from leakstop.detect.judging.nearly import begins

            if not begins(self._compiled, token["v"]):  # else its provider's rule has refused it
                yield (*token.span("v"), b"token")
                return
        if _PROMISING.search(name) and (match := expression(_WHOLE).match(text)):
            yield (*match.span("v"), _OTHERS.sub(b"_", _ENDINGS.sub(b"", name)).strip(b"_"))

    def _kept(self, chunk: Chunk) -> list[Finding]:
        number = self._compiled.numbers.get(_RULE)
        match = _KEPT.match(chunk.data) if number is not None else None
        if match is None or number is None:
            return []
        found = Match(number, *match.span(), *match.span())
        finding = finding_of(self._compiled, chunk, Lines(chunk), found, [found])
        return [finding._replace(origin=finding.origin._replace(decoded=(STEP,)))]


def _ends(end: str) -> re.Pattern[bytes]:
    return expression(f"(?:^|/)(?:{end})$".encode("ascii"))
